import * as ExitCode from "@effect-pinecone/cli/ExitCode"
import * as Output from "@effect-pinecone/cli/Output"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as cli from "./utils/pinecone.js"

const key = "the-key-of-a-project"

const withKey = { env: { PINECONE_API_KEY: key } }

const withoutKey = { env: { PINECONE_API_KEY: "" } }

/** A mistake, its exit code, and what is said about it. */
const mistakes: ReadonlyArray<readonly [args: string, code: ExitCode.ExitCode, says: string, given?: cli.Given]> = [
  ["index lst", ExitCode.usage, "There is no command \"index lst\". Did you mean \"index list\"?"],
  ["indx list", ExitCode.usage, "There is no command \"indx\". Did you mean \"index\"?"],
  ["--profile x index list", ExitCode.usage, "The option --profile stands before the command"],
  ["index create movies", ExitCode.usage, "--dimension is missing: add --dimension N"],
  ["index create movies --metrik cosine", ExitCode.usage, "There is no option --metrik here. Did you mean --metric?"],
  ["index create movies --dimension 0", ExitCode.usage, "--dimension must be an integer from 1 to 20,000, got \"0\""],
  ["index create movies films", ExitCode.usage, "The argument \"films\" is one too many."],
  ["index describe", ExitCode.usage, "<index> is missing"],
  ["index create Movies --dimension 3", ExitCode.refused, "invalid name \"Movies\": use 1 to 45 lower-case letters"],
  ["index describe moovies", ExitCode.notFound, "Index moovies not found"],
  ["index list", ExitCode.access, "There is no API key: set PINECONE_API_KEY", withoutKey],
  ["index list", ExitCode.access, "Invalid API key", { env: { PINECONE_API_KEY: "wrong" } }],
  ["index list --profile nowhere", ExitCode.usage, "There is no profile \"nowhere\"."],
  [
    "record query --vector 1,x --index movies",
    ExitCode.usage,
    "--vector must be numbers, such as [0.1,0.2], got \"1,x\""
  ],
  ["record query --vector 1,2", ExitCode.usage, "No index is named: add --index NAME"],
  ["record upsert no.jsonl --index movies", ExitCode.file, "\"no.jsonl\" does not exist."],
  ["record upsert no.txt --index movies", ExitCode.usage, "add --format jsonl, csv, parquet, arrow."],
  ["record delete --index movies", ExitCode.usage, "Say what to delete: ids, --filter or --all"],
  ["namespace delete en --index movies", ExitCode.usage, "which cannot be undone. Add --yes to do it."],
  ["copy --from-index a --to-index a", ExitCode.usage, "The source and the target are the same"],
  ["admin projects", ExitCode.access, "There is no service account: set PINECONE_CLIENT_ID"]
]

describe("a mistake", () => {
  layer(cli.layer({ apiKeys: [Redacted.make(key)] }))((it) => {
    it.effect("is explained in one line, with an exit code, and without the key", () =>
      Effect.forEach(
        mistakes,
        ([args, code, says, given = withKey]) =>
          Effect.map(cli.pinecone(args.split(" "), given), (ran) => {
            assert.include(ran.errors, says, args)
            assert.strictEqual(ran.code, code, args)
            assert.match(ran.errors, /^pinecone: [^\n]+\n$/, args)
            assert.strictEqual(ran.output, "", args)
            assert.notInclude(ran.errors, key, args)
          })
      ))

    it.effect("in a file is named with its line, and can be set aside", () =>
      Effect.gen(function*() {
        yield* cli.succeeds(["index", "create", "strict", "--dimension", "3"], withKey)
        const input =
          "{\"id\":\"a\",\"values\":[1,2,3]}\n{\"id\":\"b\",\"values\":[1,2]}\n\nnonsense\n{\"id\":\"c\",\"value\":[1]}\n"
        const args = ["record", "upsert", "-", "--index", "strict"]
        const stopped = yield* cli.pinecone(args, { ...withKey, input })
        assert.strictEqual(stopped.code, ExitCode.refused)
        assert.include(stopped.errors, "record \"b\": values: must have 3 numbers, the dimension of the index, got 2.")
        const others = yield* cli.pinecone([...args, "--skip-invalid"], { ...withKey, input })
        assert.strictEqual(others.code, ExitCode.failed)
        assert.include(others.errors, "standard input, line 4: must be a JSON object")
        assert.include(
          others.errors,
          "standard input, line 5: a record has no field \"value\": put it into \"metadata\""
        )
        const [run] = yield* cli.lines(Output.Run, others)
        assert.deepInclude(run, { records: 1, refused: 3 })
      }))

    it.effect("shows the help of a group, and no command runs", () =>
      Effect.gen(function*() {
        const group = yield* cli.pinecone(["record"])
        assert.strictEqual(group.code, ExitCode.usage)
        assert.include(group.output, "Usage: pinecone record COMMAND [options]")
        const help = yield* cli.succeeds(["record", "upsert", "--help"])
        assert.include(help.output, "Usage: pinecone record upsert <file> [options]")
        assert.include(help.output, "--skip-invalid")
        assert.include((yield* cli.succeeds(["--help"])).output, "Usage: pinecone COMMAND [options]")
        assert.match((yield* cli.succeeds(["--version"])).output, /^\d+\.\d+\.\d+/)
        assert.include((yield* cli.succeeds(["--completions", "bash"])).output, "pinecone")
      }))

    it.effect("in the file of profiles is refused, and a secret is never shown", () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* cli.Folder
        const file = `${folder}/.config/effect-pinecone/profiles.json`
        const set = yield* cli.succeeds([
          "profile",
          "set",
          "work",
          "--key",
          "--url",
          PineconeLocal.controllerHost,
          "--index",
          "mine",
          "--namespace",
          "en"
        ], { input: `${key}\n` })
        assert.deepStrictEqual(yield* cli.lines(Output.Profile, set), [{
          name: "work",
          current: true,
          url: PineconeLocal.controllerHost,
          key: "stored",
          serviceAccount: "none",
          index: "mine",
          namespace: "en"
        }])
        assert.strictEqual((yield* fs.stat(file)).mode & 0o777, 0o600)
        const none = { env: { PINECONE_API_KEY: "", PINECONE_CONTROLLER_HOST: "" } }
        yield* cli.succeeds(["index", "create", "mine", "--dimension", "1"], none)
        yield* cli.succeeds(["record", "upsert", "-"], { ...none, input: "{\"id\":\"a\",\"values\":[1]}\n" })
        const [space] = yield* cli.json(Output.Namespace, ["namespace", "list"], none)
        assert.deepInclude(space, { name: "en", records: 1 })
        yield* cli.succeeds(["profile", "set", "ci", "--key-variable", "CI_KEY", "--url", PineconeLocal.controllerHost])
        const unset = yield* cli.pinecone(["index", "list", "--profile", "ci"], none)
        assert.strictEqual(unset.code, ExitCode.access)
        assert.include(unset.errors, "takes its key from CI_KEY, which is not set")
        yield* cli.succeeds(["index", "list", "--profile", "ci"], { env: { ...none.env, CI_KEY: key } })
        const chosen = yield* cli.json(Output.Profile, ["profile", "use", "ci"])
        assert.deepInclude(chosen[0], { name: "ci", key: "in CI_KEY", current: true })
        const listed = yield* cli.succeeds(["profile", "list"])
        const shown = yield* cli.succeeds(["profile", "show", "work"], { terminal: true })
        assert.notInclude(set.output + listed.output + shown.output, key)
        yield* fs.chmod(file, 0o644)
        const open = yield* cli.pinecone(["index", "list"], none)
        assert.strictEqual(open.code, ExitCode.file)
        assert.include(open.errors, "chmod 600")
        yield* fs.chmod(file, 0o600)
        yield* cli.succeeds(["profile", "delete", "ci", "--yes"])
        yield* fs.writeFileString(file, `{"profiles":{"work":{"apiKey":"${key}",}}`)
        const broken = yield* cli.pinecone(["profile", "list"])
        assert.strictEqual(broken.code, ExitCode.file)
        assert.notInclude(broken.errors, key)
      }))
  })
})
