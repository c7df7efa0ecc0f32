import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Ingest from "../Ingest.js"
import type * as VectorIndex from "../VectorIndex.js"
import * as batches from "./batches.js"

type Progress = Ingest.Progress<VectorRecord>

const toRecord = ({ id, metadata, sparseValues, values }: VectorIndex.Fetched<object>): VectorRecord => ({
  id,
  values,
  sparseValues,
  metadata: metadata as VectorRecord["metadata"]
})

const none: Progress = {
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
    records,
    bytes: earlier.bytes + report.bytes,
    failed: earlier.failed + report.failed,
    requests: earlier.requests + report.requests,
    elapsed,
    rate: millis > 0 ? records * 1000 / millis : 0,
    lsn: highest(earlier.lsn, report.lsn)
  }
}

export const copyProgress: typeof VectorIndex.copyProgress = (from, to, options = {}) => {
  const { namespaces, prefix, read, resumeFrom = 0, ...ingest } = options
  const source = from.untyped()
  const target = to.untyped()

  return Stream.suspend(() => {
    let done = none
    let toSkip = resumeFrom

    const copied = (from: VectorIndex.VectorIndex, to: VectorIndex.VectorIndex, skip: number) =>
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

    const names: Stream.Stream<string, VectorIndex.RecordError> = namespaces === "all"
      ? Stream.filterMap(source.listNamespacesStream(), ({ name }) => Option.fromNullable(name))
      : Stream.fromIterable(new Set(namespaces))

    const each = Stream.flatMap(names, (name) =>
      // `flatMap` asks for the streams of a whole chunk of names before it runs the first.
      Stream.suspend(() => {
        const from = source.namespace(name)
        const to = target.namespace(name)
        if (toSkip === 0) return copied(from, to, 0)
        return Stream.unwrap(
          Effect.map(Stream.runCount(Stream.take(from.listStream({ prefix }), toSkip)), (ids) => {
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

export const copy: typeof VectorIndex.copy = (from, to, options) => batches.summarize(copyProgress(from, to, options))
