import { baseUrl } from "@effect-pinecone/http/PineconeHttpClient"
import type { Connector } from "@effect-pinecone/node/Connector"
import { longest } from "@effect-pinecone/node/InvalidOptions"
import * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import type { Service } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"
import type { Address } from "./address.js"
import * as address from "./address.js"
import type * as link from "./link.js"
import { Link } from "./link.js"
import { PendingCall } from "./pendingCall.js"
import * as requestHeaders from "./requestHeaders.js"

export interface Settings extends link.Settings {
  /** The most bytes of an answer. */
  readonly maxReceiveBytes: number
}

const unsent = (code: number, message: string) =>
  new Status({ code, message, headers: Headers.empty, answered: false, unsent: true })

const unreached = (message: string) => unsent(14, message)

const closed = "the gRPC channel is closed: its scope has ended"

/** The links to a host, one after another. */
class Host {
  private readonly all = new Set<Link>()
  private latest: Link | undefined

  constructor(
    private readonly where: Address,
    private readonly connector: Connector,
    private settings: link.Settings
  ) {}

  /** The link that takes calls. */
  usable(): Link {
    if (this.latest?.isUsable === true) return this.latest
    const { connector, settings, where } = this
    const calm = () => {
      this.settings = { ...settings, keepAlive: Math.min(longest, settings.keepAlive * 2) }
    }
    const made: Link = new Link(where, connector, settings, calm, () => this.all.delete(made))
    this.all.add(made)
    return this.latest = made
  }

  close(): void {
    for (const link of this.all) link.fail(closed)
  }
}

/** Connections to each host that is called, closed with the scope. */
export const make = (connector: Connector, settings: Settings): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const hosts = new Map<string, Host>()
    let isClosed = false

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        for (const host of hosts.values()) host.close()
        return connector.close
      })
    )

    const hostOf = (name: string): Host | undefined => {
      const known = hosts.get(name)
      if (known !== undefined) return known
      const where = address.of(baseUrl(name))
      if (where === undefined) return undefined
      const host = new Host(where, connector, settings)
      hosts.set(name, host)
      return host
    }

    return {
      unary: (unary) =>
        Effect.async((resume) => {
          if (isClosed) return resume(Effect.fail(unreached(closed)))
          const headers = requestHeaders.of(unary.headers)
          if (Either.isLeft(headers)) {
            const name = JSON.stringify(headers.left)
            const why = `the header ${name} must have printable ASCII characters only`
            return resume(Effect.fail(unsent(13, why)))
          }
          const host = hostOf(unary.host)
          if (host === undefined) return resume(Effect.fail(unreached(`${unary.host} is no address`)))
          let link: Link
          const begin = (call: PendingCall) => {
            if (isClosed) return call.lost(closed)
            link = host.usable()
            link.add(call)
          }
          const call = new PendingCall(unary, headers.right, settings.maxReceiveBytes, begin, (result) => {
            link.remove(call)
            resume(result)
          })
          begin(call)
          return Effect.sync(() => {
            link.remove(call)
            call.cancel()
          })
        })
    }
  })
