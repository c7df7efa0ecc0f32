/**
 * Lists that come in pages.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/**
 * All entries of a list, page after page: `page` gives the entries behind a token and the token of what follows, where
 * there is more. A page is asked for when its entries are.
 *
 * @since 0.1.0
 * @category constructors
 */
export const stream = <X, E>(
  page: (paginationToken: string | undefined) => Effect.Effect<readonly [ReadonlyArray<X>, string | undefined], E>
): Stream.Stream<X, E> =>
  Stream.paginateChunkEffect(undefined as string | undefined, (token) =>
    Effect.map(page(token), ([entries, next]) =>
      [
        Chunk.unsafeFromArray(entries),
        next === undefined ? Option.none() : Option.some<string | undefined>(next)
      ] as const))
