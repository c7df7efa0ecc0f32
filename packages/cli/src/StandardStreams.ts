/**
 * What the command line reads and writes: standard input, output and error, and whether each is a terminal.
 *
 * A program that runs the command line itself gives other streams: here what is written is kept.
 *
 * ```ts
 * import * as Cli from "@effect-pinecone/cli/Cli"
 * import * as StandardStreams from "@effect-pinecone/cli/StandardStreams"
 * import * as Effect from "effect/Effect"
 *
 * const version = Effect.gen(function*() {
 *   const kept = yield* StandardStreams.makeKept()
 *   yield* Effect.provideService(Cli.run(["--version"]), StandardStreams.StandardStreams, kept.streams)
 *   return yield* kept.output
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as node from "./internal/nodeStreams.js"

/**
 * A standard stream cannot be read or written: the program at the other end of a pipe has ended, or a disk is full.
 *
 * @since 0.1.0
 * @category errors
 */
export class StreamClosed extends Schema.TaggedError<StreamClosed>()("PineconeStreamClosed", {
  message: Schema.String,
  /** Whether the reader of a pipe has gone, as `head` does: what it wanted it has. */
  readerGone: Schema.Boolean
}) {}

/**
 * The standard streams.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The bytes of standard input, to its end. */
  readonly input: Stream.Stream<Uint8Array, StreamClosed>
  /** Writes to standard output, and waits until it was taken. */
  readonly write: (part: string | Uint8Array) => Effect.Effect<void, StreamClosed>
  /** Writes to standard error. What cannot be written there is lost. */
  readonly writeError: (text: string) => Effect.Effect<void>
  /** Which of the three is a terminal. */
  readonly terminal: { readonly input: boolean; readonly output: boolean; readonly error: boolean }
  /** How many characters a line of the terminal has, now. */
  readonly columns: Effect.Effect<number>
}

/**
 * The standard streams.
 *
 * @since 0.1.0
 * @category tags
 */
export class StandardStreams extends Context.Tag("@effect-pinecone/cli/StandardStreams")<StandardStreams, Service>() {}

/**
 * Those of the process.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerNode: Layer.Layer<StandardStreams> = Layer.scoped(
  StandardStreams,
  Effect.map(
    node.make((problem) => new StreamClosed(problem)),
    (streams) => StandardStreams.of(streams)
  )
)

/**
 * Streams that keep what is written to them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Kept {
  readonly streams: Service
  /** The text that was written to standard output so far. */
  readonly output: Effect.Effect<string>
  /** The bytes of it. */
  readonly outputBytes: Effect.Effect<Uint8Array>
  /** The text that was written to standard error so far. */
  readonly errors: Effect.Effect<string>
}

/**
 * What streams that keep what is written pass for.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeptOptions {
  /**
   * What standard input has.
   *
   * @default nothing
   */
  readonly input?: string | Stream.Stream<Uint8Array> | undefined
  /**
   * Whether output and error pass for a terminal.
   *
   * @default false
   */
  readonly terminal?: boolean | undefined
  /**
   * The characters of a line of it.
   *
   * @default 80
   */
  readonly columns?: number | undefined
}

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Streams that keep what is written, for tests and for programs that run the command line themselves.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeKept = (
  { columns = 80, input = "", terminal = false }: KeptOptions = {}
): Effect.Effect<Kept> =>
  Effect.sync(() => {
    const output: Array<Uint8Array> = []
    const errors: Array<string> = []
    const encoder = new TextEncoder()
    const outputBytes = Effect.sync(() => joined(output))
    return {
      streams: {
        input: typeof input === "string" ? Stream.make(encoder.encode(input)) : input,
        write: (part) =>
          Effect.sync(() => void output.push(typeof part === "string" ? encoder.encode(part) : part.slice())),
        writeError: (text) => Effect.sync(() => void errors.push(text)),
        terminal: { input: false, output: terminal, error: terminal },
        columns: Effect.succeed(columns)
      },
      output: Effect.map(outputBytes, (bytes) => new TextDecoder().decode(bytes)),
      outputBytes,
      errors: Effect.sync(() => errors.join(""))
    }
  })
