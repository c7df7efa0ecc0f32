/**
 * Which fields of the metadata are indexed for filters. (`MetadataSchema` of the API: not to be confused with the Schema
 * of an application's metadata.)
 *
 * ```ts
 * import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
 *
 * const indexed = MetadataIndex.fields("genre", "year") // the `schema` of an index: only these two can be filtered by
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { dictionary, maybe, struct } from "./internal/wire.js"

/**
 * Without one, every field is indexed; with one, only the fields named in it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MetadataIndex = struct({
  fields: dictionary(struct({ filterable: maybe(Schema.Boolean) }))
}).annotations({ identifier: "MetadataSchema" })

/**
 * The type of the `MetadataIndex` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface MetadataIndex extends Schema.Schema.Type<typeof MetadataIndex> {}

/**
 * The fields to index, by name.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fields = (...names: ReadonlyArray<string>): MetadataIndex => ({
  fields: Object.fromEntries(names.map((name) => [name, { filterable: true }]))
})
