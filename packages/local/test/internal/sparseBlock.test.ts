/** The lists of sparse values that searches keep, and the memory that they take. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { SparseVector } from "../../src/internal/sparseBlock.js"
import { SparseBlock } from "../../src/internal/sparseBlock.js"

const terms = 3

const vectorOf = (indices: ReadonlyArray<number>): SparseVector => ({
  indices: Uint32Array.from(indices),
  values: Float32Array.from(indices, (index) => index + 1)
})

type Step = { readonly add: ReadonlyArray<number> } | { readonly remove: number } | { readonly search: number }

const term = FastCheck.nat(terms)

/** Now and then an index is there twice, and its list cannot be spread out. */
const indices = FastCheck.oneof(
  { weight: 30, arbitrary: FastCheck.uniqueArray(term, { minLength: 2, maxLength: terms + 1 }) },
  { weight: 1, arbitrary: FastCheck.array(term, { maxLength: 6 }) }
)

const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  { weight: 6, arbitrary: indices.map((add) => ({ add: [...add].sort() })) },
  { weight: 5, arbitrary: FastCheck.nat(40).map((remove) => ({ remove })) },
  { weight: 2, arbitrary: term.map((search) => ({ search })) }
)

describe("sparse lists that are spread out", () => {
  it.prop(
    "have the values of the list, and are counted",
    [FastCheck.array(step, { maxLength: 200, size: "max" })],
    ([steps]) => {
      const block = new SparseBlock()
      const alive = new Map<number, SparseVector>()
      for (let document = 0; document < 16; document++) {
        const vector = vectorOf([document % terms, terms])
        alive.set(block.add(document, vector), vector)
      }
      for (const one of steps) {
        if ("add" in one) {
          const vector = vectorOf(one.add)
          alive.set(block.add(0, vector), vector)
        } else if ("remove" in one) {
          const vector = alive.get(one.remove)
          if (vector !== undefined) block.remove(one.remove, vector)
          alive.delete(one.remove)
        } else block.spreadOut(one.search)
        let bytes = 0
        for (let index = 0; index <= terms; index++) {
          const { spread } = block.list(index)
          if (spread === undefined) continue
          bytes += spread.byteLength
          for (let document = 0; document < block.end; document++) {
            // What is beyond its end has nothing there.
            const expected = alive.get(document)?.indices.includes(index) === true ? index + 1 : 0
            assert.strictEqual(spread[document] ?? 0, expected)
          }
        }
        assert.strictEqual(block.keptBytes, bytes)
      }
    }
  )
})
