/**
 * The engine of the embedded server beside others that run in a program: the same vectors, each engine in a process of its own,
 * and the processes take turns. How many of the best ten each finds is counted against a plain evaluation of every vector.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { program, temporaryFolder } from "./bundle.js"
import type { Child } from "./children.js"
import { withProcesses } from "./children.js"
import * as clusteredVectors from "./clusteredVectors.js"
import type { Contestant, Setting, Vectors } from "./compareCase.js"
import { contestants, ours, topK } from "./compareCase.js"
import type { answers as CompareSide } from "./compareSide.js"
import { versions } from "./machine.js"
import type { Benchmark, Found, Options, Row } from "./report.js"
import { withFolder } from "./serverBusy.js"
import { median, megabytes, random, unitVector } from "./vectors.js"
import * as words from "./words.js"
import * as wordVectors from "./wordVectors.js"

interface DataSet {
  readonly name: string
  readonly dimension: number
  readonly block: Float32Array
  readonly queries: ReadonlyArray<Float32Array>
}

const rows = (block: Float32Array, dimension: number): ReadonlyArray<Float32Array> =>
  Array.from({ length: block.length / dimension }, (_, i) => block.slice(i * dimension, (i + 1) * dimension))

const clustered = (count: number, queries: number): DataSet => {
  const dimension = 384
  return {
    name: `${count.toLocaleString("en-US")} made-up vectors of ${dimension} numbers in clusters`,
    dimension,
    block: clusteredVectors.make(count, dimension, 2),
    queries: rows(clusteredVectors.make(queries, dimension, 3), dimension)
  }
}

/** The commonest words, asked for the words that are nearest to rarer ones. */
const ofWords = (count: number, queries: number): DataSet => {
  const dimension = wordVectors.numbers
  const all = wordVectors.read(words.areThere() ? words.numbersFile : undefined, wordVectors.words)
  const step = Math.floor((wordVectors.words - count) / queries)
  return {
    name: `${count.toLocaleString("en-US")} ${
      words.areThere() ? "vectors of words" : "MADE-UP vectors"
    } of ${dimension} numbers`,
    dimension,
    block: all.slice(0, count * dimension),
    queries: Array.from({ length: queries }, (_, i) => {
      const at = (count + i * step) * dimension
      return all.slice(at, at + dimension)
    })
  }
}

// -----------------------------------------------------------------------------
// What is to be found
// -----------------------------------------------------------------------------

const product = (block: Float32Array, at: number, query: Float32Array): number => {
  let sum = 0
  for (let i = 0; i < query.length; i++) sum += block[at + i]! * query[i]!
  return sum
}

const lengthsOf = ({ block, dimension }: DataSet): Float64Array => {
  const lengths = new Float64Array(block.length / dimension)
  for (let row = 0; row < lengths.length; row++) {
    const vector = block.subarray(row * dimension, (row + 1) * dimension)
    lengths[row] = Math.sqrt(product(vector, 0, vector))
  }
  return lengths
}

/** The share of the best that is among what was found. What has the score of the last of the best counts as one of them. */
const recallOf = ({ block, dimension, queries }: DataSet): (i: number, ids: ReadonlyArray<number>) => number => {
  const lengths = lengthsOf({ name: "", block, dimension, queries })
  const last = queries.map((query) => {
    const scores = lengths.map((length, row) => product(block, row * dimension, query) / length).sort()
    return scores[scores.length - topK]!
  })
  return (i, ids) =>
    new Set(ids.filter((id) => {
      const score = product(block, id * dimension, queries[i]!) / lengths[id]!
      return score >= last[i]! - 1e-6 * Math.abs(last[i]!)
    })).size / topK
}

// -----------------------------------------------------------------------------
// The measurement
// -----------------------------------------------------------------------------

interface Measured {
  readonly name: string
  readonly setting: Setting
  readonly side: Side
  readonly recalls: Array<number>
  readonly times: Array<number>
  processor: number
}

interface Side {
  readonly contestant: Contestant
  readonly child: Child<typeof CompareSide>
  readonly build: { readonly seconds: number; readonly processor: number }
}

const perRound = 10

const measure = (data: DataSet, folder: string, writes: number) =>
  withProcesses(async (start) => {
    const { block, dimension, queries } = data
    const vectors: Vectors = { file: Path.join(folder, "vectors.f32"), count: block.length / dimension, dimension }
    Fs.mkdirSync(folder, { recursive: true })
    Fs.writeFileSync(vectors.file, new Uint8Array(block.buffer, block.byteOffset, block.byteLength))
    const recall = recallOf(data)
    const sides: Array<Side> = []
    const missing: Array<string> = []
    for (const contestant of contestants) {
      const child = await start<typeof CompareSide>(await program("compareSide"), contestant.engine)
      const own = Path.join(folder, contestant.engine)
      Fs.mkdirSync(own)
      try {
        sides.push({ contestant, child, build: await child.ask("build", { vectors, folder: own }, 600) })
      } catch (error) {
        // A package that has no binary for this machine is no failure of the others.
        if (contestant.name === ours) throw error
        missing.push(`${contestant.name} does not run here: ${String(error).split("\n")[0]}`)
      }
    }
    const all = sides.flatMap((side) =>
      side.contestant.settings.map((setting): Measured => ({
        name: `${side.contestant.name}${setting.name}`,
        setting,
        side,
        recalls: [],
        times: [],
        processor: 0
      }))
    )
    // The first ones compile the code, and have what is made when it is needed.
    const early = 2 * perRound
    for (let from = 0; from < queries.length; from += perRound) {
      for (const one of all) {
        const asked = queries.slice(from, from + perRound)
        const { found, processor } = await one.side.child.ask("search", { queries: asked, setting: one.setting }, 300)
        if (from < early) continue
        one.processor += processor
        found.forEach(({ ids, milliseconds }, i) => {
          one.recalls.push(recall(from + i, ids))
          one.times.push(milliseconds)
        })
      }
    }
    const next = random(4)
    const written = new Map(sides.map((side): [Side, Array<number>] => [side, []]))
    for (let i = 0; i < writes; i++) {
      const vector = unitVector(next, dimension)
      for (const side of sides) {
        const milliseconds = await side.child.ask("write", { id: vectors.count + i, vector }, 60)
        if (milliseconds !== undefined) written.get(side)!.push(milliseconds)
      }
    }
    const peaks = new Map<Side, number>()
    for (const side of sides) peaks.set(side, await side.child.ask("peak", undefined))
    return {
      missing,
      rows: all.map(({ name, processor, recalls, setting, side, times }) => {
        const isFirst = setting === side.contestant.settings[0]
        const writing = written.get(side)!
        return {
          name,
          recall: recalls.reduce((sum, one) => sum + one, 0) / recalls.length,
          time: median(times),
          processor: processor / times.length,
          build: isFirst ? side.build : undefined,
          peak: isFirst ? peaks.get(side) : undefined,
          written: isFirst && writing.length > 0 ? median(writing) : undefined
        }
      })
    }
  })

type Rows = Awaited<ReturnType<typeof measure>>["rows"]

const rowOf = ({ build, name, peak, processor, recall, time, written }: Rows[number]): Row => ({
  name,
  values: [
    recall,
    time,
    processor,
    build?.seconds ?? null,
    build?.processor ?? null,
    peak === undefined ? null : megabytes(peak),
    written ?? null
  ]
})

const ratiosOf = (data: string, rows: Rows): Found["ratios"] => {
  const own = rows.find(({ name }) => name === ours)!
  const exact = rows.filter(({ name }) => ["usearch, exact", "sqlite-vec", "LanceDB, no index"].includes(name))
  return [
    { name: `recall, ${data}`, value: own.recall, target: { atLeast: 1 } },
    ...exact.map(({ name, time }) => ({ name: `query to ${name}, ${data}`, value: own.time / time })),
    ...exact.map(({ name, processor }) => ({
      name: `processor time of a query to ${name}, ${data}`,
      value: own.processor / processor
    }))
  ]
}

const run = async ({ quick }: Options): Promise<Found> => {
  const count = Number(process.env["RECORDS"] ?? (quick ? 2000 : 100_000))
  const queries = quick ? 40 : 120
  const writes = quick ? 2 : 10
  const sets: ReadonlyArray<readonly [short: string, make: () => DataSet]> = [
    ["clusters", () => clustered(count, queries)],
    ["words", () => ofWords(count, queries)]
  ]
  const found: Array<{ readonly short: string; readonly name: string } & Awaited<ReturnType<typeof measure>>> = []
  for (const [short, make] of sets) {
    const data = make()
    const measured = await withFolder(
      Path.join(temporaryFolder(), "compare"),
      (folder) => measure(data, folder, writes)
    )
    found.push({ short, name: data.name, ...measured })
  }
  return {
    title: `the best ${topK} by the cosine, in the engine of the embedded server and in others`,
    versions: versions("usearch", "sqlite-vec", "libsql", "@lancedb/lancedb"),
    notes: [
      `medians of ${queries - 2 * perRound} queries after ${
        2 * perRound
      }, ${perRound} at a time, the processes in turns`,
      "processor time is that of all threads of a process, and MB is the most that it has had",
      "all have their vectors in memory but LanceDB, which has them on disk; written vectors: medians of " + writes,
      ...(words.areThere()
        ? []
        : ["MADE-UP VECTORS instead of words; `pnpm --filter benchmarks fetch-data` brings those of real words"]),
      ...new Set(found.flatMap(({ missing }) => missing))
    ],
    tables: found.map(({ name, rows }) => ({
      title: name,
      columns: [
        { name: `recall of ${topK}`, digits: 3 },
        { name: "ms" },
        { name: "processor ms" },
        { name: "build, s" },
        { name: "build, processor s" },
        { name: "MB at most", digits: 0 },
        { name: "written, found after ms" }
      ],
      rows: rows.map(rowOf)
    })),
    charts: [{
      file: "compare",
      title: `Query for the best ${topK}, with the share of them that is found`,
      unit: "ms",
      better: "less",
      ownAxes: true,
      groups: found.map(({ name, rows }) => ({
        name,
        bars: rows.map(({ name, recall, time }) => ({ name: `${name}: ${recall.toFixed(3)}`, value: time }))
      }))
    }],
    ratios: found.flatMap(({ rows, short }) => ratiosOf(short, rows))
  }
}

export const benchmark: Benchmark = {
  name: "compare",
  about: "the embedded server's engine beside usearch, sqlite-vec and LanceDB: time, recall, memory",
  minutes: 40,
  run
}
