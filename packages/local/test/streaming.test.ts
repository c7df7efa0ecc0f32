/**
 * What streams over an index of records with vectors, and over one of documents: the same tests.
 */
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import { describe } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Item, Kind, Streamed } from "./suite/streaming.js"
import { streaming } from "./suite/streaming.js"
import { createIndex, freshName, inProcess, overHttp, withServices } from "./utils/pinecone.js"

const metadata = Schema.Struct({ n: Schema.Int, changed: Schema.optional(Schema.Int) })

type Metadata = typeof metadata.Type

const changedOf = ({ changed }: Metadata) => changed === undefined ? {} : { changed }

type Vectors = VectorIndex.VectorIndex<Metadata, typeof metadata.Encoded>

interface VectorRecord {
  readonly id: string
  readonly values: ReadonlyArray<number>
  readonly metadata: Metadata
}

const vectorsBehind = new WeakMap<object, Vectors>()

const ofVectors = (index: Vectors): Streamed<VectorRecord> => {
  const streamed: Streamed<VectorRecord> = {
    upsertAll: index.upsertAll,
    updateAll: (changes) =>
      index.updateAll(Stream.map(changes, ({ changed, id }) => ({ id, setMetadata: { changed } }))),
    deleteIds: index.deleteIds,
    scan: Stream.map(index.scan(), ({ id, metadata, values }): Item => ({
      id,
      n: metadata.n,
      values: Array.from(values ?? []),
      ...changedOf(metadata)
    })),
    copyTo: (to, options) => VectorIndex.copyProgress(index, vectorsBehind.get(to)!, options),
    namespace: (namespace) => ofVectors(index.namespace(namespace))
  }
  vectorsBehind.set(streamed, index)
  return streamed
}

const vectors: Kind<VectorRecord> = {
  // By its host, so that the dimension is not known, and the server finds it out.
  fresh: Effect.flatMap(createIndex(), ({ host }) => Effect.map(VectorIndex.makeTyped({ host, metadata }), ofVectors)),
  record: ({ id, n, values }) => ({ id, values, metadata: { n } }),
  refused: ({ id, n }) => ({ id, values: [1, 2], metadata: { n } }),
  idOf: (record) => (record as VectorRecord).id,
  requestsOfUpdates: 200
}

const declaration = {
  fields: {
    title: IndexSchema.text(),
    embedding: IndexSchema.denseVector({ dimension: 3 })
  },
  metadata
}

type Documents = Effect.Effect.Success<ReturnType<typeof makeDocuments>>

const makeDocuments = (name: string) => DocumentIndex.make({ name, ...declaration })

interface Document extends Metadata {
  readonly _id: string
  readonly title: string
  readonly embedding: ReadonlyArray<number>
}

const documentsBehind = new WeakMap<object, Documents>()

const ofDocuments = (index: Documents): Streamed<Document> => {
  const streamed: Streamed<Document> = {
    upsertAll: index.upsertAll,
    updateAll: (changes) =>
      index.updateAll(Stream.map(changes, ({ changed, id }) => ({ _id: id, setFields: { changed } }))),
    deleteIds: index.deleteIds,
    scan: Stream.map(index.scan(), ({ _id, embedding, ...metadata }): Item => ({
      id: _id,
      n: metadata.n,
      values: Array.from(embedding),
      ...changedOf(metadata)
    })),
    copyTo: (to, options) => DocumentIndex.copyProgress(index, documentsBehind.get(to)!, options),
    namespace: (namespace) => ofDocuments(index.namespace(namespace))
  }
  documentsBehind.set(streamed, index)
  return streamed
}

const documents: Kind<Document> = {
  fresh: Effect.gen(function*() {
    const { name } = yield* Effect.flatMap(
      Indexes.Indexes,
      (indexes) => indexes.create({ name: freshName("documents"), schema: { fields: declaration.fields } })
    )
    return ofDocuments(yield* makeDocuments(name!))
  }),
  record: ({ id, n, values }) => ({ _id: id, title: `Number ${n}`, embedding: values, n }),
  // More words than a text may have.
  refused: ({ id, n, values }) => ({ _id: id, title: "a ".repeat(10_001), embedding: values, n }),
  idOf: (document) => (document as Document)._id,
  requestsOfUpdates: 1
}

for (
  const [name, server] of [
    ["in process", withServices(inProcess())],
    ["over HTTP", withServices(overHttp())]
  ] as const
) {
  describe(`of vectors, ${name}`, () => streaming(vectors, Effect.provide(server)))
  describe(`of documents, ${name}`, () => streaming(documents, Effect.provide(server)))
}
