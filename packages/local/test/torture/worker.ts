/** What the workers of a round have in common. */
import type { PineconeError } from "@effect-pinecone/schema/PineconeError"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { Environment } from "../utils/clients.js"
import type { Fault } from "./model.js"
import { fault } from "./model.js"

/**
 * When the server of a round is killed: a little after an operation of a kind is sent, once so many were answered. Where
 * none of the kind is sent for long, after any.
 */
export interface Trigger {
  readonly kind: string
  readonly after: number
  readonly pulled: Deferred.Deferred<void>
}

export interface Round {
  readonly trigger: Trigger
  readonly faults: Array<Fault>
  /** How many operations were answered. */
  answered: number
  /** The kind of the operation that the server was killed at. */
  killedAt: string | undefined
  /** Whether the server has been killed: what fails from then on is no fault. */
  killed: boolean
}

/** Tells that an operation of a kind is about to be sent. */
export const sending = (round: Round, kind: string): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { answered, trigger } = round
    const isDue = answered >= trigger.after && kind === trigger.kind || answered >= trigger.after + patience
    if (!isDue || round.killedAt !== undefined) return Effect.void
    round.killedAt = kind
    return Deferred.succeed(trigger.pulled, undefined)
  })

/** How many operations more are answered before it is not waited for one of a kind any longer. */
const patience = 60

/** Steps one after the other until the server is gone. */
export const untilKilled = <E extends PineconeError | { readonly message: string }>(
  round: Round,
  name: string,
  step: Effect.Effect<void, E, Environment>
): Effect.Effect<void, never, Environment> =>
  Effect.suspend((): Effect.Effect<void, E | "killed", Environment> =>
    round.killed ? Effect.fail("killed" as const) : Effect.tap(step, () => {
      round.answered++
    })
  ).pipe(
    Effect.forever,
    Effect.catchAllCause((cause) =>
      Effect.sync(() => {
        if (!round.killed) round.faults.push(fault("wrong", `${name}: ${String(cause).slice(0, 600)}`))
      })
    )
  )
