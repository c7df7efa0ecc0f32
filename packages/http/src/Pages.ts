/**
 * Lists that come in pages.
 *
 * ```ts
 * import * as Pages from "@effect-pinecone/http/Pages"
 * import * as Effect from "effect/Effect"
 *
 * const numbers = Pages.stream({ operation: "list_numbers" }, (token) =>
 *   Effect.succeed(token === undefined ? [[1, 2], "second"] as const : [[3], undefined] as const)) // 1, 2, 3
 * ```
 *
 * @since 0.1.0
 */
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import { identity } from "effect/Function"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Call } from "./Call.js"
import * as Failure from "./Failure.js"
import * as Operation from "./Operation.js"

/**
 * All entries of a list, page after page: `page` gives the entries behind a token and the token of what follows, where
 * there is more. A page is asked for when its entries are. One that is followed by itself ends the stream with
 * `PineconeInvalidResponse`, since it would be read again and again.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stream = <X, E>(
  call: Call,
  page: (paginationToken: string | undefined) => Effect.Effect<readonly [ReadonlyArray<X>, string | undefined], E>
): Stream.Stream<X, E | PineconeError.InvalidResponse> =>
  Stream.paginateChunkEffect(
    Option.none<string>(),
    (token) =>
      Effect.flatMap(page(Option.getOrUndefined(token)), ([entries, next]) =>
        next !== undefined && Option.contains(token, next)
          ? Effect.fail(
            Failure.invalidResponse(
              call,
              1,
              "the server returned the same pagination token twice, so the list would never end",
              identity
            )
          )
          : Effect.succeed([
            Chunk.unsafeFromArray(entries),
            next === undefined ? Option.none() : Option.some(Option.some(next))
          ]))
  )

/**
 * The same of a list whose options are checked first: that they are wrong is a failure of the operation. `page` is given
 * the options with the token of the page.
 *
 * @since 0.1.0
 * @category constructors
 */
export const checked = <O extends object, X, E, E2>(
  call: Call,
  options: Effect.Effect<O, E2>,
  page: (
    options: O & { readonly paginationToken: string | undefined }
  ) => Effect.Effect<readonly [ReadonlyArray<X>, string | undefined], E>
): Stream.Stream<X, E | E2 | PineconeError.InvalidResponse> =>
  Stream.flatMap(
    Operation.unlessRefused(call)(options),
    (checked) => stream(call, (paginationToken) => page({ ...checked, paginationToken }))
  )
