/**
 * What the data plane has to know of an index: a part of what `describe_index` tells.
 *
 * ```ts
 * import type * as IndexAddress from "@effect-pinecone/schema/IndexAddress"
 *
 * const urlOf = ({ host }: IndexAddress.IndexAddress) => `https://${host}`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { maybe, openEnum, struct } from "./internal/wire.js"

/**
 * Where an index is, and what its vectors are like.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexAddress = struct({
  dimension: maybe(Schema.Int),
  metric: openEnum("cosine", "euclidean", "dotproduct"),
  host: Schema.String
})

/**
 * The type of the `IndexAddress` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexAddress extends Schema.Schema.Type<typeof IndexAddress> {}
