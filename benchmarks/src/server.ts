/**
 * The embedded server, as a process with a folder on disk: records written over gRPC and over HTTP, the same records
 * imported from Parquet files, and queries over more and more vectors of words, beside a bare loop over the same numbers.
 * Then what others notice while it has much to do.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { program, temporaryFolder } from "./bundle.js"
import type { Child, Start } from "./children.js"
import { withProcesses } from "./children.js"
import { manifest, versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import { measureRates, withFolder } from "./serverBusy.js"
import type { answers as ServerHost } from "./serverHost.js"
import type { Waits } from "./serverMillion.js"
import { measureEdits, measureFirst, prepare } from "./serverMillion.js"
import type { answers as ServerSide } from "./serverSide.js"
import { median, megabytes } from "./vectors.js"
import * as words from "./words.js"
import * as wordVectors from "./wordVectors.js"

type Side = "grpc" | "http" | "official"

type Client = Child<typeof ServerSide>

const dimension = 384

const official = `official client ${manifest("@pinecone-database/pinecone").version}`

const names: Readonly<Record<Side, string>> = { grpc: "this SDK, gRPC", http: "this SDK, HTTP", official }

const sides: ReadonlyArray<Side> = ["grpc", "http", "official"]

/** A server with a folder of its own, and a process for each side. */
const started = async (start: Start, folder: string) => {
  const data = Path.join(folder, "data")
  const server = await start<typeof ServerHost>(await program("serverHost"), JSON.stringify({ data }))
  const controllerHost = await server.ask("url", undefined)
  const clients = new Map<Side, Client>()
  for (const side of sides) clients.set(side, await start<typeof ServerSide>(await program("serverSide"), side))
  let made = 0
  /** Runs with an index that is gone afterwards. */
  const withIndex = async <A>(dimension: number, run: (host: string) => Promise<A>): Promise<A> => {
    const index = { controllerHost, name: `index-${made++}` }
    const found = await run(await clients.get("http")!.ask("create", { ...index, dimension }))
    await clients.get("http")!.ask("delete", index)
    return found
  }
  return { server, clients, withIndex }
}

/** Seconds of each way of writing, by its name. */
const measureWrites = async (
  start: Start,
  folder: string,
  { inFlight, perRequests, records, rounds }: {
    readonly records: number
    readonly perRequests: ReadonlyArray<number>
    readonly inFlight: number
    readonly rounds: number
  }
) => {
  const { clients, server, withIndex } = await started(start, folder)
  const files = Path.join(folder, "files")
  await clients.get("http")!.ask("writeFiles", { folder: files, records }, 300)
  const writes = new Map<string, () => Promise<number>>()
  for (const perRequest of perRequests) {
    for (const side of sides) {
      writes.set(
        `${names[side]}, ${perRequest} in a request`,
        () =>
          withIndex(dimension, (host) => clients.get(side)!.ask("upsert", { host, records, perRequest, inFlight }, 300))
      )
    }
  }
  writes.set(
    "import of Parquet files",
    () =>
      withIndex(
        dimension,
        (host) => clients.get("http")!.ask("importFiles", { host, uri: pathToFileURL(files).href, records }, 300)
      )
  )
  const seconds = new Map(Array.from(writes.keys(), (name): [string, Array<number>] => [name, []]))
  // The first round warms the server up.
  for (let round = -1; round < rounds; round++) {
    for (const [name, write] of writes) {
      const time = await write()
      if (round >= 0) seconds.get(name)!.push(time)
    }
  }
  return {
    seconds: new Map(Array.from(seconds, ([name, all]) => [name, median(all)])),
    peak: await server.ask("peakMemory", undefined)
  }
}

/** Milliseconds of a query on each side, for each size. */
const measureQueries = async (
  start: Start,
  folder: string,
  { file, queries, rounds, sizes }: {
    readonly file: string | undefined
    readonly sizes: ReadonlyArray<number>
    readonly queries: number
    readonly rounds: number
  }
) => {
  const { clients, server, withIndex } = await started(start, folder)
  const found = await withIndex(wordVectors.numbers, async (host) => {
    await clients.get("grpc")!.ask("writeWords", { host, file, sizes }, 600)
    const few = wordVectors.read(file, Math.min(...sizes))
    const step = Math.floor(few.length / wordVectors.numbers / queries) * wordVectors.numbers
    const vectors = Array.from({ length: queries }, (_, i) => few.slice(i * step, i * step + wordVectors.numbers))
    const found: Array<ReadonlyMap<Side | "bare", number>> = []
    for (const size of sizes) {
      const times = new Map<Side | "bare", Array<number>>([...sides, "bare" as const].map((side) => [side, []]))
      for (let round = -1; round < rounds; round++) {
        for (const [side, client] of clients) {
          const time = await client.ask("query", { host, size, queries: vectors })
          if (round >= 0) times.get(side)!.push(time)
        }
        const time = await clients.get("http")!.ask("bareLoop", { file, size, queries: vectors })
        if (round >= 0) times.get("bare")!.push(time)
      }
      found.push(new Map(Array.from(times, ([side, all]) => [side, median(all)])))
    }
    return found
  })
  return { found, peak: await server.ask("peakMemory", undefined) }
}

/** A part of what is found. */
type Piece = Pick<Found, "notes" | "tables" | "charts" | "ratios">

interface Setting {
  readonly quick: boolean
  /** It is gone in the end. */
  readonly folder: string
  /** Where many records are, or are to be, and stay. */
  readonly data: string | undefined
}

const count = (size: number) => size.toLocaleString("en-US")

const wordsFile = () => words.areThere() ? words.numbersFile : undefined

const writing = async ({ folder, quick }: Setting): Promise<Piece> => {
  const options = quick
    ? { records: 5000, perRequests: [500], inFlight: 4, rounds: 1 }
    : { records: 50_000, perRequests: [200, 1000], inFlight: 4, rounds: 3 }
  const { peak, seconds } = await withFolder(
    Path.join(folder, "writes"),
    (folder) => withProcesses((start) => measureWrites(start, folder, options))
  )
  const perSecond = (name: string) => options.records / seconds.get(name)!
  const upsert = (side: Side) =>
    Math.max(...options.perRequests.map((perRequest) => perSecond(`${names[side]}, ${perRequest} in a request`)))
  const imported = perSecond("import of Parquet files")
  const ways = Array.from(seconds.keys())
  return {
    notes: [
      `writes: ${
        count(options.records)
      } records of ${dimension} numbers, ${options.inFlight} requests in flight, medians of ${options.rounds}; the server had ${
        megabytes(peak)
      } MB at most`
    ],
    tables: [{
      title: `Writing ${count(options.records)} records of ${dimension} numbers`,
      columns: [{ name: "records/s", digits: 0 }],
      rows: ways.map((name) => ({ name, values: [perSecond(name)] }))
    }],
    charts: [{
      file: "server-writes",
      title: "Writing to the embedded server, with its data on disk",
      unit: "records a second",
      better: "more",
      groups: [{ name: "", bars: ways.map((name) => ({ name, value: perSecond(name) })) }]
    }],
    ratios: [
      { name: "upsert over gRPC", value: upsert("grpc"), unit: "records a second", target: { atLeast: 15_000 } },
      { name: "gRPC to HTTP, records a second", value: upsert("grpc") / upsert("http") },
      {
        name: "import to upsert over gRPC, records a second",
        value: imported / upsert("grpc"),
        target: { atLeast: 1 }
      }
    ]
  }
}

const asking = async ({ folder, quick }: Setting): Promise<Piece> => {
  const file = wordsFile()
  const options = quick
    ? { sizes: [10_000], queries: 5, rounds: 2 }
    : { sizes: [10_000, 100_000, wordVectors.words], queries: 15, rounds: 3 }
  const { found, peak } = await withFolder(
    Path.join(folder, "queries"),
    (folder) => withProcesses((start) => measureQueries(start, folder, { ...options, file }))
  )
  const ways = [...sides, "bare" as const]
  const nameOf = (way: Side | "bare") => way === "bare" ? "bare loop, no server and no ids" : names[way]
  return {
    notes: [
      file === undefined
        ? "queries: MADE-UP VECTORS of 100 numbers; `pnpm --filter benchmarks fetch-data` brings those of real words"
        : `queries: the vectors of real words, from ${words.source.name} ${words.source.version}`,
      `the best 10 of them, medians of ${options.rounds} rounds of ${options.queries} queries; the server had ${
        megabytes(peak)
      } MB at most`
    ],
    tables: [{
      title: "Query for the best 10 of so many vectors of 100 numbers, in ms",
      columns: options.sizes.map((size) => ({ name: count(size) })),
      rows: ways.map((way) => ({ name: nameOf(way), values: found.map((times) => times.get(way)!) }))
    }],
    charts: [{
      file: "server-queries",
      title: "Asking the embedded server for the best 10",
      unit: "ms",
      better: "less",
      ownAxes: true,
      groups: options.sizes.map((size, i) => ({
        name: `${count(size)} vectors`,
        bars: ways.map((way) => ({ name: nameOf(way), value: found[i]!.get(way)! }))
      }))
    }],
    ratios: options.sizes.map((size, i) => ({
      name: `query of ${count(size)} to the bare loop`,
      value: found[i]!.get("grpc")! / found[i]!.get("bare")!
    }))
  }
}

const rating = async ({ folder, quick }: Setting): Promise<Piece> => {
  const options = quick ? { sizes: [10_000], seconds: 3 } : { sizes: [10_000, 50_000], seconds: 10 }
  const rates = await withFolder(Path.join(folder, "rates"), (folder) => measureRates(folder, options))
  return {
    notes: [
      "beside each other: one record of 384 numbers in a write, each answered when it is on disk; queries for the best 10"
    ],
    tables: [{
      title: "Writers beside each other and beside readers, a second",
      columns: [{ name: "writes" }, { name: "queries" }, { name: "processor ms of the server for a write" }],
      rows: [
        { name: "1 writer", values: [rates.alone, null, rates.processor.alone] },
        { name: "50 writers", values: [rates.together, null, rates.processor.together] },
        ...rates.beside.map(({ queries, size, writes }) => ({
          name: `1 writer beside 50 readers of ${count(size)} records`,
          values: [writes, queries, null]
        }))
      ]
    }],
    ratios: [
      { name: "50 writers to one, writes a second", value: rates.together / rates.alone, target: { atLeast: 5 } },
      ...rates.beside.map(({ size, writes }) => ({
        name: `1 writer beside 50 readers of ${count(size)} records to it alone`,
        value: writes / rates.alone,
        target: { atLeast: 1 / 3 }
      }))
    ]
  }
}

const many = (quick: boolean): number => quick ? 20_000 : 1_000_000

const waitsPiece = (waits: ReadonlyArray<Waits>, title: string, what: string, records: number): Piece => {
  const longest = waits.reduce((longest, wait) => wait.max > longest.max ? wait : longest)
  const slowest = waits.reduce((slowest, wait) => wait.p99 > slowest.p99 ? wait : slowest)
  return {
    notes: [
      `${what}: every 20 ms a list of the indexes or a query of another index with 1,000 records, by another process, while ${
        count(records)
      } records of ${dimension} numbers are worked on; counted from when it was due`
    ],
    tables: [{
      title,
      columns: [
        { name: "seconds" },
        { name: "looks", digits: 0 },
        { name: "p50, ms" },
        { name: "p99, ms" },
        { name: "max, ms" },
        { name: "processor, s" },
        { name: "event loop, s" },
        { name: "longest GC, ms" },
        { name: "longest pause of who looks, ms" }
      ],
      rows: waits.map(({ collection, late, looks, loop, max, name, p50, p99, processor, seconds }) => ({
        name,
        values: [seconds, looks, p50, p99, max, processor, loop, collection, late]
      }))
    }],
    ratios: [
      { name: `p99 of others (${slowest.name})`, value: slowest.p99, unit: "ms", target: { atMost: 100 } },
      { name: `longest wait of others (${longest.name})`, value: longest.max, unit: "ms", target: { atMost: 250 } }
    ]
  }
}

const restarting = async ({ data, folder, quick }: Setting): Promise<Piece> => {
  const records = many(quick)
  const own = data ?? Path.join(folder, "data")
  await prepare(own, records)
  const { first, waits } = await measureFirst(own, quick ? 1 : 3)
  const seconds = (milliseconds: number | null) => milliseconds === null ? null : milliseconds / 1000
  const each = (of: (round: typeof first.warm[number]) => number) => first.warm.map((round) => of(round) / 1000)
  const waiting = waitsPiece(
    waits,
    `What others wait for while ${count(records)} records are`,
    "loading",
    records
  )
  return {
    ...waiting,
    notes: [
      ...waiting.notes ?? [],
      first.coldRead === null
        ? "first query: the files were in the memory of the system; it could not be asked to forget them"
        : "first query: cold is after the system was asked to forget the files"
    ],
    tables: [
      ...waiting.tables,
      {
        title: `First query of ${count(records)} records after a restart, beside reading their vectors`,
        columns: [{ name: "cold, s" }, ...first.warm.map((_, i) => ({ name: `warm ${i + 1}, s` }))],
        rows: [
          {
            name: `reading the file of the vectors, ${count(megabytes(first.bytes))} MB`,
            values: [seconds(first.coldRead), ...each(({ read }) => read)]
          },
          { name: "first query", values: [seconds(first.coldQuery), ...each(({ query }) => query)] },
          { name: "second query", values: [null, ...each(({ second }) => second)] }
        ]
      },
      {
        title: "Memory of the server, in MB",
        columns: [
          { name: "before the first query", digits: 0 },
          { name: "after it", digits: 0 },
          { name: "after a query by metadata", digits: 0 }
        ],
        rows: [{
          name: "resident",
          values: [megabytes(first.memoryBefore), megabytes(first.memoryAfter), megabytes(first.memoryLoaded)]
        }]
      }
    ],
    ratios: [
      ...waiting.ratios,
      {
        name: "first query after a restart to reading the vectors, the median of the warm ones",
        value: first.ratio,
        target: { atMost: 1.5 }
      }
    ]
  }
}

const editing = async ({ data, folder, quick }: Setting): Promise<Piece> => {
  const records = many(quick)
  const own = Path.join(folder, "data")
  // What was prepared stays as it is.
  if (data !== undefined) {
    await prepare(data, records)
    Fs.cpSync(data, own, { recursive: true })
  } else await prepare(own, records)
  const waits = await measureEdits(own)
  return waitsPiece(waits, `What others wait for while ${count(records)} records are changed`, "changing", records)
}

const parts: Readonly<Record<string, (setting: Setting) => Promise<Piece>>> = {
  writes: writing,
  queries: asking,
  rates: rating,
  // The next one uses the data of this one.
  restart: restarting,
  edits: editing
}

const run = async ({ data, only, quick }: Options): Promise<Found> => {
  const folder = Fs.mkdtempSync(Path.join(temporaryFolder(), "server-"))
  const pieces: Array<Piece> = []
  for (const [name, part] of Object.entries(parts)) {
    if (only === undefined || only === name) pieces.push(await part({ quick, folder, data }))
  }
  Fs.rmSync(folder, { recursive: true, force: true })
  return {
    title: "the embedded server, with its data on disk",
    versions: versions("effect", "@effect/platform", "@grpc/grpc-js", "undici", "@pinecone-database/pinecone"),
    notes: pieces.flatMap(({ notes = [] }) => notes),
    tables: pieces.flatMap(({ tables }) => tables),
    charts: pieces.flatMap(({ charts = [] }) => charts),
    ratios: pieces.flatMap(({ ratios }) => ratios)
  }
}

export const benchmark: Benchmark = {
  name: "server",
  about: "the embedded server: upserts, imports, queries over up to 341,479 vectors, and all at once",
  minutes: 60,
  parts: Object.keys(parts),
  run
}
