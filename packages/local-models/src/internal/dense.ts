import type { DenseEmbeddings, Reading } from "@effect-pinecone/local/LocalModels"
import { ModelError } from "@effect-pinecone/local/LocalModels"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Os from "node:os"
import { Worker } from "node:worker_threads"
import type { Answered, Told } from "./denseProtocol.js"
import type { Embedded } from "./recentVectors.js"
import * as RecentVectors from "./recentVectors.js"

/** Universal Sentence Encoder lite, in threads of its own. */
export interface Dense {
  /** The vectors of texts, none of which is empty, and how many pieces of words were read. */
  readonly embed: (
    texts: ReadonlyArray<string>,
    reading: Reading
  ) => Effect.Effect<DenseEmbeddings, ModelError>
}

type Resume = (effect: Effect.Effect<Answered, ModelError>) => void

/** A worker that runs, and who waits for it. */
interface Running {
  readonly worker: Worker
  readonly waiting: Map<number, Resume>
  ended: boolean
}

const stopped = (why: string) =>
  new ModelError({
    reason: "Unavailable",
    message: `The embedding model has stopped (${why}). It is started again for the next request.`
  })

const failed = (message: string) => new ModelError({ reason: "Failed", message })

const launch = (program: URL): Running => {
  const worker = new Worker(program, {
    // The loaders and flags of the process are not for this program.
    execArgv: [],
    name: "pinecone-local-embedding"
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

/** A text of a request, and its place there. */
interface Placed {
  readonly at: number
  readonly text: string
}

type Part = ReadonlyArray<Placed>

/** The fewest texts that are worth a worker. */
const fewest = 8

const split = (texts: ReadonlyArray<Placed>, most: number): ReadonlyArray<Part> => {
  const count = Math.max(1, Math.min(most, Math.floor(texts.length / fewest)))
  const size = Math.ceil(texts.length / count)
  return Array.from({ length: count }, (_, i) => texts.slice(i * size, (i + 1) * size))
}

/** Each worker has the model in memory: more than two are for a server that does nothing else. */
const mostWorkers = (): number => Math.min(2, Os.availableParallelism())

/**
 * The model's workers are started when they are first needed, and again when they have died; they end with the scope. The
 * texts of a request are divided among them.
 */
export const make = (
  program: URL = new URL("./denseThread.js", import.meta.url),
  most: number = mostWorkers()
): Effect.Effect<Dense, never, Scope.Scope> =>
  Effect.gen(function*() {
    const recent = RecentVectors.make()
    const workers: Array<Running> = []
    let closed = false
    let lastId = 0

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        closed = true
        return Effect.promise(() => Promise.all(workers.map(({ worker }) => worker.terminate())))
      })
    )

    /** The worker that has the least to do; where all have something, and there may be more, a new one. */
    const running = Effect.suspend(() => {
      if (closed) return stopped("the server has ended")
      for (let i = workers.length - 1; i >= 0; i--) if (workers[i]!.ended) workers.splice(i, 1)
      const free = workers.reduce<Running | undefined>(
        (least, one) => least === undefined || one.waiting.size < least.waiting.size ? one : least,
        undefined
      )
      if (free !== undefined && (free.waiting.size === 0 || workers.length === most)) return Effect.succeed(free)
      return Effect.try({
        try: () => {
          const launched = launch(program)
          workers.push(launched)
          return launched
        },
        catch: (error) =>
          failed(
            `The embedding model cannot be started: ${error instanceof Error ? error.message : String(error)}`
          )
      })
    })

    const ask = (texts: ReadonlyArray<string>, reading: Reading) =>
      Effect.flatMap(running, ({ waiting, worker }) =>
        Effect.async<Answered, ModelError>((resume) => {
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
        }))

    /** Puts what the model makes of each text at the place of the text. */
    const embedPart = (part: Part, reading: Reading, into: Array<Embedded | undefined>) =>
      Effect.flatMap(ask(part.map(({ text }) => text), reading), (answered) => {
        if ("failed" in answered) return failed(`The embedding model failed: ${answered.failed}`)
        if ("tooLong" in answered) {
          return new ModelError({
            reason: "InvalidInput",
            message: `Input ${
              part[answered.tooLong]?.at ?? answered.tooLong
            } has more than the ${reading.maxTokens} tokens (pieces of words) that the model reads; send truncate END or START to have it cut`
          })
        }
        const dimension = answered.values.length / part.length
        for (const [i, { at, text }] of part.entries()) {
          const values = answered.values.subarray(i * dimension, (i + 1) * dimension)
          const embedded = { values, tokens: answered.tokens[i] ?? 0 }
          recent.set(text, reading, embedded)
          into[at] = embedded
        }
        return Effect.void
      })

    return {
      embed: (texts, reading) =>
        Effect.suspend(() => {
          if (closed) return stopped("the server has ended")
          const found = texts.map((text) => recent.get(text, reading))
          const missing = texts.flatMap((text, at) => found[at] === undefined ? [{ at, text }] : [])
          const parts = missing.length === 0 ? [] : split(missing, most)
          return Effect.map(
            Effect.forEach(parts, (part) => embedPart(part, reading, found), {
              concurrency: "unbounded",
              discard: true
            }),
            () => {
              const all = found.filter((embedded) => embedded !== undefined)
              return {
                tokens: all.reduce((sum, { tokens }) => sum + tokens, 0),
                values: all.map(({ values }) => values)
              }
            }
          )
        })
    }
  })
