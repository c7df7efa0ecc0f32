/**
 * Projects of an organization (`/admin/projects` of the admin API).
 *
 * ```ts
 * import type * as Project from "@effect-pinecone/schema/Project"
 *
 * const request: Project.CreateProjectRequest = { name: "search", forceEncryptionWithCmek: true }
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, as, date, maybeAs, optionalAs, struct } from "./internal/wire.js"

/**
 * A project: `maxPods` is 0 where it is for serverless indexes alone.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Project = answer("Project", {
  id: Schema.String,
  name: Schema.String,
  maxPods: as("max_pods", Schema.Int),
  forceEncryptionWithCmek: as("force_encryption_with_cmek", Schema.Boolean),
  organizationId: as("organization_id", Schema.String),
  createdAt: maybeAs("created_at", date)
})

/**
 * The type of the `Project` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Project extends Schema.Schema.Type<typeof Project> {}

/**
 * The projects of an organization.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ProjectList = answer("ProjectList", {
  data: Schema.Array(Project)
})

/**
 * The request that creates a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateProjectRequest = struct({
  name: Schema.String,
  maxPods: optionalAs("max_pods", Schema.Int),
  forceEncryptionWithCmek: optionalAs("force_encryption_with_cmek", Schema.Boolean)
}).annotations({ identifier: "CreateProjectRequest" })

/**
 * The type of the `CreateProjectRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateProjectRequest extends Schema.Schema.Type<typeof CreateProjectRequest> {}

/**
 * What is to change; the rest stays as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const UpdateProjectRequest = struct({
  name: Schema.optional(Schema.String),
  maxPods: optionalAs("max_pods", Schema.Int),
  forceEncryptionWithCmek: optionalAs("force_encryption_with_cmek", Schema.Boolean)
}).annotations({ identifier: "UpdateProjectRequest" })

/**
 * The type of the `UpdateProjectRequest` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateProjectRequest extends Schema.Schema.Type<typeof UpdateProjectRequest> {}
