import * as Effect from "effect/Effect"

/** A turn of the event loop: whatever has come in meanwhile goes first. */
export const turn: Effect.Effect<void> = Effect.async((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})
