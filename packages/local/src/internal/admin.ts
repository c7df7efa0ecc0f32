import type * as ApiKey from "@effect-pinecone/schema/ApiKey"
import { roles as knownRoles } from "@effect-pinecone/schema/ApiKey"
import type { LimitName } from "@effect-pinecone/schema/Limits"
import { limits } from "@effect-pinecone/schema/Limits"
import type * as Organization from "@effect-pinecone/schema/Organization"
import type * as Project from "@effect-pinecone/schema/Project"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { BindingDocument } from "./adminBindings.js"
import * as adminBindings from "./adminBindings.js"
import type { Members } from "./adminMembers.js"
import * as adminMembers from "./adminMembers.js"
import type { Right } from "./adminRights.js"
import * as adminRights from "./adminRights.js"
import type { Issued } from "./adminTokens.js"
import * as adminTokens from "./adminTokens.js"
import { hashOf, sameText, secret } from "./adminTokens.js"
import * as documents from "./documents.js"
import * as problem from "./problem.js"
import { now, uuid } from "./project.js"
import { StoreTag } from "./store.js"

export interface AdminOptions {
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly tokenLifetime: Duration.Duration
}

/** Documents have their dates as text. */
type Kept<A extends { readonly createdAt?: Date | undefined }> = Omit<A, "createdAt"> & { readonly createdAt: string }

export type OrganizationDocument = Kept<Organization.Organization>

export type ProjectDocument = Kept<Project.Project>

/** A key as it is kept: by the hash of its value, from which nobody gets the value. */
export interface KeyDocument extends ApiKey.ApiKey {
  readonly hash: string
}

/** What the admin API is about. The data of the server is that of its first project. */
export interface Admin extends Members {
  readonly organizations: Effect.Effect<ReadonlyArray<OrganizationDocument>>
  readonly organization: (id: string) => Effect.Effect<OrganizationDocument, problem.Problem>
  readonly updateOrganization: (
    id: string,
    change: Organization.UpdateOrganizationRequest
  ) => Effect.Effect<OrganizationDocument, problem.Problem>
  readonly deleteOrganization: (id: string) => Effect.Effect<void, problem.Problem>
  readonly projects: Effect.Effect<ReadonlyArray<ProjectDocument>>
  readonly project: (id: string) => Effect.Effect<ProjectDocument, problem.Problem>
  readonly createProject: (
    request: Project.CreateProjectRequest
  ) => Effect.Effect<ProjectDocument, problem.Problem>
  readonly updateProject: (
    id: string,
    change: Project.UpdateProjectRequest
  ) => Effect.Effect<ProjectDocument, problem.Problem>
  readonly deleteProject: (id: string) => Effect.Effect<void, problem.Problem>
  readonly keys: (projectId: string) => Effect.Effect<ReadonlyArray<KeyDocument>, problem.Problem>
  readonly key: (id: string) => Effect.Effect<KeyDocument, problem.Problem>
  readonly createKey: (
    projectId: string,
    request: ApiKey.CreateApiKeyRequest
  ) => Effect.Effect<{ readonly document: KeyDocument; readonly value: Redacted.Redacted }, problem.Problem>
  readonly updateKey: (
    id: string,
    change: ApiKey.UpdateApiKeyRequest
  ) => Effect.Effect<KeyDocument, problem.Problem>
  readonly deleteKey: (id: string) => Effect.Effect<void, problem.Problem>
  /** The key of this value, and its project. */
  readonly keyOf: (
    value: string
  ) => { readonly key: KeyDocument; readonly project: ProjectDocument; readonly first: ProjectDocument } | undefined
  readonly bindings: Effect.Effect<ReadonlyArray<BindingDocument>>
  /** A token for the service account of these credentials. */
  readonly issue: (clientId: string, clientSecret: Redacted.Redacted) => Effect.Effect<Issued, problem.Problem>
  readonly isValid: (token: string) => Effect.Effect<boolean>
  /** Who has a token. The service account that the server was started with may do everything. */
  readonly caller: (token: string) => Effect.Effect<Caller, problem.Problem>
  /** A token that was revoked is not valid any more. One that never was is revoked as well. */
  readonly revoke: (
    clientId: string,
    clientSecret: Redacted.Redacted,
    token: string
  ) => Effect.Effect<void, problem.Problem>
}

/** Who asks for something of the admin API, and what he may do there. */
export interface Caller {
  readonly may: (right: Right, projectId?: string) => boolean
  /** The roles that he has, for a person. */
  readonly shown: string
}

const checkName = (
  name: string | undefined,
  limit: Extract<LimitName, "apiKeyNameLength" | "projectNameLength" | "organizationNameLength">
): Effect.Effect<void, problem.Problem> =>
  name === undefined || (name.length > 0 && name.length <= limits[limit])
    ? Effect.void
    : problem.badRequest(`Name must have 1 to ${limits[limit]} characters, got ${name.length}`)

const checkPods = (maxPods: number | undefined): Effect.Effect<void, problem.Problem> =>
  maxPods === undefined || maxPods >= 0 ? Effect.void : problem.badRequest("max_pods must be at least 0")

const isKnown = (role: string): boolean => knownRoles.some((known) => known === role)

const checkRoles = (roles: ReadonlyArray<string> | undefined): Effect.Effect<void, problem.Problem> => {
  const unknown = (roles ?? []).find((role) => !isKnown(role))
  return unknown === undefined
    ? Effect.void
    : problem.badRequest(`Role ${unknown.slice(0, 100)} is not known; roles are ${knownRoles.join(", ")}`)
}

/** A record without the fields that are not given. */
const given = <A extends object>(fields: A): { [K in keyof A]?: Exclude<A[K], undefined> } =>
  // eslint-disable-next-line no-restricted-syntax -- Object.fromEntries forgets the names.
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof A]?: Exclude<A[K], undefined>
  }

/** Who has a token of the service account that the server was started with. */
const operator = ""

const wrongClient = new problem.Problem({ status: 401, code: "access_denied", message: "Unauthorized" })

export const make = (options: AdminOptions): Effect.Effect<Admin, problem.Problem, StoreTag> =>
  Effect.gen(function*() {
    const store = yield* StoreTag
    const idOf = ({ id }: { readonly id: string }) => id
    const organizations = yield* documents.open<OrganizationDocument>(store, "organization", idOf)
    const projects = yield* documents.open<ProjectDocument>(store, "project", idOf)
    const keys = yield* documents.open<KeyDocument>(store, "api-key", idOf)
    const byHash = new Map((yield* keys.all).map((key) => [key.hash, key]))
    const bindings = adminBindings.make(yield* documents.open<BindingDocument>(store, "role-binding", idOf))
    const tokens = adminTokens.make(options.tokenLifetime)
    // What reads and then writes is serial.
    const changing = yield* Effect.makeSemaphore(1)
    const serial = <A, E>(effect: Effect.Effect<A, E>) => changing.withPermits(1)(Effect.uninterruptible(effect))
    const commit = (staged: ReadonlyArray<documents.Staged>) =>
      Effect.map(
        Effect.mapError(store.documents.commit(staged.map(({ change }) => change)), problem.fromStore),
        () => {
          for (const { apply } of staged) apply()
        }
      )

    let organization = (yield* organizations.all)[0]
    if (organization === undefined) {
      organization = {
        id: yield* uuid,
        name: "Pinecone Local",
        plan: "Free",
        paymentStatus: "Active",
        supportTier: "Free",
        createdAt: (yield* now).toISOString()
      }
      yield* organizations.put(organization)
    }
    const organizationId = organization.id

    const newProject = (request: Project.CreateProjectRequest) =>
      Effect.gen(function*() {
        const document: ProjectDocument = {
          id: yield* uuid,
          name: request.name,
          maxPods: request.maxPods ?? 0,
          forceEncryptionWithCmek: request.forceEncryptionWithCmek ?? false,
          organizationId,
          createdAt: (yield* now).toISOString()
        }
        yield* projects.put(document)
        return document
      })

    const first = (yield* projects.all)[0] ?? (yield* newProject({ name: "Default" }))

    const found = <A>(what: string, all: documents.Documents<A>) => (id: string): Effect.Effect<A, problem.Problem> =>
      Effect.suspend(() => {
        const document = all.get(id)
        return document === undefined ? problem.notFound(`${what} ${id} not found.`) : Effect.succeed(document)
      })
    const organizationBy = found("Organization", organizations)
    const projectBy = found("Project", projects)
    const keyBy = found("API key", keys)

    const puttingKey = (document: KeyDocument): documents.Staged => {
      const { apply, change } = keys.putting(document)
      return {
        change,
        apply: () => {
          apply()
          byHash.set(document.hash, document)
        }
      }
    }

    /** A key, and its roles among those of all. */
    const putKey = (document: KeyDocument) =>
      Effect.gen(function*() {
        yield* commit([puttingKey(document), ...(yield* bindings.matching(document))])
        return document
      })

    const removingKey = ({ hash, id }: KeyDocument) =>
      Effect.map(bindings.removingOf({ type: "api_key", id }), (staged): ReadonlyArray<documents.Staged> => {
        const { apply, change } = keys.removing(id)
        return [{
          change,
          apply: () => {
            apply()
            byHash.delete(hash)
          }
        }, ...staged]
      })

    const keysOf = (projectId: string) =>
      Effect.map(keys.all, (all) => all.filter((key) => key.projectId === projectId))

    const members = yield* adminMembers.make({
      store,
      organizationId,
      bindings,
      tokens,
      serial,
      commit,
      hasProject: (id) => projects.get(id) !== undefined,
      key: keyBy,
      givingKey: (id, roles) => puttingKey({ ...keys.get(id)!, roles })
    })
    // Keys may be older than role bindings.
    yield* commit((yield* Effect.forEach(yield* keys.all, bindings.matching)).flat())

    /** Who has these credentials. */
    const holderOf = (clientId: string, clientSecret: Redacted.Redacted): Effect.Effect<string, problem.Problem> =>
      Effect.gen(function*() {
        // Both are looked at, whichever is wrong.
        const sameId = sameText(clientId, options.clientId)
        const sameSecret = sameText(Redacted.value(clientSecret), Redacted.value(options.clientSecret))
        if (sameId && sameSecret) return operator
        const account = yield* members.accountOf(clientId, clientSecret)
        return account === undefined ? yield* wrongClient : account.id
      })

    return {
      ...members,
      organizations: organizations.all,
      organization: organizationBy,
      updateOrganization: (id, change) =>
        serial(Effect.gen(function*() {
          yield* checkName(change.name, "organizationNameLength")
          const document = { ...(yield* organizationBy(id)), ...given({ name: change.name }) }
          yield* organizations.put(document)
          return document
        })),
      deleteOrganization: (id) =>
        Effect.flatMap(
          organizationBy(id),
          () => problem.forbidden("The embedded server has one organization, which cannot be deleted.")
        ),
      projects: projects.all,
      project: projectBy,
      createProject: (request) =>
        serial(Effect.gen(function*() {
          yield* checkName(request.name, "projectNameLength")
          yield* checkPods(request.maxPods)
          return yield* newProject(request)
        })),
      updateProject: (id, change) =>
        serial(Effect.gen(function*() {
          yield* checkName(change.name, "projectNameLength")
          yield* checkPods(change.maxPods)
          const old = yield* projectBy(id)
          if (old.forceEncryptionWithCmek && change.forceEncryptionWithCmek === false) {
            return yield* problem.badRequest("Encryption with a customer-managed key, once forced, cannot be disabled")
          }
          const { forceEncryptionWithCmek, maxPods, name } = change
          const document = { ...old, ...given({ name, maxPods, forceEncryptionWithCmek }) }
          yield* projects.put(document)
          return document
        })),
      deleteProject: (id) =>
        serial(Effect.gen(function*() {
          yield* projectBy(id)
          if (id === first.id) {
            return yield* problem.forbidden(
              "The embedded server keeps its data in its first project, which cannot be deleted."
            )
          }
          const staged = yield* Effect.forEach(yield* keysOf(id), removingKey)
          // A role in the project may be one of its keys', which is removed twice.
          yield* commit([...staged.flat(), ...(yield* bindings.removingIn(id)), projects.removing(id)])
        })),
      keys: (projectId) => Effect.andThen(projectBy(projectId), keysOf(projectId)),
      key: keyBy,
      createKey: (projectId, { name, roles = ["ProjectEditor"] }) =>
        serial(Effect.gen(function*() {
          yield* checkName(name, "apiKeyNameLength")
          yield* checkRoles(roles)
          yield* projectBy(projectId)
          const value = `pckey_${yield* secret}`
          const document = yield* putKey({ id: yield* uuid, name, projectId, roles, hash: hashOf(value) })
          return { document, value: Redacted.make(value) }
        })),
      updateKey: (id, { name, roles }) =>
        serial(Effect.gen(function*() {
          yield* checkName(name, "apiKeyNameLength")
          yield* checkRoles(roles)
          return yield* putKey({ ...(yield* keyBy(id)), ...given({ name, roles }) })
        })),
      deleteKey: (id) => serial(Effect.flatMap(Effect.flatMap(keyBy(id), removingKey), commit)),
      keyOf: (value) => {
        const key = byHash.get(hashOf(value))
        const project = key === undefined ? undefined : projects.get(key.projectId)
        return key === undefined || project === undefined
          ? undefined
          : { key, project, first: projects.get(first.id) ?? first }
      },
      bindings: bindings.all,
      issue: (clientId, clientSecret) => Effect.flatMap(holderOf(clientId, clientSecret), tokens.issue),
      isValid: (token) => Effect.map(tokens.holderOf(token), (holder) => holder !== undefined),
      caller: (token) =>
        Effect.gen(function*(): Effect.fn.Return<Caller, problem.Problem> {
          const holder = yield* tokens.holderOf(token)
          if (holder === undefined) return yield* problem.invalidToken
          if (holder === operator) return { may: () => true, shown: "every role" }
          const held = yield* bindings.of({ type: "service_account", id: holder })
          const roles = held.length === 0 ? "no roles" : `the roles ${held.map(({ role }) => role).join(", ")}`
          return {
            may: (right, projectId) => adminRights.allowed(held, right, projectId),
            shown: roles
          }
        }),
      revoke: (clientId, clientSecret, token) =>
        Effect.flatMap(holderOf(clientId, clientSecret), (holder) => tokens.revoke(holder, token))
    }
  })
