/** A run that stops halfway, and one that resumes there. */
import { FileSystem, Path } from "@effect/platform"
import { Console, Effect, Schema, Stream } from "effect"
import type { PageIndex } from "./common.js"
import { countOf, pages, temporaryIndex } from "./common.js"

const Checkpoint = Schema.parseJson(Schema.Struct({ checkpoint: Schema.Int }))

/** Writes all pages that an earlier run has not written, and keeps in a file how far it is. */
const write = (index: PageIndex, file: string) =>
  Stream.unwrap(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const before = (yield* fs.exists(file))
      ? yield* Effect.flatMap(fs.readFileString(file), Schema.decode(Checkpoint))
      : { checkpoint: 0 }
    yield* Console.log(`  from record ${before.checkpoint} on`)
    return index.upsertProgress(pages, { batchSize: 50, concurrency: 2, resumeFrom: before.checkpoint }).pipe(
      Stream.tap(({ checkpoint }) =>
        Effect.flatMap(Schema.encode(Checkpoint)({ checkpoint }), (text) => fs.writeFileString(file, text))
      )
    )
  }))

export const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const file = path.join(yield* fs.makeTempDirectoryScoped({ prefix: "guide-" }), "checkpoint.json")
  const index = yield* temporaryIndex("resume")

  yield* Console.log("The first run:")
  const first = yield* write(index, file).pipe(
    // As a Ctrl-C does: what is in flight is interrupted.
    Stream.takeUntil(({ records }) => records >= 300),
    Stream.runLast,
    Effect.flatten
  )
  yield* Console.log(`  stopped: ${first.records} records stored, checkpoint ${first.checkpoint}`)

  yield* Console.log("The second run:")
  const second = yield* write(index, file).pipe(Stream.runLast, Effect.flatten)
  yield* Console.log(`  done: ${second.records} records stored, checkpoint ${second.checkpoint}`)

  const count = yield* countOf(index, second.lsn)
  yield* Console.log(`${count} records are there.`)
  return { first, second, count }
}).pipe(Effect.scoped)
