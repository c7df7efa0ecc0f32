import { ControlPlaneApi } from "@effect-pinecone/http/ControlPlaneApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { ConversionJobsTag } from "./conversionJobs.js"
import { newestFirst } from "./paging.js"
import * as problem from "./problem.js"
import { ProjectTag } from "./project.js"
import { answering } from "./respond.js"

const answer = answering("control")

/** The handlers of the conversions of indexes. */
export const layer = HttpApiBuilder.group(ControlPlaneApi, "conversions", (handlers) =>
  Effect.gen(function*() {
    const project = yield* ProjectTag
    const jobs = yield* ConversionJobsTag
    return handlers
      .handle("convert", ({ path, payload }) =>
        answer(Effect.flatMap(project.index(path.index_name), (index) =>
          jobs.convert(index, payload))))
      .handle("list", ({ urlParams }) =>
        answer(
          Effect.flatMap(jobs.all, (all) =>
            newestFirst(all, ({ conversionJobId }) => conversionJobId, urlParams))
        ))
      .handle("describe", ({ path }) =>
        answer(Effect.flatMap(jobs.all, (all) => {
          const found = all.find(({ conversionJobId }) => conversionJobId === path.conversion_job_id)
          return found === undefined
            ? problem.notFound(`Conversion job ${path.conversion_job_id} not found.`)
            : Effect.succeed(found)
        })))
  }))
