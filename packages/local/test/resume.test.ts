import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ChildProcess } from "node:child_process"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import { checkpointIn, count, declaration, document, record } from "./utils/ingester.js"
import { clientOf, collect, serverless, withServices } from "./utils/pinecone.js"

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A process of its own, which is killed at the latest when the scope closes. */
const run = (script: string, ...args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, ["--import", "tsx", script, ...args], { stdio: ["ignore", "pipe", "pipe"] })
      let stderr = ""
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        stderr += text
      })
      const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>
      return { child, ended: Effect.promise(() => ended), stderr: () => stderr }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const urlOf = (child: ChildProcess) =>
  Effect.async<string>((resume) => {
    let stdout = ""
    child.stdout!.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)?.[0]
      if (url !== undefined) resume(Effect.succeed(url))
    })
    child.once("close", () => resume(Effect.dieMessage("the server ended")))
  })

const ofRecords = {
  create: { dimension: 3, spec: serverless },
  /** Writes all at once. */
  write: (name: string) =>
    Effect.flatMap(
      VectorIndex.make({ name }),
      (index) => index.upsertAll(Stream.range(0, count - 1).pipe(Stream.map(record)))
    ),
  read: (name: string) => Effect.flatMap(VectorIndex.make({ name }), (index) => collect(index.scan({ batchSize: 500 })))
}

const ofDocuments = {
  create: { schema: { fields: declaration.fields } },
  write: (name: string) =>
    Effect.flatMap(
      DocumentIndex.make({ name, ...declaration }),
      (index) => index.upsertAll(Stream.range(0, count - 1).pipe(Stream.map(document)))
    ),
  read: (name: string) =>
    Effect.flatMap(DocumentIndex.make({ name, ...declaration }), (index) => collect(index.scan({ batchSize: 500 })))
}

describe.each([["records", ofRecords], ["documents", ofDocuments]] as const)(
  "a process that writes a stream of %s",
  (kind, { create, read, write }) => {
    it.scopedLive(
      "goes on where it was killed, again and again, and ends with the same index",
      () =>
        Effect.gen(function*() {
          const folder = yield* Effect.flatMap(
            FileSystem.FileSystem,
            (fs) => fs.makeTempDirectoryScoped({ prefix: "resume-" })
          )
          const server = yield* run(at("../src/bin.ts"), "--port", "0", "--memory")
          const url = yield* urlOf(server.child)
          const file = `${folder}/checkpoint`
          yield* Effect.gen(function*() {
            for (const name of ["killed", "whole"]) {
              yield* Effect.flatMap(
                Indexes.Indexes,
                (indexes) => indexes.create({ name, ...create })
              )
            }
            let begun = 0
            for (const share of [0.01, 0.3, 0.6, 0.85]) {
              const writer = yield* run(at("./utils/ingester.ts"), url, kind, "killed", file)
              while (checkpointIn(file) < share * count) {
                if (writer.child.exitCode !== null) {
                  assert.fail(`the writer ended: ${writer.stderr()}`)
                }
                yield* Effect.sleep("2 millis")
              }
              writer.child.kill("SIGKILL")
              assert.deepStrictEqual(yield* writer.ended, [null, "SIGKILL"], writer.stderr())
              // It went on from where the one before was, and did not come to its end.
              assert.isAbove(checkpointIn(file), begun)
              begun = checkpointIn(file)
              assert.isBelow(begun, count)
            }
            const last = yield* run(at("./utils/ingester.ts"), url, kind, "killed", file)
            assert.deepStrictEqual(yield* last.ended, [0, null], last.stderr())
            assert.strictEqual(checkpointIn(file), count)

            yield* write("whole")
            const expected: ReadonlyArray<unknown> = yield* read("whole")
            assert.strictEqual(expected.length, new Set(Array.from({ length: count }, (_, n) => record(n).id)).size)
            assert.deepStrictEqual<ReadonlyArray<unknown>>(yield* read("killed"), expected)
          }).pipe(Effect.provide(withServices(clientOf(url))))
        }).pipe(Effect.provide(NodeContext.layer)),
      120_000
    )
  }
)
