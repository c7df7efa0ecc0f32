import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as processes from "./utils/process.js"

const count = 3000

const id = (i: number) => `r${String(i).padStart(6, "0")}`

const lines = Array.from(
  { length: count },
  (_, i) => `${JSON.stringify({ id: id(i), values: [i, 1, -0.5], metadata: { i } })}\n`
).join("")

/** A server on a port, with an index, and what a process needs to use it. */
const serve = (latency: "60 millis" | undefined) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const home = yield* fs.makeTempDirectoryScoped({ prefix: "pinecone-cli-" })
    const { url } = yield* PineconeLocal.serve({
      port: 0,
      indexes: [{
        name: "movies",
        dimension: 3,
        metric: "cosine",
        spec: { serverless: { cloud: "aws", region: "us-east-1" } }
      }],
      ...(latency === undefined ? {} : { faults: { latency, seed: 1 } })
    })
    yield* fs.writeFileString(`${home}/all.jsonl`, lines)
    return { home, env: { HOME: home, PINECONE_CONTROLLER_HOST: url } }
  })

const upsert = (home: string) => [
  "record",
  "upsert",
  `${home}/all.jsonl`,
  "--index",
  "movies",
  "--concurrency",
  "1",
  "--batch-size",
  "50"
]

describe("as a process", () => {
  it.live("shows the console of a server, with no key in it", () =>
    Effect.gen(function*() {
      const { env, home } = yield* serve(undefined)
      const console = yield* processes.piped(["console", "--port", "0"], {
        ...env,
        PINECONE_API_KEY: "a-secret-key",
        NODE_OPTIONS: "--import tsx"
      })
      yield* console.warns("Ctrl-C ends it.")
      const [url] = /http:[^ ]*[0-9]/.exec(console.errors()) ?? []
      const get = (path: string) => Effect.promise(() => fetch(`${url}${path}`).then((answer) => answer.text()))
      assert.include(yield* get("/"), "<title>")
      const indexes = yield* get("/console/api/control/indexes")
      assert.include(indexes, "\"movies\"")
      assert.notInclude(indexes, "a-secret-key")
      for (const path of ["/", "/console/settings.json", "/console/api/control/indexes"]) {
        const headers = { origin: "http://elsewhere.test" }
        assert.strictEqual((yield* Effect.promise(() => fetch(`${url}${path}`, { headers }))).status, 403, path)
      }
      yield* console.kill("SIGINT")
      const { code, errors, output } = yield* console.ended
      assert.strictEqual(code, ExitCode.interrupted)
      assert.notInclude(output + errors, "a-secret-key")
      const fs = yield* FileSystem.FileSystem
      assert.deepStrictEqual(yield* fs.readDirectory(home), ["all.jsonl"])
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)))

  describe.skipIf(!processes.hasScript)("in a terminal (skipped where there is no `script`)", () => {
    it.live("shows tables, a bar, and how to resume after Ctrl-C", () =>
      Effect.gen(function*() {
        const { env, home } = yield* serve("60 millis")
        const list = yield* (yield* processes.inTerminal(["index", "list"], env)).ended
        assert.match(list.output, /^name +state +dimension +metric/)
        assert.match(list.output, /movies +Ready +3 +cosine +dense +serverless aws us-east-1/)
        const upserting = yield* processes.inTerminal(upsert(home), env)
        yield* upserting.says("Upserting [#")
        yield* upserting.types("\u0003")
        const { code, output } = yield* upserting.ended
        assert.match(output, /Upserting \[#+\.+\] \d+ % {2}[\d,]+ of [\d,]+ {2}[\d,]+\/s {2}\d+:\d\d left/)
        assert.match(
          output,
          /Stopped\. [\d,]+ records are done\. Resume with: pinecone record upsert .*--batch-size 50 --resume/
        )
        assert.strictEqual(code, ExitCode.interrupted)
      }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)))

    it.live("reads a key that is typed, and does not show it", () =>
      Effect.gen(function*() {
        const { env } = yield* serve(undefined)
        const setting = yield* processes.inTerminal(["profile", "set", "work", "--key"], env)
        yield* setting.says("API key")
        yield* setting.types("a-secret-key\r")
        const { code, output } = yield* setting.ended
        assert.strictEqual(code, ExitCode.success)
        assert.match(output, /key +stored/)
        assert.notInclude(output, "a-secret-key")
      }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)))
  })
})
