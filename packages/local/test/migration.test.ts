/** A folder of an earlier version is served by this one, and one of a later version is refused. */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { gunzipSync } from "node:zlib"
import * as PineconeLocal from "../src/PineconeLocal.js"
import * as contents from "./fixtures/v0.1/contents.js"
import { filesIn, versioned } from "./utils/folders.js"
import { clientOf, collect, withServices } from "./utils/pinecone.js"

const fixture = join(import.meta.dirname, "fixtures/v0.1/data")

/** A copy of the folder of version 0.1. */
const folder = Effect.gen(function*() {
  const root = yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "v0.1-" }))
  const data = join(root, "data")
  for (const file of filesIn(fixture)) {
    const to = join(data, file.slice(0, -".gz".length))
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, gunzipSync(readFileSync(join(fixture, file))))
  }
  return data
}).pipe(Effect.provide(NodeContext.layer))

const serving = <A, E, R>(data: string, use: (url: string) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    PineconeLocal.serve({ data, port: 0 }),
    ({ url }) => Effect.provide(use(url), withServices(clientOf(url)))
  ).pipe(Effect.scoped)

const plain = (records: ReadonlyArray<VectorIndex.Fetched<unknown>>) =>
  [...records].map(({ id, metadata, sparseValues, values }) => ({
    id,
    values: Array.from(values ?? []),
    ...(sparseValues === undefined ? {} : {
      sparseValues: { indices: Array.from(sparseValues.indices), values: Array.from(sparseValues.values) }
    }),
    metadata
  })).sort((a, b) => a.id < b.id ? -1 : 1)

const rounded = (records: ReadonlyArray<contents.Stored>) =>
  records.map((record) => ({
    ...record,
    values: record.values.map(Math.fround),
    ...(record.sparseValues === undefined ? {} : {
      sparseValues: { ...record.sparseValues, values: record.sparseValues.values.map(Math.fround) }
    })
  }))

const everything = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  for (const expected of [contents.films, contents.hybrid]) {
    const model = yield* indexes.describe(expected.name)
    assert.deepInclude(model, { name: expected.name, dimension: expected.dimension, metric: expected.metric })
  }
  const model = yield* indexes.describe("films")
  assert.deepStrictEqual([model.tags, model.deletionProtection], [contents.films.tags, "enabled"])
  const films = yield* VectorIndex.make({ name: "films" })
  for (const [namespace, records] of Object.entries(contents.filmRecords)) {
    assert.deepStrictEqual<unknown>(plain(yield* collect(films.scan({ namespace }))), rounded(records))
  }
  const { schema } = yield* films.describeNamespace("declared")
  assert.deepStrictEqual(schema, contents.schema)
  const stats = yield* films.describeIndexStats()
  assert.deepStrictEqual(
    Object.fromEntries(
      Object.entries(stats.namespaces ?? {}).map((
        [name, { vectorCount }]
      ) => [name === "" ? "__default__" : name, vectorCount])
    ),
    Object.fromEntries(Object.entries(contents.filmRecords).map(([name, records]) => [name, records.length]))
  )
  const hybrid = yield* VectorIndex.make({ name: "hybrid" })
  assert.deepStrictEqual<unknown>(plain(yield* collect(hybrid.scan())), rounded(contents.hybridRecords))
  const { host } = yield* indexes.describe("hybrid")
  const strange = yield* Effect.promise(async () => {
    const response = await fetch(`${host}/vectors/fetch_by_metadata`, {
      method: "POST",
      headers: { "content-type": "application/json", "api-key": "any" },
      body: JSON.stringify({ namespace: contents.strange.namespace, filter: { strange: { $eq: true } } })
    })
    return await response.json() as { readonly vectors: Record<string, unknown> }
  })
  assert.deepStrictEqual(
    strange.vectors,
    Object.fromEntries(contents.strange.ids.map((id, i) => [id, contents.strangeRecord(id, i)]))
  )
})

describe("a folder of version 0.1", { timeout: 120_000 }, () => {
  it.scopedLive("is served, and goes on", () =>
    Effect.gen(function*() {
      const data = yield* folder
      yield* serving(data, () =>
        Effect.gen(function*() {
          yield* everything
          const films = yield* VectorIndex.make({ name: "films" })
          const before = Number((yield* films.upsert([{ id: "new", values: [1, 2, 3] }])).lsn)
          // Three writes to films and two to what is gone came before.
          assert.isAbove(before, 4)
          yield* films.delete({ ids: ["new"] })
        }))
      // So it is of the version that it was moved to.
      yield* serving(data, () => everything)
    }))

  it.scopedLive("and not one of a version that is not known", () =>
    Effect.gen(function*() {
      const data = yield* folder
      versioned(9999)(join(data, "registry.db"))
      const error = yield* Effect.flip(Effect.scoped(PineconeLocal.serve({ data, port: 0 })))
      assert.strictEqual(error._tag, "PineconeStartError")
      assert.include(error.message, join(data, "registry.db"))
      assert.include(error.message, "9999")
      assert.match(error.message, /version/)
    }))

  it.scopedLive("and of its indexes the one whose version is known", () =>
    Effect.gen(function*() {
      const data = yield* folder
      const files = filesIn(join(data, "sets"))
      assert.strictEqual(files.length, 2)
      versioned(9999)(join(data, "sets", files[0]!))
      yield* serving(data, () =>
        Effect.gen(function*() {
          const outcomes = yield* Effect.forEach(
            ["films", "hybrid"],
            (name) => Effect.either(Effect.flatMap(VectorIndex.make({ name }), (index) => index.list()))
          )
          const failures = outcomes.flatMap((outcome) => outcome._tag === "Left" ? [outcome.left] : [])
          assert.strictEqual(failures.length, 1)
          assert.include(failures[0]!.message, files[0]!)
          assert.include(failures[0]!.message, "9999")
        }))
    }))
})
