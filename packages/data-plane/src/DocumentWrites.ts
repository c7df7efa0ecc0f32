/**
 * Writing documents in one request: upserts, updates and deletions. `DocumentIngest` writes more than a request takes.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const articles = yield* DocumentIndex.make({ name: "articles", fields: { title: IndexSchema.text() } })
 *   yield* articles.upsert([{ _id: "lighthouses", title: "Why lighthouses blink" }])
 *   yield* articles.update([{ _id: "lighthouses", setFields: { title: "Why lighthouses turn" } }])
 *   yield* articles.delete({ ids: ["lighthouses"] })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import * as DocumentBody from "@effect-pinecone/schema/DocumentBody"
import type * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
import * as Documents from "@effect-pinecone/schema/Documents"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { DocumentCodec } from "./DocumentCodec.js"
import type { IndexAt, InNamespace, InputError, LoggedAnswer, RecordError } from "./IndexAt.js"
import type { DeleteTarget, Updated, Upserted, Written } from "./Records.js"

/**
 * What a write of documents costs.
 *
 * @since 0.1.0
 * @category models
 */
export type WriteUsage = Schema.Schema.Type<typeof Documents.WriteUsage>

/**
 * The answer to an upsert.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentsUpserted extends Upserted {
  /** What the index embedded, where it did. */
  readonly usage: WriteUsage | undefined
}

/**
 * The answer to an update by ids.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentsUpdated extends Written {
  /** What the index embedded, where it did. */
  readonly usage: WriteUsage | undefined
}

/**
 * What an update changes of a document: the fields that it names are set or removed, the others stay.
 *
 * @since 0.1.0
 * @category models
 */
export interface Update<F, A, I> {
  readonly _id: string
  readonly setFields?: DocumentFields.Changes<F, A> | undefined
  /** Only what a document may be without. */
  readonly removeFields?: ReadonlyArray<DocumentFields.Removable<F, I>> | undefined
}

/**
 * What an update changes of all documents that match a filter.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateByFilterOptions<F, A, I extends Storable> extends InNamespace {
  /** Which documents: it has a condition at least. */
  readonly filter: Filter.For<I>
  /** Not of text that the index embeds, which is changed by ids. */
  readonly setFields?: DocumentFields.ChangesOfMany<F, A> | undefined
  /** Only what a document may be without. */
  readonly removeFields?: ReadonlyArray<DocumentFields.Removable<F, I>> | undefined
}

/**
 * Writing documents of an index, in one request each.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentWrites<F, A, I extends Storable> {
  /**
   * Writes documents, each as a whole: one of the same `_id` is replaced (`upsert_documents`). Up to 1,000 documents and 2 MB,
   * 96 where the index embeds a field by itself; checked before anything is sent.
   */
  readonly upsert: (
    documents: ReadonlyArray<DocumentFields.Document<F, A>> | Chunk.Chunk<DocumentFields.Document<F, A>>,
    options?: InNamespace
  ) => Effect.Effect<DocumentsUpserted, RecordError>
  /**
   * Changes documents by their ids, as many as an upsert takes (`update_documents`). An id that is not there is not an error, and
   * nothing happens.
   */
  readonly update: (
    updates: ReadonlyArray<Update<F, A, I>> | Chunk.Chunk<Update<F, A, I>>,
    options?: InNamespace
  ) => Effect.Effect<DocumentsUpdated, RecordError>
  /** Changes all documents that match a filter (`update_documents`). */
  readonly updateByFilter: (options: UpdateByFilterOptions<F, A, I>) => Effect.Effect<Updated, RecordError>
  /** Deletes documents by id, by filter, or all of a namespace (`delete_documents`). Ids that are not there are no error. */
  readonly delete: (target: DeleteTarget<I> & InNamespace) => Effect.Effect<Updated, InputError>
}

const inNamespace: Check.Shape<InNamespace> = { optional: { namespace: Check.text } }

/**
 * Writing documents of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <F, A, I extends Storable>(
  at: IndexAt,
  { encodeMetadata, encodePart, layout }: DocumentCodec
): DocumentWrites<F, A, I> => {
  const { index } = at

  /** The documents as an array, and the namespace. */
  const listed = <Item>(
    operation: string,
    items: ReadonlyArray<Item> | Chunk.Chunk<Item>,
    options: InNamespace | undefined
  ) =>
    Effect.gen(function*() {
      const place = { operation, index }
      const { namespace = at.namespace } = yield* Check.read(place, options ?? {}, inNamespace)
      yield* Check.pass(Check.problem(place, "documents", items, Check.list))
      const list = Input.attempt(
        place,
        "documents",
        (): ReadonlyArray<Item> => Chunk.isChunk(items) ? Chunk.toReadonlyArray(items) : Array.from(items)
      )
      return Input.isInvalid(list) ? yield* Effect.fail(list) : { namespace, list }
    })

  const writing = <X, Encoded>(
    operation: "upsert" | "update",
    namespace: string | undefined,
    body: Effect.Effect<Uint8Array, RequestBody.BodyError>,
    answer: Schema.Schema<X, Encoded>,
    batchSize?: number
  ): Effect.Effect<LoggedAnswer<X>, RecordError> =>
    Effect.flatMap(body, (body) =>
      at.post(
        `${operation}_documents`,
        `/namespaces/:namespace/documents/${operation}`,
        namespace,
        body,
        answer,
        "application/json",
        batchSize
      ))

  const writes: DocumentWrites<F, A, I> = {
    upsert: (documents, options) =>
      Effect.gen(function*() {
        const { list, namespace } = yield* listed("upsert_documents", documents, options)
        const body = DocumentBody.upsert(list, { target: { index, namespace }, layout, encodeMetadata })
        const { value, writtenLsn } = yield* writing("upsert", namespace, body, Documents.UpsertResponse, list.length)
        return { upsertedCount: value.upsertedCount, usage: value.usage, lsn: writtenLsn }
      }),
    update: (updates, options) =>
      Effect.gen(function*() {
        const { list, namespace } = yield* listed("update_documents", updates, options)
        const body = DocumentBody.update(list, { target: { index, namespace }, layout, encodeMetadata: encodePart })
        const { value, writtenLsn } = yield* writing("update", namespace, body, Documents.UpdateResponse, list.length)
        return { usage: value.usage, lsn: writtenLsn }
      }),
    updateByFilter: (options) =>
      Effect.gen(function*() {
        const operation = "update_documents"
        const { filter, namespace = at.namespace, ...changes } = yield* Check.read<UpdateByFilterOptions<F, A, I>>(
          { operation, index },
          options,
          {
            required: { filter: Check.object },
            optional: { setFields: Check.object, removeFields: Check.texts, namespace: Check.text }
          }
        )
        const expression = yield* RequestBody.filter(operation, filter, { index }, "documents")
        const body = DocumentBody.updateByFilter(
          { ...changes, filter: expression },
          { target: { index, namespace }, layout, encodeMetadata: encodePart }
        )
        const { value, writtenLsn } = yield* writing("update", namespace, body, Documents.UpdateResponse)
        return { matchedRecords: value.matchedRecords, lsn: writtenLsn }
      }),
    delete: (target) =>
      Effect.gen(function*() {
        const operation = "delete_documents"
        const place = { operation, index }
        const { deleteAll, filter, ids, namespace = at.namespace } = yield* Check.read<
          InNamespace & {
            readonly ids?: ReadonlyArray<string> | undefined
            readonly filter?: Filter.For<I> | undefined
            readonly deleteAll?: true | undefined
          }
        >(place, target, {
          optional: { ids: Check.any, filter: Check.object, deleteAll: Check.oneOf(true), namespace: Check.text }
        })
        if ([deleteAll, filter, ids].filter((way) => way !== undefined).length !== 1) {
          return yield* Input.invalid(place, "ids", "must have exactly one of ids, filter and deleteAll")
        }
        if (ids !== undefined) yield* Check.pass(RecordId.listProblem(place, ids, "deleteIds"))
        const expression = filter === undefined
          ? undefined
          : yield* RequestBody.filter(operation, filter, { index }, "documents")
        const { value, writtenLsn } = yield* deleting(at, namespace, { ids, filter: expression, delete_all: deleteAll })
        return { matchedRecords: value.matchedRecords, lsn: writtenLsn }
      })
  }

  const names = {
    upsert: "upsert_documents",
    update: "update_documents",
    updateByFilter: "update_documents",
    delete: "delete_documents"
  }
  return Operation.all(names, writes, { index })
}

/** Deletes what a request names that is checked already. @internal */
export const deleting = (
  at: IndexAt,
  namespace: string | undefined,
  request: {
    readonly ids?: ReadonlyArray<string> | undefined
    readonly filter?: Filter.Expression | undefined
    readonly delete_all?: boolean | undefined
  }
) =>
  at.post(
    "delete_documents",
    "/namespaces/:namespace/documents/delete",
    namespace,
    RequestBody.json(request),
    Documents.DeleteResponse,
    "application/json",
    request.ids?.length
  )
