/**
 * Namespaces of an index (`/namespaces` of the data-plane API), and the statistics of an index.
 *
 * ```ts
 * import * as Namespace from "@effect-pinecone/schema/Namespace"
 *
 * const none = Namespace.problem({ operation: "query" }, "en") // undefined
 * const some = Namespace.problem({ operation: "query" }, "münchen") // a PineconeError.InvalidRequest
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Input from "./Input.js"
import { answer, dictionary, JsonObject, maybe, maybeAs, struct } from "./internal/wire.js"
import * as Limits from "./Limits.js"
import { MetadataIndex } from "./MetadataIndex.js"
import { Pagination } from "./Usage.js"

/**
 * The name that stands for the default namespace, as `""` and no name at all do.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultNamespace = "__default__"

const printable = /^[\x20-\x7e]*$/

/**
 * Whether a text has only the characters that the name of a namespace may have: the printable ones of ASCII.
 *
 * @since 0.1.0
 * @category guards
 */
export const isPrintable = (name: string): boolean => printable.test(name)

/**
 * What is wrong with the namespace of an operation: at most 512 printable ASCII characters. Left out, or empty, it is the
 * default namespace.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (
  place: Limits.Place,
  namespace: unknown,
  field: string = "namespace"
): Input.Problem | undefined => {
  if (namespace === undefined) return undefined
  if (typeof namespace !== "string") {
    return Input.mismatch(place, field, "a string", namespace)
  }
  return Limits.check("namespaceLength", `${field}.length`, namespace.length, place) ??
    (isPrintable(namespace) ? undefined : Input.invalid(
      place,
      field,
      `must have printable ASCII characters only, got ${Input.show(namespace)}`
    ))
}

/**
 * The same of the name of a namespace to create, describe or delete, which cannot be empty, nor `.` or `..`, which have no
 * address.
 *
 * @since 0.1.0
 * @category checks
 */
export const nameProblem = (place: Limits.Place, name: unknown, field: string = "name"): Input.Problem | undefined =>
  typeof name !== "string" || name === "" || name === "." || name === ".."
    ? Input.mismatch(
      place,
      field,
      `the name of a namespace, of 1 to ${Limits.limits.namespaceLength} printable ASCII characters, and not "." or ".."`,
      name
    )
    : problem(place, name, field)

/** A count: a decimal string since 2026-07 (a 64-bit integer in JSON), a number before. */
const Count = Schema.make<number, number | string>(
  Schema.Union(Schema.NumberFromString, Schema.Int).annotations({ jsonSchema: { type: "string" } }).ast
)

/**
 * A namespace. `sizeBytes` is about what it stores, told since API version 2026-07.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NamespaceDescription = answer("NamespaceDescription", {
  name: maybe(Schema.String),
  recordCount: maybeAs("record_count", Count),
  schema: maybe(MetadataIndex),
  indexedFields: maybeAs("indexed_fields", struct({ fields: maybe(Schema.Array(Schema.String)) })),
  sizeBytes: maybeAs("size_bytes", Count)
})

/**
 * The type of the `NamespaceDescription` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceDescription extends Schema.Schema.Type<typeof NamespaceDescription> {}

/**
 * The request that creates a namespace.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateNamespaceRequest = struct({
  name: Schema.String,
  schema: maybe(MetadataIndex)
}).annotations({ identifier: "CreateNamespaceRequest" })

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
 * The request for the statistics of an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DescribeIndexStatsRequest = struct({
  filter: maybe(JsonObject)
}).annotations({ identifier: "DescribeIndexStatsRequest" })

/**
 * The statistics of one namespace.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NamespaceSummary = answer("NamespaceSummary", {
  vectorCount: maybe(Schema.Int)
})

/**
 * The statistics of an index.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexStats = answer("IndexDescription", {
  namespaces: maybe(dictionary(NamespaceSummary)),
  dimension: maybe(Schema.Int),
  indexFullness: maybe(Schema.Number),
  totalVectorCount: maybe(Schema.Int),
  metric: maybe(Schema.String),
  vectorType: maybe(Schema.String),
  memoryFullness: maybe(Schema.Number),
  storageFullness: maybe(Schema.Number)
})

/**
 * The type of the `IndexStats` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexStats extends Schema.Schema.Type<typeof IndexStats> {}
