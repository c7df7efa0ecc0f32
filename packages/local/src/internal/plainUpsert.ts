import type { Requests } from "@effect-pinecone/grpc/Protocol"
import * as Input from "@effect-pinecone/schema/Input"
import * as Vector from "@effect-pinecone/schema/Vector"

type Upsert = Requests["upsert"]
type Written = Upsert["vectors"][number]

/** They may have been read with the JSON. */
const numbersOf = (values: unknown): Float32Array | undefined => {
  if (values instanceof Float32Array) return values
  if (!Array.isArray(values) || values.length === 0) return undefined
  const numbers = Vector.toFloat32Array(values)
  return typeof numbers === "number" ? undefined : numbers
}

/** A record of an id, dense values and perhaps metadata. */
const vectorOf = (json: unknown): Written | undefined => {
  if (!Input.isObject(json)) return undefined
  const { id, metadata, values } = json
  if (typeof id !== "string") return undefined
  const numbers = numbersOf(values)
  if (numbers === undefined) return undefined
  const fields = Object.keys(json).length
  if (metadata === undefined) return fields === 2 ? { id, values: numbers } : undefined
  return Input.isObject(metadata) && fields === 3 ? { id, values: numbers, metadata } : undefined
}

/**
 * Reads an upsert as most are, which takes a fraction of what the definition takes to look at it. It gives nothing where
 * there is anything else in the JSON, or anything wrong: then the definition has the word.
 */
export const read = (json: unknown): Upsert | undefined => {
  if (!Input.isObject(json)) return undefined
  const { namespace, vectors } = json
  if (!Array.isArray(vectors) || vectors.length === 0) return undefined
  if (Object.keys(json).length !== (namespace === undefined ? 1 : 2)) return undefined
  const read: Array<Written> = []
  for (const item of vectors) {
    const vector = vectorOf(item)
    if (vector === undefined) return undefined
    read.push(vector)
  }
  if (namespace === undefined) return { vectors: read }
  return typeof namespace === "string" ? { vectors: read, namespace } : undefined
}
