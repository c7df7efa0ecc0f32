import * as Assistants from "@effect-pinecone/assistant/Assistants"
import * as Evaluation from "@effect-pinecone/assistant/Evaluation"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import { accepted, assistant, broken, key, notFound, ok, refused, stub } from "./utils/stub.js"

const run = <A, E>(
  server: ReturnType<typeof stub>,
  use: (assistants: Assistants.Service) => Effect.Effect<A, E>
) => Effect.provide(Effect.flatMap(Assistants.Assistants, use), server.layer)

const body = (sent: { readonly body: string } | undefined): unknown => JSON.parse(sent?.body ?? "null")

describe("Assistants", () => {
  it.effect("creates one, in camel case, and asks for it in the names of the wire", () =>
    Effect.gen(function*() {
      const server = stub(ok(assistant("Initializing")))
      const made = yield* run(server, (assistants) =>
        assistants.create({ name: "support", instructions: "Be short.", metadata: { team: "x" }, region: "eu" }))
      assert.deepStrictEqual(body(server.sent[0]), {
        name: "support",
        instructions: "Be short.",
        metadata: { team: "x" },
        region: "eu"
      })
      assert.deepStrictEqual(
        [server.sent[0]?.method, server.sent[0]?.host, server.sent[0]?.path],
        ["POST", "api.pinecone.io", "/assistant/assistants"]
      )
      assert.deepStrictEqual(made.createdAt, new Date("2026-04-01T10:00:00Z"))
      assert.strictEqual(made.instructions, undefined)
      assert.strictEqual(made.status, "Initializing")
    }))

  it.effect("a name that is taken is AlreadyExists, whatever the status, and is not asked for again", () =>
    Effect.gen(function*() {
      for (const status of [409, 429]) {
        const server = stub(refused(status, "ALREADY_EXISTS"))
        const error = yield* Effect.flip(run(server, (assistants) => assistants.create({ name: "support" })))
        assert.strictEqual(error._tag, "PineconeAlreadyExists")
        assert.strictEqual(error.assistant, "support")
        assert.notInclude(error.message, "rate")
        assert.strictEqual(server.sent.length, 1)
      }
    }))

  it.effect("creating is not repeated where it may have been done", () =>
    Effect.gen(function*() {
      const server = stub(broken)
      const error = yield* Effect.flip(run(server, (assistants) => assistants.create({ name: "support" })))
      assert.strictEqual(error._tag, "PineconeTransportError")
      assert.strictEqual(server.sent.length, 1)
    }))

  it.effect("refuses what Pinecone would, before it is sent", () =>
    Effect.gen(function*() {
      const server = stub()
      const big = "ü".repeat(8193)
      const refusals = yield* Effect.forEach(
        [
          { name: "" },
          { name: "Support" },
          { name: "-support" },
          { name: "a".repeat(64) },
          { name: "support", instructions: big },
          { name: "support", metadata: { text: big } }
        ],
        (options) => Effect.flip(run(server, (assistants) => assistants.create(options)))
      )
      assert.deepStrictEqual(
        refusals.map((error) => [error._tag, "field" in error ? error.field : undefined]),
        [
          ["PineconeInvalidRequest", "name"],
          ["PineconeInvalidRequest", "name"],
          ["PineconeInvalidRequest", "name"],
          ["PineconeLimitExceeded", "name.length"],
          ["PineconeLimitExceeded", "instructions"],
          ["PineconeLimitExceeded", "metadata"]
        ]
      )
      const page = yield* Effect.flip(run(server, (assistants) => assistants.list({ limit: 101 })))
      const segment = yield* Effect.flip(run(server, (assistants) => assistants.describe("..")))
      assert.deepStrictEqual([page._tag, segment._tag], ["PineconeLimitExceeded", "PineconeInvalidRequest"])
      const unfit = (value: unknown): never => value as never
      const others: ReadonlyArray<
        readonly [(assistants: Assistants.Service) => Effect.Effect<unknown, unknown>, string]
      > = [
        [(assistants) => assistants.create(unfit(undefined)), "options"],
        [(assistants) => assistants.create(unfit({})), "name"],
        [(assistants) => assistants.create({ name: "a", instructions: unfit(5) }), "instructions"],
        [(assistants) => assistants.create({ name: "a", metadata: { n: 1n } }), "metadata.n"],
        [(assistants) => assistants.create({ name: "a", metadata: unfit([1]) }), "metadata"],
        [(assistants) => assistants.update(unfit(5), {}), "name"],
        [(assistants) => assistants.update("a", unfit(null)), "options"],
        [(assistants) => assistants.describe(""), "name"],
        [(assistants) => assistants.describe("a\ud800"), "name"],
        [(assistants) => assistants.list({ limit: unfit("5") }), "limit"],
        [(assistants) => assistants.list({ paginationToken: unfit(5) }), "paginationToken"],
        [(assistants) => assistants.list(unfit(null)), "options"]
      ]
      for (const [call, field] of others) {
        const error = yield* Effect.flip(run(server, call))
        assert(error instanceof PineconeError.InvalidRequest, String(error))
        assert.deepInclude(error, { field, attempts: 0 })
        assert.notInclude(error.message, "└─")
      }
      assert.strictEqual(server.sent.length, 0)
      yield* run(stub(ok(assistant("Ready"))), (assistants) =>
        assistants.create({ name: "a".repeat(63), instructions: "ü".repeat(8192) }))
    }))

  it.effect("lists page by page", () =>
    Effect.gen(function*() {
      const server = stub(
        ok({ assistants: [assistant("Ready"), assistant("Ready", { name: "b" })], pagination: { next: "t/1" } }),
        ok({ assistants: [assistant("Ready", { name: "c" })], pagination: { next: "" } })
      )
      const names = yield* run(server, (assistants) => Stream.runCollect(assistants.listStream({ limit: 2 })))
      assert.deepStrictEqual(Chunk.toReadonlyArray(names).map(({ name }) => name), ["support", "b", "c"])
      assert.deepStrictEqual(
        server.sent.map(({ path }) => path),
        ["/assistant/assistants?limit=2", "/assistant/assistants?limit=2&pagination_token=t%2F1"]
      )
    }))

  it.effect("updates what is given, null included, and nothing else", () =>
    Effect.gen(function*() {
      const server = stub(ok({ assistant_name: "support", metadata: { a: 1 } }))
      const after = yield* run(server, (assistants) => assistants.update("support", { instructions: null }))
      assert.deepStrictEqual(body(server.sent[0]), { instructions: null })
      assert.deepStrictEqual(after, { assistantName: "support", metadata: { a: 1 } })
    }))

  it.effect("waits until one is ready, and no longer than told", () =>
    Effect.gen(function*() {
      const server = stub(ok(assistant("Initializing")), ok(assistant("Initializing")), ok(assistant("Ready")))
      const fiber = yield* Effect.fork(run(server, (assistants) => assistants.waitUntilReady("support")))
      yield* TestClock.adjust("250 millis")
      assert.strictEqual(server.sent.length, 2)
      yield* TestClock.adjust("375 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).status, "Ready")

      const never = stub(ok(assistant("Initializing")))
      const late = yield* Effect.fork(
        Effect.flip(run(never, (assistants) => assistants.waitUntilReady("support", { timeout: "1 minute" })))
      )
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* Fiber.poll(late).pipe(Effect.map((exit) => exit._tag)), "None")
      yield* TestClock.adjust("1 second")
      const error = yield* Fiber.join(late)
      assert.deepStrictEqual([error._tag, error.assistant], ["PineconeTimedOut", "support"])
    }))

  it.effect("a wait ends at once where it is in vain", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        run(stub(ok(assistant("InitializationFailed"))), (assistants) => assistants.waitUntilReady("support"))
      )
      assert.isTrue(error._tag === "PineconeOperationFailed" && error.resource === "assistant")
      assert.include(error.message, "InitializationFailed")
    }))

  it.effect("waits until one is gone", () =>
    Effect.gen(function*() {
      const server = stub(accepted(), ok(assistant("Terminating")), notFound)
      const gone = Effect.flatMap(Assistants.Assistants, (assistants) =>
        Effect.zipRight(
          Effect.ignore(assistants.delete("support")),
          assistants.waitUntilGone("support")
        ))
      const fiber = yield* Effect.fork(Effect.provide(gone, server.layer))
      yield* TestClock.adjust("250 millis")
      yield* Fiber.join(fiber)
      assert.strictEqual(server.sent.length, 3)
    }))

  it.effect("no error shows the key", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(run(stub(notFound), (assistants) => assistants.describe("support")))
      for (const shown of [inspect(error, { depth: 10 }), JSON.stringify(error), String(error)]) {
        assert.notInclude(shown, key)
      }
    }))
})

describe("Evaluation", () => {
  const evaluated = {
    metrics: { correctness: 0, completeness: 0.5, alignment: 0 },
    reasoning: { evaluated_facts: [{ fact: { content: "It is Madrid." }, entailment: "contradicted" }] },
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
  }

  const asked = { question: "What?", answer: "Barcelona.", groundTruthAnswer: "Madrid." }

  const over = (server: ReturnType<typeof stub>, options?: Evaluation.Options, controllerHost?: string) =>
    Effect.flatMap(Evaluation.Evaluation, (evaluation) => evaluation.alignment(asked)).pipe(
      Effect.provide(Evaluation.layer(options)),
      Effect.provide(PineconeHttpClient.layer({ apiKey: Redacted.make(key), controllerHost })),
      Effect.provide(Layer.succeed(HttpClient.HttpClient, server.client))
    )

  it.effect("asks the host of the region", () =>
    Effect.gen(function*() {
      const server = stub(ok(evaluated))
      const { metrics, reasoning, usage } = yield* over(server)
      yield* over(server, { region: "eu" })
      yield* over(server, { host: "evaluation.test/" })
      yield* over(server, { region: "eu" }, "http://localhost:5080")
      assert.deepStrictEqual(metrics, evaluated.metrics)
      assert.deepStrictEqual(reasoning.evaluatedFacts, [{
        fact: { content: "It is Madrid." },
        entailment: "contradicted"
      }])
      assert.deepStrictEqual(usage, { promptTokens: 1, completionTokens: 2, totalTokens: 3 })
      assert.deepStrictEqual(server.sent.map(({ host, path }) => `${host}${path}`), [
        "prod-1-data.ke.pinecone.io/assistant/evaluation/metrics/alignment",
        "prod-eu-data.ke.pinecone.io/assistant/evaluation/metrics/alignment",
        "evaluation.test/assistant/evaluation/metrics/alignment",
        "localhost:5080/assistant/evaluation/metrics/alignment"
      ])
      assert.deepStrictEqual(body(server.sent[0]), {
        question: "What?",
        answer: "Barcelona.",
        ground_truth_answer: "Madrid."
      })
    }))

  it.effect("says what the evaluation says of a failure", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(over(stub({ status: 422, body: { message: "The answer is too long." } })))
      assert.strictEqual(error._tag, "PineconeInvalidRequest")
      assert.include(error.message, "The answer is too long.")
    }))
})
