/**
 * Writing records in one request: upserts, updates and deletions. `Ingest` writes more than a request takes.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * const program = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   yield* index.upsert([{ id: "airplane", values: [0.9, 0.1, 0.2], metadata: { year: 1980 } }])
 *   yield* index.update({ id: "airplane", setMetadata: { genre: "comedy" } })
 *   yield* index.delete({ ids: ["airplane"] })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Check from "@effect-pinecone/schema/Check"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Part, Storable } from "@effect-pinecone/schema/Metadata"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as UpsertBody from "@effect-pinecone/schema/UpsertBody"
import type { DenseValues, SparseValues } from "@effect-pinecone/schema/Vector"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import type { IndexAt, InNamespace, InputError, LoggedAnswer, RecordError } from "./IndexAt.js"
import { encodePart } from "./internal/encodePart.js"
import type { MetadataCodec } from "./MetadataCodec.js"

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
 * The answer to an upsert.
 *
 * @since 0.1.0
 * @category models
 */
export interface Upserted extends Written {
  readonly upsertedCount: number
}

/**
 * The answer to an update by metadata.
 *
 * @since 0.1.0
 * @category models
 */
export interface Updated extends Written {
  /** How many records match the filter of an update by metadata. */
  readonly matchedRecords: number | undefined
}

/**
 * What an update changes of a record.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateOptions<A> extends InNamespace {
  readonly id: string
  readonly values?: DenseValues | undefined
  readonly sparseValues?: SparseValues | undefined
  /** The fields of the metadata to set, as the application has them; the others stay. */
  readonly setMetadata?: Part<A> | undefined
}

/**
 * What an update by metadata changes, and of which records.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateByMetadataOptions<A, I extends Storable> extends InNamespace {
  /** Which records: it has a condition at least. */
  readonly filter: Filter.For<I>
  /** The fields of the metadata to set, as the application has them; the others stay. */
  readonly setMetadata: Part<A>
  /**
   * Only counts the records.
   *
   * @default false
   */
  readonly dryRun?: boolean | undefined
}

/**
 * What to delete: up to 1,000 ids, all that match a filter, or all of the namespace. An empty filter deletes nothing, and is
 * refused: `deleteAll` alone deletes everything.
 *
 * @since 0.1.0
 * @category models
 */
export type DeleteTarget<I extends Storable> =
  | { readonly ids: ReadonlyArray<string>; readonly filter?: undefined; readonly deleteAll?: undefined }
  | { readonly filter: Filter.For<I>; readonly ids?: undefined; readonly deleteAll?: undefined }
  | { readonly deleteAll: true; readonly ids?: undefined; readonly filter?: undefined }

/**
 * Writing records of an index, in one request each.
 *
 * @since 0.1.0
 * @category models
 */
export interface Records<A, I extends Storable> {
  /**
   * Writes records, each as a whole: one of the same id is replaced (`upsert`). Up to 1,000 records and 2 MB, checked
   * before anything is sent. Each has metadata where the Schema has a field that is required.
   */
  readonly upsert: (
    records: ReadonlyArray<VectorRecord.For<A, I>> | Chunk.Chunk<VectorRecord.For<A, I>>,
    options?: InNamespace
  ) => Effect.Effect<Upserted, RecordError>
  /**
   * Writes 1 to 96 text records to an index with an integrated embedding (`upsert_records`): the index embeds the field that
   * its field map names, and stores all fields. A record replaces one of the same id.
   */
  readonly upsertRecords: (
    records: ReadonlyArray<VectorRecord.TextRecord<A>> | Chunk.Chunk<VectorRecord.TextRecord<A>>,
    options?: InNamespace
  ) => Effect.Effect<Upserted, RecordError>
  /** Changes a record: its values, and the given fields of its metadata; the others stay (`update`). */
  readonly update: (options: UpdateOptions<A>) => Effect.Effect<Updated, RecordError>
  /**
   * Sets fields of the metadata of all records that match a filter (`update`), or, with `dryRun`, only counts them.
   */
  readonly updateByMetadata: (options: UpdateByMetadataOptions<A, I>) => Effect.Effect<Updated, RecordError>
  /**
   * Deletes records by id, by filter, or all of a namespace (`delete`). Ids that are not there are no error; a namespace that
   * is not there is `PineconeNotFound`.
   */
  readonly delete: (target: DeleteTarget<I> & InNamespace) => Effect.Effect<Written, InputError>
}

const inNamespace: Check.Shape<InNamespace> = { optional: { namespace: Check.text } }

/** The body of an upsert of text records. */
const textsOf = <A>(
  records: ReadonlyArray<VectorRecord.TextRecord<A>>,
  place: Limits.Place,
  encodeMetadata: RequestBody.EncodeMetadata<A>
): Uint8Array | RequestBody.BodyError => {
  if (records.length === 0) return Input.invalid(place, "records", "must have at least one record")
  const tooMany = Limits.check("upsertTextRecords", "records.length", records.length, place)
  if (tooMany !== undefined) return tooMany
  const builder = new UpsertBody.TextBuilder<A>({
    target: place,
    encodeMetadata,
    maxRecords: records.length,
    maxBytes: Limits.limits.requestBytes
  })
  // What has become a body already, where all do not fit into one.
  let full = 0
  for (const record of records) {
    const added = builder.add(record)
    if (added === undefined) continue
    if ("_tag" in added) return added
    full += added.bytes.length
  }
  const { bytes } = builder.take()
  return full === 0
    ? bytes
    : Limits.exceeded("requestBytes", "the size of the records", full + bytes.length, place)
}

/** How many there are. Of a list that is a proxy not even that can be asked, before the encoder refuses it. */
const lengthOf = (list: ReadonlyArray<unknown>): number | undefined => {
  try {
    return list.length
  } catch {
    return undefined
  }
}

/**
 * Writing records of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I extends Storable>(at: IndexAt, codec: MetadataCodec<A>): Records<A, I> => {
  const { index } = at
  const on = (operation: string) => ({ operation, index })

  const upserted =
    (list: ReadonlyArray<unknown>) =>
    ({ value, writtenLsn }: LoggedAnswer<{ readonly upsertedCount?: number | undefined }>): Upserted => ({
      upsertedCount: value.upsertedCount ?? list.length,
      lsn: writtenLsn
    })

  const written = ({ writtenLsn }: LoggedAnswer<unknown>): Written => ({ lsn: writtenLsn })

  /** The records as an array, and the namespace. */
  const listed = <Record>(
    operation: string,
    records: ReadonlyArray<Record> | Chunk.Chunk<Record>,
    options: InNamespace | undefined
  ) =>
    Effect.gen(function*() {
      const place = on(operation)
      const { namespace = at.namespace } = yield* Check.read(place, options ?? {}, inNamespace)
      yield* Check.pass(Check.problem(place, "records", records, Check.list))
      return { namespace, list: Input.isArray(records) ? records : Chunk.toReadonlyArray(records) }
    })

  const updating = (
    namespace: string | undefined,
    update: RequestBody.UpdateInput
  ): Effect.Effect<Updated, RecordError> =>
    encodePart(codec.encodePart, { operation: "update", index, namespace }, update).pipe(
      Effect.flatMap((update) =>
        at.send("update", namespace, (target, format) => RequestBody.update(update, target, format))
      ),
      Effect.map(({ value, writtenLsn }) => ({ matchedRecords: value.matchedRecords, lsn: writtenLsn }))
    )

  const names = {
    upsert: "upsert",
    upsertRecords: "upsert_records",
    update: "update",
    updateByMetadata: "update",
    delete: "delete"
  }

  return Operation.all<Records<A, I>>(names, {
    upsert: (records, options) =>
      Effect.flatMap(
        listed("upsert", records, options),
        ({ list, namespace }) =>
          Effect.map(
            at.send(
              "upsert",
              namespace,
              (target, format, memory) => RequestBody.upsert(list, target, codec.encode, format, memory),
              lengthOf(list)
            ),
            upserted(list)
          )
      ),
    upsertRecords: (records, options) =>
      Effect.gen(function*() {
        const operation = "upsert_records"
        const { list, namespace } = yield* listed(operation, records, options)
        const place = { operation, index, namespace }
        const written = Input.attempt(place, "records", () => textsOf(list, place, codec.encode))
        const body = written instanceof Uint8Array ? written : yield* Effect.fail(written)
        return upserted(list)(
          yield* at.post(
            operation,
            "/records/namespaces/:namespace/upsert",
            namespace,
            body,
            VectorRecord.UpsertResponse,
            "application/x-ndjson",
            list.length
          )
        )
      }),
    update: (options) =>
      Effect.flatMap(
        Check.read(on("update"), options, {
          required: { id: Check.text },
          optional: { values: Check.any, sparseValues: Check.any, setMetadata: Check.object, namespace: Check.text }
        }),
        ({ namespace = at.namespace, ...update }) => updating(namespace, update)
      ),
    updateByMetadata: (options) =>
      Effect.gen(function*() {
        const place = on("update")
        const { namespace = at.namespace, ...update } = yield* Check.read(place, options, {
          required: { filter: Check.object, setMetadata: Check.object },
          optional: { dryRun: Check.flag, namespace: Check.text }
        })
        yield* RequestBody.filter(place.operation, update.filter, { index })
        return yield* updating(namespace, update)
      }),
    delete: (target) =>
      Effect.gen(function*() {
        const place = on("delete")
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
        const expression = filter === undefined ? undefined : yield* RequestBody.filter("delete", filter, { index })
        return written(yield* at.run("delete", namespace, { ids, filter: expression, deleteAll }, ids?.length))
      })
  }, { index })
}
