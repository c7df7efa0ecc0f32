// Writes records or documents to the index it is given, from the checkpoint in a file if there is one, and keeps the checkpoint
// there.
import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
import type { BatchFailed, Progress } from "@effect-pinecone/data-plane/IngestReport"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"

export const count = 6000

/** Some ids come again later, with other values. */
export const record = (n: number) => {
  const id = n % 10 === 9 ? n % 1000 : n
  return { id: `r${String(id).padStart(5, "0")}`, values: [n, n / 3, 1], metadata: { n } }
}

/** The checkpoint of an earlier run. */
export const checkpointIn = (file: string): number => existsSync(file) ? Number(readFileSync(file, "utf8")) : 0

/** The fields of the documents. */
export const declaration = {
  fields: { title: IndexSchema.text(), embedding: IndexSchema.denseVector({ dimension: 3 }) },
  metadata: Schema.Struct({ n: Schema.Int })
}

/** The same as a document. */
export const document = (n: number) => {
  const { id, metadata, values } = record(n)
  return { _id: id, title: `Number ${n}`, embedding: values, ...metadata }
}

// A source that takes its time, so that there is a middle to be killed in.
const slowly = <A>(make: (n: number) => A) =>
  Stream.range(0, count - 1).pipe(
    Stream.map(make),
    Stream.rechunk(50),
    Stream.chunks,
    Stream.tap(() => Effect.sleep("4 millis")),
    Stream.flattenChunks
  )

const program = (kind: string, name: string, file: string) =>
  Effect.gen(function*() {
    const options = { batchSize: 70, concurrency: 6, resumeFrom: checkpointIn(file) }
    const progress: Stream.Stream<Progress<unknown>, BatchFailed<unknown>> = kind === "documents"
      ? (yield* DocumentIndex.make({ name, ...declaration })).upsertProgress(slowly(document), options)
      : (yield* VectorIndex.make({ name })).upsertProgress(slowly(record), options)
    yield* Stream.runForEach(
      Stream.map(progress, ({ checkpoint }) => checkpoint),
      (checkpoint) =>
        Effect.sync(() => {
          writeFileSync(`${file}.new`, String(checkpoint))
          renameSync(`${file}.new`, file)
        })
    )
  })

const [url, kind, name, file] = process.argv.slice(2)

if (url?.startsWith("http://") === true && kind !== undefined && name !== undefined && file !== undefined) {
  const client = PineconeHttpClient.layer({ apiKey: Redacted.make("pinecone-local"), controllerHost: url })
  void Effect.runPromise(
    program(kind, name, file).pipe(Effect.provide(client), Effect.provide(FetchHttpClient.layer))
  )
}
