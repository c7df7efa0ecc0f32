import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { run } from "./utils/command.js"

const dense = "universal-sentence-encoder-lite"
const sparse = "lexical-sparse-english"
const reranker = "lexical-embedding-reranker"

const base = "http://control.pinecone.local"

interface ToldModel {
  readonly model: string
  readonly short_description: string
  readonly supported_dimensions: ReadonlyArray<number>
  readonly supported_parameters: ReadonlyArray<{ readonly parameter: string }>
}

/** What is answered, of all that is asked here. */
interface Told extends ToldModel {
  readonly status: number
  readonly error: { readonly code: string; readonly message: string }
  readonly vector_type: string
  readonly usage: object
  readonly data: ReadonlyArray<{
    readonly vector_type: string
    readonly values: ReadonlyArray<number>
    readonly sparse_indices: ReadonlyArray<number>
    readonly sparse_values: ReadonlyArray<number>
    readonly sparse_tokens: ReadonlyArray<string>
    readonly index: number
    readonly score: number
    readonly document: object
  }>
  readonly models: ReadonlyArray<ToldModel>
  readonly dimension: number
  readonly metric: string
}

const answered = (request: HttpClientRequest.HttpClientRequest) =>
  HttpClient.execute(request).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.json, (json) => ({
        status: response.status,
        headers: response.headers,
        told: json as Told
      }))
    ),
    Effect.orDie
  )

const get = (path: string) => answered(HttpClientRequest.get(`${base}${path}`))

const post = (path: string, body: unknown, at = base) =>
  answered(HttpClientRequest.post(`${at}${path}`, { body: HttpBody.unsafeJson(body) }))

const inputs = (...texts: ReadonlyArray<string>) => texts.map((text) => ({ text }))

/** The status, the code and a part of the message of a request that is refused. */
const refusedWith = (
  { status, told }: { readonly status: number; readonly told: Told },
  expected: readonly [number, string, string]
) => {
  assert.deepStrictEqual([status, told.status, told.error.code], [expected[0], expected[0], expected[1]])
  assert.include(told.error.message, expected[2])
}

describe("inference over HTTP", () => {
  layer(PineconeLocal.layerHttpClient())((it) => {
    it.effect("embed: dense", () =>
      Effect.gen(function*() {
        const { headers, status, told } = yield* post("/embed", {
          model: dense,
          parameters: { input_type: "query", truncate: "END" },
          inputs: inputs("two words", "three other words")
        })
        assert.strictEqual(status, 200)
        assert.isUndefined(headers["x-pinecone-local-stand-in"])
        assert.deepStrictEqual(Object.keys(told).sort(), ["data", "model", "usage", "vector_type"])
        assert.deepStrictEqual([told.model, told.vector_type, told.usage], [dense, "dense", { total_tokens: 5 }])
        assert.deepStrictEqual(told.data.map(({ values }) => values.length), [512, 512])
        assert.strictEqual(told.data[0]!.vector_type, "dense")
        // Each number is a 32-bit float in as few digits as it needs.
        assert.isBelow(JSON.stringify(told.data[0]!.values).length, 512 * 15)
      }))

    it.effect("embed: sparse", () =>
      Effect.gen(function*() {
        const request = { model: sparse, inputs: inputs("Two rivers"), parameters: { input_type: "passage" } }
        const { status, told } = yield* post("/embed", request)
        assert.deepStrictEqual([status, told.vector_type, told.usage], [200, "sparse", { total_tokens: 2 }])
        const { sparse_indices: indices, sparse_values: values, ...rest } = told.data[0]!
        assert.deepStrictEqual([indices.length, values.length], [2, 2])
        assert.deepStrictEqual<object>(rest, { vector_type: "sparse" })
        const withTokens = yield* post("/embed", {
          ...request,
          parameters: { input_type: "passage", return_tokens: true }
        })
        assert.deepStrictEqual([...withTokens.told.data[0]!.sparse_tokens].sort(), ["river", "two"])
      }))

    it.effect("embed refuses what the model does not take", () =>
      Effect.gen(function*() {
        const one = inputs("one")
        const cases: ReadonlyArray<readonly [object, number, string, string]> = [
          [{ model: "none", inputs: one }, 404, "NOT_FOUND", "Model none not found."],
          [{ model: "multilingual-e5-large", inputs: one }, 404, "NOT_FOUND", "--stand-in-models"],
          [{ model: reranker, inputs: one }, 400, "INVALID_ARGUMENT", "does not embed"],
          [{ model: dense, inputs: [] }, 400, "INVALID_ARGUMENT", "1 to 96 inputs, got 0"],
          [
            { model: dense, inputs: inputs(...Array.from({ length: 97 }, String)) },
            400,
            "INVALID_ARGUMENT",
            "1 to 96 inputs, got 97"
          ],
          [{ model: dense, inputs: [{ text: "a" }, {}] }, 400, "INVALID_ARGUMENT", "Input 1 has no text"],
          [{ model: dense, inputs: inputs("a", "") }, 400, "INVALID_ARGUMENT", "Input 1 is empty"],
          [
            { model: dense, inputs: one, parameters: { input_type: "question" } },
            400,
            "INVALID_ARGUMENT",
            "'input_type' of model universal-sentence-encoder-lite must be query, passage, got \"question\""
          ],
          [{ model: dense, inputs: one, parameters: { truncate: true } }, 400, "INVALID_ARGUMENT", "truncate"],
          [{ model: dense, inputs: one, parameters: { dimension: 7 } }, 400, "INVALID_ARGUMENT", "dimension"],
          [{ model: sparse, inputs: one }, 400, "INVALID_ARGUMENT", "requires the parameter 'input_type'"],
          [
            { model: sparse, inputs: one, parameters: { input_type: "query", return_tokens: "yes" } },
            400,
            "INVALID_ARGUMENT",
            "return_tokens"
          ],
          [
            { model: dense, inputs: inputs("cat ".repeat(600)), parameters: { truncate: "NONE" } },
            400,
            "INVALID_ARGUMENT",
            "512 tokens"
          ]
        ]
        for (const [request, ...expected] of cases) refusedWith(yield* post("/embed", request), expected)
        for (const path of ["/embed", "/rerank"]) {
          refusedWith(yield* post(path, { model: dense }), [400, "INVALID_ARGUMENT", "Failed to deserialize"])
        }
      }))

    it.effect("rerank: the most relevant first, as many as are asked for", () =>
      Effect.gen(function*() {
        const documents = [
          { id: "b", text: "Bananas are rich in potassium." },
          { id: "p", text: "Paris is the capital of France.", more: [1, { deep: true }] },
          { id: "g", text: "Berlin is the capital of Germany." }
        ]
        const request = { model: reranker, query: "What is the capital of France?", documents }
        const all = yield* post("/rerank", request)
        assert.deepStrictEqual([all.status, all.told.model, all.told.usage], [200, reranker, { rerank_units: 1 }])
        assert.deepStrictEqual(all.told.data.map(({ index }) => index), [1, 2, 0])
        assert.deepStrictEqual(all.told.data[0]!.document, documents[1])
        const scores = all.told.data.map(({ score }) => score)
        assert.deepStrictEqual([...scores].sort((a, b) => b - a), scores)
        const top = yield* post("/rerank", { ...request, top_n: 1, return_documents: false })
        assert.deepStrictEqual<ReadonlyArray<object>>(top.told.data, [{ index: 1, score: scores[0] }])
        const fields = yield* post("/rerank", { ...request, query: "g", rank_fields: ["id"] })
        assert.strictEqual(fields.told.data[0]?.index, 2)
      }))

    it.effect("rerank refuses what it cannot rank", () =>
      Effect.gen(function*() {
        const request = { model: reranker, query: "a", documents: [{ text: "a" }] }
        const cases: ReadonlyArray<readonly [object, number, string, string]> = [
          [{ ...request, model: "none" }, 404, "NOT_FOUND", "Model none not found."],
          [{ ...request, model: dense }, 400, "INVALID_ARGUMENT", "does not rerank"],
          [{ ...request, documents: [] }, 400, "INVALID_ARGUMENT", "1 to 100 documents"],
          [
            { ...request, documents: Array.from({ length: 101 }, () => ({ text: "a" })) },
            400,
            "INVALID_ARGUMENT",
            "got 101"
          ],
          [{ ...request, query: "" }, 400, "INVALID_ARGUMENT", "query is empty"],
          [{ ...request, top_n: 0 }, 400, "INVALID_ARGUMENT", "top_n"],
          [
            { ...request, rank_fields: ["title"] },
            400,
            "INVALID_ARGUMENT",
            "field 'title' not found in document at index 0"
          ],
          [{ ...request, rank_fields: [] }, 400, "INVALID_ARGUMENT", "rank_fields"],
          [{ ...request, parameters: { truncate: "MIDDLE" } }, 400, "INVALID_ARGUMENT", "truncate"]
        ]
        for (const [body, ...expected] of cases) refusedWith(yield* post("/rerank", body), expected)
      }))

    it.effect("models: all, by type and kind, and one", () =>
      Effect.gen(function*() {
        const names = (path: string) => Effect.map(get(path), ({ told }) => told.models.map(({ model }) => model))
        assert.deepStrictEqual(yield* names("/models"), [dense, sparse, reranker])
        assert.deepStrictEqual(yield* names("/models?type=embed"), [dense, sparse])
        assert.deepStrictEqual(yield* names("/models?type=rerank"), [reranker])
        assert.deepStrictEqual(yield* names("/models?type=embed&vector_type=sparse"), [sparse])
        refusedWith(yield* get("/models?type=chat"), [400, "INVALID_ARGUMENT", "type"])
        const { status, told } = yield* get(`/models/${dense}`)
        assert.strictEqual(status, 200)
        assert.deepInclude<object>(told, {
          model: dense,
          type: "embed",
          vector_type: "dense",
          default_dimension: 512,
          supported_dimensions: [512],
          max_batch_size: 96,
          supported_metrics: ["cosine", "dotproduct", "euclidean"]
        })
        assert.deepStrictEqual(
          told.supported_parameters.map(({ parameter }) => parameter),
          ["input_type", "truncate", "dimension"]
        )
        refusedWith(yield* get("/models/none"), [404, "NOT_FOUND", "Model none not found."])
      }))

    it.effect("an index can be made for each embedding model, of the server's and of Pinecone's", () =>
      Effect.gen(function*() {
        const create = (name: string, embed: object) =>
          post("/indexes/create-for-model", {
            name,
            cloud: "aws",
            region: "us-east-1",
            embed: { field_map: { text: "body" }, ...embed }
          })
        const own = yield* create("own", { model: dense })
        assert.deepStrictEqual([own.status, own.told.dimension, own.told.metric], [201, 512, "cosine"])
        const euclidean = yield* create("own-euclidean", { model: dense, metric: "euclidean" })
        assert.strictEqual(euclidean.told.metric, "euclidean")
        const words = yield* create("words", { model: sparse })
        assert.deepStrictEqual([words.told.vector_type, words.told.metric], ["sparse", "dotproduct"])
        assert.strictEqual((yield* create("e5", { model: "multilingual-e5-large" })).told.dimension, 1024)
        refusedWith(yield* create("bad", { model: sparse, metric: "cosine" }), [400, "INVALID_ARGUMENT", "dotproduct"])
        refusedWith(yield* create("bad", { model: reranker }), [404, "NOT_FOUND", reranker])
        refusedWith(yield* create("bad", { model: dense, dimension: 1024 }), [400, "INVALID_ARGUMENT", "1024"])
      }))
  })
})

describe("inference with stand-ins", () => {
  layer(PineconeLocal.layerHttpClient({ models: { standIns: true } }))((it) => {
    it.effect("the answer says which model made it", () =>
      Effect.gen(function*() {
        const embedded = yield* post("/embed", {
          model: "multilingual-e5-large",
          inputs: inputs("one"),
          parameters: { input_type: "passage" }
        })
        assert.strictEqual(embedded.headers["x-pinecone-local-stand-in"], dense)
        assert.deepStrictEqual([embedded.told.model, embedded.told.data[0]!.values.length], [
          "multilingual-e5-large",
          1024
        ])
        const smaller = yield* post("/embed", {
          model: "llama-text-embed-v2",
          inputs: inputs("one"),
          parameters: { input_type: "query", dimension: 384 }
        })
        assert.strictEqual(smaller.told.data[0]!.values.length, 384)
        const reranked = yield* post("/rerank", { model: "bge-reranker-v2-m3", query: "a", documents: inputs("a") })
        assert.strictEqual(reranked.headers["x-pinecone-local-stand-in"], reranker)
      }))

    it.effect("they take what the models of their names take", () =>
      Effect.gen(function*() {
        refusedWith(yield* post("/embed", { model: "multilingual-e5-large", inputs: inputs("one") }), [
          400,
          "INVALID_ARGUMENT",
          "requires the parameter 'input_type'"
        ])
        refusedWith(
          yield* post("/rerank", {
            model: "bge-reranker-v2-m3",
            query: "a",
            documents: [{ a: "a", b: "b" }],
            rank_fields: ["a", "b"]
          }),
          [400, "INVALID_ARGUMENT", "Only one rank field is supported for model"]
        )
        const { told } = yield* get("/models/llama-text-embed-v2")
        assert.deepStrictEqual(told.supported_dimensions, [384, 512, 768, 1024, 2048])
        assert.include(told.short_description, dense)
        assert.strictEqual((yield* get("/models")).told.models.length, 10)
      }))
  })
})

describe("inference behind the door", () => {
  layer(PineconeLocal.layerHttpClient({ apiKeys: [Redacted.make("right")] }))((it) => {
    it.effect("needs a key", () =>
      Effect.gen(function*() {
        for (const request of [get("/models"), post("/embed", {}), post("/rerank", {})]) {
          refusedWith(yield* request, [401, "UNAUTHENTICATED", "Invalid API key."])
        }
        const known = HttpClientRequest.get(`${base}/models`, { headers: { "api-key": "right" } })
        assert.strictEqual((yield* answered(known)).status, 200)
      }))
  })

  layer(Layer.orDie(PineconeLocal.layerHttpClient({ faults: { throttle: 1, seed: 1 } })))((it) => {
    it.effect("misbehaves as it is told", () =>
      Effect.gen(function*() {
        assert.strictEqual((yield* post("/embed", { model: dense, inputs: inputs("a") })).status, 429)
      }))
  })
})

describe("inference of the command", () => {
  it.scopedLive("stands in where it is told to, and ends while its model runs", () =>
    Effect.gen(function*() {
      const server = yield* run("--port", "0", "--stand-in-models")
      const request = { model: "llama-text-embed-v2", inputs: inputs("one"), parameters: { input_type: "query" } }
      const { headers, told } = yield* post("/embed", request, yield* server.url)
      assert.deepStrictEqual([told.data[0]!.values.length, headers["x-pinecone-local-stand-in"]], [1024, dense])
      yield* server.kill("SIGTERM")
      const { code, stderr } = yield* server.ended
      assert.notStrictEqual(code, null)
      assert.strictEqual(stderr, "")
    }).pipe(Effect.provide(FetchHttpClient.layer)))
})
