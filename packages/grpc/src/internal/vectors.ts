import type { SparseVector } from "@effect-pinecone/schema/Vector"
import { littleEndian } from "@effect-pinecone/schema/Vector"
import { malformed } from "./malformed.js"
import type { Message } from "./messages.js"

const reversed = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) out[i ^ 3] = bytes[i]!
  return out
}

/** Makes room for so many numbers. What is in it is to be written over. */
export type Room = (length: number) => Float32Array

const ownRoom: Room = (length) => new Float32Array(length)

/** The most bytes that the vectors of an answer share: who keeps one of them keeps so much at most. */
const blockBytes = 256 * 1024

/**
 * Room for many vectors in few blocks: a thousand vectors with a buffer each would give the garbage collector more to do
 * than it takes to read them. `most` is what they can have together in bytes.
 */
export const blocks = (most: number): Room => {
  const size = Math.min(blockBytes, Math.ceil(most / 4) * 4)
  let block: ArrayBufferLike | undefined
  let offset = 0
  return (length) => {
    const bytes = length * 4
    if (bytes > size / 2) return ownRoom(length)
    if (block === undefined || offset + bytes > size) {
      // A buffer of its own, which nobody fills with zeros first.
      block = Buffer.allocUnsafeSlow(size).buffer
      offset = 0
    }
    const room = new Float32Array(block, offset, length)
    offset += bytes
    return room
  }
}

/** The numbers of a `repeated float`: copied, not looped over, since they may begin at any byte. */
export const readFloats = (parts: ReadonlyArray<Uint8Array>, room: Room = ownRoom): Float32Array => {
  let length = 0
  for (const part of parts) {
    if (part.length % 4 !== 0) return malformed("a list of floats ends within a number")
    length += part.length
  }
  const floats = room(length / 4)
  const bytes = new Uint8Array(floats.buffer, floats.byteOffset, length)
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

export const readSparse = ({ indices, values }: Message<"SparseValues">): SparseVector => ({
  indices: Uint32Array.from(indices),
  values: readFloats(values)
})

export const writeSparse = ({ indices, values }: SparseVector) => ({ indices, values: writeFloats(values) })
