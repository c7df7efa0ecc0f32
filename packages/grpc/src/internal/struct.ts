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
export const endWithin = (reader: protobuf.Reader, around: number): number => {
  const length = reader.uint32()
  const end = reader.pos + length
  return end > around ? malformed("a field ends behind its message") : end
}

/** What was read last has to end where its message does. */
export const ended = (reader: protobuf.Reader, end: number): void => {
  if (reader.pos !== end) malformed("a field ends behind its message")
}

/** Longer keys are read as any text is. */
const longestKey = 32

const keySlots = 64

/** The keys of the structs in a message, which are mostly the same few: each is made a text once. */
export class Keys {
  private readonly known: Array<string | undefined> = Array.from({ length: keySlots }, () => undefined)

  constructor(private readonly source: Uint8Array) {}

  /** Reads the key that comes now. */
  read(reader: protobuf.Reader): string {
    const { known, source } = this
    const start = reader.pos + 1
    const length = source[start - 1]!
    const end = start + length
    if (length === 0 || length > longestKey || end > reader.len) return reader.string()
    const slot = (length + 7 * source[start]! + 31 * source[end - 1]!) % keySlots
    const candidate = known[slot]
    if (candidate?.length === length) {
      let i = 0
      while (i < length && candidate.charCodeAt(i) === source[start + i]) i++
      if (i === length) {
        reader.pos = end
        return candidate
      }
    }
    const key = reader.string()
    // Of ASCII alone, it has as many characters as bytes.
    if (key.length === length) known[slot] = key
    return key
  }
}

const skip = (reader: protobuf.Reader, tag: number): void => {
  reader.skipType(tag & 7)
}

const deeper = (depth: number): number => depth === deepest ? malformed("a struct is nested too deep") : depth + 1

const readList = (reader: protobuf.Reader, end: number, depth: number, keys: Keys | undefined): Array<Json> => {
  const list: Array<Json> = []
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === itemTag) list.push(readValue(reader, endWithin(reader, end), depth, keys))
    else skip(reader, tag)
  }
  ended(reader, end)
  return list
}

const readValue = (reader: protobuf.Reader, end: number, depth: number, keys: Keys | undefined): Json => {
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
        value = readStruct(reader, endWithin(reader, end), deeper(depth), keys)
        break
      case listTag:
        value = readList(reader, endWithin(reader, end), deeper(depth), keys)
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

const readStruct = (
  reader: protobuf.Reader,
  end: number,
  depth: number,
  keys: Keys | undefined
): { readonly [key: string]: Json } => {
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
      if (tag === keyTag) key = keys === undefined ? reader.string() : keys.read(reader)
      else if (tag === valueTag) value = readValue(reader, endWithin(reader, last), depth, keys)
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
  return readStruct(reader, reader.len, 0, undefined)
}

/** Reads the `google.protobuf.Struct` that ends there, in a message with others. */
export const read = (reader: protobuf.Reader, end: number, keys: Keys): { readonly [key: string]: Json } =>
  readStruct(reader, end, 0, keys)

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
