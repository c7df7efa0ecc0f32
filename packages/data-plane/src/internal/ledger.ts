import * as Duration from "effect/Duration"
import type { RecordError } from "../IndexAt.js"
import type { Counts, Failure, Progress } from "../IngestReport.js"

/** A batch on its way. */
export class Entry<Item> {
  settled = false
  /** Where each item is that was stored or refused; nothing while that is none of them. */
  private done: Uint8Array | undefined

  constructor(
    readonly items: ReadonlyArray<Item>,
    /** Up to where in the source it reaches. */
    readonly end: number
  ) {}

  /** Items from one position up to, and without, another have come to their end. */
  finish(from: number, to: number): void {
    this.done ??= new Uint8Array(this.items.length)
    this.done.fill(1, from, to)
  }

  /** What has not come to its end yet, without what is between two positions. */
  open(from: number, to: number): ReadonlyArray<Item> {
    const { done } = this
    return this.items.filter((_, i) => (i < from || i >= to) && (done === undefined || done[i] === 0))
  }
}

/** What a run has done so far. It changes with each answer, and is read for each report. */
export class Ledger<Item> {
  private acknowledged = 0
  private bytes = 0
  private failed = 0
  /** What was refused since the last report. */
  private failures: Array<Failure<Item>> = []
  private inFlight = 0
  private requests = 0
  private lsn: number | undefined
  /** The batches on their way, in the order of the source. */
  private readonly entries: Array<Entry<Item>> = []
  private reached = 0
  private changes = 0

  constructor(private readonly startedAt: number, private readonly read: () => number) {}

  /** Grows with what a report tells, so that one which would repeat the one before is left out. */
  get version(): number {
    return this.changes
  }

  began(entry: Entry<Item>): void {
    this.entries.push(entry)
    this.inFlight += entry.items.length
  }

  /** A request was answered, and its items are stored. */
  stored(entry: Entry<Item>, from: number, to: number, bytes: number, lsn: number | undefined): void {
    this.changes++
    this.requests++
    this.acknowledged += to - from
    this.bytes += bytes
    if (lsn !== undefined && (this.lsn === undefined || lsn > this.lsn)) this.lsn = lsn
    entry.finish(from, to)
  }

  /** A request was refused for its content. */
  refused(): void {
    this.requests++
  }

  /** Items that no batch holds are refused: of one that could not be made out, none are given. */
  setAside(error: RecordError, records: ReadonlyArray<Item>): void {
    this.changes++
    this.failed += Math.max(1, records.length)
    this.failures.push({ error, records })
  }

  /** Items of a batch are refused. */
  setPartAside(entry: Entry<Item>, from: number, to: number, error: RecordError): void {
    this.setAside(error, entry.items.slice(from, to))
    entry.finish(from, to)
  }

  settled(entry: Entry<Item>): void {
    this.changes++
    entry.settled = true
    this.inFlight -= entry.items.length
    while (this.entries[0]?.settled === true) this.reached = this.entries.shift()!.end
  }

  /** All of the source up to a place is settled. */
  finished(end: number): void {
    if (end <= this.reached) return
    this.changes++
    this.reached = end
  }

  /** What is on its way and has not come to its end, without a part of one batch. */
  open(entry?: Entry<Item>, from = 0, to = 0): Array<Item> {
    return this.entries.flatMap((each) => each.settled ? [] : each === entry ? each.open(from, to) : each.open(0, 0))
  }

  counts(now: number): Counts {
    const elapsed = now - this.startedAt
    return {
      read: this.read(),
      records: this.acknowledged,
      failed: this.failed,
      bytes: this.bytes,
      requests: this.requests,
      elapsed: Duration.millis(Math.round(elapsed)),
      rate: elapsed > 0 ? this.acknowledged * 1000 / elapsed : 0,
      lsn: this.lsn,
      checkpoint: this.reached
    }
  }

  /** Gives each failure once. */
  report(now: number): Progress<Item> {
    const { failures } = this
    this.failures = []
    return { ...this.counts(now), failures, inFlight: this.inFlight }
  }
}
