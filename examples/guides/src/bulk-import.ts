/** Parquet files that the server reads by itself. */
import { ParquetWriter } from "@effect-pinecone/parquet"
import { FileSystem, Path } from "@effect/platform"
import { Console, Effect, Schedule, Stream } from "effect"
import { megabytes, pages, temporaryIndex, total } from "./common.js"

/** Pinecone imports from object storage; it cannot see a folder of this computer. */
export const localOnly = true

export const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const root = yield* fs.makeTempDirectoryScoped({ prefix: "guide-" })
  const index = yield* temporaryIndex("import")

  // <root>/long/0.parquet and <root>/short/0.parquet: the folder's name is the namespace.
  for (const [namespace, long] of [["long", true], ["short", false]] as const) {
    const { bytes, records } = yield* ParquetWriter.writeFolder(
      root,
      Stream.filter(pages, ({ metadata }) => metadata.words >= 1000 === long),
      { namespace }
    )
    yield* Console.log(`${namespace}: ${records} records, ${megabytes(bytes)}`)
  }

  const uri = (yield* path.toFileUrl(root)).href // s3://bucket/folder or gs://bucket/folder on the cloud
  const [imported] = yield* index.importAll({ uri, errorMode: "abort" }, { schedule: Schedule.spaced("100 millis") })
  yield* Console.log(`The import is ${imported?.status}: ${imported?.recordsImported} records`)

  const { namespaces = {}, totalVectorCount } = yield* Effect.repeat(index.describeIndexStats(), {
    until: ({ totalVectorCount }) => totalVectorCount === total,
    schedule: Schedule.spaced("250 millis").pipe(Schedule.upTo("1 minute"))
  }).pipe(Effect.andThen(index.describeIndexStats()))
  yield* Effect.forEach(
    Object.entries(namespaces),
    ([name, { vectorCount }]) => Console.log(`  ${name}: ${vectorCount} records`),
    { discard: true }
  )
  return { imported, namespaces, totalVectorCount }
}).pipe(Effect.scoped)
