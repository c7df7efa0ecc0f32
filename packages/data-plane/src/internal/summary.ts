import * as Run from "@effect-pinecone/http/Run"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Failure, Progress, Summary } from "../IngestReport.js"
import { BatchFailed } from "../IngestReport.js"

/** A run to its end, with all that its reports have told. */
export const summarize = <Item, E, R>(
  progress: Stream.Stream<Progress<Item>, E | BatchFailed<Item>, R>
): Effect.Effect<Summary<Item>, E | BatchFailed<Item>, R> =>
  Effect.suspend(() => {
    const failures: Array<Failure<Item>> = []
    const collected = Stream.map(progress, (report) => {
      for (const failure of report.failures) failures.push(failure)
      return report
    })
    return Run.quietly(collected, Stream.runLast).pipe(
      Effect.mapBoth({
        onSuccess: (last): Summary<Item> => {
          // A run ends with a report at least.
          const { failures: _, inFlight: _inFlight, ...counts } = Option.getOrThrow(last)
          return { ...counts, failures }
        },
        onFailure: (error) => {
          if (!(error instanceof BatchFailed)) return error
          const { counts, error: why, message, reason, records, unsent } = error
          return new BatchFailed<Item>({
            message,
            reason,
            error: why,
            records,
            unsent,
            counts,
            failures: [...failures, ...error.failures]
          })
        }
      })
    )
  })
