import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "../../../../scripts/testing/properties.js"
import * as seenVectors from "../../src/internal/seenVectors.js"

const of = (...values: ReadonlyArray<number>) => ({ values: Float32Array.from(values), sparseValues: undefined })

const sparse = (indices: ReadonlyArray<number>, values: ReadonlyArray<number>) => ({
  indices: Uint32Array.from(indices),
  values: Float32Array.from(values)
})

describe("vectors that were seen", () => {
  it("are known again, wherever their numbers lie in memory", () => {
    fc.assert(fc.property(fc.float32Array({ minLength: 1, maxLength: 20, noNaN: true }), (values) => {
      const seen = seenVectors.make()
      const padded = new Float32Array(values.length + 2)
      padded.set(values, 2)
      assert.isTrue(seen.add({ values, sparseValues: undefined }))
      assert.isFalse(seen.add({ values: padded.subarray(2), sparseValues: undefined }))
      assert.strictEqual(seen.size(), 1)
    }))
  })

  it("are told from those that differ by one number, or in the length of a part", () => {
    const seen = seenVectors.make()
    for (
      const record of [
        of(1, 2, 3),
        of(1, 2, 4),
        of(2, 1, 3),
        of(1, 2, 3, 0),
        of(0, 1, 2, 3),
        { values: undefined, sparseValues: sparse([1, 2], [3, 4]) },
        { values: undefined, sparseValues: sparse([2, 1], [3, 4]) },
        { ...of(1), sparseValues: sparse([2], [3]) },
        { ...of(1), sparseValues: sparse([3], [2]) },
        { ...of(1, 2), sparseValues: sparse([], []) }
      ]
    ) {
      assert.isTrue(seen.add(record), JSON.stringify(record))
    }
  })

  it("are told from each other where they are as much alike as vectors can be", () => {
    const seen = seenVectors.make()
    const binary = 1 << 16
    for (let bits = 0; bits < binary; bits++) {
      if (
        !seen.add({ values: Float32Array.from({ length: 16 }, (_, i) => (bits >> i) & 1), sparseValues: undefined })
      ) {
        assert.fail(`the vector of the bits ${bits} was taken for another one`)
      }
    }
    const pairs = 300
    for (let i = 0; i < pairs; i++) {
      for (let j = i + 1; j < pairs; j++) {
        const values = new Float32Array(pairs)
        values[i] = 1
        values[j] = -1
        if (!seen.add({ values, sparseValues: undefined })) assert.fail(`${i} and ${j} were taken for another pair`)
      }
    }
    assert.strictEqual(seen.size(), binary + (pairs * (pairs - 1)) / 2)
  })
})
