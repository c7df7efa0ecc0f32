import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import * as Call from "../Call.js"
import * as Failure from "../Failure.js"
import * as Telemetry from "../Telemetry.js"
import { Measures } from "./measure.js"
import * as usage from "./usage.js"

/** An operation on its way: what its span and its metrics are told. It belongs to the one fiber that it was begun in. */
export class RunningOperation {
  /** How many requests it has sent. */
  sent = 0
  /** What they were sent over. */
  protocol: string | undefined

  constructor(
    readonly name: string,
    readonly span: Tracer.Span,
    private readonly fiber: FiberId.FiberId,
    readonly measures: Measures
  ) {}

  /** Whether a call is what the operation is made for: not where it asks for something else first. */
  isMadeBy(call: Call.Call, fiber: FiberId.FiberId): boolean {
    return call.operation === this.name && fiber === this.fiber
  }

  /** Tells the span of a number or a text, if there is one. */
  tell(key: string, value: unknown): void {
    if (value !== undefined) this.span.attribute(key, value)
  }
}

/** A call on its way, and how often it has sent its request. It belongs to the one fiber that makes the call. */
export class RunningCall implements Call.Call {
  readonly operation: string
  readonly index: string | undefined
  readonly namespace: string | undefined
  readonly assistant: string | undefined
  readonly idempotent: boolean | undefined
  readonly once: boolean | undefined
  readonly batchSize: number | undefined
  attempts = 0
  /** The size of the body. */
  bytes = 0

  constructor(
    { assistant, batchSize, idempotent, index, namespace, once, operation }: Call.Call,
    readonly within?: RunningOperation
  ) {
    this.operation = operation
    this.index = index
    this.namespace = namespace
    this.assistant = assistant
    this.idempotent = idempotent
    this.once = once
    this.batchSize = batchSize
  }
}

export const from = (call: Call.Call): RunningCall => call instanceof RunningCall ? call : new RunningCall(call)

/** How often the call that an effect belongs to has sent its request. */
export const attempts: Effect.Effect<number> = Effect.map(Call.Current, (call) => from(call).attempts)

const interrupted = "interrupted"

const typeOf = (cause: Cause.Cause<unknown>): string => {
  if (Cause.isInterruptedOnly(cause)) return interrupted
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  return Predicate.hasProperty(error, "_tag") && typeof error._tag === "string" ? error._tag : "_OTHER"
}

/** What a failure is called in a span and a metric: nothing where there is none. */
export const errorType = (exit: Exit.Exit<unknown, unknown>): string | undefined =>
  Exit.isSuccess(exit) ? undefined : typeOf(exit.cause)

/** Tells the span that is open of a failure, unless it is an interruption. */
export const annotateFailure = (cause: Cause.Cause<unknown>): Effect.Effect<void> => {
  const type = typeOf(cause)
  return type === interrupted ? Effect.void : Effect.annotateCurrentSpan("error.type", type)
}

const tellOf = (
  operation: RunningOperation,
  { assistant, batchSize, index, namespace }: Omit<Call.Call, "operation">
): void => {
  operation.tell("db.collection.name", index)
  operation.tell("db.namespace", namespace)
  operation.tell("pinecone.assistant", assistant)
  operation.tell("db.operation.batch.size", batchSize)
}

const ended = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  operation: RunningOperation,
  nanos: bigint,
  exit: Exit.Exit<unknown, unknown>
): void => {
  const { measures, name, protocol, sent } = operation
  const type = errorType(exit)
  if (sent > 0) operation.tell("pinecone.request.attempts", sent)
  if (Exit.isFailure(exit) && type !== interrupted) {
    operation.tell("error.type", type)
    const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
    if (PineconeError.isPineconeError(error)) {
      tellOf(operation, error)
      operation.tell("pinecone.request.id", error.requestId)
      if (error.status !== undefined) operation.tell("db.response.status_code", String(error.status))
    }
  }
  measures.add(fiber, Telemetry.operationDuration, Number(nanos) / 1e9, { operation: name, error: type, protocol })
}

/** Runs something as an operation, with a span of its own, and in a call of its own. */
const opened = <A, E, R>(
  measures: Measures,
  call: Call.Call,
  run: (call: RunningCall, operation: RunningOperation) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.useSpan(
    `pinecone.${call.operation}`,
    {
      kind: "client",
      captureStackTrace: false,
      attributes: { "db.system.name": "pinecone", "db.operation.name": call.operation }
    },
    (span) =>
      Effect.withFiberRuntime<A, E, R>((fiber) => {
        const operation = new RunningOperation(call.operation, span, fiber.id(), measures)
        tellOf(operation, call)
        const running = new RunningCall(call, operation)
        const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
        const began = clock.unsafeCurrentTimeNanos()
        // The span and the call in one step: each change of a fiber's context copies it.
        const context = Context.add(Context.add(fiber.currentContext, Tracer.ParentSpan, span), Call.Current, running)
        return Effect.onExit(
          Effect.locally(run(running, operation), FiberRef.currentContext, context),
          (exit) => Effect.sync(() => ended(fiber, operation, clock.unsafeCurrentTimeNanos() - began, exit))
        )
      })
  )

/** Runs something as an operation: a call of its name belongs to it. */
export const operation = <A, E, R>(
  measures: Measures,
  call: Call.Call,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> => opened(measures, call, () => effect)

const stores = new Set(["upsert", "upsert_records"])

/** What an answer says of its cost, and what was stored with it. */
const answered = (
  fiber: Fiber.RuntimeFiber<unknown, unknown>,
  { batchSize, bytes }: RunningCall,
  operation: RunningOperation,
  answer: unknown
): void => {
  const { measures, name, protocol } = operation
  const { embedTotalTokens, readUnits, rerankUnits, totalTokens } = usage.of(answer)
  operation.tell("pinecone.usage.read_units", readUnits)
  operation.tell("pinecone.usage.embed_tokens", embedTotalTokens ?? totalTokens)
  operation.tell("pinecone.usage.rerank_units", rerankUnits)
  const kind = { operation: name, protocol }
  if (readUnits !== undefined) measures.add(fiber, Telemetry.readUnits, readUnits, kind)
  if (stores.has(name) && batchSize !== undefined) {
    measures.add(fiber, Telemetry.upsertRecords, batchSize, kind)
    measures.add(fiber, Telemetry.upsertSize, bytes, kind)
  }
}

/** Runs a request as an operation: with a span, and with every failure as one of our errors. */
export type Run = <A, E, R>(
  call: Call.Call,
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, PineconeError.RequestError, R>

export const make = (scrub: Failure.Scrub): Run => {
  const measures = new Measures()

  const toPineconeError = (call: Call.Call, attempts: number, error: unknown): PineconeError.RequestError => {
    // eslint-disable-next-line no-restricted-syntax -- the others are found before a call.
    if (PineconeError.isPineconeError(error)) return error as PineconeError.RequestError
    const why = ParseResult.isParseError(error)
      ? Failure.whyNoFit(error)
      : error instanceof Error
      ? error.message
      : String(error)
    return attempts === 0
      ? Failure.invalidInput(call, why, scrub)
      : Failure.invalidResponse(call, attempts, why, scrub)
  }

  return <A, E, R>(call: Call.Call, effect: Effect.Effect<A, E, R>) =>
    Effect.withFiberRuntime<A, PineconeError.RequestError, R>((fiber) => {
      const run = (running: RunningCall, operation: RunningOperation) =>
        Effect.matchEffect(effect, {
          onFailure: (cause) => Effect.fail(toPineconeError(running, running.attempts, cause)),
          onSuccess: (answer) => {
            answered(fiber, running, operation, answer)
            return Effect.succeed(answer)
          }
        })
      const current = Context.get(fiber.currentContext, Call.Current)
      const operation = current instanceof RunningCall ? current.within : undefined
      if (operation === undefined || !operation.isMadeBy(call, fiber.id())) return opened(measures, call, run)
      tellOf(operation, call)
      const running = new RunningCall(call, operation)
      return Effect.locally(
        run(running, operation),
        FiberRef.currentContext,
        Context.add(fiber.currentContext, Call.Current, running)
      )
    })
}
