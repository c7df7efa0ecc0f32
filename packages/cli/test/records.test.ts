import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as Output from "@effect-pinecone/cli/Output"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as cli from "./utils/pinecone.js"

const records = Array.from({ length: 257 }, (_, i) => ({
  id: `r${String(i).padStart(4, "0")}`,
  values: [Math.fround(Math.sin(i)), Math.fround(i / 7), -0.5],
  metadata: { title: `Ünï "quoted", ${i}\nline`, year: 1900 + i, seen: i % 2 === 0, tags: ["a", `t${i}`] }
}))

const asLines = (items: ReadonlyArray<object>) => items.map((item) => `${JSON.stringify(item)}\n`).join("")

const file = (name: string) => Effect.map(cli.Folder, (folder) => `${folder}/${name}`)

const create = (name: string, ...more: ReadonlyArray<string>) =>
  cli.succeeds(["index", "create", name, "--dimension", "3", ...more])

const scan = (index: string, ...more: ReadonlyArray<string>) =>
  cli.json(Output.Record, ["record", "scan", "--index", index, ...more])

const plain = (items: ReadonlyArray<{ readonly id: string }>) => JSON.parse(JSON.stringify(items.map(toPlain)))

const toPlain = (
  { metadata, values, id }: { readonly id: string; readonly values?: unknown; readonly metadata?: unknown }
) => ({
  id,
  values: values instanceof Float32Array ? Array.from(values) : values,
  metadata
})

describe("record", () => {
  layer(cli.layer())((it) => {
    it.effect("takes records from standard input, and gives them back as they were", () =>
      Effect.gen(function*() {
        yield* create("piped")
        const [run] = yield* cli.json(Output.Run, ["record", "upsert", "-", "--index", "piped"], {
          input: asLines(records)
        })
        assert.deepInclude(run, { records: 257, refused: 0, skipped: 0 })
        assert.deepStrictEqual(plain(yield* scan("piped")), records)
      }))

    it.effect("writes each form of file, and reads it again: all records are the same", () =>
      Effect.gen(function*() {
        yield* create("first")
        yield* cli.succeeds(["record", "upsert", "-", "--index", "first"], { input: asLines(records) })
        for (const name of ["all.jsonl", "all.csv", "all.parquet", "all.arrow"]) {
          const path = yield* file(name)
          const index = name.replace(".", "-")
          yield* create(index)
          const [exported] = yield* cli.json(Output.Run, ["export", path, "--index", "first"])
          assert.strictEqual(exported?.records, 257, name)
          yield* cli.succeeds(["record", "upsert", path, "--index", index])
          const diff = yield* cli.pinecone(["diff", "--from-index", "first", "--to-index", index])
          assert.deepStrictEqual(diff, { code: 0, output: "", errors: "" }, name)
        }
      }))

    it.effect("writes Parquet in parts, which are read as one", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        yield* create("whole")
        yield* create("again")
        yield* cli.succeeds(["record", "upsert", "-", "--index", "whole"], { input: asLines(records) })
        const folder = yield* file("parts")
        yield* cli.succeeds(["export", folder, "--index", "whole", "--part-records", "100"])
        assert.deepStrictEqual((yield* fs.readDirectory(folder)).sort(), [0, 1, 2].map((i) => `part-0000${i}.parquet`))
        yield* cli.succeeds(["record", "upsert", folder, "--index", "again", "--format", "parquet"])
        const { code } = yield* cli.pinecone(["diff", "--from-index", "whole", "--to-index", "again"])
        assert.strictEqual(code, ExitCode.success)
      }))
  })
})
