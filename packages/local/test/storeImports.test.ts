/**
 * Imports from object stores, over real sockets, into the embedded server.
 */
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { inspect } from "node:util"
import type { Emulator } from "../../stores/test/utils/emulators.js"
import * as emulators from "../../stores/test/utils/emulators.js"
import type { Gate, Instead } from "../../stores/test/utils/gate.js"
import { checkAzureTime, checkV4, xmlError } from "../../stores/test/utils/gate.js"
import type * as PineconeLocal from "../src/PineconeLocal.js"
import { failure, freshIndex, inProcess, withServices } from "./utils/pinecone.js"

interface All {
  readonly s3: Emulator
  readonly azure: Emulator
}

class Emulators extends Context.Tag("Emulators")<Emulators, All>() {}

const soon = { schedule: Schedule.spaced("5 millis") }

const records = (count: number, from: number): Stream.Stream<VectorRecord> =>
  Stream.map(Stream.range(from, from + count - 1), (n) => ({
    id: `record-${n}`,
    values: [n + 1, Math.sin(n), 1],
    metadata: { title: `record ${n}` }
  }))

/** Two namespaces, in files of several row groups. */
const writeExport = (root: string) =>
  Effect.all([
    ParquetWriter.writeFolder(root, records(700, 0), { namespace: "en", maxRecords: 500, rowGroupBytes: 8_000 }),
    ParquetWriter.writeFolder(root, records(50, 1_000), { namespace: "a b" })
  ])

/** The emulators, with the export in each. */
const started = Layer.scoped(
  Emulators,
  Effect.gen(function*() {
    const all = { s3: yield* emulators.s3, azure: (yield* emulators.azure).shared }
    for (const emulator of Object.values(all)) {
      yield* Effect.provide(writeExport(`${emulator.uri}export`), emulators.layerOf(emulator))
    }
    return all
  })
).pipe(Layer.provideMerge(NodeContext.layer))

const integrationsOf = ({ azure, s3 }: All): NonNullable<PineconeLocal.Options["integrations"]> => ({
  s3: { uri: `${s3.uri}export`, ...s3.options },
  azure: { uri: azure.uri, ...azure.options },
  "wrong-s3": {
    uri: s3.uri,
    s3: {
      ...s3.options.s3,
      credentials: { accessKeyId: emulators.accessKeyId, secretAccessKey: Redacted.make("wrong") }
    }
  },
  "wrong-azure": {
    uri: azure.uri,
    azure: { ...azure.options.azure, credentials: { accountKey: Redacted.make(btoa("wrong")) } }
  }
})

const idsOf = (emulator: "s3" | "azure", { azure, s3 }: All) =>
  emulator === "s3"
    ? { uri: `${s3.uri}export`, integrationId: "s3" }
    : { uri: `${azure.uri}export`, integrationId: "azure" }

/** One server for most tests, with the integrations. */
const served = Layer.unwrapEffect(
  Effect.map(Emulators, (all) => withServices(inProcess({ integrations: integrationsOf(all) })))
).pipe(Layer.provideMerge(started))

layer(served, { excludeTestServices: true })("an import from an object store", (it) => {
  /** Runs against the server, or one of its own with these options. */
  const using = <A, E, R>(run: (all: All) => Effect.Effect<A, E, R>, options?: PineconeLocal.Options) =>
    Effect.gen(function*() {
      const all = yield* Emulators
      for (const { gate } of Object.values(all)) gate.instead = () => undefined
      return yield* options === undefined
        ? run(all)
        : Effect.provide(run(all), withServices(inProcess({ integrations: integrationsOf(all), ...options })))
    })

  /** Why an import fails. */
  const reason = (request: { readonly uri: string; readonly integrationId?: string }) =>
    Effect.gen(function*() {
      const index = yield* freshIndex()
      const id = yield* index.startImport(request)
      const { message } = yield* failure("PineconeOperationFailed")(index.waitForImport(id, soon))
      assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 0)
      return message
    })

  it.scoped("brings the same records as one from a folder", () =>
    using((all) =>
      Effect.gen(function*() {
        const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
        yield* writeExport(folder)
        const imported = (request: { readonly uri: string; readonly integrationId?: string }) =>
          Effect.gen(function*() {
            const index = yield* freshIndex()
            const id = yield* index.startImport(request)
            const model = yield* index.waitForImport(id, soon)
            const ids = ["record-0", "record-499", "record-500", "record-699"]
            const { records } = yield* index.namespace("en").fetch(ids)
            const { namespaces } = yield* index.describeIndexStats()
            return {
              status: model.status,
              recordsImported: model.recordsImported,
              namespaces,
              records: ids.map((id) => records.get(id))
            }
          })
        const fromFolder = yield* imported({ uri: pathToFileURL(folder).href })
        assert.strictEqual(fromFolder.recordsImported, 750)
        assert.deepStrictEqual(yield* imported(idsOf("s3", all)), fromFolder)
        assert.deepStrictEqual(yield* imported(idsOf("azure", all)), fromFolder)
      })
    ))

  const failures: ReadonlyArray<{
    readonly what: string
    readonly instead: Gate["instead"]
    readonly says: ReadonlyArray<string>
  }> = [
    {
      what: "403",
      instead: () => xmlError(403, "AccessDenied", "Access Denied"),
      says: ["User error: Forbidden: ", "403"]
    },
    {
      what: "404",
      instead: () => xmlError(404, "NoSuchBucket", "no"),
      says: ["User error: NotFound: ", "NoSuchBucket"]
    },
    {
      what: "503",
      instead: () => xmlError(503, "SlowDown", "Reduce your request rate."),
      says: ["Storage error: Throttled: ", "SlowDown"]
    },
    { what: "500", instead: () => ({ status: 500, body: "x" }), says: ["Storage error: Unavailable: "] },
    { what: "connections that are cut", instead: () => ({ cutAfter: 20 }), says: ["Storage error: Connection: "] },
    {
      what: "a redirect",
      instead: () => ({ status: 302, headers: { location: "http://169.254.169.254/?a=secret" } }),
      says: ["Storage error: InvalidAnswer: ", "redirects are not followed"]
    }
  ]

  for (const { instead, says, what } of failures) {
    it.scoped(`fails with its reason: ${what}`, () =>
      using((all) =>
        Effect.forEach(["s3", "azure"] as const, (name) =>
          Effect.gen(function*() {
            // The list is answered, and what is read then is not.
            for (const readsOnly of [false, true]) {
              all[name].gate.instead = (seen) =>
                readsOnly && /list-type=2|comp=list/.test(seen.url) ? undefined : instead(seen)
              const message = yield* reason(idsOf(name, all))
              for (const part of says) assert.include(message, part)
              assert.notInclude(message, "secret")
            }
          }))
      ))
  }

  it.scoped("fails with its reason: wrong signatures and clocks", () =>
    using((all) =>
      Effect.gen(function*() {
        assert.include(
          yield* reason({ ...idsOf("s3", all), integrationId: "wrong-s3" }),
          "User error: Signature: s3://bucket/export/: the service answered 403, SignatureDoesNotMatch"
        )
        assert.include(
          yield* reason({ ...idsOf("azure", all), integrationId: "wrong-azure" }),
          "User error: Signature: "
        )
        const later = () => Date.now() + 3_600_000
        const keys = { [emulators.accessKeyId]: emulators.secretAccessKey }
        const clocks: ReadonlyArray<readonly ["s3" | "azure", (seen: Parameters<Gate["instead"]>[0]) => Instead]> = [
          ["s3", checkV4(keys, later)],
          ["azure", checkAzureTime(later)]
        ]
        for (const [name, check] of clocks) {
          all[name].gate.instead = check
          const message = yield* reason(idsOf(name, all))
          assert.include(message, "User error: Clock: ")
          assert.include(message, "Set the clock of this machine")
        }
      })
    ))

  it.scoped("goes on where a connection is cut now and then", () =>
    using((all) =>
      Effect.gen(function*() {
        let requests = 0
        all.s3.gate.instead = () => ++requests % 3 === 0 ? { cutAfter: 10 } : undefined
        const index = yield* freshIndex()
        const id = yield* index.startImport(idsOf("s3", all))
        assert.strictEqual((yield* index.waitForImport(id, soon)).recordsImported, 750)
        assert.isAbove(requests, 6)
      })
    ))

  it.scoped("is cancelled while the store is silent", () =>
    using((all) =>
      Effect.gen(function*() {
        const index = yield* freshIndex()
        const asked = yield* Effect.async<string>((resume) => {
          all.s3.gate.instead = (seen) => {
            resume(Effect.succeed(seen.url))
            return "silence"
          }
        }).pipe(Effect.fork)
        const id = yield* index.startImport(idsOf("s3", all))
        yield* asked
        yield* index.cancelImport(id)
        assert.strictEqual((yield* index.describeImport(id)).status, "Cancelled")
      })
    ))

  it.scoped("reads nothing but what the integrations are for", () =>
    using((all) =>
      Effect.gen(function*() {
        const before = all.s3.gate.seen.length
        assert.include(yield* reason({ uri: "s3://bucket/export" }), "cannot be imported without an integrationId")
        assert.include(
          yield* reason({ uri: "s3://bucket/export", integrationId: "other" }),
          "the integration \"other\" is unknown: this server has \"s3\", \"azure\", \"wrong-s3\""
        )
        for (
          const uri of ["s3://bucket/export-beside", "s3://other/export", "https://127.0.0.1/export", "s3://bucket"]
        ) {
          assert.include(yield* reason({ uri, integrationId: "s3" }), `is not within s3://bucket/export`)
        }
        assert.include(yield* reason({ uri: "s3://bucket/export/../x", integrationId: "s3" }), "must not be . or ..")
        const index = yield* freshIndex()
        for (const uri of ["https://x.blob.core.windows.net/c/p?sig=abc", "https://user:word@example.com/p"]) {
          const { message } = yield* failure("PineconeInvalidRequest")(index.startImport({ uri }))
          assert.include(message, "set the credentials in an integration")
          assert.notInclude(message, "abc")
        }
        assert.strictEqual(all.s3.gate.seen.length, before)
      })
    ))

  it.scoped("reads what is public where that is allowed", () =>
    using((all) =>
      Effect.gen(function*() {
        const page = (links: ReadonlyArray<string>): Instead => ({
          status: 200,
          headers: { "content-type": "text/html" },
          body: links.map((link) => `<a href="${link}">${link}</a>`).join("\n")
        })
        let file = new Uint8Array()
        const folder = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
        const { path } = yield* ParquetWriter.write(`${folder}/0.parquet`, records(20, 0))
        file = readFileSync(path)
        // A web server with index pages, as many make them.
        all.s3.gate.instead = ({ headers, method, url }) => {
          if (url === "/data/") {
            return page(["../", "?C=N", "a%20b/", "readme.txt", "https://elsewhere.example.com/data/x/"])
          }
          if (url === "/data/a%20b/") {
            return page(["/data/", "0.parquet"])
          }
          if (method === "HEAD") {
            return { status: 200, headers: { "content-length": String(url.endsWith(".txt") ? 1 : file.length) } }
          }
          const [, from = "", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? []
          if (url !== "/data/a%20b/0.parquet") {
            return url === "/data/readme.txt"
              ? { status: 200, body: "x" }
              : { status: 404 }
          }
          const body = Buffer.from(file.subarray(Number(from), Number(to) + 1))
          return {
            status: 206,
            headers: { "content-range": `bytes ${from}-${to}/${file.length}`, "content-length": String(body.length) },
            body: body as unknown as string
          }
        }
        const index = yield* freshIndex()
        const id = yield* index.startImport({ uri: `${all.s3.gate.url}/data` })
        assert.strictEqual((yield* index.waitForImport(id, soon)).recordsImported, 20)
        assert.deepStrictEqual(Object.keys((yield* index.describeIndexStats()).namespaces ?? {}), ["a b"])
        assert.isUndefined(all.s3.gate.seen.at(-1)?.headers.authorization)
      }), { publicImports: true }))

  it.scoped("has its secrets in no log, error or file", () =>
    Effect.gen(function*() {
      const data = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped())
      const logged: Array<string> = []
      const listening = Logger.replace(
        Logger.defaultLogger,
        Logger.make((entry) => {
          logged.push(inspect(entry, { depth: 8 }))
        })
      )
      const shown = yield* using((all) =>
        Effect.gen(function*() {
          const index = yield* freshIndex()
          const texts: Array<string> = []
          for (const name of ["s3", "azure"] as const) {
            // A service that gives back what it was sent.
            for (const echoes of [false, true]) {
              all[name].gate.instead = ({ headers }) =>
                echoes ? xmlError(403, "AccessDenied", `${headers.authorization} ${headers["x-amz-date"]}`) : undefined
              const id = yield* index.startImport(idsOf(name, all))
              texts.push(inspect(yield* Effect.exit(index.waitForImport(id, soon)), { depth: 10 }))
              texts.push(JSON.stringify(yield* index.describeImport(id)))
            }
            yield* index.deleteNamespace("en")
            yield* index.deleteNamespace("a b")
          }
          return texts
        }), { data }).pipe(Effect.provide(listening), Logger.withMinimumLogLevel(LogLevel.All))
      const files = readdirSync(data, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
      assert.isAbove(files.length, 0)
      assert.include(shown.join("\n"), "AccessDenied")
      for (const text of [...shown, ...logged, ...files]) {
        for (
          const secret of [
            emulators.secretAccessKey,
            emulators.accountKey,
            "AWS4-HMAC-SHA256 Credential",
            "SharedKey devstore"
          ]
        ) {
          assert.notInclude(text, secret)
        }
      }
    }))
})
