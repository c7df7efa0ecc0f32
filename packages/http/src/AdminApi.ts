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
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, PathSegment } from "./internal/endpoint.js"

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
  .add(
    HttpApiEndpoint.get("list", "/admin/organizations")
      .annotate(OpenApi.Identifier, "list_organizations")
      .addSuccess(Organization.OrganizationList)
  )
  .add(
    HttpApiEndpoint.get("describe", "/admin/organizations/:organization_id")
      .annotate(OpenApi.Identifier, "fetch_organization")
      .setPath(organizationId)
      .addSuccess(Organization.Organization)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.patch("update", "/admin/organizations/:organization_id")
      .annotate(OpenApi.Identifier, "update_organization")
      .setPath(organizationId)
      .setPayload(Organization.UpdateOrganizationRequest)
      .addSuccess(Organization.Organization)
      .addError(errors[400])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.del("delete", "/admin/organizations/:organization_id")
      .annotate(OpenApi.Identifier, "delete_organization")
      .setPath(organizationId)
      .addSuccess(HttpApiSchema.Empty(202))
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[412])
  )
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
  .add(
    HttpApiEndpoint.get("list", "/admin/projects")
      .annotate(OpenApi.Identifier, "list_projects")
      .addSuccess(Project.ProjectList)
  )
  .add(
    HttpApiEndpoint.post("create", "/admin/projects")
      .annotate(OpenApi.Identifier, "create_project")
      .setPayload(Project.CreateProjectRequest)
      .addSuccess(Project.Project)
      .addError(errors[400])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.get("describe", "/admin/projects/:project_id")
      .annotate(OpenApi.Identifier, "fetch_project")
      .setPath(projectId)
      .addSuccess(Project.Project)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.patch("update", "/admin/projects/:project_id")
      .annotate(OpenApi.Identifier, "update_project")
      .setPath(projectId)
      .setPayload(Project.UpdateProjectRequest)
      .addSuccess(Project.Project)
      .addError(errors[400])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.del("delete", "/admin/projects/:project_id")
      .annotate(OpenApi.Identifier, "delete_project")
      .setPath(projectId)
      .addSuccess(HttpApiSchema.Empty(202))
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[412])
  )
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
  .add(
    HttpApiEndpoint.get("list", "/admin/projects/:project_id/api-keys")
      .annotate(OpenApi.Identifier, "list_project_api_keys")
      .setPath(projectId)
      .addSuccess(ApiKey.ApiKeyList)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.post("create", "/admin/projects/:project_id/api-keys")
      .annotate(OpenApi.Identifier, "create_api_key")
      .setPath(projectId)
      .setPayload(ApiKey.CreateApiKeyRequest)
      .addSuccess(ApiKey.ApiKeyWithSecret, { status: 201 })
      .addError(errors[400])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.get("describe", "/admin/api-keys/:api_key_id")
      .annotate(OpenApi.Identifier, "fetch_api_key")
      .setPath(apiKeyId)
      .addSuccess(ApiKey.ApiKey)
      .addError(errors[404])
  )
  .add(
    HttpApiEndpoint.patch("update", "/admin/api-keys/:api_key_id")
      .annotate(OpenApi.Identifier, "update_api_key")
      .setPath(apiKeyId)
      .setPayload(ApiKey.UpdateApiKeyRequest)
      .addSuccess(ApiKey.ApiKey)
      .addError(errors[400])
      .addError(errors[403])
      .addError(errors[404])
      .addError(errors[422])
  )
  .add(
    HttpApiEndpoint.del("delete", "/admin/api-keys/:api_key_id")
      .annotate(OpenApi.Identifier, "delete_api_key")
      .setPath(apiKeyId)
      .addSuccess(HttpApiSchema.Empty(202))
      .addError(errors[403])
      .addError(errors[404])
  )
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
