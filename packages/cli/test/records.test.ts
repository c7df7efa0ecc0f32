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

    it.effect("an export that was stopped continues: what it had written stays, and nothing is twice", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        yield* create("stopped")
        const many = Array.from(
          { length: 1500 },
          (_, i) => ({ id: `r${String(i).padStart(4, "0")}`, values: [i, 1, 2] })
        )
        yield* cli.succeeds(["record", "upsert", "-", "--index", "stopped"], { input: asLines(many) })
        for (const name of ["half.jsonl", "half.csv"]) {
          const path = yield* file(name)
          const args = ["export", path, "--index", "stopped"]
          yield* cli.succeeds(args)
          const whole = yield* fs.readFileString(path)
          yield* fs.remove(path)
          const { errors } = yield* cli.stopped(args, `${path}.part`)
          assert.match(errors, /Stopped\. \d+ records are done\. Resume with: pinecone export .* --resume\n/, name)
          assert.isFalse(yield* fs.exists(path), "a file that is not complete has another name")
          const resumed = yield* cli.succeeds([...args, "--resume", "--output", "json"])
          const [run] = yield* cli.lines(Output.Run, resumed)
          assert.strictEqual(run!.records + run!.skipped, 1500)
          assert.isAbove(run!.skipped, 0)
          assert.strictEqual(yield* fs.readFileString(path), whole)
        }
      }))

    it.effect("a file that has changed is not resumed", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        yield* create("changed")
        const path = yield* file("changed.jsonl")
        yield* fs.writeFileString(path, `${asLines(records.slice(0, 3))}nonsense\n`)
        const args = ["record", "upsert", path, "--index", "changed", "--batch-size", "1"]
        const stopped = yield* cli.pinecone(args)
        assert.strictEqual(stopped.code, ExitCode.refused)
        assert.include(stopped.errors, "changed.jsonl, line 4: must be a JSON object")
        yield* fs.writeFileString(path, asLines(records))
        const resumed = yield* cli.pinecone([...args, "--resume"])
        assert.strictEqual(resumed.code, ExitCode.file)
        assert.include(resumed.errors, "has changed since the run that stopped")
        yield* cli.succeeds(["record", "upsert", path, "--index", "changed"])
        assert.strictEqual((yield* scan("changed")).length, 257)
      }))

    it.effect("reads a table with columns of its own", () =>
      Effect.gen(function*() {
        yield* create("columns")
        const input = "key,embedding,title,year,code\n1,0.5 0.25 -1,\"A, B\",1999,007\n2,\"[1,0,0]\",,2001,1e3\n"
        const columns = ["id=key", "values=embedding", "metadata=rest"].flatMap((column) => ["--column", column])
        yield* cli.succeeds(["record", "upsert", "-", "--format", "csv", "--index", "columns", ...columns], { input })
        assert.deepStrictEqual(plain(yield* scan("columns")), [
          { id: "1", values: [0.5, 0.25, -1], metadata: { title: "A, B", year: 1999, code: "007" } },
          { id: "2", values: [1, 0, 0], metadata: { year: 2001, code: "1e3" } }
        ])
      }))

    it.effect("shows no character that a terminal obeys, and fits its lines", () =>
      Effect.gen(function*() {
        yield* create("hostile")
        const title = `\u001b[2Jgone${"x".repeat(300)}`
        yield* cli.succeeds(["record", "upsert", "-", "--index", "hostile"], {
          input: asLines([{ id: "a", values: [1, 2, 3], metadata: { title } }])
        })
        const { output } = yield* cli.succeeds(["record", "scan", "--index", "hostile"], {
          terminal: true,
          columns: 60
        })
        assert.notInclude(output, "\u001b")
        assert.isTrue(output.split("\n").every((line) => line.length <= 60))
        assert.deepStrictEqual((yield* scan("hostile"))[0]?.metadata, { title })
      }))
  })
})
