import { assert, describe, expect, it } from "@effect/vitest"
import { assemble, kernels } from "../../../../scripts/kernels.js"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { Arena } from "../../src/internal/kernel/arena.js"
import { bytes } from "../../src/internal/kernel/bytes.js"
import * as Checksum from "../../src/internal/kernel/checksum.js"
import { kernel } from "../../src/internal/kernel/kernel.js"
import { rowsPerPass, widthOf } from "../../src/internal/kernel/layout.js"
import { inverseNorm, negatedDistances, products } from "../../src/internal/kernel/loops.js"
import { Sought } from "../../src/internal/kernel/sought.js"
import * as Sums from "../../src/internal/kernel/sums.js"
import type { Metric } from "../../src/internal/vectorBlock.js"
import { VectorBlock } from "../../src/internal/vectorBlock.js"

const metrics: ReadonlyArray<Metric> = ["cosine", "dotproduct", "euclidean"]

const largest = 3.4028234663852886e38

/** Any 32-bit number that a vector can have, among them the largest, the smallest and both zeros. */
const anyNumber = FastCheck.oneof(
  FastCheck.float({ noNaN: true, noDefaultInfinity: true }),
  FastCheck.float({ noNaN: true, min: -1, max: 1 }),
  FastCheck.integer({ min: -2, max: 2 }),
  FastCheck.constantFrom(largest, -largest, 1.401298464324817e-45, 1e-30, 9e-31, -0)
)

/** A query, and rows of the same length. */
const anyRows = (dimensions: FastCheck.Arbitrary<number>, maxRows: number) =>
  dimensions.chain((dimension) => {
    // Long vectors repeat a short one: all of it would take its time to make, and to shrink.
    const vector = FastCheck.array(anyNumber, { minLength: 1, maxLength: Math.min(dimension, 40), size: "max" })
      .map((numbers) => Float32Array.from({ length: dimension }, (_, i) => numbers[i % numbers.length]))
    return FastCheck.record({
      dimension: FastCheck.constant(dimension),
      query: vector,
      rows: FastCheck.array(vector, { minLength: 1, maxLength: maxRows, size: "max" })
    })
  })

const dimensions = FastCheck.oneof(
  { weight: 30, arbitrary: FastCheck.integer({ min: 1, max: 70 }) },
  { weight: 4, arbitrary: FastCheck.integer({ min: 71, max: 3000 }) },
  { weight: 1, arbitrary: FastCheck.integer({ min: 19_900, max: 20_000 }) }
)

const arenaOf = (dimension: number, rows: ReadonlyArray<Float32Array>): Arena => {
  assert(kernel !== undefined, "there is WebAssembly with SIMD wherever the tests run")
  const arena = Arena.open(kernel, dimension, rows.length)
  assert(arena !== undefined)
  rows.forEach((row, i) => arena.values.set(row, i * dimension))
  arena.measure(0, rows.length)
  return arena
}

const sought = (query: Float32Array, metric: Metric): Sought => new Sought(query, metric, inverseNorm(query))

const selectAll = (arena: Arena): void => arena.selected.forEach((_, i) => (arena.selected[i] = i))

/** The keys of all rows, as a scan computes them. */
const keysOf = (arena: Arena, { metric, query }: Sought): ReadonlyArray<number> => {
  selectAll(arena)
  arena.score(sought(query, metric), 0, arena.rows)
  const norm = inverseNorm(query)
  return Array.from(
    { length: arena.rows },
    (_, i) => metric === "cosine" ? arena.keys[i] * (arena.inverseNorms[i] * norm) : arena.keys[i]
  )
}

/** The rows whose key may reach the threshold. */
const narrowed = (arena: Arena, search: Sought, threshold: number): ReadonlySet<number> => {
  selectAll(arena)
  const count = arena.narrow(search, 0, arena.rows, threshold)
  return new Set(arena.selected.subarray(0, count))
}

const gaussian = (seed: number): () => number => {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
}

describe("the kernel", () => {
  it("its source assembles to the bytes that are checked in", async () => {
    const [source] = kernels
    assert(source !== undefined)
    expect(Buffer.from(await assemble(source)).equals(bytes)).toBe(true)
  })

  it("its products, distances and lengths are those of the plain loops, bit for bit", () => {
    FastCheck.assert(
      FastCheck.property(anyRows(dimensions, 8), ({ dimension, query, rows }) => {
        const arena = arenaOf(dimension, rows)
        const values = new Float32Array(dimension * rows.length)
        rows.forEach((row, i) => values.set(row, i * dimension))
        // The list of rows has any order.
        const list = Int32Array.from(rows, (_, i) => rows.length - 1 - i)
        for (const [metric, loop] of [["dotproduct", products], ["euclidean", negatedDistances]] as const) {
          const expected = new Float64Array(rows.length)
          loop(values, query, list, rows.length, expected)
          arena.selected.set(list)
          arena.score(sought(query, metric), 0, rows.length)
          expect(arena.keys.slice(0, rows.length)).toEqual(expected)
          // Nothing overflows: the largest 32-bit floats are small for a double.
          expect(expected.every(Number.isFinite)).toBe(true)
        }
        expect(arena.inverseNorms).toEqual(Float64Array.from(rows, inverseNorm))
      }),
      { numRuns: 200 }
    )
  })

  it("the plain loops are off by no more than the rounding of their sums", () => {
    FastCheck.assert(
      FastCheck.property(anyRows(FastCheck.integer({ min: 1, max: 100 }), 1), ({ dimension, query, rows: [row] }) => {
        // Scaled to whole numbers of two to the power of -149, the products are exact.
        const exactly = (value: number): bigint => BigInt(value * 2 ** 149)
        const list = Int32Array.of(0)
        const out = new Float64Array(1)
        const check = (expected: bigint, size: bigint) => {
          const error = BigInt(Math.abs(out[0]) * 2 ** 298) - (expected < 0n ? -expected : expected)
          expect((error < 0n ? -error : error) << 53n).toBeLessThanOrEqual(size * BigInt(dimension + 8))
        }
        let product = 0n
        let size = 0n
        let distance = 0n
        for (let i = 0; i < dimension; i++) {
          const one = exactly(row[i]) * exactly(query[i])
          const difference = exactly(row[i]) - exactly(query[i])
          product += one
          size += one < 0n ? -one : one
          distance += difference * difference
        }
        products(row, query, list, 1, out)
        check(product, size)
        negatedDistances(row, query, list, 1, out)
        check(distance, distance)
      }),
      { numRuns: 200 }
    )
  })
})

describe("codes", () => {
  it("never pass over a row whose key reaches the threshold", () => {
    FastCheck.assert(
      FastCheck.property(anyRows(dimensions, 12), ({ dimension, query, rows }) => {
        const arena = arenaOf(dimension, rows)
        selectAll(arena)
        arena.encode(0, rows.length)
        for (const metric of metrics) {
          const search = sought(query, metric)
          const keys = keysOf(arena, search)
          for (const threshold of keys) {
            const kept = narrowed(arena, search, threshold)
            keys.forEach((key, i) => key >= threshold && expect(kept.has(i), `${metric}: ${keys}`).toBe(true))
          }
        }
      }),
      { numRuns: 300 }
    )
  })

  it("never pass over one where the sums of whole numbers are the largest possible", () => {
    for (const dimension of [2, 384, 4095, 4096, 20_000]) {
      const ones = new Float32Array(dimension).fill(1)
      const rows = [ones, ones.map(() => -1), ones.map((_, i) => i % 2 === 0 ? 1 : -1)]
      const arena = arenaOf(dimension, rows)
      selectAll(arena)
      arena.encode(0, rows.length)
      for (const metric of metrics) {
        for (const query of rows) {
          const search = sought(query, metric)
          const keys = keysOf(arena, search)
          expect(narrowed(arena, search, Math.max(...keys))).toEqual(new Set([keys.indexOf(Math.max(...keys))]))
        }
      }
    }
  })

  it("pass over most rows", () => {
    const dimension = 384
    const next = gaussian(1)
    const rows = Array.from({ length: rowsPerPass }, () => Float32Array.from({ length: dimension }, next))
    const query = Float32Array.from({ length: dimension }, next)
    const arena = arenaOf(dimension, rows)
    selectAll(arena)
    arena.encode(0, rows.length)
    for (const metric of metrics) {
      const search = sought(query, metric)
      const tenth = [...keysOf(arena, search)].sort((a, b) => b - a)[9]
      expect(narrowed(arena, search, tenth).size).toBeLessThan(30)
    }
  })

  it("a row that was written again is kept until it has a code again", () => {
    const arena = arenaOf(3, [Float32Array.of(1, 0, 0), Float32Array.of(1, 0, 0)])
    const search = sought(Float32Array.of(0, 1, 0), "dotproduct")
    expect(narrowed(arena, search, 0.5)).toEqual(new Set([0, 1]))
    selectAll(arena)
    arena.encode(0, 2)
    expect(narrowed(arena, search, 0.5)).toEqual(new Set())
    arena.values.set([0, 1, 0], 3)
    arena.measure(1, 1)
    arena.changed(1)
    expect(narrowed(arena, search, 0.5)).toEqual(new Set([1]))
    selectAll(arena)
    arena.encode(0, 2)
    expect(narrowed(arena, search, 0.5)).toEqual(new Set([1]))
    expect(narrowed(arena, search, 1.1)).toEqual(new Set())
  })

  it("take whole steps of the kernel", () => {
    expect([1, 16, 17, 384, 20_000].map(widthOf)).toEqual([16, 16, 32, 384, 20_000])
  })
})

describe("checksum", () => {
  const plain = Checksum.make(undefined)
  const pieces = FastCheck.oneof(
    FastCheck.uint8Array({ maxLength: 300, size: "max" }),
    // More than the kernel folds at once, at any address.
    FastCheck.tuple(FastCheck.integer({ min: 0, max: 200_000 }), FastCheck.integer()).map(([length, seed]) =>
      Uint8Array.from({ length }, (_, i) => Math.imul(i ^ seed, 0x9e3779b1) >>> 24)
    )
  )

  it("is the same with the kernel and without, wherever the bytes are", () => {
    FastCheck.assert(FastCheck.property(pieces, FastCheck.integer({ min: 0, max: 9 }), (bytes, offset) => {
      const elsewhere = new Uint8Array(bytes.length + offset).subarray(offset)
      elsewhere.set(bytes)
      expect(Checksum.checksum(bytes)).toBe(plain(bytes))
      expect(Checksum.checksum(elsewhere)).toBe(plain(bytes))
    }))
  })

  it("is another for bytes of which one word is another, or that are cut", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.uint8Array({ minLength: 1, maxLength: 300, size: "max" }),
        FastCheck.nat(),
        FastCheck.integer({ min: 1, max: 255 }),
        FastCheck.uint8Array({ minLength: 4, maxLength: 4 }),
        (bytes, n, flip, word) => {
          const whole = Checksum.checksum(bytes)
          const flipped = bytes.slice()
          flipped[n % bytes.length] ^= flip
          expect(Checksum.checksum(flipped)).not.toBe(whole)
          const replaced = bytes.slice()
          word.forEach((byte, i) => (replaced[(n % bytes.length & ~3) + i] = byte))
          if (!Buffer.from(replaced).equals(bytes)) expect(Checksum.checksum(replaced)).not.toBe(whole)
          expect(Checksum.checksum(bytes.subarray(0, n % bytes.length))).not.toBe(whole)
        }
      ),
      { numRuns: 1000 }
    )
  })

  it("is written to files, and stays what it is", () => {
    expect(Checksum.checksum(new Uint8Array(0)).toString(16)).toBe("c95ddba5afd5e864")
    expect(Checksum.checksum(Uint8Array.of(1, 2, 3)).toString(16)).toBe("f998fdcc5d37de4f")
    expect(Checksum.checksum(Uint8Array.from({ length: 1000 }, (_, i) => i)).toString(16)).toBe("aa363aab403426f8")
  })
})

describe("sums", () => {
  const through = Sums.make(kernel)
  const pieces = FastCheck.oneof(
    FastCheck.uint8Array({ maxLength: 300, size: "max" }),
    FastCheck.tuple(FastCheck.integer({ min: 0, max: 200_000 }), FastCheck.integer()).map(([length, seed]) =>
      Uint8Array.from({ length }, (_, i) => Math.imul(i ^ seed, 0x9e3779b1) >>> 24)
    )
  )

  it("are the same with the kernel, without it, and where the vectors are", () => {
    const block = new VectorBlock(16, { kernel, plainBytes: 0 })
    const [region] = block.adopt(4096)
    FastCheck.assert(FastCheck.property(pieces, FastCheck.integer({ min: 0, max: 99 }), (bytes, n) => {
      const there = region!.bytes.subarray(4 * n, 4 * n + bytes.length)
      there.set(bytes)
      const sum = Sums.sumOf(bytes)
      expect([through(bytes), through(there), region!.sumOf(there)]).toEqual([sum, sum, sum])
    }))
  })

  it("are others for bytes of which one word is another, that have changed places, or that are cut", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.uint8Array({ minLength: 8, maxLength: 300, size: "max" }),
        FastCheck.nat(),
        FastCheck.nat(),
        FastCheck.integer({ min: 1, max: 255 }),
        (bytes, n, m, flip) => {
          const whole = through(bytes)
          const flipped = bytes.slice()
          flipped[n % bytes.length]! ^= flip
          expect(through(flipped)).not.toBe(whole)
          const words = bytes.length >> 2
          const [a, b] = [4 * (n % words), 4 * (m % words)]
          const swapped = bytes.slice()
          swapped.set(bytes.subarray(a, a + 4), b)
          swapped.set(bytes.subarray(b, b + 4), a)
          if (!Buffer.from(swapped).equals(bytes)) expect(through(swapped)).not.toBe(whole)
          expect(through(bytes.subarray(0, n % bytes.length))).not.toBe(whole)
        }
      ),
      { numRuns: 1000 }
    )
  })

  it("are written to files, and stay what they are", () => {
    expect([
      Sums.sumOf(new Uint8Array(0)),
      Sums.sumOf(Uint8Array.of(1, 2, 3)),
      Sums.sumOf(Uint8Array.from({ length: 1000 }, (_, i) => i))
    ].map((sum) => sum.toString(16))).toEqual(["0", "65506045", "83ed99f3"])
  })
})
