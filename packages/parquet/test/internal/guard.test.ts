import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { FileMetaData, SchemaElement } from "hyparquet"
import { parquetMetadata } from "hyparquet"
import { snappyCompress } from "hyparquet-writer/src/snappy.js"
import { brotliCompressSync, gzipSync } from "node:zlib"
import { decompressors, isHadoopFramed } from "../../src/internal/decompress.js"
import * as Guard from "../../src/internal/guard.js"
import { levelReader, readRuns } from "../../src/internal/levels.js"
import { uncompress } from "../../src/internal/snappy.js"
import { footerOf, many } from "../utils/records.js"
import { parquetBytes } from "../utils/writeParquet.js"

describe("guards", () => {
  const bytesOf = (...bytes: ReadonlyArray<number>) => Uint8Array.from(bytes)

  it("walks Thrift without trusting its lengths", () => {
    const { footer } = footerOf(parquetBytes(many(20)))
    assert.deepStrictEqual(Guard.walkThrift(footer), { status: "complete", end: footer.length, longDecimal: false })
    for (let end = 0; end < footer.length; end++) {
      assert.strictEqual(Guard.walkThrift(footer.subarray(0, end)).status, "short")
    }
    // A list of 2^31 - 1 integers, a text of as many bytes, and a number that does not end.
    assert.strictEqual(Guard.walkThrift(bytesOf(0x19, 0xf5, 0xff, 0xff, 0xff, 0xff, 0x07, 0)).status, "short")
    assert.strictEqual(Guard.walkThrift(bytesOf(0x18, 0xff, 0xff, 0xff, 0xff, 0x07, 0)).status, "short")
    assert.strictEqual(Guard.walkThrift(bytesOf(0x16, ...new Uint8Array(20).fill(0xff), 0)).status, "broken")
    assert.strictEqual(Guard.walkThrift(bytesOf(0x1b, 0)).status, "broken")
    assert.strictEqual(Guard.walkThrift(new Uint8Array(1000).fill(0x1c)).status, "broken")
    assert.strictEqual(Guard.walkThrift(bytesOf(0x11, 0x19, 0x21, 1, 2, 0x10 + 7, ...new Uint8Array(8), 0)).end, 15)
  })

  it("refuses long statistics of a decimal column", () => {
    const long = 70_000
    const statistics = [0x18, ...[0xf0, 0xa2, 0x04], ...new Uint8Array(long), 0]
    const column = [0x3c, 0xcc, ...statistics, 0, 0]
    const footer = (converted: number) =>
      bytesOf(0x29, 0x1c, 0x65, converted, 0, 0x29, 0x1c, 0x19, 0x1c, ...column, 0, 0)
    assert.isUndefined(Guard.checkFooter(footer(0)))
    assert.include(Guard.checkFooter(footer(10)), "decimal")
  })

  it("checks the counts of a footer against each other", () => {
    const metadata = parquetMetadata(parquetBytes(many(20), { rowGroupSize: 8 }))
    const root = metadata.schema[0] as SchemaElement
    const withRoot = (children: number): FileMetaData => ({
      ...metadata,
      schema: [{ ...root, num_children: children }, ...metadata.schema.slice(1)]
    })
    assert.isUndefined(Guard.checkMetadata(metadata))
    for (const children of [0, 2, 4, -1, 0.5, 2 ** 31]) {
      assert.include(Guard.checkMetadata(withRoot(children)), "its schema has")
    }
    const nested = Array.from({ length: 100 }, () => ({ ...root, num_children: 1 }))
    assert.include(Guard.checkMetadata({ ...metadata, schema: [...nested, { name: "x" }] }), "its schema has")
    assert.include(Guard.checkMetadata({ ...metadata, num_rows: 21n }), "row count")
    const group = metadata.row_groups[0]
    const untyped = JSON.parse("[{ \"meta_data\": false }]")
    const groups = group === undefined ? [] : [{ ...group, columns: untyped }, ...metadata.row_groups.slice(1)]
    assert.include(Guard.checkMetadata({ ...metadata, row_groups: groups }), "no path")
    assert.include(Guard.checkMetadata({ ...metadata, row_groups: metadata.row_groups.slice(1) }), "row count")
  })

  const chunk: Guard.ChunkState = {
    type: "FLOAT",
    codec: "SNAPPY",
    bytesLeft: 1000,
    valuesLeft: 100,
    hasDictionary: false
  }
  const v2: Guard.DataHeaderV2 = {
    num_values: 10,
    num_nulls: 2,
    num_rows: 5,
    encoding: "PLAIN",
    definition_levels_byte_length: 4,
    repetition_levels_byte_length: 4,
    is_compressed: true
  }
  const header = (change: Partial<Guard.PageHeader>, data: Partial<Guard.DataHeaderV2> = {}): Guard.PageHeader => ({
    type: "DATA_PAGE_V2",
    compressed_page_size: 100,
    uncompressed_page_size: 200,
    data_page_header_v2: { ...v2, ...data },
    ...change
  })

  it("checks the header of a page", () => {
    const refusal = (change: Partial<Guard.PageHeader>, data: Partial<Guard.DataHeaderV2> = {}) =>
      Guard.checkHeader(header(change, data), chunk)
    assert.isUndefined(refusal({}))
    assert.include(refusal({ compressed_page_size: 1001 }), "does not fit")
    assert.include(refusal({ compressed_page_size: -1 }), "does not fit")
    assert.include(refusal({ uncompressed_page_size: 2 ** 31 - 1 }), "cannot have")
    assert.include(refusal({ uncompressed_page_size: 100 * 30 }), "cannot have")
    assert.include(refusal({ uncompressed_page_size: -5 }), "has no size")
    assert.include(refusal({}, { num_values: 101 }), "more values")
    assert.include(refusal({}, { num_values: -1 }), "more values")
    assert.include(refusal({}, { num_nulls: 11 }), "more nulls")
    assert.include(refusal({}, { num_nulls: -1 }), "more nulls")
    assert.include(refusal({}, { definition_levels_byte_length: 97 }), "levels")
    assert.include(refusal({}, { repetition_levels_byte_length: -1 }), "levels")
    assert.include(refusal({}, { encoding: "DELTA_BYTE_ARRAY" }), "encoding")
    assert.include(refusal({}, { encoding: "RLE_DICTIONARY" }), "dictionary that is missing")
    assert.include(
      Guard.checkHeader(header({}, { num_values: 2 ** 30 }), { ...chunk, valuesLeft: 2 ** 31 }),
      "that a page may have here"
    )
    const entries = header({ dictionary_page_header: { num_values: 201, encoding: "PLAIN" } })
    assert.include(Guard.checkHeader(entries, chunk), "more values")
  })

  it("walks runs without trusting their lengths", () => {
    const walk = (bytes: Uint8Array, count: number, width = 2) => Guard.walkRuns(bytes, 0, bytes.length, width, count)
    // Five times 3, then eight packed values of which six count: 0, 1, 2, 3, 3, 3, and padding.
    const runs = bytesOf(10, 3, 3, 0b11100100, 0b00001111)
    assert.strictEqual(Guard.walkRuns(runs, 0, runs.length, 2, 11), 5)
    const levels = new Uint8Array(11)
    assert.strictEqual(readRuns(runs, 0, runs.length, 3, 11, levels), 8)
    assert.deepStrictEqual(Array.from(levels), [3, 3, 3, 3, 3, 0, 1, 2, 3, 3, 3])
    // A level above the highest, and a packed run that is padded as DuckDB does it.
    assert.strictEqual(readRuns(bytesOf(10, 3), 0, 2, 2, 5), -1)
    assert.strictEqual(readRuns(bytesOf(3, 0b11), 0, 2, 1, 2), 2)
    assert.strictEqual(readRuns(bytesOf(65, 1, ...new Uint8Array(100)), 0, 40, 1, 3), 1)
    assert.strictEqual(walk(bytesOf(65, ...new Uint8Array(100)), 3), 65)
    assert.strictEqual(walk(bytesOf(0x81, 1, ...new Uint8Array(200)), 3), -1)
    assert.strictEqual(walk(runs, 13), 5)
    assert.strictEqual(walk(runs, 14), -1)
    assert.strictEqual(walk(runs, 4), -1)
    assert.strictEqual(walk(runs.subarray(0, 3), 11), -1)
    // Runs of 2^30 values, a packed run whose length is negative in 32 bits, and packed values without bits.
    assert.strictEqual(walk(bytesOf(0x80, 0x80, 0x80, 0x80, 0x08, 3), 100), -1)
    assert.strictEqual(walk(bytesOf(0xff, 0xff, 0xff, 0xff, 0x0f, 3), 100), -1)
    assert.strictEqual(walk(bytesOf(0xff, 0xff, 0xff, 0xff, 0x07), 100, 0), -1)
    assert.strictEqual(walk(new Uint8Array(100).fill(0xff), 100), -1)
    assert.strictEqual(walk(new Uint8Array(100), 100), -1)
  })

  it("walks deltas without trusting their lengths", () => {
    // Blocks of 128 in 4 parts, 3 values, first 5, smallest delta 1, widths 1 0 0 0, and the 32 bits of a part.
    const deltas = bytesOf(0x80, 1, 4, 3, 10, 2, 1, 0, 0, 0, 2, 0, 0, 0)
    assert.strictEqual(Guard.walkDeltas(deltas, 0, 3), 14)
    assert.strictEqual(Guard.walkDeltas(deltas, 0, 4), -1)
    assert.strictEqual(Guard.walkDeltas(deltas.subarray(0, 10), 0, 3), -1)
    const change = (at: number, byte: number) => deltas.map((old, index) => index === at ? byte : old)
    assert.strictEqual(Guard.walkDeltas(change(2, 0), 0, 3), -1)
    assert.strictEqual(Guard.walkDeltas(change(2, 3), 0, 3), -1)
    assert.strictEqual(Guard.walkDeltas(change(6, 200), 0, 3), -1)
    // As many parts as would take two gigabytes.
    assert.strictEqual(Guard.walkDeltas(bytesOf(0x80, 1, 0xff, 0xff, 0xff, 0xff, 7, 3, 10, 2), 0, 3), -1)
  })

  it("refuses plain values and dictionary indices that are not there", () => {
    assert.isUndefined(Guard.checkPlain(new Uint8Array(8), 0, "FLOAT", 2))
    assert.isString(Guard.checkPlain(new Uint8Array(8), 1, "FLOAT", 2))
    assert.isString(Guard.checkPlain(new Uint8Array(8), 0, "DOUBLE", 2))
    const text = bytesOf(1, 0, 0, 0, 65, 2, 0, 0, 0, 66, 67)
    assert.isUndefined(Guard.checkPlain(text, 0, "BYTE_ARRAY", 2))
    assert.isString(Guard.checkPlain(text, 0, "BYTE_ARRAY", 3))
    assert.isString(Guard.checkPlain(text.subarray(0, 10), 0, "BYTE_ARRAY", 2))
    assert.isTrue(Guard.areIndices([0, 1, 2], 3))
    assert.isFalse(Guard.areIndices([0, 3], 3))
    assert.isFalse(Guard.areIndices([-1], 3))
  })

  it("checks a page of the first version", () => {
    const page = bytesOf(2, 0, 0, 0, 4, 1, ...new Uint8Array(8))
    const check = (bytes: Uint8Array, change: Partial<Guard.DataHeader> = {}) => {
      const header: Guard.DataHeader = {
        num_values: 2,
        encoding: "PLAIN",
        definition_level_encoding: "RLE",
        repetition_level_encoding: "RLE",
        ...change
      }
      const levels = levelReader({ definition: 1, repetition: 0 }).v1(bytes, header)
      return typeof levels === "string"
        ? levels
        : Guard.checkValues(bytes, levels.start, header.encoding, "FLOAT", levels.present)
    }
    assert.isUndefined(check(page))
    assert.include(check(page, { num_values: 3 }), "levels")
    assert.include(check(page.map((byte, index) => index === 4 ? 0xfe : byte)), "levels")
    assert.include(check(page.map((byte, index) => index === 5 ? 2 : byte)), "levels")
    assert.include(check(page.map((byte, index) => index === 3 ? 0xff : byte)), "levels")
    assert.include(check(page.subarray(0, 3)), "levels")
    assert.include(check(page.subarray(0, 13)), "fewer bytes")
    assert.include(check(bytesOf(2, 0, 0, 0, 4, 1, 33, 4, 0), { encoding: "RLE_DICTIONARY" }), "width")
    assert.include(check(bytesOf(2, 0, 0, 0, 4, 1, 1, 0xfe, 0xff, 3, 0), { encoding: "RLE_DICTIONARY" }), "indices")
    assert.isUndefined(check(bytesOf(2, 0, 0, 0, 4, 1, 1, 4, 0), { encoding: "RLE_DICTIONARY" }))
  })

  it("checks a page of the second version", () => {
    const data: Guard.DataHeaderV2 = {
      ...v2,
      num_values: 8,
      num_nulls: 0,
      repetition_levels_byte_length: 2,
      definition_levels_byte_length: 2
    }
    const check = (bytes: Uint8Array, header: Guard.DataHeaderV2) => {
      const levels = levelReader({ definition: 3, repetition: 1 }).v2(bytes, header)
      return typeof levels === "string" ? levels : undefined
    }
    const bytes = bytesOf(16, 0, 16, 3)
    assert.isUndefined(check(bytes, data))
    assert.include(check(bytes, { ...data, num_nulls: 1 }), "nulls")
    assert.include(check(bytesOf(18, 0, 16, 3), data), "levels")
    assert.include(check(bytesOf(16, 0, 14, 3), data), "levels")
    assert.isUndefined(Guard.checkValues(new Uint8Array(32), 0, "PLAIN", "FLOAT", 8))
    assert.include(Guard.checkValues(new Uint8Array(31), 0, "PLAIN", "FLOAT", 8), "fewer bytes")
    // Lengths of the parts that are taken over, 0 and then so many, and lengths 1 of the parts that follow.
    const texts = (taken: number) =>
      bytesOf(0x80, 1, 4, 3, 0, taken * 2, 0, 0, 0, 0, 0x80, 1, 4, 3, 2, 0, 0, 0, 0, 0, 65, 66, 67)
    const checkTexts = (bytes: Uint8Array) => Guard.checkValues(bytes, 0, "DELTA_BYTE_ARRAY", "BYTE_ARRAY", 3)
    assert.isUndefined(checkTexts(texts(1)))
    assert.include(checkTexts(texts(2)), "deltas")
    assert.include(checkTexts(texts(1).subarray(0, 22)), "deltas")
  })

  it("checks values of other types", () => {
    const check = (
      bytes: Uint8Array,
      encoding: string,
      type: Parameters<typeof Guard.checkPlain>[2],
      length?: number
    ) => Guard.checkValues(bytes, 0, encoding, type, 9, length)
    assert.isUndefined(check(new Uint8Array(2), "PLAIN", "BOOLEAN"))
    assert.isString(check(new Uint8Array(1), "PLAIN", "BOOLEAN"))
    assert.isUndefined(check(new Uint8Array(9 * 16), "PLAIN", "FIXED_LEN_BYTE_ARRAY", 16))
    assert.isString(check(new Uint8Array(9 * 16 - 1), "PLAIN", "FIXED_LEN_BYTE_ARRAY", 16))
    assert.isString(check(new Uint8Array(9 * 12 - 1), "PLAIN", "INT96"))
    assert.isUndefined(check(bytesOf(2, 0, 0, 0, 18, 1), "RLE", "BOOLEAN"))
    assert.isString(check(bytesOf(2, 0, 0, 0, 16, 1), "RLE", "BOOLEAN"))
    assert.isString(check(bytesOf(3, 0, 0, 0, 18, 1), "RLE", "BOOLEAN"))
    assert.isString(check(bytesOf(2, 0, 0), "RLE", "BOOLEAN"))
  })

  it("checks compressed bytes before they are decompressed", () => {
    assert.isUndefined(Guard.checkCompressed(bytesOf(0x80, 1, 0), "SNAPPY", 128))
    assert.include(Guard.checkCompressed(bytesOf(0x80, 0x80, 0x80, 0x80, 4, 0), "SNAPPY", 128), "128 bytes")
    assert.isTrue(isHadoopFramed(bytesOf(0, 0, 0, 1, 0, 0, 0, 2, 0x10, 65)))
    assert.isFalse(isHadoopFramed(bytesOf(0, 0, 0, 0, 0xff, 0xff, 0xff, 0xf8, 0, 0)))
    const text = new TextEncoder().encode("a text ".repeat(100))
    const { BROTLI: brotli, GZIP: gzip } = decompressors
    assert.deepStrictEqual(brotli?.(brotliCompressSync(text), text.length).slice(), text)
    assert.deepStrictEqual(gzip?.(gzipSync(text), text.length).slice(), text)
    assert.throws(() => gzip?.(gzipSync(text), 100))
    assert.throws(() => brotli?.(brotliCompressSync(text), 100))
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
    assert.isUndefined(Guard.checkZstd(raw, 3))
    assert.include(Guard.checkZstd(raw, 4), "not 4")
    assert.include(Guard.checkZstd(raw.subarray(0, 10), 3), "ends")
    assert.include(Guard.checkZstd(raw.subarray(1), 3), "not a frame")
    assert.include(Guard.checkZstd(frame(0, 0xff, 0x19, 0, 0, 1, 2, 3), 3), "window")
    assert.include(Guard.checkZstd(frame(0, 0, 0xfb, 0xff, 0x03, 1), 3), "more than 3")
    assert.include(Guard.checkZstd(frame(0, 0, 0x1f, 0, 0), 3), "not valid")
    // One symbol has the probability 32 of 32: the number 33 is stored as 63, in six bits.
    const huffman = (number: number) => {
      const table = [(number << 4) & 0xff, number >> 4, 0, 0]
      return frame(0, 0, 0x45, 0, 0, 2, 0, 0, 4, ...table)
    }
    assert.include(Guard.checkZstd(huffman(63), 300), "Huffman")
    assert.isUndefined(Guard.checkZstd(huffman(5), 300))
  })
})
