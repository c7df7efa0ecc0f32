import * as Duration from "effect/Duration"
import type * as Ingest from "../Ingest.js"
import type { RecordError } from "../VectorIndex.js"

/** A batch on its way: the items, and up to where in the source it reaches. */
export interface Entry<Item> {
  readonly items: ReadonlyArray<Item>
  readonly end: number
  settled: boolean
}

/** What a run has done so far. It changes with each answer, and is read for each report. */
export class Ledger<Item> {
  private records = 0
  private bytes = 0
  private failed = 0
  private failures: Array<Ingest.Failure<Item>> = []
  private inFlight = 0
  private requests = 0
  private lsn: number | undefined
  /** The batches on their way, in the order of the source. */
  private readonly entries: Array<Entry<Item>> = []
  private reached = 0
  private changes = 0

  constructor(private readonly startedAt: number) {}

  get checkpoint(): number {
    return this.reached
  }

  /** Grows with what a report tells, so that one which would repeat the one before is left out. */
  get version(): number {
    return this.changes
  }

  get latestLsn(): number | undefined {
    return this.lsn
  }

  began(entry: Entry<Item>): void {
    this.entries.push(entry)
    this.inFlight += entry.items.length
  }

  /** A request was answered, and its items are stored. */
  stored(items: number, bytes: number, lsn: number | undefined): void {
    this.changes++
    this.requests++
    this.records += items
    this.bytes += bytes
    if (lsn !== undefined && (this.lsn === undefined || lsn > this.lsn)) this.lsn = lsn
  }

  /** A request was refused for its content. */
  refused(): void {
    this.requests++
  }

  setAside(error: RecordError, records: ReadonlyArray<Item>): void {
    this.changes++
    this.failed += Math.max(1, records.length)
    this.failures.push({ error, records })
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

  /** Gives each failure once. */
  report(now: number): Ingest.Progress<Item> {
    const { bytes, failed, failures, inFlight, lsn, reached, records, requests } = this
    this.failures = []
    const elapsed = now - this.startedAt
    return {
      records,
      bytes,
      failed,
      failures,
      inFlight,
      requests,
      elapsed: Duration.millis(Math.round(elapsed)),
      rate: elapsed > 0 ? records * 1000 / elapsed : 0,
      lsn,
      checkpoint: reached
    }
  }
}
