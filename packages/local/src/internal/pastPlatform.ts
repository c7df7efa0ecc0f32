import * as HttpServerError from "@effect/platform/HttpServerError"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { IncomingMessage, ServerResponse } from "node:http"
import * as apiVersion from "./apiVersion.js"
import type { Head } from "./head.js"
import type { Operation } from "./vectorRequests.js"
import * as vectorRequests from "./vectorRequests.js"
import * as versions from "./versions.js"

// What the platform does for each request, whatever it is (a scope, a span, handlers before the answer, a wait until all of it
// is sent), takes longer than a write of a record. The operations on records need nothing of it.

/** Answers a request that asks for an operation by its place, or leaves it to the platform. */
export type PastPlatform = (
  request: Head,
  operation: Operation
) => Effect.Effect<HttpServerResponse.HttpServerResponse> | undefined

/** The head of a request of Node's. */
class NodeHead implements Head {
  readonly method: string
  readonly url: string
  readonly arrayBuffer = noBuffer
  constructor(readonly source: IncomingMessage) {
    this.method = source.method?.toUpperCase() ?? ""
    this.url = source.url ?? ""
  }
  get headers(): Head["headers"] {
    // eslint-disable-next-line no-restricted-syntax -- the platform takes them so, too: there is a list of set-cookie alone.
    return this.source.headers as Head["headers"]
  }
}

const noBuffer = Effect.die(new Error("a body that comes over a connection is read from there"))

/** So many bytes of an answer are sent together with its head. */
const mostInOne = 16_384

/** Sends an answer, which is one of bytes or has no body. */
const send = (to: ServerResponse, { body, headers, status }: HttpServerResponse.HttpServerResponse): void => {
  // Its connection may have ended.
  if (to.writableEnded) return
  to.writeHead(status, headers)
  if (body._tag !== "Uint8Array") to.end()
  // Node sends a head and a short text in one write, and bytes in another.
  else if (body.body.length <= mostInOne) {
    to.end(Buffer.from(body.body.buffer, body.body.byteOffset, body.body.length).toString("latin1"), "latin1")
  } else to.end(body.body)
}

/** Ends a request that has no answer: nobody waits for it any more, or the server has a fault. */
const giveUp = (to: ServerResponse): void => {
  if (!to.headersSent) to.statusCode = 500
  to.end()
}

/** Answers a request of Node's, if it is one for an operation; whether it is. */
export const make = (
  answer: PastPlatform
): Effect.Effect<(request: IncomingMessage, response: ServerResponse) => boolean, never, Scope.Scope> =>
  Effect.gen(function*() {
    const fibers = yield* FiberSet.make<void>()
    const forkIn = FiberSet.runtime(fibers)<never>()
    // A request begins in the version that it asks for, which would take longer to put in place for each.
    const forks = new Map(
      yield* Effect.forEach(versions.served, (version) =>
        Effect.map(
          Effect.provideService(forkIn, apiVersion.Current, version),
          (fork) => [version, fork] as const
        ))
    )
    const usual = yield* forkIn
    return (source, response) => {
      const request = new NodeHead(source)
      const operation = vectorRequests.find(request)
      const answering = operation && answer(request, operation)
      if (answering === undefined) return false
      const fork = forks.get(versions.of(request.headers)) ?? usual
      const fiber = fork(Effect.uninterruptible(Effect.catchAllCause(
        Effect.map(answering, (answer) => send(response, answer)),
        () => Effect.sync(() => giveUp(response))
      )))
      response.on("close", () => {
        if (!response.writableEnded) fiber.unsafeInterruptAsFork(HttpServerError.clientAbortFiberId)
      })
      return true
    }
  })
