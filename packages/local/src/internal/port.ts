import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as HttpApp from "@effect/platform/HttpApp"
import type { ServeError } from "@effect/platform/HttpServerError"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import type { AddressInfo } from "node:net"
import * as connections from "./connections.js"
import type { GrpcHandler } from "./grpc.js"
import * as grpcServer from "./grpcServer.js"
import type { Visitors } from "./origins.js"
import * as origins from "./origins.js"
import type { PastPlatform } from "./pastPlatform.js"
import * as pastPlatform from "./pastPlatform.js"
import * as patience from "./patience.js"
import * as problem from "./problem.js"
import type { Plane } from "./respond.js"
import * as respond from "./respond.js"
import type { TlsSettings } from "./tls.js"
import * as tracing from "./tracing.js"

/** A fetch names up to 1,000 ids of 512 characters in its address. */
const maxHeaderSize = 8 * 2 ** 20

/** What a port serves. */
export interface Served {
  readonly http: HttpApp.Default
  /** Answers a request for an operation on records as `http` does, but for spans; nothing where that has to. */
  readonly operations?: PastPlatform | undefined
  readonly grpc: GrpcHandler
  /** The form of the errors that no request is the cause of. */
  readonly plane: Plane
}

export interface PortOptions {
  readonly host: string
  readonly port: number
  readonly tls: TlsSettings | undefined
  readonly visitors: Visitors
}

/** Listens on a port, and serves there over HTTP and gRPC until the scope closes. It gives the port. */
export const listen = (
  { grpc, http, operations, plane }: Served,
  { host, port, tls, visitors }: PortOptions
): Effect.Effect<number, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const waits = yield* patience.Current
    const settings = {
      maxHeaderSize,
      // It is looked for with the other headers, and its lack is answered like theirs.
      requireHostHeader: false,
      headersTimeout: waits.head,
      keepAliveTimeout: waits.nextRequest,
      // An upsert of many records on a slow connection takes as long as it takes, if only it comes on.
      requestTimeout: 0,
      connectionsCheckingInterval: waits.head / 4
    }
    const node = tls === undefined
      ? NodeHttp.createServer(settings)
      : NodeHttps.createServer({ ...tls, ...settings, handshakeTimeout: waits.head })
    const end = connections.share(node, {
      secure: tls !== undefined,
      grpc: yield* tracing.whereSeen(grpcServer.make(grpc)),
      grace: "5 seconds",
      patience: waits,
      errorBody: (status, message) =>
        JSON.stringify(
          respond.problemBody(plane, new problem.Problem({ status, code: "INVALID_ARGUMENT", message }))
        )
    })
    yield* NodeHttpServer.make(() => node, { host, port })
    const guard = origins.guarding(plane, visitors)
    const app = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => guard(request, http))
    yield* tracing.whereSeen(respond.hidingKeys(Effect.gen(function*() {
      const handler = yield* NodeHttpServer.makeHandler(app)
      const past = operations === undefined || (yield* tracing.isSeen)
        ? undefined
        : yield* pastPlatform.make((request, operation) => {
          const answer = operations(request, operation)
          return answer && guard(request, answer)
        })
      const listener = (request: NodeHttp.IncomingMessage, response: NodeHttp.ServerResponse) => {
        if (past?.(request, response) !== true) handler(request, response)
      }
      node.on("request", listener)
      yield* Effect.addFinalizer(() => Effect.sync(() => node.off("request", listener)))
    })))
    yield* Effect.addFinalizer(() => end)
    // eslint-disable-next-line no-restricted-syntax -- it listens on a port.
    const address = node.address() as AddressInfo
    return address.port
  }).pipe(
    // The port of an index is opened by a request, whose answer has its own headers.
    Effect.locally(HttpApp.currentPreResponseHandlers, Option.none())
  )
