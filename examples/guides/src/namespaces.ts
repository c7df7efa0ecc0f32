/** One query over many namespaces. */
import { Console, Effect, GroupBy, Stream } from "effect"
import { Filter } from "effect-pinecone"
import { pages, temporaryIndex } from "./common.js"

const namespaceOf = (source: string) => source.toLowerCase().replace(/\W+/g, "-")

export const program = Effect.gen(function*() {
  const index = yield* temporaryIndex("namespaces")

  // A namespace for each source, each written by a run of its own.
  const runs = pages.pipe(
    Stream.groupByKey(({ metadata }) => namespaceOf(metadata.source)),
    GroupBy.evaluate((namespace, pages) =>
      Stream.fromEffect(
        Effect.map(index.upsertAll(pages, { namespace }), ({ lsn, records }) => ({ namespace, records, lsn }))
      )
    )
  )
  const written = Array.from(yield* Stream.runCollect(runs))
  yield* Effect.forEach(
    written,
    ({ lsn, namespace }) => index.waitForLsn(lsn, { namespace }),
    { concurrency: 4, discard: true }
  )
  const stored = written.reduce((sum, { records }) => sum + records, 0)
  yield* Console.log(`${stored} records in ${written.length} namespaces`)

  const like = yield* pages.pipe(
    Stream.filter(({ metadata }) => metadata.title === "Draft Validation"),
    Stream.runHead,
    Effect.flatten
  )
  const everywhere = yield* index.queryNamespaces({
    namespaces: "all",
    vector: like.values,
    topK: 5,
    filter: Filter.lt("words", 2000),
    includeMetadata: true
  })
  yield* Console.log(`Like "${like.metadata.title}", in all namespaces:`)
  yield* Effect.forEach(
    everywhere.matches,
    ({ metadata, namespace, score }) =>
      Console.log(`  ${score.toFixed(3)}  ${namespace.padEnd(28)}  ${metadata.title.slice(0, 60)}`),
    { discard: true }
  )
  yield* Console.log(
    `${everywhere.usageByNamespace.size} namespaces were asked, for ${everywhere.usage.readUnits} read units in all.`
  )
  return { stored, written, like, everywhere }
}).pipe(Effect.scoped)
