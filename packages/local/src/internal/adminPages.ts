import * as Effect from "effect/Effect"
import * as Crypto from "node:crypto"
import * as paging from "./paging.js"
import * as problem from "./problem.js"

/** What a list is asked for. */
export interface Asked {
  readonly limit?: number | undefined
  readonly paginationToken?: string | undefined
}

const longest = 100

const outOfRange = (limit: number) =>
  new problem.Problem({
    status: 400,
    code: "OUT_OF_RANGE",
    message: `limit must be between 1 and ${longest}, got ${limit}`
  })

/** A page of a list, whose token goes on with the same list, the same filters and the same limit. */
export const page = <A extends { readonly id: string }>(
  entries: ReadonlyArray<A>,
  { limit = longest, paginationToken }: Asked,
  ...filters: ReadonlyArray<string | undefined>
): Effect.Effect<paging.Page<A>, problem.Problem> =>
  Effect.gen(function*() {
    if (!(limit >= 1 && limit <= longest)) return yield* outOfRange(limit)
    const asked = JSON.stringify([limit, ...filters.map((filter) => filter ?? null)])
    const mark = Crypto.createHash("sha256").update(asked).digest("hex").slice(0, 16)
    const after = yield* paging.decodeToken(paginationToken)
    if (after !== undefined && !after.slice(after.indexOf(":") + 1).startsWith(`${mark} `)) {
      return yield* problem.badRequest(
        "The pagination token was given for another list, other filters or another limit."
      )
    }
    return paging.page(entries, ({ id }) => `${mark} ${id}`, { limit, after })
  })
