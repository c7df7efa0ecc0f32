/**
 * Role bindings of an organization and its projects (`/admin/role-bindings` of the admin API, since API version 2026-04): who
 * may do what, and where.
 *
 * ```ts
 * import type * as RoleBinding from "@effect-pinecone/schema/RoleBinding"
 *
 * const member: RoleBinding.RoleBindingInput = { resourceType: "organization", role: "OrgMember" }
 * const reader: RoleBinding.CreateRoleBindingRequest = {
 *   principalType: "service_account",
 *   principalId: "7e730a1d-8c0f-48f1-a9a3-1ac66fdd2ef4",
 *   resourceType: "project",
 *   resourceId: "0ce9acea-7e07-4eb3-aa61-3a24f11e29aa",
 *   role: "ProjectViewer"
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import * as ApiKey from "./ApiKey.js"
import { answer, as, date, maybe, openEnum, optionalAs, struct } from "./internal/wire.js"
import { Pagination } from "./Usage.js"

/**
 * The roles of an organization.
 *
 * @since 0.1.0
 * @category constants
 */
export const organizationRoles = ["OrgOwner", "OrgManager", "OrgMember", "OrgBillingAdmin"] as const

/**
 * The roles of a project: those of its members, and those that an API key can have too.
 *
 * @since 0.1.0
 * @category constants
 */
export const projectRoles = ["ProjectOwner", "ProjectManager", "ProjectMember", ...ApiKey.roles] as const

/**
 * What a principal may do: one of {@link organizationRoles} or {@link projectRoles}, or one that is added later.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Role = openEnum(...organizationRoles, ...projectRoles)

/**
 * The type of the `Role` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Role = typeof Role.Type

/**
 * Who has a role.
 *
 * @since 0.1.0
 * @category schemas
 */
export const PrincipalType = openEnum("user", "service_account", "api_key", "invite")

/**
 * The type of the `PrincipalType` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type PrincipalType = typeof PrincipalType.Type

/**
 * What a role is for.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ResourceType = openEnum("organization", "project")

/**
 * The type of the `ResourceType` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type ResourceType = typeof ResourceType.Type

/**
 * A role that a principal has.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RoleBinding = answer("RoleBinding", {
  id: Schema.String,
  principalType: as("principal_type", PrincipalType),
  principalId: as("principal_id", Schema.String),
  resourceType: as("resource_type", ResourceType),
  resourceId: as("resource_id", Schema.String),
  role: Role,
  createdAt: as("created_at", date)
})

/**
 * The type of the `RoleBinding` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface RoleBinding extends Schema.Schema.Type<typeof RoleBinding> {}

/**
 * A page of role bindings.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RoleBindingList = answer("RoleBindingList", {
  data: Schema.Array(RoleBinding),
  pagination: maybe(Pagination)
})

const scope = {
  resourceType: as("resource_type", ResourceType),
  resourceId: optionalAs("resource_id", Schema.String),
  role: Role
}

/**
 * A role for a principal that is about to be created. A role in a project needs the project's id as `resourceId`; one in the
 * organization has none.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RoleBindingInput = struct(scope).annotations({ identifier: "RoleBindingInput" })

/**
 * The type of the `RoleBindingInput` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface RoleBindingInput extends Schema.Schema.Type<typeof RoleBindingInput> {}

/**
 * The request that gives a principal a role. A role in a project needs the project's id as `resourceId`; one in the organization
 * has none.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateRoleBindingRequest = struct({
  principalType: as("principal_type", PrincipalType),
  principalId: as("principal_id", Schema.String),
  ...scope
}).annotations({ identifier: "CreateRoleBindingRequest" })

/**
 * The type of the `CreateRoleBindingRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateRoleBindingRequest extends Schema.Schema.Type<typeof CreateRoleBindingRequest> {}
