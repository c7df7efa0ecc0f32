/**
 * Where the server differs from Pinecone on purpose. `exceptions.test.ts` asks the server about each, and compares the list
 * with the page for users.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as admin from "../utils/admin.js"
import { send } from "../utils/asSent.js"
import { Control } from "../utils/bothProtocols.js"
import type { Exception } from "../utils/exception.js"
import { control, filled, index, servedBy } from "../utils/exception.js"
import { importFrom } from "../utils/imported.js"

const vectors = [{ id: "a", values: [1, 0, 0] }, { id: "b", values: [1, 1, 0] }]

const pod = { pod: { environment: "us-east1-gcp", pod_type: "p1.x1" } }

const unimplemented = (line: string, body?: unknown) =>
  Effect.map(
    control(line, body),
    ({ json, status }) => assert.deepStrictEqual([status, json.error?.code ?? json.code], [501, "UNIMPLEMENTED"], line)
  )

/** The header of an access token. */
const bearer = Effect.map(
  control("POST /oauth/token", {
    client_id: admin.account.clientId,
    client_secret: admin.clientSecret,
    grant_type: "client_credentials",
    audience: "https://api.pinecone.io/"
  }),
  ({ json }) => ({ authorization: `Bearer ${json.access_token}` })
)

/** What Pinecone is known to do otherwise. */
export const differences: ReadonlyArray<Exception> = [
  {
    where: "indexes",
    pinecone: "The `host` of an index is a bare host name.",
    here: "It is an address with scheme and port, such as `http://127.0.0.1:5081`.",
    reason: "The server speaks plaintext unless TLS is configured, and a bare name means HTTPS to every client.",
    check: Effect.map(control("POST /indexes", index()), ({ json }) => assert.match(json.host, /^https?:\/\//))
  },
  {
    where: "indexes",
    pinecone: "A new index is `Initializing` for a while.",
    here: "It is `Ready` at once, unless `slowLifecycle` is set.",
    reason: "Tests do not have to wait.",
    check: Effect.map(
      control("POST /indexes", index()),
      ({ json }) => assert.deepStrictEqual(json.status, { ready: true, state: "Ready" })
    )
  },
  {
    where: "indexes",
    pinecone: "A deleted index is `Terminating` for a while.",
    here: "It is gone at once, unless `slowLifecycle` is set.",
    reason: "Tests do not have to wait.",
    check: Effect.gen(function*() {
      const body = index()
      yield* control("POST /indexes", body)
      yield* control(`DELETE /indexes/${body.name}`)
      assert.strictEqual((yield* control(`GET /indexes/${body.name}`)).status, 404)
    })
  },
  {
    where: "indexes",
    pinecone: "Dedicated read nodes are `Migrating` or `Scaling` for a while, and pods `ScalingUp` or `ScalingDown`.",
    here: "They are `Ready` at once, unless `slowLifecycle` is set.",
    reason: "Tests do not have to wait.",
    check: Effect.gen(function*() {
      const read_capacity = {
        mode: "Dedicated",
        dedicated: { node_type: "b1", scaling: "Manual", manual: { replicas: 2, shards: 1 } }
      }
      const spec = { serverless: { cloud: "aws", region: "us-east-1", read_capacity } }
      const { json } = yield* control("POST /indexes", index({ spec }))
      assert.deepStrictEqual(json.spec.serverless.read_capacity.status, {
        state: "Ready",
        current_replicas: 2,
        current_shards: 1
      })
      const onPods = index({ spec: pod })
      yield* control("POST /indexes", onPods)
      const scaled = yield* control(`PATCH /indexes/${onPods.name}`, { spec: { pod: { replicas: 2 } } })
      assert.deepStrictEqual(scaled.json.status, { ready: true, state: "Ready" })
    })
  },
  {
    where: "backups",
    pinecone: "Backups, restore jobs and collections take a while.",
    here: "They are complete at once, unless `slowLifecycle` is set.",
    reason: "Tests do not have to wait.",
    check: Effect.gen(function*() {
      const body = index()
      yield* control("POST /indexes", body)
      const backup = yield* control(`POST /indexes/${body.name}/backups`, {})
      assert.strictEqual(backup.json.status, "Ready")
      const name = index().name
      const job = yield* control(`POST /backups/${backup.json.backup_id}/create-index`, { name })
      const { json } = yield* control(`GET /restore-jobs/${job.json.restore_job_id}`)
      assert.strictEqual(json.status, "Completed")
      const onPods = index({ spec: pod })
      yield* control("POST /indexes", onPods)
      const collection = yield* control("POST /collections", { name: `${onPods.name}-copy`, source: onPods.name })
      assert.strictEqual(collection.json.status, "Ready")
    })
  },
  {
    where: "query",
    pinecone: "A query may hold several queries, in the deprecated field `queries`.",
    here: "Such a query is a 501.",
    reason: "Current clients do not send them.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const { json, status } = yield* send(host, "POST /query", { body: { topK: 1, queries: [{ values: [1, 0, 0] }] } })
      assert.deepStrictEqual([status, json.code], [501, 12])
    })
  },
  {
    where: "query",
    pinecone: "Search is approximate, and `scanFactor` and `maxCandidates` tune it.",
    here: "Search is exact. The two are checked, and change nothing.",
    reason: "Exact results make tests reproducible.",
    check: Effect.gen(function*() {
      const host = yield* filled(Array.from({ length: 50 }, (_, i) => ({ id: `${i}`, values: [1, i / 50, 0] })))
      const query = { vector: [1, 0, 0], topK: 10 }
      const plain = yield* send(host, "POST /query", { body: query })
      const tuned = yield* send(host, "POST /query", { body: { ...query, scanFactor: 0.5, maxCandidates: 10 } })
      assert.deepStrictEqual(
        plain.json.matches.map(({ id }: { id: string }) => id),
        Array.from({ length: 10 }, (_, i) => `${i}`)
      )
      assert.deepStrictEqual(tuned.json, plain.json)
    })
  },
  {
    where: "query",
    pinecone: "Scores are printed with nine digits: `0.707106769`.",
    here: "The same 32-bit float is printed with all digits of a double: `0.7071067690849304`.",
    reason: "Both are the same 32-bit float.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const { json } = yield* send(host, "POST /query", { body: { vector: [1, 0, 0], topK: 2 } })
      assert.strictEqual(String(json.matches[1].score), "0.7071067690849304")
    })
  },
  {
    where: "query",
    pinecone: "Operations cost read units by what they read.",
    here: "Each costs 1, whatever it reads.",
    reason: "Nothing is charged, and the formula is not public.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      for (const line of ["POST /query", "GET /vectors/fetch?ids=a&ids=b", "GET /vectors/list"]) {
        const body = line === "POST /query" ? { vector: [1, 0, 0], topK: 2 } : undefined
        assert.deepStrictEqual((yield* send(host, line, { body })).json.usage, { readUnits: 1 })
      }
    })
  },
  {
    where: "upsert",
    pinecone: "A write becomes visible to reads after a while.",
    here: "It is visible at once, unless `indexingDelay` is set.",
    reason: "Tests do not have to wait.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const { json } = yield* send(host, "POST /describe_index_stats", {})
      assert.strictEqual(json.totalVectorCount, 2)
    })
  },
  {
    where: "list",
    pinecone: "A pagination token is a JSON object in Base64.",
    here: "It is an opaque string of another form.",
    reason: "A client only sends it back.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const { json } = yield* send(host, "GET /vectors/list?limit=1")
      assert.notInclude(Buffer.from(json.pagination.next, "base64").toString(), "{")
      const next = yield* send(host, `GET /vectors/list?paginationToken=${json.pagination.next}`)
      assert.deepStrictEqual(next.json.vectors, [{ id: "b" }])
    })
  },
  {
    where: "namespaces",
    pinecone: "A namespace whose records were all deleted may disappear.",
    here: "It exists, with no records, until it is deleted itself.",
    reason: "When Pinecone removes it is not documented.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors, {}, "n")
      for (const body of [{ ids: ["a", "b"] }, { deleteAll: true }]) {
        const deleted = yield* send(host, "POST /vectors/delete", { body: { ...body, namespace: "n" } })
        assert.strictEqual(deleted.status, 200)
        const { json } = yield* send(host, "GET /namespaces/n")
        assert.deepStrictEqual(json, { name: "n", record_count: 0 })
      }
    })
  },
  {
    where: "imports",
    pinecone: "Imports read from S3, Google Cloud Storage and Azure Blob Storage, with an `integrationId`.",
    here:
      "They read from these, from web servers and from `file://` folders. The credentials of an `integrationId` are in the settings " +
      "of the server; for a folder the id is ignored. Without one, only what the settings allow is read.",
    reason: "The server is for one machine, and has no access to the integrations of an account.",
    check: Effect.gen(function*() {
      const host = yield* filled([])
      const { error, status } = yield* importFrom(host, "s3://bucket/folder")
      assert.strictEqual(status, "Failed")
      assert.include(error, "cannot be imported without an integrationId: the embedded server imports from folders")
    })
  },
  {
    where: "models",
    pinecone: "Hosted models embed and rerank.",
    here:
      "A request for one is a 404 that names the server's own models, unless `models.standIns` lets these answer for them.",
    reason: "The hosted models are not public.",
    check: Effect.gen(function*() {
      const { json, status } = yield* control("POST /embed", {
        model: "multilingual-e5-large",
        inputs: [{ text: "a" }],
        parameters: { input_type: "query" }
      })
      assert.strictEqual(status, 404)
      assert.include(json.error.message, "universal-sentence-encoder-lite")
    })
  },
  {
    where: "assistants",
    pinecone: "A language model writes the answers of an assistant, by its instructions.",
    here: "Answers are extractive: they quote the files. Their `model` is `pinecone-local-extractive`.",
    reason: "The server has no language model.",
    check: Effect.gen(function*() {
      const name = index().name
      yield* control("POST /assistant/assistants", { name })
      const { json } = yield* control(`POST /assistant/chat/${name}`, {
        model: "gpt-4o",
        messages: [{ role: "user", content: "Who is the keeper?" }]
      })
      assert.strictEqual(json.model, "pinecone-local-extractive")
    })
  },
  {
    where: "admin",
    pinecone: "The admin API is served to the service accounts of an organization.",
    here:
      "It is served to the service account set by `admin` (`--admin-client-id`), and to those that it creates. Without one, its requests are a 501.",
    reason: "The server has no accounts of its own.",
    check: Effect.gen(function*() {
      const token = yield* control("POST /oauth/token", {})
      assert.deepStrictEqual([token.status, token.json.error], [501, "unimplemented"])
      yield* unimplemented("GET /admin/projects")
      yield* unimplemented("GET /prometheus/projects/p/metrics/discovery")
    })
  },
  {
    where: "admin",
    pinecone: "Invites are sent by e-mail, and accepted by a link in it.",
    here: "No e-mail is sent: `POST /invites/{id}/accept` accepts an invite.",
    reason: "A test needs no mailbox.",
    check: Effect.gen(function*() {
      const role_bindings = [{ resource_type: "organization", role: "OrgMember" }]
      const invite = yield* control("POST /admin/invites", { email: "ada@example.com", role_bindings }, yield* bearer)
      const accepted = yield* control(`POST /invites/${invite.json.id}/accept`)
      assert.strictEqual(accepted.status, 200, JSON.stringify([invite.json, accepted.json]))
    }).pipe(servedBy(admin.options))
  },
  {
    where: "admin",
    pinecone: "What each role allows is decided in the cloud.",
    here: "The roles allow what [the guide](admin.md#without-an-account) lists.",
    reason: "The API definition does not say.",
    check: Effect.gen(function*() {
      const headers = yield* bearer
      const role_bindings = [{ resource_type: "organization", role: "OrgMember" }]
      const { json } = yield* control("POST /admin/service-accounts", { name: "program", role_bindings }, headers)
      const token = yield* control("POST /oauth/token", {
        client_id: json.service_account.client_id,
        client_secret: json.client_secret,
        grant_type: "client_credentials",
        audience: "https://api.pinecone.io/"
      })
      const member = { authorization: `Bearer ${token.json.access_token}` }
      assert.strictEqual((yield* control("POST /admin/projects", { name: "other" }, member)).status, 403)
    }).pipe(servedBy(admin.options))
  },
  {
    where: "admin",
    pinecone: "Each project has its own indexes.",
    here: "All data is in the first project. The keys of any other are refused with 403.",
    reason: "The server keeps the data of one project.",
    check: Effect.gen(function*() {
      const headers = yield* bearer
      const project = yield* control("POST /admin/projects", { name: "other" }, headers)
      const key = yield* control(`POST /admin/projects/${project.json.id}/api-keys`, { name: "key" }, headers)
      const { json, status } = yield* control("GET /indexes", undefined, { "api-key": key.json.value })
      assert.strictEqual(status, 403)
      assert.include(json.error.message, "first project alone")
    }).pipe(servedBy(admin.options))
  },
  {
    where: "keys",
    pinecone: "Every request needs an API key.",
    here: "Without `apiKeys` and `admin`, the server accepts every request.",
    reason: "It listens on the loopback address only, unless `host` is set.",
    check: Effect.map(control("GET /indexes"), ({ status }) => assert.strictEqual(status, 200))
  },
  {
    where: "keys",
    pinecone: "A wrong key is a 401 with the plain text `Unauthorized`.",
    here: "So it is since version 2026-07. Before, it is a 401 with an error in JSON, as every other error is.",
    reason: "Clients go by the status, and can show the message.",
    check: Effect.gen(function*() {
      const key = { "api-key": "right" }
      const created = yield* control("POST /indexes", index(), key)
      const wrong = { headers: { "api-key": "wrong" } }
      const data = yield* send(created.json.host, "GET /vectors/list", wrong)
      assert.deepStrictEqual([data.status, data.json], [401, { code: 16, message: "Invalid API key.", details: [] }])
      const { json, status } = yield* control("GET /indexes", undefined, wrong.headers)
      assert.deepStrictEqual([status, json.error.code], [401, "UNAUTHENTICATED"])
    }).pipe(servedBy({ apiKeys: [Redacted.make("right")] }))
  },
  {
    where: "browsers",
    pinecone: "Pages in a browser may call some parts of the API: their preflight requests are answered.",
    here: "A request or a preflight from a page is a 403, unless `cors` names its origin.",
    reason: "Otherwise any page could read and write the data of a server on the same machine.",
    check: Effect.gen(function*() {
      const host = yield* filled(vectors)
      const headers = { "origin": "https://example.com", "access-control-request-method": "POST" }
      for (const url of [yield* Control, host]) {
        for (
          const line of ["OPTIONS /indexes", "OPTIONS /query", "OPTIONS /embed", "GET /indexes", "GET /vectors/list"]
        ) {
          assert.strictEqual((yield* send(url, line, { headers })).status, 403, line)
        }
      }
    })
  }
]
