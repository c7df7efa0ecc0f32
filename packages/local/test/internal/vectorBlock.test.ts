import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import type { Metric } from "../../src/internal/vectorBlock.js"
import { TopK, VectorBlock } from "../../src/internal/vectorBlock.js"

const metrics: ReadonlyArray<Metric> = ["cosine", "dotproduct", "euclidean"]

/** The best slots, the best first, with their keys. */
const search = (
  block: VectorBlock,
  metric: Metric,
  query: Float32Array,
  capacity: number
): ReadonlyArray<readonly [number, number]> => {
  const top = new TopK<{ readonly sequence: number }>(capacity)
  block.scan({ metric, query, top, offer: (key, slot) => top.offer(key, { sequence: slot }) })(0, block.end)
  return top.drain((key, { sequence }) => [sequence, key] as const)
}

const vectors = (dimension: number) =>
  FastCheck.float32Array({ minLength: dimension, maxLength: dimension, min: -10, max: 10, noNaN: true })

describe("VectorBlock", () => {
  it("vectors that are read in bulk are found as those that are written one by one", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(FastCheck.option(vectors(5), { nil: undefined }), { maxLength: 20 }),
        FastCheck.array(FastCheck.option(vectors(5), { nil: undefined }), { maxLength: 40 }),
        FastCheck.array(vectors(5), { maxLength: 20 }),
        vectors(5),
        (before, adopted, after, query) => {
          const one = new VectorBlock(5)
          for (const values of [...before, ...adopted, ...after]) one.write(one.allocate(), values)
          const bulk = new VectorBlock(5)
          for (const values of before) bulk.write(bulk.allocate(), values)
          const regions = bulk.adopt(adopted.length)
          const first = before.length
          for (const { bytes, firstSlot, rows } of regions) {
            const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
            for (let row = 0; row < rows; row++) {
              const values = adopted[firstSlot + row - first] ?? new Float32Array(5).fill(7)
              values.forEach((value, j) => view.setFloat32(4 * (5 * row + j), value, true))
            }
          }
          expect(search(bulk, "dotproduct", query, 100).length).toBe(before.length)
          for (const { firstSlot, rows } of regions) {
            bulk.filled(firstSlot, rows, (slot) => adopted[slot - first] !== undefined)
          }
          for (const values of after) bulk.write(bulk.allocate(), values)
          expect(bulk.end).toBe(one.end)
          for (let slot = 0; slot < one.end; slot++) expect(bulk.read(slot)).toEqual(one.read(slot))
          for (const metric of metrics) {
            expect(search(bulk, metric, query, 100)).toEqual(search(one, metric, query, 100))
          }
        }
      )
    )
  })
})
