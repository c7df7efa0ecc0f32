/**
 * The operations of a service, each with one span and in the metrics from its input to its answer: what is refused before
 * anything is sent is a failure of the operation like any other.
 *
 * A request that is sent with `PineconeHttpClient` as a call of the same operation belongs to it; a request that is none of an
 * operation's is one by itself.
 *
 * ```ts
 * import * as Operation from "@effect-pinecone/http/Operation"
 * import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Input from "@effect-pinecone/schema/Input"
 * import * as Effect from "effect/Effect"
 *
 * const service = Effect.map(PineconeHttpClient, (http) =>
 *   Operation.all({ find: "describe_index" }, {
 *     find: (name: string) =>
 *       name === ""
 *         ? Effect.fail(Input.invalid({ operation: "describe_index" }, "name", "must not be empty"))
 *         : http.describeIndex(name)
 *   }))
 * ```
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type * as Tracer from "effect/Tracer"
import type { Call } from "./Call.js"
import { Measures } from "./internal/measure.js"
import * as running from "./internal/runningCall.js"

/**
 * The name that Pinecone has for the operation of a method: `list_namespaces` for `listNamespaces`.
 *
 * @since 0.1.0
 * @category getters
 */
export const nameOf = (method: string): string => method.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * The same service, whose methods of the given names are operations: a list of them where each operation is called as
 * {@link nameOf} says. Methods that give Streams are not: each of their pages is one. The place is what the spans of all of
 * them say, such as the index.
 *
 * @since 0.1.0
 * @category combinators
 */
export const all = <Service extends object>(
  names: { readonly [Method in keyof Service]?: string } | ReadonlyArray<keyof Service>,
  service: Service,
  place: Omit<Call, "operation"> = {}
): Service => {
  const measures = new Measures()
  const methods: { [name: string]: unknown } = {}
  const listed: ReadonlyArray<unknown> | undefined = names instanceof Array ? names : undefined
  for (const [name, method] of Object.entries(service)) {
    const given: unknown = listed?.includes(name) === true ? name : Reflect.get(names, name)
    methods[name] = typeof given !== "string" || typeof method !== "function"
      ? method
      : (...input: ReadonlyArray<unknown>) => {
        const operation = listed === undefined ? given : nameOf(given)
        return running.operation(measures, { ...place, operation }, method(...input))
      }
  }
  // eslint-disable-next-line no-restricted-syntax -- each method takes and gives what it did.
  return methods as Service
}

/**
 * A check of what comes before an operation's first request, where that is sent by another fiber or by a Stream: it is an
 * operation only where it fails.
 *
 * @since 0.1.0
 * @category combinators
 */
export const unlessRefused = (call: Call) => <A, E, R>(check: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.catchAll(check, (error) => running.operation(new Measures(), call, Effect.fail(error)))

const spanOf = (attributes: Readonly<Record<string, unknown>>): Tracer.SpanOptions => ({
  captureStackTrace: false,
  attributes: { "db.system.name": "pinecone", ...attributes }
})

/**
 * A span around several operations, such as those of a wait. It says what it failed with, as their own spans do.
 *
 * @since 0.1.0
 * @category combinators
 */
export const around =
  (name: string, attributes: Readonly<Record<string, unknown>> = {}) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Tracer.ParentSpan>> =>
    Effect.withSpan(Effect.tapErrorCause(effect, running.annotateFailure), name, spanOf(attributes))

/**
 * A span around the operations of a Stream, as {@link around} has it.
 *
 * @since 0.1.0
 * @category combinators
 */
export const aroundStream =
  (name: string, attributes: Readonly<Record<string, unknown>> = {}) =>
  <A, E, R>(stream: Stream.Stream<A, E, R>): Stream.Stream<A, E, Exclude<R, Tracer.ParentSpan>> =>
    Stream.withSpan(Stream.tapErrorCause(stream, running.annotateFailure), name, spanOf(attributes))
