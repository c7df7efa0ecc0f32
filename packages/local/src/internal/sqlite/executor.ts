import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import type * as Scope from "effect/Scope"
import { Worker } from "node:worker_threads"
import type { StoreError } from "../storeError.js"
import { turn } from "../turn.js"
import { failureOf, makeEngine } from "./engine.js"
import type { AnswerTo, Asked, Request, Told, Work } from "./protocol.js"

/** Why a request has failed, as the other side has said it. */
export class ExecutorError {
  readonly _tag = "ExecutorError"
  constructor(readonly code: string | undefined, readonly message: string) {}
}

/** Does requests in the order in which they are asked. What is asked is done, whoever waits for it or not. */
export interface Executor {
  readonly ask: <R extends Request>(
    request: R,
    transfer?: ReadonlyArray<ArrayBuffer>
  ) => Effect.Effect<AnswerTo<R>, ExecutorError>
}

/** A connection to the database of a set. */
export interface Connection {
  readonly executor: Executor
  readonly at: number
}

/** A connection for work that takes long, in a thread where nobody else waits. */
export type Aside = Effect.Effect<Connection, StoreError, Scope.Scope>

const errorOf = (error: unknown): ExecutorError => {
  const { code, message } = failureOf(error)
  return new ExecutorError(code, message)
}

/**
 * In this thread: for data that is gone with the process, where a commit waits for no disk. There is nothing to start, and
 * nothing to clone.
 */
export const makeInline: Effect.Effect<Executor> = Effect.gen(function*() {
  const engine = makeEngine()
  const order = yield* Effect.makeSemaphore(1)
  return {
    ask: <R extends Request>(request: R) =>
      order.withPermits(1)(Effect.andThen(
        turn,
        Effect.try({
          // eslint-disable-next-line no-restricted-syntax -- the engine's answer is that of the request.
          try: () => engine.execute(request) as AnswerTo<R>,
          catch: errorOf
        })
      ))
  }
})

/** A thread that runs, and who waits for it. */
interface Running {
  readonly worker: Worker
  readonly waiting: Map<number, Deferred.Deferred<unknown, ExecutorError>>
  ended: string | undefined
}

const launch = (work: Work): Running => {
  const worker = new Worker(new URL("./thread.js", import.meta.url), {
    // The loaders and flags of the process are not for this program.
    execArgv: [],
    name: "pinecone-local-store",
    workerData: work
  })
  const running: Running = { worker, waiting: new Map(), ended: undefined }
  const end = (why: string) => {
    running.ended ??= why
    const error = new ExecutorError(undefined, `the thread of the store has stopped (${running.ended})`)
    for (const deferred of running.waiting.values()) Deferred.unsafeDone(deferred, Effect.fail(error))
    running.waiting.clear()
  }
  worker.on("message", (told: Told) => {
    const deferred = running.waiting.get(told.id)
    running.waiting.delete(told.id)
    if (running.waiting.size === 0) worker.unref()
    if (deferred === undefined) return
    Deferred.unsafeDone(
      deferred,
      "failure" in told
        ? Effect.fail(new ExecutorError(told.failure.code, told.failure.message))
        : Effect.succeed(told.answer)
    )
  })
  worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)))
  worker.on("exit", (code) => end(`exit code ${code}`))
  // Who waits for nothing is not kept running by it.
  worker.unref()
  return running
}

/** In a thread of its own, which starts with the first request and ends with the scope. */
export const makeThread = (work: Work): Effect.Effect<Executor, never, Scope.Scope> =>
  Effect.gen(function*() {
    let running: Running | undefined
    let lastId = 0
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => running === undefined ? Effect.void : Effect.promise(() => running!.worker.terminate()))
    )
    return {
      ask: <R extends Request>(request: R, transfer: ReadonlyArray<ArrayBuffer> = []) =>
        Effect.suspend(() => {
          const thread = running ??= launch(work)
          if (thread.ended !== undefined) {
            return Effect.fail(new ExecutorError(undefined, `the thread of the store has stopped (${thread.ended})`))
          }
          const asked: Asked = { id: ++lastId, request }
          const deferred = Deferred.unsafeMake<unknown, ExecutorError>(FiberId.none)
          if (thread.waiting.size === 0) thread.worker.ref()
          thread.waiting.set(asked.id, deferred)
          thread.worker.postMessage(asked, transfer)
          // eslint-disable-next-line no-restricted-syntax -- the thread's answer is that of the request.
          return Effect.uninterruptible(Deferred.await(deferred)) as Effect.Effect<AnswerTo<R>, ExecutorError>
        })
    }
  })
