/** What the story is made of. */
import { FileSystem, Path } from "@effect/platform"
import { Effect, GroupBy, Schedule, Stream } from "effect"
import type { FanOut } from "effect-pinecone"
import { DocumentIndex, Filter, Indexes, IndexSchema, IndexSpec, Score, VectorIndex } from "effect-pinecone"
import * as Docs from "./docs.js"
import { writeFolder } from "./parquet.js"
import { line, note, table, withProgress } from "./terminal.js"

type Index = VectorIndex.VectorIndex<Docs.Metadata, typeof Docs.Metadata.Encoded>
type Stats = Effect.Effect.Success<ReturnType<Index["describeIndexStats"]>>

/** How many records of each namespace are written, and what a read can wait for to see them. */
type Written = Readonly<Record<string, { readonly records: number; readonly lsn: number | undefined }>>

/** An index that is deleted when the scope closes: at the end, after a failure, and on Ctrl-C. */
const deletedAtTheEnd = (name: string) =>
  Effect.flatMap(Indexes.Indexes, (indexes) =>
    Effect.addFinalizer(() =>
      indexes.delete(name).pipe(
        Effect.andThen(indexes.waitUntilGone(name)),
        Effect.andThen(note(`deleted the index ${name}`)),
        Effect.catchTag("PineconeNotFound", () => Effect.void),
        Effect.catchAll((error) => line(`   The index ${name} may be left: ${error.message}`))
      )
    ))

/** An index of records with vectors, for as long as the scope is open. */
export const temporaryIndex = (name: string, dimension: number) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* deletedAtTheEnd(name)
    const { host, metric, spec, status } = yield* indexes.ensure({
      name,
      dimension,
      metric: "cosine",
      spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
    })
    const place = `${spec.serverless?.cloud} ${spec.serverless?.region}`
    yield* line(`   ${name}: ${dimension} dimensions, ${metric}, serverless in ${place}, ${status.state}`)
    return yield* VectorIndex.makeTyped({ host, metadata: Docs.Metadata })
  })

/** Writes the documents, each into its namespace, and gives the newest write of each namespace. */
export const upsert = <E, R>(index: Index, documents: Stream.Stream<Docs.Document, E, R>, total: number) =>
  documents.pipe(
    Stream.groupByKey(({ namespace }) => namespace),
    GroupBy.evaluate((namespace, documents) =>
      Stream.map(
        index.upsertProgress(Stream.map(documents, ({ record }) => record), { namespace, batchSize: 50 }),
        ({ lsn, records }) => ({ [namespace]: { lsn, records } })
      )
    ),
    Stream.scan({} as Written, (all, report) => ({ ...all, ...report })),
    Stream.map((written) => ({ written, done: Object.values(written).reduce((sum, { records }) => sum + records, 0) })),
    withProgress({ label: "upserted", total, done: ({ done }) => done }),
    Stream.runLast,
    Effect.flatten
  )

/** The record of the document with a title, with its vector. */
export const byTitle = (index: Index, namespace: string, title: string) =>
  index.fetchByMetadata({ namespace, filter: Filter.eq("title", title), limit: 1 }).pipe(
    Effect.flatMap(({ records }) => Effect.fromNullable(records.values().next().value)),
    Effect.catchTag(
      "NoSuchElementException",
      () => new Docs.DocumentsError({ message: `${namespace} has no document "${title}"` })
    )
  )

export const showMatches = (matches: ReadonlyArray<FanOut.NamespaceMatch<Docs.Metadata>>) =>
  table(
    [
      { name: "#", align: "right" },
      { name: "score", align: "right" },
      { name: "words", align: "right" },
      { name: "namespace" },
      { name: "title", shorten: true }
    ],
    matches.map((
      { metadata, namespace, score },
      i
    ) => [i + 1, score.toFixed(3), metadata.words, namespace, metadata.title])
  )

/** Searches in one namespace with the vector of a record that is there. */
export const searchLike = (
  index: Index,
  namespace: string,
  id: string,
  filter?: Filter.For<typeof Docs.Metadata.Encoded>
) =>
  Effect.gen(function*() {
    if (filter !== undefined) yield* note(`filter ${JSON.stringify(filter)}`)
    const { matches } = yield* index.query({ namespace, id, topK: 5, filter, includeMetadata: true })
    yield* showMatches(matches.map((match) => ({ ...match, namespace })))
    return matches
  })

/** The statistics, which follow the writes with a delay, as soon as they count all records. */
export const statsOf = (index: Index, total: number) =>
  index.describeIndexStats().pipe(
    Effect.repeat({
      until: ({ totalVectorCount }) => totalVectorCount === total,
      schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo("1 minute"))
    }),
    Effect.andThen(index.describeIndexStats())
  )

export const byNamespace = ({ namespaces = {} }: Stats) =>
  Object.entries(namespaces)
    .map(([name, { vectorCount = 0 }]) => [name, vectorCount] as const)
    .sort(([, a], [, b]) => b - a)

/** Writes the documents as Parquet files in a folder that is gone with the scope, and imports it into a new index. */
export const importAll = <E, R>(
  name: string,
  { dimension, documents, total }: { dimension: number; documents: Stream.Stream<Docs.Document, E, R>; total: number }
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "quickstart-" })
    const { bytes, files } = yield* writeFolder(folder, documents)
    yield* line(`   ${files} files, one for each namespace, ${(bytes / 1e6).toFixed(1)} MB`)

    const index = yield* temporaryIndex(name, dimension)
    const id = yield* index.startImport({ uri: (yield* path.toFileUrl(folder)).href, errorMode: "abort" })
    yield* index.importProgress(id, { schedule: Schedule.spaced("100 millis") }).pipe(
      withProgress({ label: "imported", total: 100, done: ({ percentComplete = 0 }) => percentComplete }),
      Stream.runDrain
    )
    return yield* statsOf(index, total)
  })

/** Writes the titles into an index of documents, and finds some by their words, and by words and meaning together. */
export const searchText = <E, R>(
  name: string,
  words: string,
  { dimension, documents, like }: {
    dimension: number
    documents: Stream.Stream<Docs.Document, E, R>
    like: Float32Array
  }
) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const titles = yield* DocumentIndex.make({
      name,
      fields: {
        title: IndexSchema.text({ language: "en", stemming: true }),
        embedding: IndexSchema.denseVector({ dimension })
      }
    })
    yield* deletedAtTheEnd(name)
    yield* indexes.ensure({ name, schema: titles.schema })
    const { records } = yield* titles.upsertAll(Stream.map(documents, ({ record }) => ({
      _id: record.id,
      title: record.metadata.title,
      embedding: record.values
    })))
    yield* note(`${records} documents with a title and an embedding`)

    const text = Score.text("title", words)
    const byWords = yield* titles.search({ scoreBy: text, topK: 3, includeFields: ["title"] }).pipe(
      // A document is found a while after it was written.
      Effect.repeat({
        until: ({ matches }) => matches.length > 0,
        schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo("1 minute"))
      }),
      Effect.andThen(titles.search({ scoreBy: text, topK: 3, includeFields: ["title"] }))
    )
    const both = yield* titles.hybrid({
      text,
      vector: Score.dense("embedding", like),
      topK: 3,
      includeFields: ["title"]
    })
    yield* table(
      [{ name: "found" }, { name: "score", align: "right" }, { name: "title", shorten: true }],
      [
        ...byWords.matches.map(({ document, score }) => ["by words", score?.toFixed(2) ?? "-", document.title]),
        ...both.matches.map(({ document, score }) => ["by both", score.toFixed(3), document.title])
      ]
    )
    return { byWords: byWords.matches, both: both.matches }
  })
