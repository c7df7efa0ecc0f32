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
import { build } from "esbuild"
import { execFile } from "node:child_process"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { machine, versions } from "./machine.js"
import { dimension, inFlight, records } from "./parquetCase.js"
import type { Measured, Side } from "./parquetSide.js"
import * as SinkServer from "./sinkServer.js"
import { idOf, megabytes, vectorOf } from "./vectors.js"

const write = (folder: string): Promise<unknown> =>
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

/** The sides as plain JavaScript, so that what compiles TypeScript takes no part in the figures. */
const bundle = async (outfile: string): Promise<string> => {
  await build({
    entryPoints: [fileURLToPath(new URL("./parquetSide.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    logLevel: "error"
  })
  return outfile
}

const inProcess = (program: string, side: Side, url: string, folder: string): Promise<Measured> =>
  new Promise((resolve, reject) =>
    execFile(
      process.execPath,
      [program, side, url, folder],
      (error, stdout) => error === null ? resolve(JSON.parse(stdout) as Measured) : reject(error)
    )
  )

/** Runs the benchmark. */
export const run = async (): Promise<void> => {
  console.log(
    `${machine()}, ${versions("effect", "@effect/platform", "@effect/platform-node", "@pinecone-database/pinecone")}`
  )
  const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "effect-pinecone-parquet-"))
  const server = await SinkServer.start({ dimension })
  try {
    console.log(`\nParquet: ${records} records of ${dimension} numbers, ${inFlight} requests in flight, over HTTP`)
    await write(Path.join(folder, "records"))
    const program = await bundle(Path.join(folder, "program.mjs"))
    const measure = async (side: Side) => {
      await server.received()
      const measured = await inProcess(program, side, server.url, Path.join(folder, "records"))
      const { accepted, bytes } = await server.received()
      return { ...measured, accepted, bytes }
    }
    const sdk = await measure("sdk")
    const official = await measure("official")
    const show = (name: string, { accepted, bytes, peak, seconds }: typeof sdk) =>
      console.log(
        `  ${name}  ${Math.round(records / seconds)} records a second, ${
          megabytes(peak)
        } MB at most, ${accepted} requests, ${megabytes(bytes)} MB sent`
      )
    show("upsertParquet  ", sdk)
    show("official client", official)
    console.log(`  ratio            ${(official.seconds / sdk.seconds).toFixed(2)} times the records a second`)
  } finally {
    server.stop()
    Fs.rmSync(folder, { recursive: true })
  }
}
