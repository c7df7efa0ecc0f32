import * as Arrow from "apache-arrow"
import pl from "nodejs-polars"
import { fixed, floatLists, item, raw, readable, texts } from "./tables.js"

/** Numbers from 0 up to 1, always the same for a seed. */
export const randomOf = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let value = Math.imul(state ^ (state >>> 15), 1 | state)
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Columns of three rows of types that no record is made of. */
export const unreadable = (): Record<string, Arrow.Vector> => {
  const int = new Arrow.Field("int", new Arrow.Int32(), true)
  const text = new Arrow.Field("text", new Arrow.Utf8(), true)
  const ints = Arrow.makeData({ type: new Arrow.Int32(), data: Int32Array.of(1, 2, 3) })
  const strings = texts("x", "y", "z").data[0]!
  const sparse = Arrow.makeData({
    type: new Arrow.SparseUnion([0, 1], [int, text]),
    length: 3,
    typeIds: Int8Array.of(0, 1, 0),
    children: [ints, strings]
  })
  const dense = Arrow.makeData({
    type: new Arrow.DenseUnion([0, 1], [int, text]),
    length: 3,
    typeIds: Int8Array.of(0, 1, 0),
    valueOffsets: Int32Array.of(0, 0, 1),
    children: [ints, strings]
  })
  const entries = new Arrow.Struct<{ key: Arrow.Utf8; value: Arrow.Int32 }>([
    new Arrow.Field("key", new Arrow.Utf8(), false),
    new Arrow.Field("value", new Arrow.Int32(), true)
  ])
  return {
    sparse: new Arrow.Vector([sparse]),
    dense: new Arrow.Vector([dense]),
    map: Arrow.vectorFromArray(
      [new Map([["k", 1]]), null, new Map()],
      new Arrow.Map_(new Arrow.Field("entries", entries, false))
    ),
    struct: Arrow.vectorFromArray([{ int: 1, text: "x" }, null, { int: 2, text: null }], new Arrow.Struct([int, text])),
    duration: raw(new Arrow.DurationSecond(), BigInt64Array.of(1n, 2n, 3n), 3),
    yearMonth: raw(new Arrow.IntervalYearMonth(), Int32Array.of(1, 2, 3), 3),
    dayTime: raw(new Arrow.IntervalDayTime(), Int32Array.of(1, 2, 3, 4, 5, 6), 3),
    bytes: raw(new Arrow.FixedSizeBinary(4), Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), 3),
    lists: Arrow.vectorFromArray(
      [[["a"]], null, [["b"], []]],
      new Arrow.List(item(new Arrow.List(item(new Arrow.Utf8()))))
    )
  }
}

/** Small IPC streams and files, of every type and codec. */
export const corpus = (): ReadonlyArray<readonly [name: string, bytes: Uint8Array]> => {
  const dictionary = new Arrow.Dictionary(new Arrow.Utf8(), new Arrow.Int32())
  const batch = (color: string) =>
    new Arrow.Table({
      id: texts("a", "b"),
      values: fixed(2, [1, 2], [3, 4]),
      color: Arrow.vectorFromArray([color, "same"], dictionary)
    })
  const tables = {
    readable: new Arrow.Table(readable()),
    unreadable: new Arrow.Table({ id: texts("a", "b", "c"), values: floatLists([1], [2], [3]), ...unreadable() }),
    batches: batch("red").concat(batch("blue"), batch("green"))
  }
  const out: Array<readonly [string, Uint8Array]> = []
  for (const [name, table] of Object.entries(tables)) {
    out.push([`${name} stream`, Arrow.tableToIPC(table, "stream")])
    // Files cannot replace a dictionary.
    if (name !== "batches") out.push([`${name} file`, Arrow.tableToIPC(table, "file")])
  }
  const frame = pl.DataFrame({
    id: Array.from({ length: 60 }, (_, n) => `id-${n}`),
    values: Array.from({ length: 60 }, (_, n) => [n, n / 2, 0.25]),
    title: Array.from({ length: 60 }, (_, n) => n % 7 === 0 ? null : `the title of ${n}, which repeats`)
  })
  for (const compression of ["uncompressed", "lz4", "zstd"] as const) {
    out.push([`polars file ${compression}`, frame.writeIPC({ compression })])
    out.push([`polars stream ${compression}`, frame.writeIPCStream({ compression })])
  }
  return out
}

const words = [0, 1, -1, 0x7fffffff, -0x80000000, 0x10000, 0x1000000, 255, -2, 0x7ffffff0]

/** Bytes with something about them changed: cut, flipped, overwritten by numbers at the edge, moved, or left out. */
export const mutate = (bytes: Uint8Array, random: () => number): Uint8Array => {
  const below = (limit: number) => Math.floor(random() * limit)
  const kind = below(6)
  if (kind === 0) return bytes.slice(0, below(bytes.length))
  const out = Uint8Array.from(bytes)
  const view = new DataView(out.buffer)
  const times = 1 + below(3)
  for (let i = 0; i < times; i++) {
    const at = below(out.length)
    if (kind === 1) {
      out[at]! ^= 1 << below(8)
    } else if (kind === 2) {
      const word = Math.min(at & ~3, out.length - 4)
      view.setInt32(word, words[below(words.length)]!, true)
    } else if (kind === 3) {
      const long = Math.min(at & ~7, out.length - 8)
      view.setBigInt64(long, BigInt(words[below(words.length)]!) << BigInt(below(33)), true)
    } else if (kind === 4) {
      out.copyWithin(at, below(out.length), below(out.length))
    } else {
      out.fill(below(256), at, at + below(64))
    }
  }
  return out
}
