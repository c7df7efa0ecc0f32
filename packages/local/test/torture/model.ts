/** What the torture knows of what the server holds, and how it judges what it finds. */
import type { Fetched } from "@effect-pinecone/data-plane/VectorIndex"
import type * as Metadata from "@effect-pinecone/schema/Metadata"
import type { SparseVector } from "@effect-pinecone/schema/Vector"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

export interface Item {
  readonly values: Float32Array
  readonly sparseValues: SparseVector | undefined
  readonly metadata: Metadata.Metadata
}

/** The records of a namespace by their ids. */
export type Items = ReadonlyMap<string, Item>

/**
 * Something that the server holds: as it was last acknowledged and, where an operation was sent that was not answered, as
 * that operation would leave it. The server may hold either when it is back, and nothing between.
 */
export interface Cell<S> {
  committed: S
  underWay: { readonly what: string; readonly after: S } | undefined
}

export const cell = <S>(committed: S): Cell<S> => ({ committed, underWay: undefined })

/** Sends an operation that makes `after` of a cell. What fails stays under way: nobody knows whether it was done. */
export const attempt = <S, A, E, R>(
  target: Cell<S>,
  what: string,
  after: S,
  send: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  Effect.suspend(() => {
    target.underWay = { what, after }
    return Effect.tap(send, () =>
      Effect.sync(() => {
        target.committed = after
        target.underWay = undefined
      }))
  })

export interface Fault {
  readonly kind: "lost" | "resurrected" | "half-done" | "wrong"
  readonly message: string
}

export const fault = (kind: Fault["kind"], message: string): Fault => ({ kind, message })

export const pushAll = (faults: Array<Fault>, more: ReadonlyArray<Fault>): void => {
  for (const one of more) faults.push(one)
}

/** What makes two records the same, to the bit of each number. */
const printOf = ({ metadata, sparseValues, values }: Item): string =>
  JSON.stringify([
    Array.from(new Uint32Array(values.slice().buffer)),
    sparseValues === undefined ? null : [
      Array.from(sparseValues.indices),
      Array.from(new Uint32Array(Float32Array.from(sparseValues.values).buffer))
    ],
    Object.entries(metadata).sort(([a], [b]) => a < b ? -1 : 1)
  ])

const same = (a: Items, b: Items): boolean =>
  a.size === b.size && Array.from(a).every(([id, item]) => {
    const other = b.get(id)
    return other !== undefined && printOf(other) === printOf(item)
  })

const sameState = (a: Items | undefined, b: Items | undefined): boolean =>
  a === undefined || b === undefined ? a === b : same(a, b)

const shown = (ids: ReadonlyArray<string>): string => `${ids.length} (${ids.slice(0, 3).join(", ")})`

/** What is wrong with what was found where a cell is; from then on the cell is what was found. */
export const judge = (
  place: string,
  target: Cell<Items | undefined>,
  found: Items | undefined
): ReadonlyArray<Fault> => {
  const { committed, underWay } = target
  target.committed = found
  target.underWay = undefined
  const allowed = underWay === undefined ? [committed] : [committed, underWay.after]
  if (allowed.some((state) => sameState(state, found))) return []
  const where = underWay === undefined ? place : `${place}, with ${underWay.what} under way`
  if (found === undefined) return [fault("lost", `${where}: is gone`)]
  if (allowed.every((state) => state === undefined)) {
    return [fault("resurrected", `${where}: is there with ${found.size} records`)]
  }
  const missing: Array<string> = []
  const older: Array<string> = []
  const back: Array<string> = []
  for (
    const id of new Set([...allowed.flatMap((state) => state === undefined ? [] : [...state.keys()]), ...found.keys()])
  ) {
    const item = found.get(id)
    const possible = allowed.map((state) => state?.get(id))
    if (item === undefined) {
      if (possible.every((one) => one !== undefined)) missing.push(id)
    } else if (possible.every((one) => one === undefined)) back.push(id)
    else if (!possible.some((one) => one !== undefined && printOf(one) === printOf(item))) older.push(id)
  }
  const faults = [
    ...(missing.length > 0 ? [fault("lost", `${where}: lacks ${shown(missing)}`)] : []),
    ...(older.length > 0 ? [fault("lost", `${where}: has not what was acknowledged of ${shown(older)}`)] : []),
    ...(back.length > 0 ? [fault("resurrected", `${where}: has ${shown(back)}`)] : [])
  ]
  return faults.length > 0
    ? faults
    : [
      fault(
        "half-done",
        `${where}: ${found.size} records, neither ${allowed.map((s) => s?.size ?? "none").join(" nor ")}`
      )
    ]
}

export const itemsOf = (records: Iterable<Fetched<Metadata.Metadata>>): Items => {
  const items = new Map<string, Item>()
  for (const { id, metadata, sparseValues, values } of records) {
    items.set(id, { values: values ?? new Float32Array(), sparseValues, metadata })
  }
  return items
}

// -----------------------------------------------------------------------------
// Random records
// -----------------------------------------------------------------------------

export const dimension = 8

/** A number of any size: what is not exact shows. */
const float = Effect.zipWith(
  Random.nextRange(-1, 1),
  Random.nextIntBetween(-6, 6),
  (share, exponent) => Math.fround(share * 10 ** exponent)
)

export const randomValues: Effect.Effect<Float32Array> = Effect.map(
  Effect.replicateEffect(float, dimension),
  (values) => Float32Array.from(values)
)

const randomSparse: Effect.Effect<SparseVector> = Effect.gen(function*() {
  const count = yield* Random.nextIntBetween(1, 5)
  const start = yield* Random.nextIntBetween(0, 2 ** 31)
  const values = yield* Effect.replicateEffect(float, count)
  return {
    indices: Uint32Array.from({ length: count }, (_, i) => start + 1000 * i),
    values: Float32Array.from(values)
  }
})

export const groups = 5

export const randomItem = (
  owner: string,
  version: number,
  options: { readonly sparse: boolean }
): Effect.Effect<Item> =>
  Effect.gen(function*() {
    const group = yield* Random.nextIntBetween(0, groups)
    const text = yield* Random.nextIntBetween(0, 400)
    return {
      values: yield* randomValues,
      sparseValues: options.sparse && (yield* Random.nextBoolean) ? yield* randomSparse : undefined,
      metadata: {
        owner,
        group,
        version,
        text: "ü\"".repeat(text),
        flags: text % 2 === 0 ? ["even", "ü"] : [],
        half: text / 2,
        small: text < 200
      }
    }
  })

export const recordsOf = (items: Items) =>
  Array.from(items, ([id, { metadata, sparseValues, values }]) => ({
    id,
    values,
    metadata,
    ...(sparseValues === undefined ? {} : { sparseValues })
  }))
