/**
 * Pinecone's admin API, version 2026-04, as it was published: organizations, projects and API keys, which are as they are in the
 * newest version. Service accounts, users, invites and role bindings were added to both later, and are the same in both.
 *
 * ```ts
 * import * as AdminApi2026_04 from "@effect-pinecone/http/AdminApi2026_04"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(AdminApi2026_04.AdminApi2026_04).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as HttpApi from "@effect/platform/HttpApi"
import * as OpenApi from "@effect/platform/OpenApi"
import { ApiKeysGroup, OrganizationsGroup, ProjectsGroup } from "./AdminApi.js"

/**
 * The definition of the admin API in version 2026-04.
 *
 * @since 0.1.0
 * @category apis
 */
export class AdminApi2026_04 extends HttpApi.make("admin")
  .add(OrganizationsGroup)
  .add(ProjectsGroup)
  .add(ApiKeysGroup)
  .annotate(OpenApi.Title, "Pinecone Admin API")
  .annotate(OpenApi.Version, "2026-04")
{}
