/**
 * The models of the embedded server, and what reads the files of its assistants.
 *
 * The server finds this package by itself: install it beside `@effect-pinecone/local`, and embedding, reranking, text
 * records and assistants work, in the process and with `pinecone-local`.
 *
 * ```ts
 * import * as Inference from "@effect-pinecone/inference/Inference"
 * import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const inference = yield* Inference.Inference
 *   return yield* inference.embed({ model: "universal-sentence-encoder-lite", inputs: ["A cat sat."] })
 * }).pipe(Effect.provide(Inference.layer), Effect.provide(PineconeLocal.layer()))
 * ```
 *
 * @since 0.1.0
 */
import type { Service } from "@effect-pinecone/local/LocalModels"
import { LocalModels } from "@effect-pinecone/local/LocalModels"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as denseModel from "./internal/dense.js"
import * as documents from "./internal/documents.js"
import * as reranker from "./internal/reranker.js"
import * as sparseModel from "./internal/sparse.js"
import * as terms from "./internal/terms.js"

/**
 * The models. The dense one runs in threads of its own, at most two, which start with the first texts and end with the
 * scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, FileSystem.FileSystem | Scope.Scope> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const dense = yield* denseModel.make()
  const rarity = yield* Effect.cached(terms.rarity)
  return LocalModels.of({
    embedDense: dense.embed,
    embedSparse: (texts, options) =>
      Effect.flatMap(rarity, (rarity) => sparseModel.embed(texts, { ...options, rarity })),
    rank: (query, documents) => Effect.map(rarity, (rarity) => reranker.scores(query, documents, rarity)),
    words: Effect.map(rarity, (rarity) => ({ rarity, termsOf: (text) => terms.termsOf(terms.wordsOf(text)) })),
    readDocument: (kind, file) => documents.read(fs, kind, file)
  })
})

/**
 * The models, for a program that uses them without the server.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<LocalModels, never, FileSystem.FileSystem> = Layer.scoped(LocalModels, make)
