/** Where the server differs from Pinecone: each exception holds, and the page for users lists these and no others. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { fileURLToPath } from "node:url"
import { overSockets } from "../utils/bothProtocols.js"
import type { Exception } from "../utils/exception.js"
import { differences } from "./exceptions.js"
import { unclear } from "./unclear.js"

const page = fileURLToPath(new URL("../../../../docs/local-server.md", import.meta.url))

const row = (cells: ReadonlyArray<string>) => `| ${cells.join(" | ")} |`

const table = (head: ReadonlyArray<string>, list: ReadonlyArray<Exception>): ReadonlyArray<string> => [
  row(head),
  "|---|---|---|---|",
  ...list.map(({ here, pinecone, reason, where }) => row([where, pinecone, here, reason]))
]

const all = [...differences, ...unclear]

const tables = [
  ...table(["part", "Pinecone", "the local server", "why"], differences),
  ...table(["part", "what is not clear", "the local server", "why"], unclear)
]

layer(Layer.merge(overSockets({ importRoot: "/" }), NodeContext.layer), { excludeTestServices: true })(
  "where the server differs",
  (it) => {
    for (const { check, here, pinecone, where } of all) it.scoped(`${where}: ${pinecone} ${here}`, () => check)

    it.effect("each exception has all of its texts, and is listed once", () =>
      Effect.sync(() => {
        for (const { here, pinecone, reason, where } of all) {
          for (const text of [where, pinecone, here, reason]) assert.match(text, /^\S[^|\n]*\S$/)
          for (const text of [pinecone, here, reason]) assert.match(text, /\.$/)
        }
        assert.strictEqual(new Set(all.map(({ pinecone, where }) => `${where}: ${pinecone}`)).size, all.length)
        assert.deepStrictEqual([differences.length, unclear.length], [22, 29])
      }))

    it.effect("the page for users lists them, and no others", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const text = yield* fs.readFileString(page)
        const section = /^## Where it differs from Pinecone\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(text)?.[1] ?? ""
        const rows = section.split("\n").filter((line) => line.startsWith("|"))
        assert.deepStrictEqual(rows, tables, `the section should have these tables:\n\n${tables.join("\n")}`)
      }))
  }
)
