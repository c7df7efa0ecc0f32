/** An index as the views see it: records and documents alike are rows with an id, a vector and fields. */
import type * as Filter from "effect-pinecone/Filter"
import type * as IndexModel from "effect-pinecone/IndexModel"
import * as IndexSchema from "effect-pinecone/IndexSchema"
import type { PineconeHttpClient } from "effect-pinecone/PineconeHttpClient"
import type { SparseVector } from "effect-pinecone/Vector"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import { literal } from "./code.js"

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

export type Reads<A> = Effect.Effect<A, Problem, PineconeHttpClient>

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
  /** What can be searched by; some of it depends on the models that the server has. */
  readonly ways: Reads<ReadonlyArray<Way>>
  /** Whether the vector of a record can be searched by. */
  readonly hasExamples: boolean
  readonly page: (options: {
    readonly namespace: string
    readonly prefix: string | undefined
    readonly token: string | undefined
    readonly limit: number
  }) => Coded<Page, Problem, PineconeHttpClient>
  readonly rows: (namespace: string, ids: ReadonlyArray<string>) => Reads<ReadonlyArray<Row>>
  readonly search: (search: Search) => Coded<ReadonlyArray<Hit>, Problem, PineconeHttpClient>
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
export const declaredOf = (schema: IndexSchema.IndexSchema) =>
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

export const namespaceOf = (namespace: string) => namespace === "" ? undefined : namespace

/** The call of a method in a program. */
export const call = (make: string, result: string, method: string, options: object) =>
  `const index = yield* ${make}\nconst ${result} = yield* index.${method}(${literal(options)})`

export const notThere = (id: string) =>
  problem(`There is no "${id}" in this namespace. Check the id and the namespace.`)
