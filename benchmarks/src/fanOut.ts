/**
 * One query over 200 namespaces, each of which takes 20 ms to answer, with 50 in flight: beside what these waits come to at
 * least, and beside the official client in a pool of promises (it has no such query of its own).
 */
import { program } from "./bundle.js"
import { fanOut } from "./cases.js"
import type { Child } from "./children.js"
import { withProcesses } from "./children.js"
import type { answers as FanOutSide } from "./fanOutSide.js"
import { manifest, versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import * as sinks from "./sinks.js"
import { median } from "./vectors.js"

const { delay, dimension, inFlight, namespaces } = fanOut

const names = {
  sdk: "this SDK, the pool for Node",
  fetch: "this SDK, fetch",
  official: `official client ${manifest("@pinecone-database/pinecone").version}`
}

type Side = keyof typeof names

const sides: ReadonlyArray<Side> = ["sdk", "fetch", "official"]

const run = async ({ quick }: Options): Promise<Found> => {
  const { rounds, warmUps } = quick ? { rounds: 7, warmUps: 5 } : { rounds: 25, warmUps: 25 }
  const times = await withProcesses(async (start) => {
    const { url } = await sinks.http(start, { delay, dimension })
    const children = new Map<Side, Child<typeof FanOutSide>>()
    for (const side of sides) children.set(side, await start(await program("fanOutSide"), side, url))
    const times = new Map(sides.map((side): [Side, Array<number>] => [side, []]))
    // The first rounds open the connections and warm the code up.
    for (let round = -warmUps; round < rounds; round++) {
      for (const [side, child] of children) {
        const time = await child.ask("measure", undefined)
        if (round >= 0) times.get(side)!.push(time)
      }
    }
    return times
  })
  const of = (side: Side) => median(times.get(side)!)
  const waits = Math.ceil(namespaces / inFlight) * delay
  return {
    title: `one query over ${namespaces} namespaces of ${delay} ms each, ${inFlight} in flight, over HTTP`,
    versions: versions("effect", "@effect/platform", "undici", "@pinecone-database/pinecone"),
    notes: [`medians of ${rounds} rounds, in turns, after ${warmUps}`],
    tables: [{
      title: "All namespaces",
      columns: [{ name: "ms" }, { name: "to the waits" }],
      rows: [
        ...sides.map((side) => ({ name: names[side], values: [of(side), of(side) / waits] })),
        { name: "the waits alone", values: [waits, 1] }
      ]
    }],
    charts: [{
      file: "fan-out",
      title: `One query over ${namespaces} namespaces of ${delay} ms each`,
      unit: "ms",
      better: "less",
      groups: [{
        name: "",
        bars: [
          ...sides.map((side) => ({ name: names[side], value: of(side) })),
          { name: "the waits alone", value: waits }
        ]
      }]
    }],
    ratios: [
      { name: "the pool for Node to the waits", value: of("sdk") / waits, target: { atMost: 1.35 } },
      { name: "fetch to the waits", value: of("fetch") / waits },
      { name: "the pool for Node to official, time", value: of("sdk") / of("official") }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "fan-out",
  about: "one query over 200 namespaces, beside the waits alone",
  minutes: 10,
  run
}
