import { assert, describe, it, vi } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as PineconeError from "../src/PineconeError.js"

const place = { message: "it failed", operation: "query" }
const limit = { field: "topK", limit: "topK", maximum: 10_000, actual: 20_000 }

const errors: ReadonlyArray<PineconeError.PineconeError> = [
  new PineconeError.Unauthorized({ ...place, status: 401 }),
  new PineconeError.Forbidden({ ...place, status: 403 }),
  new PineconeError.PaymentRequired({ ...place, status: 402 }),
  new PineconeError.NotFound({ ...place, status: 404 }),
  new PineconeError.AlreadyExists({ ...place, status: 409 }),
  new PineconeError.PreconditionFailed({ ...place, status: 412 }),
  new PineconeError.InvalidRequest(place),
  new PineconeError.LimitExceeded({ ...place, ...limit }),
  new PineconeError.RateLimited({ ...place, status: 429 }),
  new PineconeError.ServiceUnavailable({ ...place, status: 503 }),
  new PineconeError.NotImplemented({ ...place, status: 501 }),
  new PineconeError.TransportError(place),
  new PineconeError.TimedOut({ ...place, timeout: Duration.seconds(1) }),
  new PineconeError.InvalidResponse({ ...place, status: 200 }),
  new PineconeError.InvalidMetadata({ ...place, recordId: "a", path: ["year"] }),
  new PineconeError.OperationFailed({ ...place, resource: "import", id: "1", state: "Failed" }),
  new PineconeError.IndexMismatch({ ...place, differences: [] })
]

const tagsOf = (guard: (u: unknown) => boolean) => errors.filter(guard).map((error) => error._tag)

const asText = Schema.parseJson(PineconeError.PineconeError)

/** The same module again, as a second installation of the package has it. */
const secondCopy = Effect.promise(async () => {
  vi.resetModules()
  return await import("../src/PineconeError.js")
})

describe("PineconeError", () => {
  describe("guards", () => {
    it("say which errors a program treats alike", () => {
      assert.deepStrictEqual(tagsOf(PineconeError.isRetryable), [
        "PineconeRateLimited",
        "PineconeServiceUnavailable",
        "PineconeTransportError",
        "PineconeTimedOut"
      ])
      assert.deepStrictEqual(tagsOf(PineconeError.isThrottled), ["PineconeRateLimited"])
      assert.deepStrictEqual(tagsOf(PineconeError.isAccessDenied), ["PineconeUnauthorized", "PineconeForbidden"])
      assert.deepStrictEqual(tagsOf(PineconeError.isInvalidInput), [
        "PineconeInvalidRequest",
        "PineconeLimitExceeded",
        "PineconeInvalidMetadata"
      ])
      assert.deepStrictEqual(tagsOf(PineconeError.isNotFound), ["PineconeNotFound"])
      assert.strictEqual(tagsOf(PineconeError.isPineconeError).length, errors.length)
    })

    it("see a server that is in trouble for a while, and one that is not", () => {
      const answered = (status: number) => new PineconeError.ServiceUnavailable({ ...place, status })
      assert.deepStrictEqual(
        [408, 500, 502, 503, 504, 505].filter((status) => PineconeError.isRetryable(answered(status))),
        [408, 500, 502, 503, 504]
      )
    })

    it("count stored metadata that does not fit the Schema as no input", () => {
      const read = new PineconeError.InvalidMetadata({ ...place, attempts: 1, recordId: "a", path: [] })
      assert.isFalse(PineconeError.isInvalidInput(read))
    })

    it("say no to what is no error of the SDK", () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      const others = [undefined, null, "PineconeNotFound", { _tag: "PineconeNotFound" }, new Error("no"), proxy]
      for (
        const guard of [
          PineconeError.isPineconeError,
          PineconeError.isRetryable,
          PineconeError.isThrottled,
          PineconeError.isAccessDenied,
          PineconeError.isInvalidInput,
          PineconeError.isNotFound
        ]
      ) for (const other of others) assert.isFalse(guard(other))
    })

    it.effect("are what Effect's operators take, whatever else an effect can fail with", () =>
      Effect.gen(function*() {
        class Own extends Schema.TaggedError<Own>()("Own", {}) {}
        let tries = 0
        const failing = Effect.suspend((): Effect.Effect<string, PineconeError.PineconeError | Own> =>
          ++tries < 3
            ? new PineconeError.RateLimited({ ...place, retryAfter: Duration.seconds(1) })
            : new PineconeError.NotFound(place)
        )
        const found = yield* failing.pipe(
          Effect.retry({ while: PineconeError.isRetryable, times: 5 }),
          Effect.asSome,
          Effect.catchIf(PineconeError.isNotFound, ({ operation }) => {
            assert.strictEqual(operation, "query")
            return Effect.succeed(Option.none<string>())
          })
        )
        assert.isTrue(Option.isNone(found))
        assert.strictEqual(tries, 3)
      }))
  })

  describe("two copies of the package", () => {
    it.effect("know each other's errors, by every guard", () =>
      Effect.gen(function*() {
        const other = yield* secondCopy
        assert.notStrictEqual(other.NotFound, PineconeError.NotFound)
        for (const error of errors) {
          assert.isTrue(other.isPineconeError(error))
          assert.strictEqual(other.isRetryable(error), PineconeError.isRetryable(error))
          assert.strictEqual(other.isThrottled(error), PineconeError.isThrottled(error))
          assert.strictEqual(other.isAccessDenied(error), PineconeError.isAccessDenied(error))
          assert.strictEqual(other.isInvalidInput(error), PineconeError.isInvalidInput(error))
          assert.strictEqual(other.isNotFound(error), PineconeError.isNotFound(error))
        }
      }))

    it.effect("encode each other's errors", () =>
      Effect.gen(function*() {
        const other = yield* secondCopy
        for (const error of errors) {
          assert.isTrue(Schema.is(other.PineconeError)(error))
          assert.strictEqual(
            yield* Schema.encodeUnknown(Schema.parseJson(other.PineconeError))(error),
            yield* Schema.encode(asText)(error)
          )
        }
      }))
  })

  describe("as JSON", () => {
    it.effect("has durations in milliseconds", () =>
      Effect.gen(function*() {
        const encode = Schema.encodeSync(PineconeError.PineconeError)
        const timed = (timeout: Duration.Duration) => encode(new PineconeError.TimedOut({ ...place, timeout }))
        assert.deepInclude(timed(Duration.seconds(2)), { timeout: 2000 })
        assert.deepInclude(timed(Duration.infinity), { timeout: "Infinity" })
        const decoded = yield* Schema.decode(asText)(JSON.stringify(timed(Duration.infinity)))
        assert(decoded._tag === "PineconeTimedOut")
        assert.isFalse(Duration.isFinite(decoded.timeout))
      }))

    it.effect("keeps what was given where it was no finite number", () =>
      Effect.gen(function*() {
        for (const actual of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          const error = new PineconeError.LimitExceeded({ ...place, ...limit, actual })
          const decoded = yield* Effect.flatMap(Schema.encode(asText)(error), Schema.decode(asText))
          assert(decoded._tag === "PineconeLimitExceeded")
          assert.isTrue(Object.is(decoded.actual, actual), String(actual))
        }
      }))
  })
})
