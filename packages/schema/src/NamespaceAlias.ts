/**
 * Aliases of namespaces (`/namespace-aliases` of the data-plane API, since API version 2026-07): other names, whose reads are served
 * from their target.
 *
 * ```ts
 * import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
 *
 * const none = NamespaceAlias.problem({ operation: "create_namespace_alias" }, "live") // undefined
 * const some = NamespaceAlias.problem({ operation: "create_namespace_alias" }, "a/b") // a PineconeError.InvalidRequest
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as Input from "./Input.js"
import { answer, as, date, maybe, maybeAs, struct } from "./internal/wire.js"
import * as Limits from "./Limits.js"
import { defaultNamespace } from "./Namespace.js"
import { Pagination } from "./Usage.js"

const allowed = /^[\x21\x22\x24\x27-\x2A\x2C-\x2E\x30-\x3A\x3C\x3E\x40-\x5B\x5D-\x7E]+$/

/**
 * Whether a text can be the name of an alias: 1 to 512 printable characters of ASCII without space and `/ ? # % & = \ ; +`, and
 * neither `__default__`, `.` nor `..`.
 *
 * @since 0.1.0
 * @category guards
 */
export const isName = (name: string): boolean =>
  name.length <= Limits.limits.namespaceLength && allowed.test(name) && name !== defaultNamespace && name !== "." &&
  name !== ".."

/**
 * What is wrong with the name of an alias.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (place: Limits.Place, name: unknown, field: string = "name"): Input.Problem | undefined =>
  typeof name === "string" && isName(name) ? undefined : Input.invalid(
    place,
    field,
    `must be the name of an alias, of 1 to ${Limits.limits.namespaceLength} printable ASCII characters without spaces and ` +
      `/ ? # % & = \\ ; +, and not "__default__", "." or "..", got ${Input.show(name)}`
  )

/**
 * An alias.
 *
 * @since 0.1.0
 * @category schemas
 */
export const NamespaceAlias = answer("NamespaceAliasDescription", {
  name: Schema.String,
  targetNamespace: as("target_namespace", Schema.String),
  createdAt: as("created_at", date),
  updatedAt: as("updated_at", date)
})

/**
 * The type of the `NamespaceAlias` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceAlias extends Schema.Schema.Type<typeof NamespaceAlias> {}

/**
 * The request that creates an alias.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateRequest = struct({
  name: Schema.String,
  targetNamespace: as("target_namespace", Schema.String)
}).annotations({ identifier: "CreateNamespaceAliasRequest" })

/**
 * The request that points an alias at another namespace.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RepointRequest = struct({
  targetNamespace: as("target_namespace", Schema.String)
}).annotations({ identifier: "RepointNamespaceAliasRequest" })

/**
 * A page of aliases.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ListResponse = answer("ListNamespaceAliasesResponse", {
  namespaceAliases: maybeAs("namespace_aliases", Schema.Array(NamespaceAlias)),
  pagination: maybe(Pagination),
  totalCount: as("total_count", Schema.Int)
})
