import type * as ApiKey from "@effect-pinecone/schema/ApiKey"
import { roles as knownRoles } from "@effect-pinecone/schema/ApiKey"
import type { LimitName } from "@effect-pinecone/schema/Limits"
import { limits } from "@effect-pinecone/schema/Limits"
import type * as Organization from "@effect-pinecone/schema/Organization"
import type * as Project from "@effect-pinecone/schema/Project"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
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
export interface Admin {
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
  /** A token for the service account. */
  readonly issue: (
    clientId: string,
    clientSecret: Redacted.Redacted
  ) => Effect.Effect<{ readonly token: Redacted.Redacted; readonly expiresIn: number }, problem.Problem>
  readonly isValid: (token: string) => Effect.Effect<boolean>
  /** A token that was revoked is not valid any more. One that never was is revoked as well. */
  readonly revoke: (
    clientId: string,
    clientSecret: Redacted.Redacted,
    token: string
  ) => Effect.Effect<void, problem.Problem>
}

const hashOf = (secret: string): string => Crypto.createHash("sha256").update(secret).digest("hex")

/** A random secret behind a label that tells it from others. */
const secret = Effect.sync(() => {
  const label = Crypto.randomBytes(3).toString("hex")
  return `${label}_${Crypto.randomBytes(24).toString("hex")}`
})

const sameText = (left: string, right: string): boolean =>
  Crypto.timingSafeEqual(
    Crypto.createHash("sha256").update(left).digest(),
    Crypto.createHash("sha256").update(right)
      .digest()
  )

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

const wrongClient = new problem.Problem({ status: 401, code: "access_denied", message: "Unauthorized" })

export const make = (options: AdminOptions): Effect.Effect<Admin, problem.Problem, StoreTag> =>
  Effect.gen(function*() {
    const store = yield* StoreTag
    const idOf = ({ id }: { readonly id: string }) => id
    const organizations = yield* documents.open<OrganizationDocument>(store, "organization", idOf)
    const projects = yield* documents.open<ProjectDocument>(store, "project", idOf)
    const keys = yield* documents.open<KeyDocument>(store, "api-key", idOf)
    const byHash = new Map((yield* keys.all).map((key) => [key.hash, key]))
    /** The hashes of tokens, and when they expire. */
    const tokens = new Map<string, number>()
    // What reads and then writes is serial.
    const changing = yield* Effect.makeSemaphore(1)
    const serial = <A, E>(effect: Effect.Effect<A, E>) => changing.withPermits(1)(Effect.uninterruptible(effect))

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

    const putKey = (document: KeyDocument) =>
      Effect.map(keys.put(document), () => {
        byHash.set(document.hash, document)
        return document
      })

    const removeKey = ({ hash, id }: KeyDocument) => Effect.map(keys.remove(id), () => void byHash.delete(hash))

    const keysOf = (projectId: string) =>
      Effect.map(keys.all, (all) => all.filter((key) => key.projectId === projectId))

    const isClient = (clientId: string, clientSecret: Redacted.Redacted): boolean => {
      // Both are looked at, whichever is wrong.
      const sameId = sameText(clientId, options.clientId)
      return sameText(Redacted.value(clientSecret), Redacted.value(options.clientSecret)) && sameId
    }

    return {
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
          yield* Effect.forEach(yield* keysOf(id), removeKey, { discard: true })
          yield* projects.remove(id)
        })),
      keys: (projectId) => Effect.zipRight(projectBy(projectId), keysOf(projectId)),
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
      deleteKey: (id) => serial(Effect.flatMap(keyBy(id), removeKey)),
      keyOf: (value) => {
        const key = byHash.get(hashOf(value))
        const project = key === undefined ? undefined : projects.get(key.projectId)
        return key === undefined || project === undefined
          ? undefined
          : { key, project, first: projects.get(first.id) ?? first }
      },
      issue: (clientId, clientSecret) =>
        Effect.gen(function*() {
          if (!isClient(clientId, clientSecret)) return yield* wrongClient
          const time = yield* Clock.currentTimeMillis
          for (const [hash, expiresAt] of tokens) if (expiresAt <= time) tokens.delete(hash)
          const token = yield* secret
          const life = Duration.toMillis(options.tokenLifetime)
          tokens.set(hashOf(token), time + life)
          return { token: Redacted.make(token), expiresIn: Math.floor(life / 1000) }
        }),
      isValid: (token) =>
        Effect.map(Clock.currentTimeMillis, (time) => time < (tokens.get(hashOf(token)) ?? Number.NEGATIVE_INFINITY)),
      revoke: (clientId, clientSecret, token) =>
        Effect.suspend(() => {
          if (!isClient(clientId, clientSecret)) return wrongClient
          tokens.delete(hashOf(token))
          return Effect.void
        })
    }
  })
