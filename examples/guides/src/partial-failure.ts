/** A few invalid records among many valid ones. */
import { Console, Effect, Stream } from "effect"
import type { Ingest, VectorRecord } from "effect-pinecone"
import { VectorIndex } from "effect-pinecone"
import { countOf, Metadata, pages, temporary } from "./common.js"

type PageRecord = VectorRecord.WithMetadata<Metadata>

/** One page whose vector was cut off, and one with a whole text for a title. */
const spoilt = pages.pipe(
  Stream.zipWithIndex,
  Stream.map(([page, i]): PageRecord =>
    i === 300
      ? { ...page, values: page.values.slice(0, 100) }
      : i === 500
      ? { ...page, metadata: { ...page.metadata, title: page.metadata.title.padEnd(50_000, " and so on") } }
      : page
  )
)

/** The pages as they were before: how to fix a record, only the application knows. */
const fixed = (records: ReadonlyArray<PageRecord>) =>
  Stream.filter(pages, (page) => records.some(({ id }) => id === page.id))

const show = (failures: ReadonlyArray<Ingest.Failure<PageRecord>>) =>
  Effect.forEach(
    failures,
    ({ error, records }) =>
      Console.log(
        `  refused: ${
          records.length === 1 ? records[0]?.id : `${records.length} records`
        }\n    ${error._tag}: ${error.message}`
      ),
    { discard: true }
  )

export const program = Effect.gen(function*() {
  const { host } = yield* temporary("failures")
  // By its host an index is not looked up: that a vector has another length than its, only the server knows.
  const index = yield* VectorIndex.makeTyped({ host, metadata: Metadata })

  yield* Console.log("onInvalid: \"fail\", the default")
  const failed = yield* Effect.flip(index.upsertAll(spoilt, { batchSize: 100 }))
  yield* Console.log(`  ended with ${failed._tag}: ${failed.message}`)
  if (failed._tag === "PineconeBatchFailed") {
    const { counts, reason, records, unsent } = failed
    yield* Console.log(
      `  ${reason}: ${counts.read} records read, ${records.length} of the batch and ${unsent.length} others given back`
    )
  }

  yield* Console.log("onInvalid: \"collect\"")
  const collected = yield* index.upsertAll(spoilt, { batchSize: 100, onInvalid: "collect" })
  yield* Console.log(`  ${collected.records} records stored in ${collected.requests} requests`)
  yield* show(collected.failures)

  yield* Console.log("onInvalid: \"bisect\"")
  const bisected = yield* index.upsertAll(spoilt, { batchSize: 100, onInvalid: "bisect" })
  yield* Console.log(`  ${bisected.records} records stored in ${bisected.requests} requests`)
  yield* show(bisected.failures)

  const second = yield* index.upsertAll(fixed(bisected.failures.flatMap(({ records }) => records)))
  const count = yield* countOf(index, second.lsn)
  yield* Console.log(`${second.records} records fixed and written: ${count} are there.`)
  return { failed, collected, bisected, fixed: second.records, count }
}).pipe(Effect.scoped)
