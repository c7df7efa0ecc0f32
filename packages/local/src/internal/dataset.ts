import * as Namespaces from "@effect-pinecone/schema/Namespace"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import { Ending } from "./ending.js"
import type { Metadata, Predicate } from "./filter.js"
import * as lane from "./lane.js"
import * as manyEdits from "./manyEdits.js"
import type { Memory } from "./memory.js"
import * as memories from "./memory.js"
import type { Analysers, Hit, Metric, SearchOptions, StoredRecord } from "./namespaceView.js"
import { NamespaceView } from "./namespaceView.js"
import * as problem from "./problem.js"
import type { RecordSet, Write, Written } from "./recordSet.js"
import type { Threads } from "./scans/threads.js"
import type { Space } from "./space.js"
import { applyUntil } from "./space.js"
import * as spaceLoading from "./spaceLoading.js"
import type { StoreError } from "./storeError.js"
import * as textsAhead from "./textsAhead.js"
import type { BlockOptions } from "./vectorBlock.js"
import * as vectorSaving from "./vectorSaving.js"

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
  /** Where long scans go, if anywhere. */
  readonly threads?: Threads | undefined
  /** How vectors are in memory. */
  readonly block?: BlockOptions | undefined
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
  /** Records that it writes to a view that is there, whose texts may be others than before. */
  readonly texts?: ReadonlyArray<StoredRecord>
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
  readonly ending: Ending<any, problem.Problem>
}

/** So many writes, of so many records, are committed together. */
const mostJobs = 256
const mostRecords = 2000

/** So many may be all that wait. */
const fewJobs = 16

/** Fewer records are read from the database as fast as from a file. */
const usuallyLarge = 10_000

export const make = Effect.fnUntraced(function*(
  set: RecordSet,
  shape: Shape,
  options: DatasetOptions
): Effect.fn.Return<Dataset, StoreError, Scope.Scope> {
  const { block, consistency, file, large = usuallyLarge, memory = memories.make(undefined), name: title, threads } =
    options
  const { dimension = 0 } = shape
  const scope = yield* Effect.scope
  const spaces = new Map<string, Space>()
  const queue: Array<Job> = []
  let running = false
  let closed = false
  let broken: problem.Problem | undefined
  let lsn = yield* set.lsn
  /** The place of the last write that was begun. */
  let last = lsn

  const emptyView = () => new NamespaceView({ ...shape, threads, block })

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
        bytes: () => Math.max(space.bytes + (space.view?.searchBytes ?? 0), space.loading?.bytes ?? 0),
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
  const sizeOf = ({ records }: Space, part?: "codes"): number => {
    const texts = shape.analysers === undefined ? 0 : records * bytesPerRecord
    if (part === undefined) {
      // What was written since the start is not in the average.
      const bytes = Math.max(bytesPerRecord, memories.sizeOfVector(dimension) / 1.3)
      return memories.sizeOnDisk(records, bytes) + texts
    }
    // A vector takes whole pages of the database, more or less.
    const rest = Math.max(0, bytesPerRecord - 4096 * Math.ceil(dimension / 1024))
    return memories.sizeOnDisk(records, rest) + records * memories.sizeOfCode(dimension) + texts
  }

  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      closed = true
      for (const { ending } of queue.splice(0)) ending.end(problem.indexGone)
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

  const keep = vectorSaving.make({
    files: dimension === 0 ? undefined : set.vectors,
    dimension,
    large,
    title,
    spaces,
    breakDown,
    scope
  })

  const weigh = (records: ReadonlyArray<StoredRecord>): number =>
    memory.limited ? records.reduce((sum, record) => sum + memories.sizeOf(record), 0) : 0

  const { loaded, searchEarly } = spaceLoading.make({
    set,
    memory,
    dimension,
    emptyView,
    title,
    large,
    sizeOf,
    weigh,
    breakDown,
    lsn: () => lsn,
    keep,
    scope
  })

  const viewOf = (name: string): Effect.Effect<NamespaceView | undefined, problem.Problem> =>
    Effect.andThen(
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
  // Writing
  // ---------------------------------------------------------------------------

  const delay: Effect.Effect<number> = consistency === undefined
    ? Effect.succeed(0)
    : Effect.map(
      consistency.random.nextRange(Duration.toMillis(consistency.minimum), Duration.toMillis(consistency.maximum)),
      Math.round
    )

  /** Shows a write that is committed to the reads: at a time, and after as long as it takes to become visible. */
  const showAt = (
    now: number,
    wait: number,
    space: Space,
    position: number,
    written: Written,
    { apply, write }: Planned
  ): void => {
    lsn = position
    space.unsaved += (write.upserts?.length ?? 0) + Math.max(0, space.records - written.records)
    if (write.clear === true) space.unsaved = Infinity
    space.writtenAt = now
    space.records = written.records
    if (write.clear === true) space.written = 0
    for (const record of write.upserts ?? []) space.written += memories.sizeOf(record)
    if (write.clear === true && space.view === undefined) {
      // Whatever was being loaded is not there any more.
      const waiting = space.loading
      space.loading = undefined
      space.view = emptyView()
      space.bytes = 0
      apply(space.view)
      if (waiting !== undefined) Deferred.unsafeDone(waiting.done, Effect.succeed(space.view))
    } else if (space.view !== undefined) {
      if (wait === 0 && space.pending.length === 0) apply(space.view)
      else space.pending.push({ lsn: position, due: now + wait, apply })
    } else space.loading?.since.push(apply)
    if (memory.limited && space.view !== undefined) {
      space.bytes += weigh(write.upserts ?? [])
      if (write.clear === true) space.bytes = 0
      memory.touch(space.tenant)
      memory.shrink(space.tenant)
    }
  }

  const show = (space: Space, position: number, written: Written, planned: Planned): Effect.Effect<void> =>
    Effect.zipWith(Clock.currentTimeMillis, delay, (now, wait) => showAt(now, wait, space, position, written, planned))
      .pipe(Effect.andThen(keep(space)))

  const inFlight = (name: string, change: 1 | -1) => {
    const space = spaces.get(name)
    // It may have come into being with an earlier write of the same group.
    if (space !== undefined) space.inFlight = Math.max(0, space.inFlight + change)
  }

  const end = ({ ending }: Job, result: Effect.Effect<unknown, problem.Problem>): void => ending.end(result)

  // There may be hundreds of jobs: what is done for each is plain code, and steps are for what is waited for.
  const together = (jobs: ReadonlyArray<Job>): Effect.Effect<void> =>
    Effect.gen(function*() {
      const overlays = new Map<string, Overlay>()
      const planned: Array<{ readonly job: Job; readonly position: number; readonly plan: Planned }> = []
      for (const job of jobs) {
        if (job.looks) {
          const view = yield* Effect.either(viewOf(job.namespace))
          if (Either.isLeft(view)) {
            end(job, view.left)
            continue
          }
          // What a write builds on is what is committed, seen by reads or not.
          const space = spaces.get(job.namespace)
          if (space !== undefined && view.right !== undefined) applyUntil(space, view.right, Infinity)
        }
        let overlay = overlays.get(job.namespace)
        if (overlay === undefined) overlays.set(job.namespace, overlay = { cleared: false, records: new Map() })
        const plan = job.plan?.(overlay, spaces.get(job.namespace))
        if (plan === undefined || plan instanceof problem.Problem) end(job, plan ?? problem.indexGone)
        else if (plan === "nothing") end(job, Effect.succeed(lsn))
        else planned.push({ job, plan, position: ++last })
      }
      if (planned.length === 0) return
      for (const { job } of planned) inFlight(job.namespace, 1)
      const outcomes = yield* set.write(
        planned.map(({ job, plan, position }) => ({ ...plan.write, namespace: job.namespace, lsn: position }))
      )
      const now = yield* Clock.currentTimeMillis
      const touched = new Set<Space>()
      for (let i = 0; i < planned.length; i++) {
        const { job, plan, position } = planned[i]!
        const outcome = outcomes[i]!
        if (Either.isLeft(outcome)) {
          inFlight(job.namespace, -1)
          end(job, yield* breakDown(outcome.left))
          continue
        }
        const space = spaces.get(job.namespace) ?? addSpace(job.namespace, undefined, 0)
        const wait = consistency === undefined ? 0 : yield* delay
        const show = Effect.sync(() => showAt(now, wait, space, position, outcome.right, plan))
        if (plan.texts === undefined || space.view === undefined || wait > 0) yield* show
        else yield* textsAhead.showing(space.view, plan.texts, show)
        inFlight(job.namespace, -1)
        touched.add(space)
        end(job, Effect.succeed(position))
      }
      for (const space of touched) yield* keep(space)
    }).pipe(
      // Where the index is deleted meanwhile, nobody waits in vain.
      Effect.ensuring(Effect.sync(() => {
        for (const job of jobs) end(job, problem.indexGone)
      })),
      Effect.uninterruptible
    )

  // Who has an answer writes again, as a rule. Where all that wait were committed together, all would be answered together, and
  // this thread would have nothing to do at each commit: so it is half of those that are expected to be waiting by then.
  const drain: Effect.Effect<void> = Effect.gen(function*() {
    /** How many were committed together before. */
    let before = 0
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
          Effect.map(Effect.exit(first.alone), (exit) => end(first, exit))
        )
        continue
      }
      const jobs: Array<Job> = []
      let weight = 0
      const most = Math.min(mostJobs, Math.max(fewJobs, Math.ceil((queue.length + before) / 2)))
      while (queue.length > 0 && jobs.length < most && (jobs.length === 0 || weight < mostRecords)) {
        const job = queue[0]!
        if (job.alone !== undefined) break
        queue.shift()
        weight += job.weight
        jobs.push(job)
      }
      before = jobs.length
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
  const enqueue = <A>(job: Omit<Job, "ending">): Effect.Effect<A, problem.Problem> =>
    Effect.suspend(() => {
      const refused = broken ?? (closed ? problem.indexGone : undefined)
      if (refused !== undefined) return refused
      const ending = new Ending<A, problem.Problem>()
      const queued: Job = { ...job, ending }
      queue.push(queued)
      const ended = ending.awaited(Effect.suspend(() => {
        const at = queue.indexOf(queued)
        // What is being written has its end waited for, so that whoever reads afterwards sees it.
        if (at === -1) return ending.over
        queue.splice(at, 1)
        return Effect.void
      }))
      if (running) return ended
      running = true
      return Effect.andThen(Effect.forkIn(drain, scope), ended)
    })

  const blind = (
    namespace: string,
    weight: number,
    plan: NonNullable<Job["plan"]>,
    looks = false
  ): Effect.Effect<number, problem.Problem> =>
    lane.writing(enqueue({ namespace, weight, plan, looks, alone: undefined }))

  const alone = <A>(namespace: string, effect: Effect.Effect<A, problem.Problem>): Effect.Effect<A, problem.Problem> =>
    enqueue({ namespace, weight: 0, plan: undefined, looks: true, alone: effect })

  const many = manyEdits.make({
    set,
    spaces,
    alone,
    viewOf,
    breakDown,
    lsn: () => lsn,
    nextPosition: () => ++last,
    inFlight,
    show: (space, position, records, apply) => show(space, position, { records }, { write: {}, apply }),
    isDelayed: consistency !== undefined
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
        },
        texts: upserts
      }
    }, true)

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
    editMatching: many.editMatching,
    changeMatching: (name, predicate, setMetadata, refuse) =>
      many.editMatching(name, predicate, "metadata", (record) => {
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
    removeMatching: many.removeMatching,
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
    matching: many.matching,
    namespaces: Effect.andThen(
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

/** A field may be called `__proto__`. */
const merged = (old: Metadata | undefined, change: Metadata): Metadata =>
  Object.fromEntries([...Object.entries(old ?? {}), ...Object.entries(change)])

/** Of records with the same id, the last. */
const lastOfEach = (records: ReadonlyArray<StoredRecord>): ReadonlyArray<StoredRecord> => {
  const byId = new Map<string, StoredRecord>()
  for (const record of records) byId.set(record.id, record)
  return byId.size === records.length ? records : Array.from(byId.values())
}
