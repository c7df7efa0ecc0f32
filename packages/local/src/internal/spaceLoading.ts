import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fastLoad from "./fastLoad.js"
import type { Memory } from "./memory.js"
import * as memories from "./memory.js"
import type { Hit, NamespaceView, SearchOptions, StoredRecord } from "./namespaceView.js"
import type * as problem from "./problem.js"
import type { RecordSet } from "./recordSet.js"
import type { Loading, Space } from "./space.js"
import type { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"
import { turn } from "./turn.js"
import type { VectorsInFile } from "./vectorBlock.js"

/** Brings namespaces into memory. */
export interface SpaceLoading {
  /** The view of a namespace; nothing where it has been deleted meanwhile. */
  readonly loaded: (space: Space) => Effect.Effect<NamespaceView | undefined, problem.Problem>
  /** What the vectors alone answer while the records are loaded; nothing where something has been written meanwhile. */
  readonly searchEarly: (
    space: Space,
    options: SearchOptions,
    vector: Float32Array
  ) => Effect.Effect<
    { readonly hits: ReadonlyArray<Hit>; readonly size: number; readonly lsn: number } | undefined,
    problem.Problem
  >
}

export interface SpaceLoadingOptions {
  readonly set: RecordSet
  readonly memory: Memory
  readonly dimension: number
  readonly emptyView: () => NamespaceView
  /** What the set is called in messages. */
  readonly title: string
  /** Namespaces of so many records have a file of their vectors. */
  readonly large: number
  /** About what a namespace takes once it is loaded: with its vectors, or with their codes alone. */
  readonly sizeOf: (space: Space, part?: "codes") => number
  /** About what records take; 0 where nothing has to be weighed. */
  readonly weigh: (records: ReadonlyArray<StoredRecord>) => number
  readonly breakDown: (error: StoreError) => Effect.Effect<problem.Problem>
  /** The newest write. */
  readonly lsn: () => number
  /** Writes the file of its vectors, if it is due. */
  readonly keep: (space: Space) => Effect.Effect<void>
  /** Where namespaces are loaded. */
  readonly scope: Scope.Scope
}

export const make = (options: SpaceLoadingOptions): SpaceLoading => {
  const { breakDown, dimension, emptyView, keep, large, lsn, memory, scope, set, sizeOf, title, weigh } = options
  const files = dimension === 0 ? undefined : set.vectors

  /** The files in which vectors have stayed are closed when nobody has their views any more, or with the scope. */
  const held = new FinalizationRegistry<Scope.CloseableScope>((file) => {
    Effect.runFork(Scope.close(file, Exit.void))
  })

  /** Reads everything from the database. */
  const loadRecords = (space: Space, goesOn: () => boolean) =>
    Effect.gen(function*() {
      const view = emptyView()
      yield* set.records(space.name).pipe(
        // While these are taken in, the next ones are read in their thread.
        Stream.buffer({ capacity: 2 }),
        Stream.takeWhile(goesOn),
        Stream.runForEach((records) =>
          Effect.andThen(
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
    { early }: Loading,
    goesOn: () => boolean,
    inFile?: fastLoad.InFile
  ): Effect.Effect<NamespaceView | undefined, StoreError> => {
    if (files === undefined || space.saving) return Effect.succeed(undefined)
    if (space.records < large && inFile === undefined) return Effect.succeed(undefined)
    const view = emptyView()
    return fastLoad.load({
      files,
      namespace: space.name,
      dimension,
      view,
      goesOn,
      inFile,
      ready: (search) => Deferred.succeed(early, search),
      took: (some) => {
        if (!memory.limited) return
        const { length } = some.places
        const perVector = inFile === undefined ? memories.sizeOfVector(dimension) : memories.sizeOfCode(dimension)
        space.bytes += perVector * length + (some._tag === "Records"
          ? weigh(some.records)
          : memories.sizeOfPacked(length, some.columns.ids.length, some.columns.texts.length))
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

  /** Reads the codes of the vectors from their file, which is written where it is not there yet. */
  const loadCodes = (space: Space, loading: Loading, goesOn: () => boolean): Effect.Effect<
    NamespaceView | undefined,
    StoreError
  > =>
    files === undefined ? Effect.succeed(undefined) : Effect.gen(function*() {
      yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => !space.saving }).pipe(
        Effect.when(() => space.saving)
      )
      const attempt = Effect.gen(function*() {
        const file = yield* Scope.fork(scope, ExecutionStrategy.sequential)
        let isHeld = false
        const hold = (vectors: VectorsInFile) => {
          isHeld = true
          held.register(vectors, file)
        }
        space.bytes = 0
        const view = loadFast(space, loading, goesOn, { scope: file, hold })
        return yield* Effect.onExit(view, (exit) => isHeld ? Effect.void : Scope.close(file, exit))
      })
      const view = yield* attempt
      if (view !== undefined || !goesOn()) return view
      space.saving = true
      space.unsaved = 0
      yield* Effect.ensuring(
        files.write(space.name, dimension),
        Effect.sync(() => {
          space.saving = false
        })
      )
      return yield* attempt
    })

  const load = (space: Space, loading: Loading): Effect.Effect<void, problem.Problem> =>
    Effect.gen(function*() {
      const goesOn = () => space.loading === loading
      const what = `The namespace "${space.name}" of ${title}`
      const whole = sizeOf(space)
      // What does not fit even alone is searched by its codes.
      const codes = files !== undefined && !memory.couldFit(whole)
      const bytes = codes ? sizeOf(space, "codes") : whole
      yield* memory.reserve(space.tenant, bytes, what)
      // What is loaded beside it finds that this is taken.
      loading.bytes = bytes
      const view = yield* (codes ? loadCodes : loadFast)(space, loading, goesOn).pipe(
        Effect.catchAll((error) => Effect.flatMap(breakDown(error), Effect.fail)),
        Effect.flatMap((view) => {
          if (view !== undefined || !goesOn()) return Effect.succeed(view)
          if (codes) return Effect.as(memory.reserve(space.tenant, whole, what), undefined)
          space.bytes = 0
          return Effect.catchAll(
            loadRecords(space, goesOn),
            (error) => Effect.flatMap(breakDown(error), Effect.fail)
          )
        })
      )
      // It may have been emptied or deleted meanwhile.
      if (view === undefined || space.loading !== loading) return
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
          return Effect.andThen(
            Deferred.succeed(loading.early, undefined),
            Exit.isSuccess(exit)
              ? Deferred.succeed(loading.done, space.view)
              : Deferred.failCause(loading.done, exit.cause)
          )
        })
      )
    )

  /** The loading of a namespace that is not in memory: the one that is under way, or a new one. */
  const loadingOf = (space: Space): Effect.Effect<Loading> =>
    Effect.suspend(() => {
      if (space.loading !== undefined) return Effect.succeed(space.loading)
      const loading: Loading = {
        done: Deferred.unsafeMake(FiberId.none),
        early: Deferred.unsafeMake(FiberId.none),
        since: [],
        bytes: 0
      }
      space.loading = loading
      return Effect.as(Effect.forkIn(Effect.interruptible(Effect.ignore(load(space, loading))), scope), loading)
    })

  /** The view of a namespace; nothing where it has been deleted meanwhile. */
  const loaded: SpaceLoading["loaded"] = (space) =>
    Effect.suspend(() =>
      space.view === undefined
        ? Effect.flatMap(loadingOf(space), ({ done }) => Deferred.await(done))
        : Effect.succeed(space.view)
    )

  /** What the vectors alone answer while the records are loaded; nothing where something has been written meanwhile. */
  const searchEarly: SpaceLoading["searchEarly"] = (space, options, vector) =>
    Effect.gen(function*() {
      const loading = yield* loadingOf(space)
      const search = yield* Deferred.await(loading.early)
      const isQuiet = () => space.loading === loading && loading.since.length === 0 && space.inFlight === 0
      if (search === undefined || !isQuiet()) return undefined
      const seen = { size: space.records, lsn: lsn() }
      const hits = yield* Effect.catchAll(
        search(options, vector),
        (error) => Effect.flatMap(breakDown(error), Effect.fail)
      )
      return hits === undefined || !isQuiet() ? undefined : { hits, ...seen }
    })

  return { loaded, searchEarly }
}
