/**
 * Pinecone's admin API, version 2026-04: organizations, projects and API keys. A bearer token of `OAuthApi` authorizes it.
 *
 * The one definition behind the client, the embedded server and the OpenAPI document.
 *
 * ```ts
 * import * as AdminApi from "@effect-pinecone/http/AdminApi"
 * import * as OpenApi from "@effect/platform/OpenApi"
 *
 * const paths = Object.keys(OpenApi.fromApi(AdminApi.AdminApi).paths)
 * ```
 *
 * @since 0.1.0
 */
import * as ApiKey from "@effect-pinecone/schema/ApiKey"
import * as Organization from "@effect-pinecone/schema/Organization"
import * as Project from "@effect-pinecone/schema/Project"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, del, get, patch, PathSegment, post, withStatus } from "./internal/endpoint.js"

const errors = {
  400: controlError(400),
  401: controlError(401),
  403: controlError(403),
  404: controlError(404),
  412: controlError(412),
  422: controlError(422),
  500: controlError(500)
} as const

const organizationId = Schema.Struct({ organization_id: PathSegment })
const projectId = Schema.Struct({ project_id: PathSegment })
const apiKeyId = Schema.Struct({ api_key_id: PathSegment })

/**
 * The endpoints for organizations.
 *
 * @since 0.1.0
 * @category groups
 */
export class OrganizationsGroup extends HttpApiGroup.make("organizations")
  .add(get("list", "/admin/organizations", {
    id: "list_organizations",
    success: Organization.OrganizationList
  }))
  .add(get("describe", "/admin/organizations/:organization_id", {
    id: "fetch_organization",
    params: organizationId,
    success: Organization.Organization,
    error: errors[404]
  }))
  .add(patch("update", "/admin/organizations/:organization_id", {
    id: "update_organization",
    params: organizationId,
    payload: Organization.UpdateOrganizationRequest,
    success: Organization.Organization,
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(del("delete", "/admin/organizations/:organization_id", {
    id: "delete_organization",
    params: organizationId,
    success: HttpApiSchema.Empty(202),
    error: [errors[403], errors[404], errors[412]]
  }))
  .addError(errors[401])
  .addError(errors[500])
{}

/**
 * The endpoints for projects.
 *
 * @since 0.1.0
 * @category groups
 */
export class ProjectsGroup extends HttpApiGroup.make("projects")
  .add(get("list", "/admin/projects", {
    id: "list_projects",
    success: Project.ProjectList
  }))
  .add(post("create", "/admin/projects", {
    id: "create_project",
    payload: Project.CreateProjectRequest,
    success: Project.Project,
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(get("describe", "/admin/projects/:project_id", {
    id: "fetch_project",
    params: projectId,
    success: Project.Project,
    error: errors[404]
  }))
  .add(patch("update", "/admin/projects/:project_id", {
    id: "update_project",
    params: projectId,
    payload: Project.UpdateProjectRequest,
    success: Project.Project,
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(del("delete", "/admin/projects/:project_id", {
    id: "delete_project",
    params: projectId,
    success: HttpApiSchema.Empty(202),
    error: [errors[403], errors[404], errors[412]]
  }))
  .addError(errors[401])
  .addError(errors[500])
{}

/**
 * The endpoints for API keys.
 *
 * @since 0.1.0
 * @category groups
 */
export class ApiKeysGroup extends HttpApiGroup.make("apiKeys")
  .add(get("list", "/admin/projects/:project_id/api-keys", {
    id: "list_project_api_keys",
    params: projectId,
    success: ApiKey.ApiKeyList,
    error: errors[404]
  }))
  .add(post("create", "/admin/projects/:project_id/api-keys", {
    id: "create_api_key",
    params: projectId,
    payload: ApiKey.CreateApiKeyRequest,
    success: withStatus(201, ApiKey.ApiKeyWithSecret),
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(get("describe", "/admin/api-keys/:api_key_id", {
    id: "fetch_api_key",
    params: apiKeyId,
    success: ApiKey.ApiKey,
    error: errors[404]
  }))
  .add(patch("update", "/admin/api-keys/:api_key_id", {
    id: "update_api_key",
    params: apiKeyId,
    payload: ApiKey.UpdateApiKeyRequest,
    success: ApiKey.ApiKey,
    error: [errors[400], errors[403], errors[404], errors[422]]
  }))
  .add(del("delete", "/admin/api-keys/:api_key_id", {
    id: "delete_api_key",
    params: apiKeyId,
    success: HttpApiSchema.Empty(202),
    error: [errors[403], errors[404]]
  }))
  .addError(errors[401])
  .addError(errors[500])
{}

/**
 * The definition of the admin API.
 *
 * @since 0.1.0
 * @category apis
 */
export class AdminApi extends HttpApi.make("admin")
  .add(OrganizationsGroup)
  .add(ProjectsGroup)
  .add(ApiKeysGroup)
  .annotate(OpenApi.Title, "Pinecone Admin API")
  .annotate(OpenApi.Version, "2026-04")
{}
