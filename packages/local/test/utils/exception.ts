/** Where the server does not do what Pinecone does, and means it. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as PineconeLocal from "../../src/PineconeLocal.js"
import { send } from "./asSent.js"
import type { Environment } from "./bothProtocols.js"
import { Control, inProcess } from "./bothProtocols.js"
import { freshName } from "./pinecone.js"

export type Needed = Environment | FileSystem.FileSystem | Path.Path | Scope.Scope

export interface Exception {
  /** The part of the API. */
  readonly where: string
  /** What Pinecone does, or that it does not say what it does. */
  readonly pinecone: string
  /** What the server does. */
  readonly here: string
  readonly reason: string
  /** Fails as soon as the server does anything else than `here` says. */
  readonly check: Effect.Effect<unknown, never, Needed>
}

/** Asks the control plane of the server. */
export const control = (
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<Effect.Effect.Success<ReturnType<typeof send>>, never, Control | HttpClient.HttpClient> =>
  Effect.flatMap(Control, (url) => send(url, line, { body, headers }))

/** The request for an index of three dimensions. */
export const index = (more: object = {}) => ({
  name: freshName(),
  dimension: 3,
  spec: { serverless: { cloud: "aws", region: "us-east-1" } },
  ...more
})

/** An index with records, by its host. */
export const filled = (vectors: ReadonlyArray<object>, more: object = {}, namespace = "") =>
  Effect.gen(function*() {
    const host = String((yield* control("POST /indexes", index(more))).json.host)
    yield* send(host, "POST /vectors/upsert", { body: { vectors, namespace } })
    return host
  })

/** Runs a check against a server of its own. */
export const servedBy = (options: PineconeLocal.Options) => <A, R>(effect: Effect.Effect<A, never, R>) =>
  Effect.orDie(Effect.provide(effect, inProcess(options)))
