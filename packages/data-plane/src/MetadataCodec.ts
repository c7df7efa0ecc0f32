/**
 * How the metadata of an index goes out and comes in: by a Schema, or as it is.
 *
 * ```ts
 * import * as MetadataCodec from "@effect-pinecone/data-plane/MetadataCodec"
 * import * as Schema from "effect/Schema"
 *
 * const codec = MetadataCodec.fromSchema(Schema.Struct({ released: Schema.NumberFromString }))
 *
 * const stored = codec.encode({ released: 1980 }) // right({ released: "1980" })
 * ```
 *
 * @since 0.1.0
 */
import * as Input from "@effect-pinecone/schema/Input"
import type { Place } from "@effect-pinecone/schema/Limits"
import type { Metadata, MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { EncodeMetadata, MetadataIssue } from "@effect-pinecone/schema/RequestBody"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/**
 * How metadata is encoded for an index, and decoded when it comes back.
 *
 * @since 0.1.0
 * @category models
 */
export interface MetadataCodec<A> {
  /** The metadata as it is stored. */
  readonly encode: EncodeMetadata<A>
  /** The metadata as the application sees it. */
  readonly decode: (metadata: unknown) => Either.Either<A, MetadataIssue>
  /** Decodes some of the fields alone, where the Schema has fields. */
  readonly pick: (
    fields: ReadonlyArray<string>
  ) => ((metadata: unknown) => Either.Either<unknown, MetadataIssue>) | undefined
}

const issueOf = (error: ParseResult.ParseIssue): MetadataIssue => {
  const first = ParseResult.ArrayFormatter.formatIssueSync(error)[0]
  return first === undefined
    ? { path: [], message: "it does not match" }
    : {
      path: first.path.map((key) => typeof key === "symbol" ? String(key) : key),
      message: `${
        first.path.length === 0 ? "" : `at ${first.path.map((key) => `["${String(key)}"]`).join("")}: `
      }${first.message}`
    }
}

/**
 * The codec of a Schema.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromSchema = <A, I extends Storable>(schema: MetadataSchema<A, I>): MetadataCodec<A> => {
  const encode = ParseResult.encodeEither(schema)
  const decode = ParseResult.decodeUnknownEither(schema)
  return {
    encode: (metadata) => Either.mapLeft(encode(metadata), issueOf),
    decode: (metadata) => Either.mapLeft(decode(metadata ?? {}), issueOf),
    pick: (fields) => {
      const picked = Either.try(() => Schema.make(SchemaAST.pick(schema.ast, fields)))
      if (Either.isLeft(picked)) return undefined
      const decode = ParseResult.decodeUnknownEither(picked.right)
      return (metadata) => Either.mapLeft(decode(metadata ?? {}), issueOf)
    }
  }
}

/** Whatever the server sends as metadata is an object, or is not there. */
const isMetadata = (metadata: unknown): metadata is Metadata => Input.isObject(metadata)

/**
 * Metadata of any form, as it is.
 *
 * @since 0.1.0
 * @category constructors
 */
export const untyped: MetadataCodec<Metadata> = {
  encode: (metadata) => Either.right(metadata),
  decode: (metadata) => Either.right(isMetadata(metadata) ? metadata : {}),
  pick: () => untyped.decode
}

const invalid = (at: Place, recordId: string, issue: MetadataIssue): PineconeError.InvalidMetadata =>
  new PineconeError.InvalidMetadata({
    ...at,
    attempts: 1,
    recordId,
    path: issue.path,
    message: `record "${recordId}": its metadata does not match the Schema of the index: ${issue.message}; ` +
      "change the Schema to match what is stored, or fix the record"
  })

/**
 * What came back, with its metadata as the application sees it; the error of the first that does not fit.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeAll = <A, X extends { readonly id: string; readonly metadata?: unknown }, Out>(
  decode: MetadataCodec<A>["decode"],
  at: Place,
  records: ReadonlyArray<X>,
  make: (record: X, metadata: A) => Out
): Either.Either<ReadonlyArray<Out>, PineconeError.InvalidMetadata> => {
  const out: Array<Out> = []
  for (const record of records) {
    const decoded = decode(record.metadata)
    if (Either.isLeft(decoded)) return Either.left(invalid(at, record.id, decoded.left))
    out.push(make(record, decoded.right))
  }
  return Either.right(out)
}
