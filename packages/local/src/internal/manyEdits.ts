import * as Effect from "effect/Effect"
import type { Dataset } from "./dataset.js"
import type { Metadata, Predicate } from "./filter.js"
import * as lane from "./lane.js"
import type { NamespaceView, StoredRecord } from "./namespaceView.js"
import * as problem from "./problem.js"
import type { RecordSet, Write } from "./recordSet.js"
import type { Space } from "./space.js"
import { applyUntil } from "./space.js"
import type { StoreError } from "./storeError.js"
import * as textsAhead from "./textsAhead.js"
import { turn } from "./turn.js"

/** Writes and counts of all records that match, however many they are: no turn of the event loop has more than a part. */
export type ManyEdits = Pick<Dataset, "editMatching" | "removeMatching" | "matching">

export interface ManyEditsOptions {
  readonly set: RecordSet
  readonly spaces: ReadonlyMap<string, Space>
  /** Runs while nothing else is written. */
  readonly alone: <A>(
    namespace: string,
    effect: Effect.Effect<A, problem.Problem>
  ) => Effect.Effect<A, problem.Problem>
  readonly viewOf: (name: string) => Effect.Effect<NamespaceView | undefined, problem.Problem>
  readonly breakDown: (error: StoreError) => Effect.Effect<problem.Problem>
  /** The newest write. */
  readonly lsn: () => number
  readonly nextPosition: () => number
  /** Counts the writes that may be committed and are not shown yet. */
  readonly inFlight: (name: string, change: 1 | -1) => void
  /** Shows a write that is committed, and says how many records there are now. */
  readonly show: (
    space: Space,
    position: number,
    records: number,
    apply: (view: NamespaceView) => void
  ) => Effect.Effect<void>
  /** Whether reads see a write only after a while. */
  readonly isDelayed: boolean
}

/** So many records are a part of a transaction, and of what is shown in one turn. */
const partSize = 1000

/** The bounds of each part of so many records. */
const partsOf = (count: number): ReadonlyArray<readonly [number, number]> =>
  Array.from(
    { length: Math.ceil(count / partSize) },
    (_, i) => [i * partSize, Math.min(count, (i + 1) * partSize)] as const
  )

/** What is written of some records, and how it changes a view. */
interface Edits {
  readonly count: number
  readonly write: (from: number, to: number) => Pick<Write, "deletes" | "upserts" | "metadata">
  readonly apply: (view: NamespaceView, from: number, to: number) => void
  /** Records with the texts that there are afterwards. */
  readonly texts: (from: number, to: number) => ReadonlyArray<StoredRecord>
}

/** A record of which nothing but the metadata is of interest. */
const withMetadata = (id: string, metadata: Metadata | undefined): StoredRecord => ({
  id,
  values: undefined,
  sparseValues: undefined,
  metadata
})

const removals = (ids: ReadonlyArray<string>): Edits => ({
  count: ids.length,
  write: (from, to) => ({ deletes: ids.slice(from, to) }),
  apply: (view, from, to) => {
    for (let i = from; i < to; i++) view.remove(ids[i]!)
  },
  texts: () => []
})

const ofMetadata = (ids: ReadonlyArray<string>, metadata: ReadonlyArray<Metadata | undefined>): Edits => ({
  count: ids.length,
  write: (from, to) => ({
    metadata: ids.slice(from, to).map((id, i) => ({ id, metadata: metadata[from + i] }))
  }),
  apply: (view, from, to) => {
    for (let i = from; i < to; i++) view.setMetadata(ids[i]!, metadata[i])
  },
  texts: (from, to) => ids.slice(from, to).map((id, i) => withMetadata(id, metadata[from + i]))
})

const ofRecords = (records: ReadonlyArray<StoredRecord>): Edits => ({
  count: records.length,
  write: (from, to) => ({ upserts: records.slice(from, to) }),
  apply: (view, from, to) => {
    for (let i = from; i < to; i++) view.upsert(records[i]!)
  },
  texts: (from, to) => records.slice(from, to)
})

export const make = (options: ManyEditsOptions): ManyEdits => {
  const { alone, breakDown, inFlight, isDelayed, lsn, nextPosition, set, show, spaces, viewOf } = options

  /** Writes in one transaction, then shows it. */
  const commit = (space: Space, records: number, { apply, count, texts, write }: Edits) =>
    Effect.gen(function*() {
      const position = nextPosition()
      const bounds = partsOf(count)
      const writeOf = (from: number, to: number): Write => ({
        ...write(from, to),
        namespace: space.name,
        lsn: position
      })
      const stored = bounds.length === 1
        ? Effect.flatMap(set.write([writeOf(0, count)]), ([outcome]) => outcome!)
        : set.writeParts((function*() {
          for (const [from, to] of bounds) yield writeOf(from, to)
        })())
      inFlight(space.name, 1)
      yield* Effect.catchAll(stored, (error) => Effect.flatMap(breakDown(error), Effect.fail))
      const all = (view: NamespaceView) => {
        for (const [from, to] of bounds) apply(view, from, to)
      }
      // Without a delay it is shown a part at a time, which is too much for one turn.
      if (!isDelayed && space.view !== undefined && space.pending.length === 0) {
        const { view } = space
        for (const [from, to] of bounds) {
          const part = view.texts === undefined ? [] : texts(from, to)
          yield* textsAhead.showing(view, part, Effect.sync(() => apply(view, from, to)))
          yield* turn
        }
        yield* show(space, position, records, () => {})
      } else yield* show(space, position, records, all)
      return position
    }).pipe(Effect.ensuring(Effect.sync(() => inFlight(space.name, -1))))

  const committedView = (name: string) =>
    Effect.map(viewOf(name), (view) => {
      const space = spaces.get(name)
      if (space === undefined || view === undefined) return undefined
      applyUntil(space, view, Infinity)
      return { space, view }
    })

  /** Writes what follows from the ids of those that match, unless there are none. */
  const changing = (
    name: string,
    predicate: Predicate,
    change: (
      ids: ReadonlyArray<string>,
      view: NamespaceView
    ) => Effect.Effect<{ readonly edits: Edits; readonly removed: number }, problem.Problem>
  ) =>
    alone(
      name,
      Effect.gen(function*() {
        const found = yield* committedView(name)
        if (found === undefined) return { matched: 0, lsn: lsn() }
        const { space, view } = found
        const ids = yield* lane.run(() => view.filter(predicate), { priority: "write" })
        if (ids.length === 0) return { matched: 0, lsn: lsn() }
        const { edits, removed } = yield* change(ids, view)
        return { matched: ids.length, lsn: yield* commit(space, space.records - removed, edits) }
      })
    )

  return {
    editMatching: (name, predicate, part, edit) =>
      changing(name, predicate, (ids, view) =>
        Effect.gen(function*() {
          const metadata: Array<Metadata | undefined> = []
          const records: Array<StoredRecord> = []
          for (const [from, to] of partsOf(ids.length)) {
            if (from > 0) yield* turn
            for (let i = from; i < to; i++) {
              const id = ids[i]!
              const record = part === "metadata" ? withMetadata(id, view.metadataOf(id)) : view.get(id)!
              const changed = edit(record)
              if (changed instanceof problem.Problem) return yield* changed
              // What is kept for all of them is what the view has afterwards.
              if (part === "metadata") metadata.push(changed.metadata)
              else records.push(changed)
            }
          }
          return { edits: part === "metadata" ? ofMetadata(ids, metadata) : ofRecords(records), removed: 0 }
        })),
    removeMatching: (name, predicate) =>
      changing(name, predicate, (ids) => Effect.succeed({ edits: removals(ids), removed: ids.length })),
    matching: (name, predicate) =>
      alone(
        name,
        Effect.flatMap(
          committedView(name),
          (found) => found === undefined ? Effect.succeed(0) : lane.run(() => found.view.count(predicate))
        )
      )
  }
}
