/**
 * The command line `pinecone`, as an effect: what a terminal runs, and what a test or another program can run in its own
 * process, with streams and an HTTP client of its own.
 *
 * ```ts
 * import * as Cli from "@effect-pinecone/cli/Cli"
 * import * as StandardStreams from "@effect-pinecone/cli/StandardStreams"
 * import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
 * import * as NodeContext from "@effect/platform-node/NodeContext"
 * import * as Effect from "effect/Effect"
 * import * as Layer from "effect/Layer"
 *
 * const program = Cli.run(["index", "list", "--output", "json"]).pipe(
 *   Effect.provide(Layer.mergeAll(NodeContext.layer, NodeHttp.layer(), StandardStreams.layerNode))
 * )
 * ```
 *
 * @since 0.1.0
 */
import type * as CommandExecutor from "@effect/platform/CommandExecutor"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import type * as Terminal from "@effect/platform/Terminal"
import type * as Transport from "effect-pinecone/Transport"
import type * as Effect from "effect/Effect"
import type { ExitCode } from "./ExitCode.js"
import * as running from "./internal/run.js"
import type { StandardStreams } from "./StandardStreams.js"

/**
 * What the command line needs: the standard streams, the files, the terminal and the programs of the machine, and the HTTP
 * client that requests are sent with.
 *
 * @since 0.1.0
 * @category models
 */
export type Environment =
  | StandardStreams
  | FileSystem.FileSystem
  | Path.Path
  | Terminal.Terminal
  | CommandExecutor.CommandExecutor
  | Transport.Transport

/**
 * Runs a command, without the name of the program: `run(["index", "list"])`. It gives the exit code, and has written why it
 * failed, if it has, to standard error, in one line. The environment is read by Config, `PINECONE_API_KEY` and the others.
 * Interruption stops a command as Ctrl-C does: it says how to resume.
 *
 * @since 0.1.0
 * @category operations
 */
export const run: (args: ReadonlyArray<string>) => Effect.Effect<ExitCode, never, Environment> = running.run
