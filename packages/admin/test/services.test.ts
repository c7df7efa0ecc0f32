import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
import * as Metrics from "@effect-pinecone/admin/Metrics"
import * as Organizations from "@effect-pinecone/admin/Organizations"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it } from "@effect/vitest"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import type { Reply, Sent } from "./utils/stub.js"
import { accepted, answering, key, ok, organization, project, projectId, refused, stub } from "./utils/stub.js"

const value = "pckey_abc_a-key-that-is-shown-once"

/** What was sent, without the tokens. */
const requests = (sent: ReadonlyArray<Sent>) =>
  sent.filter(({ path }) => path !== "/oauth/token").map(({ body, method, path }) => [method, path, body])

const created = (id: string): Reply => ({ status: 201, body: { key: key(id), value } })

const isUnsent = (error: PineconeError.PineconeError) => assert.strictEqual(error.attempts, 0)

describe("Projects", () => {
  it.effect("list, create, describe, update and delete", () => {
    const { layer, sent } = stub(answering(
      ok({ data: [project(), project({ created_at: undefined, extra: 1 })] }),
      ok(project()),
      ok(project()),
      ok(project({ name: "other" })),
      accepted
    ))
    return Effect.gen(function*() {
      const projects = yield* Projects.Projects
      const [first, second] = yield* projects.list
      assert.deepStrictEqual(first, {
        id: projectId,
        name: "search",
        maxPods: 0,
        forceEncryptionWithCmek: false,
        organizationId: "o1",
        createdAt: new Date("2026-04-01T10:00:00Z")
      })
      assert.strictEqual(Reflect.get(second ?? {}, "extra"), 1)
      yield* projects.create({ name: "search", maxPods: 2 })
      yield* projects.describe("a/b")
      assert.strictEqual((yield* projects.update(projectId, { name: "other" })).name, "other")
      assert.strictEqual(yield* projects.delete(projectId), undefined)
      assert.deepStrictEqual(requests(sent), [
        ["GET", "/admin/projects", undefined],
        ["POST", "/admin/projects", { name: "search", max_pods: 2 }],
        ["GET", "/admin/projects/a%2Fb", undefined],
        ["PATCH", `/admin/projects/${projectId}`, { name: "other" }],
        ["DELETE", `/admin/projects/${projectId}`, undefined]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a project that the API would refuse is not sent", () => {
    const { layer, sent } = stub(answering(ok(project())))
    return Effect.gen(function*() {
      const projects = yield* Projects.Projects
      const long = yield* Effect.flip(projects.create({ name: "a".repeat(513) }))
      assert.deepInclude(long, { _tag: "PineconeLimitExceeded", limit: "projectNameLength", maximum: 512, actual: 513 })
      const empty = yield* Effect.flip(projects.create({ name: "" }))
      assert.deepInclude(empty, { _tag: "PineconeInvalidRequest", field: "name" })
      const pods = yield* Effect.flip(projects.update(projectId, { maxPods: 1.5 }))
      assert.deepInclude(pods, { _tag: "PineconeInvalidRequest", field: "maxPods" })
      const nothing = yield* Effect.flip(projects.update(projectId, {}))
      assert.strictEqual(nothing._tag, "PineconeInvalidRequest")
      const step = yield* Effect.flip(projects.describe(".."))
      assert.strictEqual(step._tag, "PineconeInvalidRequest")
      const wrong = (value: unknown): never => value as never
      const keys = yield* ApiKeys.ApiKeys
      const organizations = yield* Organizations.Organizations
      const unfit: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string]> = [
        [projects.create(wrong(undefined)), "options"],
        [projects.create(wrong({})), "name"],
        [projects.create({ name: wrong(5) }), "name"],
        [projects.create({ name: "a", maxPods: wrong("2") }), "maxPods"],
        [projects.create({ name: "a", maxPods: wrong(2n) }), "maxPods"],
        [projects.update(projectId, wrong(null)), "options"],
        [projects.update(wrong(5), { name: "a" }), "id"],
        [projects.delete(""), "id"],
        [projects.describe("a\ud800"), "id"],
        [organizations.update("o1", wrong("name")), "options"],
        [organizations.describe(wrong(null)), "id"],
        [keys.create(wrong(undefined), { name: "k" }), "projectId"],
        [keys.create(projectId, { name: "k", roles: wrong("ProjectEditor") }), "roles"],
        [keys.create(projectId, { name: "k", roles: [wrong(5)] }), "roles[0]"],
        [keys.list(""), "projectId"],
        [keys.delete(wrong(undefined)), "id"],
        [keys.update("k1", wrong([])), "options"],
        [keys.rotate("k1", wrong(undefined)), "use"],
        [keys.rotate("k1", () => Effect.void, wrong(null)), "options"]
      ]
      for (const [effect, field] of unfit) {
        const error = yield* Effect.flip(effect)
        assert(error instanceof PineconeError.InvalidRequest, String(error))
        assert.deepInclude(error, { field, attempts: 0 })
        assert.notInclude(error.message, "└─")
      }
      for (const error of [long, empty, pods, nothing, step]) isUnsent(error)
      assert.deepStrictEqual(requests(sent), [])
      yield* projects.create({ name: "a".repeat(512) })
    }).pipe(Effect.provide(layer))
  })

  it.effect("create is not sent twice, unless the server did nothing", () => {
    const { layer, sent } = stub(answering(refused(503, "UNAVAILABLE"), refused(401, "UNAUTHENTICATED"), ok(project())))
    return Effect.gen(function*() {
      const projects = yield* Projects.Projects
      const create = projects.create({ name: "search" })
      assert.strictEqual((yield* Effect.flip(create))._tag, "PineconeServiceUnavailable")
      assert.strictEqual(requests(sent).length, 1)
      yield* create
      assert.strictEqual(requests(sent).length, 3)
    }).pipe(Effect.provide(layer))
  })
})

describe("Organizations", () => {
  it.effect("list, describe, update and delete", () => {
    const { layer, sent } = stub(answering(
      ok({ data: [organization({ plan: "Galactic" })] }),
      ok(organization()),
      ok(organization({ name: "them" })),
      accepted
    ))
    return Effect.gen(function*() {
      const organizations = yield* Organizations.Organizations
      const [first] = yield* organizations.list
      assert.deepStrictEqual(first, {
        id: "o1",
        name: "us",
        plan: "Galactic",
        paymentStatus: "Active",
        createdAt: new Date("2026-04-01T10:00:00Z"),
        supportTier: "Pro"
      })
      yield* organizations.describe("o1")
      assert.strictEqual((yield* organizations.update("o1", { name: "them" })).name, "them")
      yield* organizations.delete("o1")
      isUnsent(yield* Effect.flip(organizations.update("o1", { name: "a".repeat(513) })))
      assert.deepStrictEqual(requests(sent), [
        ["GET", "/admin/organizations", undefined],
        ["GET", "/admin/organizations/o1", undefined],
        ["PATCH", "/admin/organizations/o1", { name: "them" }],
        ["DELETE", "/admin/organizations/o1", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })
})

describe("ApiKeys", () => {
  it.effect("list, create, describe, update and delete", () => {
    const { layer, sent } = stub(answering(
      ok({ data: [key("k1", { roles: ["ProjectEditor", "A role of next year"] })] }),
      created("k2"),
      ok(key("k1")),
      ok(key("k1", { name: "other" })),
      accepted
    ))
    return Effect.gen(function*() {
      const apiKeys = yield* ApiKeys.ApiKeys
      assert.deepStrictEqual(yield* apiKeys.list(projectId), [
        { id: "k1", name: "reader", projectId, roles: ["ProjectEditor", "A role of next year"] }
      ])
      const made = yield* apiKeys.create(projectId, { name: "reader", roles: ["DataPlaneViewer"] })
      assert.strictEqual(Redacted.value(made.value), value)
      assert.deepStrictEqual(yield* apiKeys.describe("k1"), { ...made.key, id: "k1" })
      assert.strictEqual((yield* apiKeys.update("k1", { name: "other", roles: [] })).name, "other")
      yield* apiKeys.delete("k1")
      assert.deepStrictEqual(requests(sent), [
        ["GET", `/admin/projects/${projectId}/api-keys`, undefined],
        ["POST", `/admin/projects/${projectId}/api-keys`, { name: "reader", roles: ["DataPlaneViewer"] }],
        ["GET", "/admin/api-keys/k1", undefined],
        ["PATCH", "/admin/api-keys/k1", { name: "other", roles: [] }],
        ["DELETE", "/admin/api-keys/k1", undefined]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a key that the API would refuse is not sent, and its value is not printed", () => {
    const { layer, sent } = stub(answering(created("k1")))
    return Effect.gen(function*() {
      const apiKeys = yield* ApiKeys.ApiKeys
      const long = yield* Effect.flip(apiKeys.create(projectId, { name: "a".repeat(81) }))
      assert.deepInclude(long, { _tag: "PineconeLimitExceeded", limit: "apiKeyNameLength", maximum: 80 })
      const empty = yield* Effect.flip(apiKeys.update("k1", { name: "" }))
      const roles = yield* Effect.flip(apiKeys.create(projectId, { name: "a", roles: [""] }))
      const nothing = yield* Effect.flip(apiKeys.update("k1", {}))
      for (const error of [long, empty, roles, nothing]) isUnsent(error)
      assert.deepStrictEqual(requests(sent), [])
      const made = yield* apiKeys.create(projectId, { name: "a".repeat(80) })
      assert.notInclude(inspect(made, { depth: 20 }) + JSON.stringify(made) + String(made.value), value)
    }).pipe(Effect.provide(layer))
  })

  describe("rotate", () => {
    /** The server of a key `old`, and of those that are made. */
    const server = (remove: (id: string) => Reply = () => accepted, after: Duration.DurationInput = 0) => {
      const kept = new Set(["old"])
      const { layer, sent } = stub((request) => {
        if (request.path === "/oauth/token") return answering()(request, 1)
        const id = request.path.split("/").at(-1) ?? ""
        if (request.method === "POST") {
          kept.add("new")
          return { ...created("new"), after }
        }
        if (request.method === "GET") return { ...ok(key(id)), after }
        const reply = remove(id)
        if (reply.status < 500) kept.delete(id)
        return { ...reply, after }
      })
      return { kept, layer, sent }
    }

    it.effect("creates a key like the old one, and deletes the old one when the new one is in use", () => {
      const { kept, layer, sent } = server()
      return Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        const { key, result } = yield* apiKeys.rotate("old", ({ value }) =>
          Effect.sync(() => {
            assert.deepStrictEqual([...kept], ["old", "new"])
            return Redacted.value(value)
          }))
        assert.deepStrictEqual([key.id, result], ["new", value])
        assert.deepStrictEqual([...kept], ["new"])
        assert.deepStrictEqual(requests(sent)[1], [
          "POST",
          `/admin/projects/${projectId}/api-keys`,
          { name: "reader", roles: ["DataPlaneViewer"] }
        ])
        assert.strictEqual(requests(sent).length, 3)
      }).pipe(Effect.provide(layer))
    })

    it.effect("gives it another name and other roles where it is told to", () => {
      const { layer, sent } = server()
      return Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        yield* apiKeys.rotate("old", () => Effect.void, { name: "reader 2", roles: ["ProjectViewer"] })
        assert.deepStrictEqual(requests(sent)[1]?.[2], { name: "reader 2", roles: ["ProjectViewer"] })
      }).pipe(Effect.provide(layer))
    })

    it.effect("deletes the new key and keeps the old one where the new one cannot be used", () => {
      const { kept, layer } = server()
      return Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        const error = yield* Effect.flip(apiKeys.rotate("old", () => Effect.fail("the vault is shut")))
        assert.strictEqual(error, "the vault is shut")
        assert.deepStrictEqual([...kept], ["old"])
      }).pipe(Effect.provide(layer))
    })

    it.effect("so it does where it is interrupted", () => {
      const { kept, layer } = server()
      return Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        const fiber = yield* Effect.fork(apiKeys.rotate("old", () => Effect.sleep("1 hour")))
        yield* TestClock.adjust("1 minute")
        assert.deepStrictEqual([...kept], ["old", "new"])
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        assert.deepStrictEqual([...kept], ["old"])
      }).pipe(Effect.provide(layer))
    })

    it.effect("whenever it is interrupted, a key that is in use is in force", () =>
      Effect.gen(function*() {
        const ends: Array<string> = []
        for (let millis = 0; millis <= 6000; millis += 250) {
          const { kept, layer } = server(() => accepted, "1 second")
          yield* Effect.gen(function*() {
            const apiKeys = yield* ApiKeys.ApiKeys
            let inUse = "old"
            const fiber = yield* Effect.fork(apiKeys.rotate("old", ({ key }) =>
              Effect.delay(
                Effect.sync(() => {
                  inUse = key.id
                }),
                "1 second"
              )))
            yield* TestClock.adjust(millis)
            const interrupting = yield* Effect.fork(Fiber.interrupt(fiber))
            yield* TestClock.adjust("10 seconds")
            yield* Fiber.join(interrupting)
            assert.include([...kept], inUse, `after ${millis} ms`)
            ends.push(`${inUse}: ${[...kept].join(" and ")}`)
          }).pipe(Effect.provide(layer))
        }
        // Both are left where a request was interrupted that the server did, or did not, do.
        assert.includeMembers(ends, ["old: old", "new: new"])
        assert.strictEqual(ends.at(-1), "new: new")
      }))

    it.effect("an old key that is gone already is deleted", () => {
      const { layer } = server(() => refused(404, "NOT_FOUND"))
      return Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        assert.strictEqual((yield* apiKeys.rotate("old", () => Effect.void)).key.id, "new")
      }).pipe(Effect.provide(layer))
    })

    it.effect("fails where the old key stays, with both in force", () => {
      const { kept, layer } = server((id) => id === "old" ? refused(501, "UNIMPLEMENTED") : accepted)
      return Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        assert.strictEqual(
          (yield* Effect.flip(apiKeys.rotate("old", () => Effect.void)))._tag,
          "PineconeNotImplemented"
        )
        assert.deepStrictEqual([...kept], ["old", "new"])
      }).pipe(Effect.provide(layer))
    })
  })
})

describe("Metrics", () => {
  const apiKey = "pcsk_a-key-that-nobody-may-see"

  const metrics = (reply: Reply) => {
    const { client, sent } = stub(() => reply)
    const layer = Metrics.layer.pipe(
      Layer.provide(PineconeHttpClient.layer({ apiKey: Redacted.make(apiKey) })),
      Layer.provide(client)
    )
    return { layer, sent }
  }

  it.effect("discover sends the API key as a bearer token", () => {
    const { layer, sent } = metrics(ok([{ targets: ["https://a/metrics"], labels: { region: "us" } }, { targets: [] }]))
    return Effect.gen(function*() {
      const { discover } = yield* Metrics.Metrics
      assert.deepStrictEqual(yield* discover(projectId), [
        { targets: ["https://a/metrics"], labels: { region: "us" } },
        { targets: [] }
      ])
      const [request] = sent
      assert.strictEqual(request?.path, `/prometheus/projects/${projectId}/metrics/discover`)
      assert.strictEqual(request?.headers["authorization"], `Bearer ${apiKey}`)
    }).pipe(Effect.provide(layer))
  })

  it.effect("an error does not show it", () => {
    const { layer } = metrics({ status: 401, body: `${apiKey} is wrong` })
    return Effect.gen(function*() {
      const { discover } = yield* Metrics.Metrics
      const error = yield* Effect.flip(discover(projectId))
      assert.strictEqual(error._tag, "PineconeUnauthorized")
      assert.notInclude(inspect(error, { depth: 20 }), apiKey)
    }).pipe(Effect.provide(layer))
  })
})
