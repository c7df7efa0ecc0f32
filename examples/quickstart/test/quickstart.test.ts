import { PineconeLocal } from "@effect-pinecone/local"
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Either, Layer, Stream } from "effect"
import { ControlPlane, Indexes } from "effect-pinecone"
import * as Docs from "../src/docs.js"
import { quickstart } from "../src/quickstart.js"
import { table, Terminal, withProgress } from "../src/terminal.js"

/** A terminal that keeps what is printed. */
const captured = (options: { readonly columns: number; readonly interactive: boolean; readonly colors: boolean }) => {
  const printed: Array<string> = []
  const layer = Layer.succeed(Terminal, {
    ...options,
    columns: Effect.succeed(options.columns),
    write: (text) => Effect.sync(() => void printed.push(text))
  })
  return { layer, text: () => printed.join("") }
}

const piped = { columns: 100, interactive: false, colors: false }

const services = Layer.merge(Layer.provideMerge(ControlPlane.layer, PineconeLocal.layer()), NodeContext.layer)

describe("quickstart", () => {
  it.live("does what it tells", () => {
    const terminal = captured(piped)
    return Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folders: Array<string> = []
      const watched: FileSystem.FileSystem = {
        ...fs,
        makeTempDirectoryScoped: (options) =>
          Effect.tap(fs.makeTempDirectoryScoped(options), (folder) => Effect.sync(() => folders.push(folder)))
      }
      const { alike, deploying, draft, everywhere, filtered, imported, stats, text, written } = yield* quickstart({
        importsFolders: true
      }).pipe(Effect.provideService(FileSystem.FileSystem, watched))

      assert.strictEqual(written, 778)
      assert.strictEqual(stats.totalVectorCount, 778)
      assert.strictEqual(Object.keys(stats.namespaces ?? {}).length, 13)
      assert.deepStrictEqual(imported, stats)

      assert.strictEqual(alike[0]?.id, deploying.id)
      assert.closeTo(alike[0]?.score ?? 0, 1, 1e-5)
      assert.isAbove(filtered.length, 0)
      for (const { metadata } of filtered) {
        assert.isBelow(metadata.words, 700)
        assert.isTrue(metadata.tags.includes("cloud-foundry") || metadata.tags.includes("cloudfoundry"))
      }
      assert.notDeepEqual(filtered.map(({ id }) => id), alike.slice(0, filtered.length).map(({ id }) => id))

      assert.strictEqual(everywhere[0]?.id, draft.id)
      assert.strictEqual(everywhere.length, 8)
      assert.isAbove(new Set(everywhere.map(({ namespace }) => namespace)).size, 1)
      assert.deepStrictEqual(everywhere, [...everywhere].sort((a, b) => b.score - a.score))

      assert.strictEqual(text.byWords.length, 3)
      for (const { document } of text.byWords) assert.match(document.title, /deploy|cloud|foundry/i)
      assert.strictEqual(text.both.length, 3)
      assert.isTrue(text.both.some(({ document }) => document._id === deploying.id))

      const indexes = yield* Indexes.Indexes
      assert.deepStrictEqual(yield* indexes.list, [])
      assert.strictEqual(folders.length, 1)
      assert.isFalse(yield* fs.exists(folders[0] ?? ""))

      const printed = terminal.text()
      assert.notInclude(printed, "\u001b")
      assert.notInclude(printed, "\r")
      assert.isTrue(printed.split("\n").every((line) => line.length <= 100))
      for (const part of ["upserted 100 %", "imported 100 %", "Draft Validation", "by words", "deleted the index"]) {
        assert.include(printed, part)
      }
    }).pipe(Effect.provide([services, terminal.layer]))
  })

  it.live("leaves the import out where the server does not see the folder", () => {
    const terminal = captured(piped)
    return Effect.gen(function*() {
      const { imported } = yield* quickstart({ importsFolders: false })
      assert.isUndefined(imported)
      assert.include(terminal.text(), "Import from Parquet files: skipped")
    }).pipe(Effect.provide([services, terminal.layer]))
  })

  it.live("deletes its index after a failure", () => {
    const terminal = captured(piped)
    return Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const failing = { ...fs, makeTempDirectoryScoped: () => Effect.dieMessage("the disk is full") }
      const exit = yield* quickstart({ importsFolders: true }).pipe(
        Effect.provideService(FileSystem.FileSystem, failing),
        Effect.sandbox,
        Effect.either
      )
      assert.isTrue(Either.isLeft(exit))
      const indexes = yield* Indexes.Indexes
      assert.deepStrictEqual(yield* indexes.list, [])
      assert.include(terminal.text(), "deleted the index")
    }).pipe(Effect.provide([services, terminal.layer]))
  })
})

describe("documents", () => {
  it.effect("have vectors of length 1, ids of their own and tags in one spelling", () =>
    Effect.gen(function*() {
      const { dimension, documents, total } = yield* Docs.load
      const all = Chunk.toReadonlyArray(yield* Stream.runCollect(documents))
      assert.deepStrictEqual([all.length, total, dimension], [778, 778, 384])
      assert.strictEqual(new Set(all.map(({ record }) => record.id)).size, 778)
      for (const { record } of all) {
        assert.strictEqual(record.values.length, 384)
        assert.closeTo(record.values.reduce((sum, x) => sum + x * x, 0), 1, 1e-3)
        for (const tag of record.metadata.tags) assert.match(tag, /^[^\sA-Z]+$/)
      }
    }).pipe(Effect.provide(NodeContext.layer)))
})

describe("terminal", () => {
  const progress = Stream.make(0, 5, 10).pipe(
    withProgress({ label: "read", total: 10, done: (done) => done }),
    Stream.runDrain
  )

  it.effect("draws a bar in place", () => {
    const terminal = captured({ columns: 40, interactive: true, colors: false })
    return progress.pipe(
      Effect.provide(terminal.layer),
      Effect.map(() => {
        const text = terminal.text()
        assert.strictEqual(text.split("\n").length, 2)
        const frames = text.trimEnd().split("\r\u001b[2K").slice(1)
        assert.strictEqual(frames.length, 3)
        assert.isTrue(frames.every((frame) => frame.length < 40))
        assert.match(frames[1] ?? "", /^ {3}█+░+ read {2}50 %$/)
      })
    )
  })

  it.effect("prints lines elsewhere", () => {
    const terminal = captured(piped)
    return progress.pipe(
      Effect.provide(terminal.layer),
      Effect.map(() => assert.strictEqual(terminal.text(), "   read   0 %\n   read  50 %\n   read 100 %\n"))
    )
  })

  it.effect("shortens a table to the width", () => {
    const terminal = captured({ columns: 20, interactive: true, colors: false })
    return table([{ name: "n", align: "right" }, { name: "title", shorten: true }], [[1, "short"], [
      10,
      "a title that is long"
    ]]).pipe(
      Effect.provide(terminal.layer),
      Effect.map(() =>
        assert.deepStrictEqual(terminal.text().split("\n"), [
          "    n  title",
          "    1  short",
          "   10  a title that…",
          ""
        ])
      )
    )
  })
})
