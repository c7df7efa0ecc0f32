import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { LazyArg } from "effect/Function"
import type { Job } from "./job.js"

/** What waits longer than others: a write is seldom, and short. */
export type Priority = "read" | "write"

export interface RunOptions {
  /** @default "read" */
  readonly priority?: Priority | undefined
}

/**
 * The one way on which all long loops of a server go over the event loop: a slice of one of them for each turn of it, so
 * that sockets are read, timers fire and writes proceed between any two of them.
 */
export interface Lane {
  /**
   * Makes a job and runs it to its end. What is short runs at once, as long as the turn has time left. The job begins when
   * this does, not when its first slice comes; it is closed when this is interrupted.
   */
  readonly run: <A>(make: LazyArg<Job<A>>, options?: RunOptions) => Effect.Effect<A>
  /** Marks an effect as a write that is under way: until it ends, reads leave it more of the event loop. */
  readonly writing: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

/** How long the slices of one turn take together, in milliseconds. */
const turnTime = 5

/** The least of it while a write is under way. */
const turnTimeBesideWrites = 0.7

/**
 * What the slices of a turn may take while a write is under way, of the time of all else in the turn before: who waits for long
 * turns notices no slices, and who waits for slices would hardly get any.
 */
const shareBesideWrites = 0.5

/** How long it is expected after a write that another one follows, in milliseconds. */
const writesLinger = 25

/** How long one call of a job takes. The clock is read after each, and its size follows from the time. */
const callTime = 0.25

const firstUnits = 1024

/** So that what becomes dearer on its way is not far beyond the time before that is seen. */
const maxUnits = 2 ** 16

interface Entry {
  readonly job: Job<unknown>
  readonly priority: Priority
  /** The size of its next call. */
  units: number
  readonly done: (result: Effect.Effect<unknown>) => void
}

/** First come, first served. */
class Queue {
  private readonly entries = new Set<Entry>()

  get isEmpty(): boolean {
    return this.entries.size === 0
  }

  add(entry: Entry): void {
    this.entries.add(entry)
  }

  remove(entry: Entry): void {
    this.entries.delete(entry)
  }

  take(): Entry | undefined {
    const entry: Entry | undefined = this.entries.values().next().value
    if (entry !== undefined) this.entries.delete(entry)
    return entry
  }
}

class Turns {
  /** What has had no slice yet: what is short is done with its first. */
  private readonly fresh: Readonly<Record<Priority, Queue>> = { read: new Queue(), write: new Queue() }
  /** What has had one, in turn. */
  private readonly begun: Readonly<Record<Priority, Queue>> = { read: new Queue(), write: new Queue() }
  /** What waits for something that is done elsewhere. */
  private readonly waiting = new Set<Entry>()
  /** How many writes are under way. */
  private writes = 0
  /** Until when more writes are expected. */
  private expected = -Infinity
  /** When the slices of this turn must be over. */
  private end: number | undefined
  /** When the slices of the turn before were over, if there were some. */
  private over: number | undefined
  private scheduled = false
  private lastPriority: Priority = "read"
  private lastWasFresh = false

  constructor(private readonly now: () => number) {}

  /** Whether the job has ended within the turn that is running. */
  start(entry: Entry): boolean {
    const now = this.now()
    const end = this.end ??= now + this.turnTimeAt(now)
    this.schedule()
    const state = now < end ? this.runUntil(entry, end) : "fresh"
    if (state === "begun" || state === "fresh") this[state][entry.priority].add(entry)
    return state === "ended"
  }

  remove(entry: Entry): void {
    this.fresh[entry.priority].remove(entry)
    this.begun[entry.priority].remove(entry)
    this.waiting.delete(entry)
  }

  /** Runs a job until its end or until a time, whichever is first, or until it waits for something. */
  private runUntil(entry: Entry, end: number): "ended" | "begun" | "waiting" {
    for (let now = this.now();;) {
      if (entry.job.next(entry.units)) return "ended"
      const wait = entry.job.waitsFor?.()
      if (wait !== undefined) {
        this.waiting.add(entry)
        wait(() => {
          // It may have been interrupted.
          if (this.waiting.delete(entry)) this.goOn(entry)
        })
        return "waiting"
      }
      const before = now
      now = this.now()
      const took = now - before
      if (took < callTime / 2) entry.units = Math.min(entry.units * 2, maxUnits)
      else if (took > callTime * 2 && entry.units > 1) entry.units /= 2
      if (now >= end) return "begun"
    }
  }

  /** What has waited goes on at once, as long as the turn has time left: mostly there is little left of it. */
  private goOn(entry: Entry): void {
    const now = this.now()
    const end = this.end ??= now + this.turnTimeAt(now)
    this.schedule()
    if (now < end) this.advance(entry, end)
    else this.begun[entry.priority].add(entry)
  }

  private advance(entry: Entry, end: number): void {
    let state: ReturnType<Turns["runUntil"]> = "ended"
    let result: Effect.Effect<unknown> = Effect.void
    try {
      state = this.runUntil(entry, end)
      if (state === "ended") result = Effect.succeed(entry.job.result())
    } catch (error) {
      result = Effect.die(error)
    }
    if (state === "ended") entry.done(result)
    else if (state === "begun") this.begun[entry.priority].add(entry)
  }

  beginWrite(): void {
    this.writes++
  }

  endWrite(): void {
    this.writes--
    this.expected = this.now() + writesLinger
  }

  /** How long the slices of a turn take that begins now. Who writes one record after the other waits as little for each. */
  private turnTimeAt(now: number): number {
    if (this.writes === 0 && now >= this.expected) return turnTime
    const rest = this.over === undefined ? 0 : now - this.over
    return Math.min(turnTime, Math.max(turnTimeBesideWrites, rest * shareBesideWrites))
  }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      this.end = undefined
      this.turn()
    })
  }

  private turn(): void {
    let entry = this.take()
    if (entry === undefined) {
      this.over = undefined
      return
    }
    let now = this.now()
    const end = this.end = now + this.turnTimeAt(now)
    this.schedule()
    do {
      this.advance(entry, end)
      now = this.now()
    } while (now < end && (entry = this.take()) !== undefined)
    this.over = now
  }

  /** In turn: a write and a read, what is new and what has begun. */
  private take(): Entry | undefined {
    const priorities: ReadonlyArray<Priority> = this.lastPriority === "read" ? ["write", "read"] : ["read", "write"]
    for (const priority of priorities) {
      const { [priority]: fresh } = this.fresh
      const { [priority]: begun } = this.begun
      const isFresh = !fresh.isEmpty && (begun.isEmpty || !this.lastWasFresh)
      const entry = (isFresh ? fresh : begun).take()
      if (entry === undefined) continue
      this.lastPriority = priority
      this.lastWasFresh = isFresh
      return entry
    }
    return undefined
  }
}

/** This measures work that is done, it does not wait: the Clock of a test has no part in it. */
const unsafeMake = (now: () => number = () => performance.now()): Lane => {
  const turns = new Turns(now)
  const ended = Effect.sync(() => {
    turns.endWrite()
  })
  return {
    run: <A>(make: LazyArg<Job<A>>, options?: RunOptions) =>
      Effect.async<A>((resume) => {
        const job = make()
        const entry: Entry = {
          job,
          priority: options?.priority ?? "read",
          units: firstUnits,
          // eslint-disable-next-line no-restricted-syntax -- the result is that of this job.
          done: (result) => resume(result as Effect.Effect<A>)
        }
        if (turns.start(entry)) {
          resume(Effect.succeed(job.result()))
          return
        }
        return Effect.sync(() => {
          turns.remove(entry)
          job.close()
        })
      }),
    writing: (effect) =>
      Effect.suspend(() => {
        // It may be interrupted before it begins.
        let begun = false
        const write = Effect.suspend(() => {
          begun = true
          turns.beginWrite()
          return effect
        })
        return Effect.onExit(write, () => begun ? ended : Effect.void)
      })
  }
}

/** A lane with nothing on it, which reads the time in milliseconds from `now`. */
export const make = (now?: () => number): Effect.Effect<Lane> => Effect.sync(() => unsafeMake(now))

/** The lane of the server that is running, or, as a process has one event loop, that of the process. */
export class LaneTag extends Context.Reference<LaneTag>()("@effect-pinecone/local/internal/Lane", {
  defaultValue: () => unsafeMake()
}) {}

/** Runs a job on the lane: see `Lane`. */
export const run = <A>(make: LazyArg<Job<A>>, options?: RunOptions): Effect.Effect<A> =>
  Effect.flatMap(LaneTag, (lane) => lane.run(make, options))

/** Marks an effect as a write that is under way: see `Lane`. */
export const writing = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(LaneTag, (lane) => lane.writing(effect))
