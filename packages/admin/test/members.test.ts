/** Service accounts, users, invites and role bindings as they are sent, and what is not. */
import * as Invites from "@effect-pinecone/admin/Invites"
import * as RoleBindings from "@effect-pinecone/admin/RoleBindings"
import * as ServiceAccounts from "@effect-pinecone/admin/ServiceAccounts"
import * as Users from "@effect-pinecone/admin/Users"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import type { Sent } from "./utils/stub.js"
import { accepted, answering, ok, projectId, refused, stub } from "./utils/stub.js"

const secret = "a-secret-that-is-shown-once"

const at = "2026-07-01T10:00:00Z"

const account = (id: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  id,
  name: "program",
  client_id: "c1",
  created_at: at,
  updated_at: at,
  ...changes
})

const invite = { id: "i1", email: "ada@example.com", status: "pending", expires_at: at, created_at: at }

const binding = (id: string) => ({
  id,
  principal_type: "service_account",
  principal_id: "s1",
  resource_type: "project",
  resource_id: projectId,
  role: "ProjectViewer",
  created_at: at
})

/** What was sent, without the tokens. */
const requests = (sent: ReadonlyArray<Sent>) =>
  sent.filter(({ path }) => path !== "/oauth/token").map(({ body, method, path }) => [method, path, body])

const idsOf = <E>(stream: Stream.Stream<{ readonly id: string }, E>) =>
  Effect.map(Stream.runCollect(stream), (all) => Chunk.toReadonlyArray(all).map(({ id }) => id))

describe("what is sent", () => {
  it.effect("of service accounts", () => {
    const { layer, sent } = stub(answering(
      { status: 201, body: { service_account: account("s1"), client_secret: secret } },
      ok({ data: [account("s1", { kind: "of next year" })], pagination: { next: "t" } }),
      ok({ data: [account("s2")], pagination: null }),
      ok(account("s1")),
      ok(account("s1", { name: "other" })),
      ok({ service_account: account("s1"), client_secret: secret }),
      accepted
    ))
    return Effect.gen(function*() {
      const accounts = yield* ServiceAccounts.ServiceAccounts
      const made = yield* accounts.create({
        name: "program",
        roleBindings: [{ resourceType: "project", resourceId: projectId, role: "ProjectViewer" }]
      })
      assert.strictEqual(Redacted.value(made.clientSecret), secret)
      assert.notInclude(inspect(made, { depth: 20 }) + JSON.stringify(made), secret)
      assert.deepStrictEqual(yield* idsOf(accounts.listStream({ limit: 1 })), ["s1", "s2"])
      assert.deepStrictEqual(yield* accounts.describe("s1"), made.serviceAccount)
      assert.strictEqual((yield* accounts.update("s1", { name: "other" })).name, "other")
      yield* accounts.rotateSecret("s1")
      yield* accounts.delete("a/b")
      assert.deepStrictEqual(requests(sent), [
        ["POST", "/admin/service-accounts", {
          name: "program",
          role_bindings: [{ resource_type: "project", resource_id: projectId, role: "ProjectViewer" }]
        }],
        ["GET", "/admin/service-accounts?limit=1", undefined],
        ["GET", "/admin/service-accounts?limit=1&paginationToken=t", undefined],
        ["GET", "/admin/service-accounts/s1", undefined],
        ["PATCH", "/admin/service-accounts/s1", { name: "other" }],
        ["POST", "/admin/service-accounts/s1/rotate-secret", undefined],
        ["DELETE", "/admin/service-accounts/a%2Fb", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("of users and invites", () => {
    const { layer, sent } = stub(answering(
      ok({ data: [{ id: "u1", email: "ada@example.com" }] }),
      ok({ id: "u1", email: "ada@example.com", name: "Ada" }),
      accepted,
      ok(invite),
      ok({ data: [{ ...invite, expires_at: null }] }),
      ok(invite),
      ok(invite),
      accepted
    ))
    return Effect.gen(function*() {
      const users = yield* Users.Users
      const invites = yield* Invites.Invites
      const found = yield* users.list({ email: "ada+1@example.com" })
      assert.deepStrictEqual(found, { users: [{ id: "u1", email: "ada@example.com" }], next: undefined })
      assert.strictEqual((yield* users.describe("u1")).name, "Ada")
      yield* users.delete("u1")
      const made = yield* invites.create({
        email: "ada@example.com",
        roleBindings: [{ resourceType: "organization", role: "OrgMember" }]
      })
      assert.deepStrictEqual(made.expiresAt, new Date(at))
      assert.deepStrictEqual((yield* invites.list()).invites.map(({ expiresAt }) => expiresAt), [undefined])
      assert.deepStrictEqual(yield* invites.describe("i1"), made)
      yield* invites.resend("i1")
      yield* invites.delete("i1")
      assert.deepStrictEqual(requests(sent), [
        ["GET", "/admin/users?email=ada%2B1%40example.com", undefined],
        ["GET", "/admin/users/u1", undefined],
        ["DELETE", "/admin/users/u1", undefined],
        ["POST", "/admin/invites", {
          email: "ada@example.com",
          role_bindings: [{ resource_type: "organization", role: "OrgMember" }]
        }],
        ["GET", "/admin/invites", undefined],
        ["GET", "/admin/invites/i1", undefined],
        ["POST", "/admin/invites/i1/resend", undefined],
        ["DELETE", "/admin/invites/i1", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("of role bindings", () => {
    const { layer, sent } = stub(answering(
      ok(binding("b1")),
      ok({ data: [binding("b1")], pagination: { next: "t" } }),
      ok({ data: [binding("b2")] }),
      ok(binding("b1")),
      accepted
    ))
    return Effect.gen(function*() {
      const bindings = yield* RoleBindings.RoleBindings
      const request = {
        principalType: "service_account",
        principalId: "s1",
        resourceType: "project",
        resourceId: projectId,
        role: "ProjectViewer"
      } as const
      const made = yield* bindings.create(request)
      assert.deepStrictEqual(made, { id: "b1", ...request, createdAt: new Date(at) })
      assert.deepStrictEqual(yield* idsOf(bindings.listStream(request)), ["b1", "b2"])
      assert.deepStrictEqual(yield* bindings.describe("b1"), made)
      yield* bindings.delete("b1")
      const filters = "principal_type=service_account&principal_id=s1&resource_type=project" +
        `&resource_id=${projectId}&role=ProjectViewer`
      assert.deepStrictEqual(requests(sent), [
        ["POST", "/admin/role-bindings", {
          principal_type: "service_account",
          principal_id: "s1",
          resource_type: "project",
          resource_id: projectId,
          role: "ProjectViewer"
        }],
        ["GET", `/admin/role-bindings?${filters}`, undefined],
        ["GET", `/admin/role-bindings?${filters}&paginationToken=t`, undefined],
        ["GET", "/admin/role-bindings/b1", undefined],
        ["DELETE", "/admin/role-bindings/b1", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })
})

describe("what is not sent", () => {
  it.effect("is what the API would refuse", () => {
    const { layer, sent } = stub(answering(accepted))
    return Effect.gen(function*() {
      const accounts = yield* ServiceAccounts.ServiceAccounts
      const users = yield* Users.Users
      const invites = yield* Invites.Invites
      const bindings = yield* RoleBindings.RoleBindings

      const wrong = (value: unknown): never => value as never
      const member = { resourceType: "organization", role: "OrgMember" } as const
      const email = "ada@example.com"
      const principal = { principalType: "user", principalId: "u1" } as const
      const unfit: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string]> = [
        [accounts.create(wrong(undefined)), "options"],
        [accounts.create({ name: "" }), "name"],
        [accounts.create({ name: "a".repeat(81) }), "name.length"],
        [accounts.create({ name: "a", roleBindings: [member, wrong(5)] }), "roleBindings[1]"],
        [
          accounts.create({ name: "a", roleBindings: Array.from({ length: 101 }, () => member) }),
          "roleBindings.length"
        ],
        [
          accounts.create({ name: "a", roleBindings: [{ resourceType: "project", role: "ProjectViewer" }] }),
          "roleBindings[0].resourceId"
        ],
        [
          accounts.create({ name: "a", roleBindings: [{ resourceType: "organization", role: "ProjectViewer" }] }),
          "roleBindings[0].role"
        ],
        [accounts.create({ name: "a", roleBindings: [{ ...member, resourceId: "o" }] }), "roleBindings[0].resourceId"],
        [accounts.update("s1", { name: "" }), "name"],
        [accounts.rotateSecret(""), "id"],
        [accounts.delete(wrong(undefined)), "id"],
        [accounts.list({ limit: 0 }), "limit"],
        [accounts.list({ limit: 101 }), "limit"],
        [Stream.runDrain(accounts.listStream({ limit: wrong("1") })), "limit"],
        [users.list({ email: "nobody" }), "email"],
        [users.list({ email: `${"a".repeat(250)}@example.com` }), "email.length"],
        [Stream.runDrain(users.listStream({ email: "@example.com" })), "email"],
        [users.delete(".."), "id"],
        [invites.create({ email: "a b@example.com", roleBindings: [member] }), "email"],
        [invites.create({ email, roleBindings: [] }), "roleBindings"],
        [
          invites.create({
            email,
            roleBindings: [{ resourceType: "project", resourceId: projectId, role: "ProjectViewer" }]
          }),
          "roleBindings"
        ],
        [invites.resend(""), "id"],
        [bindings.list({ principalId: "u1" }), "principalType"],
        [bindings.list({ resourceId: "p1" }), "resourceType"],
        [Stream.runDrain(bindings.listStream({ resourceId: "p1" })), "resourceType"],
        [bindings.create({ ...principal, ...member, principalId: "" }), "principalId"],
        [bindings.create({ ...principal, resourceType: "project", role: "ProjectOwner" }), "resourceId"],
        [bindings.create({ ...principal, resourceType: "project", resourceId: "p1", role: "OrgOwner" }), "role"]
      ]
      for (const [effect, field] of unfit) {
        const error = yield* Effect.flip(effect)
        assert(
          error instanceof PineconeError.InvalidRequest || error instanceof PineconeError.LimitExceeded,
          `${field}: ${String(error)}`
        )
        assert.deepInclude(error, { field, attempts: 0 }, error.message)
      }
      const nothing = yield* Effect.flip(accounts.update("s1", {}))
      assert.strictEqual(nothing._tag, "PineconeInvalidRequest")
      assert.deepStrictEqual(sent, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("is what the version of the client has not", () => {
    const { layer, sent } = stub(answering(accepted), { apiVersion: "2025-10" })
    return Effect.gen(function*() {
      const users = yield* Users.Users
      const accounts = yield* ServiceAccounts.ServiceAccounts
      for (const effect of [users.list(), accounts.rotateSecret("s1"), Stream.runDrain(users.listStream())]) {
        const error = yield* Effect.flip(effect)
        assert.deepInclude(error, { _tag: "PineconeInvalidRequest", attempts: 0 })
        assert.include(error.message, "needs API version 2026-04 or later, and this client speaks 2025-10")
      }
      assert.deepStrictEqual(sent, [])
    }).pipe(Effect.provide(layer))
  })
})

describe("how a call ends", () => {
  it.effect("what must stay is told from what exists", () => {
    const { layer } = stub(answering(refused(409, "ABORTED"), refused(409, "ALREADY_EXISTS")))
    return Effect.gen(function*() {
      const bindings = yield* RoleBindings.RoleBindings
      const needed = yield* Effect.flip(bindings.delete("b1"))
      assert.deepInclude(needed, { _tag: "PineconePreconditionFailed", status: 409, code: "ABORTED" })
      const taken = yield* Effect.flip(bindings.create({
        principalType: "user",
        principalId: "u1",
        resourceType: "organization",
        role: "OrgMember"
      }))
      assert.deepInclude(taken, { _tag: "PineconeAlreadyExists", status: 409 })
    }).pipe(Effect.provide(layer))
  })

  it.effect("what would be done twice is not sent twice", () => {
    const { layer, sent } = stub(answering(refused(503, "UNAVAILABLE")))
    return Effect.gen(function*() {
      const accounts = yield* ServiceAccounts.ServiceAccounts
      const invites = yield* Invites.Invites
      const bindings = yield* RoleBindings.RoleBindings
      const member = { resourceType: "organization", role: "OrgMember" } as const
      const once: ReadonlyArray<Effect.Effect<unknown, PineconeError.CheckedRequestError>> = [
        accounts.create({ name: "program" }),
        invites.create({ email: "ada@example.com", roleBindings: [member] }),
        invites.resend("i1"),
        bindings.create({ principalType: "user", principalId: "u1", ...member })
      ]
      for (const effect of once) {
        assert.deepInclude(yield* Effect.flip(effect), { _tag: "PineconeServiceUnavailable", attempts: 1 })
      }
      assert.strictEqual(requests(sent).length, once.length)
    }).pipe(Effect.provide(layer))
  })

  it.effect("a service is mocked by its methods", () =>
    Effect.gen(function*() {
      const users = yield* Users.Users
      assert.strictEqual((yield* users.describe("u1")).email, "ada@example.com")
    }).pipe(
      Effect.provide(Layer.mock(Users.Users, {
        describe: (id) => Effect.succeed({ id, email: "ada@example.com" })
      }))
    ))
})
