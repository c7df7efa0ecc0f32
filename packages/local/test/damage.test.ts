/**
 * A folder that something has happened to: nothing in it is removed, everything that is whole is served, and what is
 * damaged is named.
 */
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type * as Metadata from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import Libsql from "libsql"
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { inspect } from "node:util"
import * as PineconeLocal from "../src/PineconeLocal.js"
import type { WireFile } from "./utils/assistants.js"
import { ask, cited, get, post, sendFile, upload } from "./utils/assistants.js"
import { Control } from "./utils/bothProtocols.js"
import {
  copyFolder,
  cut,
  emptied,
  filesIn,
  flippedHeader,
  flippedMiddle,
  modeOf,
  pathsIn,
  versioned
} from "./utils/folders.js"
import type { Environment } from "./utils/pinecone.js"
import { clientOf, collect, pods, podsWith, serverless, withServices } from "./utils/pinecone.js"

// -----------------------------------------------------------------------------
// A server on a folder
// -----------------------------------------------------------------------------

const at = (url: string) => Effect.provide(withServices(clientOf(url, { apiVersion: "2026-04" })))

const assistantsAt = (url: string) => Effect.provide(Layer.merge(Layer.succeed(Control, url), FetchHttpClient.layer))

interface Running {
  readonly url: string
  /** All that the server has logged. */
  readonly log: () => string
}

/** Starts a server on a folder, or gives why it does not. */
const start = (data: string) =>
  Effect.gen(function*() {
    const lines: Array<string> = []
    const logger = Logger.make(({ annotations, cause, message }) => {
      lines.push(inspect([message, cause, Object.fromEntries(annotations)], { depth: 8 }))
    })
    const server = yield* PineconeLocal.serve({ data, port: 0 }).pipe(
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.either
    )
    return Either.map(server, ({ url }): Running => ({ url, log: () => lines.join("\n") }))
  })

const running = (data: string) =>
  Effect.map(
    start(data),
    (server) => Either.isLeft(server) ? assert.fail(`the server does not start: ${server.left.message}`) : server.right
  )

// -----------------------------------------------------------------------------
// The folder before the damage
// -----------------------------------------------------------------------------

const indexes = {
  alpha: { dimension: 64, metric: "cosine", spec: serverless },
  beta: { dimension: 3, metric: "dotproduct", spec: serverless },
  gamma: { dimension: 3, metric: "euclidean", spec: pods }
} as const

type IndexName = keyof typeof indexes

const indexNames: ReadonlyArray<IndexName> = ["alpha", "beta", "gamma"]

const vector = (dimension: number, seed: number) =>
  Float32Array.from({ length: dimension }, (_, i) => Math.sin(1 + seed + i))

const manyRecords = (dimension: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: `r${i}`,
    values: vector(dimension, i),
    metadata: { number: i, text: `record ${i}` }
  }))

const records: Readonly<Record<IndexName, Readonly<Record<string, ReturnType<typeof manyRecords>>>>> = {
  alpha: { one: manyRecords(64, 300), two: manyRecords(64, 2) },
  beta: { __default__: manyRecords(3, 200) },
  gamma: { __default__: manyRecords(3, 200) }
}

/** What has a file of its own. */
type Thing = IndexName | "backup" | "collection" | "assistant"

type Found = Pick<VectorIndex.Fetched<Metadata.Metadata>, "id" | "values" | "metadata">

const sorted = (found: ReadonlyArray<Found>) =>
  found.map(({ id, metadata, values }) => ({ id, values, metadata })).sort((a, b) =>
    Number(a.metadata["number"]) - Number(b.metadata["number"])
  )

/** Where an index and all of its records are. Those of an index on pods cannot be listed. */
const held = (name: string) =>
  Effect.gen(function*() {
    const { spec } = yield* Effect.flatMap(Indexes.Indexes, (all) => all.describe(name))
    const index = yield* VectorIndex.make({ name })
    if (spec.pod !== undefined) {
      const { matches } = yield* index.query({
        vector: [1, 1, 1],
        topK: 1000,
        includeValues: true,
        includeMetadata: true
      })
      return { __default__: sorted(matches) }
    }
    const namespaces = yield* collect(index.listNamespacesStream())
    return Object.fromEntries(
      yield* Effect.forEach(namespaces, ({ name: namespace }) =>
        Effect.map(
          collect(index.scan({ namespace, batchSize: 100 })),
          (found) => [namespace, sorted(found)] as const
        ))
    )
  })

const servesIndex = (name: IndexName) =>
  Effect.gen(function*() {
    const model = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe(name))
    assert.strictEqual(model.dimension, indexes[name].dimension)
    assert.strictEqual(model.metric, indexes[name].metric)
    assert.deepStrictEqual(yield* held(name), records[name])
  })

const restored = "restored"

/** Makes an index of a backup or a collection. */
const restore = (thing: "backup" | "collection") =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    if (thing === "collection") {
      return void (yield* indexes.create({
        name: restored,
        dimension: 3,
        metric: "euclidean",
        spec: podsWith({ sourceCollection: "collection" })
      }))
    }
    const backups = yield* collect((yield* Backups.Backups).listStream())
    assert.deepStrictEqual(backups.map(({ name }) => name), ["backup"])
    yield* indexes.createFromBackup({ backupId: backups[0]!.backupId, name: restored })
  })

/** To ask an assistant takes a model, which takes its time: without `asked` its file is looked at alone. */
const serves = (thing: Thing, url: string, asked = false) => {
  if (thing === "assistant") {
    return Effect.gen(function*() {
      const { json } = yield* get<{ readonly files: ReadonlyArray<WireFile> }>("/files/assistant")
      assert.deepStrictEqual(json.files.map(({ name, status }) => [name, status]), [["sea.txt", "Available"]])
      if (!asked) return
      assert.deepStrictEqual(cited(yield* ask("assistant", "How high is Etna?")), ["sea.txt"])
    }).pipe(assistantsAt(url))
  }
  if (thing !== "backup" && thing !== "collection") return servesIndex(thing).pipe(at(url))
  return Effect.gen(function*() {
    yield* restore(thing)
    assert.deepStrictEqual(yield* held(restored), records[thing === "backup" ? "alpha" : "gamma"])
    yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.delete(restored))
  }).pipe(at(url))
}

/** What using a thing is answered with, where it fails. */
const refusal = (thing: Thing, url: string): Effect.Effect<{ readonly status: number; readonly message: string }> => {
  if (thing === "assistant") {
    return Effect.map(
      post("/chat/assistant", { messages: [{ role: "user", content: "How high is Etna?" }] }),
      ({ status, text }) => ({ status, message: text })
    ).pipe(assistantsAt(url))
  }
  const use: Effect.Effect<unknown, unknown, Environment> = thing === "backup" || thing === "collection"
    ? restore(thing)
    : Effect.flatMap(
      VectorIndex.make({ name: thing }),
      (index) => held(thing).pipe(Effect.zipRight(index.describeIndexStats()))
    )
  return use.pipe(
    at(url),
    Effect.match({
      onSuccess: () => ({ status: 200, message: "it was served" }),
      onFailure: (error) =>
        PineconeError.isPineconeError(error) && "status" in error
          ? { status: Number(error.status), message: error.message }
          : { status: 0, message: String(error) }
    })
  )
}

/** A folder of a server that was stopped, with which file is whose. */
class Kit extends Context.Tag("test/Kit")<Kit, {
  readonly folder: string
  readonly fileOf: Readonly<Record<Thing, string>>
  /** The registry as it was before the last index was made. */
  readonly olderRegistry: string
  /** A database of another program. */
  readonly foreignDatabase: string
}>() {
  static readonly layer = Layer.scoped(
    Kit,
    Effect.gen(function*() {
      const root = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "kit-" }))
      const folder = join(root, "data")
      const olderRegistry = join(root, "older.db")
      const fileOf: Partial<Record<Thing, string>> = {}
      let known = new Set<string>()
      const files = () => filesIn(folder).filter((file) => file.startsWith("sets") && file.endsWith(".db"))
      /** The file that a thing comes with. */
      const making = <A, E, R>(thing: Thing, make: Effect.Effect<A, E, R>) =>
        Effect.tap(make, () =>
          Effect.sync(() => {
            const fresh = files().filter((file) => !known.has(file))
            assert.strictEqual(fresh.length, 1, `the files of ${thing}`)
            fileOf[thing] = fresh[0]!
            known = new Set(files())
          }))
      const index = (name: IndexName) =>
        making(
          name,
          Effect.gen(function*() {
            yield* Effect.flatMap(Indexes.Indexes, (all) => all.create({ name, ...indexes[name] }))
            const index = yield* VectorIndex.make({ name })
            for (const [namespace, items] of Object.entries(records[name])) yield* index.upsert(items, { namespace })
          })
        )
      yield* Effect.scoped(Effect.flatMap(running(folder), ({ url }) =>
        Effect.gen(function*() {
          yield* index("alpha")
          yield* index("beta")
          yield* making(
            "backup",
            Effect.flatMap(Backups.Backups, (backups) => backups.create("alpha", { name: "backup" }))
          )
          yield* making(
            "assistant",
            post("/assistants", { name: "assistant" }).pipe(
              Effect.zipRight(
                upload("assistant", {
                  name: "sea.txt",
                  content: "Etna is a volcano by the sea. It is 3,403 metres high."
                })
              ),
              assistantsAt(url)
            )
          )
        }).pipe(at(url))))
      copyFileSync(join(folder, "registry.db"), olderRegistry)
      yield* Effect.scoped(Effect.flatMap(running(folder), ({ url }) =>
        Effect.gen(function*() {
          yield* index("gamma")
          yield* making(
            "collection",
            Effect.flatMap(Collections.Collections, (all) => all.create({ name: "collection", source: "gamma" }))
          )
        }).pipe(at(url))))
      const foreignDatabase = join(root, "notes.db")
      const foreign = new Libsql(foreignDatabase)
      foreign.exec("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('not yours')")
      foreign.close()
      return { folder, olderRegistry, foreignDatabase, fileOf: fileOf as Record<Thing, string> }
    })
  ).pipe(Layer.provide(NodeContext.layer), Layer.orDie)
}

const things: ReadonlyArray<Thing> = ["alpha", "beta", "gamma", "backup", "collection", "assistant"]

type Damage = (file: string, kit: Pick<Context.Tag.Service<Kit>, "olderRegistry" | "foreignDatabase">) => void

/** A copy of the folder. */
const copied = Effect.gen(function*() {
  const kit = yield* Kit
  const root = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "damage-" }))
  const data = join(root, "data")
  copyFolder(kit.folder, data)
  return { ...kit, data, file: (thing: Thing) => join(data, kit.fileOf[thing]) }
}).pipe(Effect.provide(NodeContext.layer))

const bytesIn = (data: string) => new Map(filesIn(data).map((file) => [file, readFileSync(join(data, file))]))

/** SQLite keeps its counters and its mode in the first 100 bytes, and its own files beside a database. */
const housekeeping = /-(wal|shm|journal)$/

/** Everything that was there is there, as it was or as the server went on with it. */
const keepsFiles = (before: ReadonlyMap<string, Buffer>, data: string, untouched: ReadonlyArray<string>) => {
  const after = bytesIn(data)
  const gone = Array.from(before.keys()).filter((file) => !housekeeping.test(file) && !after.has(file))
  // A file that was set aside under another name is there too.
  const elsewhere = (file: string) => Array.from(after.values()).some((bytes) => bytes.equals(before.get(file)!))
  assert.deepStrictEqual(gone.filter((file) => !elsewhere(file)), [], "files that are gone")
  for (const file of untouched) {
    if (!before.has(file) || gone.includes(file)) continue
    const [old, now] = [before.get(file)!, after.get(file)!]
    assert.isTrue(
      elsewhere(file) || now.length >= old.length && now.subarray(100, old.length).equals(old.subarray(100)),
      `${file} was changed`
    )
  }
}

// -----------------------------------------------------------------------------
// What happens to it
// -----------------------------------------------------------------------------

const registries: Readonly<Record<string, Damage>> = {
  "is missing": (file) => rmSync(file),
  "is empty": emptied,
  "is from before the last index": (file, { olderRegistry }) => copyFileSync(olderRegistry, file)
}

const damages: Readonly<Record<string, Damage>> = {
  "was deleted": (file) => rmSync(file),
  "was emptied": emptied,
  "was cut": cut,
  "has a damaged header": flippedHeader,
  "is damaged in the middle": flippedMiddle,
  "is a text": (file) => writeFileSync(file, "not a database\n".repeat(1000)),
  "is of another program": (file, { foreignDatabase }) => copyFileSync(foreignDatabase, file),
  "is of a newer version": versioned(9999)
}

// Several at a time, of which each is another's neighbour.
const damagedTogether: ReadonlyArray<ReadonlyArray<Thing>> = [["alpha", "backup", "assistant"], ["gamma", "collection"]]

// It is made once: a server and a model take their time.
layer(Kit.layer, { excludeTestServices: true })("a folder of data", (it) => {
  it.scoped("is served whole where nothing has happened to it", () =>
    Effect.gen(function*() {
      const { data } = yield* copied
      const before = bytesIn(data)
      const { log, url } = yield* running(data)
      for (const thing of things) yield* serves(thing, url, true)
      assert.strictEqual(log(), "")
      keepsFiles(before, data, [])
    }))

  it.scoped("is for nobody else to read", () =>
    Effect.gen(function*() {
      const root = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "mode-" }))
      const data = join(root, "made/data")
      const { url } = yield* running(data)
      yield* Effect.gen(function*() {
        yield* Effect.flatMap(Indexes.Indexes, (all) => all.create({ name: "alpha", ...indexes.alpha }))
        yield* Effect.flatMap(VectorIndex.make({ name: "alpha" }), (index) => index.upsert(records.alpha["one"]!))
        yield* Effect.flatMap(Backups.Backups, (backups) => backups.create("alpha"))
      }).pipe(at(url))
      yield* post("/assistants", { name: "assistant" }).pipe(
        Effect.zipRight(sendFile("assistant", { name: "sea.txt", content: "Etna is a volcano." })),
        assistantsAt(url)
      )
      assert.isTrue(filesIn(data).some((file) => file.startsWith("files")))
      assert.strictEqual(modeOf(data), "700")
      const open = pathsIn(data).filter((path) => !["600", "700"].includes(modeOf(path)))
      assert.deepStrictEqual(open.map((path) => `${path.slice(data.length)} ${modeOf(path)}`), [])
    }).pipe(Effect.provide(NodeContext.layer)))

  for (const [name, damage] of Object.entries(registries)) {
    it.scoped(`whose registry ${name} has its indexes, and loses no file`, () =>
      Effect.gen(function*() {
        const { data, file, ...kit } = yield* copied
        damage(join(data, "registry.db"), kit)
        const before = bytesIn(data)
        const { log, url } = yield* running(data)
        for (const index of indexNames) yield* serves(index, url)
        keepsFiles(before, data, [])
        // What is no index is served again, or named.
        for (const thing of ["backup", "collection", "assistant"] as const) {
          if (!log().includes(basename(file(thing)))) yield* serves(thing, url, true)
        }
      }))
  }

  const unreadable: Readonly<Record<string, Damage>> = {
    "has a damaged header": flippedHeader,
    "is damaged in the middle": flippedMiddle,
    "is cut in half": cut,
    "is a text": (file) => writeFileSync(file, "not a database\n".repeat(1000)),
    "is of another program": (file, { foreignDatabase }) => copyFileSync(foreignDatabase, file),
    "is of a newer version": versioned(9999)
  }
  for (const [name, damage] of Object.entries(unreadable)) {
    it.scoped(`whose registry ${name} is refused by name, or served all the same: nothing in it is changed`, () =>
      Effect.gen(function*() {
        const { data, ...kit } = yield* copied
        damage(join(data, "registry.db"), kit)
        const before = bytesIn(data)
        const server = yield* start(data)
        if (Either.isLeft(server)) {
          assert.include(server.left.message, "registry.db")
          assert.include(server.left.message, data)
        } else {
          assert.include(server.right.log(), "registry.db")
          for (const index of indexNames) yield* serves(index, server.right.url)
        }
        keepsFiles(before, data, Array.from(before.keys()))
      }))
  }

  it.scoped("leaves files of others alone, and serves its own", () =>
    Effect.gen(function*() {
      const { data, foreignDatabase } = yield* copied
      const text = "mine\n"
      const others = [
        "notes.txt",
        "sets/notes.txt",
        "sets/holiday.partial",
        "sets/photos.partial.zip",
        "sets/gone.db-wal",
        "sets/gone.db-journal",
        "files/notes.txt",
        "files/of-nobody/report.txt",
        "sets/text.db",
        "sets/assistant-text.db",
        "text.db"
      ]
      mkdirSync(join(data, "files/of-nobody"), { recursive: true })
      for (const file of others) writeFileSync(join(data, file), text)
      for (const file of ["notes.db", "sets/notes.db", "sets/assistant-notes.db"]) {
        copyFileSync(foreignDatabase, join(data, file))
      }
      for (const folder of ["folder.db", "sets/folder.db"]) {
        mkdirSync(join(data, folder))
        writeFileSync(join(data, folder, "inside.txt"), text)
      }
      const before = bytesIn(data)
      const { log, url } = yield* running(data)
      for (const thing of things) {
        yield* serves(thing, url)
      }
      keepsFiles(before, data, [])
      for (const file of [...others, "sets/folder.db/inside.txt", "folder.db/inside.txt"]) {
        assert.isTrue(existsSync(join(data, file)), file)
        assert.strictEqual(readFileSync(join(data, file), "utf8"), text, file)
      }
      for (const file of ["sets/notes.db", "notes.db", "sets/assistant-notes.db"]) {
        assert.isTrue(readFileSync(join(data, file)).equals(before.get(file)!), `${file} was changed`)
      }
      // What looks like one of its own is named.
      for (const file of ["sets/notes.db", "sets/text.db"]) assert.include(log(), basename(file))
    }))

  for (const [name, bytes] of [["text", "not a log\n".repeat(1000)], ["no", ""]] as const) {
    it.scoped(`with files beside its own that SQLite would read, of ${name} content, serves its own`, () =>
      Effect.gen(function*() {
        const { data, file } = yield* copied
        for (const thing of things) {
          for (const suffix of ["-wal", "-shm", "-journal"]) writeFileSync(`${file(thing)}${suffix}`, bytes)
        }
        const before = bytesIn(data)
        const { url } = yield* running(data)
        for (const thing of things) yield* serves(thing, url)
        keepsFiles(before, data, [])
      }))
  }

  for (const damaged of damagedTogether) {
    for (const [name, damage] of Object.entries(damages)) {
      it.scoped(`where a file of ${damaged.join(", ")} ${name} names it and serves all else`, () =>
        Effect.gen(function*() {
          const { data, file, ...kit } = yield* copied
          for (const thing of damaged) damage(file(thing), kit)
          const before = bytesIn(data)
          const { log, url } = yield* running(data)
          for (const thing of things) if (!damaged.includes(thing)) yield* serves(thing, url)
          for (const thing of damaged) {
            const refused = yield* refusal(thing, url)
            assert.include([500, 503], refused.status, `${thing}: ${refused.message}`)
            assert.include(refused.message, basename(file(thing)), thing)
            assert.include(log(), basename(file(thing)), thing)
          }
          keepsFiles(before, data, damaged.map((thing) => file(thing).slice(data.length + 1)))
          // Nothing was forgotten: it is still listed.
          const names = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list).pipe(at(url))
          assert.sameMembers(names.map(({ name }) => name), [...indexNames])
          const assistant = yield* get("/assistants/assistant").pipe(assistantsAt(url))
          assert.strictEqual(assistant.status, 200, assistant.text)
        }))
    }
  }
})
