#!/usr/bin/env node
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { parse as parsePath } from "node:path"
import { fileURLToPath } from "node:url"
import type { Settings } from "./internal/commandLine.js"
import * as commandLine from "./internal/commandLine.js"
import * as importStores from "./internal/importStores.js"
import * as startIndexes from "./internal/startIndexes.js"
import * as startup from "./internal/startup.js"
import * as PineconeLocal from "./PineconeLocal.js"

const levels = {
  none: LogLevel.None,
  error: LogLevel.Error,
  warn: LogLevel.Warning,
  info: LogLevel.Info,
  debug: LogLevel.Debug
}

/** The log is on stderr: what a program reads of stdout is the address alone. */
const logging = (settings: Settings) => {
  const format = settings["log-format"] === "json" ? Logger.jsonLogger : Logger.logfmtLogger
  return <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    effect.pipe(
      Logger.withMinimumLogLevel(levels[settings["log-level"] ?? "warn"]),
      Effect.provide(Logger.replace(Logger.defaultLogger, Logger.withConsoleError(format)))
    )
}

/** The certificates in the files that were named. */
const tlsOf = (settings: Settings) => {
  const { "tls-cert": cert, "tls-client-ca": clientCa, "tls-key": key } = settings
  return cert === undefined || key === undefined ? Effect.succeed(undefined) : Effect.all({
    cert: startup.file("--tls-cert", cert),
    key: Effect.map(startup.file("--tls-key", key), Redacted.make),
    clientCa: clientCa === undefined ? Effect.succeed(undefined) : startup.file("--tls-client-ca", clientCa)
  })
}

/** The indexes that were named, then those of the file. */
const indexesOf = (settings: Settings) =>
  Effect.gen(function*() {
    const { indexes: file } = settings
    if (file === undefined) return settings.index
    const text = new TextDecoder().decode(yield* startup.file("--indexes", file))
    const more = yield* Effect.mapError(startIndexes.decode(text), ({ message }) =>
      new startup.StartProblem({
        message: `--indexes ${file} cannot be used: ${message}. ` +
          "Give a JSON file with an array of create-index requests, as the API takes them."
      }))
    return [...settings.index, ...more]
  })

/** What has been asked for, as the server takes it. */
const optionsOf = (settings: Settings) =>
  Effect.gen(function*() {
    const { "admin-client-id": clientId, "admin-client-secret": clientSecret, "import-root": importRoot } = settings
    if (importRoot !== undefined) yield* startup.existingFolder("--import-root", importRoot)
    const delay = settings["indexing-delay"]
    const faults = {
      throttle: settings["fault-throttle"],
      fail: settings["fault-fail"],
      latency: settings["fault-latency"]
    }
    const options: PineconeLocal.ServeOptions = {
      port: settings.port,
      host: settings.host,
      publicHost: settings["public-host"],
      onePort: settings["one-port"],
      cors: settings.cors,
      console: settings["console-writes"] ? "write" : "read",
      data: settings.data,
      memoryLimit: settings["memory-limit"],
      apiKeys: settings["api-key"].map((key) => Redacted.make(key)),
      admin: clientId === undefined || clientSecret === undefined
        ? undefined
        : { clientId, clientSecret: Redacted.make(clientSecret) },
      importRoot: importRoot ?? (settings["allow-any-import"] ? parsePath(process.cwd()).root : undefined),
      integrations: yield* integrationsOf(settings),
      publicImports: settings["allow-public-imports"],
      models: { standIns: settings["stand-in-models"] },
      indexingDelay: delay === undefined ? undefined : { ...delay, seed: settings["indexing-delay-seed"] ?? "1" },
      slowLifecycle: settings["slow-lifecycle"],
      faults: Object.values(faults).every((fault) => fault === undefined)
        ? undefined
        : { ...faults, seed: settings["fault-seed"] ?? "1" },
      tls: yield* tlsOf(settings),
      indexes: yield* indexesOf(settings),
      requestLog: true
    }
    return options
  })

/** The object stores of the file that was named. */
const integrationsOf = ({ integrations: file }: Settings) =>
  Effect.gen(function*() {
    if (file === undefined) return undefined
    const text = new TextDecoder().decode(yield* startup.file("--integrations", file))
    return yield* Effect.mapError(importStores.decode(text), ({ message }) =>
      new startup.StartProblem({ message: `--integrations ${file} cannot be used: ${message}.` }))
  })

const tlsFlags = { cert: "tls-cert", key: "tls-key", clientCa: "tls-client-ca" } as const

/** What the server says of its certificates, with the flags and the files that they are from. */
const withFiles = (settings: Settings) => (message: string): string =>
  message.replace(/\btls\.(cert|key|clientCa)\b/g, (_, field: keyof typeof tlsFlags) => {
    const flag = tlsFlags[field]
    return `--${flag} ${settings[flag]}`
  })

const failed = (message: string) => new startup.StartProblem({ message: startup.oneLine(message) })

const serve = (settings: Settings) =>
  Effect.gen(function*() {
    const server = yield* PineconeLocal.serve(yield* optionsOf(settings))
    yield* Console.log(`Pinecone Local is ready at ${server.url}`)
    return yield* Effect.never
  }).pipe(
    Effect.scoped,
    Effect.mapError(({ message }) => failed(withFiles(settings)(message))),
    logging(settings)
  )

const Manifest = Schema.parseJson(Schema.Struct({ version: Schema.String }))

/** The package says it, and nothing else. */
const version = FileSystem.FileSystem.pipe(
  Effect.flatMap((fs) => fs.readFileString(fileURLToPath(new URL("../package.json", import.meta.url)))),
  Effect.flatMap(Schema.decode(Manifest)),
  Effect.map((manifest) => manifest.version),
  Effect.mapError(() => failed("The version is unknown: the package.json of the server cannot be read."))
)

const program = Effect.suspend(() =>
  Either.match(commandLine.parse(process.argv.slice(2), process.env), {
    onLeft: (message) => Effect.fail(failed(message)),
    onRight: (asked) => {
      switch (asked._tag) {
        case "Help":
          return Console.log(asked.text)
        case "Version":
          return Effect.flatMap(version, Console.log)
        case "Serve":
          return serve(asked.settings)
      }
    }
  })
).pipe(
  Effect.sandbox,
  // What nobody has foreseen is said in one line too.
  Effect.tapError((cause) =>
    Cause.isInterruptedOnly(cause)
      ? Effect.void
      : Console.error(
        Option.match(Cause.failureOption(cause), {
          onNone: () => startup.oneLine(`The embedded server has failed: ${Cause.pretty(cause).split("\n")[0]}`),
          onSome: ({ message }) => message
        })
      )
  ),
  Effect.unsandbox
)

// Nobody sees the spans of a command.
NodeRuntime.runMain(Effect.withTracerEnabled(Effect.provide(program, NodeContext.layer), false), {
  disableErrorReporting: true,
  disablePrettyLogger: true
})
