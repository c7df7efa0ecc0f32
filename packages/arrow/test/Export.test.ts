import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import type { Emulator } from "../../stores/test/utils/emulators.js"
import * as emulators from "../../stores/test/utils/emulators.js"
import * as Export from "../src/Export.js"
import * as Upsert from "../src/Upsert.js"

class S3 extends Context.Tag("S3")<S3, Emulator>() {}

const started = Layer.scoped(S3, emulators.s3)

const services = Layer.unwrapEffect(Effect.map(S3, (s3) =>
  Layer.provideMerge(
    Indexes.layer,
    PineconeLocal.layer({ integrations: { s3: { uri: s3.uri, ...s3.options } } })
  ))).pipe(Layer.provideMerge(started), Layer.merge(NodeContext.layer))

const open = (name: string) =>
  Effect.andThen(
    Effect.flatMap(Indexes.Indexes, (indexes) =>
      indexes.create({ name, dimension: 3, spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" }) })),
    VectorIndex.make({ name })
  )

const records = (prefix: string, count: number): Stream.Stream<VectorRecord> =>
  Stream.map(Stream.range(0, count - 1), (n) => ({
    id: `${prefix}-${n}`,
    values: [n + 1, Math.fround(Math.sin(n)), 1],
    metadata: { title: `${prefix} ${n}`, tags: ["a", "b"] }
  }))

layer(services, { excludeTestServices: true })("an index that is exported to a bucket", (it) => {
  it.scoped("is the same once it is imported, or upserted, from there", () =>
    Effect.gen(function*() {
      const s3 = yield* S3
      const index = yield* open("from")
      yield* index.namespace("en").upsertAll(records("en", 1_200))
      yield* index.upsertAll(records("default", 20))
      const root = `${s3.uri}export`
      const exported = yield* Export.exportIndex(index, root, { maxRecords: 1_000 })
      assert.deepStrictEqual(
        exported.namespaces.map(({ files, namespace }) => [namespace, files.map(({ path }) => path)]).sort(),
        [
          ["__default__", [`${root}/__default__/0.parquet`]],
          ["en", [`${root}/en/0.parquet`, `${root}/en/1.parquet`]]
        ]
      )
      assert.strictEqual(exported.records, 1_220)

      const ids = ["en-0", "en-999", "en-1199"]
      const expected = (yield* index.namespace("en").fetch(ids)).records
      const imported = yield* open("imported")
      const id = yield* imported.startImport({ uri: root, integrationId: "s3" })
      yield* imported.waitForImport(id, { schedule: Schedule.spaced("5 millis") })
      assert.deepStrictEqual(yield* imported.describeIndexStats(), yield* index.describeIndexStats())
      assert.deepStrictEqual((yield* imported.namespace("en").fetch(ids)).records, expected)

      const upserted = yield* open("upserted")
      yield* Upsert.upsertParquet(upserted.namespace("en"), `${root}/en/*.parquet`)
      assert.deepStrictEqual((yield* upserted.namespace("en").fetch(ids)).records, expected)
      const again = yield* Effect.flip(Export.exportIndex(index, root, { namespaces: ["en"] }))
      assert.include(again.message, "holds Parquet files already")
    }).pipe((test) => Effect.flatMap(S3, (s3) => Effect.provide(test, emulators.layerOf(s3)))))
})
