/**
 * What a run that writes a stream reports on its way, and what it ends in. `Ingest` has all of it.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
 * import * as Effect from "effect/Effect"
 * import type * as Stream from "effect/Stream"
 *
 * const store = (records: Stream.Stream<VectorRecord>) =>
 *   Effect.flatMap(VectorIndex.make({ name: "movies" }), (index) => index.upsertAll(records)).pipe(
 *     Effect.catchTag("PineconeBatchFailed", (failed) => Effect.logError(`${failed.reason}: ${failed.message}`))
 *   )
 * ```
 *
 * @since 0.1.0
 */
import * as Json from "@effect-pinecone/schema/Json"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { RecordError } from "./IndexAt.js"

/**
 * Records that were not stored, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure<out Item> {
  readonly error: RecordError
  /** None for a record that could not be made out; the error says where it is. */
  readonly records: ReadonlyArray<Item>
}

/**
 * How many records came to which end. Counts are from the start of the run, without what `resumeFrom` left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Counts {
  /** Records that the source has given. Each is stored, refused, or not sent yet. */
  readonly read: number
  /** Records that are stored: the server has acknowledged them. */
  readonly records: number
  /** Records that are refused: set aside with their error. */
  readonly failed: number
  /** Bytes of the bodies that carried what is stored. */
  readonly bytes: number
  /** Requests that are answered. */
  readonly requests: number
  /** The time since the start. */
  readonly elapsed: Duration.Duration
  /** Stored records a second, since the start. */
  readonly rate: number
  /** The highest LSN of the writes: what a read can wait for. */
  readonly lsn: number | undefined
  /**
   * How many records from the start of the source are settled, stored or refused, with none missing between them. Given back
   * as `resumeFrom`, a run resumes there; it counts what that run had left out.
   */
  readonly checkpoint: number
}

/**
 * How far it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Progress<out Item> extends Counts {
  /** What was refused since the report before. */
  readonly failures: ReadonlyArray<Failure<Item>>
  /** Records that are sent, and not answered yet. */
  readonly inFlight: number
}

/**
 * What came of it all: `read` is the sum of `records` and `failed`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Summary<out Item> extends Counts {
  /** All that was refused. */
  readonly failures: ReadonlyArray<Failure<Item>>
}

const unreadableTypeId = Symbol.for("@effect-pinecone/data-plane/Unreadable")

/**
 * Stands in a source for a record that could not be made out: a wrong row of a file, metadata off the Schema. It is treated as
 * what the SDK finds wrong itself, and counts as a record.
 *
 * @since 0.1.0
 * @category models
 */
export class Unreadable extends Data.TaggedClass("PineconeUnreadable")<{ readonly error: RecordError }> {}

Object.defineProperty(Unreadable.prototype, unreadableTypeId, { value: unreadableTypeId })

/**
 * Whether an item of a source stands for a record that could not be made out, made by this copy of the package or by
 * another. Of a proxy not even that can be asked.
 *
 * @since 0.1.0
 * @category guards
 */
export const isUnreadable = (u: unknown): u is Unreadable => {
  try {
    return typeof u === "object" && u !== null && unreadableTypeId in u
  } catch {
    return false
  }
}

/**
 * Why a run ended before its source did.
 *
 * - `"Refused"`: a batch is wrong, by the SDK's checks or by the server's, and `onInvalid` is `"fail"`.
 * - `"Failed"`: a batch failed for another reason, such as a wrong key, or retries are exhausted.
 * - `"Stalled"`: the server has accepted nothing for `stallTimeout`.
 * - `"TimedOut"`: the `timeout` of the run is over.
 * - `"NotStarted"`: the options are wrong, or the index could not be looked up.
 *
 * @since 0.1.0
 * @category models
 */
export type EndReason = "Refused" | "Failed" | "Stalled" | "TimedOut" | "NotStarted"

/**
 * A run ended before its source did. Every record that the source gave is accounted for: `counts.records` are stored,
 * `counts.failed` are refused, `records` and `unsent` are neither: together they are `counts.read`. `counts.checkpoint` says
 * where to resume. {@link batchFailedSchema} makes its Schema, of that of a record.
 *
 * @since 0.1.0
 * @category errors
 */
export class BatchFailed<out Item> extends Data.TaggedError("PineconeBatchFailed")<{
  readonly message: string
  readonly reason: EndReason
  /** Why. */
  readonly error: RecordError
  readonly records: ReadonlyArray<unknown>
  readonly unsent: ReadonlyArray<unknown>
  readonly failures: ReadonlyArray<Failure<unknown>>
  readonly counts: Counts
}> {
  /** The records of the batch that ended the run; none where it was no batch. */
  declare readonly records: ReadonlyArray<Item>
  /**
   * The other records that the source has given. Those that were in flight may be stored: to write them again does no harm.
   */
  declare readonly unsent: ReadonlyArray<Item | Unreadable>
  /** All that was refused before; none where the progress of the run was reported, which had them. */
  declare readonly failures: ReadonlyArray<Failure<Item>>
  /** Where a run can be resumed: as in {@link Counts}. */
  get checkpoint(): number {
    return this.counts.checkpoint
  }
  /** The highest LSN of the writes. */
  get lsn(): number | undefined {
    return this.counts.lsn
  }
}

const recordError = Schema.Union(PineconeError.CheckedRequestError, PineconeError.InvalidMetadata)

type RecordErrorEncoded = typeof recordError.Encoded

const unreadable = Schema.transform(
  Schema.TaggedStruct("PineconeUnreadable", { error: recordError }),
  Schema.declare(isUnreadable),
  {
    strict: true,
    decode: ({ error }) => new Unreadable({ error }),
    encode: ({ error }) => ({ _tag: "PineconeUnreadable", error } as const)
  }
).annotations({ identifier: "PineconeUnreadable" })

const countFields = {
  read: Schema.Int,
  records: Schema.Int,
  failed: Schema.Int,
  bytes: Schema.Int,
  requests: Schema.Int,
  elapsed: Json.Millis,
  rate: Json.AnyNumber,
  lsn: Schema.optional(Schema.Int),
  checkpoint: Schema.Int
}

/**
 * {@link BatchFailed} as JSON: `I` is the form of a record.
 *
 * @since 0.1.0
 * @category models
 */
export interface BatchFailedEncoded<out I> {
  readonly _tag: "PineconeBatchFailed"
  readonly message: string
  readonly reason: EndReason
  readonly error: RecordErrorEncoded
  readonly records: ReadonlyArray<I>
  readonly unsent: ReadonlyArray<I | { readonly _tag: "PineconeUnreadable"; readonly error: RecordErrorEncoded }>
  readonly failures: ReadonlyArray<{ readonly error: RecordErrorEncoded; readonly records: ReadonlyArray<I> }>
  readonly counts: Schema.Struct.Encoded<typeof countFields>
}

const identifierOf = (ast: AST.AST): string | undefined =>
  Option.getOrUndefined(
    Option.orElse(AST.getJSONIdentifierAnnotation(ast), () =>
      Option.orElse(
        AST.getIdentifierAnnotation(ast),
        () => AST.getIdentifierAnnotation(AST.typeAST(ast))
      ))
  )

/**
 * The Schema of {@link BatchFailed}, of that of a record: with it the error can travel as JSON, or be added to an `HttpApi`.
 * `VectorRecord.schema` makes that of a record with vectors.
 *
 * OpenAPI knows it as `PineconeBatchFailed`, followed by the `identifier` of the record's Schema, where it has one: give
 * it one where an API has more than one kind of record.
 *
 * ```ts
 * import * as Ingest from "@effect-pinecone/data-plane/Ingest"
 * import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
 * import * as Schema from "effect/Schema"
 *
 * const Movie = Schema.Struct({ title: Schema.String, released: Schema.DateFromNumber })
 *
 * const Failed = Ingest.batchFailedSchema(VectorRecord.schema(Movie))
 *
 * const asText = Schema.encode(Schema.parseJson(Failed))
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const batchFailedSchema = <A, I, R>(
  item: Schema.Schema<A, I, R>
): Schema.Schema<BatchFailed<A>, BatchFailedEncoded<I>, R> => {
  const props = Schema.Struct({
    _tag: Schema.Literal("PineconeBatchFailed"),
    message: Schema.String,
    reason: Schema.Literal("Refused", "Failed", "Stalled", "TimedOut", "NotStarted"),
    error: recordError,
    records: Schema.Array(item),
    unsent: Schema.Array(Schema.Union(unreadable, item)),
    failures: Schema.Array(Schema.Struct({ error: recordError, records: Schema.Array(item) })),
    counts: Schema.Struct(countFields)
  })
  const make = ({ counts, ...rest }: typeof props.Type): BatchFailed<A> =>
    new BatchFailed<A>({ ...rest, counts: { ...counts, lsn: counts.lsn } })
  const isBatchFailed = (u: unknown): u is BatchFailed<A> =>
    u instanceof Error && Predicate.isTagged(u, "PineconeBatchFailed")
  const same = (u: unknown, _: AST.ParseOptions, ast: AST.Declaration) =>
    isBatchFailed(u) ? ParseResult.succeed(u) : ParseResult.fail(new ParseResult.Type(ast, u))
  const self = Schema.declare([Schema.typeSchema(props)], {
    decode: () => same,
    encode: () => same
  }, { arbitrary: (props) => (fc) => props(fc).map(make) })
  const of = identifierOf(item.ast)
  return Schema.transform(props, self, {
    strict: true,
    decode: (encoded) => make(encoded),
    encode: ({ counts, error, failures, message, reason, records, unsent }) => ({
      _tag: "PineconeBatchFailed" as const,
      message,
      reason,
      error,
      records,
      unsent,
      failures,
      counts
    })
  }).annotations({ identifier: `PineconeBatchFailed${of === undefined ? "" : `_${of}`}` })
}
