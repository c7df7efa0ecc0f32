/**
 * A cache of records that `get` found, for programs that ask for the same records again.
 *
 * ```ts
 * import * as RecordCache from "@effect-pinecone/data-plane/RecordCache"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   const cache = yield* RecordCache.make({ capacity: 1_000, timeToLive: "1 minute" })
 *   const first = yield* index.get("alien", { cache })
 *   const again = yield* index.get("alien", { cache })
 *   yield* index.update({ id: "alien", setMetadata: { seen: true } })
 *   yield* cache.invalidateAll
 *   return { first, again }
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import * as Check from "@effect-pinecone/schema/Check"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"

/**
 * The identifier of the values of this module.
 *
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("@effect-pinecone/data-plane/RecordCache")

/**
 * The type of the identifier.
 *
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * Where a record is: all views of an index have the same `index`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Key {
  readonly index: object
  readonly namespace: string
  readonly id: string
}

/**
 * Records as they are stored, and ids that were not there. Views of an index with and without a Schema, and several indexes,
 * can share one.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordCache {
  readonly [TypeId]: TypeId
  /** What is kept under a key, or else what `find` gives, which is kept unless it fails. */
  readonly get: <X, E, R>(
    key: Key,
    find: Effect.Effect<Option.Option<X>, E, R>
  ) => Effect.Effect<Option.Option<X>, E, R>
  /** Forgets everything. What is being read meanwhile is not kept. */
  readonly invalidateAll: Effect.Effect<void>
}

/**
 * How much a cache keeps, and for how long.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** The most records. Those that were not asked for the longest make room. */
  readonly capacity: number
  /** How long a record is kept after it was read. */
  readonly timeToLive: Duration.DurationInput
}

/**
 * Whether a value is a cache of records.
 *
 * @since 0.1.0
 * @category guards
 */
export const isRecordCache = (u: unknown): u is RecordCache => Predicate.hasProperty(u, TypeId)

interface Kept {
  readonly found: Option.Option<unknown>
  readonly until: number
}

/** Puts an entry at the end, where the one is that was asked for last; the first makes room. */
const keep = (entries: Map<string, Kept>, capacity: number, key: string, kept: Kept): void => {
  entries.delete(key)
  entries.set(key, kept)
  if (entries.size <= capacity) return
  const oldest = entries.keys().next()
  if (oldest.done !== true) entries.delete(oldest.value)
}

const unchecked = (capacity: number, timeToLive: number): RecordCache => {
  const indexes = new WeakMap<object, number>()
  let known = 0
  let entries = new Map<string, Kept>()

  const nameOf = ({ id, index, namespace }: Key): string => {
    const number = indexes.get(index) ?? known++
    indexes.set(index, number)
    return JSON.stringify([number, namespace, id])
  }

  return {
    [TypeId]: TypeId,
    get: <X, E, R>(key: Key, find: Effect.Effect<Option.Option<X>, E, R>) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const name = nameOf(key)
        const into = entries
        const kept = into.get(name)
        if (kept !== undefined && now < kept.until) {
          keep(into, capacity, name, kept)
          // eslint-disable-next-line no-restricted-syntax -- an index finds records of one type.
          return Effect.succeed(kept.found as Option.Option<X>)
        }
        return Effect.tap(
          find,
          (found) =>
            Effect.map(
              Clock.currentTimeMillis,
              (then) => keep(into, capacity, name, { found, until: then + timeToLive })
            )
        )
      }),
    invalidateAll: Effect.sync(() => {
      entries = new Map()
    })
  }
}

/**
 * An empty cache. `get` uses it where it is given as an option; writes do not change it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<RecordCache, InvalidSettings.InvalidSettings> =>
  Effect.gen(function*() {
    const { capacity, timeToLive } = yield* Effect.mapError(
      Check.read<Options>({ operation: "RecordCache.make" }, options, {
        required: { capacity: Check.integer(1), timeToLive: Check.duration },
        optional: {}
      }),
      ({ field = "options", message }) => new InvalidSettings.InvalidSettings({ setting: field, message })
    )
    return unchecked(capacity, Duration.toMillis(timeToLive))
  })
