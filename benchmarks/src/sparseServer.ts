/** Sparse vectors written and searched through the embedded server, in the process and by the SDK. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SparseVector } from "../../packages/local/src/internal/sparseBlock.js"
import { idOf } from "./vectors.js"

const name = "sparse"

const batchSize = 500

export interface Search {
  readonly sparseVector: SparseVector
  /** Whether a filter keeps one record in a hundred. */
  readonly filtered: boolean
}

export interface Measured {
  /** Of writing all records. */
  readonly seconds: number
  /** Milliseconds of each search, and the ids that it found. */
  readonly searches: ReadonlyArray<{ readonly milliseconds: number; readonly ids: ReadonlyArray<string> }>
}

export const measure = (
  records: ReadonlyArray<SparseVector>,
  partOf: (record: number) => number,
  searches: ReadonlyArray<Search>,
  topK: number
): Promise<Measured> =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* indexes.create({
      name,
      vectorType: "sparse",
      spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
    })
    const index = yield* VectorIndex.make({ name })
    const start = performance.now()
    for (let from = 0; from < records.length; from += batchSize) {
      yield* index.upsert(
        records.slice(from, from + batchSize).map((sparseValues, i) => ({
          id: idOf(from + i),
          sparseValues,
          metadata: { part: partOf(from + i) }
        }))
      )
    }
    const seconds = (performance.now() - start) / 1000
    const found: Array<Measured["searches"][number]> = []
    for (const { filtered, sparseVector } of searches) {
      const start = performance.now()
      const { matches } = yield* index.query({
        sparseVector,
        topK,
        ...(filtered ? { filter: Filter.eq("part", 7) } : {})
      })
      found.push({ milliseconds: performance.now() - start, ids: matches.map(({ id }) => id) })
    }
    return { seconds, searches: found }
  }).pipe(Effect.provide(Layer.provideMerge(Indexes.layer, PineconeLocal.layer())), Effect.runPromise)
