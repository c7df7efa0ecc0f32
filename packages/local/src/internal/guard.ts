import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as problem from "./problem.js"

/** How the server misbehaves, to try out an application. */
export interface Faults {
  readonly random: Random.Random
  readonly throttle: number
  readonly fail: number
  readonly latency: Duration.Duration
}

export interface GuardOptions {
  readonly apiKeys: ReadonlyArray<Redacted.Redacted>
  readonly faults: Faults | undefined
}

/** Lets a request in by its headers, of HTTP or of gRPC, and takes the time that the server is told to take. */
export type Guard = (headers: { readonly [name: string]: string | undefined }) => Effect.Effect<void, problem.Problem>

/** Versions of the API whose requests and answers have the same form here. */
const versions = new Set(["2024-07", "2024-10", "2025-01", "2025-04", "2025-10", "2026-04"])

/** What stands before everything else: the API key, the version of the API, and the faults. */
export const make = ({ apiKeys, faults }: GuardOptions): Guard => {
  const keys = new Set(apiKeys.map(Redacted.value))

  const misbehave: Effect.Effect<void, problem.Problem> = faults === undefined ? Effect.void : Effect.gen(function*() {
    const chance = yield* faults.random.next
    if (Duration.toMillis(faults.latency) > 0) yield* Effect.sleep(faults.latency)
    if (chance < faults.throttle) return yield* problem.throttled
    if (chance < faults.throttle + faults.fail) return yield* problem.unavailable
  })

  return (headers) => {
    if (keys.size > 0 && !keys.has(headers["api-key"] ?? "")) return problem.unauthorized
    const version = headers["x-pinecone-api-version"]
    return version === undefined || versions.has(version)
      ? misbehave
      : problem.notImplemented(
        `Version ${version.slice(0, 50)} of the API is not implemented here; send 2026-04 as X-Pinecone-Api-Version.`
      )
  }
}
