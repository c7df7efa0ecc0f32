import * as Effect from "effect/Effect"

/** How long work may go on before timers, sockets and interruption get their turn. */
const maxMillis = 10

/**
 * An Effect to run between pieces of work: it lets the event loop turn where the last turn was a while ago. Yielding alone
 * does not, as fibers are resumed before the timers that would interrupt them.
 */
export const makeTurns = (): Effect.Effect<void> => {
  let last = performance.now()
  const turn = Effect.async<void>((resume) => {
    const timer = setTimeout(() => {
      last = performance.now()
      resume(Effect.void)
    }, 0)
    return Effect.sync(() => clearTimeout(timer))
  })
  return Effect.suspend(() => performance.now() - last < maxMillis ? Effect.void : turn)
}
