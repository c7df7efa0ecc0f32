import * as Namespaces from "@effect-pinecone/schema/Namespace"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { Metadata, Predicate } from "./filter.js"
import type { Metric, StoredRecord } from "./namespaceView.js"
import { NamespaceView } from "./namespaceView.js"
import * as problem from "./problem.js"
import type { Counts, RecordSet } from "./store.js"

/** How long a write may take to become visible to reads. */
export interface Consistency {
  readonly minimum: Duration.Duration
  readonly maximum: Duration.Duration
  readonly random: Random.Random
}

export interface Shape {
  readonly metric: Metric
  /** Absent for a sparse index. */
  readonly dimension: number | undefined
}

/** What is waiting to become visible. */
interface Pending {
  readonly lsn: number
  readonly due: number
  readonly apply: (view: NamespaceView) => void
}

interface Space {
  readonly name: string
  readonly schema: unknown
  readonly view: NamespaceView
  readonly pending: Array<Pending>
}

export interface Change {
  readonly id: string
  readonly values?: Float32Array | undefined
  readonly sparseValues?: StoredRecord["sparseValues"]
  readonly setMetadata?: Metadata | undefined
}

export interface NamespaceInfo {
  readonly name: string
  readonly schema: unknown
  readonly recordCount: number
}

/**
 * The records of an index. The store is the truth: a write is answered when it is committed there. Reads look at a view in
 * memory, filled from the store when a namespace is first used, which follows the writes at once or, where it is told to,
 * after a while.
 */
export interface Dataset {
  readonly upsert: (namespace: string, records: ReadonlyArray<StoredRecord>) => Effect.Effect<number, problem.Problem>
  /** Changes records that are there; gives the LSN. */
  readonly change: (namespace: string, changes: ReadonlyArray<Change>) => Effect.Effect<number, problem.Problem>
  readonly remove: (namespace: string, ids: ReadonlyArray<string>) => Effect.Effect<number, problem.Problem>
  readonly removeMatching: (namespace: string, predicate: Predicate) => Effect.Effect<number, problem.Problem>
  readonly clear: (namespace: string) => Effect.Effect<number, problem.Problem>
  /** What reads of a namespace see, and the newest write that they see; nothing where there is no such namespace. */
  readonly read: (
    namespace: string
  ) => Effect.Effect<{ readonly view: NamespaceView | undefined; readonly lsn: number }, problem.Problem>
  /** The ids that match, of all that is committed. */
  readonly matching: (namespace: string, predicate: Predicate) => Effect.Effect<ReadonlyArray<string>, problem.Problem>
  readonly namespaces: Effect.Effect<ReadonlyArray<NamespaceInfo>, problem.Problem>
  readonly createNamespace: (name: string, schema: unknown) => Effect.Effect<NamespaceInfo, problem.Problem>
  readonly deleteNamespace: (name: string) => Effect.Effect<number, problem.Problem>
  /** What is committed, without reading it into memory. */
  readonly counts: Effect.Effect<Counts, problem.Problem>
  /** Runs with no write under way, for a copy. */
  readonly still: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export const canonical = (namespace: string | undefined): string =>
  namespace === undefined || namespace === "" ? Namespaces.defaultNamespace : namespace

export const make = Effect.fnUntraced(function*(
  set: RecordSet,
  shape: Shape,
  consistency: Consistency | undefined
): Effect.fn.Return<Dataset, problem.Problem, Scope.Scope> {
  const spaces = new Map<string, Space>()
  const rows = yield* Effect.mapError(set.namespaces, problem.fromStore)
  const known = new Map(rows.map((row) => [row.name, row]))
  let lsn = rows.reduce((highest, row) => Math.max(highest, row.lsn), 0)
  // Writes are serial, so that the log, the store and the view agree on their order.
  const writing = yield* Effect.makeSemaphore(1)
  const loading = yield* Effect.makeSemaphore(1)

  const emptySpace = (name: string, schema: unknown): Space => ({
    name,
    schema,
    view: new NamespaceView(shape),
    pending: []
  })

  const load = (name: string): Effect.Effect<Space | undefined, problem.Problem> =>
    loading.withPermits(1)(Effect.suspend(() => {
      const loaded = spaces.get(name)
      const row = known.get(name)
      if (loaded !== undefined || row === undefined) return Effect.succeed(loaded)
      const space = emptySpace(name, row.schema)
      return set.records(name).pipe(
        Stream.runForEach((records) =>
          Effect.sync(() => {
            for (const record of records) space.view.upsert(record)
          })
        ),
        Effect.mapError(problem.fromStore),
        Effect.map(() => {
          spaces.set(name, space)
          return space
        })
      )
    }))

  const space = (name: string): Effect.Effect<Space | undefined, problem.Problem> => {
    const loaded = spaces.get(name)
    return loaded === undefined ? load(name) : Effect.succeed(loaded)
  }

  const applyUntil = (space: Space, now: number) => {
    while (space.pending.length > 0 && space.pending[0]!.due <= now) space.pending.shift()!.apply(space.view)
  }

  const delay: Effect.Effect<number> = consistency === undefined
    ? Effect.succeed(0)
    : Effect.map(
      consistency.random.nextRange(Duration.toMillis(consistency.minimum), Duration.toMillis(consistency.maximum)),
      Math.round
    )

  /** Commits a write, then shows it to the reads. */
  const commit = (
    name: string,
    plan: (committed: () => NamespaceView) => {
      readonly upserts?: ReadonlyArray<StoredRecord>
      readonly deletes?: ReadonlyArray<string>
      readonly clear?: boolean
    }
  ): Effect.Effect<number, problem.Problem> =>
    writing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
      const existing = yield* space(name)
      const target = existing ?? emptySpace(name, undefined)
      const { clear = false, deletes = [], upserts = [] } = plan(() => {
        // What a write builds on is what is committed, seen by reads or not.
        applyUntil(target, Infinity)
        return target.view
      })
      const position = lsn + 1
      yield* Effect.mapError(
        set.write({ namespace: name, lsn: position, upserts, deletes, clear }),
        problem.fromStore
      )
      lsn = position
      known.set(name, { name, schema: target.schema, lsn })
      spaces.set(name, target)
      const apply = (view: NamespaceView) => {
        if (clear) view.clear()
        for (const id of deletes) view.remove(id)
        for (const record of upserts) view.upsert(record)
      }
      const wait = yield* delay
      if (wait === 0 && target.pending.length === 0) apply(target.view)
      else target.pending.push({ lsn: position, due: (yield* Clock.currentTimeMillis) + wait, apply })
      return position
    })))

  const read: Dataset["read"] = (name) =>
    Effect.gen(function*() {
      const found = yield* space(name)
      if (found === undefined) return { view: undefined, lsn }
      if (found.pending.length > 0) applyUntil(found, yield* Clock.currentTimeMillis)
      return { view: found.view, lsn: found.pending.length === 0 ? lsn : found.pending[0]!.lsn - 1 }
    })

  return {
    upsert: (name, records) => commit(name, () => ({ upserts: lastOfEach(records) })),
    change: (name, changes) =>
      commit(name, (committed) => {
        const view = committed()
        return {
          upserts: changes.flatMap((change) => {
            const record = view.get(change.id)
            return record === undefined ? [] : [{
              id: change.id,
              values: change.values ?? record.values,
              sparseValues: change.sparseValues ?? record.sparseValues,
              metadata: change.setMetadata === undefined
                ? record.metadata
                : { ...record.metadata, ...change.setMetadata }
            }]
          })
        }
      }),
    remove: (name, ids) => commit(name, () => ({ deletes: ids })),
    removeMatching: (name, predicate) => commit(name, (committed) => ({ deletes: committed().filter(predicate) })),
    clear: (name) => commit(name, () => ({ clear: true })),
    read,
    matching: (name, predicate) =>
      writing.withPermits(1)(Effect.map(space(name), (found) => {
        if (found === undefined) return []
        applyUntil(found, Infinity)
        return found.view.filter(predicate)
      })),
    namespaces: Effect.flatMap(
      Effect.sync(() => Array.from(known.keys()).sort()),
      (names) =>
        Effect.forEach(names, (name) =>
          Effect.map(read(name), ({ view }) => ({
            name,
            schema: known.get(name)?.schema,
            recordCount: view?.size ?? 0
          })))
    ),
    createNamespace: (name, schema) =>
      writing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        if (known.has(name)) return yield* problem.alreadyExists(`Namespace ${name} already exists.`)
        yield* Effect.mapError(set.createNamespace(name, schema, lsn + 1), problem.fromStore)
        lsn++
        known.set(name, { name, schema, lsn })
        spaces.set(name, emptySpace(name, schema))
        return { name, schema, recordCount: 0 }
      }))),
    deleteNamespace: (name) =>
      writing.withPermits(1)(Effect.uninterruptible(Effect.gen(function*() {
        if (!known.has(name)) return yield* problem.notFound(`Namespace ${name} not found.`)
        yield* Effect.mapError(set.deleteNamespace(name), problem.fromStore)
        known.delete(name)
        spaces.delete(name)
        return ++lsn
      }))),
    counts: Effect.mapError(set.counts, problem.fromStore),
    still: writing.withPermits(1)
  }
})

/** Of records with the same id, the last. */
const lastOfEach = (records: ReadonlyArray<StoredRecord>): ReadonlyArray<StoredRecord> => {
  const byId = new Map<string, StoredRecord>()
  for (const record of records) byId.set(record.id, record)
  return byId.size === records.length ? records : Array.from(byId.values())
}
