import { AssistantDataApi } from "@effect-pinecone/http/AssistantDataApi"
import type { Call } from "@effect-pinecone/http/Call"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import type { Service as Http } from "@effect-pinecone/http/PineconeHttpClient"
import { baseUrl, PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type { Region } from "@effect-pinecone/schema/Assistant"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type * as Assistant from "../Assistant.js"
import * as Assistants from "../Assistants.js"

/** Where the assistant API of a host is. */
export const assistantUrl = (host: string): string => {
  const url = baseUrl(host)
  return url.endsWith("/assistant") ? url : `${url}/assistant`
}

/** Pinecone's hosts of each region. */
export const regionHosts: Readonly<Record<Region, string>> = {
  us: "prod-1-data.ke.pinecone.io",
  eu: "prod-eu-data.ke.pinecone.io"
}

/** The derived client of an assistant's host. */
export type Client = DerivedClient.Client<typeof AssistantDataApi>

/** An assistant, where it is known: the address of its API, and the operations there. */
export interface Found {
  readonly url: string
  readonly call: DerivedClient.Calls<Client>
}

/** The way to an assistant. */
export interface Connection {
  readonly name: string
  readonly http: Http
  /** Does something at the assistant's host. */
  readonly at: <X, E, R>(
    run: (found: Found) => Effect.Effect<X, E, R>
  ) => Effect.Effect<X, E | PineconeError.RequestError, R>
  /** The same as a stream. */
  readonly streamAt: <X, E, R>(
    run: (found: Found) => Stream.Stream<X, E, R>
  ) => Stream.Stream<X, E | PineconeError.RequestError, R>
  /** An operation of the derived client. */
  readonly call: <X, E>(
    call: Omit<Call, "assistant">,
    run: (client: Client) => Effect.Effect<X, E>
  ) => Effect.Effect<X, PineconeError.RequestError>
}

export const make = Effect.fnUntraced(function*(
  options: Assistant.Options
): Effect.fn.Return<Connection, never, PineconeHttpClient> {
  const http = yield* PineconeHttpClient
  const assistants = yield* Assistants.make
  const { name } = options

  const host = options.host !== undefined
    ? Effect.succeed(options.host)
    : Effect.flatMap(assistants.describe(name), ({ host, region, status }) => {
      if (host !== undefined && host !== "") return Effect.succeed(host)
      // One that is ready and names no host is at that of its region.
      if (status === "Ready") return Effect.succeed(regionHosts[region === "eu" ? "eu" : "us"])
      return Effect.fail(
        new PineconeError.PreconditionFailed({
          operation: "get_assistant",
          assistant: name,
          attempts: 1,
          message: `assistant "${name}" has no host yet: it is ${status}; wait until it is ready`
        })
      )
    })

  let known: Found | undefined
  const found: Effect.Effect<Found, PineconeError.RequestError> = Effect.suspend(() =>
    known !== undefined
      ? Effect.succeed(known)
      : Effect.flatMap(host, (host) => {
        const url = assistantUrl(host)
        return Effect.map(
          DerivedClient.make(http, AssistantDataApi, url),
          (call) => known = { url, call }
        )
      })
  )

  // An assistant that was deleted, and perhaps made anew, is at another host.
  const forgetting = (error: unknown) =>
    Effect.sync(() => {
      if (Predicate.isTagged(error, "PineconeNotFound") || Predicate.isTagged(error, "PineconeTransportError")) {
        known = undefined
      }
    })

  const at: Connection["at"] = (run) => Effect.tapError(Effect.flatMap(found, run), forgetting)

  return {
    name,
    http,
    at,
    streamAt: (run) => Stream.tapError(Stream.unwrap(Effect.map(found, run)), forgetting),
    call: (operation, run) => at(({ call }) => call({ ...operation, assistant: name }, run))
  }
})
