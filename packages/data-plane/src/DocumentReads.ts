/**
 * Documents by their ids, by a filter, and one after another.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const program = Effect.gen(function*() {
 *   const articles = yield* DocumentIndex.make({ name: "articles", fields: { title: IndexSchema.text() } })
 *   const { documents } = yield* articles.fetch(["lighthouses"], { includeFields: ["title"] })
 *   const all = yield* Stream.runCount(articles.listStream({ prefix: "2026-" }))
 *   return { title: documents.get("lighthouses")?.title, all }
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import * as Check from "@effect-pinecone/schema/Check"
import type * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
import * as Documents from "@effect-pinecone/schema/Documents"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import { InvalidMetadata } from "@effect-pinecone/schema/PineconeError"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Usages from "@effect-pinecone/schema/Usage"
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { AnyDocument, Decode, DocumentCodec } from "./DocumentCodec.js"
import type { Freshness, IndexAt, InNamespace, InputError, RecordError } from "./IndexAt.js"
import { fresh } from "./IndexAt.js"
import { mapOrdered } from "./internal/bounded.js"
import { batched } from "./internal/idBatches.js"
import * as recordLoader from "./internal/recordLoader.js"
import { decodeEach, sorted } from "./MetadataCodec.js"
import type { FetchAllOptions, GetOptions, ListOptions, ScanOptions } from "./Reading.js"
import type { Decoding, Given, Invalid, Item } from "./ReadOptions.js"
import { isRecordCache } from "./RecordCache.js"

/**
 * What a read of documents costs.
 *
 * @since 0.1.0
 * @category models
 */
export type ReadUsage = Schema.Schema.Type<typeof Documents.FetchResponse>["usage"]

/**
 * Which fields of a document come back.
 *
 * @since 0.1.0
 * @category models
 */
export interface Including<F, A, I extends Storable> {
  /**
   * The fields and the metadata that come back, by their names.
   *
   * @default all
   */
  readonly includeFields?: ReadonlyArray<DocumentFields.Include<F, A, I>> | undefined
}

/**
 * What a read gives of a document that is asked with options of type `O`: all, unless they name fields.
 *
 * @since 0.1.0
 * @category type-level
 */
export type ReadOf<F, A, O> = DocumentFields.Picked<
  F,
  A,
  "includeFields" extends keyof O ? [O["includeFields"]] extends [undefined] ? readonly ["*"]
    : O["includeFields"] extends readonly [] ? readonly ["*"]
    : O["includeFields"]
    : readonly ["*"]
>

/**
 * Which documents to fetch.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchOptions<F, A, I extends Storable> extends InNamespace, Freshness, Decoding, Including<F, A, I> {}

/**
 * Which documents to fetch, by a filter.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchByFilterOptions<F, A, I extends Storable> extends InNamespace, Decoding, Including<F, A, I> {
  /** Which documents: it has a condition at least. */
  readonly filter: Filter.For<I>
  /**
   * Documents on a page: 1 to 10,000.
   *
   * @default 100
   */
  readonly limit?: number | undefined
}

/**
 * Which documents to fetch, and which page of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchPageOptions<F, A, I extends Storable> extends FetchByFilterOptions<F, A, I>, Freshness {
  /** The `next` of the page before. */
  readonly paginationToken?: string | undefined
}

/**
 * How the documents of many ids are fetched.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchAllDocumentsOptions<F, A, I extends Storable> extends FetchAllOptions, Including<F, A, I> {}

/**
 * Which documents to scan, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface ScanDocumentsOptions<F, A, I extends Storable> extends ScanOptions, Including<F, A, I> {}

/**
 * The documents that were found.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchResult<out Document> {
  /** The documents that are there, by id. */
  readonly documents: ReadonlyMap<string, Document>
  readonly namespace: string
  readonly usage: ReadUsage
  readonly lsn: number | undefined
}

/**
 * A page of documents.
 *
 * @since 0.1.0
 * @category models
 */
export interface FetchPage<out Document> extends FetchResult<Document> {
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
  readonly usage: ReadUsage
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * Reading the documents of an index.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentReads<F, A, I extends Storable> {
  /** Documents by their ids, up to 1,000 (`fetch_documents`). Ids that are not there are left out. */
  readonly fetch: <const O extends FetchOptions<F, A, I> = {}>(
    ids: ReadonlyArray<string>,
    options?: Given<O, FetchOptions<F, A, I>>
  ) => Effect.Effect<FetchResult<ReadOf<F, A, O>> & Invalid<O>, RecordError>
  /** A page of the documents that match a filter, 100 by default, at most 10,000 (`fetch_documents`). */
  readonly fetchByFilter: <const O extends FetchPageOptions<F, A, I>>(
    options: Given<O, FetchPageOptions<F, A, I>>
  ) => Effect.Effect<FetchPage<ReadOf<F, A, O>> & Invalid<O>, RecordError>
  /** All documents that match a filter, page by page. */
  readonly fetchByFilterStream: <const O extends FetchByFilterOptions<F, A, I>>(
    options: Given<O, FetchByFilterOptions<F, A, I>>
  ) => Stream.Stream<Item<O, ReadOf<F, A, O>>, RecordError>
  /** A page of ids in bytewise order, 100 by default (`list_documents`). */
  readonly list: (options?: ListOptions) => Effect.Effect<IdPage, InputError>
  /** All ids, or those with a prefix, page by page. */
  readonly listStream: (options?: Omit<ListOptions, "paginationToken">) => Stream.Stream<string, InputError>
  /** The documents of all ids of a stream, in its order. Ids that are not there are left out. */
  readonly fetchAll: <E, R, const O extends FetchAllDocumentsOptions<F, A, I> = {}>(
    ids: Stream.Stream<string, E, R>,
    options?: Given<O, FetchAllDocumentsOptions<F, A, I>>
  ) => Stream.Stream<Item<O, ReadOf<F, A, O>>, E | RecordError, R>
  /**
   * A document by its id. What is asked for at the same time, by any number of fibers and through any view of the index, is one
   * fetch for each namespace and 1,000 ids. A `cache` keeps what was found, and that nothing was, but no failure.
   */
  readonly get: (
    id: string,
    options?: GetOptions
  ) => Effect.Effect<Option.Option<DocumentFields.Stored<F, A>>, RecordError>
  /** Every document of a namespace, in the order of their ids: the ids listed, the documents fetched a few pages ahead. */
  readonly scan: <const O extends ScanDocumentsOptions<F, A, I> = {}>(
    options?: Given<O, ScanDocumentsOptions<F, A, I>>
  ) => Stream.Stream<Item<O, ReadOf<F, A, O>>, RecordError>
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

interface AnyIncluding {
  readonly includeFields?: ReadonlyArray<string> | undefined
}

interface AnyFetchOptions extends InNamespace, Freshness, Decoding, AnyIncluding {}

interface AnyPageOptions<I extends Storable> extends AnyFetchOptions {
  readonly filter: Filter.For<I>
  readonly limit?: number | undefined
  readonly paginationToken?: string | undefined
}

/**
 * The documents of a fetch, and with `onInvalid: "collect"` the errors of those that do not fit.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyPage extends FetchPage<AnyDocument> {
  readonly invalid?: ReadonlyArray<InvalidMetadata> | undefined
}

/**
 * The methods of {@link DocumentReads} whatever they are asked for, as they are implemented and mocked.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyReads<I extends Storable> {
  readonly fetch: (
    ids: ReadonlyArray<string>,
    options?: AnyFetchOptions
  ) => Effect.Effect<Omit<AnyPage, "next">, RecordError>
  readonly fetchByFilter: (options: AnyPageOptions<I>) => Effect.Effect<AnyPage, RecordError>
  readonly fetchByFilterStream: (
    options: Omit<AnyPageOptions<I>, "paginationToken">
  ) => Stream.Stream<AnyDocument | InvalidMetadata, RecordError>
  readonly list: (options?: ListOptions) => Effect.Effect<IdPage, InputError>
  readonly listStream: (options?: Omit<ListOptions, "paginationToken">) => Stream.Stream<string, InputError>
  readonly fetchAll: <E, R>(
    ids: Stream.Stream<string, E, R>,
    options?: FetchAllOptions & AnyIncluding
  ) => Stream.Stream<AnyDocument | InvalidMetadata, E | RecordError, R>
  readonly get: (id: string, options?: GetOptions) => Effect.Effect<Option.Option<AnyDocument>, RecordError>
  readonly scan: (options?: ScanOptions & AnyIncluding) => Stream.Stream<AnyDocument | InvalidMetadata, RecordError>
  readonly waitForLsn: (
    lsn: number | undefined,
    options?: InNamespace & { readonly timeout?: Duration.DurationInput | undefined }
  ) => Effect.Effect<void, InputError>
}

/** The documents that were read, and the errors of those that do not fit, in the order in which they came. */
type Items = ReadonlyArray<AnyDocument | InvalidMetadata>

/** An answer whose documents are not sorted yet. */
interface Read extends Omit<FetchPage<AnyDocument>, "documents"> {
  readonly items: Items
}

const freshness = { namespace: Check.text, minLsn: Check.integer(0), freshnessTimeout: Check.duration }

const including = { onInvalid: Check.oneOf("fail", "collect"), includeFields: Check.texts }

const isMisfit = (item: AnyDocument | InvalidMetadata): item is InvalidMetadata => item instanceof InvalidMetadata

/** What is fetched of documents: nothing is the same as all. */
const namesOf = (names: ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  names === undefined || names.length === 0 ? ["*"] : names

/** The items of a stream: unless errors are collected, the first ends it. */
const toItems = (items: Items, onInvalid: Decoding["onInvalid"]): Effect.Effect<Items, InvalidMetadata> =>
  onInvalid === "collect" ? Effect.succeed(items) : Effect.map(sorted(items), ({ records }) => records)

/**
 * How documents that came are decoded, for the names that were asked for, or what is wrong with these.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decoderOf = (
  codec: DocumentCodec,
  names: ReadonlyArray<string>,
  place: Limits.Place
): Effect.Effect<Decode, Input.Problem> => {
  const unstored = names.find((name) => codec.layout.fields.get(name)?.isStored === false)
  if (unstored !== undefined) {
    return Effect.fail(Input.invalid(place, "includeFields", `must not name "${unstored}", whose text is not stored`))
  }
  const decode = codec.pick(names)
  return decode === undefined
    ? Effect.fail(
      Input.invalid(
        place,
        "includeFields",
        "cannot be picked from the Schema of the metadata: leave includeFields out, or use a Schema.Struct"
      )
    )
    : Effect.succeed(decode)
}

/**
 * Documents that came as the application sees them, and in the place of what does not fit its error.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeAll = <Out>(
  decode: Decode,
  place: Limits.Place,
  documents: ReadonlyArray<Documents.Json>,
  make: (json: Documents.Json, document: AnyDocument) => Out
): ReadonlyArray<Out | InvalidMetadata> =>
  decodeEach<AnyDocument, { readonly id: string; readonly metadata: Documents.Json }, Out>(
    // eslint-disable-next-line no-restricted-syntax -- each is one of the documents below.
    (json) => decode(json as Documents.Json),
    place,
    documents.map((json) => ({ id: json._id, metadata: json })),
    ({ metadata }, document) => make(metadata, document)
  )

/** @internal */
export const loaderOf = (at: IndexAt): recordLoader.RecordLoader<Documents.Json> =>
  recordLoader.makeWith({
    fetch: (namespace, ids) =>
      Effect.map(fetching(at, namespace, { ids }, ids.length), ({ value: { documents } }) => documents),
    idOf: ({ _id }) => _id,
    mostBytes: Infinity
  })

const fetching = (at: IndexAt, namespace: string | undefined, request: object, batchSize?: number) =>
  at.post(
    "fetch_documents",
    "/namespaces/:namespace/documents/fetch",
    namespace,
    RequestBody.json(request),
    Documents.FetchResponse,
    "application/json",
    batchSize
  )

/**
 * Reading the documents of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <F, A, I extends Storable>(
  at: IndexAt,
  codec: DocumentCodec,
  loader: recordLoader.RecordLoader<Documents.Json>
): DocumentReads<F, A, I> => {
  const { index } = at
  const operation = "fetch_documents"
  const place = { operation, index }
  const refusing = (operation: string) => Operation.unlessRefused({ operation, index })

  /** What a request brings. */
  const reading = (
    namespace: string | undefined,
    request: object,
    names: ReadonlyArray<string>,
    freshness: Freshness,
    batchSize?: number
  ): Effect.Effect<Read, RecordError> =>
    Effect.flatMap(decoderOf(codec, names, place), (decode) => {
      const read = Effect.map(
        fetching(
          at,
          namespace,
          names.includes("*") ? request : { ...request, include_fields: names },
          batchSize
        ),
        ({ indexedLsn, value }): Read => ({
          items: decodeAll(decode, { ...place, namespace }, value.documents, (_, document) => document),
          namespace: value.namespace,
          usage: value.usage,
          lsn: indexedLsn,
          next: Usages.next(value)
        })
      )
      return fresh({ ...place, namespace }, read, freshness)
    })

  /** What is there of some ids. */
  const readIds = (
    ids: ReadonlyArray<string>,
    { includeFields, namespace = at.namespace, ...fresh }: AnyFetchOptions
  ) =>
    Effect.andThen(
      Check.pass(RecordId.listProblem(place, ids, "fetchIds")),
      Effect.suspend(() => reading(namespace, { ids }, namesOf(includeFields), fresh, ids.length))
    )

  /** The documents by their ids, and the errors of those that do not fit where they are collected. */
  const toResult =
    (onInvalid: Decoding["onInvalid"]) => ({ items, ...answer }: Read): Effect.Effect<AnyPage, InvalidMetadata> =>
      Effect.map(sorted(items, onInvalid), ({ records, ...invalid }) => ({
        ...answer,
        ...invalid,
        documents: new Map(records.map((document) => [document._id, document]))
      }))

  const byFilter = (options: AnyPageOptions<I>) =>
    Check.read<AnyPageOptions<I>>(place, options, {
      required: { filter: Check.object },
      optional: { ...freshness, ...including, limit: Check.integer(1), paginationToken: Check.text }
    })

  /** A page of what matches a filter. */
  const readPage = (options: AnyPageOptions<I>) =>
    Effect.gen(function*() {
      const { includeFields, limit, namespace = at.namespace, paginationToken } = options
      yield* Check.pass(Check.limit(place, limit, "fetchByMetadataLimit"))
      const filter = yield* RequestBody.filter(operation, options.filter, { index }, "documents")
      const request = { filter, limit, pagination_token: paginationToken }
      return yield* reading(namespace, request, namesOf(includeFields), options)
    })

  const listing = (options: ListOptions | undefined) =>
    Check.read<ListOptions>({ operation: "list_documents", index }, options ?? {}, {
      optional: { namespace: Check.text, prefix: Check.text, limit: Check.integer(1), paginationToken: Check.text }
    })

  const list: AnyReads<I>["list"] = (options) =>
    Effect.gen(function*() {
      const operation = "list_documents"
      const place = { operation, index }
      const { limit, namespace = at.namespace, paginationToken, prefix } = yield* listing(options)
      yield* Check.pass(prefix === undefined ? undefined : RecordId.prefixProblem(place, prefix))
      yield* Check.pass(Check.limit(place, limit, "listLimit"))
      const { value } = yield* at.post(
        operation,
        "/namespaces/:namespace/documents/list",
        namespace,
        RequestBody.json({ prefix, limit, pagination_token: paginationToken }),
        Documents.ListResponse,
        "application/json"
      )
      return {
        ids: value.documents.map(({ id }) => id),
        namespace: value.namespace,
        usage: value.usage,
        next: Usages.next(value)
      }
    })

  const listStream: AnyReads<I>["listStream"] = (options) =>
    Pages.checked(
      { operation: "list_documents", index },
      listing(options),
      (page) => Effect.map(list(page), ({ ids, next }) => [ids, next])
    )

  const fetchAll: AnyReads<I>["fetchAll"] = (ids, options) => {
    const checked = refusing(operation)(Effect.tap(
      Check.read<FetchAllOptions & AnyIncluding>(place, options ?? {}, {
        optional: {
          ...including,
          namespace: Check.text,
          batchSize: Check.integer(1, Limits.limits.fetchIds),
          concurrency: Check.integer(1)
        }
      }),
      Check.pass(Check.problem(place, "ids", ids, Check.stream))
    ))
    return Stream.flatMap(
      checked,
      ({ batchSize = Limits.limits.fetchIds, concurrency = 4, includeFields, namespace, onInvalid }) => {
        const sound = Stream.mapChunksEffect(ids, (chunk) => {
          for (const id of chunk) {
            const wrong = RecordId.problem(place, id, "ids")
            if (wrong !== undefined) return refusing(operation)(Effect.fail(wrong))
          }
          return Effect.succeed(chunk)
        })
        const found = (batch: ReadonlyArray<string>) =>
          one.fetched([...new Set(batch)], { namespace, includeFields }).pipe(
            Effect.flatMap(({ items }) => toItems(items, onInvalid)),
            Effect.map((items) => {
              const there = new Map(items.map((item) => [isMisfit(item) ? item.recordId : item._id, item]))
              return Chunk.unsafeFromArray(batch.flatMap((id) => there.get(id) ?? []))
            })
          )
        return Stream.flattenChunks(mapOrdered(batched(sound, batchSize), found, concurrency))
      }
    )
  }

  /** The parts of a stream, each with a span of its own. */
  const one = Operation.all({ fetched: operation, page: operation }, { fetched: readIds, page: readPage }, { index })

  const reads: AnyReads<I> = {
    fetch: (ids, options) =>
      Effect.gen(function*() {
        const { onInvalid, ...checked } = yield* Check.read<AnyFetchOptions>(place, options ?? {}, {
          optional: { ...freshness, ...including }
        })
        const { next: _, ...result } = yield* Effect.flatMap(readIds(ids, checked), toResult(onInvalid))
        return result
      }),
    fetchByFilter: (options) =>
      Effect.flatMap(
        byFilter(options),
        (checked) => Effect.flatMap(readPage(checked), toResult(checked.onInvalid))
      ),
    fetchByFilterStream: (options) =>
      Stream.flatMap(
        refusing(operation)(byFilter(options)),
        (checked) =>
          Pages.stream(place, (paginationToken) =>
            Effect.flatMap(one.page({ ...checked, paginationToken }), ({ items, next }) =>
              Effect.map(toItems(items, checked.onInvalid), (items) => [items, next])))
      ),
    list,
    listStream,
    fetchAll,
    // What was found is decoded for each who asked for it: a document that does not fit is an error of one.
    get: (id, options) =>
      Effect.gen(function*() {
        const checked = Effect.tap(
          Check.read<GetOptions>(place, options ?? {}, {
            optional: { namespace: Check.text, cache: Check.mustBe("a RecordCache", isRecordCache) }
          }),
          Check.pass(RecordId.problem(place, id, "id"))
        )
        const { cache, namespace = at.namespace } = yield* refusing(operation)(checked)
        const found = yield* loader.get(namespace, id, cache)
        if (Option.isNone(found)) return Option.none()
        const { records: [document] } = yield* sorted(
          decodeAll(codec.decode, { ...place, namespace }, [found.value], (_, document) => document)
        )
        return Option.fromNullable(document)
      }),
    scan: (options) => {
      const checked = Check.read<ScanOptions & AnyIncluding>({ operation: "list_documents", index }, options ?? {}, {
        optional: {
          namespace: Check.text,
          batchSize: Check.any,
          concurrency: Check.any,
          onInvalid: Check.any,
          includeFields: Check.any,
          prefix: Check.text,
          skip: Check.integer(0)
        }
      })
      return Stream.flatMap(refusing("list_documents")(checked), ({ prefix, skip = 0, ...options }) => {
        const ids = listStream({ namespace: options.namespace, prefix })
        return fetchAll(skip === 0 ? ids : Stream.drop(ids, skip), { batchSize: 100, ...options })
      })
    },
    waitForLsn: (lsn, options) =>
      Check.read<InNamespace & { readonly timeout?: Duration.DurationInput | undefined }>(place, options ?? {}, {
        optional: { namespace: Check.text, timeout: Check.duration }
      }).pipe(
        Effect.tap(Check.pass(lsn === undefined ? undefined : Check.problem(place, "lsn", lsn, Check.integer(0)))),
        Effect.flatMap(({ namespace, timeout }) =>
          lsn === undefined
            ? Effect.void
            // A fetch by an id that no document has: the cheapest read that says how far the index is.
            : readIds(["effect-pinecone/freshness"], { namespace, minLsn: lsn, freshnessTimeout: timeout })
        ),
        Effect.asVoid,
        // The answer has no metadata to be wrong.
        Effect.catchTag(
          "PineconeInvalidMetadata",
          (error) => Effect.fail(Input.invalid(place, "lsn", error.message))
        )
      )
  }

  const names = { fetch: operation, fetchByFilter: operation, list: "list_documents", waitForLsn: operation }
  // eslint-disable-next-line no-restricted-syntax -- what comes back follows from what is asked for.
  return Operation.all(names, reads as unknown as DocumentReads<F, A, I>, { index })
}
