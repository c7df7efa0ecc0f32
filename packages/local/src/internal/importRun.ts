import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type { FoundNamespace, ImportProblem } from "./importFolder.js"
import { userError } from "./importFolder.js"
import { isRemote } from "./importStores.js"
import * as parquet from "./parquetImport.js"
import type * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as seenVectors from "./seenVectors.js"

/** How far an import is. */
export interface Progress {
  readonly recordsImported: number
  /** How many rows could not be. */
  readonly recordsSkipped: number
  readonly percentComplete: number
}

/** Timers and sockets get their turn, which fibers that yield to each other do not give them. */
const nextTurn = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/** So many rows are read and stored together, or those of about so many numbers: others get their turn between them. */
const mostRows = 500
const mostNumbers = 400_000

/** Sparse vectors have no dimension, and seldom many numbers. */
const rowsOf = (dimension = 1): number => Math.max(16, Math.min(mostRows, Math.floor(mostNumbers / dimension)))

/** So many chunks are on their way: while some are committed, as many again come to wait. */
const inFlight = 6

/**
 * Does effects side by side, no more than so many, which are begun in order. What has begun is done: who is interrupted waits
 * for its end.
 */
const inOrder = <E>(most: number) =>
  Effect.map(Effect.scope, (scope) => {
    const running: Array<Fiber.Fiber<void, E>> = []
    /** Waits for the first ones, until so many are left. */
    const until = (left: number): Effect.Effect<void, E> =>
      Effect.suspend(() =>
        running.length <= left ? Effect.void : Effect.andThen(Fiber.join(running.shift()!), until(left))
      )
    return {
      add: (effect: Effect.Effect<void, E>): Effect.Effect<void, E> =>
        Effect.andThen(
          until(most - 1),
          Effect.uninterruptible(Effect.map(Effect.forkIn(effect, scope), (fiber) => {
            running.push(fiber)
          }))
        ),
      end: until(0)
    }
  })

/** Brings the files of namespaces into an index, and says how far it is with each chunk that is stored. */
export const run = (
  index: LiveIndex,
  namespaces: ReadonlyArray<FoundNamespace>,
  onError: "abort" | "continue",
  show: (progress: Progress) => Effect.Effect<void>
): Effect.Effect<
  void,
  ImportProblem | problem.Problem,
  FileSystem.FileSystem | Path.Path
> =>
  Effect.gen(function*() {
    const { model } = index.document
    // All files are looked into first: one that is no Parquet file ends the import before it has stored anything.
    const checked = yield* Effect.forEach(namespaces, ({ files, namespace }) =>
      Effect.map(
        Effect.forEach(files, (file) => Effect.tap(parquet.check(file, model), nextTurn), {
          // What is far away is waited for together.
          concurrency: files.some(({ path }) => isRemote(path)) ? 8 : 1
        }),
        (files) => ({ namespace, files })
      ))
    const total = checked.reduce((sum, { files }) => files.reduce((sum, { rows }) => sum + rows, sum), 0)
    let seen = 0
    let imported = 0
    let wrongRows = 0
    const showProgress = Effect.suspend(() =>
      show({
        recordsImported: imported,
        recordsSkipped: wrongRows,
        percentComplete: total === 0 ? 0 : Math.min(99.9, (100 * seen) / total)
      })
    )
    yield* showProgress
    for (const { files, namespace } of checked) {
      // Some bytes for each record that is stored, and the index holds all of these in memory anyway.
      const vectors = seenVectors.make()
      let skipped = 0
      const storing = yield* inOrder<problem.Problem>(inFlight)
      const store = (file: parquet.ImportFile) => (rows: ReadonlyArray<parquet.Row>) =>
        Effect.gen(function*() {
          const records: Array<parquet.ImportedRecord> = []
          for (const { problem, record, row } of rows) {
            let wrong = problem
            if (wrong === undefined && record !== undefined) {
              if (!vectors.add(record)) {
                wrong = "duplicate vector: a record before it in this namespace has the same values"
              }
            }
            if (wrong === undefined && record !== undefined) {
              records.push(record)
              continue
            }
            wrongRows++
            if (onError === "abort") {
              // What comes before it is stored.
              yield* storing.end
              yield* showProgress
              return yield* userError(`error reading record (file "${file.name}", row ${row}): ${wrong}`)
            }
            skipped++
          }
          seen += rows.length
          yield* storing.add(
            Effect.andThen(
              records.length === 0 ?
                Effect.void :
                Effect.tap(index.data.upsert(namespace, records), () =>
                  Effect.sync(() => {
                    imported += records.length
                  })),
              showProgress
            )
          )
          yield* nextTurn
        })
      for (const file of files) {
        yield* parquet.read(file, model, rowsOf(model.dimension)).pipe(
          // While these are written, the next ones are read.
          Stream.buffer({ capacity: 1 }),
          Stream.runForEach(store(file))
        )
      }
      yield* storing.end
      if (vectors.size() === 0 && skipped > 0) {
        return yield* userError(`No vectors added, all rows were skipped for namespace: ${namespace}`)
      }
    }
  }).pipe(Effect.scoped)
