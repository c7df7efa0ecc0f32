import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as apiVersion from "./apiVersion.js"
import type { Model } from "./indexRequests.js"
import * as problem from "./problem.js"

/** How the project of the server stands with its provider, to try out how an application meets that. */
export interface Standing {
  /** Whether its organization has unpaid invoices. */
  readonly unpaid: boolean
  /** So many indexes are in its plan. */
  readonly maxIndexes: number
  /** Whether every index is encrypted with a key of the customer. */
  readonly encrypted: Effect.Effect<boolean>
}

/** A project that owes nothing, and has no limits. */
export class StandingTag extends Context.Reference<StandingTag>()("@effect-pinecone/local/internal/Standing", {
  defaultValue: (): Standing => ({ unpaid: false, maxIndexes: Infinity, encrypted: Effect.succeed(false) })
}) {}

/** Refuses what costs something while invoices are unpaid. */
export const checkPaid = ({ unpaid }: Standing): Effect.Effect<void, problem.Problem> =>
  unpaid ? problem.paymentRequired : Effect.void

/** The same for what is refused only in versions before 2026-07. */
export const checkPaidBefore2026_07 = (standing: Standing): Effect.Effect<void, problem.Problem> =>
  Effect.flatMap(apiVersion.atLeast("2026-07"), (is) => is ? Effect.void : checkPaid(standing))

/** Refuses an index beyond those of the plan. */
export const checkCount = ({ maxIndexes }: Standing, indexes: number): Effect.Effect<void, problem.Problem> =>
  indexes < maxIndexes
    ? Effect.void
    : Effect.flatMap(apiVersion.atLeast("2026-07"), (is) =>
      problem.quotaExceeded(
        is ? "FORBIDDEN" : "QUOTA_EXCEEDED",
        `The project has ${indexes} indexes, and its plan allows ${maxIndexes}. Delete one, or upgrade the plan.`
      ))

/** Refuses full-text search where everything must be encrypted with a key of the customer. */
export const checkEncryption = (
  { encrypted }: Standing,
  { schema }: Pick<Model, "schema">
): Effect.Effect<void, problem.Problem> =>
  Effect.flatMap(encrypted, (is) =>
    is && Object.values(schema?.fields ?? {}).some((field) => "fullTextSearch" in field)
      ? problem.precondition(
        "Index creation failed. Indexes with full_text_search fields are not supported in CMEK-encrypted projects"
      )
      : Effect.void)
