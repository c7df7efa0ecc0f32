import protobuf from "protobufjs/light.js"
import { asBuffer } from "./bytes.js"
import { malformed } from "./malformed.js"
import { StrictReader } from "./strictReader.js"

// google.protobuf.Struct: map<string, Value> fields = 1; a Value is null (1), a number (2), a string (3), a bool (4),
// a Struct (5) or a list (6). The tags are these numbers with the encoding of what follows; a field with another one is
// none of ours.

const entryTag = 10
const keyTag = 10
const valueTag = 18
const itemTag = 10
const nullTag = 8
const numberTag = 17
const stringTag = 26
const boolTag = 32
const structTag = 42
const listTag = 50

type Json = null | number | string | boolean | { readonly [key: string]: Json } | ReadonlyArray<Json>

/** So deep may metadata and filters be: deeper is an attack. */
const deepest = 100

/** Where the message that comes now ends: not behind the one around it. */
const endWithin = (reader: protobuf.Reader, around: number): number => {
  const length = reader.uint32()
  const end = reader.pos + length
  return end > around ? malformed("a field ends behind its message") : end
}

/** What was read last has to end where its message does. */
const ended = (reader: protobuf.Reader, end: number): void => {
  if (reader.pos !== end) malformed("a field ends behind its message")
}

const skip = (reader: protobuf.Reader, tag: number): void => {
  reader.skipType(tag & 7)
}

const deeper = (depth: number): number => depth === deepest ? malformed("a struct is nested too deep") : depth + 1

const readList = (reader: protobuf.Reader, end: number, depth: number): Array<Json> => {
  const list: Array<Json> = []
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === itemTag) list.push(readValue(reader, endWithin(reader, end), depth))
    else skip(reader, tag)
  }
  ended(reader, end)
  return list
}

const readValue = (reader: protobuf.Reader, end: number, depth: number): Json => {
  let value: Json = null
  while (reader.pos < end) {
    const tag = reader.uint32()
    switch (tag) {
      case nullTag:
        reader.int32()
        value = null
        break
      case numberTag:
        value = reader.double()
        break
      case stringTag:
        value = reader.string()
        break
      case boolTag:
        value = reader.bool()
        break
      case structTag:
        value = readStruct(reader, endWithin(reader, end), deeper(depth))
        break
      case listTag:
        value = readList(reader, endWithin(reader, end), deeper(depth))
        break
      default:
        skip(reader, tag)
    }
  }
  ended(reader, end)
  return value
}

const set = (out: { [key: string]: Json }, key: string, value: Json): void => {
  if (key === "__proto__") {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true })
  } else out[key] = value
}

const readStruct = (reader: protobuf.Reader, end: number, depth: number): { readonly [key: string]: Json } => {
  const out: { [key: string]: Json } = {}
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag !== entryTag) {
      skip(reader, tag)
      continue
    }
    const last = endWithin(reader, end)
    let key = ""
    let value: Json = null
    while (reader.pos < last) {
      const tag = reader.uint32()
      if (tag === keyTag) key = reader.string()
      else if (tag === valueTag) value = readValue(reader, endWithin(reader, last), depth)
      else skip(reader, tag)
    }
    ended(reader, last)
    set(out, key, value)
  }
  ended(reader, end)
  return out
}

/** Reads a `google.protobuf.Struct`. It throws where the bytes are none. */
export const decode = (bytes: Uint8Array): { readonly [key: string]: Json } => {
  const reader = new StrictReader(asBuffer(bytes))
  return readStruct(reader, reader.len, 0)
}

const writeValue = (writer: protobuf.Writer, value: unknown): void => {
  switch (typeof value) {
    case "number":
      // As in JSON, null stands for what is not finite, which a `Value` must not be.
      if (Number.isFinite(value)) writer.uint32(numberTag).double(value)
      else writer.uint32(nullTag).int32(0)
      break
    case "string":
      writer.uint32(stringTag).string(value)
      break
    case "boolean":
      writer.uint32(boolTag).bool(value)
      break
    default:
      if (Array.isArray(value)) {
        writer.uint32(listTag).fork()
        for (const item of value) {
          writer.uint32(itemTag).fork()
          writeValue(writer, item)
          writer.ldelim()
        }
        writer.ldelim()
      } else if (typeof value === "object" && value !== null) {
        writer.uint32(structTag).fork()
        writeStruct(writer, value)
        writer.ldelim()
      } else {
        writer.uint32(nullTag).int32(0)
      }
  }
}

const writeStruct = (writer: protobuf.Writer, struct: object): void => {
  for (const [key, value] of Object.entries(struct)) {
    if (value === undefined) continue
    writer.uint32(entryTag).fork()
    writer.uint32(keyTag).string(key)
    writer.uint32(valueTag).fork()
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
