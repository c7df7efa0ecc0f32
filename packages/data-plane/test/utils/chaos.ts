/** A server that misbehaves, by seed: in the process over either transport, with an index that keeps what is written. */
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import { methods } from "@effect-pinecone/grpc/Protocol"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type * as Settings from "@effect-pinecone/http/Settings"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TransportErrors from "../../../../scripts/testing/transportErrors.js"
import { bytesOf } from "./memoryIndex.js"
import { transport } from "./stub.js"

/** A record, as both transports bring it. */
export interface Came {
  readonly id: string
  readonly values?: ArrayLike<number> | undefined
  readonly metadata?: unknown
}

/** What may become of a request. */
export type Fate =
  | "answered"
  | "slow"
  | "reset before"
  | "reset behind"
  | "truncated"
  | "hung before"
  | "hung behind"
  | "429"
  | "429 with a time"
  | "500"
  | "503"
  | "403"

export type Weather = Partial<Record<Fate, number>>

/** Numbers from 0 to 1, always the same for a seed. */
export const lots = (seed: number) => {
  let state = seed + 0x9e3779b9
  return (): number => {
    state = state + 0x6d2b79f5 | 0
    let mixed = Math.imul(state ^ state >>> 15, 1 | state)
    mixed = mixed + Math.imul(mixed ^ mixed >>> 7, 61 | mixed) ^ mixed
    return ((mixed ^ mixed >>> 14) >>> 0) / 4_294_967_296
  }
}

/** What becomes of each request: of each fate its share, and the rest is answered. */
export const fates = (weather: Weather, seed: number): () => Fate => {
  const next = lots(seed)
  const shares = Object.entries(weather) as ReadonlyArray<[Fate, number]>
  return () => {
    let left = next()
    for (const [fate, share] of shares) {
      left -= share
      if (left < 0) return fate
    }
    return "answered"
  }
}

/** An index that keeps what is written, and counts what became of the requests. */
export const index = () => {
  const records = new Map<string, Came>()
  const counts: Record<Fate, number> = {
    "answered": 0,
    "slow": 0,
    "reset before": 0,
    "reset behind": 0,
    "truncated": 0,
    "hung before": 0,
    "hung behind": 0,
    "429": 0,
    "429 with a time": 0,
    "500": 0,
    "503": 0,
    "403": 0
  }
  return {
    records,
    counts,
    open: 0,
    tries: () => Object.values(counts).reduce((sum, count) => sum + count, 0),
    store: (came: ReadonlyArray<Came>): number => {
      for (const record of came) records.set(record.id, record)
      return came.length
    }
  }
}

export type Index = ReturnType<typeof index>

/** How a request ends: answered with a count, cut off, or with a status; or not at all. */
type End =
  | { readonly count: number; readonly truncated: boolean }
  | { readonly status: number; readonly retryAfter?: number }
  | "reset"

const act = (index: Index, fate: Fate, read: () => ReadonlyArray<Came>): Effect.Effect<End> =>
  Effect.suspend((): Effect.Effect<End> => {
    index.counts[fate]++
    const stored = () => index.store(read())
    switch (fate) {
      case "answered":
        return Effect.sync(() => ({ count: stored(), truncated: false }))
      case "slow":
        return Effect.delay(Effect.sync(() => ({ count: stored(), truncated: false })), 700)
      case "reset before":
        return Effect.succeed("reset")
      case "reset behind":
        return Effect.sync(() => {
          stored()
          return "reset" as const
        })
      case "truncated":
        return Effect.sync(() => ({ count: stored(), truncated: true }))
      case "hung before":
        return Effect.never
      case "hung behind":
        return Effect.zipRight(Effect.sync(stored), Effect.never)
      case "429 with a time":
        return Effect.succeed({ status: 429, retryAfter: 2 })
      default:
        return Effect.succeed({ status: Number(fate) })
    }
  })

const watched = <A, E>(index: Index, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    index.open++
    return Effect.ensuring(effect, Effect.sync(() => index.open--))
  })

/** The vectors of a body of JSON. */
export const fromJson = (bytes: Uint8Array): ReadonlyArray<Came> =>
  (JSON.parse(new TextDecoder().decode(bytes)) as { readonly vectors: ReadonlyArray<Came> }).vectors

/** The vectors of a message of gRPC. */
export const fromMessage = (bytes: Uint8Array): ReadonlyArray<Came> =>
  Effect.runSync(methods.upsert.decodeRequest(bytes)).vectors

const headersOf = ({ retryAfter }: { readonly retryAfter?: number }): Record<string, string> =>
  retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }

const overHttp = (index: Index, fate: () => Fate): HttpClient.HttpClient =>
  HttpClient.make((request) => {
    const broken = TransportErrors.broken(request)
    return watched(
      index,
      Effect.flatMap(act(index, fate(), () => fromJson(bytesOf(request))), (end) => {
        if (end === "reset") return Effect.fail(broken)
        const response = "status" in end
          ? new Response(JSON.stringify({ code: 2, message: "trouble", details: [] }), {
            status: end.status,
            headers: headersOf(end)
          })
          : new Response(JSON.stringify({ upsertedCount: end.count }), { status: 200 })
        const answer = HttpClientResponse.fromWeb(request, response)
        if ("status" in end || !end.truncated) return Effect.succeed(answer)
        const cut: HttpClientResponse.HttpClientResponse = Object.create(answer, {
          arrayBuffer: {
            value: Effect.fail(new HttpClientError.ResponseError({ request, response: answer, reason: "Decode" }))
          }
        })
        return Effect.succeed(cut)
      })
    )
  })

const codes: Readonly<Record<number, number>> = { 403: 7, 429: 8, 500: 13, 503: 14 }

const overGrpc = (index: Index, fate: () => Fate): GrpcChannel.Service =>
  GrpcChannel.withDeadlines({
    unary: ({ body }) =>
      watched(
        index,
        Effect.flatMap(act(index, fate(), () => fromMessage(body)), (end) => {
          const status = (code: number, answered: boolean, headers = {}) =>
            Effect.fail(
              new GrpcChannel.Status({ code, message: "trouble", headers: Headers.fromInput(headers), answered })
            )
          if (end === "reset") return status(14, false)
          if ("status" in end) return status(codes[end.status] ?? 2, true, headersOf(end))
          if (end.truncated) return status(14, false)
          const answer = methods.upsert.encodeAnswer({ upsertedCount: end.count })
          return Effect.succeed({ body: answer, headers: Headers.empty })
        })
      )
  })

/** A client of an index whose requests come to such ends. */
export const client = (
  index: Index,
  fate: () => Fate,
  settings: Partial<Settings.Settings>
): Layer.Layer<PineconeHttpClient.PineconeHttpClient> => {
  const http = PineconeHttpClient.layer({ apiKey: Redacted.make("key"), ...settings }).pipe(
    Layer.provide(Layer.succeed(HttpClient.HttpClient, overHttp(index, fate))),
    Layer.orDie
  )
  return transport === "http" ? http : PineconeGrpc.layerChannel.pipe(
    Layer.provide(Layer.merge(http, Layer.succeed(GrpcChannel.GrpcChannel, overGrpc(index, fate))))
  )
}
