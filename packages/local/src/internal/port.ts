import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpApp from "@effect/platform/HttpApp"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type { ServeError } from "@effect/platform/HttpServerError"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as NodeHttp from "node:http"
import * as NodeHttps from "node:https"
import type { AddressInfo } from "node:net"
import * as connections from "./connections.js"
import type { GrpcHandler } from "./grpc.js"
import * as grpcServer from "./grpcServer.js"
import { hidingKeys } from "./respond.js"
import type { TlsSettings } from "./tls.js"

/** Bodies beyond this are not read to their end: 1,000 records of 2 MB weigh less as JSON. */
const largestBody = FileSystem.MiB(64)

/** A fetch names up to 1,000 ids of 512 characters in its address. */
const maxHeaderSize = 8 * 2 ** 20

/** What a port serves. */
export interface Served {
  readonly http: HttpApp.Default
  readonly grpc: GrpcHandler
}

export interface PortOptions {
  readonly host: string
  readonly port: number
  readonly tls: TlsSettings | undefined
}

/** Listens on a port, and serves there over HTTP and gRPC until the scope closes. It gives the port. */
export const listen = (
  { grpc, http }: Served,
  { host, port, tls }: PortOptions
): Effect.Effect<number, ServeError, Scope.Scope> =>
  Effect.gen(function*() {
    const node = tls === undefined
      ? NodeHttp.createServer({ maxHeaderSize })
      : NodeHttps.createServer({ ...tls, maxHeaderSize })
    // An upsert of many records on a slow connection takes as long as it takes.
    node.requestTimeout = 0
    const end = connections.share(node, {
      secure: tls !== undefined,
      grpc: yield* grpcServer.make(grpc),
      grace: "5 seconds"
    })
    const server = yield* NodeHttpServer.make(() => node, { host, port })
    yield* hidingKeys(server.serve(HttpIncomingMessage.withMaxBodySize(http, Option.some(largestBody))))
    yield* Effect.addFinalizer(() => end)
    // eslint-disable-next-line no-restricted-syntax -- it listens on a port.
    const address = node.address() as AddressInfo
    return address.port
  }).pipe(
    // The port of an index is opened by a request, whose answer has its own headers.
    Effect.locally(HttpApp.currentPreResponseHandlers, Option.none())
  )
