/**
 * Many queries as one: one vector over many namespaces, or many queries over the index.
 *
 * @since 0.1.0
 */
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { Usage } from "@effect-pinecone/schema/Usage"
import type * as Stream from "effect/Stream"
import type { Freshness, InNamespace, Match, QueryOptions, QueryResult, RecordError } from "./VectorIndex.js"

/**
 * What to do when one of the queries fails: end with its error, or put it aside and go on.
 *
 * @since 0.1.0
 * @category models
 */
export type OnFailure = "fail" | "collect"

/**
 * @since 0.1.0
 * @category models
 */
export interface Bounds {
  /**
   * How many queries are in flight.
   *
   * @default 32
   */
  readonly concurrency?: number | undefined
  /**
   * @default "fail"
   */
  readonly onFailure?: OnFailure | undefined
}

/**
 * One query over many namespaces.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespacesOptions<I extends Storable, E = never, R = never>
  extends Omit<QueryOptions<I>, "id" | keyof InNamespace | keyof Freshness>, Bounds
{
  /** Names of namespaces, each asked once; or all that the index has when it begins. */
  readonly namespaces: ReadonlyArray<string> | Stream.Stream<string, E, R> | "all"
  /**
   * By what scores are compared: of euclidean the lowest are best, of the others the highest.
   *
   * @default the metric of the index, which is asked for once
   */
  readonly metric?: "cosine" | "dotproduct" | "euclidean" | (string & {}) | undefined
}

/**
 * A match, and the namespace that it is of.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceMatch<A> extends Match<A> {
  readonly namespace: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface NamespaceFailure {
  readonly namespace: string
  readonly error: RecordError
}

/**
 * The best matches of all namespaces, best first; among equals those of the earlier namespace.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespacesResult<A> {
  readonly matches: ReadonlyArray<NamespaceMatch<A>>
  /** The sum over the namespaces. */
  readonly usage: Usage
  /** What each namespace cost, where the server said so. */
  readonly usageByNamespace: ReadonlyMap<string, Usage>
  /** With `onFailure: "collect"`, the namespaces that could not be asked. */
  readonly failures: ReadonlyArray<NamespaceFailure>
}

/**
 * The results of many queries: each at the place of its query, `undefined` where it failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueriesResult<A> {
  readonly results: ReadonlyArray<QueryResult<A> | undefined>
  /** The sum over the queries. */
  readonly usage: Usage
  /** With `onFailure: "collect"`, the places of the queries that failed, and why. */
  readonly failures: ReadonlyArray<{ readonly position: number; readonly error: RecordError }>
}
