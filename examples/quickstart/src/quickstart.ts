/** The story: an index is created, filled, searched, imported into another one, and both are deleted. */
import { FileSystem, Path } from "@effect/platform"
import { Chunk, Effect, GroupBy, Option, Random, Record, Schedule, Stream } from "effect"
import { Filter, Indexes, IndexSpec, VectorIndex } from "effect-pinecone"
import * as Docs from "./docs.js"
import { writeFolder } from "./parquet.js"
import type { Found } from "./search.js"
import { queryNamespaces } from "./search.js"
import { heading, line, note, step, table, withProgress } from "./terminal.js"

type Index = VectorIndex.VectorIndex<Docs.Metadata, typeof Docs.Metadata.Encoded>
type Stats = Effect.Effect.Success<ReturnType<Index["describeIndexStats"]>>

/** An index that is deleted when the scope closes: at the end, after a failure, and on Ctrl-C. */
const temporaryIndex = (name: string, dimension: number) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* Effect.addFinalizer(() =>
      indexes.delete(name).pipe(
        Effect.zipRight(indexes.waitUntilGone(name)),
        Effect.zipRight(note(`deleted the index ${name}`)),
        Effect.catchTag("NotFound", () => Effect.void),
        Effect.catchAll((error) => line(`   The index ${name} could not be deleted: ${error.message}`))
      )
    )
    const { host, metric, status } = yield* indexes.ensure({
      name,
      dimension,
      metric: "cosine",
      spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
    })
    yield* line(`   ${name}: ${dimension} dimensions, ${metric}, ${status.state}`)
    return yield* VectorIndex.makeTyped({ host, metadata: Docs.Metadata })
  })

/** Writes the documents in batches, each into its namespace, and gives the newest write of each namespace. */
const upsert = <E, R>(index: Index, documents: Stream.Stream<Docs.Document, E, R>, total: number) =>
  documents.pipe(
    Stream.groupByKey(({ namespace }) => namespace),
    GroupBy.evaluate((namespace, documents) =>
      documents.pipe(
        Stream.map(({ record }) => record),
        Stream.grouped(50),
        Stream.map((records) => ({ namespace, records }))
      )
    ),
    Stream.flattenStreams,
    Stream.mapEffect(
      ({ namespace, records }) => Effect.map(index.upsert(records, { namespace }), (done) => ({ namespace, ...done })),
      { concurrency: 4, unordered: true }
    ),
    Stream.mapAccum(0, (before, { lsn, namespace, upsertedCount }) => {
      const done = before + upsertedCount
      return [done, { namespace, lsn, done }]
    }),
    withProgress({ label: "upserted", total, done: ({ done }) => done }),
    Stream.runFold({ done: 0, lsn: {} as Record<string, number> }, (all, { done, lsn, namespace }) => ({
      done,
      lsn: lsn === undefined ? all.lsn : { ...all.lsn, [namespace]: Math.max(lsn, all.lsn[namespace] ?? 0) }
    }))
  )
