import * as Option from "effect/Option"
import { isNotFinite, scaledSteps, scalePowers, writeFloat32Bits } from "../float32Text.js"
import { base64 } from "./writing.js"

/** What `writing.wat` exports. */
interface Exports {
  readonly memory: WebAssembly.Memory
  readonly write: (at: number, end: number, out: number) => number
}

/** As many floats are written at a time at most. */
const maxFloats = 2048

// The places of the memory, which is one page: the first three are those of `writing.wat`.
const stoppedAt = 0
const stepsAt = 64
const powersAt = 2112
const floatsAt = 4096
const textAt = floatsAt + 4 * maxFloats

const comma = 44

/** Writes floats by the loop of `writing.wat`. What it writes is in its memory until it writes again. */
export class Float32Writer {
  /** As many numbers as it takes at once. */
  readonly atOnce = maxFloats
  /** What was written. */
  readonly text: Uint8Array
  private readonly memory: Uint8Array
  private readonly floats: Float32Array
  private readonly bits: Int32Array
  private readonly stopped: Int32Array

  constructor(private readonly kernel: Exports) {
    const { buffer } = kernel.memory
    this.memory = new Uint8Array(buffer)
    this.text = this.memory.subarray(textAt)
    this.floats = new Float32Array(buffer, floatsAt, maxFloats)
    this.bits = new Int32Array(buffer, floatsAt, maxFloats)
    this.stopped = new Int32Array(buffer, stoppedAt, 1)
    new Float64Array(buffer, stepsAt, scaledSteps.length).set(scaledSteps)
    new Int32Array(buffer, powersAt, scalePowers.length).set(scalePowers)
  }

  /**
   * Writes numbers from a position on, each with a comma behind it, and gives the length of the text; or, for a number that is
   * not one, or is not finite as a 32-bit float, its position as a negative number, of which the first is -1.
   */
  write(values: Float32Array | ReadonlyArray<number>, from: number, to: number): number {
    const count = to - from
    if (values instanceof Float32Array) {
      this.floats.set(count === values.length ? values : values.subarray(from, to))
      return this.writeTaken(from, count)
    }
    const taken = this.take(values, from, count)
    const length = this.writeTaken(from, taken)
    return length < 0 || taken === count ? length : -1 - from - taken
  }

  /** How many numbers there are before the first that is none. */
  private take(values: ReadonlyArray<number>, from: number, count: number): number {
    const floats = this.floats
    for (let i = 0; i < count; i++) {
      const value = values[from + i]
      if (typeof value !== "number") return i
      floats[i] = value
    }
    return count
  }

  private writeTaken(from: number, count: number): number {
    const { bits, kernel, memory, stopped } = this
    const end = floatsAt + 4 * count
    let out = kernel.write(floatsAt, end, textAt)
    while (stopped[0]! !== end) {
      const i = (stopped[0]! - floatsAt) >> 2
      if (isNotFinite(bits[i]!)) return -1 - from - i
      out = writeFloat32Bits(memory, out, bits[i]!)
      memory[out] = comma
      out = kernel.write(floatsAt + 4 * (i + 1), end, out + 1)
    }
    return out - textAt
  }
}

/** The writer of a runtime, unless it has no WebAssembly, or compiles none that a program brings along. */
const make: () => Option.Option<Float32Writer> = Option.liftThrowable(() => {
  const source = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(source))
  // eslint-disable-next-line no-restricted-syntax -- the exports of our own module: the tests hold them to this type.
  return new Float32Writer(exports as unknown as Exports)
})

/** Fewer numbers than this are not worth the copying. */
const fewest = 16

/** To compile the loop takes as long as it saves of twice as many numbers: who asks a question and ends never compiles it. */
const worthIt = 32_768

/** Makes a writer when so many numbers were written without one that it is worth making. */
export class Float32Writers {
  private numbers = 0
  private made: Option.Option<Float32Writer> | undefined = undefined

  /** The writer for so many numbers, or none: then the loop without a kernel writes them. */
  forNumbers(count: number): Float32Writer | undefined {
    if (count < fewest) return undefined
    if (this.made === undefined) {
      this.numbers += count
      if (this.numbers < worthIt) return undefined
      this.made = make()
    }
    return Option.getOrUndefined(this.made)
  }
}

/** One for all, since its memory is of use to nobody between two calls. Who writes one vector at a time does without. */
export const float32Writers: Float32Writers = new Float32Writers()
