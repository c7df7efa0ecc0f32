/**
 * Where an index is, and the only way to it: the operations on its records over the transport that is in use, the namespace
 * that calls are bound to, and reads that wait for a write.
 *
 * An application uses `VectorIndex`, which joins what stands on this. A capability can also be made alone:
 *
 * ```ts
 * import * as IndexAt from "@effect-pinecone/data-plane/IndexAt"
 * import * as Namespaces from "@effect-pinecone/data-plane/Namespaces"
 * import * as Effect from "effect/Effect"
 *
 * const names = Effect.gen(function*() {
 *   const namespaces = Namespaces.make(yield* IndexAt.make({ name: "movies" }))
 *   return yield* namespaces.listNamespaces()
 * })
 * ```
 *
 * @since 0.1.0
 */
import type { Call } from "@effect-pinecone/http/Call"
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import { nameOf as operationOf } from "@effect-pinecone/http/Operation"
import type { DataPlaneClient } from "@effect-pinecone/http/PineconeHttpClient"
import { baseUrl, PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Poll from "@effect-pinecone/http/Poll"
import type { Throttle } from "@effect-pinecone/http/Throttle"
import type * as VectorService from "@effect-pinecone/http/VectorService"
import * as Input from "@effect-pinecone/schema/Input"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import { Memory } from "./internal/memory.js"

/**
 * Where an index is: by its name, which is looked up once, or by its host, which is not looked up at all.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = {
  readonly name: string
  readonly host?: undefined
} | {
  readonly host: string
  readonly name?: undefined
}

/**
 * Which index to use, and its default namespace.
 *
 * @since 0.1.0
 * @category models
 */
export type Options = Target & {
  /**
   * The namespace of every call that names no other.
   *
   * @default the default namespace, which is also called `__default__`
   */
  readonly namespace?: string | undefined
}

/**
 * The namespace of a call.
 *
 * @since 0.1.0
 * @category models
 */
export interface InNamespace {
  /**
   * The namespace: up to 512 printable ASCII characters.
   *
   * @default the one that the index, or the view of it, is bound to
   */
  readonly namespace?: string | undefined
}

/**
 * How fresh a read must be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Freshness {
  /**
   * The LSN of a write that the read must see: it is repeated until the index has taken the write in, and ends with
   * `PineconeTimedOut` after `freshnessTimeout`.
   */
  readonly minLsn?: number | undefined
  /**
   * @default "30 seconds"
   */
  readonly freshnessTimeout?: Duration.DurationInput | undefined
}

/**
 * What any call can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = PineconeError.RequestError

/**
 * What a call can end in whose input is checked before it is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type InputError = CallError | PineconeError.LimitExceeded

/**
 * What a call can end in that sends or brings metadata.
 *
 * @since 0.1.0
 * @category errors
 */
export type RecordError = InputError | PineconeError.InvalidMetadata

/**
 * An answer, and what its headers say of the log of the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface LoggedAnswer<out A> {
  readonly value: A
  /** The place in the log that a write has got, where the server says so. */
  readonly writtenLsn: number | undefined
  /** The place in the log up to which a read has seen, where the server says so. */
  readonly indexedLsn: number | undefined
  /** Whether nobody reads the body of the request any more, as an earlier try of several may. */
  readonly isBodyFree: boolean
}

/**
 * The operations whose bodies an encoder writes.
 *
 * @since 0.1.0
 * @category models
 */
export type Encoded = "upsert" | "query" | "update"

/**
 * The operations that have more than one transport.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation = keyof VectorService.Operations

/**
 * Which body an operation sends, in the format of the transport; into `memory`, if that is given and large enough.
 *
 * @since 0.1.0
 * @category models
 */
export type Body = (
  target: RequestBody.Target,
  format: RequestBody.Format,
  memory: Uint8Array | undefined
) => Effect.Effect<Uint8Array, RequestBody.BodyError>

/**
 * What of an index decides what may be asked of it, and how its scores compare.
 *
 * @since 0.1.0
 * @category models
 */
export interface Shape {
  readonly dimension: number | undefined
  readonly metric: string | undefined
}

/**
 * An index, where it is known: its host, and its shape where the control plane was asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Found extends Shape {
  readonly host: string
}

/**
 * The way to an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexAt {
  /** The index, by its name or host. */
  readonly index: string
  /** The namespace of the calls that name none. */
  readonly namespace: string | undefined
  /** The same index, bound to another namespace. */
  readonly inNamespace: (namespace: string | undefined) => IndexAt
  readonly found: Effect.Effect<Found, CallError>
  /** The control plane knows it by the name of the index; the index itself, by its stats, which are asked for once. */
  readonly shape: Effect.Effect<Shape, CallError>
  /** What all requests to a host have in common. */
  readonly throttle: (host: string) => Throttle
  /** How the bodies with vectors are written. */
  readonly format: RequestBody.Format
  /** An operation in a namespace. A body comes written, in the format of the transport. */
  readonly run: <K extends Operation>(
    operation: K,
    namespace: string | undefined,
    request: VectorService.Requests[K],
    /** How many records or ids it is about. */
    batchSize?: number
  ) => Effect.Effect<LoggedAnswer<VectorService.Answers[K]>, InputError>
  /** An operation whose body an encoder writes. */
  readonly send: <K extends Encoded>(
    operation: K,
    namespace: string | undefined,
    body: Body,
    batchSize?: number
  ) => Effect.Effect<LoggedAnswer<VectorService.Answers[K]>, RecordError>
  /** A call that is made over HTTP alone. */
  readonly call: <X, E>(
    call: Omit<Call, "index">,
    run: (client: DataPlaneClient) => Effect.Effect<X, E>
  ) => Effect.Effect<X, CallError>
  /** The version of the API that the client speaks. */
  readonly apiVersion: string
  /** A call over HTTP alone whose body is written already: an operation on the texts or the documents of a namespace. */
  readonly post: <X, Encoded>(
    operation: string,
    /** With `:namespace` for its name. */
    path: `/${string}/:namespace/${string}`,
    namespace: string | undefined,
    body: Uint8Array,
    answer: Schema.Schema<X, Encoded>,
    contentType: string,
    batchSize?: number
  ) => Effect.Effect<LoggedAnswer<X>, InputError>
}

/**
 * The one name of a namespace that may be called by several: of the default namespace, `__default__`.
 *
 * @since 0.1.0
 * @category getters
 */
export const nameOf = (namespace: string | undefined): string =>
  namespace === undefined || namespace === "" ? Namespace.defaultNamespace : namespace

const lsnOf = (headers: VectorService.Received["headers"], ...names: ReadonlyArray<string>): number | undefined => {
  for (const name of names) {
    const value = headers[name]
    if (value !== undefined && /^\d+$/.test(value)) return Number(value)
  }
  return undefined
}

const toAnswer = <A>([value, { attempts, early, headers }]: VectorService.Answer<A>): LoggedAnswer<A> => ({
  value,
  writtenLsn: lsnOf(headers, "x-pinecone-request-lsn", "x-pinecone-lsn-committed"),
  indexedLsn: lsnOf(headers, "x-pinecone-max-indexed-lsn", "x-pinecone-lsn-reconciled"),
  isBodyFree: attempts === 1 && early !== true
})

const notEmpty: InvalidSettings.Rule = (name) => name === "" ? "must not be empty" : undefined

/** Refuses what can be the name or the host of no index, and the namespace of no call. */
const checked = (options: Options): Effect.Effect<void, InvalidSettings.InvalidSettings> =>
  Effect.suspend(() => {
    const { host, name, namespace } = Input.isObject(options)
      ? options
      : { host: undefined, name: undefined, namespace: "" }
    const wrong = Namespace.problem({ operation: "index" }, namespace)
    return Effect.andThen(
      host === undefined
        ? InvalidSettings.check("name", name ?? null, notEmpty)
        : InvalidSettings.check("host", host, InvalidSettings.host),
      wrong === undefined
        ? Effect.void
        : Effect.fail(new InvalidSettings.InvalidSettings({ setting: "namespace", message: wrong.message }))
    )
  })

/**
 * Fails with `PineconeInvalidSettings` where the name or the host is empty or the namespace cannot be one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = Effect.fnUntraced(function*(
  options: Options
): Effect.fn.Return<IndexAt, InvalidSettings.InvalidSettings, PineconeHttpClient> {
  yield* checked(options)
  const http = yield* PineconeHttpClient
  const index = options.name ?? options.host
  const memory = new Memory()

  const found: IndexAt["found"] = options.host !== undefined
    ? Effect.succeed({ host: options.host, dimension: undefined, metric: undefined })
    : Effect.map(http.describeIndex(options.name), ({ dimension, host, metric }) => ({ host, dimension, metric }))

  // An index that was deleted, and perhaps made anew, is at another host.
  const at = <X, E extends { readonly _tag: string }>(
    run: (found: Found) => Effect.Effect<X, E>
  ): Effect.Effect<X, E | CallError> => {
    const there = Effect.flatMap(found, run)
    return options.name === undefined ?
      there :
      Effect.tapError(
        there,
        (error) =>
          error._tag === "PineconeNotFound" || error._tag === "PineconeTransportError"
            ? http.forgetIndex(options.name)
            : Effect.void
      )
  }

  const { vectors } = http

  /** Refuses what is no namespace, before anything is asked. */
  const inside = <X, E>(
    operation: string,
    namespace: string | undefined,
    run: Effect.Effect<X, E>
  ): Effect.Effect<X, E | Input.Problem> => {
    const wrong = Namespace.problem({ operation: operationOf(operation), index }, namespace)
    return wrong === undefined ? run : Effect.fail(wrong)
  }

  const operations: VectorService.Operations = vectors

  const ask = <K extends Operation>(
    operation: K,
    host: string,
    namespace: string | undefined,
    request: VectorService.Requests[K],
    batchSize?: number
  ): Effect.Effect<LoggedAnswer<VectorService.Answers[K]>, CallError> =>
    Effect.map(operations[operation]({ host, index, namespace, batchSize }, request), toAnswer)

  const run: IndexAt["run"] = (operation, namespace, request, batchSize) =>
    inside(operation, namespace, at(({ host }) => ask(operation, host, namespace, request, batchSize)))

  /** The body of an upsert is half a megabyte: fresh memory for each would cost more than to write it. */
  const send: IndexAt["send"] = (operation, namespace, body, batchSize) =>
    inside(
      operation,
      namespace,
      at(({ dimension, host }) =>
        Effect.flatMap(
          body({ index, namespace, dimension }, vectors.format, operation === "upsert" ? memory.take() : undefined),
          (bytes) =>
            Effect.map(ask(operation, host, namespace, bytes, batchSize), (answer) => {
              if (operation === "upsert" && answer.isBodyFree) memory.give(bytes)
              return answer
            })
        )
      )
    )

  let known: Shape | undefined
  const stats = Effect.unsafeMakeSemaphore(1).withPermits(1)(
    Effect.suspend(() =>
      known !== undefined ? Effect.succeed(known) : Effect.map(
        at(({ host }) => ask("describeIndexStats", host, undefined, {})),
        ({ value: { dimension, metric } }): Shape => {
          const shape = { metric, dimension }
          if (metric !== undefined) known = shape
          return shape
        }
      )
    )
  )

  const bind = (namespace: string | undefined): IndexAt => ({
    index,
    namespace,
    inNamespace: bind,
    found,
    shape: Effect.flatMap(found, (index) => index.metric === undefined ? stats : Effect.succeed(index)),
    throttle: http.throttle,
    apiVersion: http.apiVersion,
    format: vectors.format,
    run,
    send,
    call: (call, run) =>
      at(({ host }) => Effect.flatMap(http.dataPlane(host), (client) => http.call({ ...call, index }, run(client)))),
    post: (operation, path, namespace, body, answer, contentType, batchSize) =>
      inside(
        operation,
        namespace,
        at(({ host }) =>
          http.post(
            { operation, index, namespace, batchSize },
            baseUrl(host) + path.replace(":namespace", () => encodeURIComponent(nameOf(namespace))),
            body,
            answer,
            contentType
          )
        )
      ).pipe(Effect.map(toAnswer))
  })

  return bind(options.namespace)
})

/**
 * A read, repeated until it has seen the write that it must see.
 *
 * @since 0.1.0
 * @category combinators
 */
export const fresh = <X extends { readonly lsn: number | undefined }, E>(
  { index, namespace, operation }: {
    readonly operation: string
    readonly index: string
    readonly namespace: string | undefined
  },
  read: Effect.Effect<X, E>,
  { freshnessTimeout = "30 seconds", minLsn }: Freshness
): Effect.Effect<X, E | PineconeError.TimedOut | PineconeError.InvalidResponse> =>
  minLsn === undefined ? read : Poll.until(
    read,
    ({ lsn }) =>
      lsn === undefined
        ? Effect.fail(
          new PineconeError.InvalidResponse({
            operation,
            index,
            namespace,
            attempts: 1,
            message: `${operation} on "${index}": the server does not report an LSN, so a read cannot wait for a write`
          })
        )
        : Effect.succeed(lsn >= minLsn),
    { operation, index, namespace, what: `the write ${minLsn} to be readable` },
    { timeout: freshnessTimeout }
  )
