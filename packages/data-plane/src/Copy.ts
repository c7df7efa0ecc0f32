/**
 * Copying the records of an index, or of namespaces of it, to another index or namespace.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const movies = yield* VectorIndex.make({ name: "movies" })
 *   const archive = yield* VectorIndex.make({ name: "archive" })
 *   return yield* VectorIndex.copy(movies.namespace("en"), archive.namespace("en-2026"))
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Run from "@effect-pinecone/http/Run"
import * as Check from "@effect-pinecone/schema/Check"
import type { Metadata } from "@effect-pinecone/schema/Metadata"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { RecordError } from "./IndexAt.js"
import { nameOf } from "./IndexAt.js"
import type * as Ingest from "./Ingest.js"
import { summarize } from "./internal/summary.js"
import type { Namespaces } from "./Namespaces.js"
import type { FetchAllOptions, Fetched, Reading } from "./Reading.js"

/**
 * What to copy, and how to write it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CopyOptions extends Omit<Ingest.Options, "namespace" | "startsAt"> {
  /**
   * The namespaces to copy, each to the one of the same name: a list, or all that the source has.
   *
   * @default the namespace of the source's view, to the one of the target's
   */
  readonly namespaces?: ReadonlyArray<string> | "all" | undefined
  /** Only records whose ids begin so. */
  readonly prefix?: string | undefined
  /**
   * How the source is read.
   *
   * @default 100 ids in a request, 4 requests in flight
   */
  readonly read?: Omit<FetchAllOptions, "namespace" | "onInvalid"> | undefined
}

/** What copying asks of an index without a Schema. */
interface Untyped
  extends
    Pick<Reading<Metadata, Metadata>, "scan" | "listStream">,
    Pick<Namespaces<Metadata>, "listNamespacesStream">,
    Pick<Ingest.Ingest<Metadata, Metadata>, "upsertProgress">
{
  readonly namespace: (namespace: string) => Untyped
}

/**
 * What can be copied from, and to: any index or view of one, whatever its Schema. The metadata is copied as it is stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Copyable {
  readonly untyped: () => Untyped
}

type Progress = Ingest.Progress<VectorRecord>

const shape: Check.Shape<CopyOptions> = {
  required: {},
  optional: {
    namespaces: Check.either(Check.texts, Check.oneOf("all")),
    prefix: Check.text,
    read: Check.object,
    resumeFrom: Check.integer(0),
    batchSize: Check.any,
    maxBytes: Check.any,
    concurrency: Check.any,
    maxConcurrency: Check.any,
    onInvalid: Check.any,
    retry: Check.any,
    maxWait: Check.any,
    stallTimeout: Check.any,
    timeout: Check.any
  }
}

const readShape: Check.Shape<NonNullable<CopyOptions["read"]>> = {
  required: {},
  optional: { batchSize: Check.any, concurrency: Check.any }
}

const toRecord = ({ id, metadata, sparseValues, values }: Fetched<Metadata>): VectorRecord => ({
  id,
  values,
  sparseValues,
  metadata
})

const none: Progress = {
  read: 0,
  records: 0,
  bytes: 0,
  failed: 0,
  failures: [],
  inFlight: 0,
  requests: 0,
  elapsed: Duration.zero,
  rate: 0,
  lsn: undefined,
  checkpoint: 0
}

const highest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

/** A report on a namespace, as one on the whole, of which `earlier` is done. */
const after = (earlier: Progress, report: Progress): Progress => {
  const records = earlier.records + report.records
  const elapsed = Duration.sum(earlier.elapsed, report.elapsed)
  const millis = Duration.toMillis(elapsed)
  return {
    ...report,
    read: earlier.read + report.read,
    records,
    bytes: earlier.bytes + report.bytes,
    failed: earlier.failed + report.failed,
    requests: earlier.requests + report.requests,
    elapsed,
    rate: millis > 0 ? records * 1000 / millis : 0,
    lsn: highest(earlier.lsn, report.lsn)
  }
}

/**
 * The same as {@link copy}, as a report for each answer; the last one is of the end.
 *
 * @since 0.1.0
 * @category operations
 */
export const copyProgress = (
  from: Copyable,
  to: Copyable,
  options: CopyOptions = {}
): Stream.Stream<Progress, RecordError | Ingest.BatchFailed<VectorRecord>> => {
  const place = { operation: "copy" }
  const source = from.untyped()
  const target = to.untyped()

  // What else there is, reading and writing look at themselves.
  const checked = Effect.gen(function*() {
    const checked = yield* Check.read<CopyOptions>(place, options, shape)
    const read = checked.read === undefined ? undefined : yield* Check.read(place, checked.read, readShape)
    return { ...checked, read }
  }).pipe(Operation.unlessRefused(place))
  return Stream.flatMap(checked, ({ namespaces, prefix, read, resumeFrom = 0, ...ingest }) => {
    let done = none
    let toSkip = resumeFrom

    const copied = (from: Untyped, to: Untyped, skip: number) =>
      Stream.suspend(() => {
        const earlier = done
        const records = Stream.map(from.scan({ ...read, prefix, skip }), toRecord)
        return Stream.map(
          to.upsertProgress(records, { ...ingest, startsAt: earlier.checkpoint + skip }),
          (report) => {
            done = after(earlier, report)
            return done
          }
        )
      })

    if (namespaces === undefined) return copied(source, target, toSkip)

    const names: Stream.Stream<string, RecordError> = namespaces === "all"
      ? Stream.filterMap(source.listNamespacesStream(), ({ name }) => Option.fromNullable(name))
      : Stream.fromIterable(new Map(namespaces.map((name) => [nameOf(name), name])).values())

    const each = Stream.flatMap(names, (name) =>
      // `flatMap` asks for the streams of a whole chunk of names before it runs the first.
      Stream.suspend(() => {
        const from = source.namespace(name)
        const to = target.namespace(name)
        if (toSkip === 0) return copied(from, to, 0)
        return Stream.unwrap(
          Effect.map(Run.quietly(Stream.take(from.listStream({ prefix }), toSkip), Stream.runCount), (ids) => {
            const skip = toSkip
            toSkip -= ids
            if (toSkip === 0) return copied(from, to, skip)
            // An earlier run has copied the whole of it.
            done = { ...done, checkpoint: done.checkpoint + ids }
            return Stream.empty
          })
        )
      }))
    // Each namespace ends with a report; where there is none to copy, this is the only one.
    return Stream.concat(each, Stream.suspend(() => done.requests === 0 ? Stream.succeed(done) : Stream.empty))
  })
}

/**
 * Copies the records of an index, or of namespaces of it, to another index or namespace, with all that `upsertAll`
 * promises. Views name the namespaces: `copy(movies.namespace("en"), archive.namespace("en-2026"))`.
 *
 * @since 0.1.0
 * @category operations
 */
export const copy = (
  from: Copyable,
  to: Copyable,
  options?: CopyOptions
): Effect.Effect<Ingest.Summary<VectorRecord>, RecordError | Ingest.BatchFailed<VectorRecord>> =>
  summarize(copyProgress(from, to, options))
