import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** Whether an encoder or a check takes its input. */
export const succeeds = (effect: Effect.Effect<unknown, unknown>): boolean => Exit.isSuccess(Effect.runSyncExit(effect))

/** What it gives; it throws its error. */
export const valueOf = <A, E>(effect: Effect.Effect<A, E>): A => {
  const result = Effect.runSync(Effect.either(effect))
  if (result._tag === "Left") throw result.left
  return result.right
}

/** What it fails with; it throws where it does not. */
export const errorOf = <A, E>(effect: Effect.Effect<A, E>): E => Effect.runSync(Effect.flip(effect))
