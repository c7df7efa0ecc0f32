import type * as Dispatch from "@effect-pinecone/http/Dispatch"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { RecordError } from "../IndexAt.js"
import type { EndReason, Progress, Unreadable } from "../IngestReport.js"
import { BatchFailed } from "../IngestReport.js"
import type { Batch, BatchBuilder } from "./batch.js"
import { messageOf } from "./endMessage.js"
import * as forming from "./forming.js"
import * as ledgers from "./ledger.js"

/** How a run goes. */
export interface Plan<Item> {
  readonly builder: BatchBuilder<Item>
  readonly dispatcher: Dispatch.Dispatcher
  readonly onInvalid: "fail" | "collect" | "bisect"
  /** How many items are left out at the start of the source, and the place of the first that is not. */
  readonly drop: number
  readonly position: number
  /** How long an item may wait for others to fill its batch. */
  readonly maxWait: Duration.Duration
  /** How long the run may take. */
  readonly timeout: Duration.Duration
}

/** How long a source has at least to give something, in milliseconds, once a run has time for it again. */
const leastTurn = 20

/** What the driver waits for. */
type News<E> =
  | { readonly _tag: "Pulled"; readonly exit: Exit.Exit<void, Option.Option<E>> }
  | { readonly _tag: "Due" }

/**
 * Sends the items of a source in batches, and reports each time that something was answered. Slow consumers receive fewer
 * reports; the run does not wait for them.
 */
export const run = <Item, E, R>(
  operation: string,
  source: Stream.Stream<Item | Unreadable, E, R>,
  making: Effect.Effect<Plan<Item>, RecordError, Scope.Scope>
): Stream.Stream<Progress<Item>, E | BatchFailed<Item>, R> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const startedAt = yield* Clock.currentTimeMillis
    const planned = yield* Effect.exit(making)
    if (Exit.isFailure(planned)) {
      const counts = ledgers.make<Item>(startedAt, () => 0).counts(startedAt)
      return Stream.failCause(Cause.map(planned.cause, (error) =>
        new BatchFailed<Item>({
          message: messageOf("NotStarted", error, 0, 0, counts),
          reason: "NotStarted",
          error,
          records: [],
          unsent: [],
          failures: [],
          counts
        })))
    }
    const { builder, dispatcher, drop, maxWait, onInvalid, position, timeout } = planned.value
    const news = yield* Queue.sliding<void>(1)
    const told = Queue.offer(news, undefined)
    /** What was pulled, and the former does not have yet. */
    let arrived: ReadonlyArray<Item | Unreadable> = []
    const ledger = ledgers.make<Item>(startedAt, () => former.reached() + former.unread() + arrived.length - position)
    const former = forming.make<Item>(
      builder,
      position,
      onInvalid === "fail" ? undefined : (error, items) => {
        ledger.setAside(error, items)
        news.unsafeOffer(undefined)
      }
    )
    ledger.finished(position)

    const scope = yield* Effect.scope
    const fatal = yield* Deferred.make<never, BatchFailed<Item>>()
    /** Once a batch has failed nothing more is sent, and nothing more is settled. */
    const unlessFailed = Effect.flatMap(Deferred.poll(fatal), Option.getOrElse(() => Effect.void))

    // --- reading the source ---

    const events = yield* Queue.unbounded<News<E>>()
    const demand = yield* Queue.unbounded<void>()
    const pull = yield* Stream.toPull(drop === 0 ? source : Stream.drop(source, drop))
    // In a fiber of its own, since a batch may be due while the source takes its time. It reads what was asked for.
    const puller = yield* Queue.take(demand).pipe(
      Effect.andThen(pull),
      Effect.map((chunk) => {
        arrived = Chunk.toReadonlyArray(chunk)
      }),
      Effect.exit,
      Effect.flatMap((exit) => Queue.offer(events, { _tag: "Pulled", exit })),
      Effect.forever,
      Effect.forkIn(scope)
    )

    // --- its end before the source's ---

    /** The last report, and what comes after it: from then on nothing is counted. */
    let over: { readonly report: Progress<Item>; readonly error: BatchFailed<Item> } | undefined

    const ended = (
      reason: EndReason,
      error: RecordError,
      records: ReadonlyArray<Item>,
      unsent: () => ReadonlyArray<Item | Unreadable>
    ): Effect.Effect<never, BatchFailed<Item>> =>
      // What the source gives in this moment is counted, too.
      Fiber.interrupt(puller).pipe(
        Effect.andThen(Clock.currentTimeMillis),
        Effect.flatMap((now) => {
          if (over !== undefined) return Effect.fail(over.error)
          const counts = ledger.counts(now)
          const left = unsent()
          const failed = new BatchFailed<Item>({
            message: messageOf(reason, error, records.length, left.length, counts),
            reason,
            error,
            records,
            unsent: left,
            failures: [],
            counts
          })
          over = { report: ledger.report(now), error: failed }
          return Effect.fail(failed)
        })
      )

    /** What is formed and waits for a place, and what ends the run if nothing else does before, is given back too. */
    let formed: forming.Formed<Item> | undefined
    let wrong: ReadonlyArray<Item> = []
    const unsent = (entry?: ledgers.Entry<Item>, from?: number, to?: number) => [
      ...ledger.open(entry, from, to),
      ...formed?.items ?? [],
      ...wrong,
      ...former.waiting(),
      ...arrived
    ]

    if (Duration.isFinite(timeout)) {
      const late = new PineconeError.TimedOut({
        operation,
        timeout,
        message: `the run exceeded its timeout of ${Duration.format(timeout)}`
      })
      yield* Effect.sleep(timeout).pipe(
        Effect.andThen(Effect.exit(ended("TimedOut", late, [], unsent))),
        Effect.flatMap((exit) => Deferred.done(fatal, exit)),
        Effect.forkIn(scope)
      )
    }

    // --- sending batches ---

    /** A batch that is sent: whether its memory is read by nobody once it is stored. */
    interface Delivery {
      readonly slot: Dispatch.Slot
      readonly entry: ledgers.Entry<Item>
      tries: number
      isBodyFree: boolean
    }

    /** Sends a batch, or a part of one, and sets aside what is wrong with it. Gives whether all of it is stored. */
    const settle = (
      delivery: Delivery,
      batch: Batch,
      from: number
    ): Effect.Effect<boolean, BatchFailed<Item>> => {
      const { entry, slot } = delivery
      const to = from + batch.length
      const once = Effect.suspend(() => {
        delivery.tries++
        return batch.send
      })
      return Effect.matchEffect(slot.send(once), {
        onSuccess: ({ isBodyFree, lsn }) =>
          Effect.sync(() => {
            delivery.isBodyFree = isBodyFree
            ledger.stored(entry, from, to, batch.bytes, lsn)
            return true
          }),
        onFailure: (error) => {
          ledger.refused()
          if (onInvalid === "fail" || !PineconeError.isInvalidInput(error)) {
            return Effect.flatMap(dispatcher.isStalled, (stalled) =>
              ended(
                PineconeError.isInvalidInput(error) ? "Refused" : stalled ? "Stalled" : "Failed",
                error,
                entry.items.slice(from, to),
                () => unsent(entry, from, to)
              ))
          }
          return Effect.as(
            onInvalid === "bisect" ? bisect(delivery, batch, from, error) : setAside(entry, from, to, error),
            false
          )
        }
      })
    }

    const setAside = (entry: ledgers.Entry<Item>, from: number, to: number, error: RecordError) =>
      Effect.sync(() => ledger.setPartAside(entry, from, to, error))

    /** Sends the halves of what was refused. */
    const bisect = (
      delivery: Delivery,
      batch: Batch,
      from: number,
      error: RecordError
    ): Effect.Effect<void, BatchFailed<Item>> =>
      Effect.gen(function*() {
        if (batch.length === 1) {
          yield* setAside(delivery.entry, from, from + 1, error)
          return
        }
        const half = batch.length >> 1
        const allStored = yield* settle(delivery, batch.part(0, half), from)
        yield* told
        const second = batch.part(half, batch.length)
        // If nothing was wrong with the first half, the second is wrong: it need not be sent to know that.
        if (allStored && second.length > 1) yield* bisect(delivery, second, from + half, error)
        else yield* settle(delivery, second, from + half)
      })

    const underWay = new Map<number, Deferred.Deferred<void>>()

    const deliver = (whole: forming.Formed<Item>, delivery: Delivery, done: Deferred.Deferred<void>) =>
      settle(delivery, whole.batch, 0).pipe(
        Effect.matchCauseEffect({
          onSuccess: () =>
            Effect.sync(() => {
              ledger.settled(delivery.entry)
              former.answered(whole)
              // An earlier try that got no answer may read the body still.
              if (delivery.tries === 1 && delivery.isBodyFree) whole.batch.recycle?.()
            }),
          onFailure: (cause) => Deferred.failCause(fatal, cause)
        }),
        // Told before the next batch has its place: a report counts what was in flight beside this one.
        Effect.andThen(told),
        Effect.ensuring(Effect.andThen(
          delivery.slot.release,
          Effect.suspend(() => {
            underWay.delete(whole.number)
            return Deferred.succeed(done, undefined)
          })
        ))
      )

    /** Since when no batch waits for a place. */
    let freeSince = startedAt

    const dispatch = (whole: forming.Formed<Item>) =>
      Effect.gen(function*() {
        formed = whole
        for (const number of whole.after) {
          const earlier = underWay.get(number)
          if (earlier !== undefined) yield* Deferred.await(earlier)
        }
        const slot = dispatcher.slot()
        yield* slot.acquire
        yield* unlessFailed
        const done = yield* Deferred.make<void>()
        const entry = ledgers.entry(whole.items, whole.end)
        ledger.began(entry)
        formed = undefined
        underWay.set(whole.number, done)
        freeSince = yield* Clock.currentTimeMillis
        yield* Effect.forkIn(deliver(whole, { slot, entry, tries: 0, isBodyFree: false }, done), scope)
      })

    const allAnswered = Effect.suspend(() => Effect.forEach(underWay.values(), Deferred.await, { discard: true }))

    // --- forming batches, and sending them when they are due ---

    let asked = false

    const waitMillis = Duration.toMillis(maxWait)
    let watching = false
    /** When the batch is due that waits for the source, which is given a moment where a batch has kept the run from it. */
    const dueAt = () => {
      const since = former.waitingSince()
      return since === undefined || !asked
        ? undefined
        : Math.max(since + waitMillis, freeSince + Math.min(waitMillis, leastTurn))
    }
    /** One fiber watches over all batches, and only while there is one that waits for the source. */
    const watch: Effect.Effect<void> = Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const due = dueAt()
      if (due !== undefined && due > now) return Effect.andThen(Effect.sleep(due - now), watch)
      watching = false
      return due === undefined ? Effect.void : Effect.asVoid(Queue.offer(events, { _tag: "Due" }))
    })
    const watched = Effect.suspend(() => {
      if (watching || former.waitingSince() === undefined || !Duration.isFinite(maxWait)) return Effect.void
      watching = true
      return Effect.asVoid(Effect.forkIn(watch, scope))
    })

    /** Sends what can be sent of what was read, and gives whether the source has more. */
    const advance: Effect.Effect<boolean, E | BatchFailed<Item>> = Effect.gen(function*() {
      for (let next = former.form(); next !== undefined; next = former.form()) {
        if (next instanceof forming.Wrong) {
          wrong = next.items
          return yield* ended("Refused", next.error, wrong, () => {
            wrong = []
            return unsent()
          })
        }
        yield* dispatch(next)
      }
      if (!asked) {
        asked = true
        yield* Queue.offer(demand, undefined)
      }
      yield* watched
      const event = yield* Queue.take(events)
      const now = yield* Clock.currentTimeMillis
      if (event._tag === "Due") {
        // It may have been sent meanwhile.
        const due = (dueAt() ?? Infinity) <= now ? former.rest() : undefined
        if (due !== undefined) yield* dispatch(due)
        return true
      }
      asked = false
      if (Exit.isSuccess(event.exit)) {
        former.offer(arrived, now)
        arrived = []
        return true
      }
      // What the source gave before it failed is stored.
      const last = former.rest()
      if (last !== undefined) yield* dispatch(last)
      yield* allAnswered
      yield* unlessFailed
      ledger.finished(former.reached())
      return yield* Effect.matchCauseEffect(event.exit, {
        onSuccess: () => Effect.succeed(false),
        onFailure: (cause) =>
          Option.match(Cause.flipCauseOption(cause), {
            onNone: () => Effect.succeed(false),
            onSome: (cause) => Effect.failCause(cause)
          })
      })
    })

    const drive: Effect.Effect<void, E | BatchFailed<Item>> = Effect.gen(function*() {
      while (yield* advance) { /* until the source has no more */ }
    })

    let end: Exit.Exit<void, E | BatchFailed<Item>> | undefined
    yield* Effect.raceFirst(drive, Deferred.await(fatal)).pipe(
      Effect.onExit((exit) =>
        Effect.suspend(() => {
          end = exit
          return told
        })
      ),
      // As a value: a fiber that ends with a failure logs it, and whoever reads the reports looks at it.
      Effect.exit,
      Effect.forkIn(scope)
    )

    // --- reporting ---

    let reported: typeof end
    let version: number | undefined
    const report = Effect.map(Clock.currentTimeMillis, (now) => {
      version = ledger.version()
      return ledger.report(now)
    })
    const nextReport: Effect.Effect<Progress<Item>, Option.Option<E | BatchFailed<Item>>> = Effect.suspend(() => {
      if (reported !== undefined) {
        return Exit.isSuccess(reported)
          ? Effect.fail(Option.none())
          : Effect.failCause(Cause.map(reported.cause, Option.some))
      }
      return Effect.andThen(
        Queue.take(news),
        Effect.suspend(() => {
          if (over !== undefined && end === undefined) return nextReport
          reported = end
          if (over !== undefined) return Effect.succeed(over.report)
          return ledger.version() === version ? nextReport : report
        })
      )
    })
    return Stream.repeatEffectOption(nextReport)
  }))
