/** The fields of a struct that were asked for, by their numbers. */
export class Struct {
  readonly fields: Array<Value | undefined> = []
}

export type Value = number | boolean | Uint8Array | Struct | ReadonlyArray<Value>

/**
 * Which fields of a struct are kept: `null` for a value or a list of values, a shape for a struct or a list of structs.
 * Everything else is stepped over, so that what a file has besides costs no memory.
 */
export interface Shape {
  readonly [field: number]: Shape | null
}

export interface Parsed {
  /** Short where the bytes end within the struct, so that more of them may complete it. */
  readonly status: "complete" | "short" | "broken"
  readonly end: number
  readonly struct: Struct
}

const maxDepth = 32

/** A struct without content is a byte, but takes a hundred in memory. */
const maxItems = 4 * 1024 * 1024

/**
 * Reads a struct of Thrift's compact protocol. Each element of a list takes a byte at least, so time and memory are
 * bounded by the bytes, whatever lengths they announce.
 */
export const parse = (bytes: Uint8Array, shape: Shape): Parsed => {
  let at = 0
  let status: Parsed["status"] = "complete"
  let items = 0

  const fail = (reason: "short" | "broken"): number => {
    if (status === "complete") status = reason
    return 0
  }

  const varint = (): number => {
    let value = 0
    let factor = 1
    for (let i = 0; i < 10; i++) {
      const byte = bytes[at]
      if (byte === undefined) return fail("short")
      at++
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    return fail("broken")
  }

  /** Beyond 2^53 it is not exact, and no count or offset is. */
  const zigzag = (): number => {
    const value = varint()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  const take = (length: number): Uint8Array => {
    if (length > bytes.length - at) {
      fail("short")
      return bytes.subarray(0, 0)
    }
    at += length
    return bytes.subarray(at - length, at)
  }

  const list = (shape: Shape | null | undefined, depth: number): ReadonlyArray<Value> => {
    const out: Array<Value> = []
    const [head = fail("short")] = take(1)
    const size = head >> 4 === 15 ? varint() : head >> 4
    const type = head & 15
    if (size > bytes.length - at) fail("short")
    for (let i = 0; i < size && status === "complete"; i++) {
      // A boolean in a list is a byte, not a part of its type.
      const value = element(type === 1 || type === 2 ? 3 : type, shape, depth)
      if (shape === undefined) continue
      if (++items > maxItems) fail("broken")
      out.push(value)
    }
    return out
  }

  const element = (type: number, shape: Shape | null | undefined, depth: number): Value => {
    if (type === 3) return (take(1)[0] ?? 0) << 24 >> 24
    if (type >= 4 && type <= 6) return zigzag()
    if (type === 7) return take(8)
    if (type === 8) return take(varint())
    if (type === 9) return list(shape, depth)
    if (type === 12) return struct(shape ?? {}, depth + 1)
    return fail("broken")
  }

  const struct = (shape: Shape, depth: number): Struct => {
    const out = new Struct()
    if (depth > maxDepth || ++items > maxItems) fail("broken")
    let field = 0
    while (status === "complete") {
      const [head = fail("short")] = take(1)
      const type = head & 15
      if (type === 0) return out
      field = head >> 4 === 0 ? zigzag() : field + (head >> 4)
      const wanted = shape[field]
      const value = type <= 2 ? type === 1 : element(type, wanted, depth)
      if (wanted !== undefined) out.fields[field] = value
    }
    return out
  }

  const parsed = struct(shape, 1)
  return { status, end: at, struct: parsed }
}

export const numberOf = (struct: Struct | undefined, field: number): number | undefined => {
  const value = struct?.fields[field]
  return typeof value === "number" ? value : undefined
}

export const structOf = (struct: Struct | undefined, field: number): Struct | undefined => {
  const value = struct?.fields[field]
  return value instanceof Struct ? value : undefined
}

export const isList = (value: Value | undefined): value is ReadonlyArray<Value> => Array.isArray(value)

/** The structs of a list; undefined where it is none. */
export const structsOf = (struct: Struct, field: number): ReadonlyArray<Struct> | undefined => {
  const value = struct.fields[field]
  if (!isList(value)) return undefined
  const structs = value.filter((item) => item instanceof Struct)
  return structs.length === value.length ? structs : undefined
}
