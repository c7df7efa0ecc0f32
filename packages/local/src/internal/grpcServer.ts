import type * as Headers from "@effect/platform/Headers"
import * as Grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import type { Duplex } from "node:stream"
import type { GrpcHandler } from "./grpc.js"
import { paths } from "./grpc.js"

/** Speaks gRPC on connections that others have accepted. */
export interface GrpcServer {
  readonly inject: (connection: Duplex) => void
  /** Takes no more calls, and ends each connection as soon as it has none under way. */
  readonly drain: Effect.Effect<void>
}

/** The most bytes of a message, either way. */
const largestMessage = 128 * 2 ** 20

/** So much of a message stands in a header. */
const longestMessage = 1000

const asBuffer = (bytes: Buffer): Buffer => bytes

/** The bytes as a Buffer, not copied. */
const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const headersOf = (metadata: Grpc.Metadata): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(metadata.getMap())) if (typeof value === "string") headers[name] = value
  return headers
}

const metadataOf = (headers: Headers.Headers): Grpc.Metadata => {
  const metadata = new Grpc.Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

/** What is cut within a surrogate pair has no UTF-8, and the library would not send it. */
const details = (message: string): string => Buffer.from(message.slice(0, longestMessage)).toString()

/**
 * A server without a port. The work of a call ends when the call is cancelled, when its deadline passes and when its
 * connection breaks. The fibers end with the scope.
 */
export const make = (handler: GrpcHandler): Effect.Effect<GrpcServer, never, Scope.Scope> =>
  Effect.gen(function*() {
    const fork = yield* FiberSet.makeRuntime<never>()
    const server = yield* Effect.acquireRelease(
      Effect.sync(() =>
        new Grpc.Server({
          "grpc.max_receive_message_length": largestMessage,
          "grpc.max_send_message_length": largestMessage,
          "grpc.enable_channelz": 0
        })
      ),
      (server) => Effect.sync(() => server.forceShutdown())
    )

    const answer: (path: string) => Grpc.handleUnaryCall<Buffer, Buffer> = (path) => (call, callback) => {
      const headers = { ...headersOf(call.metadata), ":authority": call.getHost() }
      const fiber = fork(Effect.match(handler({ path, body: call.request, headers }), {
        onSuccess: ({ body, headers }) => {
          call.sendMetadata(metadataOf(headers))
          callback(null, view(body))
        },
        onFailure: ({ code, headers, message }) =>
          callback({ code, details: details(message), metadata: metadataOf(headers) })
      }))
      call.on("cancelled", () => fiber.unsafeInterruptAsFork(FiberId.none))
    }

    for (const path of paths) server.register(path, answer(path), asBuffer, asBuffer, "unary")
    const injector = server.createConnectionInjector(Grpc.ServerCredentials.createInsecure())
    return {
      inject: (connection) => injector.injectConnection(connection),
      drain: Effect.sync(() => server.tryShutdown(() => {}))
    }
  })
