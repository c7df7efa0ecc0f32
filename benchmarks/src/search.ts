/**
 * A top-10 query over 100,000 vectors of dimension 384, on two sides: the search of the embedded server, and a bare
 * loop over one contiguous array that computes every score and keeps only the best.
 */
import type { Metadata, Predicate } from "../../packages/local/src/internal/filter.js"
import { compile, FilterProblem } from "../../packages/local/src/internal/filter.js"
import { atOnce } from "../../packages/local/src/internal/job.js"
import type { Metric } from "../../packages/local/src/internal/namespaceView.js"
import { NamespaceView } from "../../packages/local/src/internal/namespaceView.js"
import type { Benchmark, Found, Options, Row } from "./report.js"
import { median } from "./vectors.js"

const rows = 100_000
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

const randomVector = (next: () => number): Float32Array => Float32Array.from({ length: dimension }, next)

interface Data {
  readonly values: Float32Array
  readonly inverseNorms: Float64Array
  readonly years: Uint16Array
}

const makeData = (): Data => {
  const next = random(1)
  const values = new Float32Array(rows * dimension)
  const inverseNorms = new Float64Array(rows)
  const years = new Uint16Array(rows)
  for (let row = 0; row < rows; row++) {
    const vector = randomVector(next)
    values.set(vector, row * dimension)
    inverseNorms[row] = 1 / Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    years[row] = 1950 + Math.floor((next() + 1) * 50)
  }
  return { values, inverseNorms, years }
}

const metadataOf = (data: Data, row: number): Metadata => ({ year: data.years[row], genre: "comedy" })

const fill = (metric: Metric, data: Data): NamespaceView => {
  const view = new NamespaceView({ metric, dimension })
  for (let row = 0; row < rows; row++) {
    view.upsert({
      id: `record-${row}`,
      values: data.values.subarray(row * dimension, (row + 1) * dimension),
      sparseValues: undefined,
      metadata: metadataOf(data, row)
    })
  }
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

/** The filter too is written out by hand, over years in an array of numbers rather than in the metadata of records. */
const bareFiltered = (from: number): Bare => ({ inverseNorms, values, years }, query) => {
  const scale = 1 / Math.sqrt(query.reduce((sum, value) => sum + value * value, 0))
  let best = -Infinity
  for (let at = 0, row = 0; at < values.length; at += dimension, row++) {
    if (years[row] < from) continue
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

const yearFrom = (from: number): Predicate => {
  const predicate = compile({ year: { $gte: from } })
  if (predicate instanceof FilterProblem) throw new Error(predicate.message)
  return predicate
}

const time = <A>(f: () => A): readonly [milliseconds: number, result: A] => {
  const start = performance.now()
  const result = f()
  return [performance.now() - start, result]
}

const compareSides = (
  name: string,
  data: Data,
  view: NamespaceView,
  bare: Bare,
  predicate: Predicate | undefined,
  rounds: number
): Row => {
  const next = random(2)
  const ours: Array<number> = []
  const theirs: Array<number> = []
  // The first rounds compile the code.
  for (let round = -3; round < rounds; round++) {
    const query = randomVector(next)
    const search = () => time(() => atOnce(view.search({ vector: query, topK, predicate }))[0].score)
    const loop = () => time(() => bare(data, query))
    // The two sides take turns at going first.
    const early = round % 2 === 0 ? undefined : loop()
    const [searchTime, found] = search()
    const [loopTime, best] = early ?? loop()
    if (Math.abs(found - best) > 1e-6 * Math.abs(best)) throw new Error(`${name}: ${found} is not ${best}`)
    if (round < 0) continue
    ours.push(searchTime)
    theirs.push(loopTime)
  }
  const search = median(ours)
  const loop = median(theirs)
  return { name, values: [search, loop, search / loop] }
}

const run = async ({ quick }: Options): Promise<Found> => {
  const rounds = quick ? 3 : 15
  const data = makeData()
  const cosine = fill("cosine", data)
  const rowsOfTable = [
    compareSides("dotproduct", data, fill("dotproduct", data), bareDot, undefined, rounds),
    compareSides("euclidean", data, fill("euclidean", data), bareEuclidean, undefined, rounds),
    compareSides("cosine", data, cosine, bareCosine, undefined, rounds),
    compareSides("cosine, half of the records match", data, cosine, bareFiltered(2000), yearFrom(2000), rounds),
    compareSides("cosine, 1 in 100 matches", data, cosine, bareFiltered(2049), yearFrom(2049), rounds)
  ]
  return {
    title: `the best ${topK} of ${
      rows.toLocaleString("en-US")
    } vectors of ${dimension} numbers, in the engine of the embedded server`,
    versions: {},
    notes: [`medians of ${rounds} rounds, in turns, in one process`],
    tables: [{
      title: "In ms",
      columns: [{ name: "search" }, { name: "bare loop" }, { name: "ratio" }],
      rows: rowsOfTable
    }],
    ratios: rowsOfTable.map(({ name, values }) => ({ name: `${name}, to the bare loop`, value: values[2]! }))
  }
}

export const benchmark: Benchmark = {
  name: "search",
  about: "the search of the embedded server's engine, beside a bare loop",
  minutes: 10,
  run
}
