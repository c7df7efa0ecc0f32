import type { RecordError } from "../IndexAt.js"
import type { Unreadable } from "../IngestReport.js"
import { isUnreadable } from "../IngestReport.js"
import type { Batch, BatchBuilder } from "./batch.js"
import { isBatch } from "./batch.js"

/** A batch, and what the run must know of it. */
export interface Formed<Item> {
  readonly batch: Batch
  readonly items: ReadonlyArray<Item>
  /** Up to where in the source it reaches. */
  readonly end: number
  readonly number: number
  /** The numbers of the batches that must be answered before, since they hold one of its keys. */
  readonly after: ReadonlySet<number>
}

/** An item that cannot be sent, with the items that it would have been sent with. */
export class Wrong<Item> {
  constructor(readonly error: RecordError, readonly items: ReadonlyArray<Item>) {}
}

/** What a source has given and no batch holds yet. */
export type Waiting<Item> = ReadonlyArray<Item | Unreadable>

/** Makes batches of what a source gives. It belongs to one run. */
export interface Former<Item> {
  /** The place in the source of what comes next. */
  readonly reached: () => number
  /** Since when the first item waits of those that no batch holds yet. */
  readonly waitingSince: () => number | undefined
  /** What no batch holds yet. */
  readonly waiting: () => Waiting<Item>
  /** How many that is of the items that are not looked at yet. */
  readonly unread: () => number
  readonly offer: (chunk: ReadonlyArray<Item | Unreadable>, now: number) => void
  /** The next batch, what cannot be sent, or nothing where all that was offered is taken in. */
  readonly form: () => Formed<Item> | Wrong<Item> | undefined
  /** A batch of what is left. */
  readonly rest: () => Formed<Item> | undefined
  /** A batch is answered: its keys are free, unless a later one holds them. */
  readonly answered: (formed: Formed<Item>) => void
}

export const make = <Item>(
  builder: BatchBuilder<Item>,
  /** The place in the source of what comes next. */
  start: number,
  /** Puts an item aside that cannot be sent; without it that is the end. */
  setAside: ((error: RecordError, items: ReadonlyArray<Item>) => void) | undefined
): Former<Item> => {
  let position = start
  let chunk: ReadonlyArray<Item | Unreadable> = []
  let next = 0
  let arrivedAt = 0
  let items: Array<Item> = []
  let since: number | undefined
  let number = 0
  let after = new Set<number>()
  /** The batch that holds a key, formed or on its way. */
  const owners = new Map<string, number>()

  const wrong = (error: RecordError, added: ReadonlyArray<Item>): Wrong<Item> => {
    const all = [...items, ...added]
    items = []
    return new Wrong(error, all)
  }

  const own = (item: Item, key: string | undefined): void => {
    since ??= arrivedAt
    items.push(item)
    if (key === undefined) return
    const owner = owners.get(key)
    if (owner !== undefined && owner !== number) after.add(owner)
    owners.set(key, number)
  }

  const formed = (batch: Batch, end: number): Formed<Item> => {
    const whole = { batch, items, end, number, after }
    items = []
    after = new Set()
    since = undefined
    number++
    return whole
  }

  const taken = (): Formed<Item> => formed(builder.take(), position)

  return {
    reached: () => position,
    waitingSince: () => since,
    waiting: () => [...items, ...chunk.slice(next)],
    unread: () => chunk.length - next,
    offer: (offered, now) => {
      chunk = offered
      next = 0
      arrivedAt = now
    },
    form: () => {
      while (next < chunk.length) {
        const item = chunk[next]!
        if (isUnreadable(item)) {
          if (setAside === undefined) return wrong(item.error, [])
          next++
          position++
          setAside(item.error, [])
          continue
        }
        const key = builder.key?.(item)
        // Of two items with one key the later one is sent in a later batch.
        if (key !== undefined && owners.get(key) === number) return taken()
        next++
        position++
        const added = builder.add(item)
        if (added === undefined) {
          own(item, key)
          if (builder.isFull()) return taken()
        } else if (isBatch(added)) {
          const whole = formed(added, position - 1)
          own(item, key)
          return whole
        } else if (setAside === undefined) {
          return wrong(added, [item])
        } else {
          setAside(added, [item])
        }
      }
      return undefined
    },
    rest: () => builder.length() > 0 ? taken() : undefined,
    answered: ({ items, number }) => {
      const { key } = builder
      if (key === undefined) return
      for (const item of items) {
        const owned = key(item)
        if (owned !== undefined && owners.get(owned) === number) owners.delete(owned)
      }
    }
  }
}
