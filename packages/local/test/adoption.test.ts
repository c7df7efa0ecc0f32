/** What a server finds again whose registry is lost. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { createIndex, inProcess, withServices } from "./utils/pinecone.js"

/** A folder with an index that was configured, whose registry is lost. */
const lost = Effect.gen(function*() {
  const data = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "adoption-" }))
  yield* Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    yield* createIndex({ name: "films" })
    yield* Effect.flatMap(
      VectorIndex.make({ name: "films" }),
      (index) => index.upsert([{ id: "a", values: [1, 2, 3] }])
    )
    yield* indexes.configure("films", { tags: { genre: "drama" } })
  }).pipe(Effect.provide(withServices(inProcess({ data }))))
  rmSync(join(data, "registry.db"))
  const [set] = readdirSync(join(data, "sets"))
  return { data, set: join(data, "sets", set!) }
}).pipe(Effect.provide(NodeContext.layer))

const logging = (lines: Array<string>) =>
  Logger.add(Logger.make(({ message }) => {
    lines.push(String(message))
  }))

describe("without its registry", () => {
  it.scoped("an index is found again as it was last configured", () =>
    Effect.gen(function*() {
      const { data, set } = yield* lost
      const lines: Array<string> = []
      yield* Effect.gen(function*() {
        const { tags } = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe("films"))
        assert.deepStrictEqual(tags, { genre: "drama" })
        const index = yield* VectorIndex.make({ name: "films" })
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 1)
      }).pipe(Effect.provide(withServices(inProcess({ data }))), Effect.provide(logging(lines)))
      assert.strictEqual(lines.length, 1, lines.join("\n"))
      assert.include(lines[0], `The index "films" was not in the registry, and was found again in ${set}.`)
    }))

  it.scoped("a copy that was not completed is kept and named, and is no index", () =>
    Effect.gen(function*() {
      const { data, set } = yield* lost
      // It says what the set says that it was copied from.
      const copy = join(data, "sets", "01234567-89ab-4cde-af01-23456789abcd.db")
      renameSync(set, copy)
      const lines: Array<string> = []
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list), [])
      }).pipe(Effect.provide(withServices(inProcess({ data }))), Effect.provide(logging(lines)))
      assert.isTrue(existsSync(copy))
      assert.strictEqual(lines.length, 1, lines.join("\n"))
      assert.include(
        lines[0],
        `${copy} belongs to nothing that the registry knows, and is a copy that was not completed.`
      )
    }))
})
