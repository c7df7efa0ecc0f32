import * as Columns from "@effect-pinecone/parquet/Columns"
import type { Data, Vector } from "apache-arrow"
import { DataType, DateUnit, TimeUnit } from "apache-arrow"

/** Reads one row of a column. */
export type Cell<A> = (row: number) => A

/** A list of numbers; undefined where it is null or empty; a message where an element is wrong. */
export type ListCell<A> = Cell<A | string | undefined>

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const isText = (type: DataType): boolean =>
  DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type) ||
  (DataType.isDictionary(type) && isText(type.dictionary))

/** The texts of a column; undefined where the column has another type. */
export const texts = (column: Vector): Cell<string | undefined> | undefined => {
  const [data] = column.data
  if (data === undefined || !isText(data.type)) return undefined
  if (!DataType.isUtf8(data.type) && !DataType.isLargeUtf8(data.type)) {
    return (row) => {
      const value: unknown = column.get(row)
      return typeof value === "string" ? value : undefined
    }
  }
  const { valueOffsets, values } = data
  const hasNulls = data.nullCount > 0
  return (row) =>
    hasNulls && !data.getValid(row)
      ? undefined
      : decoder.decode(values.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1])))
}

const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
}

const isFinite32 = (values: Float32Array): boolean => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]! * 0
  return sum === 0
}

/** Where the elements of a row stand among those of the list's child. */
const rangeOf = (data: Data): ((row: number) => readonly [start: number, end: number]) | undefined => {
  if (DataType.isFixedSizeList(data.type)) {
    const size = data.type.listSize
    return (row) => [row * size, (row + 1) * size]
  }
  if (!DataType.isList(data.type) && !DataType.isLargeList(data.type)) return undefined
  const { valueOffsets } = data
  return (row) => [Number(valueOffsets[row]), Number(valueOffsets[row + 1])]
}

const listCell = <A extends { readonly length: number }>(
  name: string,
  data: Data,
  child: Data,
  slice: (start: number, end: number) => A | string
): ListCell<A> | undefined => {
  const range = rangeOf(data)
  if (range === undefined) return undefined
  const hasNulls = data.nullCount > 0
  const hasNullElements = child.nullCount > 0
  return (row) => {
    if (hasNulls && !data.getValid(row)) return undefined
    const [start, end] = range(row)
    if (start === end) return undefined
    if (hasNullElements) {
      for (let i = start; i < end; i++) {
        if (!child.getValid(i)) return `${name}[${i - start}] is null`
      }
    }
    return slice(start, end)
  }
}

const floatProblem = (name: string, values: ArrayLike<number>, floats: Float32Array): string => {
  const index = floats.findIndex((value) => value - value !== 0)
  const value = values[index]
  return Number.isFinite(value)
    ? `${name}[${index}] is ${value}, which does not fit a 32-bit float`
    : `${name}[${index}] is ${value}, not a finite number`
}

/**
 * Lists of floats: those of 32 bits are views of the child's buffer, the others are converted. Undefined where the column
 * has another type.
 */
export const floats = (name: string, data: Data | undefined): ListCell<Float32Array> | undefined => {
  const child = data?.children[0]
  if (data === undefined || child === undefined || !DataType.isFloat(child.type)) return undefined
  const values: unknown = child.values
  const converted = (numbers: ArrayLike<number>): Float32Array | string => {
    const floats = Float32Array.from(numbers)
    return isFinite32(floats) ? floats : floatProblem(name, numbers, floats)
  }
  if (values instanceof Float32Array) {
    return listCell(name, data, child, (start, end) => {
      const view = values.subarray(start, end)
      return isFinite32(view) ? view : floatProblem(name, view, view)
    })
  }
  if (values instanceof Float64Array) {
    return listCell(name, data, child, (start, end) => converted(values.subarray(start, end)))
  }
  if (values instanceof Uint16Array) {
    return listCell(name, data, child, (start, end) => converted(Array.from(values.subarray(start, end), half)))
  }
  return undefined
}

/** Lists of integers from 0 to 4294967295: those of unsigned 32 bits are views. */
export const indices = (name: string, data: Data | undefined): ListCell<Uint32Array> | undefined => {
  const child = data?.children[0]
  if (data === undefined || child === undefined || !DataType.isInt(child.type)) return undefined
  const values: ArrayLike<number | bigint> = child.values
  return listCell(name, data, child, (start, end) => {
    if (values instanceof Uint32Array) return values.subarray(start, end)
    const out = new Uint32Array(end - start)
    for (let i = 0; i < out.length; i++) {
      const value = Number(values[start + i])
      out[i] = value
      if (out[i] !== value) return `${name}[${i}] is ${value}, not an integer from 0 to 4294967295`
    }
    return out
  })
}

const timeUnits = {
  [TimeUnit.SECOND]: "SECOND",
  [TimeUnit.MILLISECOND]: "MILLISECOND",
  [TimeUnit.MICROSECOND]: "MICROSECOND",
  [TimeUnit.NANOSECOND]: "NANOSECOND"
} as const

/** The values of a field of the metadata; undefined where metadata cannot hold the type of the column. */
export const fields = (column: Vector): Cell<unknown> | undefined => {
  const [data] = column.data
  if (data === undefined) return undefined
  const { type } = data
  const text = texts(column)
  if (text !== undefined) return text
  const raw: ArrayLike<number | bigint> = data.values
  const valid = <A>(of: (row: number) => A): Cell<A | undefined> => (row) => data.getValid(row) ? of(row) : undefined
  if (DataType.isDate(type)) {
    return type.unit === DateUnit.DAY
      ? valid((row) => Columns.isoDate(Number(raw[row])))
      : valid((row) => Columns.isoTime(BigInt(raw[row]!), "MILLISECOND"))
  }
  if (DataType.isTimestamp(type)) {
    const unit = timeUnits[type.unit]
    return valid((row) => Columns.isoTime(BigInt(raw[row]!), unit))
  }
  if (DataType.isInt(type) || DataType.isFloat(type) || DataType.isBool(type)) {
    return (row) => column.get(row)
  }
  if (DataType.isNull(type)) return () => undefined
  if (DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)) {
    const child = column.getChildAt(0)
    const element = child === null ? undefined : texts(child)
    const range = rangeOf(data)
    if (element === undefined || range === undefined) return undefined
    return valid((row) => {
      const [start, end] = range(row)
      const out: Array<string> = []
      for (let i = start; i < end; i++) {
        const value = element(i)
        if (value !== undefined) out.push(value)
      }
      return out
    })
  }
  return undefined
}
