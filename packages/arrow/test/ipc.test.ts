import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { readFileSync } from "node:fs"
import pl from "nodejs-polars"
import { ColumnError, IpcError } from "../src/ArrowError.js"
import * as ArrowRecords from "../src/ArrowRecords.js"
import { corpus, mutate, randomOf, unreadable } from "./utils/hostile.js"
import { fixed, floatLists, readable, texts } from "./utils/tables.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const rest = { columns: { metadata: "rest" } } as const

const read = (bytes: Uint8Array, options: ArrowRecords.Options = {}) =>
  collect(ArrowRecords.fromIpc(Stream.make(bytes), options))

const messageOf = (bytes: Uint8Array, options: ArrowRecords.Options = {}) =>
  Effect.map(Effect.flip(read(bytes, options)), (error) => {
    assert.instanceOf(error, IpcError)
    return error.message
  })

/** 150,000 bytes of "abcdefgh" over and over, compressed by the tools of LZ4 and Zstandard. */
const frames = {
  /** Blocks that refer to each other, with checksums of each block and of the whole, and the size. */
  linked: readFileSync(new URL("fixtures/linked.lz4", import.meta.url)),
  /** Blocks by themselves, without a checksum or a size. */
  independent: readFileSync(new URL("fixtures/independent.lz4", import.meta.url)),
  zstd: readFileSync(new URL("fixtures/frame.zst", import.meta.url))
}

const frameBytes = 150_000

const { LZ4_FRAME, ZSTD } = Arrow.CompressionType

/** A stream of one record whose values are compressed to this frame, and announced to be so many bytes. */
const compressed = (type: Arrow.CompressionType, frame: Uint8Array, announced: number): Uint8Array => {
  const whole = new TextEncoder().encode("abcdefgh".repeat(frameBytes / 8))
  const values = new Float32Array(whole.buffer)
  const child = Arrow.makeData({ type: new Arrow.Float32(), length: values.length, data: values })
  const list = new Arrow.FixedSizeList(values.length, new Arrow.Field("item", new Arrow.Float32(), true))
  const table = new Arrow.Table({
    id: texts("a"),
    values: new Arrow.Vector([Arrow.makeData({ type: list, length: 1, child })])
  })
  const before = Arrow.compressionRegistry.get(type)
  // The library tries a codec on 8 bytes, and keeps what does not become shorter as it is.
  const valid = type === ZSTD ? frames.zstd : frames.linked
  Arrow.compressionRegistry.set(type, {
    encode: (bytes) => bytes.length === 8 ? valid : bytes.length === frameBytes ? frame : bytes
  })
  const bytes = Arrow.tableToIPC(table, "stream", type)
  // The type of the registry does not say that a codec can be taken out.
  Arrow.compressionRegistry.set(type, before as Parameters<typeof Arrow.compressionRegistry.set>[1])
  const at = Buffer.from(bytes).indexOf(frame)
  assert.isAbove(at, 0)
  new DataView(bytes.buffer, bytes.byteOffset).setBigInt64(at - 8, BigInt(announced), true)
  return bytes
}

const abcd = new Float32Array(new TextEncoder().encode("abcdefgh").buffer)

describe("ipc", () => {
  describe("compression", () => {
    it.effect("reads what Polars compresses, files and streams, as what it does not", () =>
      Effect.gen(function*() {
        const frame = pl.DataFrame({
          id: Array.from({ length: 3000 }, (_, n) => `id-${n}`),
          values: Array.from({ length: 3000 }, (_, n) => [n, n / 2, 0.25, Math.sin(n)]),
          year: Array.from({ length: 3000 }, (_, n) => n % 5 === 0 ? null : 1900 + n % 100),
          title: Array.from({ length: 3000 }, (_, n) => n % 7 === 0 ? null : `the title of ${n}, which repeats`),
          tags: Array.from({ length: 3000 }, (_, n) => [`tag ${n % 3}`, "all"])
        })
        const expected = Array.from({ length: 3000 }, (_, n) => ({
          id: `id-${n}`,
          values: Float32Array.of(n, n / 2, 0.25, Math.sin(n)),
          sparseValues: undefined,
          metadata: {
            ...n % 5 === 0 ? {} : { year: 1900 + n % 100 },
            ...n % 7 === 0 ? {} : { title: `the title of ${n}, which repeats` },
            tags: [`tag ${n % 3}`, "all"]
          }
        }))
        const sizes = new Set<number>()
        for (const compression of ["uncompressed", "lz4", "zstd"] as const) {
          for (const bytes of [frame.writeIPC({ compression }), frame.writeIPCStream({ compression })]) {
            assert.deepStrictEqual<unknown>(yield* read(bytes, rest), expected)
            sizes.add(bytes.length)
          }
        }
        assert.isAtLeast(sizes.size, 3)
      }))

    it.effect("reads the frames that the tools of LZ4 and Zstandard make", () =>
      Effect.gen(function*() {
        for (
          const [type, frame] of [
            [LZ4_FRAME, frames.linked],
            [LZ4_FRAME, frames.independent],
            [ZSTD, frames.zstd]
          ] as const
        ) {
          // The library's own writer announces the bytes that follow, and not those that they hold.
          for (const announced of [frameBytes, frame.length]) {
            const [record] = yield* read(compressed(type, frame, announced))
            assert.strictEqual(record?.values?.length, frameBytes / 4)
            assert.isTrue(record?.values?.every((value, index) => value === abcd[index % 2]))
          }
        }
      }))

    it.effect("refuses frames that lie about their length, are cut or corrupt", () =>
      Effect.gen(function*() {
        for (
          const [type, name, frame] of [
            [LZ4_FRAME, "LZ4", frames.linked],
            [LZ4_FRAME, "LZ4", frames.independent],
            [ZSTD, "ZSTD", frames.zstd]
          ] as const
        ) {
          for (const announced of [frameBytes - 1, frameBytes + 1, 1, 170_000]) {
            const message = yield* messageOf(compressed(type, frame, announced))
            assert.include(message, `a buffer compressed with ${name}`)
          }
          assert.include(yield* messageOf(compressed(type, frame, -2)), "has no length")
          assert.include(yield* messageOf(compressed(type, frame, 2 ** 40)), "the limit is 268435456")
          for (const length of [frame.length - 1, frame.length - 4, frame.length >> 1, 12, 3]) {
            const message = yield* messageOf(compressed(type, frame.subarray(0, length), frameBytes))
            assert.include(message, `a buffer compressed with ${name}`)
          }
          const garbage = Uint8Array.from({ length: 500 }, (_, n) => n * 7 + 1)
          assert.include(yield* messageOf(compressed(type, garbage, frameBytes)), `compressed with ${name}`)
        }
      }))

    it.effect("refuses a frame that refers to what is before it", () =>
      Effect.gen(function*() {
        const frame = Uint8Array.from(frames.independent)
        assert.deepStrictEqual(Array.from(frame.subarray(20, 22)), [8, 0])
        frame[20] = 9
        assert.include(yield* messageOf(compressed(LZ4_FRAME, frame, frameBytes)), "a block that is not valid")
      }))

    it.effect("believes the checksums of a frame", () =>
      Effect.gen(function*() {
        // Of the descriptor, of the first block, and of the whole.
        for (const at of [14, 18 + 268, frames.linked.length - 1]) {
          const frame = Uint8Array.from(frames.linked)
          frame[at]! ^= 1
          assert.include(yield* messageOf(compressed(LZ4_FRAME, frame, frameBytes)), "LZ4 does not match its checksum")
        }
        const zstd = Uint8Array.from(frames.zstd)
        zstd[zstd.length - 1]! ^= 1
        assert.include(yield* messageOf(compressed(ZSTD, zstd, frameBytes)), "compressed with ZSTD is not valid")
      }))

    it.effect("neither uses nor changes the codecs that an application registered", () =>
      Effect.gen(function*() {
        let calls = 0
        const before = Arrow.compressionRegistry.get(LZ4_FRAME)
        const codec = {
          decode: (bytes: Uint8Array) => {
            calls++
            return bytes
          }
        }
        const bytes = compressed(LZ4_FRAME, frames.linked, frameBytes)
        Arrow.compressionRegistry.set(LZ4_FRAME, codec)
        yield* read(bytes)
        assert.strictEqual(Arrow.compressionRegistry.get(LZ4_FRAME), codec)
        assert.isNull(Arrow.compressionRegistry.get(ZSTD))
        assert.strictEqual(calls, 0)
        Arrow.compressionRegistry.set(LZ4_FRAME, before as Parameters<typeof Arrow.compressionRegistry.set>[1])
      }))
  })

  describe("framing", () => {
    const table = new Arrow.Table({ id: texts("a", "b"), values: floatLists([1], [2]) })
    const ids = (bytes: Uint8Array) => Effect.map(read(bytes), (records) => records.map(({ id }) => id))
    const joined = (...parts: ReadonlyArray<Uint8Array>) => Uint8Array.from(parts.flatMap((part) => Array.from(part)))

    it.effect("reads streams without an end mark, with bytes behind it, of old writers, and one after another", () =>
      Effect.gen(function*() {
        const stream = Arrow.tableToIPC(table, "stream")
        const open = stream.subarray(0, -8)
        assert.deepStrictEqual(yield* ids(open), ["a", "b"])
        assert.deepStrictEqual(yield* ids(joined(stream, Uint8Array.of(1, 2, 3))), ["a", "b"])
        assert.deepStrictEqual(yield* ids(joined(open, stream)), ["a", "b", "a", "b"])
        const old = Arrow.RecordBatchStreamWriter.writeAll(table.batches, { writeLegacyIpcFormat: true })
        assert.deepStrictEqual(yield* ids(old.toUint8Array(true)), ["a", "b"])
        assert.deepStrictEqual(yield* ids(Arrow.tableToIPC(new Arrow.Table(table.schema), "stream")), [])
        assert.deepStrictEqual(yield* ids(Arrow.tableToIPC(new Arrow.Table(table.schema), "file")), [])
      }))

    it.effect("takes the dictionary that came last before a batch", () =>
      Effect.gen(function*() {
        const type = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32())
        const of = (id: string, color: string) =>
          new Arrow.Table({
            id: texts(id, `${id}2`),
            values: floatLists([1], [2]),
            color: Arrow.vectorFromArray([color, "same"], type)
          })
        const bytes = Arrow.tableToIPC(of("a", "red").concat(of("b", "blue")), "stream")
        const records = yield* read(bytes, rest)
        assert.deepStrictEqual(records.map(({ metadata }) => metadata?.color), ["red", "same", "blue", "same"])
      }))

    it.effect("says what is wrong with bytes that are not Arrow, end early, or do not end as a file", () =>
      Effect.gen(function*() {
        const [stream, file] = [Arrow.tableToIPC(table, "stream"), Arrow.tableToIPC(table, "file")]
        for (const bytes of [new Uint8Array(0), new TextEncoder().encode("{\"id\":\"a\"}\n".repeat(9))]) {
          assert.include(yield* messageOf(bytes), "it is neither an IPC stream nor an IPC file")
        }
        for (const length of [3, 6, 100, stream.length - 9]) {
          assert.include(yield* messageOf(stream.subarray(0, length)), "it ends within a message")
        }
        for (const length of [8, 100, file.length - 1]) {
          assert.include(yield* messageOf(file.subarray(0, length)), "the file does not end as Arrow files do")
        }
      }))

    it.effect("reads files, whatever they stand behind in memory", () =>
      Effect.gen(function*() {
        for (const kind of ["stream", "file"] as const) {
          const bytes = Arrow.tableToIPC(new Arrow.Table(readable()), kind)
          const all = yield* read(bytes, rest)
          for (const offset of [1, 4]) {
            const moved = new Uint8Array(bytes.length + offset).subarray(offset)
            moved.set(bytes)
            assert.deepStrictEqual(yield* read(moved, rest), all)
          }
        }
      }))

    it.effect("passes over columns of types that no record is made of, unless they are asked for", () =>
      Effect.gen(function*() {
        const columns = { id: texts("a", "b", "c"), ...unreadable(), values: fixed(1, [1], [2], [3]) }
        const table = new Arrow.Table({ ...columns, last: texts("x", "y", "z") })
        for (const kind of ["stream", "file"] as const) {
          const bytes = Arrow.tableToIPC(table, kind)
          const records = yield* read(bytes, { columns: { metadata: ["last"] } })
          assert.deepStrictEqual(records.map(({ metadata }) => metadata?.last), ["x", "y", "z"])
          assert.deepStrictEqual(records.map(({ values }) => values?.[0]), [1, 2, 3])
          const types = { sparse: "Union", dense: "Union", map: "Map", struct: "Struct", bytes: "FixedSizeBinary" }
          for (const [name, type] of Object.entries(types)) {
            const error = yield* Effect.flip(read(bytes, { columns: { metadata: [name] } }))
            assert.instanceOf(error, ColumnError)
            assert.strictEqual(error.column, name)
            assert.include(error.message, `the column "${name}" has the type ${type}`)
          }
        }
      }))
  })

  describe("hostile bytes", () => {
    /** Bytes with a number overwritten wherever it follows another. */
    const overwritten = (bytes: Uint8Array, pattern: ReadonlyArray<number>, value: number): Uint8Array => {
      const out = Buffer.from(bytes)
      const find = Buffer.from(Int32Array.from(pattern).buffer)
      let at = out.indexOf(find)
      assert.isAbove(at, 0)
      for (; at >= 0; at = out.indexOf(find, at + 1)) out.writeInt32LE(value, at)
      return out
    }

    it.effect("counts no list of a header to an end that its bytes do not have", () =>
      Effect.gen(function*() {
        const table = new Arrow.Table({ id: texts("a"), values: floatLists([1, 2]) })
        for (const kind of ["stream", "file"] as const) {
          const bytes = Arrow.tableToIPC(table, kind)
          // Three columns, the first with one row and no nulls; and seven buffers, the first of no bytes.
          for (const [pattern, value] of [[[3, 1, 0, 0, 0], 0x7fffffff], [[7, 0, 0, 0, 0], 0x70000000]] as const) {
            assert.include(yield* messageOf(overwritten(bytes, pattern, value)), "the header of a batch is corrupt")
          }
        }
      }))

    it.effect(
      "ends for whatever is done to the bytes of streams and files of every type",
      () =>
        Effect.gen(function*() {
          const files = corpus()
          let read = 0
          for (let seed = 0; seed < 2000; seed++) {
            const random = randomOf(seed)
            const [name, bytes] = files[seed % files.length]!
            const options = seed % 2 === 0 && !name.startsWith("unreadable") ? rest : {}
            const exit = yield* ArrowRecords.fromIpc(Stream.make(mutate(bytes, random)), options).pipe(
              Stream.runDrain,
              Effect.sandbox,
              Effect.flip,
              Effect.option
            )
            const failure = Option.flatMap(
              exit,
              (cause) => cause._tag === "Fail" ? Option.some(cause.error) : Option.none()
            )
            if (Option.isNone(exit)) read++
            else assert.isTrue(Option.isSome(failure), `seed ${seed} of ${name}: ${String(exit.value)}`)
          }
          assert.isAbove(read, 100)
        }),
      60_000
    )

    it.effect("refuses batches that stand for more rows than their bytes hold", () =>
      Effect.gen(function*() {
        const bytes = Arrow.tableToIPC(new Arrow.Table({ id: texts("a"), values: fixed(2, [1, 2]) }), "stream")
        // The rows of the batch and of each column.
        const out = Uint8Array.from(bytes)
        const view = new DataView(out.buffer)
        for (let at = 304; at + 8 <= out.length; at += 8) {
          if (view.getBigInt64(at, true) === 1n) view.setBigInt64(at, 2n ** 40n, true)
        }
        assert.include(yield* messageOf(out), "a buffer is missing, or shorter than its column")
      }))

    it.live("can be interrupted between batches whose bytes are there at once", () =>
      Effect.gen(function*() {
        const table = new Arrow.Table({ id: texts("a"), values: fixed(2, [1, 2]) })
        const start = Arrow.tableToIPC(new Arrow.Table(table.schema), "stream").subarray(0, -8)
        const batch = Arrow.tableToIPC(table, "stream").subarray(start.length, -8)
        let batches = 0
        const endless = Stream.concat(
          Stream.make(start),
          Stream.repeatEffect(Effect.sync(() => {
            batches++
            return batch
          }))
        )
        const fiber = yield* Effect.fork(Stream.runDrain(ArrowRecords.fromIpc(endless)))
        yield* Effect.sleep(0)
        yield* Fiber.interrupt(fiber)
        // Far more than there are in the time that it may read without a turn of the event loop.
        assert.isBelow(batches, 5000)
      }))
  })
})
