/**
 * Every method of an index is given anything at all, as JavaScript and JSON can: it ends in a success or in an error of the
 * SDK's, and neither dies nor hangs. One wrong item of a stream ends no run that collects.
 */
import * as ControlPlane from "@effect-pinecone/control-plane/ControlPlane"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { anything, hostile, shaped } from "../../schema/test/utils/hostile.js"
import type { Any, Method } from "./utils/anyInput.js"
import { tried, wrong } from "./utils/anyInput.js"

const environment = ControlPlane.layer.pipe(Layer.provideMerge(PineconeLocal.layer()))

const nothing: Any = FastCheck.constant(() => undefined)

const anyFilter: Any = FastCheck.oneof(
  FastCheck.constant(() => Filter.eq("genre", "comedy")),
  anything.map((make) => () => Filter.raw(wrong(make()))),
  anything
)

const good = { id: "a", values: [1, 2], metadata: { genre: "comedy" } }

const anyRecord = shaped(good)

const listOf = (item: Any): Any =>
  FastCheck.oneof(
    { weight: 4, arbitrary: FastCheck.array(item, { maxLength: 4 }).map((made) => () => made.map((make) => make())) },
    { weight: 1, arbitrary: anything }
  )

const streamOf = (item: Any): Any =>
  FastCheck.oneof(
    {
      weight: 4,
      arbitrary: FastCheck.array(item, { maxLength: 4 }).map((made) => () =>
        Stream.fromIterable(made.map((make) => make()))
      )
    },
    { weight: 1, arbitrary: anything }
  )

const withFilter = (fields: Readonly<Record<string, unknown>>): Any =>
  FastCheck.tuple(shaped(fields), anyFilter).map(([options, filter]) => () => {
    const made = options()
    try {
      return { ...Object(made), filter: filter() }
    } catch {
      // A proxy that cannot even be looked at.
      return made
    }
  })

const anyPlace = shaped({ namespace: "n" })
const fresh = { namespace: "n", minLsn: 0, freshnessTimeout: "1 millis" }
const anyPage = shaped({ namespace: "n", prefix: "a", limit: 10, paginationToken: "" })
const anyName: Any = FastCheck.oneof(FastCheck.constant(() => "n"), anything)
const anyId: Any = FastCheck.oneof(FastCheck.constant(() => "a"), anything)
const anyQuery = shaped({
  ...fresh,
  topK: 1,
  vector: [1, 2],
  includeValues: true,
  includeMetadata: true,
  scanFactor: 1,
  maxCandidates: 10
})
const anyRun = shaped({
  namespace: "n",
  batchSize: 1,
  maxBytes: 1000,
  concurrency: "adaptive",
  maxConcurrency: 2,
  onInvalid: "collect",
  resumeFrom: 0,
  startsAt: 0,
  maxWait: "1 millis",
  stallTimeout: "1 second",
  timeout: "10 seconds"
})
const anyUpdate = shaped({ id: "a", values: [1, 2], setMetadata: { genre: "drama" } })
const anyText = shaped({ id: "a", fields: { text: "hello" } })
const anyImport = shaped({ uri: "s3://bucket/folder", integrationId: "i", errorMode: "continue" })
const anyWait = shaped({ timeout: "1 millis", concurrency: 1, cancelOnInterrupt: false })

const drain = <A, E>(stream: Stream.Stream<A, E>) => Stream.runDrain(stream)

const methods: Readonly<Record<string, Method<VectorIndex.VectorIndex>>> = {
  upsert: [(index, a, b) => index.upsert(wrong(a), wrong(b)), listOf(anyRecord), anyPlace],
  upsertRecords: [(index, a, b) => index.upsertRecords(wrong(a), wrong(b)), listOf(anyText), anyPlace],
  update: [(index, a) => index.update(wrong(a)), anyUpdate, nothing],
  updateByMetadata: [
    (index, a) => index.updateByMetadata(wrong(a)),
    withFilter({ setMetadata: { genre: "drama" }, dryRun: true, namespace: "n" }),
    nothing
  ],
  delete: [
    (index, a) => index.delete(wrong(a)),
    FastCheck.oneof(withFilter({ namespace: "n" }), shaped({ ids: ["a"], deleteAll: true, namespace: "n" })),
    nothing
  ],
  fetch: [(index, a, b) => index.fetch(wrong(a), wrong(b)), listOf(anyId), shaped(fresh)],
  fetchByMetadata: [
    (index, a) => index.fetchByMetadata(wrong(a)),
    withFilter({ ...fresh, limit: 10, paginationToken: "" }),
    nothing
  ],
  fetchByMetadataStream: [
    (index, a) => drain(index.fetchByMetadataStream(wrong(a))),
    withFilter({ namespace: "n", limit: 10 }),
    nothing
  ],
  list: [(index, a) => index.list(wrong(a)), anyPage, nothing],
  listStream: [(index, a) => drain(index.listStream(wrong(a))), anyPage, nothing],
  get: [(index, a, b) => index.get(wrong(a), wrong(b)), anyId, anyPlace],
  fetchAll: [
    (index, a, b) => drain(index.fetchAll(wrong(a), wrong(b))),
    streamOf(anyId),
    shaped({ namespace: "n", batchSize: 2, concurrency: 2 })
  ],
  scan: [
    (index, a) => drain(index.scan(wrong(a))),
    shaped({ namespace: "n", batchSize: 2, concurrency: 2, prefix: "a", skip: 1 }),
    nothing
  ],
  waitForLsn: [
    (index, a, b) => index.waitForLsn(wrong(a), wrong(b)),
    FastCheck.oneof(FastCheck.constant(() => 1), anything),
    shaped({ namespace: "n", timeout: "1 millis" })
  ],
  query: [(index, a) => index.query(wrong(a)), FastCheck.oneof(anyQuery, withFilter({ topK: 1, id: "a" })), nothing],
  searchRecords: [
    (index, a) => index.searchRecords(wrong(a)),
    shaped({
      ...fresh,
      topK: 1,
      text: "hello",
      matchTerms: ["hello"],
      fields: ["text"],
      rerank: { model: "m", rankFields: ["text"], topN: 1, query: "q", parameters: {} }
    }),
    nothing
  ],
  queryNamespaces: [
    (index, a) => index.queryNamespaces(wrong(a)),
    shaped({
      topK: 1,
      vector: [1, 2],
      namespaces: ["n", "m"],
      metric: "cosine",
      concurrency: 1,
      onFailure: "collect",
      includeMetadata: true
    }),
    nothing
  ],
  queryMany: [
    (index, a, b) => index.queryMany(wrong(a), wrong(b)),
    listOf(anyQuery),
    shaped({ concurrency: 1, onFailure: "collect", includeMetadata: true })
  ],
  describeIndexStats: [(index, a) => index.describeIndexStats(wrong(a)), withFilter({}), nothing],
  createNamespace: [
    (index, a, b) => index.createNamespace(wrong(a), wrong(b)),
    anything,
    shaped({ schema: { fields: { genre: { filterable: true } } } })
  ],
  listNamespaces: [(index, a) => index.listNamespaces(wrong(a)), anyPage, nothing],
  listNamespacesStream: [(index, a) => drain(index.listNamespacesStream(wrong(a))), anyPage, nothing],
  describeNamespace: [(index, a) => index.describeNamespace(wrong(a)), anyName, nothing],
  deleteNamespace: [(index, a) => index.deleteNamespace(wrong(a)), anyName, nothing],
  startImport: [(index, a) => index.startImport(wrong(a)), anyImport, nothing],
  describeImport: [(index, a) => index.describeImport(wrong(a)), anyName, nothing],
  listImports: [(index, a) => index.listImports(wrong(a)), anyPage, nothing],
  listImportsStream: [(index, a) => drain(index.listImportsStream(wrong(a))), anyPage, nothing],
  cancelImport: [(index, a) => index.cancelImport(wrong(a)), anyName, nothing],
  importProgress: [(index, a, b) => drain(index.importProgress(wrong(a), wrong(b))), anyName, anyWait],
  waitForImport: [(index, a, b) => index.waitForImport(wrong(a), wrong(b)), anyName, anyWait],
  importAll: [(index, a, b) => index.importAll(wrong(a), wrong(b)), listOf(anyImport), anyWait],
  importAllProgress: [(index, a, b) => drain(index.importAllProgress(wrong(a), wrong(b))), listOf(anyImport), anyWait],
  upsertAll: [(index, a, b) => index.upsertAll(wrong(a), wrong(b)), streamOf(anyRecord), anyRun],
  upsertProgress: [(index, a, b) => drain(index.upsertProgress(wrong(a), wrong(b))), streamOf(anyRecord), anyRun],
  upsertSink: [
    (index, a, b) => Stream.run(Stream.fromIterable<never>([wrong(a)]), index.upsertSink(wrong(b))),
    anyRecord,
    anyRun
  ],
  upsertRecordsAll: [(index, a, b) => index.upsertRecordsAll(wrong(a), wrong(b)), streamOf(anyText), anyRun],
  upsertRecordsProgress: [
    (index, a, b) => drain(index.upsertRecordsProgress(wrong(a), wrong(b))),
    streamOf(anyText),
    anyRun
  ],
  updateAll: [(index, a, b) => index.updateAll(wrong(a), wrong(b)), streamOf(anyUpdate), anyRun],
  updateProgress: [(index, a, b) => drain(index.updateProgress(wrong(a), wrong(b))), streamOf(anyUpdate), anyRun],
  deleteIds: [(index, a, b) => index.deleteIds(wrong(a), wrong(b)), streamOf(anyId), anyRun],
  deleteProgress: [(index, a, b) => drain(index.deleteProgress(wrong(a), wrong(b))), streamOf(anyId), anyRun],
  namespace: [(index, a) => index.namespace(wrong(a)).fetch(["a"]), anyName, nothing],
  copy: [
    (index, a) => VectorIndex.copy(index, index.namespace("copy"), wrong(a)),
    shaped({
      namespaces: ["n"],
      prefix: "a",
      read: { batchSize: 2 },
      resumeFrom: 0,
      batchSize: 2,
      timeout: "10 seconds"
    }),
    nothing
  ],
  copyProgress: [
    (index, a) => drain(VectorIndex.copyProgress(index, index.namespace("copy"), wrong(a))),
    shaped({ namespaces: "all", prefix: "a", read: { batchSize: 2 }, resumeFrom: 0 }),
    nothing
  ]
}

const prepared = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  yield* indexes.create({
    name: "there",
    dimension: 2,
    spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
  })
  const index = yield* VectorIndex.make({ name: "there" })
  yield* index.upsert([good])
  return index
})

/** A run that ends early has the error in it. */
const errorOf = (error: unknown) => error instanceof Ingest.BatchFailed ? error.error : error

describe("anything for the input of an index", () => {
  for (const [name, method] of Object.entries(methods)) {
    it.live(
      name,
      () => Effect.flatMap(prepared, (index) => tried(name, index, method, errorOf)).pipe(Effect.provide(environment))
    )
  }

  for (const onInvalid of ["collect", "bisect"] as const) {
    it.live(`ends no run that is to ${onInvalid}, and each wrong item is set aside alone`, () =>
      Effect.gen(function*() {
        const index = yield* prepared
        const items: Array<unknown> = []
        for (const [n, [, make]] of hostile.entries()) items.push(make(), { id: `good-${n}`, values: [1, n + 1] })
        const summary = yield* index.upsertAll(Stream.fromIterable<never>(items.map(wrong)), { onInvalid })
        assert.deepStrictEqual([summary.read, summary.records + summary.failed], [items.length, items.length])
        assert.isTrue(summary.failures.every(({ records }) => records.length === 1))
        // What has an id and values is a record, whatever else it is.
        assert.isAtLeast(summary.records, hostile.length)
        const { totalVectorCount } = yield* index.describeIndexStats()
        assert.isAtLeast(totalVectorCount!, hostile.length)
        const updates = yield* index.updateAll(Stream.fromIterable<never>(items.map(wrong)), { onInvalid })
        assert.deepStrictEqual([updates.read, updates.records + updates.failed], [items.length, items.length])
        const deleted = yield* index.deleteIds(
          Stream.fromIterable<never>([...hostile.map(([, make]) => wrong(make())), wrong("good-1")]),
          { onInvalid }
        )
        assert.strictEqual(deleted.records + deleted.failed, hostile.length + 1)
        assert.isAtLeast(deleted.records, 1)
      }).pipe(Effect.provide(environment)))
  }
})
