import * as Effect from "effect/Effect"
import * as problem from "./problem.js"
import type { DocumentChange, Store } from "./store.js"

/** A change that is not committed yet, and what follows from it once it is. */
export interface Staged {
  readonly change: DocumentChange
  readonly apply: () => void
}

/** The documents of a kind: kept in memory, and in the store before that. */
export interface Documents<A> {
  /** In the order in which they were first put. */
  readonly all: Effect.Effect<ReadonlyArray<A>>
  readonly get: (id: string) => A | undefined
  readonly put: (document: A) => Effect.Effect<void, problem.Problem>
  readonly remove: (id: string) => Effect.Effect<void, problem.Problem>
  /** The same as a part of something larger, which commits it. */
  readonly putting: (document: A) => Staged
  readonly removing: (id: string) => Staged
}

export const open = <A>(
  store: Store,
  kind: string,
  idOf: (document: A) => string
): Effect.Effect<Documents<A>, problem.Problem> =>
  Effect.map(Effect.mapError(store.documents.all(kind), problem.fromStore), (rows) => {
    // eslint-disable-next-line no-restricted-syntax -- the store gives back what was put.
    const all = new Map<string, A>(rows.map(({ document, id }) => [id, document as A]))
    const putting = (document: A): Staged => ({
      change: { put: { kind, id: idOf(document), document } },
      apply: () => {
        all.set(idOf(document), document)
      }
    })
    const removing = (id: string): Staged => ({
      change: { remove: { kind, id } },
      apply: () => {
        all.delete(id)
      }
    })
    const commit = ({ apply, change }: Staged) =>
      Effect.map(Effect.mapError(store.documents.commit([change]), problem.fromStore), apply)
    return {
      all: Effect.sync((): ReadonlyArray<A> => Array.from(all.values())),
      get: (id) => all.get(id),
      put: (document) => commit(putting(document)),
      remove: (id) => commit(removing(id)),
      putting,
      removing
    }
  })
