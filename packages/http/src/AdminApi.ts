/**
 * Pinecone's admin API, version 2026-07: organizations, projects and API keys, and who may do what with them: service accounts,
 * users, invites and role bindings. A bearer token of `OAuthApi` authorizes it.
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
import * as Invite from "@effect-pinecone/schema/Invite"
import * as Organization from "@effect-pinecone/schema/Organization"
import * as Project from "@effect-pinecone/schema/Project"
import * as RoleBinding from "@effect-pinecone/schema/RoleBinding"
import * as ServiceAccount from "@effect-pinecone/schema/ServiceAccount"
import * as User from "@effect-pinecone/schema/User"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Schema from "effect/Schema"
import { controlError, del, get, Limit, patch, PathSegment, post, withStatus } from "./internal/endpoint.js"

const errors = {
  400: controlError(400),
  401: controlError(401),
  403: controlError(403),
  404: controlError(404),
  409: controlError(409),
  412: controlError(412),
  422: controlError(422),
  429: controlError(429),
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

const page = Schema.Struct({
  limit: Schema.optional(Limit),
  paginationToken: Schema.optional(Schema.String)
})

const serviceAccountId = Schema.Struct({ service_account_id: PathSegment })
const userId = Schema.Struct({ user_id: PathSegment })
const inviteId = Schema.Struct({ invite_id: PathSegment })
const roleBindingId = Schema.Struct({ role_binding_id: PathSegment })

/**
 * The endpoints for service accounts.
 *
 * @since 0.1.0
 * @category groups
 */
export class ServiceAccountsGroup extends HttpApiGroup.make("serviceAccounts")
  .add(get("list", "/admin/service-accounts", {
    id: "list_service_accounts",
    query: page,
    success: ServiceAccount.ServiceAccountList,
    error: errors[400]
  }))
  .add(post("create", "/admin/service-accounts", {
    id: "create_service_account",
    payload: ServiceAccount.CreateServiceAccountRequest,
    success: withStatus(201, ServiceAccount.ServiceAccountWithSecret),
    error: [errors[400], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/admin/service-accounts/:service_account_id", {
    id: "fetch_service_account",
    params: serviceAccountId,
    success: ServiceAccount.ServiceAccount,
    error: errors[404]
  }))
  .add(patch("update", "/admin/service-accounts/:service_account_id", {
    id: "update_service_account",
    params: serviceAccountId,
    payload: ServiceAccount.UpdateServiceAccountRequest,
    success: ServiceAccount.ServiceAccount,
    error: [errors[400], errors[404], errors[422]]
  }))
  .add(del("delete", "/admin/service-accounts/:service_account_id", {
    id: "delete_service_account",
    params: serviceAccountId,
    success: HttpApiSchema.Empty(202),
    error: errors[404]
  }))
  .add(post("rotateSecret", "/admin/service-accounts/:service_account_id/rotate-secret", {
    id: "rotate_service_account_secret",
    params: serviceAccountId,
    success: ServiceAccount.ServiceAccountWithSecret,
    error: errors[404]
  }))
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[500])
{}

/**
 * The endpoints for users.
 *
 * @since 0.1.0
 * @category groups
 */
export class UsersGroup extends HttpApiGroup.make("users")
  .add(get("list", "/admin/users", {
    id: "list_users",
    query: Schema.Struct({ email: Schema.optional(Schema.String), ...page.fields }),
    success: User.UserList,
    error: errors[400]
  }))
  .add(get("describe", "/admin/users/:user_id", {
    id: "fetch_user",
    params: userId,
    success: User.User,
    error: errors[404]
  }))
  .add(del("delete", "/admin/users/:user_id", {
    id: "delete_user",
    params: userId,
    success: HttpApiSchema.Empty(202),
    error: [errors[404], errors[409]]
  }))
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[500])
{}

/**
 * The endpoints for invites.
 *
 * @since 0.1.0
 * @category groups
 */
export class InvitesGroup extends HttpApiGroup.make("invites")
  .add(get("list", "/admin/invites", {
    id: "list_invites",
    query: page,
    success: Invite.InviteList,
    error: errors[400]
  }))
  .add(post("create", "/admin/invites", {
    id: "create_invite",
    payload: Invite.CreateInviteRequest,
    success: Invite.Invite,
    error: [errors[400], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/admin/invites/:invite_id", {
    id: "fetch_invite",
    params: inviteId,
    success: Invite.Invite,
    error: errors[404]
  }))
  .add(del("delete", "/admin/invites/:invite_id", {
    id: "delete_invite",
    params: inviteId,
    success: HttpApiSchema.Empty(202),
    error: [errors[404], errors[409]]
  }))
  .add(post("resend", "/admin/invites/:invite_id/resend", {
    id: "resend_invite",
    params: inviteId,
    success: Invite.Invite,
    error: [errors[404], errors[409], errors[429]]
  }))
  .addError(errors[401])
  .addError(errors[403])
  .addError(errors[500])
{}

/**
 * The endpoints for role bindings.
 *
 * @since 0.1.0
 * @category groups
 */
export class RoleBindingsGroup extends HttpApiGroup.make("roleBindings")
  .add(get("list", "/admin/role-bindings", {
    id: "list_role_bindings",
    query: Schema.Struct({
      principal_type: Schema.optional(RoleBinding.PrincipalType),
      principal_id: Schema.optional(Schema.String),
      resource_type: Schema.optional(RoleBinding.ResourceType),
      resource_id: Schema.optional(Schema.String),
      role: Schema.optional(RoleBinding.Role),
      ...page.fields
    }),
    success: RoleBinding.RoleBindingList,
    error: errors[400]
  }))
  .add(post("create", "/admin/role-bindings", {
    id: "create_role_binding",
    payload: RoleBinding.CreateRoleBindingRequest,
    success: RoleBinding.RoleBinding,
    error: [errors[400], errors[404], errors[409], errors[422]]
  }))
  .add(get("describe", "/admin/role-bindings/:role_binding_id", {
    id: "fetch_role_binding",
    params: roleBindingId,
    success: RoleBinding.RoleBinding,
    error: errors[404]
  }))
  .add(del("delete", "/admin/role-bindings/:role_binding_id", {
    id: "delete_role_binding",
    params: roleBindingId,
    success: HttpApiSchema.Empty(202),
    error: [errors[404], errors[409]]
  }))
  .addError(errors[401])
  .addError(errors[403])
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
  .add(ServiceAccountsGroup)
  .add(UsersGroup)
  .add(InvitesGroup)
  .add(RoleBindingsGroup)
  .annotate(OpenApi.Title, "Pinecone Admin API")
  .annotate(OpenApi.Version, "2026-07")
{}
