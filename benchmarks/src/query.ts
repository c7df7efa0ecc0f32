/**
 * Queries whose answers a server has ready: from the call to the decoded and validated result, one after another, by this
 * SDK over gRPC and over HTTP, and by the official client. Each side is a process of its own, and they take turns.
 */
import { program } from "./bundle.js"
import type { Child } from "./children.js"
import { withProcesses } from "./children.js"
import { manifest, versions } from "./machine.js"
import { newestThatRuns } from "./newest.js"
import type { Case } from "./queryCase.js"
import { cases, dimension } from "./queryCase.js"
import type { answers as QuerySide } from "./querySide.js"
import type { answers as QuerySink } from "./querySink.js"
import type { Benchmark, Found, Options } from "./report.js"
import { median } from "./vectors.js"

type Side = "grpc" | "http" | "official" | "newest" | "grpcFloor" | "httpFloor"

interface Round {
  readonly milliseconds: number
  readonly processor: number
}

const describe = ({ includeValues, topK }: Case): string =>
  `topK ${topK.toLocaleString("en-US")}, metadata${includeValues ? " and values" : " alone"}`

const run = async ({ quick }: Options): Promise<Found> => {
  const newest = await newestThatRuns()
  const sides: ReadonlyArray<Side> = [
    "grpc",
    "http",
    "official",
    ...(newest.runs ? ["newest" as const] : []),
    "grpcFloor",
    "httpFloor"
  ]
  const names: Readonly<Record<Side, string>> = {
    grpc: "this SDK, gRPC",
    grpcFloor: "gRPC, answer not read",
    http: "this SDK, HTTP",
    httpFloor: "HTTP, JSON.parse alone",
    official: `official client ${manifest("@pinecone-database/pinecone").version}`,
    newest: `official client ${newest.version}`
  }
  const { atLeast, rounds, seconds, warmUp } = quick
    ? { rounds: 3, seconds: 0.05, atLeast: 2, warmUp: 3 }
    : { rounds: 7, seconds: 1, atLeast: 5, warmUp: 50 }
  const { found, sizes } = await withProcesses(async (start) => {
    const sink = await start<typeof QuerySink>(await program("querySink"))
    const urls = await sink.ask("urls", undefined)
    const children = new Map<Side, Child<typeof QuerySide>>()
    for (const side of sides) {
      const url = side === "grpc" || side === "grpcFloor" ? urls.grpc : urls.http
      children.set(side, await start<typeof QuerySide>(await program("querySide"), side, url))
    }
    const found = new Map<Side, Array<Array<Round>>>(sides.map((side) => [side, cases.map(() => [])]))
    const sizes: Array<{ readonly json: number; readonly protobuf: number }> = []
    for (const [i, one] of cases.entries()) {
      sizes.push(await sink.ask("answer", i))
      for (const child of children.values()) {
        await child.ask("measure", { one, until: { seconds: quick ? 0 : 0.5, atLeast: warmUp } })
      }
      for (let round = 0; round < rounds; round++) {
        for (const [side, child] of children) {
          found.get(side)![i]!.push(await child.ask("measure", { one, until: { seconds, atLeast } }))
        }
      }
    }
    return { found, sizes }
  })
  const of = (side: Side, i: number, field: keyof Round): number =>
    median(found.get(side)![i]!.map((round) => round[field]))
  const all = cases.findIndex(({ includeValues, topK }) => topK === 1000 && includeValues)
  const official = (side: Side, i: number) => of("official", i, "milliseconds") / of(side, i, "milliseconds")
  const target = ({ includeValues }: Case) => includeValues ? {} : { target: { atLeast: 1.3 } }
  return {
    title: `the answers of queries over vectors of ${dimension} numbers, from the call to the validated result`,
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
      `medians of ${rounds} rounds of at least ${seconds} s and ${atLeast} queries for each side, in turns, one at a time`
    ],
    tables: cases.map((one, i) => ({
      title: `${describe(one)}: ${sizes[i]!.json.toLocaleString("en-US")} bytes of JSON, ${
        sizes[i]!.protobuf.toLocaleString("en-US")
      } of protobuf`,
      columns: [{ name: "ms" }, { name: "processor ms" }, { name: "times faster than official" }],
      rows: sides.map((side) => ({
        name: names[side],
        values: [of(side, i, "milliseconds"), of(side, i, "processor"), official(side, i)]
      }))
    })),
    charts: [{
      file: "query-latency",
      title: "From the call to the result of a query, by matches",
      unit: "ms",
      better: "less" as const,
      ownAxes: true,
      groups: cases.map((one, i) => ({
        name: describe(one),
        bars: sides.map((side) => ({ name: names[side], value: of(side, i, "milliseconds") }))
      }))
    }],
    ratios: [
      { name: "official to gRPC, time, topK 1,000 with values", value: official("grpc", all), target: { atLeast: 8 } },
      {
        name: "official to HTTP, time, topK 1,000 with values",
        value: official("http", all),
        target: { atLeast: 2.5 }
      },
      ...cases.flatMap((one, i) =>
        i === all ? [] : [
          { name: `official to gRPC, ${describe(one)}`, value: official("grpc", i), ...target(one) },
          { name: `official to HTTP, ${describe(one)}`, value: official("http", i), ...target(one) }
        ]
      )
    ]
  }
}

export const benchmark: Benchmark = {
  name: "query",
  about: "the answers of queries with up to 1,000 matches, from the call to the validated result",
  minutes: 10,
  run
}
