import * as Data from "effect/Data"
import * as Predicate from "effect/Predicate"

/**
 * Why something could not be stored or read.
 *
 * - `DiskFull`: nothing of it was stored.
 * - `Busy`: another process has the file.
 * - `Damaged`: the file is not what was written, or not there, or someone else's.
 * - `NewerFormat`: a later version has written it.
 */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly reason: "DiskFull" | "Busy" | "Damaged" | "NewerFormat" | "Failed"
  readonly message: string
  readonly cause: unknown
}> {}

/** What an error and the errors that caused it say of themselves. */
const said = (error: unknown): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let current = error
  for (let depth = 0; depth < 8 && Predicate.isRecord(current); depth++) {
    for (const line of [current["code"], current["message"]]) {
      if (typeof line === "string") lines.push(line)
    }
    current = current["cause"]
  }
  return lines
}

const full = /SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|database or disk is full|no space left/i

const damaged = /^DAMAGED$|SQLITE_CORRUPT|SQLITE_NOTADB|malformed|not a database/i

const reasonOf = (lines: ReadonlyArray<string>): StoreError["reason"] => {
  if (lines.some((line) => full.test(line))) return "DiskFull"
  if (lines.includes("NEWER_FORMAT")) return "NewerFormat"
  if (lines.some((line) => damaged.test(line))) return "Damaged"
  return lines.some((line) => /^SQLITE_BUSY|database is locked/.test(line)) ? "Busy" : "Failed"
}

export const from = (what: string) => (cause: unknown): StoreError => {
  if (cause instanceof StoreError) return cause
  const lines = said(cause)
  const reason = reasonOf(lines)
  if (reason === "DiskFull") return new StoreError({ reason, message: `${what}: the disk is full.`, cause })
  const last = lines[lines.length - 1]
  return new StoreError({ reason, message: last === undefined ? `${what}.` : `${what}: ${last}`, cause })
}

export const failed = (message: string) => new StoreError({ reason: "Failed", message, cause: undefined })

export const damage = (message: string) => new StoreError({ reason: "Damaged", message, cause: undefined })

export const isDiskFull = (error: StoreError): boolean => error.reason === "DiskFull"
