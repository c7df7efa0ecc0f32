import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Request from "effect/Request"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import { EmbedFailed } from "../src/Embedding.js"
import * as Inference from "../src/Inference.js"
import type { Answer, Asked, EmbedBody } from "./utils/models.js"
import { embeddings, key, model, refused, serving } from "./utils/models.js"

const bodyOf = ({ body }: Asked) => body as EmbedBody

/** Answers embeddings, and says of each model that it takes so many texts. */
const embedding = (maxBatchSize = 96) => (asked: Asked): Answer =>
  asked.path === "/embed"
    ? embeddings(bodyOf(asked))
    : { status: 200, body: model("m", { max_batch_size: maxBatchSize }) }

/** Runs an effect to its end while the clock moves on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>, by: Duration.DurationInput = "30 minutes") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(by)
    return yield* Fiber.join(fiber)
  })

const using = <A, E>(use: (inference: Inference.Service) => Effect.Effect<A, E>) =>
  Effect.flatMap(Inference.Inference, use)

/** A value of a type that the compiler would refuse. */
const wrong = (value: unknown): never => value as never

describe("embed", () => {
  it.effect("sends the names of the API, and reads dense vectors", () => {
    const { asked, layer } = serving(embedding())
    return Effect.gen(function*() {
      const found = yield* using((inference) =>
        inference.embed({
          model: "m",
          inputs: ["one", "three"],
          parameters: { inputType: "query", truncate: "END", dimension: 2, extra: true }
        })
      )
      assert.deepStrictEqual(asked, [{
        method: "POST",
        path: "/embed",
        body: {
          model: "m",
          inputs: [{ text: "one" }, { text: "three" }],
          parameters: { dimension: 2, extra: true, input_type: "query", truncate: "END" }
        }
      }])
      assert.deepStrictEqual(found.embeddings.map(({ values }) => values?.[0]), [3, 5])
      assert.instanceOf(found.embeddings[0]?.values, Float32Array)
      assert.deepStrictEqual([found.model, found.usage.totalTokens], ["m", 2])
    }).pipe(Effect.provide(layer))
  })

  it.effect("reads sparse vectors as an upsert takes them", () => {
    const { layer } = serving(() => ({
      status: 200,
      body: {
        model: "m",
        vector_type: "sparse",
        data: [{
          vector_type: "sparse",
          sparse_indices: [7, 4_294_967_295],
          sparse_values: [0.5, 1.5],
          sparse_tokens: ["quick", "fox"]
        }],
        usage: { total_tokens: 2 }
      }
    }))
    return Effect.gen(function*() {
      const { embeddings: [first] } = yield* using((inference) =>
        inference.embed({ model: "m", inputs: ["quick fox"] })
      )
      assert.deepStrictEqual(first, {
        vectorType: "sparse",
        values: undefined,
        sparseValues: { indices: Uint32Array.of(7, 4_294_967_295), values: Float32Array.of(0.5, 1.5) },
        tokens: ["quick", "fox"]
      })
    }).pipe(Effect.provide(layer))
  })

  it.effect("refuses what cannot be embedded before anything is sent, and says where it is", () => {
    const { asked, layer } = serving(embedding())
    return Effect.gen(function*() {
      const cases = [
        [{ model: "m", inputs: [] }, "inputs"],
        [{ model: "m", inputs: ["a", ""] }, "inputs[1]"],
        [{ model: "", inputs: ["a"] }, "model"],
        [{ model: "m", inputs: ["a"], parameters: { dimension: 0.5 } }, "parameters.dimension"],
        [{ model: "m", inputs: ["a"], parameters: { dimension: wrong("512") } }, "parameters.dimension"],
        [{ model: "m", inputs: ["a"], parameters: { seed: wrong(1n) } }, "parameters.seed"],
        [{ model: "m", inputs: ["a"], parameters: wrong("END") }, "parameters"],
        [{ model: wrong(5), inputs: ["a"] }, "model"],
        [{ model: "m", inputs: wrong("text") }, "inputs"],
        [{ model: "m", inputs: wrong(undefined) }, "inputs"],
        [{ model: "m", inputs: ["a", wrong(null)] }, "inputs[1]"],
        [{ model: "m", inputs: wrong(["a", , "b"]) }, "inputs[1]"],
        [wrong(null), "options"],
        [wrong(undefined), "options"]
      ] as const
      for (const [options, field] of cases) {
        const error = yield* Effect.flip(using((inference) => inference.embed(options)))
        assert(error._tag === "PineconeInvalidRequest")
        assert.deepStrictEqual([error.field, error.attempts, error.operation], [field, 0, "embed"])
      }
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("an answer that is not what the API defines is an error, and no error shows the key", () => {
    const { layer } = serving(() => ({
      status: 200,
      body: { model: "m", vector_type: "dense", data: [{}], usage: {} }
    }))
    return Effect.gen(function*() {
      const exit = yield* Effect.exit(using((inference) => inference.embed({ model: "m", inputs: ["a"] })))
      assert(exit._tag === "Failure")
      const failure = Cause.failureOption(exit.cause)
      assert(failure._tag === "Some")
      assert.strictEqual(failure.value._tag, "PineconeInvalidResponse")
      assert.notInclude(inspect(exit, { depth: 20 }), key)
    }).pipe(Effect.provide(layer))
  })
})

describe("an answer that does not fit what was asked", () => {
  it.effect("is an error, and nobody gets another text's vector or document", () => {
    const { layer } = serving((asked) =>
      asked.path === "/embed"
        ? embeddings({ ...bodyOf(asked), inputs: bodyOf(asked).inputs.slice(1) })
        : { status: 200, body: { model: "r", data: [{ index: 2, score: 1 }], usage: {} } }
    )
    return Effect.gen(function*() {
      const embedded = yield* Effect.flip(using((inference) => inference.embed({ model: "m", inputs: ["a", "b"] })))
      assert.strictEqual(embedded._tag, "PineconeInvalidResponse")
      assert.include(embedded.message, "1 embeddings for 2 texts")
      const text = yield* Effect.flip(using((inference) => inference.embedText("a", { model: "m" })))
      assert.strictEqual(text._tag, "PineconeInvalidResponse")
      const ranked = yield* Effect.flip(
        using((inference) => inference.rerank({ model: "r", query: "q", documents: ["a", "b"] }))
      )
      assert.strictEqual(ranked._tag, "PineconeInvalidResponse")
    }).pipe(Effect.provide(layer))
  })
})

describe("embedStream", () => {
  it.effect.prop(
    "keeps the order and loses nothing, in requests no larger than the model takes",
    {
      texts: fc.array(fc.string({ minLength: 1, maxLength: 8 }), { maxLength: 60 }),
      size: fc.integer({ min: 1, max: 20 }),
      maxConcurrency: fc.integer({ min: 1, max: 6 })
    },
    ({ maxConcurrency, size, texts }) => {
      let n = 0
      const { asked, layer } = serving((asked) => {
        // The later a request comes, the earlier it may be answered.
        const wait = [40, 10, 30, 0, 20][n++ % 5]!
        return Effect.delay(Effect.succeed(embedding(size)(asked)), wait)
      })
      return Effect.gen(function*() {
        const found = yield* later(
          using((inference) =>
            Stream.runCollect(inference.embedStream(Stream.fromIterable(texts), { model: "m", maxConcurrency }))
          )
        )
        const all = Chunk.toReadonlyArray(found)
        assert.deepStrictEqual(all.map(({ text }) => text), texts)
        assert.deepStrictEqual(all.map(({ values }) => values?.[0]), texts.map((text) => text.length))
        const requests = asked.filter(({ path }) => path === "/embed").map(bodyOf)
        assert.isTrue(requests.every(({ inputs }) => inputs.length >= 1 && inputs.length <= size))
        assert.strictEqual(requests.length, Math.ceil(texts.length / size))
      }).pipe(Effect.provide(layer))
    }
  )

  it.effect("10,000 texts through a host that bears four requests at a time: all of them, in order", () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => `text ${i}`)
    let inFlight = 0
    let refusals = 0
    const { asked, layer } = serving((asked) =>
      Effect.suspend(() => {
        if (asked.path !== "/embed") return Effect.succeed(embedding()(asked))
        if (inFlight >= 4) {
          refusals++
          return Effect.succeed(refused(429, "too many", { "retry-after": "1" }))
        }
        inFlight++
        return Effect.delay(
          Effect.sync(() => {
            inFlight--
            return embeddings(bodyOf(asked))
          }),
          "100 millis"
        )
      })
    )
    return Effect.gen(function*() {
      const found = yield* later(
        using((inference) => inference.embedAll(texts, { model: "m", maxConcurrency: 32 })),
        "2 hours"
      )
      assert.strictEqual(found.embeddings.length, 10_000)
      assert.isTrue(found.embeddings.every(({ values }, i) => values?.[0] === texts[i]!.length))
      assert.deepStrictEqual([found.requests, found.totalTokens], [Math.ceil(10_000 / 96), 10_000])
      // It learns how many the host bears, and does not ask in vain each time.
      assert.isAbove(refusals, 0)
      assert.isBelow(refusals, asked.length / 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("a batch that the server refuses gives its texts back, after what came before it", () => {
    const { layer } = serving((asked) =>
      asked.path === "/embed" && bodyOf(asked).inputs.some(({ text }) => text === "bad")
        ? refused(400, "this is not embedded")
        : embedding()(asked)
    )
    return Effect.gen(function*() {
      const seen: Array<string> = []
      const error = yield* later(
        Effect.flip(
          using((inference) =>
            inference.embedStream(Stream.make("a", "b", "c", "bad", "d"), {
              model: "m",
              batchSize: 2,
              maxConcurrency: 1
            })
              .pipe(Stream.runForEach(({ text }) => Effect.sync(() => seen.push(text))))
          )
        )
      )
      assert.instanceOf(error, EmbedFailed)
      assert.deepStrictEqual([error.texts, error.position, error.error._tag], [
        ["c", "bad"],
        2,
        "PineconeInvalidRequest"
      ])
      assert.include(error.message, "2 texts were not embedded")
      assert.deepStrictEqual(seen, ["a", "b"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("goes on after a server that was gone for a while", () => {
    let failures = 12
    const { layer } = serving((asked) =>
      asked.path === "/embed" && failures-- > 0 ? refused(503, "not there") : embedding()(asked)
    )
    return Effect.gen(function*() {
      const found = yield* later(using((inference) => inference.embedAll(["a", "b"], { model: "m" })))
      assert.strictEqual(found.embeddings.length, 2)
    }).pipe(Effect.provide(layer))
  })
})

describe("embedText", () => {
  it.effect("is one request for all who ask at the same time, and a text is sent once", () => {
    const { asked, layer } = serving(embedding())
    return Effect.gen(function*() {
      const texts = Array.from({ length: 50 }, (_, i) => `text ${i % 25}`)
      const found = yield* using((inference) =>
        Effect.forEach(texts, (text) => inference.embedText(text, { model: "m" }), {
          concurrency: "unbounded",
          batching: true
        })
      )
      assert.deepStrictEqual(found.map(({ values }) => values?.[0]), texts.map((text) => text.length))
      assert.strictEqual(asked.length, 1)
      assert.strictEqual(bodyOf(asked[0]!).inputs.length, 25)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is a request for each model and its parameters", () => {
    const { asked, layer } = serving(embedding())
    return Effect.gen(function*() {
      yield* using((inference) =>
        Effect.all([
          inference.embedText("a", { model: "m", parameters: { inputType: "query", truncate: "END" } }),
          inference.embedText("b", { model: "m", parameters: { truncate: "END", inputType: "query" } }),
          inference.embedText("c", { model: "m", parameters: { inputType: "passage" } }),
          inference.embedText("d", { model: "n" })
        ], { concurrency: "unbounded", batching: true })
      )
      assert.sameDeepMembers(
        asked.map(bodyOf).map(({ inputs, model }) => [model, inputs.map(({ text }) => text).join()]),
        [["m", "a,b"], ["m", "c"], ["n", "d"]]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("all who ask get the error", () => {
    const { layer } = serving(() => refused(400))
    return Effect.gen(function*() {
      const found = yield* using((inference) =>
        Effect.forEach(["a", "b"], (text) => Effect.flip(inference.embedText(text, { model: "m" })), {
          concurrency: "unbounded",
          batching: true
        })
      )
      assert.deepStrictEqual(found.map(({ _tag }) => _tag), ["PineconeInvalidRequest", "PineconeInvalidRequest"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("is kept by a cache", () => {
    const { asked, layer } = serving(embedding())
    return Effect.gen(function*() {
      const cache = yield* Request.makeCache({ capacity: 10, timeToLive: "1 hour" })
      const embed = using((inference) => inference.embedText("a", { model: "m" })).pipe(
        Effect.withRequestCaching(true),
        Effect.withRequestCache(cache)
      )
      yield* embed
      yield* embed
      assert.strictEqual(asked.length, 1)
    }).pipe(Effect.provide(layer))
  })
})

describe("rerank", () => {
  const ranking = (asked: Asked): Answer => {
    const { documents, top_n } = asked.body as {
      readonly documents: ReadonlyArray<Readonly<Record<string, string>>>
      readonly top_n?: number
    }
    return {
      status: 200,
      body: {
        model: "r",
        data: documents.map((_, index) => ({ index, score: index / 10 })).reverse().slice(0, top_n),
        usage: { rerank_units: 1 }
      }
    }
  }

  it.effect("gives the documents that it was given, the most relevant first", () => {
    const { asked, layer } = serving(ranking)
    return Effect.gen(function*() {
      const texts = yield* using((inference) =>
        inference.rerank({ model: "r", query: "q", documents: ["a", "b", "c"], topN: 2 })
      )
      assert.deepStrictEqual(texts.ranked.map(({ document, index }) => [document, index]), [["c", 2], ["b", 1]])
      assert.deepStrictEqual(asked[0]?.body, {
        model: "r",
        query: "q",
        top_n: 2,
        return_documents: false,
        documents: [{ text: "a" }, { text: "b" }, { text: "c" }]
      })
      const one = { id: 1, title: "one" }
      const two = { id: 2, title: "two" }
      const objects = yield* using((inference) =>
        inference.rerank({ model: "r", query: "q", documents: [one, two], rankFields: ["title"] })
      )
      assert.strictEqual(objects.ranked[0]?.document, two)
      assert.deepStrictEqual(objects.usage, { rerankUnits: 1 })
    }).pipe(Effect.provide(layer))
  })

  it.effect("refuses what cannot be ranked before anything is sent", () => {
    const { asked, layer } = serving(ranking)
    return Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Inference.RerankOptions<Inference.Document>, string]> = [
        [{ model: "r", query: "q", documents: [] }, "documents"],
        [{ model: "r", query: "", documents: ["a"] }, "query"],
        [{ model: "r", query: "q", documents: ["a", { title: "b" }] }, "documents[1].text"],
        [{ model: "r", query: "q", documents: ["a"], rankFields: [] }, "rankFields"],
        [{ model: "r", query: "q", documents: ["a"], topN: 0 }, "topN"],
        [{ model: "r", query: "q", documents: ["a"], topN: wrong("1") }, "topN"],
        [{ model: "r", query: "q", documents: wrong("a") }, "documents"],
        [{ model: "r", query: "q", documents: ["a", wrong(null)] }, "documents[1]"],
        [{ model: "r", query: "q", documents: [{ text: "a", n: 1n }] }, "documents[0].n"],
        [{ model: "r", query: wrong(5), documents: ["a"] }, "query"],
        [{ model: "r", query: "q", documents: ["a"], rankFields: wrong("text") }, "rankFields"],
        [{ model: "r", query: "q", documents: ["a"], parameters: wrong([1]) }, "parameters"],
        [wrong(undefined), "options"]
      ]
      for (const [options, field] of cases) {
        const error = yield* Effect.flip(using((inference) => inference.rerank(options)))
        assert(error._tag === "PineconeInvalidRequest")
        assert.deepStrictEqual([error.field, error.operation], [field, "rerank"])
      }
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.provide(layer))
  })
})

describe("models", () => {
  it.effect("are listed by type and described by name", () => {
    const { asked, layer } = serving(({ path }) => ({
      status: 200,
      body: path.startsWith("/models/") ? model("a/b", { max_batch_size: 7 }) : { models: [model("x"), model("y")] }
    }))
    return Effect.gen(function*() {
      const listed = yield* using((inference) => inference.listModels({ type: "embed", vectorType: "sparse" }))
      const described = yield* using((inference) => inference.describeModel("a/b"))
      assert.deepStrictEqual(listed.map(({ model }) => model), ["x", "y"])
      assert.deepStrictEqual([described.model, described.maxBatchSize], ["a/b", 7])
      assert.deepStrictEqual(asked.map(({ path }) => path), ["/models?type=embed&vector_type=sparse", "/models/a%2Fb"])
    }).pipe(Effect.provide(layer))
  })
})
