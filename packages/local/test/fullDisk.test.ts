/**
 * A full disk: the write fails with what the server says, nothing acknowledged is lost, and the server goes on.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { execFileSync } from "node:child_process"

/** A folder on a file system of 24 MB, where the tests may mount one. */
const smallFolder = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  yield* Effect.acquireRelease(
    Effect.try(() => execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], { stdio: "ignore" })),
    () => Effect.sync(() => execFileSync("umount", ["--lazy", folder]))
  )
  return folder
})

const batch = (n: number) =>
  Array.from({ length: 100 }, (_, i) => ({
    id: `${n}-${i}`,
    values: Float32Array.from({ length: 384 }, (_, j) => Math.sin(n + i + j))
  }))

describe("a full disk", () => {
  it.scoped("fails the write, keeps what is acknowledged, and the server goes on", (context) =>
    Effect.gen(function*() {
      const folder = yield* Effect.option(smallFolder)
      if (folder._tag === "None") return context.skip()
      const fs = yield* FileSystem.FileSystem
      const ballast = `${folder.value}/ballast`
      yield* fs.writeFile(ballast, new Uint8Array(14 * 2 ** 20))
      yield* Effect.gen(function*() {
        yield* (yield* Indexes.make).create({
          name: "small",
          dimension: 384,
          spec: { serverless: { cloud: "aws", region: "us-east-1" } }
        })
        const index = yield* VectorIndex.make({ name: "small" })
        let acknowledged = 0
        const failed = yield* Effect.flip(Effect.forever(
          Effect.suspend(() => index.upsert(batch(acknowledged))).pipe(Effect.map(() => acknowledged++))
        ))
        assert.strictEqual(failed._tag, "PineconeServiceUnavailable")
        assert.strictEqual(failed.status, 507)
        assert.strictEqual(failed.code, "RESOURCE_EXHAUSTED")
        assert.strictEqual(failed.attempts, 1)
        assert.include(failed.message, "disk")
        assert.isAbove(acknowledged, 10)

        const stats = yield* index.describeIndexStats()
        assert.strictEqual(stats.totalVectorCount, 100 * acknowledged)
        const ids = yield* Stream.runCollect(index.listStream())
        assert.strictEqual(ids.length, 100 * acknowledged)
        const { matches } = yield* index.query({ vector: batch(0)[7]!.values, topK: 1 })
        assert.closeTo(matches[0]!.score, 1, 1e-6)

        const refused = yield* Effect.flip(
          (yield* Indexes.make).create({
            name: "refused",
            dimension: 384,
            spec: { serverless: { cloud: "aws", region: "us-east-1" } }
          })
        )
        assert.strictEqual(refused.status, 507)

        // What a crash would leave behind now has all that was acknowledged, and nothing that was refused.
        const crashed = `${yield* fs.makeTempDirectoryScoped()}/data`
        yield* fs.copy(folder.value, crashed)
        yield* Effect.gen(function*() {
          assert.deepStrictEqual((yield* (yield* Indexes.make).list).map(({ name }) => name), ["small"])
          const again = yield* VectorIndex.make({ name: "small" })
          assert.strictEqual((yield* again.describeIndexStats()).totalVectorCount, 100 * acknowledged)
          assert.strictEqual((yield* Stream.runCollect(again.listStream())).length, 100 * acknowledged)
        }).pipe(Effect.provide(PineconeLocal.layer({ data: crashed })))

        // Somebody makes room.
        yield* fs.remove(ballast)
        yield* index.upsert(batch(acknowledged))
        assert.strictEqual((yield* index.fetch([`${acknowledged}-5`])).records.size, 1)
        yield* index.delete({ ids: ["0-1", "0-2"] })
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 100 * acknowledged + 98)
      }).pipe(Effect.provide(PineconeLocal.layer({ data: folder.value })))
    }).pipe(Effect.provide(NodeContext.layer)))
})
