/**
 * A checksum of vectors that costs less than reading them: against damage, not against forgery.
 *
 * The bytes are 32-bit words, little-endian, zeros after the last. Word `i` is added to sum `i mod 16`, and after each
 * sixteen words the sums are added to as many sums of sums, all modulo 2^32. So another word in one place is always
 * another sum, and what has changed places is other sums of sums. The 32 sums and the length become 32 bits by steps that
 * can be undone.
 */
import type { Kernel } from "./kernel.js"

const lanesCount = 16
const stripe = 4 * lanesCount

/** The sums, then the sums of sums. */
export const makeLanes = (): Int32Array => new Int32Array(2 * lanesCount)

/** Adds whole stripes. */
export const addUpPlainly = (lanes: Int32Array, bytes: Uint8Array): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + stripe <= bytes.length; at += stripe) {
    for (let i = 0; i < lanesCount; i++) {
      const sum = lanes[i] = (lanes[i] + view.getInt32(at + 4 * i, true)) | 0
      lanes[lanesCount + i] = (lanes[lanesCount + i] + sum) | 0
    }
  }
}

/** The checksum of the bytes. What adds whole stripes may be faster where they are. */
export const sumOf = (bytes: Uint8Array, addUp = addUpPlainly): number => {
  const lanes = makeLanes()
  const rest = bytes.length % stripe
  addUp(lanes, bytes.subarray(0, bytes.length - rest))
  if (rest > 0) {
    const last = new Uint8Array(stripe)
    last.set(bytes.subarray(bytes.length - rest))
    addUpPlainly(lanes, last)
  }
  let sum = bytes.length | 0
  for (const lane of lanes) {
    sum = (sum + Math.imul(lane, 0x85ebca77)) | 0
    sum = Math.imul((sum << 13) | (sum >>> 19), 0x9e3779b1)
  }
  return sum >>> 0
}

/** The same for bytes that are anywhere: through a memory of the kernel, a piece at a time. */
export const make = (kernel: Kernel | undefined): (bytes: Uint8Array) => number => {
  const pieceAt = 4096
  const piece = 15 * 4096
  const workspace = kernel?.open(pieceAt + piece)
  if (workspace === undefined) return sumOf
  const { loops, memory: { buffer } } = workspace
  const there = new Int32Array(buffer, 0, 2 * lanesCount)
  const memory = new Uint8Array(buffer)
  return (bytes) =>
    sumOf(bytes, (lanes, whole) => {
      there.set(lanes)
      for (let at = 0; at < whole.length; at += piece) {
        const part = whole.subarray(at, at + piece)
        memory.set(part, pieceAt)
        loops.addUp(0, pieceAt, part.length / stripe)
      }
      lanes.set(there)
    })
}
