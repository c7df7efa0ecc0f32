import type * as ConversionJob from "@effect-pinecone/schema/ConversionJob"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { Progress } from "./conversion.js"
import * as conversion from "./conversion.js"
import * as documents from "./documents.js"
import * as indexRequests from "./indexRequests.js"
import * as indexSchemas from "./indexSchemas.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import { ProjectTag, uuid } from "./project.js"
import { StoreTag } from "./store.js"

/** A job as it is kept. Times are in milliseconds. */
interface Job extends Progress {
  readonly id: string
  readonly sourceId: string
  readonly sourceName: string
  readonly targetId: string
  readonly targetName: string
  readonly status: "InProgress" | "Completed" | "Failed"
  readonly onError: "abort" | "continue"
  /** How many records the source had. */
  readonly total: number
  readonly createdAt: number
  readonly completedAt: number | null
}

/** The conversions of a server's indexes. */
export interface ConversionJobs {
  readonly convert: (
    source: LiveIndex,
    request: ConversionJob.ConvertRequest
  ) => Effect.Effect<ConversionJob.ConversionJob, problem.Problem>
  /** In the order in which they were begun. */
  readonly all: Effect.Effect<ReadonlyArray<ConversionJob.ConversionJob>>
}

export class ConversionJobsTag
  extends Context.Tag("@effect-pinecone/local/internal/ConversionJobs")<ConversionJobsTag, ConversionJobs>()
{}

const isErrorMode = (text: string): text is Job["onError"] => text === "abort" || text === "continue"

const initializing = { ready: false, state: "Initializing" }
const ready = { ready: true, state: "Ready" }
const failed = { ready: false, state: "InitializationFailed" }

const make: Effect.Effect<ConversionJobs, problem.Problem, StoreTag | ProjectTag | Scope.Scope> = Effect.gen(
  function*() {
    const store = yield* StoreTag
    const project = yield* ProjectTag
    const jobs = yield* documents.open<Job>(store, "conversion-job", ({ id }) => id)
    const running = yield* FiberSet.make<void>()
    /** How far those are that are under way. */
    const progress = new Map<string, Progress>()

    const end = (job: Job, status: "Completed" | "Failed", reached: Progress) =>
      Effect.gen(function*() {
        const { converted, skipped } = reached
        const ended: Job = { ...job, status, converted, skipped, completedAt: yield* Clock.currentTimeMillis }
        // The index and its job are done together.
        yield* project.settleIndex(job.targetId, status === "Completed" ? ready : failed, [jobs.putting(ended)])
        progress.delete(job.id)
      })

    const work = (job: Job): Effect.Effect<void> =>
      Effect.gen(function*() {
        const target = (yield* project.indexes).find(({ document }) => document.id === job.targetId)
        if (target === undefined) {
          yield* jobs.put({ ...job, status: "Failed", completedAt: yield* Clock.currentTimeMillis })
          return
        }
        const fields = conversion.fieldsOf(target.document.model.schema)
        const report = (reached: Progress) => {
          progress.set(job.id, reached)
        }
        const outcome = yield* Effect.scoped(Effect.gen(function*() {
          const set = yield* Effect.mapError(store.open(job.targetId), problem.fromStore)
          return yield* conversion.run({ set, fields, aborts: job.onError === "abort", report }).pipe(
            Effect.map((reached) => ({ status: "Completed" as const, reached })),
            Effect.catchAll(({ message }) =>
              Effect.gen(function*() {
                yield* Effect.logWarning(`The conversion of the index "${job.sourceName}" failed. ${message}`)
                yield* conversion.empty(set)
                return { status: "Failed" as const, reached: { converted: 0, skipped: 0 } }
              })
            )
          )
        }))
        // What was left out by a server that ended in between is left out all the same.
        const { reached, status } = outcome
        yield* end(
          job,
          status,
          status === "Failed" ? reached : { converted: reached.converted, skipped: job.total - reached.converted }
        )
      }).pipe(
        Effect.catchAll(({ message }) =>
          Effect.andThen(
            Effect.logError(`The conversion of the index "${job.sourceName}" failed: ${message}`),
            Effect.ignore(end(job, "Failed", { converted: 0, skipped: 0 }))
          )
        )
      )

    const start = (job: Job) => Effect.asVoid(FiberSet.run(running, work(job)))

    const modelOf = (job: Job): ConversionJob.ConversionJob => {
      const { converted, skipped } = job.status === "InProgress" ? progress.get(job.id) ?? job : job
      const share = job.total === 0 ? 0 : Math.floor(100 * (converted + skipped) / job.total)
      return {
        conversionJobId: job.id,
        sourceIndexId: job.sourceId,
        sourceIndexName: job.sourceName,
        targetIndexId: job.targetId,
        targetIndexName: job.targetName,
        status: job.status,
        percentComplete: job.status === "Completed" ? 100 : Math.min(99, share),
        recordsConverted: converted,
        recordsSkipped: skipped,
        errorMode: { onError: job.onError },
        createdAt: new Date(job.createdAt),
        completedAt: job.completedAt === null ? null : new Date(job.completedAt)
      }
    }

    // What a server has left in between begins again: all that it has done ends the same.
    const left = (yield* jobs.all).filter(({ status }) => status === "InProgress")
    for (const job of left) yield* start(job)

    return {
      convert: ({ document: { id: sourceId, model: source } }, request) =>
        Effect.gen(function*() {
          if (source.spec.serverless === undefined) {
            return yield* problem.badRequest("Only serverless indexes can be converted.")
          }
          if (!source.status.ready) {
            return yield* problem.badRequest(`Index ${source.name} is not ready: its state is ${source.status.state}.`)
          }
          if (indexSchemas.isOfDocuments(source.schema)) {
            return yield* problem.badRequest(`Index ${source.name} has documents already.`)
          }
          const onError = request.errorMode?.onError ?? "abort"
          if (!isErrorMode(onError)) {
            return yield* problem.badRequest(
              `error_mode.on_error must be abort or continue, got ${JSON.stringify(onError)}`
            )
          }
          const { cloud, region } = source.spec.serverless
          const { model } = yield* indexRequests.newIndex(
            {
              name: request.name,
              schema: request.schema,
              tags: request.tags,
              spec: { serverless: { cloud, region } }
            },
            project.collections
          )
          if (!indexSchemas.isOfDocuments(model.schema)) {
            return yield* problem.badRequest(
              "The schema has no field of documents: give its fields names of their own."
            )
          }
          const wrong = conversion.problemOf(source, conversion.fieldsOf(model.schema))
          if (wrong !== undefined) return yield* problem.badRequest(wrong)
          const createdAt = yield* Clock.currentTimeMillis
          const jobId = yield* uuid
          const jobOf = (targetId: string): Job => ({
            id: jobId,
            sourceId,
            sourceName: source.name,
            targetId,
            targetName: model.name,
            status: "InProgress",
            onError,
            total: 0,
            converted: 0,
            skipped: 0,
            createdAt,
            completedAt: null
          })
          // The copy, its index and its job come into being together.
          const target = yield* project.createIndex(
            { ...model, status: initializing },
            { set: sourceId },
            ({ id }, { records }) => [jobs.putting({ ...jobOf(id), total: records })]
          )
          const job = jobs.get(jobId) ?? jobOf(target.document.id)
          yield* start(job)
          return modelOf(job)
        }),
      all: Effect.map(jobs.all, (all) => all.map(modelOf))
    }
  }
)

/** The conversions of a server, which go on until it ends. */
export const layer: Layer.Layer<ConversionJobsTag, problem.Problem, StoreTag | ProjectTag> = Layer.scoped(
  ConversionJobsTag,
  make
)
