import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as ParseResult from "effect/ParseResult"
import * as Tracer from "effect/Tracer"
import * as Call from "../Call.js"
import * as Failure from "../Failure.js"

/** A call on its way, and how often it has sent its request. It belongs to the one fiber that makes the call. */
export class RunningCall implements Call.Call {
  readonly operation: string
  readonly index: string | undefined
  readonly namespace: string | undefined
  readonly assistant: string | undefined
  readonly idempotent: boolean | undefined
  readonly once: boolean | undefined
  attempts = 0

  constructor({ assistant, idempotent, index, namespace, once, operation }: Call.Call) {
    this.operation = operation
    this.index = index
    this.namespace = namespace
    this.assistant = assistant
    this.idempotent = idempotent
    this.once = once
  }
}

export const from = (call: Call.Call): RunningCall => call instanceof RunningCall ? call : new RunningCall(call)

/** How often the call that an effect belongs to has sent its request. */
export const attempts: Effect.Effect<number> = Effect.map(Call.Current, (call) => from(call).attempts)

/** Runs a request as an operation: with a span, and with every failure as one of our errors. */
export type Run = <A, E, R>(
  call: Call.Call,
  effect: Effect.Effect<A, E, R>
) => Effect.Effect<A, PineconeError.RequestError, R>

export const make = (scrub: Failure.Scrub): Run => {
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
    Effect.useSpan(
      `pinecone.${call.operation}`,
      {
        kind: "client",
        captureStackTrace: false,
        attributes: {
          "db.system.name": "pinecone",
          "db.operation.name": call.operation,
          ...(call.index === undefined ? {} : { "db.collection.name": call.index }),
          ...(call.namespace === undefined ? {} : { "db.namespace": call.namespace }),
          ...(call.assistant === undefined ? {} : { "pinecone.assistant": call.assistant })
        }
      },
      (span) =>
        Effect.withFiberRuntime<A, PineconeError.RequestError, R>((fiber) => {
          const running = new RunningCall(call)
          // The span and the call in one step: each change of a fiber's context copies it.
          const context = Context.add(Context.add(fiber.currentContext, Tracer.ParentSpan, span), Call.Current, running)
          return Effect.catchAll(Effect.locally(effect, FiberRef.currentContext, context), (cause) => {
            const error = toPineconeError(running, running.attempts, cause)
            span.attribute("error.type", error._tag)
            if (error.status !== undefined) span.attribute("db.response.status_code", String(error.status))
            return Effect.fail(error)
          })
        })
    )
}
