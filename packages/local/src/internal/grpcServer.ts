import type { Reply, Status } from "@effect-pinecone/grpc/GrpcChannel"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import type * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import * as Scope from "effect/Scope"
import * as Http2 from "node:http2"
import type { Duplex } from "node:stream"
import type { GrpcHandler } from "./grpc.js"
import { status } from "./grpc.js"
import * as grpcMessage from "./grpcMessage.js"
import type { Patience } from "./patience.js"
import * as patience from "./patience.js"

// The library of gRPC for Node reads and unpacks the message of a call before anyone is asked whether its caller is let in,
// and takes one of any number of bytes that a few of it unpack to. This server looks at the head of a call first, reads no
// more of it than its window until the handler asks for it, and then no more than the limit.

/** Speaks gRPC on connections that others have accepted. */
export interface GrpcServer {
  readonly inject: (connection: Duplex) => void
  /** Takes no more calls, and ends each connection as soon as it has none under way. */
  readonly drain: Effect.Effect<void>
}

const { DEADLINE_EXCEEDED, INVALID_ARGUMENT, PERMISSION_DENIED, RESOURCE_EXHAUSTED } = ErrorBody.grpcStatuses
const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR } = Http2.constants

/** The most bytes of an answer. */
const largestAnswer = 128 * 2 ** 20

/** So much of an error's message stands in a header. */
const longestMessage = 1000

/** So many calls may a connection have under way: more wait at the client. */
const mostCalls = 128

/** So much of a call may be on its way before it is read. */
const window = 2 ** 20

/** So many messages are unpacked and worked on at a time: each may be a thousand times what was sent. */
const mostUnpacked = 4

const units: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 0.001, n: 0.000_001 }

/** How long the caller waits, in milliseconds. */
const timeoutOf = (text: string | undefined): Either.Either<number, Status> => {
  if (text === undefined) return Either.right(Infinity)
  const [, count, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? []
  return count === undefined
    ? Either.left(
      status(INVALID_ARGUMENT, `grpc-timeout is ${text.slice(0, 50)}: it must be digits and one of HMSmun.`)
    )
    : Either.right(Number(count) * units[unit!]!)
}

/** Node's timers take no more. */
const longestTimer = 2 ** 31 - 1

/** Everything but printable ASCII is sent percent-encoded. What is cut within a surrogate pair has no UTF-8. */
const encoded = (message: string): string =>
  Buffer.from(message.slice(0, longestMessage)).toString().replace(/[^ -$&-~]+|^ | $/g, encodeURIComponent)

const headersOf = (received: Http2.IncomingHttpHeaders): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  for (const name in received) {
    const value = received[name]
    // Of those of HTTP/2 itself, the host is what an index may be told by.
    if (typeof value === "string" && (!name.startsWith(":") || name === ":authority")) headers[name] = value
  }
  return headers
}

const heading = (headers: Headers.Headers): Http2.OutgoingHttpHeaders => ({
  ...headers,
  ":status": 200,
  "content-type": "application/grpc",
  "grpc-accept-encoding": grpcMessage.acceptedEncodings
})

/** What has not come of a message is not wanted. Node 22 would send a reset of the same turn before the answer, which is lost. */
const leave = (stream: Http2.ServerHttp2Stream): void => {
  setImmediate(() => {
    if (!stream.readableEnded) stream.close(NGHTTP2_NO_ERROR)
    stream.resume()
  })
}

/** What is no call of gRPC at all is told so by HTTP. */
const foreign = (stream: Http2.ServerHttp2Stream, httpStatus: number, message: string): void => {
  stream.respond({ ":status": httpStatus, "content-type": "application/json" })
  stream.end(JSON.stringify({ code: INVALID_ARGUMENT, message, details: [] }))
  leave(stream)
}

const answer = (stream: Http2.ServerHttp2Stream, { body, headers }: Reply): void => {
  if (body.length > largestAnswer) {
    return fail(stream, status(RESOURCE_EXHAUSTED, `The answer is larger than ${largestAnswer} bytes: ask for less.`))
  }
  stream.respond(heading(headers), { waitForTrailers: true })
  stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }))
  const prefix = Buffer.allocUnsafe(5)
  prefix[0] = 0
  prefix.writeUInt32BE(body.length, 1)
  stream.cork()
  stream.write(prefix)
  stream.end(body)
  stream.uncork()
}

const fail = (stream: Http2.ServerHttp2Stream, { code, headers, message }: Status): void => {
  stream.respond(
    { ...heading(headers), "grpc-status": String(code), "grpc-message": encoded(message) },
    { endStream: true }
  )
  leave(stream)
}

/** A session, and what is under way on it. */
interface Session {
  calls: number
}

/**
 * A server without a port. The work of a call ends when the call is cancelled, when its deadline passes and when its
 * connection breaks. The fibers end with the scope.
 */
export const make = (handler: GrpcHandler): Effect.Effect<GrpcServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const waits: Patience = yield* patience.Current
    const unpacked = yield* Effect.makeSemaphore(mostUnpacked)
    const fork = yield* FiberSet.makeRuntime<never>()
    /** Waits until a message may be unpacked, and counts it until the scope closes. */
    const turn = (scope: Scope.Scope) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.andThen(restore(unpacked.take(1)), Scope.addFinalizer(scope, unpacked.release(1)))
      )
    const sessions = new Map<Http2.Http2Session, Session>()
    let isDraining = false

    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        Http2.createServer({
          maxSessionMemory: Number.MAX_SAFE_INTEGER,
          settings: { maxConcurrentStreams: mostCalls, initialWindowSize: window, enablePush: false }
        })
      ),
      () =>
        Effect.sync(() => {
          for (const session of sessions.keys()) session.destroy()
        })
    )

    /** Node leaves a connection open whose client has made a mistake, and does not see him go: it gives no sign of life. */
    const watch = (session: Http2.Http2Session, state: Session, socket: Duplex) => {
      let dead: NodeJS.Timeout | undefined
      const ask = setInterval(() => {
        if (state.calls > 0) return
        dead ??= setTimeout(() => socket.destroy(), waits.answer)
        if (session.destroyed || session.closed) return
        session.ping((error) => {
          if (error !== null) return
          clearTimeout(dead)
          dead = undefined
        })
      }, waits.answer)
      socket.once("close", () => {
        clearInterval(ask)
        clearTimeout(dead)
      })
    }

    server.on("session", (session) => {
      const state: Session = { calls: 0 }
      sessions.set(session, state)
      const silent = setTimeout(() => session.destroy(), waits.head)
      session.once("remoteSettings", () => clearTimeout(silent))
      session.once("close", () => {
        clearTimeout(silent)
        sessions.delete(session)
      })
      session.on("error", () => {})
      // Node takes a ping for a sign of life only where someone listens to pings.
      session.on("ping", () => {})
      session.setTimeout(waits.nextCall, () => {
        if (state.calls === 0) session.close()
      })
      if (isDraining) session.close()
    })
    // What a peer does wrong ends his connection, and is nothing to us.
    server.on("sessionError", () => {})

    server.on("stream", (stream: Http2.ServerHttp2Stream, received: Http2.IncomingHttpHeaders) => {
      stream.on("error", () => {})
      const state = stream.session === undefined ? undefined : sessions.get(stream.session)
      if (state !== undefined) {
        state.calls++
        stream.once("close", () => state.calls--)
      }
      if (received[":method"] !== "POST") return foreign(stream, 405, "A gRPC call must be a POST request.")
      if (!/^application\/grpc(\+proto)?\s*(;|$)/.test(received["content-type"] ?? "")) {
        return foreign(stream, 415, "A gRPC call must have the type application/grpc.")
      }
      const headers = headersOf(received)
      if (headers["origin"] !== undefined) {
        return fail(stream, status(PERMISSION_DENIED, "Pages in a browser cannot call gRPC."))
      }
      const timeout = timeoutOf(headers["grpc-timeout"])
      if (Either.isLeft(timeout)) return fail(stream, timeout.left)

      let isOver = false
      let deadline: NodeJS.Timeout | undefined
      /** Gives the first end of the call that there is. */
      const end = (finish: () => void) => {
        if (isOver) return
        isOver = true
        clearTimeout(deadline)
        if (stream.destroyed || stream.closed) return
        finish()
        // An answer that is not taken does not stay for ever.
        stream.setTimeout(waits.answer, () => stream.close(NGHTTP2_CANCEL))
      }
      const work = Effect.scopedWith((scope) =>
        handler({
          path: received[":path"] ?? "",
          headers,
          body: Effect.flatMap(
            grpcMessage.read(stream, received["grpc-encoding"], waits),
            ({ bytes, unpack }) => unpack === undefined ? Effect.succeed(bytes) : Effect.andThen(turn(scope), unpack)
          )
        })
      )
      // A port that was opened by a request, which nothing may interrupt, would pass that on to its calls.
      const fiber = fork(Effect.interruptible(Effect.match(work, {
        onSuccess: (reply) => end(() => answer(stream, reply)),
        onFailure: (error) => end(() => fail(stream, error))
      })))
      const stop = (finish: () => void) => {
        end(finish)
        fiber.unsafeInterruptAsFork(FiberId.none)
      }
      if (isOver) return
      if (timeout.right !== Infinity) {
        deadline = setTimeout(
          () => stop(() => fail(stream, status(DEADLINE_EXCEEDED, "Deadline exceeded"))),
          Math.min(timeout.right, longestTimer)
        )
      }
      stream.once("aborted", () => {
        stop(() => {})
        stream.resume()
      })
      stream.once("close", () => stop(() => {}))
    })

    return {
      inject: (connection) => {
        server.once("session", (session) => watch(session, sessions.get(session)!, connection))
        server.emit("connection", connection)
      },
      drain: Effect.sync(() => {
        isDraining = true
        for (const session of sessions.keys()) session.close()
      })
    }
  })
