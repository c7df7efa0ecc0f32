/**
 * A checksum of bytes that is as fast as memory: against damage, not against forgery.
 *
 * The bytes are 32-bit words, little-endian, zeros after the last. Word `i` goes to lane `i mod 16`, each lane by
 * `lane = rotate(lane + word * A, 13) * B`. Both steps can be undone, so that another word in one place is always another
 * lane, and always another checksum: the lanes and the length are folded into two halves of 32 bits in the same way.
 */
import type { Kernel } from "./kernel.js"
import { kernel } from "./kernel.js"

const A = 0x85ebca77
const B = 0x9e3779b1

const lanesCount = 16
const stripe = 4 * lanesCount

const round = (lane: number, word: number): number => {
  const sum = (lane + Math.imul(word, A)) | 0
  return Math.imul((sum << 13) | (sum >>> 19), B)
}

/** Folds whole stripes into the lanes. */
export const foldPlainly = (lanes: Int32Array, bytes: Uint8Array): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + stripe <= bytes.length; at += stripe) {
    for (let i = 0; i < lanesCount; i++) lanes[i] = round(lanes[i], view.getInt32(at + 4 * i, true))
  }
}

/** Folds whole stripes into the lanes: through a memory of the kernel, a piece at a time. */
const folder = (kernel: Kernel | undefined): typeof foldPlainly => {
  const pieceAt = 4096
  const piece = 15 * 4096
  const workspace = kernel?.open(pieceAt + piece)
  if (workspace === undefined) return foldPlainly
  const { loops, memory: { buffer } } = workspace
  const there = new Int32Array(buffer, 0, lanesCount)
  const memory = new Uint8Array(buffer)
  return (lanes, bytes) => {
    there.set(lanes)
    const end = bytes.length - bytes.length % stripe
    for (let at = 0; at < end; at += piece) {
      const to = Math.min(end, at + piece)
      memory.set(bytes.subarray(at, to), pieceAt)
      loops.fold(0, pieceAt, (to - at) / stripe)
    }
    lanes.set(there)
  }
}

/** The function that computes checksums, with a kernel or without: they are the same. */
export const make = (kernel: Kernel | undefined): (bytes: Uint8Array) => bigint => {
  const fold = folder(kernel)
  return (bytes) => {
    const lanes = Int32Array.from({ length: lanesCount }, (_, i) => Math.imul(i + 1, B))
    fold(lanes, bytes)
    const rest = bytes.length % stripe
    if (rest > 0) {
      const last = new Uint8Array(stripe)
      last.set(bytes.subarray(bytes.length - rest))
      foldPlainly(lanes, last)
    }
    let low = round(bytes.length, Math.floor(bytes.length / 2 ** 32))
    let high = round(low, A)
    for (const lane of lanes) {
      low = round(low, lane)
      high = round(Math.imul(high, A), lane)
    }
    return BigInt(high >>> 0) << 32n | BigInt(low >>> 0)
  }
}

/** The checksum of the bytes, in 64 bits. */
export const checksum: (bytes: Uint8Array) => bigint = make(kernel)
