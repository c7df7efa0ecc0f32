import * as Effect from "effect/Effect"
import type * as LogLevel from "effect/LogLevel"

/** A request that was answered. */
export interface Answered {
  readonly protocol: "http" | "grpc"
  readonly method: string
  /** The path over HTTP, with the names of its parameters and none of their values. */
  readonly path?: string | undefined
  /** The status over HTTP, or the name of that of gRPC. */
  readonly status: number | string
  readonly millis: number
  readonly requestId: string | undefined
  readonly index: string | undefined
  /** What the answer says is wrong, where the server has failed. */
  readonly error?: string | undefined
}

const longestPath = 500

/** Values are left out: they may be ids, tokens or signatures. */
export const shownPath = (url: string): string => {
  const [path = "", query] = url.split("?", 2)
  const names = query === undefined ? [] : Array.from(new Set(new URLSearchParams(query).keys()))
  return `${path}${names.length === 0 ? "" : `?${names.join("&")}`}`.slice(0, longestPath)
}

/** One line for a request: no body, no key. */
export const log = (level: LogLevel.LogLevel, { error, index, millis, path, requestId, ...rest }: Answered) =>
  Effect.logWithLevel(level, "request").pipe(
    Effect.annotateLogs({
      ...rest,
      ...(path === undefined ? {} : { path }),
      ms: Math.round(millis * 10) / 10,
      ...(requestId === undefined ? {} : { request_id: requestId }),
      ...(index === undefined ? {} : { index }),
      ...(error === undefined ? {} : { error })
    })
  )
