import * as Columns from "../Columns.js"
import type { Node } from "./metadata.js"
import { isCount } from "./metadata.js"
import type { Numbers, Stored } from "./values.js"
import { Binary, Bits } from "./values.js"

/** What the values of a column mean. */
export type Kind =
  | "null"
  | "text"
  | "boolean"
  | "integer"
  | "float"
  | "float16"
  | "decimal"
  | "date"
  | "time"
  | "timestamp"
  | "uuid"
  | "interval"

/** More digits than any writer gives a decimal. */
const maxScale = 128

const maxDecimalBytes = 32

/** By the newer annotation, or else the older one, or else the type; undefined for what has no meaning here. */
const annotated = (node: Node): Kind | undefined => {
  const { converted, logical, type } = node
  switch (logical ?? converted) {
    case "NULL":
      return "null"
    case "STRING":
    case "UTF8":
    case "JSON":
    case "ENUM":
      return "text"
    case "INTEGER":
    case "INT_8":
    case "INT_16":
    case "INT_32":
    case "INT_64":
    case "UINT_8":
    case "UINT_16":
    case "UINT_32":
    case "UINT_64":
      return "integer"
    case "DECIMAL":
      return "decimal"
    case "DATE":
      return "date"
    case "TIME":
    case "TIME_MILLIS":
    case "TIME_MICROS":
      return "time"
    case "TIMESTAMP":
    case "TIMESTAMP_MILLIS":
    case "TIMESTAMP_MICROS":
      return "timestamp"
    case "UUID":
      return "uuid"
    case "FLOAT16":
      return "float16"
    case "INTERVAL":
      return "interval"
    case undefined:
      switch (type) {
        case "BOOLEAN":
          return "boolean"
        case "INT32":
        case "INT64":
          return "integer"
        case "FLOAT":
        case "DOUBLE":
          return "float"
        case "INT96":
          return "timestamp"
        case "BYTE_ARRAY":
          // Some writers leave texts without an annotation.
          return "text"
      }
  }
  return undefined
}

/** Whether the type can hold what the annotation says. */
const fits = (kind: Kind, { length, scale, type, unit }: Node): boolean => {
  switch (kind) {
    case "null":
      return true
    case "text":
      return type === "BYTE_ARRAY"
    case "boolean":
      return type === "BOOLEAN"
    case "integer":
      return type === "INT32" || type === "INT64"
    case "float":
      return type === "FLOAT" || type === "DOUBLE"
    case "float16":
      return type === "FIXED_LEN_BYTE_ARRAY" && length === 2
    case "decimal":
      return isCount(scale) && scale <= maxScale &&
        (type === "INT32" || type === "INT64" || type === "FIXED_LEN_BYTE_ARRAY" || type === "BYTE_ARRAY")
    case "date":
      return type === "INT32"
    case "time":
      return unit === "MILLISECOND" ? type === "INT32" : unit !== undefined && type === "INT64"
    case "timestamp":
      return type === "INT96" || unit !== undefined && type === "INT64"
    case "uuid":
      return type === "FIXED_LEN_BYTE_ARRAY" && length === 16
    case "interval":
      return type === "FIXED_LEN_BYTE_ARRAY" && length === 12
  }
}

export const kindOf = (node: Node): Kind | undefined => {
  if (node.children.length > 0) return undefined
  const kind = annotated(node)
  return kind !== undefined && fits(kind, node) ? kind : undefined
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")

const textOf = (column: string, bytes: Uint8Array): string | Columns.Problem => {
  try {
    return decoder.decode(bytes)
  } catch {
    const shown = bytes.length > 16 ? `${hexOf(bytes.subarray(0, 16))}…` : hexOf(bytes)
    return new Columns.Problem(column, `${column} is not UTF-8 text (bytes ${shown}): write it as UTF-8`)
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A signed integer whose highest byte comes first; undefined for one of more digits than decimals have. */
const integerOf = (bytes: Uint8Array): bigint | undefined => {
  const isNegative = (bytes[0] ?? 0) > 127
  // Bytes that only repeat the sign.
  let start = 0
  const padding = isNegative ? 255 : 0
  while (start < bytes.length - 1 && bytes[start] === padding) start++
  const length = bytes.length - start
  if (length > maxDecimalBytes) return undefined
  if (length <= 6) {
    let value = 0
    for (let i = start; i < bytes.length; i++) value = value * 256 + bytes[i]!
    return BigInt(isNegative ? value - 256 ** length : value)
  }
  const unsigned = BigInt(`0x${hexOf(bytes.subarray(start))}`)
  return isNegative ? unsigned - (1n << BigInt(length * 8)) : unsigned
}

const uuidOf = (bytes: Uint8Array): string => {
  const hex = hexOf(bytes)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** Months, days and milliseconds, which do not add up: they are kept apart, as ISO 8601 does. */
const intervalOf = (bytes: Uint8Array): string => {
  const view = viewOf(bytes)
  const months = view.getUint32(0, true)
  const days = view.getUint32(4, true)
  const millis = view.getUint32(8, true)
  const date = `${months === 0 ? "" : `${months}M`}${days === 0 ? "" : `${days}D`}`
  const time = millis === 0 ? "" : `T${millis / 1000}S`
  return date === "" && time === "" ? "P0D" : `P${date}${time}`
}

/** Nanoseconds of a day, and the day in the Julian count. */
const int96Time = (bytes: Uint8Array): bigint => {
  const view = viewOf(bytes)
  return BigInt(view.getUint32(8, true) - 2_440_588) * 86_400_000_000_000n + view.getBigInt64(0, true)
}

const float16Of = (bits: number): number => {
  const sign = bits > 0x7fff ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = (bits & 0x3ff) / 1024
  if (exponent === 0) return sign * fraction * 2 ** -14
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction) * 2 ** (exponent - 15)
}

const unsigned = (numbers: Numbers): Numbers =>
  numbers instanceof Int32Array
    ? new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)
    : numbers instanceof BigInt64Array
    ? new BigUint64Array(numbers.buffer, numbers.byteOffset, numbers.length)
    : numbers

/** The values as numbers, where that is what they are. */
export const numbersOf = (node: Node, kind: Kind, stored: Stored): Numbers | undefined => {
  if (stored instanceof Bits) return undefined
  if (stored instanceof Binary) {
    if (kind !== "float16") return undefined
    const { bytes, starts } = stored
    return Float32Array.from(starts, (at) => float16Of(bytes[at]! | (bytes[at + 1]! << 8)))
  }
  return kind === "integer" && node.isSigned === false ? unsigned(stored) : stored
}

/** Gives what is in a cell, by the number of the value; a {@link Columns.Problem} where it cannot be read. */
export type CellAt = (index: number) => unknown

const wrong = (column: string, what: string): Columns.Problem =>
  new Columns.Problem(column, `${column} is ${what}: correct it, or leave the cell null`)

/**
 * How the cells of a column are made of what is stored. Each is made when it is asked for, so that what no row uses is not
 * looked at.
 */
export const cellsOf = (column: string, node: Node, kind: Kind, asText: boolean) => (stored: Stored): CellAt => {
  const shown = (value: unknown): unknown => asText ? String(value) : value
  if (kind === "null") return () => undefined
  if (stored instanceof Bits) return (index) => shown(stored.bits[index] === 1)
  const unscaled = (value: bigint): unknown => Columns.decimal(column, value, node.scale, asText)
  const time = (value: bigint, unit: NonNullable<Node["unit"]>): unknown => {
    const text = Columns.isoTime(value, unit)
    return typeof text === "string" ? text : wrong(column, `the time ${value}, beyond the years of ISO 8601 texts`)
  }
  if (stored instanceof Binary) {
    const { bytes, ends, starts } = stored
    const at = (index: number) => bytes.subarray(starts[index], ends[index])
    switch (kind) {
      case "text":
        return (index) => textOf(column, at(index))
      case "uuid":
        return (index) => uuidOf(at(index))
      case "interval":
        return (index) => intervalOf(at(index))
      case "decimal":
        return (index) => {
          const value = integerOf(at(index))
          return value === undefined ? wrong(column, "a decimal of more than 77 digits") : unscaled(value)
        }
      case "timestamp":
        return (index) => time(int96Time(at(index)), "NANOSECOND")
    }
  }
  const numbers = numbersOf(node, kind, stored)
  if (numbers === undefined) return () => undefined
  switch (kind) {
    case "decimal":
      return (index) => unscaled(BigInt(numbers[index]!))
    case "date":
      return (index) => {
        const text = Columns.isoDate(Number(numbers[index]))
        return typeof text === "string"
          ? text
          : wrong(column, `the day ${String(numbers[index])}, beyond the years of ISO 8601 texts`)
      }
    case "time":
      return (index) => {
        const text = Columns.isoTimeOfDay(BigInt(numbers[index]!), node.unit ?? "MILLISECOND")
        return typeof text === "string" ? text : wrong(column, `${String(numbers[index])}, not a time of day`)
      }
    case "timestamp":
      return (index) => time(BigInt(numbers[index]!), node.unit ?? "MILLISECOND")
    default:
      return asText ? (index) => String(numbers[index]) : (index) => numbers[index]
  }
}
