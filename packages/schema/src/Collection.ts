/**
 * Collections: static copies of a pod-based index (`/collections` of the control-plane API).
 *
 * ```ts
 * import type * as Collection from "@effect-pinecone/schema/Collection"
 *
 * const isReady = ({ status }: Collection.CollectionModel): boolean => status === "Ready"
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

/**
 * A collection.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CollectionModel = answer("CollectionModel", {
  name: Schema.String,
  size: maybe(Schema.Int),
  status: openEnum("Initializing", "Ready", "Terminating"),
  dimension: maybe(Schema.Int),
  vectorCount: maybeAs("vector_count", Schema.Int),
  environment: Schema.String
})

/**
 * The type of the `CollectionModel` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CollectionModel extends Schema.Schema.Type<typeof CollectionModel> {}

/**
 * The collections of a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CollectionList = answer("CollectionList", {
  collections: maybe(Schema.Array(CollectionModel))
})

/**
 * The request that creates a collection.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateCollectionRequest = struct({
  name: Schema.String,
  source: Schema.String
}).annotations({ identifier: "CreateCollectionRequest" })
