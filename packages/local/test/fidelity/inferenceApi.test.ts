import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { ask } from "../utils/ask.js"

const query = "an animal"

const documents = [{ text: "a cat", title: "Cats" }, { text: "a car", title: "Cars" }]

describe("inference answers as Pinecone does", () => {
  layer(PineconeLocal.layerHttpClient({ models: { standIns: true } }))((it) => {
    it.effect("a rerank that cannot be", () =>
      Effect.gen(function*() {
        const cases: ReadonlyArray<readonly [object, string]> = [
          [
            { model: "bge-reranker-v2-m3", rank_fields: ["customField"] },
            "field 'customField' not found in document at index 0"
          ],
          [
            { model: "cohere-rerank-3.5", rank_fields: ["text", "none"] },
            "field 'none' not found in document at index 0"
          ],
          [
            { model: "bge-reranker-v2-m3", documents: [...documents, { title: "none" }] },
            "field 'text' not found in document at index 2"
          ],
          [
            { model: "bge-reranker-v2-m3", rank_fields: ["__proto__"] },
            "field '__proto__' not found in document at index 0"
          ],
          [
            { model: "bge-reranker-v2-m3", documents: [{ text: 5 }] },
            "field 'text' is not a text in document at index 0, but 5"
          ],
          [
            { model: "bge-reranker-v2-m3", rank_fields: ["text", "title"] },
            "Only one rank field is supported for model bge-reranker-v2-m3"
          ],
          [
            { model: "pinecone-rerank-v0", rank_fields: ["text", "title"] },
            "Only one rank field is supported for model pinecone-rerank-v0"
          ],
          [{ model: "bge-reranker-v2-m3", rank_fields: [] }, "rank_fields must name at least one field"]
        ]
        for (const [body, message] of cases) {
          const { status, told } = yield* ask("POST", "/rerank", { body: { query, documents, ...body } })
          assert.deepStrictEqual([status, told], [400, {
            status: 400,
            error: { code: "INVALID_ARGUMENT", message }
          }])
        }
        const body = { model: "cohere-rerank-3.5", query, documents, rank_fields: ["text", "title"] }
        assert.strictEqual((yield* ask("POST", "/rerank", { body })).status, 200)
        const proto = [Object.fromEntries([["__proto__", "a cat"]]), Object.fromEntries([["__proto__", "a car"]])]
        const named = yield* ask("POST", "/rerank", {
          body: { model: "bge-reranker-v2-m3", query, documents: proto, rank_fields: ["__proto__"] }
        })
        assert.strictEqual(JSON.stringify(named.told.data[0].document), "{\"__proto__\":\"a cat\"}")
      }))

    it.effect("the models that Pinecone hosts, with what they take", () =>
      Effect.gen(function*() {
        const { told } = yield* ask("GET", "/models?type=rerank")
        const most = Object.fromEntries(
          (told.models as ReadonlyArray<{ model: string; max_batch_size: number }>)
            .map(({ max_batch_size, model }) => [model, max_batch_size])
        )
        assert.deepInclude(most, {
          "bge-reranker-v2-m3": 100,
          "pinecone-rerank-v0": 100,
          "cohere-rerank-3.5": 200,
          "cohere-rerank-4-fast": 250
        })
        const model = "cohere-rerank-4-fast"
        const described = yield* ask("GET", `/models/${model}`)
        assert.deepInclude(described.told.supported_parameters, {
          parameter: "max_tokens_per_doc",
          type: "numeric_range",
          value_type: "integer",
          required: false,
          min: 1,
          max: 4096,
          default: 1024
        })
        const asking = (more: object) => ask("POST", "/rerank", { body: { model, query, documents, ...more } })
        const many = Array.from({ length: 251 }, () => documents[0]!)
        assert.strictEqual((yield* asking({ documents: many })).status, 400)
        assert.strictEqual(
          (yield* asking({ rank_fields: ["title", "text"], parameters: { max_tokens_per_doc: 99 } })).status,
          200
        )
        for (const wrong of [0, 4097, 1.5, "1"]) {
          const { status, told } = yield* asking({ parameters: { max_tokens_per_doc: wrong } })
          assert.strictEqual(status, 400, String(wrong))
          assert.include(told.error.message, "must be an integer from 1 to 4096")
        }
      }))

    it.effect("what a model does not know of is nothing to it", () =>
      Effect.gen(function*() {
        const parameters = { input_type: "query", truncate: "END", vector_type: "dense", more: { a: 1 }, __proto: 1 }
        const body = { model: "multilingual-e5-large", inputs: [{ text: "two words" }], parameters }
        const { status, told } = yield* ask("POST", "/embed", { body })
        assert.deepStrictEqual([status, told.data?.[0]?.values.length], [200, 1024])
        const reranked = yield* ask("POST", "/rerank", {
          body: { model: "bge-reranker-v2-m3", query, documents, parameters: { truncate: "END", other: true } }
        })
        assert.strictEqual(reranked.status, 200)
        const wrong = yield* ask("POST", "/embed", {
          body: { ...body, parameters: { ...parameters, truncate: "MIDDLE" } }
        })
        assert.strictEqual(wrong.status, 400)
        const lacking = yield* ask("POST", "/embed", { body: { ...body, parameters: { more: 1 } } })
        assert.include(lacking.told.error.message, "requires the parameter 'input_type'")
      }))

    it.effect("a body that is not JSON, and one of another form", () =>
      Effect.gen(function*() {
        for (const text of ["{", "", "{}", "[]"]) {
          for (const path of ["/embed", "/rerank"]) {
            assert.strictEqual((yield* ask("POST", path, { text })).status, 400, `${path} ${text}`)
          }
        }
      }))
  })
})
