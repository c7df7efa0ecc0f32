import * as Duration from "effect/Duration"
import type { RecordError } from "../IndexAt.js"
import type { Counts, Failure, Progress } from "../IngestReport.js"

/** A batch on its way. */
export interface Entry<Item> {
  readonly items: ReadonlyArray<Item>
  /** Up to where in the source it reaches. */
  readonly end: number
  settled: boolean
  /** Items from one position up to, and without, another have come to their end. */
  readonly finish: (from: number, to: number) => void
  /** What has not come to its end yet, without what is between two positions. */
  readonly open: (from: number, to: number) => ReadonlyArray<Item>
}

export const entry = <Item>(items: ReadonlyArray<Item>, end: number): Entry<Item> => {
  /** Where each item is that was stored or refused; nothing while that is none of them. */
  let done: Uint8Array | undefined
  return {
    items,
    end,
    settled: false,
    finish: (from, to) => {
      done ??= new Uint8Array(items.length)
      done.fill(1, from, to)
    },
    open: (from, to) => items.filter((_, i) => (i < from || i >= to) && (done === undefined || done[i] === 0))
  }
}

/** What a run has done so far. It changes with each answer, and is read for each report. */
export interface Ledger<Item> {
  /** Grows with what a report tells, so that one which would repeat the one before is left out. */
  readonly version: () => number
  readonly began: (entry: Entry<Item>) => void
  /** A request was answered, and its items are stored. */
  readonly stored: (entry: Entry<Item>, from: number, to: number, bytes: number, lsn: number | undefined) => void
  /** A request was refused for its content. */
  readonly refused: () => void
  /** Items that no batch holds are refused: of one that could not be made out, none are given. */
  readonly setAside: (error: RecordError, records: ReadonlyArray<Item>) => void
  /** Items of a batch are refused. */
  readonly setPartAside: (entry: Entry<Item>, from: number, to: number, error: RecordError) => void
  readonly settled: (entry: Entry<Item>) => void
  /** All of the source up to a place is settled. */
  readonly finished: (end: number) => void
  /** What is on its way and has not come to its end, without a part of one batch. */
  readonly open: (entry?: Entry<Item>, from?: number, to?: number) => Array<Item>
  readonly counts: (now: number) => Counts
  /** Gives each failure once. */
  readonly report: (now: number) => Progress<Item>
}

export const make = <Item>(startedAt: number, read: () => number): Ledger<Item> => {
  let records = 0
  let bytes = 0
  let failed = 0
  /** What was refused since the last report. */
  let failures: Array<Failure<Item>> = []
  let inFlight = 0
  let requests = 0
  let lsn: number | undefined
  /** The batches on their way, in the order of the source. */
  const entries: Array<Entry<Item>> = []
  let checkpoint = 0
  let version = 0

  const setAside = (error: RecordError, records: ReadonlyArray<Item>): void => {
    version++
    failed += Math.max(1, records.length)
    failures.push({ error, records })
  }

  const counts = (now: number): Counts => {
    const elapsed = now - startedAt
    return {
      read: read(),
      records,
      failed,
      bytes,
      requests,
      elapsed: Duration.millis(Math.round(elapsed)),
      rate: elapsed > 0 ? records * 1000 / elapsed : 0,
      lsn,
      checkpoint
    }
  }

  return {
    version: () => version,
    began: (entry) => {
      entries.push(entry)
      inFlight += entry.items.length
    },
    stored: (entry, from, to, size, written) => {
      version++
      requests++
      records += to - from
      bytes += size
      if (written !== undefined && (lsn === undefined || written > lsn)) lsn = written
      entry.finish(from, to)
    },
    refused: () => {
      requests++
    },
    setAside,
    setPartAside: (entry, from, to, error) => {
      setAside(error, entry.items.slice(from, to))
      entry.finish(from, to)
    },
    settled: (entry) => {
      version++
      entry.settled = true
      inFlight -= entry.items.length
      while (entries[0]?.settled === true) checkpoint = entries.shift()!.end
    },
    finished: (end) => {
      if (end <= checkpoint) return
      version++
      checkpoint = end
    },
    open: (entry, from = 0, to = 0) =>
      entries.flatMap((each) => each.settled ? [] : each === entry ? each.open(from, to) : each.open(0, 0)),
    counts,
    report: (now) => {
      const own = failures
      failures = []
      return { ...counts(now), failures: own, inFlight }
    }
  }
}
