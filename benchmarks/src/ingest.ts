/**
 * 100,000 records of 384 numbers into the embedded server over HTTP: by this SDK and by the official client, in turns,
 * each with four requests of 200 records in flight. Then a top-10 query over them, over HTTP, beside a bare loop over the
 * same numbers.
 *
 * The server runs in a process of its own, and so does each run of a side, whose memory is what is measured.
 */
import * as bareLoop from "./bareLoop.js"
import { program } from "./bundle.js"
import * as cases from "./cases.js"
import type { Start } from "./children.js"
import { withProcesses } from "./children.js"
import type { answers as IngestSide } from "./ingestSide.js"
import { manifest, versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import type { answers as ServerHost } from "./serverHost.js"
import type { answers as ServerSide } from "./serverSide.js"
import { median, megabytes, vectorOf } from "./vectors.js"

const { dimension, inFlight, perRequest } = cases.ingest

type Side = "sdk" | "official"

const sides: ReadonlyArray<Side> = ["sdk", "official"]

interface Measured {
  readonly seconds: number
  readonly peak: number
}

const measure = async (start: Start, records: number, rounds: number, queries: number) => {
  const server = await start<typeof ServerHost>(await program("serverHost"), "{}")
  const controllerHost = await server.ask("url", undefined)
  const control = await start<typeof ServerSide>(await program("serverSide"), "http")
  const runs = new Map(sides.map((side): [Side, Array<Measured>] => [side, []]))
  let host = ""
  // The first round warms the server up.
  for (let round = -1; round < rounds; round++) {
    for (const side of sides) {
      host = await control.ask("create", { controllerHost, name: `${side}-${round + 1}`, dimension })
      const child = await start<typeof IngestSide>(await program("ingestSide"), side)
      const run = await child.ask("send", { host, records }, 600)
      if (round >= 0) runs.get(side)!.push(run)
    }
  }

  const block = new Float32Array(records * dimension)
  for (let row = 0; row < records; row++) block.set(vectorOf(row, dimension), row * dimension)
  const norms = bareLoop.norms(block, dimension)
  const times = { sdk: [] as Array<number>, official: [] as Array<number>, bare: [] as Array<number> }
  const clients = {
    sdk: await start<typeof IngestSide>(await program("ingestSide"), "sdk"),
    official: await start<typeof IngestSide>(await program("ingestSide"), "official")
  }
  // The first ones warm the code up.
  for (let round = -5; round < queries; round++) {
    const vector = vectorOf(records + round + 5, dimension)
    const sdk = await clients.sdk.ask("query", { host, vector })
    const official = await clients.official.ask("query", { host, vector })
    const before = performance.now()
    bareLoop.best(block, norms, vector)
    const bare = performance.now() - before
    if (round < 0) continue
    times.sdk.push(sdk)
    times.official.push(official)
    times.bare.push(bare)
  }
  return { runs, times }
}

const run = async ({ quick }: Options): Promise<Found> => {
  const { queries, records, rounds } = quick
    ? { records: 10_000, rounds: 1, queries: 5 }
    : { records: 100_000, rounds: 3, queries: 15 }
  const { runs, times } = await withProcesses((start) => measure(start, records, rounds, queries))
  const seconds = (side: Side) => median(runs.get(side)!.map((run) => run.seconds))
  const peak = (side: Side) => Math.max(...runs.get(side)!.map((run) => run.peak))
  const names = { sdk: "this SDK", official: `official client ${manifest("@pinecone-database/pinecone").version}` }
  const count = records.toLocaleString("en-US")
  return {
    title: `${count} records of ${dimension} numbers into the embedded server over HTTP, then the best 10 of them`,
    versions: versions("effect", "@effect/platform", "@pinecone-database/pinecone"),
    notes: [
      `${inFlight} requests of ${perRequest} in flight, medians of ${rounds}; queries one at a time, medians of ${queries}`
    ],
    tables: [
      {
        title: "Writing",
        columns: [{ name: "s" }, { name: "MB at most", digits: 0 }],
        rows: sides.map((side) => ({ name: names[side], values: [seconds(side), megabytes(peak(side))] }))
      },
      {
        title: `A query for the best 10 of ${count}`,
        columns: [{ name: "ms" }],
        rows: [
          ...sides.map((side) => ({ name: names[side], values: [median(times[side])] })),
          { name: "bare loop, no server and no ids", values: [median(times.bare)] }
        ]
      }
    ],
    ratios: [
      { name: "writing to official, time", value: seconds("sdk") / seconds("official") },
      { name: "writing to official, memory", value: peak("sdk") / peak("official") },
      { name: "query to official, time", value: median(times.sdk) / median(times.official) },
      { name: "query to the bare loop, time", value: median(times.sdk) / median(times.bare) }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "ingest",
  about: "records over HTTP into the embedded server, then queries over them",
  minutes: 20,
  run
}
