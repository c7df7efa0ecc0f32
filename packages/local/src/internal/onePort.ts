import { Status } from "@effect-pinecone/grpc/GrpcChannel"
import { grpcStatuses } from "@effect-pinecone/schema/ErrorBody"
import * as Headers from "@effect/platform/Headers"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { isIP } from "node:net"
import type { Served } from "./port.js"
import * as problem from "./problem.js"
import * as respond from "./respond.js"

/** The hosts of one port: that of each index is its name below the name of the server. */
export interface Hosts {
  readonly hostOf: (index: string) => string
  /** Serves an index at its host until the scope closes. */
  readonly add: (index: string, served: Served) => Effect.Effect<void, never, Scope.Scope>
  /** What the port serves: an index at its host, and the control plane at every other. */
  readonly served: (control: Served) => Served
}

/** Whether hosts can be below this one. */
export const canHaveHosts = (name: string): boolean => isIP(name.replace(/^\[(.*)\]$/, "$1")) === 0

/** The host of a request, without its port. */
const nameOf = (authority: string): string => authority.replace(/:\d*$/, "").replace(/\.$/, "").toLowerCase()

export const make = (serverName: string): Hosts => {
  const below = `.${serverName.toLowerCase()}`
  const indexes = new Map<string, Served>()

  /** The index whose host this is, and nothing for the host of the control plane. */
  const indexOf = (authority: string): string | undefined => {
    const name = nameOf(authority)
    return name.endsWith(below) ? name.slice(0, -below.length) : undefined
  }

  return {
    hostOf: (index) => `${index}${below}`,
    add: (index, served) =>
      Effect.acquireRelease(
        Effect.sync(() => indexes.set(index, served)),
        // Another index may have been given the name.
        () =>
          Effect.sync(() => {
            if (indexes.get(index) === served) indexes.delete(index)
          })
      ),
    served: (control) => ({
      plane: control.plane,
      http: Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers }) => {
        const index = indexOf(headers["host"] ?? "")
        if (index === undefined) return control.http
        return indexes.get(index)?.http ??
          Effect.succeed(respond.problemResponse("data", problem.notFound(`Index ${index} not found.`)))
      }),
      operations: (request, operation) => {
        const index = indexOf(request.headers["host"] ?? "")
        return index === undefined ? undefined : indexes.get(index)?.operations?.(request, operation)
      },
      grpc: (call) => {
        const index = indexOf(call.headers[":authority"] ?? "")
        if (index === undefined) return control.grpc(call)
        return indexes.get(index)?.grpc(call) ??
          Effect.fail(
            new Status({
              code: grpcStatuses.NOT_FOUND,
              message: `Index ${index} not found.`,
              headers: Headers.empty,
              answered: true
            })
          )
      }
    })
  }
}
