/**
 * Every method of an index of documents is given anything at all, as JavaScript and JSON can: it ends in a success or in an
 * error of the SDK's, and neither dies nor hangs. One wrong item of a stream ends no run that collects.
 */
import * as ControlPlane from "@effect-pinecone/control-plane/ControlPlane"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as QueryString from "@effect-pinecone/schema/QueryString"
import * as Score from "@effect-pinecone/schema/Score"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { anything, hostile, shaped } from "../../schema/test/utils/hostile.js"
import type { Any, Method } from "./utils/anyInput.js"
import { tried, wrong } from "./utils/anyInput.js"

const environment = ControlPlane.layer.pipe(Layer.provideMerge(PineconeLocal.layer()))

const declaration = {
  fields: {
    title: IndexSchema.text(),
    embedding: IndexSchema.optional(IndexSchema.denseVector({ dimension: 2 })),
    terms: IndexSchema.optional(IndexSchema.sparseVector())
  },
  metadata: Schema.Struct({ year: Schema.optional(Schema.Int) })
}

const prepared = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  yield* indexes.create({ name: "there", schema: { fields: declaration.fields } })
  const index = yield* DocumentIndex.make({ name: "there", ...declaration })
  yield* index.upsert([good])
  return index
})

type Index = Effect.Effect.Success<typeof prepared>

const good = { _id: "a", title: "A title", embedding: [1, 2], year: 1 }

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

const anyDocument = shaped({ ...good, terms: { indices: [1], values: [1] } })

const anyUpdate = shaped({ _id: "a", setFields: { title: "b", year: 2 }, removeFields: ["embedding"] })

const anyFilter: Any = FastCheck.oneof(
  FastCheck.constant(() => Filter.eq("year", 1)),
  anything.map((make) => () => Filter.raw(wrong(make()))),
  anything
)

const anyScore: Any = FastCheck.oneof(
  FastCheck.constant(() => Score.text("title", "a")),
  anything.map((make) => () => Score.text(wrong(make()), wrong(make()))),
  anything.map((make) => () => Score.text("title", wrong(make()))),
  anything.map((make) => () => Score.dense("embedding", wrong(make()))),
  anything.map((make) => () => Score.sparse("terms", wrong(make()))),
  anything.map((make) => () => Score.sparse("terms", wrong({ indices: make(), values: make() }))),
  anything.map((make) => () => Score.queryString(wrong(make()))),
  anything.map((make) => () => Score.queryString(QueryString.term(wrong(make())))),
  anything.map((make) => () => [Score.text("title", "a"), make()]),
  anything
)

const withPart = (name: string, part: Any, fields: Readonly<Record<string, unknown>>): Any =>
  FastCheck.tuple(shaped(fields), part).map(([options, part]) => () => {
    const made = options()
    try {
      return { ...Object(made), [name]: part() }
    } catch {
      // A proxy that cannot even be looked at.
      return made
    }
  })

const anyNamespace = shaped({ namespace: "n" })

const anyReading = shaped({ namespace: "n", includeFields: ["title"], onInvalid: "collect" })

const anyIngest = shaped({ namespace: "n", batchSize: 2, onInvalid: "bisect" })

const ids: Any = FastCheck.oneof(FastCheck.constant(() => "a"), anything)

const nothing: Any = FastCheck.constant(() => undefined)

const drain = (stream: Stream.Stream<unknown, unknown>) => Stream.runDrain(stream)

/** Each method, and what its arguments may be. */
const methods: Readonly<Record<string, Method<Index>>> = {
  upsert: [(index, a, b) => index.upsert(wrong(a), wrong(b)), listOf(anyDocument), anyNamespace],
  update: [(index, a, b) => index.update(wrong(a), wrong(b)), listOf(anyUpdate), anyNamespace],
  updateByFilter: [
    (index, a) => index.updateByFilter(wrong(a)),
    withPart("filter", anyFilter, { setFields: { year: 1 }, removeFields: ["terms"] }),
    nothing
  ],
  delete: [(index, a) => index.delete(wrong(a)), withPart("filter", anyFilter, { ids: ["a"] }), nothing],
  fetch: [(index, a, b) => index.fetch(wrong(a), wrong(b)), listOf(ids), anyReading],
  fetchByFilter: [
    (index, a) => index.fetchByFilter(wrong(a)),
    withPart("filter", anyFilter, { limit: 1, includeFields: ["*"] }),
    nothing
  ],
  fetchByFilterStream: [
    (index, a) => drain(index.fetchByFilterStream(wrong(a))),
    withPart("filter", anyFilter, { limit: 1, includeFields: ["*"] }),
    nothing
  ],
  list: [(index, a) => index.list(wrong(a)), shaped({ prefix: "a", limit: 1, namespace: "n" }), nothing],
  listStream: [(index, a) => drain(index.listStream(wrong(a))), shaped({ prefix: "a", limit: 1 }), nothing],
  fetchAll: [(index, a, b) => drain(index.fetchAll(wrong(a), wrong(b))), streamOf(ids), anyReading],
  get: [(index, a, b) => index.get(wrong(a), wrong(b)), ids, anyNamespace],
  scan: [(index, a) => drain(index.scan(wrong(a))), anyReading, nothing],
  waitForLsn: [
    (index, a, b) => index.waitForLsn(wrong(a), wrong(b)),
    FastCheck.oneof(FastCheck.constant(() => 1), anything),
    shaped({ namespace: "n", timeout: "1 millis" })
  ],
  search: [
    (index, a) => index.search(wrong(a)),
    withPart("scoreBy", anyScore, { topK: 1, includeFields: ["title"] }),
    nothing
  ],
  "search, by a filter": [
    (index, a) => index.search(wrong(a)),
    withPart("filter", anyFilter, { topK: 1, scoreBy: Score.text("title", "a") }),
    nothing
  ],
  searchNamespaces: [
    (index, a) => index.searchNamespaces(wrong(a)),
    withPart("scoreBy", anyScore, { topK: 1, namespaces: ["n", "m"] }),
    nothing
  ],
  hybrid: [
    (index, a, b) => index.hybrid(wrong(a), wrong(b)),
    withPart("text", anyScore, { topK: 1, vector: Score.dense("embedding", [1, 2]), weights: { text: 1 } }),
    shaped({ rerank: () => Effect.succeed([]) })
  ],
  upsertAll: [(index, a, b) => index.upsertAll(wrong(a), wrong(b)), streamOf(anyDocument), anyIngest],
  updateAll: [(index, a, b) => index.updateAll(wrong(a), wrong(b)), streamOf(anyUpdate), anyIngest],
  deleteIds: [(index, a, b) => index.deleteIds(wrong(a), wrong(b)), streamOf(ids), anyIngest]
}

/** A run that ends early has the error in it. */
const errorOf = (error: unknown) => error instanceof Ingest.BatchFailed ? error.error : error

describe("anything for the input of an index of documents", () => {
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
        for (const [n, [, make]] of hostile.entries()) items.push(make(), { _id: `good-${n}`, title: `Good ${n}` })
        const summary = yield* index.upsertAll(Stream.fromIterable<never>(items.map(wrong)), { onInvalid })
        assert.deepStrictEqual([summary.read, summary.records + summary.failed], [items.length, items.length])
        assert.isTrue(summary.failures.every(({ records }) => records.length === 1))
        assert.strictEqual(summary.records, hostile.length)
        const deleted = yield* index.deleteIds(
          Stream.fromIterable<never>([...hostile.map(([, make]) => wrong(make())), wrong("good-1")]),
          { onInvalid }
        )
        assert.strictEqual(deleted.records + deleted.failed, hostile.length + 1)
        assert.isAtLeast(deleted.records, 1)
      }).pipe(Effect.provide(environment)))
  }
})
