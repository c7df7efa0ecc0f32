import protobuf from "protobufjs/light.js"

// google.protobuf.Struct: map<string, Value> fields = 1; a Value is null (1), a number (2), a string (3), a bool (4),
// a Struct (5) or a list (6).

type Json = null | number | string | boolean | { readonly [key: string]: Json } | ReadonlyArray<Json>

/** So deep may metadata and filters be: deeper is an attack. */
const deepest = 100

const skipped = (reader: protobuf.Reader, tag: number): void => {
  reader.skipType(tag & 7)
}

const readList = (reader: protobuf.Reader, end: number, depth: number): Array<Json> => {
  const list: Array<Json> = []
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 === 1) list.push(readValue(reader, reader.uint32() + reader.pos, depth))
    else skipped(reader, tag)
  }
  return list
}

const readValue = (reader: protobuf.Reader, end: number, depth: number): Json => {
  let value: Json = null
  while (reader.pos < end) {
    const tag = reader.uint32()
    switch (tag >>> 3) {
      case 1:
        reader.int32()
        value = null
        break
      case 2:
        value = reader.double()
        break
      case 3:
        value = reader.string()
        break
      case 4:
        value = reader.bool()
        break
      case 5:
        value = readStruct(reader, reader.uint32() + reader.pos, depth + 1)
        break
      case 6:
        value = readList(reader, reader.uint32() + reader.pos, depth + 1)
        break
      default:
        skipped(reader, tag)
    }
  }
  return value
}

const set = (out: { [key: string]: Json }, key: string, value: Json): void => {
  if (key === "__proto__") {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true })
  } else out[key] = value
}

const readStruct = (reader: protobuf.Reader, end: number, depth: number): { readonly [key: string]: Json } => {
  // eslint-disable-next-line no-restricted-syntax -- as the library's own reader does; `Protocol` catches both.
  if (depth > deepest || end > reader.len) throw new RangeError("a struct is nested too deep, or ends too late")
  const out: { [key: string]: Json } = {}
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag >>> 3 !== 1) {
      skipped(reader, tag)
      continue
    }
    const last = reader.uint32() + reader.pos
    let key = ""
    let value: Json = null
    while (reader.pos < last) {
      const tag = reader.uint32()
      if (tag >>> 3 === 1) key = reader.string()
      else if (tag >>> 3 === 2) value = readValue(reader, reader.uint32() + reader.pos, depth)
      else skipped(reader, tag)
    }
    set(out, key, value)
  }
  return out
}

/** Reads a `google.protobuf.Struct`. It throws where the bytes are none. */
export const decode = (bytes: Uint8Array): { readonly [key: string]: Json } => {
  const reader = protobuf.Reader.create(bytes)
  return readStruct(reader, reader.len, 0)
}

const writeValue = (writer: protobuf.Writer, value: unknown): void => {
  switch (typeof value) {
    case "number":
      writer.uint32(17).double(value)
      break
    case "string":
      writer.uint32(26).string(value)
      break
    case "boolean":
      writer.uint32(32).bool(value)
      break
    default:
      if (Array.isArray(value)) {
        writer.uint32(50).fork()
        for (const item of value) {
          writer.uint32(10).fork()
          writeValue(writer, item)
          writer.ldelim()
        }
        writer.ldelim()
      } else if (typeof value === "object" && value !== null) {
        writer.uint32(42).fork()
        writeStruct(writer, value)
        writer.ldelim()
      } else {
        writer.uint32(8).int32(0)
      }
  }
}

const writeStruct = (writer: protobuf.Writer, struct: object): void => {
  for (const [key, value] of Object.entries(struct)) {
    if (value === undefined) continue
    writer.uint32(10).fork()
    writer.uint32(10).string(key)
    writer.uint32(18).fork()
    writeValue(writer, value)
    writer.ldelim().ldelim()
  }
}

/** Writes a JSON object as a `google.protobuf.Struct`. */
export const encode = (struct: object): Uint8Array => {
  const writer = protobuf.Writer.create()
  writeStruct(writer, struct)
  return writer.finish()
}
