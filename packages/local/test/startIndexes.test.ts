/**
 * Indexes that are made at the start.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as Settings from "@effect-pinecone/http/Settings"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as PineconeLocal from "../src/PineconeLocal.js"
import * as command from "./utils/command.js"
import { clientOf, withServices } from "./utils/pinecone.js"

const spec = { serverless: { cloud: "aws", region: "us-east-1" } } as const

const movies = { name: "movies", dimension: 3, spec } as const

const list = Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list)

const described = (options: PineconeLocal.ClientOptions) =>
  Effect.provide(list, withServices(PineconeLocal.layer(options)))

const shapes = (indexes: Effect.Effect.Success<typeof list>) =>
  indexes.map(({ dimension, embed, metric, name, vectorType }) => [name, dimension, metric, vectorType, embed?.model])

const folder = FileSystem.FileSystem.pipe(
  Effect.flatMap((fs) => fs.makeTempDirectoryScoped({ prefix: "start-indexes-" }))
)

describe("indexes at the start", () => {
  it.effect("are created whatever a request would need: a key, and no faults", () =>
    Effect.gen(function*() {
      const indexes = yield* Effect.provide(
        list,
        withServices(PineconeLocal.layer({
          apiKeys: [Redacted.make("a key")],
          indexes: [
            movies,
            { name: "words", vectorType: "sparse", spec },
            {
              name: "texts",
              cloud: "aws",
              region: "us-east-1",
              embed: { model: "multilingual-e5-large", fieldMap: { text: "text" } }
            }
          ]
        }))
      )
      assert.deepStrictEqual(shapes(indexes), [
        ["movies", 3, "cosine", "dense", undefined],
        ["words", undefined, "dotproduct", "sparse", undefined],
        ["texts", 1024, "cosine", "dense", "multilingual-e5-large"]
      ])
      const failing = { faults: { fail: 1, seed: 1 }, indexes: [movies], client: { retry: Settings.noRetry } }
      // Its requests fail, its start does not.
      assert.strictEqual((yield* Effect.flip(described(failing)))._tag, "PineconeServiceUnavailable")
    }))

  it.scoped("are left as they are where they exist, and must have the same shape", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const first = yield* described({ data, indexes: [{ ...movies, tags: { made: "first" } }] })
      const again = yield* described({ data, indexes: [movies, { ...movies, name: "books", metric: "dotproduct" }] })
      assert.deepStrictEqual(again[0], first[0])
      assert.deepStrictEqual(again.map(({ name }) => name), ["movies", "books"])
      const others = [
        [{ ...movies, dimension: 4 }, "dimension 3, not 4"],
        [{ ...movies, metric: "euclidean" }, "metric cosine, not euclidean"],
        [{ name: "movies", vectorType: "sparse", spec }, "vector type dense, not sparse"],
        [
          {
            name: "movies",
            cloud: "aws",
            region: "us-east-1",
            embed: { model: "llama-text-embed-v2", fieldMap: { text: "text" } }
          },
          "model none, not llama-text-embed-v2"
        ]
      ] as const
      for (const [other, difference] of others) {
        const error = yield* Effect.flip(described({ data, indexes: [other] }))
        assert.strictEqual(error._tag, "PineconeStartError")
        assert.include(error.message, "\"movies\" exists with another shape")
        assert.include(error.message, difference)
      }
      assert.deepStrictEqual(shapes(yield* described({ data })), shapes(again))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("may be of documents, beside those of records and those on pods", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const fields = { title: IndexSchema.text(), vector: IndexSchema.denseVector({ dimension: 2 }) }
      const articles = { name: "articles", schema: IndexSchema.make(fields) }
      const pods = { ...movies, name: "pods", spec: { pod: { environment: "us-east1-gcp", podType: "p1.x1" } } }
      const indexes = yield* described({ data, indexes: [articles, movies, pods] })
      assert.deepStrictEqual(
        indexes.map(({ name, schema }) => [name, Object.keys(schema.fields)]),
        [
          ["articles", ["title", "vector"]],
          ["movies", ["_values", "_sparse_values"]],
          ["pods", ["_values", "_sparse_values"]]
        ]
      )
      // In another order they are the same.
      const { title, vector } = fields
      yield* described({ data, indexes: [{ name: "articles", schema: IndexSchema.make({ vector, title }) }] })
      const error = yield* Effect.flip(
        described({ data, indexes: [{ name: "articles", schema: IndexSchema.make({ title }) }] })
      )
      assert.include(error.message, "\"articles\" exists with another shape: fields {")
    }).pipe(Effect.provide(NodeContext.layer)))

  it.effect("are refused in the words of the API", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(described({ indexes: [{ ...movies, name: "Bad_Name" }] }))
      assert.strictEqual(error._tag, "PineconeStartError")
      assert.include(error.message, "\"Bad_Name\" cannot be created: ")
      assert.include(error.message, "alphanumeric")
    }))

  it.scopedLive("the command makes them from flags and from a file", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const data = yield* folder
      const file = `${data}/indexes.json`
      const embed = { model: "multilingual-e5-large", field_map: { text: "text" } }
      yield* fs.writeFileString(
        file,
        JSON.stringify([
          { name: "words", vector_type: "sparse", spec, deletion_protection: "enabled" },
          { name: "texts", cloud: "aws", region: "us-east-1", embed },
          { name: "notes", schema: { fields: { body: { type: "string", full_text_search: {} } } } }
        ])
      )
      const server = yield* command.run(
        ...["--port", "0", "--data", data, "--indexes", file],
        ...[
          "--index",
          "name=movies,dimension=3",
          "--index",
          "name=books, dimension=2, metric=dotproduct, cloud=gcp, region=us-central1"
        ]
      )
      const indexes = yield* Effect.provide(list, withServices(clientOf(yield* server.url)))
      assert.deepStrictEqual(shapes(indexes), [
        ["movies", 3, "cosine", "dense", undefined],
        ["books", 2, "dotproduct", "dense", undefined],
        ["words", undefined, "dotproduct", "sparse", undefined],
        ["texts", 1024, "cosine", "dense", "multilingual-e5-large"],
        ["notes", undefined, undefined, undefined, undefined]
      ])
      assert.strictEqual(indexes[1]!.spec.serverless?.cloud, "gcp")
      assert.strictEqual(indexes[2]!.deletionProtection, "enabled")
    }).pipe(Effect.provide(NodeContext.layer)))
})
