/**
 * One index: its records, queries, namespaces and imports.
 *
 * An application gives each of its indexes a tag of its own, with the Schema of its metadata: filters are checked against
 * it by the compiler, and what comes back is decoded by it.
 *
 * ```ts
 * import * as Filter from "@effect-pinecone/schema/Filter"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * class Movies extends VectorIndex.Tag("app/Movies")<Movies>()({
 *   metadata: Schema.Struct({ genre: Schema.String, year: Schema.Int })
 * }) {}
 *
 * const titles = Effect.gen(function*() {
 *   const movies = yield* Movies
 *   const { matches } = yield* movies.query({
 *     vector: [0.1, 0.2, 0.3],
 *     topK: 10,
 *     filter: Filter.and(Filter.eq("genre", "comedy"), Filter.gte("year", 2000)),
 *     includeMetadata: true
 *   })
 *   return matches.map((match) => match.metadata.year)
 * })
 *
 * const MoviesLive = Movies.layer({ name: "movies" })
 * ```
 *
 * @since 0.1.0
 */
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Poll from "@effect-pinecone/http/Poll"
import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import type * as Filter from "@effect-pinecone/schema/Filter"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as Metadata from "@effect-pinecone/schema/Metadata"
import type { MetadataIndex } from "@effect-pinecone/schema/MetadataIndex"
import type * as Namespace from "@effect-pinecone/schema/Namespace"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { Usage } from "@effect-pinecone/schema/Usage"
import type { DenseValues, SparseValues, SparseVector } from "@effect-pinecone/schema/Vector"
import type { TextRecord, VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import type * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type * as FanOut from "./FanOut.js"
import type * as Ingest from "./Ingest.js"
import * as connection from "./internal/connection.js"
import * as copying from "./internal/copying.js"
import * as codec from "./internal/metadata.js"
import * as service from "./internal/service.js"
import type * as Search from "./Search.js"

/**
 * Where an index is: by its name, which is looked up once, or by its host, which is not looked up at all.
 *
 * @since 0.1.0
 * @category models
 */
export type Target = {
  readonly name: string
  readonly host?: undefined
} | {
  readonly host: string
  readonly name?: undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export type Options = Target & {
  /**
   * The namespace of every call that names no other.
   *
   * @default the default namespace, which is also called `__default__`
   */
  readonly namespace?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface InNamespace {
  /**
   * The namespace.
   *
   * @default the one that the index, or the view of it, is bound to
   */
  readonly namespace?: string | undefined
}

/**
 * How fresh a read must be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Freshness {
  /**
   * The LSN of a write that the read must see: it is repeated until the index has taken the write in, and ends with
   * `TimedOut` after `freshnessTimeout`.
   */
  readonly minLsn?: number | undefined
  /**
   * @default "30 seconds"
   */
  readonly freshnessTimeout?: Duration.DurationInput | undefined
}

/**
 * The answer to a write. Its `lsn`, the write's place in the log of the index, is what a read can wait for; it is absent
 * where the server gives none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Written {
  readonly lsn: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Upserted extends Written {
  readonly upsertedCount: number
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Updated extends Written {
  /** How many records match the filter of an update by metadata. */
  readonly matchedRecords: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface QueryOptions<I extends Storable> extends InNamespace, Freshness {
  /** How many matches: 1 to 10,000. */
  readonly topK: number
  /** A dense vector, of as many numbers as the index has dimensions. */
  readonly vector?: DenseValues | undefined
  /** A sparse vector: alone on a sparse index, or with `vector` for a hybrid search (dotproduct). */
  readonly sparseVector?: SparseValues | undefined
  /** The id of a record whose vector to search with, instead of a vector. */
  readonly id?: string | undefined
  readonly filter?: Filter.For<I> | undefined
  /**
   * @default false
   */
  readonly includeValues?: boolean | undefined
  /** For dedicated read nodes: how much of the index is scanned, 0.5 to 4. */
  readonly scanFactor?: number | undefined
  /** For dedicated read nodes: how many candidates are ranked exactly, topK to 100,000. */
  readonly maxCandidates?: number | undefined
}

/**
 * A record with its score: higher is nearer for cosine and dotproduct, lower for euclidean (the squared distance).
 *
 * @since 0.1.0
 * @category models
 */
export interface Match<A> {
  readonly id: string
  readonly score: number
  readonly values: Float32Array | undefined
  readonly sparseValues: SparseVector | undefined
  readonly metadata: A
}

/**
 * The matches, best first.
 *
 * @since 0.1.0
 * @category models
 */
export interface QueryResult<A> {
  readonly matches: ReadonlyArray<Match<A>>
  readonly namespace: string
  readonly usage: Usage | undefined
  /** The newest write that the read has seen. */
  readonly lsn: number | undefined
}

/**
 * A record as it comes back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fetched<A> {
  readonly id: string
  readonly values: Float32Array | undefined
  readonly sparseValues: SparseVector | undefined
  readonly metadata: A
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FetchResult<A> {
  /** The records that are there, by id. */
  readonly records: ReadonlyMap<string, Fetched<A>>
  readonly namespace: string
  readonly usage: Usage | undefined
  readonly lsn: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FetchPage<A> extends FetchResult<A> {
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface IdPage {
  readonly ids: ReadonlyArray<string>
  readonly namespace: string
  readonly usage: Usage | undefined
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface NamespacePage {
  readonly namespaces: ReadonlyArray<Namespace.NamespaceDescription>
  readonly totalCount: number | undefined
  readonly next: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ImportPage {
  readonly imports: ReadonlyArray<BulkImport.ImportModel>
  readonly next: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface PageOptions {
  /** Entries on a page: 1 to 100. */
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly paginationToken?: string | undefined
}

/**
 * What to delete: up to 1,000 ids, all that match a filter, or all of the namespace.
 *
 * @since 0.1.0
 * @category models
 */
export type DeleteTarget<I extends Storable> =
  | { readonly ids: ReadonlyArray<string>; readonly filter?: undefined; readonly deleteAll?: undefined }
  | { readonly filter: Filter.For<I>; readonly ids?: undefined; readonly deleteAll?: undefined }
  | { readonly deleteAll: true; readonly ids?: undefined; readonly filter?: undefined }

/**
 * What to import: a folder of Parquet files in object storage.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImportOptions {
  /** The folder: `s3://bucket/folder`; `file:///folder` on the embedded server. 1 to 1,500 characters. */
  readonly uri: string
  readonly integrationId?: string | undefined
  /**
   * Whether a record that cannot be imported ends the import or is left out.
   *
   * @default "continue"
   */
  readonly errorMode?: BulkImport.OnError | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ImportAllOptions extends Poll.Options {
  /**
   * How many imports are under way at a time.
   *
   * @default 4
   */
  readonly concurrency?: number | undefined
  /**
   * Whether to cancel what is under way when the program is interrupted, the stream's consumer has enough, another import
   * fails, or the time is over. The end then waits for the answers to starts that were sent, no longer than a request may
   * take: only they name the imports to cancel.
   *
   * @default false: imports go on without the program
   */
  readonly cancelOnInterrupt?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface FetchAllOptions extends InNamespace {
  /**
   * The most ids in a request. They travel in its address: long ids make it fewer, so that 48,000 bytes are not passed.
   *
   * @default 1000, the limit; 100 for a scan
   */
  readonly batchSize?: number | undefined
  /**
   * How many requests are in flight. What they bring is kept in order, and read no further ahead.
   *
   * @default 4
   */
  readonly concurrency?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface ScanOptions extends FetchAllOptions {
  /** Only records whose ids begin so. */
  readonly prefix?: string | undefined
  /**
   * So many records at the start are left out, without being fetched.
   *
   * @default 0
   */
  readonly skip?: number | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface CopyOptions extends Omit<Ingest.Options, "namespace" | "startsAt"> {
  /**
   * The namespaces to copy, each to the one of the same name: a list, or all that the source has.
   *
   * @default the namespace of the source's view, to the one of the target's
   */
  readonly namespaces?: ReadonlyArray<string> | "all" | undefined
  /** Only records whose ids begin so. */
  readonly prefix?: string | undefined
  /**
   * How the source is read.
   *
   * @default 100 ids in a request, 4 requests in flight
   */
  readonly read?: Omit<FetchAllOptions, "namespace"> | undefined
}

/**
 * What any call can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = PineconeError.RequestError

/**
 * What a call can end in whose input is checked before it is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type InputError = CallError | PineconeError.LimitExceeded

/**
 * What a call can end in that sends or brings metadata.
 *
 * @since 0.1.0
 * @category errors
 */
export type RecordError = InputError | PineconeError.InvalidMetadata

/**
 * An index whose metadata is of type `A` in the application and of type `I` in the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorIndex<A = Metadata.Metadata, I extends Storable = Metadata.Metadata> {
  /** The Schema of the metadata; without one of its own, {@link Metadata.Metadata}. */
  readonly metadata: MetadataSchema<A, I>
  /** The same index without the Schema: the metadata as it is stored. */
  readonly untyped: () => VectorIndex
  /** The same index with another namespace for the calls that name none. */
  readonly namespace: (namespace: string) => VectorIndex<A, I>
  /**
   * Writes records, each as a whole: one of the same id is replaced (`upsert`). Up to 1,000 records and 2 MB, checked
   * before anything is sent.
   */
  readonly upsert: (
    records: ReadonlyArray<VectorRecord<A>> | Chunk.Chunk<VectorRecord<A>>,
    options?: InNamespace
  ) => Effect.Effect<Upserted, RecordError>
  /**
   * The records nearest to a vector (`query`). With `includeMetadata` each match has its metadata, decoded; without, it
   * is `undefined`.
   */
  readonly query: <const IncludeMetadata extends boolean = false>(
    options: QueryOptions<I> & { readonly includeMetadata?: IncludeMetadata | undefined }
  ) => Effect.Effect<QueryResult<true extends IncludeMetadata ? A : undefined>, RecordError>
  /** Records by their ids, up to 1,000 (`fetch`). Ids that are not there are left out. */
  readonly fetch: (
    ids: ReadonlyArray<string>,
    options?: InNamespace & Freshness
  ) => Effect.Effect<FetchResult<A>, RecordError>
  /** A page of the records that match a filter, 100 unless told, at most 10,000 (`fetch_by_metadata`). */
  readonly fetchByMetadata: (
    options: InNamespace & Freshness & {
      readonly filter: Filter.For<I>
      readonly limit?: number | undefined
      readonly paginationToken?: string | undefined
    }
  ) => Effect.Effect<FetchPage<A>, RecordError>
  /** All records that match a filter, page by page. */
  readonly fetchByMetadataStream: (
    options: InNamespace & { readonly filter: Filter.For<I>; readonly limit?: number | undefined }
  ) => Stream.Stream<Fetched<A>, RecordError>
  /** Changes a record: its values, and the given fields of its metadata; the others stay (`update`). */
  readonly update: (
    options: InNamespace & {
      readonly id: string
      readonly values?: DenseValues | undefined
      readonly sparseValues?: SparseValues | undefined
      readonly setMetadata?: Partial<I> | undefined
    }
  ) => Effect.Effect<Updated, RecordError>
  /**
   * Sets fields of the metadata of all records that match a filter (`update`), or, with `dryRun`, only counts them.
   */
  readonly updateByMetadata: (
    options: InNamespace & {
      readonly filter: Filter.For<I>
      readonly setMetadata: Partial<I>
      readonly dryRun?: boolean | undefined
    }
  ) => Effect.Effect<Updated, RecordError>
  /** Deletes records by id, by filter, or all of a namespace (`delete`). Ids that are not there are no error. */
  readonly delete: (target: DeleteTarget<I> & InNamespace) => Effect.Effect<Written, InputError>
  /** A page of record ids in bytewise order, 100 unless told (`list`). */
  readonly list: (
    options?: InNamespace & PageOptions & { readonly prefix?: string | undefined }
  ) => Effect.Effect<IdPage, InputError>
  /** All record ids, or those with a prefix, page by page. */
  readonly listStream: (
    options?: InNamespace & { readonly prefix?: string | undefined; readonly limit?: number | undefined }
  ) => Stream.Stream<string, InputError>
  /** How many records there are, in all and by namespace (`describe_index_stats`). Pod indexes take a filter. */
  readonly describeIndexStats: (
    options?: { readonly filter?: Filter.For<I> | undefined }
  ) => Effect.Effect<Namespace.IndexStats, InputError>
  /**
   * Waits until reads of a namespace see a write to it; not at all where the server has given the write no LSN.
   *
   * @default a timeout of 30 seconds
   */
  readonly waitForLsn: (
    lsn: number | undefined,
    options?: InNamespace & { readonly timeout?: Duration.DurationInput | undefined }
  ) => Effect.Effect<void, CallError>
  /** Creates a namespace, by choice with the fields to index (`create_namespace`). Writing to one creates it too. */
  readonly createNamespace: (
    name: string,
    options?: { readonly schema?: MetadataIndex | undefined }
  ) => Effect.Effect<Namespace.NamespaceDescription, InputError>
  /** A page of the namespaces (`list_namespaces`). */
  readonly listNamespaces: (
    options?: PageOptions & { readonly prefix?: string | undefined }
  ) => Effect.Effect<NamespacePage, InputError>
  /** All namespaces, page by page. */
  readonly listNamespacesStream: (
    options?: { readonly prefix?: string | undefined; readonly limit?: number | undefined }
  ) => Stream.Stream<Namespace.NamespaceDescription, InputError>
  /** A namespace (`describe_namespace`). */
  readonly describeNamespace: (name: string) => Effect.Effect<Namespace.NamespaceDescription, CallError>
  /** Deletes a namespace with all its records (`delete_namespace`). */
  readonly deleteNamespace: (name: string) => Effect.Effect<Written, CallError>
  /**
   * Starts to import the Parquet files of a folder in object storage, and gives the import's id (`start_import`). It is
   * never sent twice of itself.
   */
  readonly startImport: (options: ImportOptions) => Effect.Effect<string, InputError>
  /** An import and how far it is (`describe_import`). */
  readonly describeImport: (id: string) => Effect.Effect<BulkImport.ImportModel, CallError>
  /** A page of the imports (`list_imports`). */
  readonly listImports: (options?: PageOptions) => Effect.Effect<ImportPage, InputError>
  /** All imports, page by page. */
  readonly listImportsStream: (
    options?: { readonly limit?: number | undefined }
  ) => Stream.Stream<BulkImport.ImportModel, InputError>
  /** Stops an import; what it has imported stays (`cancel_import`). */
  readonly cancelImport: (id: string) => Effect.Effect<void, CallError>
  /** An import again and again until it is completed; fails with `OperationFailed` if it fails or is cancelled. */
  readonly importProgress: (
    id: string,
    options?: Poll.Options
  ) => Stream.Stream<BulkImport.ImportModel, CallError | PineconeError.OperationFailed>
  /**
   * Waits until an import is completed; fails with `OperationFailed` if it fails or is cancelled. Like any write, its last
   * records may take a moment more until reads see them.
   */
  readonly waitForImport: (
    id: string,
    options?: Poll.Options
  ) => Effect.Effect<BulkImport.ImportModel, CallError | PineconeError.OperationFailed>
  /**
   * Writes all records of a stream: in batches as large as a request may be, as many at a time as the host bears, each
   * again where it failed for a passing reason. Of two records with the same id, the later one is stored.
   */
  readonly upsertAll: <E, R>(
    records: Stream.Stream<VectorRecord<A> | Ingest.Unreadable, E, R>,
    options?: Ingest.Options
  ) => Effect.Effect<Ingest.Summary<VectorRecord<A>>, E | Ingest.BatchFailed<VectorRecord<A>>, R>
  /** The same, as a report for each answer; the last one is of the end. Who reads slowly gets fewer. */
  readonly upsertProgress: <E, R>(
    records: Stream.Stream<VectorRecord<A> | Ingest.Unreadable, E, R>,
    options?: Ingest.Options
  ) => Stream.Stream<Ingest.Progress<VectorRecord<A>>, E | Ingest.BatchFailed<VectorRecord<A>>, R>
  /** The same, as the end of a stream. */
  readonly upsertSink: (
    options?: Ingest.Options
  ) => Sink.Sink<
    Ingest.Summary<VectorRecord<A>>,
    VectorRecord<A>,
    never,
    Ingest.BatchFailed<VectorRecord<A>>
  >
  /**
   * Writes 1 to 96 text records to an index with an integrated embedding (`upsert_records`): the index embeds the field that
   * its field map names, and stores all fields. A record replaces one of the same id.
   */
  readonly upsertRecords: (
    records: ReadonlyArray<TextRecord<A>> | Chunk.Chunk<TextRecord<A>>,
    options?: InNamespace
  ) => Effect.Effect<Upserted, RecordError>
  /**
   * The records nearest to a text, which the index embeds itself, to a vector, or to another record (`search_records`), by
   * choice reranked. What comes back is what the Schema of the index says; with `fields`, the part of it with those fields.
   */
  readonly searchRecords: <const Field extends keyof A & keyof I & string = keyof A & keyof I & string>(
    options: Search.Options<I> & { readonly fields?: ReadonlyArray<Field> | undefined }
  ) => Effect.Effect<Search.Result<[keyof A & keyof I & string] extends [Field] ? A : Pick<A, Field>>, RecordError>
  /**
   * Writes all text records of a stream to an index with an integrated embedding (`upsert_records`), 96 in a request, with
   * all that `upsertAll` promises.
   */
  readonly upsertRecordsAll: <E, R>(
    records: Stream.Stream<TextRecord<A>, E, R>,
    options?: Ingest.Options
  ) => Effect.Effect<Ingest.Summary<TextRecord<A>>, E | Ingest.BatchFailed<TextRecord<A>>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly upsertRecordsProgress: <E, R>(
    records: Stream.Stream<TextRecord<A>, E, R>,
    options?: Ingest.Options
  ) => Stream.Stream<Ingest.Progress<TextRecord<A>>, E | Ingest.BatchFailed<TextRecord<A>>, R>
  /** Makes all updates of a stream, each a request (the API takes one record at a time), those of one id in order. */
  readonly updateAll: <E, R>(
    updates: Stream.Stream<Ingest.Update<I>, E, R>,
    options?: Ingest.Options
  ) => Effect.Effect<Ingest.Summary<Ingest.Update<I>>, E | Ingest.BatchFailed<Ingest.Update<I>>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly updateProgress: <E, R>(
    updates: Stream.Stream<Ingest.Update<I>, E, R>,
    options?: Ingest.Options
  ) => Stream.Stream<Ingest.Progress<Ingest.Update<I>>, E | Ingest.BatchFailed<Ingest.Update<I>>, R>
  /** Deletes all records whose ids are in a stream, 1,000 in a request. Ids that are not there are no error. */
  readonly deleteIds: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: Ingest.Options
  ) => Effect.Effect<Ingest.Summary<string>, E | Ingest.BatchFailed<string>, R>
  /** The same, as a report for each answer; the last one is of the end. */
  readonly deleteProgress: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: Ingest.Options
  ) => Stream.Stream<Ingest.Progress<string>, E | Ingest.BatchFailed<string>, R>
  /** The records of all ids of a stream, in its order. Ids that are not there are left out. */
  readonly fetchAll: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: FetchAllOptions
  ) => Stream.Stream<Fetched<A>, E | RecordError, R>
  /**
   * A record by its id. What is asked for at the same time, by any number of fibers and through any view of the index, is
   * one fetch for each namespace and 1,000 ids, with or without Effect's batching. With `Effect.withRequestCaching(true)` it
   * is an Effect request: the cache of `Effect.withRequestCache` keeps what was found, and that nothing was, but no failure.
   */
  readonly get: (id: string, options?: InNamespace) => Effect.Effect<Option.Option<Fetched<A>>, RecordError>
  /** Every record of a namespace, in the order of their ids: the ids listed, the records fetched a few pages ahead. */
  readonly scan: (options?: ScanOptions) => Stream.Stream<Fetched<A>, RecordError>
  /**
   * The records nearest to a vector in many namespaces, as if they were one. What is wrong with the query itself fails before
   * anything is asked, whatever `onFailure` says.
   */
  readonly queryNamespaces: <const IncludeMetadata extends boolean = false, E = never, R = never>(
    options: FanOut.NamespacesOptions<I, E, R> & { readonly includeMetadata?: IncludeMetadata | undefined }
  ) => Effect.Effect<
    FanOut.NamespacesResult<true extends IncludeMetadata ? A : undefined>,
    NoInfer<E> | RecordError,
    NoInfer<R>
  >
  /** The results of many queries, each at the place of its query. */
  readonly queryMany: <const IncludeMetadata extends boolean = false>(
    queries: Iterable<QueryOptions<I>>,
    options?: FanOut.Bounds & { readonly includeMetadata?: IncludeMetadata | undefined }
  ) => Effect.Effect<FanOut.QueriesResult<true extends IncludeMetadata ? A : undefined>, RecordError>
  /**
   * Starts imports and waits for their ends: the models of the completed imports, in order. The first failure ends it;
   * `timeout` is for each import, from its start.
   */
  readonly importAll: (
    imports: ImportOptions | ReadonlyArray<ImportOptions>,
    options?: ImportAllOptions
  ) => Effect.Effect<ReadonlyArray<BulkImport.ImportModel>, InputError | PineconeError.OperationFailed>
  /** The same, as each answer to how far an import is. */
  readonly importAllProgress: (
    imports: ImportOptions | ReadonlyArray<ImportOptions>,
    options?: ImportAllOptions
  ) => Stream.Stream<BulkImport.ImportModel, InputError | PineconeError.OperationFailed>
}

/**
 * An index without a Schema for its metadata, for scripts: any field, any filter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options): Effect.Effect<VectorIndex, never, PineconeHttpClient> =>
  Effect.map(
    connection.make(options),
    (connected) => service.make(connected, Metadata.Metadata, codec.untyped, options.namespace)
  )

/**
 * An index whose metadata has a Schema, without a tag.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeTyped = <A, I extends Storable>(
  options: Options & { readonly metadata: MetadataSchema<A, I> }
): Effect.Effect<VectorIndex<A, I>, never, PineconeHttpClient> =>
  Effect.map(
    connection.make(options),
    (connected) => service.make(connected, options.metadata, codec.fromSchema(options.metadata), options.namespace)
  )

/**
 * What can be copied from, and to: any index or view of one, whatever its Schema. The metadata is copied as it is stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Copyable extends Pick<VectorIndex, "untyped"> {}

/**
 * Copies the records of an index, or of namespaces of it, to another index or namespace, with all that `upsertAll`
 * promises. Views name the namespaces: `copy(movies.namespace("en"), archive.namespace("en-2026"))`.
 *
 * @since 0.1.0
 * @category operations
 */
export const copy: (
  from: Copyable,
  to: Copyable,
  options?: CopyOptions
) => Effect.Effect<Ingest.Summary<VectorRecord>, RecordError | Ingest.BatchFailed<VectorRecord>> = copying.copy

/**
 * The same, as a report for each answer; the last one is of the end.
 *
 * @since 0.1.0
 * @category operations
 */
export const copyProgress: (
  from: Copyable,
  to: Copyable,
  options?: CopyOptions
) => Stream.Stream<Ingest.Progress<VectorRecord>, RecordError | Ingest.BatchFailed<VectorRecord>> = copying.copyProgress

/**
 * The class of an index's tag.
 *
 * @since 0.1.0
 * @category models
 */
export interface TagClass<Self, Id extends string, A, I extends Storable>
  extends Context.TagClass<Self, Id, VectorIndex<A, I>>
{
  /** The Schema of the metadata. */
  readonly metadata: MetadataSchema<A, I>
  /** The index by name or host. */
  readonly layer: (options: Options) => Layer.Layer<Self, never, PineconeHttpClient>
  /** The same, with its settings from Config. */
  readonly layerConfig: (
    options: Config.Config.Wrap<{
      readonly name: string
      readonly namespace?: string | undefined
    }>
  ) => Layer.Layer<Self, ConfigError, PineconeHttpClient>
}

/**
 * A tag for an index of an application, with the Schema of its metadata.
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag = <const Id extends string>(id: Id) =>
<Self>() =>
<A, I extends Storable>(options: {
  readonly metadata: MetadataSchema<A, I>
}): TagClass<Self, Id, A, I> => {
  const tag = Context.Tag(id)<Self, VectorIndex<A, I>>()
  const layer = (target: Options) => Layer.effect(tag, makeTyped({ ...target, metadata: options.metadata }))
  return Object.assign(tag, {
    metadata: options.metadata,
    layer,
    layerConfig: (
      config: Config.Config.Wrap<{ readonly name: string; readonly namespace?: string | undefined }>
    ) => Layer.unwrapEffect(Effect.map(Config.unwrap(config), layer))
  })
}
