import type * as Invite from "@effect-pinecone/schema/Invite"
import { limits } from "@effect-pinecone/schema/Limits"
import type * as RoleBinding from "@effect-pinecone/schema/RoleBinding"
import type * as ServiceAccount from "@effect-pinecone/schema/ServiceAccount"
import { isEmail } from "@effect-pinecone/schema/User"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Crypto from "node:crypto"
import type { BindingDocument, Bindings, Principal, Scope } from "./adminBindings.js"
import { grantsMembership, isOwner, refusedForKey, scopeOf, scopesOf } from "./adminBindings.js"
import type { Tokens } from "./adminTokens.js"
import { hashOf, sameText, secret } from "./adminTokens.js"
import * as documents from "./documents.js"
import * as problem from "./problem.js"
import { now, uuid } from "./project.js"
import type { Store } from "./store.js"

/** A service account as it is kept: with the hash of its secret. */
export interface AccountDocument {
  readonly id: string
  readonly name: string
  readonly clientId: string
  readonly createdAt: string
  readonly updatedAt: string
  readonly hash: string
}

export interface UserDocument {
  readonly id: string
  readonly email: string
  readonly name?: string
}

/** An invite as it is kept: whether it has expired is told by the clock. */
export interface InviteDocument {
  readonly id: string
  readonly email: string
  readonly createdAt: string
  readonly expiresAt: string
  readonly processedAt?: string
}

/** A key, as far as its roles go. */
interface Key {
  readonly id: string
  readonly projectId: string
  readonly roles: ReadonlyArray<string>
}

interface WithSecret {
  readonly document: AccountDocument
  readonly clientSecret: Redacted.Redacted
}

/** What the members of the organization stand on. */
export interface Ground {
  readonly store: Store
  readonly organizationId: string
  readonly bindings: Bindings
  readonly tokens: Tokens
  readonly serial: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E>
  readonly commit: (staged: ReadonlyArray<documents.Staged>) => Effect.Effect<void, problem.Problem>
  readonly hasProject: (id: string) => boolean
  readonly key: (id: string) => Effect.Effect<Key, problem.Problem>
  /** A key with other roles. */
  readonly givingKey: (id: string, roles: ReadonlyArray<string>) => documents.Staged
}

/** Service accounts, users and invites, and the roles that they and the API keys have. */
export interface Members {
  readonly accounts: Effect.Effect<ReadonlyArray<AccountDocument>>
  readonly account: (id: string) => Effect.Effect<AccountDocument, problem.Problem>
  /** The service account of these credentials. */
  readonly accountOf: (clientId: string, clientSecret: Redacted.Redacted) => Effect.Effect<AccountDocument | undefined>
  readonly createAccount: (
    request: ServiceAccount.CreateServiceAccountRequest
  ) => Effect.Effect<WithSecret, problem.Problem>
  readonly updateAccount: (
    id: string,
    change: ServiceAccount.UpdateServiceAccountRequest
  ) => Effect.Effect<AccountDocument, problem.Problem>
  readonly deleteAccount: (id: string) => Effect.Effect<void, problem.Problem>
  readonly rotateSecret: (id: string) => Effect.Effect<WithSecret, problem.Problem>
  readonly users: (email?: string) => Effect.Effect<ReadonlyArray<UserDocument>, problem.Problem>
  readonly user: (id: string) => Effect.Effect<UserDocument, problem.Problem>
  readonly deleteUser: (id: string) => Effect.Effect<void, problem.Problem>
  /** The invites that nobody has accepted. */
  readonly invites: Effect.Effect<ReadonlyArray<InviteDocument>>
  readonly invite: (id: string) => Effect.Effect<InviteDocument, problem.Problem>
  readonly createInvite: (request: Invite.CreateInviteRequest) => Effect.Effect<InviteDocument, problem.Problem>
  readonly deleteInvite: (id: string) => Effect.Effect<void, problem.Problem>
  readonly resendInvite: (id: string) => Effect.Effect<InviteDocument, problem.Problem>
  /** What the link of an invite's e-mail does: the user has the roles of the invite. */
  readonly acceptInvite: (id: string) => Effect.Effect<UserDocument, problem.Problem>
  readonly binding: (id: string) => Effect.Effect<BindingDocument, problem.Problem>
  readonly createBinding: (
    request: RoleBinding.CreateRoleBindingRequest
  ) => Effect.Effect<BindingDocument, problem.Problem>
  readonly deleteBinding: (id: string) => Effect.Effect<void, problem.Problem>
}

/** How long an invite can be accepted. */
const inviteLife = Duration.toMillis("7 days")

/** So many e-mails are sent again in an hour. */
const mails = { most: 100, within: Duration.toMillis("1 hour") }

const aborted = (message: string) => new problem.Problem({ status: 409, code: "ABORTED", message })

const noOwner = aborted("The organization must have an owner: give another user the role OrgOwner before.")

const tooManyMails = (waitMillis: number) =>
  new problem.Problem({
    status: 429,
    code: "RESOURCE_EXHAUSTED",
    message: `At most ${mails.most} invites can be sent again in an hour.`,
    retryAfterSeconds: Math.ceil(waitMillis / 1000)
  })

const checkName = (name: string | undefined): Effect.Effect<void, problem.Problem> =>
  name === undefined || (name.length > 0 && name.length <= limits.serviceAccountNameLength)
    ? Effect.void
    : problem.badRequest(`Name must have 1 to ${limits.serviceAccountNameLength} characters, got ${name.length}`)

const checkEmail = (email: string): Effect.Effect<void, problem.Problem> =>
  isEmail(email)
    ? Effect.void
    : problem.badRequest(`email must be an e-mail address of at most ${limits.emailLength} characters`)

const isSameEmail = (email: string) => (other: { readonly email: string }): boolean =>
  other.email.toLowerCase() === email.toLowerCase()

const isOpen = ({ processedAt }: InviteDocument): boolean => processedAt === undefined

/** Where an invite is at a time. */
export const statusOf = (invite: InviteDocument, time: number): "pending" | "expired" | "processed" =>
  !isOpen(invite) ? "processed" : time < Date.parse(invite.expiresAt) ? "pending" : "expired"

const later = (time: number, millis: number) => new Date(time + millis).toISOString()

const foundIn = <A>(what: string, all: documents.Documents<A>) => (id: string): Effect.Effect<A, problem.Problem> =>
  Effect.suspend(() => {
    const document = all.get(id)
    return document === undefined
      ? problem.notFound(`${what} ${id.slice(0, 100)} not found.`)
      : Effect.succeed(document)
  })

const accountsOf = (ground: Ground) =>
  Effect.gen(function*() {
    const { bindings, commit, hasProject, organizationId, serial, store, tokens } = ground
    const accounts = yield* documents.open<AccountDocument>(store, "service-account", ({ id }) => id)
    const account = foundIn("Service account", accounts)

    const withSecret = (document: Omit<AccountDocument, "hash">) =>
      Effect.map(secret, (value) => ({
        document: { ...document, hash: hashOf(value) },
        clientSecret: Redacted.make(value)
      }))

    return {
      accounts: accounts.all,
      account,
      accountOf: (clientId: string, clientSecret: Redacted.Redacted) =>
        Effect.map(accounts.all, (all) =>
          all.find((one) =>
            one.clientId === clientId && sameText(one.hash, hashOf(Redacted.value(clientSecret)))
          )),
      createAccount: ({ name, roleBindings = [] }: ServiceAccount.CreateServiceAccountRequest) =>
        serial(Effect.gen(function*() {
          yield* checkName(name)
          const scopes = yield* scopesOf(roleBindings, organizationId, hasProject)
          const createdAt = (yield* now).toISOString()
          const clientId = Crypto.randomBytes(16).toString("hex")
          const made = yield* withSecret({ id: yield* uuid, name, clientId, createdAt, updatedAt: createdAt })
          const { document } = made
          const staged = yield* bindings.addingAll({ type: "service_account", id: document.id }, scopes)
          yield* commit([accounts.putting(document), ...staged])
          return made
        })),
      updateAccount: (id: string, { name }: ServiceAccount.UpdateServiceAccountRequest) =>
        serial(Effect.gen(function*() {
          yield* checkName(name)
          const old = yield* account(id)
          const document = { ...old, name: name ?? old.name, updatedAt: (yield* now).toISOString() }
          yield* accounts.put(document)
          return document
        })),
      deleteAccount: (id: string) =>
        serial(Effect.gen(function*() {
          yield* account(id)
          yield* commit([accounts.removing(id), ...(yield* bindings.removingOf({ type: "service_account", id }))])
          yield* tokens.revokeAll(id)
        })),
      rotateSecret: (id: string) =>
        serial(Effect.gen(function*() {
          const old = yield* account(id)
          const made = yield* withSecret({ ...old, updatedAt: (yield* now).toISOString() })
          yield* accounts.put(made.document)
          yield* tokens.revokeAll(id)
          return made
        }))
    }
  })

/** Whether the organization has another owner than those who are left out. Owners are people. */
const hasOwner = (bindings: Bindings, without: (binding: BindingDocument) => boolean): Effect.Effect<boolean> =>
  Effect.map(
    bindings.all,
    (all) => all.some((binding) => isOwner(binding) && binding.principalType === "user" && !without(binding))
  )

const peopleOf = (ground: Ground) =>
  Effect.gen(function*() {
    const { bindings, commit, hasProject, organizationId, serial, store } = ground
    const users = yield* documents.open<UserDocument>(store, "user", ({ id }) => id)
    const invites = yield* documents.open<InviteDocument>(store, "invite", ({ id }) => id)
    const user = foundIn("User", users)
    const invite = foundIn("Invite", invites)
    /** When the e-mails of the last hour were sent again. */
    let sent: ReadonlyArray<number> = []

    const becoming = (document: UserDocument, scopes: ReadonlyArray<Scope>) =>
      Effect.map(
        bindings.addingAll({ type: "user", id: document.id }, scopes),
        (staged) => [users.putting(document), ...staged]
      )

    // An organization is of somebody.
    if ((yield* users.all).length === 0) {
      const owner = { id: yield* uuid, email: "owner@example.com", name: "Owner" }
      yield* commit(
        yield* becoming(owner, [
          { resourceType: "organization", resourceId: organizationId, role: "OrgOwner" }
        ])
      )
    }

    /** Fails where an e-mail address has a user, or can have one by another invite. */
    const checkFree = (email: string, invite?: InviteDocument) =>
      Effect.gen(function*() {
        if ((yield* users.all).some(isSameEmail(email))) {
          return yield* problem.alreadyExists("There is a user with this e-mail address.")
        }
        const time = yield* Clock.currentTimeMillis
        const other = (yield* invites.all).find((other) =>
          isSameEmail(email)(other) && other.id !== invite?.id && statusOf(other, time) === "pending"
        )
        if (other !== undefined) {
          return yield* problem.alreadyExists("There is a pending invite to this e-mail address.")
        }
      })

    const open = (id: string) =>
      Effect.filterOrFail(
        invite(id),
        isOpen,
        () => problem.alreadyExists(`Invite ${id.slice(0, 100)} has been accepted.`)
      )

    /** Takes one of the e-mails of this hour. */
    const mail = Effect.flatMap(Clock.currentTimeMillis, (time) => {
      const recent = sent.filter((at) => time - at < mails.within)
      const [first] = recent
      if (first !== undefined && recent.length >= mails.most) return tooManyMails(first + mails.within - time)
      sent = [...recent, time]
      return Effect.succeed(time)
    })

    return {
      users: (email?: string) =>
        email === undefined
          ? users.all
          : Effect.andThen(checkEmail(email), Effect.map(users.all, (all) => all.filter(isSameEmail(email)))),
      user,
      deleteUser: (id: string) =>
        serial(Effect.gen(function*() {
          yield* user(id)
          const isOf = ({ principalId, principalType }: BindingDocument) =>
            principalType === "user" && principalId === id
          if (!(yield* hasOwner(bindings, isOf))) return yield* noOwner
          yield* commit([users.removing(id), ...(yield* bindings.removingOf({ type: "user", id }))])
        })),
      invites: Effect.map(invites.all, (all) => all.filter(isOpen)),
      invite,
      createInvite: ({ email, roleBindings }: Invite.CreateInviteRequest) =>
        serial(Effect.gen(function*() {
          yield* checkEmail(email)
          const scopes = yield* scopesOf(roleBindings, organizationId, hasProject)
          if (!scopes.some(grantsMembership)) {
            return yield* problem.badRequest(
              "role_bindings must have a role that grants membership of the organization, such as OrgMember"
            )
          }
          yield* checkFree(email)
          const time = yield* Clock.currentTimeMillis
          const document = { id: yield* uuid, email, createdAt: later(time, 0), expiresAt: later(time, inviteLife) }
          const staged = yield* bindings.addingAll({ type: "invite", id: document.id }, scopes)
          yield* commit([invites.putting(document), ...staged])
          return document
        })),
      deleteInvite: (id: string) =>
        serial(Effect.gen(function*() {
          yield* open(id)
          yield* commit([invites.removing(id), ...(yield* bindings.removingOf({ type: "invite", id }))])
        })),
      resendInvite: (id: string) =>
        serial(Effect.gen(function*() {
          const old = yield* open(id)
          yield* checkFree(old.email, old)
          const document = { ...old, expiresAt: later(yield* mail, inviteLife) }
          yield* invites.put(document)
          return document
        })),
      acceptInvite: (id: string) =>
        serial(Effect.gen(function*() {
          const old = yield* open(id)
          const time = yield* Clock.currentTimeMillis
          if (statusOf(old, time) === "expired") return yield* problem.precondition("The invite has expired.")
          yield* checkFree(old.email, old)
          const principal = { type: "invite", id }
          const document = { id: yield* uuid, email: old.email }
          yield* commit([
            invites.putting({ ...old, processedAt: later(time, 0) }),
            ...(yield* bindings.removingOf(principal)),
            ...(yield* becoming(document, yield* bindings.of(principal)))
          ])
          return document
        }))
    }
  })

const isSameScope = (left: Scope) => (right: Scope): boolean =>
  left.resourceType === right.resourceType && left.resourceId === right.resourceId && left.role === right.role

export const make = (ground: Ground): Effect.Effect<Members, problem.Problem> =>
  Effect.gen(function*() {
    const { bindings, commit, givingKey, hasProject, key, organizationId, serial } = ground
    const accounts = yield* accountsOf(ground)
    const people = yield* peopleOf(ground)

    const binding: Members["binding"] = (id) =>
      Effect.suspend(() => {
        const document = bindings.get(id)
        return document === undefined
          ? problem.notFound(`Role binding ${id.slice(0, 100)} not found.`)
          : Effect.succeed(document)
      })

    /** Fails where a principal is not there, or can have no more roles. */
    const checkPrincipal = ({ id, type }: Principal, scope: Scope): Effect.Effect<void, problem.Problem> => {
      switch (type) {
        case "user":
          return people.user(id)
        case "service_account":
          return accounts.account(id)
        case "invite":
          return Effect.filterOrFail(
            people.invite(id),
            isOpen,
            () => problem.alreadyExists(`Invite ${id.slice(0, 100)} has been accepted.`)
          )
        case "api_key":
          return Effect.flatMap(key(id), (found) => refusedForKey(found, scope) ?? Effect.void)
        default:
          return problem.badRequest("principal_type must be user, service_account, api_key or invite")
      }
    }

    /** The key of a role, with its roles changed. */
    const changingKey = ({ id, type }: Principal, change: (roles: ReadonlyArray<string>) => ReadonlyArray<string>) =>
      type === "api_key"
        ? Effect.map(key(id), ({ roles }) => [givingKey(id, change(roles))])
        : Effect.succeed([])

    /** Fails where somebody must have a role. */
    const checkUnneeded = (document: BindingDocument): Effect.Effect<void, problem.Problem> =>
      Effect.gen(function*() {
        const { id, principalId, principalType } = document
        const isThis = (other: BindingDocument) => other.id === id
        const isUser = principalType === "user"
        if (isUser && isOwner(document) && !(yield* hasOwner(bindings, isThis))) return yield* noOwner
        if (!(isUser || principalType === "invite") || !grantsMembership(document)) return
        const own = yield* bindings.of({ type: principalType, id: principalId })
        if (!own.some((other) => !isThis(other) && grantsMembership(other))) {
          return yield* aborted(
            `This is the last role of the ${principalType} in the organization: delete the ${principalType} instead.`
          )
        }
      })

    return {
      ...accounts,
      ...people,
      binding,
      createBinding: ({ principalId, principalType, ...input }) =>
        serial(Effect.gen(function*() {
          const principal = { type: principalType, id: principalId }
          const scope = yield* scopeOf(input, organizationId, hasProject)
          yield* checkPrincipal(principal, scope)
          if ((yield* bindings.of(principal)).some(isSameScope(scope))) {
            return yield* problem.alreadyExists(`The ${principalType} has the role ${scope.role} there.`)
          }
          const { document, staged } = yield* bindings.adding(principal, scope)
          yield* commit([staged, ...(yield* changingKey(principal, (roles) => [...roles, scope.role]))])
          return document
        })),
      deleteBinding: (id) =>
        serial(Effect.gen(function*() {
          const document = yield* binding(id)
          yield* checkUnneeded(document)
          const principal = { type: document.principalType, id: document.principalId }
          const without = (roles: ReadonlyArray<string>) => roles.filter((role) => role !== document.role)
          yield* commit([bindings.removing(id), ...(yield* changingKey(principal, without))])
        }))
    }
  })
