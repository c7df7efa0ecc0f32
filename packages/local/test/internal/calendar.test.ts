import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Frequency } from "../../src/internal/calendar.js"
import * as calendar from "../../src/internal/calendar.js"

const at = (text: string): number => Date.parse(text)

const times = (anchor: string, frequency: Frequency, count: number): ReadonlyArray<string> => {
  const found: Array<string> = []
  let time = at(anchor)
  while (found.length < count) {
    time = calendar.after(at(anchor), frequency, time)
    found.push(new Date(time).toISOString())
  }
  return found
}

const moment = FastCheck.integer({ min: at("2020-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") })

describe("the times of a schedule", () => {
  it("are each day, each week and each month, on the last day of one that is too short", () => {
    assert.deepStrictEqual(times("2026-12-30T01:02:03Z", "daily", 2), [
      "2026-12-31T01:02:03.000Z",
      "2027-01-01T01:02:03.000Z"
    ])
    assert.deepStrictEqual(times("2026-12-30T01:02:03Z", "weekly", 2), [
      "2027-01-06T01:02:03.000Z",
      "2027-01-13T01:02:03.000Z"
    ])
    assert.deepStrictEqual(times("2027-12-31T01:02:03Z", "monthly", 4), [
      "2028-01-31T01:02:03.000Z",
      "2028-02-29T01:02:03.000Z",
      "2028-03-31T01:02:03.000Z",
      "2028-04-30T01:02:03.000Z"
    ])
  })

  it.prop(
    "follow a time without leaving one out",
    { anchor: moment, time: moment, frequency: FastCheck.constantFrom<Frequency>("daily", "weekly", "monthly") },
    ({ anchor, frequency, time }) => {
      const next = calendar.after(anchor, frequency, time)
      assert.isAbove(next, Math.max(anchor, time))
      // One by one, from the anchor.
      let found = anchor
      while (found <= time || found === anchor) found = calendar.after(anchor, frequency, found)
      assert.strictEqual(next, found)
      assert.strictEqual(next % 86_400_000, anchor % 86_400_000)
    }
  )
})
