/**
 * Organizations of an account (`/admin/organizations` of the admin API).
 *
 * ```ts
 * import type * as Organization from "@effect-pinecone/schema/Organization"
 *
 * const describe = ({ id, name }: Organization.Organization) => `${name} (${id})`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, date, openEnum, struct } from "./internal/wire.js"

/**
 * An organization.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Organization = answer("Organization", {
  id: Schema.String,
  name: Schema.String,
  plan: openEnum("Free", "Standard", "Enterprise", "Dedicated"),
  paymentStatus: as(
    "payment_status",
    openEnum("Active", "PaymentPending", "PastDue", "Restricted", "Suspended", "Deactivated")
  ),
  createdAt: as("created_at", date),
  supportTier: as("support_tier", openEnum("Free", "Developer", "Pro", "Enterprise"))
})

/**
 * The type of the `Organization` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Organization extends Schema.Schema.Type<typeof Organization> {}

/**
 * The organizations of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const OrganizationList = answer("OrganizationList", {
  data: Schema.Array(Organization)
})

/**
 * What is to change; the rest stays as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateOrganizationRequest = struct({
  name: Schema.optional(Schema.String)
}).annotations({ identifier: "UpdateOrganizationRequest" })

/**
 * The type of the `UpdateOrganizationRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateOrganizationRequest extends Schema.Schema.Type<typeof UpdateOrganizationRequest> {}
