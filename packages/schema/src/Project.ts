/**
 * Projects of an organization (`/admin/projects` of the admin API).
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
 * @since 0.1.0
 * @category models
 */
export interface Project extends Schema.Schema.Type<typeof Project> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const ProjectList = Schema.Struct({
  data: Schema.Array(Project)
}).annotations(answer("ProjectList"))

/**
 * @since 0.1.0
 * @category schemas
 */
export const CreateProjectRequest = Schema.Struct({
  name: Schema.String,
  maxPods: optionalAs("max_pods", Schema.Int),
  forceEncryptionWithCmek: optionalAs("force_encryption_with_cmek", Schema.Boolean)
}).annotations({ identifier: "CreateProjectRequest" })

/**
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
 * @since 0.1.0
 * @category models
 */
export interface UpdateProjectRequest extends Schema.Schema.Type<typeof UpdateProjectRequest> {}
