import { assert, describe, it } from "@effect/vitest"
import * as RecentVectors from "../../src/internal/recentVectors.js"

const reading = { maxTokens: 512, truncate: "END" } as const
const one = { values: Float32Array.of(1), tokens: 1 }

describe("recent vectors", () => {
  it("are as many as the limit, those that were asked for last", () => {
    const recent = RecentVectors.make(2)
    recent.set("a", reading, one)
    recent.set("b", reading, one)
    assert.deepStrictEqual(recent.get("a", reading), one)
    recent.set("c", reading, one)
    assert.deepStrictEqual(["a", "b", "c"].map((text) => recent.get(text, reading) !== undefined), [true, false, true])
  })
})
