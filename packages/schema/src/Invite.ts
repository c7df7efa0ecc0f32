/**
 * Invites to an organization (`/admin/invites` of the admin API, since API version 2026-04).
 *
 * ```ts
 * import type * as Invite from "@effect-pinecone/schema/Invite"
 *
 * const request: Invite.CreateInviteRequest = {
 *   email: "ada@example.com",
 *   roleBindings: [{ resourceType: "organization", role: "OrgMember" }]
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, date, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"
import { RoleBindingInput } from "./RoleBinding.js"
import { Pagination } from "./Usage.js"

/**
 * An invite: `processed` once it was accepted, `expired` where nobody did before `expiresAt`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Invite = answer("Invite", {
  id: Schema.String,
  email: Schema.String,
  status: openEnum("pending", "expired", "processed"),
  expiresAt: maybeAs("expires_at", date),
  processedAt: maybeAs("processed_at", date),
  createdAt: as("created_at", date)
})

/**
 * The type of the `Invite` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Invite extends Schema.Schema.Type<typeof Invite> {}

/**
 * A page of invites.
 *
 * @since 0.1.0
 * @category schemas
 */
export const InviteList = answer("InviteList", {
  data: Schema.Array(Invite),
  pagination: maybe(Pagination)
})

/**
 * The request that invites somebody: with the roles to have, of which at least one is in the organization.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateInviteRequest = struct({
  email: Schema.String,
  roleBindings: as("role_bindings", Schema.Array(RoleBindingInput))
}).annotations({ identifier: "CreateInviteRequest" })

/**
 * The type of the `CreateInviteRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateInviteRequest extends Schema.Schema.Type<typeof CreateInviteRequest> {}
