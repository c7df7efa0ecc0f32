import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { make as makeArrivals } from "./arrivals.js"
import * as columns from "./columns.js"
import type { Filling, Hit, NamespaceView, SearchOptions, StoredRecord } from "./namespaceView.js"
import { decoding } from "./packing.js"
import { sortedCopy } from "./sparseBlock.js"
import type { StoreError } from "./storeError.js"
import { turn } from "./turn.js"
import type { Region, Stage, VectorsInFile } from "./vectorBlock.js"
import { readers, Unusable } from "./vectorFile.js"
import type { OpenedVectors, PlacedRecords, VectorFiles } from "./vectorFiles.js"

/** Answers a query by a dense vector before the records are in memory; nothing where they have changed meanwhile. */
export type EarlySearch = (
  options: SearchOptions,
  vector: Float32Array
) => Effect.Effect<ReadonlyArray<Hit> | undefined, StoreError>

export interface FastLoadOptions {
  readonly files: VectorFiles
  readonly namespace: string
  readonly dimension: number
  /** An empty one. */
  readonly view: NamespaceView
  /** Whether it is still wanted. */
  readonly goesOn: () => boolean
  /** The vectors come, or all are there: and nothing else. */
  readonly ready: (search: EarlySearch) => Effect.Effect<void>
  /** Some records are there too. */
  readonly took: (records: PlacedRecords) => void
  /** Has the vectors stay in their file, and only their codes come to memory. */
  readonly inFile?: InFile | undefined
}

/** What keeps a file open. */
export interface InFile {
  readonly scope: Scope.Scope
  /** The view has the vectors of a file for as long as it has this. */
  readonly hold: (vectors: VectorsInFile) => void
}

/** Where vectors are read to, and what becomes of them when they are there. */
interface Room {
  readonly regionsFor: (firstSlot: number, rows: number) => ReadonlyArray<Region>
  readonly filled: (firstSlot: number, rows: number) => void
}

/** Where the vectors stay. */
const roomInMemory = (filling: Filling, dimension: number, { hasVector, places }: OpenedVectors): Effect.Effect<Room> =>
  Effect.gen(function*() {
    const count = places.length
    const regions: Array<Region> = []
    const rows = Math.ceil(bytesPerTurn / (4 * dimension))
    for (let from = 0; from < count; from += rows) {
      const some = Math.min(rows, count - from)
      for (const region of filling.adopt(some, count - from - some)) regions.push(region)
      yield* turn
    }
    return {
      regionsFor: () => regions,
      filled: (firstSlot, rows) => filling.filled(firstSlot, rows, hasVector)
    }
  })

interface Taken {
  readonly stage: Stage
  readonly firstSlot: number
  readonly rows: number
}

/** Where they are encoded, one piece after the other. */
const roomForCodes = (
  filling: Filling,
  { hasVector, path, places, rowsPerRead, vectors }: OpenedVectors,
  { hold }: InFile
): Effect.Effect<Room, Unusable> =>
  Effect.suspend(() => {
    const free = Array.from({ length: readers }, () => filling.stage(rowsPerRead)).filter((stage) =>
      stage !== undefined
    )
    hold(vectors)
    if (free.length < readers || !filling.adoptInFile(places.length, vectors)) {
      return new Unusable({ message: `${path} cannot be searched where it is, for want of memory` })
    }
    const taken = new Set<Taken>()
    return Effect.succeed<Room>({
      regionsFor: (firstSlot, rows) => {
        const stage = free.pop()
        if (stage === undefined) return []
        taken.add({ stage, firstSlot, rows })
        return [stage.region(firstSlot)]
      },
      filled: (firstSlot, rows) => {
        for (const piece of taken) {
          const end = piece.firstSlot + piece.rows
          if (firstSlot < piece.firstSlot || firstSlot >= end) continue
          piece.stage.encoded(firstSlot - piece.firstSlot, rows, firstSlot, hasVector)
          if (firstSlot + rows < end) return
          taken.delete(piece)
          free.push(piece.stage)
        }
      }
    })
  })

/** The vectors as the database has them now. */
interface Vectors {
  /** By slot, in ascending order. */
  readonly places: ReadonlyArray<number> | Uint32Array
  /** The slots whose record is not there any more. */
  readonly gone: ReadonlySet<number>
  /** How many are not as the file has them. */
  readonly changed: number
}

/** So many records become entries in one turn of the event loop. */
const recordsPerTurn = 500

const pieces = (slots: Int32Array): ReadonlyArray<Int32Array> =>
  Array.from(
    { length: Math.ceil(slots.length / recordsPerTurn) },
    (_, i) => slots.subarray(i * recordsPerTurn, (i + 1) * recordsPerTurn)
  )

/** So much memory for vectors is taken in one turn of the event loop. */
const bytesPerTurn = 2 ** 27

/** Who waited for the vectors goes first, and who comes later waits for nobody, nor is waited for. */
const makeHead = () => {
  const done = Deferred.unsafeMake<void>(FiberId.none)
  let running = 0
  let open = true
  const leave = Effect.suspend(() => --running === 0 && !open ? Deferred.succeed(done, undefined) : Effect.void)
  return {
    ahead: <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        if (!open) return effect
        running++
        return Effect.ensuring(effect, leave)
      }),
    /** Waits for those that have come by now. */
    end: Effect.andThen(
      turn,
      Effect.suspend(() => {
        open = false
        return running === 0 ? Effect.void : Deferred.await(done)
      })
    )
  }
}

/** The slot of a place that is at or after another slot. */
const slotOf = (places: ArrayLike<number>, place: number): number => {
  let low = 0
  let high = places.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (places[middle]! < place) low = middle + 1
    else high = middle
  }
  return low
}

/** A list of places that grows. */
const longer = (places: Uint32Array, more: ReadonlyArray<number>): Uint32Array => {
  if (more.length === 0) return places
  const all = new Uint32Array(places.length + more.length)
  all.set(places)
  all.set(more, places.length)
  return all
}

/**
 * Fills a view from the file of its vectors: first with all vectors, by which queries can be answered already, then with
 * the records. What is written from the beginning on must be applied to the view afterwards, whether it is in it or not.
 *
 * Gives how many vectors were not as the file has them; nothing where there is no file. A view that has failed to be filled
 * is of no use.
 */
export const load = (
  { dimension, files, goesOn, inFile, namespace, ready, took, view }: FastLoadOptions
): Effect.Effect<Option.Option<number>, StoreError | Unusable> => {
  const filling = view.fill()
  const arrivals = makeArrivals()
  const head = makeHead()

  const search = (places: Vectors["places"]): EarlySearch => (options, vector) =>
    head.ahead(Effect.gen(function*() {
      const found = yield* arrivals.search(filling.seek(options, vector))
      const records = found && (yield* files.pick(namespace, found.map(({ slot }) => places[slot]!)))
      return found && records?.map(({ id, metadata, sparseValues }, i): Hit => {
        const { score, values } = found[i]!
        return options.includeValues === true
          ? { id, values, sparseValues: sparseValues && sortedCopy(sparseValues), metadata, score }
          : { id, values: undefined, sparseValues: undefined, metadata, score }
      })
    }))

  /** The file is open until it has been read, unless its vectors are to stay there. */
  const whileOpen = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>): Effect.Effect<A, E> =>
    inFile === undefined ? Effect.scoped(effect) : Scope.extend(effect, inFile.scope)

  const readVectors = whileOpen(Effect.gen(function*() {
    const file = yield* files.open(namespace, dimension)
    if (Option.isNone(file)) return Option.none<Vectors>()
    const { changes, path, places, read } = file.value
    const count = places.length
    const { filled, regionsFor } = yield* inFile === undefined
      ? roomInMemory(filling, dimension, file.value)
      : roomForCodes(filling, file.value, inFile)
    // Where the file is as the database, each piece is searched when it comes.
    const isCurrent = yield* file.value.isCurrent
    if (isCurrent) yield* ready(search(places))
    yield* read(regionsFor, (firstSlot, rows) => {
      filled(firstSlot, rows)
      arrivals.came(firstSlot, firstSlot + rows)
      return goesOn()
    })
    if (!goesOn()) return Option.none<Vectors>()
    if (isCurrent) yield* arrivals.end(count)
    const added: Array<number> = []
    const gone = new Set<number>()
    let changed = 0
    /** Whether the file can be made into what the database has. */
    const change = (place: number, state: number, values: Float32Array | undefined): boolean => {
      const slot = slotOf(places, place)
      if (places[slot] === place) {
        if (state === 0) gone.add(slot)
        else filling.write(slot, values)
      } else if (state !== 0) {
        if (slot < count) return false
        filling.append(values)
        added.push(place)
      }
      return true
    }
    yield* Stream.runForEach(changes, (some) =>
      Effect.andThen(
        turn,
        Effect.suspend(() => {
          changed += some.places.length
          const fits = some.places.every((place, i) => {
            const state = some.states[i] ?? 0
            const values = state === 2 ? some.vectors.subarray(i * dimension, (i + 1) * dimension) : undefined
            return change(place, state, values)
          })
          return fits ? Effect.void : new Unusable({ message: `${path} was written while too much has changed` })
        })
      ))
    for (const slot of gone) filling.drop(slot)
    const all = longer(places, added)
    if (!isCurrent) {
      yield* arrivals.end(all.length)
      yield* ready(search(all))
    }
    return Option.some<Vectors>({ places: all, gone, changed })
  })).pipe(
    // Whoever looks for something there goes elsewhere.
    Effect.onExit(() => arrivals.end(undefined))
  )

  const readRecords = ({ gone, places }: Vectors) =>
    Effect.gen(function*() {
      let next = 0
      const without: Array<number> = []
      const passTo = (slot: number) => {
        for (; next < slot; next++) if (!gone.has(next)) without.push(next)
      }
      /** The slot of a place, in ascending order; -1 for what has come since, which is applied afterwards. */
      const take = (place: number): number => {
        while (next < places.length && places[next]! < place) passTo(next + 1)
        return places[next] !== place || gone.has(next) ? -1 : next++
      }
      /** Some records, each with the slot that it has. */
      const attach = (slots: Int32Array, records: Iterable<StoredRecord>) =>
        Effect.flatMap(Effect.sync(() => records[Symbol.iterator]()), (iterator) =>
          Effect.forEach(pieces(slots), (some) =>
            Effect.andThen(
              turn,
              decoding(() => {
                for (const slot of some) {
                  const next = iterator.next()
                  if (slot >= 0 && next.done !== true) {
                    filling.attach(slot, next.value)
                  }
                }
              })
            ), { discard: true }))
      yield* files.records(namespace).pipe(
        Stream.buffer({ capacity: 2 }),
        Stream.takeWhile(goesOn),
        Stream.runForEach((some) =>
          Effect.andThen(
            turn,
            Effect.suspend(() => {
              const slots = Int32Array.from(some.places, take)
              took(some)
              if (some._tag === "Records") {
                return attach(slots, some.records)
              }
              if (!filling.takesColumns) {
                return attach(slots, columns.each(some.columns))
              }
              filling.attachColumns(some.columns, slots)
              return Effect.void
            })
          )
        )
      )
      passTo(places.length)
      for (const slot of without) {
        filling.drop(slot)
      }
    })

  return Effect.gen(function*() {
    const vectors = yield* readVectors
    if (Option.isNone(vectors)) return Option.none()
    yield* head.end
    yield* readRecords(vectors.value)
    return Option.some(vectors.value.changed)
  })
}
