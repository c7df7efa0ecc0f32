/**
 * Records by their ids, by their metadata, and one after another; and how fresh a read is.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   const { records } = yield* index.fetch(["airplane", "barbie"])
 *   const all = yield* Stream.runCount(index.listStream({ prefix: "2023-" }))
 *   return { records, all }
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import * as Check from "@effect-pinecone/schema/Check"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { Usage } from "@effect-pinecone/schema/Usage"
import * as Usages from "@effect-pinecone/schema/Usage"
import type { SparseVector } from "@effect-pinecone/schema/Vector"
import { given } from "@effect-pinecone/schema/Vector"
import type { Vector } from "@effect-pinecone/schema/VectorRecord"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Freshness, IndexAt, InNamespace, InputError, RecordError } from "./IndexAt.js"
import { fresh } from "./IndexAt.js"
import { mapOrdered } from "./internal/bounded.js"
import { batched } from "./internal/idBatches.js"
import type { RecordLoader } from "./internal/recordLoader.js"
import type { MetadataCodec } from "./MetadataCodec.js"
import { decodeEach, sorted } from "./MetadataCodec.js"
import type { Decoding, Given, Invalid, Item, OnInvalid } from "./ReadOptions.js"
import type { RecordCache } from "./RecordCache.js"
import { isRecordCache } from "./RecordCache.js"

export type { RecordLoader } from "./internal/recordLoader.js"

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
 * The records that were found.
 *
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
 * A page of records.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchPage<A> extends FetchResult<A> {
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * A page of ids.
 *
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
 * Which page to return, and how long it is.
 *
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
 * Which records to fetch.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchOptions extends InNamespace, Freshness, Decoding {}

/**
 * Which records to fetch, by their metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchByMetadataOptions<I extends Storable> extends InNamespace, Decoding {
  /** Which records: it has a condition at least. */
  readonly filter: Filter.For<I>
  /**
   * Records on a page: 1 to 10,000.
   *
   * @default 100
   */
  readonly limit?: number | undefined
}

/**
 * Which records to fetch, and how many in a page.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchPageOptions<I extends Storable> extends FetchByMetadataOptions<I>, Freshness {
  readonly paginationToken?: string | undefined
}

/**
 * Which ids to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends InNamespace, PageOptions {
  /** Only ids that begin so. */
  readonly prefix?: string | undefined
}

/**
 * How the records of many ids are fetched.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchAllOptions extends InNamespace, Decoding {
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
 * Which records to scan, and how.
 *
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
 * Options of `get`.
 *
 * @since 0.1.0
 * @category models
 */
export interface GetOptions extends InNamespace {
  /**
   * Where to look first, and to keep what was read: made by `RecordCache.make`.
   *
   * @default none: every `get` reads
   */
  readonly cache?: RecordCache | undefined
}

/**
 * Reading the records of an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading<A, I extends Storable> {
  /** Records by their ids, up to 1,000 (`fetch`). Ids that are not there are left out. */
  readonly fetch: <O extends FetchOptions = {}>(
    ids: ReadonlyArray<string>,
    options?: Given<O, FetchOptions>
  ) => Effect.Effect<FetchResult<A> & Invalid<O>, RecordError>
  /** A page of the records that match a filter, 100 by default, at most 10,000 (`fetch_by_metadata`). */
  readonly fetchByMetadata: <O extends FetchPageOptions<I>>(
    options: Given<O, FetchPageOptions<I>>
  ) => Effect.Effect<FetchPage<A> & Invalid<O>, RecordError>
  /** All records that match a filter, page by page. */
  readonly fetchByMetadataStream: <O extends FetchByMetadataOptions<I>>(
    options: Given<O, FetchByMetadataOptions<I>>
  ) => Stream.Stream<Item<O, Fetched<A>>, RecordError>
  /** A page of record ids in bytewise order, 100 by default (`list`). */
  readonly list: (options?: ListOptions) => Effect.Effect<IdPage, InputError>
  /** All record ids, or those with a prefix, page by page. */
  readonly listStream: (options?: Omit<ListOptions, "paginationToken">) => Stream.Stream<string, InputError>
  /** The records of all ids of a stream, in its order. Ids that are not there are left out. */
  readonly fetchAll: <E, R, O extends FetchAllOptions = {}>(
    ids: Stream.Stream<string, E, R>,
    options?: Given<O, FetchAllOptions>
  ) => Stream.Stream<Item<O, Fetched<A>>, E | RecordError, R>
  /**
   * A record by its id. What is asked for at the same time, by any number of fibers and through any view of the index, is
   * one fetch for each namespace and 1,000 ids, with or without Effect's batching. A `cache` keeps what was found, and that
   * nothing was, but no failure. It is not an Effect request: `Effect.withRequestCaching` does not change it.
   */
  readonly get: (id: string, options?: GetOptions) => Effect.Effect<Option.Option<Fetched<A>>, RecordError>
  /** Every record of a namespace, in the order of their ids: the ids listed, the records fetched a few pages ahead. */
  readonly scan: <O extends ScanOptions = {}>(
    options?: Given<O, ScanOptions>
  ) => Stream.Stream<Item<O, Fetched<A>>, RecordError>
  /**
   * Waits until reads of a namespace see a write to it; not at all where the server has given the write no LSN.
   *
   * @default a timeout of 30 seconds
   */
  readonly waitForLsn: (
    lsn: number | undefined,
    options?: InNamespace & { readonly timeout?: Duration.DurationInput | undefined }
  ) => Effect.Effect<void, InputError>
}

/**
 * What a fetch gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyResult<A> extends FetchResult<A> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * What a fetch by metadata gives, whatever it was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyPage<A> extends FetchPage<A> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/** Records, and the errors of those that do not fit, in the order in which they came. */
type Items<A> = ReadonlyArray<Fetched<A> | InvalidMetadata>

/** An answer whose records are not sorted yet. */
interface Read<A> extends Omit<FetchPage<A>, "records"> {
  readonly items: Items<A>
}

/**
 * The methods of {@link Reading} whatever they are asked for, as they are implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyReading<A, I extends Storable> extends
  Omit<
    Reading<A, I>,
    "fetch" | "fetchByMetadata" | "fetchByMetadataStream" | "fetchAll" | "scan"
  >
{
  readonly fetch: (ids: ReadonlyArray<string>, options?: FetchOptions) => Effect.Effect<AnyResult<A>, RecordError>
  readonly fetchByMetadata: (options: FetchPageOptions<I>) => Effect.Effect<AnyPage<A>, RecordError>
  readonly fetchByMetadataStream: (
    options: FetchByMetadataOptions<I>
  ) => Stream.Stream<Fetched<A> | InvalidMetadata, RecordError>
  readonly fetchAll: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: FetchAllOptions
  ) => Stream.Stream<Fetched<A> | InvalidMetadata, E | RecordError, R>
  readonly scan: (options?: ScanOptions) => Stream.Stream<Fetched<A> | InvalidMetadata, RecordError>
}

const freshness = { namespace: Check.text, minLsn: Check.integer(0), freshnessTimeout: Check.duration }

const decoding = { onInvalid: Check.oneOf("fail", "collect") }

const byId = <A>(records: ReadonlyArray<Fetched<A>>) => new Map(records.map((record) => [record.id, record]))

/** The records by their ids, and the errors of those that do not fit where they are collected. */
const toResult =
  <A>(onInvalid: OnInvalid | undefined) =>
  <Answer extends { readonly items: Items<A> }>({ items, ...answer }: Answer) =>
    Effect.map(sorted(items, onInvalid), ({ records, ...invalid }) => ({
      ...answer,
      ...invalid,
      records: byId(records)
    }))

/** The items of a stream: unless errors are collected, the first ends it. */
const toItems = <A>(items: Items<A>, onInvalid: OnInvalid | undefined): Effect.Effect<Items<A>, InvalidMetadata> =>
  onInvalid === "collect" ? Effect.succeed(items) : Effect.map(sorted(items), ({ records }) => records)

/**
 * Reading the records of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends Storable>(
  at: IndexAt,
  { decode }: MetadataCodec<A>,
  loader: RecordLoader
): Reading<A, I> => {
  const { index } = at
  const on = (operation: string) => ({ operation, index })

  const toFetched = ({ id, sparseValues, values }: Vector, metadata: A): Fetched<A> => ({
    id,
    values: given(values),
    sparseValues,
    metadata
  })

  const refusing = (operation: string) => Operation.unlessRefused(on(operation))

  const decoded = (
    operation: string,
    namespace: string | undefined,
    vectors: ReadonlyArray<Vector> = []
  ): Items<A> => decodeEach(decode, { operation, index, namespace }, vectors, toFetched)

  /** What is there of some ids. */
  const readIds = (ids: ReadonlyArray<string>, options: InNamespace & Freshness) =>
    Effect.gen(function*() {
      const operation = "fetch"
      const { namespace = at.namespace } = options
      yield* Check.pass(RecordId.listProblem(on(operation), ids, "fetchIds"))
      const read = Effect.map(
        at.run(operation, namespace, { ids }, ids.length),
        ({ indexedLsn, value: { usage, vectors, ...answer } }): Omit<Read<A>, "next"> => ({
          items: decoded(operation, namespace, vectors),
          namespace: answer.namespace ?? namespace ?? "",
          usage,
          lsn: indexedLsn
        })
      )
      return yield* fresh({ operation, index, namespace }, read, options)
    })

  const fetch: AnyReading<A, I>["fetch"] = (ids, options) =>
    Effect.gen(function*() {
      const { onInvalid, ...checked } = yield* Check.read<FetchOptions>(on("fetch"), options ?? {}, {
        optional: { ...freshness, ...decoding }
      })
      return yield* Effect.flatMap(readIds(ids, checked), toResult<A>(onInvalid))
    })

  const byMetadata = (options: FetchPageOptions<I>) =>
    Check.read<FetchPageOptions<I>>(on("fetch_by_metadata"), options, {
      required: { filter: Check.object },
      optional: { ...freshness, ...decoding, limit: Check.integer(1), paginationToken: Check.text }
    })

  /** A page of what matches a filter. */
  const readPage = (options: FetchPageOptions<I>) =>
    Effect.gen(function*() {
      const operation = "fetch_by_metadata"
      const { limit, namespace = at.namespace, paginationToken } = options
      yield* Check.pass(Check.limit(on(operation), limit, "fetchByMetadataLimit"))
      const filter = yield* RequestBody.filter(operation, options.filter, { index })
      const read = Effect.map(
        at.run("fetchByMetadata", namespace, { filter, limit, paginationToken }),
        ({ indexedLsn, value }): Read<A> => ({
          items: decoded(operation, namespace, value.vectors),
          namespace: value.namespace ?? namespace ?? "",
          usage: value.usage,
          lsn: indexedLsn,
          next: Usages.next(value)
        })
      )
      return yield* fresh({ operation, index, namespace }, read, options)
    })

  const fetchByMetadata: AnyReading<A, I>["fetchByMetadata"] = (options) =>
    Effect.flatMap(
      byMetadata(options),
      (checked) => Effect.flatMap(readPage(checked), toResult<A>(checked.onInvalid))
    )

  const listing = (options: ListOptions | undefined) =>
    Check.read<ListOptions>(on("list"), options ?? {}, {
      optional: {
        namespace: Check.text,
        prefix: Check.text,
        limit: Check.integer(1),
        paginationToken: Check.text
      }
    })

  const list: Reading<A, I>["list"] = (options) =>
    Effect.gen(function*() {
      const place = on("list")
      const { namespace = at.namespace, ...page } = yield* listing(options)
      yield* Check.pass(page.prefix === undefined ? undefined : RecordId.prefixProblem(place, page.prefix))
      yield* Check.pass(Check.limit(place, page.limit, "listLimit"))
      const { value } = yield* at.run("list", namespace, page)
      return {
        ids: (value.vectors ?? []).flatMap(({ id }) => id === undefined ? [] : [id]),
        namespace: value.namespace ?? namespace ?? "",
        usage: value.usage,
        next: Usages.next(value)
      }
    })

  const listStream: Reading<A, I>["listStream"] = (options) =>
    Pages.checked(on("list"), listing(options), (page) => Effect.map(list(page), ({ ids, next }) => [ids, next]))

  const fetchAll: AnyReading<A, I>["fetchAll"] = (ids, options) => {
    const place = on("fetch")
    const checked = refusing("fetch")(Effect.tap(
      Check.read<FetchAllOptions>(place, options ?? {}, {
        optional: {
          ...decoding,
          namespace: Check.text,
          batchSize: Check.integer(1, Limits.limits.fetchIds),
          concurrency: Check.integer(1)
        }
      }),
      Check.pass(Check.problem(place, "ids", ids, Check.stream))
    ))
    return Stream.flatMap(checked, ({ batchSize = Limits.limits.fetchIds, concurrency = 4, namespace, onInvalid }) => {
      const sound = Stream.mapChunksEffect(ids, (chunk) => {
        for (const id of chunk) {
          const wrong = RecordId.problem(place, id, "ids")
          if (wrong !== undefined) return refusing("fetch")(Effect.fail(wrong))
        }
        return Effect.succeed(chunk)
      })
      const found = (batch: ReadonlyArray<string>) =>
        readIds([...new Set(batch)], { namespace }).pipe(
          Effect.flatMap(({ items }) => toItems(items, onInvalid)),
          Effect.map((items) => {
            const there = new Map(items.map((item) => ["_tag" in item ? item.recordId : item.id, item]))
            return Chunk.unsafeFromArray(batch.flatMap((id) => there.get(id) ?? []))
          })
        )
      return Stream.flattenChunks(mapOrdered(batched(sound, batchSize), found, concurrency))
    })
  }

  // What was found is decoded for each who asked for it: metadata that does not fit is an error of one record.
  const get: Reading<A, I>["get"] = (id, options) =>
    Effect.gen(function*() {
      const place = on("fetch")
      const checked = Effect.tap(
        Check.read<GetOptions>(place, options ?? {}, {
          optional: { namespace: Check.text, cache: Check.mustBe("a RecordCache", isRecordCache) }
        }),
        Check.pass(RecordId.problem(place, id, "id"))
      )
      const { cache, namespace = at.namespace } = yield* refusing("fetch")(checked)
      const found = yield* loader.get(namespace, id, cache)
      if (Option.isNone(found)) return Option.none()
      const { records: [record] } = yield* sorted(decoded(place.operation, namespace, [found.value]))
      return Option.fromNullable(record)
    })

  const reading: AnyReading<A, I> = {
    fetch,
    fetchByMetadata,
    fetchByMetadataStream: (options) =>
      Pages.checked(
        on("fetch_by_metadata"),
        byMetadata(options),
        (page) =>
          Effect.flatMap(
            readPage(page),
            ({ items, next }) => Effect.map(toItems(items, page.onInvalid), (items) => [items, next])
          )
      ),
    list,
    listStream,
    fetchAll,
    get,
    scan: (options) => {
      const checked = Check.read<ScanOptions>(on("list"), options ?? {}, {
        optional: {
          namespace: Check.text,
          batchSize: Check.any,
          concurrency: Check.any,
          onInvalid: Check.any,
          prefix: Check.text,
          skip: Check.integer(0)
        }
      })
      return Stream.flatMap(refusing("list")(checked), ({ prefix, skip = 0, ...options }) => {
        const ids = listStream({ namespace: options.namespace, prefix })
        return fetchAll(skip === 0 ? ids : Stream.drop(ids, skip), { batchSize: 100, ...options })
      })
    },
    waitForLsn: (lsn, options) => {
      const operation = "query"
      const checked = Effect.tap(
        Check.read<InNamespace & { readonly timeout?: Duration.DurationInput | undefined }>(
          on(operation),
          options ?? {},
          { optional: { namespace: Check.text, timeout: Check.duration } }
        ),
        Check.pass(
          lsn === undefined ? undefined : Check.problem(on(operation), "lsn", lsn, Check.integer(0))
        )
      )
      return Effect.flatMap(refusing(operation)(checked), ({ namespace = at.namespace, timeout }) => {
        // A query by an id that no record has: the cheapest read that says how far the index is.
        const read = Effect.map(
          at.send(
            operation,
            namespace,
            (target, format) => RequestBody.query({ topK: 1, id: "effect-pinecone/freshness" }, target, format)
          ),
          ({ indexedLsn }) => ({ lsn: indexedLsn })
        )
        return lsn === undefined ? Effect.void : Effect.asVoid(
          fresh({ operation, index, namespace }, read, { minLsn: lsn, freshnessTimeout: timeout })
        )
      }).pipe(
        // The query has no metadata to be wrong.
        Effect.catchTag(
          "PineconeInvalidMetadata",
          (error) => Effect.fail(Input.invalid(on(operation), "id", error.message))
        )
      )
    }
  }
  // eslint-disable-next-line no-restricted-syntax -- what there is of records that do not fit follows from `onInvalid`.
  return Operation.all(["fetch", "fetchByMetadata", "list"], reading as Reading<A, I>, { index })
}
