import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as installedModels from "../src/internal/installedModels.js"
import type { Embedded, EmbedOptions } from "../src/internal/models.js"
import * as models from "../src/internal/models.js"

const dense = "universal-sentence-encoder-lite"
const sparse = "lexical-sparse-english"
const reranker = "lexical-embedding-reranker"

const modelsLayer = (options?: models.Options) =>
  models.layer(options).pipe(Layer.provide(installedModels.layer), Layer.provide(NodeFileSystem.layer))

const embed = (model: string, texts: ReadonlyArray<string>, options?: EmbedOptions) =>
  Effect.flatMap(models.ModelsTag, (all) => all.embed(model, texts, options))

const denseOf = (embedded: Embedded): ReadonlyArray<Float32Array> =>
  embedded.vectorType === "dense" ? embedded.values : assert.fail("dense vectors were expected")

const sparseOf = (embedded: Embedded) =>
  embedded.vectorType === "sparse" ? embedded.values : assert.fail("sparse vectors were expected")

const vectorsOf = (texts: ReadonlyArray<string>, options?: EmbedOptions) =>
  Effect.map(embed(dense, texts, options), denseOf)

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, number, i) => sum + number * (y[i] ?? 0), 0)
  if (a === undefined || b === undefined) return assert.fail("a vector is missing")
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

const refused = <A, R>(effect: Effect.Effect<A, models.Problem, R>) =>
  Effect.map(Effect.flip(effect), ({ code, message, status }) => ({ code, message, status }))

describe("what is asked of the models", () => {
  layer(modelsLayer())((it) => {
    const rerank = (query: string, documents: ReadonlyArray<string>) =>
      Effect.flatMap(models.ModelsTag, (all) => all.rerank(reranker, query, documents))

    it.effect("an empty text and a dimension that it has not are refused", () =>
      Effect.gen(function*() {
        for (const text of ["", " \n"]) {
          const { message, status } = yield* refused(embed(dense, ["a", text]))
          assert.deepStrictEqual([status, message], [400, "Input 1 is empty"])
        }
        const error = yield* refused(embed(dense, ["a"], { dimension: 256 }))
        assert.deepStrictEqual([error.status, error.message.includes("256")], [400, true])
      }))

    it.effect("tokens come with a sparse vector where they are asked for", () =>
      Effect.gen(function*() {
        const [bare] = sparseOf(yield* embed(sparse, ["Running rivers"]))
        assert.isUndefined(bare?.tokens)
        const [told] = sparseOf(yield* embed(sparse, ["Running rivers"], { returnTokens: true }))
        assert.deepStrictEqual(Array.from(told?.tokens ?? []).sort(), ["river", "run"])
      }))

    it.effect("a text that is too long or has no word is refused, and so is a dimension of a sparse vector", () =>
      Effect.gen(function*() {
        const long = "cat ".repeat(513)
        for (const [model, texts] of [[dense, ["a", long]], [sparse, ["a", long]], [sparse, ["a", "?!"]]] as const) {
          const error = yield* refused(embed(model, texts, { truncate: "NONE" }))
          assert.deepStrictEqual([error.status, error.code], [400, "INVALID_ARGUMENT"])
          assert.include(error.message, "Input 1 has")
        }
        assert.strictEqual((yield* refused(embed(sparse, ["a"], { dimension: 512 }))).status, 400)
      }))

    it.effect("an empty query is refused, no documents are not, and an empty one has the score 0", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* refused(rerank(" ", ["a"]))).status, 400)
        assert.deepStrictEqual((yield* rerank("a", [])).scores, [])
        const { scores: [same = 0, empty], units } = yield* rerank("a", ["a", " "])
        assert.deepStrictEqual([same > 0, empty, units], [true, 0, 1])
      }))
  })
})

describe("names", () => {
  it.effect("without stand-ins a model of Pinecone's is not here, and the error says what to do", () =>
    Effect.gen(function*() {
      const all = yield* models.ModelsTag
      assert.deepStrictEqual(all.all.map(({ model }) => model), [dense, sparse, reranker])
      const error = yield* refused(all.embed("multilingual-e5-large", ["a"]))
      assert.deepStrictEqual([error.status, error.code], [404, "NOT_FOUND"])
      assert.include(error.message, dense)
      assert.include(error.message, "standIns")
      assert.isUndefined(all.standInFor("multilingual-e5-large"))
      assert.isTrue(Either.isLeft(yield* Effect.either(all.find("multilingual-e5-large"))))
      assert.strictEqual((yield* refused(all.find("gpt"))).message, "Model gpt not found.")
      assert.strictEqual((yield* all.find(dense)).defaultDimension, 512)
    }).pipe(Effect.provide(modelsLayer())))

  it.effect("a model that does something else is refused", () =>
    Effect.gen(function*() {
      const all = yield* models.ModelsTag
      assert.strictEqual((yield* refused(all.embed(reranker, ["a"]))).status, 400)
      assert.strictEqual((yield* refused(all.rerank(dense, "a", ["b"]))).status, 400)
    }).pipe(Effect.provide(modelsLayer())))

  layer(modelsLayer({ standIns: true }))((it) => {
    const texts = ["The cat sits on the mat.", "A kitten rests on the rug.", "Interest rates have gone up."]

    it.effect("a stand-in of a larger dimension has zeros, which change no cosine", () =>
      Effect.gen(function*() {
        const all = yield* models.ModelsTag
        const plain = yield* vectorsOf(texts)
        for (const [model, dimension] of [["multilingual-e5-large", 1024], ["llama-text-embed-v2", 2048]] as const) {
          assert.strictEqual(all.standInFor(model), dense)
          const padded = denseOf(yield* embed(model, texts, { dimension }))
          for (const i of texts.keys()) {
            assert.strictEqual(padded[i]?.length, dimension)
            assert.isTrue(padded[i]?.subarray(512).every((x) => x === 0))
            assert.approximately(cosine(padded[0], padded[i]), cosine(plain[0], plain[i]), 1e-6)
          }
        }
        assert.strictEqual(denseOf(yield* embed("llama-text-embed-v2", ["a"]))[0]?.length, 1024)
      }))

    it.effect("a stand-in of a smaller dimension has length 1, and keeps near what was near", () =>
      Effect.gen(function*() {
        const cut = denseOf(yield* embed("llama-text-embed-v2", texts, { dimension: 384 }))
        for (const vector of cut) {
          assert.strictEqual(vector.length, 384)
          assert.approximately(Math.hypot(...vector), 1, 1e-5)
        }
        assert.isAbove(cosine(cut[0], cut[1]), cosine(cut[0], cut[2]) + 0.2)
      }))

    it.effect("the sparse model and the reranker stand in too", () =>
      Effect.gen(function*() {
        const all = yield* models.ModelsTag
        assert.deepStrictEqual(
          yield* embed("pinecone-sparse-english-v0", texts),
          yield* embed(sparse, texts)
        )
        for (const model of ["bge-reranker-v2-m3", "cohere-rerank-3.5", "pinecone-rerank-v0"]) {
          assert.strictEqual(all.standInFor(model), reranker)
          assert.deepStrictEqual(
            (yield* all.rerank(model, "cat", texts)).units,
            1
          )
        }
        assert.isUndefined(all.standInFor(dense))
      }))
  })
})
