/**
 * How the documents of an index go out and come in: their fields as the index declares them, and their metadata by a Schema.
 *
 * ```ts
 * import * as DocumentCodec from "@effect-pinecone/data-plane/DocumentCodec"
 * import * as MetadataCodec from "@effect-pinecone/data-plane/MetadataCodec"
 * import * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Schema from "effect/Schema"
 *
 * const codec = DocumentCodec.make(
 *   DocumentFields.layout({ embedding: IndexSchema.denseVector({ dimension: 2 }) }),
 *   MetadataCodec.fromSchema(Schema.Struct({ released: Schema.NumberFromString }))
 * )
 *
 * // { _id: "a", embedding: Float32Array [1, 2], released: 1980 }
 * const document = codec.decode({ _id: "a", embedding: [1, 2], released: "1980" })
 * ```
 *
 * @since 0.1.0
 */
import type { Declared, Layout } from "@effect-pinecone/schema/DocumentFields"
import type { Json } from "@effect-pinecone/schema/Documents"
import * as Input from "@effect-pinecone/schema/Input"
import type { EncodeMetadata } from "@effect-pinecone/schema/RequestBody"
import { isMetadataIssue, MetadataIssue } from "@effect-pinecone/schema/RequestBody"
import * as Vector from "@effect-pinecone/schema/Vector"
import type { MetadataCodec } from "./MetadataCodec.js"

/**
 * A document, whatever it has.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyDocument {
  readonly _id: string
  readonly [field: string]: unknown
}

/**
 * Makes an application's document of one on the wire, or says what is wrong with it.
 *
 * @since 0.1.0
 * @category models
 */
export type Decode = (document: Json) => AnyDocument | MetadataIssue

/**
 * How documents are encoded for an index, and decoded when they come back.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentCodec {
  readonly layout: Layout
  readonly encodeMetadata: EncodeMetadata<object>
  /** A part of the metadata, as it is stored: what an update sets. */
  readonly encodePart: EncodeMetadata<object>
  /** Decodes a whole document. */
  readonly decode: Decode
  /** Decodes what a document has of some names, or of all (`*`); nothing where the Schema of the metadata cannot be picked from. */
  readonly pick: (names: ReadonlyArray<string>) => Decode | undefined
}

const issue = (field: string, message: string) => new MetadataIssue([field], `at ["${field}"]: ${message}`)

const sparseOf = (value: unknown): Vector.SparseVector | undefined => {
  if (!Input.isObject(value) || !Input.isArray(value["indices"]) || !Input.isArray(value["values"])) return undefined
  const indices = Vector.toUint32Array(value["indices"])
  const values = Vector.toFloat32Array(value["values"])
  return typeof indices === "number" || typeof values === "number" || indices.length !== values.length
    ? undefined
    : { indices, values }
}

/** The value of a field, as the application sees it. */
const valueOf = ({ name, type }: Declared, value: unknown): unknown => {
  switch (type) {
    case "dense_vector": {
      const numbers = Input.isArray(value) ? Vector.toFloat32Array(value) : 0
      return typeof numbers === "number" ? issue(name, `must be a dense vector, got ${Input.show(value)}`) : numbers
    }
    case "sparse_vector":
      return sparseOf(value) ?? issue(name, `must be a sparse vector, got ${Input.show(value)}`)
    case "string":
      return typeof value === "string" ? value : issue(name, `must be a string, got ${Input.show(value)}`)
  }
}

/**
 * The codec of documents with such fields and such metadata.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A>(layout: Layout, metadata: MetadataCodec<A>): DocumentCodec => {
  const fields = Array.from(layout.fields.values()).filter(({ isStored }) => isStored)

  const decoding = (
    fields: ReadonlyArray<Declared>,
    decodeMetadata: ((metadata: unknown) => unknown) | undefined
  ): Decode =>
  (document) => {
    const decoded: { [name: string]: unknown } = {}
    for (const field of fields) {
      const value = Object.hasOwn(document, field.name) ? document[field.name] : undefined
      if (value === undefined || value === null) {
        if (field.isRequired) return issue(field.name, "is missing")
        continue
      }
      const read = valueOf(field, value)
      if (isMetadataIssue(read)) return read
      decoded[field.name] = read
    }
    if (decodeMetadata === undefined) return { ...decoded, _id: document._id }
    const rest = Object.entries(document).filter(([name]) =>
      name !== "_id" && name !== "_score" && !layout.fields.has(name)
    )
    const stored = decodeMetadata(Object.fromEntries(rest))
    return isMetadataIssue(stored)
      ? stored
      : { ...(Input.isObject(stored) ? stored : {}), ...decoded, _id: document._id }
  }

  const decode = decoding(fields, metadata.decode)

  return {
    layout,
    // eslint-disable-next-line no-restricted-syntax -- what is beside the fields of a document is its metadata.
    encodeMetadata: metadata.encode as EncodeMetadata<object>,
    encodePart: metadata.encodePart,
    decode,
    pick: (names) => {
      if (names.includes("*")) return decode
      const picked = fields.filter(({ name }) => names.includes(name))
      const others = names.filter((name) => !layout.fields.has(name))
      if (others.length === 0) return decoding(picked, undefined)
      const decodeOthers = metadata.pick(others)
      return decodeOthers === undefined ? undefined : decoding(picked, decodeOthers)
    }
  }
}
