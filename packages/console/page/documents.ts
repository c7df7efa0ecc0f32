/** An index of documents. */
import type * as DocumentFields from "effect-pinecone/DocumentFields"
import * as DocumentIndex from "effect-pinecone/DocumentIndex"
import type * as DocumentReads from "effect-pinecone/DocumentReads"
import type * as DocumentSearch from "effect-pinecone/DocumentSearch"
import type * as DocumentWrites from "effect-pinecone/DocumentWrites"
import type * as IndexModel from "effect-pinecone/IndexModel"
import type { Storable } from "effect-pinecone/Metadata"
import type { PineconeHttpClient } from "effect-pinecone/PineconeHttpClient"
import * as QueryString from "effect-pinecone/QueryString"
import * as Score from "effect-pinecone/Score"
import type { SparseVector } from "effect-pinecone/Vector"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Code, literal } from "./code.js"
import type { Coded, Place, Problem, Reads, Row, Search, Way } from "./place.js"
import { call, declaredOf, namespaceOf, notThere, vectorOf } from "./place.js"
import { hostOf } from "./sdk.js"

/** The fields that a declaration sets. */
const defined = (field: object): object =>
  Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined))

/** The methods of an index of documents, whatever its fields are. */
type AnyDocuments =
  & DocumentReads.AnyReads<Storable>
  & DocumentSearch.AnyDocumentSearch
  & Pick<DocumentWrites.DocumentWrites<DocumentFields.Fields, object, Storable>, "delete">

/** Every value that a document may have beside its fields. */
const AnyMetadata = Schema.Struct({}, { key: Schema.String, value: Schema.Any })

export const make = (model: IndexModel.IndexModel): Place => {
  const { name } = model
  const declared = declaredOf(model.schema)
  const fields = Object.fromEntries(declared.map(([field, type]) => [field, { ...type, optional: true }]))
  const index = Effect.map(
    DocumentIndex.make({ host: hostOf(name), fields: fields as DocumentFields.Fields, metadata: AnyMetadata as never }),
    // The fields are known only from what the server says: `AnyDocuments` is what every index of documents can do.
    (made) => made as unknown as AnyDocuments
  )
  const code = `DocumentIndex.make({ name: ${JSON.stringify(name)}, fields: ${
    literal(Object.fromEntries(declared.map(([field, type]) => [field, defined(type)])))
  } })`
  const texts = declared.filter(([, type]) =>
    "type" in type && type.type === "string" && type.embed === undefined && type.sparseEmbed === undefined
  ).map(([field]) => field)
  const dense = declared.find(([, type]) => "type" in type && type.type === "dense_vector")
  const dimension = dense !== undefined && "dimension" in dense[1] ? dense[1].dimension : undefined

  const toRow = (document: { readonly [field: string]: unknown }): Row => {
    // What is declared stands first.
    const fields: Record<string, unknown> = Object.fromEntries(
      texts.flatMap((field) => document[field] === undefined ? [] : [[field, document[field]]])
    )
    let vector: Float32Array | undefined
    let sparse: SparseVector | undefined
    for (const [field, value] of Object.entries(document)) {
      if (field === "_id") continue
      const type = model.schema.fields[field]
      if (type !== undefined && "type" in type && type.type === "dense_vector") {
        if (vector === undefined && value instanceof Float32Array) vector = value
      } else if (type !== undefined && "type" in type && type.type === "sparse_vector") {
        if (sparse === undefined && value !== undefined) sparse = value as SparseVector
      } else if (value !== undefined) fields[field] = value
    }
    return { id: String(document["_id"]), vector, sparse, fields }
  }

  const rows = (namespace: string, ids: ReadonlyArray<string>): Reads<ReadonlyArray<Row>> =>
    ids.length === 0
      ? Effect.succeed([])
      : Effect.flatMap(index, (index) => index.fetch(ids, { namespace: namespaceOf(namespace) })).pipe(
        Effect.map(({ documents }) => {
          const found = new Map(Array.from(documents.values(), (document) => [document._id, toRow(document)]))
          return ids.flatMap((id) => found.get(id) ?? [])
        })
      )

  const scoring = ({ input, namespace, way }: Search): Coded<Score.Any, Problem, PineconeHttpClient> => {
    const [field = ""] = way.by ?? []
    const quoted = JSON.stringify(input)
    switch (way.key.split(":", 1)[0]) {
      case "words":
        return { code: `Score.text(${literal(texts)}, ${quoted})`, effect: Effect.succeed(Score.text(texts, input)) }
      case "query":
        return {
          code: `Score.queryString(QueryString.raw(${quoted}))`,
          effect: Effect.succeed(Score.queryString(QueryString.raw(input)))
        }
      case "embed":
        return {
          code: `Score.embed(${JSON.stringify(field)}, ${quoted})`,
          effect: Effect.succeed(Score.embed(field, input))
        }
      case "sparse":
        return {
          code: `Score.sparseEmbed(${JSON.stringify(field)}, ${quoted})`,
          effect: Effect.succeed(Score.sparseEmbed(field, input))
        }
      case "vector":
        return {
          code: `Score.dense(${JSON.stringify(field)}, [${input.replace(/[[\]]/g, "").trim()}])`,
          effect: Effect.map(vectorOf(input, dimension), (vector) => Score.dense(field, vector))
        }
      default:
        return {
          code: `Score.dense(${JSON.stringify(field)}, example.${field})`,
          effect: Effect.flatMap(
            rows(namespace, [input]),
            ([row]) =>
              row?.vector === undefined ? Effect.fail(notThere(input)) : Effect.succeed(Score.dense(field, row.vector))
          )
        }
    }
  }

  return {
    model: dimension === undefined ? model : { ...model, dimension },
    make: code,
    noun: "document",
    hasExamples: dense !== undefined,
    ways: Effect.succeed([
      ...(texts.length === 0 ? [] : [
        { key: "words", label: `Words of ${texts.join(", ")}`, input: "text", by: texts } as const,
        { key: "query", label: "Query string", input: "query" } as const
      ]),
      ...declared.flatMap(([field, type]): ReadonlyArray<Way> =>
        !("type" in type) || type.type !== "string"
          ? []
          : [
            ...(type.embed === undefined
              ? []
              : [{ key: `embed:${field}`, label: `Meaning of ${field}`, input: "text", by: [field] } as const]),
            ...(type.sparseEmbed === undefined
              ? []
              : [{ key: `sparse:${field}`, label: `Sparse vector of ${field}`, input: "text", by: [field] } as const])
          ]
      ),
      ...(dense === undefined ? [] : [
        { key: "id", label: "Example (the id of a document)", input: "id", by: [dense[0]] } as const,
        { key: "vector", label: `Vector (${dense[0]})`, input: "vector", by: [dense[0]] } as const
      ])
    ]),
    rows,
    ids: (namespace) =>
      Stream.unwrap(Effect.map(index, (index) => index.listStream({ namespace: namespaceOf(namespace) }))),
    page: ({ limit, namespace, prefix, token }) => {
      const options = { namespace: namespaceOf(namespace), prefix, limit, paginationToken: token }
      return {
        code: `${call(code, "{ ids, next }", "list", options)}\nconst { documents } = yield* index.fetch(ids, ${
          literal({ namespace: namespaceOf(namespace) })
        })`,
        effect: Effect.flatMap(index, (index) => index.list(options)).pipe(
          Effect.flatMap(({ ids, next }) => Effect.map(rows(namespace, ids), (rows) => ({ rows, next })))
        )
      }
    },
    search: (search) => {
      const { filter, filterCode, namespace, topK } = search
      // With vectors the answer could be large.
      const includeFields = search.fields.size === 0 ? ["*"] : Array.from(search.fields.keys())
      const metadata = Array.from(search.fields).filter(([field]) => model.schema.fields[field] === undefined)
      const typed = metadata.length === 0 ?
        code :
        code.replace(
          / \}\)$/,
          `, metadata: Schema.Struct(${
            literal(
              Object.fromEntries(metadata.map(([field, schema]) => [field, new Code(`Schema.optional(${schema})`)]))
            )
          }) })`
        )
      const scoreBy = scoring(search)
      const options = { namespace: namespaceOf(namespace), topK, filter, includeFields }
      const example = search.way.key === "id"
        ? `const example = Option.getOrThrow(yield* index.get(${JSON.stringify(search.input)}))\n`
        : ""
      return {
        code: `const index = yield* ${typed}\n${example}const { matches } = yield* index.search(${
          literal({
            ...options,
            scoreBy: new Code(scoreBy.code),
            filter: filterCode === undefined ? undefined : new Code(filterCode)
          })
        })`,
        effect: Effect.flatMap(
          index,
          (index) => Effect.flatMap(scoreBy.effect, (scoreBy) => index.search({ ...options, scoreBy }))
        ).pipe(
          Effect.map(({ matches }) => matches.map(({ document, score }) => ({ ...toRow(document), score })))
        )
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
