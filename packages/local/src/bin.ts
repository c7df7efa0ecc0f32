#!/usr/bin/env node
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as PineconeLocal from "./PineconeLocal.js"

const options = {
  port: Options.integer("port").pipe(
    Options.withDescription("The port of the control plane; each index gets one of its own. 0 picks free ones."),
    Options.withDefault(5080)
  ),
  host: Options.text("host").pipe(
    Options.withDescription("The address to listen at."),
    Options.withDefault("127.0.0.1")
  ),
  data: Options.directory("data", { exists: "either" }).pipe(
    Options.withDescription("The folder that keeps the data, made if need be."),
    Options.optional
  ),
  memory: Options.boolean("memory").pipe(
    Options.withDescription("Keep nothing: the data is gone with the server. So it is without --data.")
  ),
  apiKey: Options.text("api-key").pipe(
    Options.withDescription("A key that is let in; may be given several times. Without any, every request is."),
    Options.repeated
  ),
  adminClientId: Options.text("admin-client-id").pipe(
    Options.withDescription("The client id of a service account: serves the admin API, and every request needs a key."),
    Options.optional
  ),
  adminClientSecret: Options.redacted("admin-client-secret").pipe(
    Options.withDescription("Its client secret; PINECONE_CLIENT_SECRET where it is not given here, for all to see."),
    Options.withFallbackConfig(Config.redacted("PINECONE_CLIENT_SECRET")),
    Options.optional
  ),
  importRoot: Options.directory("import-root", { exists: "yes" }).pipe(
    Options.withDescription("The folder that bulk imports must be within. Without it none are allowed."),
    Options.optional
  ),
  standInModels: Options.boolean("stand-in-models").pipe(
    Options.withDescription("The server's own models answer for those that Pinecone hosts, by their names.")
  ),
  publicHost: Options.text("public-host").pipe(
    Options.withDescription("The name that the server gives as its own, in the hosts of indexes; --host unless told."),
    Options.optional
  ),
  tlsCert: Options.file("tls-cert", { exists: "yes" }).pipe(
    Options.withDescription("The server's certificate, in PEM: everything is served over TLS."),
    Options.optional
  ),
  tlsKey: Options.file("tls-key", { exists: "yes" }).pipe(
    Options.withDescription("The private key of the certificate, in PEM."),
    Options.optional
  ),
  tlsClientCa: Options.file("tls-client-ca", { exists: "yes" }).pipe(
    Options.withDescription("The authorities, in PEM, one of which must have signed a client's certificate."),
    Options.optional
  )
}

const unfit = (message: string) => new PineconeLocal.StartError({ message })

const read = (file: string): Effect.Effect<Uint8Array, PineconeLocal.StartError, FileSystem.FileSystem> =>
  FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.readFile(file)),
    Effect.mapError(({ message }) => unfit(`${file} cannot be read: ${message}`))
  )

/** The certificates in the files that were named. */
const tlsOf = (files: Record<"tlsCert" | "tlsKey" | "tlsClientCa", Option.Option<string>>) =>
  Effect.gen(function*() {
    const [cert, key, clientCa] = yield* Effect.forEach(
      [files.tlsCert, files.tlsKey, files.tlsClientCa],
      (file) => Effect.transposeMapOption(file, read)
    )
    if (Option.isSome(cert) && Option.isSome(key)) {
      return { cert: cert.value, key: Redacted.make(key.value), clientCa: Option.getOrUndefined(clientCa) }
    }
    if (Option.isSome(cert) || Option.isSome(key) || Option.isSome(clientCa)) {
      return yield* unfit("TLS needs both --tls-cert and --tls-key.")
    }
    return undefined
  })

/** The service account, where one was named. A secret by itself may be in the environment for something else. */
const adminOf = (clientId: Option.Option<string>, clientSecret: Option.Option<Redacted.Redacted>) => {
  if (Option.isNone(clientId)) return Effect.succeed(undefined)
  return Option.isNone(clientSecret)
    ? unfit("The admin API needs both --admin-client-id and --admin-client-secret.")
    : Effect.succeed({ clientId: clientId.value, clientSecret: clientSecret.value })
}

const command = Command.make(
  "pinecone-local",
  options,
  (
    {
      adminClientId,
      adminClientSecret,
      apiKey,
      data,
      host,
      importRoot,
      memory,
      port,
      publicHost,
      standInModels,
      ...files
    }
  ) =>
    Effect.gen(function*() {
      const server = yield* PineconeLocal.serve({
        port,
        host,
        data: memory ? undefined : Option.getOrUndefined(data),
        apiKeys: apiKey.map((key) => Redacted.make(key)),
        admin: yield* adminOf(adminClientId, adminClientSecret),
        importRoot: Option.getOrUndefined(importRoot),
        publicHost: Option.getOrUndefined(publicHost),
        models: { standIns: standInModels },
        tls: yield* tlsOf(files)
      })
      yield* Console.log(`Pinecone Local is ready at ${server.url}`)
      return yield* Effect.never
    }).pipe(
      Effect.scoped,
      Effect.catchTag("StartError", (error) => Effect.zipRight(Console.error(error.message), Effect.fail(error)))
    )
).pipe(Command.withDescription("Pinecone on this machine: an embedded server that speaks its API."))

const run = Command.run(command, { name: "pinecone-local", version: "0.1.0" })

NodeRuntime.runMain(Effect.provide(run(process.argv), NodeContext.layer), { disableErrorReporting: true })
