import { baseUrl } from "@effect-pinecone/http/PineconeHttpClient"
import * as Proxy from "@effect-pinecone/node/Proxy"
import * as Headers from "@effect/platform/Headers"
import * as grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type * as NodeTls from "node:tls"
import type { Service } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"
import type { Address } from "./address.js"
import * as address from "./address.js"
import { unary } from "./call.js"
import * as tunnel from "./tunnel.js"

/** What all connections have in common. */
export interface Settings {
  readonly channelOptions: grpc.ChannelOptions
  readonly context: NodeTls.SecureContext
  readonly rejectUnauthorized: boolean
  readonly serverName: string | undefined
  readonly proxies: Proxy.Proxies | undefined
}

const refused = (message: string) =>
  new Status({ code: grpc.status.UNAVAILABLE, message, headers: Headers.empty, answered: false })

/** A client for each host, made when it is first called, and closed with the scope. */
export const make = (settings: Settings): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const credentials = grpc.credentials.createFromSecureContext(settings.context, {
      rejectUnauthorized: settings.rejectUnauthorized
    })
    const insecure = grpc.credentials.createInsecure()

    const connect = ({ secure, target, url }: Address): Effect.Effect<grpc.Client, Status> =>
      Effect.gen(function*() {
        const proxy = settings.proxies === undefined ? undefined : Proxy.select(settings.proxies, url)
        const through = proxy === undefined ? undefined : yield* tunnel.open(proxy, target)
        const name = settings.serverName ?? url.hostname.replace(/^\[|\]$/g, "")
        return yield* Effect.acquireRelease(
          Effect.sync(() =>
            new grpc.Client(through ?? target, secure ? credentials : insecure, {
              ...settings.channelOptions,
              ...(secure && (through !== undefined || settings.serverName !== undefined)
                ? { "grpc.ssl_target_name_override": name }
                : {}),
              ...(through !== undefined || settings.serverName !== undefined
                ? { "grpc.default_authority": target }
                : {})
            })
          ),
          (client) => Effect.sync(() => client.close())
        )
      }).pipe(Effect.provideService(Scope.Scope, scope), Effect.mapError((cause) => refused(cause.message)))

    const clients = new Map<string, grpc.Client>()
    const making = Effect.unsafeMakeSemaphore(1)

    const clientOf = (host: string): Effect.Effect<grpc.Client, Status> =>
      Effect.suspend(() => {
        const known = clients.get(host)
        if (known !== undefined) return Effect.succeed(known)
        const where = address.of(baseUrl(host))
        if (where === undefined) return Effect.fail(refused(`${host} is no address`))
        return Effect.tap(connect(where), (client) => Effect.sync(() => clients.set(host, client)))
      })

    return {
      unary: (call) =>
        Effect.suspend(() => {
          const known = clients.get(call.host)
          return known !== undefined
            ? unary(known, call)
            : Effect.flatMap(making.withPermits(1)(clientOf(call.host)), (client) => unary(client, call))
        })
    }
  })
