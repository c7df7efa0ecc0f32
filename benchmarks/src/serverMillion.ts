/**
 * The embedded server with a large namespace: the first query after a restart, and what others notice while it is loaded,
 * copied, changed and dropped.
 */
import * as Fs from "node:fs"
import { program } from "./bundle.js"
import type { Start } from "./children.js"
import { withProcesses } from "./children.js"
import type { Load } from "./serverBusy.js"
import { dimension, started } from "./serverBusy.js"
import type { answers as ServerLoad } from "./serverLoad.js"
import type { answers as ServerSide } from "./serverSide.js"
import { median } from "./vectors.js"

/** What others have waited for, in milliseconds, while something was done. */
export interface Waits {
  readonly name: string
  readonly seconds: number
  readonly looks: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** The longest pause of the process that looks, in milliseconds, which needs next to nothing of the machine. */
  readonly late: number
  /** Seconds of processor time of the server, and of its event loop alone. */
  readonly processor: number
  readonly loop: number | null
  /** The longest stop of its garbage collector, in milliseconds. */
  readonly collection: number
}

/** The first query of a namespace after a restart, and a plain read of the file that it needs. */
export interface FirstQueries {
  readonly bytes: number
  /** Milliseconds; those of what was not in the memory of the system are null where it could not be asked to forget. */
  readonly coldRead: number | null
  readonly coldQuery: number | null
  /** One for each round: the query, the read before it, and the one by the other. */
  readonly warm: ReadonlyArray<{ readonly read: number; readonly query: number; readonly second: number }>
  readonly ratio: number
  /** In bytes, of the server. */
  readonly memoryBefore: number
  readonly memoryAfter: number
  readonly memoryLoaded: number
}

const namespace = "many"
const small = "few"

/** What is deleted, and what is updated. */
const half = { part: { $lt: 5 } }

/** Fills a folder that is not there yet: a large namespace, and a small one beside it. */
export const prepare = async (data: string, records: number): Promise<void> => {
  if (Fs.existsSync(data) && Fs.readdirSync(data).length > 0) return
  await withProcesses(async (start) => {
    const { create, load, server } = await started(start, data)
    const writer = await start<typeof ServerSide>(await program("serverSide"), "grpc")
    await writer.ask("fill", { host: await create("small"), namespace: small, records: 1000 }, 60)
    await writer.ask("fill", { host: await create("large"), namespace, records }, 1200)
    await load.ask("vectorsWritten", data, 300)
    await server.ask("stop", undefined, 300)
  })
}

/** Looks at a server while something is done. */
const watching = async (start: Start, data: string) => {
  const all = await started(start, data)
  const { control, hostOf, load, probe, server } = all
  const host = await hostOf("large")
  const smallHost = await hostOf("small")
  const watch = async <A>(name: string, run: () => Promise<A>) => {
    await server.ask("watch", undefined)
    await probe.ask("startProbe", { control, host: smallHost, namespace: small, dimension })
    const start = performance.now()
    const answer = await run()
    const seconds = (performance.now() - start) / 1000
    const looks = await probe.ask("endProbe", undefined, 300)
    const waits: Waits = { name, seconds, ...looks, ...await server.ask("watched", undefined) }
    return { answer, waits }
  }
  const query = (by: Load, host: string) => by.ask("query", { host, namespace, dimension }, 900)
  /** Needs the metadata of all records. */
  const queryAll = (host: string) => load.ask("query", { host, namespace, dimension, filter: half }, 900)
  return { ...all, host, watch, query, queryAll }
}

/** A server that has just been started is asked, while nobody else asks it. */
const first = (data: string, forget: boolean) =>
  withProcesses(async (start) => {
    const reader = await start<typeof ServerLoad>(await program("serverLoad"))
    const forgets = async () => forget && await reader.ask("forgetFiles", data, 60)
    const isCold = await forgets()
    const read = await reader.ask("readVectors", data, 600)
    await forgets()
    const { host, load, query, queryAll, server } = await watching(start, data)
    const memoryBefore = await server.ask("memory", undefined)
    const time = await query(load, host)
    const second = await query(load, host)
    const memoryAfter = await server.ask("memory", undefined)
    await queryAll(host)
    const memoryLoaded = await server.ask("memory", undefined)
    await server.ask("stop", undefined, 300)
    return { isCold, memoryAfter, memoryBefore, memoryLoaded, query: time, read, second }
  })

/** The first query after a restart, and what others wait for meanwhile. */
export const measureFirst = async (
  data: string,
  rounds: number
): Promise<{ readonly waits: ReadonlyArray<Waits>; readonly first: FirstQueries }> => {
  const cold = await first(data, true)
  const warm: Array<Awaited<ReturnType<typeof first>>> = []
  for (let round = 0; round < rounds; round++) warm.push(await first(data, false))
  const waits = await withProcesses(async (start) => {
    const { host, load, query, queryAll, server, watch } = await watching(start, data)
    const { waits: one } = await watch("loaded, for a first query", () => query(load, host))
    const { waits: rest } = await watch("loaded, for a query by metadata", () => queryAll(host))
    await server.ask("stop", undefined, 300)
    return [one, rest]
  })
  const last = warm.at(-1)!
  return {
    waits,
    first: {
      bytes: last.read.bytes,
      coldRead: cold.isCold ? cold.read.milliseconds : null,
      coldQuery: cold.isCold ? cold.query : null,
      warm: warm.map(({ query, read, second }) => ({ query, read: read.milliseconds, second })),
      ratio: median(warm.map(({ query, read }) => query / read.milliseconds)),
      memoryBefore: last.memoryBefore,
      memoryAfter: last.memoryAfter,
      memoryLoaded: last.memoryLoaded
    }
  }
}

/** What others wait for while many records are copied, changed and dropped. The folder is not the same afterwards. */
export const measureEdits = (data: string): Promise<ReadonlyArray<Waits>> =>
  withProcesses(async (start) => {
    const { call, control, host, hostOf, load, query, watch } = await watching(start, data)
    const waits: Array<Waits> = []
    await query(load, host)
    const measured = async (name: string, method: string, url: string, body?: unknown) => {
      const { answer, waits: one } = await watch(name, () => call(method, url, body))
      waits.push(one)
      return answer
    }
    const { backup_id: backup }: { readonly backup_id: string } = await measured(
      "copied to a backup",
      "POST",
      `${control}/indexes/large/backups`,
      { name: "copy" }
    )
    await measured("made an index of the backup", "POST", `${control}/backups/${backup}/create-index`, {
      name: "copy"
    })
    await query(load, await hostOf("copy"))
    await measured("dropped, the index of the copy", "DELETE", `${control}/indexes/copy`)
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
    await call("DELETE", `${control}/indexes/large`)
    return waits
  })
