/**
 * The admin API, and the keys that it makes: what they may do, and until when; over connections and in the process, with
 * HTTP and gRPC.
 */
import * as AccessToken from "@effect-pinecone/admin/AccessToken"
import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
import * as Metrics from "@effect-pinecone/admin/Metrics"
import * as Organizations from "@effect-pinecone/admin/Organizations"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type { MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as ApiKey from "@effect-pinecone/schema/ApiKey"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpBody from "@effect/platform/HttpBody"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
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
import { servers } from "./utils/bothProtocols.js"
import { failure, freshName } from "./utils/pinecone.js"
import * as grpc from "./utils/rawGrpc.js"
import * as http from "./utils/rawHttp.js"

const asOperator = { "api-key": operator }

/** An index that is there already, by its host. */
const newIndex = withKey(operator)(
  Effect.flatMap(Indexes.Indexes, (indexes) =>
    indexes.create({
      name: freshName("admin"),
      dimension: 3,
      spec: { serverless: { cloud: "aws", region: "us-east-1" } }
    }))
)

const requests: Requests = {
  upsert: { vectors: [{ id: "a", values: Float32Array.of(1, 2, 3) }] },
  query: { vector: Float32Array.of(1, 2, 3), topK: 1 },
  update: { id: "a", setMetadata: { genre: "drama" } },
  fetch: { ids: ["a"] },
  fetchByMetadata: { filter: { genre: "drama" } },
  delete: { ids: ["b"] },
  list: {},
  describeIndexStats: {},
  listNamespaces: {},
  createNamespace: { name: "made" },
  describeNamespace: { namespace: "__default__" },
  deleteNamespace: { namespace: "made" },
  listNamespaceAliases: {},
  createNamespaceAlias: { name: "alias", targetNamespace: "__default__" },
  describeNamespaceAlias: { aliasName: "alias" },
  repointNamespaceAlias: { aliasName: "alias", targetNamespace: "__default__" },
  deleteNamespaceAlias: { aliasName: "alias" }
}

const methods = Object.keys(requests) as ReadonlyArray<MethodName>

const writes: ReadonlyArray<MethodName> = [
  "upsert",
  "update",
  "delete",
  "createNamespace",
  "deleteNamespace",
  "createNamespaceAlias",
  "repointNamespaceAlias",
  "deleteNamespaceAlias"
]

/** How a method ends over each protocol: with an HTTP status, and with a gRPC one. */
const outcome = (host: string, method: MethodName, key: string) =>
  Effect.gen(function*() {
    const headers = { "api-key": key, ...(method.includes("Alias") ? { "x-pinecone-api-version": "2026-07" } : {}) }
    const { json, status } = yield* http.send(host, method, requests[method], headers)
    const code = yield* Effect.match(grpc.call(host, method, requests[method], { headers }), {
      onSuccess: () => 0,
      onFailure: ({ code }) => code
    })
    return { status, code, said: JSON.stringify(json) }
  })

const credentials = (changes: Readonly<Record<string, string>> = {}) => ({
  client_id: account.clientId,
  client_secret: clientSecret,
  grant_type: "client_credentials",
  audience: "https://api.pinecone.io/",
  ...changes
})

for (const [name, server] of Object.entries(servers)) {
  layer(on(server(options)), { excludeTestServices: true })(`the admin API, ${name}`, (it) => {
    it.effect("has an organization, which has a project", () =>
      Effect.gen(function*() {
        const organizations = yield* Organizations.Organizations
        const [organization, ...others] = yield* organizations.list
        assert.deepStrictEqual(others, [])
        assert.exists(organization)
        const renamed = yield* organizations.update(organization.id, { name: "ours" })
        assert.deepStrictEqual(renamed, { ...organization, name: "ours" })
        assert.deepStrictEqual(yield* organizations.describe(organization.id), renamed)
        assert.strictEqual((yield* firstProject).organizationId, organization.id)
        const kept = yield* failure("PineconeForbidden")(organizations.delete(organization.id))
        assert.include(kept.message, "one organization")
        yield* failure("PineconeNotFound")(organizations.describe("none"))
      }))

    it.effect("creates, changes and deletes projects", () =>
      Effect.gen(function*() {
        const projects = yield* Projects.Projects
        const made = yield* projects.create({ name: "second", maxPods: 3 })
        assert.deepInclude(made, { name: "second", maxPods: 3, forceEncryptionWithCmek: false })
        assert.deepStrictEqual(yield* projects.describe(made.id), made)
        const changed = yield* projects.update(made.id, { forceEncryptionWithCmek: true })
        assert.deepStrictEqual(changed, { ...made, forceEncryptionWithCmek: true })
        yield* failure("PineconeInvalidRequest")(projects.update(made.id, { forceEncryptionWithCmek: false }))
        assert.include((yield* projects.list).map(({ id }) => id), made.id)
        yield* projects.delete(made.id)
        yield* failure("PineconeNotFound")(projects.describe(made.id))
        yield* failure("PineconeNotFound")(projects.delete(made.id))
        const { id } = yield* firstProject
        yield* failure("PineconeForbidden")(projects.delete(id))
      }))

    it.effect("shows the value of a key once", () =>
      Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        const { id: projectId } = yield* firstProject
        const { key, value } = yield* apiKeys.create(projectId, { name: "reader" })
        assert.deepStrictEqual(key, { id: key.id, name: "reader", projectId, roles: ["ProjectEditor"] })
        assert.match(Redacted.value(value), /^pckey_[a-z0-9]+_[a-z0-9]{32,}$/)
        const token = Redacted.value(yield* Effect.flatMap(AccessToken.AccessToken, (tokens) => tokens.get))
        const authorized = { authorization: `Bearer ${token}` }
        for (const path of [`/admin/projects/${projectId}/api-keys`, `/admin/api-keys/${key.id}`]) {
          const { status, text } = yield* askControl("GET", path, authorized)
          assert.strictEqual(status, 200)
          assert.include(text, key.id)
          assert.notInclude(text, Redacted.value(value))
          assert.notMatch(text, /hash|value/)
        }
        const changed = yield* apiKeys.update(key.id, { name: "writer", roles: ["DataPlaneEditor"] })
        assert.deepStrictEqual(changed, { ...key, name: "writer", roles: ["DataPlaneEditor"] })
        assert.deepStrictEqual(yield* apiKeys.describe(key.id), changed)
        assert.deepInclude(yield* apiKeys.list(projectId), changed)
        yield* apiKeys.delete(key.id)
        yield* failure("PineconeNotFound")(apiKeys.describe(key.id))
        yield* failure("PineconeNotFound")(apiKeys.list("none"))
      }))

    it.effect("refuses names and roles that there are not", () =>
      Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        const { id } = yield* firstProject
        const role = yield* failure("PineconeInvalidRequest")(apiKeys.create(id, { name: "a", roles: ["Emperor"] }))
        assert.deepInclude(role, { status: 400, attempts: 1 })
        assert.include(role.message, "DataPlaneViewer")
        const token = Redacted.value(yield* Effect.flatMap(AccessToken.AccessToken, (tokens) => tokens.get))
        const post = (path: string, body: unknown) =>
          askControl("POST", path, { authorization: `Bearer ${token}` }, HttpBody.unsafeJson(body))
        for (
          const [path, body] of [
            [`/admin/projects/${id}/api-keys`, { name: "" }],
            [`/admin/projects/${id}/api-keys`, { name: "a".repeat(81) }],
            ["/admin/projects", { name: "a".repeat(513) }],
            ["/admin/projects", { name: "a", max_pods: -1 }]
          ] as const
        ) {
          const { status, text } = yield* post(path, body)
          assert.strictEqual(status, 400, JSON.stringify(body))
          assert.include(text, "INVALID_ARGUMENT")
        }
        assert.strictEqual((yield* post("/admin/projects", { name: 1 })).status, 422)
      }))

    it.effect("needs a token, of the right credentials", () =>
      Effect.gen(function*() {
        for (const headers of [{}, asOperator, { authorization: "Bearer none" }, { authorization: operator }]) {
          const { status, text } = yield* askControl("GET", "/admin/projects", headers)
          assert.strictEqual(status, 401)
          assert.deepStrictEqual(JSON.parse(text), {
            status: 401,
            error: { code: "UNAUTHENTICATED", message: "Invalid access token." }
          })
        }
        const token = (body: HttpBody.HttpBody) => askControl("POST", "/oauth/token", {}, body)
        const refused = (changes: Readonly<Record<string, string>>) =>
          Effect.map(token(HttpBody.unsafeJson(credentials(changes))), ({ status, text }) => [
            status,
            JSON.parse(text).error
          ])
        assert.deepStrictEqual(yield* refused({ client_secret: "wrong" }), [401, "access_denied"])
        assert.deepStrictEqual(yield* refused({ client_id: "wrong" }), [401, "access_denied"])
        assert.deepStrictEqual(yield* refused({ grant_type: "password" }), [400, "unsupported_grant_type"])
        assert.deepStrictEqual(yield* refused({ audience: "https://example.com/" }), [403, "access_denied"])
        const malformed = yield* token(HttpBody.text("{", "application/json"))
        assert.deepStrictEqual(
          [malformed.status, JSON.parse(malformed.text).error],
          [400, "invalid_request"],
          malformed.text
        )
        const incomplete = yield* token(HttpBody.unsafeJson({ client_secret: [clientSecret] }))
        assert.strictEqual(incomplete.status, 400)
        assert.notInclude(incomplete.text, clientSecret)
        const text = yield* token(HttpBody.text(new URLSearchParams(credentials()).toString(), "text/plain"))
        assert.strictEqual(text.status, 415)
        assert.notInclude(text.text, clientSecret)
        const form = yield* token(
          HttpBody.text(new URLSearchParams(credentials()).toString(), "application/x-www-form-urlencoded")
        )
        assert.strictEqual(form.status, 200)
        const answer = JSON.parse(form.text)
        assert.deepInclude(answer, { token_type: "Bearer", expires_in: 1800 })
        // A later version of the API has the same form here.
        const later = { "authorization": `Bearer ${answer.access_token}`, "x-pinecone-api-version": "2026-07" }
        assert.strictEqual((yield* askControl("GET", "/admin/projects", later)).status, 200)
        assert.strictEqual((yield* askControl("GET", "/admin/users", later)).status, 200)
        // A version without users has no such path.
        const before = { ...later, "x-pinecone-api-version": "2025-10" }
        assert.strictEqual((yield* askControl("GET", "/admin/users", before)).status, 404)
        assert.strictEqual((yield* askControl("GET", "/admin/castles", later)).status, 404)
      }))

    it.effect("a viewer reads and cannot write, by each method, over HTTP and gRPC", () =>
      Effect.gen(function*() {
        const { host } = yield* newIndex
        yield* http.send(host, "upsert", requests.upsert, asOperator)
        yield* http.send(host, "createNamespaceAlias", requests.createNamespaceAlias, {
          ...asOperator,
          "x-pinecone-api-version": "2026-07"
        })
        for (const role of ["ProjectViewer", "DataPlaneViewer"] as const) {
          const { key } = yield* createKey(role)
          for (const method of methods) {
            const { code, said, status } = yield* outcome(host, method, key)
            if (writes.includes(method)) {
              assert.deepStrictEqual([status, code], [403, 7], `${role}: ${method}`)
              assert.include(said, role)
              assert.include(said, "needs one of ProjectEditor, DataPlaneEditor")
            } else {
              assert.deepStrictEqual([status, code], [200, 0], `${role}: ${method}: ${said}`)
            }
          }
          for (
            const [method, path, expected] of [
              ["POST", "/records/namespaces/a/upsert", 403],
              ["POST", "/records/namespaces/a/search", 400],
              ["POST", "/bulk/imports", 403],
              ["GET", "/bulk/imports", 200],
              ["DELETE", "/bulk/imports/1", 403]
            ] as const
          ) {
            const body = HttpBody.text("{\"query\":{\"top_k\":1,\"inputs\":{\"text\":\"a\"}}}", "application/json")
            const { status } = yield* ask(
              method,
              `${host}${path}`,
              { "api-key": key },
              method === "POST" ? body : undefined
            )
            if (expected === 400) assert.notInclude([401, 403], status, path)
            else assert.strictEqual(status, expected, `${role}: ${method} ${path}`)
          }
        }
      }))

    it.effect("each role reaches what it is for", () =>
      Effect.gen(function*() {
        const { host, name } = yield* newIndex
        yield* http.send(host, "upsert", requests.upsert, asOperator)
        const tries: Record<
          string,
          Effect.Effect<unknown, PineconeError.PineconeError, Indexes.Indexes | PineconeHttpClient>
        > = {
          readControl: Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe(name)),
          writeControl: Effect.flatMap(Indexes.Indexes, (indexes) => indexes.configure(name, { tags: { a: "b" } })),
          readData: Effect.flatMap(Effect.orDie(VectorIndex.make({ host })), (index) => index.fetch(["a"])),
          writeData: Effect.flatMap(
            Effect.orDie(VectorIndex.make({ host })),
            (index) => index.upsert([{ id: "a", values: [1, 2, 3] }])
          )
        }
        const all = Object.keys(tries)
        const reach: ReadonlyArray<readonly [ReadonlyArray<ApiKey.Role>, ReadonlyArray<string>]> = [
          [["ProjectEditor"], all],
          [["ProjectViewer"], ["readControl", "readData"]],
          [["ControlPlaneEditor"], ["readControl", "writeControl"]],
          [["ControlPlaneViewer"], ["readControl"]],
          [["DataPlaneEditor"], ["readData", "writeData"]],
          [["DataPlaneViewer"], ["readData"]],
          [["ControlPlaneViewer", "DataPlaneEditor"], ["readControl", "readData", "writeData"]],
          [[], []]
        ]
        for (const [roles, expected] of reach) {
          const { key } = yield* createKey(...roles)
          for (const [what, effect] of Object.entries(tries)) {
            const end = yield* Effect.match(Effect.asVoid(effect).pipe(withKey(key)), {
              onSuccess: () => "done" as const,
              onFailure: ({ _tag }) => _tag
            })
            assert.strictEqual(end, expected.includes(what) ? "done" : "PineconeForbidden", `${roles.join()}: ${what}`)
          }
          // What is on neither plane any role may do.
          const { status } = yield* askControl("GET", "/models", { "api-key": key })
          assert.strictEqual(status, roles.length === 0 ? 403 : 200)
        }
      }))

    it.effect("assistants are on the control plane, and what they hold and say is data", () =>
      Effect.gen(function*() {
        const json = HttpBody.unsafeJson({ name: freshName("assistant") })
        const tries = {
          readControl: ["GET", "/assistant/assistants"],
          writeControl: ["POST", "/assistant/assistants"],
          readData: ["POST", "/assistant/chat/nobody"],
          context: ["POST", "/assistant/chat/nobody/context"],
          files: ["GET", "/assistant/files/nobody"],
          writeData: ["DELETE", "/assistant/files/nobody/1"],
          evaluate: ["POST", "/assistant/evaluation/metrics/alignment"],
          embed: ["POST", "/embed"],
          rerank: ["POST", "/rerank"]
        } as const
        const anyRole = ["evaluate", "embed", "rerank"]
        const reach: ReadonlyArray<readonly [ApiKey.Role, ReadonlyArray<string>]> = [
          ["ControlPlaneViewer", ["readControl", ...anyRole]],
          ["ControlPlaneEditor", ["readControl", "writeControl", ...anyRole]],
          ["DataPlaneViewer", ["readData", "context", "files", ...anyRole]],
          ["DataPlaneEditor", ["readData", "context", "files", "writeData", ...anyRole]],
          ["ProjectViewer", ["readControl", "readData", "context", "files", ...anyRole]]
        ]
        for (const [role, expected] of reach) {
          const { key } = yield* createKey(role)
          for (const [what, [method, path]] of Object.entries(tries)) {
            const body = method === "POST" ? json : undefined
            const { status } = yield* askControl(method, path, { "api-key": key }, body)
            // What is let in may well be refused for what it says.
            assert.strictEqual(status === 403, !expected.includes(what), `${role}: ${what}: ${status}`)
          }
        }
      }))

    it.effect("a key that is deleted stops working at once, and other roles hold at once", () =>
      Effect.gen(function*() {
        const apiKeys = yield* ApiKeys.ApiKeys
        const { host } = yield* newIndex
        const { id, key } = yield* createKey("DataPlaneEditor")
        const ends = Effect.map(outcome(host, "upsert", key), ({ code, status }) => [status, code])
        assert.deepStrictEqual(yield* ends, [200, 0])
        yield* apiKeys.update(id, { roles: ["DataPlaneViewer"] })
        assert.deepStrictEqual(yield* ends, [403, 7])
        yield* apiKeys.update(id, { roles: ["ProjectEditor"] })
        assert.deepStrictEqual(yield* ends, [200, 0])
        yield* apiKeys.delete(id)
        assert.deepStrictEqual(yield* ends, [401, 16])
        yield* failure("PineconeUnauthorized")(withKey(key)(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list)))
      }))

    it.effect("every request needs a key that there is, and those of the options may do everything", () =>
      Effect.gen(function*() {
        const { host } = yield* newIndex
        for (const key of ["", "pckey_unknown"]) {
          const { code, status } = yield* outcome(host, "query", key)
          assert.deepStrictEqual([status, code], [401, 16])
          assert.strictEqual((yield* askControl("GET", "/indexes", { "api-key": key })).status, 401)
          assert.strictEqual((yield* askControl("POST", "/embed", { "api-key": key })).status, 401)
          assert.strictEqual((yield* askControl("GET", "/assistant/assistants", { "api-key": key })).status, 401)
        }
        for (const method of methods) {
          const { status } = yield* outcome(host, method, operator)
          assert.notInclude([401, 403], status, method)
        }
        const apiKeys = yield* ApiKeys.ApiKeys
        const { id } = yield* firstProject
        assert.notInclude(JSON.stringify(yield* apiKeys.list(id)), operator)
      }))

    it.effect("a key of another project is told where the data is", () =>
      Effect.gen(function*() {
        const projects = yield* Projects.Projects
        const apiKeys = yield* ApiKeys.ApiKeys
        const { host } = yield* newIndex
        const other = yield* projects.create({ name: "elsewhere" })
        const { key, value } = yield* apiKeys.create(other.id, { name: "stranger" })
        const listed = withKey(Redacted.value(value))(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list))
        const error = yield* failure("PineconeForbidden")(listed)
        assert.include(error.message, "first project alone")
        assert.include(error.message, "elsewhere")
        const { code, status } = yield* outcome(host, "query", Redacted.value(value))
        assert.deepStrictEqual([status, code], [403, 7])
        // Its keys go with a project.
        yield* projects.delete(other.id)
        yield* failure("PineconeUnauthorized")(listed)
        yield* failure("PineconeNotFound")(apiKeys.describe(key.id))
        yield* failure("PineconeNotFound")(apiKeys.list(other.id))
      }))

    it.effect("a hundred calls with a token that was revoked ask for one new token, and all succeed", () => {
      const { counter, layer: counted } = counting(server(options), "/oauth/token")
      return Effect.gen(function*() {
        const projects = yield* Projects.Projects
        const tokens = yield* AccessToken.AccessToken
        yield* projects.list
        const token = Redacted.value(yield* tokens.get)
        const body = { client_id: account.clientId, client_secret: clientSecret, token }
        const wrong = HttpBody.unsafeJson({ ...body, client_secret: "wrong" })
        assert.strictEqual((yield* askControl("POST", "/oauth/revoke", {}, wrong)).status, 401)
        yield* projects.list
        assert.strictEqual(counter.count, 1)
        assert.strictEqual((yield* askControl("POST", "/oauth/revoke", {}, HttpBody.unsafeJson(body))).status, 200)
        const all = yield* Effect.all(Array.from({ length: 100 }, () => projects.list), { concurrency: "unbounded" })
        assert.strictEqual(all.flat().length, 100)
        assert.strictEqual(counter.count, 2)
        const authorization = `Bearer ${token}`
        assert.strictEqual((yield* askControl("GET", "/admin/projects", { authorization })).status, 401)
      }).pipe(Effect.provide(on(counted)))
    })

    it.effect("metrics are found by a key of the project, and read there", () =>
      Effect.gen(function*() {
        const { host, name } = yield* newIndex
        yield* http.send(host, "upsert", requests.upsert, asOperator)
        const { id } = yield* firstProject
        const { key } = yield* createKey("DataPlaneViewer")
        const discover = (projectId: string) =>
          Effect.flatMap(Metrics.Metrics, (metrics) => metrics.discover(projectId)).pipe(
            Effect.provide(Metrics.layer),
            withKey(key)
          )
        const found = (yield* discover(id)).find(({ labels }) => labels?.["index_name"] === name)
        const target = found?.targets[0] ?? ""
        assert.strictEqual(target, `${host}/projects/${id}/metrics/export`)
        const { status, text } = yield* ask("GET", target, { authorization: `Bearer ${key}` })
        assert.strictEqual(status, 200)
        assert.include(text, `pinecone_db_record_total{index_name="${name}"} 1\n`)
        assert.strictEqual((yield* ask("GET", target, { authorization: "Bearer none" })).status, 401)
        yield* failure("PineconeNotFound")(discover("0ce9acea-7e07-4eb3-aa61-3a24f11e29aa"))
      }))
  })
}
