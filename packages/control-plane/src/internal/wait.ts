import * as Poll from "@effect-pinecone/http/Poll"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"

/** What a wait for work on the server can end in. */
export type WaitError = PineconeError.RequestError | PineconeError.OperationFailed

/** What is waited for. */
export interface Goal {
  /** The operation that tells how it stands. */
  readonly operation: string
  readonly resource: "index" | "collection" | "backup" | "restore_job"
  readonly id: string
  /** The index, where the work is on one. */
  readonly index?: string | undefined
  /** What is waited for: `to be ready`. */
  readonly goal: string
}

/** Work on the server that takes a while, and how to see from an answer how it stands. */
export interface Work<A> extends Goal {
  readonly state: (answer: A) => string
  readonly done: (answer: A) => boolean
  /** The states that do not lead to the goal any more, with what to do about each. */
  readonly dead: Readonly<Record<string, string>>
}

const within = (options: Poll.Options | undefined): Poll.Options => ({
  ...options,
  timeout: options?.timeout ?? "5 minutes"
})

const subject = ({ goal, id, index, operation, resource }: Goal): Poll.Subject => ({
  operation,
  index,
  what: `${resource.replace("_", " ")} "${id}" ${goal}`
})

/** Whether the goal is reached; fails where it cannot be any more. */
export const isDone = <A>(work: Work<A>) => (answer: A): Effect.Effect<boolean, PineconeError.OperationFailed> => {
  const state = work.state(answer)
  return Object.hasOwn(work.dead, state)
    ? Effect.fail(
      new PineconeError.OperationFailed({
        operation: work.operation,
        index: work.index,
        attempts: 1,
        resource: work.resource,
        id: work.id,
        state,
        message: `${subject(work).what} is waited for in vain: its state is ${state}; ${work.dead[state]}`
      })
    )
    : Effect.succeed(work.done(answer))
}

/** Every answer until the goal is reached. */
export const progress = <A, E>(
  work: Work<A>,
  ask: Effect.Effect<A, E>,
  options: Poll.Options | undefined
): Stream.Stream<A, E | PineconeError.OperationFailed | PineconeError.TimedOut> =>
  Poll.stream(ask, isDone(work), subject(work), within(options))

/** The answer that says that the goal is reached. */
export const until = <A, E>(
  work: Work<A>,
  ask: Effect.Effect<A, E>,
  options: Poll.Options | undefined
): Effect.Effect<A, E | PineconeError.OperationFailed | PineconeError.TimedOut> =>
  Poll.until(ask, isDone(work), subject(work), within(options))

/** Until what is asked for is not there any more. */
export const untilGone = <A, E>(
  goal: Goal,
  ask: Effect.Effect<Option.Option<A>, E>,
  options: Poll.Options | undefined
): Effect.Effect<void, E | PineconeError.TimedOut> =>
  Effect.asVoid(Poll.until(ask, (answer) => Effect.succeed(Option.isNone(answer)), subject(goal), within(options)))
