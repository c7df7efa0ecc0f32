import type * as Effect from "effect/Effect"
import type { RecordError } from "../IndexAt.js"

/** What came of a request that was stored. */
export interface Sent {
  readonly lsn: number | undefined
  /** Whether nobody reads its body any more. */
  readonly isBodyFree: boolean
}

/** A request that carries items, of which a part can be sent alone. */
export interface Batch {
  /** How many items it carries. */
  readonly length: number
  /** The size of its body. */
  readonly bytes: number
  readonly send: Effect.Effect<Sent, RecordError>
  readonly part: (from: number, to: number) => Batch
  /** Called once it is stored, and nobody reads it any more. */
  readonly recycle?: () => void
}

/** Collects items into batches. It belongs to one run. */
export interface BatchBuilder<Item> {
  /**
   * Takes an item in: `undefined` if it is in; the batch of those before it if it has become the first of the next one; an
   * error if it cannot be sent, and is left out.
   */
  readonly add: (item: Item) => RecordError | Batch | undefined
  /** How many items it holds. */
  readonly length: () => number
  /** Whether it takes no more. */
  readonly isFull: () => boolean
  /** The batch of what it holds, which is then empty. */
  readonly take: () => Batch
  /** What two items must share to be sent in the order of the source; nothing if their order does not matter. */
  readonly key: ((item: Item) => string | undefined) | undefined
}

export const isBatch = (result: RecordError | Batch): result is Batch => "send" in result
