import { assert, describe, it } from "@effect/vitest"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import { mostNumbers, project, sketch } from "../page/projection.js"

const rows = (width: number, most: number) =>
  fc.array(fc.array(fc.integer({ min: -100, max: 100 }), { minLength: width, maxLength: width }), {
    minLength: 2,
    maxLength: most
  })

const flat = (vectors: ReadonlyArray<ReadonlyArray<number>>) => Float32Array.from(vectors.flat())

const distance = (places: Float32Array, i: number, j: number) =>
  Math.hypot(places[2 * i]! - places[2 * j]!, places[2 * i + 1]! - places[2 * j + 1]!)

const apart = (a: ReadonlyArray<number>, b: ReadonlyArray<number>) => Math.hypot(...a.map((value, i) => value - b[i]!))

describe("the map of vectors", () => {
  it("shows two numbers as they are, but for a turn", () =>
    fc.assert(fc.property(rows(2, 20), (vectors) => {
      const places = project(flat(vectors), vectors.length, 2)
      vectors.forEach((a, i) =>
        vectors.forEach((b, j) => assert.closeTo(distance(places, i, j), apart(a, b), 0.05 + apart(a, b) * 1e-3))
      )
    })))

  it("never shows two vectors further apart than they are", () =>
    fc.assert(fc.property(rows(7, 20), (vectors) => {
      const places = project(flat(vectors), vectors.length, 7)
      vectors.forEach((a, i) => vectors.forEach((b, j) => assert.isAtMost(distance(places, i, j), apart(a, b) + 0.05)))
    })))

  it("finds the groups that there are", () => {
    const vectors = Array.from(
      { length: 60 },
      (_, i) => Array.from({ length: 40 }, (_, d) => 10 * Math.cos((i % 3) * 5 + d) + Math.sin(i * 31 + d * 17))
    )
    const places = project(flat(vectors), vectors.length, 40)
    for (let i = 3; i < 60; i++) {
      for (const other of [1, 2]) assert.isBelow(distance(places, i, i - 3), distance(places, i, (i + other) % 60))
    }
  })

  it("has a place for all of nothing, of one and of the same", () => {
    assert.strictEqual(project(new Float32Array(0), 0, 5).length, 0)
    assert.deepStrictEqual(Array.from(project(Float32Array.of(1, 2, 3), 1, 3)), [0, 0])
    assert.isTrue(project(new Float32Array(60).fill(4), 20, 3).every((place) => Math.abs(place) < 1e-6))
  })

  it("keeps about the distances of long vectors", () => {
    const vector = (seed: number) => Array.from({ length: 3_000 }, (_, d) => Math.sin(seed * 3.1 + d * d * 0.7))
    const sketched = (seed: number) => {
      const row = new Float32Array(mostNumbers)
      sketch(vector(seed), row)
      return Array.from(row)
    }
    for (const [a, b] of [[1, 2], [3, 4], [5, 9]] as const) {
      const [before, after] = [apart(vector(a), vector(b)), apart(sketched(a), sketched(b))]
      assert.isBelow(Math.abs(after - before) / before, 0.25)
    }
  })
})
