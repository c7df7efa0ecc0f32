import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { FastCheck as fc } from "../../../scripts/testing/properties.js"
import { sample } from "../page/sampling.js"

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `id-${String(i).padStart(6, "0")}`)

const drawn = (ids: ReadonlyArray<string>, most: number, seed: number) =>
  Effect.runSync(
    Effect.withRandom(sample(Stream.rechunk(Stream.fromIterable(ids), 100), most), Random.make(seed))
  )

describe("the sample of a map", () => {
  it("has as many different ids as wanted, or all, in their order", () =>
    fc.assert(fc.property(fc.nat(300), fc.integer({ min: 1, max: 300 }), fc.nat(), (count, most, seed) => {
      const ids = numbered(count)
      const sampled = drawn(ids, most, seed)
      assert.strictEqual(sampled.seen, count)
      assert.strictEqual(sampled.ids.length, Math.min(count, most))
      const places = sampled.ids.map((id) => ids.indexOf(id))
      assert.isTrue(places.every((place, i) => place >= 0 && (i === 0 || place > places[i - 1]!)))
    })))

  it("takes each id as often as every other", () => {
    const ids = numbered(50)
    const counts = new Map(ids.map((id) => [id, 0]))
    const draws = 500
    for (let seed = 0; seed < draws; seed++) {
      for (const id of drawn(ids, 10, seed).ids) counts.set(id, counts.get(id)! + 1)
    }
    // 100 of each are expected: 50 more or less are more than five standard deviations.
    for (const [id, count] of counts) assert.closeTo(count, draws / 5, 50, id)
  })
})
