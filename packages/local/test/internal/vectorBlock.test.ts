import { describe, expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Kernel } from "../../src/internal/kernel/kernel.js"
import { kernel } from "../../src/internal/kernel/kernel.js"
import { TopK } from "../../src/internal/topK.js"
import type { BlockOptions, Metric } from "../../src/internal/vectorBlock.js"
import { VectorBlock } from "../../src/internal/vectorBlock.js"

const metrics: ReadonlyArray<Metric> = ["cosine", "dotproduct", "euclidean"]

interface Search {
  readonly metric: Metric
  readonly query: Float32Array
  readonly topK: number
  readonly accepts?: ((slot: number) => boolean) | undefined
  readonly bonus?: ((slot: number) => number) | undefined
  /** How many slots are scanned at once. */
  readonly slice?: number | undefined
}

/** The best slots, the best first and equal ones by slot, with their keys. */
const search = (
  block: VectorBlock,
  { accepts, bonus, metric, query, slice = block.end, topK }: Search
): ReadonlyArray<readonly [number, number]> => {
  const top = new TopK<{ readonly sequence: number }>(topK)
  const scan = block.scan({ metric, query, top, bonus, offer: (key, slot) => top.offer(key, { sequence: slot }) })
  for (let slot = 0; slot < block.end; slot += slice) scan(slot, slot + slice, accepts)
  return top.drain((key, { sequence }) => [sequence, key] as const)
}

/** Numbers that are far apart, and whole ones whose keys are often equal. */
const vectors = (dimension: number): FastCheck.Arbitrary<Float32Array> => {
  const length = Math.min(dimension, 20)
  const lengths = { minLength: length, maxLength: length, noNaN: true }
  return FastCheck.oneof(
    FastCheck.float32Array({ ...lengths, noDefaultInfinity: true }),
    FastCheck.float32Array({ ...lengths, min: -10, max: 10 }),
    FastCheck.float32Array({ ...lengths, min: -2, max: 2 }).map((values) => values.map(Math.round))
  ).map((values) => Float32Array.from({ length: dimension }, (_, i) => values[i % length]))
}

const maybe = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined, freq: 4 })

type Values = Float32Array | undefined

type Step =
  | { readonly _tag: "write"; readonly values: Values; readonly at: number | undefined }
  | { readonly _tag: "adopt"; readonly rows: ReadonlyArray<Values> }
  | { readonly _tag: "release"; readonly at: number }
  | { readonly _tag: "search"; readonly search: Search; readonly times: number }

const searches = (dimension: number): FastCheck.Arbitrary<Search> =>
  FastCheck.record({
    metric: FastCheck.constantFrom(...metrics),
    query: vectors(dimension),
    topK: FastCheck.integer({ min: 1, max: 6 }),
    accepts: maybe(FastCheck.integer({ min: 2, max: 5 }).map((n) => (slot: number) => slot % n === 0)),
    bonus: maybe(FastCheck.integer({ min: 2, max: 5 }).map((n) => (slot: number) => slot % n)),
    slice: maybe(FastCheck.integer({ min: 1, max: 20 }))
  })

const steps = (dimension: number, maxLength: number): FastCheck.Arbitrary<ReadonlyArray<Step>> => {
  const step = <Tag extends Step["_tag"], A>(_tag: Tag, fields: { [K in keyof A]: FastCheck.Arbitrary<A[K]> }) =>
    FastCheck.record(fields).map((fields) => ({ _tag, ...fields }))
  return FastCheck.array(
    FastCheck.oneof(
      {
        weight: 8,
        arbitrary: step("write", {
          values: maybe(vectors(dimension)),
          at: FastCheck.option(FastCheck.nat(), { nil: undefined, freq: 1 })
        })
      },
      { weight: 1, arbitrary: step("adopt", { rows: FastCheck.array(maybe(vectors(dimension)), { maxLength: 20 }) }) },
      { weight: 2, arbitrary: step("release", { at: FastCheck.nat() }) },
      // The eighth has written the codes of all rows that are accepted.
      {
        weight: 2,
        arbitrary: step("search", { search: searches(dimension), times: FastCheck.integer({ min: 1, max: 9 }) })
      }
    ),
    { maxLength, size: "max" }
  )
}

/** Fills the slots of a region as a file would, and takes them into use. */
const adopt = (block: VectorBlock, rows: ReadonlyArray<Values>): void => {
  const first = block.end
  for (const region of block.adopt(rows.length)) {
    const view = new DataView(region.bytes.buffer, region.bytes.byteOffset, region.bytes.byteLength)
    for (let row = 0; row < region.rows; row++) {
      const values = rows[region.firstSlot + row - first] ?? new Float32Array(block.dimension).fill(7)
      values.forEach((value, i) => view.setFloat32(4 * (block.dimension * row + i), value, true))
    }
    block.filled(region.firstSlot, region.rows, (slot) => rows[slot - first] !== undefined)
  }
}

const isSame = (a: Values, b: Values): boolean =>
  a === undefined || b === undefined ? a === b : a.length === b.length && a.every((value, i) => Object.is(value, b[i]))

/** What the slots have, or nothing where they are free. */
type Model = Array<{ readonly values: Values } | undefined>

/** Does the same with each block, which must always have the same slots and find the same. */
const play = (dimension: number, blocks: ReadonlyArray<VectorBlock>, steps: ReadonlyArray<Step>): void => {
  const model: Model = []
  const taken = () => Array.from(model.keys()).filter((slot) => model[slot] !== undefined)
  for (const step of steps) {
    switch (step._tag) {
      case "write": {
        const slots = taken()
        const at = step.at === undefined || slots.length === 0 ? undefined : slots[step.at % slots.length]
        const written = blocks.map((block) => {
          const slot = at ?? block.allocate()
          block.write(slot, step.values)
          return slot
        })
        expect(new Set(written).size).toBe(1)
        model[written[0]] = { values: step.values }
        break
      }
      case "adopt": {
        for (const block of blocks) adopt(block, step.rows)
        for (const values of step.rows) model.push({ values })
        break
      }
      case "release": {
        const slots = taken()
        if (slots.length === 0) break
        const slot = slots[step.at % slots.length]
        for (const block of blocks) block.release(slot)
        model[slot] = undefined
        break
      }
      case "search": {
        for (let time = 0; time < step.times; time++) {
          const [expected, ...others] = blocks.map((block) => search(block, step.search))
          for (const found of others) expect(found).toEqual(expected)
        }
      }
    }
    for (const block of blocks) expect(block.end).toBe(model.length)
  }
  for (const block of blocks) {
    model.forEach((expected, slot) => expect(isSame(block.read(slot), expected?.values)).toBe(true))
  }
  const expected = taken()
  const query = new Float32Array(dimension)
  const found = search(blocks[0], { metric: "dotproduct", query, topK: model.length })
  expect(found).toEqual(expected.map((slot) => [slot, 0]))
}

/** As much room for memories as that. */
const room = (memories: number): Kernel => {
  let left = memories
  return { open: (bytes) => left-- > 0 ? kernel?.open(bytes) : undefined }
}

describe("VectorBlock", () => {
  for (const [dimension, maxLength, numRuns] of [[1, 150, 60], [3, 150, 60], [21, 150, 60], [20_000, 40, 8]]) {
    it(`of dimension ${dimension}: finds the same with the kernel and without, whatever moves and grows`, () => {
      const pageBytes = 8 * 20_000 * 4
      const options: ReadonlyArray<() => BlockOptions> = [
        () => ({ kernel: undefined }),
        () => ({ kernel, plainBytes: 0 }),
        () => ({ kernel, plainBytes: 2 * pageBytes, arenaBytes: 3 * pageBytes }),
        () => ({ kernel: room(1), plainBytes: 0, arenaBytes: 4 * pageBytes }),
        () => ({ kernel: room(0), plainBytes: pageBytes })
      ]
      FastCheck.assert(
        FastCheck.property(steps(dimension, maxLength), (steps) => {
          play(dimension, options.map((option) => new VectorBlock(dimension, option())), steps)
        }),
        // To shrink a failure takes minutes: run its seed and path without this.
        { numRuns, endOnFailure: true }
      )
    })
  }

  it("finds the best of many, near to each other or not, as the plain loop does", () => {
    const dimension = 48
    let state = 1
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 31 - 1
    }
    const centers = Array.from({ length: 20 }, () => Float32Array.from({ length: dimension }, next))
    const near = (spread: number) => {
      const center = centers[Math.floor((next() + 1) * 10)]
      return center.map((value) => value + spread * next())
    }
    const plain = new VectorBlock(dimension, { kernel: undefined })
    const fast = new VectorBlock(dimension, { kernel, plainBytes: 0 })
    for (let i = 0; i < 12_000; i++) {
      const values = near([0, 0.001, 0.1, 2][i % 4])
      for (const block of [plain, fast]) block.write(block.allocate(), values)
    }
    for (let i = 0; i < 60; i++) {
      const query = near(0.1)
      for (const metric of metrics) {
        for (const keeps of [1, 2, 100, 10_000]) {
          const accepts = (slot: number) => slot % keeps === 0
          const options = { metric, query, topK: 10, accepts }
          expect(search(fast, options)).toEqual(search(plain, options))
        }
      }
    }
  })

  it("a slot that is to be filled is not found before it is", () => {
    const block = new VectorBlock(2, { kernel, plainBytes: 0 })
    const query = Float32Array.of(1, 1)
    const [region] = block.adopt(3)
    expect(search(block, { metric: "dotproduct", query, topK: 3 })).toEqual([])
    block.filled(region.firstSlot + 1, 1)
    expect(search(block, { metric: "dotproduct", query, topK: 3 })).toEqual([[1, 0]])
    expect(block.allocate()).toBe(3)
  })

  it("what is read in bulk comes in few, large pieces", () => {
    const block = new VectorBlock(384, { kernel })
    const regions = block.adopt(100_000)
    expect(regions.map(({ firstSlot, rows }) => [firstSlot, rows])).toEqual([[0, 100_000]])
    expect(regions[0].bytes.length).toBe(100_000 * 384 * 4)
  })
})
