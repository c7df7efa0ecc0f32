import * as Encoding from "effect/Encoding"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as problem from "./problem.js"

/** The entry after which a page begins, hidden in its token. */
export const decodeToken = (token: string | undefined): Effect.Effect<string | undefined, problem.Problem> => {
  if (token === undefined || token === "") return Effect.succeed(undefined)
  const decoded = Encoding.decodeBase64UrlString(token)
  return Either.isRight(decoded) && decoded.right.startsWith("after:")
    ? Effect.succeed(decoded.right.slice("after:".length))
    : problem.badRequest("The pagination token is invalid.")
}

export const encodeToken = (last: string): string => Encoding.encodeBase64Url(`after:${last}`)

/** A limit between 1 and its maximum. */
export const checkedLimit = (
  limit: number | undefined,
  fallback: number,
  maximum: number
): Effect.Effect<number, problem.Problem> => {
  const value = limit ?? fallback
  return value >= 1 && value <= maximum
    ? Effect.succeed(value)
    : problem.badRequest(`limit must be between 1 and ${maximum}, got ${value}`)
}

export interface Page<A> {
  readonly entries: ReadonlyArray<A>
  readonly pagination: { readonly next: string } | undefined
}

/** A page of entries that have an order of their own. */
export const page = <A>(
  entries: ReadonlyArray<A>,
  keyOf: (entry: A) => string,
  options: { readonly limit: number; readonly after: string | undefined }
): Page<A> => {
  const from = options.after === undefined ? 0 : entries.findIndex((entry) => keyOf(entry) === options.after) + 1
  const slice = entries.slice(from, from + options.limit)
  const last = slice.at(-1)
  return {
    entries: slice,
    pagination: last !== undefined && from + options.limit < entries.length
      ? { next: encodeToken(keyOf(last)) }
      : undefined
  }
}
