/** An index of records with vectors, made into one of documents. */
import { Console, Effect, Random, Stream } from "effect"
import { ConversionJobs, DocumentIndex, Indexes, IndexSchema, Score } from "effect-pinecone"
import { dimension, Metadata, pages, temporaryIndex } from "./common.js"

/** What was metadata and has words becomes a text; the rest stays metadata. */
const fields = {
  title: IndexSchema.text({ language: "en", stemming: true }),
  embedding: IndexSchema.denseVector({ dimension, metric: "cosine" })
}

export const program = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  const jobs = yield* ConversionJobs.ConversionJobs

  const records = yield* temporaryIndex("records")
  const stored = yield* records.upsertAll(pages)
  yield* records.waitForLsn(stored.lsn)
  const source = yield* Effect.flatMap(
    indexes.list,
    (all) => Effect.fromNullable(all.find(({ name }) => name.startsWith("guide-records")))
  )
  yield* Console.log(`${source.name} has ${stored.records} records of ${source.dimension} numbers.`)

  const name = `guide-documents-${(yield* Random.nextIntBetween(0x1000, 0x10000)).toString(16)}`
  yield* Effect.addFinalizer(() => Effect.ignore(indexes.delete(name)))
  const { conversionJobId } = yield* indexes.convert(source.name, { name, schema: { fields } })
  const job = yield* jobs.progress(conversionJobId).pipe(
    Stream.tap(({ percentComplete }) => Console.log(`  ${percentComplete} % converted`)),
    Stream.runLast,
    Effect.flatten
  )
  yield* indexes.waitUntilReady(name)
  yield* Console.log(`${job.recordsConverted} records are documents of ${name}; ${source.name} is as it was.`)

  const documents = yield* DocumentIndex.make({ name, fields, metadata: Metadata.omit("title") })
  const { matches } = yield* documents.search({
    scoreBy: Score.text("title", "draft handling"),
    topK: 3,
    includeFields: ["title", "source"]
  })
  for (const { document, score } of matches) {
    yield* Console.log(`  ${score?.toFixed(2)}  ${document.title} (${document.source})`)
  }
  return { stored, job, matches }
}).pipe(Effect.scoped)
