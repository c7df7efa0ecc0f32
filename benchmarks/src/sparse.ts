/**
 * Sparse search of 100,000 records in the engine of the embedded server, beside a bare loop over inverted lists, and through
 * the whole server. What both find is what a plain evaluation of every record finds.
 */
import { compile, FilterProblem } from "../../packages/local/src/internal/filter.js"
import { atOnce } from "../../packages/local/src/internal/job.js"
import { NamespaceView } from "../../packages/local/src/internal/namespaceView.js"
import type { SparseVector } from "../../packages/local/src/internal/sparseBlock.js"
import type { Benchmark, Found, Options } from "./report.js"
import { perQuery, perRecord, queries, records, terms } from "./sparseRecords.js"
import * as sparseServer from "./sparseServer.js"
import { idOf, median } from "./vectors.js"

const topK = 10

const partOf = (record: number): number => record % 100

const isKept = compile({ part: { $eq: 7 } })

const fill = (all: ReadonlyArray<SparseVector>): NamespaceView => {
  const view = new NamespaceView({ metric: "dotproduct", dimension: undefined })
  all.forEach((sparseValues, record) =>
    view.upsert({ id: idOf(record), values: undefined, sparseValues, metadata: { part: partOf(record) } })
  )
  return view
}

// -----------------------------------------------------------------------------
// The bare loop
// -----------------------------------------------------------------------------

/** The records that have a term, and its weight in each. */
interface List {
  readonly records: Int32Array
  readonly values: Float32Array
}

const invert = (all: ReadonlyArray<SparseVector>): ReadonlyMap<number, List> => {
  const counts = new Map<number, number>()
  for (const { indices } of all) for (const index of indices) counts.set(index, (counts.get(index) ?? 0) + 1)
  const lists = new Map(
    Array.from(counts, ([index, count]): [number, List & { at: number }] => [index, {
      records: new Int32Array(count),
      values: new Float32Array(count),
      at: 0
    }])
  )
  all.forEach(({ indices, values }, record) => {
    for (let i = 0; i < indices.length; i++) {
      const list = lists.get(indices[i]!)!
      list.records[list.at] = record
      list.values[list.at++] = values[i]!
    }
  })
  return lists
}

const addList = (sums: Float64Array, { records, values }: List, weight: number): void => {
  for (let i = 0; i < records.length; i++) sums[records[i]!]! += weight * values[i]!
}

/** The best score. The sums are all zeros before it and after it. */
const bare = (lists: ReadonlyMap<number, List>, sums: Float64Array, { indices, values }: SparseVector): number => {
  for (let i = 0; i < indices.length; i++) {
    const list = lists.get(indices[i]!)
    if (list !== undefined) addList(sums, list, values[i]!)
  }
  let best = 0
  for (let record = 0; record < sums.length; record++) {
    if (sums[record]! > best) best = sums[record]!
    sums[record] = 0
  }
  return best
}

// -----------------------------------------------------------------------------
// The measurement
// -----------------------------------------------------------------------------

/** The best records, by a plain evaluation of every one of them; none of these weights are negative. */
const plainly = (all: ReadonlyArray<SparseVector>, query: SparseVector, filtered: boolean): ReadonlyArray<string> => {
  const weights = new Map(Array.from(query.indices, (index, i) => [index, query.values[i]!]))
  const scored: Array<readonly [score: number, record: number]> = []
  all.forEach(({ indices, values }, record) => {
    if (filtered && partOf(record) !== 7) return
    let score = 0
    for (let i = 0; i < indices.length; i++) score += (weights.get(indices[i]!) ?? 0) * values[i]!
    if (score > 0) scored.push([score, record])
  })
  return scored.sort(([a], [b]) => b - a).slice(0, topK).map(([, record]) => idOf(record))
}

const checkSame = (found: ReadonlyArray<string>, expected: ReadonlyArray<string>): void => {
  if (found.join() !== expected.join()) throw new Error(`found ${found.join()}, not ${expected.join()}`)
}

const time = <A>(f: () => A): readonly [milliseconds: number, result: A] => {
  const start = performance.now()
  const result = f()
  return [performance.now() - start, result]
}

const run = async ({ quick }: Options): Promise<Found> => {
  const count = quick ? 10_000 : 100_000
  const rounds = quick ? 10 : 100
  /** The first ones compile the code. */
  const early = 20
  const checked = quick ? 2 : 5
  if (isKept instanceof FilterProblem) throw new Error(isKept.message)
  const all = records(count)
  const asked = queries(early + rounds)
  const lists = invert(all)
  const postings = median(
    asked.map(({ indices }) => indices.reduce((sum, index) => sum + (lists.get(index)?.records.length ?? 0), 0))
  )
  const [writing, view] = time(() => fill(all))

  const sums = new Float64Array(count)
  const times = { all: [] as Array<number>, some: [] as Array<number>, bare: [] as Array<number> }
  asked.forEach((sparseVector, i) => {
    const ours = () => time(() => atOnce(view.search({ sparseVector, topK })))
    const loop = () => time(() => bare(lists, sums, sparseVector))
    // The two sides take turns at going first.
    const first = i % 2 === 0 ? undefined : loop()
    const [all, found] = ours()
    const [bareTime, best] = first ?? loop()
    const [some] = time(() => atOnce(view.search({ sparseVector, topK, predicate: isKept })))
    if (Math.abs(found[0]!.score - best) > 1e-6 * best) throw new Error(`${found[0]!.score} is not ${best}`)
    if (i < early) return
    times.all.push(all)
    times.some.push(some)
    times.bare.push(bareTime)
  })

  const searches = [false, true].flatMap((filtered) => asked.map((sparseVector) => ({ sparseVector, filtered })))
  const through = await sparseServer.measure(all, partOf, searches, topK)
  searches.forEach(({ filtered, sparseVector }, i) => {
    const { ids } = through.searches[i]!
    const found = atOnce(view.search({ sparseVector, topK, predicate: filtered ? isKept : undefined }))
    checkSame(ids, found.map(({ id }) => id))
    if (i % asked.length < checked) checkSame(ids, plainly(all, sparseVector, filtered))
  })
  const served = (filtered: boolean) => {
    const from = (filtered ? asked.length : 0) + early
    return median(through.searches.slice(from, from + rounds).map(({ milliseconds }) => milliseconds))
  }

  const rows = [
    { name: "all records", values: [median(times.all), median(times.bare), served(false)] },
    { name: "1 record in 100 matches", values: [median(times.some), null, served(true)] }
  ] as const
  const target = { atMost: 5 }
  return {
    title: `the best ${topK} of ${count.toLocaleString("en-US")} records of ${perRecord} terms, ` +
      `of ${terms.toLocaleString("en-US")}, by ${perQuery} terms`,
    versions: {},
    notes: [
      `medians of ${rounds} queries, in turns, in one process; half of them add up ${
        postings.toLocaleString("en-US")
      } products or more`,
      `the server finds the same as the engine, and both find what a plain evaluation finds, for ${2 * checked} queries`
    ],
    tables: [
      {
        title: "A search, in ms",
        columns: [{ name: "engine" }, { name: "bare loop" }, { name: "through the server" }],
        rows
      },
      {
        title: "Writing, in µs a record",
        columns: [{ name: "time" }],
        rows: [
          { name: "engine", values: [writing * 1000 / count] },
          { name: "through the server, 500 in a request", values: [through.seconds * 1e6 / count] }
        ]
      }
    ],
    ratios: [
      ...rows.map(({ name, values }) => ({ name: `engine, ${name}`, value: values[0], unit: "ms", target })),
      ...rows.map(({ name, values }) => ({
        name: `through the server, ${name}`,
        value: values[2],
        unit: "ms",
        target
      })),
      { name: "engine to the bare loop", value: rows[0].values[0] / rows[0].values[1] }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "sparse",
  about: "search by sparse vectors, in the embedded server's engine and through the server",
  minutes: 10,
  run
}
