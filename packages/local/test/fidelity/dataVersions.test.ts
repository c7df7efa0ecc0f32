/** What the versions of the data plane have in common, and in what they differ. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import { pathToFileURL } from "node:url"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import type { Options } from "../utils/ask.js"
import { ask, askAt } from "../utils/ask.js"
import { documentIndex, said } from "../utils/documents.js"
import { freshName } from "../utils/pinecone.js"
import { parquetBytes } from "../utils/writeParquet.js"

const older = ["2025-10", "2026-04", undefined] as const
const newest = "2026-07"

const freshIndex = Effect.gen(function*() {
  const { told } = yield* ask("POST", "/indexes", {
    body: {
      name: freshName(),
      dimension: 2,
      metric: "cosine",
      spec: { serverless: { cloud: "aws", region: "us-east-1" } }
    }
  })
  const at = askAt(told.host)
  const vectors = [{ id: "a", values: [0.1, 0.2], metadata: { x: 1 } }, { id: "b", values: [1, 2], metadata: { x: 1 } }]
  yield* at("POST", "/vectors/upsert", { body: { vectors, namespace: "ns" } })
  return at
})

layer(
  Layer.mergeAll(
    PineconeLocal.layerHttpClient({ importRoot: "/", models: { standIns: true } }),
    NodeContext.layer
  ),
  { excludeTestServices: true }
)("the versions of the data plane", (it) => {
  it.effect("statistics have their fullness in camel case since 2026-07", () =>
    Effect.gen(function*() {
      const at = yield* freshIndex
      const names = (version: string | undefined) =>
        Effect.map(at("POST", "/describe_index_stats", { body: {}, version }), ({ told }) =>
          Object.keys(told).filter((name) => /fullness/i.test(name)).sort())
      for (const version of older) {
        assert.deepStrictEqual(yield* names(version), ["indexFullness", "memory_fullness", "storage_fullness"])
      }
      assert.deepStrictEqual(yield* names(newest), ["indexFullness", "memoryFullness", "storageFullness"])
    }))

  it.effect("a namespace has its counts as decimal strings since 2026-07, and its size", () =>
    Effect.gen(function*() {
      const at = yield* freshIndex
      const described = (version: string | undefined) =>
        Effect.gen(function*() {
          const one = (yield* at("GET", "/namespaces/ns", { version })).told
          const listed = (yield* at("GET", "/namespaces", { version })).told
          const made = (yield* at("POST", "/namespaces", { version, body: { name: freshName() } })).told
          assert.deepStrictEqual(listed.namespaces.find(({ name }: any) => name === "ns"), one)
          return [one, made]
        })
      for (const version of older) {
        const [one, made] = yield* described(version)
        assert.deepStrictEqual([one, made.record_count], [{ name: "ns", record_count: 2 }, 0])
      }
      const [one, made] = yield* described(newest)
      assert.deepStrictEqual([one.record_count, made.record_count, made.size_bytes], ["2", "0", "0"])
      assert.match(one.size_bytes, /^[1-9]\d*$/)
    }))

  it.effect("reads say how many bytes they have answered since 2026-07", () =>
    Effect.gen(function*() {
      const at = yield* freshIndex
      const index = yield* documentIndex({ title: { type: "string", full_text_search: {} } })
      yield* said(202)(index.documents("upsert", { documents: [{ _id: "a", title: "tea" }] }))
      const reads: ReadonlyArray<readonly ["GET" | "POST", string, object?]> = [
        ["POST", "/query", { vector: [1, 1], topK: 2, namespace: "ns", includeValues: true }],
        ["GET", "/vectors/fetch?ids=a&namespace=ns"],
        ["GET", "/vectors/list?namespace=ns"],
        ["POST", "/vectors/fetch_by_metadata", { filter: { x: 1 }, namespace: "ns" }]
      ]
      const documentReads: ReadonlyArray<readonly ["POST", string, object]> = [
        ["POST", "/namespaces/ns/documents/search", { score_by: [{ type: "query_string", query: "tea" }], top_k: 1 }],
        ["POST", "/namespaces/ns/documents/fetch", { ids: ["a"] }],
        ["POST", "/namespaces/ns/documents/list", {}]
      ]
      for (const [method, path, body] of reads) {
        for (const version of older) {
          const { usage } = (yield* at(method, path, { body, version })).told
          assert.deepStrictEqual(Object.keys(usage), ["readUnits"], path)
        }
      }
      for (
        const [asked, name, those] of [[at, "egressBytes", reads], [index.ask, "egress_bytes", documentReads]] as const
      ) {
        for (const [method, path, body] of those) {
          const { told } = yield* asked(method, path, { body, version: newest })
          const { [name]: bytes, ...usage } = told.usage
          assert.strictEqual(bytes, JSON.stringify({ ...told, usage }).length, path)
        }
      }
    }))

  it.effect("several queries in one request are unknown since 2026-07", () =>
    Effect.gen(function*() {
      const at = yield* freshIndex
      const body = { topK: 1, vector: [1, 1], namespace: "ns", queries: [{ values: [1, 1] }] }
      for (const version of older) assert.strictEqual((yield* at("POST", "/query", { body, version })).status, 501)
      const { told } = yield* at("POST", "/query", { body, version: newest })
      assert.strictEqual(told.matches.length, 1)
    }))

  it.effect("a search of text records names its namespace since 2026-07", () =>
    Effect.gen(function*() {
      const { told } = yield* ask("POST", "/indexes/create-for-model", {
        body: {
          name: freshName(),
          cloud: "aws",
          region: "us-east-1",
          embed: { model: "multilingual-e5-large", field_map: { text: "text" } }
        }
      })
      const search = (version: string | undefined) =>
        askAt(told.host)("POST", "/records/namespaces/ns/search", {
          version,
          body: { query: { inputs: { text: "tea" }, top_k: 1 } }
        })
      for (const version of older) assert.notProperty((yield* search(version)).told, "namespace")
      assert.strictEqual((yield* search(newest)).told.namespace, "ns")
    }))

  it.effect("an import says since 2026-07 what has become of its rows", () =>
    Effect.gen(function*() {
      const at = yield* freshIndex
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "versions-" })
      const imported = (namespace: string, options: object) =>
        Effect.gen(function*() {
          yield* fs.makeDirectory(`${folder}/${namespace}/${namespace}`, { recursive: true })
          yield* fs.writeFile(
            `${folder}/${namespace}/${namespace}/0.parquet`,
            parquetBytes([{ id: "a", values: [1, 2] }, { id: "b", values: [1, 2] }, { id: "c", values: [3, 1] }])
          )
          const { told } = yield* at("POST", "/bulk/imports", {
            version: newest,
            body: { uri: pathToFileURL(`${folder}/${namespace}`).href, ...options }
          })
          const describeIn = (version: string | undefined) =>
            at("GET", `/bulk/imports/${told.id}`, { version } satisfies Options)
          yield* Effect.repeat(describeIn(newest), {
            schedule: Schedule.spaced("5 millis"),
            until: ({ told }) => told.finishedAt !== undefined
          })
          const { told: ended } = yield* describeIn(newest)
          for (const version of older) assert.notProperty((yield* describeIn(version)).told, "validationResult")
          const { told: all } = yield* at("GET", "/bulk/imports", { version: newest })
          assert.deepStrictEqual(all.data.find(({ id }: any) => id === told.id), ended)
          return [ended.status, ended.recordsImported, ended.validationResult]
        })
      const continued = yield* imported("continued", { errorMode: { onError: "continue" } })
      assert.deepStrictEqual(continued, ["Completed", 2, { importSuccesses: 2, importErrors: 1 }])
      const [status, , validation] = yield* imported("aborted", {})
      assert.deepStrictEqual([status, validation.importErrors], ["Failed", 1])
    }).pipe(Effect.scoped))
})

describe("who is not let in", () => {
  layer(PineconeLocal.layerHttpClient({ apiKeys: [Redacted.make("one")] }))((it) => {
    it.effect("is told so in plain text since 2026-07, and in the form of an error before", () =>
      Effect.gen(function*() {
        const { told } = yield* HttpClient.execute(
          HttpClientRequest.post(`${PineconeLocal.controllerHost}/indexes`).pipe(
            HttpClientRequest.setHeader("api-key", "one"),
            HttpClientRequest.bodyUnsafeJson({
              name: freshName(),
              dimension: 2,
              spec: { serverless: { cloud: "aws", region: "us-east-1" } }
            })
          )
        ).pipe(Effect.flatMap((response) => response.json), Effect.map((told: any) => ({ told })))
        for (const path of ["/vectors/list", "/namespaces", "/namespaces/ns/documents/list"]) {
          const refusal = (version: string) =>
            Effect.flatMap(
              HttpClient.get(`${told.host}${path}`, { headers: { "x-pinecone-api-version": version } }),
              (response) => Effect.map(response.text, (text) => [response.status, text] as const)
            )
          assert.deepStrictEqual(yield* refusal(newest), [401, "Unauthorized"])
          const [status, text] = yield* refusal("2026-04")
          assert.strictEqual(status, 401)
          assert.include(text, "Invalid API key.")
          JSON.parse(text)
        }
      }))
  })
})
