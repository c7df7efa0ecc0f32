/**
 * Records, and the requests and answers of the operations on them: upsert, fetch, fetch by metadata, update, delete,
 * list. (`/vectors/*` of the data-plane API.)
 *
 * ```ts
 * import type * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
 *
 * const record: VectorRecord.VectorRecord = {
 *   id: "airplane",
 *   values: [0.9, 0.1, 0.2],
 *   metadata: { genre: "comedy", year: 1980 }
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, JsonObject, maybe, struct } from "./internal/wire.js"
import * as Json from "./Json.js"
import type { Metadata, Storable } from "./Metadata.js"
import { Pagination, Usage } from "./Usage.js"
import type { DenseValues, SparseValues } from "./Vector.js"
import { DenseVector, isDenseValues, isSparseIndices, SparseVector } from "./Vector.js"

/**
 * A record to write: dense values, sparse values or both, and metadata of type `M`.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorRecord<out M = Metadata> {
  /** 1 to 512 characters, unique in its namespace. */
  readonly id: string
  readonly values?: DenseValues | undefined
  readonly sparseValues?: SparseValues | undefined
  /** At most 40 KB as JSON. */
  readonly metadata?: M | undefined
}

/**
 * A record to write to an index whose Schema asks for metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface WithMetadata<out M> extends VectorRecord<M> {
  /** At most 40 KB as JSON. */
  readonly metadata: M
}

/**
 * The records that an index takes whose metadata is of type `A` in the application and of type `I` in the index: they may have
 * none only where all of its stored fields may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export type For<A, I extends Storable> = {} extends I ? VectorRecord<A> : WithMetadata<A>

/**
 * A record to write to an index with an integrated embedding: its fields, one of which is the text that the index embeds.
 *
 * @since 0.1.0
 * @category models
 */
export interface TextRecord<out M = Metadata> {
  /** 1 to 512 characters, unique in its namespace. */
  readonly id: string
  /** The text, under the name that the index maps it to, and what is stored beside it. */
  readonly fields: M
}

/** The numbers of a list as JSON, and back: typed where they all fit. */
const numbers = <A extends Float32Array | Uint32Array>(
  constructor: new(values: ReadonlyArray<number>) => A,
  isList: (u: unknown) => u is A | ReadonlyArray<number>
) =>
  Schema.transform(Schema.Array(Json.EncodedNumber), Schema.declare(isList), {
    strict: true,
    decode: (encoded): A | ReadonlyArray<number> => {
      const all = encoded.map(Number)
      const typed = new constructor(all)
      return all.every((value, i) => Object.is(typed[i], value)) ? typed : all
    },
    encode: (values) => Array.from(values, Json.fromNumber)
  })

const denseValues = numbers(Float32Array, isDenseValues)
const sparseIndices = numbers(Uint32Array, isSparseIndices)

/**
 * A record as JSON: `I` is the form of its metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorRecordEncoded<out I> {
  readonly id: string
  readonly values?: ReadonlyArray<Json.EncodedNumber> | undefined
  readonly sparseValues?: {
    readonly indices: ReadonlyArray<Json.EncodedNumber>
    readonly values: ReadonlyArray<Json.EncodedNumber>
  } | undefined
  readonly metadata?: I | undefined
}

/**
 * The Schema of a record to write, of that of its metadata: for a queue, a file or an error. Numbers are not checked against
 * what an index takes, so that a record which was refused can travel, too. A list whose numbers are all 32-bit floats comes
 * back as a `Float32Array`, one of indices as a `Uint32Array`.
 *
 * ```ts
 * import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
 * import * as Schema from "effect/Schema"
 *
 * const Movie = VectorRecord.schema(Schema.Struct({ title: Schema.String }))
 *
 * Schema.encodeSync(Movie)({ id: "m1", values: Float32Array.of(0.5, 1), metadata: { title: "Alien" } })
 * // { id: "m1", values: [0.5, 1], metadata: { title: "Alien" } }
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const schema = <A, I, R>(
  metadata: Schema.Schema<A, I, R>
): Schema.Schema<VectorRecord<A>, VectorRecordEncoded<I>, R> =>
  struct({
    id: Schema.String,
    values: Schema.optional(denseValues),
    sparseValues: Schema.optional(struct({ indices: sparseIndices, values: denseValues })),
    metadata: Schema.optional(metadata)
  })

/**
 * A record on the wire (`Vector`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const Vector = answer("Vector", {
  id: Schema.String,
  values: maybe(DenseVector),
  sparseValues: maybe(SparseVector),
  metadata: maybe(JsonObject)
})

/**
 * The type of the `Vector` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Vector extends Schema.Schema.Type<typeof Vector> {}

/**
 * The request of an upsert.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpsertRequest = struct({
  vectors: Schema.Array(Vector),
  namespace: maybe(Schema.String)
}).annotations({ identifier: "UpsertRequest" })

/**
 * The answer to an upsert.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpsertResponse = answer("UpsertResponse", {
  upsertedCount: maybe(Schema.Int)
})

/**
 * The records of a fetch: by their ids on the wire, in a list for the user, since an id may be any string, `__proto__`
 * too.
 *
 * @since 0.1.0
 * @category schemas
 */
export const VectorsById: Schema.Schema<ReadonlyArray<Vector>, { readonly [id: string]: unknown }> = Schema.transform(
  JsonObject,
  Schema.Array(Schema.Unknown),
  {
    strict: true,
    decode: (byId): ReadonlyArray<unknown> => Object.values(byId),
    // eslint-disable-next-line no-restricted-syntax -- the Schema composed below has checked them.
    encode: (vectors) => Object.fromEntries((vectors as ReadonlyArray<Vector>).map((vector) => [vector.id, vector]))
  }
).pipe(
  Schema.compose(Schema.Array(Vector), { strict: false }),
  Schema.annotations({
    jsonSchema: { type: "object", additionalProperties: { $ref: "#/components/schemas/Vector" } }
  })
)

/**
 * The answer to a fetch.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FetchResponse = answer("FetchResponse", {
  vectors: maybe(VectorsById),
  namespace: maybe(Schema.String),
  usage: maybe(Usage)
})

/**
 * The request of a fetch by metadata.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FetchByMetadataRequest = struct({
  namespace: maybe(Schema.String),
  filter: maybe(JsonObject),
  limit: maybe(Schema.Int),
  paginationToken: maybe(Schema.String)
}).annotations({ identifier: "FetchByMetadataRequest" })

/**
 * The answer to a fetch by metadata.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FetchByMetadataResponse = answer("FetchByMetadataResponse", {
  vectors: maybe(VectorsById),
  namespace: maybe(Schema.String),
  usage: maybe(Usage),
  pagination: maybe(Pagination)
})

/**
 * The request of an update.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateRequest = struct({
  id: maybe(Schema.String),
  values: maybe(DenseVector),
  sparseValues: maybe(SparseVector),
  setMetadata: maybe(JsonObject),
  namespace: maybe(Schema.String),
  filter: maybe(JsonObject),
  dryRun: maybe(Schema.Boolean)
}).annotations({ identifier: "UpdateRequest" })

/**
 * The answer to an update.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateResponse = answer("UpdateResponse", {
  matchedRecords: maybe(Schema.Int)
})

/**
 * The request of a delete.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeleteRequest = struct({
  ids: maybe(Schema.Array(Schema.String)),
  deleteAll: maybe(Schema.Boolean),
  namespace: maybe(Schema.String),
  filter: maybe(JsonObject)
}).annotations({ identifier: "DeleteRequest" })

/**
 * The empty answer to a delete.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DeleteResponse = answer("DeleteResponse", {})

/**
 * A page of ids.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListResponse = answer("ListResponse", {
  vectors: maybe(Schema.Array(answer("ListItem", { id: maybe(Schema.String) }))),
  pagination: maybe(Pagination),
  namespace: maybe(Schema.String),
  usage: maybe(Usage)
})
