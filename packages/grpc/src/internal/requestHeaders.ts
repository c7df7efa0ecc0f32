import * as Either from "effect/Either"
import type * as Http2 from "node:http2"
import { acceptedEncodings } from "./replyReader.js"

/** The headers of a call, or the name of one that gRPC cannot send. */
type Sendable = Either.Either<Http2.OutgoingHttpHeaders, string>

const legalName = /^[0-9a-z_.-]+$/
/** Printable, and no blank at either end. */
const legalValue = /^([!-~]([ -~]*[!-~])?)?$/

/** What the connection says, or what HTTP/2 has no place for. */
const unsent = new Set([
  "connection",
  "content-length",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade"
])

const made = (headers: Readonly<Record<string, string>>): Sendable => {
  const sent: Http2.OutgoingHttpHeaders = {}
  for (const [name, value] of Object.entries(headers)) {
    if (unsent.has(name)) continue
    // A name with this ending has bytes in another form.
    if (!legalName.test(name) || !legalValue.test(value) || name.endsWith("-bin")) return Either.left(name)
    sent[name] = value
  }
  return Either.right({
    ...sent,
    ":method": "POST",
    "te": "trailers",
    "content-type": "application/grpc",
    "grpc-accept-encoding": acceptedEncodings
  })
}

const known = new WeakMap<Readonly<Record<string, string>>, Sendable>()

/** It is made once for all calls with the same headers: most have. */
export const of = (headers: Readonly<Record<string, string>>): Sendable => {
  const before = known.get(headers)
  if (before !== undefined) return before
  const now = made(headers)
  known.set(headers, now)
  return now
}

/** So many digits a time may have. */
const mostTime = 99_999_999

/** How long the caller waits, as the server is told: at most eight digits and a unit. Nothing stands for ever. */
export const timeout = (millis: number): string | undefined => {
  if (millis === Infinity) return undefined
  const whole = Math.max(1, Math.ceil(millis))
  return whole <= mostTime ? `${whole}m` : `${Math.min(mostTime, Math.ceil(whole / 1000))}S`
}
