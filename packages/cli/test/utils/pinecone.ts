/** Runs the command line in this process, against the embedded server in it. */
import * as Cli from "@effect-pinecone/cli/Cli"
import * as StandardStreams from "@effect-pinecone/cli/StandardStreams"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { TestClock } from "../../../../scripts/testing/clock.js"

/** A folder for the files of a test, with the home folder in it. */
export class Folder extends Context.Tag("test/Folder")<Folder, string>() {}

const layerFolder = Layer.scoped(
  Folder,
  Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "pinecone-cli-" }))
)

/** An embedded server in the process, and a folder. */
export const layer = (options: PineconeLocal.Options = {}) =>
  Layer.mergeAll(Layer.orDie(PineconeLocal.layerHttpClient(options)), layerFolder).pipe(
    Layer.orDie,
    Layer.provideMerge(NodeContext.layer)
  )

export interface Ran {
  readonly code: number
  readonly output: string
  readonly errors: string
}

export interface Given extends StandardStreams.KeptOptions {
  readonly env?: { readonly [name: string]: string }
}

/** Runs `pinecone` with a home folder of its own, no key, and the server's address. */
export const pinecone = (args: ReadonlyArray<string>, { env = {}, ...options }: Given = {}) =>
  Effect.gen(function*() {
    const kept = yield* StandardStreams.makeKept(options)
    const code = yield* runKept(args, kept, env)
    return { code, output: yield* kept.output, errors: yield* kept.errors } satisfies Ran
  })

const runKept = (args: ReadonlyArray<string>, kept: StandardStreams.Kept, env: { readonly [name: string]: string }) =>
  Effect.gen(function*() {
    const home = yield* Folder
    const variables = {
      HOME: home,
      PINECONE_CONTROLLER_HOST: PineconeLocal.controllerHost,
      PINECONE_API_KEY: "key",
      ...env
    }
    return yield* Cli.run(args).pipe(
      Effect.provideService(StandardStreams.StandardStreams, kept.streams),
      Effect.withConfigProvider(
        ConfigProvider.fromMap(new Map(Object.entries(variables).filter(([, value]) => value !== "")))
      )
    )
  })

/** The same, which must succeed. */
export const succeeds = (args: ReadonlyArray<string>, given?: Given) =>
  Effect.filterOrDie(
    pinecone(args, given),
    ({ code }) => code === 0,
    ({ code, errors, output }) => new Error(`${args.join(" ")} ended with ${code}: ${errors}${output}`)
  )

/** What a command wrote, line by line, decoded with a Schema. */
export const lines = <A, I>(schema: Schema.Schema<A, I>, { output }: Ran) =>
  Effect.forEach(
    output.split("\n").filter((line) => line !== ""),
    (line) => Schema.decode(Schema.parseJson(schema), { onExcessProperty: "error" })(line)
  )

/** The same of a command that is run here, and must succeed. */
export const json = <A, I>(schema: Schema.Schema<A, I>, args: ReadonlyArray<string>, given?: Given) =>
  Effect.flatMap(succeeds([...args, "--output", "json"], given), (ran) => lines(schema, ran))

/** Lets what is not on the clock go on: files, promises. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Runs an effect that waits, while the test's clock goes on by steps. */
export const passing = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      yield* turn
      yield* TestClock.adjust("250 millis")
    }
    return yield* Fiber.join(fiber)
  })

/** Runs a command, which is stopped, as by Ctrl-C, as soon as a file has something in it. */
export const stopped = (args: ReadonlyArray<string>, file: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const kept = yield* StandardStreams.makeKept()
    const running = yield* Effect.fork(runKept(args, kept, {}))
    const size = Effect.map(
      Effect.option(fs.stat(file)),
      Option.match({ onNone: () => 0, onSome: ({ size }) => Number(size) })
    )
    while ((yield* size) < 100 && Option.isNone(yield* Fiber.poll(running))) yield* turn
    yield* Fiber.interrupt(running)
    return { errors: yield* kept.errors }
  })
