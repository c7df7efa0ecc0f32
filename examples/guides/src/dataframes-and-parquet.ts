/** Parquet files and Arrow tables into an index, and matches back as a table. */
import { ArrowTable, Upsert } from "@effect-pinecone/arrow"
import { ParquetWriter } from "@effect-pinecone/parquet"
import { FileSystem, Path } from "@effect/platform"
import { Chunk, Console, Effect, Stream } from "effect"
import { dimension, elapsed, megabytes, pages, temporaryIndex } from "./common.js"

export const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = path.join(yield* fs.makeTempDirectoryScoped({ prefix: "guide-" }), "export")
  const index = yield* temporaryIndex("parquet")

  const files = yield* ParquetWriter.writeFolder(folder, pages, { maxRecords: 300 })
  yield* Console.log(
    `Written: ${files.records} records in ${files.files.length} Parquet files, ${megabytes(files.bytes)}`
  )

  const upserted = yield* Upsert.upsertParquet(index, path.join(folder, "**/*.parquet"))
  yield* Console.log(`Parquet files: ${upserted.records} records stored in ${elapsed(upserted.elapsed)}`)

  // A table of apache-arrow's, as other tools make them too: the vectors in one column, and a column for each field.
  const table = yield* Effect.flatMap(
    Stream.runCollect(Stream.take(pages, 100)),
    (records) => ArrowTable.fromRecords(Chunk.toReadonlyArray(records), { dimension, metadata: "fields" })
  )
  yield* Console.log(`Arrow table: ${table.numRows} rows of ${table.schema.fields.map(({ name }) => name).join(", ")}`)
  const updated = yield* Upsert.upsertTable(index, table, { columns: { metadata: "rest" } })
  yield* Console.log(`Arrow table: ${updated.records} records stored in ${elapsed(updated.elapsed)}`)

  const like = yield* Effect.flatten(Stream.runHead(pages))
  const { matches } = yield* index.query({ vector: like.values, topK: 3, includeMetadata: true, minLsn: updated.lsn })
  const found = yield* ArrowTable.fromMatches(matches, { metadata: "fields" })
  yield* Console.log(`The pages like "${like.metadata.title}", as a table:`)
  yield* Console.log(`  ${found.schema.fields.map(({ name }) => name).join(", ")}`)
  yield* Console.log(found.toArray().map((row) => `  ${row["score"].toFixed(3)} ${row["title"]}`).join("\n"))
  return { files, upserted, updated, found }
}).pipe(Effect.scoped)
