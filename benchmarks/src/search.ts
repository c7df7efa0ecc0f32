/**
 * A top-10 query over 100,000 vectors of dimension 384, on two sides: the search of the embedded server, and a bare
 * loop over one contiguous array that computes every score and keeps only the best. The search reads the 32-bit floats alone at
 * first, and later the 8-bit codes that it has left behind, which tell which floats to read.
 *
 * Then the same by the number of vectors, whether all of the best are found, and what two queries at once cost that go through
 * the server.
 */
import type { Metadata, Predicate } from "../../packages/local/src/internal/filter.js"
import { compile, FilterProblem } from "../../packages/local/src/internal/filter.js"
import { atOnce } from "../../packages/local/src/internal/job.js"
import type { Metric } from "../../packages/local/src/internal/namespaceView.js"
import { NamespaceView } from "../../packages/local/src/internal/namespaceView.js"
import type { Benchmark, Chart, Found, Options, Row } from "./report.js"
import * as searchRecall from "./searchRecall.js"
import * as searchTogether from "./searchTogether.js"
import { median } from "./vectors.js"

const dimension = 384
const topK = 10

/** The same numbers in every run. */
const random = (seed: number): () => number => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

interface Data {
  readonly values: Float32Array
  readonly inverseNorms: Float64Array
  readonly years: Uint16Array
  /** One record in 10,000 has 1, the others 0. */
  readonly rare: Uint8Array
}

const makeData = (rows: number): Data => {
  const next = random(1)
  const values = new Float32Array(rows * dimension)
  const inverseNorms = new Float64Array(rows)
  const years = new Uint16Array(rows)
  const rare = new Uint8Array(rows)
  for (let row = 0; row < rows; row++) {
    const from = row * dimension
    let square = 0
    for (let i = from; i < from + dimension; i++) {
      values[i] = next()
      square += values[i] ** 2
    }
    inverseNorms[row] = 1 / Math.sqrt(square)
    years[row] = 1950 + Math.floor((next() + 1) * 50)
    rare[row] = row % 10_000 === 4321 ? 1 : 0
  }
  return { values, inverseNorms, years, rare }
}

const metadataOf = ({ rare, years }: Data, row: number): Metadata => ({
  year: years[row],
  rare: rare[row] === 1,
  genre: "comedy"
})

/** Adds the rows from one on up to another. */
const add = (view: NamespaceView, data: Data, from: number, to: number): void => {
  for (let row = from; row < to; row++) {
    view.upsert({
      id: `record-${row}`,
      values: data.values.subarray(row * dimension, (row + 1) * dimension),
      sparseValues: undefined,
      metadata: metadataOf(data, row)
    })
  }
}

const fill = (metric: Metric, data: Data): NamespaceView => {
  const view = new NamespaceView({ metric, dimension })
  add(view, data, 0, data.years.length)
  return view
}

// -----------------------------------------------------------------------------
// The bare loops
// -----------------------------------------------------------------------------

type Bare = (data: Data, query: Float32Array) => number

const bareDot: Bare = ({ values }, query) => {
  let best = -Infinity
  for (let at = 0; at < values.length; at += dimension) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let j = 0; j < dimension; j += 4) {
      a += values[at + j] * query[j]
      b += values[at + j + 1] * query[j + 1]
      c += values[at + j + 2] * query[j + 2]
      d += values[at + j + 3] * query[j + 3]
    }
    const score = a + b + c + d
    if (score > best) best = score
  }
  return best
}

const bareCosine: Bare = ({ inverseNorms, values }, query) => {
  const scale = 1 / Math.sqrt(query.reduce((sum, value) => sum + value * value, 0))
  let best = -Infinity
  for (let at = 0, row = 0; at < values.length; at += dimension, row++) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let j = 0; j < dimension; j += 4) {
      a += values[at + j] * query[j]
      b += values[at + j + 1] * query[j + 1]
      c += values[at + j + 2] * query[j + 2]
      d += values[at + j + 3] * query[j + 3]
    }
    const score = (a + b + c + d) * inverseNorms[row] * scale
    if (score > best) best = score
  }
  return best
}

const bareEuclidean: Bare = ({ values }, query) => {
  let best = Infinity
  for (let at = 0; at < values.length; at += dimension) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let j = 0; j < dimension; j += 4) {
      const da = values[at + j] - query[j]
      const db = values[at + j + 1] - query[j + 1]
      const dc = values[at + j + 2] - query[j + 2]
      const dd = values[at + j + 3] - query[j + 3]
      a += da * da
      b += db * db
      c += dc * dc
      d += dd * dd
    }
    const score = a + b + c + d
    if (score < best) best = score
  }
  return best
}

/** The filter too is written out by hand, over arrays of numbers rather than the metadata of records. */
const bareFiltered = (keeps: (data: Data, row: number) => boolean): Bare => (data, query) => {
  const { inverseNorms, values } = data
  const scale = 1 / Math.sqrt(query.reduce((sum, value) => sum + value * value, 0))
  let best = -Infinity
  for (let at = 0, row = 0; at < values.length; at += dimension, row++) {
    if (!keeps(data, row)) continue
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let j = 0; j < dimension; j += 4) {
      a += values[at + j] * query[j]
      b += values[at + j + 1] * query[j + 1]
      c += values[at + j + 2] * query[j + 2]
      d += values[at + j + 3] * query[j + 3]
    }
    const score = (a + b + c + d) * inverseNorms[row] * scale
    if (score > best) best = score
  }
  return best
}

// -----------------------------------------------------------------------------
// The measurement
// -----------------------------------------------------------------------------

const matching = (filter: Readonly<Record<string, unknown>>): Predicate => {
  const predicate = compile(filter)
  if (predicate instanceof FilterProblem) throw new Error(predicate.message)
  return predicate
}

const time = <A>(f: () => A): readonly [milliseconds: number, result: A] => {
  const start = performance.now()
  const result = f()
  return [performance.now() - start, result]
}

/** Gives the best score. */
type Search = (query: Float32Array) => number

const searching = (view: NamespaceView, predicate?: Predicate): Search => (vector) =>
  atOnce(view.search({ vector, topK, predicate }))[0].score

/** The search of a view that is being filled, which reads the floats alone and leaves no codes behind. */
const seeking = (view: NamespaceView): Search => (vector) => {
  const seeking = view.fill().seek({ topK }, vector)
  seeking.scan(0, view.size)
  return seeking.result()[0].score
}

/** The first rounds compile the code, and leave codes behind. */
const early = 10

const compareSides = (name: string, data: Data, search: Search, bare: Bare, rounds: number): Row => {
  const next = random(2)
  const ours: Array<number> = []
  const theirs: Array<number> = []
  for (let round = -early; round < rounds; round++) {
    const query = Float32Array.from({ length: dimension }, next)
    const loop = () => time(() => bare(data, query))
    // The two sides take turns at going first.
    const first = round % 2 === 0 ? undefined : loop()
    const [searchTime, found] = time(() => search(query))
    const [loopTime, best] = first ?? loop()
    if (Math.abs(found - best) > 1e-6 * Math.abs(best)) throw new Error(`${name}: ${found} is not ${best}`)
    if (round < 0) continue
    ours.push(searchTime)
    theirs.push(loopTime)
  }
  const searched = median(ours)
  const loop = median(theirs)
  return { name, values: [searched, loop, searched / loop] }
}

const bareLoops: Readonly<Record<Metric, Bare>> = { dotproduct: bareDot, euclidean: bareEuclidean, cosine: bareCosine }

const byMetric = (data: Data, rounds: number) => {
  const floats: Array<Row> = []
  const codes: Array<Row> = []
  for (const metric of searchRecall.metrics) {
    const view = fill(metric, data)
    floats.push(compareSides(`${metric}, 32-bit floats alone`, data, seeking(view), bareLoops[metric], rounds))
    codes.push(compareSides(`${metric}, with 8-bit codes`, data, searching(view), bareLoops[metric], rounds))
  }
  return { floats, codes }
}

const filters = [
  {
    name: "half of the records match",
    filter: { year: { $gte: 2000 } },
    keeps: ({ years }: Data, row: number) => years[row] >= 2000
  },
  {
    name: "1 in 100 matches",
    filter: { year: { $gte: 2049 } },
    keeps: ({ years }: Data, row: number) => years[row] >= 2049
  },
  {
    name: "1 in 10,000 matches",
    filter: { rare: { $eq: true } },
    keeps: ({ rare }: Data, row: number) => rare[row] === 1
  }
]

const byFilter = (data: Data, rounds: number): ReadonlyArray<Row> => {
  const view = fill("cosine", data)
  return filters.map(({ filter, keeps, name }) =>
    compareSides(`cosine, ${name}`, data, searching(view, matching(filter)), bareFiltered(keeps), rounds)
  )
}

/** The same by the number of vectors, in one view that grows. */
const bySize = (sizes: ReadonlyArray<number>, rounds: number): ReadonlyArray<Row> => {
  const all = makeData(Math.max(...sizes))
  const view = new NamespaceView({ metric: "cosine", dimension })
  return sizes.map((size) => {
    add(view, all, view.size, size)
    const data = { ...all, values: all.values.subarray(0, size * dimension) }
    return compareSides(`${size.toLocaleString("en-US")} vectors`, data, searching(view), bareCosine, rounds)
  })
}

const sizesChart = (rows: ReadonlyArray<Row>): Chart => ({
  file: "search-sizes",
  title: `The best ${topK} by the cosine, by the number of vectors of ${dimension} numbers`,
  unit: "ms",
  better: "less",
  ownAxes: true,
  groups: rows.map(({ name, values: [search, loop] }) => ({
    name,
    bars: [{ name: "this engine", value: search! }, { name: "bare loop", value: loop! }]
  }))
})

const ratiosOf = (rows: ReadonlyArray<Row>, atMost?: number): Found["ratios"] =>
  rows.map(({ name, values }) => ({
    name: `${name}, to the bare loop`,
    value: values[2]!,
    ...(atMost === undefined ? {} : { target: { atMost } })
  }))

const run = async ({ quick }: Options): Promise<Found> => {
  const rounds = quick ? 3 : 15
  const rows = quick ? 20_000 : 100_000
  const sizes = quick ? [1000, 5000, 20_000] : [10_000, 30_000, 100_000, 300_000, 1_000_000]
  const data = makeData(rows)
  const { codes, floats } = byMetric(data, rounds)
  const filtered = byFilter(data, rounds)
  const recall = searchRecall.measure(quick)
  const sized = bySize(sizes, rounds)
  const together = await searchTogether.measure(quick ? [30_000] : [100_000, 300_000, 1_000_000], quick ? 2 : 10)
  const columns = [{ name: "search" }, { name: "bare loop" }, { name: "ratio" }]
  return {
    title: `the best ${topK} of ${
      rows.toLocaleString("en-US")
    } vectors of ${dimension} numbers, in the engine of the embedded server`,
    versions: {},
    notes: [
      `medians of ${rounds} rounds after ${early}, in turns, in one process`,
      `recall: of the best ${topK}, by ${
        recall.queries.toLocaleString("en-US")
      } queries for each, against a plain evaluation of every vector in doubles`
    ],
    tables: [
      { title: "In ms", columns, rows: [...floats, ...codes, ...filtered] },
      { title: "By the number of vectors, by the cosine, in ms", columns, rows: sized },
      {
        title: "Through the server, one client and two at once, in ms a query",
        columns: [{ name: "one" }, { name: "two" }, { name: "ratio" }],
        rows: together.map(({ alone, size, together }) => ({
          name: `${size.toLocaleString("en-US")} vectors`,
          values: [alone, together, together / alone]
        }))
      },
      {
        title: "Recall",
        columns: searchRecall.metrics.map((name) => ({ name, digits: 4 })),
        rows: recall.rows
      }
    ],
    charts: [sizesChart(sized)],
    ratios: [
      ...ratiosOf(floats, 0.35),
      ...ratiosOf(codes, 0.12),
      { name: "recall, the lowest", value: recall.lowest, target: { atLeast: 1 } },
      ...ratiosOf(filtered),
      ...ratiosOf(sized),
      ...together.map(({ alone, size, together }) => ({
        name: `two queries at once of ${size.toLocaleString("en-US")} vectors, to one`,
        value: together / alone,
        target: { atMost: 1.3 }
      }))
    ]
  }
}

export const benchmark: Benchmark = {
  name: "search",
  about: "the search of the embedded server's engine, beside a bare loop",
  minutes: 30,
  run
}
