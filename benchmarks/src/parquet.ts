/**
 * A million records of 384 numbers from Parquet files into a server that keeps nothing, over HTTP: by `upsertParquet`, and by
 * the official client with the same records, which it is handed from memory, in batches of 100. Both have as many requests in
 * flight. Each side is a process of its own, whose time and memory are what is measured.
 */
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { program, temporaryFolder } from "./bundle.js"
import * as cases from "./cases.js"
import { withProcesses } from "./children.js"
import { manifest, versions } from "./machine.js"
import type { answers as ParquetSide } from "./parquetSide.js"
import type { Benchmark, Found, Options } from "./report.js"
import * as sinks from "./sinks.js"
import { idOf, megabytes, vectorOf } from "./vectors.js"

const { dimension, inFlight } = cases.parquet

const write = (folder: string, records: number): Promise<unknown> =>
  ParquetWriter.writeFolder(
    folder,
    Stream.range(0, records / 1000 - 1).pipe(
      Stream.mapChunks(Chunk.flatMap((thousand) =>
        Chunk.makeBy(1000, (i) => {
          const record = thousand * 1000 + i
          return { id: idOf(record), values: vectorOf(record, dimension) }
        })
      ))
    ),
    { maxRecords: 100_000 }
  ).pipe(Effect.provide(NodeContext.layer), Effect.runPromise)

const run = async ({ quick }: Options): Promise<Found> => {
  const records = Number(process.env["RECORDS"] ?? (quick ? 20_000 : 1_000_000))
  const folder = Fs.mkdtempSync(Path.join(temporaryFolder(), "parquet-"))
  const files = Path.join(folder, "records")
  await write(files, records)
  const { official, sdk } = await withProcesses(async (start) => {
    const { received, url } = await sinks.http(start, { dimension })
    const measure = async (side: "sdk" | "official") => {
      const child = await start<typeof ParquetSide>(await program("parquetSide"), side)
      await received()
      const measured = await child.ask("send", { url, folder: files, records }, 1200)
      const { accepted, bytes } = await received()
      return { ...measured, accepted, bytes }
    }
    return { sdk: await measure("sdk"), official: await measure("official") }
  })
  Fs.rmSync(folder, { recursive: true })
  const name = `official client ${manifest("@pinecone-database/pinecone").version}`
  const row = (name: string, { accepted, bytes, peak, seconds }: typeof sdk) => ({
    name,
    values: [records / seconds, megabytes(peak), accepted, megabytes(bytes)]
  })
  return {
    title: `${records.toLocaleString("en-US")} records of ${dimension} numbers from Parquet files, over HTTP`,
    versions: versions(
      "effect",
      "@effect/platform",
      "@effect/platform-node",
      "undici",
      "@pinecone-database/pinecone"
    ),
    notes: [`${inFlight} requests in flight; the official client has the records in memory, made as they are sent`],
    tables: [{
      title: "Into a server that keeps nothing",
      columns: [
        { name: "records/s", digits: 0 },
        { name: "MB at most", digits: 0 },
        { name: "requests", digits: 0 },
        { name: "MB sent", digits: 0 }
      ],
      rows: [row("upsertParquet", sdk), row(name, official)]
    }],
    charts: [{
      file: "parquet",
      title: "Records of 384 numbers from Parquet files",
      unit: "records a second",
      better: "more",
      groups: [{
        name: "",
        bars: [
          { name: "upsertParquet", value: records / sdk.seconds },
          { name: `${name}, from memory`, value: records / official.seconds }
        ]
      }]
    }],
    ratios: [
      { name: "records a second to official", value: official.seconds / sdk.seconds },
      { name: "memory to official", value: sdk.peak / official.peak }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "parquet",
  about: "a million records from Parquet files into a server that keeps nothing",
  minutes: 40,
  run
}
