import type * as Deferred from "effect/Deferred"
import type { EarlySearch } from "./fastLoad.js"
import type { Tenant } from "./memory.js"
import type { NamespaceView } from "./namespaceView.js"
import type * as problem from "./problem.js"

/** What is waiting to become visible. */
export interface Pending {
  readonly lsn: number
  readonly due: number
  readonly apply: (view: NamespaceView) => void
}

/** The loading of a namespace: who waits for it, and what was committed meanwhile. */
export interface Loading {
  readonly done: Deferred.Deferred<NamespaceView | undefined, problem.Problem>
  /** What answers by the vectors alone, once they come; nothing where the records are there as soon. */
  readonly early: Deferred.Deferred<EarlySearch | undefined>
  readonly since: Array<(view: NamespaceView) => void>
  /** About what it will take in memory. */
  bytes: number
}

/** A namespace. The view is there once it is loaded. */
export interface Space {
  readonly name: string
  readonly schema: unknown
  /** How many records are committed. */
  records: number
  /** About how many bytes have been written. */
  written: number
  view: NamespaceView | undefined
  loading: Loading | undefined
  pending: Array<Pending>
  /** How many records the file of its vectors does not have as they are, and when one was written last. */
  unsaved: number
  writtenAt: number
  /** Whether the file is being written. */
  saving: boolean
  /** How many writes may be committed, and are not counted here yet. */
  inFlight: number
  bytes: number
  readonly tenant: Tenant
}

/** Shows what is due, in the order in which it was written. */
export const applyUntil = (space: Space, view: NamespaceView, now: number): void => {
  while (space.pending.length > 0 && space.pending[0]!.due <= now) space.pending.shift()!.apply(view)
}
