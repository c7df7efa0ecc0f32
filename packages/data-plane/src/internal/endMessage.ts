import type { RecordError } from "../IndexAt.js"
import type { Counts, EndReason } from "../IngestReport.js"

const counted = (count: number, what: string): string => `${count.toLocaleString("en")} ${what}`

/** What a person reads of a run that ended before its source did: why, what came of it, and where to resume. */
export const messageOf = (
  reason: EndReason,
  error: RecordError,
  records: number,
  unsent: number,
  counts: Counts
): string => {
  if (reason === "NotStarted") return `nothing was sent: ${error.message}`
  const what = reason === "TimedOut"
    ? "the run was not finished"
    : records === 0
    ? "a record could not be read"
    : records === 1
    ? "a record was not stored"
    : `a batch of ${counted(records, "records")} was not stored`
  return `${what}: ${error.message}${
    reason === "Stalled" ? " (and the server has accepted nothing for a while)" : ""
  }; ${counted(counts.records, "stored")}, ${counted(counts.failed, "refused")}, ${
    counted(unsent, "unsent")
  }; resume with resumeFrom: ${counts.checkpoint}`
}
