/**
 * API keys of a project (`/admin/projects/{project_id}/api-keys` and `/admin/api-keys` of the admin API).
 *
 * ```ts
 * import type * as ApiKey from "@effect-pinecone/schema/ApiKey"
 *
 * const request: ApiKey.CreateApiKeyRequest = { name: "indexer", roles: ["ProjectEditor"] }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, openEnum, secret, struct } from "./internal/wire.js"

/**
 * The roles of a key that are documented. An editor reads and writes, a viewer reads; on the control plane are indexes,
 * collections, backups and assistants, on the data plane is what they hold, and a project has both.
 *
 * @since 0.1.0
 * @category constants
 */
export const roles = [
  "ProjectEditor",
  "ProjectViewer",
  "ControlPlaneEditor",
  "ControlPlaneViewer",
  "DataPlaneEditor",
  "DataPlaneViewer"
] as const

/**
 * What a key may do: one of {@link roles}, or one that is added later.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Role = openEnum(...roles)

/**
 * The type of the `Role` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type Role = typeof Role.Type

/**
 * A key, without its value.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiKey = answer("APIKey", {
  id: Schema.String,
  name: Schema.String,
  projectId: as("project_id", Schema.String),
  roles: Schema.Array(Role)
})

/**
 * The type of the `ApiKey` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiKey extends Schema.Schema.Type<typeof ApiKey> {}

/**
 * A key that was just created. Its `value`, the whole of which is what authenticates, is never given again.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiKeyWithSecret = answer("APIKeyWithSecret", {
  key: ApiKey,
  value: secret
})

/**
 * The type of the `ApiKeyWithSecret` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApiKeyWithSecret extends Schema.Schema.Type<typeof ApiKeyWithSecret> {}

/**
 * The API keys of a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ApiKeyList = answer("ListApiKeysResponse", {
  data: Schema.Array(ApiKey)
})

/**
 * The request that creates an API key.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateApiKeyRequest = struct({
  name: Schema.String,
  roles: Schema.optional(Schema.Array(Role))
}).annotations({ identifier: "CreateAPIKeyRequest" })

/**
 * The type of the `CreateApiKeyRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateApiKeyRequest extends Schema.Schema.Type<typeof CreateApiKeyRequest> {}

/**
 * What is to change; `roles` are all that the key is to have.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateApiKeyRequest = struct({
  name: Schema.optional(Schema.String),
  roles: Schema.optional(Schema.Array(Role))
}).annotations({ identifier: "UpdateAPIKeyRequest" })

/**
 * The type of the `UpdateApiKeyRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateApiKeyRequest extends Schema.Schema.Type<typeof UpdateApiKeyRequest> {}
