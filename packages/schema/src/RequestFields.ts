/**
 * The fields of the requests that carry vectors: what each is called in JSON, and its number in Protocol Buffers.
 *
 * ```ts
 * import * as RequestFields from "@effect-pinecone/schema/RequestFields"
 *
 * const { name, number } = RequestFields.queryRequest.topK // "topK", 2
 * ```
 *
 * @since 0.1.0
 */

/**
 * A field of a request: its name in JSON and its number in Protocol Buffers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly name: string
  readonly number: number
  /** Whether being left out is something else than being false, 0 or empty. */
  readonly optional: boolean
  /** The name as a key of a JSON object, as the first one and as one of the others. */
  readonly firstKey: string
  readonly nextKey: string
}

const field = (name: string, number: number, optional = false): Field => ({
  name,
  number,
  optional,
  firstKey: `"${name}":`,
  nextKey: `,"${name}":`
})

/**
 * The fields of an upsert.
 *
 * @since 0.1.0
 * @category constants
 */
export const upsertRequest = {
  vectors: field("vectors", 1),
  namespace: field("namespace", 2)
}

/**
 * The fields of a record.
 *
 * @since 0.1.0
 * @category constants
 */
export const vector = {
  id: field("id", 1),
  values: field("values", 2),
  metadata: field("metadata", 3),
  sparseValues: field("sparseValues", 4)
}

/**
 * The fields of sparse values.
 *
 * @since 0.1.0
 * @category constants
 */
export const sparseValues = {
  indices: field("indices", 1),
  values: field("values", 2)
}

/**
 * The fields of a query.
 *
 * @since 0.1.0
 * @category constants
 */
export const queryRequest = {
  namespace: field("namespace", 1),
  topK: field("topK", 2),
  filter: field("filter", 3),
  includeValues: field("includeValues", 4),
  includeMetadata: field("includeMetadata", 5),
  vector: field("vector", 7),
  id: field("id", 8),
  sparseVector: field("sparseVector", 9),
  scanFactor: field("scanFactor", 10, true),
  maxCandidates: field("maxCandidates", 11, true)
}

/**
 * The fields of an update.
 *
 * @since 0.1.0
 * @category constants
 */
export const updateRequest = {
  id: field("id", 1),
  values: field("values", 2),
  setMetadata: field("setMetadata", 3),
  namespace: field("namespace", 4),
  sparseValues: field("sparseValues", 5),
  filter: field("filter", 6, true),
  dryRun: field("dryRun", 7, true)
}
