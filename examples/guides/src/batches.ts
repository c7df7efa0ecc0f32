/** Many records in few requests. */
import { Console, Effect, Stream } from "effect"
import { megabytes, pages, temporaryIndex } from "./common.js"

export const program = Effect.gen(function*() {
  const index = yield* temporaryIndex("batches")

  const whole = yield* index.upsertAll(pages)
  yield* Console.log(`upsertAll: ${whole.records} records in ${whole.requests} requests, ${megabytes(whole.bytes)}`)

  yield* Console.log("upsertProgress, at most 100 records in a request:")
  const last = yield* index.upsertProgress(pages, { batchSize: 100 }).pipe(
    // There is a report when a batch is sent too.
    Stream.filter(({ requests }) => requests > 0),
    Stream.tap(({ bytes, records, requests }) =>
      Console.log(`  ${requests} answered: ${records} records, ${megabytes(bytes)}`)
    ),
    Stream.runLast,
    Effect.flatten
  )

  // An update is of one record, so each is a request; 64 of them may be in flight.
  const updated = yield* index.updateAll(
    pages.pipe(
      Stream.filter(({ metadata }) => metadata.words < 100),
      Stream.map(({ id }) => ({ id, setMetadata: { source: "stubs" } }))
    )
  )
  yield* Console.log(`updateAll: ${updated.records} records in ${updated.requests} requests`)

  const deleted = yield* index.deleteIds(
    pages.pipe(
      Stream.filter(({ metadata }) => metadata.words < 100),
      Stream.map(({ id }) => id)
    )
  )
  yield* Console.log(`deleteIds: ${deleted.records} records in ${deleted.requests} request`)

  yield* index.waitForLsn(deleted.lsn)
  const left = yield* Stream.runCount(index.listStream())
  yield* Console.log(`${left} records are left.`)
  return { whole, last, updated, deleted, left }
}).pipe(Effect.scoped)
