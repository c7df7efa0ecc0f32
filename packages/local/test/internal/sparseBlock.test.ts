/** The lists of sparse values that searches keep, and the memory that they take. */
import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { SparseVector } from "../../src/internal/sparseBlock.js"
import { SparseBlock } from "../../src/internal/sparseBlock.js"

const terms = 5

const vectorOf = (indices: ReadonlyArray<number>): SparseVector => ({
  indices: Uint32Array.from(indices),
  values: Float32Array.from(indices, (index) => index + 1)
})

type Step = { readonly add: ReadonlyArray<number> } | { readonly remove: number } | { readonly search: number }

const term = FastCheck.nat(terms - 1)

/** Indices may be there twice, which no list that is spread out can tell. */
const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  { weight: 6, arbitrary: FastCheck.array(term, { maxLength: 6 }).map((add) => ({ add: add.sort() })) },
  { weight: 2, arbitrary: FastCheck.nat(60).map((remove) => ({ remove })) },
  { weight: 2, arbitrary: term.map((search) => ({ search })) }
)

describe("sparse lists that are spread out", () => {
  it.prop("have the values of the list, and are counted", [FastCheck.array(step, { maxLength: 120 })], ([steps]) => {
    const block = new SparseBlock()
    const alive = new Map<number, SparseVector>()
    for (let document = 0; document < 16; document++) {
      const vector = vectorOf([document % terms])
      alive.set(block.add(document, vector), vector)
    }
    for (const one of steps) {
      if ("add" in one) {
        const vector = vectorOf(one.add)
        alive.set(block.add(alive.size, vector), vector)
      } else if ("remove" in one) {
        const vector = alive.get(one.remove)
        if (vector !== undefined) block.remove(one.remove, vector)
        alive.delete(one.remove)
      } else block.spreadOut(one.search)
      let bytes = 0
      for (let index = 0; index < terms; index++) {
        const { spread } = block.list(index)
        if (spread === undefined) continue
        bytes += spread.byteLength
        for (const [document, { indices }] of alive) {
          assert.strictEqual(spread[document], indices.includes(index) ? index + 1 : 0)
        }
      }
      assert.strictEqual(block.keptBytes, bytes)
    }
  })
})
