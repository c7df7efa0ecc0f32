import type { SparseVector } from "@effect-pinecone/schema/Vector"
import type { Message } from "./messages.js"

const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

const reversed = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i ^ 3] = bytes[i]!
  return out
}

/** The numbers of a packed `repeated float`: copied, not looped over, since they may begin at any byte. */
export const readFloats = (parts: ReadonlyArray<Uint8Array>): Float32Array => {
  let length = 0
  for (const part of parts) length += part.length
  // eslint-disable-next-line no-restricted-syntax -- as the library's own reader does; `Protocol` catches both.
  if (length % 4 !== 0) throw new RangeError("a list of floats ends within a number")
  const floats = new Float32Array(length / 4)
  const bytes = new Uint8Array(floats.buffer)
  let offset = 0
  for (const part of parts) {
    bytes.set(littleEndian ? part : reversed(part), offset)
    offset += part.length
  }
  return floats
}

/** A packed `repeated float`. */
export const writeFloats = (values: Float32Array | ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const floats = values instanceof Float32Array ? values : Float32Array.from(values)
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
  return bytes.length === 0 ? [] : [littleEndian ? bytes : reversed(bytes)]
}

export const readSparse = ({ indices, values }: Message): SparseVector => ({
  indices: Uint32Array.from(indices as ReadonlyArray<number>),
  values: readFloats(values as ReadonlyArray<Uint8Array>)
})

export const writeSparse = ({ indices, values }: SparseVector) => ({ indices, values: writeFloats(values) })
