/**
 * The documents: 778 pages of documentation on SAP Fiori with their embeddings, of the npm package
 * `@sap-ux/fiori-docs-embeddings`. A page is a line of JSON in `records.jsonl`; its vector is at the same place in
 * `embeddings.bin`, as 384 floats.
 */
import { FileSystem, Path } from "@effect/platform"
import { getEmbeddingsPath } from "@sap-ux/fiori-docs-embeddings"
import { Data, Effect, Schema, Stream } from "effect"
import type { VectorRecord } from "effect-pinecone"

/** The metadata of a record. Filters are checked against it by the compiler. */
export const Metadata = Schema.Struct({
  title: Schema.String,
  source: Schema.String,
  tags: Schema.Array(Schema.String),
  words: Schema.Int
})

export type Metadata = typeof Metadata.Type

/** A record and the namespace that it goes to: one for each source of the documents. */
export interface Document {
  readonly namespace: string
  readonly record: VectorRecord.VectorRecord<Metadata> & { readonly values: Float32Array; readonly metadata: Metadata }
}

export class DocumentsError extends Data.TaggedError("DocumentsError")<{ readonly message: string }> {}

const Summary = Schema.parseJson(Schema.Struct({
  model: Schema.String,
  dimensions: Schema.Int,
  totalVectors: Schema.Int
}))

const Line = Schema.parseJson(Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  category: Schema.String,
  wordCount: Schema.Int,
  tags_json: Schema.parseJson(Schema.Array(Schema.String))
}))

/** As tags are written in many ways: `Cloud Foundry` and `cloud-foundry`. */
const slug = (text: string) => text.trim().toLowerCase().replace(/\s+/g, "-")

const toDocument = (line: typeof Line.Type, values: Float32Array): Document => ({
  namespace: slug(line.category),
  record: {
    id: line.id,
    values,
    metadata: {
      title: line.title,
      source: line.category,
      tags: [...new Set(line.tags_json.map(slug))],
      words: line.wordCount
    }
  }
})

/** How many documents there are and by which model their vectors are, and the documents themselves as a stream. */
export const load = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = (name: string) => path.join(getEmbeddingsPath(), name)

  const { dimensions, model, totalVectors } = yield* fs.readFileString(file("metadata.json")).pipe(
    Effect.flatMap(Schema.decode(Summary))
  )
  const bytes = yield* fs.readFile(file("embeddings.bin"))
  const floats = new Float32Array(bytes.slice().buffer)
  if (floats.length !== totalVectors * dimensions) {
    return yield* new DocumentsError({
      message: `embeddings.bin holds ${floats.length} numbers, not ${totalVectors} vectors of ${dimensions}`
    })
  }

  const documents = fs.stream(file("records.jsonl")).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((line) => line !== ""),
    Stream.mapEffect(Schema.decode(Line)),
    Stream.zipWithIndex,
    Stream.map(([line, i]) => toDocument(line, floats.subarray(i * dimensions, (i + 1) * dimensions)))
  )
  return { model, dimension: dimensions, total: totalVectors, documents }
})
