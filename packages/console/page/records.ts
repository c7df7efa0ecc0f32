/** An index of records. */
import type * as IndexModel from "effect-pinecone/IndexModel"
import * as Inference from "effect-pinecone/Inference"
import type { Metadata } from "effect-pinecone/Metadata"
import type { SparseVector } from "effect-pinecone/Vector"
import * as VectorIndex from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Code, literal } from "./code.js"
import type { Place, Reads, Row, Way } from "./place.js"
import { call, namespaceOf, problem, vectorOf } from "./place.js"
import { hostOf } from "./sdk.js"

/** The models whose vectors fit an index that has none of its own. */
const modelsFor = (model: IndexModel.IndexModel) =>
  model.embed !== undefined || model.dimension === undefined
    ? Effect.succeed([])
    : Effect.flatMap(Inference.Inference, (inference) => inference.listModels({ type: "embed", vectorType: "dense" }))
      .pipe(
        Effect.provide(Inference.layer),
        Effect.map((models) =>
          models.filter(({ defaultDimension }) => defaultDimension === model.dimension).map(({ model }) => model)
        ),
        // A server without models has indexes all the same.
        Effect.catchAll(() => Effect.succeed([]))
      )

export const make = (model: IndexModel.IndexModel): Place => {
  const { dimension, embed, name, vectorType } = model
  const index = VectorIndex.make({ host: hostOf(name) })
  const code = `VectorIndex.make({ name: ${JSON.stringify(name)} })`
  const isDense = vectorType !== "sparse"

  const toRow = ({ id, metadata, sparseValues, values }: {
    readonly id: string
    readonly metadata: Metadata | undefined
    readonly sparseValues: SparseVector | undefined
    readonly values: Float32Array | undefined
  }): Row => ({ id, vector: values?.length === 0 ? undefined : values, sparse: sparseValues, fields: metadata ?? {} })

  const rows = (namespace: string, ids: ReadonlyArray<string>): Reads<ReadonlyArray<Row>> =>
    ids.length === 0
      ? Effect.succeed([])
      : Effect.flatMap(index, (index) => index.fetch(ids, { namespace: namespaceOf(namespace) })).pipe(
        Effect.map(({ records }) =>
          ids.flatMap((id) => {
            const found = records.get(id)
            return found === undefined ? [] : [toRow(found)]
          })
        )
      )

  return {
    model,
    make: code,
    noun: "record",
    hasExamples: true,
    ways: Effect.map(modelsFor(model), (models): ReadonlyArray<Way> => [
      ...(embed === undefined ? [] : [{ key: "text", label: "Text", input: "text" } as const]),
      ...(embed === undefined && isDense
        ? models.map((by) => ({ key: `model:${by}`, label: `Text, by ${by}`, input: "text", by: [by] } as const))
        : []),
      { key: "id", label: `Example (the id of a record)`, input: "id" },
      ...(isDense ? [{ key: "vector", label: "Vector", input: "vector" } as const] : [])
    ]),
    rows,
    ids: (namespace) =>
      Stream.unwrap(Effect.map(index, (index) => index.listStream({ namespace: namespaceOf(namespace) }))),
    page: ({ limit, namespace, prefix, token }) => {
      const options = { namespace: namespaceOf(namespace), prefix, limit, paginationToken: token }
      return {
        code: `${call(code, "{ ids, next }", "list", options)}\nconst { records } = yield* index.fetch(ids, ${
          literal({ namespace: namespaceOf(namespace) })
        })`,
        effect: Effect.flatMap(index, (index) => index.list(options)).pipe(
          Effect.flatMap(({ ids, next }) => Effect.map(rows(namespace, ids), (rows) => ({ rows, next })))
        )
      }
    },
    search: ({ filter, filterCode, input, namespace, topK, way }) => {
      const common = { namespace: namespaceOf(namespace), topK, filter }
      const shown = { ...common, filter: filterCode === undefined ? undefined : new Code(filterCode) }
      const query = (what: { readonly id: string } | { readonly vector: Float32Array }) =>
        Effect.flatMap(index, (index) => index.query({ ...common, ...what, includeMetadata: true })).pipe(
          Effect.map(({ matches }) => matches.map((match) => ({ ...toRow(match), score: match.score })))
        )
      switch (way.input) {
        case "text": {
          const [by] = way.by ?? []
          if (by === undefined) {
            return {
              code: call(code, "{ hits }", "searchRecords", { ...shown, text: input }),
              effect: Effect.flatMap(index, (index) => index.searchRecords({ ...common, text: input })).pipe(
                Effect.map(({ hits }) =>
                  hits.map(({ fields, id, score }) => ({ id, score, fields, vector: undefined, sparse: undefined }))
                )
              )
            }
          }
          const options = { model: by, inputType: "query" } as const
          return {
            code: `const inference = yield* Inference.Inference\nconst vector = yield* inference.embedText(${
              JSON.stringify(input)
            }, ${literal(options)})\n${
              call(code, "{ matches }", "query", { ...shown, vector: new Code("vector.values"), includeMetadata: true })
            }`,
            effect: Effect.flatMap(Inference.Inference, (inference) => inference.embedText(input, options)).pipe(
              Effect.flatMap((embedding) =>
                embedding.values === undefined
                  ? Effect.fail(problem(`${by} makes no dense vectors. Choose another model.`))
                  : query({ vector: embedding.values })
              ),
              Effect.provide(Inference.layer)
            )
          }
        }
        case "vector":
          return {
            code: call(code, "{ matches }", "query", {
              ...shown,
              vector: new Code(`[${input.replace(/[[\]]/g, "").trim()}]`),
              includeMetadata: true
            }),
            effect: Effect.flatMap(vectorOf(input, dimension), (vector) => query({ vector }))
          }
        default:
          return {
            code: call(code, "{ matches }", "query", { ...shown, id: input, includeMetadata: true }),
            effect: query({ id: input })
          }
      }
    },
    remove: (namespace, id) => {
      const target = { ids: [id], namespace: namespaceOf(namespace) }
      return {
        code: `const index = yield* ${code}\nyield* index.delete(${literal(target)})`,
        effect: Effect.flatMap(index, (index) => Effect.asVoid(index.delete(target)))
      }
    }
  }
}
