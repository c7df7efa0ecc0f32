/**
 * The jobs that convert indexes of records into indexes of documents; `Indexes.convert` starts one (since API version 2026-07).
 *
 * ```ts
 * import * as Indexes from "@effect-pinecone/control-plane/Indexes"
 * import * as ConversionJobs from "@effect-pinecone/control-plane/ConversionJobs"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const converted = Effect.gen(function*() {
 *   const indexes = yield* Indexes.Indexes
 *   const jobs = yield* ConversionJobs.ConversionJobs
 *   const { conversionJobId } = yield* indexes.convert("movies", {
 *     name: "movies-documents",
 *     schema: IndexSchema.make({
 *       title: IndexSchema.text(),
 *       embedding: IndexSchema.denseVector({ dimension: 3 })
 *     })
 *   })
 *   yield* jobs.progress(conversionJobId, { timeout: "1 hour" }).pipe(
 *     Stream.runForEach(({ percentComplete }) => Effect.log(`${percentComplete} %`))
 *   )
 *   return yield* indexes.waitUntilReady("movies-documents")
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
import type * as ConversionJob from "@effect-pinecone/schema/ConversionJob"
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
 * Which conversion jobs to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /**
   * Entries on a page: 1 to 100.
   *
   * @default 100, by the server
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
 * A page of conversion jobs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly jobs: ReadonlyArray<ConversionJob.ConversionJob>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `ConversionJobs` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A page of the jobs (`list_conversion_jobs`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All jobs, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<ConversionJob.ConversionJob, InputError>
  /** A job, as it is now (`describe_conversion_job`). */
  readonly describe: (jobId: string) => Effect.Effect<ConversionJob.ConversionJob, CallError>
  /**
   * Waits until a job is completed (`describe_conversion_job`). Fails with `PineconeOperationFailed` as soon as it has failed or was
   * cancelled.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilCompleted: (
    jobId: string,
    options?: Poll.Options
  ) => Effect.Effect<ConversionJob.ConversionJob, WaitError>
  /**
   * A job again and again, up to and with the answer that it is completed (`describe_conversion_job`). Fails with
   * `PineconeOperationFailed` as soon as it has failed or was cancelled.
   *
   * @default a timeout of 5 minutes
   */
  readonly progress: (jobId: string, options?: Poll.Options) => Stream.Stream<ConversionJob.ConversionJob, WaitError>
}

/**
 * The `ConversionJobs` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class ConversionJobs
  extends Context.Tag("@effect-pinecone/control-plane/ConversionJobs")<ConversionJobs, Service>()
{}

const completing = (jobId: string): Work.Work<ConversionJob.ConversionJob> => ({
  operation: "describe_conversion_job",
  resource: "conversion_job",
  id: jobId,
  goal: "to be completed",
  state: ({ status }) => status,
  done: ({ status }) => status === "Completed",
  dead: {
    Failed: "delete the index that it was to fill; with onError \"continue\" what does not fit is left out",
    Cancelled: "delete the index that it was to fill, and convert again if it is still wanted"
  }
})

/**
 * Creates the `ConversionJobs` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(DerivedClient.group(http, definition.conversions, "conversions"), (call) => {
      const describing = { operation: "describe_conversion_job" }

      const inVersion = (place: Parameters<typeof call>[0]) =>
        check.since(place, http.apiVersion, "2026-07", "conversions of indexes")

      const describe: Service["describe"] = (jobId) =>
        Effect.andThen(
          Effect.andThen(inVersion(describing), check.id(describing, "jobId", jobId)),
          call(describing, (client) => client.describe({ path: { conversion_job_id: jobId } }))
        )

      const listing = { operation: "list_conversion_jobs" }

      const list: Service["list"] = (options = {}) =>
        inVersion(listing).pipe(
          Effect.andThen(check.page(listing, options)),
          Effect.flatMap(({ limit, paginationToken }) =>
            call(listing, (client) => client.list({ urlParams: { limit, paginationToken } }))
          ),
          Effect.map(({ data, pagination }) => ({ jobs: data, next: Usage.next({ pagination }) }))
        )

      /** What a wait for a job is given, looked at. */
      const waiting = (jobId: string, options: Poll.Options | undefined) =>
        Effect.andThen(check.id(describing, "jobId", jobId), check.wait(describing, options))

      return ConversionJobs.of(Operation.all<Service>({
        list: "list_conversion_jobs",
        describe: "describe_conversion_job"
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
              Operation.around("ConversionJobs.waitUntilCompleted")
            ),
        progress: (jobId, options) =>
          Stream.unwrap(
            Effect.map(waiting(jobId, options), (options) => Work.progress(completing(jobId), describe(jobId), options))
          ).pipe(Operation.aroundStream("ConversionJobs.progress"))
      }))
    })
)

/**
 * Provides the `ConversionJobs` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ConversionJobs, never, PineconeHttpClient> = Layer.effect(ConversionJobs, make)
