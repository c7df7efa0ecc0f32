/** The records of an index in another one. */
import { Console, Effect, Stream } from "effect"
import { VectorIndex } from "effect-pinecone"
import { countOf, pages, temporaryIndex } from "./common.js"

export const program = Effect.gen(function*() {
  const from = yield* temporaryIndex("from")
  const to = yield* temporaryIndex("to")
  const { lsn } = yield* from.upsertAll(pages)
  yield* from.namespace("first").upsertAll(Stream.take(pages, 100))
  yield* Console.log(`${yield* countOf(from, lsn)} records to copy, and 100 in the namespace "first"`)

  const copied = yield* VectorIndex.copyProgress(from, to, { namespaces: "all", batchSize: 200 }).pipe(
    Stream.filter(({ records }) => records > 0),
    Stream.tap(({ records }) => Console.log(`  ${records} records copied`)),
    Stream.runLast,
    Effect.flatten
  )

  // A view names a namespace, so that what is copied can go to another one, or to another one of the same index.
  const renamed = yield* VectorIndex.copy(to.namespace("first"), to.namespace("one-hundred"))
  yield* Console.log(`${renamed.records} records copied to the namespace "one-hundred"`)

  // What is changed on the way is a stream.
  const titled = yield* to.namespace("titles").upsertAll(
    from.scan().pipe(
      Stream.filter(({ metadata }) => metadata.words < 200),
      Stream.map(({ id, metadata, values }) => ({
        id,
        values,
        metadata: { ...metadata, title: metadata.title.toUpperCase() }
      }))
    )
  )
  yield* Console.log(`${titled.records} short pages copied with titles in capitals`)
  const count = yield* countOf(to.namespace("titles"), titled.lsn)
  return { copied, renamed, titled, count }
}).pipe(Effect.scoped)
