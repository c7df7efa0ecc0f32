import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { RecordSet, Store, StoreError, Write } from "../../src/internal/store.js"

/** A set of which each write is told by itself. */
export interface SimpleSet extends Omit<RecordSet, "write"> {
  readonly write: (write: Write) => Effect.Effect<void, StoreError>
  readonly createNamespace: (name: string, schema: unknown, lsn: number) => Effect.Effect<void, StoreError>
  readonly deleteNamespace: (name: string) => Effect.Effect<void, StoreError>
}

/** A store whose sets come into being when they are opened, and which tells the registry nothing of them. */
export interface SimpleStore extends Omit<Store, "open" | "copy" | "remove"> {
  readonly open: (id: string) => Effect.Effect<SimpleSet, StoreError, Scope.Scope>
  readonly copy: (from: string, to: string) => Effect.Effect<void, StoreError>
  readonly remove: (id: string) => Effect.Effect<void, StoreError>
}

const simpleSet = (set: RecordSet): SimpleSet => {
  const write = (one: Write) => Effect.flatMap(set.write([one]), ([outcome]) => Effect.asVoid(outcome!))
  return {
    ...set,
    write,
    createNamespace: (namespace, schema, lsn) => write({ namespace, lsn, declare: { schema } }),
    deleteNamespace: (namespace) => write({ namespace, lsn: 0, drop: true })
  }
}

export const of = (store: Store): SimpleStore => ({
  ...store,
  open: (id) =>
    store.sets.pipe(
      Effect.flatMap((sets) => sets.includes(id) ? Effect.void : store.create(id, {}, [])),
      Effect.zipRight(store.open(id)),
      Effect.map(simpleSet)
    ),
  copy: (from, to) => Effect.asVoid(store.copy(from, to, () => ({}), () => [])),
  remove: (id) => store.remove(id, [])
})
