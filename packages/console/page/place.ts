/** An index as the views see it: records and documents alike are rows with an id, a vector and fields. */
import type * as DocumentFields from "effect-pinecone/DocumentFields"
import * as DocumentIndex from "effect-pinecone/DocumentIndex"
import type * as DocumentReads from "effect-pinecone/DocumentReads"
import type * as DocumentSearch from "effect-pinecone/DocumentSearch"
import type * as DocumentWrites from "effect-pinecone/DocumentWrites"
import type * as Filter from "effect-pinecone/Filter"
import * as Indexes from "effect-pinecone/Indexes"
import type * as IndexModel from "effect-pinecone/IndexModel"
import * as IndexSchema from "effect-pinecone/IndexSchema"
import * as Inference from "effect-pinecone/Inference"
import type { Metadata, Storable } from "effect-pinecone/Metadata"
import type { PineconeHttpClient } from "effect-pinecone/PineconeHttpClient"
import * as QueryString from "effect-pinecone/QueryString"
import * as Score from "effect-pinecone/Score"
import type { SparseVector } from "effect-pinecone/Vector"
import * as VectorIndex from "effect-pinecone/VectorIndex"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Code, literal } from "./code.js"
import { hostOf } from "./sdk.js"

export interface Row {
  readonly id: string
  readonly vector: Float32Array | undefined
  readonly sparse: SparseVector | undefined
  readonly fields: { readonly [name: string]: unknown }
}

export interface Hit extends Row {
  readonly score: number | null
}

/** What can go wrong: every error of the SDK has a message for people. */
export interface Problem {
  readonly _tag: string
  readonly message: string
}

/** The views say what is wrong with what was typed in the same way. */
export const problem = (message: string): Problem => ({ _tag: "Input", message })

type Reads<A> = Effect.Effect<A, Problem, PineconeHttpClient>

export interface Page {
  readonly rows: ReadonlyArray<Row>
  readonly next: string | undefined
}

/** What a search is asked for by. */
export interface Way {
  readonly key: string
  readonly label: string
  readonly input: "text" | "id" | "vector" | "query"
  /** The fields that a document is scored by, or the model that makes the vector. */
  readonly by?: ReadonlyArray<string> | undefined
}

export interface Search {
  readonly way: Way
  readonly input: string
  readonly namespace: string
  readonly topK: number
  /** The fields that documents are known to have beside vectors, with their Schemas in a program: a search gives these. */
  readonly fields: ReadonlyMap<string, string>
  readonly filter: Filter.Filter<never> | undefined
  /** The filter in a program. */
  readonly filterCode: string | undefined
}

/** An effect, and the code that does the same. */
export interface Coded<A, E, R> {
  readonly code: string
  readonly effect: Effect.Effect<A, E, R>
}

export interface Place {
  readonly model: IndexModel.IndexModel
  /** How a program makes the index. */
  readonly make: string
  readonly noun: "record" | "document"
  readonly ways: ReadonlyArray<Way>
  readonly page: (options: {
    readonly namespace: string
    readonly prefix: string | undefined
    readonly token: string | undefined
    readonly limit: number
  }) => Coded<Page, Problem, PineconeHttpClient>
  readonly rows: (namespace: string, ids: ReadonlyArray<string>) => Reads<ReadonlyArray<Row>>
  readonly search: (search: Search) => Coded<ReadonlyArray<Hit>, Problem, PineconeHttpClient | Inference.Inference>
  readonly remove: (namespace: string, id: string) => Coded<void, Problem, PineconeHttpClient>
  readonly ids: (namespace: string) => Stream.Stream<string, Problem, PineconeHttpClient>
}

/** The most bytes that an answer should have. */
const mostBytes = 900_000

/** A number of a vector in JSON has up to 20 characters where it is written as a double, and its comma. */
const bytesPerNumber = 21

/** How many rows an answer may have, by their numbers and by the bytes of their fields. */
export const rowsWithin = (dimension: number, fieldBytes: number, most: number): number =>
  Math.max(1, Math.min(most, Math.floor(mostBytes / (dimension * bytesPerNumber + fieldBytes + 200))))

/** How many bytes the fields of a row have in JSON, on average. */
export const fieldBytesOf = (rows: ReadonlyArray<Row>): number =>
  rows.reduce((sum, { fields }) => sum + JSON.stringify(fields).length, 0) / Math.max(1, rows.length)

/** The fields that are declared, and are not those of an index of records. */
const declaredOf = (schema: IndexSchema.IndexSchema) =>
  Object.entries(schema.fields).filter(([name, field]) =>
    "type" in field && field.type !== "semantic_text" && name !== IndexSchema.values &&
    name !== IndexSchema.sparseValues
  )

export const isDocuments = ({ schema }: IndexModel.IndexModel): boolean => declaredOf(schema).length > 0

/** What an index holds, in a few words. */
export const kindOf = (model: IndexModel.IndexModel): string =>
  isDocuments(model)
    ? "documents"
    : model.embed !== undefined
    ? `${model.vectorType ?? "dense"} vectors of texts`
    : `${model.vectorType ?? "dense"} vectors`

/** The numbers of a vector that was typed or pasted, in any usual form. */
export const vectorOf = (text: string, dimension: number | undefined): Effect.Effect<Float32Array, Problem> => {
  const parts = text.replace(/[[\]]/g, " ").split(/[\s,;]+/).filter((part) => part !== "")
  const numbers = parts.map(Number)
  const wrong = numbers.findIndex((number) => !Number.isFinite(number))
  return parts.length === 0
    ? Effect.fail(problem("Type a vector: numbers with commas between them."))
    : wrong >= 0
    ? Effect.fail(
      problem(`The vector must have only numbers, got "${parts[wrong]!.slice(0, 30)}" at place ${wrong + 1}.`)
    )
    : dimension !== undefined && numbers.length !== dimension
    ? Effect.fail(
      problem(`The vector must have ${dimension} numbers, as the index has dimensions, got ${numbers.length}.`)
    )
    : Effect.succeed(Float32Array.from(numbers))
}

const namespaceOf = (namespace: string) => namespace === "" ? undefined : namespace

/** The call of a method in a program. */
const call = (make: string, result: string, method: string, options: object) =>
  `const index = yield* ${make}\nconst ${result} = yield* index.${method}(${literal(options)})`

const notThere = (id: string) => problem(`There is no "${id}" in this namespace. Check the id and the namespace.`)

const records = (model: IndexModel.IndexModel, models: ReadonlyArray<string>): Place => {
  const { dimension, embed, name, vectorType } = model
  const index = VectorIndex.make({ host: hostOf(name) })
  const make = `VectorIndex.make({ name: ${JSON.stringify(name)} })`
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
    make,
    noun: "record",
    ways: [
      ...(embed === undefined ? [] : [{ key: "text", label: "Text", input: "text" } as const]),
      ...(embed === undefined && isDense
        ? models.map((by) => ({ key: `model:${by}`, label: `Text, by ${by}`, input: "text", by: [by] } as const))
        : []),
      { key: "id", label: `Example (the id of a record)`, input: "id" },
      ...(isDense ? [{ key: "vector", label: "Vector", input: "vector" } as const] : [])
    ],
    rows,
    ids: (namespace) =>
      Stream.unwrap(Effect.map(index, (index) => index.listStream({ namespace: namespaceOf(namespace) }))),
    page: ({ limit, namespace, prefix, token }) => {
      const options = { namespace: namespaceOf(namespace), prefix, limit, paginationToken: token }
      return {
        code: `${call(make, "{ ids, next }", "list", options)}\nconst { records } = yield* index.fetch(ids, ${
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
              code: call(make, "{ hits }", "searchRecords", { ...shown, text: input }),
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
              call(make, "{ matches }", "query", { ...shown, vector: new Code("vector.values"), includeMetadata: true })
            }`,
            effect: Effect.flatMap(Inference.Inference, (inference) => inference.embedText(input, options)).pipe(
              Effect.flatMap((embedding) =>
                embedding.values === undefined
                  ? Effect.fail(problem(`${by} makes no dense vectors. Choose another model.`))
                  : query({ vector: embedding.values })
              )
            )
          }
        }
        case "vector":
          return {
            code: call(make, "{ matches }", "query", {
              ...shown,
              vector: new Code(`[${input.replace(/[[\]]/g, "").trim()}]`),
              includeMetadata: true
            }),
            effect: Effect.flatMap(vectorOf(input, dimension), (vector) => query({ vector }))
          }
        default:
          return {
            code: call(make, "{ matches }", "query", { ...shown, id: input, includeMetadata: true }),
            effect: query({ id: input })
          }
      }
    },
    remove: (namespace, id) => {
      const target = { ids: [id], namespace: namespaceOf(namespace) }
      return {
        code: `const index = yield* ${make}\nyield* index.delete(${literal(target)})`,
        effect: Effect.flatMap(index, (index) => Effect.asVoid(index.delete(target)))
      }
    }
  }
}

/** The methods of an index of documents, whatever its fields are. */
type AnyDocuments =
  & DocumentReads.AnyReads<Storable>
  & DocumentSearch.AnyDocumentSearch
  & Pick<DocumentWrites.DocumentWrites<DocumentFields.Fields, object, Storable>, "delete">

/** Every value that a document may have beside its fields. */
const AnyMetadata = Schema.Struct({}, { key: Schema.String, value: Schema.Any })

const documents = (model: IndexModel.IndexModel): Place => {
  const { name } = model
  const declared = declaredOf(model.schema)
  const fields = Object.fromEntries(declared.map(([field, type]) => [field, { ...type, optional: true }]))
  const index = Effect.map(
    DocumentIndex.make({ host: hostOf(name), fields: fields as DocumentFields.Fields, metadata: AnyMetadata as never }),
    // The fields are known only from what the server says: `AnyDocuments` is what every index of documents can do.
    (made) => made as unknown as AnyDocuments
  )
  const make = `DocumentIndex.make({ name: ${JSON.stringify(name)}, fields: ${
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
    make,
    noun: "document",
    ways: [
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
    ],
    rows,
    ids: (namespace) =>
      Stream.unwrap(Effect.map(index, (index) => index.listStream({ namespace: namespaceOf(namespace) }))),
    page: ({ limit, namespace, prefix, token }) => {
      const options = { namespace: namespaceOf(namespace), prefix, limit, paginationToken: token }
      return {
        code: `${call(make, "{ ids, next }", "list", options)}\nconst { documents } = yield* index.fetch(ids, ${
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
        make :
        make.replace(
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
        code: `const index = yield* ${make}\nyield* index.delete(${literal(target)})`,
        effect: Effect.flatMap(index, (index) => Effect.asVoid(index.delete(target)))
      }
    }
  }
}

/** The fields that a declaration sets. */
const defined = (field: object): object =>
  Object.fromEntries(Object.entries(field).filter(([, value]) => value !== undefined))

/** The models whose vectors fit an index that has none of its own. */
const modelsFor = (model: IndexModel.IndexModel) =>
  model.embed !== undefined || model.dimension === undefined
    ? Effect.succeed([])
    : Effect.flatMap(Inference.Inference, (inference) => inference.listModels({ type: "embed", vectorType: "dense" }))
      .pipe(
        Effect.map((models) =>
          models.filter(({ defaultDimension }) => defaultDimension === model.dimension).map(({ model }) => model)
        ),
        // A server without models has indexes all the same.
        Effect.catchAll(() => Effect.succeed([]))
      )

/** An index by its name. */
export const open = (name: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const model = yield* indexes.describe(name)
    return isDocuments(model) ? documents(model) : records(model, yield* modelsFor(model))
  })
