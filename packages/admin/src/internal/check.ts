import * as ApiKey from "@effect-pinecone/schema/ApiKey"
import * as Input from "@effect-pinecone/schema/Input"
import * as Invite from "@effect-pinecone/schema/Invite"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Organization from "@effect-pinecone/schema/Organization"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Project from "@effect-pinecone/schema/Project"
import * as RoleBinding from "@effect-pinecone/schema/RoleBinding"
import * as ServiceAccount from "@effect-pinecone/schema/ServiceAccount"
import { isEmail } from "@effect-pinecone/schema/User"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

// A call may be given anything. What it goes on with is a copy of its input, which has been looked at.

/** What can be wrong with an input. */
export type InputProblem = Input.Problem

type NameLimit = Extract<
  Limits.LimitName,
  "apiKeyNameLength" | "projectNameLength" | "organizationNameLength" | "serviceAccountNameLength"
>

/** A name of at least one character, where there is one. */
const name = (place: Limits.Place, value: string | undefined, limit: NameLimit): InputProblem | undefined =>
  value === undefined ? undefined : Input.text(place, "name", value, limit)

/** A whole number of pods, where there is one. */
const maxPods = (place: Limits.Place, value: unknown): InputProblem | undefined =>
  value === undefined ? undefined : Input.wholeNumber(place, "maxPods", value, 0)

/** Roles, where they are given: each has a name. */
const roles = (place: Limits.Place, value: ReadonlyArray<string> | undefined): InputProblem | undefined =>
  (value ?? []).every((role) => role.length > 0)
    ? undefined
    : Input.invalid(place, "roles", "a role must have a name, such as ProjectViewer")

/** A change that changes something. */
const notEmpty = (place: Limits.Place, change: object): InputProblem | undefined =>
  Object.values(change).some((value) => value !== undefined)
    ? undefined
    : new PineconeError.InvalidRequest({
      operation: place.operation,
      message: `${place.operation}: must change at least one field`
    })

export const newApiKey = Input.reading(
  ApiKey.CreateApiKeyRequest,
  (place, options) => name(place, options.name, "apiKeyNameLength") ?? roles(place, options.roles)
)

export const apiKeyChange = Input.reading(
  ApiKey.UpdateApiKeyRequest,
  (place, options) =>
    notEmpty(place, options) ?? name(place, options.name, "apiKeyNameLength") ?? roles(place, options.roles)
)

/** What a key that takes the place of another has of its own. */
export const rotation = Input.reading(
  ApiKey.UpdateApiKeyRequest,
  (place, options) => name(place, options.name, "apiKeyNameLength") ?? roles(place, options.roles)
)

const podsOf = (place: Limits.Place, options: { readonly [key: string]: unknown }) => maxPods(place, options["maxPods"])

export const newProject = Input.reading(
  Project.CreateProjectRequest,
  (place, options) => name(place, options.name, "projectNameLength"),
  podsOf
)

export const projectChange = Input.reading(
  Project.UpdateProjectRequest,
  (place, options) => notEmpty(place, options) ?? name(place, options.name, "projectNameLength"),
  podsOf
)

export const organizationChange = Input.reading(
  Organization.UpdateOrganizationRequest,
  (place, options) => notEmpty(place, options) ?? name(place, options.name, "organizationNameLength")
)

/** The id of what an operation is about. */
export const id = (
  operation: string,
  value: string,
  field: "id" | "projectId" = "id"
): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Input.passes({ operation }, field, () => Input.segment({ operation }, field, value))

/** What is called with a key. */
export const callable = (operation: string, value: unknown): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Input.passes({ operation }, "use", () =>
    typeof value === "function"
      ? undefined
      : Input.invalid({ operation }, "use", `must be a function, got ${Input.show(value)}`))

const limit = (place: Limits.Place, value: unknown): InputProblem | undefined =>
  value === undefined
    ? undefined
    : Input.wholeNumber(place, "limit", value, 1) ?? Limits.check("pageLimit", "limit", value, place)

const email = (place: Limits.Place, value: string): InputProblem | undefined =>
  Limits.check("emailLength", "email.length", value.length, place) ??
    (isEmail(value) ? undefined : Input.invalid(place, "email", `must be an e-mail address, got ${Input.show(value)}`))

const isOneOf = (roles: ReadonlyArray<string>, role: string): boolean => roles.includes(role)

/** Where a role is, as far as it is known. */
const homeOf = (role: string): string | undefined =>
  isOneOf(RoleBinding.organizationRoles, role)
    ? "organization"
    : isOneOf(RoleBinding.projectRoles, role)
    ? "project"
    : undefined

/** A role, where it is one. */
const binding = (
  place: Limits.Place,
  { resourceId, resourceType, role }: RoleBinding.RoleBindingInput,
  at = ""
): InputProblem | undefined => {
  const home = homeOf(role)
  if (home !== undefined && home !== resourceType) {
    return Input.invalid(
      place,
      `${at}role`,
      `${role} is a role of the ${home}, got the resource type ${Input.show(resourceType)}`
    )
  }
  if (resourceType === "project" && resourceId === undefined) {
    return Input.invalid(place, `${at}resourceId`, `must be the id of the project that ${role} is for`)
  }
  return resourceType === "organization" && resourceId !== undefined
    ? Input.invalid(place, `${at}resourceId`, "must be left out: there is one organization")
    : undefined
}

const bindings = (
  place: Limits.Place,
  all: ReadonlyArray<RoleBinding.RoleBindingInput> = []
): InputProblem | undefined => {
  const tooMany = Limits.check("roleBindings", "roleBindings.length", all.length, place)
  if (tooMany !== undefined) return tooMany
  for (const [i, one] of all.entries()) {
    const wrong = binding(place, one, `roleBindings[${i}].`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const paging = {
  limit: Schema.optional(Schema.Number),
  paginationToken: Schema.optional(Schema.String)
}

const limitOf = (place: Limits.Place, options: { readonly [key: string]: unknown }) => limit(place, options["limit"])

/** A page of a list. */
export const page = Input.reading(Schema.Struct(paging), () => undefined, limitOf)

/** A page of users. */
export const userPage = Input.reading(
  Schema.Struct({ email: Schema.optional(Schema.String), ...paging }),
  (place, options) => options.email === undefined ? undefined : email(place, options.email),
  limitOf
)

/** A page of role bindings: an id means nothing without its type. */
export const roleBindingPage = Input.reading(
  Schema.Struct({
    principalType: Schema.optional(RoleBinding.PrincipalType),
    principalId: Schema.optional(Schema.String),
    resourceType: Schema.optional(RoleBinding.ResourceType),
    resourceId: Schema.optional(Schema.String),
    role: Schema.optional(RoleBinding.Role),
    ...paging
  }),
  (place, { principalId, principalType, resourceId, resourceType }) =>
    principalId !== undefined && principalType === undefined
      ? Input.invalid(place, "principalType", "must be given with principalId")
      : resourceId !== undefined && resourceType === undefined
      ? Input.invalid(place, "resourceType", "must be given with resourceId")
      : undefined,
  limitOf
)

export const newServiceAccount = Input.reading(
  ServiceAccount.CreateServiceAccountRequest,
  (place, options) => name(place, options.name, "serviceAccountNameLength") ?? bindings(place, options.roleBindings)
)

export const serviceAccountChange = Input.reading(
  ServiceAccount.UpdateServiceAccountRequest,
  (place, options) => notEmpty(place, options) ?? name(place, options.name, "serviceAccountNameLength")
)

export const newInvite = Input.reading(
  Invite.CreateInviteRequest,
  (place, options) =>
    email(place, options.email) ?? bindings(place, options.roleBindings) ??
      (options.roleBindings.some(({ resourceType }) => resourceType === "organization")
        ? undefined
        : Input.invalid(place, "roleBindings", "must have a role in the organization, such as OrgMember"))
)

export const newRoleBinding = Input.reading(
  RoleBinding.CreateRoleBindingRequest,
  (place, options) => Input.text(place, "principalId", options.principalId) ?? binding(place, options)
)
