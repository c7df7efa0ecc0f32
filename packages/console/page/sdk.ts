/** The SDK in the page: its layers, the calls that the views make, and what was sent for each. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Indexes from "effect-pinecone/Indexes"
import * as Pinecone from "effect-pinecone/Pinecone"
import type { PineconeHttpClient } from "effect-pinecone/PineconeHttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type { Problem } from "./place.js"
import type { Settings } from "./settings.js"
import * as slices from "./slices.js"

/** What every view has; a view that needs other services provides them itself. */
export type Services = PineconeHttpClient | Indexes.Indexes

/** A request that was sent, as the target would see it. */
export interface Sent {
  readonly method: string
  readonly path: string
  /** The name of the index that it is for, or nothing for the control plane. */
  readonly index: string | undefined
  readonly body: string | undefined
  readonly contentType: string | undefined
}

/** A call of the SDK, and the requests that it has sent. */
export interface Call {
  readonly id: number
  readonly title: string
  /** The same call in a program. */
  readonly code: string
  readonly at: Date
  readonly sent: ReadonlyArray<Sent>
  /** How many more it has sent than are kept. */
  readonly more: number
}

/** Of many requests for one call, only the first few are shown. */
const keptRequests = 3

const keptCalls = 30

class CurrentCall extends Context.Reference<CurrentCall>()("@effect-pinecone/console/CurrentCall", {
  defaultValue: (): number => 0
}) {}

let calls: ReadonlyArray<Call> = []
let lastId = 0
const watchers = new Set<() => void>()

export const history = {
  current: (): ReadonlyArray<Call> => calls,
  watch: (onChange: () => void): () => void => {
    watchers.add(onChange)
    return () => watchers.delete(onChange)
  }
}

const change = (next: ReadonlyArray<Call>): void => {
  calls = next
  for (const watcher of watchers) watcher()
}

const decoder = new TextDecoder()

const bodyOf = ({ body }: HttpClientRequest.HttpClientRequest): string | undefined =>
  body._tag === "Uint8Array" ? decoder.decode(body.body) : undefined

const sentOf = (request: HttpClientRequest.HttpClientRequest): Sent => {
  const query = new URLSearchParams(Array.from(request.urlParams, ([name, value]) => [name, value])).toString()
  const url = new URL(request.url)
  const [, index, path] = /^\/console\/api\/(?:control|index\/([a-z0-9-]+))(\/.*)$/.exec(url.pathname) ?? []
  const search = query === "" ? url.search : `?${query}`
  return {
    method: request.method,
    path: `${path ?? url.pathname}${search}`,
    index,
    body: bodyOf(request),
    contentType: request.body.contentType
  }
}

const note = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.map(CurrentCall, (id) =>
    change(calls.map((call) =>
      call.id !== id
        ? call
        : call.sent.length < keptRequests
        ? { ...call, sent: [...call.sent, sentOf(request)] }
        : { ...call, more: call.more + 1 }
    )))

/** Somebody is waiting for the answer, and can ask again. */
const retry = Schedule.exponential("200 millis").pipe(Schedule.intersect(Schedule.recurs(2)))

const noKey = "none"

const layerOf = (key: string | undefined): Layer.Layer<Services> => {
  const client = Pinecone.layer({
    apiKey: Redacted.make(key ?? noKey),
    retry,
    controllerHost: `${location.origin}/console/api/control`,
    transformClient: HttpClient.transform((sending, request) => Effect.andThen(note(request), sending))
  }).pipe(Layer.orDie)
  return Indexes.layer.pipe(Layer.provideMerge(client), Layer.provideMerge(Layer.setScheduler(slices.make())))
}

/** Everything that the views need; a new one for each key. */
export interface Sdk {
  readonly settings: Settings
  readonly runtime: ManagedRuntime.ManagedRuntime<Services, never>
}

export const make = (settings: Settings, key: string | undefined): Sdk => ({
  settings,
  runtime: ManagedRuntime.make(layerOf(key))
})

/** The address at which the page reaches an index. */
export const hostOf = (index: string): string => `${location.origin}/console/api/index/${index}`

/** The same effect; what it sends is shown below the page, with the code that does the same. */
export const shown = <A, E, R>(title: string, code: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    const id = ++lastId
    change([{ id, title, code, at: new Date(), sent: [], more: 0 }, ...calls].slice(0, keptCalls))
    return Effect.provideService(effect, CurrentCall, id)
  })

/** A part of the page that is loaded when it is needed. */
export const part = <A>(load: () => Promise<A>): Effect.Effect<A, Problem> =>
  Effect.tryPromise({
    try: load,
    catch: (): Problem => ({
      _tag: "Part",
      message: "The console cannot load a part of its page. Check that its server is running, then reload the page."
    })
  })
