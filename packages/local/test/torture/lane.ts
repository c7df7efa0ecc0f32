/** A worker that writes records: a namespace of its own, or its own records in one that it shares. */
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Cell, Item, Items } from "./model.js"
import { attempt, cell, groups, randomItem, randomValues, recordsOf } from "./model.js"
import type { Round } from "./worker.js"
import { sending } from "./worker.js"

export interface Lane {
  readonly owner: string
  readonly index: string
  readonly namespace: string
  /** Whether nobody else writes there. */
  readonly exclusive: boolean
  readonly sparse: boolean
  readonly state: Cell<Items | undefined>
  version: number
}

export const make = (options: Pick<Lane, "owner" | "index" | "namespace" | "exclusive" | "sparse">): Lane => ({
  ...options,
  state: cell<Items | undefined>(options.exclusive ? undefined : new Map()),
  version: 0
})

const without = (items: Items, gone: (item: Item, id: string) => boolean): Items =>
  new Map(Array.from(items).filter(([id, item]) => !gone(item, id)))

/** The kinds of the operations of a lane. */
export const kinds = [
  "upsert",
  "update",
  "delete by id",
  "update by filter",
  "delete by filter",
  "deleteAll",
  "namespace creation",
  "namespace deletion"
]

export const step = (round: Round, lane: Lane) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name: lane.index, namespace: lane.namespace })
    const known = lane.state.committed
    const items = known ?? new Map<string, Item>()
    const ids = Array.from(items.keys())
    const send = <A, E, R>(what: string, after: Items | undefined, effect: Effect.Effect<A, E, R>) =>
      Effect.zipRight(sending(round, what), attempt(lane.state, what, after, effect))
    const version = ++lane.version
    const roll = yield* Random.nextIntBetween(0, 100)

    if (lane.exclusive && known === undefined && roll < 30) {
      return yield* send(
        "namespace creation",
        new Map(),
        index.createNamespace(lane.namespace, roll < 15 ? { schema: MetadataIndex.fields("owner", "group") } : {})
      )
    }
    // A lane does not grow for ever.
    if (roll < 45 && ids.length < 400 || ids.length < 20) {
      const count = yield* Random.nextIntBetween(1, 120)
      const batch = new Map<string, Item>()
      while (batch.size < count) {
        const number = yield* Random.nextIntBetween(0, 600)
        batch.set(`${lane.owner}-${number}`, yield* randomItem(lane.owner, version, lane))
      }
      return yield* send("upsert", new Map([...items, ...batch]), index.upsert(recordsOf(batch)))
    }
    const group = yield* Random.nextIntBetween(0, groups)
    const own = Filter.and(Filter.eq("owner", lane.owner), Filter.eq("group", group))
    if (roll < 60) {
      const id = ids[yield* Random.nextIntBetween(0, ids.length)]!
      const values = yield* randomValues
      const item = items.get(id)!
      const after = new Map(items).set(id, { ...item, values, metadata: { ...item.metadata, version } })
      return yield* send("update", after, index.update({ id, values, setMetadata: { version } }))
    }
    if (roll < 70) {
      const gone = new Set(ids.slice(0, yield* Random.nextIntBetween(1, 60)))
      return yield* send("delete by id", without(items, (_, id) => gone.has(id)), index.delete({ ids: [...gone] }))
    }
    if (roll < 82) {
      const after = new Map(Array.from(items, ([id, item]) => [
        id,
        item.metadata["group"] === group ? { ...item, metadata: { ...item.metadata, version, mark: "é" } } : item
      ]))
      return yield* send(
        "update by filter",
        after,
        index.updateByMetadata({ filter: own, setMetadata: { version, mark: "é" } })
      )
    }
    if (roll < 90 || !lane.exclusive) {
      return yield* send(
        "delete by filter",
        without(items, ({ metadata }) => metadata["group"] === group),
        index.delete({ filter: own })
      )
    }
    if (roll < 95) return yield* send("deleteAll", new Map(), index.delete({ deleteAll: true }))
    return yield* send("namespace deletion", undefined, index.deleteNamespace(lane.namespace))
  }).pipe(Effect.asVoid)
