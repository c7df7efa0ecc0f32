/** Service accounts, users, invites and role bindings: what is kept of them, what they let through, and until when. */
import type * as Admin from "@effect-pinecone/admin/Admin"
import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
import * as Invites from "@effect-pinecone/admin/Invites"
import * as Organizations from "@effect-pinecone/admin/Organizations"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as RoleBindings from "@effect-pinecone/admin/RoleBindings"
import * as ServiceAccounts from "@effect-pinecone/admin/ServiceAccounts"
import * as Users from "@effect-pinecone/admin/Users"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as RoleBinding from "@effect-pinecone/schema/RoleBinding"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpBody from "@effect/platform/HttpBody"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { TestClock } from "../../../scripts/testing/clock.js"
import {
  account,
  askControl,
  clientSecret,
  createKey,
  firstProject,
  layerOf,
  on,
  options,
  withKey
} from "./utils/admin.js"
import { inProcess, servers } from "./utils/bothProtocols.js"
import { failure } from "./utils/pinecone.js"

const server = on(inProcess(options))

const orgRole = (role: RoleBinding.Role): RoleBinding.RoleBindingInput => ({ resourceType: "organization", role })

const projectRole = (role: RoleBinding.Role, resourceId: string): RoleBinding.RoleBindingInput => ({
  resourceType: "project",
  resourceId,
  role
})

/** A new service account with roles, and the admin services as it has them. */
const newAccount = (...roleBindings: ReadonlyArray<RoleBinding.RoleBindingInput>) =>
  Effect.gen(function*() {
    const accounts = yield* ServiceAccounts.ServiceAccounts
    const { clientSecret, serviceAccount } = yield* accounts.create({ name: "program", roleBindings })
    const credentials = { clientId: serviceAccount.clientId, clientSecret }
    return { id: serviceAccount.id, credentials, as: Effect.provide(layerOf(credentials)) }
  })

/** A user who has accepted an invite. */
const newUser = (email: string, ...roleBindings: ReadonlyArray<RoleBinding.RoleBindingInput>) =>
  Effect.gen(function*() {
    const invites = yield* Invites.Invites
    const { id } = yield* invites.create({ email, roleBindings })
    const { status, text } = yield* askControl("POST", `/invites/${id}/accept`)
    assert.strictEqual(status, 200, text)
    return { inviteId: id, id: String(JSON.parse(text).id) }
  })

const listProjects = Effect.flatMap(Projects.Projects, (projects) => projects.list)

const all = <A, E>(stream: Stream.Stream<A, E>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

for (const [name, started] of Object.entries(servers)) {
  describe(`service accounts, ${name}`, () => {
    it.effect("has credentials of its own, whose secret is shown once", () =>
      Effect.gen(function*() {
        const accounts = yield* ServiceAccounts.ServiceAccounts
        const { clientSecret, serviceAccount } = yield* accounts.create({
          name: "program",
          roleBindings: [orgRole("OrgManager")]
        })
        assert.deepStrictEqual(yield* accounts.describe(serviceAccount.id), serviceAccount)
        assert.deepStrictEqual((yield* accounts.list()).serviceAccounts, [serviceAccount])
        assert.notInclude(JSON.stringify(serviceAccount), Redacted.value(clientSecret))
        const as = Effect.provide(layerOf({ clientId: serviceAccount.clientId, clientSecret }))
        assert.deepStrictEqual(yield* as(listProjects), yield* listProjects)
        const renamed = yield* accounts.update(serviceAccount.id, { name: "other" })
        assert.deepInclude(renamed, { id: serviceAccount.id, name: "other" })
        yield* accounts.delete(serviceAccount.id)
        yield* failure("PineconeUnauthorized")(as(listProjects))
        yield* failure("PineconeNotFound")(accounts.describe(serviceAccount.id))
        const roleBindings = yield* RoleBindings.RoleBindings
        const left = yield* roleBindings.list({ principalType: "service_account", principalId: serviceAccount.id })
        assert.deepStrictEqual(left.roleBindings, [])
      }).pipe(Effect.provide(on(started(options)))))
  })
}

describe("a secret that is rotated", () => {
  it.effect("is refused, with the tokens that it was exchanged for, and the new one is not", () =>
    Effect.gen(function*() {
      const accounts = yield* ServiceAccounts.ServiceAccounts
      const { as, credentials, id } = yield* newAccount(orgRole("OrgManager"))
      const tokenOf = (clientSecret: Redacted.Redacted) =>
        askControl(
          "POST",
          "/oauth/token",
          {},
          HttpBody.unsafeJson({
            client_id: credentials.clientId,
            client_secret: Redacted.value(clientSecret),
            grant_type: "client_credentials",
            audience: "https://api.pinecone.io/"
          })
        )
      const withToken = (token: string) =>
        Effect.map(
          askControl("GET", "/admin/projects", { authorization: `Bearer ${token}` }),
          ({ status }) => status
        )
      const token: string = JSON.parse((yield* tokenOf(credentials.clientSecret)).text).access_token
      assert.strictEqual(yield* withToken(token), 200)
      yield* TestClock.adjust("1 minute")
      const rotated = yield* accounts.rotateSecret(id)
      assert.strictEqual(rotated.serviceAccount.clientId, credentials.clientId)
      assert.isAbove(Number(rotated.serviceAccount.updatedAt), Number(rotated.serviceAccount.createdAt))
      assert.strictEqual(yield* withToken(token), 401)
      assert.strictEqual((yield* tokenOf(credentials.clientSecret)).status, 401)
      yield* failure("PineconeUnauthorized")(as(listProjects))
      const renewed = Effect.provide(layerOf({ ...credentials, clientSecret: rotated.clientSecret }))
      assert.strictEqual((yield* renewed(listProjects)).length, 1)
    }).pipe(Effect.provide(server)))
})

describe("role bindings", () => {
  it.effect("let a service account do what its roles are for, and nothing else", () =>
    Effect.gen(function*() {
      const projects = yield* Projects.Projects
      const apiKeys = yield* ApiKeys.ApiKeys
      const { id: first, organizationId } = yield* firstProject
      const other = yield* projects.create({ name: "other" })
      const { key } = yield* apiKeys.create(first, { name: "key" })
      const tries: Record<string, Effect.Effect<unknown, PineconeError.CheckedRequestError, Admin.Services>> = {
        readOrganization: Effect.flatMap(Organizations.Organizations, (service) => service.describe(organizationId)),
        changeOrganization: Effect.flatMap(
          Organizations.Organizations,
          (service) => service.update(organizationId, { name: "a" })
        ),
        createProject: Effect.flatMap(Projects.Projects, (service) => service.create({ name: "made" })),
        readProject: Effect.flatMap(Projects.Projects, (service) => service.describe(first)),
        changeProject: Effect.flatMap(Projects.Projects, (service) => service.update(first, { name: "a" })),
        readOther: Effect.flatMap(Projects.Projects, (service) => service.describe(other.id)),
        readKeys: Effect.flatMap(ApiKeys.ApiKeys, (service) => service.describe(key.id)),
        changeKeys: Effect.flatMap(ApiKeys.ApiKeys, (service) => service.update(key.id, { name: "b" })),
        keysOfOther: Effect.flatMap(ApiKeys.ApiKeys, (service) => service.list(other.id)),
        accounts: Effect.flatMap(ServiceAccounts.ServiceAccounts, (service) => service.create({ name: "a" })),
        users: Effect.flatMap(Users.Users, (service) => service.list()),
        invites: Effect.flatMap(Invites.Invites, (service) => service.list()),
        bindings: Effect.flatMap(RoleBindings.RoleBindings, (service) => service.list()),
        giveOwner: Effect.flatMap(
          ServiceAccounts.ServiceAccounts,
          (service) => service.create({ name: "a", roleBindings: [orgRole("OrgOwner")] })
        )
      }
      const everything = Object.keys(tries)
      const ofProject = ["readOrganization", "readProject"]
      const reach: ReadonlyArray<readonly [ReadonlyArray<RoleBinding.RoleBindingInput>, ReadonlyArray<string>]> = [
        [[orgRole("OrgOwner")], everything],
        [[orgRole("OrgManager")], everything.filter((name) => name !== "giveOwner")],
        [[orgRole("OrgMember")], ["readOrganization"]],
        [[orgRole("OrgBillingAdmin")], ["readOrganization"]],
        [[projectRole("ProjectOwner", first)], [...ofProject, "changeProject", "readKeys", "changeKeys", "bindings"]],
        [[projectRole("ProjectManager", first)], [...ofProject, "readKeys"]],
        [[projectRole("ProjectMember", first)], ofProject],
        [[projectRole("ProjectEditor", first)], ofProject],
        [[projectRole("DataPlaneViewer", first)], ofProject],
        [[projectRole("ProjectOwner", other.id)], ["readOrganization", "readOther", "keysOfOther", "bindings"]],
        [[orgRole("OrgMember"), projectRole("ProjectManager", first), projectRole("ProjectViewer", other.id)], [
          ...ofProject,
          "readKeys",
          "readOther"
        ]],
        [[], []]
      ]
      for (const [roles, expected] of reach) {
        const { as } = yield* newAccount(...roles)
        const { ends, listed } = yield* as(Effect.all({
          ends: Effect.forEach(Object.entries(tries), ([what, effect]) =>
            Effect.match(effect, { onSuccess: () => [what, "done"], onFailure: ({ _tag }) => [what, _tag] })),
          listed: listProjects
        }))
        assert.deepStrictEqual(
          ends,
          everything.map((what) => [what, expected.includes(what) ? "done" : "PineconeForbidden"]),
          roles.map(({ role }) =>
            role
          ).join()
        )
        const ids = listed.map(({ id }) => id)
        assert.strictEqual(ids.includes(first), expected.includes("readProject"))
        assert.strictEqual(ids.includes(other.id), expected.includes("readOther"))
      }
    }).pipe(Effect.provide(server)))

  it.effect("hold at once, and no longer than they are there", () =>
    Effect.gen(function*() {
      const roleBindings = yield* RoleBindings.RoleBindings
      const { as, id } = yield* newAccount()
      const made = as(Effect.flatMap(Projects.Projects, (projects) => projects.create({ name: "made" })))
      const refused = yield* failure("PineconeForbidden")(made)
      assert.include(refused.message, "no roles")
      assert.include(refused.message, "OrgManager")
      const binding = yield* roleBindings.create({
        principalType: "service_account",
        principalId: id,
        ...orgRole("OrgManager")
      })
      assert.deepStrictEqual(yield* roleBindings.describe(binding.id), binding)
      yield* made
      yield* roleBindings.delete(binding.id)
      yield* failure("PineconeForbidden")(made)
      yield* failure("PineconeNotFound")(roleBindings.describe(binding.id))
    }).pipe(Effect.provide(server)))

  it.effect("an OrgManager cannot make an owner of anyone, nor touch one", () =>
    Effect.gen(function*() {
      const { as } = yield* newAccount(orgRole("OrgManager"))
      const owner = yield* newAccount(orgRole("OrgOwner"))
      const user = yield* newUser("grace@example.com", orgRole("OrgOwner"))
      const { roleBindings } = yield* Effect.flatMap(
        RoleBindings.RoleBindings,
        (service) => service.list({ role: "OrgOwner" })
      )
      assert.strictEqual(roleBindings.length, 3)
      yield* as(Effect.gen(function*() {
        const accounts = yield* ServiceAccounts.ServiceAccounts
        const bindings = yield* RoleBindings.RoleBindings
        const users = yield* Users.Users
        const invites = yield* Invites.Invites
        yield* failure("PineconeForbidden")(accounts.rotateSecret(owner.id))
        yield* failure("PineconeForbidden")(accounts.delete(owner.id))
        yield* failure("PineconeForbidden")(users.delete(user.id))
        yield* failure("PineconeForbidden")(
          invites.create({ email: "alan@example.com", roleBindings: [orgRole("OrgOwner")] })
        )
        yield* failure("PineconeForbidden")(
          bindings.create({ principalType: "service_account", principalId: owner.id, ...orgRole("OrgOwner") })
        )
        for (const { id } of roleBindings) yield* failure("PineconeForbidden")(bindings.delete(id))
      }))
    }).pipe(Effect.provide(server)))

  it.effect("are listed by every filter, and page by page", () =>
    Effect.gen(function*() {
      const service = yield* RoleBindings.RoleBindings
      const { id: projectId, organizationId } = yield* firstProject
      const one = yield* newAccount(orgRole("OrgMember"), projectRole("ProjectViewer", projectId))
      yield* newAccount(orgRole("OrgManager"))
      const list = (options: RoleBindings.ListOptions) => all(service.listStream(options))
      assert.deepStrictEqual(
        (yield* list({ principalType: "service_account", principalId: one.id })).map(({ role }) => role),
        ["OrgMember", "ProjectViewer"]
      )
      assert.strictEqual((yield* list({ principalType: "service_account" })).length, 3)
      assert.strictEqual((yield* list({ role: "OrgManager" })).length, 1)
      assert.deepStrictEqual(
        (yield* list({ resourceType: "project", resourceId: projectId })).map(({ principalId }) => principalId),
        [one.id]
      )
      assert.strictEqual((yield* list({ resourceType: "organization", resourceId: organizationId })).length, 3)
      assert.deepStrictEqual(yield* list({ limit: 1 }), yield* list({}))
      const { next } = yield* service.list({ limit: 2 })
      for (const options of [{ limit: 3 }, { limit: 2, role: "OrgMember" }, { limit: 2, principalType: "user" }]) {
        const refused = yield* failure("PineconeInvalidRequest")(service.list({ ...options, paginationToken: next }))
        assert.deepInclude(refused, { status: 400, code: "INVALID_ARGUMENT" })
      }
      yield* failure("PineconeInvalidRequest")(service.list({ paginationToken: "none" }))
    }).pipe(Effect.provide(server)))

  it.effect("an API key's are its roles, whichever way they are changed", () =>
    Effect.gen(function*() {
      const service = yield* RoleBindings.RoleBindings
      const apiKeys = yield* ApiKeys.ApiKeys
      const projects = yield* Projects.Projects
      const { id: resourceId } = yield* firstProject
      const { id, key } = yield* createKey("DataPlaneViewer")
      const principal = { principalType: "api_key", principalId: id }
      const roles = Effect.map(service.list(principal), ({ roleBindings }) => roleBindings.map(({ role }) => role))
      const listed = withKey(key)(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list))
      assert.deepStrictEqual(yield* roles, ["DataPlaneViewer"])
      yield* failure("PineconeForbidden")(listed)
      const given = yield* service.create({ ...principal, ...projectRole("ControlPlaneViewer", resourceId) })
      assert.deepStrictEqual((yield* apiKeys.describe(id)).roles, ["DataPlaneViewer", "ControlPlaneViewer"])
      yield* listed
      yield* service.delete(given.id)
      yield* failure("PineconeForbidden")(listed)
      yield* apiKeys.update(id, { roles: ["ProjectViewer"] })
      assert.deepStrictEqual(yield* roles, ["ProjectViewer"])
      const other = yield* projects.create({ name: "other" })
      for (const wrong of [projectRole("ProjectOwner", resourceId), projectRole("ProjectEditor", other.id)]) {
        yield* failure("PineconeInvalidRequest")(service.create({ ...principal, ...wrong }))
      }
      yield* apiKeys.delete(id)
      assert.deepStrictEqual(yield* roles, [])
    }).pipe(Effect.provide(server)))

  it.effect("go with their project", () =>
    Effect.gen(function*() {
      const projects = yield* Projects.Projects
      const service = yield* RoleBindings.RoleBindings
      const { id: projectId } = yield* projects.create({ name: "short" })
      const { id } = yield* newAccount(projectRole("ProjectOwner", projectId))
      yield* projects.delete(projectId)
      const { roleBindings } = yield* service.list({ principalType: "service_account", principalId: id })
      assert.deepStrictEqual(roleBindings, [])
      yield* failure("PineconeNotFound")(service.create({
        principalType: "service_account",
        principalId: id,
        ...projectRole("ProjectOwner", projectId)
      }))
    }).pipe(Effect.provide(server)))

  it.effect("there are no two of the same, and none of nobody", () =>
    Effect.gen(function*() {
      const service = yield* RoleBindings.RoleBindings
      const { id } = yield* newAccount(orgRole("OrgMember"))
      const twice = { principalType: "service_account", principalId: id, ...orgRole("OrgMember") }
      assert.deepInclude(yield* failure("PineconeAlreadyExists")(service.create(twice)), {
        status: 409,
        code: "ALREADY_EXISTS"
      })
      for (const principalType of ["user", "service_account", "api_key", "invite"] as const) {
        yield* failure("PineconeNotFound")(
          service.create({ principalType, principalId: "nobody", ...orgRole("OrgMember") })
        )
      }
    }).pipe(Effect.provide(server)))
})

describe("users", () => {
  it.effect("the last owner stays, whoever asks", () =>
    Effect.gen(function*() {
      const users = yield* Users.Users
      const service = yield* RoleBindings.RoleBindings
      const [owner] = (yield* users.list()).users
      assert.exists(owner)
      assert.deepStrictEqual(yield* users.describe(owner.id), owner)
      const [binding] = (yield* service.list({ principalType: "user", principalId: owner.id })).roleBindings
      assert.exists(binding)
      assert.strictEqual(binding.role, "OrgOwner")
      // The organization is owned by people.
      yield* newAccount(orgRole("OrgOwner"))
      for (const removed of [users.delete(owner.id), service.delete(binding.id)]) {
        const kept = yield* failure("PineconePreconditionFailed")(removed)
        assert.deepInclude(kept, { status: 409, code: "ABORTED" })
      }
      const next = yield* newUser("ada@example.com", orgRole("OrgOwner"))
      yield* users.delete(owner.id)
      yield* failure("PineconeNotFound")(users.delete(owner.id))
      yield* failure("PineconePreconditionFailed")(users.delete(next.id))
    }).pipe(Effect.provide(server)))

  it.effect("of owners who are deleted at once, one stays", () =>
    Effect.gen(function*() {
      const users = yield* Users.Users
      yield* newUser("ada@example.com", orgRole("OrgOwner"))
      yield* newUser("grace@example.com", orgRole("OrgOwner"))
      const owners = yield* all(users.listStream())
      const ends = yield* Effect.forEach(owners, ({ id }) =>
        Effect.match(users.delete(id), { onSuccess: () => "gone", onFailure: ({ _tag }) => _tag }), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual([...ends].sort(), ["PineconePreconditionFailed", "gone", "gone"])
      assert.strictEqual((yield* users.list()).users.length, 1)
    }).pipe(Effect.provide(server)))

  it.effect("have the roles of their invite, of which the last in the organization stays", () =>
    Effect.gen(function*() {
      const users = yield* Users.Users
      const service = yield* RoleBindings.RoleBindings
      const { id: projectId } = yield* firstProject
      const { id } = yield* newUser("ada@example.com", orgRole("OrgMember"), projectRole("ProjectOwner", projectId))
      const bindings = Effect.map(service.list({ principalType: "user", principalId: id }), (page) => page.roleBindings)
      const [member, ofProject] = yield* bindings
      assert.exists(member)
      assert.exists(ofProject)
      assert.deepStrictEqual([member.role, ofProject.role], ["OrgMember", "ProjectOwner"])
      assert.deepInclude(yield* failure("PineconePreconditionFailed")(service.delete(member.id)), { code: "ABORTED" })
      yield* service.create({ principalType: "user", principalId: id, ...orgRole("OrgManager") })
      yield* service.delete(member.id)
      yield* service.delete(ofProject.id)
      yield* users.delete(id)
      assert.deepStrictEqual(yield* bindings, [])
    }).pipe(Effect.provide(server)))

  it.effect("are found by their e-mail addresses, in whatever case", () =>
    Effect.gen(function*() {
      const users = yield* Users.Users
      const { id } = yield* newUser("Ada@Example.com", orgRole("OrgMember"))
      const found = yield* users.list({ email: "aDA@example.COM" })
      assert.deepStrictEqual(found, { users: [{ id, email: "Ada@Example.com" }], next: undefined })
      assert.deepStrictEqual((yield* users.list({ email: "nobody@example.com" })).users, [])
      assert.strictEqual((yield* all(users.listStream({ limit: 1 }))).length, 2)
    }).pipe(Effect.provide(server)))
})

describe("invites", () => {
  it.effect("expire after 7 days, unless they are sent again", () =>
    Effect.gen(function*() {
      const invites = yield* Invites.Invites
      const { expiresAt, id, status } = yield* invites.create({
        email: "ada@example.com",
        roleBindings: [orgRole("OrgMember")]
      })
      assert.strictEqual(status, "pending")
      assert.deepStrictEqual(expiresAt, new Date(7 * 24 * 3600 * 1000))
      const statusNow = Effect.map(invites.describe(id), ({ status }) => status)
      yield* TestClock.adjust("6 days")
      const again = yield* invites.resend(id)
      assert.deepStrictEqual(again.expiresAt, new Date(13 * 24 * 3600 * 1000))
      yield* TestClock.adjust("6 days")
      assert.strictEqual(yield* statusNow, "pending")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(yield* statusNow, "expired")
      assert.deepStrictEqual((yield* invites.list()).invites.map(({ status }) => status), ["expired"])
      const { status: late } = yield* askControl("POST", `/invites/${id}/accept`)
      assert.strictEqual(late, 412)
      assert.strictEqual((yield* invites.resend(id)).status, "pending")
      yield* invites.delete(id)
      yield* failure("PineconeNotFound")(invites.describe(id))
    }).pipe(Effect.provide(server)))

  it.effect("are for those who have neither one nor an account", () =>
    Effect.gen(function*() {
      const invites = yield* Invites.Invites
      const roleBindings = [orgRole("OrgMember")]
      const { inviteId } = yield* newUser("ada@example.com", ...roleBindings)
      yield* invites.create({ email: "grace@example.com", roleBindings })
      for (const email of ["ada@example.com", "ADA@example.com", "Grace@example.com"]) {
        const error = yield* failure("PineconeAlreadyExists")(invites.create({ email, roleBindings }))
        assert.deepInclude(error, { status: 409, code: "ALREADY_EXISTS" })
      }
      assert.strictEqual((yield* invites.describe(inviteId)).status, "processed")
      assert.deepStrictEqual((yield* invites.list()).invites.map(({ email }) => email), ["grace@example.com"])
      yield* failure("PineconeAlreadyExists")(invites.delete(inviteId))
      yield* failure("PineconeAlreadyExists")(invites.resend(inviteId))
      assert.strictEqual((yield* askControl("POST", `/invites/${inviteId}/accept`)).status, 409)
    }).pipe(Effect.provide(server)))

  it.effect("a hundred are sent again in an hour, and the next after that", () =>
    Effect.gen(function*() {
      const invites = yield* Invites.Invites
      const { id } = yield* invites.create({ email: "ada@example.com", roleBindings: [orgRole("OrgMember")] })
      yield* Effect.repeatN(invites.resend(id), 99)
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* failure("PineconeRateLimited")(invites.resend(id))).status, 429)
      yield* TestClock.adjust("1 minute")
      yield* invites.resend(id)
    }).pipe(Effect.provide(server)))
})

describe("the server refuses what the client would not send", () => {
  it.effect("with the status and the code of the API", () =>
    Effect.gen(function*() {
      const token = JSON.parse(
        (yield* askControl(
          "POST",
          "/oauth/token",
          {},
          HttpBody.unsafeJson({
            client_id: account.clientId,
            client_secret: clientSecret,
            grant_type: "client_credentials",
            audience: "https://api.pinecone.io/"
          })
        )).text
      ).access_token
      const headers = { "authorization": `Bearer ${token}`, "x-pinecone-api-version": "2026-07" }
      const member = { resource_type: "organization", role: "OrgMember" }
      const email = "ada@example.com"
      const wrong: ReadonlyArray<readonly ["GET" | "POST", string, unknown, number, string]> = [
        ["GET", "/admin/users?limit=0", undefined, 400, "OUT_OF_RANGE"],
        ["GET", "/admin/invites?limit=101", undefined, 400, "OUT_OF_RANGE"],
        ["GET", "/admin/service-accounts?limit=-1", undefined, 400, "OUT_OF_RANGE"],
        ["GET", "/admin/role-bindings?limit=1000", undefined, 400, "OUT_OF_RANGE"],
        ["GET", "/admin/users?email=nobody", undefined, 400, "INVALID_ARGUMENT"],
        ["GET", "/admin/users?paginationToken=x", undefined, 400, "INVALID_ARGUMENT"],
        ["GET", "/admin/role-bindings?principal_id=a", undefined, 400, "INVALID_ARGUMENT"],
        ["GET", "/admin/role-bindings?resource_id=a", undefined, 400, "INVALID_ARGUMENT"],
        ["POST", "/admin/invites", { email: "nobody", role_bindings: [member] }, 400, "INVALID_ARGUMENT"],
        [
          "POST",
          "/admin/invites",
          { email: `${"a".repeat(251)}@b.c`, role_bindings: [member] },
          400,
          "INVALID_ARGUMENT"
        ],
        ["POST", "/admin/invites", { email, role_bindings: [] }, 400, "INVALID_ARGUMENT"],
        ["POST", "/admin/invites", { email, role_bindings: [member, member] }, 400, "INVALID_ARGUMENT"],
        ["POST", "/admin/invites", { email }, 422, "UNPROCESSABLE_ENTITY"],
        ["POST", "/admin/service-accounts", { name: "" }, 400, "INVALID_ARGUMENT"],
        ["POST", "/admin/service-accounts", { name: "a".repeat(81) }, 400, "INVALID_ARGUMENT"],
        [
          "POST",
          "/admin/service-accounts",
          {
            name: "a",
            role_bindings: [{ resource_type: "project", role: "ProjectViewer" }]
          },
          400,
          "INVALID_ARGUMENT"
        ],
        [
          "POST",
          "/admin/service-accounts",
          {
            name: "a",
            role_bindings: [{ resource_type: "organization", role: "ProjectViewer" }]
          },
          400,
          "INVALID_ARGUMENT"
        ],
        [
          "POST",
          "/admin/service-accounts",
          {
            name: "a",
            role_bindings: [{ ...member, resource_id: "a" }]
          },
          400,
          "INVALID_ARGUMENT"
        ],
        [
          "POST",
          "/admin/role-bindings",
          { principal_type: "robot", principal_id: "a", ...member },
          400,
          "INVALID_ARGUMENT"
        ],
        ["GET", "/admin/users/none", undefined, 404, "NOT_FOUND"],
        ["GET", "/admin/role-bindings/none", undefined, 404, "NOT_FOUND"],
        ["POST", "/admin/invites/none/resend", undefined, 404, "NOT_FOUND"],
        ["POST", "/admin/service-accounts/none/rotate-secret", undefined, 404, "NOT_FOUND"]
      ]
      for (const [method, path, body, status, code] of wrong) {
        const answer = yield* askControl(
          method,
          path,
          headers,
          body === undefined ? undefined : HttpBody.unsafeJson(body)
        )
        const shown = `${method} ${path} ${JSON.stringify(body)}`
        assert.strictEqual(answer.status, status, shown)
        const told = JSON.parse(answer.text)
        assert.deepStrictEqual([told.status, told.error.code], [status, code], shown)
      }
      const { status } = yield* askControl("GET", "/admin/users", { "x-pinecone-api-version": "2026-07" })
      assert.strictEqual(status, 401)
    }).pipe(Effect.provide(server)))
})

describe("what is kept", () => {
  it.scopedLive("is there after a restart, with no secret on the disk", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* fs.makeTempDirectoryScoped({ prefix: "members-" })
      const restarted = on(inProcess({ ...options, data }))
      const everything = Effect.gen(function*() {
        const lists: ReadonlyArray<Effect.Effect<ReadonlyArray<unknown>, PineconeError.CheckedRequestError>> = [
          all((yield* ServiceAccounts.ServiceAccounts).listStream()),
          all((yield* Users.Users).listStream()),
          all((yield* Invites.Invites).listStream()),
          all((yield* RoleBindings.RoleBindings).listStream())
        ]
        return yield* Effect.all(lists)
      })
      const before = yield* Effect.gen(function*() {
        const { credentials } = yield* newAccount(orgRole("OrgManager"))
        yield* newUser("ada@example.com", orgRole("OrgMember"))
        const invites = yield* Invites.Invites
        yield* invites.create({ email: "grace@example.com", roleBindings: [orgRole("OrgMember")] })
        yield* createKey("ProjectViewer")
        return { credentials, everything: yield* everything }
      }).pipe(Effect.provide(restarted))
      assert.deepStrictEqual(before.everything.map(({ length }) => length), [1, 2, 1, 5])
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* everything, before.everything)
        assert.strictEqual((yield* Effect.provide(listProjects, layerOf(before.credentials))).length, 1)
      }).pipe(Effect.provide(restarted))
      for (const name of yield* fs.readDirectory(data, { recursive: true })) {
        const file = `${data}/${name}`
        if ((yield* fs.stat(file)).type !== "File") continue
        const text = Buffer.from(yield* fs.readFile(file)).toString("latin1")
        assert.notInclude(text, Redacted.value(before.credentials.clientSecret), name)
      }
    }).pipe(Effect.provide(NodeContext.layer)))
})
