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
import { answer, as, maybeAs, optionalAs } from "./internal/wire.js"

/**
 * A project: `maxPods` is 0 where it is for serverless indexes alone.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Project = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  maxPods: as("max_pods", Schema.Int),
  forceEncryptionWithCmek: as("force_encryption_with_cmek", Schema.Boolean),
  organizationId: as("organization_id", Schema.String),
  createdAt: maybeAs("created_at", Schema.Date)
}).annotations(answer("Project"))

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
export const ProjectList = Schema.Struct({
  data: Schema.Array(Project)
}).annotations(answer("ProjectList"))

/**
 * The request that creates a project.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateProjectRequest = Schema.Struct({
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
export const UpdateProjectRequest = Schema.Struct({
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
