/** What the guides share: the documents that they write, an index for a while, and how they show numbers. */
import { FileSystem, Path } from "@effect/platform"
import { getEmbeddingsPath } from "@sap-ux/fiori-docs-embeddings"
import { Console, Duration, Effect, Random, Schema, Stream } from "effect"
import type { VectorRecord } from "effect-pinecone"
import { Indexes, IndexSpec, VectorIndex } from "effect-pinecone"

/** The metadata of a page. */
export const Metadata = Schema.Struct({ title: Schema.String, source: Schema.String, words: Schema.Int })

export type Metadata = typeof Metadata.Type

export type Page = VectorRecord.VectorRecord<Metadata> & { readonly values: Float32Array; readonly metadata: Metadata }

/** The length of the vectors, which are by all-MiniLM-L6-v2. */
export const dimension = 384

/** How many pages there are. */
export const total = 778

const Line = Schema.parseJson(Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  category: Schema.String,
  wordCount: Schema.Int
}))

/**
 * 778 pages of documentation on SAP Fiori with their embeddings, of the npm package `@sap-ux/fiori-docs-embeddings`: a line
 * of JSON in `records.jsonl` for each, and its vector at the same place in `embeddings.bin`.
 */
export const pages = Stream.unwrap(Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = (name: string) => path.join(getEmbeddingsPath(), name)
  const bytes = yield* fs.readFile(file("embeddings.bin"))
  const floats = new Float32Array(bytes.slice().buffer)
  return fs.stream(file("records.jsonl")).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((line) => line !== ""),
    Stream.mapEffect(Schema.decode(Line)),
    Stream.zipWithIndex,
    Stream.map(([{ category, id, title, wordCount }, i]): Page => ({
      id,
      values: floats.subarray(i * dimension, (i + 1) * dimension),
      metadata: { title, source: category, words: wordCount }
    }))
  )
}))

/** An index that is deleted when the scope closes: at the end, after a failure, and on Ctrl-C. */
export const temporary = (label: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const name = `guide-${label}-${(yield* Random.nextIntBetween(0x1000, 0x10000)).toString(16)}`
    yield* Effect.addFinalizer(() =>
      indexes.delete(name).pipe(
        Effect.catchTag("PineconeNotFound", () => Effect.void),
        Effect.catchAll((error) => Console.error(`The index ${name} may be left: ${error.message}`))
      )
    )
    return yield* indexes.ensure({
      name,
      dimension,
      metric: "cosine",
      spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
    })
  })

/** The same, as an index of pages. */
export const temporaryIndex = (label: string) =>
  Effect.flatMap(temporary(label), ({ name }) => VectorIndex.makeTyped({ name, metadata: Metadata }))

export type PageIndex = Effect.Effect.Success<ReturnType<typeof temporaryIndex>>

/** How many records of a namespace can be read, once what was written last can. */
export const countOf = (index: PageIndex, lsn: number | undefined) =>
  Effect.andThen(
    index.waitForLsn(lsn),
    Stream.runCount(index.listStream())
  )

/** `3.2 MB`. */
export const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

/** `12 ms`, `1.24 s`. */
export const elapsed = (duration: Duration.Duration) => {
  const millis = Duration.toMillis(duration)
  return millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(2)} s`
}
