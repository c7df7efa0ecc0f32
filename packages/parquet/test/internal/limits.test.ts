import { assert, describe, it } from "@effect/vitest"
import { snappyCompress } from "hyparquet-writer/src/snappy.js"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { computed, crc32 } from "../../src/internal/crc32.js"
import { decompress, isHadoopFramed } from "../../src/internal/decompress.js"
import { levelReader } from "../../src/internal/levels.js"
import type { ChunkState } from "../../src/internal/limits.js"
import { checkHeader } from "../../src/internal/limits.js"
import type { DataHeader, PageHeader, Type } from "../../src/internal/metadata.js"
import { parseFooter } from "../../src/internal/metadata.js"
import { readRuns } from "../../src/internal/runs.js"
import { uncompress } from "../../src/internal/snappy.js"
import { parse } from "../../src/internal/thrift.js"
import type { Stored } from "../../src/internal/values.js"
import { Binary, Bits, decode, indices, plain } from "../../src/internal/values.js"
import { checkFrame } from "../../src/internal/zstd.js"
import { deltaBytes } from "../utils/deltas.js"
import { footerOf, many } from "../utils/records.js"
import { parquetBytes } from "../utils/writeParquet.js"

const bytesOf = (...bytes: ReadonlyArray<number>) => Uint8Array.from(bytes)

/** The values of a page as an array, or why they are refused. */
const valuesOf = (stored: Stored | string): ReadonlyArray<unknown> | string =>
  typeof stored === "string"
    ? stored
    : stored instanceof Bits
    ? Array.from(stored.bits)
    : stored instanceof Binary
    ? Array.from(stored.starts, (start, i) => Array.from(stored.bytes.subarray(start, stored.ends[i])))
    : Array.from<number | bigint>(stored)

describe("what bounds a hostile file", () => {
  it("reads Thrift without trusting its lengths", () => {
    const { footer } = footerOf(parquetBytes(many(20)))
    assert.deepInclude(parse(footer, {}), { status: "complete", end: footer.length })
    for (let end = 0; end < footer.length; end++) {
      assert.strictEqual(parse(footer.subarray(0, end), {}).status, "short")
      assert.isString(parseFooter(footer.subarray(0, end)))
    }
    const status = (...bytes: ReadonlyArray<number>) => parse(bytesOf(...bytes), { 1: null }).status
    // A list of 2^31 - 1 integers, a text of as many bytes, and a number that does not end.
    assert.strictEqual(status(0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07, 0), "short")
    assert.strictEqual(status(0x18, 0xff, 0xff, 0xff, 0xff, 0x07, 0), "short")
    assert.strictEqual(status(0x16, ...new Uint8Array(20).fill(0xff), 0), "broken")
    assert.strictEqual(status(0x1b, 0), "broken")
    assert.strictEqual(status(...new Uint8Array(1000).fill(0x1c)), "broken")
    assert.strictEqual(parse(bytesOf(0x11, 0x19, 0x21, 1, 2, 0x10 + 7, ...new Uint8Array(8), 0), {}).end, 15)
    // A list of nine million structs, of a byte each.
    const structs = new Uint8Array(9_000_010)
    structs.set([0x19, 0xfc, 0xc0, 0xa8, 0xa5, 0x04])
    assert.strictEqual(parse(structs, { 1: {} }).status, "broken")
  })

  it("keeps the fields that are asked for, whatever stands between them", () => {
    // Field 2 is true, 5 is -3, 6 a list of two booleans, 7 a text, 300 a struct with field 1, false.
    const bytes = bytesOf(0x21, 0x35, 5, 0x19, 0x22, 1, 0, 0x18, 2, 104, 105, 0x0c, 0xd8, 4, 0x12, 0, 0)
    const { end, status, struct } = parse(bytes, { 2: null, 5: null, 6: null, 7: null, 300: { 1: null } })
    assert.deepStrictEqual([end, status], [bytes.length, "complete"])
    assert.strictEqual(struct.fields[2], true)
    assert.strictEqual(struct.fields[5], -3)
    assert.deepStrictEqual(struct.fields[6], [1, 0])
    assert.deepStrictEqual(struct.fields[7], bytesOf(104, 105))
    assert.deepInclude(struct.fields[300], { fields: [, false] })
    assert.deepStrictEqual(parse(bytes, { 5: null }).struct.fields, [, , , , , -3])
  })

  const chunk: ChunkState = { type: "FLOAT", codec: "SNAPPY", bytesLeft: 1000, valuesLeft: 100, hasDictionary: false }
  const v2: DataHeader = {
    version: 2,
    values: 10,
    nulls: 2,
    encoding: "PLAIN",
    levelEncodings: [],
    definitionBytes: 4,
    repetitionBytes: 4,
    isCompressed: true
  }
  const header = (change: Partial<PageHeader>, data: Partial<DataHeader> = {}): PageHeader => ({
    compressed: 100,
    uncompressed: 200,
    checksum: undefined,
    data: { ...v2, ...data },
    dictionary: undefined,
    ...change
  })

  it("checks the header of a page", () => {
    const refusal = (change: Partial<PageHeader>, data: Partial<DataHeader> = {}, other: Partial<ChunkState> = {}) =>
      checkHeader(header(change, data), { ...chunk, ...other })
    assert.isUndefined(refusal({}))
    assert.isUndefined(refusal({ compressed: 1000 }))
    assert.include(refusal({ compressed: 1001 }), "does not fit")
    assert.include(refusal({ compressed: -1 }), "does not fit")
    assert.include(refusal({ uncompressed: 2 ** 31 - 1 }), "cannot have")
    assert.isUndefined(refusal({ uncompressed: 100 * 22 + 64 }))
    assert.include(refusal({ uncompressed: 100 * 22 + 65 }), "cannot have")
    assert.include(refusal({ uncompressed: -5 }), "has no size")
    assert.isUndefined(refusal({}, { values: 100 }))
    assert.include(refusal({}, { values: 101 }), "more values")
    assert.include(refusal({}, { values: -1 }), "more values")
    assert.include(refusal({}, { nulls: 11 }), "more nulls")
    assert.include(refusal({}, { nulls: -1 }), "more nulls")
    assert.isUndefined(refusal({}, { definitionBytes: 96 }))
    assert.include(refusal({}, { definitionBytes: 97 }), "levels")
    assert.include(refusal({}, { repetitionBytes: -1 }), "levels")
    assert.include(refusal({}, { encoding: "DELTA_BYTE_ARRAY" }), "encoding")
    assert.include(refusal({}, { encoding: undefined }), "encoding")
    assert.include(refusal({}, { encoding: "RLE_DICTIONARY" }), "dictionary that is missing")
    assert.include(refusal({}, { values: 2 ** 25 + 1 }, { valuesLeft: 2 ** 31 }), "that a page may have here")
    // A kilobyte does not become a gigabyte, in a codec without a bound of its own either.
    const large = { compressed: 1000, uncompressed: 2 ** 30 }
    for (const codec of ["ZSTD", "BROTLI", "GZIP", "LZ4", "LZ4_RAW", "UNCOMPRESSED"] as const) {
      assert.include(refusal(large, {}, { codec }), "cannot have")
    }
    assert.isUndefined(refusal({ compressed: 1000, uncompressed: 2 ** 25 }, {}, { codec: "ZSTD" }))
    assert.isUndefined(refusal({ compressed: 1000, uncompressed: 1_000_000 }, {}, { codec: "GZIP" }))
    assert.isUndefined(refusal({ compressed: 1000, uncompressed: 250_000 }, {}, { codec: "LZ4_RAW" }))
    const dictionary = (values: number, encoding: "PLAIN" | "RLE") =>
      refusal({ data: undefined, dictionary: { values, encoding } })
    assert.isUndefined(dictionary(200, "PLAIN"))
    assert.include(dictionary(201, "PLAIN"), "more values")
    assert.include(dictionary(200, "RLE"), "encoding RLE")
  })

  it("reads runs without trusting their lengths", () => {
    const read = (bytes: Uint8Array, count: number, max = 3, width = 2) =>
      readRuns(bytes, 0, bytes.length, width, max, count)
    // Five times 3, then eight packed values of which six count: 0, 1, 2, 3, 3, 3, and padding.
    const runs = bytesOf(10, 3, 3, 0b11100100, 0b00001111)
    const found = new Uint8Array(11)
    assert.strictEqual(readRuns(runs, 0, runs.length, 2, 3, 11, found), 8)
    assert.deepStrictEqual(Array.from(found), [3, 3, 3, 3, 3, 0, 1, 2, 3, 3, 3])
    // A value above the highest, in both kinds of runs.
    assert.strictEqual(read(bytesOf(10, 3), 5, 3), 5)
    assert.strictEqual(read(bytesOf(10, 3), 5, 2), -1)
    assert.strictEqual(read(bytesOf(3, 0b11, 0), 8, 2), -1)
    assert.strictEqual(read(bytesOf(3, 0b11), 2, 1, 1), 2)
    // Padded as DuckDB does it, and no further; and without the bytes of the padding.
    assert.strictEqual(read(bytesOf(65, 1, ...new Uint8Array(100)), 3, 1, 1), 1)
    assert.strictEqual(read(bytesOf(65, ...new Uint8Array(31)), 1, 0, 1), 1)
    assert.strictEqual(read(bytesOf(67, ...new Uint8Array(66)), 8, 0, 2), -1)
    assert.strictEqual(read(bytesOf(67, ...new Uint8Array(66)), 9, 0, 2), 9)
    assert.strictEqual(read(bytesOf(0x81, 1, ...new Uint8Array(200)), 3), -1)
    assert.strictEqual(read(bytesOf(3, 0b1111), 4), 2)
    assert.strictEqual(read(bytesOf(3, 0b1111), 5), -1)
    assert.isAtLeast(read(runs, 13), 0)
    assert.strictEqual(read(runs, 14), -1)
    assert.strictEqual(read(runs, 4), -1)
    assert.strictEqual(read(runs.subarray(0, 3), 11), -1)
    // Runs of 2^30 values, a packed run whose length is negative in 32 bits, and packed values without bits.
    assert.strictEqual(read(bytesOf(0x80, 0x80, 0x80, 0x80, 0x08, 3), 100), -1)
    assert.strictEqual(read(bytesOf(0xff, 0xff, 0xff, 0xff, 0x0f, 3), 100), -1)
    assert.strictEqual(read(bytesOf(0xff, 0xff, 0xff, 0xff, 0x07), 100, 0, 0), -1)
    assert.strictEqual(read(new Uint8Array(100).fill(0xff), 100), -1)
    assert.strictEqual(read(new Uint8Array(100), 100), -1)
  })

  it("reads packed runs of every width", () => {
    for (let width = 1; width <= 32; width++) {
      const values = Array.from({ length: 11 }, (_, i) => (i === 4 ? 2 ** width - 1 : (i * 0x9e3779b1) % 2 ** width))
      let packed = 0n
      values.forEach((value, i) => {
        packed |= BigInt(value) << BigInt(i * width)
      })
      const length = Math.ceil((11 * width) / 8)
      // Two groups of eight, of which the second lacks its padding.
      const bytes = bytesOf(5, ...Array.from({ length }, (_, i) => Number((packed >> BigInt(i * 8)) & 255n)))
      const out = new Uint32Array(11)
      assert.isAtLeast(readRuns(bytes, 0, bytes.length, width, 2 ** width - 1, 11, out), 1)
      assert.deepStrictEqual(Array.from(out), values, `width ${width}`)
      assert.strictEqual(readRuns(bytes, 0, bytes.length - 1, width, 2 ** width - 1, 11), -1)
      const size = Math.ceil(width / 8)
      const repeated = bytesOf(6, ...new Uint8Array(size).fill(1), 9)
      assert.strictEqual(readRuns(repeated, 0, size + 1, width, 2 ** 32, 3, out), 0)
      assert.strictEqual(out[2], [0, 1, 257, 65793, 16843009][size])
      assert.strictEqual(readRuns(repeated, 0, size, width, 2 ** 32, 3), -1)
    }
  })

  it("reads deltas without trusting their lengths", () => {
    // Blocks of 128 in 4 parts, 3 values, first 5, smallest delta 1, widths 1 0 0 0, and the 32 bits of a part.
    const deltas = bytesOf(0x80, 1, 4, 3, 10, 2, 1, 0, 0, 0, 2, 0, 0, 0)
    const read = (bytes: Uint8Array, count: number, type: Type = "INT32") =>
      valuesOf(decode(bytes, 0, "DELTA_BINARY_PACKED", { type, length: 0 }, count))
    const wrong = "has deltas that do not fit in it"
    assert.deepStrictEqual(read(deltas, 3), [5, 6, 8])
    assert.deepStrictEqual(read(deltas, 3, "INT64"), [5n, 6n, 8n])
    // The bytes of the padding may be missing.
    assert.deepStrictEqual(read(deltas.subarray(0, 11), 3), [5, 6, 8])
    assert.strictEqual(read(deltas, 4), wrong)
    assert.strictEqual(read(deltas.subarray(0, 10), 3), wrong)
    assert.strictEqual(read(deltas.subarray(0, 9), 3), wrong)
    const change = (at: number, byte: number) => deltas.map((old, index) => index === at ? byte : old)
    assert.strictEqual(read(change(2, 0), 3), wrong)
    assert.strictEqual(read(change(2, 3), 3), wrong)
    assert.strictEqual(read(change(6, 65), 3), wrong)
    assert.strictEqual(read(new Uint8Array(4).fill(0xff), 3), wrong)
    // As many parts as would take two gigabytes.
    assert.strictEqual(read(bytesOf(0x80, 1, 0xff, 0xff, 0xff, 0xff, 7, 3, 10, 2), 3), wrong)
    // Every width, with sums that wrap around.
    const low = -(2n ** 63n)
    const long = [low, -1n, 0n, 2n ** 63n - 1n, low, 5n, 2n ** 62n]
    assert.deepStrictEqual(read(deltaBytes(long, 64), long.length, "INT64"), long)
    const short = [5n, 7n, -9n, 2147483647n, -2147483648n, 0n]
    for (let width = 1; width <= 64; width++) {
      const some = [9n, ...Array.from({ length: 200 }, (_, i) => i % 3 === 0 ? 2n ** BigInt(width - 1) - 5n : -5n)]
        .map((_, i, steps) => BigInt.asIntN(64, steps.slice(0, i + 1).reduce((sum, step) => sum + step)))
      assert.deepStrictEqual(read(deltaBytes(some, width), some.length, "INT64"), some, `${width} bits`)
      const wrapped = some.map((value) => Number(BigInt.asIntN(32, value)))
      assert.deepStrictEqual(read(deltaBytes(some, width), some.length), wrapped, `${width} bits`)
      if (width > 32) assert.deepStrictEqual(read(deltaBytes(short, width), short.length), short.map(Number))
    }
    // Blocks of a million values without bits.
    const free = bytesOf(0x80, 0x80, 0x40, 1, 0x80, 0x80, 0x80, 0x10, 0, ...new Uint8Array(100))
    assert.strictEqual(read(free, 2 ** 25), wrong)
  })

  it("refuses plain values and dictionary indices that are not there", () => {
    const read = (bytes: Uint8Array, start: number, type: Type, count: number, length = 0) =>
      valuesOf(plain(bytes, start, { type, length }, count))
    assert.deepStrictEqual(read(new Uint8Array(8), 0, "FLOAT", 2), [0, 0])
    assert.isString(read(new Uint8Array(8), 1, "FLOAT", 2))
    assert.isString(read(new Uint8Array(8), 0, "DOUBLE", 2))
    const text = bytesOf(1, 0, 0, 0, 65, 2, 0, 0, 0, 66, 67)
    assert.deepStrictEqual(read(text, 0, "BYTE_ARRAY", 2), [[65], [66, 67]])
    assert.isString(read(text, 0, "BYTE_ARRAY", 3))
    assert.isString(read(text.subarray(0, 10), 0, "BYTE_ARRAY", 2))
    assert.isString(read(bytesOf(255, 255, 255, 255, 65), 0, "BYTE_ARRAY", 1))
    assert.deepStrictEqual(read(bytesOf(0b101, 1), 0, "BOOLEAN", 9), [1, 0, 1, 0, 0, 0, 0, 0, 1])
    assert.isString(read(new Uint8Array(1), 0, "BOOLEAN", 9))
    assert.deepStrictEqual(read(bytesOf(9, 1, 2, 3, 4), 1, "FIXED_LEN_BYTE_ARRAY", 2, 2), [[1, 2], [3, 4]])
    assert.isString(read(new Uint8Array(9 * 16 - 1), 0, "FIXED_LEN_BYTE_ARRAY", 9, 16))
    assert.isString(read(new Uint8Array(9 * 12 - 1), 0, "INT96", 9))

    const at = (bytes: Uint8Array, entries: number, count: number) => {
      const found = indices(bytes, 0, entries, count)
      return typeof found === "string" ? found : Array.from(found)
    }
    assert.deepStrictEqual(at(bytesOf(2, 3, 0b11100100, 0), 4, 4), [0, 1, 2, 3])
    assert.isString(at(bytesOf(2, 3, 0b11100100, 0), 3, 4))
    assert.isString(at(bytesOf(2), 4, 4))
    assert.isString(at(bytesOf(33, 4, 0), 1, 2))
    assert.isString(at(bytesOf(1, 0xfe, 0xff, 3, 0), 1, 2))
    // One entry needs no bits, and a dictionary without entries has none.
    assert.deepStrictEqual(at(bytesOf(0), 1, 2), [0, 0])
    assert.isString(at(bytesOf(0), 0, 2))
    assert.isString(at(bytesOf(), 1, 2))
    // The indices of a small dictionary take a byte each, so that a page of a few bytes takes no more than its values.
    const many = indices(bytesOf(8, 0x80, 0x80, 0x80, 1, 7), 0, 256, 2 ** 20)
    assert.strictEqual(typeof many === "string" ? 0 : many.byteLength, 2 ** 20)
    assert.deepStrictEqual(at(bytesOf(16, 4, 0, 1), 257, 2), [256, 256])
    assert.deepStrictEqual(at(bytesOf(24, 4, 0, 0, 1), 65537, 2), [65536, 65536])
  })

  it("checks the levels of a page of the first version", () => {
    const page = bytesOf(2, 0, 0, 0, 4, 1, ...new Uint8Array(8))
    const v1: DataHeader = { ...v2, version: 1, values: 2, levelEncodings: ["RLE", "RLE"] }
    const check = (bytes: Uint8Array, change: Partial<DataHeader> = {}) =>
      levelReader({ definition: 1, repetition: 0 }).v1(bytes, { ...v1, ...change })
    assert.deepStrictEqual(check(page), { repetition: undefined, definition: undefined, present: 2, start: 6 })
    assert.include(check(page, { values: 3 }), "levels")
    assert.include(check(page.map((byte, index) => index === 4 ? 0xfe : byte)), "levels")
    assert.include(check(page.map((byte, index) => index === 5 ? 2 : byte)), "levels")
    assert.include(check(page.map((byte, index) => index === 3 ? 0xff : byte)), "levels")
    assert.include(check(page.subarray(0, 3)), "levels")
    assert.include(check(page, { levelEncodings: ["BIT_PACKED", "RLE"] }), "levels of an encoding")
    assert.isObject(check(page, { levelEncodings: ["RLE", "BIT_PACKED"] }))
  })

  it("checks the levels of a page of the second version", () => {
    const data: DataHeader = { ...v2, values: 8, nulls: 0, repetitionBytes: 2, definitionBytes: 2 }
    const check = (bytes: Uint8Array, header: DataHeader) =>
      levelReader({ definition: 3, repetition: 1 }).v2(bytes, header)
    const bytes = bytesOf(16, 0, 16, 3)
    assert.deepInclude(check(bytes, data), { present: 8, start: 0 })
    assert.include(check(bytes, { ...data, nulls: 1 }), "nulls")
    assert.include(check(bytesOf(18, 0, 16, 3), data), "levels")
    assert.include(check(bytesOf(16, 0, 14, 3), data), "levels")
  })

  it("checks texts that follow each other by their differences", () => {
    // Lengths of the parts that are taken over, 0 and then so many, and lengths 1 of the parts that follow.
    const texts = (taken: number) =>
      bytesOf(0x80, 1, 4, 3, 0, taken * 2, 0, 0, 0, 0, 0x80, 1, 4, 3, 2, 0, 0, 0, 0, 0, 65, 66, 67)
    const read = (bytes: Uint8Array) =>
      valuesOf(decode(bytes, 0, "DELTA_BYTE_ARRAY", { type: "BYTE_ARRAY", length: 0 }, 3))
    assert.deepStrictEqual(read(texts(1)), [[65], [65, 66], [65, 66, 67]])
    assert.include(read(texts(2)), "deltas")
    assert.include(read(texts(-1)), "deltas")
    assert.include(read(texts(1).subarray(0, 22)), "deltas")
    const lengths = bytesOf(0x80, 1, 4, 3, 2, 0, 0, 0, 0, 0, 65, 66, 67)
    const layout = { type: "BYTE_ARRAY", length: 0 } as const
    assert.deepStrictEqual(valuesOf(decode(lengths, 0, "DELTA_LENGTH_BYTE_ARRAY", layout, 3)), [[65], [66], [67]])
    assert.include(valuesOf(decode(lengths.subarray(0, 12), 0, "DELTA_LENGTH_BYTE_ARRAY", layout, 3)), "deltas")
    // Texts of a fixed length have that one.
    const fixed = (length: number) =>
      valuesOf(decode(texts(0), 0, "DELTA_BYTE_ARRAY", { type: "FIXED_LEN_BYTE_ARRAY", length }, 3))
    assert.deepStrictEqual(fixed(1), [[65], [66], [67]])
    assert.include(fixed(2), "another length")
  })

  it("bounds what texts become that begin with those before them", () => {
    // A text of 64 KB, and 10,000 that repeat it.
    const [count, size] = [10_000, 65_536n]
    const prefixes = Array.from({ length: count }, (_, i) => i === 0 ? 0n : size)
    const suffixes = Array.from({ length: count }, (_, i) => i === 0 ? size : 0n)
    const bytes = [...deltaBytes(prefixes, 17), ...deltaBytes(suffixes, 17), ...new Uint8Array(Number(size))]
    const all = Uint8Array.from(bytes)
    assert.include(
      decode(all, 0, "DELTA_BYTE_ARRAY", { type: "BYTE_ARRAY", length: 0 }, count),
      "texts of more than"
    )
  })

  it("checks runs of booleans", () => {
    const read = (bytes: Uint8Array) => valuesOf(decode(bytes, 0, "RLE", { type: "BOOLEAN", length: 0 }, 9))
    assert.deepStrictEqual(read(bytesOf(2, 0, 0, 0, 18, 1)), [1, 1, 1, 1, 1, 1, 1, 1, 1])
    assert.isString(read(bytesOf(2, 0, 0, 0, 16, 1)))
    assert.isString(read(bytesOf(3, 0, 0, 0, 18, 1)))
    assert.isString(read(bytesOf(2, 0, 0)))
  })

  it("checks values whose bytes are split", () => {
    const read = (bytes: Uint8Array, type: Type, length = 0) =>
      valuesOf(decode(bytes, 0, "BYTE_STREAM_SPLIT", { type, length }, 2))
    assert.deepStrictEqual(read(bytesOf(1, 2, 3, 4), "FIXED_LEN_BYTE_ARRAY", 2), [[1, 3], [2, 4]])
    assert.deepStrictEqual(read(bytesOf(1, 2, 0, 1, 0, 0, 0, 0), "INT32"), [1, 258])
    assert.isString(read(new Uint8Array(7), "FLOAT"))
    assert.isString(read(new Uint8Array(3), "FIXED_LEN_BYTE_ARRAY", 2))
  })

  it("decompresses into exactly as many bytes as are announced", () => {
    assert.include(decompress(bytesOf(0x80, 0x80, 0x80, 0x80, 4, 0), 128, "SNAPPY"), "not Snappy")
    assert.isTrue(isHadoopFramed(bytesOf(0, 0, 0, 1, 0, 0, 0, 2, 0x10, 65)))
    assert.isFalse(isHadoopFramed(bytesOf(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 0, 0)))
    const text = new TextEncoder().encode("a text ".repeat(100))
    for (const [codec, packed] of [["BROTLI", brotliCompressSync(text)], ["GZIP", gzipSync(text)]] as const) {
      const found = decompress(packed, text.length, codec)
      assert.deepStrictEqual(found, text)
      // A copy of a part of it is a copy.
      assert.notStrictEqual((found as Uint8Array).slice().buffer, (found as Uint8Array).buffer)
      assert.throws(() => decompress(packed, 100, codec))
      assert.include(decompress(packed, text.length + 1, codec), `from ${text.length + 1} bytes`)
    }
    assert.include(decompress(text, 1000, "LZO"), "compressed with LZO")
    assert.include(decompress(text, 1, "UNCOMPRESSED"), "from 1 bytes")
  })

  it.prop("computes the checksums of zlib", [FastCheck.uint8Array({ maxLength: 100 })], ([bytes]) => {
    assert.strictEqual(computed(bytes), crc32(bytes))
  })

  it("computes known checksums", () => {
    const digits = new TextEncoder().encode("123456789")
    assert.strictEqual(computed(digits), 0xcbf43926 | 0)
    assert.strictEqual(crc32(digits), 0xcbf43926 | 0)
  })

  it.prop(
    "decompresses Snappy, and ends on bytes that are wrong",
    [
      FastCheck.array(
        FastCheck.oneof(FastCheck.uint8Array({ maxLength: 100 }), FastCheck.constant(new Uint8Array(99)))
      ),
      FastCheck.nat(),
      FastCheck.integer({ min: 0, max: 255 })
    ],
    ([parts, position, byte]) => {
      const plain = Uint8Array.from(parts.flatMap((part) => Array.from(part)))
      const packed = snappyCompress(plain)
      assert.deepStrictEqual(uncompress(packed, plain.length), plain)
      assert.isUndefined(uncompress(packed, plain.length + 1))
      if (plain.length > 0) {
        assert.isUndefined(uncompress(packed, plain.length - 1))
        assert.isUndefined(uncompress(packed.subarray(0, -1), plain.length))
      }
      const changed = packed.slice()
      changed[position % packed.length] = byte
      assert.include([undefined, plain.length], uncompress(changed, plain.length)?.length)
    }
  )

  it("refuses a literal of Snappy that is longer than its bytes, and copies of what is not there", () => {
    assert.deepStrictEqual(uncompress(bytesOf(3, 0xfc, 2, 0, 0, 0, 7, 8, 9), 3), bytesOf(7, 8, 9))
    // A length of 2^32, and offsets of nothing, of more than there is, and of one that repeats.
    assert.isUndefined(uncompress(bytesOf(3, 0xfc, 0xff, 0xff, 0xff, 0xff, 7, 8, 9), 3))
    assert.isUndefined(uncompress(bytesOf(5, 0, 7, 1, 0), 5))
    assert.isUndefined(uncompress(bytesOf(5, 0, 7, 1, 2), 5))
    assert.deepStrictEqual(uncompress(bytesOf(5, 0, 7, 1, 1), 5), bytesOf(7, 7, 7, 7, 7))
    assert.deepStrictEqual(uncompress(bytesOf(2, 0, 7, 3, 1, 0, 0, 0), 2), bytesOf(7, 7))
  })

  it("checks the frame, the window, the blocks and the Huffman table of Zstandard", () => {
    const frame = (...rest: ReadonlyArray<number>) => bytesOf(0x28, 0xb5, 0x2f, 0xfd, ...rest)
    // A frame of one block, of 3 bytes as they are.
    const raw = frame(0x20, 3, 0x19, 0, 0, 1, 2, 3)
    assert.isUndefined(checkFrame(raw, 3))
    assert.include(checkFrame(raw, 4), "not 4")
    assert.include(checkFrame(raw.subarray(0, 10), 3), "ends")
    assert.include(checkFrame(raw.subarray(1), 3), "not a frame")
    assert.include(checkFrame(frame(0, 0xff, 0x19, 0, 0, 1, 2, 3), 3), "window")
    assert.include(checkFrame(frame(0, 0, 0xfb, 0xff, 0x03, 1), 3), "more than 3")
    assert.include(checkFrame(frame(0, 0, 0x1f, 0, 0), 3), "not valid")
    // One symbol has the probability 32 of 32: the number 33 is stored as 63, in six bits.
    const huffman = (number: number) => {
      const table = [(number << 4) & 0xff, number >> 4, 0, 0]
      return frame(0, 0, 0x45, 0, 0, 2, 0, 0, 4, ...table)
    }
    assert.include(checkFrame(huffman(63), 300), "Huffman")
    assert.isUndefined(checkFrame(huffman(5), 300))
  })
})
