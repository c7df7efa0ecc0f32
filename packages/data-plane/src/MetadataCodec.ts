/**
 * How the metadata of an index goes out and comes in: by a Schema, or as it is.
 *
 * ```ts
 * import * as MetadataCodec from "@effect-pinecone/data-plane/MetadataCodec"
 * import * as Schema from "effect/Schema"
 *
 * const codec = MetadataCodec.fromSchema(Schema.Struct({ released: Schema.NumberFromString }))
 *
 * const stored = codec.encode({ released: 1980 }) // { released: "1980" }
 * ```
 *
 * @since 0.1.0
 */
import * as Input from "@effect-pinecone/schema/Input"
import type { Place } from "@effect-pinecone/schema/Limits"
import type { Metadata, MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { type EncodeMetadata, isMetadataIssue, MetadataIssue } from "@effect-pinecone/schema/RequestBody"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import { partOf } from "./internal/partOf.js"
import type { OnInvalid } from "./ReadOptions.js"

/**
 * How metadata is encoded for an index, and decoded when it comes back.
 *
 * @since 0.1.0
 * @category models
 */
export interface MetadataCodec<A> {
  /** The metadata as it is stored. */
  readonly encode: EncodeMetadata<A>
  /** A part of the metadata, as it is stored: what an update sets. */
  readonly encodePart: EncodeMetadata<object>
  /** The metadata as the application sees it, or what is wrong with it. */
  readonly decode: (metadata: unknown) => A | MetadataIssue
  /** Decodes some of the fields alone, where the Schema has fields; what does not fit is a `MetadataIssue`. */
  readonly pick: (
    fields: ReadonlyArray<string>
  ) => ((metadata: unknown) => unknown) | undefined
}

const issueOf = (error: ParseResult.ParseIssue): MetadataIssue =>
  issueFrom(ParseResult.ArrayFormatter.formatIssueSync(error)[0])

const issueFrom = (first: ParseResult.ArrayFormatterIssue | undefined): MetadataIssue =>
  first === undefined
    ? new MetadataIssue([], "it does not match")
    : new MetadataIssue(
      first.path.map((key) => typeof key === "symbol" ? String(key) : key),
      `${
        first.path.length === 0 ? "" : `at ${first.path.map((key) => `["${String(key)}"]`).join("")}: `
      }${first.message}`
    )

/** What a Schema makes of metadata, or what is wrong with it. */
const orIssue = <A>(result: Either.Either<A, ParseResult.ParseIssue>): A | MetadataIssue =>
  Either.isRight(result) ? result.right : issueOf(result.left)

/** What is wrong with a part, by the member of a union that it is nearest to. */
const encoderOfPart = (ast: SchemaAST.AST): EncodeMetadata<object> => {
  const part = partOf(ast)
  const encoders = (SchemaAST.isUnion(part) ? part.types : [part]).map((member) =>
    ParseResult.encodeUnknownEither(Schema.make<object, object>(member), { onExcessProperty: "error", errors: "all" })
  )
  return (metadata) => {
    const fields = Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
    let issues: ReadonlyArray<ParseResult.ArrayFormatterIssue> | undefined
    for (const encode of encoders) {
      const encoded = encode(fields)
      if (Either.isRight(encoded)) return encoded.right
      const found = ParseResult.ArrayFormatter.formatIssueSync(encoded.left)
      if (issues === undefined || found.length < issues.length) issues = found
    }
    return issueFrom(issues?.[0])
  }
}

/** A record without metadata is read as one without fields. */
const missing = (decode: (metadata: unknown) => Either.Either<unknown, ParseResult.ParseIssue>) => {
  const decoded = decode({})
  return Either.isRight(decoded) ? undefined : issueOf(decoded.left)
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
    encode: Object.assign((metadata: A) => orIssue(encode(metadata)), { missing: missing(decode) }),
    encodePart: encoderOfPart(schema.ast),
    decode: (metadata) => orIssue(decode(metadata ?? {})),
    pick: (fields) => {
      const picked = Either.try(() => Schema.make(SchemaAST.pick(schema.ast, fields)))
      if (Either.isLeft(picked)) return undefined
      const decode = ParseResult.decodeUnknownEither(picked.right)
      return (metadata) => orIssue(decode(metadata ?? {}))
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
  encode: (metadata) => metadata,
  encodePart: (metadata) => metadata,
  decode: (metadata) => isMetadata(metadata) ? metadata : {},
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
 * What came back, with its metadata as the application sees it, and in the place of what does not fit its error.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeEach = <A, X extends { readonly id: string; readonly metadata?: unknown }, Out>(
  decode: MetadataCodec<A>["decode"],
  at: Place,
  records: ReadonlyArray<X>,
  make: (record: X, metadata: A) => Out
): ReadonlyArray<Out | PineconeError.InvalidMetadata> =>
  records.map((record) => {
    const decoded = decode(record.metadata)
    return isMetadataIssue(decoded) ? invalid(at, record.id, decoded) : make(record, decoded)
  })

/**
 * What fits its Schema, and the errors of what does not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Decoded<out Out> {
  readonly records: ReadonlyArray<Out>
  /** With `onInvalid: "collect"`. */
  readonly invalid?: ReadonlyArray<PineconeError.InvalidMetadata> | undefined
}

const isInvalid = (u: unknown): u is PineconeError.InvalidMetadata => u instanceof PineconeError.InvalidMetadata

/**
 * What fits, and the errors of what does not; unless they are collected, the first ends it.
 *
 * @since 0.1.0
 * @category decoding
 */
export const sorted = <Out>(
  items: ReadonlyArray<Out | PineconeError.InvalidMetadata>,
  onInvalid: OnInvalid = "fail"
): Effect.Effect<Decoded<Out>, PineconeError.InvalidMetadata> => {
  const records: Array<Out> = []
  const invalid: Array<PineconeError.InvalidMetadata> = []
  for (const item of items) {
    if (!isInvalid(item)) records.push(item)
    else if (onInvalid === "fail") return Effect.fail(item)
    else invalid.push(item)
  }
  return Effect.succeed(onInvalid === "collect" ? { records, invalid } : { records })
}
