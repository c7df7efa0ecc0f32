import * as Effect from "effect/Effect"
import type { Models } from "../models.js"
import * as catalog from "../models/catalog.js"
import * as reranker from "../models/reranker.js"
import type { Rarity } from "../models/terms.js"
import * as terms from "../models/terms.js"
import type { SparseVector } from "../namespaceView.js"
import * as problem from "../problem.js"

/** A text and its dense vector. */
export interface Embedded {
  readonly text: string
  readonly vector: Float32Array
}

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
  /** How rare the terms of English are. */
  readonly rarity: Effect.Effect<Rarity, problem.Problem>
}

/** The same direction with length 1; nothing where there is no direction. */
const unit = ({ indices, values }: SparseVector): SparseVector | undefined => {
  let squares = 0
  for (const value of values) squares += value * value
  return squares === 0 ? undefined : { indices, values: values.map((value) => value / Math.sqrt(squares)) }
}

/** The server's own models. */
export const make = (models: Models): Effect.Effect<Embedding> =>
  Effect.map(Effect.cached(terms.rarity), (rarity): Embedding => ({
    dimension: catalog.denseDimension,
    rarity,
    dense: (texts) =>
      Effect.flatMap(models.embed(catalog.dense, texts), (embedded) =>
        embedded.vectorType === "dense"
          ? Effect.succeed(embedded.values)
          : problem.internal(`${catalog.dense} is not dense`)),
    sparse: (texts, inputType) => {
      const hasWords = texts.map((text) => terms.wordsOf(text).length > 0)
      return Effect.flatMap(
        models.embed(catalog.sparse, texts.filter((_, i) => hasWords[i]), { inputType }),
        (embedded) => {
          if (embedded.vectorType === "dense") return problem.internal(`${catalog.sparse} is not sparse`)
          const vectors = embedded.values.values()
          return Effect.succeed(hasWords.map((has) => {
            const next = has ? vectors.next() : undefined
            return next === undefined || next.done === true ? undefined : unit(next.value)
          }))
        }
      )
    },
    rank: (query, texts) => Effect.map(rarity, (rarity) => reranker.scores(query, texts, rarity))
  }))
