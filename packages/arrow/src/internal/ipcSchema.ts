import type { DataType, Dictionary as DictionaryType, Int, Precision } from "apache-arrow"
import {
  Binary,
  BinaryView,
  Bool,
  Date_,
  DateUnit,
  Decimal,
  Dictionary,
  Duration,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalDayTime,
  IntervalMonthDayNano,
  IntervalYearMonth,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Null,
  Struct,
  TimeMicrosecond,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  Timestamp,
  TimeUnit,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Utf8View
} from "apache-arrow"
import type { FlatBuffer } from "./flatbuffer.js"

/**
 * How the values of a column lie in the buffers of a batch. `Skipped` are those of types that no record is made of: it is
 * only known how many buffers they have.
 */
export type Layout =
  | { readonly _tag: "Null"; readonly type: Null }
  | { readonly _tag: "Fixed"; readonly type: DataType; readonly bits: number }
  | { readonly _tag: "Bytes"; readonly type: Utf8 | Binary | LargeUtf8 | LargeBinary; readonly isLarge: boolean }
  | { readonly _tag: "Views"; readonly type: Utf8View | BinaryView }
  | { readonly _tag: "List"; readonly type: List | LargeList; readonly isLarge: boolean; readonly child: Layout }
  | { readonly _tag: "FixedSizeList"; readonly type: FixedSizeList; readonly child: Layout }
  | { readonly _tag: "Struct"; readonly type: Struct; readonly children: ReadonlyArray<Layout> }
  | { readonly _tag: "Dictionary"; readonly type: DictionaryType; readonly bits: number }
  | {
    readonly _tag: "Skipped"
    readonly name: string
    readonly buffers: number
    readonly children: ReadonlyArray<Layout>
  }

export interface IpcSchema {
  readonly fields: ReadonlyArray<Field>
  readonly layouts: ReadonlyArray<Layout>
  /** The values of each dictionary. */
  readonly dictionaries: ReadonlyMap<number, Layout>
}

const integers: Record<number, { readonly signed: Int; readonly unsigned: Int }> = {
  8: { signed: new Int8(), unsigned: new Uint8() },
  16: { signed: new Int16(), unsigned: new Uint16() },
  32: { signed: new Int32(), unsigned: new Uint32() },
  64: { signed: new Int64(), unsigned: new Uint64() }
}

const intervals = [
  { type: new IntervalYearMonth(), bits: 32 },
  { type: new IntervalDayTime(), bits: 64 },
  { type: new IntervalMonthDayNano(), bits: 128 }
]

const times: Record<string, DataType> = {
  "32/0": new TimeSecond(),
  "32/1": new TimeMillisecond(),
  "64/2": new TimeMicrosecond(),
  "64/3": new TimeNanosecond()
}

const units: ReadonlyArray<TimeUnit> = [
  TimeUnit.SECOND,
  TimeUnit.MILLISECOND,
  TimeUnit.MICROSECOND,
  TimeUnit.NANOSECOND
]

const maxDepth = 32

const skipped = (name: string, buffers: number, children: ReadonlyArray<Layout>): Layout => ({
  _tag: "Skipped",
  name,
  buffers,
  children
})

/** The name of a type, as messages say it. */
export const nameOf = (layout: Layout): string => layout._tag === "Skipped" ? layout.name : String(layout.type)

const integer = (buffer: FlatBuffer, table: number): Int | undefined => {
  const width = integers[buffer.intField(table, 0, 0)]
  return buffer.byteField(table, 1, 0) === 0 ? width?.unsigned : width?.signed
}

const fixed = (type: DataType | undefined, bits: number): Layout | string =>
  type === undefined ? "a type that Arrow does not have" : { _tag: "Fixed", type, bits }

/** A schema in its FlatBuffer, or what is wrong with it. */
export const readSchema = (buffer: FlatBuffer, schema: number, version: number): IpcSchema | string => {
  if (version < 3) return "it was written before version 0.8 of Arrow: write it again with a later one"
  if (buffer.shortField(schema, 0, 0) !== 0) return "it is big-endian: write it on a little-endian machine"
  const dictionaries = new Map<number, Layout>()

  const layoutOf = (field: number, children: ReadonlyArray<{ field: Field; layout: Layout }>): Layout | string => {
    const type = buffer.child(field, 3)
    const [only] = children
    const layouts = children.map(({ layout }) => layout)
    const unread = layouts.find(({ _tag }) => _tag === "Skipped")
    const one = (name: string, buffers: number, of: (child: Layout, item: Field) => Layout): Layout | string => {
      if (only === undefined || children.length !== 1) return `a ${name} without the type of its values`
      return unread === undefined
        ? of(only.layout, only.field)
        : skipped(`${name}<${nameOf(unread)}>`, buffers, layouts)
    }
    switch (buffer.byteField(field, 2, 0)) {
      case 0:
      case 1:
        return { _tag: "Null", type: new Null() }
      case 2:
        return fixed(integer(buffer, type), buffer.intField(type, 0, 0))
      case 3: {
        const precision: Precision = buffer.shortField(type, 0, 0)
        return fixed(precision > 2 ? undefined : new Float(precision), 16 << precision)
      }
      case 4:
        return { _tag: "Bytes", type: new Binary(), isLarge: false }
      case 5:
        return { _tag: "Bytes", type: new Utf8(), isLarge: false }
      case 6:
        return { _tag: "Fixed", type: new Bool(), bits: 1 }
      case 7: {
        const bits = buffer.intField(type, 2, 128)
        const decimal = new Decimal(buffer.intField(type, 1, 0), buffer.intField(type, 0, 0), bits)
        return fixed([32, 64, 128, 256].includes(bits) ? decimal : undefined, bits)
      }
      case 8: {
        const isDay = buffer.shortField(type, 0, 1) === 0
        return fixed(new Date_(isDay ? DateUnit.DAY : DateUnit.MILLISECOND), isDay ? 32 : 64)
      }
      case 9: {
        const bits = buffer.intField(type, 1, 32)
        return fixed(times[`${bits}/${buffer.shortField(type, 0, 1)}`], bits)
      }
      case 10: {
        const unit = units[buffer.shortField(type, 0, 0)]
        return fixed(unit === undefined ? undefined : new Timestamp(unit, buffer.text(type, 1)), 64)
      }
      case 11: {
        const interval = intervals[buffer.shortField(type, 0, 0)]
        return fixed(interval?.type, interval?.bits ?? 0)
      }
      case 12:
        return one("List", 2, (child, item) => ({ _tag: "List", type: new List(item), isLarge: false, child }))
      case 13: {
        if (unread !== undefined) return skipped(`Struct<${nameOf(unread)}>`, 1, layouts)
        const type = new Struct(children.map(({ field }) => field))
        return { _tag: "Struct", type, children: layouts }
      }
      case 14:
        // Before version 5, unions had a bitmap of their nulls.
        return skipped("Union", (buffer.shortField(type, 0, 0) === 0 ? 1 : 2) + (version < 4 ? 1 : 0), layouts)
      case 15: {
        const width = buffer.intField(type, 0, 0)
        return fixed(width < 0 ? undefined : new FixedSizeBinary(width), width * 8)
      }
      case 16: {
        const size = buffer.intField(type, 0, 0)
        if (size < 0) return `a FixedSizeList of ${size} values`
        return one("FixedSizeList", 1, (child, item) => ({
          _tag: "FixedSizeList",
          type: new FixedSizeList(size, item),
          child
        }))
      }
      case 17:
        return skipped("Map", 2, layouts)
      case 18: {
        const unit = units[buffer.shortField(type, 0, 1)]
        return fixed(unit === undefined ? undefined : new Duration(unit), 64)
      }
      case 19:
        return { _tag: "Bytes", type: new LargeBinary(), isLarge: true }
      case 20:
        return { _tag: "Bytes", type: new LargeUtf8(), isLarge: true }
      case 21:
        return one("LargeList", 2, (child, item) => ({ _tag: "List", type: new LargeList(item), isLarge: true, child }))
      case 22:
        return skipped("RunEndEncoded", 0, layouts)
      case 23:
        return { _tag: "Views", type: new BinaryView() }
      case 24:
        return { _tag: "Views", type: new Utf8View() }
      case 25:
        return skipped("ListView", 3, layouts)
      case 26:
        return skipped("LargeListView", 3, layouts)
      default:
        return "a type that Arrow does not have"
    }
  }

  const metadataOf = (field: number): Map<string, string> => {
    const out = new Map<string, string>()
    const { length, start } = buffer.elements(field, 6, 4)
    for (let i = 0; i < length && buffer.isValid; i++) {
      const entry = buffer.table(start + i * 4)
      out.set(buffer.text(entry, 0) ?? "", buffer.text(entry, 1) ?? "")
    }
    return out
  }

  type Read = { readonly field: Field; readonly layout: Layout }

  const fieldsOf = (parent: number, index: number, depth: number): ReadonlyArray<Read> | string => {
    if (depth > maxDepth) return `its columns are nested deeper than ${maxDepth} levels`
    const { length, start } = buffer.elements(parent, index, 4)
    const out: Array<Read> = []
    for (let i = 0; i < length && buffer.isValid; i++) {
      const field = buffer.table(start + i * 4)
      const name = buffer.text(field, 0) ?? ""
      const children = fieldsOf(field, 5, depth + 1)
      if (typeof children === "string") return children
      const values = layoutOf(field, children)
      if (!buffer.isValid) break
      if (typeof values === "string") return `its column "${name}" has ${values}`
      const encoding = buffer.child(field, 4)
      const layout = encoding === 0 ? values : dictionaryOf(encoding, values)
      if (typeof layout === "string") return `its column "${name}" has ${layout}`
      // A type that is skipped has no Field of its own.
      const type = layout._tag === "Skipped" ? new Null() : layout.type
      out.push({ layout, field: new Field(name, type, buffer.byteField(field, 1, 0) !== 0, metadataOf(field)) })
    }
    return out
  }

  const dictionaryOf = (encoding: number, values: Layout): Layout | string => {
    const id = buffer.longField(encoding, 0)
    const table = buffer.child(encoding, 1)
    const keys = table === 0 ? new Int32() : integer(buffer, table)
    if (keys === undefined) return "a dictionary whose keys are not integers"
    const known = dictionaries.get(id)
    if (known === undefined) dictionaries.set(id, values)
    const of = known ?? values
    if (of._tag === "Skipped") return skipped(`Dictionary<${of.name}>`, 2, [])
    // eslint-disable-next-line no-restricted-syntax -- the library's type leaves out 64-bit keys, which it reads.
    const indices = keys as DictionaryType["indices"]
    return { _tag: "Dictionary", type: new Dictionary(of.type, indices, id), bits: keys.bitWidth }
  }

  const fields = fieldsOf(schema, 1, 0)
  if (!buffer.isValid) return "its schema is corrupt"
  if (typeof fields === "string") return fields
  return { fields: fields.map(({ field }) => field), layouts: fields.map(({ layout }) => layout), dictionaries }
}
