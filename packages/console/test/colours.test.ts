import { assert, describe, it } from "@effect/vitest"
import { colouring } from "../page/colours.js"

const points = (values: ReadonlyArray<number | string | undefined>) =>
  values.map((value) => ({ fields: value === undefined ? {} : { value } }))

/** How many points have each colour. */
const countsOf = (values: ReadonlyArray<number | string | undefined>) => {
  const { legend, of } = colouring(points(values), "value")
  const counts = new Map<number, number>()
  for (let i = 0; i < values.length; i++) counts.set(of(i), (counts.get(of(i)) ?? 0) + 1)
  return { counts, legend }
}

describe("the colours of a map", () => {
  it("stand for about as many numbers each, whatever a few of them are", () => {
    const { counts, legend } = countsOf([...Array.from({ length: 598 }, (_, i) => i), 50_000, 1e9])
    assert.deepStrictEqual([...counts.values()], [100, 100, 100, 100, 100, 100])
    assert.deepStrictEqual(legend.map(({ label }) => label), [
      "0 to 99",
      "100 to 199",
      "200 to 299",
      "300 to 399",
      "400 to 499",
      "500 to 1000000000"
    ])
  })

  it("tell few numbers apart, and what has none", () => {
    const { counts, legend } = countsOf([0, 0, 0, 0, 0, 1, 1, undefined])
    assert.deepStrictEqual(legend.map(({ label }) => label), ["0", "1", "(none)"])
    assert.deepStrictEqual(legend.map(({ colour }) => counts.get(colour)), [5, 2, 1])
    assert.deepStrictEqual(countsOf([7]).legend.map(({ label }) => label), ["7"])
  })

  it("are those of the most frequent texts", () => {
    const { counts, legend } = countsOf([..."aaabbcdefghi"])
    assert.deepStrictEqual(legend.map(({ label }) => label), [
      "a (3)",
      "b (2)",
      "c (1)",
      "d (1)",
      "e (1)",
      "f (1)",
      "g (1)",
      "2 other values"
    ])
    assert.strictEqual(counts.get(legend.at(-1)!.colour), 2)
  })
})
