import * as Namespaces from "@effect-pinecone/schema/Namespace"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { EarlySearch } from "./fastLoad.js"
import * as fastLoad from "./fastLoad.js"
import type { Metadata, Predicate } from "./filter.js"
import * as lane from "./lane.js"
import type { Memory, Tenant } from "./memory.js"
import * as memories from "./memory.js"
import type { Analysers, Hit, Metric, SearchOptions, StoredRecord } from "./namespaceView.js"
import { NamespaceView } from "./namespaceView.js"
import * as problem from "./problem.js"
import type { RecordSet, Write, Written } from "./recordSet.js"
import type { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"
import * as textsAhead from "./textsAhead.js"
import { turn } from "./turn.js"

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
  /** The full-text fields of an index of documents. */
  readonly analysers?: Analysers | undefined
}

export interface DatasetOptions {
  readonly consistency?: Consistency | undefined
  readonly memory?: Memory | undefined
  /** What the set is called in messages. */
  readonly name: string
  /** Where it is. */
  readonly file?: string | undefined
  /**
   * Namespaces of so many records have a file of their vectors.
   *
   * @default 10_000
   */
  readonly large?: number | undefined
}

/** What is waiting to become visible. */
interface Pending {
  readonly lsn: number
  readonly due: number
  readonly apply: (view: NamespaceView) => void
}

/** A namespace. The view is there once it is loaded. */
interface Space {
  readonly name: string
  readonly schema: unknown
  /** How many records are committed. */
  records: number
  /** About how many bytes have been written. */
  written: number
  view: NamespaceView | undefined
  /** While it is loaded: who waits for it, and what was committed meanwhile. */
  loading: {
    readonly done: Deferred.Deferred<NamespaceView | undefined, problem.Problem>
    /** What answers by the vectors alone, once they are there; nothing where the records are there as soon. */
    readonly early: Deferred.Deferred<EarlySearch | undefined>
    readonly since: Array<(view: NamespaceView) => void>
    /** About what it will take in memory. */
    bytes: number
  } | undefined
  pending: Array<Pending>
  /** How many records the file of its vectors does not have as they are, and when one was written last. */
  unsaved: number
  writtenAt: number
  /** Whether the file is being written. */
  saving: boolean
  /** How many writes may be committed, and are not counted here yet. */
  inFlight: number
  bytes: number
  readonly tenant: Tenant
}

export interface Change {
  readonly id: string
  readonly values?: Float32Array | undefined
  readonly sparseValues?: StoredRecord["sparseValues"]
  readonly setMetadata?: Metadata | undefined
}

/** A record as it is to be, or why it cannot be changed. */
export type Edit = (record: StoredRecord) => StoredRecord | problem.Problem

/** Why the metadata of a record cannot be changed so. */
export type Refusal = (old: Metadata | undefined, change: Metadata) => string | undefined

export interface NamespaceInfo {
  readonly name: string
  readonly schema: unknown
  readonly recordCount: number
  /** About how many bytes were written and not emptied again. */
  readonly sizeBytes: number
}

/**
 * The records of an index. The store is the truth: a write is answered when it is committed there. Writes that wait
 * together are committed together. Reads look at a view in memory, filled from the store when a namespace is first used,
 * which follows the writes at once or, optionally, after a while.
 */
export interface Dataset {
  readonly upsert: (namespace: string, records: ReadonlyArray<StoredRecord>) => Effect.Effect<number, problem.Problem>
  /** Changes records that are there; gives the LSN. */
  readonly change: (
    namespace: string,
    changes: ReadonlyArray<Change>,
    refuse?: Refusal
  ) => Effect.Effect<number, problem.Problem>
  /** The same with any change of a record. */
  readonly edit: (
    namespace: string,
    edits: ReadonlyArray<{ readonly id: string; readonly edit: Edit }>
  ) => Effect.Effect<number, problem.Problem>
  /** Changes each record that matches, or its metadata, all or none; gives how many there are. */
  readonly editMatching: (
    namespace: string,
    predicate: Predicate,
    part: "metadata" | "record",
    edit: Edit
  ) => Effect.Effect<{ readonly matched: number; readonly lsn: number }, problem.Problem>
  /** Merges metadata into that of each record that matches, all or none; gives how many there are. */
  readonly changeMatching: (
    namespace: string,
    predicate: Predicate,
    setMetadata: Metadata,
    refuse?: Refusal
  ) => Effect.Effect<{ readonly matched: number; readonly lsn: number }, problem.Problem>
  readonly remove: (namespace: string, ids: ReadonlyArray<string>) => Effect.Effect<number, problem.Problem>
  /** Removes each record that matches; gives how many there were. */
  readonly removeMatching: (
    namespace: string,
    predicate: Predicate
  ) => Effect.Effect<{ readonly matched: number; readonly lsn: number }, problem.Problem>
  readonly clear: (namespace: string) => Effect.Effect<number, problem.Problem>
  /** Whether there is such a namespace. */
  readonly has: (namespace: string) => boolean
  /** What reads of a namespace see, and the newest write that they see; nothing where there is no such namespace. */
  readonly read: (
    namespace: string
  ) => Effect.Effect<{ readonly view: NamespaceView | undefined; readonly lsn: number }, problem.Problem>
  /** The best records of a namespace, and how many it has. It may be answered before they are all in memory. */
  readonly search: (
    namespace: string,
    options: SearchOptions
  ) => Effect.Effect<
    { readonly hits: ReadonlyArray<Hit>; readonly size: number; readonly lsn: number },
    problem.Problem
  >
  /** How many match, of all that is committed. */
  readonly matching: (namespace: string, predicate: Predicate) => Effect.Effect<number, problem.Problem>
  /** Asks for no record. */
  readonly namespaces: Effect.Effect<ReadonlyArray<NamespaceInfo>, problem.Problem>
  readonly createNamespace: (name: string, schema: unknown) => Effect.Effect<NamespaceInfo, problem.Problem>
  readonly deleteNamespace: (name: string) => Effect.Effect<number, problem.Problem>
  /** How many records are committed, whether they are in memory or not. */
  readonly counts: Effect.Effect<{ readonly records: number }>
  /** Frees what was dropped, loads what fits into memory, and looks whether the file is whole: after a start. */
  readonly warm: Effect.Effect<void>
}

export const canonical = (namespace: string | undefined): string =>
  namespace === undefined || namespace === "" ? Namespaces.defaultNamespace : namespace

/** What a group of writes has done so far to the records of a namespace. */
interface Overlay {
  cleared: boolean
  readonly records: Map<string, StoredRecord | undefined>
}

interface Planned {
  readonly write: Omit<Write, "namespace" | "lsn">
  readonly apply: (view: NamespaceView) => void
}

/** There is nothing to write. */
type Nothing = "nothing"

/** A write that waits for its turn. */
interface Job {
  /** Makes its plan on what is committed, and on what those before it in the group will have done. */
  readonly plan: ((overlay: Overlay, space: Space | undefined) => Planned | Nothing | problem.Problem) | undefined
  /** Does all by itself. */
  readonly alone: Effect.Effect<unknown, problem.Problem> | undefined
  /** Whether the plan looks at the records. */
  readonly looks: boolean
  readonly namespace: string
  /** How many records it writes. */
  readonly weight: number
  readonly done: Deferred.Deferred<any, problem.Problem>
}

/** So many writes, of so many records, are committed together. */
const mostJobs = 256
const mostRecords = 2000

/** A part of a transaction of many records. */
const partSize = 1000

/** Fewer records are read from the database as fast as from a file. */
const usuallyLarge = 10_000

/** The share of its records that may change before the file of their vectors is written anew. */
const mostUnsaved = 0.05

/** Files are written when nothing was written to their namespace for so long. */
const quiet = Duration.seconds(5)

export const make = Effect.fnUntraced(function*(
  set: RecordSet,
  shape: Shape,
  options: DatasetOptions
): Effect.fn.Return<Dataset, StoreError, Scope.Scope> {
  const { consistency, file, large = usuallyLarge, memory = memories.make(undefined), name: title } = options
  const { dimension = 0 } = shape
  const files = dimension === 0 ? undefined : set.vectors
  const scope = yield* Effect.scope
  const spaces = new Map<string, Space>()
  const queue: Array<Job> = []
  let running = false
  let closed = false
  let broken: problem.Problem | undefined
  let lsn = yield* set.lsn
  /** The place of the last write that was begun. */
  let last = lsn

  const emptyView = () => new NamespaceView(shape)

  const addSpace = (name: string, schema: unknown, records: number): Space => {
    const space: Space = {
      name,
      schema,
      records,
      written: Math.round(records * bytesPerRecord),
      view: records === 0 ? emptyView() : undefined,
      loading: undefined,
      pending: [],
      // What a file that was there before has is known once it is read.
      unsaved: records === 0 ? Infinity : 0,
      writtenAt: -Infinity,
      saving: false,
      inFlight: 0,
      bytes: 0,
      tenant: {
        bytes: () => Math.max(space.bytes + (space.view?.texts?.bytes ?? 0), space.loading?.bytes ?? 0),
        evict: () => {
          if (space.pending.length > 0 || space.loading !== undefined || space.records === 0) return false
          space.view = undefined
          space.bytes = 0
          return true
        }
      }
    }
    spaces.set(name, space)
    return space
  }

  const { bytes: fileBytes, records: fileRecords } = yield* set.counts
  const bytesPerRecord = fileRecords === 0 ? 0 : fileBytes / fileRecords

  for (const row of yield* set.namespaces) addSpace(row.name, row.schema, row.records)

  /** About what a namespace takes once it is loaded: an index of texts is about as large as the texts. */
  const sizeOf = ({ records }: Space): number =>
    memories.sizeOnDisk(records, bytesPerRecord) + (shape.analysers === undefined ? 0 : records * bytesPerRecord)

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
      for (const { done } of queue.splice(0)) Deferred.unsafeDone(done, problem.indexGone)
      for (const space of spaces.values()) memory.leave(space.tenant)
    })
  )

  /** The set is not what was written: nothing of it is believed. */
  const breakDown = (error: StoreError): Effect.Effect<problem.Problem> =>
    Effect.suspend(() => {
      if (error.reason !== "Damaged") return Effect.succeed(problem.fromStore(error))
      broken = problem.internal(
        `The data of ${title} is damaged${file === undefined ? "" : ` (${file})`}: ${error.message}`
      )
      return Effect.as(Effect.logError(broken.message), broken)
    })

  const whole: Effect.Effect<void, problem.Problem> = Effect.suspend(() =>
    broken ?? (closed ? problem.indexGone : Effect.void)
  )

  // ---------------------------------------------------------------------------
  // Reading
  // ---------------------------------------------------------------------------

  const applyUntil = (space: Space, view: NamespaceView, now: number) => {
    while (space.pending.length > 0 && space.pending[0]!.due <= now) space.pending.shift()!.apply(view)
  }

  const weigh = (records: ReadonlyArray<StoredRecord>): number =>
    memory.limited ? records.reduce((sum, record) => sum + memories.sizeOf(record), 0) : 0

  /** Reads everything from the database. */
  const loadRecords = (space: Space, goesOn: () => boolean) =>
    Effect.gen(function*() {
      const view = emptyView()
      yield* set.records(space.name).pipe(
        // While these are taken in, the next ones are read in their thread.
        Stream.buffer({ capacity: 2 }),
        Stream.takeWhile(goesOn),
        Stream.runForEach((records) =>
          Effect.zipRight(
            // There may be more at once, and others are waiting.
            turn,
            Effect.sync(() => {
              for (const record of records) view.upsert(record)
              space.bytes += weigh(records)
            })
          )
        )
      )
      return view
    })

  /** Reads the vectors from their file and the rest from the database; nothing where that cannot be. */
  const loadFast = (
    space: Space,
    { early }: NonNullable<Space["loading"]>,
    goesOn: () => boolean
  ): Effect.Effect<NamespaceView | undefined, StoreError> => {
    if (files === undefined || space.records < large || space.saving) return Effect.succeed(undefined)
    const view = emptyView()
    return fastLoad.load({
      files,
      namespace: space.name,
      dimension,
      view,
      goesOn,
      ready: (search) => Deferred.succeed(early, search),
      took: (records) => {
        if (memory.limited) space.bytes += weigh(records) + memories.sizeOfVector(dimension) * records.length
      }
    }).pipe(
      Effect.map((changed) => {
        space.unsaved = Option.getOrElse(changed, () => Infinity)
        return Option.isSome(changed) ? view : undefined
      }),
      Effect.catchTag("Unusable", ({ message }) => {
        space.unsaved = Infinity
        return Effect.as(
          Effect.logWarning(
            `${message}. The namespace "${space.name}" of ${title} is read from its database, and the file is written again.`
          ),
          undefined
        )
      })
    )
  }

  const load = (space: Space, loading: NonNullable<Space["loading"]>): Effect.Effect<void, problem.Problem> =>
    Effect.gen(function*() {
      const bytes = sizeOf(space)
      const goesOn = () => space.loading === loading
      yield* memory.reserve(space.tenant, bytes, `The namespace "${space.name}" of ${title}`)
      // What is loaded beside it finds that this is taken.
      loading.bytes = bytes
      const view = yield* loadFast(space, loading, goesOn).pipe(
        Effect.flatMap((view) => {
          if (view !== undefined) return Effect.succeed(view)
          space.bytes = 0
          return loadRecords(space, goesOn)
        }),
        Effect.catchAll((error) => Effect.flatMap(breakDown(error), Effect.fail))
      )
      // It may have been emptied or deleted meanwhile.
      if (space.loading !== loading) return
      for (const apply of loading.since) apply(view)
      space.loading = undefined
      // What is being written may have been read already.
      if (space.inFlight === 0 && view.size !== space.records) {
        return yield* Effect.flatMap(
          breakDown(storeError.damage(
            `the namespace "${space.name}" has ${view.size} records, and ${space.records} were written.`
          )),
          Effect.fail
        )
      }
      space.view = view
      memory.touch(space.tenant)
      yield* Deferred.succeed(loading.done, view)
      yield* keep(space)
    }).pipe(
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          if (space.loading === loading) space.loading = undefined
          if (space.view === undefined) space.bytes = 0
          return Effect.zipRight(
            Deferred.succeed(loading.early, undefined),
            Exit.isSuccess(exit)
              ? Deferred.succeed(loading.done, space.view)
              : Deferred.failCause(loading.done, exit.cause)
          )
        })
      )
    )

  /** The loading of a namespace that is not in memory: the one that is under way, or a new one. */
  const loadingOf = (space: Space): Effect.Effect<NonNullable<Space["loading"]>> =>
    Effect.suspend(() => {
      if (space.loading !== undefined) return Effect.succeed(space.loading)
      const loading: NonNullable<Space["loading"]> = {
        done: Deferred.unsafeMake(FiberId.none),
        early: Deferred.unsafeMake(FiberId.none),
        since: [],
        bytes: 0
      }
      space.loading = loading
      return Effect.as(Effect.forkIn(Effect.interruptible(Effect.ignore(load(space, loading))), scope), loading)
    })

  /** The view of a namespace; nothing where it has been deleted meanwhile. */
  const loaded = (space: Space): Effect.Effect<NamespaceView | undefined, problem.Problem> =>
    Effect.suspend(() =>
      space.view === undefined
        ? Effect.flatMap(loadingOf(space), ({ done }) => Deferred.await(done))
        : Effect.succeed(space.view)
    )

  const viewOf = (name: string): Effect.Effect<NamespaceView | undefined, problem.Problem> =>
    Effect.zipRight(
      whole,
      Effect.suspend(() => {
        const space = spaces.get(name)
        if (space === undefined) return Effect.succeed(undefined)
        memory.touch(space.tenant)
        return loaded(space)
      })
    )

  const read: Dataset["read"] = (name) =>
    Effect.gen(function*() {
      const view = yield* viewOf(name)
      const space = spaces.get(name)
      if (space === undefined || view === undefined) return { view: undefined, lsn }
      if (space.pending.length > 0) applyUntil(space, view, yield* Clock.currentTimeMillis)
      return { view, lsn: space.pending.length === 0 ? lsn : space.pending[0]!.lsn - 1 }
    })

  /** What the vectors alone answer while the records are loaded; nothing where something has been written meanwhile. */
  const searchEarly = (space: Space, options: SearchOptions, vector: Float32Array) =>
    Effect.gen(function*() {
      const loading = yield* loadingOf(space)
      const search = yield* Deferred.await(loading.early)
      const isQuiet = () => space.loading === loading && loading.since.length === 0 && space.inFlight === 0
      if (search === undefined || !isQuiet()) return undefined
      const seen = { size: space.records, lsn }
      const hits = yield* Effect.catchAll(
        search(options, vector),
        (error) => Effect.flatMap(breakDown(error), Effect.fail)
      )
      return hits === undefined || !isQuiet() ? undefined : { hits, ...seen }
    })

  const search: Dataset["search"] = (name, options) =>
    Effect.gen(function*() {
      yield* whole
      const space = spaces.get(name)
      const { predicate, sparseVector, terms, vector } = options
      if (
        space !== undefined && space.view === undefined && vector !== undefined &&
        predicate === undefined && sparseVector === undefined && terms === undefined
      ) {
        memory.touch(space.tenant)
        const early = yield* searchEarly(space, options, vector)
        if (early !== undefined) return early
      }
      const { lsn, view } = yield* read(name)
      if (view === undefined) return { hits: [], size: 0, lsn }
      const { size } = view
      return { hits: yield* lane.run(() => view.search(options)), size, lsn }
    })

  // ---------------------------------------------------------------------------
  // Files of vectors
  // ---------------------------------------------------------------------------

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

  const keep = (space: Space): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (keeping || !isDue(space)) return Effect.void
      keeping = true
      return Effect.asVoid(Effect.forkIn(Effect.interruptible(keepAll), scope))
    })

  // ---------------------------------------------------------------------------
  // Writing
  // ---------------------------------------------------------------------------

  const delay: Effect.Effect<number> = consistency === undefined
    ? Effect.succeed(0)
    : Effect.map(
      consistency.random.nextRange(Duration.toMillis(consistency.minimum), Duration.toMillis(consistency.maximum)),
      Math.round
    )

  /** Shows a write that is committed to the reads. */
  const show = (space: Space, position: number, written: Written, { apply, write }: Planned) =>
    Effect.gen(function*() {
      lsn = position
      space.unsaved += (write.upserts?.length ?? 0) + Math.max(0, space.records - written.records)
      if (write.clear === true) space.unsaved = Infinity
      space.writtenAt = yield* Clock.currentTimeMillis
      space.records = written.records
      if (write.clear === true) space.written = 0
      for (const record of write.upserts ?? []) space.written += memories.sizeOf(record)
      const wait = yield* delay
      if (write.clear === true && space.view === undefined) {
        // Whatever was being loaded is not there any more.
        const waiting = space.loading
        space.loading = undefined
        space.view = emptyView()
        space.bytes = 0
        apply(space.view)
        if (waiting !== undefined) yield* Deferred.succeed(waiting.done, space.view)
      } else if (space.view !== undefined) {
        if (wait === 0 && space.pending.length === 0) apply(space.view)
        else space.pending.push({ lsn: position, due: (yield* Clock.currentTimeMillis) + wait, apply })
      } else space.loading?.since.push(apply)
      if (memory.limited && space.view !== undefined) {
        space.bytes += weigh(write.upserts ?? [])
        if (write.clear === true) space.bytes = 0
        memory.touch(space.tenant)
        memory.shrink(space.tenant)
      }
      yield* keep(space)
    })

  const inFlight = (name: string, change: 1 | -1) => {
    const space = spaces.get(name)
    // It may have come into being with an earlier write of the same group.
    if (space !== undefined) space.inFlight = Math.max(0, space.inFlight + change)
  }

  const together = (jobs: ReadonlyArray<Job>): Effect.Effect<void> =>
    Effect.gen(function*() {
      const overlays = new Map<string, Overlay>()
      const planned: Array<{ readonly job: Job; readonly position: number; readonly plan: Planned }> = []
      for (const job of jobs) {
        if (job.looks) {
          const view = yield* Effect.either(viewOf(job.namespace))
          if (Either.isLeft(view)) {
            yield* Deferred.fail(job.done, view.left)
            continue
          }
          // What a write builds on is what is committed, seen by reads or not.
          const space = spaces.get(job.namespace)
          if (space !== undefined && view.right !== undefined) applyUntil(space, view.right, Infinity)
        }
        let overlay = overlays.get(job.namespace)
        if (overlay === undefined) overlays.set(job.namespace, overlay = { cleared: false, records: new Map() })
        const plan = job.plan?.(overlay, spaces.get(job.namespace))
        if (plan === undefined || plan instanceof problem.Problem) {
          yield* Deferred.fail(job.done, plan ?? problem.indexGone)
          continue
        }
        if (plan === "nothing") {
          yield* Deferred.succeed(job.done, lsn)
          continue
        }
        planned.push({ job, plan, position: ++last })
      }
      if (planned.length === 0) return
      for (const { job } of planned) inFlight(job.namespace, 1)
      const outcomes = yield* set.write(
        planned.map(({ job, plan, position }) => ({ ...plan.write, namespace: job.namespace, lsn: position }))
      )
      for (let i = 0; i < planned.length; i++) {
        const { job, plan, position } = planned[i]!
        const outcome = outcomes[i]!
        if (Either.isLeft(outcome)) {
          inFlight(job.namespace, -1)
          yield* Deferred.fail(job.done, yield* breakDown(outcome.left))
          continue
        }
        const space = spaces.get(job.namespace) ?? addSpace(job.namespace, undefined, 0)
        yield* show(space, position, outcome.right, plan)
        inFlight(job.namespace, -1)
        yield* Deferred.succeed(job.done, position)
      }
    }).pipe(
      // Where the index is deleted meanwhile, nobody waits in vain.
      Effect.ensuring(Effect.forEach(jobs, ({ done }) => Deferred.fail(done, problem.indexGone), { discard: true })),
      Effect.uninterruptible
    )

  const drain: Effect.Effect<void> = Effect.gen(function*() {
    for (;;) {
      const first = queue[0]
      if (first === undefined) {
        // At once, and not when the fiber has ended: what comes in between would wait for nobody.
        running = false
        break
      }
      if (first.alone !== undefined) {
        queue.shift()
        yield* Effect.uninterruptible(
          Effect.flatMap(Effect.exit(first.alone), (exit) => Deferred.done(first.done, exit))
        )
        continue
      }
      const jobs: Array<Job> = []
      let weight = 0
      while (queue.length > 0 && jobs.length < mostJobs && (jobs.length === 0 || weight < mostRecords)) {
        const job = queue[0]!
        if (job.alone !== undefined) break
        queue.shift()
        weight += job.weight
        jobs.push(job)
      }
      yield* Effect.catchAllDefect(
        together(jobs),
        (defect) => Effect.logError("The embedded server failed at a write", defect)
      )
    }
  }).pipe(Effect.onInterrupt(() =>
    Effect.sync(() => {
      running = false
    })
  ))

  /** Waits for the turn of a write and for its end. Who is interrupted before its turn has not written. */
  const enqueue = <A>(job: Omit<Job, "done">): Effect.Effect<A, problem.Problem> =>
    Effect.zipRight(
      whole,
      Effect.suspend(() => {
        const queued: Job = { ...job, done: Deferred.unsafeMake<A, problem.Problem>(FiberId.none) }
        queue.push(queued)
        const begin = running ? Effect.void : Effect.suspend(() => {
          running = true
          return Effect.asVoid(Effect.forkIn(drain, scope))
        })
        const withdraw = Effect.suspend(() => {
          const at = queue.indexOf(queued)
          if (at !== -1) {
            queue.splice(at, 1)
            return Effect.void
          }
          // It is being written: its end is waited for, so that whoever reads afterwards sees it.
          return Effect.ignore(Deferred.await(queued.done))
        })
        return Effect.zipRight(begin, Effect.onInterrupt(Deferred.await(queued.done), () => withdraw))
      })
    )

  const blind = (
    namespace: string,
    weight: number,
    plan: NonNullable<Job["plan"]>,
    looks = false
  ): Effect.Effect<number, problem.Problem> => enqueue({ namespace, weight, plan, looks, alone: undefined })

  const alone = <A>(namespace: string, effect: Effect.Effect<A, problem.Problem>): Effect.Effect<A, problem.Problem> =>
    enqueue({ namespace, weight: 0, plan: undefined, looks: true, alone: effect })

  /** Writes of one namespace in one transaction, however many records there are, then shows them. */
  const commitMany = (
    space: Space,
    count: number,
    part: (from: number, to: number) => Pick<Write, "deletes" | "upserts" | "metadata">,
    records: number,
    apply: (view: NamespaceView, from: number, to: number) => void
  ): Effect.Effect<number, problem.Problem> =>
    Effect.gen(function*() {
      const position = ++last
      const bounds = Array.from(
        { length: Math.ceil(count / partSize) },
        (_, i) => [i * partSize, Math.min(count, (i + 1) * partSize)] as const
      )
      const writeOf = (from: number, to: number): Write => ({
        ...part(from, to),
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
      if (consistency === undefined && space.view !== undefined && space.pending.length === 0) {
        const { view } = space
        for (const [from, to] of bounds) {
          apply(view, from, to)
          yield* turn
        }
        yield* show(space, position, { records }, { write: {}, apply: () => {} })
      } else yield* show(space, position, { records }, { write: {}, apply: all })
      return position
    }).pipe(Effect.ensuring(Effect.sync(() => inFlight(space.name, -1))))

  const committedView = (name: string) =>
    Effect.map(viewOf(name), (view) => {
      const space = spaces.get(name)
      if (space === undefined || view === undefined) return undefined
      applyUntil(space, view, Infinity)
      return { space, view }
    })

  const edit: Dataset["edit"] = (name, edits) =>
    blind(name, edits.length, (overlay, space) => {
      const edited = new Map<string, StoredRecord>()
      for (const { edit, id } of edits) {
        const record = edited.get(id) ?? (overlay.records.has(id)
          ? overlay.records.get(id)
          : overlay.cleared
          ? undefined
          : space?.view?.get(id))
        if (record === undefined) continue
        const changed = edit(record)
        if (changed instanceof problem.Problem) return changed
        edited.set(id, changed)
      }
      if (edited.size === 0) return "nothing"
      for (const [id, record] of edited) overlay.records.set(id, record)
      const upserts = Array.from(edited.values())
      return {
        write: { upserts },
        apply: (view) => {
          for (const record of upserts) view.upsert(record)
        }
      }
    }, true)

  const editMatching: Dataset["editMatching"] = (name, predicate, part, edit) =>
    alone(
      name,
      Effect.gen(function*() {
        const found = yield* committedView(name)
        if (found === undefined) return { matched: 0, lsn }
        const { space, view } = found
        const ids = yield* lane.run(() => view.filter(predicate), { priority: "write" })
        if (ids.length === 0) return { matched: 0, lsn }
        const edited: Array<StoredRecord> = []
        for (let from = 0; from < ids.length; from += partSize) {
          for (const id of ids.slice(from, from + partSize)) {
            const record = part === "metadata" ? withMetadata(id, view.metadataOf(id)) : view.get(id)!
            const changed = edit(record)
            if (changed instanceof problem.Problem) return yield* changed
            edited.push(changed)
          }
          if (from > 0) yield* turn
        }
        const position = yield* commitMany(
          space,
          edited.length,
          (from, to) =>
            part === "metadata" ? { metadata: edited.slice(from, to) } : { upserts: edited.slice(from, to) },
          space.records,
          (view, from, to) => {
            for (const record of edited.slice(from, to)) {
              if (part === "metadata") view.setMetadata(record.id, record.metadata)
              else view.upsert(record)
            }
          }
        )
        return { matched: ids.length, lsn: position }
      })
    )

  return {
    upsert: (name, records) => {
      const upserts = lastOfEach(records)
      // What is shown later may be another view by then.
      const ahead = consistency === undefined ? textsAhead.writing : textsAhead.plain
      return ahead(shape, spaces.get(name)?.view, upserts, (ready) =>
        blind(name, upserts.length, (overlay) => {
          for (const record of upserts) overlay.records.set(record.id, record)
          return {
            write: { upserts },
            apply: (view) => {
              ready(view)
              for (const record of upserts) view.upsert(record)
            }
          }
        }))
    },
    change: (name, changes, refuse) =>
      edit(
        name,
        changes.map((change) => ({
          id: change.id,
          edit: (record) => {
            const { setMetadata } = change
            const wrong = setMetadata === undefined ? undefined : refuse?.(record.metadata, setMetadata)
            return wrong === undefined
              ? {
                id: change.id,
                values: change.values ?? record.values,
                sparseValues: change.sparseValues ?? record.sparseValues,
                metadata: setMetadata === undefined ? record.metadata : merged(record.metadata, setMetadata)
              }
              : problem.badRequest(wrong)
          }
        }))
      ),
    edit,
    editMatching,
    changeMatching: (name, predicate, setMetadata, refuse) =>
      editMatching(name, predicate, "metadata", (record) => {
        const wrong = refuse?.(record.metadata, setMetadata)
        return wrong === undefined
          ? { ...record, metadata: merged(record.metadata, setMetadata) }
          : problem.badRequest(wrong)
      }),
    remove: (name, ids) =>
      blind(name, ids.length, (overlay, space) => {
        if (space === undefined && overlay.records.size === 0) return "nothing"
        for (const id of ids) overlay.records.set(id, undefined)
        return {
          write: { deletes: ids },
          apply: (view) => {
            for (const id of ids) view.remove(id)
          }
        }
      }),
    removeMatching: (name, predicate) =>
      alone(
        name,
        Effect.gen(function*() {
          const found = yield* committedView(name)
          if (found === undefined) return { matched: 0, lsn }
          const ids = yield* lane.run(() => found.view.filter(predicate), { priority: "write" })
          if (ids.length === 0) return { matched: 0, lsn }
          const position = yield* commitMany(
            found.space,
            ids.length,
            (from, to) => ({ deletes: ids.slice(from, to) }),
            found.space.records - ids.length,
            (view, from, to) => {
              for (let i = from; i < to; i++) view.remove(ids[i]!)
            }
          )
          return { matched: ids.length, lsn: position }
        })
      ),
    clear: (name) =>
      Effect.tap(
        blind(name, 1, (overlay, space) => {
          if (space === undefined && overlay.records.size === 0) return "nothing"
          overlay.cleared = true
          overlay.records.clear()
          return { write: { clear: true }, apply: (view) => view.clear() }
        }),
        () => Effect.forkIn(Effect.ignore(set.sweep), scope)
      ),
    has: (name) => spaces.has(name),
    read,
    search,
    matching: (name, predicate) =>
      alone(
        name,
        Effect.flatMap(
          committedView(name),
          (found) => found === undefined ? Effect.succeed(0) : lane.run(() => found.view.count(predicate))
        )
      ),
    namespaces: Effect.zipRight(
      whole,
      Effect.map(Clock.currentTimeMillis, (now) =>
        Array.from(spaces.values())
          .sort((a, b) => a.name < b.name ? -1 : 1)
          .map((space) => {
            if (space.view !== undefined) applyUntil(space, space.view, now)
            return {
              name: space.name,
              schema: space.schema,
              sizeBytes: space.written,
              recordCount: space.pending.length > 0 && space.view !== undefined ? space.view.size : space.records
            }
          }))
    ),
    createNamespace: (name, schema) =>
      alone(
        name,
        Effect.gen(function*() {
          if (spaces.has(name)) return yield* problem.alreadyExists(`Namespace ${name} already exists.`)
          const position = ++last
          const [outcome] = yield* set.write([{ namespace: name, lsn: position, declare: { schema } }])
          yield* Effect.mapError(outcome!, problem.fromStore)
          lsn = position
          addSpace(name, schema, 0)
          return { name, schema, recordCount: 0, sizeBytes: 0 }
        })
      ),
    deleteNamespace: (name) =>
      Effect.tap(
        alone(
          name,
          Effect.gen(function*() {
            const space = spaces.get(name)
            if (space === undefined) return yield* problem.notFound(`Namespace ${name} not found.`)
            const position = ++last
            const [outcome] = yield* set.write([{ namespace: name, lsn: position, drop: true }])
            yield* Effect.mapError(outcome!, problem.fromStore)
            lsn = position
            spaces.delete(name)
            memory.leave(space.tenant)
            const waiting = space.loading
            space.loading = undefined
            space.view = undefined
            if (waiting !== undefined) yield* Deferred.succeed(waiting.done, undefined)
            return position
          })
        ),
        () => Effect.forkIn(Effect.ignore(set.sweep), scope)
      ),
    counts: Effect.sync(() => ({
      records: Array.from(spaces.values()).reduce((sum, { records }) => sum + records, 0)
    })),
    warm: Effect.gen(function*() {
      yield* Effect.ignore(set.sweep)
      for (const space of Array.from(spaces.values())) {
        if (!memory.fits(sizeOf(space))) break
        yield* Effect.ignore(loaded(space))
      }
      yield* Effect.catchAll(set.check, breakDown)
    }).pipe(Effect.asVoid)
  }
})

/** A set that cannot be read: whatever is asked of it is refused with the same reason. */
export const unreadable = (reason: problem.Problem): Dataset => {
  const refuse = () => Effect.fail(reason)
  return {
    upsert: refuse,
    change: refuse,
    edit: refuse,
    editMatching: refuse,
    changeMatching: refuse,
    remove: refuse,
    removeMatching: refuse,
    clear: refuse,
    // Who asks is told why, not that there is nothing.
    has: () => true,
    read: refuse,
    search: refuse,
    matching: refuse,
    namespaces: Effect.fail(reason),
    createNamespace: refuse,
    deleteNamespace: refuse,
    counts: Effect.succeed({ records: 0 }),
    warm: Effect.void
  }
}

/** A record of which nothing but the metadata is of interest. */
const withMetadata = (id: string, metadata: Metadata | undefined): StoredRecord => ({
  id,
  values: undefined,
  sparseValues: undefined,
  metadata
})

/** A field may be called `__proto__`. */
const merged = (old: Metadata | undefined, change: Metadata): Metadata =>
  Object.fromEntries([...Object.entries(old ?? {}), ...Object.entries(change)])

/** Of records with the same id, the last. */
const lastOfEach = (records: ReadonlyArray<StoredRecord>): ReadonlyArray<StoredRecord> => {
  const byId = new Map<string, StoredRecord>()
  for (const record of records) byId.set(record.id, record)
  return byId.size === records.length ? records : Array.from(byId.values())
}
