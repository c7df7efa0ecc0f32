/**
 * The embedded server while it has much to do: what others notice of a million records that are loaded, copied, changed and
 * dropped, the first query after a restart, and writers beside readers and beside each other.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { program } from "./bundle.js"
import type { Child, Start } from "./children.js"
import { withProcesses } from "./children.js"
import type { answers as ServerHost } from "./serverHost.js"
import type { answers as ServerLoad } from "./serverLoad.js"
import type { answers as ServerSide } from "./serverSide.js"

type Load = Child<typeof ServerLoad>

const dimension = 384

/** What others have waited for, in milliseconds, while something was done. */
export interface Waits {
  readonly name: string
  readonly seconds: number
  readonly looks: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The first query of a namespace after a restart, and a plain read of the file that it needs. */
export interface FirstQueries {
  readonly bytes: number
  /** Milliseconds; those of what was not in the memory of the system are null where it could not be asked to forget. */
  readonly coldRead: number | null
  readonly coldQuery: number | null
  readonly warmRead: number
  readonly warmQuery: number
  readonly second: number
  /** In bytes, of the server. */
  readonly memoryBefore: number
  readonly memoryAfter: number
}

/** A server with a folder, and what it is asked by. */
const started = async (start: Start, data: string) => {
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

/** What is deleted, and what is updated. */
const half = { part: { $lt: 5 } }

export const measureWaits = async (
  folder: string,
  records: number
): Promise<{ readonly waits: ReadonlyArray<Waits>; readonly first: FirstQueries }> => {
  const data = Path.join(folder, "data")
  const waits: Array<Waits> = []
  const namespace = "many"
  const small = "few"

  const fill = async (start: Start): Promise<void> => {
    const { create, load, server } = await started(start, data)
    const writer = await start<typeof ServerSide>(await program("serverSide"), "grpc")
    await writer.ask("fill", { host: await create("small"), namespace: small, records: 1000 }, 60)
    await writer.ask("fill", { host: await create("large"), namespace, records }, 1200)
    await load.ask("vectorsWritten", data, 300)
    await server.ask("stop", undefined, 300)
  }

  /** The first query of a server that has just been started: while others look on, or not. */
  const first = (looking: boolean, forget: boolean) =>
    withProcesses(async (start) => {
      const reader = await start<typeof ServerLoad>(await program("serverLoad"))
      const forgets = async () => forget && await reader.ask("forgetFiles", data, 60)
      const isCold = await forgets()
      const read = await reader.ask("readVectors", data, 600)
      await forgets()
      const { control, hostOf, load, probe, server } = await started(start, data)
      const host = await hostOf("large")
      const memoryBefore = await server.ask("memory", undefined)
      if (looking) await probe.ask("startProbe", { control, host: await hostOf("small"), namespace: small, dimension })
      const query = await load.ask("query", { host, namespace, dimension }, 900)
      if (looking) {
        waits.push({
          name: "loaded, for a first query",
          seconds: query / 1000,
          ...await probe.ask("endProbe", undefined)
        })
      }
      const second = await load.ask("query", { host, namespace, dimension }, 60)
      const memoryAfter = await server.ask("memory", undefined)
      await server.ask("stop", undefined, 300)
      return { isCold, memoryAfter, memoryBefore, query, read, second }
    })

  await withProcesses(fill)
  const cold = await first(false, true)
  const warm = await first(false, false)
  await first(true, false)

  await withProcesses(async (start) => {
    const { call, control, hostOf, load, probe } = await started(start, data)
    const host = await hostOf("large")
    const smallHost = await hostOf("small")
    await load.ask("query", { host, namespace, dimension }, 900)
    const measured = async (name: string, method: string, url: string, body?: unknown) => {
      await probe.ask("startProbe", { control, host: smallHost, namespace: small, dimension })
      const { answer, milliseconds } = await load.ask("call", { method, url, body }, 900)
      waits.push({ name, seconds: milliseconds / 1000, ...await probe.ask("endProbe", undefined, 300) })
      return answer as never
    }
    const backup = await measured("copied to a backup", "POST", `${control}/indexes/large/backups`, {
      name: "copy"
    }) as {
      readonly backup_id: string
    }
    await measured("made an index of the backup", "POST", `${control}/backups/${backup.backup_id}/create-index`, {
      name: "copy"
    })
    await load.ask("query", { host: await hostOf("copy"), namespace, dimension }, 900)
    await measured("updated by filter, half of them", "POST", `${host}/vectors/update`, {
      namespace,
      filter: half,
      setMetadata: { changed: true }
    })
    await measured("listed by metadata, a page of 100", "POST", `${host}/vectors/fetch_by_metadata`, {
      namespace,
      filter: { part: 9 },
      limit: 100
    })
    await measured("deleted by filter, half of them", "POST", `${host}/vectors/delete`, { namespace, filter: half })
    await measured("dropped, the namespace with the rest", "DELETE", `${host}/namespaces/${namespace}`)
    await measured("dropped, the index of the copy", "DELETE", `${control}/indexes/copy`)
    await call("DELETE", `${control}/indexes/large`)
  })
  return {
    waits,
    first: {
      bytes: warm.read.bytes,
      coldRead: cold.isCold ? cold.read.milliseconds : null,
      coldQuery: cold.isCold ? cold.query : null,
      warmRead: warm.read.milliseconds,
      warmQuery: warm.query,
      second: warm.second,
      memoryBefore: warm.memoryBefore,
      memoryAfter: warm.memoryAfter
    }
  }
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
