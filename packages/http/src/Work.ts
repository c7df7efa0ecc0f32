/**
 * Waiting for work on the server, such as an index that becomes ready or a file that is processed: until it is done, until
 * until it cannot succeed any more, or until the time is over.
 *
 * ```ts
 * import type * as Work from "@effect-pinecone/http/Work"
 *
 * const restore = (id: string): Work.Work<{ readonly status: string }> => ({
 *   operation: "describe_restore_job",
 *   resource: "restore_job",
 *   id,
 *   goal: "to be completed",
 *   state: ({ status }) => status,
 *   done: ({ status }) => status === "Completed",
 *   dead: { Failed: "start another restore job" }
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import * as Poll from "./Poll.js"

/**
 * What is waited for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Goal {
  /** The operation that tells how it stands. */
  readonly operation: string
  /** What works, or is worked on: `index`, `restore_job`, `file`, … */
  readonly resource: string
  readonly id: string
  /** The index, where the work is on one. */
  readonly index?: string | undefined
  /** The assistant, where the work is on one. */
  readonly assistant?: string | undefined
  /** What is waited for: `to be ready`. */
  readonly goal: string
}

/**
 * Work that takes a while, and how to see from an answer how it stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface Work<A> extends Goal {
  readonly state: (answer: A) => string
  readonly done: (answer: A) => boolean
  /** The states that do not lead to the goal any more, with what to do about each. */
  readonly dead: Readonly<Record<string, string>>
  /** What the server says of a failure, where it says something. */
  readonly why?: (answer: A) => string | undefined
}

const within = (options: Poll.Options | undefined): Poll.Options => ({
  ...options,
  timeout: options?.timeout ?? "5 minutes"
})

const subject = ({ assistant, goal, id, index, operation, resource }: Goal): Poll.Subject => ({
  operation,
  index,
  assistant,
  what: `${resource.replace("_", " ")} "${id}" ${goal}`
})

/**
 * Whether the goal is reached; fails where it cannot be any more.
 *
 * @since 0.1.0
 * @category checks
 */
export const isDone = <A>(work: Work<A>) => (answer: A): Effect.Effect<boolean, PineconeError.OperationFailed> => {
  const state = work.state(answer)
  if (!Object.hasOwn(work.dead, state)) return Effect.succeed(work.done(answer))
  const why = work.why?.(answer)
  return Effect.fail(
    new PineconeError.OperationFailed({
      operation: work.operation,
      index: work.index,
      assistant: work.assistant,
      attempts: 1,
      resource: work.resource,
      id: work.id,
      state,
      message: `waited for ${subject(work).what}: its state is ${state}${why === undefined ? "" : ` (${why})`}; ${
        work.dead[state]
      }`
    })
  )
}

/**
 * Every answer until the goal is reached. The default limit is 5 minutes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const progress = <A, E>(
  work: Work<A>,
  ask: Effect.Effect<A, E>,
  options: Poll.Options | undefined
): Stream.Stream<A, E | PineconeError.OperationFailed | PineconeError.TimedOut> =>
  Poll.stream(ask, isDone(work), subject(work), within(options))

/**
 * The answer with which the goal is reached. The default limit is 5 minutes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const until = <A, E>(
  work: Work<A>,
  ask: Effect.Effect<A, E>,
  options: Poll.Options | undefined
): Effect.Effect<A, E | PineconeError.OperationFailed | PineconeError.TimedOut> =>
  Poll.until(ask, isDone(work), subject(work), within(options))

/**
 * Waits until a resource is gone. The default limit is 5 minutes.
 *
 * @since 0.1.0
 * @category constructors
 */
export const untilGone = <A, E>(
  goal: Goal,
  ask: Effect.Effect<Option.Option<A>, E>,
  options: Poll.Options | undefined
): Effect.Effect<void, E | PineconeError.TimedOut> =>
  Effect.asVoid(Poll.until(ask, (answer) => Effect.succeed(Option.isNone(answer)), subject(goal), within(options)))
