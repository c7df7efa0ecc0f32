import * as CliConfig from "@effect/cli/CliConfig"
import * as Descriptor from "@effect/cli/CommandDescriptor"
import type * as CommandDirective from "@effect/cli/CommandDirective"
import * as ValidationError from "@effect/cli/ValidationError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ExitCode } from "../ExitCode.js"
import * as ExitCodes from "../ExitCode.js"
import type { StreamClosed } from "../StandardStreams.js"
import { StandardStreams } from "../StandardStreams.js"
import { Arguments } from "./commandLine.js"
import * as help from "./help.js"
import * as local from "./local.js"
import { of, oneLine, Problem } from "./problem.js"
import { commands, root } from "./root.js"
import { readDash } from "./standard.js"
import { version } from "./version.js"

const config = CliConfig.make({ showBuiltIns: false, isCaseSensitive: true, showAllNames: true })

const { descriptor } = root

const write = (text: string) => Effect.flatMap(StandardStreams, (streams) => streams.write(text))

const showHelp = (args: ReadonlyArray<string>) => Effect.flatMap(help.text(commands, args, config), write)

/** What the parser answers itself. */
const builtIn = ({ option }: CommandDirective.BuiltIn, args: ReadonlyArray<string>) => {
  switch (option._tag) {
    case "ShowHelp":
      return showHelp(args)
    case "ShowVersion":
      return Effect.flatMap(version, (version) => write(`${version}\n`))
    case "ShowCompletions":
      return Effect.flatMap(help.completions(descriptor, option.shellType), write)
    case "SetLogLevel":
    case "ShowWizard":
      return Effect.fail(help.unexpected(commands, args.find((arg) => arg.startsWith("--")) ?? "", args, config))
  }
}

const command = (args: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    if (args[0] === "local") return yield* local.run(args.slice(1))
    const wrong = help.misplaced(args) ?? help.unknownCommand(commands, args)
    if (wrong !== undefined) return yield* wrong
    const directive = yield* Descriptor.parse(descriptor, ["pinecone", ...readDash(args)], config)
    if (directive._tag === "BuiltIn") yield* builtIn(directive, args)
    else {
      const [unexpected] = directive.leftover
      if (unexpected !== undefined) return yield* help.unexpected(commands, unexpected, args, config)
      yield* root.transform(root.handler(directive.value), directive.value)
    }
    return ExitCodes.success
  }).pipe(
    Effect.catchIf(ValidationError.isValidationError, (error): Effect.Effect<
      ExitCode,
      Problem | StreamClosed,
      StandardStreams
    > =>
      ValidationError.isHelpRequested(error)
        ? Effect.as(showHelp(args), ExitCodes.usage)
        : Effect.fail(help.problemOf(error, args)))
  )

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
