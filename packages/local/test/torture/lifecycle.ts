/** A worker that creates, fills, copies, restores and deletes indexes of its own. */
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import type * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { collect, pods, podsWith, serverless } from "../utils/clients.js"
import type { Cell, Fault, Item, Items } from "./model.js"
import { attempt, cell, dimension, fault, judge, pushAll, randomItem, recordsOf } from "./model.js"
import { contents } from "./reading.js"
import type { Round } from "./worker.js"
import { sending } from "./worker.js"

export interface Lifecycle {
  readonly owner: string
  /** Serverless indexes have backups, those on pods have collections. */
  readonly kind: "serverless" | "pods"
  /** By name; nothing where there is no such index. */
  readonly indexes: Map<string, Cell<Items | undefined>>
  /** Backups or collections, by name. */
  readonly copies: Map<string, Cell<Items | undefined>>
  /** By the name of the index that was restored: whether there is a job. */
  readonly jobs: Map<string, Cell<boolean>>
  version: number
}

export const make = (owner: string, kind: Lifecycle["kind"]): Lifecycle => ({
  owner,
  kind,
  indexes: new Map(),
  copies: new Map(),
  jobs: new Map(),
  version: 0
})

/** Where the records of these indexes are. */
const namespace = "ns"

const slots = 2

const most = 4

const there = (cells: ReadonlyMap<string, Cell<Items | undefined>>) =>
  Array.from(cells).flatMap(([name, { committed }]) => committed === undefined ? [] : [[name, committed] as const])

const cellIn = (cells: Map<string, Cell<Items | undefined>>, name: string): Cell<Items | undefined> => {
  const known = cells.get(name) ?? cell<Items | undefined>(undefined)
  cells.set(name, known)
  return known
}

const pick = <A>(all: ReadonlyArray<A>) => Effect.map(Random.nextIntBetween(0, all.length), (i) => all[i]!)

/** The kinds of the operations of a lifecycle. */
export const kinds = [
  "index creation",
  "index deletion",
  "upsert",
  "backup",
  "backup deletion",
  "restore",
  "collection",
  "collection deletion",
  "index from a collection"
]

const specOf = ({ kind }: Lifecycle, source?: string): IndexSpec.IndexSpec => {
  if (kind === "serverless") return serverless
  return source === undefined ? pods : podsWith({ sourceCollection: source })
}

/** Restores a copy under a name. */
const restore = (lifecycle: Lifecycle, copy: string, name: string) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    if (lifecycle.kind === "pods") {
      return void (yield* indexes.create({ name, dimension, metric: "dotproduct", spec: specOf(lifecycle, copy) }))
    }
    const backups = yield* collect((yield* Backups.Backups).listStream())
    const backupId = backups.find((backup) => backup.name === copy)?.backupId
    yield* indexes.createFromBackup({ backupId: backupId ?? "none", name })
  })

export const step = (round: Round, lifecycle: Lifecycle) =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const backups = yield* Backups.Backups
    const collections = yield* Collections.Collections
    const { copies, kind, owner } = lifecycle
    const version = ++lifecycle.version
    const living = there(lifecycle.indexes)
    const copied = there(copies)
    const roll = yield* Random.nextIntBetween(0, 100)
    const send = <A, E, R>(
      target: Cell<Items | undefined>,
      what: string,
      after: Items | undefined,
      effect: Effect.Effect<A, E, R>
    ) => Effect.zipRight(sending(round, what), attempt(target, what, after, effect))

    if (living.length === 0 || living.length < most && roll < 15) {
      const name = `${owner}-s${yield* Random.nextIntBetween(0, slots)}`
      const target = cellIn(lifecycle.indexes, name)
      if (target.committed !== undefined) return
      return yield* send(
        target,
        "index creation",
        new Map(),
        indexes.create({ name, dimension, metric: "dotproduct", spec: specOf(lifecycle) })
      )
    }
    const [name, items] = yield* pick(living)
    if (roll < 45 || items.size === 0) {
      const batch = new Map<string, Item>()
      const count = yield* Random.nextIntBetween(1, 60)
      for (let i = 0; i < count; i++) {
        batch.set(
          `${owner}-${yield* Random.nextIntBetween(0, 300)}`,
          yield* randomItem(owner, version, { sparse: false })
        )
      }
      const index = yield* VectorIndex.make({ name, namespace })
      return yield* send(
        lifecycle.indexes.get(name)!,
        "upsert",
        new Map([...items, ...batch]),
        index.upsert(recordsOf(batch))
      )
    }
    if (roll < 62 && copied.length < most) {
      const copy = `${owner}-c${version}`
      const target = cellIn(copies, copy)
      return yield* kind === "serverless"
        ? send(target, "backup", items, backups.create(name, { name: copy }))
        : send(target, "collection", items, collections.create({ name: copy, source: name }))
    }
    if (roll < 80 && copied.length > 0 && living.length < most) {
      const [copy, held] = yield* pick(copied)
      const restored = `${owner}-r${version}`
      const target = cellIn(lifecycle.indexes, restored)
      if (kind === "pods") {
        return yield* send(target, "index from a collection", held, restore(lifecycle, copy, restored))
      }
      const job = cell(false)
      lifecycle.jobs.set(restored, job)
      return yield* attempt(job, "restore", true, send(target, "restore", held, restore(lifecycle, copy, restored)))
    }
    if (roll < 88 && copied.length > 0) {
      const [copy] = yield* pick(copied)
      const target = copies.get(copy)!
      if (kind === "pods") return yield* send(target, "collection deletion", undefined, collections.delete(copy))
      const id = (yield* collect(backups.listStream())).find((backup) => backup.name === copy)?.backupId
      return yield* send(target, "backup deletion", undefined, backups.delete(id ?? "none"))
    }
    return yield* send(lifecycle.indexes.get(name)!, "index deletion", undefined, indexes.delete(name))
  }).pipe(Effect.asVoid)

/** What is wrong with the indexes, copies and jobs of a worker. */
export const verify = (lifecycle: Lifecycle) =>
  Effect.gen(function*() {
    const { copies, indexes: cells, kind, owner } = lifecycle
    const faults: Array<Fault> = []
    const indexes = yield* Indexes.Indexes
    const own = (name: string | undefined): name is string => name?.startsWith(`${owner}-`) === true

    const living = new Set((yield* indexes.list).map(({ name }) => name).filter(own))
    const wasUnderWay = new Map(Array.from(cells, ([name, { underWay }]) => [name, underWay?.what]))
    for (const name of new Set([...cells.keys(), ...living])) {
      let found: Items | undefined
      if (living.has(name)) {
        const all = yield* contents(name)
        pushAll(faults, all.faults)
        found = all.found.get(namespace) ?? new Map()
      }
      pushAll(faults, judge(`the index ${name}`, cellIn(cells, name), found))
    }

    // A restore has made both its index and its job, or neither.
    const jobs = kind === "pods" ? [] : yield* collect((yield* RestoreJobs.RestoreJobs).listStream())
    for (const [name, job] of lifecycle.jobs) {
      const count = jobs.filter(({ targetIndexName }) => targetIndexName === name).length
      if (job.underWay === undefined) {
        if (count !== (job.committed ? 1 : 0)) faults.push(fault("lost", `the restore of ${name} has ${count} jobs`))
      } else if (count !== (living.has(name) ? 1 : 0) && wasUnderWay.get(name) === "restore") {
        faults.push(fault(
          "half-done",
          `the restore of ${name}: ${count} jobs, and ${living.has(name) ? "an" : "no"} index`
        ))
      }
      job.committed = count > 0
      job.underWay = undefined
    }

    const sizes = new Map<string, number | undefined>(
      kind === "pods"
        ? (yield* (yield* Collections.Collections).list).map((model) => [model.name, model.vectorCount] as const)
        : (yield* collect((yield* Backups.Backups).listStream())).map((model) =>
          [model.name ?? "", model.recordCount] as const
        )
    )
    const chosen = yield* Effect.option(pick(there(copies)))
    for (const name of new Set([...copies.keys(), ...Array.from(sizes.keys()).filter(own)])) {
      const target = cellIn(copies, name)
      const allowed = [target.committed, ...(target.underWay === undefined ? [] : [target.underWay.after])]
      const held = allowed.find((items) => items !== undefined)
      // All that is listed has a file with as many records: its content is looked at in one of them.
      const looked = sizes.has(name) &&
        (target.underWay !== undefined || chosen._tag === "Some" && chosen.value[0] === name)
      let found = sizes.has(name) ? held ?? new Map<string, Item>() : undefined
      if (sizes.has(name) && held !== undefined && sizes.get(name) !== held.size) {
        faults.push(fault("half-done", `${name} says that it has ${sizes.get(name)} records of ${held.size}`))
      }
      if (looked) {
        const restored = `${owner}-look`
        const exit = yield* Effect.either(restore(lifecycle, name, restored))
        if (exit._tag === "Left") {
          faults.push(fault("half-done", `${name} is listed, and cannot be restored: ${exit.left}`))
        } else {
          const all = yield* contents(restored)
          pushAll(faults, all.faults)
          found = all.found.get(namespace) ?? new Map()
          yield* indexes.delete(restored)
        }
      }
      pushAll(faults, judge(`the copy ${name}`, target, found))
    }
    return { faults, files: living.size + Array.from(sizes.keys()).filter(own).length }
  })
