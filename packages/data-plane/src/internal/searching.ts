import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { RequestError } from "@effect-pinecone/schema/PineconeError"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as SearchRecords from "@effect-pinecone/schema/SearchRecords"
import * as UpsertBatch from "@effect-pinecone/schema/UpsertBatch"
import { toFloat32Array, toUint32Array } from "@effect-pinecone/schema/Vector"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Search from "../Search.js"
import type * as VectorIndex from "../VectorIndex.js"
import type { Connection } from "./connection.js"
import * as input from "./input.js"
import { indexedLsn, writtenLsn } from "./lsn.js"
import type { Codec } from "./metadata.js"
import * as metadata from "./metadata.js"

type Searching<A, I extends Storable> = Pick<VectorIndex.VectorIndex<A, I>, "upsertRecords" | "searchRecords">

/** The name of a namespace in a path. */
export const pathOf = (namespace: string | undefined, operation: "upsert" | "search"): string =>
  `/records/namespaces/${encodeURIComponent(namespace ?? "__default__")}/${operation}`

const invalid = (place: Limits.Place, field: string, message: string) =>
  new PineconeError.InvalidRequest({ ...place, field, message: `${field}: ${message}` })

type Problem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

const wholeNumber = (place: Limits.Place, field: string, value: number): Problem | undefined =>
  Number.isInteger(value) && value >= 1
    ? undefined
    : invalid(place, field, `${value} is no whole number of at least 1`)

/** What is wrong with a search, but for its filter and its vectors. */
const problem = <I extends Storable>(
  place: Limits.Place,
  { id, matchTerms, rerank, sparseVector, text, topK, vector }: Search.Options<I>
): Problem | undefined => {
  const wrongTopK = wholeNumber(place, "topK", topK) ?? Limits.check("topK", "topK", topK, place)
  if (wrongTopK !== undefined) return wrongTopK
  const ways = [text, id, vector ?? sparseVector].filter((way) => way !== undefined)
  if (ways.length !== 1) return invalid(place, "text", "a search is by text, by id, or by a vector: one of the three")
  if (text === "") return invalid(place, "text", "a text has at least one character")
  if (id !== undefined) {
    const wrong = input.idProblem(place, id, "id")
    if (wrong !== undefined) return wrong
  }
  if (matchTerms?.length === 0) return invalid(place, "matchTerms", "name at least one term, or leave it out")
  if (rerank === undefined) return undefined
  if (rerank.rankFields.length === 0) return invalid(place, "rerank.rankFields", "name at least one field")
  if (rerank.query === undefined && text === undefined) {
    return invalid(place, "rerank.query", "without a text to search for, say what the hits are ranked by")
  }
  return rerank.topN === undefined ? undefined : wholeNumber(place, "rerank.topN", rerank.topN)
}

/** The vectors of a search as 32-bit numbers, which are written as their shortest decimals. */
const vectorOf = <I extends Storable>(
  place: Limits.Place,
  { sparseVector, vector }: Search.Options<I>,
  dimension: number | undefined
): Either.Either<object | undefined, Problem> => {
  const numbers = (field: string, values: ArrayLike<number>) => {
    const out = toFloat32Array(values)
    return typeof out === "number"
      ? Either.left(invalid(place, `${field}[${out}]`, "it is not a finite 32-bit float"))
      : Either.right(out)
  }
  return Either.gen(function*() {
    if (vector === undefined && sparseVector === undefined) return undefined
    if (vector !== undefined && dimension !== undefined && vector.length !== dimension) {
      yield* Either.left(
        invalid(place, "vector", `${vector.length} numbers, where the index has ${dimension} dimensions`)
      )
    }
    if (sparseVector !== undefined && sparseVector.indices.length !== sparseVector.values.length) {
      yield* Either.left(invalid(place, "sparseVector", "as many indices as values are needed"))
    }
    const indices = sparseVector === undefined ? undefined : toUint32Array(sparseVector.indices)
    if (typeof indices === "number") {
      yield* Either.left(invalid(place, `sparseVector.indices[${indices}]`, "it is no unsigned 32-bit integer"))
    }
    return {
      values: vector === undefined ? undefined : yield* numbers("vector", vector),
      sparse_values: sparseVector === undefined
        ? undefined
        : yield* numbers("sparseVector.values", sparseVector.values),
      sparse_indices: typeof indices === "object" ? Array.from(indices) : undefined
    }
  })
}

/** The operations on records as texts: the index embeds them. */
export const make = <A, I extends Storable>(
  { found, index, post }: Connection,
  codec: Codec<A>,
  within: (options: VectorIndex.InNamespace | undefined) => string | undefined,
  fresh: <X extends { readonly lsn: number | undefined }, E>(
    operation: string,
    namespace: string | undefined,
    read: Effect.Effect<X, E>,
    options: VectorIndex.Freshness
  ) => Effect.Effect<X, E | PineconeError.TimedOut | PineconeError.InvalidResponse>
): Searching<A, I> => {
  const upsertRecords: Searching<A, I>["upsertRecords"] = (records, options) =>
    Effect.suspend((): Effect.Effect<VectorIndex.Upserted, VectorIndex.RecordError> => {
      const namespace = within(options)
      const operation = "upsert_records"
      const place = { operation, index, namespace }
      const list = Chunk.isChunk(records) ? Chunk.toReadonlyArray(records) : records
      if (list.length === 0) return Effect.fail(invalid(place, "records", "at least one record is needed"))
      const tooMany = Limits.check("upsertTextRecords", "records.length", list.length, place)
      if (tooMany !== undefined) return Effect.fail(tooMany)
      const builder = new UpsertBatch.TextBuilder<A>({
        target: { index, namespace },
        encodeMetadata: codec.encode,
        maxRecords: list.length,
        maxBytes: Limits.limits.requestBytes
      })
      // What has become a body already, where all do not fit into one.
      let full = 0
      for (const record of list) {
        const added = builder.add(record)
        if (added === undefined) continue
        if ("_tag" in added) return Effect.fail(added)
        full += added.bytes.length
      }
      const body = builder.take().bytes
      if (full > 0) {
        return Effect.fail(
          Limits.exceeded("requestBytes", "the size of the records", full + body.length, place)
        )
      }
      return Effect.map(
        post(
          operation,
          pathOf(namespace, "upsert"),
          namespace,
          body,
          VectorRecord.UpsertResponse,
          "application/x-ndjson"
        ),
        ([answer, response]) => ({ upsertedCount: answer.upsertedCount ?? list.length, lsn: writtenLsn(response) })
      )
    })

  const search = <Out>(
    options: Search.Options<I> & { readonly fields?: ReadonlyArray<string> | undefined },
    decode: Codec<Out>["decode"]
  ): Effect.Effect<Search.Result<Out>, VectorIndex.RecordError> => {
    const namespace = within(options)
    const operation = "search_records"
    const place = { operation, index, namespace }
    const read = Effect.gen(function*() {
      const wrong = problem(place, options)
      if (wrong !== undefined) return yield* Effect.fail(wrong)
      const { fields, id, matchTerms, rerank, text, topK } = options
      const filter = options.filter === undefined
        ? undefined
        : yield* RequestBody.filter(operation, options.filter, { index, namespace })
      const { dimension } = yield* found
      const vector = yield* vectorOf(place, options, dimension)
      const body = RequestBody.json({
        query: {
          top_k: topK,
          inputs: text === undefined ? undefined : { text },
          id,
          vector,
          filter,
          match_terms: matchTerms === undefined ? undefined : { strategy: "all", terms: matchTerms }
        },
        fields,
        rerank: rerank === undefined ? undefined : {
          model: rerank.model,
          rank_fields: rerank.rankFields,
          top_n: rerank.topN,
          query: rerank.query,
          parameters: rerank.parameters
        }
      })
      const [answer, response] = yield* post(
        operation,
        pathOf(namespace, "search"),
        namespace,
        body,
        SearchRecords.SearchRecordsResponse,
        "application/json"
      )
      const hits: Array<Search.Hit<Out>> = []
      for (const { fields, id, score } of answer.result.hits) {
        const decoded = decode(fields)
        if (Either.isLeft(decoded)) return yield* Effect.fail(metadata.invalid(place, id, decoded.left))
        hits.push({ id, score, fields: decoded.right })
      }
      return { hits, usage: answer.usage, lsn: indexedLsn(response) }
    })
    return fresh<Search.Result<Out>, RequestError | RequestBody.BodyError>(operation, namespace, read, options)
  }

  const searchRecords = (
    options: Search.Options<I> & { readonly fields?: ReadonlyArray<string> | undefined }
  ): Effect.Effect<Search.Result<unknown>, VectorIndex.RecordError> => {
    if (options.fields === undefined) return search(options, codec.decode)
    const picked = codec.pick(options.fields)
    return picked === undefined
      ? Effect.fail(
        invalid(
          { operation: "search_records", index, namespace: within(options) },
          "fields",
          "the Schema of the index has no parts: leave the fields out, or give the index a Struct"
        )
      )
      : search(options, picked)
  }

  return { upsertRecords, searchRecords: searchRecords as Searching<A, I>["searchRecords"] }
}
