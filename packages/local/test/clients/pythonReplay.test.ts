/**
 * What the majors of the official Python client send, with the headers that each sends, written out as bytes, and the requests
 * of Pinecone's guides, which are sent by curl.
 */
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Http from "node:http"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { freshName } from "../utils/pinecone.js"
import * as grpc from "../utils/rawGrpc.js"

const apiKey = "a-key-of-the-server"

type Headers = Readonly<Record<string, string | Array<string>>>

/** A client by what it sends beside a request, and the version of the API that it asks for. */
interface Sender {
  readonly version: string
  readonly headers: Headers
}

const json = { "Content-Type": "application/json" }

const senders: Readonly<Record<string, Sender>> = {
  "Python 6": {
    version: "2025-01",
    headers: {
      ...json,
      Accept: "application/json",
      "User-Agent": "python-client-6.0.2 (urllib3:2.3.0)",
      "X-Pinecone-API-Version": "2025-01",
      "Api-Key": apiKey
    }
  },
  "Python 7": {
    version: "2025-04",
    headers: {
      ...json,
      Accept: "application/json",
      "User-Agent": "python-client-7.3.0 (urllib3:2.5.0)",
      "X-Pinecone-Api-Version": "2025-04",
      "Api-Key": apiKey
    }
  },
  // The version is set for the client, and once more for each request.
  "Python 8": {
    version: "2025-10",
    headers: {
      ...json,
      Accept: "application/json",
      "User-Agent": "python-client-8.0.0 (urllib3:2.5.0); source_tag=tests",
      "X-Pinecone-Api-Version": ["2025-10", "2025-10"],
      "Api-Key": apiKey
    }
  },
  "Python 9": {
    version: "2025-10",
    headers: {
      "content-type": "application/json",
      accept: "*/*",
      "accept-encoding": "gzip, deflate",
      "user-agent": "python-client-9.0.1",
      "x-pinecone-api-version": "2025-10",
      "api-key": apiKey
    }
  },
  curl: {
    version: "2025-10",
    headers: {
      ...json,
      Accept: "*/*",
      "User-Agent": "curl/8.5.0",
      "X-Pinecone-Api-Version": "2025-10",
      "Api-Key": apiKey
    }
  }
}

interface Said {
  readonly status: number
  readonly text: string
  /** Whatever it is, so that a test can look for any of its fields. */
  readonly json: any
}

/** Sends a body as it is, or none. */
const ask = (
  sender: Sender,
  method: string,
  url: string,
  body?: object | string,
  headers: Headers = {}
): Effect.Effect<Said> =>
  Effect.async((resume) => {
    const all: Record<string, string | Array<string>> = { ...sender.headers }
    for (const [name, value] of Object.entries(headers)) {
      for (const known of Object.keys(all)) if (known.toLowerCase() === name.toLowerCase()) delete all[known]
      all[name] = value
    }
    const request = Http.request(url, { method, headers: all, agent: false }, (response) => {
      const chunks: Array<Buffer> = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8")
        const isJson = response.headers["content-type"]?.includes("json") === true && text !== ""
        resume(Effect.succeed({ status: response.statusCode ?? 0, text, json: isJson ? JSON.parse(text) : undefined }))
      })
    })
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body))
  })

/** The answer, which must have this status. */
const expected = (status: number, said: Said) => {
  assert.strictEqual(said.status, status, said.text)
  return said.json
}

const server = PineconeLocal.layerServer({
  port: 0,
  apiKeys: [Redacted.make(apiKey)],
  models: { standIns: true }
})

const serverless = { serverless: { cloud: "aws", region: "us-east-1" } }

layer(server, { excludeTestServices: true })("requests of", (it) => {
  for (const [name, sender] of Object.entries(senders)) {
    const send = (method: string, url: string, body?: object | string, headers?: Headers) =>
      ask(sender, method, url, body, headers)

    const ok = (method: string, url: string, body?: object | string, headers?: Headers) =>
      Effect.map(send(method, url, body, headers), (said) => expected(200, said))

    const control = Effect.map(PineconeLocal.PineconeLocal, ({ url }) => url)

    /** Creates an index as Python does, with every field that it has a default for. */
    const freshIndex = (options: object = {}) =>
      Effect.gen(function*() {
        const said = yield* send("POST", `${yield* control}/indexes`, {
          name: freshName("python"),
          dimension: 3,
          metric: "cosine",
          spec: serverless,
          deletion_protection: "disabled",
          vector_type: "dense",
          tags: {},
          ...options
        })
        const { host, name } = expected(201, said)
        return { host: String(host), name: String(name) }
      })

    const films = [
      { id: "a1", values: [0.4, 0.1, 0], metadata: { genre: "comedy", year: 1999 } },
      { id: "a2", values: [0.1, 0.4, 0], metadata: {} },
      { id: "b1", values: [0, 0, 0.4] }
    ]

    const filled = Effect.gen(function*() {
      const index = yield* freshIndex()
      assert.deepStrictEqual(yield* ok("POST", `${index.host}/vectors/upsert`, { vectors: films }), {
        upsertedCount: 3
      })
      return index
    })

    const idsOf = (list: ReadonlyArray<{ readonly id: string }>) => list.map(({ id }) => id)

    const left = (host: string, namespace?: string) =>
      Effect.map(
        ok("GET", `${host}/vectors/list${namespace === undefined ? "" : `?namespace=${namespace}`}`),
        ({ vectors }) => idsOf(vectors ?? [])
      )

    const since = (version: string) => sender.version >= version ? it.effect : it.effect.skip

    it.effect(`${name}: create, describe, list, configure and delete an index`, () =>
      Effect.gen(function*() {
        const url = `${yield* control}/indexes`
        const { name } = yield* freshIndex()
        const described = yield* ok("GET", `${url}/${name}`)
        assert.strictEqual(described.status.state, "Ready")
        assert.strictEqual(described.vector_type, "dense")
        const { indexes } = yield* ok("GET", url)
        assert.include(indexes.map((index: { readonly name: string }) => index.name), name)
        const configured = yield* send("PATCH", `${url}/${name}`, {
          deletion_protection: "disabled",
          tags: { team: "search" }
        })
        assert.include([200, 202], configured.status, configured.text)
        assert.deepStrictEqual((yield* ok("GET", `${url}/${name}`)).tags, { team: "search" })
        expected(202, yield* send("DELETE", `${url}/${name}`))
        expected(404, yield* send("GET", `${url}/${name}`))
      }))

    it.effect(`${name}: upsert, fetch, list and delete, with the default namespace written as "" and left out`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        const more = { vectors: [{ id: "c1", values: [1, 1, 1], metadata: null }], namespace: "" }
        assert.deepStrictEqual(yield* ok("POST", `${host}/vectors/upsert`, more), { upsertedCount: 1 })
        for (const query of ["ids=a1&ids=c1", "ids=a1&ids=c1&namespace=", "namespace=__default__&ids=a1&ids=c1"]) {
          const { vectors } = yield* ok("GET", `${host}/vectors/fetch?${query}`)
          assert.deepStrictEqual(Object.keys(vectors).sort(), ["a1", "c1"], query)
          assert.deepStrictEqual(vectors.a1.values, [0.4, 0.1, 0])
        }
        assert.deepStrictEqual(yield* left(host), ["a1", "a2", "b1", "c1"])
        const page = yield* ok("GET", `${host}/vectors/list?prefix=a&limit=1&namespace=`)
        assert.deepStrictEqual(idsOf(page.vectors), ["a1"])
        const next = encodeURIComponent(page.pagination.next)
        const last = yield* ok("GET", `${host}/vectors/list?prefix=a&limit=1&namespace=&paginationToken=${next}`)
        assert.deepStrictEqual(idsOf(last.vectors), ["a2"])
        assert.isUndefined(last.pagination?.next)
        assert.deepStrictEqual(yield* ok("POST", `${host}/vectors/delete`, { ids: ["a1"], namespace: "" }), {})
        assert.deepStrictEqual(yield* left(host, ""), ["a2", "b1", "c1"])
      }))

    it.effect(`${name}: query by a vector and by an id, with every option and with nulls`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        const found = yield* ok("POST", `${host}/query`, {
          vector: [0.4, 0.1, 0],
          topK: 2,
          namespace: "",
          filter: { genre: { $eq: "comedy" } },
          includeValues: true,
          includeMetadata: true
        })
        assert.deepStrictEqual(idsOf(found.matches), ["a1"])
        assert.deepStrictEqual(found.matches[0].values, [0.4, 0.1, 0])
        assert.deepStrictEqual(found.matches[0].metadata, { genre: "comedy", year: 1999 })
        assert.include(["", "__default__"], found.namespace)
        assert.strictEqual(found.usage.readUnits, 1)
        const byId = yield* ok("POST", `${host}/query`, {
          id: "b1",
          vector: null,
          topK: 1,
          namespace: null,
          filter: null,
          includeValues: false,
          includeMetadata: null,
          sparseVector: null
        })
        assert.deepStrictEqual(idsOf(byId.matches), ["b1"])
      }))

    it.effect(`${name}: update the values and the metadata of a record`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        yield* ok("POST", `${host}/vectors/update`, {
          id: "a2",
          values: [1, 2, 3],
          setMetadata: { genre: "drama" },
          namespace: ""
        })
        const { vectors } = yield* ok("GET", `${host}/vectors/fetch?ids=a2`)
        assert.deepStrictEqual(vectors.a2.values, [1, 2, 3])
        assert.deepStrictEqual(vectors.a2.metadata, { genre: "drama" })
      }))

    it.effect(`${name}: sparse records have an empty list of values, and so have queries for them`, () =>
      Effect.gen(function*() {
        const { host } = yield* freshIndex({ metric: "dotproduct", vector_type: "sparse", dimension: undefined })
        const vectors = [
          { id: "one", values: [], sparseValues: { indices: [1, 2], values: [1, 2] }, metadata: {} },
          { id: "two", values: [], sparseValues: { indices: [2, 4_294_967_295], values: [3, 0.5] } }
        ]
        const upserted = yield* ok("POST", `${host}/vectors/upsert`, { vectors, namespace: "ns" })
        assert.deepStrictEqual(upserted, { upsertedCount: 2 })
        const sparseVector = { indices: [2], values: [1] }
        const { matches } = yield* ok("POST", `${host}/query`, {
          vector: [],
          sparseVector,
          topK: 2,
          namespace: "ns",
          includeValues: true
        })
        assert.deepStrictEqual(idsOf(matches), ["two", "one"])
        assert.deepStrictEqual(matches[0].sparseValues, vectors[1]!.sparseValues)
        const left = yield* ok("POST", `${host}/query`, { sparseVector, topK: 1, namespace: "ns" })
        assert.deepStrictEqual(idsOf(left.matches), ["two"])
      }))

    it.effect(`${name}: dense and sparse values together`, () =>
      Effect.gen(function*() {
        const { host } = yield* freshIndex({ metric: "dotproduct" })
        const sparse = (value: number) => ({ indices: [7], values: [value] })
        const vectors = [
          { id: "a", values: [1, 0, 0], sparseValues: sparse(1) },
          { id: "b", values: [0.5, 0, 0], sparseValues: sparse(4) }
        ]
        yield* ok("POST", `${host}/vectors/upsert`, { vectors })
        const query = { vector: [1, 0, 0], sparseVector: sparse(1), topK: 2, includeValues: false }
        const { matches } = yield* ok("POST", `${host}/query`, query)
        assert.deepStrictEqual(idsOf(matches), ["b", "a"])
      }))

    it.effect(`${name}: names of fields as the guides' curl writes them`, () =>
      Effect.gen(function*() {
        const { host } = yield* freshIndex({ metric: "dotproduct" })
        const vectors = [{
          id: "a",
          values: [1, 0, 0],
          sparse_values: { indices: [3], values: [2] },
          metadata: { genre: "drama" }
        }]
        yield* ok("POST", `${host}/vectors/upsert`, { vectors, namespace: "ns" })
        const { matches } = yield* ok("POST", `${host}/query`, {
          namespace: "ns",
          vector: [1, 0, 0],
          sparse_vector: { indices: [3], values: [1] },
          top_k: 1,
          include_values: true,
          include_metadata: true
        })
        assert.strictEqual(matches[0].score, 3)
        assert.deepStrictEqual(matches[0].sparseValues, { indices: [3], values: [2] })
        assert.deepStrictEqual(matches[0].metadata, { genre: "drama" })
        yield* ok("POST", `${host}/vectors/update`, { id: "a", set_metadata: { year: 2000 }, namespace: "ns" })
        const { vectors: updated } = yield* ok("GET", `${host}/vectors/fetch?ids=a&namespace=ns`)
        assert.deepStrictEqual(updated.a.metadata, { genre: "drama", year: 2000 })
        yield* ok("POST", `${host}/vectors/delete`, { delete_all: true, namespace: "ns" })
        assert.deepStrictEqual(yield* left(host, "ns"), [])
      }))

    since("2025-10")(
      `${name}: "dry_run": true counts what an update would change, and changes nothing`,
      () =>
        Effect.gen(function*() {
          const { host } = yield* filled
          const update = { filter: { genre: { $eq: "comedy" } }, set_metadata: { genre: "farce" } }
          const counted = yield* ok("POST", `${host}/vectors/update`, { dry_run: true, ...update })
          assert.strictEqual(counted.matchedRecords, 1)
          const genre = Effect.map(
            ok("GET", `${host}/vectors/fetch?ids=a1`),
            ({ vectors }) => vectors.a1.metadata.genre
          )
          assert.strictEqual(yield* genre, "comedy")
          assert.strictEqual((yield* ok("POST", `${host}/vectors/update`, update)).matchedRecords, 1)
          assert.strictEqual(yield* genre, "farce")
        })
    )

    since("2025-10")(`${name}: fetch by metadata, page by page`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        const vectors = [{ id: "c1", values: [1, 1, 1], metadata: { genre: "comedy" } }]
        yield* ok("POST", `${host}/vectors/upsert`, { vectors })
        const request = { filter: { genre: { $eq: "comedy" } }, namespace: "", limit: 1 }
        const first = yield* ok("POST", `${host}/vectors/fetch_by_metadata`, request)
        assert.deepStrictEqual(Object.keys(first.vectors), ["a1"])
        const paginationToken = first.pagination.next
        const second = yield* ok("POST", `${host}/vectors/fetch_by_metadata`, { ...request, paginationToken })
        assert.deepStrictEqual(Object.keys(second.vectors), ["c1"])
      }))

    it.effect(`${name}: delete all of a namespace`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        yield* ok("POST", `${host}/vectors/upsert`, { vectors: films.slice(0, 1), namespace: "x" })
        assert.deepStrictEqual(yield* ok("POST", `${host}/vectors/delete`, { deleteAll: true, namespace: "x" }), {})
        assert.deepStrictEqual(yield* left(host, "x"), [])
        assert.deepStrictEqual(yield* left(host), ["a1", "a2", "b1"])
      }))

    it.effect(`${name}: statistics with an empty body and with none`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        for (const body of [{}, undefined, { filter: null }, ""]) {
          const stats = yield* ok("POST", `${host}/describe_index_stats`, body)
          assert.strictEqual(stats.totalVectorCount, 3, JSON.stringify(body))
          assert.strictEqual(stats.dimension, 3)
        }
        // Without a body there may be no content type either.
        const bare: Sender = { ...sender, headers: { "Api-Key": apiKey, "X-Pinecone-Api-Version": sender.version } }
        expected(200, yield* ask(bare, "POST", `${host}/describe_index_stats`))
      }))

    it.effect(`${name}: text records as NDJSON, and searches for all of their fields`, () =>
      Effect.gen(function*() {
        const created = yield* send("POST", `${yield* control}/indexes/create-for-model`, {
          name: freshName("python"),
          cloud: "aws",
          region: "us-east-1",
          embed: {
            model: "multilingual-e5-large",
            field_map: { text: "chunk_text" },
            metric: "cosine",
            read_parameters: {},
            write_parameters: {}
          },
          deletion_protection: "disabled",
          tags: {}
        })
        const { host } = expected(201, created)
        const records = [
          { _id: "tea", chunk_text: "Green tea is steeped for two minutes.", topic: "drinks" },
          { _id: "engine", chunk_text: "A steam engine has a boiler.", topic: "machines" }
        ]
        const lines = records.map((record) => `${JSON.stringify(record)}\n`).join("")
        for (const namespace of ["ns", "__default__"]) {
          const path = `${host}/records/namespaces/${namespace}`
          const said = yield* send("POST", `${path}/upsert`, lines, { "Content-Type": "application/x-ndjson" })
          assert.deepStrictEqual([said.status, said.text], [201, ""])
          const { result, usage } = yield* ok("POST", `${path}/search`, {
            query: { inputs: { text: "How long is tea steeped?" }, top_k: 2 },
            fields: ["*"]
          })
          assert.deepStrictEqual(result.hits.map((hit: { readonly _id: string }) => hit._id), ["tea", "engine"])
          assert.deepStrictEqual(result.hits[0].fields, { chunk_text: records[0]!.chunk_text, topic: "drinks" })
          assert.isNumber(result.hits[0]._score)
          assert.isNumber(usage.read_units)
          const reranked = yield* ok("POST", `${path}/search`, {
            query: { inputs: { text: "steam" }, top_k: 2, filter: { topic: "machines" } },
            fields: ["chunk_text"],
            rerank: { model: "bge-reranker-v2-m3", rank_fields: ["chunk_text"], top_n: 1 }
          })
          assert.deepStrictEqual(reranked.result.hits.map((hit: { readonly _id: string }) => hit._id), ["engine"])
        }
        const values = Array.from({ length: 1024 }, (_, i) => i === 0 ? 1 : 0)
        const byVector = yield* ok("POST", `${host}/records/namespaces/ns/search`, {
          query: { top_k: 1, vector: { values } },
          fields: ["*"]
        })
        assert.lengthOf(byVector.result.hits, 1)
        const byId = yield* ok("POST", `${host}/records/namespaces/ns/search`, { query: { top_k: 1, id: "engine" } })
        assert.strictEqual(byId.result.hits[0]._id, "engine")
      }))

    it.effect(`${name}: embed and rerank`, () =>
      Effect.gen(function*() {
        const url = yield* control
        const embedded = yield* ok("POST", `${url}/embed`, {
          model: "multilingual-e5-large",
          inputs: [{ text: "green tea" }, { text: "a steam engine" }],
          parameters: { input_type: "passage", truncate: "END" }
        })
        assert.deepStrictEqual(
          embedded.data.map(({ values }: { readonly values: ReadonlyArray<number> }) => values.length),
          [1024, 1024]
        )
        assert.isNumber(embedded.usage.total_tokens)
        const reranked = yield* ok("POST", `${url}/rerank`, {
          model: "bge-reranker-v2-m3",
          query: "tea",
          documents: [{ id: "1", text: "A steam engine" }, { id: "2", text: "Green tea" }],
          rank_fields: ["text"],
          return_documents: true,
          top_n: 1,
          parameters: { truncate: "END" }
        })
        assert.deepStrictEqual(reranked.data[0].document, { id: "2", text: "Green tea" })
        assert.isNumber(reranked.usage.rerank_units)
      }))

    since("2025-04")(`${name}: namespaces`, () =>
      Effect.gen(function*() {
        const { host } = yield* filled
        yield* ok("POST", `${host}/vectors/upsert`, { vectors: films.slice(0, 1), namespace: "x y" })
        const { namespaces } = yield* ok("GET", `${host}/namespaces?limit=10`)
        assert.include(namespaces.map(({ name }: { readonly name: string }) => name), "x y")
        const described = yield* ok("GET", `${host}/namespaces/x%20y`)
        assert.strictEqual(described.name, "x y")
        assert.strictEqual(Number(described.record_count), 1)
        yield* ok("DELETE", `${host}/namespaces/x%20y`)
        expected(404, yield* send("GET", `${host}/namespaces/x%20y`))
      }))

    since("2025-04")(`${name}: backups, with an empty description, and an index of one`, () =>
      Effect.gen(function*() {
        const url = yield* control
        const { name } = yield* filled
        const request = { name: "monday", description: "" }
        const backup = expected(201, yield* send("POST", `${url}/indexes/${name}/backups`, request))
        assert.strictEqual(backup.record_count, 3)
        const { data } = yield* ok("GET", `${url}/indexes/${name}/backups?limit=10`)
        assert.deepStrictEqual(
          data.map(({ backup_id }: { readonly backup_id: string }) => backup_id),
          [backup.backup_id]
        )
        const restored = freshName("python")
        const job = yield* send("POST", `${url}/backups/${backup.backup_id}/create-index`, {
          name: restored,
          deletion_protection: "disabled",
          tags: {}
        })
        const { restore_job_id } = expected(202, job)
        assert.strictEqual((yield* ok("GET", `${url}/restore-jobs/${restore_job_id}`)).target_index_name, restored)
        const { host } = yield* ok("GET", `${url}/indexes/${restored}`)
        assert.deepStrictEqual(yield* left(host), ["a1", "a2", "b1"])
      }))

    it.effect(`${name}: an assistant with capitals in its name, and an update that answers with all of it`, () =>
      Effect.gen(function*() {
        const url = `${yield* control}/assistant/assistants`
        const name = `Team-${freshName("Python")}`
        const created = yield* ok("POST", url, { name, instructions: "Be brief.", metadata: {}, region: "us" })
        assert.strictEqual(created.name, name)
        const updated = yield* ok("PATCH", `${url}/${name}`, { instructions: "Be kind.", metadata: { team: "a" } })
        for (const field of ["name", "host", "created_at"]) {
          assert.isDefined(updated[field], field)
          assert.deepStrictEqual(updated[field], created[field], field)
        }
        assert.include(["Initializing", "Ready"], updated.status)
        assert.deepInclude(updated, { instructions: "Be kind.", metadata: { team: "a" } })
        const { assistants } = yield* ok("GET", url)
        assert.include(assistants.map((assistant: { readonly name: string }) => assistant.name), name)
        expected(200, yield* send("DELETE", `${url}/${name}`))
      }))

    it.effect(`${name}: what is wrong is said where the client looks for it`, () =>
      Effect.gen(function*() {
        const url = yield* control
        const missing = expected(404, yield* send("GET", `${url}/indexes/nowhere`))
        assert.strictEqual(missing.error.code, "NOT_FOUND")
        assert.include(missing.error.message, "nowhere")
        const { host, name } = yield* filled
        const taken = yield* send("POST", `${url}/indexes`, { name, dimension: 3, spec: serverless })
        assert.strictEqual(expected(409, taken).error.code, "ALREADY_EXISTS")
        const short = yield* send("POST", `${host}/query`, { vector: [1, 2], topK: 1 })
        assert.include(expected(400, short).message, "dimension")
        expected(401, yield* send("POST", `${host}/query`, { vector: [1, 2, 3], topK: 1 }, { "Api-Key": "wrong" }))
      }))
  }
})

/** Each version of the client sends its own as metadata, under names that are none of HTTP's. */
const grpcSenders = { "Python 6": "2025-01", "Python 7": "2025-04", "Python 8": "2025-10", "Python 9": "2025-10" }

layer(server, { excludeTestServices: true })("gRPC requests of", (it) => {
  for (const [name, version] of Object.entries(grpcSenders)) {
    it.scoped(name, () =>
      Effect.gen(function*() {
        const { url } = yield* PineconeLocal.PineconeLocal
        const said = yield* ask(senders["Python 9"]!, "POST", `${url}/indexes`, {
          name: freshName("python"),
          dimension: 3,
          metric: "dotproduct",
          spec: serverless
        })
        const connection = yield* grpc.connect(expected(201, said).host)

        const call = <M extends Protocol.MethodName>(method: M, request: Protocol.Requests[M]) =>
          Effect.gen(function*() {
            const { decodeAnswer, encodeRequest, path } = Protocol.methods[method]
            const said = yield* connection.call(path, encodeRequest(request), {
              headers: {
                "api-key": apiKey,
                "service-name": "python",
                "client-version": "7.3.0",
                "x-pinecone-api-version": version,
                "request_id": "0",
                "user-agent": "python-client[grpc]/7.3.0"
              },
              timeout: 60_000
            })
            assert.strictEqual(said.code, 0, `${method}: ${said.message}`)
            return Effect.runSync(decodeAnswer(said.body!))
          })

        const sparse = (index: number, value: number) => ({
          indices: Uint32Array.of(index),
          values: Float32Array.of(value)
        })
        const vectors = [
          { id: "a", values: Float32Array.of(1, 0, 0), metadata: { genre: "drama", year: 2000 } },
          { id: "b", values: Float32Array.of(0, 1, 0), metadata: {} },
          { id: "c", values: Float32Array.of(0, 0, 1), sparseValues: sparse(7, 2) }
        ]
        assert.deepStrictEqual(yield* call("upsert", { vectors }), { upsertedCount: 3 })
        yield* call("upsert", { vectors: vectors.slice(0, 1), namespace: "x" })
        const vector = Float32Array.of(1, 0.5, 0.25)
        const { matches } = yield* call("query", {
          vector,
          sparseVector: sparse(7, 1),
          topK: 3,
          includeMetadata: true,
          includeValues: false
        })
        assert.deepStrictEqual(matches?.map(({ id }) => id), ["c", "a", "b"])
        assert.deepStrictEqual(matches?.[1]?.metadata, { genre: "drama", year: 2000 })
        const filtered = yield* call("query", { vector, topK: 3, filter: { year: { $gte: 1999 } } })
        assert.deepStrictEqual(filtered.matches?.map(({ id }) => id), ["a"])
        yield* call("update", { id: "b", setMetadata: { genre: "comedy" } })
        const { vectors: fetched } = yield* call("fetch", { ids: ["b", "nobody"] })
        assert.deepStrictEqual(fetched?.map(({ id, metadata }) => [id, metadata]), [["b", { genre: "comedy" }]])
        const { vectors: listed } = yield* call("list", { prefix: "a", limit: 10, namespace: "" })
        assert.deepStrictEqual(listed?.map(({ id }) => id), ["a"])
        assert.strictEqual((yield* call("describeIndexStats", {})).totalVectorCount, 4)
        yield* call("delete", { deleteAll: true, namespace: "x" })
        yield* call("delete", { ids: ["a"], namespace: "" })
        assert.strictEqual((yield* call("describeIndexStats", {})).totalVectorCount, 2)
      }))
  }
})
