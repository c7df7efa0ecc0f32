import * as Effect from "effect/Effect"
import * as problem from "./problem.js"
import type { Store } from "./store.js"

/** The documents of a kind: kept in memory, and in the store before that. */
export interface Documents<A> {
  /** In the order in which they were first put. */
  readonly all: Effect.Effect<ReadonlyArray<A>>
  readonly get: (id: string) => A | undefined
  readonly put: (document: A) => Effect.Effect<void, problem.Problem>
  readonly remove: (id: string) => Effect.Effect<void, problem.Problem>
}

export const open = <A>(
  store: Store,
  kind: string,
  idOf: (document: A) => string
): Effect.Effect<Documents<A>, problem.Problem> =>
  Effect.map(Effect.mapError(store.documents.all(kind), problem.fromStore), (rows) => {
    // eslint-disable-next-line no-restricted-syntax -- the store gives back what was put.
    const all = new Map<string, A>(rows.map(({ document, id }) => [id, document as A]))
    return {
      all: Effect.sync((): ReadonlyArray<A> => Array.from(all.values())),
      get: (id) => all.get(id),
      put: (document) =>
        Effect.map(Effect.mapError(store.documents.put(kind, idOf(document), document), problem.fromStore), () => {
          all.set(idOf(document), document)
        }),
      remove: (id) =>
        Effect.map(Effect.mapError(store.documents.remove(kind, id), problem.fromStore), () => {
          all.delete(id)
        })
    }
  })
