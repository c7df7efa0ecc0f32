import * as ApiKey from "@effect-pinecone/schema/ApiKey"
import { limits } from "@effect-pinecone/schema/Limits"
import type { RoleBindingInput } from "@effect-pinecone/schema/RoleBinding"
import { organizationRoles, projectRoles } from "@effect-pinecone/schema/RoleBinding"
import * as Effect from "effect/Effect"
import type { Documents, Staged } from "./documents.js"
import * as problem from "./problem.js"
import { now, uuid } from "./project.js"

/** Who has a role. */
export interface Principal {
  readonly type: string
  readonly id: string
}

/** A role, and where it is. */
export interface Scope {
  readonly resourceType: string
  readonly resourceId: string
  readonly role: string
}

/** A role binding as it is kept. */
export interface BindingDocument extends Scope {
  readonly id: string
  readonly principalType: string
  readonly principalId: string
  readonly createdAt: string
}

const isOneOf = (names: ReadonlyArray<string>, name: string): boolean => names.includes(name)

/** Whether somebody is a member of the organization by a role. */
export const grantsMembership = ({ resourceType, role }: Pick<Scope, "resourceType" | "role">): boolean =>
  resourceType === "organization" && isOneOf(organizationRoles, role)

export const isOwner = ({ role }: Pick<Scope, "role">): boolean => role === "OrgOwner"

/** What a role is to be in, with the id of the organization for its own roles. */
export const scopeOf = (
  { resourceId, resourceType, role }: RoleBindingInput,
  organizationId: string,
  hasProject: (id: string) => boolean
): Effect.Effect<Scope, problem.Problem> => {
  if (resourceType !== "organization" && resourceType !== "project") {
    return problem.badRequest(
      `resource_type must be organization or project, got ${JSON.stringify(resourceType).slice(0, 100)}`
    )
  }
  const roles = resourceType === "organization" ? organizationRoles : projectRoles
  if (!isOneOf(roles, role)) {
    return problem.badRequest(
      `Role ${role.slice(0, 100)} is not known for the resource type ${resourceType}; roles are ${roles.join(", ")}`
    )
  }
  if (resourceType === "organization") {
    return resourceId === undefined
      ? Effect.succeed({ resourceType, resourceId: organizationId, role })
      : problem.badRequest("resource_id must be left out for the resource type organization")
  }
  if (resourceId === undefined) return problem.badRequest("resource_id is required for the resource type project")
  return hasProject(resourceId)
    ? Effect.succeed({ resourceType, resourceId, role })
    : problem.notFound(`Project ${resourceId.slice(0, 100)} not found.`)
}

/** The same of all roles that something is created with. */
export const scopesOf = (
  inputs: ReadonlyArray<RoleBindingInput>,
  organizationId: string,
  hasProject: (id: string) => boolean
): Effect.Effect<ReadonlyArray<Scope>, problem.Problem> =>
  Effect.gen(function*() {
    if (inputs.length > limits.roleBindings) {
      return yield* problem.badRequest(
        `role_bindings must have at most ${limits.roleBindings} entries, got ${inputs.length}`
      )
    }
    const scopes = yield* Effect.forEach(inputs, (input) => scopeOf(input, organizationId, hasProject))
    if (new Set(scopes.map(({ resourceId, role }) => `${role} ${resourceId}`)).size < scopes.length) {
      return yield* problem.badRequest("role_bindings must not have the same role twice")
    }
    return scopes
  })

/** Why a key cannot have a role. */
export const refusedForKey = (
  { projectId }: { readonly projectId: string },
  { resourceId, role }: Scope
): problem.Problem | undefined => {
  if (!isOneOf(ApiKey.roles, role)) {
    return problem.badRequest(`An API key cannot have the role ${role}; its roles are ${ApiKey.roles.join(", ")}`)
  }
  return resourceId === projectId ? undefined : problem.badRequest("An API key has roles in its own project alone")
}

const isOf = ({ id, type }: Principal) => (binding: BindingDocument): boolean =>
  binding.principalType === type && binding.principalId === id

/** The role bindings of the organization. */
export interface Bindings {
  readonly all: Effect.Effect<ReadonlyArray<BindingDocument>>
  readonly get: (id: string) => BindingDocument | undefined
  readonly of: (principal: Principal) => Effect.Effect<ReadonlyArray<BindingDocument>>
  /** A new one, that is not committed yet. */
  readonly adding: (
    principal: Principal,
    scope: Scope
  ) => Effect.Effect<{ readonly document: BindingDocument; readonly staged: Staged }>
  readonly addingAll: (
    principal: Principal,
    scopes: ReadonlyArray<Scope>
  ) => Effect.Effect<ReadonlyArray<Staged>>
  readonly removing: (id: string) => Staged
  /** Without those of a principal. */
  readonly removingOf: (principal: Principal) => Effect.Effect<ReadonlyArray<Staged>>
  /** Without those in a project. */
  readonly removingIn: (projectId: string) => Effect.Effect<ReadonlyArray<Staged>>
  /** Those of a key, as its roles are to be. */
  readonly matching: (
    key: { readonly id: string; readonly projectId: string; readonly roles: ReadonlyArray<string> }
  ) => Effect.Effect<ReadonlyArray<Staged>>
}

export const make = (documents: Documents<BindingDocument>): Bindings => {
  const of: Bindings["of"] = (principal) => Effect.map(documents.all, (all) => all.filter(isOf(principal)))

  const adding: Bindings["adding"] = ({ id: principalId, type: principalType }, { resourceId, resourceType, role }) =>
    Effect.gen(function*() {
      const createdAt = (yield* now).toISOString()
      const document = { id: yield* uuid, principalType, principalId, resourceType, resourceId, role, createdAt }
      return { document, staged: documents.putting(document) }
    })

  const addingAll: Bindings["addingAll"] = (principal, scopes) =>
    Effect.forEach(scopes, (scope) => Effect.map(adding(principal, scope), ({ staged }) => staged))

  const removingAll = (all: ReadonlyArray<BindingDocument>) => all.map(({ id }) => documents.removing(id))

  return {
    all: documents.all,
    get: documents.get,
    of,
    adding,
    addingAll,
    removing: documents.removing,
    removingOf: (principal) => Effect.map(of(principal), removingAll),
    removingIn: (projectId) =>
      Effect.map(documents.all, (all) => removingAll(all.filter(({ resourceId }) => resourceId === projectId))),
    matching: ({ id, projectId, roles }) =>
      Effect.gen(function*() {
        const principal = { type: "api_key", id }
        const had = yield* of(principal)
        const isNew = (role: string) => !had.some((binding) => binding.role === role)
        const added = Array.from(new Set(roles)).filter(isNew).map((role) => ({
          resourceType: "project",
          resourceId: projectId,
          role
        }))
        return [
          ...removingAll(had.filter(({ role }) => !roles.includes(role))),
          ...(yield* addingAll(principal, added))
        ]
      })
  }
}
