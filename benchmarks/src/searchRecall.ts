/**
 * Whether the search of the embedded server's engine finds the best ten, by each metric: of the vectors of words, of the
 * documents of the examples, and of made-up ones in clusters; against a plain evaluation of every vector, in doubles.
 */
import { getEmbeddingsPath } from "@sap-ux/fiori-docs-embeddings"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { atOnce } from "../../packages/local/src/internal/job.js"
import type { Metric } from "../../packages/local/src/internal/namespaceView.js"
import { NamespaceView } from "../../packages/local/src/internal/namespaceView.js"
import * as clusteredVectors from "./clusteredVectors.js"
import type { Row } from "./report.js"
import * as words from "./words.js"
import * as wordVectors from "./wordVectors.js"

const topK = 10

export const metrics: ReadonlyArray<Metric> = ["dotproduct", "euclidean", "cosine"]

interface Vectors {
  readonly name: string
  readonly dimension: number
  readonly block: Float32Array
  readonly queries: ReadonlyArray<Float32Array>
}

const row = ({ block, dimension }: Pick<Vectors, "block" | "dimension">, i: number): Float32Array =>
  block.subarray(i * dimension, (i + 1) * dimension)

/** The commonest words, asked for those that are nearest to rarer ones. */
const ofWords = (count: number, queries: number): Vectors => {
  const dimension = wordVectors.numbers
  const all = wordVectors.read(words.areThere() ? words.numbersFile : undefined, wordVectors.words)
  const step = Math.floor((wordVectors.words - count) / queries)
  return {
    name: words.areThere() ? "vectors of words" : "MADE-UP vectors instead of words",
    dimension,
    block: all.subarray(0, count * dimension),
    queries: Array.from({ length: queries }, (_, i) => row({ block: all, dimension }, count + i * step))
  }
}

/** The documents, asked for with their own vectors and with what lies between two of them. */
const ofDocuments = (queries: number): Vectors => {
  const dimension = 384
  const bytes = Fs.readFileSync(Path.join(getEmbeddingsPath(), "embeddings.bin"))
  const block = new Float32Array(new Uint8Array(bytes).buffer)
  const count = block.length / dimension
  return {
    name: "documents of the examples",
    dimension,
    block,
    queries: Array.from({ length: queries }, (_, i) => {
      const own = row({ block, dimension }, i % count)
      const other = row({ block, dimension }, (i + 1) % count)
      return i < count ? own : own.map((value, j) => (value + other[j]!) / 2)
    })
  }
}

const inClusters = (count: number, queries: number): Vectors => {
  const dimension = 384
  const asked = clusteredVectors.make(queries, dimension, 3)
  return {
    name: "made-up vectors in clusters",
    dimension,
    block: clusteredVectors.make(count, dimension, 2),
    queries: Array.from({ length: queries }, (_, i) => row({ block: asked, dimension }, i))
  }
}

const product = (block: Float32Array, at: number, query: Float32Array): number => {
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < query.length; i += 4) {
    a += block[at + i]! * query[i]!
    b += block[at + i + 1]! * query[i + 1]!
    c += block[at + i + 2]! * query[i + 2]!
    d += block[at + i + 3]! * query[i + 3]!
  }
  return a + b + c + d
}

/** A larger one is better. */
const scoreBy: Readonly<Record<Metric, (product: number, square: number, ofQuery: number) => number>> = {
  dotproduct: (product) => product,
  euclidean: (product, square, ofQuery) => 2 * product - square - ofQuery,
  cosine: (product, square, ofQuery) => product === 0 ? 0 : product / Math.sqrt(square * ofQuery)
}

/** Keeps the best scores, the last of them at the end. */
const insert = (best: Float64Array, score: number): void => {
  let at = best.length - 1
  for (; at > 0 && best[at - 1]! < score; at--) best[at] = best[at - 1]!
  best[at] = score
}

/** The share of the best that the engine finds. One with the score of the last of them counts as one of them. */
const recalls = ({ block, dimension, queries }: Vectors): ReadonlyArray<number> => {
  const count = block.length / dimension
  const squares = new Float64Array(count)
  for (let i = 0; i < count; i++) squares[i] = product(block, i * dimension, row({ block, dimension }, i))
  const products = new Float64Array(count)
  const best = metrics.map(() => new Float64Array(topK))
  const views = metrics.map((metric) => {
    const view = new NamespaceView({ metric, dimension })
    for (let i = 0; i < count; i++) {
      view.upsert({
        id: String(i),
        values: row({ block, dimension }, i),
        sparseValues: undefined,
        metadata: undefined
      })
    }
    return view
  })
  const found = metrics.map(() => 0)
  for (const query of queries) {
    const ofQuery = product(query, 0, query)
    for (let i = 0; i < count; i++) products[i] = product(block, i * dimension, query)
    metrics.forEach((metric, m) => {
      const score = scoreBy[metric]
      const last = best[m]!.fill(-Infinity)
      for (let i = 0; i < count; i++) {
        const one = score(products[i]!, squares[i]!, ofQuery)
        if (one > last[topK - 1]!) insert(last, one)
      }
      const rounding = 1e-9 * (Math.abs(last[topK - 1]!) + (metric === "cosine" ? 1 : ofQuery))
      for (const { id } of atOnce(views[m]!.search({ vector: query, topK }))) {
        const i = Number(id)
        if (score(products[i]!, squares[i]!, ofQuery) >= last[topK - 1]! - rounding) found[m]!++
      }
    })
  }
  return found.map((count) => count / (topK * queries.length))
}

export interface Recalls {
  readonly queries: number
  /** The lowest of all. */
  readonly lowest: number
  readonly rows: ReadonlyArray<Row>
}

export const measure = (quick: boolean): Recalls => {
  const queries = quick ? 50 : 1000
  const count = quick ? 20_000 : 100_000
  const makers = [() => ofWords(count, queries), () => ofDocuments(queries), () => inClusters(count, queries)]
  const rows = makers.map((make) => {
    const vectors = make()
    const size = (vectors.block.length / vectors.dimension).toLocaleString("en-US")
    return { name: `${size} ${vectors.name}, of ${vectors.dimension} numbers`, values: recalls(vectors) }
  })
  return { queries, lowest: Math.min(...rows.flatMap(({ values }) => values)), rows }
}
