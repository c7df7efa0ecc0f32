/**
 * A million records from Parquet files into the embedded server, and out of it again into one Parquet file: by the command line,
 * and by a program of the SDK. Each side is a process of its own, with a server of its own. What came out must be what went in,
 * record by record.
 */
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Path from "node:path"
import { program, temporaryFolder } from "./bundle.js"
import * as cases from "./cases.js"
import { withProcesses } from "./children.js"
import type { answers as CliSide } from "./cliSide.js"
import { versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import { withFolder } from "./serverBusy.js"
import type { answers as ServerHost } from "./serverHost.js"
import { idOf, megabytes, vectorOf } from "./vectors.js"

const { dimension } = cases.cli

const write = (folder: string, records: number): Promise<unknown> =>
  ParquetWriter.writeFolder(
    folder,
    Stream.range(0, records / 1000 - 1).pipe(
      Stream.mapChunks(Chunk.flatMap((thousand) =>
        Chunk.makeBy(1000, (i) => {
          const record = thousand * 1000 + i
          return { id: idOf(record), values: vectorOf(record, dimension), metadata: { record, even: record % 2 === 0 } }
        })
      ))
    ),
    { maxRecords: 100_000 }
  ).pipe(Effect.provide(NodeContext.layer), Effect.runPromise)

const run = ({ quick }: Options): Promise<Found> =>
  withFolder(Path.join(temporaryFolder(), "cli"), async (folder) => {
    const records = Number(process.env["RECORDS"] ?? (quick ? 50_000 : 1_000_000))
    const files = Path.join(folder, "records")
    await write(files, records)
    const { cli, sdk } = await withProcesses(async (start) => {
      const measure = async (side: "cli" | "sdk") => {
        // A server that holds the records of the other side has more to do for each.
        const server = await start<typeof ServerHost>(await program("serverHost"), JSON.stringify({}))
        const url = await server.ask("url", undefined)
        const child = await start<typeof CliSide>(await program("cliSide"), side, folder)
        const at = { url, index: side }
        await child.ask("create", { ...at, dimension })
        const into = await child.ask("upsert", { ...at, files }, 1800)
        const out = await child.ask("export", { ...at, file: Path.join(folder, `${side}.parquet`) }, 1800)
        const digest = await child.ask("digest", { files: Path.join(folder, `${side}.parquet`) }, 600)
        const peak = await child.ask("peak", undefined)
        await server.ask("stop", undefined)
        return { into, out, digest, peak }
      }
      const sdk = await measure("sdk")
      const cli = await measure("cli")
      const child = await start<typeof CliSide>(await program("cliSide"), "sdk", folder)
      const given = await child.ask("digest", { files }, 600)
      for (const { digest } of [sdk, cli]) {
        if (digest !== given) throw new Error(`what came out is not what went in: ${digest}, not ${given}`)
      }
      return { cli, sdk }
    })
    const row = (name: string, { into, out, peak }: typeof sdk) => ({
      name,
      values: [
        records / into.seconds,
        records / out.seconds,
        into.processor * 1e6 / records,
        out.processor * 1e6 / records,
        megabytes(peak)
      ]
    })
    return {
      title: `${
        records.toLocaleString("en-US")
      } records of ${dimension} numbers from Parquet files and back, over HTTP`,
      versions: versions("effect", "@effect/platform", "@effect/platform-node", "undici"),
      notes: ["the records that came out are compared with those that went in"],
      tables: [{
        title: "Each with an embedded server in a process of its own",
        columns: [
          { name: "records/s in", digits: 0 },
          { name: "records/s out", digits: 0 },
          { name: "µs of processor in", digits: 1 },
          { name: "µs of processor out", digits: 1 },
          { name: "MB at most", digits: 0 }
        ],
        rows: [row("pinecone", cli), row("the SDK", sdk)]
      }],
      ratios: [
        { name: "in, to the SDK", value: sdk.into.seconds / cli.into.seconds, target: { atLeast: 0.9 } },
        { name: "out, to the SDK", value: sdk.out.seconds / cli.out.seconds, target: { atLeast: 0.9 } }
      ]
    }
  })

export const benchmark: Benchmark = {
  name: "cli",
  about: "a million records in and out of Parquet files by the command line, beside the SDK",
  minutes: 60,
  run
}
