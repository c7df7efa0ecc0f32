/**
 * Vectors of 1,536 numbers, 100 in a request, into servers that keep nothing: by this SDK over gRPC and over HTTP, by the
 * official client, and by loops that send bodies made beforehand, again and again. Each side is a process of its own, and
 * they take turns.
 */
import { program } from "./bundle.js"
import type { Child, Start } from "./children.js"
import { withProcesses } from "./children.js"
import { manifest, versions } from "./machine.js"
import { newestThatRuns } from "./newest.js"
import type { Benchmark, Found, Options, Row } from "./report.js"
import * as sinks from "./sinks.js"
import { dimension, perRequest } from "./upsertCase.js"
import type { answers as UpsertSide } from "./upsertSide.js"
import { median, megabytes } from "./vectors.js"

type Side = "grpc" | "http" | "official" | "newest" | "grpcFloor" | "http2Floor" | "httpFloor"

interface Round {
  readonly vectorsPerSecond: number
  readonly processor: number
  readonly bytes: number
}

interface Measured {
  readonly rounds: Array<Round>
  peak: number
}

interface Settings {
  /** How often the processes are started anew: a heap keeps the way it has taken to, and the next one takes another. */
  readonly generations: number
  /** Rounds of each process. */
  readonly rounds: number
  readonly seconds: number
  /** Before the first round: fewer would measure how fast each side is compiled. */
  readonly warmUp: number
}

const overGrpc = (side: Side): boolean => side === "grpc" || side === "grpcFloor" || side === "http2Floor"

/** One generation of processes, each measured in turn. */
const measure = async (
  start: Start,
  inFlight: number,
  { rounds, seconds, warmUp }: Settings,
  measured: ReadonlyMap<Side, Measured>
): Promise<void> => {
  const http = await sinks.http(start)
  const grpc = await sinks.grpc(start)
  const sinkOf = (side: Side) => overGrpc(side) ? grpc : http
  const children = new Map<Side, Child<typeof UpsertSide>>()
  for (const side of measured.keys()) {
    const child = await start<typeof UpsertSide>(await program("upsertSide"), side, sinkOf(side).url)
    await child.ask("measure", { inFlight, seconds: warmUp })
    children.set(side, child)
  }
  for (let round = 0; round < rounds; round++) {
    for (const [side, child] of children) {
      const sink = sinkOf(side)
      await sink.received()
      const { processorSeconds, seconds: elapsed, vectors } = await child.ask("measure", { inFlight, seconds })
      const { wireBytes } = await sink.received()
      measured.get(side)!.rounds.push({
        vectorsPerSecond: vectors / elapsed,
        processor: processorSeconds * 1000 / (vectors / 1000),
        bytes: wireBytes / vectors
      })
    }
  }
  for (const [side, child] of children) {
    const one = measured.get(side)!
    one.peak = Math.max(one.peak, await child.ask("peakMemory", undefined))
  }
}

const run = async ({ quick }: Options): Promise<Found> => {
  const newest = await newestThatRuns()
  const official = `official client ${manifest("@pinecone-database/pinecone").version}`
  const names: Readonly<Record<Side, string>> = {
    grpc: "this SDK, gRPC",
    grpcFloor: "@grpc/grpc-js, bodies made beforehand",
    http2Floor: "node:http2, bodies made beforehand",
    http: "this SDK, HTTP",
    httpFloor: "undici, bodies made beforehand",
    official,
    newest: `official client ${newest.version}`
  }
  const sides: ReadonlyArray<Side> = [
    "grpc",
    "http",
    "official",
    ...(newest.runs ? ["newest" as const] : []),
    "grpcFloor",
    "http2Floor",
    "httpFloor"
  ]
  const settings: Settings = quick
    ? { generations: 1, rounds: 3, seconds: 0.4, warmUp: 0.4 }
    : { generations: 3, rounds: 2, seconds: 2, warmUp: 3 }
  const cases = new Map<number, ReadonlyMap<Side, Measured>>()
  for (const inFlight of quick ? [4] : [4, 16]) {
    const measured = new Map(sides.map((side): [Side, Measured] => [side, { rounds: [], peak: 0 }]))
    for (let generation = 0; generation < settings.generations; generation++) {
      await withProcesses((start) => measure(start, inFlight, settings, measured))
    }
    cases.set(inFlight, measured)
  }
  const all = [...cases.keys()]
  const of = (inFlight: number, side: Side, field: keyof Round): number =>
    median(cases.get(inFlight)!.get(side)!.rounds.map((round) => round[field]))
  const ratios = all.flatMap((inFlight) => {
    const ratio = (one: Side, other: Side, field: keyof Round) => of(inFlight, one, field) / of(inFlight, other, field)
    const at = `${inFlight} in flight`
    return [
      {
        name: `gRPC to official, vectors a second, ${at}`,
        value: ratio("grpc", "official", "vectorsPerSecond"),
        target: { atLeast: 5 }
      },
      {
        name: `gRPC to official, processor time, ${at}`,
        value: ratio("grpc", "official", "processor"),
        target: { atMost: 1 / 6 }
      },
      {
        name: `gRPC to the floor of @grpc/grpc-js, vectors a second, ${at}`,
        value: ratio("grpc", "grpcFloor", "vectorsPerSecond"),
        target: { atLeast: 0.8 }
      },
      {
        name: `gRPC to the floor of node:http2, vectors a second, ${at}`,
        value: ratio("grpc", "http2Floor", "vectorsPerSecond"),
        target: { atLeast: 0.7 }
      },
      {
        name: `HTTP to official, vectors a second, ${at}`,
        value: ratio("http", "official", "vectorsPerSecond"),
        target: { atLeast: 7 }
      },
      { name: `HTTP to official, bytes, ${at}`, value: ratio("http", "official", "bytes"), target: { atMost: 0.65 } }
    ]
  })
  const row = (inFlight: number, side: Side): Row => ({
    name: names[side],
    values: [
      of(inFlight, side, "vectorsPerSecond"),
      of(inFlight, side, "processor"),
      of(inFlight, side, "bytes"),
      megabytes(cases.get(inFlight)!.get(side)!.peak)
    ]
  })
  const chart = (file: string, title: string, unit: string, better: "more" | "less", field: keyof Round) => ({
    file,
    title,
    unit,
    better,
    groups: all.map((inFlight) => ({
      name: `${inFlight} in flight`,
      bars: sides.map((side) => ({ name: names[side], value: of(inFlight, side, field) }))
    }))
  })
  return {
    title: `vectors of ${dimension} numbers, ${perRequest} in a request, into servers that keep nothing`,
    versions: versions(
      "effect",
      "@effect/platform",
      "@grpc/grpc-js",
      "undici",
      "@pinecone-database/pinecone",
      ...(newest.runs ? ["pinecone-newest"] : [])
    ),
    notes: [
      newest.note,
      `medians of ${
        settings.generations * settings.rounds
      } rounds of ${settings.seconds} s for each side, in turns, by ${settings.generations} processes one after another, each after ${settings.warmUp} s`
    ],
    tables: all.map((inFlight) => ({
      title: `${inFlight} requests in flight`,
      columns: [
        { name: "vectors/s", digits: 0 },
        { name: "processor ms/1,000" },
        { name: "bytes/vector", digits: 0 },
        { name: "MB at most", digits: 0 }
      ],
      rows: sides.map((side) => row(inFlight, side))
    })),
    charts: [
      chart(
        "upsert-throughput",
        "Upserts into a server that keeps nothing",
        "vectors a second",
        "more",
        "vectorsPerSecond"
      ),
      chart("upsert-processor", "Processor time of an upsert", "ms for 1,000 vectors", "less", "processor"),
      chart("upsert-bytes", "Size of an upsert on the wire", "bytes for a vector", "less", "bytes")
    ],
    ratios
  }
}

export const benchmark: Benchmark = {
  name: "upsert",
  about: "upserts of vectors of 1,536 numbers into servers that keep nothing, over gRPC and over HTTP",
  minutes: 30,
  run
}
