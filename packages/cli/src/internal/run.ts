import * as CliConfig from "@effect/cli/CliConfig"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Environment } from "../Cli.js"
import type { ExitCode } from "../ExitCode.js"
import * as ExitCodes from "../ExitCode.js"
import type { StreamClosed } from "../StandardStreams.js"
import { StandardStreams } from "../StandardStreams.js"
import { Arguments } from "./commandLine.js"
import * as help from "./help.js"
import * as local from "./local.js"
import { of, oneLine, Problem } from "./problem.js"
import { all, load, names } from "./root.js"
import { readDash } from "./standard.js"
import type { Found } from "./tree.js"
import { find } from "./tree.js"
import { version } from "./version.js"

const config = CliConfig.make({ showBuiltIns: false, isCaseSensitive: true, showAllNames: true })

const write = (text: string) => Effect.flatMap(StandardStreams, (streams) => streams.write(text))

const showHelp = (found: Found) => Effect.flatMap(help.text(found, config), write)

const showVersion = Effect.flatMap(version, (version) => write(`${version}\n`))

/** What a command line asks for that names no command. */
const withoutCommand = ([option, value]: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const [name = "", given = value] = option?.split("=", 2) ?? []
    switch (name) {
      case "":
      case "--help":
      case "-h":
        yield* Effect.flatMap(help.top(names), write)
        return option === undefined ? ExitCodes.usage : ExitCodes.success
      case "--version":
        yield* showVersion
        return ExitCodes.success
      case "--completions": {
        const shell = yield* help.shellOf(given)
        yield* Effect.flatMap(Effect.flatMap(all, (root) => help.completions(root, shell)), write)
        return ExitCodes.success
      }
      default:
        return yield* help.misplaced(name)
    }
  })

const command = (args: ReadonlyArray<string>): Effect.Effect<ExitCode, unknown, Environment> =>
  Effect.gen(function*() {
    const [name = ""] = args
    if (name === "" || name.startsWith("-")) return yield* withoutCommand(args)
    if (name === "local") return yield* local.run(args.slice(1))
    const loading = load(name)
    if (loading === undefined) return yield* help.noCommand([], name, names.map(([name]) => name))
    const { node, parse } = yield* loading
    const found = find(name, node, args.slice(1))
    const wrong = help.unknownCommand(found)
    if (wrong !== undefined) return yield* wrong
    return yield* parse(readDash(args), config).pipe(
      Effect.flatMap((parsed): Effect.Effect<ExitCode, unknown, Environment> => {
        if (parsed._tag === "BuiltIn") {
          if (parsed.option._tag === "ShowHelp") return Effect.as(showHelp(found), ExitCodes.success)
          if (parsed.option._tag === "ShowVersion") return Effect.as(showVersion, ExitCodes.success)
          return Effect.fail(help.unexpected(found, args.find((arg) => arg.startsWith("--")) ?? "", config))
        }
        const [unexpected] = parsed.leftover
        return unexpected === undefined
          ? Effect.as(parsed.run, ExitCodes.success)
          : Effect.fail(help.unexpected(found, unexpected, config))
      }),
      Effect.catchIf(ValidationError.isValidationError, (error): Effect.Effect<ExitCode, unknown, Environment> =>
        ValidationError.isHelpRequested(error)
          ? Effect.as(showHelp(found), ExitCodes.usage)
          : Effect.fail(help.problemOf(error, found)))
    )
  })

const isClosed = (error: unknown): error is StreamClosed =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "PineconeStreamClosed"

const explain = (problem: Problem) =>
  Effect.flatMap(
    StandardStreams,
    ({ writeError }) => Effect.as(writeError(`pinecone: ${problem.message}\n`), problem.code)
  )

/** Runs a command, and says in one line why it failed. */
export const run = (args: ReadonlyArray<string>) =>
  command(args).pipe(
    Effect.provideService(Arguments, args),
    // Nobody sees the spans of a command.
    Effect.withTracerEnabled(false),
    Effect.sandbox,
    Effect.catchAll((cause) => {
      const failure = Cause.failureOption(cause)
      if (Option.isNone(failure) && Cause.isInterruptedOnly(cause)) return Effect.interrupt
      if (Option.isSome(failure)) {
        // The reader of the pipe has what it wants, as `head` does.
        if (isClosed(failure.value) && failure.value.readerGone) return Effect.succeed<ExitCode>(ExitCodes.success)
        return explain(of(failure.value))
      }
      return explain(
        new Problem({
          code: ExitCodes.internal,
          message: oneLine(`This is a mistake in the program: ${Cause.pretty(cause).split("\n")[0]}`)
        })
      )
    })
  )
