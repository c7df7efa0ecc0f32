import * as ApiKey from "@effect-pinecone/schema/ApiKey"
import * as Input from "@effect-pinecone/schema/Input"
import type * as Limits from "@effect-pinecone/schema/Limits"
import * as Organization from "@effect-pinecone/schema/Organization"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Project from "@effect-pinecone/schema/Project"
import type * as Effect from "effect/Effect"

// A call may be given anything. What it goes on with is a copy of its input, which has been looked at.

/** What can be wrong with an input. */
export type InputProblem = Input.Problem

type NameLimit = Extract<
  Limits.LimitName,
  "apiKeyNameLength" | "projectNameLength" | "organizationNameLength"
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
