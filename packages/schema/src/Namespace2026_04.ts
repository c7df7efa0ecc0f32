/**
 * Namespaces and statistics in the form that the versions of the API have up to 2026-04: counts are numbers, and some names are in
 * snake case. What the application sees of them is as with the newest version: see `Namespace`.
 *
 * ```ts
 * import * as Namespace2026_04 from "@effect-pinecone/schema/Namespace2026_04"
 * import * as Schema from "effect/Schema"
 *
 * const read = Schema.decodeUnknown(Namespace2026_04.NamespaceDescription)
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe, maybeAs } from "./internal/wire.js"
import * as Namespaces from "./Namespace.js"
import { Pagination } from "./Usage.js"

const { sizeBytes: _, ...fields } = Namespaces.NamespaceDescription.fields

/**
 * A namespace (`NamespaceDescription` of 2026-04).
 *
 * @since 0.1.0
 * @category schemas
 */
export const NamespaceDescription = answer("NamespaceDescription", {
  ...fields,
  recordCount: maybeAs("record_count", Schema.Int)
})

/**
 * A page of namespaces.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListNamespacesResponse = answer("ListNamespacesResponse", {
  namespaces: maybe(Schema.Array(NamespaceDescription)),
  pagination: maybe(Pagination),
  totalCount: maybeAs("total_count", Schema.Int)
})

/**
 * The statistics of an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexStats = answer("IndexDescription", {
  ...Namespaces.IndexStats.fields,
  memoryFullness: maybeAs("memory_fullness", Schema.Number),
  storageFullness: maybeAs("storage_fullness", Schema.Number)
})
