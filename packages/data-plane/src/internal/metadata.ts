import type { Place } from "@effect-pinecone/schema/Limits"
import type { Metadata, MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { EncodeMetadata, MetadataIssue } from "@effect-pinecone/schema/RequestBody"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"

/** How the metadata of an index goes out and comes in. */
export interface Codec<A> {
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
    ? { path: [], message: "it does not fit" }
    : {
      path: first.path.map((key) => typeof key === "symbol" ? String(key) : key),
      message: `${
        first.path.length === 0 ? "" : `at ${first.path.map((key) => `["${String(key)}"]`).join("")}: `
      }${first.message}`
    }
}

/** The codec of a Schema. */
export const fromSchema = <A, I extends Storable>(schema: MetadataSchema<A, I>): Codec<A> => {
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

/** Metadata of any form, as it is. */
export const untyped: Codec<Metadata> = {
  encode: (metadata) => Either.right(metadata),
  decode: (metadata) => Either.right((metadata ?? {}) as Metadata),
  pick: () => untyped.decode
}

/** The error for metadata that came back and does not fit. */
export const invalid = (at: Place, recordId: string, issue: MetadataIssue): PineconeError.InvalidMetadata =>
  new PineconeError.InvalidMetadata({
    ...at,
    attempts: 1,
    recordId,
    path: issue.path,
    message:
      `record "${recordId}": its metadata does not fit the Schema of the index: ${issue.message}; give the Schema the form that is stored, or mend the record`
  })
