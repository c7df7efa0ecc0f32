import type { RetryPolicy } from "@effect-pinecone/http/Settings"
import type * as Throttle from "@effect-pinecone/http/Throttle"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Ingest from "../Ingest.js"
import type { RecordError } from "../VectorIndex.js"
import type { Batcher, Body } from "./batcher.js"
import { isBody } from "./batcher.js"
import type { Entry } from "./ledger.js"
import { Ledger } from "./ledger.js"

/** After 1, 2, 4, … and then each 30 seconds, changed by chance by up to a fifth, for ten minutes. */
export const defaultRetry: RetryPolicy = Schedule.exponential("1 second").pipe(
  Schedule.union(Schedule.spaced("30 seconds")),
  Schedule.jittered,
  Schedule.intersect(Schedule.elapsed.pipe(Schedule.whileOutput(Duration.lessThan("10 minutes"))))
)

/** What a run is told. */
export interface Plan<Item> {
  readonly batcher: Batcher<Item>
  readonly lease: Effect.Effect<Throttle.Lease, RecordError, Scope.Scope>
  /** Keeps requests to the pace of the host, or leaves them as they are. */
  readonly paced: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly onInvalid: Ingest.OnInvalid
  /** How many items are left out at the start of the source, and the place of the first that is not. */
  readonly drop: number
  readonly position: number
  readonly retry: RetryPolicy
}

const isInvalid = (error: RecordError): boolean =>
  error._tag === "InvalidRequest" || error._tag === "LimitExceeded" || error._tag === "InvalidMetadata"

interface Formed<Item> {
  readonly body: Body
  readonly entry: Entry<Item>
  /** The number of the batch, and of those before it that hold one of its keys. */
  readonly number: number
  readonly after: ReadonlySet<number>
}

/**
 * Sends the items of a source in batches, and reports each time that something was answered. Whoever reads slowly gets fewer
 * reports; the run does not wait for them.
 */
export const run = <Item, E, R>(
  source: Stream.Stream<Item | Ingest.Unreadable, E, R>,
  making: Effect.Effect<Plan<Item>, RecordError>
): Stream.Stream<Ingest.Progress<Item>, E | Ingest.BatchFailed<Item>, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const ledger = new Ledger<Item>(yield* Clock.currentTimeMillis)
    const failed = (error: RecordError, records: ReadonlyArray<Item>) =>
      new Ingest.BatchFailed<Item>({
        message: `${
          records.length === 0
            ? "nothing was sent"
            : records.length === 1
            ? "a record was not stored"
            : `a batch of ${records.length} records was not stored`
        }: ${error.message}`,
        error,
        records,
        checkpoint: ledger.checkpoint,
        lsn: ledger.latestLsn
      })
    const planned = yield* Effect.either(
      Effect.flatMap(making, (plan) => Effect.map(plan.lease, (lease) => ({ plan, lease })))
    )
    if (Either.isLeft(planned)) return Stream.fail(failed(planned.left, []))
    const { lease, plan } = planned.right
    const { batcher, onInvalid, paced, retry } = plan
    ledger.finished(plan.position)

    const scope = yield* Effect.scope
    const news = yield* Queue.sliding<void>(1)
    const tell = Queue.offer(news, undefined)
    const fatal = yield* Deferred.make<never, Ingest.BatchFailed<Item>>()
    /** Once a batch has failed nothing more is sent, and nothing more is settled. */
    const unlessFailed = Effect.flatMap(Deferred.poll(fatal), Option.getOrElse(() => Effect.void))
    const pull = yield* Stream.toPull(plan.drop === 0 ? source : Stream.drop(source, plan.drop))

    // --- forming batches ---

    let chunk: ReadonlyArray<Item | Ingest.Unreadable> = []
    let next = 0
    let position = plan.position
    let items: Array<Item> = []
    let number = 0
    let after = new Set<number>()
    /** The batch that holds a key, formed or on its way. */
    const owners = new Map<string, number>()
    const underWay = new Map<number, Deferred.Deferred<void>>()

    const own = (item: Item) => {
      items.push(item)
      if (batcher.key === undefined) return
      const key = batcher.key(item)
      const owner = owners.get(key)
      if (owner !== undefined && owner !== number) after.add(owner)
      owners.set(key, number)
    }

    const formed = (body: Body, end: number): Formed<Item> => {
      const result = { body, entry: { items, end, settled: false }, number, after }
      items = []
      after = new Set()
      number++
      return result
    }

    /** What can be formed of the chunk; an error where an item cannot be sent; nothing where the chunk is used up. */
    const form = (): Formed<Item> | Ingest.BatchFailed<Item> | undefined => {
      while (next < chunk.length) {
        const item = chunk[next]!
        if (item instanceof Ingest.Unreadable) {
          if (onInvalid === "fail") return failed(item.error, items)
          next++
          position++
          ledger.setAside(item.error, [])
          continue
        }
        if (batcher.key !== undefined && owners.get(batcher.key(item)) === number) {
          return formed(batcher.take(), position)
        }
        next++
        position++
        const added = batcher.add(item)
        if (added !== undefined && isBody(added)) {
          const result = formed(added, position - 1)
          own(item)
          return result
        }
        if (added === undefined) {
          own(item)
          if (batcher.isFull()) return formed(batcher.take(), position)
        } else if (onInvalid === "fail") {
          return failed(added, [...items, item])
        } else {
          ledger.setAside(added, [item])
        }
      }
      return undefined
    }

    const rest = () => batcher.length() > 0 ? formed(batcher.take(), position) : undefined

    // --- sending them ---

    const send = (body: Body): Effect.Effect<Either.Either<void, RecordError>, Ingest.BatchFailed<Item>> =>
      paced(body.send).pipe(
        Effect.retry({ schedule: retry, while: PineconeError.isRetryable }),
        Effect.matchEffect({
          onSuccess: (lsn) =>
            Effect.sync(() => {
              ledger.stored(body.length, body.bytes, lsn)
              return Either.right(undefined)
            }),
          onFailure: (error) =>
            Effect.sync(() => {
              ledger.refused()
              return Either.left(error)
            })
        })
      )

    /** Sends a batch, or a part of one, and puts aside what is wrong with it. Gives whether all of it is stored. */
    const settle = (body: Body, items: ReadonlyArray<Item>): Effect.Effect<boolean, Ingest.BatchFailed<Item>> =>
      Effect.flatMap(send(body), (answer) => {
        if (Either.isRight(answer)) return Effect.succeed(true)
        const error = answer.left
        if (onInvalid === "fail" || !isInvalid(error)) return failed(error, items)
        return Effect.as(onInvalid === "bisect" ? bisect(body, items, error) : setAside(error, items), false)
      })

    const setAside = (error: RecordError, items: ReadonlyArray<Item>) =>
      Effect.sync(() => ledger.setAside(error, items))

    /** Sends the halves of what was refused. */
    const bisect = (
      body: Body,
      items: ReadonlyArray<Item>,
      error: RecordError
    ): Effect.Effect<void, Ingest.BatchFailed<Item>> =>
      Effect.gen(function*() {
        if (items.length === 1) {
          yield* setAside(error, items)
          return
        }
        const half = items.length >> 1
        const allStored = yield* settle(body.part(0, half), items.slice(0, half))
        yield* tell
        const second = body.part(half, items.length)
        // If nothing was wrong with the first half, the second is wrong: it need not be sent to know that.
        if (allStored && second.length > 1) yield* bisect(second, items.slice(half), error)
        else yield* settle(second, items.slice(half))
      })

    const deliver = ({ body, entry, number }: Formed<Item>, done: Deferred.Deferred<void>) =>
      settle(body, entry.items).pipe(
        Effect.matchCauseEffect({
          onSuccess: () =>
            Effect.sync(() => {
              ledger.settled(entry)
              body.recycle?.()
              if (batcher.key === undefined) return
              for (const item of entry.items) {
                const key = batcher.key(item)
                if (owners.get(key) === number) owners.delete(key)
              }
            }),
          onFailure: (cause) => Deferred.failCause(fatal, cause)
        }),
        Effect.ensuring(Effect.zipRight(
          lease.release,
          Effect.suspend(() => {
            underWay.delete(number)
            return Deferred.succeed(done, undefined)
          })
        )),
        Effect.zipRight(tell)
      )

    const dispatch = (batch: Formed<Item>) =>
      Effect.gen(function*() {
        for (const number of batch.after) {
          const earlier = underWay.get(number)
          if (earlier !== undefined) yield* Deferred.await(earlier)
        }
        yield* lease.acquire
        yield* unlessFailed
        const done = yield* Deferred.make<void>()
        ledger.began(batch.entry)
        underWay.set(batch.number, done)
        yield* Effect.forkIn(deliver(batch, done), scope)
      })

    const allAnswered = Effect.suspend(() => Effect.forEach(underWay.values(), Deferred.await, { discard: true }))

    const drive: Effect.Effect<void, E | Ingest.BatchFailed<Item>, R> = Effect.gen(function*() {
      while (true) {
        const batch = form()
        if (batch instanceof Ingest.BatchFailed) return yield* batch
        if (batch !== undefined) {
          yield* dispatch(batch)
          continue
        }
        const pulled = yield* Effect.either(pull)
        if (Either.isRight(pulled)) {
          chunk = Chunk.toReadonlyArray(pulled.right)
          next = 0
          continue
        }
        // What the source gave before it failed is stored.
        const last = rest()
        if (last !== undefined) yield* dispatch(last)
        yield* allAnswered
        yield* unlessFailed
        ledger.finished(position)
        if (Option.isSome(pulled.left)) return yield* Effect.fail(pulled.left.value)
        return
      }
    })

    let end: Exit.Exit<void, E | Ingest.BatchFailed<Item>> | undefined
    yield* Effect.raceFirst(drive, Deferred.await(fatal)).pipe(
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          end = exit
          return tell
        })
      ),
      Effect.forkIn(scope)
    )

    let reported: typeof end
    let version: number | undefined
    const report = Effect.map(Clock.currentTimeMillis, (now) => {
      version = ledger.version
      return ledger.report(now)
    })
    const nextReport: Effect.Effect<Ingest.Progress<Item>, Option.Option<E | Ingest.BatchFailed<Item>>> = Effect
      .suspend(() => {
        if (reported !== undefined) {
          return Exit.isSuccess(reported)
            ? Effect.fail(Option.none())
            : Effect.failCause(Cause.map(reported.cause, Option.some))
        }
        return Effect.zipRight(
          Queue.take(news),
          Effect.suspend(() => {
            reported = end
            return ledger.version === version ? nextReport : report
          })
        )
      })
    return Stream.repeatEffectOption(nextReport)
  }))

/** A run to its end. */
export const summarize = <Item, E, R>(
  progress: Stream.Stream<Ingest.Progress<Item>, E, R>
): Effect.Effect<Ingest.Summary<Item>, E, R> =>
  Effect.suspend(() => {
    const failures: Array<Ingest.Failure<Item>> = []
    return Effect.map(
      Stream.runFold(progress, undefined as Ingest.Progress<Item> | undefined, (_, report) => {
        for (const failure of report.failures) failures.push(failure)
        return report
      }),
      (report): Ingest.Summary<Item> => {
        // A run ends with a report at least.
        const { bytes, checkpoint, elapsed, failed, lsn, rate, records, requests } = report!
        return { records, bytes, failed, failures, requests, elapsed, rate, lsn, checkpoint }
      }
    )
  })
