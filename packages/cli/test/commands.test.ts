import * as Output from "@effect-pinecone/cli/Output"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as cli from "./utils/pinecone.js"

describe("index", () => {
  layer(cli.layer())((it) => {
    it.effect("creates, lists, changes and deletes", () =>
      Effect.gen(function*() {
        const [created] = yield* cli.json(Output.Index, [
          "index", "create", "movies", "--dimension", "3", "--metric", "dotproduct", "--tag", "team=search", "--wait"
        ])
        assert.deepInclude(created, { name: "movies", dimension: 3, metric: "dotproduct", ready: true })
        const [listed] = yield* cli.json(Output.Index, ["index", "list"])
        assert.deepStrictEqual(listed, created)
        const [changed] = yield* cli.json(Output.Index, [
          "index", "configure", "movies", "--protection", "enabled", "--tag", "team=", "--tag", "tier=gold"
        ])
        assert.deepStrictEqual(changed?.tags, { tier: "gold" })
        const refused = yield* cli.pinecone(["index", "delete", "movies", "--yes"])
        assert.strictEqual(refused.code, 3)
        yield* cli.succeeds(["index", "configure", "movies", "--protection", "disabled"])
        const [gone] = yield* cli.json(Output.Done, ["index", "delete", "movies", "--yes"])
        assert.deepStrictEqual(gone, { action: "deleted", subject: "index movies" })
        assert.deepStrictEqual(yield* cli.json(Output.Index, ["index", "list"]), [])
      }))
  })
})
