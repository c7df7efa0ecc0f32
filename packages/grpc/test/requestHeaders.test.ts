import { assert, describe, it } from "@effect/vitest"
import * as requestHeaders from "../src/internal/requestHeaders.js"

describe("the deadline that a server is told", () => {
  it("has at most eight digits, and never ends before the caller's", () => {
    const told = [
      [0, "1m"],
      [0.2, "1m"],
      [1.2, "2m"],
      [30_000, "30000m"],
      [99_999_999, "99999999m"],
      [100_000_000, "100000S"],
      [100_000_001, "100001S"],
      [1e15, "99999999S"],
      [Infinity, undefined]
    ] as const
    for (const [millis, expected] of told) assert.strictEqual(requestHeaders.timeout(millis), expected)
  })
})
