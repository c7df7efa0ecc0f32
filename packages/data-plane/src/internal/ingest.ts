import * as Throttle from "@effect-pinecone/http/Throttle"
import type { Answer } from "@effect-pinecone/http/VectorService"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as UpsertBatch from "@effect-pinecone/schema/UpsertBatch"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { identity } from "effect/Function"
import * as Queue from "effect/Queue"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Take from "effect/Take"
import type * as Ingest from "../Ingest.js"
import type * as VectorIndex from "../VectorIndex.js"
import type { Batcher, Body } from "./batcher.js"
import * as batches from "./batches.js"
import type { Connection, Found } from "./connection.js"
import * as input from "./input.js"
import { writtenLsn } from "./lsn.js"
import type { Codec } from "./metadata.js"
import { pathOf } from "./searching.js"

type Ingesting<A, I extends Storable> = Pick<
  VectorIndex.VectorIndex<A, I>,
  | "upsertAll"
  | "upsertProgress"
  | "upsertSink"
  | "upsertRecordsAll"
  | "upsertRecordsProgress"
  | "updateAll"
  | "updateProgress"
  | "deleteIds"
  | "deleteProgress"
>

/** What differs between an upsert, an update and a deletion. */
interface Kind<Item> {
  readonly operation: string
  readonly batchSize: number
  readonly maxConcurrency: number
  readonly batcher: (found: Found, sizes: { readonly maxRecords: number; readonly maxBytes: number }) => Batcher<Item>
}

/** Batches of the bodies that a builder makes. */
const batcherOf = <Item extends { readonly id: string }>(
  builder: Pick<UpsertBatch.Builder<Item>, "length" | "isFull" | "take" | "recycle"> & {
    readonly add: (item: Item) => RequestBody.BodyError | UpsertBatch.UpsertBody | undefined
  },
  send: (bytes: Uint8Array) => Effect.Effect<Answer<unknown>, VectorIndex.RecordError>
): Batcher<Item> => {
  const bodyOf = (body: UpsertBatch.UpsertBody): Body => ({
    length: body.length,
    bytes: body.bytes.length,
    send: Effect.map(send(body.bytes), ([, response]) => writtenLsn(response)),
    part: (from, to) => bodyOf(body.part(from, to)),
    recycle: () => builder.recycle(body)
  })
  return {
    add: (item) => {
      const added = builder.add(item)
      return added instanceof UpsertBatch.UpsertBody ? bodyOf(added) : added
    },
    length: () => builder.length,
    isFull: () => builder.isFull,
    take: () => bodyOf(builder.take()),
    key: ({ id }) => id
  }
}

export const make = <A, I extends Storable>(
  connection: Connection,
  codec: Codec<A>,
  bound: string | undefined
): Ingesting<A, I> => {
  const { format, found, index, post, run, throttle } = connection

  const progress = <Item, E, R>(
    kind: (namespace: string | undefined) => Kind<Item>,
    source: Stream.Stream<Item | Ingest.Unreadable, E, R>,
    options: Ingest.Options = {}
  ): Stream.Stream<Ingest.Progress<Item>, E | Ingest.BatchFailed<Item>, R> => {
    const namespace = options.namespace ?? bound
    const { batcher, batchSize: mostRecords, maxConcurrency: mostRequests, operation } = kind(namespace)
    const {
      batchSize = mostRecords,
      concurrency = "adaptive",
      maxBytes = Limits.limits.requestBytes,
      maxConcurrency = mostRequests,
      onInvalid = "fail",
      resumeFrom = 0,
      retry = batches.defaultRetry,
      startsAt = 0
    } = options
    const place = { operation, index, namespace }
    return batches.run(
      source,
      Effect.gen(function*() {
        yield* input.wholeNumber(place, "batchSize", batchSize, 1, mostRecords)
        yield* input.wholeNumber(place, "maxBytes", maxBytes, 1, Limits.limits.requestBytes)
        yield* input.wholeNumber(place, "maxConcurrency", maxConcurrency, 1)
        yield* input.wholeNumber(place, "resumeFrom", resumeFrom, 0)
        yield* input.wholeNumber(place, "startsAt", startsAt, 0)
        if (concurrency !== "adaptive") yield* input.wholeNumber(place, "concurrency", concurrency, 1)
        const there = yield* found
        const shared = throttle(there.host)
        return {
          batcher: batcher(there, { maxRecords: batchSize, maxBytes }),
          lease: concurrency === "adaptive" ? shared.lease(maxConcurrency) : Throttle.fixed(concurrency),
          paced: concurrency === "adaptive" ? Throttle.adaptive : identity,
          onInvalid,
          drop: Math.max(0, resumeFrom - startsAt),
          position: Math.max(resumeFrom, startsAt),
          retry
        }
      })
    ).pipe(
      Stream.withSpan(`pinecone.${operation}_all`, {
        captureStackTrace: false,
        attributes: {
          "db.system.name": "pinecone",
          "db.operation.name": `${operation}_all`,
          "db.collection.name": index,
          ...(namespace === undefined ? {} : { "db.namespace": namespace })
        }
      })
    )
  }

  const upserts = (namespace: string | undefined): Kind<VectorRecord.VectorRecord<A>> => ({
    operation: "upsert",
    batchSize: Limits.limits.upsertRecords,
    maxConcurrency: 16,
    batcher: ({ dimension }, sizes) => {
      const builder = new UpsertBatch.Builder<A>({
        target: { index, namespace, dimension },
        encodeMetadata: codec.encode,
        format,
        ...sizes
      })
      return batcherOf(
        builder,
        (bytes) => run(namespace, (vectors, place) => vectors.upsert(place, bytes))
      )
    }
  })

  const textUpserts = (namespace: string | undefined): Kind<VectorRecord.TextRecord<A>> => ({
    operation: "upsert_records",
    batchSize: Limits.limits.upsertTextRecords,
    maxConcurrency: 16,
    batcher: (_, sizes) => {
      const path = pathOf(namespace, "upsert")
      const builder = new UpsertBatch.TextBuilder<A>({
        target: { index, namespace },
        encodeMetadata: codec.encode,
        ...sizes
      })
      return batcherOf(builder, (bytes) =>
        post(
          "upsert_records",
          path,
          namespace,
          bytes,
          VectorRecord.UpsertResponse,
          "application/x-ndjson"
        ))
    }
  })

  const updates = (namespace: string | undefined): Kind<Ingest.Update<I>> => ({
    operation: "update",
    batchSize: 1,
    maxConcurrency: 64,
    batcher: ({ dimension }, { maxBytes }) => {
      let held: Uint8Array | undefined
      return {
        add: (update) => {
          const encoded = RequestBody.update(update, { index, namespace, dimension }, format)
          if (Either.isLeft(encoded)) return encoded.left
          const size = encoded.right.length
          if (size > maxBytes) {
            const place = { operation: "update", index, namespace }
            return Limits.exceeded("requestBytes", "the size of the update", size, place, update.id, maxBytes)
          }
          held = encoded.right
          return undefined
        },
        length: () => held === undefined ? 0 : 1,
        isFull: () => held !== undefined,
        take: () => {
          const bytes = held ?? new Uint8Array(0)
          held = undefined
          const body: Body = {
            length: 1,
            bytes: bytes.length,
            send: Effect.map(
              run(namespace, (vectors, place) => vectors.update(place, bytes)),
              ([, response]) => writtenLsn(response)
            ),
            part: () => body
          }
          return body
        },
        key: ({ id }) => id
      }
    }
  })

  const deletions = (namespace: string | undefined): Kind<string> => ({
    operation: "delete",
    batchSize: Limits.limits.deleteIds,
    maxConcurrency: 16,
    batcher: (_, { maxBytes, maxRecords }) => {
      const place = { operation: "delete", index, namespace }
      // Counted as JSON, the larger of the formats.
      const bodyOf = (ids: ReadonlyArray<string>): Body => ({
        length: ids.length,
        bytes: RequestBody.json({ ids, namespace }).length,
        send: Effect.map(
          run(namespace, (vectors, place) => vectors.delete(place, { ids })),
          ([, response]) => writtenLsn(response)
        ),
        part: (from, to) => bodyOf(ids.slice(from, to))
      })
      const empty = RequestBody.json({ ids: [], namespace }).length
      let ids: Array<string> = []
      let size = empty
      const take = () => {
        const body = bodyOf(ids)
        ids = []
        size = empty
        return body
      }
      return {
        add: (id) => {
          const wrong = input.idProblem(place, id, "id")
          if (wrong !== undefined) return wrong
          const more = RequestBody.json(id).length + 1
          if (empty + more > maxBytes) {
            return Limits.exceeded("requestBytes", "the size of the id", empty + more, place, id, maxBytes)
          }
          const before = size + more > maxBytes ? take() : undefined
          ids.push(id)
          size += more
          return before
        },
        length: () => ids.length,
        isFull: () => ids.length === maxRecords,
        take,
        key: undefined
      }
    }
  })

  const upsertProgress: Ingesting<A, I>["upsertProgress"] = (records, options) => progress(upserts, records, options)

  return {
    upsertRecordsProgress: (records, options) => progress(textUpserts, records, options),
    upsertRecordsAll: (records, options) => batches.summarize(progress(textUpserts, records, options)),
    upsertProgress,
    upsertAll: (records, options) => batches.summarize(upsertProgress(records, options)),
    upsertSink: (options) => sink((records) => batches.summarize(upsertProgress(records, options))),
    updateProgress: (updates_, options) => progress(updates, updates_, options),
    updateAll: (updates_, options) => batches.summarize(progress(updates, updates_, options)),
    deleteProgress: (ids, options) => progress(deletions, ids, options),
    deleteIds: (ids, options) => batches.summarize(progress(deletions, ids, options))
  }
}

/** The end of a stream that hands what comes to `consume`, chunk by chunk. */
const sink = <Item, A, E>(
  consume: (items: Stream.Stream<Item>) => Effect.Effect<A, E>
): Sink.Sink<A, Item, never, E> =>
  Sink.unwrapScoped(Effect.gen(function*() {
    const items = yield* Queue.bounded<Take.Take<Item>>(1)
    const consumer = yield* Effect.forkScoped(consume(Stream.flattenTake(Stream.fromQueue(items))))
    return Sink.forEachChunk((chunk: Chunk.Chunk<Item>) =>
      // A consumer that has failed takes nothing more.
      Effect.raceFirst(
        Queue.offer(items, Take.chunk(chunk)),
        Effect.zipRight(Fiber.join(consumer), Effect.never)
      )
    ).pipe(
      Sink.mapEffect(() => Effect.zipRight(Queue.offer(items, Take.end), Fiber.join(consumer)))
    )
  }))
