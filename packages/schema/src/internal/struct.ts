import { maxUint32Length } from "./float32Text.js"
import { isObject } from "./guards.js"
import type { ProtobufWriter } from "./protobufWriter.js"
import { isAbsent, represented } from "./represented.js"

// The fields of google.protobuf.Struct, of an entry of its map, of Value and of ListValue.
const fieldsOfStruct = 1
const keyOfEntry = 1
const valueOfEntry = 2
const nullValue = 1
const numberValue = 2
const stringValue = 3
const boolValue = 4
const structValue = 5
const listValue = 6
const valuesOfList = 1

/** The bytes of a `Value` with a number, and about those of the other short ones. */
const shortValue = 9

/** What an entry, a text and a value have around their contents: a tag and a length each. */
const around = 6

/** About as many bytes as a value has: it decides on the room for the length in front of them. */
const aboutAsLong = (value: unknown): number =>
  typeof value === "string" ? value.length + 2 : Array.isArray(value) ? value.length * 16 : shortValue

/** The commas between so many items, and what is around them all. */
const punctuation = (items: number): number => items === 0 ? 2 : items + 1

const isUint32 = (value: number): boolean => value >>> 0 === value

const digits = (value: number): number => {
  let length = 1
  for (let limit = 10; limit <= value && length < maxUint32Length; limit *= 10) length++
  return length
}

/**
 * Writes a field that is a `google.protobuf.Struct`, as the object that `JSON.stringify` makes of a value, and gives the
 * bytes that it has as JSON. A value that contains itself overflows the stack.
 */
export const writeStruct = (
  writer: ProtobufWriter,
  number: number,
  value: { readonly [key: string]: unknown }
): number => {
  const start = writer.beginMessage(number, 128)
  let entries = 0
  let json = 0
  for (const key of Object.keys(value)) {
    const item = represented(value[key], key)
    if (isAbsent(item)) continue
    entries++
    const entry = writer.beginMessage(fieldsOfStruct, key.length + around + aboutAsLong(item))
    json += writer.string(keyOfEntry, key) + 1 + writeValue(writer, valueOfEntry, item)
    writer.endMessage(entry)
  }
  writer.endMessage(start)
  return json + punctuation(entries)
}

const writeList = (writer: ProtobufWriter, number: number, values: ReadonlyArray<unknown>): number => {
  const start = writer.beginMessage(number, aboutAsLong(values))
  let json = punctuation(values.length)
  for (let i = 0; i < values.length; i++) {
    json += writeValue(writer, valuesOfList, represented(values[i], String(i)))
  }
  writer.endMessage(start)
  return json
}

/** Writes a field that is a `google.protobuf.Value`, and gives the bytes that it has as JSON. */
const writeValue = (writer: ProtobufWriter, number: number, value: unknown): number => {
  const start = writer.beginMessage(number, aboutAsLong(value))
  const json = writeKind(writer, value)
  writer.endMessage(start)
  return json
}

const writeKind = (writer: ProtobufWriter, value: unknown): number => {
  switch (typeof value) {
    case "string":
      return writer.string(stringValue, value)
    case "boolean":
      writer.varint(boolValue, value ? 1 : 0)
      return value ? 4 : 5
    case "number":
      // As in JSON, null stands for what is not finite.
      if (!Number.isFinite(value)) break
      writer.float64(numberValue, value)
      return isUint32(value) ? digits(value) : String(value).length
    case "object":
      if (Array.isArray(value)) return writeList(writer, listValue, value)
      if (isObject(value)) return writeStruct(writer, structValue, value)
  }
  writer.varint(nullValue, 0)
  return 4
}
