/** The vectors of words, or made-up ones of the same shape. */
import * as Fs from "node:fs"
import { random, unitVector } from "./vectors.js"

/** Of each word. */
export const numbers = 100

/** How many words there are. */
export const words = 341_479

const fromFile = (file: string, count: number): Float32Array => {
  const block = new Float32Array(count * numbers)
  const descriptor = Fs.openSync(file, "r")
  Fs.readSync(descriptor, new Uint8Array(block.buffer))
  Fs.closeSync(descriptor)
  return block
}

const madeUp = (count: number): Float32Array => {
  const next = random(1)
  const block = new Float32Array(count * numbers)
  // A direction is costly to draw: each is used again, a little turned.
  const drawn = Array.from({ length: 2000 }, () => unitVector(next, numbers))
  for (let i = 0; i < count; i++) {
    const vector = drawn[i % drawn.length]!
    for (let j = 0; j < numbers; j++) block[i * numbers + j] = vector[j]! + (next() - 0.5) * 0.2
  }
  return block
}

/** The first ones, all in one block: from the file, or made up where there is none. */
export const read = (file: string | undefined, count: number): Float32Array =>
  file === undefined ? madeUp(count) : fromFile(file, count)
