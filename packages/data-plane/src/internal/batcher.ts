import type { RequestError } from "@effect-pinecone/schema/PineconeError"
import type * as Effect from "effect/Effect"
import type { RecordError } from "../VectorIndex.js"

/** A request that carries items, of which a part can be sent alone. */
export interface Body {
  /** How many items it carries. */
  readonly length: number
  readonly bytes: number
  /** Sends it, and gives the LSN. */
  readonly send: Effect.Effect<number | undefined, RequestError | RecordError>
  readonly part: (from: number, to: number) => Body
  /** Called once it is stored, and nobody reads it any more. */
  readonly recycle?: () => void
}

/** Collects items into requests. It belongs to one run. */
export interface Batcher<Item> {
  /**
   * Takes an item in: `undefined` if it is in; the request of those before it if it has become the first of the next one; an
   * error if it cannot be sent, and is left out.
   */
  readonly add: (item: Item) => RecordError | Body | undefined
  /** How many items it holds. */
  readonly length: () => number
  /** Whether it takes no more. */
  readonly isFull: () => boolean
  /** The request of what it holds, which is then empty. */
  readonly take: () => Body
  /** What two items must share to be sent in the order of the source; nothing if their order does not matter. */
  readonly key: ((item: Item) => string) | undefined
}

export const isBody = (result: RecordError | Body): result is Body => "send" in result
