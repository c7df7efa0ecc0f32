import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { ask } from "./utils/ask.js"
import { articles, said, version } from "./utils/documents.js"

const fields = { vector: articles.vector }

const region = { cloud: "aws", region: "us-east-1" }

const create = (name: string, schema: object = fields) =>
  ask("POST", "/indexes", { version, body: { name, schema: { fields: schema } } })

const before = (name: string) => ({
  version: "2026-04",
  body: { name, dimension: 3, metric: "cosine", spec: { serverless: region } }
})

const refusal = (effect: ReturnType<typeof ask>) => Effect.map(effect, ({ status, told }) => [status, told.error.code])

const indexesOf = (project: PineconeLocal.Options["project"]) =>
  Effect.provide(Indexes.layer.pipe(Layer.provide(PineconeLocal.layer({ project }))))

const searched = { name: "texts", schema: IndexSchema.make({ text: IndexSchema.text() }) }

describe("a project with unpaid invoices", () => {
  const one = { name: "old", dimension: 3, metric: "cosine", spec: { serverless: region } } as const
  layer(PineconeLocal.layerHttpClient({ project: { unpaid: true }, indexes: [one] }))((it) => {
    it.effect("gets nothing new, and all that it has", () =>
      Effect.gen(function*() {
        const paths = [
          ["/indexes", { name: "new", schema: { fields } }],
          [
            "/indexes/create-for-model",
            { name: "new", ...region, embed: { model: "multilingual-e5-large", field_map: { text: "text" } } }
          ],
          ["/indexes/old/backup-schedules", {
            name: "nightly",
            schedule: { type: "time-based", frequency: "daily" },
            retention: { expire_after_days: 1 }
          }],
          ["/collections", { name: "new", source: "old" }]
        ] as const
        for (const [path, body] of paths) {
          assert.deepStrictEqual(
            yield* refusal(ask("POST", path, { version, body })),
            [402, "PAYMENT_REQUIRED"],
            path
          )
        }
        const { backup_id } = yield* said(200)(ask("POST", "/indexes/old/backups", { version, body: { name: "kept" } }))
        assert.deepStrictEqual(
          yield* refusal(ask("POST", `/backups/${backup_id}/create-index`, { version, body: { name: "new" } })),
          [402, "PAYMENT_REQUIRED"]
        )
        yield* said(200)(ask("PATCH", "/indexes/old", { version, body: { tags: { a: "b" } } }))
        const { indexes } = yield* said(200)(ask("GET", "/indexes", { version }))
        assert.deepStrictEqual(indexes.map(({ name }: { readonly name: string }) => name), ["old"])
        yield* said(202)(ask("DELETE", "/indexes/old", { version }))
      }))

    it.effect("makes no backup and changes no index before 2026-07 either", () =>
      Effect.gen(function*() {
        const old = { version: "2026-04" }
        for (
          const request of [
            ask("POST", "/indexes", before("new")),
            ask("POST", "/indexes/old/backups", { ...old, body: {} }),
            ask("PATCH", "/indexes/old", { ...old, body: { tags: { a: "b" } } })
          ]
        ) assert.deepStrictEqual(yield* refusal(request), [402, "PAYMENT_REQUIRED"])
      }))
  })

  it.effect("is a typed error, which no retry helps", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const error = yield* Effect.flip(indexes.create(searched))
      assert.strictEqual(error._tag, "PineconePaymentRequired")
      assert.isFalse(PineconeError.isRetryable(error))
    }).pipe(indexesOf({ unpaid: true })))
})

describe("a project with as many indexes as its plan allows", () => {
  layer(PineconeLocal.layerHttpClient({ project: { maxIndexes: 1 } }))((it) => {
    it.effect("gets another once one is deleted", () =>
      Effect.gen(function*() {
        yield* said(201)(create("first"))
        assert.deepStrictEqual(yield* refusal(create("second")), [403, "FORBIDDEN"])
        assert.deepStrictEqual(yield* refusal(ask("POST", "/indexes", before("second"))), [403, "QUOTA_EXCEEDED"])
        yield* said(202)(ask("DELETE", "/indexes/first", { version }))
        yield* said(201)(create("second"))
      }))
  })

  it.effect("is a typed error", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const error = yield* Effect.flip(indexes.create(searched))
      assert.strictEqual(error._tag, "PineconeForbidden")
    }).pipe(indexesOf({ maxIndexes: 0 })))
})

describe("a project that encrypts everything with keys of its own", () => {
  layer(PineconeLocal.layerHttpClient({ project: { forceEncryptionWithCmek: true } }))((it) => {
    it.effect("has no full-text search", () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* refusal(create("texts", articles)), [412, "FAILED_PRECONDITION"])
        yield* said(201)(create("vectors"))
      }))
  })

  it.effect("is a typed error, which no retry helps", () =>
    Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const error = yield* Effect.flip(indexes.create(searched))
      assert.strictEqual(error._tag, "PineconePreconditionFailed")
      assert.isFalse(PineconeError.isRetryable(error))
    }).pipe(indexesOf({ forceEncryptionWithCmek: true })))
})
