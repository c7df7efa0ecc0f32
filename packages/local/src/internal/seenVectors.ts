import type { StoredRecord } from "./namespaceView.js"

/** The vectors of a record. */
type Vectors = Pick<StoredRecord, "sparseValues" | "values">

/** Knows vectors by 85 bits of each: of a hundred million, no two that differ are likely to be taken for the same. */
export interface SeenVectors {
  readonly size: () => number
  /** Adds the vectors of a record; whether they are new, number for number. */
  readonly add: (record: Vectors) => boolean
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** Has every bit depend on every other. */
const mixed = (word: number): number => {
  let out = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  out = Math.imul(out ^ (out >>> 13), 0xc2b2ae35)
  return (out ^ (out >>> 16)) >>> 0
}

/** A cryptographic hash would take longer than all else that is done to check a record. */
class Hash {
  private first = 0
  private second = 0
  private third = 0

  reset(): void {
    this.first = 0x9747b28c | 0
    this.second = 0x3c6ef372
    this.third = 0x1b873593
  }

  /** Takes the bits of numbers, and how many there are. */
  take({ buffer, byteOffset, length }: Float32Array | Uint32Array): void {
    const words = new Int32Array(buffer, byteOffset, length)
    let { first, second, third } = this
    first ^= length
    third ^= length
    for (let i = 0; i < length; i++) {
      const word = words[i]!
      first = Math.imul(first ^ word, 0x9e3779b1)
      first ^= first >>> 15
      second = rotated(Math.imul((second + word) | 0, 0xcc9e2d51), 13)
      third = Math.imul(rotated(third ^ word, 11), 0x27d4eb2f) + 0x165667b1 | 0
    }
    this.first = first
    this.second = second
    this.third = third
  }

  /** 53 bits. */
  key(): number {
    return mixed(this.first) * 2 ** 21 + (mixed(this.second) >>> 11)
  }

  /** 32 others. */
  check(): number {
    return mixed(this.third)
  }
}

export const make = (): SeenVectors => {
  const hash = new Hash()
  const checks = new Map<number, number>()
  /** Those whose key is that of another. */
  const others = new Set<string>()
  return {
    size: () => checks.size + others.size,
    add: ({ sparseValues, values }) => {
      hash.reset()
      if (values !== undefined) hash.take(values)
      if (sparseValues !== undefined) {
        hash.take(sparseValues.indices)
        hash.take(sparseValues.values)
      }
      const key = hash.key()
      const check = hash.check()
      const known = checks.get(key)
      if (known === undefined) {
        checks.set(key, check)
        return true
      }
      if (known === check) return false
      const { size } = others
      return others.add(`${key},${check}`).size > size
    }
  }
}
