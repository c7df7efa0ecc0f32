import * as Limits from "@effect-pinecone/schema/Limits"
import { defaultNamespace } from "@effect-pinecone/schema/Namespace"
import type * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import type { IndexAt, InputError } from "../IndexAt.js"
import { nameOf } from "../IndexAt.js"
import type { RecordCache } from "../RecordCache.js"
import { addressBytes, mostAddressBytes } from "./addressSize.js"

/** An id that is asked for, and by how many. */
interface Asked<X> {
  readonly answer: Deferred.Deferred<Option.Option<X>, InputError>
  waiters: number
}

/** Ids that are fetched together. */
interface Batch<X> {
  /** By the one name that it has. */
  readonly namespace: string
  readonly asked: Map<string, Asked<X>>
  bytes: number
  /** Whether it takes no more ids. */
  closed: boolean
  fiber: Fiber.RuntimeFiber<void> | undefined
}

/** How many turns of the scheduler may pass without a new id until a batch is sent. */
const patience = 32

/**
 * What is the same for all views of an index: records that are asked for at the same time are fetched together.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordLoader<X = VectorRecord.Vector> {
  readonly get: (
    namespace: string | undefined,
    id: string,
    cache: RecordCache | undefined
  ) => Effect.Effect<Option.Option<X>, InputError>
}

/** How the records of ids are fetched. */
export interface Fetching<X> {
  readonly fetch: (
    namespace: string | undefined,
    ids: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<X>, InputError>
  readonly idOf: (record: X) => string
  /** The most bytes of the ids together, where they travel in the address. */
  readonly mostBytes: number
}

/** Of an index of records with vectors. */
export const make = (at: IndexAt): RecordLoader =>
  makeWith<VectorRecord.Vector>({
    fetch: (namespace, ids) =>
      Effect.map(at.run("fetch", namespace, { ids }), ({ value: { vectors = [] } }) => vectors),
    idOf: ({ id }) => id,
    mostBytes: mostAddressBytes
  })

/** Of an index whose records are fetched so. */
export const makeWith = <X>({ fetch, idOf, mostBytes }: Fetching<X>): RecordLoader<X> => {
  const open = new Map<string, Batch<X>>()

  const close = (batch: Batch<X>): void => {
    batch.closed = true
    if (open.get(batch.namespace) === batch) open.delete(batch.namespace)
  }

  /** The batch that an id goes into. */
  const batchOf = (namespace: string, id: string): Batch<X> => {
    const current = open.get(namespace)
    const bytes = addressBytes(id)
    if (current !== undefined) {
      if (current.asked.has(id)) return current
      if (current.asked.size < Limits.limits.fetchIds && current.bytes + bytes <= mostBytes) {
        current.bytes += bytes
        return current
      }
      close(current)
    }
    const batch: Batch<X> = { namespace, asked: new Map(), bytes, closed: false, fiber: undefined }
    open.set(namespace, batch)
    return batch
  }

  // All fibers that are ready are heard first. Each has a queue of its own in Effect's scheduler, so a low priority alone
  // does not put this one behind the others: it lets turn after turn pass until nothing new comes.
  const collect = (batch: Batch<X>) =>
    Effect.gen(function*() {
      let heard = 0
      for (let quiet = 0; quiet < patience && !batch.closed; quiet++) {
        if (batch.asked.size > heard) {
          heard = batch.asked.size
          quiet = 0
        }
        yield* Effect.yieldNow({ priority: 10 })
      }
      close(batch)
    })

  const send = (batch: Batch<X>): Effect.Effect<void> => {
    const { asked, namespace } = batch
    return collect(batch).pipe(
      Effect.andThen(Effect.suspend(() => {
        const ids = Array.from(asked.keys())
        return Effect.exit(fetch(namespace === defaultNamespace ? undefined : namespace, ids))
      })),
      Effect.map((exit) => {
        const found = new Map<string, X>()
        if (Exit.isSuccess(exit)) { for (const record of exit.value) found.set(idOf(record), record) }
        for (const [id, { answer }] of asked) {
          Deferred.unsafeDone(answer, Exit.map(exit, () => Option.fromNullable(found.get(id))))
        }
      })
    )
  }

  const leave = (batch: Batch<X>, id: string, asked: Asked<X>): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (--asked.waiters > 0) return Effect.void
      batch.asked.delete(id)
      if (batch.asked.size > 0 || batch.fiber === undefined) return Effect.void
      close(batch)
      return Effect.asVoid(Fiber.interrupt(batch.fiber))
    })

  const join = (namespace: string, id: string): Effect.Effect<Option.Option<X>, InputError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const batch = batchOf(namespace, id)
        const asked = batch.asked.get(id) ?? { answer: Deferred.unsafeMake(FiberId.none), waiters: 0 }
        asked.waiters++
        batch.asked.set(id, asked)
        const answer = Effect.onInterrupt(restore(Deferred.await(asked.answer)), () => leave(batch, id, asked))
        if (batch.fiber !== undefined || batch.asked.size > 1 || asked.waiters > 1) return answer
        // It belongs to all who wait: it outlives the one that came first, and ends with the last.
        return Effect.flatMap(Effect.forkDaemon(Effect.interruptible(send(batch))), (fiber) => {
          batch.fiber = fiber
          return answer
        })
      })
    )

  const loader: RecordLoader<X> = {
    get: (namespace, id, cache) => {
      const name = nameOf(namespace)
      const found = join(name, id)
      return cache === undefined ? found : cache.get({ index: loader, namespace: name, id }, found)
    }
  }
  return loader
}
