import type * as Filter from "@effect-pinecone/schema/Filter"
import type * as Limits from "@effect-pinecone/schema/Limits"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Effect from "effect/Effect"
import type { InputProblem } from "./input.js"
import { invalid } from "./input.js"

/** A filter in Pinecone's own form. */
export const expression = (
  operation: string,
  filter: Filter.Filter<never>,
  at: Omit<Limits.Place, "operation">
): Effect.Effect<Filter.Expression, InputProblem> =>
  Effect.mapError(
    RequestBody.filter(operation, filter, at),
    // A filter has no metadata to be wrong.
    (error): InputProblem =>
      error._tag === "InvalidMetadata" ? invalid({ operation, ...at }, "filter", error.message) : error
  )

/** The same of a filter that picks what is changed, deleted or read: one without a condition would pick everything. */
export const conditions = (
  operation: string,
  filter: Filter.Filter<never>,
  at: Omit<Limits.Place, "operation">
): Effect.Effect<Filter.Expression, InputProblem> =>
  Effect.filterOrFail(
    expression(operation, filter, at),
    (expression) => Object.keys(expression).length > 0,
    () =>
      invalid({ operation, ...at }, "filter", "must have at least one condition: an empty filter matches every record")
  )
