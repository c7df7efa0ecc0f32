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
export class Former<Item> {
  private chunk: ReadonlyArray<Item | Unreadable> = []
  private next = 0
  private arrivedAt = 0
  private items: Array<Item> = []
  private since: number | undefined
  private number = 0
  private after = new Set<number>()
  /** The batch that holds a key, formed or on its way. */
  private readonly owners = new Map<string, number>()

  constructor(
    private readonly builder: BatchBuilder<Item>,
    /** The place in the source of what comes next. */
    private position: number,
    /** Puts an item aside that cannot be sent; without it that is the end. */
    private readonly setAside: ((error: RecordError, items: ReadonlyArray<Item>) => void) | undefined
  ) {}

  get reached(): number {
    return this.position
  }

  /** Since when the first item waits of those that no batch holds yet. */
  get waitingSince(): number | undefined {
    return this.since
  }

  /** What no batch holds yet. */
  get waiting(): Waiting<Item> {
    return [...this.items, ...this.chunk.slice(this.next)]
  }

  /** How many that is of the items that are not looked at yet. */
  get unread(): number {
    return this.chunk.length - this.next
  }

  offer(chunk: ReadonlyArray<Item | Unreadable>, now: number): void {
    this.chunk = chunk
    this.next = 0
    this.arrivedAt = now
  }

  /** The next batch, what cannot be sent, or nothing where all that was offered is taken in. */
  form(): Formed<Item> | Wrong<Item> | undefined {
    const { builder, chunk } = this
    while (this.next < chunk.length) {
      const item = chunk[this.next]!
      if (isUnreadable(item)) {
        if (this.setAside === undefined) return new Wrong(item.error, this.drop([]))
        this.next++
        this.position++
        this.setAside(item.error, [])
        continue
      }
      const key = builder.key?.(item)
      // Of two items with one key the later one is sent in a later batch.
      if (key !== undefined && this.owners.get(key) === this.number) return this.formed(builder.take(), this.position)
      this.next++
      this.position++
      const added = builder.add(item)
      if (added === undefined) {
        this.own(item, key)
        if (builder.isFull()) return this.formed(builder.take(), this.position)
      } else if (isBatch(added)) {
        const formed = this.formed(added, this.position - 1)
        this.own(item, key)
        return formed
      } else if (this.setAside === undefined) {
        return new Wrong(added, this.drop([item]))
      } else {
        this.setAside(added, [item])
      }
    }
    return undefined
  }

  /** A batch of what is left. */
  rest(): Formed<Item> | undefined {
    return this.builder.length() > 0 ? this.formed(this.builder.take(), this.position) : undefined
  }

  /** A batch is answered: its keys are free, unless a later one holds them. */
  answered({ items, number }: Formed<Item>): void {
    const { key } = this.builder
    if (key === undefined) return
    for (const item of items) {
      const owned = key(item)
      if (owned !== undefined && this.owners.get(owned) === number) this.owners.delete(owned)
    }
  }

  private drop(wrong: ReadonlyArray<Item>): ReadonlyArray<Item> {
    const items = [...this.items, ...wrong]
    this.items = []
    return items
  }

  private own(item: Item, key: string | undefined): void {
    this.since ??= this.arrivedAt
    this.items.push(item)
    if (key === undefined) return
    const owner = this.owners.get(key)
    if (owner !== undefined && owner !== this.number) this.after.add(owner)
    this.owners.set(key, this.number)
  }

  private formed(batch: Batch, end: number): Formed<Item> {
    const { after, items, number } = this
    this.items = []
    this.after = new Set()
    this.since = undefined
    this.number++
    return { batch, items, end, number, after }
  }
}
