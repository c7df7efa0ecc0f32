import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import * as Call from "../src/Call.js"
import { ControlPlaneApi } from "../src/ControlPlaneApi.js"
import * as DerivedClient from "../src/DerivedClient.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"
import * as Settings from "../src/Settings.js"

const key = "pcsk_a-key-that-nobody-may-see"

// -----------------------------------------------------------------------------
// A stub of the network
// -----------------------------------------------------------------------------

/** A request as it went over the wire. */
interface Sent {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string | undefined
  /** When it was sent, by the clock of the test. */
  readonly at: number
  readonly signal: AbortSignal
}

interface Reply {
  readonly status: number
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** How long the server takes. */
  readonly after?: Duration.DurationInput
}

/** A connection that breaks, an answer that never comes, an answer whose body never ends. */
type Scripted = Reply | "breaks" | "hangs" | "stalls"

const replyOf = (
  request: HttpClientRequest.HttpClientRequest,
  scripted: Scripted | undefined
): Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError> => {
  if (scripted === undefined || scripted === "breaks") {
    return Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason: "Transport",
        cause: new Error("fetch failed", { cause: new Error(`connection reset while sending ${key}`) })
      })
    )
  }
  if (scripted === "hangs") return Effect.never
  if (scripted === "stalls") {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("{\"name\":"))
    })
    return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { status: 200 })))
  }
  const body = scripted.body === undefined
    ? null
    : typeof scripted.body === "string"
    ? scripted.body
    : JSON.stringify(scripted.body)
  const reply = Effect.sync(() =>
    HttpClientResponse.fromWeb(
      request,
      new Response(body, {
        status: scripted.status,
        headers: { "content-type": "application/json", ...scripted.headers }
      })
    )
  )
  return scripted.after === undefined ? reply : Effect.delay(reply, scripted.after)
}

/** A client of a network that gives the scripted answers, one after the other, the last one for ever. */
const stub = (...script: ReadonlyArray<Scripted>) => {
  const sent: Array<Sent> = []
  const client = HttpClient.make((request, url, signal) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) => {
      const { body } = request
      sent.push({
        method: request.method,
        url: url.toString(),
        headers: request.headers,
        body: body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : undefined,
        at,
        signal
      })
      return replyOf(request, script[Math.min(sent.length, script.length) - 1])
    })
  )
  return {
    sent,
    make: (settings: Partial<Settings.Settings> = {}) =>
      PineconeHttpClient.make({ apiKey: Redacted.make(key), ...settings }).pipe(
        Effect.provideService(HttpClient.HttpClient, client)
      )
  }
}

const noRetry = { retry: Settings.noRetry }

const index = (changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  name: "movies",
  host: "movies-abc.svc.pinecone.io",
  deployment: { deployment_type: "managed", cloud: "aws", region: "us-east-1" },
  schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } },
  status: { ready: true, state: "Ready" },
  deletion_protection: "disabled",
  ...changes
})

const ok: Reply = { status: 200, body: index() }

const answered = (status: number, headers: Readonly<Record<string, string>> = {}): Reply => ({
  status,
  headers,
  body: { status, error: { code: "SOME_CODE", message: "some message" } }
})

const describeClient = ({ controllerHost, httpClient }: PineconeHttpClient.Service) =>
  HttpApiClient.endpoint(ControlPlaneApi, {
    group: "indexes",
    endpoint: "describe",
    httpClient,
    baseUrl: controllerHost
  })

/** Looks up the index `movies`, past the cache. */
const describeMovies = (client: PineconeHttpClient.Service, call: Partial<Call.Call> = {}) =>
  client.call(
    { operation: "describe_index", index: "movies", ...call },
    Effect.flatMap(describeClient(client), (describe) => describe({ path: { index_name: "movies" } }))
  )

/** Runs an effect to its end while the clock moves on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>, by: Duration.DurationInput = "10 minutes") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(by)
    return yield* Fiber.join(fiber)
  })

/** The error of this tag that an effect ends in. */
const failure = <Tag extends PineconeError.RequestError["_tag"]>(tag: Tag) =>
<A, R>(
  effect: Effect.Effect<A, PineconeError.RequestError, R>
): Effect.Effect<Extract<PineconeError.RequestError, { readonly _tag: Tag }>, never, R> =>
  Effect.map(Effect.either(effect), (result) => {
    if (Either.isRight(result)) return assert.fail(`${tag} was expected, and it succeeded: ${inspect(result.right)}`)
    const error: PineconeError.RequestError = result.left
    if (error._tag !== tag) return assert.fail(`${tag} was expected, and it failed with ${inspect(error)}`)
    return error as Extract<PineconeError.RequestError, { readonly _tag: Tag }>
  })

/** The waits between the requests, in milliseconds. */
/** At least so long, and a tenth longer at most: those that wait come back spread out. */
const isSpread = (wait: number | undefined, least: number) => {
  assert.isAtLeast(wait!, least)
  assert.isAtMost(wait!, least * 1.1 + 1)
}

const waits = (sent: ReadonlyArray<Sent>): ReadonlyArray<number> => sent.slice(1).map(({ at }, i) => at - sent[i]!.at)

describe("PineconeHttpClient", () => {
  describe("headers", () => {
    it.effect("the key, the version and the user agent", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        yield* describeMovies(yield* make())
        const headers = sent[0]!.headers
        assert.strictEqual(sent[0]!.method, "GET")
        assert.strictEqual(sent[0]!.url, "https://api.pinecone.io/indexes/movies")
        assert.strictEqual(headers["api-key"], key)
        assert.strictEqual(headers["x-pinecone-api-version"], "2026-07")
        assert.strictEqual(headers["accept"], "application/json")
        assert.match(headers["user-agent"] ?? "", /^effect-pinecone\/\d+\.\d+\.\d+; lang=typescript$/)
      }))

    it.effect("another version, a source tag and headers of the application", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        const client = yield* make({
          apiVersion: "2025-10",
          sourceTag: " My  App: Größe_1! ",
          additionalHeaders: { "X-Team": "search" }
        })
        yield* describeMovies(client)
        assert.strictEqual(sent[0]!.headers["x-pinecone-api-version"], "2025-10")
        assert.strictEqual(sent[0]!.headers["x-team"], "search")
        assert.match(sent[0]!.headers["user-agent"] ?? "", /; source_tag=my_app:_gre_1$/)
      }))

    it.effect("the key is not replaced by a header of the application", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        yield* describeMovies(yield* make({ additionalHeaders: { "Api-Key": "another" } }))
        assert.strictEqual(sent[0]!.headers["api-key"], key)
      }))

    it.effect("they are on every try, and on the data plane", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(503), { status: 200, body: { dimension: 3 } })
        const client = yield* make({ sourceTag: "tag" })
        const data = yield* client.dataPlane("movies-abc.svc.pinecone.io")
        const stats = yield* later(
          client.call({ operation: "describe_index_stats" }, data.vectors.stats({ payload: {} }))
        )
        assert.strictEqual(stats.dimension, 3)
        assert.strictEqual(sent.length, 2)
        for (const { headers, url } of sent) {
          assert.strictEqual(url, "https://movies-abc.svc.pinecone.io/describe_index_stats")
          assert.strictEqual(headers["api-key"], key)
          assert.strictEqual(headers["x-pinecone-api-version"], "2026-07")
          assert.include(headers["user-agent"], "source_tag=tag")
        }
      }))

    it.effect("transformClient sees the request, and may change it", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        const client = yield* make({
          transformClient: HttpClient.mapRequest(HttpClientRequest.setHeader("x-proxy", "yes"))
        })
        yield* describeMovies(client)
        assert.strictEqual(sent[0]!.headers["x-proxy"], "yes")
        assert.strictEqual(sent[0]!.headers["api-key"], key)
      }))
  })

  describe("base URLs", () => {
    const urls: ReadonlyArray<readonly [host: string, url: string]> = [
      ["movies-abc.svc.pinecone.io", "https://movies-abc.svc.pinecone.io"],
      ["movies-abc.svc.pinecone.io/", "https://movies-abc.svc.pinecone.io"],
      ["localhost:5080", "http://localhost:5080"],
      ["localhost", "http://localhost"],
      ["127.0.0.1:5081/", "http://127.0.0.1:5081"],
      ["127.1.2.3", "http://127.1.2.3"],
      ["[::1]:5080", "http://[::1]:5080"],
      ["0.0.0.0:5080", "http://0.0.0.0:5080"],
      ["https://localhost:5080", "https://localhost:5080"],
      ["http://pinecone.internal/", "http://pinecone.internal"],
      ["HTTPS://movies-abc.svc.pinecone.io//", "HTTPS://movies-abc.svc.pinecone.io"],
      ["localhost.example.com", "https://localhost.example.com"],
      ["127.example.com", "https://127.example.com"]
    ]
    for (const [host, url] of urls) {
      it(`${host} is ${url}`, () => {
        assert.strictEqual(PineconeHttpClient.baseUrl(host), url)
      })
    }

    it.effect("the controller's and an index's", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok, { status: 200, body: {} })
        const client = yield* make({ controllerHost: "localhost:5080/" })
        yield* describeMovies(client)
        const data = yield* client.dataPlane("127.0.0.1:5081")
        yield* client.call({ operation: "list_namespaces" }, data.namespaces.list({ urlParams: {} }))
        assert.deepStrictEqual(sent.map(({ url }) => url), [
          "http://localhost:5080/indexes/movies",
          "http://127.0.0.1:5081/namespaces"
        ])
      }))
  })

  describe("retries", () => {
    for (const status of [408, 429, 500, 502, 503, 504]) {
      it.effect(`${status} is tried 5 times, with growing waits`, () =>
        Effect.gen(function*() {
          const { make, sent } = stub(answered(status))
          const error = yield* later(
            failure(status === 429 ? "PineconeRateLimited" : "PineconeServiceUnavailable")(
              describeMovies(yield* make())
            )
          )
          assert.strictEqual(error.status, status)
          assert.strictEqual(error.attempts, 5)
          assert.strictEqual(sent.length, 5)
          const all = waits(sent)
          const expected = [200, 400, 800, 1600]
          assert.strictEqual(all.length, expected.length)
          for (let i = 0; i < expected.length; i++) {
            assert.isAtLeast(all[i]!, Math.floor(0.8 * expected[i]!))
            assert.isAtMost(all[i]!, Math.ceil(1.2 * expected[i]!))
          }
        }))
    }

    for (const status of [400, 401, 402, 403, 404, 409, 412, 422, 501, 505, 507]) {
      it.effect(`${status} is not tried again`, () =>
        Effect.gen(function*() {
          const { make, sent } = stub(answered(status, { "retry-after": "1" }), ok)
          const error = yield* later(Effect.flip(describeMovies(yield* make())))
          assert.strictEqual(error.status, status)
          assert.strictEqual(error.attempts, 1)
          assert.strictEqual(sent.length, 1)
        }))
    }

    it.effect("a broken connection is tried 5 times", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("breaks")
        const error = yield* later(failure("PineconeTransportError")(describeMovies(yield* make())))
        assert.strictEqual(error.attempts, 5)
        assert.strictEqual(error.status, undefined)
        assert.strictEqual(sent.length, 5)
        assert.include(error.message, "connection reset")
      }))

    it.effect("a timeout is tried 5 times, each with the whole of it", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("hangs")
        const error = yield* later(failure("PineconeTimedOut")(describeMovies(yield* make({ timeout: "3 seconds" }))))
        assert.strictEqual(error.attempts, 5)
        assert.strictEqual(Duration.toMillis(error.timeout), 3000)
        assert.strictEqual(sent.length, 5)
        assert.isTrue(waits(sent).every((wait) => wait >= 3000 + 160))
        assert.isTrue(sent.every(({ signal }) => signal.aborted))
      }))

    it.effect("the first good answer ends them", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("breaks", answered(502), answered(429), ok, answered(500))
        const model = yield* later(describeMovies(yield* make()))
        assert.strictEqual(model.name, "movies")
        assert.strictEqual(sent.length, 4)
      }))

    it.effect("another kind of error ends them", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(503), answered(404))
        const error = yield* later(failure("PineconeNotFound")(describeMovies(yield* make())))
        assert.strictEqual(error.attempts, 2)
        assert.strictEqual(sent.length, 2)
      }))

    it.effect("Retry-After in seconds is the least wait", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(429, { "retry-after": "7" }), answered(503, { "retry-after": "0.5" }), ok)
        yield* later(describeMovies(yield* make()))
        const [first, second] = waits(sent)
        isSpread(first, 7000)
        // The second wait is of 320 to 480 ms without it.
        isSpread(second, 500)
      }))

    it.effect("Retry-After does not shorten a wait", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(429, { "retry-after": "0" }), ok)
        yield* later(describeMovies(yield* make()))
        assert.isAtLeast(waits(sent)[0]!, 160)
      }))

    it.effect("Retry-After as a date is the least wait, and one that has passed is none", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 3, 1, 10, 0, 0))
        const { make, sent } = stub(
          answered(503, { "retry-after": new Date(Date.UTC(2026, 3, 1, 10, 0, 20)).toUTCString() }),
          answered(503, { "retry-after": new Date(Date.UTC(2026, 3, 1, 9, 0, 0)).toUTCString() }),
          ok
        )
        yield* later(describeMovies(yield* make()))
        const [first, second] = waits(sent)
        isSpread(first, 20_000)
        assert.isAtLeast(second!, 320)
        assert.isAtMost(second!, 480)
      }))

    it.effect("Retry-After that is neither is none, and the error tells of one that is", () =>
      Effect.gen(function*() {
        const { make: first } = stub(answered(429, { "retry-after": "soon" }))
        assert.strictEqual(
          (yield* failure("PineconeRateLimited")(describeMovies(yield* first(noRetry)))).retryAfter,
          undefined
        )
        const { make: second } = stub(answered(503, { "retry-after": "3" }))
        const { retryAfter } = yield* failure("PineconeServiceUnavailable")(describeMovies(yield* second(noRetry)))
        assert.deepStrictEqual(retryAfter, Duration.seconds(3))
      }))

    describe("of a call that is not idempotent", () => {
      const tries = (...script: ReadonlyArray<Scripted>) =>
        Effect.gen(function*() {
          const { make, sent } = stub(...script)
          yield* later(Effect.ignore(describeMovies(yield* make(), { idempotent: false })))
          return sent.length
        })

      it.effect("429 and 503 with Retry-After are tried again", () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* tries(answered(429)), 5)
          assert.strictEqual(yield* tries(answered(503, { "retry-after": "1" })), 5)
        }))

      it.effect("nothing else is", () =>
        Effect.gen(function*() {
          assert.strictEqual(yield* tries(answered(503)), 1)
          assert.strictEqual(yield* tries(answered(500, { "retry-after": "1" })), 1)
          assert.strictEqual(yield* tries(answered(502)), 1)
          assert.strictEqual(yield* tries(answered(504)), 1)
          assert.strictEqual(yield* tries(answered(408)), 1)
          assert.strictEqual(yield* tries("breaks"), 1)
          assert.strictEqual(yield* tries("hangs"), 1)
        }))
    })

    it.effect("noRetry sends once", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(503, { "retry-after": "1" }))
        const error = yield* later(failure("PineconeServiceUnavailable")(describeMovies(yield* make(noRetry))))
        assert.strictEqual(error.attempts, 1)
        assert.strictEqual(sent.length, 1)
      }))

    it.effect("another schedule", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(500), answered(503, { "retry-after": "5" }), answered(500))
        const error = yield* later(
          failure("PineconeServiceUnavailable")(describeMovies(
            yield* make({ retry: Schedule.intersect(Schedule.spaced("1 second"), Schedule.recurs(2)) })
          ))
        )
        assert.strictEqual(error.attempts, 3)
        const [first, second] = waits(sent)
        assert.strictEqual(first, 1000)
        isSpread(second, 5000)
      }))

    it.effect("a Retry-After of more than a minute is not waited for, and the error has it", () =>
      Effect.gen(function*() {
        for (const [status, tag] of [[429, "PineconeRateLimited"], [503, "PineconeServiceUnavailable"]] as const) {
          const { make, sent } = stub(answered(status, { "retry-after": "86400" }), ok)
          const error = yield* failure(tag)(describeMovies(yield* make()))
          assert.deepStrictEqual(error.retryAfter, Duration.days(1))
          assert.include(error.message, "the server asks to wait 1d; maxRetryAfter is 1m)")
          assert.strictEqual(sent.length, 1)
        }
      }))

    it.effect("what is waited for at most is a setting", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(429, { "retry-after": "120" }), ok)
        yield* later(describeMovies(yield* make({ maxRetryAfter: "2 minutes" })))
        isSpread(waits(sent)[0], 120_000)
      }))

    it.effect("a schedule may look at the error", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(429), answered(503))
        const onlyThrottled: Settings.RetryPolicy = Schedule.recurWhile((error: PineconeError.PineconeError) =>
          error._tag === "PineconeRateLimited"
        )
        const error = yield* later(Effect.flip(describeMovies(yield* make({ retry: onlyThrottled }))))
        assert.strictEqual(error.status, 503)
        assert.strictEqual(sent.length, 2)
      }))
  })

  describe("timeouts", () => {
    it.effect("of 30 seconds unless told", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("hangs")
        const fiber = yield* Effect.fork(Effect.either(describeMovies(yield* make(noRetry))))
        yield* TestClock.adjust("29999 millis")
        assert.isNull(yield* Fiber.poll(fiber).pipe(Effect.map((exit) => exit._tag === "None" ? null : exit.value)))
        yield* TestClock.adjust("1 millis")
        const result = yield* Fiber.join(fiber)
        assert(Either.isLeft(result) && result.left._tag === "PineconeTimedOut")
        assert.strictEqual(Duration.toMillis(result.left.timeout), 30_000)
        assert.strictEqual(result.left.attempts, 1)
        assert.strictEqual(result.left.operation, "describe_index")
        assert.strictEqual(result.left.index, "movies")
        assert.isTrue(sent[0]!.signal.aborted)
      }))

    it.effect("of the settings", () =>
      Effect.gen(function*() {
        const { make } = stub({ ...ok, after: "2 seconds" })
        yield* later(failure("PineconeTimedOut")(describeMovies(yield* make({ ...noRetry, timeout: "1999 millis" }))))
        const model = yield* later(describeMovies(yield* make({ ...noRetry, timeout: "2001 millis" })))
        assert.strictEqual(model.name, "movies")
      }))

    it.effect("Call.withTimeout goes before the one of the settings, in both directions", () =>
      Effect.gen(function*() {
        const { make } = stub({ ...ok, after: "2 seconds" })
        const client = yield* make({ ...noRetry, timeout: "3 seconds" })
        const short = yield* later(
          failure("PineconeTimedOut")(describeMovies(client).pipe(Call.withTimeout("1 second")))
        )
        assert.strictEqual(Duration.toMillis(short.timeout), 1000)
        const strict = yield* make({ ...noRetry, timeout: "1 second" })
        assert.strictEqual((yield* later(describeMovies(strict).pipe(Call.withTimeout("3 seconds")))).name, "movies")
      }))

    it.effect("Call.withTimeout around the first call of a derived client is not for the next", () =>
      Effect.gen(function*() {
        const { make } = stub({ ...ok, after: "2 seconds" })
        const client = yield* make({ ...noRetry, timeout: "3 seconds" })
        const call = yield* DerivedClient.group(client, ControlPlaneApi, "indexes")
        const describe = call(
          { operation: "describe_index" },
          (indexes) => indexes.describe({ path: { index_name: "movies" } })
        )
        yield* later(failure("PineconeTimedOut")(describe.pipe(Call.withTimeout("1 second"))))
        assert.strictEqual((yield* later(describe)).name, "movies")
      }))

    it.effect("cover a body that stalls", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("stalls", ok)
        const client = yield* make({ timeout: "1 second" })
        assert.strictEqual((yield* later(describeMovies(client))).name, "movies")
        assert.strictEqual(sent.length, 2)
        assert.isAtLeast(waits(sent)[0]!, 1160)
        assert.isTrue(sent[0]!.signal.aborted)
        assert.isFalse(sent[1]!.signal.aborted)
      }))
  })

  describe("interruption", () => {
    it.effect("aborts the request, and sends no other", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("hangs")
        const fiber = yield* Effect.fork(describeMovies(yield* make()))
        yield* TestClock.adjust("1 second")
        assert.isFalse(sent[0]!.signal.aborted)
        const exit = yield* Fiber.interrupt(fiber)
        assert(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause))
        assert.isTrue(sent[0]!.signal.aborted)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(sent.length, 1)
      }))

    it.effect("aborts the reading of a body", () =>
      Effect.gen(function*() {
        const { make, sent } = stub("stalls")
        const fiber = yield* Effect.fork(describeMovies(yield* make()))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(fiber)
        assert.isTrue(sent[0]!.signal.aborted)
      }))

    it.effect("ends the wait for another try", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(503, { "retry-after": "60" }))
        const fiber = yield* Effect.fork(describeMovies(yield* make()))
        yield* TestClock.adjust("30 seconds")
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(sent.length, 1)
      }))
  })

  describe("errors", () => {
    const statuses: ReadonlyArray<readonly [status: number, tag: PineconeError.RequestError["_tag"]]> = [
      [400, "PineconeInvalidRequest"],
      [401, "PineconeUnauthorized"],
      [402, "PineconePaymentRequired"],
      [403, "PineconeForbidden"],
      [404, "PineconeNotFound"],
      [405, "PineconeInvalidRequest"],
      [408, "PineconeServiceUnavailable"],
      [409, "PineconeAlreadyExists"],
      [412, "PineconePreconditionFailed"],
      [413, "PineconeInvalidRequest"],
      [418, "PineconeInvalidRequest"],
      [422, "PineconeInvalidRequest"],
      [429, "PineconeRateLimited"],
      [500, "PineconeServiceUnavailable"],
      [501, "PineconeNotImplemented"],
      [502, "PineconeServiceUnavailable"],
      [503, "PineconeServiceUnavailable"],
      [504, "PineconeServiceUnavailable"],
      [507, "PineconeServiceUnavailable"],
      [599, "PineconeServiceUnavailable"]
    ]

    const html = "<html>\n<head><title>Bad</title></head><body>nginx</body>\n</html>\n"

    interface Form {
      readonly name: string
      readonly body: (status: number) => unknown
      readonly code: string | undefined
      readonly says: string
    }

    const forms: ReadonlyArray<Form> = [
      {
        name: "the control plane's form",
        body: (status) => ({ status, error: { code: "A_CODE", message: "what is wrong", details: null } }),
        code: "A_CODE",
        says: "what is wrong"
      },
      {
        name: "the data plane's form",
        body: () => ({ code: 8, message: "what is wrong", details: [{ typeUrl: "x", value: "y" }] }),
        code: "RESOURCE_EXHAUSTED",
        says: "what is wrong"
      },
      { name: "plain text", body: () => "  what is wrong \n", code: undefined, says: "what is wrong" },
      { name: "HTML", body: () => html, code: undefined, says: "nginx" }
    ]

    for (const { body, code, name, says } of forms) {
      for (const [status, tag] of statuses) {
        it.effect(`${status} in ${name} is ${tag}`, () =>
          Effect.gen(function*() {
            const sentBody = body(status)
            const { make } = stub({ status, body: sentBody, headers: { "x-pinecone-request-id": "r-17" } })
            const client = yield* make(noRetry)
            const error = yield* failure(tag)(describeMovies(client, { namespace: "old" }))
            assert.strictEqual(error.operation, "describe_index")
            assert.strictEqual(error.index, "movies")
            assert.strictEqual(error.namespace, "old")
            assert.strictEqual(error.status, status)
            assert.strictEqual(error.code, code)
            assert.strictEqual(error.requestId, "r-17")
            assert.strictEqual(error.attempts, 1)
            assert.strictEqual(error.body, typeof sentBody === "string" ? sentBody : JSON.stringify(sentBody))
            assert.include(error.message, "describe_index on \"movies\" in namespace \"old\"")
            assert.include(error.message, String(status))
            assert.include(error.message, says)
          }))
      }
    }

    it.effect("an empty body, and no request id", () =>
      Effect.gen(function*() {
        const { make } = stub({ status: 404 })
        const error = yield* failure("PineconeNotFound")(describeMovies(yield* make()))
        assert.strictEqual(error.body, "")
        assert.strictEqual(error.code, undefined)
        assert.strictEqual(error.requestId, undefined)
        assert.strictEqual(error.message, "describe_index on \"movies\" was answered with 404")
      }))

    it.effect("the request id has another name at some proxies", () =>
      Effect.gen(function*() {
        const { make } = stub(answered(404, { "x-request-id": "r-18" }))
        assert.strictEqual((yield* failure("PineconeNotFound")(describeMovies(yield* make()))).requestId, "r-18")
      }))

    it.effect("a gRPC code that nobody knows is kept as its number", () =>
      Effect.gen(function*() {
        const { make } = stub({ status: 400, body: { code: 99, message: "?" } })
        assert.strictEqual((yield* failure("PineconeInvalidRequest")(describeMovies(yield* make()))).code, "99")
      }))

    it.effect("a long body is cut", () =>
      Effect.gen(function*() {
        const { make } = stub({ status: 400, body: "x".repeat(100_000) })
        const error = yield* failure("PineconeInvalidRequest")(describeMovies(yield* make()))
        assert.isAtMost(error.body?.length ?? 0, 10_000)
        assert.isAtLeast(error.body?.length ?? 0, 1000)
        assert.isBelow(error.message.length, 1000)
      }))

    it.effect("no error shows the key, or a header of the application", () =>
      Effect.gen(function*() {
        const settings = { ...noRetry, additionalHeaders: { "x-secret": "a-secret-of-the-team" } }
        const told = `you sent ${key} and a-secret-of-the-team`
        const { make: text } = stub({ status: 400, body: told })
        const { make: control } = stub({ status: 403, body: { status: 403, error: { code: "NO", message: told } } })
        const { make: data } = stub({ status: 404, body: { code: 5, message: told } })
        const { make: wrong } = stub({ status: 200, body: index({ name: [told] }) })
        const { make: broken } = stub("breaks")
        for (const make of [text, control, data, wrong, broken]) {
          const error = yield* Effect.flip(describeMovies(yield* make(settings)))
          for (const shown of [inspect(error, { depth: 10 }), JSON.stringify(error), String(error), error.message]) {
            assert.notInclude(shown, key)
            assert.notInclude(shown, "a-secret-of-the-team")
          }
        }
        const error = yield* failure("PineconeInvalidRequest")(describeMovies(yield* text(settings)))
        assert.strictEqual(error.body, "you sent <redacted> and <redacted>")
      }))
  })

  describe("answers", () => {
    it.effect("200 with something that is not JSON", () =>
      Effect.gen(function*() {
        for (const body of ["<html>", "{\"name\":", ""]) {
          const { make, sent } = stub({ status: 200, body }, ok)
          const error = yield* failure("PineconeInvalidResponse")(describeMovies(yield* make()))
          assert.strictEqual(error.attempts, 1)
          assert.strictEqual(error.operation, "describe_index")
          assert.strictEqual(sent.length, 1)
        }
      }))

    it.effect("200 of another form names the field", () =>
      Effect.gen(function*() {
        const { make, sent } = stub({ status: 200, body: index({ host: 5 }) }, ok)
        const error = yield* failure("PineconeInvalidResponse")(describeMovies(yield* make()))
        assert.strictEqual(error.attempts, 1)
        assert.strictEqual(error.index, "movies")
        assert.include(error.message, "host")
        assert.strictEqual(sent.length, 1)
      }))

    it.effect("the tries of an answer that cannot be read are told", () =>
      Effect.gen(function*() {
        const { make } = stub(answered(503), { status: 200, body: "[]" })
        assert.strictEqual(
          (yield* later(failure("PineconeInvalidResponse")(describeMovies(yield* make())))).attempts,
          2
        )
      }))

    it.effect("unknown fields are kept, unknown values of an enumeration are read, null is absent", () =>
      Effect.gen(function*() {
        const { make } = stub({
          status: 200,
          body: index({
            schema: {
              fields: {
                _values: { type: "dense_vector", dimension: 3, metric: "manhattan" },
                place: { type: "geo_point", precision: 5 }
              }
            },
            status: { ready: false, state: "Hibernating", since: "monday" },
            private_host: null,
            tags: null,
            deletion_protection: null,
            deployment: { deployment_type: "edge", site: "a" },
            brand_new: { a: [1] }
          })
        })
        const model = yield* describeMovies(yield* make())
        assert.strictEqual(model.metric, "manhattan")
        assert.deepStrictEqual<unknown>(model.schema.fields["place"], { type: "geo_point", precision: 5 })
        assert.strictEqual(model.status.state, "Hibernating")
        assert.strictEqual(Reflect.get(model.status, "since"), "monday")
        assert.deepStrictEqual(Reflect.get(model, "brand_new"), { a: [1] })
        assert.deepStrictEqual<unknown>(model.deployment, { deploymentType: "edge", site: "a" })
        for (const name of ["privateHost", "tags", "deletionProtection", "embed"] as const) {
          assert.strictEqual(model[name], undefined)
          assert.notProperty(model, name)
        }
        assert.deepStrictEqual(model.spec, {})
      }))
  })

  describe("input", () => {
    for (const name of ["..", ".", ""]) {
      it.effect(`an index named "${name}" is refused before anything is sent`, () =>
        Effect.gen(function*() {
          const { make, sent } = stub(ok)
          const error = yield* failure("PineconeInvalidRequest")((yield* make()).describeIndex(name))
          assert.strictEqual(error.attempts, 0)
          assert.strictEqual(error.status, undefined)
          assert.strictEqual(error.operation, "describe_index")
          assert.strictEqual(
            error.message,
            `describe_index on "${name}" was not sent: must not be "", "." or "..", got "${name}"`
          )
          assert.strictEqual(sent.length, 0)
        }))
    }

    it.effect("a segment of a path is encoded", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        yield* (yield* make()).describeIndex("../a b?c#d%2F")
        assert.strictEqual(sent[0]!.url, "https://api.pinecone.io/indexes/..%2Fa%20b%3Fc%23d%252F")
      }))

    it.effect("an address that is none", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        const client = yield* make()
        const error = yield* failure("PineconeInvalidRequest")(
          client.post({ operation: "query" }, "https://[not-an-address", new Uint8Array(), IndexModel.IndexModel)
        )
        assert.deepInclude(error, { attempts: 0, field: "host" })
        assert.strictEqual(sent.length, 0)
      }))
  })

  describe("post", () => {
    const body = new TextEncoder().encode("{\"a\":0.4}")
    const call = { operation: "query", index: "movies" }

    it.effect("sends the bytes as JSON, and reads the answer", () =>
      Effect.gen(function*() {
        const { make, sent } = stub({ ...ok, headers: { "x-pinecone-request-lsn": "7" } })
        const client = yield* make()
        const [model, response] = yield* client.post(call, "https://host/query", body, IndexModel.IndexModel)
        assert.strictEqual(model.name, "movies")
        assert.strictEqual(response.headers["x-pinecone-request-lsn"], "7")
        assert.strictEqual(sent[0]!.method, "POST")
        assert.strictEqual(sent[0]!.url, "https://host/query")
        assert.strictEqual(sent[0]!.body, "{\"a\":0.4}")
        assert.strictEqual(sent[0]!.headers["content-type"], "application/json")
        assert.strictEqual(sent[0]!.headers["api-key"], key)
      }))

    it.effect("is tried again with the same body", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(503), "breaks", ok)
        yield* later((yield* make()).post(call, "https://host/query", body, IndexModel.IndexModel))
        assert.deepStrictEqual(sent.map((one) => one.body), Array.from({ length: 3 }, () => "{\"a\":0.4}"))
      }))

    it.effect("an answer that is not JSON, or of another form", () =>
      Effect.gen(function*() {
        for (const answer of ["<html>", "{}"]) {
          const { make } = stub({ status: 200, body: answer })
          const error = yield* failure("PineconeInvalidResponse")(
            (yield* make()).post(call, "https://host/query", body, IndexModel.IndexModel)
          )
          assert.strictEqual(error.attempts, 1)
          assert.strictEqual(error.operation, "query")
          assert.include(error.message, answer === "{}" ? "name" : "JSON")
        }
      }))
  })

  describe("describeIndex", () => {
    it.effect("asks once for each name, until it is forgotten", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        const client = yield* make()
        const first = yield* client.describeIndex("movies")
        yield* TestClock.adjust("365 days")
        assert.strictEqual(yield* client.describeIndex("movies"), first)
        yield* client.describeIndex("books")
        yield* client.forgetIndex("movies")
        yield* client.describeIndex("books")
        assert.strictEqual(sent.length, 2)
        yield* client.describeIndex("movies")
        assert.deepStrictEqual(sent.map(({ url }) => new URL(url).pathname), [
          "/indexes/movies",
          "/indexes/books",
          "/indexes/movies"
        ])
      }))

    it.effect("asks once for one name at a time", () =>
      Effect.gen(function*() {
        const { make, sent } = stub({ ...ok, after: "1 second" })
        const client = yield* make()
        const models = yield* later(
          Effect.all(Array.from({ length: 20 }, () => client.describeIndex("movies")), { concurrency: "unbounded" })
        )
        assert.strictEqual(models.length, 20)
        assert.isTrue(models.every(({ host }) => host === index().host))
        assert.strictEqual(sent.length, 1)
      }))

    it.effect("whoever waits for it goes on when the one who asked is interrupted", () =>
      Effect.gen(function*() {
        const { make } = stub({ ...ok, after: "1 second" })
        const client = yield* make()
        const first = yield* Effect.fork(client.describeIndex("movies"))
        yield* TestClock.adjust("100 millis")
        const second = yield* Effect.fork(client.describeIndex("movies"))
        yield* TestClock.adjust("100 millis")
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust("10 seconds")
        const exit = yield* Fiber.await(second)
        assert(Exit.isSuccess(exit), `the second failed: ${inspect(exit)}`)
        assert.strictEqual(exit.value.host, index().host)
      }))

    it.effect("does not keep a failure", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(answered(404), ok)
        const client = yield* make()
        const error = yield* failure("PineconeNotFound")(client.describeIndex("movies"))
        assert.strictEqual(error.index, "movies")
        assert.strictEqual((yield* client.describeIndex("movies")).host, index().host)
        assert.strictEqual(sent.length, 2)
      }))
  })

  describe("settings from Config", () => {
    const read = (...entries: ReadonlyArray<readonly [string, string]>) =>
      Effect.withConfigProvider(Settings.config, ConfigProvider.fromMap(new Map(entries)))

    it.effect("all of them", () =>
      Effect.gen(function*() {
        const settings = yield* read(
          ["PINECONE_API_KEY", key],
          ["PINECONE_CONTROLLER_HOST", "http://localhost:5080"],
          ["PINECONE_ADDITIONAL_HEADERS", "{\"x-team\":\"search\",\"x-stage\":\"test\"}"],
          ["PINECONE_SOURCE_TAG", "a tag"]
        )
        assert.strictEqual(Redacted.value(settings.apiKey), key)
        assert.notInclude(inspect(settings), key)
        assert.strictEqual(settings.controllerHost, "http://localhost:5080")
        assert.deepStrictEqual(settings.additionalHeaders, {
          "x-team": Redacted.make("search"),
          "x-stage": Redacted.make("test")
        })
        assert.strictEqual(settings.sourceTag, "a tag")
      }))

    it.effect("the key alone", () =>
      Effect.gen(function*() {
        const { make, sent } = stub(ok)
        yield* describeMovies(yield* make(yield* read(["PINECONE_API_KEY", "another"])))
        assert.strictEqual(sent[0]!.headers["api-key"], "another")
        assert.strictEqual(new URL(sent[0]!.url).host, "api.pinecone.io")
      }))

    it.effect("no key", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(read(["PINECONE_SOURCE_TAG", "a tag"]))
        assert.isTrue(ConfigError.isConfigError(error))
        assert.include(String(error), "PINECONE_API_KEY")
      }))

    for (
      const bad of [
        "{\"x-token\":\"s3cret-value\"",
        "\"s3cret-value\"",
        "{\"x-token\":[\"s3cret-value\"]}",
        "[]",
        "null"
      ]
    ) {
      it.effect(`additional headers that are ${bad.replace("s3cret-value", "…")}`, () =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(read(["PINECONE_API_KEY", key], ["PINECONE_ADDITIONAL_HEADERS", bad]))
          assert.isTrue(ConfigError.isConfigError(error))
          const shown = `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 10 })}`
          assert.include(shown, "PINECONE_ADDITIONAL_HEADERS")
          assert.notInclude(shown, "s3cret-value")
        }))
    }

    it.effect("layerConfig reads the environment, and fails as a layer without a key", () =>
      Effect.gen(function*() {
        const layer = PineconeHttpClient.layerConfig().pipe(Layer.provide(FetchHttpClient.layer))
        const built = (...entries: ReadonlyArray<readonly [string, string]>) =>
          Effect.scoped(Layer.build(layer)).pipe(
            Effect.withConfigProvider(ConfigProvider.fromMap(new Map(entries))),
            Effect.exit
          )
        assert.isTrue(Exit.isSuccess(yield* built(["PINECONE_API_KEY", key])))
        assert.isTrue(Exit.isFailure(yield* built()))
      }))
  })

  describe("over HTTP", () => {
    /** A server on the loopback, and how its requests end. */
    const serve = (handler: (response: Http.ServerResponse) => void) =>
      Effect.gen(function*() {
        const begun = yield* Deferred.make<void>()
        const closed = yield* Deferred.make<boolean>()
        const server = yield* Effect.acquireRelease(
          Effect.async<Http.Server>((resume) => {
            const server = Http.createServer((_request, response) => {
              response.on("close", () => Deferred.unsafeDone(closed, Exit.succeed(response.writableFinished)))
              Deferred.unsafeDone(begun, Exit.void)
              handler(response)
            })
            server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
          }),
          (server) =>
            Effect.async<void>((resume) => {
              server.closeAllConnections()
              server.close(() => resume(Effect.void))
            })
        )
        const { port } = server.address() as AddressInfo
        const client = yield* PineconeHttpClient.make({
          apiKey: Redacted.make(key),
          controllerHost: `127.0.0.1:${port}`,
          retry: Settings.noRetry
        }).pipe(Effect.provide(FetchHttpClient.layer))
        return {
          client,
          server,
          begun: Deferred.await(begun),
          /** Whether the answer was sent to its end when the connection closed. */
          closed: Deferred.await(closed)
        }
      })

    const stall = (response: Http.ServerResponse) => {
      response.writeHead(200, { "content-type": "application/json" })
      response.write("{\"name\":")
    }

    it.scopedLive("an answer", () =>
      Effect.gen(function*() {
        const { client, closed } = yield* serve((response) => response.end(JSON.stringify(index())))
        assert.strictEqual((yield* describeMovies(client)).name, "movies")
        assert.isTrue(yield* closed)
      }))

    it.scopedLive("interruption closes the connection", () =>
      Effect.gen(function*() {
        for (const handler of [() => {}, stall]) {
          const { begun, client, closed } = yield* serve(handler)
          const fiber = yield* Effect.fork(describeMovies(client))
          yield* begun
          yield* Fiber.interrupt(fiber)
          assert.isFalse(yield* closed)
        }
      }))

    it.scopedLive("a timeout closes the connection, also when the body stalls", () =>
      Effect.gen(function*() {
        for (const handler of [() => {}, stall]) {
          const { client, closed } = yield* serve(handler)
          const error = yield* failure("PineconeTimedOut")(describeMovies(client).pipe(Call.withTimeout("100 millis")))
          assert.strictEqual(error.attempts, 1)
          assert.isFalse(yield* closed)
        }
      }))

    it.scopedLive("a connection that breaks in the middle of a body", () =>
      Effect.gen(function*() {
        const { client } = yield* serve((response) => {
          stall(response)
          setImmediate(() => response.destroy())
        })
        const error = yield* failure("PineconeTransportError")(describeMovies(client))
        assert.strictEqual(error.attempts, 1)
      }))

    it.scopedLive("nobody listens", () =>
      Effect.gen(function*() {
        const { client, server } = yield* serve(() => {})
        yield* Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
        })
        const error = yield* failure("PineconeTransportError")(describeMovies(client))
        assert.include(error.message, "ECONNREFUSED")
      }))
  })
})
