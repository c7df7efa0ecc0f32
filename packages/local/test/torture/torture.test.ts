/** The short form of `pnpm torture`. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Report } from "./torture.js"
import { torture } from "./torture.js"

describe("a server that is killed while everything in it changes", () => {
  it.scopedLive(
    "has all that it acknowledged, nothing that was deleted, and nothing by half",
    () =>
      Effect.gen(function*() {
        const reports: Array<Report> = []
        yield* torture({ rounds: 3, seed: 11 }, (report) =>
          Effect.sync(() => {
            reports.push(report)
          }))
        assert.deepStrictEqual(reports.flatMap(({ faults }) => faults), [])
        assert.strictEqual(reports.length, 3)
        // It was killed while it did something.
        for (const { answered } of reports) assert.isAbove(answered, 0)
      }).pipe(Effect.provide(NodeContext.layer)),
    300_000
  )
})
