import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Dispatch from "../../src/Dispatch.js"
import * as Settings from "../../src/Settings.js"
import * as Throttle from "../../src/Throttle.js"

/** A server that lets through what its bucket has tokens for. */
export interface Server {
  /** Requests a second. */
  readonly rate: number
  readonly burst: number
  /** How long an answer takes, in milliseconds. */
  readonly latency: number
  /** The seconds that it asks to wait. */
  readonly retryAfter?: number | undefined
}

/** How many requests a server has let through, and how many it has refused, after so many seconds of a number of writers. */
export const simulate = (server: Server, { seconds = 120, writers = 16 } = {}) =>
  Effect.scoped(Effect.gen(function*() {
    const { burst, latency, rate, retryAfter } = server
    const counts = { accepted: 0, refused: 0 }
    let tokens = burst
    const start = yield* Clock.currentTimeMillis
    let last = start
    const refuse = (): PineconeError.RequestError => {
      counts.refused++
      return new PineconeError.RateLimited({
        operation: "upsert",
        message: "too many",
        status: 429,
        ...(retryAfter === undefined ? {} : { retryAfter: Duration.seconds(retryAfter) })
      })
    }
    const arrive = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      tokens = Math.min(burst, tokens + (now - last) * rate / 1000)
      last = now
      // What a sum of fractions lacks for a whole token is no reason to refuse.
      if (tokens < 1 - 1e-9) return Effect.fail(refuse())
      tokens--
      counts.accepted++
      return Effect.void
    })
    // Refused or not, the answer takes its time: half of it on the way to the server.
    const half = Effect.sleep(Duration.millis(latency / 2))
    const request = half.pipe(Effect.zipRight(Effect.exit(arrive)), Effect.zipLeft(half), Effect.flatten)

    const throttle = yield* Throttle.make()
    // As the transport sends it, then again as a batch is.
    const dispatcher = yield* Dispatch.make(throttle, {
      maxConcurrency: writers,
      retry: Schedule.exponential("1 second").pipe(Schedule.union(Schedule.spaced("30 seconds")), Schedule.jittered),
      stallTimeout: "1 hour"
    })
    const write = Effect.retry(throttle.attempt(request, { write: true }), {
      schedule: Settings.defaultRetry,
      while: throttle.retry
    })
    const writer = Effect.forever(dispatcher.send(write))
    yield* Effect.all(Array.from({ length: writers }, () => writer), { concurrency: "unbounded", discard: true }).pipe(
      Effect.timeoutOption(Duration.seconds(seconds))
    )
    return {
      accepted: counts.accepted,
      /** The share of what it would have let through, at the most that the writers can send. */
      used: counts.accepted / (Math.min(rate, writers * 1000 / latency) * seconds),
      /** The share of what was sent that it refused. */
      refused: counts.refused / (counts.accepted + counts.refused)
    }
  }))
