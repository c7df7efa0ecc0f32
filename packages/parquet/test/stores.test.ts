/**
 * Parquet files in object stores: the same as those on a disk.
 */
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as Stores from "@effect-pinecone/stores/Stores"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, layer } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Emulator } from "../../stores/test/utils/emulators.js"
import * as emulators from "../../stores/test/utils/emulators.js"
import * as ParquetReader from "../src/ParquetReader.js"
import * as ParquetWriter from "../src/ParquetWriter.js"

class Emulators extends Context.Tag("Emulators")<Emulators, Readonly<Record<"s3" | "azure", Emulator>>>() {}

const started = Layer.scoped(
  Emulators,
  Effect.all({ s3: emulators.s3, azure: Effect.map(emulators.azure, ({ shared }) => shared) })
)

const records = (count: number): Stream.Stream<VectorRecord> =>
  Stream.map(Stream.range(0, count - 1), (n) => ({
    id: `record-${n}`,
    values: Array.from({ length: 64 }, (_, i) => Math.sin(n * 64 + i)),
    metadata: { even: n % 2 === 0, title: `the title of record ${n}` }
  }))

const read = (source: ParquetReader.Source, options?: ParquetReader.Options) =>
  Effect.map(Stream.runCollect(ParquetReader.records(source, options)), Chunk.toReadonlyArray)

/** Several row groups, and more than what is fetched with the footer. */
const small = { rowGroupBytes: 256 * 1024, maxRecords: 1_200 }

layer(Layer.merge(started, NodeContext.layer), { excludeTestServices: true })("a Parquet file in a store", (it) => {
  for (const name of ["s3", "azure"] as const) {
    const using = <A, E, R>(run: (emulator: Emulator) => Effect.Effect<A, E, R>, more?: Stores.Options) =>
      Effect.gen(function*() {
        const emulator = (yield* Emulators)[name]
        emulator.gate.instead = () => undefined
        return yield* Effect.provide(run(emulator), emulators.layerOf(emulator, more))
      })

    it.scoped(`${name}: has the same records as on a disk, in the same layout`, () =>
      using(({ uri }) =>
        Effect.gen(function*() {
          const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
          const onDisk = yield* ParquetWriter.writeFolder(folder, records(2_000), { namespace: "en", ...small })
          const stored = yield* ParquetWriter.writeFolder(`${uri}export`, records(2_000), { namespace: "en", ...small })
          assert.deepStrictEqual(stored.files.map(({ path }) => path), [
            `${uri}export/en/0.parquet`,
            `${uri}export/en/1.parquet`
          ])
          assert.deepStrictEqual({ ...stored, files: [] }, { ...onDisk, files: [] })
          const expected = yield* read(folder)
          assert.deepStrictEqual(yield* read(`${uri}export`), expected)
          assert.deepStrictEqual(yield* read(`${uri}export/*/1.parquet`), expected.slice(1_200))
          assert.deepStrictEqual(yield* read(stored.files[0]!.path, { skip: 1_100 }), expected.slice(1_100, 1_200))
          assert.deepStrictEqual(yield* read(`file://${folder}/en/0.parquet`), expected.slice(0, 1_200))
          const [found] = yield* ParquetReader.folders(`${uri}export/`)
          assert.deepStrictEqual(
            { namespace: found?.namespace, files: found?.files.map(({ bytes, rows }) => ({ bytes, rows })) },
            { namespace: "en", files: stored.files.map(({ bytes, records }) => ({ bytes, rows: records })) }
          )
        })
      ))

    it.scoped(`${name}: leaves nothing of a run that fails, and replaces what it may`, () =>
      using(({ uri }) =>
        Effect.gen(function*() {
          const root = `${uri}again`
          yield* ParquetWriter.writeFolder(root, records(10))
          const again = yield* Effect.flip(ParquetWriter.writeFolder(root, records(10)))
          assert.include(again.message, "holds Parquet files already (0.parquet)")
          const broken = Stream.concat(records(2_000), Stream.fail("the source"))
          const error = yield* Effect.flip(ParquetWriter.writeFolder(root, broken, { ...small, overwrite: true }))
          assert.strictEqual(error, "the source")
          assert.strictEqual((yield* read(root)).length, 10)
          yield* ParquetWriter.writeFolder(root, records(20), { overwrite: true, maxRecords: 15 })
          assert.deepStrictEqual((yield* ParquetReader.files(root)).map((file) => file.slice(root.length)), [
            "/__default__/0.parquet",
            "/__default__/1.parquet"
          ])
          assert.strictEqual((yield* ParquetWriter.write(`${uri}one.parquet`, records(7))).records, 7)
          assert.strictEqual((yield* ParquetReader.footer(`${uri}one.parquet`)).rows, 7)
        })
      ))

    it.scoped(`${name}: fails with what the store says`, () =>
      using(({ gate, uri }) =>
        Effect.gen(function*() {
          const missing = yield* Effect.flip(read(`${uri}nothing/here.parquet`))
          assert.deepStrictEqual([missing._tag, missing.reason], ["PineconeParquetError", "NotFound"])
          assert.include((yield* Effect.flip(read(`${uri}nothing/`))).message, "holds no .parquet files")
          yield* ParquetWriter.write(`${uri}cut.parquet`, records(2_000), small)
          // A connection that ends is made again, where the read is.
          let cuts = 0
          gate.instead = ({ headers, method }) => {
            const range = String(headers["range"] ?? headers["x-ms-range"])
            const isLarge = method === "GET" &&
              Number(range.split("-")[1]) - Number(range.split("-")[0]?.slice(6)) > 1e5
            return isLarge && cuts++ < 2 ? { cutAfter: 1_000 } : undefined
          }
          assert.strictEqual((yield* read(`${uri}cut.parquet`)).length, 2_000)
          assert.isAbove(cuts, 2)
          gate.instead = ({ headers }) =>
            headers["range"] === "bytes=0-0" || headers["x-ms-range"] === "bytes=0-0" ? undefined : { cutAfter: 1 }
          const cut = yield* Effect.flip(read(`${uri}cut.parquet`))
          assert.deepStrictEqual([cut._tag, cut.reason, cut.store?.reason], [
            "PineconeParquetError",
            "Unreadable",
            "Connection"
          ])
        })
      ))
  }
})
