/**
 * What a read costs, and how a list goes on.
 *
 * ```ts
 * import type * as Usage from "@effect-pinecone/schema/Usage"
 *
 * const readUnits = (usage: Usage.Usage | undefined) => usage?.readUnits ?? 0
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { answer, maybe } from "./internal/wire.js"

/**
 * The type of the `Usage` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Usage extends Schema.Schema.Type<typeof Usage> {}

/**
 * The read units of a request.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Usage = answer("Usage", {
  readUnits: maybe(Schema.Int),
  egressBytes: maybe(Schema.Int)
})

/**
 * The type of the `Pagination` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pagination extends Schema.Schema.Type<typeof Pagination> {}

/**
 * The token of the next page; absent, or an empty string, on the last.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Pagination = answer("Pagination", {
  next: maybe(Schema.String)
})

/**
 * The token of the page that follows, where there is one.
 *
 * @since 0.1.0
 * @category getters
 */
export const next = (page: { readonly pagination?: Pagination | undefined }): string | undefined =>
  page.pagination?.next || undefined
