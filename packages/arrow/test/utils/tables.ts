import * as Arrow from "apache-arrow"

export const item = <T extends Arrow.DataType>(type: T) => new Arrow.Field("item", type, true)

export const texts = (...values: ReadonlyArray<string | null>) => Arrow.vectorFromArray(values, new Arrow.Utf8())

export const floatLists = (...values: ReadonlyArray<ReadonlyArray<number | null> | null>) =>
  Arrow.vectorFromArray(values, new Arrow.List(item(new Arrow.Float32())))

export const fixed = (dimension: number, ...values: ReadonlyArray<ReadonlyArray<number> | null>) =>
  Arrow.vectorFromArray(values, new Arrow.FixedSizeList(dimension, item(new Arrow.Float32())))

/** A column of a type that the library has no builder for, of its raw values. */
export const raw = (type: Arrow.DataType, data: ArrayBufferView, length: number, nullBitmap?: Uint8Array) => {
  const values = new type.ArrayType(data.buffer)
  return new Arrow.Vector([
    new Arrow.Data(
      type,
      0,
      length,
      nullBitmap === undefined ? 0 : -1,
      nullBitmap === undefined ? [undefined, values] : [undefined, values, nullBitmap]
    )
  ])
}

/** Columns of three rows, the second of which is null, that records can be made of. */
export const readable = (): Record<string, Arrow.Vector> => {
  const present = Uint8Array.of(5)
  const sparse = new Arrow.Struct([
    new Arrow.Field("indices", new Arrow.List(item(new Arrow.Uint32())), true),
    new Arrow.Field("values", new Arrow.List(item(new Arrow.Float32())), true)
  ])
  const of = (values: ReadonlyArray<unknown>, type: Arrow.DataType): Arrow.Vector => Arrow.vectorFromArray(values, type)
  return {
    id: texts("a", "b", "c"),
    values: floatLists([1, 2], [3, 4], [5, 6]),
    sparse_values: of([{ indices: [1], values: [0.5] }, null, { indices: [7, 9], values: [1, 2] }], sparse),
    utf8: texts("é", null, "z"),
    largeUtf8: of(["é", null, "z"], new Arrow.LargeUtf8()),
    utf8View: of(["of 12 bytes.", null, "a text that is longer than a view"], new Arrow.Utf8View()),
    binary: of([Uint8Array.of(97), null, Uint8Array.of(98, 99)], new Arrow.Binary()),
    largeBinary: of([Uint8Array.of(97), null, Uint8Array.of(98, 99)], new Arrow.LargeBinary()),
    binaryView: of([Uint8Array.of(97), null, Uint8Array.of(98, 99)], new Arrow.BinaryView()),
    color: of(["red", null, "red"], new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int8())),
    year: of([1980, null, 2000], new Arrow.Dictionary(new Arrow.Int32(), new Arrow.Int32())),
    tags: of([["p", "q"], null, []], new Arrow.List(item(new Arrow.Utf8()))),
    pair: of([["p", "q"], null, ["r", "s"]], new Arrow.FixedSizeList(2, item(new Arrow.Utf8()))),
    none: new Arrow.Vector([Arrow.makeData({ type: new Arrow.Null(), length: 3 })]),
    flag: of([true, null, false], new Arrow.Bool()),
    i8: raw(new Arrow.Int8(), Int8Array.of(-128, 0, 127), 3, present),
    i16: raw(new Arrow.Int16(), Int16Array.of(-32768, 0, 32767), 3, present),
    i32: raw(new Arrow.Int32(), Int32Array.of(-2147483648, 0, 2147483647), 3, present),
    i64: raw(new Arrow.Int64(), BigInt64Array.of(-9007199254740991n, 0n, 9007199254740991n), 3, present),
    u8: raw(new Arrow.Uint8(), Uint8Array.of(0, 0, 255), 3, present),
    u16: raw(new Arrow.Uint16(), Uint16Array.of(0, 0, 65535), 3, present),
    u32: raw(new Arrow.Uint32(), Uint32Array.of(0, 0, 4294967295), 3, present),
    u64: raw(new Arrow.Uint64(), BigUint64Array.of(0n, 0n, 9007199254740991n), 3, present),
    f16: raw(new Arrow.Float16(), Uint16Array.of(0x3c00, 0x7c00, 0x8001), 3, present),
    f32: raw(new Arrow.Float32(), Float32Array.of(0.5, Number.NaN, -1.5), 3, present),
    f64: raw(new Arrow.Float64(), Float64Array.of(0.1, Number.NaN, -1e300), 3, present),
    decimal32: raw(new Arrow.Decimal(1, 9, 32), Int32Array.of(3, 0, -12345), 3, present),
    decimal64: raw(new Arrow.Decimal(2, 18, 64), BigInt64Array.of(30n, 0n, -1n), 3, present),
    decimal128: raw(
      new Arrow.Decimal(18, 38, 128),
      BigInt64Array.of(300_000_000_000_000_000n, 0n, 0n, 0n, -1n, -1n),
      3,
      present
    ),
    decimal256: raw(
      new Arrow.Decimal(-3, 76, 256),
      BigInt64Array.of(7n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, -7n, -1n, -1n, -1n),
      3,
      present
    ),
    day: raw(new Arrow.DateDay(), Int32Array.of(19782, 0, -1), 3, present),
    date: raw(new Arrow.DateMillisecond(), BigInt64Array.of(1_709_164_800_000n, 0n, -86_400_000n), 3, present),
    timeS: raw(new Arrow.TimeSecond(), Int32Array.of(45_000, 0, 0), 3, present),
    timeMs: raw(new Arrow.TimeMillisecond(), Int32Array.of(45_000_120, 0, 1), 3, present),
    timeUs: raw(new Arrow.TimeMicrosecond(), BigInt64Array.of(45_000_000_001n, 0n, 86_399_999_999n), 3, present),
    timeNs: raw(new Arrow.TimeNanosecond(), BigInt64Array.of(45_000_000_000_000n, 0n, 1n), 3, present),
    atS: raw(new Arrow.TimestampSecond(), BigInt64Array.of(1_709_209_800n, 0n, -1n), 3, present),
    atMs: raw(new Arrow.TimestampMillisecond("UTC"), BigInt64Array.of(1_709_209_800_120n, 0n, -1n), 3, present),
    atUs: raw(
      new Arrow.TimestampMicrosecond("Europe/Paris"),
      BigInt64Array.of(1_709_209_800_123_456n, 0n, -1n),
      3,
      present
    ),
    atNs: raw(new Arrow.TimestampNanosecond(), BigInt64Array.of(1_709_209_800_123_456_789n, 0n, -1n), 3, present)
  }
}

/** What the metadata of the first and the third row of {@link readable} is; the second has none. */
export const readableMetadata: ReadonlyArray<Record<string, unknown>> = [
  {
    utf8: "é",
    largeUtf8: "é",
    utf8View: "of 12 bytes.",
    binary: "a",
    largeBinary: "a",
    binaryView: "a",
    color: "red",
    year: 1980,
    tags: ["p", "q"],
    pair: ["p", "q"],
    flag: true,
    i8: -128,
    i16: -32768,
    i32: -2147483648,
    i64: -9007199254740991,
    u8: 0,
    u16: 0,
    u32: 0,
    u64: 0,
    f16: 1,
    f32: 0.5,
    f64: 0.1,
    decimal32: 0.3,
    decimal64: 0.3,
    decimal128: 0.3,
    decimal256: 7000,
    day: "2024-02-29",
    date: "2024-02-29T00:00:00.000Z",
    timeS: "12:30:00.000",
    timeMs: "12:30:00.120",
    timeUs: "12:30:00.000001",
    timeNs: "12:30:00.000",
    atS: "2024-02-29T12:30:00.000Z",
    atMs: "2024-02-29T12:30:00.120Z",
    atUs: "2024-02-29T12:30:00.123456Z",
    atNs: "2024-02-29T12:30:00.123456789Z"
  },
  {
    utf8: "z",
    largeUtf8: "z",
    utf8View: "a text that is longer than a view",
    binary: "bc",
    largeBinary: "bc",
    binaryView: "bc",
    color: "red",
    year: 2000,
    tags: [],
    pair: ["r", "s"],
    flag: false,
    i8: 127,
    i16: 32767,
    i32: 2147483647,
    i64: 9007199254740991,
    u8: 255,
    u16: 65535,
    u32: 4294967295,
    u64: 9007199254740991,
    f16: -(2 ** -24),
    f32: -1.5,
    f64: -1e300,
    decimal32: -1234.5,
    decimal64: -0.01,
    decimal128: -1e-18,
    decimal256: -7000,
    day: "1969-12-31",
    date: "1969-12-31T00:00:00.000Z",
    timeS: "00:00:00.000",
    timeMs: "00:00:00.001",
    timeUs: "23:59:59.999999",
    timeNs: "00:00:00.000000001",
    atS: "1969-12-31T23:59:59.000Z",
    atMs: "1969-12-31T23:59:59.999Z",
    atUs: "1969-12-31T23:59:59.999999Z",
    atNs: "1969-12-31T23:59:59.999999999Z"
  }
]
