/**
 * The command line: a mistake is one line on stderr that says what is wrong and what to do, and the end with 1.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import Libsql from "libsql"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as commandLine from "../src/internal/commandLine.js"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { bundle } from "./utils/bundle.js"
import * as certificates from "./utils/certificates.js"
import type { Env } from "./utils/command.js"
import { start } from "./utils/command.js"

/** The command in one file, and a folder with what its flags name. */
class Fixture extends Context.Tag("test/Fixture")<Fixture, {
  readonly file: string
  readonly folder: string
  readonly takenPort: number
}>() {}

const nobody = 65_534

/** A port below the first that everyone may listen on, where there is one. */
const privilegedPort = (): number | undefined => {
  const setting = "/proc/sys/net/ipv4/ip_unprivileged_port_start"
  return Fs.existsSync(setting) && Number(Fs.readFileSync(setting, "utf8")) > 81 ? 81 : undefined
}

const spec = { serverless: { cloud: "aws", region: "us-east-1" } }

const fixture = Layer.scoped(
  Fixture,
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "startup-" })
    // Others read it too.
    yield* fs.chmod(folder, 0o755)
    const file = yield* bundle(folder)
    const authority = certificates.authority("The test's authority")
    const certificate = certificates.server(authority, "localhost")
    const expired = certificates.expiredServer(authority, "localhost")
    const files: Readonly<Record<string, string>> = {
      "cert.pem": certificate.cert,
      "key.pem": certificate.key,
      "expired.pem": expired.cert,
      "expired-key.pem": expired.key,
      "other-key.pem": certificates.server(authority, "other").key,
      "no.pem": "nothing",
      "no.json": "nothing",
      "object.json": "{}",
      "stores.json": JSON.stringify({
        movies: { uri: "s3://movies", s3: { credentials: { secretAccessKey: "hidden" } } }
      }),
      "place.json": JSON.stringify({ movies: { uri: "/movies" } }),
      "shape.json": JSON.stringify([{ name: "movies", dimension: "many", spec }]),
      "name.json": JSON.stringify([{ name: "Bad_Name", dimension: 3, spec }])
    }
    for (const [name, text] of Object.entries(files)) yield* fs.writeFileString(`${folder}/${name}`, text)
    yield* fs.makeDirectory(`${folder}/newer`)
    const newer = new Libsql(`${folder}/newer/registry.db`)
    newer.exec("CREATE TABLE documents (kind TEXT, id TEXT, document TEXT); PRAGMA user_version = 9999")
    newer.close()
    yield* fs.makeDirectory(`${folder}/read-only`)
    yield* fs.chmod(`${folder}/read-only`, 0o555)
    yield* PineconeLocal.serve({ port: 0, data: `${folder}/used` })
    const taken = yield* Effect.acquireRelease(
      Effect.async<Net.Server>((resume) => {
        const server = Net.createServer().listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    )
    return { file, folder, takenPort: (taken.address() as Net.AddressInfo).port }
  })
).pipe(Layer.provide(NodeContext.layer), Layer.orDie)

interface Row {
  /** The flags; `FOLDER` and `TAKEN` stand for those of the fixture. */
  readonly args: string
  readonly env?: Env
  /** Run as somebody who is nobody in particular. */
  readonly asNobody?: boolean
  /** What the line says. */
  readonly says: ReadonlyArray<string>
}

const tls = (cert: string, key: string) => `--port 0 --tls-cert FOLDER/${cert} --tls-key FOLDER/${key}`

const rows: ReadonlyArray<Row> = [
  { args: "--port TAKEN", says: ["Cannot listen on 127.0.0.1:TAKEN: the port is in use", "another port"] },
  { args: "--port 70000", says: ["--port must be an integer from 0 to 65,535, got \"70000\""] },
  { args: "--port five", says: ["--port must be an integer", "got \"five\""] },
  ...(privilegedPort() === undefined
    ? []
    : [{ args: `--port ${privilegedPort()}`, asNobody: true, says: ["permission denied", "above 1023"] }]),
  { args: "--port 0 --host 203.0.113.1", says: ["203.0.113.1:0: this machine has no such address", "127.0.0.1"] },
  { args: "--port 0 --host no.such.host.invalid", says: ["the host name \"no.such.host.invalid\" is unknown"] },
  { args: "--port 0 --data FOLDER/cert.pem", says: ["FOLDER/cert.pem", "it is a file", "Choose a folder"] },
  { args: "--port 0 --data FOLDER/cert.pem/below", says: ["FOLDER/cert.pem/below", "a part of its path is a file"] },
  {
    args: "--port 0 --data FOLDER/read-only",
    asNobody: true,
    says: ["FOLDER/read-only", "permission denied", "can write to"]
  },
  { args: "--port 0 --data FOLDER/used", says: ["FOLDER/used", "in use by another server", "Stop that server"] },
  {
    args: "--port 0 --data FOLDER/newer",
    says: ["FOLDER/newer", "format version 9999", "use the server that wrote it"]
  },
  { args: "--port 0 --memory --data FOLDER/new", says: ["--memory and --data", "leave one out"] },
  { args: "--port 0 --import-root FOLDER/none", says: ["--import-root FOLDER/none", "does not exist"] },
  { args: "--port 0 --import-root FOLDER/cert.pem", says: ["--import-root FOLDER/cert.pem", "it is a file"] },
  { args: "--port 0 --tls-cert FOLDER/cert.pem", says: ["TLS needs both --tls-cert and --tls-key."] },
  { args: tls("cert.pem", "none.pem"), says: ["--tls-key FOLDER/none.pem", "does not exist"] },
  { args: tls("newer", "key.pem"), says: ["--tls-cert FOLDER/newer", "it is a folder"] },
  { args: tls("no.pem", "key.pem"), says: ["--tls-cert FOLDER/no.pem is not a readable certificate in PEM"] },
  { args: tls("cert.pem", "other-key.pem"), says: ["--tls-key FOLDER/other-key.pem is not the private key of"] },
  { args: tls("expired.pem", "expired-key.pem"), says: ["--tls-cert FOLDER/expired.pem expired on", "Renew it"] },
  { args: "--prot 5", says: ["unknown flag --prot", "did you mean --port?", "--help"] },
  { args: "serve", says: ["unexpected argument \"serve\"", "--help"] },
  { args: "--port", says: ["--port needs a value"] },
  { args: "--port --memory", says: ["--port needs a value"] },
  { args: "--port 0 --port 1", says: ["--port is given more than once"] },
  { args: "--memory=yes", says: ["--memory takes no value"] },
  { args: "--admin-client-id ci", env: { PINECONE_CLIENT_SECRET: "" }, says: ["--admin-client-secret"] },
  { args: "--slow-lifecycle soon", says: ["--slow-lifecycle must be a duration", "got \"soon\""] },
  { args: "--fault-throttle 1.5", says: ["--fault-throttle must be a number from 0 to 1, got \"1.5\""] },
  { args: "--memory-limit lots", says: ["--memory-limit must be a size", "got \"lots\""] },
  { args: "--index dimension=3", says: ["--index must be an index", "got \"dimension=3\""] },
  { args: "--port 0 --indexes FOLDER/none.json", says: ["--indexes FOLDER/none.json", "does not exist"] },
  { args: "--port 0 --indexes FOLDER/no.json", says: ["--indexes FOLDER/no.json", "it is not JSON"] },
  { args: "--port 0 --indexes FOLDER/object.json", says: ["--indexes FOLDER/object.json", "must be an array"] },
  { args: "--port 0 --indexes FOLDER/shape.json", says: ["[0][\"dimension\"]"] },
  { args: "--port 0 --indexes FOLDER/name.json", says: ["\"Bad_Name\" cannot be created"] },
  {
    args: "--port 0 --integrations FOLDER/no.json",
    says: ["--integrations FOLDER/no.json cannot be used", "not a JSON object"]
  },
  {
    args: "--port 0 --integrations FOLDER/stores.json",
    says: ["the integration \"movies\" does not have the form of the documentation"]
  },
  {
    args: "--port 0 --integrations FOLDER/place.json",
    says: ["the uri of \"movies\" must start with s3://"]
  },
  { args: "", env: { PINECONE_LOCAL_PORT: "x" }, says: ["PINECONE_LOCAL_PORT must be an integer", "got \"x\""] },
  { args: "--port 0 --one-port --public-host 127.0.0.1", says: ["onePort needs a publicHost that is a name"] }
]

layer(fixture)("a mistake at the start", (it) => {
  it.scoped("is one line that says what is wrong, and the end with 1", () =>
    Effect.gen(function*() {
      const { file, folder, takenPort } = yield* Fixture
      const filled = (text: string) => text.replaceAll("FOLDER", folder).replaceAll("TAKEN", String(takenPort))
      const wrong = yield* Effect.forEach(rows, ({ args, asNobody = false, env = {}, says }) =>
        Effect.scoped(Effect.gen(function*() {
          const child = yield* start([
            file,
            ...args.split(" ").filter((arg) =>
              arg !== ""
            ).map(filled)
          ], {
            env,
            ...(asNobody && process.getuid?.() === 0 ? { uid: nobody } : {})
          })
          const ended = yield* child.ended
          const lines = ended.stderr.split("\n")
          const right = ended.code === 1 && ended.stdout === "" && lines.length === 2 && lines[1] === "" &&
            says.every((text) => lines[0]!.includes(filled(text)))
          return right ? [] : [{ args, ...ended }]
        })), { concurrency: 2 })
      assert.deepStrictEqual(wrong.flat(), [])
    }), 600_000)

  it.scoped("is the same line for a program that serves", () =>
    Effect.gen(function*() {
      const { folder, takenPort } = yield* Fixture
      const cases: ReadonlyArray<readonly [PineconeLocal.ServeOptions, string]> = [
        [{ port: takenPort }, `127.0.0.1:${takenPort}: the port is in use`],
        [{ port: 70_000 }, "port must be an integer from 0 to 65,535, got 70000"],
        [{ port: 0, data: `${folder}/cert.pem` }, "it is a file"],
        [{ port: 0, onePort: true, publicHost: "::1" }, "onePort"]
      ]
      for (const [options, says] of cases) {
        const error = yield* Effect.flip(Effect.scoped(PineconeLocal.serve(options)))
        assert.strictEqual(error._tag, "PineconeStartError")
        assert.include(error.message, says)
      }
    }))
})

const settings = (args: string, env: Env = {}) => {
  const asked = Either.getOrThrowWith(
    commandLine.parse(args.split(" ").filter((arg) => arg !== ""), env),
    (message) => new Error(message)
  )
  return asked._tag === "Serve" ? asked.settings : assert.fail(`not to serve: ${asked._tag}`)
}

describe("flags and variables", () => {
  it("a flag wins over its variable, and a variable over the default", () => {
    const env = { PINECONE_LOCAL_PORT: "6000", PINECONE_LOCAL_HOST: "0.0.0.0", PINECONE_LOCAL_STAND_IN_MODELS: "true" }
    const { host, port, "stand-in-models": standIns } = settings("--port 7000", env)
    assert.deepStrictEqual([port, host, standIns], [7000, "0.0.0.0", true])
    assert.deepStrictEqual(settings("").port, undefined)
    assert.deepStrictEqual(settings("", { PINECONE_LOCAL_PORT: "" }).port, undefined)
  })

  it("a variable of its own wins over one that other programs have too", () => {
    const id = { PINECONE_LOCAL_ADMIN_CLIENT_ID: "id" }
    const own = { ...id, PINECONE_LOCAL_ADMIN_CLIENT_SECRET: "own" }
    const shared = { PINECONE_CLIENT_SECRET: "shared" }
    assert.strictEqual(settings("", { ...id, ...shared })["admin-client-secret"], "shared")
    assert.strictEqual(settings("", { ...shared, ...own })["admin-client-secret"], "own")
    assert.strictEqual(settings("--admin-client-secret flag", { ...shared, ...own })["admin-client-secret"], "flag")
  })

  it("several values are separated in a variable", () => {
    assert.deepStrictEqual(settings("", { PINECONE_LOCAL_API_KEY: "a, b" })["api-key"], ["a", "b"])
    assert.deepStrictEqual(settings("--api-key a,b --api-key c", { PINECONE_LOCAL_API_KEY: "d" })["api-key"], [
      "a,b",
      "c"
    ])
    const index = "name=movies,dimension=3"
    assert.deepStrictEqual(
      settings("", { PINECONE_LOCAL_INDEX: `${index};name=books,vector_type=sparse` }).index.map(({ name }) => name),
      ["movies", "books"]
    )
  })

  it("--memory wins over a folder in the environment, and --data over memory there", () => {
    const inFolder = settings("--memory", { PINECONE_LOCAL_DATA: "/data" })
    assert.deepStrictEqual([inFolder.memory, inFolder.data], [true, undefined])
    const inMemory = settings("--data /data", { PINECONE_LOCAL_MEMORY: "1" })
    assert.deepStrictEqual([inMemory.memory, inMemory.data], [false, "/data"])
  })

  it("sizes and durations are read with their units", () => {
    for (const [text, bytes] of [["2GB", 2e9], ["1.5 GiB", 1.5 * 2 ** 30], ["64kib", 65_536], ["100", 100]] as const) {
      assert.strictEqual(settings("", { PINECONE_LOCAL_MEMORY_LIMIT: text })["memory-limit"], bytes)
    }
    const delay = settings("", { PINECONE_LOCAL_INDEXING_DELAY: "100ms..2 seconds" })["indexing-delay"]!
    assert.deepStrictEqual([delay.minimum, delay.maximum].map((one) => one.toJSON()), [
      { _id: "Duration", _tag: "Millis", millis: 100 },
      { _id: "Duration", _tag: "Millis", millis: 2000 }
    ])
  })

  it("no message shows a secret", () => {
    for (const flag of ["api-key", "admin-client-secret"]) {
      const message = Either.flip(commandLine.parse([`--${flag}=`], {}))
      assert.include(Either.getOrThrow(message), `--${flag} must be a text that is not empty`)
    }
  })

  it("the help names each flag with its variable and its default", () => {
    const asked = Either.getOrThrow(commandLine.parse(["--port", "x", "--help"], {}))
    const text = asked._tag === "Help" ? asked.text : assert.fail("no help")
    const flags = Array.from(text.matchAll(/^ {2}--([a-z-]+)/gm), ([, name]) => name!)
    assert.isAbove(flags.length, 25)
    for (const name of flags.filter((name) => name !== "help" && name !== "version")) {
      assert.include(text, `PINECONE_LOCAL_${name.toUpperCase().replaceAll("-", "_")}`)
    }
    assert.match(text, /--port PORT[^]*?Default: 5080\. Env: PINECONE_LOCAL_PORT/)
  })
})

describe("the command", () => {
  it.scopedLive("says the version of its package", () =>
    Effect.gen(function*() {
      const bin = new URL("../src/bin.ts", import.meta.url).pathname
      const { code, stdout } = yield* Effect.flatMap(start(["--import", "tsx", bin, "--version"]), ({ ended }) => ended)
      const { version } = JSON.parse(Fs.readFileSync(new URL("../package.json", import.meta.url), "utf8"))
      assert.deepStrictEqual([code, stdout], [0, `${version}\n`])
    }))
})
