import * as Option from "effect/Option"
import { base64 } from "./reading.js"

/** What `reading.wat` exports. */
interface Exports {
  readonly memory: WebAssembly.Memory
  readonly read: (at: number, last: number, out: number, full: number) => number
}

/** The most numbers of an array: more than a vector can have. */
const maxNumbers = 20_000

// The places of the memory, which is two pages: the first three are those of `reading.wat`.
const endedAt = 0
const integersAt = 64
const doublesAt = 256
const floatsAt = 1024
const windowAt = floatsAt + 4 * maxNumbers
/** The loop looks so many bytes ahead. */
const ahead = 64
const windowBytes = 2 * 65_536 - windowAt - ahead

const comma = 44
const bracket = 93

/** Longer texts of numbers are not read. */
const maxText = 400

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

const textOf = (bytes: Uint8Array, from: number): string => {
  const end = Math.min(from + maxText, bytes.length)
  let to = from
  while (to < end && bytes[to] !== comma && bytes[to] !== bracket) to++
  return String.fromCharCode(...bytes.subarray(from, to))
}

/** So many numbers that are read one by one cost less than to parse all of them anew. */
const mostSlow = 1000

/**
 * Reads arrays of numbers, from the first byte of a text to the last, by the loop of `reading.wat`. It sees the text through a
 * window, which moves on with it.
 */
export class NumberReader {
  /** The end of the last array, behind its bracket. */
  end = 0
  private readonly memory: Uint8Array
  private readonly floats: Float32Array
  private readonly ended: Int32Array
  private bytes: Uint8Array = new Uint8Array(0)
  /** What of the text the window shows. */
  private from = 0
  private to = 0
  private slow = 0

  constructor(private readonly kernel: Exports) {
    const { buffer } = kernel.memory
    this.memory = new Uint8Array(buffer)
    this.floats = new Float32Array(buffer, floatsAt, maxNumbers)
    this.ended = new Int32Array(buffer, endedAt, 1)
    new BigInt64Array(buffer, integersAt, 19).forEach((_, i, powers) => (powers[i] = 10n ** BigInt(i)))
    new Float64Array(buffer, doublesAt, 41).forEach((_, i, powers) => (powers[i] = Number(`1e${i}`)))
  }

  /** Begins with another text. */
  begin(bytes: Uint8Array): void {
    this.bytes = bytes
    this.from = this.to = 0
    this.slow = 0
  }

  /** Lets go of the text. */
  finish(): void {
    this.begin(new Uint8Array(0))
  }

  /**
   * The numbers of the array whose first number begins at `at`; `undefined` where one of them has no 32-bit float, or is
   * written in another way than servers do.
   */
  read(at: number): Float32Array | undefined {
    const { ended, floats, kernel } = this
    let start = at
    let out = floatsAt
    for (;;) {
      if (start < this.from || start > this.last) this.show(start)
      const address = windowAt - this.from
      const stopped = kernel.read(address + start, address + this.last, out, windowAt)
      out = ended[0]!
      const reached = stopped - address
      if (reached > start && this.bytes[reached - 1] === bracket) {
        this.end = reached
        return floats.slice(0, (out - floatsAt) >> 2)
      }
      if (out === windowAt) return undefined
      start = reached
      if (start <= this.last) {
        const read = this.readSlowly(start)
        if (read === undefined) return undefined
        floats[(out - floatsAt) >> 2] = read.value
        out += 4
        start = read.end
        if (this.bytes[start - 1] === bracket) {
          this.end = start
          return floats.slice(0, (out - floatsAt) >> 2)
        }
      } else if (this.to === this.bytes.length) return undefined
    }
  }

  /** Where the last number may begin that the window shows as a whole. */
  private get last(): number {
    return this.to === this.bytes.length ? this.to - 1 : this.to - ahead
  }

  private show(from: number): void {
    const to = Math.min(from + windowBytes, this.bytes.length)
    this.memory.set(this.bytes.subarray(from, to), windowAt)
    this.memory.fill(0, windowAt + to - from, windowAt + to - from + ahead)
    this.from = from
    this.to = to
  }

  /** A number that the loop does not read, and what comes behind it. */
  private readSlowly(at: number): { readonly value: number; readonly end: number } | undefined {
    const text = textOf(this.bytes, at)
    if (++this.slow > mostSlow || !jsonNumber.test(text)) return undefined
    const value = Math.fround(Number(text))
    const end = at + text.length
    return Number.isFinite(value) && end < this.bytes.length ? { value, end: end + 1 } : undefined
  }
}

/** The reader of a runtime, unless it has no WebAssembly, or compiles none that a program brings along. */
export const make: () => Option.Option<NumberReader> = Option.liftThrowable(() => {
  const source = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(source))
  // eslint-disable-next-line no-restricted-syntax -- the exports of our own module: the tests hold them to this type.
  return new NumberReader(exports as unknown as Exports)
})
