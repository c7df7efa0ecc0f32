/**
 * Service accounts of an organization (`/admin/service-accounts` of the admin API, since API version 2026-04): the identities
 * of programs, each with a client id and a client secret for access tokens.
 *
 * ```ts
 * import type * as ServiceAccount from "@effect-pinecone/schema/ServiceAccount"
 *
 * const request: ServiceAccount.CreateServiceAccountRequest = {
 *   name: "provisioning",
 *   roleBindings: [{ resourceType: "organization", role: "OrgManager" }]
 * }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, date, maybe, optionalAs, secret, struct } from "./internal/wire.js"
import { RoleBindingInput } from "./RoleBinding.js"
import { Pagination } from "./Usage.js"

/**
 * A service account, without its secret.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServiceAccount = answer("ServiceAccount", {
  id: Schema.String,
  name: Schema.String,
  clientId: as("client_id", Schema.String),
  createdAt: as("created_at", date),
  updatedAt: as("updated_at", date)
})

/**
 * The type of the `ServiceAccount` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceAccount extends Schema.Schema.Type<typeof ServiceAccount> {}

/**
 * A service account that was just created, or whose secret was just replaced. Its `clientSecret` is never given again.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServiceAccountWithSecret = answer("ServiceAccountWithSecret", {
  serviceAccount: as("service_account", ServiceAccount),
  clientSecret: as("client_secret", secret)
})

/**
 * The type of the `ServiceAccountWithSecret` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServiceAccountWithSecret extends Schema.Schema.Type<typeof ServiceAccountWithSecret> {}

/**
 * A page of service accounts.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ServiceAccountList = answer("ServiceAccountList", {
  data: Schema.Array(ServiceAccount),
  pagination: maybe(Pagination)
})

/**
 * The request that creates a service account: without roles, unless some are given.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateServiceAccountRequest = struct({
  name: Schema.String,
  roleBindings: optionalAs("role_bindings", Schema.Array(RoleBindingInput))
}).annotations({ identifier: "CreateServiceAccountRequest" })

/**
 * The type of the `CreateServiceAccountRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateServiceAccountRequest extends Schema.Schema.Type<typeof CreateServiceAccountRequest> {}

/**
 * What is to change; the rest stays as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateServiceAccountRequest = struct({
  name: Schema.optional(Schema.String)
}).annotations({ identifier: "UpdateServiceAccountRequest" })

/**
 * The type of the `UpdateServiceAccountRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateServiceAccountRequest extends Schema.Schema.Type<typeof UpdateServiceAccountRequest> {}
