/** Conversions of indexes of records into indexes of documents. */
import * as ConversionJobs from "@effect-pinecone/control-plane/ConversionJobs"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Score from "@effect-pinecone/schema/Score"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { run } from "./utils/command.js"
import { clientOf, collect, createIndex, failure, freshName, inProcess, withServices } from "./utils/pinecone.js"

const fields = { title: IndexSchema.text(), embedding: IndexSchema.denseVector({ dimension: 3 }) }

const metadata = Schema.Struct({ year: Schema.optional(Schema.Number) })

/** A record may have been without a title. */
const optional = { ...fields, title: IndexSchema.optional(fields.title) }

const schema = IndexSchema.make(fields)

const services = Effect.all({ indexes: Indexes.Indexes, jobs: ConversionJobs.ConversionJobs })

const soon = { schedule: Schedule.spaced("2 millis"), timeout: "30 seconds" } as const

const record = (
  id: string,
  metadata: Readonly<Record<string, string | number>> = { title: `about ${id}`, year: 1 }
) => ({
  id,
  values: [1, 2, 3],
  metadata
})

/** An index with these records in a namespace. */
const source = (records: ReadonlyArray<ReturnType<typeof record>>) =>
  Effect.gen(function*() {
    const { name } = yield* createIndex()
    const index = yield* VectorIndex.make({ name })
    if (records.length > 0) yield* index.upsert(records, { namespace: "films" })
    return { name, index }
  })

describe("a conversion", () => {
  layer(withServices(inProcess()), { excludeTestServices: true })((it) => {
    it.effect("makes documents of records, of the source as it was", () =>
      Effect.gen(function*() {
        const { indexes, jobs } = yield* services
        const { index, name } = yield* source([record("a"), record("b"), record("c", { year: 2 })])
        yield* index.upsert([record("d")])
        const target = freshName("documents")
        const job = yield* indexes.convert(name, { name: target, schema, tags: { team: "a" } })
        assert.deepInclude(job, {
          sourceIndexName: name,
          targetIndexName: target,
          status: "InProgress",
          errorMode: { onError: "abort" },
          completedAt: null
        })
        yield* index.upsert([record("late")], { namespace: "films" })
        const done = yield* jobs.waitUntilCompleted(job.conversionJobId, soon)
        assert.deepInclude(done, { percentComplete: 100, recordsConverted: 4, recordsSkipped: 0 })
        assert.isNotNull(done.completedAt)
        const made = yield* indexes.waitUntilReady(target, soon)
        assert.deepStrictEqual(made.tags, { team: "a" })
        const documents = yield* DocumentIndex.make({ name: target, fields: optional, metadata, namespace: "films" })
        assert.deepStrictEqual((yield* documents.list()).ids, ["a", "b", "c"])
        const found = yield* documents.search({
          scoreBy: Score.text("title", "about a"),
          topK: 1,
          includeFields: ["*"]
        })
        assert.deepStrictEqual(found.matches.map(({ document }) => document._id), ["a"])
        const one = (yield* documents.fetch(["a"])).documents.get("a")!
        assert.deepStrictEqual({ ...one, embedding: Array.from(one.embedding!) }, {
          _id: "a",
          title: "about a",
          year: 1,
          embedding: [1, 2, 3]
        })
        yield* documents.upsert([{ _id: "new", title: "a new one", embedding: [3, 2, 1] }])
        assert.deepStrictEqual((yield* index.list({ namespace: "films" })).ids, ["a", "b", "c", "late"])
        const [newest] = yield* collect(Stream.take(jobs.listStream({ limit: 1 }), 1))
        assert.deepStrictEqual(newest, done)
      }))

    it.effect("ends at a record that does not fit, and leaves an index without data", () =>
      Effect.gen(function*() {
        const { indexes, jobs } = yield* services
        const { name } = yield* source([record("a"), record("wrong", { title: 5 })])
        const target = freshName("documents")
        const { conversionJobId } = yield* indexes.convert(name, { name: target, schema })
        yield* failure("PineconeOperationFailed")(jobs.waitUntilCompleted(conversionJobId, soon))
        assert.deepInclude(yield* jobs.describe(conversionJobId), { status: "Failed", recordsConverted: 0 })
        assert.deepStrictEqual((yield* indexes.describe(target)).status, {
          ready: false,
          state: "InitializationFailed"
        })
        const documents = yield* DocumentIndex.make({ name: target, fields, namespace: "films" })
        yield* failure("PineconePreconditionFailed")(documents.list())
        yield* indexes.delete(target)
      }))

    it.effect("goes on without what does not fit where that is asked for", () =>
      Effect.gen(function*() {
        const { indexes, jobs } = yield* services
        const { name } = yield* source([record("a"), record("wrong", { title: 5 }), record("b", { year: 1 })])
        const target = freshName("documents")
        const { conversionJobId } = yield* indexes.convert(name, { name: target, schema, onError: "continue" })
        const done = yield* jobs.waitUntilCompleted(conversionJobId, soon)
        assert.deepInclude(done, { recordsConverted: 2, recordsSkipped: 1, errorMode: { onError: "continue" } })
        const documents = yield* DocumentIndex.make({ name: target, fields, namespace: "films" })
        assert.deepStrictEqual((yield* documents.list()).ids, ["a", "b"])
      }))

    it.effect("leaves out the vectors that the schema has no field for", () =>
      Effect.gen(function*() {
        const { indexes, jobs } = yield* services
        const { name } = yield* source([record("a"), record("b", { year: 1 })])
        const target = freshName("documents")
        const texts = { title: IndexSchema.text() }
        const { conversionJobId } = yield* indexes.convert(name, {
          name: target,
          schema: IndexSchema.make(texts),
          onError: "continue"
        })
        // Without its vector, the one without a title has no field of the schema.
        assert.deepInclude(yield* jobs.waitUntilCompleted(conversionJobId, soon), {
          recordsConverted: 1,
          recordsSkipped: 1
        })
        const documents = yield* DocumentIndex.make({ name: target, fields: texts, metadata, namespace: "films" })
        assert.deepStrictEqual(
          (yield* documents.fetch(["a"])).documents.get("a"),
          { _id: "a", title: "about a", year: 1 }
        )
      }))

    it.effect("is refused where the schema cannot hold the vectors, and where the name is taken", () =>
      Effect.gen(function*() {
        const { indexes, jobs } = yield* services
        const { name } = yield* source([record("a")])
        const other = IndexSchema.make({ embedding: IndexSchema.denseVector({ dimension: 4 }) })
        const refused = yield* failure("PineconeInvalidRequest")(
          indexes.convert(name, { name: "other", schema: other })
        )
        assert.include(refused.message, "has the dimension 4")
        const embedded = IndexSchema.make({ text: IndexSchema.embeddedText({ embed: {} }) })
        yield* failure("PineconeInvalidRequest")(indexes.convert(name, { name: "other", schema: embedded }))
        yield* failure("PineconeAlreadyExists")(indexes.convert(name, { name, schema }))
        yield* failure("PineconeNotFound")(indexes.convert("none", { name: "other", schema }))
        yield* failure("PineconeNotFound")(jobs.describe("none"))
        const unsent = yield* failure("PineconeInvalidRequest")(indexes.convert(name, { name: "Not This", schema }))
        assert.deepStrictEqual([unsent.attempts, unsent.field], [0, "name"])
      }))
  })

  it.scopedLive(
    "of 10,000 vectors whose server is killed in the middle is whole after the next start",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const data = yield* fs.makeTempDirectoryScoped()
        const count = 10_000
        const target = "documents"
        const start = run("--port", "0", "--data", data)
        const first = yield* start
        const { conversionJobId, killedAt } = yield* Effect.gen(function*() {
          const { indexes, jobs } = yield* services
          const { index, name } = yield* source([])
          yield* index.upsertAll(
            Stream.map(
              Stream.range(0, count - 1),
              (i) => record(String(i), i % 1000 === 0 ? { title: i } : { title: `number ${i}` })
            ),
            { namespace: "films" }
          )
          const { conversionJobId } = yield* indexes.convert(name, { name: target, schema, onError: "continue" })
          // Some of it is done.
          yield* Effect.repeat(jobs.describe(conversionJobId), {
            until: ({ recordsConverted, status }) => recordsConverted > 0 || status !== "InProgress"
          })
          yield* first.kill("SIGKILL")
          const { signal } = yield* first.ended
          assert.strictEqual(signal, "SIGKILL")
          return { conversionJobId, killedAt: yield* Clock.currentTimeMillis }
        }).pipe(Effect.provide(withServices(clientOf(yield* first.url))))
        const second = yield* start
        yield* Effect.gen(function*() {
          const { indexes, jobs } = yield* services
          const documents = yield* DocumentIndex.make({ name: target, fields, namespace: "films" })
          const done = yield* jobs.waitUntilCompleted(conversionJobId, soon)
          // It was not done before.
          assert.isAtLeast(done.completedAt!.getTime(), killedAt)
          assert.deepInclude(done, { percentComplete: 100, recordsConverted: count - 10, recordsSkipped: 10 })
          yield* indexes.waitUntilReady(target, soon)
          assert.strictEqual((yield* documents.describeNamespace("films")).recordCount, count - 10)
          const found = yield* documents.search({ scoreBy: Score.text("title", "4567"), topK: 5 })
          assert.deepStrictEqual(found.matches.map(({ document }) => document._id), ["4567"])
        }).pipe(Effect.provide(withServices(clientOf(yield* second.url))))
      }).pipe(Effect.provide(NodeContext.layer)),
    120_000
  )

  it.effect("needs a client of a version that has it", () =>
    Effect.gen(function*() {
      const { indexes } = yield* services
      const refused = yield* failure("PineconeInvalidRequest")(indexes.convert("any", { name: "documents", schema }))
      assert.deepStrictEqual([refused.attempts, refused.field], [0, "apiVersion"])
    }).pipe(Effect.provide(withServices(inProcess({}, { apiVersion: "2026-04" })))))
})
