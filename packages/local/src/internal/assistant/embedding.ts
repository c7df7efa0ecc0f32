import * as Effect from "effect/Effect"
import type { Embedded, Words } from "../../LocalModels.js"
import * as catalog from "../catalog.js"
import type { InstalledModels } from "../installedModels.js"
import type { SparseVector } from "../namespaceView.js"
import type * as problem from "../problem.js"

/** What the assistants ask of the models. */
export interface Embedding {
  /** How many numbers a dense vector has. */
  readonly dimension: number
  readonly dense: (texts: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<Float32Array>, problem.Problem>
  /** The words of texts, as vectors of length 1, where a text has any. */
  readonly sparse: (
    texts: ReadonlyArray<string>,
    inputType: "query" | "passage"
  ) => Effect.Effect<ReadonlyArray<SparseVector | undefined>, problem.Problem>
  /** How relevant texts are to a query, each with its dense vector: 0 to 1. */
  readonly rank: (
    query: Embedded,
    texts: ReadonlyArray<Embedded>
  ) => Effect.Effect<ReadonlyArray<number>, problem.Problem>
  readonly words: Effect.Effect<Words, problem.Problem>
}

/** The same direction with length 1; nothing where there is no direction. */
const unit = ({ indices, values }: SparseVector): SparseVector | undefined => {
  let squares = 0
  for (const value of values) squares += value * value
  return squares === 0 ? undefined : { indices, values: values.map((value) => value / Math.sqrt(squares)) }
}

/** The dense and the sparse model, and the reranker. */
export const make = (installed: InstalledModels): Embedding => ({
  dimension: catalog.denseDimension,
  words: installed.words,
  dense: (texts) =>
    Effect.map(
      installed.embedDense(texts, { maxTokens: catalog.densePieces, truncate: "END" }),
      ({ values }) => values
    ),
  sparse: (texts, inputType) =>
    Effect.gen(function*() {
      const { termsOf } = yield* installed.words
      const hasWords = texts.map((text) => termsOf(text).length > 0)
      const { values } = yield* installed.embedSparse(texts.filter((_, i) => hasWords[i]), {
        inputType,
        maxTokens: catalog.sparseWords,
        truncate: "END"
      })
      const vectors = values.values()
      return hasWords.map((has) => {
        const next = has ? vectors.next() : undefined
        return next === undefined || next.done === true ? undefined : unit(next.value)
      })
    }),
  rank: installed.rank
})
