import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import type { Embedded, EmbedOptions } from "../src/internal/models.js"
import * as models from "../src/internal/models.js"
import * as denseModel from "../src/internal/models/dense.js"
import { scores } from "../src/internal/models/reranker.js"
import { hashOf } from "../src/internal/models/terms.js"

const dense = "universal-sentence-encoder-lite"
const sparse = "lexical-sparse-english"
const reranker = "lexical-embedding-reranker"

const embed = (model: string, texts: ReadonlyArray<string>, options?: EmbedOptions) =>
  Effect.flatMap(models.ModelsTag, (all) => all.embed(model, texts, options))

const denseOf = (embedded: Embedded): ReadonlyArray<Float32Array> =>
  embedded.vectorType === "dense" ? embedded.values : assert.fail("dense vectors were expected")

const sparseOf = (embedded: Embedded) =>
  embedded.vectorType === "sparse" ? embedded.values : assert.fail("sparse vectors were expected")

const vectorsOf = (texts: ReadonlyArray<string>, options?: EmbedOptions) =>
  Effect.map(embed(dense, texts, options), denseOf)

const vectorOf = (text: string) => Effect.map(vectorsOf([text]), ([vector]) => vector ?? new Float32Array(0))

const sparseVectors = (texts: ReadonlyArray<string>, options?: EmbedOptions) =>
  Effect.map(embed(sparse, texts, options), sparseOf)

const cosine = (a: Float32Array | undefined, b: Float32Array | undefined): number => {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, number, i) => sum + number * (y[i] ?? 0), 0)
  if (a === undefined || b === undefined) return assert.fail("a vector is missing")
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}

type SparseVector = ReturnType<typeof sparseOf>[number]

const product = (a: SparseVector | undefined, b: SparseVector | undefined): number => {
  if (a === undefined || b === undefined) return assert.fail("a vector is missing")
  const weights = new Map(Array.from(a.indices, (index, i) => [index, a.values[i] ?? 0]))
  return b.indices.reduce((sum, index, i) => sum + (weights.get(index) ?? 0) * (b.values[i] ?? 0), 0)
}

const refused = <A, R>(effect: Effect.Effect<A, models.Problem, R>) =>
  Effect.map(Effect.flip(effect), ({ code, message, status }) => ({ code, message, status }))

const sentences = Array.from(
  { length: 40 },
  (_, i) => `Sentence number ${i} tells of ${"another ".repeat(i % 7)}thing.`
)

describe("the dense model", () => {
  layer(models.layer())((it) => {
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
        assert.deepStrictEqual(yield* embed(dense, []), { vectorType: "dense", values: [], tokens: 0 })
      }))

    it.effect("white space does not matter, and counts for nothing", () =>
      Effect.gen(function*() {
        const plain = yield* embed(dense, ["two words"])
        const spaced = yield* embed(dense, ["  two\n\n\twords "])
        assert.deepStrictEqual(spaced, plain)
        assert.strictEqual(plain.tokens, 2)
      }))

    it.effect("a text that is too long is cut at its end or at its start, or refused", () =>
      Effect.gen(function*() {
        const long = `${"cat ".repeat(512)}${"river ".repeat(512)}`
        const cats = yield* vectorOf("cat ".repeat(512))
        const rivers = yield* vectorOf("river ".repeat(512))
        const end = yield* embed(dense, [long])
        assert.strictEqual(end.tokens, 512)
        assert.isAbove(cosine(denseOf(end)[0], cats), 0.9999)
        const start = yield* vectorsOf([long], { truncate: "START" })
        assert.isAbove(cosine(start[0], rivers), 0.9999)
        const error = yield* refused(embed(dense, ["short", long], { truncate: "NONE" }))
        assert.deepStrictEqual([error.status, error.code], [400, "INVALID_ARGUMENT"])
        assert.include(error.message, "Input 1 has more than the 512 tokens")
        assert.strictEqual((yield* embed(dense, ["cat ".repeat(512)], { truncate: "NONE" })).tokens, 512)
      }))

    it.effect("an empty text and a dimension that it has not are refused", () =>
      Effect.gen(function*() {
        for (const text of ["", " \n"]) {
          const { message, status } = yield* refused(embed(dense, ["a", text]))
          assert.deepStrictEqual([status, message], [400, "Input 1 is empty"])
        }
        const error = yield* refused(embed(dense, ["a"], { dimension: 256 }))
        assert.deepStrictEqual([error.status, error.message.includes("256")], [400, true])
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
        yield* vectorsOf(sentences)
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

describe("a thread of the dense model", () => {
  /** A thread that answers each text with its length, and dies of some. */
  const program = `
    const { parentPort } = require("node:worker_threads")
    let cancelled = 0
    parentPort.on("message", ({ cancel, id, texts }) => {
      if (cancel !== undefined) return cancelled++
      if (texts.includes("cancelled")) return parentPort.postMessage({ id, values: Float32Array.of(cancelled), tokens: 1 })
      if (texts.includes("exit")) process.exit(3)
      if (texts.includes("throw")) throw new Error("a bad text")
      if (texts.includes("fail")) return parentPort.postMessage({ id, failed: "no memory" })
      if (texts.includes("wait")) return
      if (texts.includes("long")) return parentPort.postMessage({ id, tooLong: texts.indexOf("long") })
      parentPort.postMessage({ id, values: Float32Array.from(texts, ({ length }) => length), tokens: 1 })
    })`
  const reading = { pieces: 512, truncate: "END" } as const

  for (const [text, why] of [["exit", "exit code 3"], ["throw", "a bad text"]] as const) {
    it.effect(`that dies (${text}) fails who waits, and is started again for the next`, () =>
      Effect.scoped(Effect.gen(function*() {
        const model = yield* denseModel.make(program, 1)
        const waiting = yield* Effect.fork(Effect.flip(model.embed(["wait"], reading)))
        yield* Effect.repeatN(Effect.yieldNow(), 20)
        const error = yield* Effect.flip(model.embed([text], reading))
        assert.deepStrictEqual([error.status, error.code], [503, "UNAVAILABLE"])
        assert.include(error.message, why)
        assert.strictEqual((yield* Fiber.join(waiting)).status, 503)
        assert.deepStrictEqual(yield* model.embed(["four"], reading), { values: [Float32Array.of(4)], tokens: 1 })
      })))
  }

  it.effect("that fails at a request says so, and goes on", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(program)
      const error = yield* Effect.flip(model.embed(["fail"], reading))
      assert.deepStrictEqual([error.status, error.message.includes("no memory")], [500, true])
      assert.strictEqual((yield* model.embed(["a", "b"], reading)).values.length, 2)
    })))

  it.effect("that is told when nobody waits any more", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(program, 1)
      const cancelled = model.embed(["cancelled"], reading)
      assert.deepStrictEqual((yield* cancelled).values, [Float32Array.of(0)])
      const waiting = yield* Effect.fork(model.embed(["wait"], reading))
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual((yield* cancelled).values, [Float32Array.of(1)])
    })))

  it.effect("shares the texts of a request with others, and their order is kept", () =>
    Effect.scoped(Effect.gen(function*() {
      const model = yield* denseModel.make(program, 3)
      for (const count of [1, 7, 16, 17, 100]) {
        const texts = Array.from({ length: count }, (_, i) => "x".repeat(i + 1))
        const { tokens, values } = yield* model.embed(texts, reading)
        assert.deepStrictEqual(values.map(([length]) => length), texts.map(({ length }) => length))
        // Each thread says 1.
        assert.strictEqual(tokens, count < 16 ? 1 : count < 24 ? 2 : 3)
      }
      const error = yield* Effect.flip(model.embed([...Array.from({ length: 29 }, () => "x"), "long"], reading))
      assert.include(error.message, "Input 29 has more than the 512 tokens")
    })))

  it.effect("ends with its scope", () =>
    Effect.gen(function*() {
      const model = yield* Effect.scoped(Effect.tap(denseModel.make(program), (model) => model.embed(["a"], reading)))
      assert.strictEqual((yield* Effect.flip(model.embed(["a"], reading))).status, 503)
    }))
})

describe("the sparse model", () => {
  layer(models.layer())((it) => {
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
        const tokensOf = (vector: SparseVector | undefined) =>
          new Map(vector?.tokens?.map((token, i) => [token, vector.values[i] ?? 0]))
        const [query] = yield* sparseVectors(["year zeppelin"], { inputType: "query", returnTokens: true })
        assert.isAbove(tokensOf(query).get("zeppelin") ?? 0, tokensOf(query).get("year") ?? 0)
        const [once, often, long] = yield* sparseVectors(
          ["zeppelin", "zeppelin zeppelin zeppelin", `zeppelin ${sentences.join(" ")}`],
          { returnTokens: true }
        )
        const weight = (vector: SparseVector | undefined) => tokensOf(vector).get("zeppelin") ?? 0
        assert.isAbove(weight(often), weight(once))
        assert.isBelow(weight(often), 3 * weight(once))
        assert.isBelow(weight(long), weight(once))
      }))

    it.effect("tokens are the stems, where they are asked for", () =>
      Effect.gen(function*() {
        const [bare] = yield* sparseVectors(["Running rivers"])
        assert.isUndefined(bare?.tokens)
        const [told] = yield* sparseVectors(["Running rivers"], { returnTokens: true })
        assert.deepStrictEqual(Array.from(told?.tokens ?? []).sort(), ["river", "run"])
        assert.deepStrictEqual(Array.from(told?.indices ?? []), told?.tokens?.map(hashOf))
      }))

    it("the index of a term is its MurmurHash3", () => {
      assert.deepStrictEqual(
        ["", "hello", "hello, world", "The quick brown fox jumps over the lazy dog"].map(hashOf),
        [0, 0x248bfa47, 0x149bbb7f, 0x2e4ff723]
      )
    })

    it.effect("a text that is too long is cut or refused, and one without a word is refused", () =>
      Effect.gen(function*() {
        const long = `first ${"middle ".repeat(511)}last`
        const terms = (truncate: "END" | "START") =>
          Effect.map(
            sparseVectors([long], { truncate, returnTokens: true }),
            ([vector]) => Array.from(vector?.tokens ?? []).sort()
          )
        assert.deepStrictEqual(yield* terms("END"), ["first", "middl"])
        assert.deepStrictEqual(yield* terms("START"), ["last", "middl"])
        const error = yield* refused(embed(sparse, [long], { truncate: "NONE" }))
        assert.deepStrictEqual([error.status, error.message.includes("513 tokens")], [400, true])
        for (const text of ["", "?!"]) assert.strictEqual((yield* refused(embed(sparse, [text]))).status, 400)
        assert.strictEqual((yield* refused(embed(sparse, ["a"], { dimension: 512 }))).status, 400)
      }))
  })
})

describe("the reranker", () => {
  layer(models.layer())((it) => {
    const rerank = (query: string, documents: ReadonlyArray<string>) =>
      Effect.flatMap(models.ModelsTag, (all) => all.rerank(reranker, query, documents))

    it.effect("what answers the query is above what does not, and all scores are from 0 to 1", () =>
      Effect.gen(function*() {
        const { scores, units } = yield* rerank("What is the capital of France?", [
          "Bananas are rich in potassium.",
          "Paris is the capital of France.",
          "Berlin is the capital of Germany.",
          ""
        ])
        assert.strictEqual(units, 1)
        const [bananas = 1, paris = 0, berlin = 0, empty] = scores
        assert.isAbove(paris, berlin)
        assert.isAbove(berlin, bananas)
        assert.strictEqual(empty, 0)
        for (const score of scores) assert.isTrue(score >= 0 && score <= 1)
      }))

    it.effect("a document with the words of the query is above one of its meaning, and repeating them is no way past 1", () =>
      Effect.gen(function*() {
        const { scores } = yield* rerank("zeppelin", ["zeppelin", "airship", "zeppelin ".repeat(40)])
        const [same = 0, alike = 1] = scores
        assert.isAbove(same, 0.6)
        assert.isAbove(same, alike)
        for (const score of scores) assert.isAtMost(score, 1)
      }))

    it("a word that the query repeats counts once", () => {
      const vector = Float32Array.of(1, 0)
      const documents = ["a zeppelin", "a balloon", "a zeppelin and a balloon"].map((text) => ({ text, vector }))
      const scored = (text: string) => scores({ text, vector }, documents, (term) => term.length)
      assert.deepStrictEqual(scored("zeppelin zeppelins balloon zeppelin"), scored("zeppelin balloon"))
      assert.notDeepEqual(scored("zeppelin"), scored("zeppelin balloon"))
    })

    it.effect("an empty query is refused, no documents are not", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* refused(rerank(" ", ["a"]))).status, 400)
        assert.deepStrictEqual((yield* rerank("a", [])).scores, [])
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
    }).pipe(Effect.provide(models.layer())))

  it.effect("a model that does something else is refused", () =>
    Effect.gen(function*() {
      const all = yield* models.ModelsTag
      assert.strictEqual((yield* refused(all.embed(reranker, ["a"]))).status, 400)
      assert.strictEqual((yield* refused(all.rerank(dense, "a", ["b"]))).status, 400)
    }).pipe(Effect.provide(models.layer())))

  layer(models.layer({ standIns: true }))((it) => {
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
