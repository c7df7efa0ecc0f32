import * as Operation from "@effect-pinecone/http/Operation"
import * as Run from "@effect-pinecone/http/Run"
import * as Check from "@effect-pinecone/schema/Check"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { RecordError } from "../IndexAt.js"
import { nameOf } from "../IndexAt.js"
import type * as Ingest from "../Ingest.js"
import type { BatchFailed } from "../IngestReport.js"
import type { FetchAllOptions, ListOptions, ScanOptions } from "../Reading.js"

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

/** An index without a Schema, whose records are read as they are written. */
export interface Source<Record> {
  readonly scan: (options?: Omit<ScanOptions, "onInvalid">) => Stream.Stream<Record, RecordError>
  readonly listStream: (options?: Omit<ListOptions, "paginationToken">) => Stream.Stream<string, RecordError>
  readonly listNamespacesStream: () => Stream.Stream<{ readonly name?: string | undefined }, RecordError>
  readonly upsertProgress: (
    records: Stream.Stream<Record, RecordError>,
    options?: Ingest.Options
  ) => Stream.Stream<Ingest.Progress<Record>, RecordError | BatchFailed<Record>>
  readonly namespace: (namespace: string) => Source<Record>
}

type Progress<Record> = Ingest.Progress<Record>

const shape: Check.Shape<CopyOptions> = {
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
  optional: { batchSize: Check.any, concurrency: Check.any }
}

const none: Progress<never> = {
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
const after = <Record>(earlier: Progress<Record>, report: Progress<Record>): Progress<Record> => {
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

/** Copies the records of a source to a target, and reports for each answer. */
export const copyProgress = <Record>(
  source: Source<Record>,
  target: Source<Record>,
  options: CopyOptions = {}
): Stream.Stream<Progress<Record>, RecordError | BatchFailed<Record>> => {
  const place = { operation: "copy" }

  // What else there is, reading and writing look at themselves.
  const checked = Effect.gen(function*() {
    const checked = yield* Check.read<CopyOptions>(place, options, shape)
    const read = checked.read === undefined ? undefined : yield* Check.read(place, checked.read, readShape)
    return { ...checked, read }
  }).pipe(Operation.unlessRefused(place))
  return Stream.flatMap(checked, ({ namespaces, prefix, read, resumeFrom = 0, ...ingest }) => {
    let done: Progress<Record> = none
    let toSkip = resumeFrom

    const copied = (from: Source<Record>, to: Source<Record>, skip: number) =>
      Stream.suspend(() => {
        const earlier = done
        return Stream.map(
          to.upsertProgress(from.scan({ ...read, prefix, skip }), { ...ingest, startsAt: earlier.checkpoint + skip }),
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
