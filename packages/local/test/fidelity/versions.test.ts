import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { once } from "node:events"
import * as NodeHttp from "node:http"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { ask, askAt } from "../utils/ask.js"
import { freshName } from "../utils/pinecone.js"

const served = ["2024-07", "2024-10", "2025-01", "2025-04", "2025-10", "2026-04"]

const dense = "universal-sentence-encoder-lite"

const index = (more: object = {}) => ({
  name: freshName(),
  dimension: 3,
  tags: { team: "search" },
  spec: {
    serverless: {
      cloud: "aws",
      region: "us-east-1",
      schema: { fields: { genre: { filterable: true } } },
      read_capacity: { mode: "Dedicated", dedicated: { node_type: "b1", scaling: "Manual", manual: { replicas: 2 } } }
    }
  },
  ...more
})

/** The status of a request whose header comes twice on the wire. */
const askedTwice = (url: string, first: string, second: string) =>
  Effect.promise(async () => {
    const request = NodeHttp.get(`${url}/indexes`, {
      agent: false,
      headers: { "x-pinecone-api-version": [first, second] }
    })
    const [response] = await once(request, "response") as [NodeHttp.IncomingMessage]
    response.resume()
    await once(response, "end")
    return [response.statusCode, response.headers["x-pinecone-api-version"]] as const
  })

describe("versions of the API", () => {
  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("a version that is served is told in the answer, and one that is not is a bad request that names those", () =>
      Effect.gen(function*() {
        for (const version of served) {
          const { headers, status } = yield* ask("GET", "/indexes", { version })
          assert.deepStrictEqual([status, headers["x-pinecone-api-version"]], [200, version])
        }
        const { headers, status } = yield* ask("GET", "/indexes")
        assert.deepStrictEqual([status, headers["x-pinecone-api-version"]], [200, "2026-04"])
        const { told } = yield* ask("POST", "/indexes", { body: index() })
        for (const version of ["2030-01", "foo", "1999-01", "2026-10", "2026-01.alpha", "unstable", ","]) {
          for (const path of ["/indexes", "/models", "/backups", "/nowhere"]) {
            const refused = yield* ask("GET", path, { version })
            assert.deepStrictEqual([refused.status, refused.told.status, refused.told.error.code], [
              400,
              400,
              "INVALID_ARGUMENT"
            ])
            const { message } = refused.told.error
            assert.include(message, JSON.stringify(version.split(",")[0]))
            assert.include(message, served.join(", "))
            assert.isUndefined(refused.headers["x-pinecone-api-version"])
          }
          const data = yield* askAt(told.host)("POST", "/describe_index_stats", { body: {}, version })
          assert.deepStrictEqual([data.status, data.told.code], [400, 3])
        }
      }))

    it.effect("an index has what it had in the version of the request", () =>
      Effect.gen(function*() {
        const { told } = yield* ask("POST", "/indexes", { body: index() })
        const all = ["deletion_protection", "dimension", "host", "metric", "name", "spec", "status"]
        const expected: ReadonlyArray<readonly [string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
          ["2024-07", all, ["cloud", "region"]],
          ["2024-10", [...all, "tags"], ["cloud", "region"]],
          ["2025-01", [...all, "tags", "vector_type"], ["cloud", "region"]],
          ["2025-04", [...all, "tags", "vector_type"], ["cloud", "region"]],
          ["2025-10", [...all, "tags", "vector_type"], ["cloud", "read_capacity", "region", "schema"]],
          ["2026-04", [...all, "tags", "vector_type"], ["cloud", "read_capacity", "region", "schema"]]
        ]
        for (const [version, fields, ofSpec] of expected) {
          const described = (yield* ask("GET", `/indexes/${told.name}`, { version })).told
          const listed = (yield* ask("GET", "/indexes", { version })).told.indexes
            .find(({ name }: { readonly name: string }) => name === told.name)
          const changed = (yield* ask("PATCH", `/indexes/${told.name}`, { body: {}, version })).told
          for (const one of [described, listed, changed]) {
            assert.deepStrictEqual(Object.keys(one).sort(), [...fields].sort(), version)
            assert.deepStrictEqual(Object.keys(one.spec.serverless).sort(), ofSpec, version)
          }
        }
        const model = {
          name: freshName(),
          cloud: "aws",
          region: "us-east-1",
          embed: { model: dense, field_map: { text: "body" } }
        }
        yield* ask("POST", "/indexes/create-for-model", { body: model })
        const embed = (version: string) =>
          Effect.map(ask("GET", `/indexes/${model.name}`, { version }), ({ told }) => told.embed?.model)
        assert.deepStrictEqual([yield* embed("2024-10"), yield* embed("2025-01")], [undefined, dense])
      }))

    it.effect("what a version does not have is not asked for by it", () =>
      Effect.gen(function*() {
        const now = (name: string) => Effect.map(ask("GET", `/indexes/${name}`), ({ told }) => told)
        const { told } = yield* ask("POST", "/indexes", { body: index({ vector_type: "sparse" }), version: "2024-07" })
        const made = yield* now(told.name)
        assert.deepStrictEqual([made.tags, made.vector_type, made.dimension], [undefined, "dense", 3])
        assert.deepStrictEqual(made.spec.serverless, {
          cloud: "aws",
          region: "us-east-1",
          read_capacity: { mode: "OnDemand", status: { state: "Ready" } }
        })
        const path = `/indexes/${told.name}`
        yield* ask("PATCH", path, { body: { tags: { a: "b" }, deletion_protection: "enabled" }, version: "2024-07" })
        assert.deepInclude(yield* now(told.name), { deletion_protection: "enabled" })
        assert.isUndefined((yield* now(told.name)).tags)
        yield* ask("PATCH", path, { body: { tags: { a: "b" } }, version: "2024-10" })
        assert.deepStrictEqual((yield* now(told.name)).tags, { a: "b" })
        const capacity = { spec: { serverless: { read_capacity: { mode: "OnDemand" } } } }
        assert.strictEqual((yield* ask("PATCH", path, { body: capacity, version: "2025-04" })).status, 422)
        assert.strictEqual((yield* ask("PATCH", path, { body: capacity, version: "2025-10" })).status, 202)
        const byoc = index({ spec: { byoc: { environment: "mine" } } })
        assert.strictEqual((yield* ask("POST", "/indexes", { body: byoc, version: "2025-01" })).status, 422)
        const own = yield* ask("POST", "/indexes", { body: byoc, version: "2025-04" })
        assert.deepStrictEqual([own.status, own.told.spec], [201, { byoc: { environment: "mine" } }])
        const model = {
          name: freshName(),
          cloud: "aws",
          region: "us-east-1",
          schema: { fields: { a: { filterable: true } } },
          embed: { model: dense, field_map: { text: "body" } }
        }
        yield* ask("POST", "/indexes/create-for-model", { body: model, version: "2025-04" })
        assert.isUndefined((yield* now(model.name)).spec.serverless.schema)
      }))

    it.effect("requests that came with a later version are not there in one before", () =>
      Effect.gen(function*() {
        const { told } = yield* ask("POST", "/indexes", { body: index() })
        const backup = yield* ask("POST", `/indexes/${told.name}/backups`, { body: {}, version: "2025-04" })
        assert.deepStrictEqual([backup.status, backup.told.schema], [201, undefined])
        const { schema } = (yield* ask("GET", `/backups/${backup.told.backup_id}`, { version: "2025-10" })).told
        assert.deepStrictEqual(schema, { fields: { genre: { filterable: true } } })
        const cases: ReadonlyArray<readonly ["GET" | "POST", string, string, string]> = [
          ["POST", "/rerank", "2024-07", "2024-10"],
          ["POST", "/indexes/create-for-model", "2024-10", "2025-01"],
          ["GET", "/models", "2025-01", "2025-04"],
          ["GET", `/models/${dense}`, "2025-01", "2025-04"],
          ["GET", "/backups?limit=1", "2025-01", "2025-04"],
          ["GET", `/backups/${backup.told.backup_id}`, "2025-01", "2025-04"],
          ["GET", `/indexes/${told.name}/backups`, "2025-01", "2025-04"],
          ["POST", `/indexes/${told.name}/backups`, "2025-01", "2025-04"],
          ["GET", "/restore-jobs", "2025-01", "2025-04"]
        ]
        for (const [method, path, before, since] of cases) {
          const asking = (version: string) => ask(method, path, { version, ...(method === "POST" ? { body: {} } : {}) })
          const lacking = yield* asking(before)
          assert.deepStrictEqual([lacking.status, lacking.told.error.code], [404, "NOT_FOUND"], `${path} of ${before}`)
          assert.include(lacking.told.error.message, before)
          assert.notStrictEqual((yield* asking(since)).status, 404, `${path} of ${since}`)
        }
        const name = {
          name: "create-for-model",
          dimension: 3,
          spec: { serverless: { cloud: "aws", region: "us-east-1" } }
        }
        assert.strictEqual((yield* ask("POST", "/indexes", { body: name, version: "2024-07" })).status, 201)
        assert.strictEqual((yield* ask("GET", "/indexes/create-for-model", { version: "2024-07" })).status, 200)
      }))

    it.effect("embeddings say of what kind they are since there are two", () =>
      Effect.gen(function*() {
        const body = { model: dense, inputs: [{ text: "two words" }] }
        const fields = (version: string) =>
          Effect.map(
            ask("POST", "/embed", { body, version }),
            ({ told }) => [Object.keys(told).sort(), Object.keys(told.data[0]).sort()]
          )
        assert.deepStrictEqual(yield* fields("2024-10"), [["data", "model", "usage"], ["values"]])
        assert.deepStrictEqual(yield* fields("2025-01"), [["data", "model", "usage", "vector_type"], [
          "values",
          "vector_type"
        ]])
      }))
  })

  layer(Layer.merge(PineconeLocal.layerServer({ port: 0 }), FetchHttpClient.layer))("over the network", (it) => {
    it.effect("of a header that comes twice the first counts", () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal.PineconeLocal
        for (const version of ["2025-10, 2025-10", "2025-04,foo", " 2025-10 , foo"]) {
          const { headers, status } = yield* askAt(url)("GET", "/indexes", { version })
          assert.deepStrictEqual([status, headers["x-pinecone-api-version"]], [200, version.split(",")[0]!.trim()])
        }
        assert.deepStrictEqual(yield* askedTwice(url, "2025-10", "2025-10"), [200, "2025-10"])
        assert.deepStrictEqual(yield* askedTwice(url, "2025-04", "2030-01"), [200, "2025-04"])
        assert.deepStrictEqual(yield* askedTwice(url, "2030-01", "2025-04"), [400, undefined])
      }))
  })
})
