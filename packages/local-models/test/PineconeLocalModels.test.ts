import type { ModelError, Reading, SparseEmbedding } from "@effect-pinecone/local/LocalModels"
import { LocalModels } from "@effect-pinecone/local/LocalModels"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { hashOf } from "../src/internal/terms.js"
import * as PineconeLocalModels from "../src/PineconeLocalModels.js"

const models = PineconeLocalModels.layer.pipe(Layer.provide(NodeFileSystem.layer))

type Truncate = Reading["truncate"]

const embedDense = (texts: ReadonlyArray<string>, truncate: Truncate = "END") =>
  Effect.flatMap(LocalModels, (models) => models.embedDense(texts, { maxTokens: 512, truncate }))

const vectorsOf = (texts: ReadonlyArray<string>, truncate?: Truncate) =>
  Effect.map(embedDense(texts, truncate), ({ values }) => values)

const vectorOf = (text: string) => Effect.map(vectorsOf([text]), ([vector]) => vector ?? new Float32Array(0))

const sparseVectors = (
  texts: ReadonlyArray<string>,
  options: { readonly inputType?: "query" | "passage"; readonly truncate?: Truncate } = {}
) =>
  Effect.flatMap(
    LocalModels,
    (models) => models.embedSparse(texts, { inputType: "passage", maxTokens: 512, truncate: "END", ...options })
  ).pipe(
    Effect.map(({ values }) => values)
  )

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, number, i) => sum + number * (y[i] ?? 0), 0)
  if (a === undefined || b === undefined) return assert.fail("a vector is missing")
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

const product = (a: SparseEmbedding | undefined, b: SparseEmbedding | undefined): number => {
  if (a === undefined || b === undefined) return assert.fail("a vector is missing")
  const weights = new Map(Array.from(a.indices, (index, i) => [index, a.values[i] ?? 0]))
  return b.indices.reduce((sum, index, i) => sum + (weights.get(index) ?? 0) * (b.values[i] ?? 0), 0)
}

/** The message of texts that are no input for a model. */
const invalid = <A, R>(effect: Effect.Effect<A, ModelError, R>) =>
  Effect.map(Effect.flip(effect), ({ message, reason }) => {
    assert.strictEqual(reason, "InvalidInput")
    return message
  })

const sentences = Array.from(
  { length: 40 },
  (_, i) => `Sentence number ${i} tells of ${"another ".repeat(i % 7)}thing.`
)

describe("the dense model", () => {
  layer(models)((it) => {
    it.effect("related sentences are nearer to each other than to others", () =>
      Effect.gen(function*() {
        const pairs = [
          ["The cat sits on the mat.", "A kitten rests on the rug."],
          ["The central bank raised its interest rates.", "Borrowing money has become more expensive."],
          ["How do I bake bread at home?", "A recipe for a simple loaf from your own oven"]
        ] as const
        const left = yield* vectorsOf(pairs.map(([text]) => text))
        const right = yield* vectorsOf(pairs.map(([, text]) => text))
        for (const i of pairs.keys()) {
          for (const j of pairs.keys()) {
            if (i !== j) assert.isAbove(cosine(left[i], right[i]), cosine(left[i], right[j]) + 0.1)
          }
        }
      }))

    it.effect("512 numbers of length 1", () =>
      Effect.gen(function*() {
        const vectors = yield* vectorsOf(["one", "Two words", "Ünïcode 東京 🦊", ".", "x".repeat(5000)])
        for (const vector of vectors) {
          assert.strictEqual(vector.length, 512)
          assert.approximately(Math.hypot(...vector), 1, 1e-4)
        }
      }))

    it.effect("a batch keeps its order, and gives each text what it gets alone", () =>
      Effect.gen(function*() {
        const together = yield* vectorsOf(sentences)
        assert.strictEqual(together.length, sentences.length)
        const apart = yield* Effect.forEach(sentences, vectorOf, { concurrency: "unbounded" })
        for (const i of sentences.keys()) assert.isAbove(cosine(together[i], apart[i]), 0.9999)
        assert.isBelow(cosine(together[0], together[6]), 0.9999)
      }))

    it.effect("no texts have no vectors", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* embedDense([]), { values: [], tokens: 0 })
      }))

    it.effect("white space does not matter, and counts for nothing", () =>
      Effect.gen(function*() {
        const plain = yield* embedDense(["two words"])
        const spaced = yield* embedDense(["  two\n\n\twords "])
        assert.deepStrictEqual(spaced, plain)
        assert.strictEqual(plain.tokens, 2)
      }))

    it.effect("a text that is too long is cut at its end or at its start, or refused", () =>
      Effect.gen(function*() {
        const long = `${"cat ".repeat(512)}${"river ".repeat(512)}`
        const cats = yield* vectorOf("cat ".repeat(512))
        const rivers = yield* vectorOf("river ".repeat(512))
        const end = yield* embedDense([long])
        assert.strictEqual(end.tokens, 512)
        assert.isAbove(cosine(end.values[0], cats), 0.9999)
        const start = yield* vectorsOf([long], "START")
        assert.isAbove(cosine(start[0], rivers), 0.9999)
        const message = yield* invalid(embedDense(["short", long], "NONE"))
        assert.include(message, "Input 1 has more than the 512 tokens")
        assert.strictEqual((yield* embedDense(["cat ".repeat(512)], "NONE")).tokens, 512)
      }))

    it.effect("the event loop turns while it works", () =>
      Effect.gen(function*() {
        let turns = 0
        const turn = (): void => {
          turns++
          next = setImmediate(turn)
        }
        yield* vectorOf("warm")
        let next = setImmediate(turn)
        // It has not seen these: a text that it knows takes it no time.
        yield* vectorsOf(sentences.map((sentence) => `${sentence} Again.`))
        clearImmediate(next)
        assert.isAbove(turns, 10)
      }))

    it.effect("what nobody waits for any more is dropped, and the others are answered", () =>
      Effect.gen(function*() {
        const dropped = yield* Effect.fork(vectorsOf(Array.from({ length: 2000 }, (_, i) => `Text ${i}`)))
        yield* Effect.yieldNow()
        const answered = yield* Effect.fork(vectorOf("Text 7"))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(dropped)
        assert.isAbove(cosine(yield* Fiber.join(answered), yield* vectorOf("Text 7")), 0.9999)
      }))
  })
})

describe("the sparse model", () => {
  layer(models)((it) => {
    const words = FastCheck.array(FastCheck.stringMatching(/^[a-zA-Z0-9éß東]{1,12}$/), { minLength: 1, maxLength: 50 })

    it.effect.prop(
      "indices are distinct and ascending, weights are positive, and a text goes with itself",
      [words, FastCheck.constantFrom("query" as const, "passage" as const)],
      ([all, inputType]) =>
        Effect.gen(function*() {
          const [vector] = yield* sparseVectors([all.join(" ")], { inputType })
          if (vector === undefined) return assert.fail("no vector")
          assert.isAtLeast(vector.indices.length, 1)
          assert.strictEqual(vector.values.length, vector.indices.length)
          for (const i of vector.indices.keys()) {
            assert.isAbove(vector.indices[i] ?? 0, vector.indices[i - 1] ?? -1)
            assert.isAbove(vector.values[i] ?? 0, 0)
          }
          assert.isAbove(product(vector, vector), 0)
        })
    )

    it.effect("any text with a letter has terms", () =>
      Effect.gen(function*() {
        for (const text of ["a", "To be, or not to be", "DON'T", "東京", "é", "-- x --", "it's"]) {
          const [vector] = yield* sparseVectors([text])
          assert.isAbove(vector?.indices.length ?? 0, 0, text)
        }
      }))

    it.effect("shared words count in any form of theirs, words of no meaning do not", () =>
      Effect.gen(function*() {
        const [query] = yield* sparseVectors(["the cats of a physicist"], { inputType: "query" })
        const [cat, dog, grammar] = yield* sparseVectors([
          "A CAT is asleep.",
          "The dog and the bone of another dog",
          "the of a"
        ])
        assert.isAbove(product(query, cat), 0)
        assert.strictEqual(product(query, dog), 0)
        assert.strictEqual(product(query, grammar), 0)
      }))

    it.effect("a rare word weighs more than a common one, and a longer passage less", () =>
      Effect.gen(function*() {
        const tokensOf = (vector: SparseEmbedding | undefined) =>
          new Map(vector?.tokens.map((token, i) => [token, vector.values[i] ?? 0]))
        const [query] = yield* sparseVectors(["year zeppelin"], { inputType: "query" })
        assert.isAbove(tokensOf(query).get("zeppelin") ?? 0, tokensOf(query).get("year") ?? 0)
        const [once, often, long] = yield* sparseVectors(
          ["zeppelin", "zeppelin zeppelin zeppelin", `zeppelin ${sentences.join(" ")}`]
        )
        const weight = (vector: SparseEmbedding | undefined) => tokensOf(vector).get("zeppelin") ?? 0
        assert.isAbove(weight(often), weight(once))
        assert.isBelow(weight(often), 3 * weight(once))
        assert.isBelow(weight(long), weight(once))
      }))

    it.effect("tokens are the stems, and an index is the MurmurHash3 of one", () =>
      Effect.gen(function*() {
        const [told] = yield* sparseVectors(["Running rivers"])
        assert.deepStrictEqual(Array.from(told?.tokens ?? []).sort(), ["river", "run"])
        assert.deepStrictEqual(Array.from(told?.indices ?? []), told?.tokens.map(hashOf))
      }))

    it.effect("a text that is too long is cut or refused, and one without a word is refused", () =>
      Effect.gen(function*() {
        const long = `first ${"middle ".repeat(511)}last`
        const terms = (truncate: "END" | "START") =>
          Effect.map(
            sparseVectors([long], { truncate }),
            ([vector]) => Array.from(vector?.tokens ?? []).sort()
          )
        assert.deepStrictEqual(yield* terms("END"), ["first", "middl"])
        assert.deepStrictEqual(yield* terms("START"), ["last", "middl"])
        assert.include(yield* invalid(sparseVectors([long], { truncate: "NONE" })), "513 tokens")
        for (const text of ["", "?!"]) {
          assert.strictEqual(yield* invalid(sparseVectors(["a", text])), "Input 1 has no word")
        }
      }))
  })
})

describe("the reranker", () => {
  layer(models)((it) => {
    /** An empty document has no vector. */
    const rank = (query: string, documents: ReadonlyArray<string>) =>
      Effect.gen(function*() {
        const { rank } = yield* LocalModels
        const vectors = yield* Effect.forEach(documents, (text) =>
          text === "" ? Effect.succeed(undefined) : vectorOf(text))
        return yield* rank(
          { text: query, vector: yield* vectorOf(query) },
          documents.map((text, i) => ({ text, vector: vectors[i] }))
        )
      })

    it.effect("what answers the query is above what does not, and all scores are from 0 to 1", () =>
      Effect.gen(function*() {
        const scores = yield* rank("What is the capital of France?", [
          "Bananas are rich in potassium.",
          "Paris is the capital of France.",
          "Berlin is the capital of Germany.",
          ""
        ])
        const [bananas = 1, paris = 0, berlin = 0, empty] = scores
        assert.isAbove(paris, berlin)
        assert.isAbove(berlin, bananas)
        assert.strictEqual(empty, 0)
        for (const score of scores) assert.isTrue(score >= 0 && score <= 1)
      }))

    it.effect("a document with the words of the query is above one of its meaning, and repeating them is no way past 1", () =>
      Effect.gen(function*() {
        const scores = yield* rank("zeppelin", ["zeppelin", "airship", "zeppelin ".repeat(40)])
        const [same = 0, alike = 1] = scores
        assert.isAbove(same, 0.6)
        assert.isAbove(same, alike)
        for (const score of scores) assert.isAtMost(score, 1)
      }))
  })
})
