import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import { constTrue } from "effect/Function"
import * as Tracer from "effect/Tracer"

/** What traces where nothing else is asked for: it shows its spans to nobody. */
const native = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether anyone sees the spans of requests. */
export const isSeen: Effect.Effect<boolean> = Effect.map(Effect.tracer, (tracer) => tracer !== native)

/** Has requests make no spans where nobody would see them: a span has a copy of every header of a request and its answer. */
export const whereSeen = <A, E, R>(serve: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(isSeen, (seen) =>
    seen ? serve : serve.pipe(
      Effect.withTracerEnabled(false),
      Effect.locally(HttpMiddleware.currentTracerDisabledWhen, constTrue)
    ))
