import * as Dispatch from "@effect-pinecone/http/Dispatch"
import * as Operation from "@effect-pinecone/http/Operation"
import type { RetryPolicy } from "@effect-pinecone/http/Settings"
import * as Check from "@effect-pinecone/schema/Check"
import type { Place } from "@effect-pinecone/schema/Limits"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as RecordId from "@effect-pinecone/schema/RecordId"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type { UpsertBody } from "@effect-pinecone/schema/UpsertBody"
import type * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Queue from "effect/Queue"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Take from "effect/Take"
import type { Found, IndexAt, InNamespace, LoggedAnswer, RecordError } from "../IndexAt.js"
import type { BatchFailed, Progress, Unreadable } from "../IngestReport.js"
import type { Batch, BatchBuilder, Sent } from "./batch.js"
import * as ingestRun from "./ingestRun.js"
import type { Plan } from "./ingestRun.js"

/**
 * What to do with a batch whose content is wrong: that the server refuses (400 and its kind), or that the SDK refuses to
 * send.
 *
 * - `"fail"`: the whole ends with {@link BatchFailed}, which gives the batch's records back.
 * - `"collect"`: the batch is set aside with its error, and the others go on.
 * - `"bisect"`: the batch is halved until the bad records stand alone, each with its error, and all others are stored: for a
 *   batch of n with one bad record, at most 2 log2(n) more requests.
 *
 * What the SDK finds itself, before anything is sent, always concerns a single record; with `"collect"` and `"bisect"` it is
 * set aside alone.
 *
 * @since 0.1.0
 * @category models
 */
export type OnInvalid = "fail" | "collect" | "bisect"

/**
 * How a stream is written.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends InNamespace {
  /**
   * The most records in a request.
   *
   * @default 1000, the limit; 1 for updates
   */
  readonly batchSize?: number | undefined
  /**
   * The most bytes of a request's body, as it is sent.
   *
   * @default 2,000,000, the limit
   */
  readonly maxBytes?: number | undefined
  /**
   * How many requests are in flight: a number, or as many as the server can handle, found by trying: more while all goes
   * well, fewer after a 429, a 503, a timeout or a broken connection. What is found is shared by all that writes to the host.
   *
   * @default "adaptive"
   */
  readonly concurrency?: number | "adaptive" | undefined
  /**
   * The most requests in flight where the number is adaptive. It bounds the memory: each holds a batch, and its body.
   *
   * @default 16; 64 for updates
   */
  readonly maxConcurrency?: number | undefined
  /**
   * @default "fail"
   */
  readonly onInvalid?: OnInvalid | undefined
  /**
   * The `checkpoint` of an earlier run over the same source: so many records are left out at its start.
   *
   * @default 0
   */
  readonly resumeFrom?: number | undefined
  /**
   * How many records the source itself has left out at its start, as one can that is read from any place. They count as
   * settled, and are not left out again.
   *
   * @default 0
   */
  readonly startsAt?: number | undefined
  /**
   * When to send a batch again that failed for a transient reason (429, 5xx, no answer) after the tries of the settings.
   *
   * @default after 1, 2, 4, … and then each 30 seconds, for ten minutes
   */
  readonly retry?: RetryPolicy | undefined
  /**
   * How long a record may wait for others to fill its batch.
   *
   * @default "1 second"
   */
  readonly maxWait?: Duration.DurationInput | undefined
  /**
   * How long the server may accept nothing, with as few requests in flight as possible, until the run ends.
   *
   * @default "2 minutes"
   */
  readonly stallTimeout?: Duration.DurationInput | undefined
  /**
   * How long the whole run may take.
   *
   * @default no limit
   */
  readonly timeout?: Duration.DurationInput | undefined
}

/** What differs between an upsert, an update and a deletion. */
export interface Kind<Item> {
  readonly operation: string
  readonly batchSize: number
  readonly maxConcurrency: number
  readonly builder: (
    found: Found,
    namespace: string | undefined,
    sizes: { readonly maxRecords: number; readonly maxBytes: number }
  ) => BatchBuilder<Item>
}

/** What an answer says of a batch that is stored. */
export const toSent = ({ isBodyFree, writtenLsn }: LoggedAnswer<unknown>): Sent => ({ lsn: writtenLsn, isBodyFree })

/** Collects items into bodies: what an item is, how it is written and how large it is, the builder knows. */
interface Bodies<Item> {
  readonly length: number
  readonly isFull: boolean
  readonly add: (item: Item) => RecordError | UpsertBody | undefined
  readonly take: () => UpsertBody
  readonly recycle: (body: UpsertBody) => void
}

/** Batches of the bodies that a builder of records makes. */
export const ofBodies = <Item>(
  builder: Bodies<Item>,
  send: (bytes: Uint8Array, batchSize: number) => Effect.Effect<LoggedAnswer<unknown>, RecordError>,
  key: (item: Item) => string | undefined
): BatchBuilder<Item> => {
  const toBatch = (body: UpsertBody): Batch => ({
    length: body.length,
    bytes: body.bytes.length,
    send: Effect.map(send(body.bytes, body.length), toSent),
    part: (from, to) => toBatch(body.part(from, to)),
    recycle: () => builder.recycle(body)
  })
  return {
    add: (item) => {
      const added = builder.add(item)
      return added === undefined || "_tag" in added ? added : toBatch(added)
    },
    length: () => builder.length,
    isFull: () => builder.isFull,
    take: () => toBatch(builder.take()),
    key
  }
}

/** Lists of ids. Their sizes are counted as JSON, the larger of the formats. */
export const ofIds = (
  place: Place,
  { maxBytes, maxRecords }: { readonly maxRecords: number; readonly maxBytes: number },
  send: (ids: ReadonlyArray<string>) => Effect.Effect<LoggedAnswer<unknown>, RecordError>
): BatchBuilder<string> => {
  const { namespace } = place
  const sizeOf = (value: unknown) => RequestBody.json(value).length
  const toBatch = (ids: ReadonlyArray<string>): Batch => ({
    length: ids.length,
    bytes: sizeOf({ ids, namespace }),
    send: Effect.map(send(ids), toSent),
    part: (from, to) => toBatch(ids.slice(from, to))
  })
  const empty = sizeOf({ ids: [], namespace })
  let ids: Array<string> = []
  let size = empty
  const take = () => {
    const batch = toBatch(ids)
    ids = []
    size = empty
    return batch
  }
  return {
    add: (id) => {
      const wrong = RecordId.problem(place, id, "id")
      if (wrong !== undefined) return wrong
      const more = sizeOf(id) + 1
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

/** The end of a stream that hands what comes to `consume`, chunk by chunk. */
export const sinkInto = <Item, A, E>(
  consume: (items: Stream.Stream<Item>) => Effect.Effect<A, E>
): Sink.Sink<A, Item, never, E> =>
  Sink.unwrapScoped(Effect.gen(function*() {
    const items = yield* Queue.bounded<Take.Take<Item>>(1)
    // As a value: a fiber that ends with a failure logs it, and the sink looks at it.
    const consumer = yield* Effect.forkScoped(Effect.exit(consume(Stream.flattenTake(Stream.fromQueue(items)))))
    const consumed = Effect.flatten(Fiber.join(consumer))
    // A consumer that has failed takes nothing more, not even the end.
    const give = (take: Take.Take<Item>) =>
      Effect.raceFirst(Queue.offer(items, take), Effect.andThen(consumed, Effect.never))
    return Sink.forEachChunk((chunk: Chunk.Chunk<Item>) => give(Take.chunk(chunk))).pipe(
      Sink.mapEffect(() => Effect.andThen(give(Take.end), consumed))
    )
  }))

/** How a run goes, from what its options say. */
const planOf = <Item>(
  at: IndexAt,
  kind: Kind<Item>,
  source: Stream.Stream<Item | Unreadable, unknown, unknown>,
  options: Options | undefined
) =>
  Effect.gen(function*() {
    const place = { operation: kind.operation, index: at.index }
    yield* Check.pass(Check.problem(place, "records", source, Check.stream))
    const {
      batchSize = kind.batchSize,
      concurrency = "adaptive",
      maxBytes = Limits.limits.requestBytes,
      maxConcurrency = kind.maxConcurrency,
      maxWait = "1 second",
      namespace = at.namespace,
      onInvalid = "fail",
      resumeFrom = 0,
      retry,
      stallTimeout,
      startsAt = 0,
      timeout = Duration.infinity
    } = yield* Check.read<Options>(place, options ?? {}, {
      optional: {
        namespace: Check.text,
        batchSize: Check.integer(1, kind.batchSize),
        maxBytes: Check.integer(1, Limits.limits.requestBytes),
        concurrency: Check.either(Check.integer(1), Check.oneOf("adaptive")),
        maxConcurrency: Check.integer(1),
        onInvalid: Check.oneOf("fail", "collect", "bisect"),
        resumeFrom: Check.integer(0),
        startsAt: Check.integer(0),
        retry: Check.schedule,
        maxWait: Check.duration,
        stallTimeout: Check.duration,
        timeout: Check.duration
      }
    })
    yield* Check.pass(Namespace.problem(place, namespace))
    const found = yield* at.found
    const plan: Plan<Item> = {
      builder: kind.builder(found, namespace, { maxRecords: batchSize, maxBytes }),
      dispatcher: yield* Dispatch.make(at.throttle(found.host), { concurrency, maxConcurrency, retry, stallTimeout }),
      onInvalid,
      drop: Math.max(0, resumeFrom - startsAt),
      position: Math.max(resumeFrom, startsAt),
      maxWait: Duration.decode(maxWait),
      timeout: Duration.decode(timeout)
    }
    return plan
  })

/** Sends what a source gives, and reports each time that something was answered. */
export const progress = <Item, E, R>(
  at: IndexAt,
  kind: Kind<Item>,
  source: Stream.Stream<Item | Unreadable, E, R>,
  options: Options | undefined
): Stream.Stream<Progress<Item>, E | BatchFailed<Item>, R> =>
  ingestRun.run(kind.operation, source, planOf(at, kind, source, options)).pipe(
    Operation.aroundStream(`pinecone.${kind.operation}_all`, {
      "db.operation.name": `${kind.operation}_all`,
      "db.collection.name": at.index,
      ...(at.namespace === undefined ? {} : { "db.namespace": at.namespace })
    })
  )
