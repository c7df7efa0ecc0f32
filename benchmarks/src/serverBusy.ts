/** The embedded server while it has much to do: writers beside readers and beside each other. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { program } from "./bundle.js"
import type { Child, Start } from "./children.js"
import { withProcesses } from "./children.js"
import type { answers as ServerHost } from "./serverHost.js"
import type { answers as ServerLoad } from "./serverLoad.js"
import type { answers as ServerSide } from "./serverSide.js"

export type Load = Child<typeof ServerLoad>

export const dimension = 384

/** A server with a folder, and what it is asked by. */
export const started = async (start: Start, data: string) => {
  const server = await start<typeof ServerHost>(await program("serverHost"), JSON.stringify({ data }))
  const load: Load = await start<typeof ServerLoad>(await program("serverLoad"))
  const probe: Load = await start<typeof ServerLoad>(await program("serverLoad"))
  const control = await server.ask("url", undefined)
  const call = async (method: string, url: string, body?: unknown) =>
    (await load.ask("call", { method, url, body }, 900)).answer as never
  const hostOf = async (name: string): Promise<string> =>
    (await call("GET", `${control}/indexes/${name}`) as { readonly host: string }).host
  const create = async (name: string): Promise<string> => {
    const spec = { serverless: { cloud: "aws", region: "us-east-1" } }
    await call("POST", `${control}/indexes`, { name, dimension, metric: "cosine", spec })
    return hostOf(name)
  }
  return { call, control, create, hostOf, load, probe, server }
}

export interface Rates {
  readonly alone: number
  readonly together: number
  /** Milliseconds of the server's processor time for a write. */
  readonly processor: { readonly alone: number; readonly together: number }
  readonly beside: ReadonlyArray<{ readonly size: number; readonly writes: number; readonly queries: number }>
}

/** Writes a second of one writer and of fifty, alone and beside fifty readers, with one record in each write. */
export const measureRates = (
  folder: string,
  { seconds, sizes }: { readonly sizes: ReadonlyArray<number>; readonly seconds: number }
): Promise<Rates> =>
  withProcesses(async (start) => {
    const { create, load: writers, probe: readers, server } = await started(start, Path.join(folder, "data"))
    const side = await start<typeof ServerSide>(await program("serverSide"), "grpc")
    const host = await create("rates")
    for (const size of sizes) await side.ask("fill", { host, namespace: String(size), records: size }, 300)
    const loop = (by: Load, kind: "query" | "upsert", connections: number, size: number) =>
      by.ask("loop", { kind, host, namespace: String(size), connections, records: size, dimension, seconds }, 300)
    const smallest = Math.min(...sizes)
    const writing = async (connections: number) => {
      const before = await server.ask("processorTime", undefined)
      const { all, perSecond } = await loop(writers, "upsert", connections, smallest)
      return { perSecond, processor: (await server.ask("processorTime", undefined) - before) / all }
    }
    const alone = await writing(1)
    const together = await writing(50)
    const beside: Array<Rates["beside"][number]> = []
    for (const size of sizes) {
      const [queries, writes] = await Promise.all([loop(readers, "query", 50, size), loop(writers, "upsert", 1, size)])
      beside.push({ size, writes: writes.perSecond, queries: queries.perSecond })
    }
    return {
      alone: alone.perSecond,
      together: together.perSecond,
      processor: { alone: alone.processor, together: together.processor },
      beside
    }
  })

/** Runs with a folder that is gone afterwards. */
export const withFolder = async <A>(folder: string, run: (folder: string) => Promise<A>): Promise<A> => {
  try {
    return await run(folder)
  } finally {
    Fs.rmSync(folder, { recursive: true, force: true })
  }
}
