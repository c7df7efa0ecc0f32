/** Which rows of a namespace the views begin with. */
import * as Effect from "effect/Effect"
import type { IndexProps } from "./index.js"
import type { Place } from "./place.js"
import { rowsWithin } from "./place.js"

/** Metadata may have 40 KB: a page of such records stays below a megabyte. */
export const guessedFieldBytes = 2_000

/** The namespace in the address, or the largest. */
export const namespaceOf = ({ namespaces, params }: Pick<IndexProps, "namespaces" | "params">): string =>
  params["ns"] ?? namespaces[0]?.name ?? ""

/** Some rows of a namespace, to learn from which fields there are. */
export const firstRows = (place: Place, namespace: string) =>
  Effect.map(
    place.page({
      namespace,
      prefix: undefined,
      token: undefined,
      limit: rowsWithin(place.model.dimension ?? 0, guessedFieldBytes, 40)
    }).effect,
    ({ rows }) => rows
  )
