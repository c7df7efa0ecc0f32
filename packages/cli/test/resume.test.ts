import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as Output from "@effect-pinecone/cli/Output"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as processes from "./utils/process.js"

/** The same text of so many characters for the same number, which no compression makes much shorter. */
const noise = (seed: number, length: number): string => {
  let state = seed + 1
  let text = ""
  while (text.length < length) {
    state = Math.imul(state, 1664525) + 1013904223 >>> 0
    text += state.toString(36)
  }
  return text.slice(0, length)
}

const linesOf = (count: number, size: number): string =>
  Array.from({ length: count }, (_, i) => {
    const id = `r${String(i).padStart(6, "0")}`
    return `${JSON.stringify({ id, values: [i, 1, -0.5], metadata: { i, text: noise(i, size) } })}\n`
  }).join("")

const sources = {
  /** Of several batches of each form that is written in batches of records. */
  many: { count: 2500, lines: linesOf(2500, 10) },
  /** Of several row groups. */
  large: { count: 1000, lines: linesOf(1000, 24_000) }
}

type Source = keyof typeof sources

const run = (args: ReadonlyArray<string>, env: processes.Env) =>
  Effect.flatMap(processes.piped(args, env), ({ ended }) => ended)

const succeeds = (args: ReadonlyArray<string>, env: processes.Env) =>
  Effect.tap(run(args, env), ({ code, errors }) => {
    assert.strictEqual(code, ExitCode.success, `${args.join(" ")}: ${errors}`)
  })

const index = (name: string) => ({
  name,
  dimension: 3,
  metric: "cosine" as const,
  spec: { serverless: { cloud: "aws" as const, region: "us-east-1" } }
})

const forms = ["jsonl", "csv", "parquet", "arrow"]

const slowly = ["--concurrency", "1"]

const runsOf = (home: string) => `${home}/.local/state/effect-pinecone/runs`

const decodeDone = Schema.decodeOption(Schema.parseJson(Schema.Struct({ done: Schema.Int })))

/** Until the checkpoint of a run says that something is done that a later run need not do. */
const progresses = (home: string, least: number) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* fs.makeDirectory(runsOf(home), { recursive: true })
    const changes = Stream.filter(fs.watch(runsOf(home)), ({ path }) => path.endsWith(".json"))
    const done = Stream.mapEffect(changes, ({ path }) => {
      const name = path.split("/").at(-1)!
      return Effect.option(fs.readFileString(`${runsOf(home)}/${name}`)).pipe(
        Effect.map((text) =>
          Option.match(Option.flatMap(text, decodeDone), { onNone: () => 0, onSome: (it) => it.done })
        )
      )
    })
    return yield* Effect.forkScoped(Stream.runHead(Stream.filter(done, (done) => done >= least)))
  })

const decodeRun = Schema.decode(Schema.parseJson(Output.Run))

/**
 * Runs a command that is killed, then resumed and interrupted, and then resumed as it says itself: what the last run says of
 * itself. Each of the runs has something to do.
 */
const interrupted = (
  home: string,
  args: ReadonlyArray<string>,
  env: processes.Env,
  source: Source = "many",
  least = 1
) =>
  Effect.gen(function*() {
    const name = args.join(" ")
    const first = yield* progresses(home, least)
    const killed = yield* processes.piped(args, env)
    yield* Effect.raceFirst(
      first,
      Effect.andThen(killed.ended, Effect.die(new Error(`${name} ended before it was killed`)))
    )
    yield* killed.kill("SIGKILL")
    assert.strictEqual((yield* killed.ended).signal, "SIGKILL", name)
    const second = yield* progresses(home, least)
    const stopped = yield* processes.piped([...args, "--resume"], env)
    yield* Effect.raceFirst(
      second,
      Effect.flatMap(
        stopped.ended,
        ({ errors }) => Effect.die(new Error(`${name} ended before it was stopped: ${errors}`))
      )
    )
    yield* stopped.kill("SIGINT")
    const { code, errors } = yield* stopped.ended
    assert.strictEqual(code, ExitCode.interrupted, name)
    const [, says] = /Stopped\. [\d,]+ records are done\. Resume with: pinecone (.*)\n$/.exec(errors) ?? []
    assert.isDefined(says, `${name}: ${errors}`)
    const resumed = yield* succeeds(says!.split(" "), env)
    const summary = yield* decodeRun(resumed.output)
    assert.isAbove(summary.skipped, 0, name)
    assert.strictEqual(summary.records + summary.skipped, sources[source].count, name)
    const fs = yield* FileSystem.FileSystem
    const left = (yield* fs.readDirectory(runsOf(home))).filter((file) => file.endsWith(".json"))
    assert.deepStrictEqual(left, [], "the checkpoint of a complete run is forgotten")
  })

describe("what is killed, and interrupted, is resumed", () => {
  it.live("upserts, exports and copies: every record is there once, as it was", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "pinecone-cli-" })
      const { url } = yield* PineconeLocal.serve({
        port: 0,
        indexes: ["many", "large", "copied", "parts", ...forms.map((form) => `from-${form}`)].map(index),
        faults: { latency: "100 millis", seed: 1 }
      })
      const envOf = (home: string) => ({ HOME: home, PINECONE_CONTROLLER_HOST: url })
      const env = envOf(folder)
      const write = (source: Source) =>
        Effect.andThen(
          fs.writeFileString(`${folder}/${source}.jsonl`, sources[source].lines),
          succeeds(["record", "upsert", `${folder}/${source}.jsonl`, "--index", source], env)
        )
      yield* Effect.all([write("many"), write("large")], { concurrency: 2 })
      const whole = (source: Source, form: string) => `${folder}/${source}-whole.${form}`
      const files = [...forms.map((form) => ["many", form] as const), ["large", "parquet"] as const]
      yield* Effect.forEach(files, ([source, form]) =>
        succeeds(["export", whole(source, form), "--index", source], env), { concurrency: 3 })

      const sameIn = (name: string) =>
        Effect.map(succeeds(["export", "-", "--index", name], env), ({ output }) => {
          assert.isTrue(output === sources.many.lines, `the records of ${name} are not those that were written`)
        })
      yield* sameIn("many")

      const upserts = forms.map((form) => (home: string) =>
        Effect.andThen(
          interrupted(home, [
            ...["record", "upsert", whole("many", form), "--index", `from-${form}`],
            ...["--batch-size", "50", ...slowly]
          ], envOf(home)),
          sameIn(`from-${form}`)
        )
      )

      const exports = forms.map((form) => (home: string) =>
        Effect.gen(function*() {
          const source = form === "parquet" ? "large" : "many"
          const file = `${home}/out.${form}`
          yield* interrupted(home, ["export", file, "--index", source, ...slowly], envOf(home), source)
          const [expected, out] = [yield* fs.readFile(whole(source, form)), yield* fs.readFile(file)]
          assert.isTrue(Buffer.from(expected).equals(out), `${form} is not the file that a run in one go writes`)
        })
      )

      const parts = (home: string) =>
        Effect.gen(function*() {
          const name = `${home}/parts`
          yield* interrupted(
            home,
            ["export", name, "--index", "many", "--part-records", "300", ...slowly],
            envOf(home),
            "many",
            700
          )
          yield* succeeds(["record", "upsert", name, "--format", "parquet", "--index", "parts"], env)
          yield* sameIn("parts")
        })

      const copy = (home: string) =>
        Effect.andThen(
          interrupted(home, ["copy", "--from-index", "many", "--to-index", "copied", ...slowly], envOf(home)),
          sameIn("copied")
        )

      yield* Effect.forEach([...upserts, ...exports, parts, copy], (one) =>
        Effect.scoped(Effect.flatMap(fs.makeTempDirectoryScoped({ prefix: "pinecone-cli-" }), one)), { concurrency: 6 })
    }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)), 600_000)
})
