/** Fills a server with the documents: as records, as documents with text, and as texts that the index embeds. */
import { Console, Effect, GroupBy, Stream } from "effect"
import { Backups, DocumentIndex, Indexes, IndexSchema, VectorIndex } from "effect-pinecone"
import * as Docs from "../../quickstart/src/docs.js"

/** How many titles are embedded: a model on one machine takes its time. */
const embedded = 200

const records = Effect.gen(function*() {
  const { dimension, documents } = yield* Docs.load
  const indexes = yield* Indexes.Indexes
  const { host, name } = yield* indexes.ensure({ name: "fiori-pages", dimension, metric: "cosine" })
  const index = yield* VectorIndex.makeTyped({ host, metadata: Docs.Metadata })
  yield* documents.pipe(
    Stream.groupByKey(({ namespace }) => namespace),
    GroupBy.evaluate((namespace, documents) =>
      Stream.fromEffect(index.upsertAll(Stream.map(documents, ({ record }) => record), { namespace }))
    ),
    Stream.runDrain
  )
  const backups = yield* Backups.Backups
  yield* backups.create(name, { name: "first-backup" })
})

const texts = Effect.gen(function*() {
  const { dimension, documents } = yield* Docs.load
  const indexes = yield* Indexes.Indexes
  const index = yield* DocumentIndex.make({
    name: "fiori-titles",
    fields: {
      title: IndexSchema.text({ language: "en", stemming: true }),
      embedding: IndexSchema.denseVector({ dimension })
    },
    metadata: Docs.Metadata.pick("source", "tags", "words")
  })
  yield* indexes.ensure({ name: "fiori-titles", schema: index.schema })
  yield* index.upsertAll(Stream.map(documents, ({ record: { id, metadata, values } }) => ({
    _id: id,
    embedding: values,
    ...metadata
  })))
})

const meanings = Effect.gen(function*() {
  const { documents } = yield* Docs.load
  const indexes = yield* Indexes.Indexes
  const { host } = yield* indexes.createForModel({
    name: "fiori-meaning",
    cloud: "aws",
    region: "us-east-1",
    embed: { model: "universal-sentence-encoder-lite", fieldMap: { text: "title" } }
  })
  const index = yield* VectorIndex.make({ host })
  yield* index.upsertRecordsAll(documents.pipe(
    Stream.take(embedded),
    Stream.map(({ record: { id, metadata: { source, title, words } } }) => ({ id, fields: { title, source, words } }))
  ))
})

export const fill = Effect.gen(function*() {
  yield* Console.log("Loading 778 pages of documentation on SAP Fiori …")
  yield* Effect.all([records, texts, meanings], { concurrency: "unbounded" })
})
