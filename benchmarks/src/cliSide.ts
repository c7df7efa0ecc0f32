/** One side of the benchmark of the command line, in a process of its own: the command, run in it, or the SDK. */
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"

const isCli = argument(0) === "cli"

interface At {
  readonly url: string
  readonly index: string
}

const pinecone = async ({ url }: At, args: ReadonlyArray<string>): Promise<void> => {
  const Cli = await import("@effect-pinecone/cli/Cli")
  const StandardStreams = await import("@effect-pinecone/cli/StandardStreams")
  const variables = new Map([["HOME", argument(1)], ["PINECONE_CONTROLLER_HOST", url]])
  const environment = Layer.mergeAll(NodeContext.layer, NodeHttp.layer())
  await Effect.gen(function*() {
    const kept = yield* StandardStreams.makeKept()
    const code = yield* Effect.provideService(Cli.run(args), StandardStreams.StandardStreams, kept.streams)
    if (code !== 0) return yield* Effect.fail(new Error(yield* kept.errors))
  }).pipe(
    Effect.provide(environment),
    Effect.withConfigProvider(ConfigProvider.fromMap(variables)),
    Effect.runPromise
  )
}

/** The seconds that something takes: by the clock, and of the processor. */
const timed = async (run: () => Promise<unknown>) => {
  const start = performance.now()
  const before = process.cpuUsage()
  await run()
  const { system, user } = process.cpuUsage(before)
  return { seconds: (performance.now() - start) / 1000, processor: (system + user) / 1e6 }
}

const sdkUpsert = async ({ index: name, url }: At, files: string): Promise<void> => {
  const { index, runtime } = await sides.sdkByName("http", name, url)
  const Upsert = await import("@effect-pinecone/arrow/Upsert")
  await runtime.runPromise(Effect.provide(Upsert.upsertParquet(index, files), NodeContext.layer))
}

const sdkExport = async ({ index: name, url }: At, file: string): Promise<void> => {
  const { index, runtime } = await sides.sdkByName("http", name, url)
  const ParquetWriter = await import("@effect-pinecone/parquet/ParquetWriter")
  await runtime.runPromise(Effect.provide(ParquetWriter.write(file, index.scan()), NodeContext.layer))
}

/** The same for the same records, in whichever order they stand. */
const digestOf = (files: string): Promise<string> =>
  ParquetReader.records(files).pipe(
    Stream.runFold({ count: 0, sum: 0n }, ({ count, sum }, { id, metadata, values }) => {
      const hash = createHash("sha1").update(id).update(Float32Array.from(values ?? []))
        .update(JSON.stringify(Object.entries(metadata ?? {}).sort()))
      return { count: count + 1, sum: BigInt.asUintN(64, sum + hash.digest().readBigUInt64LE(0)) }
    }),
    Effect.map(({ count, sum }) => `${count} ${sum}`),
    Effect.provide(NodeContext.layer),
    Effect.runPromise
  )

export const answers = serve({
  create: ({ dimension, ...at }: At & { readonly dimension: number }) =>
    pinecone(at, ["index", "create", at.index, "--dimension", String(dimension), "--wait"]),
  upsert: ({ files, ...at }: At & { readonly files: string }) =>
    timed(() =>
      isCli
        ? pinecone(at, ["record", "upsert", files, "--format", "parquet", "--index", at.index])
        : sdkUpsert(at, files)
    ),
  export: ({ file, ...at }: At & { readonly file: string }) =>
    timed(() => isCli ? pinecone(at, ["export", file, "--index", at.index]) : sdkExport(at, file)),
  digest: ({ files }: { readonly files: string }) => digestOf(files),
  peak: () => peakMemory()
})
