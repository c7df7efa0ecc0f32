import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** The token of the next page; an empty one ends the list as an absent one does. */
export const next = (pagination: { readonly next: string } | undefined): string | undefined =>
  pagination === undefined || pagination.next === "" ? undefined : pagination.next

/** All entries of a list that comes in pages. */
export const stream = <X, E>(
  page: (paginationToken: string | undefined) => Effect.Effect<readonly [ReadonlyArray<X>, string | undefined], E>
): Stream.Stream<X, E> =>
  Stream.paginateChunkEffect(undefined as string | undefined, (token) =>
    Effect.map(page(token), ([entries, next]) =>
      [
        Chunk.unsafeFromArray(entries),
        next === undefined ? Option.none() : Option.some<string | undefined>(next)
      ] as const))
