import type { Declared, Layout } from "../DocumentFields.js"
import { isTaken } from "../DocumentFields.js"
import { invalid, mismatch, unreadable } from "../Input.js"
import * as Limits from "../Limits.js"
import * as Metadata from "../Metadata.js"
import * as PineconeError from "../PineconeError.js"
import * as RecordId from "../RecordId.js"
import type { BodyError, EncodeMetadata } from "../RequestBody.js"
import type { Field } from "../RequestFields.js"
import type { DenseValues, SparseValues } from "../Vector.js"
import { isArray, isObject } from "./guards.js"
import { JsonMessageWriter } from "./jsonMessage.js"
import { isMetadataIssue } from "./metadataIssue.js"
import { encoded, isInvalidMetadata, writeDense, writeSparse } from "./recordWriter.js"
import { representedObject } from "./represented.js"

const comma = 44
const openingBrace = 123

/** Writes documents: flat JSON objects. */
export class DocumentWriter extends JsonMessageWriter {
  /** Writes the entries of an object behind those of the object that is being written, and gives the bytes of it as JSON. */
  entries(value: object): number {
    const before = this.offset
    const isFirst = this.buffer[before - 1] === openingBrace
    // Its own brace stands for the one before it, or becomes what separates it from the entries before it.
    if (isFirst) this.offset--
    const begun = this.offset
    this.json(value)
    const bytes = this.offset - begun
    if (bytes === 2) this.offset = before
    else {
      if (!isFirst) this.buffer[begun] = comma
      this.offset--
    }
    return bytes
  }

  /** Writes a list of names. */
  names(field: Field, names: ReadonlyArray<string>): void {
    this.key(field)
    this.json(names)
  }
}

const key = (name: string): Field => ({
  name,
  number: 0,
  optional: false,
  firstKey: `"${name}":`,
  nextKey: `,"${name}":`
})

const idKey = key("_id")
const removeKey = key("_remove_fields")

/** What a document is written with. */
export interface Writing {
  readonly at: Limits.Place
  readonly layout: Layout
  readonly encodeMetadata: EncodeMetadata<object>
}

const encoder = new TextEncoder()

/** A text of a field, as far as its length goes. */
const textProblem = (
  text: string,
  { name }: Declared,
  at: Limits.Place,
  id: string | undefined
): BodyError | undefined => {
  const most = Limits.limits.textBytes
  if (text.length * 3 <= most) return undefined
  return Limits.check(
    "textBytes",
    `${name} (bytes)`,
    text.length > most ? text.length : encoder.encode(text).length,
    at,
    id
  )
}

const writeField = (
  writer: DocumentWriter,
  field: Declared,
  value: unknown,
  at: Limits.Place,
  id: string | undefined
): BodyError | undefined => {
  const { dimension, key, name, type } = field
  switch (type) {
    case "dense_vector":
      // eslint-disable-next-line no-restricted-syntax -- what is none is refused where it is written.
      return writeDense(writer, key, value as DenseValues, at, dimension, "stored", id)
    case "sparse_vector":
      // eslint-disable-next-line no-restricted-syntax -- what is none is refused where it is written.
      return writeSparse(writer, key, value as SparseValues, at, id)
    case "string": {
      if (typeof value !== "string") return mismatch(at, name, "a string", value, id)
      writer.text(key, value)
      return textProblem(value, field, at, id)
    }
  }
}

type Source = { readonly [name: string]: unknown }

/** Writes what an object has of the fields, and gives their number. */
const writeFields = (
  writer: DocumentWriter,
  source: Source,
  { at, layout }: Writing,
  id: string | undefined,
  isWhole: boolean
): BodyError | number => {
  let written = 0
  for (const field of layout.fields.values()) {
    const value = Object.hasOwn(source, field.name) ? source[field.name] : undefined
    if (value === undefined) {
      if (isWhole && field.isRequired) return invalid(at, field.name, "must be present, as the index declares it", id)
      continue
    }
    const problem = writeField(writer, field, value, at, id)
    if (problem !== undefined) return problem
    written++
  }
  return written
}

/** The stored form of metadata that is set in all documents that match a filter, or what is wrong with it. */
const encodedOfMany = (
  metadata: object,
  encodeMetadata: EncodeMetadata<object>,
  at: Limits.Place
): object | PineconeError.InvalidMetadata => {
  const encoded = encodeMetadata(metadata)
  return isMetadataIssue(encoded)
    ? new PineconeError.InvalidMetadata({
      ...at,
      recordId: "",
      path: encoded.path,
      message: `setFields does not match the Schema of the index: ${encoded.message}`
    })
    : encoded
}

/** Writes what is beside the fields, and gives how many there are of it. */
const writeMetadata = (
  writer: DocumentWriter,
  source: Source,
  { at, encodeMetadata, layout }: Writing,
  id: string | undefined
): BodyError | number => {
  const metadata: { [name: string]: unknown } = {}
  for (const name of Object.keys(source)) {
    if (name !== "_id" && !layout.fields.has(name)) metadata[name] = source[name]
  }
  const given = id === undefined
    ? encodedOfMany(metadata, encodeMetadata, at)
    : encoded(metadata, encodeMetadata, at, id)
  if (isInvalidMetadata(given)) return given
  const stored = representedObject(given)
  if (stored === undefined) return mismatch(at, "metadata", "an object of fields", given, id)
  const found = Metadata.problem(stored)
  if (found !== undefined) {
    return invalid(at, found.field === "" ? "metadata" : found.field, found.message, id)
  }
  const names = Object.keys(stored)
  const taken = names.find((name) => isTaken(layout, name))
  if (taken !== undefined) {
    return invalid(at, taken, "cannot be the name of metadata: documents have it for something else", id)
  }
  const tooLarge = Limits.check("metadataBytes", "metadata (bytes)", writer.entries(stored), at, id)
  return tooLarge ?? names.length
}

/** Begins a document, and gives its id. */
const begin = (writer: DocumentWriter, document: unknown, at: Limits.Place, position: number): BodyError | string => {
  const name = `documents[${position}]`
  if (!isObject(document)) return mismatch(at, name, "a document", document)
  const id: unknown = document["_id"]
  const problem = RecordId.problem(at, id, `${name}._id`)
  if (problem !== undefined || typeof id !== "string") return problem ?? invalid(at, `${name}._id`, "must be a string")
  writer.beginItem()
  writer.text(idKey, id)
  return id
}

const end = (writer: DocumentWriter, before: number): number => {
  writer.endItem()
  return writer.length - before
}

/** Runs a writer: what a getter or a proxy throws is an error of the document. */
const writing = (
  document: unknown,
  at: Limits.Place,
  position: number,
  write: () => BodyError | number
): BodyError | number => {
  try {
    return write()
  } catch (thrown) {
    return unreadable(at, `documents[${position}]`, thrown, idOf(document))
  }
}

/** The id of a document, as far as it has one. */
export const idOf = (document: unknown): string | undefined => {
  try {
    return isObject(document) && typeof document["_id"] === "string" ? document["_id"] : undefined
  } catch {
    return undefined
  }
}

/** Writes a document of an upsert, and gives its bytes, or what is wrong with it. What was written of one that is wrong stays. */
export const writeDocument = (
  writer: DocumentWriter,
  document: unknown,
  position: number,
  by: Writing
): BodyError | number =>
  writing(document, by.at, position, () => {
    const before = writer.length
    const id = begin(writer, document, by.at, position)
    if (typeof id !== "string" || !isObject(document)) return typeof id === "string" ? 0 : id
    const fields = writeFields(writer, document, by, id, true)
    if (typeof fields !== "number") return fields
    if (fields === 0) {
      const names = Array.from(by.layout.fields.keys()).join(", ")
      return invalid(by.at, "document", `must have at least one of the fields of the index: ${names}`, id)
    }
    const metadata = writeMetadata(writer, document, by, id)
    return typeof metadata === "number" ? end(writer, before) : metadata
  })

/** What is wrong with the names of what an update removes. */
export const removalProblem = (
  removed: unknown,
  set: Source,
  layout: Layout,
  at: Limits.Place,
  id?: string
): BodyError | undefined => {
  const field = "removeFields"
  if (!isArray(removed)) return mismatch(at, field, "a list of names", removed, id)
  for (const name of removed) {
    if (typeof name !== "string" || name === "" || name === "_id") {
      return mismatch(at, field, "names of fields", name, id)
    }
    if (set[name] !== undefined) return invalid(at, field, `must not name "${name}", which is set too`, id)
    if (layout.fields.get(name)?.isRequired === true) {
      return invalid(at, field, `must not name "${name}": a document must have it`, id)
    }
  }
  return undefined
}

/** Writes the change of a document, and gives its bytes, or what is wrong with it. */
export const writeUpdate = (
  writer: DocumentWriter,
  update: unknown,
  position: number,
  by: Writing
): BodyError | number =>
  writing(update, by.at, position, () => {
    const before = writer.length
    const id = begin(writer, update, by.at, position)
    if (typeof id !== "string" || !isObject(update)) return typeof id === "string" ? 0 : id
    const { removeFields = [], setFields = {} } = update
    if (!isObject(setFields)) return mismatch(by.at, "setFields", "an object", setFields, id)
    const fields = writeFields(writer, setFields, by, id, false)
    if (typeof fields !== "number") return fields
    const metadata = writeMetadata(writer, setFields, by, id)
    if (typeof metadata !== "number") return metadata
    const problem = removalProblem(removeFields, setFields, by.layout, by.at, id)
    if (problem !== undefined || !isArray(removeFields)) return problem ?? 0
    if (fields + metadata + removeFields.length === 0) {
      return invalid(by.at, "setFields", "an update must set or remove at least one field", id)
    }
    if (removeFields.length > 0) writer.names(removeKey, removeFields.map(String))
    return end(writer, before)
  })

/** Writes the fields that an update of many sets, as an object. */
export const writeChanges = (writer: DocumentWriter, set: Source, by: Writing): BodyError | number => {
  writer.begin()
  const fields = writeFields(writer, set, by, undefined, false)
  if (typeof fields !== "number") return fields
  const metadata = writeMetadata(writer, set, by, undefined)
  if (typeof metadata !== "number") return metadata
  writer.end()
  return fields + metadata
}
