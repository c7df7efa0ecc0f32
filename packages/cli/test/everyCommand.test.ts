import * as Cli from "@effect-pinecone/cli/Cli"
import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as StandardStreams from "@effect-pinecone/cli/StandardStreams"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as processes from "./utils/process.js"
import type { Run, Shows } from "./utils/scenarios.js"
import { scenarios, servers, writeFiles } from "./utils/scenarios.js"

const secrets = { PINECONE_API_KEY: "the-key-of-a-project", PINECONE_CLIENT_SECRET: "the-secret-of-an-account" }

/** What the server does not know, and what must not be seen any more for that. */
const refused = { PINECONE_API_KEY: "a-key-that-is-refused", PINECONE_CLIENT_SECRET: "a-secret-that-is-refused" }

const account = { clientId: "the-account", clientSecret: Redacted.make(secrets.PINECONE_CLIENT_SECRET) }

const server: PineconeLocal.Options = {
  admin: account,
  apiKeys: [Redacted.make(secrets.PINECONE_API_KEY)],
  models: { standIns: true }
}

const variables = (home: string, url: string) => ({
  HOME: home,
  PINECONE_CONTROLLER_HOST: url,
  PINECONE_CLIENT_ID: account.clientId,
  WORK_KEY: secrets.PINECONE_API_KEY,
  ...secrets
})

/** What a command has said, or a file has in it, must not have a secret in it. */
const withoutSecrets = (text: string, where: string) => {
  for (const secret of [...Object.values(secrets), ...Object.values(refused)]) {
    assert.notInclude(text, secret, where)
  }
}

/** Runs the command line in this process, as a program that reads its lines does. */
const here = (args: ReadonlyArray<string>, env: processes.Env, options: StandardStreams.KeptOptions = {}) =>
  Effect.gen(function*() {
    const kept = yield* StandardStreams.makeKept(options)
    const code = yield* Cli.run(args).pipe(
      Effect.provideService(StandardStreams.StandardStreams, kept.streams),
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env))))
    )
    return { code, output: yield* kept.output, errors: yield* kept.errors }
  })

const helpOf = (path: ReadonlyArray<string>) =>
  Effect.map(here([...path, "--help"], { HOME: "/nowhere" }, { columns: 110 }), ({ output }) => output)

/** The commands that the help has which are no groups, by what it says itself. */
const leaves = (
  path: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, never, Exclude<Cli.Environment, StandardStreams.StandardStreams>> =>
  Effect.gen(function*() {
    const help = yield* helpOf(path)
    const [, section] = /\nCommands:\n([^]*?)\n\n/.exec(help) ?? []
    if (section === undefined) return [path.join(" ")]
    const names = [...section.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name!)
    return (yield* Effect.forEach(names, (name) => leaves([...path, name]))).flat()
  })

/** The commands that a run of the scenarios has used. */
const makeUsed = Effect.map(
  leaves([]),
  (all) => {
    const used = new Set<string>(Object.keys(servers))
    return {
      note: (args: ReadonlyArray<string>) => {
        const name = [3, 2, 1].map((count) => args.slice(0, count).join(" ")).find((name) => all.includes(name))
        if (name !== undefined) used.add(name)
      },
      unused: () => all.filter((name) => !used.has(name))
    }
  }
)

const Stored = Schema.parseJson(Schema.Struct({
  profiles: Schema.Record({ key: Schema.String, value: Schema.Struct({ apiKey: Schema.optional(Schema.String) }) })
}))

/**
 * The files in a folder must not have a secret in them, but for that of the profiles, which nobody else can read. What is stored
 * there must not be in what was said either.
 */
const filesWithoutSecrets = (home: string, said: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const files = new Map<string, string>()
    let keys: ReadonlyArray<string> = []
    for (const name of yield* fs.readDirectory(home, { recursive: true })) {
      const info = yield* fs.stat(`${home}/${name}`)
      if (info.type !== "File") continue
      const text = new TextDecoder().decode(yield* fs.readFile(`${home}/${name}`))
      if (name.endsWith("profiles.json")) {
        assert.strictEqual(info.mode & 0o777, 0o600, name)
        const { profiles } = yield* Schema.decode(Stored)(text)
        keys = Object.values(profiles).flatMap(({ apiKey }) => apiKey === undefined ? [] : [apiKey])
      } else files.set(name, text)
    }
    for (const [name, text] of files) {
      withoutSecrets(text, name)
      for (const key of keys) assert.notInclude(text, key, name)
    }
    for (const key of keys) assert.notInclude(said.join("\n"), key)
    return keys
  })

/** Every scenario, with a home folder each, in which no secret is left but in the file of profiles. */
const runAll = <E, R>(
  makeRun: (home: string, say: (text: string) => void) => Run<E, R>,
  concurrency: number
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const exits = yield* Effect.forEach(Object.entries(scenarios), ([name, scenario]) =>
      Effect.gen(function*() {
        const home = yield* fs.makeTempDirectoryScoped({ prefix: "pinecone-cli-" })
        yield* writeFiles(home)
        const said: Array<string> = []
        yield* scenario(makeRun(home, (text) => said.push(text)), home)
        yield* filesWithoutSecrets(home, said)
      }).pipe(Effect.scoped, Effect.exit, Effect.map((exit) => [name, exit] as const)), { concurrency })
    const failed = exits.flatMap(([name, exit]) =>
      exit._tag === "Failure" ? [`${name}: ${Cause.pretty(exit.cause)}`] : []
    )
    assert.deepStrictEqual(failed, [])
  })

const firstId = Schema.decodeUnknownOption(Schema.Struct({ id: Schema.String }))

const layerHere = PineconeLocal.layerHttpClient(server)

describe("every command", () => {
  it.live("gives a program lines that are what their Schema says, and no secret", () =>
    Effect.gen(function*() {
      const used = yield* makeUsed
      let runs = 0
      const makeRun =
        (home: string, say: (text: string) => void) =>
        (args: ReadonlyArray<string>, { code = ExitCode.success, reads }: Shows) =>
          Effect.gen(function*() {
            const name = args.join(" ")
            used.note(args)
            // In turns: since it was asked for, on a terminal too, and since a pipe reads it.
            const asked = runs++ % 2 === 0
            const ran = yield* here(
              asked ? [...args, "--output", "json"] : args,
              variables(home, PineconeLocal.controllerHost),
              { terminal: asked }
            )
            assert.strictEqual(ran.code, code, `${name}: ${ran.errors}`)
            withoutSecrets(ran.output + ran.errors, name)
            say(ran.output + ran.errors)
            const lines = ran.output.split("\n").slice(0, -1)
            assert.isNotEmpty(lines, name)
            const items = lines.map((line): unknown => JSON.parse(line))
            const decode = Schema.decodeUnknown(reads, { onExcessProperty: "error" })
            yield* Effect.forEach(
              items,
              (item) => Effect.mapError(decode(item), (error) => new Error(`${name}: ${error.message}`))
            )
            const [first] = items
            return firstId(first).pipe((id) => id._tag === "Some" ? id.value.id : "")
          })
      yield* runAll(makeRun, 4)
      assert.deepStrictEqual(used.unused(), [], "these commands have no row among the scenarios")
    }).pipe(Effect.scoped, Effect.provide(layerHere), Effect.provide(NodeContext.layer)), 300_000)

  it.live("does not say a key or a secret that is refused", () =>
    Effect.gen(function*() {
      const denied: Array<string> = []
      const others: Array<string> = []
      const makeRun = (home: string, say: (text: string) => void) => (args: ReadonlyArray<string>) =>
        Effect.gen(function*() {
          const env = {
            ...variables(home, PineconeLocal.controllerHost),
            ...refused,
            WORK_KEY: refused.PINECONE_API_KEY
          }
          const ran = yield* here(args, env)
          withoutSecrets(ran.output + ran.errors, args.join(" "))
          say(ran.output + ran.errors)
          if (ran.code === ExitCode.access) denied.push(args.join(" "))
          else if (args[0] !== "profile") others.push(`${args.join(" ")}: ${ran.code} ${ran.errors}`)
          return "none"
        })
      yield* runAll(makeRun, 4)
      assert.deepStrictEqual(others, [], "only those of the profiles ask no server")
      assert.isAtLeast(denied.length, 60)
    }).pipe(Effect.scoped, Effect.provide(layerHere), Effect.provide(NodeContext.layer)), 120_000)

  describe.skipIf(!processes.hasScript)("in a terminal (skipped where there is no `script`)", () => {
    it.live("shows a person what was asked for, and no secret", () =>
      Effect.gen(function*() {
        const used = yield* makeUsed
        const { url } = yield* PineconeLocal.serve({ ...server, port: 0, importRoot: "/" })
        const makeRun =
          (home: string, say: (text: string) => void) =>
          (args: ReadonlyArray<string>, { code = ExitCode.success, sees }: Shows) =>
            Effect.gen(function*() {
              const name = args.join(" ")
              used.note(args)
              const { ended } = yield* processes.inTerminal(args, variables(home, url))
              const ran = yield* ended
              assert.strictEqual(ran.code, code, `${name}: ${ran.output}`)
              withoutSecrets(ran.output, name)
              say(ran.output)
              // What a bar has drawn before it was taken away is not seen any more.
              const output = ran.output.replaceAll("\r\n", "\n").replace(/\r\u001b\[K[^\r\n]*(?=\r)/g, "")
              assert.match(output, sees, name)
              return sees.exec(output)?.[1] ?? ""
            }).pipe(Effect.scoped)
        yield* runAll(makeRun, 4)
        assert.deepStrictEqual(used.unused(), [], "these commands have no row among the scenarios")
      }).pipe(Effect.scoped, Effect.provide(layerHere), Effect.provide(NodeContext.layer)), 600_000)

    it.live.each(Object.keys(servers))("pinecone %s serves until Ctrl-C", (name) =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const home = yield* fs.makeTempDirectoryScoped({ prefix: "pinecone-cli-" })
        const serving = yield* processes.inTerminal([name, "--port", "0", ...(name === "local" ? ["--memory"] : [])], {
          ...variables(home, "http://127.0.0.1:9"),
          NODE_OPTIONS: "--import tsx"
        })
        yield* serving.says("http://")
        yield* serving.types("\u0003")
        const { code, output } = yield* serving.ended
        assert.match(output, servers[name]!)
        assert.strictEqual(code, ExitCode.interrupted)
        withoutSecrets(output, name)
        assert.deepStrictEqual(yield* filesWithoutSecrets(home, [output]), [])
      }).pipe(Effect.scoped, Effect.provide(NodeContext.layer)))
  })
})
