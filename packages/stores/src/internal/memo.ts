import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Something that can be used for a while. */
export interface Lasting<A> {
  readonly value: A
  /** Until when, in milliseconds of the clock. Undefined is always. */
  readonly expires: number | undefined
}

/** How long before it expires it is fetched again, in milliseconds. */
const spare = 2 * 60_000

/** Gets something once for all that ask, and again when it expires. A failure is not kept. */
export const remembered = <A, E>(get: Effect.Effect<Lasting<A>, E>): Effect.Effect<A, E> => {
  const lock = Effect.unsafeMakeSemaphore(1)
  let kept: Lasting<A> | undefined
  return lock.withPermits(1)(Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    if (kept !== undefined && (kept.expires === undefined || now < kept.expires - spare)) return kept.value
    kept = yield* get
    return kept.value
  }))
}
