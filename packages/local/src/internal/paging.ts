import * as Limits from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as problem from "./problem.js"

const { limits } = Limits

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

/**
 * The end of a page, for its token: its last entry, and how many came after it, to go on from where the entry itself is
 * gone by then.
 */
const endOf = (last: string, left: number): string => encodeToken(`${left}:${last}`)

const startAfter = (end: string, keys: ReadonlyArray<string>): number => {
  const colon = end.indexOf(":")
  const position = keys.indexOf(end.slice(colon + 1))
  return position === -1 ? Math.max(0, keys.length - (Number(end.slice(0, colon)) || 0)) : position + 1
}

/** A page of entries that have an order of their own. */
export const page = <A>(
  entries: ReadonlyArray<A>,
  keyOf: (entry: A) => string,
  options: { readonly limit: number; readonly after: string | undefined }
): Page<A> => {
  const from = options.after === undefined ? 0 : startAfter(options.after, entries.map(keyOf))
  const slice = entries.slice(from, from + options.limit)
  const last = slice.at(-1)
  return {
    entries: slice,
    pagination: last !== undefined && from + options.limit < entries.length
      ? { next: endOf(keyOf(last), entries.length - from - options.limit) }
      : undefined
  }
}

/** A page of a list of the control plane: the newest first, as Pinecone lists what it made. */
export const newestFirst = <A>(
  entries: ReadonlyArray<A>,
  keyOf: (entry: A) => string,
  params: { readonly limit?: number | undefined; readonly paginationToken?: string | undefined },
  byDefault: number = limits.pageLimit
): Effect.Effect<
  { readonly data: ReadonlyArray<A>; readonly pagination: { readonly next: string } | undefined },
  problem.Problem
> =>
  Effect.gen(function*() {
    const limit = yield* checkedLimit(params.limit, byDefault, limits.pageLimit)
    const after = yield* decodeToken(params.paginationToken)
    const { entries: data, pagination } = page([...entries].reverse(), keyOf, { limit, after })
    return { data, pagination }
  })
