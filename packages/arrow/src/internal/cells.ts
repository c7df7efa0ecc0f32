import * as Columns from "@effect-pinecone/parquet/Columns"
import { allFinite } from "@effect-pinecone/schema/Vector"
import type { Data, Vector } from "apache-arrow"
import { DataType, DateUnit, IntervalUnit, TimeUnit } from "apache-arrow"

/** Reads one row of a column. */
export type Cell<A> = (row: number) => A

/** A cell that may be null, or have what no record can have. */
export type Value<A> = Cell<A | Columns.Problem | undefined>

/** A list of numbers; undefined where it is null or empty; a message where an element is wrong. */
export type ListCell<A> = Cell<A | string | undefined>

const isValid = (data: Data): Cell<boolean> => data.nullCount > 0 ? (row) => data.getValid(row) : () => true

const orNull = <A>(data: Data, of: Cell<A>): Cell<A | undefined> => {
  const valid = isValid(data)
  return (row) => valid(row) ? of(row) : undefined
}

const missing = () => undefined

/** Cells that are kept in a dictionary, each read once. */
const dictionaryCell = <A>(
  column: string,
  data: Data,
  of: (values: Data) => Value<A> | undefined
): Value<A> | undefined => {
  const dictionary: Vector | undefined = data.dictionary
  const chunks: Array<{ readonly length: number; readonly cell: Value<A> }> = []
  for (const values of dictionary?.data ?? []) {
    const cell = of(values)
    if (cell === undefined) return undefined
    chunks.push({ length: values.length, cell })
  }
  const known = new Map<number, A | Columns.Problem | undefined>()
  const find = (key: number): A | Columns.Problem | undefined => {
    let index = key
    for (const { cell, length } of chunks) {
      if (index >= 0 && index < length) return cell(index)
      index -= length
    }
    return new Columns.Problem(column, `${column} points to entry ${key} of its dictionary, which it does not have`)
  }
  const keys: ArrayLike<number | bigint> = data.values
  return orNull(data, (row) => {
    const key = Number(keys[row])
    if (known.has(key)) return known.get(key)
    const value = find(key)
    known.set(key, value)
    return value
  })
}

/** The bytes of each row that is not null; undefined where the column has neither texts nor bytes. */
const bytesOf = (data: Data): Cell<Uint8Array> | undefined => {
  const { type } = data
  const bytes: Uint8Array = data.values
  if (DataType.isUtf8(type) || DataType.isBinary(type)) {
    const { valueOffsets } = data
    return (row) => bytes.subarray(valueOffsets[row], valueOffsets[row + 1])
  }
  if (DataType.isLargeUtf8(type) || DataType.isLargeBinary(type)) {
    const { valueOffsets } = data
    return (row) => bytes.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1]))
  }
  if (DataType.isUtf8View(type) || DataType.isBinaryView(type)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return (row) => {
      const at = row * 16
      const length = view.getInt32(at, true)
      if (length <= 12) return bytes.subarray(at + 4, at + 4 + length)
      const start = view.getInt32(at + 12, true)
      const buffer = data.variadicBuffers[view.getInt32(at + 8, true)] ?? bytes.subarray(0, 0)
      return buffer.subarray(start, start + length)
    }
  }
  return undefined
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true })

const notUtf8 = (column: string, bytes: Uint8Array): Columns.Problem => {
  const start = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ")
  return new Columns.Problem(
    column,
    `${column} is not valid UTF-8 (${bytes.length} bytes: ${start}${bytes.length > 8 ? " …" : ""}): ` +
      "write it as a string"
  )
}

/** The texts of a column, or of its bytes where they are UTF-8; undefined where the column has another type. */
export const texts = (column: string, data: Data): Value<string> | undefined => {
  if (DataType.isNull(data.type)) return missing
  if (DataType.isDictionary(data.type)) return dictionaryCell(column, data, (values) => texts(column, values))
  const bytes = bytesOf(data)
  return bytes && orNull(data, (row) => {
    const found = bytes(row)
    try {
      return decoder.decode(found)
    } catch {
      return notUtf8(column, found)
    }
  })
}

const half = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * 2 ** (exponent - 15) * (1 + fraction / 1024)
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
  const isAllNull = DataType.isNull(child.type)
  const hasNullElements = child.nullCount > 0
  return orNull(data, (row) => {
    const [start, end] = range(row)
    if (start === end) return undefined
    if (isAllNull) return `${name}[0] is null`
    if (hasNullElements) {
      for (let i = start; i < end; i++) {
        if (!child.getValid(i)) return `${name}[${i - start}] is null`
      }
    }
    return slice(start, end)
  })
}

const floatProblem = (name: string, values: ArrayLike<number>, floats: Float32Array): string => {
  const index = floats.findIndex((value) => value - value !== 0)
  const value = values[index]
  return Number.isFinite(value)
    ? `${name}[${index}] is ${value}, which does not fit a 32-bit float`
    : `${name}[${index}] is ${value}, not a finite number`
}

const nullLists = (name: string, data: Data, child: Data | undefined): ListCell<never> | undefined =>
  DataType.isNull(data.type)
    ? missing
    : child !== undefined && DataType.isNull(child.type)
    ? listCell<never>(name, data, child, missingElements)
    : undefined

const missingElements = (): string => "is null"

/**
 * Lists of floats: those of 32 bits are views of the child's buffer, the others are converted. Undefined where the column
 * has another type.
 */
export const floats = (name: string, data: Data): ListCell<Float32Array> | undefined => {
  const child = data.children[0]
  const nulls = nullLists(name, data, child)
  if (nulls !== undefined) return nulls
  if (child === undefined || !DataType.isFloat(child.type)) return undefined
  const values: unknown = child.values
  const converted = (numbers: ArrayLike<number>): Float32Array | string => {
    const floats = Float32Array.from(numbers)
    return allFinite(floats) ? floats : floatProblem(name, numbers, floats)
  }
  if (values instanceof Float32Array) {
    return listCell(name, data, child, (start, end) => {
      const view = values.subarray(start, end)
      return allFinite(view) ? view : floatProblem(name, view, view)
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
export const indices = (name: string, data: Data): ListCell<Uint32Array> | undefined => {
  const child = data.children[0]
  const nulls = nullLists(name, data, child)
  if (nulls !== undefined) return nulls
  if (child === undefined || !DataType.isInt(child.type)) return undefined
  const values: ArrayLike<number | bigint> = child.values
  return listCell(name, data, child, (start, end) => {
    if (values instanceof Uint32Array) return values.subarray(start, end)
    const out = new Uint32Array(end - start)
    for (let i = 0; i < out.length; i++) {
      const value = values[start + i]!
      out[i] = Number(value)
      if (out[i] !== Number(value)) return `${name}[${i}] is ${value}, not an integer from 0 to 4294967295`
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

const perDay = {
  [TimeUnit.SECOND]: 86_400n,
  [TimeUnit.MILLISECOND]: 86_400_000n,
  [TimeUnit.MICROSECOND]: 86_400_000_000n,
  [TimeUnit.NANOSECOND]: 86_400_000_000_000n
}

const outOfRange = (column: string, value: number | bigint, expected: string): Columns.Problem =>
  new Columns.Problem(column, `${column} is ${value}, which is not ${expected}: correct it, or leave it null`)

const years = "a time between the years -271821 and 275760"

/** The unscaled integer of a decimal, in its 32-bit words. */
const wordsOf = (words: Uint32Array, start: number, count: number): bigint => {
  let value = BigInt(words[start + count - 1]! | 0)
  for (let i = count - 2; i >= 0; i--) value = value << 32n | BigInt(words[start + i]!)
  return value
}

/** A larger scale is no number that anyone writes, and its text alone would be long. */
const maxScale = 1000

/** Seconds of so many parts each, with the digits that they have. */
const secondsOf = (value: bigint, perSecond: bigint): string => {
  const whole = value < 0n ? -value : value
  const digits = perSecond.toString().length - 1
  const part = (whole % perSecond).toString().padStart(digits, "0").replace(/0+$/, "")
  return `${value < 0n ? "-" : ""}${whole / perSecond}${perSecond === 1n || part === "" ? "" : `.${part}`}S`
}

/** What does not add up is kept apart, as ISO 8601 does. */
const isoPeriod = (months: number, days: number, time: bigint, perSecond: bigint): string => {
  const date = `${months === 0 ? "" : `${months}M`}${days === 0 ? "" : `${days}D`}`
  const clock = time === 0n ? "" : `T${secondsOf(time, perSecond)}`
  return date === "" && clock === "" ? "PT0S" : `P${date}${clock}`
}

const uuidOf = (bytes: Uint8Array): string => {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** The ids of a column that is said to hold some. */
export const uuids = (data: Data): Value<string> | undefined => {
  const bytes: Uint8Array = data.values
  return DataType.isFixedSizeBinary(data.type) && data.type.byteWidth === 16
    ? orNull(data, (row) => uuidOf(bytes.subarray(row * 16, row * 16 + 16)))
    : undefined
}

const isListOf = (type: DataType): boolean =>
  DataType.isList(type) || DataType.isLargeList(type) || DataType.isFixedSizeList(type)

/** Lists of texts. */
const textLists = (column: string, data: Data): Value<ReadonlyArray<string>> | undefined => {
  const child = data.children[0]
  const element = child && texts(column, child)
  const range = rangeOf(data)
  if (element === undefined || range === undefined) return undefined
  return orNull(data, (row) => {
    const [start, end] = range(row)
    const out: Array<string> = []
    for (let i = start; i < end; i++) {
      const value = element(i)
      if (value instanceof Columns.Problem) return value
      if (value !== undefined) out.push(value)
    }
    return out
  })
}

/**
 * The values of a field of the metadata; undefined where metadata cannot hold the type of the column. With `asText`, decimals
 * become texts.
 */
export const fields = (column: string, data: Data, asText = false): Value<unknown> | undefined => {
  const { type } = data
  if (DataType.isDictionary(type)) {
    return dictionaryCell<unknown>(column, data, (values) => fields(column, values, asText))
  }
  if (isListOf(type)) return textLists(column, data)
  const text = texts(column, data)
  if (text !== undefined) return text
  if (DataType.isBool(type)) {
    const bits: Uint8Array = data.values
    return orNull(data, (row) => {
      const bit = data.offset + row
      return (bits[bit >> 3]! & (1 << (bit & 7))) !== 0
    })
  }
  const raw: ArrayLike<number | bigint> = data.values
  if (DataType.isDate(type)) {
    const isDay = type.unit === DateUnit.DAY
    return orNull(data, (row) => {
      const value = raw[row]!
      const date = isDay ? Columns.isoDate(Number(value)) : Columns.isoTime(BigInt(value), "MILLISECOND")
      return typeof date === "string" ? date : outOfRange(column, value, years)
    })
  }
  if (DataType.isTimestamp(type)) {
    const unit = timeUnits[type.unit]
    return orNull(data, (row) => {
      const time = Columns.isoTime(BigInt(raw[row]!), unit)
      return typeof time === "string" ? time : outOfRange(column, raw[row]!, years)
    })
  }
  if (DataType.isTime(type)) {
    const unit = timeUnits[type.unit]
    const day = perDay[type.unit]
    return orNull(data, (row) => {
      const value = BigInt(raw[row]!)
      const time = value >= 0n && value < day ? Columns.isoTime(value, unit) : undefined
      return typeof time === "string" ? time.slice(11, -1) : outOfRange(column, value, "a time of day")
    })
  }
  if (DataType.isDecimal(type)) {
    const { bitWidth, scale } = type
    const words: unknown = data.values
    const count = bitWidth / 32
    if (!(words instanceof Uint32Array) || Math.abs(scale) > maxScale) return undefined
    return orNull(data, (row) => Columns.decimal(column, wordsOf(words, row * count, count), scale, asText))
  }
  if (DataType.isDuration(type)) {
    const perSecond = perDay[type.unit] / 86_400n
    return orNull(data, (row) => isoPeriod(0, 0, BigInt(raw[row]!), perSecond))
  }
  const parts: unknown = data.values
  if (DataType.isInterval(type) && parts instanceof Int32Array) {
    if (type.unit === IntervalUnit.YEAR_MONTH) return orNull(data, (row) => isoPeriod(parts[row]!, 0, 0n, 1n))
    if (type.unit === IntervalUnit.DAY_TIME) {
      return orNull(data, (row) => isoPeriod(0, parts[row * 2]!, BigInt(parts[row * 2 + 1]!), 1000n))
    }
    return orNull(data, (row) => {
      const nanos = BigInt(parts[row * 4 + 3]!) << 32n | BigInt(parts[row * 4 + 2]! >>> 0)
      return isoPeriod(parts[row * 4]!, parts[row * 4 + 1]!, nanos, 1_000_000_000n)
    })
  }
  if (DataType.isInt(type)) return orNull(data, (row) => raw[row])
  const number = numbers(data)
  return number && orNull(data, number)
}

/** Floats, as they are. */
export const numbers = (data: Data): Cell<number> | undefined => {
  if (!DataType.isFloat(data.type)) return undefined
  const values: ArrayLike<number> = data.values
  return values instanceof Uint16Array ? (row) => half(values[row]!) : (row) => values[row]!
}

/** A dimension of an embedding: floats, or nulls alone. */
export const dimension = (data: Data): Cell<number | undefined> | undefined => {
  if (DataType.isNull(data.type)) return missing
  const number = numbers(data)
  return number && orNull(data, number)
}

/** Ids: texts, or integers digit for digit where these are wanted. */
export const ids = (column: string, data: Data, asText: boolean): Value<string> | undefined => {
  if (!asText || !DataType.isInt(data.type)) return texts(column, data)
  const integers: ArrayLike<number | bigint> = data.values
  return orNull(data, (row) => String(integers[row]))
}
