/**
 * Namespaces of an index (`/namespaces` of the data-plane API), and the statistics of an index.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, JsonObject, maybe, maybeAs } from "./internal/wire.js"
import { MetadataIndex } from "./MetadataIndex.js"
import { Pagination } from "./Usage.js"

/**
 * The name that stands for the default namespace, as `""` and no name at all do.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultNamespace = "__default__"

/**
 * A count, which some servers send as a decimal string (a 64-bit integer in JSON).
 */
const Count = Schema.make<number, number | string>(
  Schema.Union(Schema.Int, Schema.NumberFromString).annotations({ jsonSchema: { type: "integer" } }).ast
)

/**
 * @since 0.1.0
 * @category schemas
 */
export const NamespaceDescription = Schema.Struct({
  name: maybe(Schema.String),
  recordCount: maybeAs("record_count", Count),
  schema: maybe(MetadataIndex),
  indexedFields: maybeAs("indexed_fields", Schema.Struct({ fields: maybe(Schema.Array(Schema.String)) }))
}).annotations(answer("NamespaceDescription"))

/**
 * @since 0.1.0
 * @category models
 */
export interface NamespaceDescription extends Schema.Schema.Type<typeof NamespaceDescription> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateNamespaceRequest = Schema.Struct({
  name: Schema.String,
  schema: maybe(MetadataIndex)
}).annotations({ identifier: "CreateNamespaceRequest" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const ListNamespacesResponse = Schema.Struct({
  namespaces: maybe(Schema.Array(NamespaceDescription)),
  pagination: maybe(Pagination),
  totalCount: maybeAs("total_count", Schema.Int)
}).annotations(answer("ListNamespacesResponse"))

/**
 * @since 0.1.0
 * @category schemas
 */
export const DescribeIndexStatsRequest = Schema.Struct({
  filter: maybe(JsonObject)
}).annotations({ identifier: "DescribeIndexStatsRequest" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const NamespaceSummary = Schema.Struct({
  vectorCount: maybe(Schema.Int)
}).annotations(answer("NamespaceSummary"))

/**
 * @since 0.1.0
 * @category schemas
 */
export const IndexStats = Schema.Struct({
  namespaces: maybe(Schema.Record({ key: Schema.String, value: NamespaceSummary })),
  dimension: maybe(Schema.Int),
  indexFullness: maybe(Schema.Number),
  totalVectorCount: maybe(Schema.Int),
  metric: maybe(Schema.String),
  vectorType: maybe(Schema.String),
  memoryFullness: maybeAs("memory_fullness", Schema.Number),
  storageFullness: maybeAs("storage_fullness", Schema.Number)
}).annotations(answer("IndexDescription"))

/**
 * @since 0.1.0
 * @category models
 */
export interface IndexStats extends Schema.Schema.Type<typeof IndexStats> {}
