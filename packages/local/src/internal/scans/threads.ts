import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Os from "node:os"
import { Worker } from "node:worker_threads"
import type { Arena } from "../kernel/arena.js"
import { seats } from "../kernel/layout.js"
import type { Answer, Found, Scan, Told } from "./protocol.js"

/**
 * The threads that scan vectors, so that several searches use several processors, and the event loop is free meanwhile.
 *
 * A thread reads rows where they are, in shared memory, and waits for nobody: a row that is written while it is read gives a
 * key of which nothing is known. Whoever asks for a scan looks afterwards at which rows have changed since, and has no use
 * for these. So a write never waits for a search, nothing is copied for one that may end before, and there is no lock.
 */
export interface Threads {
  /** Whether a scan can be asked for. Where no thread runs yet, one is started, and until then the answer is no. */
  readonly areReady: () => boolean
  /**
   * Has a thread scan. What it has found is given in a later turn of the event loop; nothing where the thread has ended
   * before.
   */
  readonly scan: (scan: Scan<Arena>, done: (found: Found | undefined) => void) => void
}

export interface ThreadsOptions {
  /** How many there are at most: by default as many as processors, and none where there is only one. */
  readonly most?: number | undefined
  /** The program of a thread. */
  readonly program?: URL | undefined
}

interface Asked {
  readonly scan: Scan<Arena>
  readonly done: (found: Found | undefined) => void
}

interface Thread {
  readonly worker: Worker
  readonly seat: number
  /** The arenas that it has, by their numbers. */
  readonly known: Set<number>
  ready: boolean
  asked: Asked | undefined
  /** Whether it has an arena that nobody else has any more: it ends when it has nothing to do. */
  stale: boolean
}

const usualMost = (): number => {
  const processors = Os.availableParallelism()
  return processors < 2 ? 0 : Math.min(processors, seats - 1)
}

class Pool implements Threads {
  private readonly running = new Set<Thread>()
  private readonly queue: Array<Asked> = []
  private readonly numbers = new WeakMap<Arena, number>()
  private lastNumber = 0
  /** Whether threads have failed to run, or are not wanted any more. */
  private closed = false
  private readonly forgotten = new FinalizationRegistry<number>((number) => this.forget(number))

  constructor(private readonly most: number, private readonly program: URL) {}

  areReady(): boolean {
    if (this.closed || this.most === 0) return false
    if (this.running.size === 0) this.launch()
    for (const { ready } of this.running) if (ready) return true
    return false
  }

  scan(scan: Scan<Arena>, done: Asked["done"]): void {
    this.queue.push({ scan, done })
    this.next()
  }

  /** Ends all threads. What was asked of them is answered with nothing. */
  close(): Promise<unknown> {
    this.closed = true
    const ended = Array.from(this.running, (thread) => this.end(thread))
    this.next()
    return Promise.all(ended)
  }

  /** Gives what waits to those that have nothing to do. */
  private next(): void {
    while (this.queue.length > 0) {
      if (this.closed || this.running.size === 0) {
        const { done } = this.queue.shift()!
        setImmediate(done, undefined)
        continue
      }
      let free: Thread | undefined
      let starting = false
      for (const thread of this.running) {
        if (!thread.ready) starting = true
        else if (thread.asked === undefined) free ??= thread
      }
      if (free === undefined) {
        if (!starting && this.running.size < this.most) this.launch()
        return
      }
      this.give(free, this.queue.shift()!)
    }
  }

  private give(thread: Thread, asked: Asked): void {
    const { known, worker } = thread
    thread.asked = asked
    const tell = (told: Told) => worker.postMessage(told)
    try {
      const pieces = asked.scan.pieces.map((piece) => {
        const number = this.numberOf(piece.arena)
        if (!known.has(number)) {
          const { dimension, file, rows, workspace: { memory, module } } = piece.arena
          const place = file && { fd: file.fd, position: file.position }
          tell({ op: "share", arena: number, share: { dimension, rows, memory, module, file: place } })
          known.add(number)
        }
        return { ...piece, arena: number }
      })
      const { coded, metric, query } = asked.scan.sought
      tell({ op: "scan", scan: { ...asked.scan, sought: { coded, metric, query }, pieces } })
      // Whoever waits for it keeps the process running, and a thread that has nothing to do does not.
      worker.ref()
    } catch {
      // A runtime that hands no memory over has no use for threads.
      this.fail(thread)
    }
  }

  private numberOf(arena: Arena): number {
    const number = this.numbers.get(arena)
    if (number !== undefined) return number
    const given = ++this.lastNumber
    this.numbers.set(arena, given)
    this.forgotten.register(arena, given)
    return given
  }

  /** A thread that has an arena keeps its memory: only its end lets go of it for certain. */
  private forget(number: number): void {
    for (const thread of this.running) {
      if (!thread.known.has(number)) continue
      thread.stale = true
      if (thread.asked === undefined) void this.end(thread)
    }
  }

  private launch(): void {
    const taken = new Set(Array.from(this.running, ({ seat }) => seat))
    let seat = 1
    while (taken.has(seat)) seat++
    let worker: Worker
    try {
      worker = new Worker(this.program, {
        // The loaders and flags of the process are not for this program.
        execArgv: [],
        name: "pinecone-local-scans",
        workerData: seat
      })
    } catch {
      this.closed = true
      return
    }
    const thread: Thread = { worker, seat, known: new Set(), ready: false, asked: undefined, stale: false }
    this.running.add(thread)
    worker.on("message", (answer: Answer) => this.answered(thread, answer))
    worker.on("error", () => this.fail(thread))
    worker.on("exit", () => this.fail(thread))
    worker.unref()
  }

  private answered(thread: Thread, answer: Answer): void {
    if (!this.running.has(thread)) return
    if (answer.op === "ready") thread.ready = true
    else {
      const { asked } = thread
      thread.asked = undefined
      thread.worker.unref()
      if (thread.stale) void this.end(thread)
      asked?.done(answer.found)
    }
    this.next()
  }

  /** A thread has ended by itself: without threads searches are as they are elsewhere, in this thread. */
  private fail(thread: Thread): void {
    if (!this.running.has(thread)) return
    this.closed = true
    for (const one of Array.from(this.running)) void this.end(one)
    this.next()
  }

  private end(thread: Thread): Promise<unknown> {
    this.running.delete(thread)
    const { asked } = thread
    thread.asked = undefined
    if (asked !== undefined) setImmediate(asked.done, undefined)
    return thread.worker.terminate()
  }
}

/** Threads that end with the scope. They start when they are first needed. */
export const make = (
  { most = usualMost(), program = new URL("./scanThread.js", import.meta.url) }: ThreadsOptions = {}
): Effect.Effect<Threads, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => new Pool(Math.min(most, seats - 1), program)),
    (pool) => Effect.promise(() => pool.close())
  )
