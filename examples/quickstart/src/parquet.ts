/**
 * Parquet files in the layout of a bulk import: a folder for each namespace, and in it files with the columns `id`,
 * `values` (a list of floats) and `metadata` (JSON as text).
 */
import { FileSystem, Path } from "@effect/platform"
import { Chunk, Effect, GroupBy, Schema, Stream } from "effect"
import { parquetWriteBuffer } from "hyparquet-writer"
import type { Document } from "./docs.js"
import { Metadata } from "./docs.js"

type Elements = NonNullable<Parameters<typeof parquetWriteBuffer>[0]["schema"]>

/** A list is three levels in Parquet: the list, its repeated group, and the element. */
const schema: Elements = [
  { name: "root", num_children: 3 },
  { name: "id", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "values", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", repetition_type: "REQUIRED", type: "FLOAT" },
  { name: "metadata", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" }
]

const toJson = Schema.encodeSync(Schema.parseJson(Metadata))

const toParquet = (documents: ReadonlyArray<Document>): Uint8Array =>
  new Uint8Array(parquetWriteBuffer({
    schema,
    columnData: [
      { name: "id", data: documents.map(({ record }) => record.id) },
      { name: "values", data: documents.map(({ record }) => Array.from(record.values)) },
      { name: "metadata", data: documents.map(({ record }) => toJson(record.metadata)) }
    ]
  }))

/** Writes a file for each namespace, and tells how many bytes they have together. */
export const writeFolder = <E, R>(folder: string, documents: Stream.Stream<Document, E, R>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const files = documents.pipe(
      Stream.groupByKey(({ namespace }) => namespace),
      GroupBy.evaluate((namespace, documents) =>
        Stream.fromEffect(Effect.gen(function*() {
          const bytes = toParquet(Chunk.toReadonlyArray(yield* Stream.runCollect(documents)))
          yield* fs.makeDirectory(path.join(folder, namespace))
          yield* fs.writeFile(path.join(folder, namespace, "documents.parquet"), bytes)
          return bytes.length
        }))
      )
    )
    return yield* Stream.runFold(files, { files: 0, bytes: 0 }, (sum, bytes) => ({
      files: sum.files + 1,
      bytes: sum.bytes + bytes
    }))
  })
