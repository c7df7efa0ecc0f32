import * as Either from "effect/Either"
import { IncomingMessage } from "node:http"
import * as problem from "./problem.js"

/** Headers that decide about a request: said twice, they could mean one thing here and another before the server. */
const single: ReadonlySet<string> = new Set([
  "api-key",
  "authorization",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "origin",
  "transfer-encoding"
])

/** A header of these that stands in a request more than once. */
const repeated = ({ rawHeaders }: IncomingMessage): string | undefined => {
  const seen = new Set<string>()
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (!single.has(name)) continue
    if (seen.has(name)) return name
    seen.add(name)
  }
  return undefined
}

const isDecodable = (path: string): boolean =>
  !path.includes("%") || Either.isRight(Either.try(() => decodeURIComponent(path)))

const wrongPath = (path: string): string | undefined => {
  if (!path.startsWith("/")) return "it does not begin with /"
  if (path.startsWith("//")) return "it begins with //"
  if (!isDecodable(path)) return "its percent-encoding is not that of UTF-8"
  return /\/(\.|%2e){1,2}(\/|$)/i.test(path) ? "it has a step . or .." : undefined
}

/** What is wrong with the first line of a request, or with headers that it has more than once. */
export const fault = (
  request: { readonly url: string; readonly source: unknown }
): problem.Problem | undefined => {
  const path = request.url.split("?")[0]!
  const wrong = wrongPath(path)
  if (wrong !== undefined) return problem.badRequest(`The path ${path.slice(0, 100)} cannot be read: ${wrong}.`)
  const { source } = request
  if (!(source instanceof IncomingMessage)) return undefined
  if (source.headers.host === undefined && source.httpVersion !== "1.0") {
    return problem.badRequest("The header host is missing.")
  }
  const name = repeated(source)
  return name === undefined ? undefined : problem.badRequest(`The header ${name} is there more than once.`)
}
