/**
 * The jobs that restore backups into new indexes; `Indexes.createFromBackup` starts one.
 *
 * ```ts
 * import * as Indexes from "@effect-pinecone/control-plane/Indexes"
 * import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const restored = Effect.gen(function*() {
 *   const indexes = yield* Indexes.Indexes
 *   const jobs = yield* RestoreJobs.RestoreJobs
 *   const { restoreJobId } = yield* indexes.createFromBackup({ backupId: "7c8e…", name: "movies-restored" })
 *   yield* jobs.progress(restoreJobId, { timeout: "1 hour" }).pipe(
 *     Stream.runForEach(({ percentComplete }) => Effect.log(`${percentComplete ?? 0} %`))
 *   )
 *   return yield* indexes.waitUntilReady("movies-restored")
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Poll from "@effect-pinecone/http/Poll"
import * as Work from "@effect-pinecone/http/Work"
import type * as Backup from "@effect-pinecone/schema/Backup"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as check from "./internal/check.js"
import * as definition from "./internal/definition.js"

/**
 * What any call can end in.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = PineconeError.RequestError

/**
 * What a call can end in whose input is checked before it is sent.
 *
 * @since 0.1.0
 * @category errors
 */
export type InputError = PineconeError.CheckedRequestError

/**
 * What waiting for a job can end in: `PineconeOperationFailed` where it failed or was cancelled, `PineconeTimedOut` where the time is
 * over.
 *
 * @since 0.1.0
 * @category errors
 */
export type WaitError = CallError | PineconeError.OperationFailed

/**
 * Which restore jobs to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /**
   * Entries on a page: 1 to 100.
   *
   * @default 10, by the server
   */
  readonly limit?: number | undefined
}

/**
 * Which page of the list to return, and how long it is.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageOptions extends ListOptions {
  /** The `next` of the page before. */
  readonly paginationToken?: string | undefined
}

/**
 * A page of restore jobs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly jobs: ReadonlyArray<Backup.RestoreJobModel>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `RestoreJobs` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A page of the jobs (`list_restore_jobs`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All jobs, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<Backup.RestoreJobModel, InputError>
  /** A job, as it is now (`describe_restore_job`). */
  readonly describe: (jobId: string) => Effect.Effect<Backup.RestoreJobModel, CallError>
  /**
   * Waits until a job is completed (`describe_restore_job`). Fails with `PineconeOperationFailed` as soon as it has failed or was
   * cancelled.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilCompleted: (
    jobId: string,
    options?: Poll.Options
  ) => Effect.Effect<Backup.RestoreJobModel, WaitError>
  /**
   * A job again and again, up to and with the answer that it is completed (`describe_restore_job`). Fails with
   * `PineconeOperationFailed` as soon as it has failed or was cancelled.
   *
   * @default a timeout of 5 minutes
   */
  readonly progress: (jobId: string, options?: Poll.Options) => Stream.Stream<Backup.RestoreJobModel, WaitError>
}

/**
 * The `RestoreJobs` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class RestoreJobs extends Context.Tag("@effect-pinecone/control-plane/RestoreJobs")<RestoreJobs, Service>() {}

const completing = (jobId: string): Work.Work<Backup.RestoreJobModel> => ({
  operation: "describe_restore_job",
  resource: "restore_job",
  id: jobId,
  goal: "to be completed",
  state: ({ status }) => status,
  done: ({ status }) => status === "Completed",
  dead: {
    Failed: "delete the index that it was to fill, and restore the backup again",
    Cancelled: "restore the backup again if it is still wanted"
  }
})

/**
 * Creates the `RestoreJobs` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(DerivedClient.group(http, definition.restoreJobs(http), "restoreJobs"), (call) => {
      const describing = { operation: "describe_restore_job" }

      const describe: Service["describe"] = (jobId) =>
        Effect.andThen(
          check.id(describing, "jobId", jobId),
          call(describing, (client) => client.describe({ path: { job_id: jobId } }))
        )

      const listing = { operation: "list_restore_jobs" }

      const list: Service["list"] = (options = {}) =>
        check.page(listing, options).pipe(
          Effect.flatMap(({ limit, paginationToken }) =>
            call(listing, (client) => client.list({ urlParams: { limit, paginationToken } }))
          ),
          Effect.map(({ data, pagination }) => ({ jobs: data, next: Usage.next({ pagination }) }))
        )

      /** What a wait for a job is given, looked at. */
      const waiting = (jobId: string, options: Poll.Options | undefined) =>
        Effect.andThen(check.id(describing, "jobId", jobId), check.wait(describing, options))

      return RestoreJobs.of(Operation.all<Service>({
        list: "list_restore_jobs",
        describe: "describe_restore_job"
      }, {
        list,
        listStream: (options = {}) =>
          Stream.unwrap(
            Effect.map(Operation.unlessRefused(listing)(check.page(listing, options)), (read) =>
              Pages.stream(
                listing,
                (paginationToken) => Effect.map(list({ ...read, paginationToken }), ({ jobs, next }) => [jobs, next])
              ))
          ),
        describe,
        waitUntilCompleted: (jobId, options) =>
          Effect.flatMap(waiting(jobId, options), (options) => Work.until(completing(jobId), describe(jobId), options))
            .pipe(
              Operation.around("RestoreJobs.waitUntilCompleted")
            ),
        progress: (jobId, options) =>
          Stream.unwrap(
            Effect.map(waiting(jobId, options), (options) => Work.progress(completing(jobId), describe(jobId), options))
          ).pipe(Operation.aroundStream("RestoreJobs.progress"))
      }))
    })
)

/**
 * Provides the `RestoreJobs` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RestoreJobs, never, PineconeHttpClient> = Layer.effect(RestoreJobs, make)
