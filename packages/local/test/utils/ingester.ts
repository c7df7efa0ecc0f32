// Writes records to the index it is given, from the checkpoint in a file if there is one, and keeps the checkpoint there.
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
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

const program = (name: string, file: string) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name })
    // A source that takes its time, so that there is a middle to be killed in.
    const records = Stream.range(0, count - 1).pipe(
      Stream.map(record),
      Stream.rechunk(50),
      Stream.chunks,
      Stream.tap(() => Effect.sleep("4 millis")),
      Stream.flattenChunks
    )
    yield* index.upsertProgress(records, { batchSize: 70, concurrency: 6, resumeFrom: checkpointIn(file) }).pipe(
      Stream.runForEach(({ checkpoint }) =>
        Effect.sync(() => {
          writeFileSync(`${file}.new`, String(checkpoint))
          renameSync(`${file}.new`, file)
        })
      )
    )
  })

const [url, name, file] = process.argv.slice(2)

if (url?.startsWith("http://") === true && name !== undefined && file !== undefined) {
  const client = PineconeHttpClient.layer({ apiKey: Redacted.make("pinecone-local"), controllerHost: url })
  void Effect.runPromise(
    program(name, file).pipe(Effect.provide(client), Effect.provide(FetchHttpClient.layer))
  )
}
