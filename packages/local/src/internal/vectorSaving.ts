import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as problem from "./problem.js"
import type { Space } from "./space.js"
import type { StoreError } from "./storeError.js"
import type { VectorFiles } from "./vectorFiles.js"

/** The share of its records that may change before the file of their vectors is written anew. */
const mostUnsaved = 0.05

/** Files are written when nothing was written to their namespace for so long. */
const quiet = Duration.seconds(5)

export interface VectorSavingOptions {
  /** Absent where there are none. */
  readonly files: VectorFiles | undefined
  readonly dimension: number
  /** Namespaces of so many records have a file of their vectors. */
  readonly large: number
  /** What the set is called in messages. */
  readonly title: string
  readonly spaces: ReadonlyMap<string, Space>
  readonly breakDown: (error: StoreError) => Effect.Effect<problem.Problem>
  /** Where files are written. */
  readonly scope: Scope.Scope
}

/** What has the files of vectors written that are due. It is to be called for each namespace that has changed. */
export const make = (
  { breakDown, dimension, files, large, scope, spaces, title }: VectorSavingOptions
): (space: Space) => Effect.Effect<void> => {
  const isDue = (space: Space): boolean =>
    files !== undefined && space.records >= large && space.unsaved > space.records * mostUnsaved

  const save = (space: Space): Effect.Effect<void> =>
    files === undefined ? Effect.void : Effect.suspend(() => {
      space.saving = true
      // What is written meanwhile counts for the next one.
      space.unsaved = 0
      return files.write(space.name, dimension)
    }).pipe(
      Effect.catchAll((error) =>
        error.reason === "Damaged"
          ? breakDown(error)
          : Effect.logWarning(`${error.message} The namespace "${space.name}" of ${title} is loaded more slowly.`)
      ),
      Effect.ensuring(Effect.sync(() => {
        space.saving = false
      })),
      Effect.asVoid
    )

  let keeping = false

  /** Writes the files that are due, each when its namespace is quiet, as long as there are any. */
  const keepAll: Effect.Effect<void> = Effect.gen(function*() {
    for (;;) {
      yield* Effect.sleep(quiet)
      const due = Array.from(spaces.values()).filter(isDue)
      if (due.length === 0) break
      const before = (yield* Clock.currentTimeMillis) - Duration.toMillis(quiet)
      for (const space of due) {
        if (space.writtenAt <= before && space.loading === undefined) yield* save(space)
      }
    }
  }).pipe(Effect.ensuring(Effect.sync(() => {
    keeping = false
  })))

  return (space) =>
    Effect.suspend(() => {
      if (keeping || !isDue(space)) return Effect.void
      keeping = true
      return Effect.asVoid(Effect.forkIn(Effect.interruptible(keepAll), scope))
    })
}
