/** The tokens of the admin API, what of it is kept, and the command: parts that need a clock or a server of their own. */
import * as AccessToken from "@effect-pinecone/admin/AccessToken"
import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestClock } from "../../../scripts/testing/clock.js"
import {
  account,
  ask,
  askControl,
  clientSecret,
  counting,
  createKey,
  firstProject,
  on,
  operator,
  options,
  withKey
} from "./utils/admin.js"
import { Control, createIndex, inProcess } from "./utils/bothProtocols.js"
import { run } from "./utils/command.js"
import * as grpc from "./utils/rawGrpc.js"

describe("the admin API", () => {
  it.effect("a token that has expired is not valid, and a hundred calls ask for one new one", () => {
    const { counter, layer } = counting(
      inProcess({ admin: { ...account, tokenLifetime: "10 minutes" } }),
      "/oauth/token"
    )
    return Effect.gen(function*() {
      const projects = yield* Projects.Projects
      const tokens = yield* AccessToken.AccessToken
      const authorization = `Bearer ${Redacted.value(yield* tokens.get)}`
      const status = Effect.map(askControl("GET", "/admin/projects", { authorization }), ({ status }) => status)
      yield* TestClock.adjust("599 seconds")
      assert.strictEqual(yield* status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* status, 401)
      assert.strictEqual(counter.count, 1)
      yield* Effect.all(Array.from({ length: 100 }, () => projects.list), { concurrency: "unbounded" })
      assert.strictEqual(counter.count, 2)
    }).pipe(Effect.provide(on(layer)))
  })

  it.effect("a token is replaced before it expires, so that no call is refused", () => {
    const { counter, layer } = counting(inProcess(options), "/oauth/token")
    return Effect.gen(function*() {
      const projects = yield* Projects.Projects
      for (let minute = 0; minute < 120; minute++) {
        yield* projects.list
        yield* TestClock.adjust("1 minute")
      }
      // Each serves for 29 minutes.
      assert.strictEqual(counter.count, 5)
    }).pipe(Effect.provide(on(layer)))
  })

  it.scopedLive("keys and projects are there after a restart, and no key or secret is on the disk", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* fs.makeTempDirectoryScoped({ prefix: "admin-" })
      const server = on(inProcess({ ...options, data }))
      const before = yield* Effect.gen(function*() {
        const projects = yield* Projects.Projects
        const { id, key } = yield* createKey("ProjectViewer")
        yield* projects.create({ name: "second" })
        yield* projects.update((yield* firstProject).id, { name: "renamed" })
        return { id, key, projects: yield* projects.list, organization: (yield* firstProject).organizationId }
      }).pipe(Effect.provide(server))
      yield* Effect.gen(function*() {
        const projects = yield* Projects.Projects
        const apiKeys = yield* ApiKeys.ApiKeys
        assert.deepStrictEqual(yield* projects.list, before.projects)
        assert.strictEqual((yield* firstProject).organizationId, before.organization)
        assert.deepStrictEqual((yield* apiKeys.describe(before.id)).roles, ["ProjectViewer"])
        yield* withKey(before.key)(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list))
      }).pipe(Effect.provide(server))
      for (const name of yield* fs.readDirectory(data, { recursive: true })) {
        const file = `${data}/${name}`
        if ((yield* fs.stat(file)).type !== "File") continue
        const text = Buffer.from(yield* fs.readFile(file)).toString("latin1")
        for (const secret of [before.key, clientSecret, operator]) assert.notInclude(text, secret, name)
      }
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("a server without a service account has none of it, and says so", () =>
    Effect.gen(function*() {
      for (const path of ["/admin/projects", "/prometheus/projects/1/metrics/discover", "/oauth/token"]) {
        const { status, text } = yield* askControl("GET", path)
        assert.strictEqual(status, 501, path)
        assert.include(text, "service account")
      }
      // Keys are not looked at, as before.
      const host = yield* createIndex()
      assert.strictEqual((yield* ask("GET", `${host}/vectors/list`)).status, 200)
    }).pipe(Effect.provide(inProcess())))

  it.scopedLive("the command has it with a client id and a secret", () =>
    Effect.gen(function*() {
      const server = yield* run(
        ...["--port", "0", "--admin-client-id", account.clientId],
        ...["--admin-client-secret", clientSecret, "--api-key", operator]
      )
      const url = yield* server.url
      yield* Effect.gen(function*() {
        const { key } = yield* createKey("ProjectViewer")
        yield* withKey(key)(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list))
        assert.strictEqual((yield* askControl("GET", "/indexes")).status, 401)
        yield* server.kill("SIGINT")
        const { stderr, stdout } = yield* server.ended
        for (const secret of [key, clientSecret, operator]) assert.notInclude(stdout + stderr, secret)
      }).pipe(Effect.provide(on(Layer.mergeAll(Layer.succeed(Control, url), grpc.layer, FetchHttpClient.layer))))
      const without = yield* run("--port", "0", "--admin-client-id", account.clientId)
      const { code, stderr } = yield* without.ended
      assert.notStrictEqual(code, 0)
      assert.include(stderr, "--admin-client-secret")
    }))
})
