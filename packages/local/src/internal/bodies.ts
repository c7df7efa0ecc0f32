import * as VectorJson from "@effect-pinecone/http/VectorJson"
import * as NodeHttpServerRequest from "@effect/platform-node/NodeHttpServerRequest"
import * as NodeMultipart from "@effect/platform-node/NodeMultipart"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Multipart from "@effect/platform/Multipart"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { IncomingMessage } from "node:http"
import { Transform } from "node:stream"
import type { BodyRule } from "./bodyLimits.js"
import * as bodyLimits from "./bodyLimits.js"
import type { Head } from "./head.js"
import { pathOf } from "./head.js"
import * as nesting from "./nesting.js"
import type { Patience } from "./patience.js"
import * as patience from "./patience.js"
import * as problem from "./problem.js"
import type { Plane } from "./respond.js"
import * as respond from "./respond.js"

const shown = (bytes: number): string => bytes.toLocaleString("en-US")

const tooLarge = (limit: number, length?: number): problem.Problem =>
  new problem.Problem({
    status: 413,
    code: "OUT_OF_RANGE",
    message: `The body is ${length === undefined ? "longer than the limit" : `${shown(length)} bytes; the limit`} ${
      length === undefined ? `of ${shown(limit)} bytes` : `is ${shown(limit)} bytes`
    }: send less in a request.`
  })

const unsupported = (message: string): problem.Problem =>
  new problem.Problem({ status: 415, code: "INVALID_ARGUMENT", message })

const tooSlow = ({ body, bodyBytes }: Patience): problem.Problem =>
  new problem.Problem({
    status: 408,
    code: "DEADLINE_EXCEEDED",
    message: `The body came too slowly: fewer than ${shown(bodyBytes)} bytes of it in ${body / 1000} seconds.`
  })

const brokenOff = problem.badRequest("The body was broken off before its end.")

/** What a body is refused for by the head of its request, before anything of it is read. */
const refusal = (
  headers: { readonly [name: string]: string | undefined },
  rule: BodyRule
): problem.Problem | undefined => {
  const length = headers["content-length"]
  const hasBody = headers["transfer-encoding"] !== undefined || (length !== undefined && Number(length) > 0)
  if (!hasBody) return undefined
  if (length !== undefined && Number(length) > rule.bytes) return tooLarge(rule.bytes, Number(length))
  const encoding = headers["content-encoding"] ?? "identity"
  if (!/^\s*identity\s*$/i.test(encoding)) {
    return unsupported(`A body cannot be sent with Content-Encoding ${encoding.slice(0, 50)}: send it as it is.`)
  }
  const type = headers["content-type"]
  return type === undefined || bodyLimits.allows(rule, type)
    ? undefined
    : unsupported(
      `The body is of the type ${type.slice(0, 100)}: set the header Content-Type to ${bodyLimits.named(rule)}.`
    )
}

/**
 * Watches a body come, and tells when it has not come on for too long. It gives the end of the watch. Most bodies come with
 * the head of their request: these are never watched.
 */
const watch = (
  patience: Patience,
  body: { readonly bytes: () => number; readonly isWaiting: () => boolean },
  late: () => void
): () => void => {
  let before = 0
  let timer: NodeJS.Timeout | undefined
  const begun = setImmediate(() => {
    timer = setInterval(() => {
      const now = body.bytes()
      if (body.isWaiting() && now - before < patience.bodyBytes) late()
      before = now
    }, patience.body)
  })
  return () => {
    clearImmediate(begun)
    clearInterval(timer)
  }
}

/** A client may wait to be told that its body is wanted. */
const ask = (request: HttpServerRequest.HttpServerRequest): void => {
  if (/^100-continue$/i.test(request.headers["expect"] ?? "")) {
    NodeHttpServerRequest.toServerResponse(request).writeContinue()
  }
}

/**
 * Reads a body that comes over a connection, no further than the limit, and gives what is made of it. What is not read stays
 * where it is.
 */
const read = <A>(
  source: IncomingMessage,
  { bytes: limit }: BodyRule,
  patience: Patience,
  make: (bytes: Buffer) => Effect.Effect<A, problem.Problem>
): Effect.Effect<A, problem.Problem> =>
  Effect.async((resume) => {
    const chunks: Array<Buffer> = []
    let size = 0
    const leave = () => {
      unwatch()
      source.off("data", take).off("end", complete).off("close", broken).off("error", broken)
      source.pause()
    }
    const end = (result: Effect.Effect<A, problem.Problem>) => {
      leave()
      resume(result)
    }
    const take = (chunk: Buffer) => {
      size += chunk.length
      if (size > limit) end(tooLarge(limit))
      else chunks.push(chunk)
    }
    const complete = () => end(make(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)))
    const broken = () => end(brokenOff)
    const unwatch = watch(
      patience,
      { bytes: () => size, isWaiting: () => true },
      () => end(tooSlow(patience))
    )
    source.on("end", complete).on("close", broken).on("error", broken).on("data", take)
    return Effect.sync(leave)
  })

/** Why a multipart body cannot be read, where it is a problem of the body. */
export const causeOf = (error: Multipart.MultipartError): problem.Problem | undefined =>
  error.cause instanceof problem.Problem ? error.cause : undefined

/** What the last part of a multipart body is followed by. The parser misses it in some places, and waits for ever. */
const closingOf = (contentType = ""): Buffer => {
  const [, quoted, bare] = /boundary=(?:"([^"]*)"|([^;]*))/i.exec(contentType) ?? []
  return Buffer.from(`--${(quoted ?? bare ?? "").trim()}--`)
}

/** So many bytes may follow it. */
const longestEpilogue = 1024

/**
 * The parts of a body that comes over a connection. The platform's own would wait for ever for the rest of a file whose
 * connection has broken.
 */
const partsOf = (
  request: HttpServerRequest.HttpServerRequest,
  source: IncomingMessage,
  { bytes: limit }: BodyRule,
  patience: Patience
): Stream.Stream<Multipart.Part, Multipart.MultipartError> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const failed = yield* Deferred.make<never, Multipart.MultipartError>()
    const failWith = (error: Multipart.MultipartError) => Deferred.unsafeDone(failed, Effect.fail(error))
    const refuse = (cause: problem.Problem) => failWith(new Multipart.MultipartError({ reason: "Parse", cause }))
    const closing = closingOf(source.headers["content-type"])
    let size = 0
    let tail = Buffer.alloc(0)
    const bytes = new Transform({
      transform(chunk: Buffer, _, done) {
        size += chunk.length
        if (size > limit) return refuse(tooLarge(limit))
        tail = Buffer.concat([tail, chunk.subarray(-longestEpilogue)]).subarray(-longestEpilogue - closing.length)
        done(null, chunk)
      },
      flush(done) {
        if (!tail.includes(closing)) refuse(brokenOff)
        done()
      }
    })
    const broken = () => {
      if (!source.readableEnded) refuse(brokenOff)
    }
    const unwatch = watch(
      patience,
      { bytes: () => size, isWaiting: () => !source.readableEnded && !bytes.writableNeedDrain },
      () => refuse(tooSlow(patience))
    )
    source.on("close", broken).on("error", broken)
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        unwatch()
        source.off("close", broken).off("error", broken)
        source.unpipe(bytes)
        source.pause()
        bytes.destroy()
      })
    )
    ask(request)
    return NodeMultipart.stream(source.pipe(bytes), source.headers).pipe(
      Stream.tapErrorCause((cause) => Effect.sync(() => Deferred.unsafeDone(failed, Effect.failCause(cause)))),
      // The parser says that it has failed where its parts are waited for: that is done while a file is read, too.
      Stream.buffer({ capacity: 16 }),
      Stream.map((part) =>
        part._tag === "Field" ? part : Object.create(part, {
          content: { value: Stream.interruptWhenDeferred(part.content, failed) }
        })
      ),
      Stream.interruptWhenDeferred(failed)
    )
  }))

const decoder = new TextDecoder("utf-8", { fatal: true })

const notUtf8 = problem.badRequest("The body is not UTF-8")

const textOf = (bytes: Uint8Array): Either.Either<string, problem.Problem> =>
  Either.try({ try: () => decoder.decode(bytes), catch: () => notUtf8 })

/** The JSON of a body, and null where it is empty. It throws what the decoder and `JSON.parse` do. */
const plainJson = (bytes: Uint8Array): unknown => bytes.length === 0 ? null : JSON.parse(decoder.decode(bytes))

/** The same with the dense vectors of records as typed arrays, where that is the faster way. */
const vectorJson = VectorJson.make({ parse: plainJson, shortest: 1024 })

const parse = (plane: Plane, bytes: Uint8Array, read = plainJson): Either.Either<unknown, problem.Problem> => {
  const why = nesting.tooMuch(bytes)
  return why === undefined
    ? Either.try({
      try: () => read(bytes),
      catch: (error) => error instanceof SyntaxError ? respond.noJson(plane) : notUtf8
    })
    : Either.left(problem.badRequest(`The body cannot be read: ${why}`))
}

/**
 * What a body is refused for when it is read, as a defect: neither the platform, which would look whether it fits an error
 * of the API, nor a handler is to make something else of it.
 */
export class Refused extends Data.TaggedClass("Refused")<{ readonly problem: problem.Problem }> {}

const orRefuse = <A>(effect: Effect.Effect<A, problem.Problem>): Effect.Effect<A> =>
  Effect.catchAll(effect, (problem) => Effect.die(new Refused({ problem })))

/** The request with a body that is read as far as it may be, and with nothing else of it to be read. */
const guarded = (
  plane: Plane,
  request: HttpServerRequest.HttpServerRequest,
  bytes: Effect.Effect<Uint8Array, problem.Problem>,
  parts: Stream.Stream<Multipart.Part, Multipart.MultipartError>
): HttpServerRequest.HttpServerRequest => {
  const text = orRefuse(Effect.flatMap(bytes, textOf))
  return Object.create(request, {
    text: { value: text },
    json: { value: orRefuse(Effect.flatMap(bytes, (bytes) => parse(plane, bytes))) },
    urlParamsBody: { value: Effect.map(text, (text) => UrlParams.fromInput(new URLSearchParams(text))) },
    arrayBuffer: { value: orRefuse(bytes) },
    stream: { value: Stream.fromEffect(orRefuse(bytes)) },
    multipart: { value: Effect.die(new Error("uploads are read as streams")) },
    multipartStream: { value: parts },
    modify: {
      value: (options: Parameters<HttpServerRequest.HttpServerRequest["modify"]>[0]) =>
        guarded(plane, request.modify(options), bytes, parts)
    }
  })
}

/** Reads the body of a request, no further than its rule allows, and gives what is made of it. */
const bodyOf = <A>(
  request: Head,
  rule: BodyRule,
  waits: Patience,
  make: (bytes: Uint8Array) => Effect.Effect<A, problem.Problem>
): Effect.Effect<A, problem.Problem> => {
  const { source } = request
  return source instanceof IncomingMessage
    ? read(source, rule, waits, make)
    // It is in the process, and all of it is there.
    : Effect.matchEffect(request.arrayBuffer, {
      onSuccess: (buffer) => make(new Uint8Array(buffer)),
      onFailure: () => brokenOff
    })
}

/** Whether whoever sends a request waits to be asked for its body. */
export const waits = ({ headers }: Head): boolean => headers["expect"] !== undefined

const reading = (plane: Plane, request: Head, read: (bytes: Uint8Array) => unknown) => {
  const rule = bodyLimits.ruleOf(plane, pathOf(request))
  return refusal(request.headers, rule) ??
    Effect.flatMap(patience.Current, (waits) => bodyOf(request, rule, waits, (bytes) => parse(plane, bytes, read)))
}

/**
 * Reads the body of a request, unless its head says that it is none that can be taken: what it says in JSON, and null without
 * one. Nobody is asked for it.
 */
export const json = (plane: Plane, request: Head): Effect.Effect<unknown, problem.Problem> =>
  reading(plane, request, plainJson)

/** The same of records, whose dense vectors may be typed arrays. */
export const records = (plane: Plane, request: Head): Effect.Effect<unknown, problem.Problem> =>
  reading(plane, request, vectorJson)

/**
 * Looks at the head of a request, and gives the request with a body that keeps to the rule of its route. Reading
 * what is none dies with {@link Refused}.
 */
export const guard = (
  plane: Plane,
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<HttpServerRequest.HttpServerRequest, problem.Problem> =>
  Effect.gen(function*() {
    const rule = bodyLimits.ruleOf(plane, pathOf(request))
    yield* refusal(request.headers, rule) ?? Effect.void
    const waits = yield* patience.Current
    const { source } = request
    return guarded(
      plane,
      request,
      yield* Effect.cached(
        Effect.andThen(Effect.sync(() => ask(request)), bodyOf(request, rule, waits, Effect.succeed))
      ),
      source instanceof IncomingMessage ? partsOf(request, source, rule, waits) : request.multipartStream
    )
  })
