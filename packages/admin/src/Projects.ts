/**
 * The projects of an organization.
 *
 * ```ts
 * import * as Projects from "@effect-pinecone/admin/Projects"
 * import * as Effect from "effect/Effect"
 *
 * const created = Effect.gen(function*() {
 *   const projects = yield* Projects.Projects
 *   const { id } = yield* projects.create({ name: "search" })
 *   return yield* projects.update(id, { name: "search-production" })
 * }).pipe(Effect.provide(Projects.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as Project from "@effect-pinecone/schema/Project"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AdminClient } from "./AdminClient.js"
import * as check from "./internal/check.js"

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
 * The methods of the `Projects` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All projects of the organization (`list_projects`). */
  readonly list: Effect.Effect<ReadonlyArray<Project.Project>, CallError>
  /**
   * Creates a project (`create_project`) by a name of 1 to 512 characters, without pods unless `maxPods` is set. It is sent
   * again only where the server says that it did nothing.
   */
  readonly create: (options: Project.CreateProjectRequest) => Effect.Effect<Project.Project, InputError>
  /** A project, as it is now (`fetch_project`). */
  readonly describe: (id: string) => Effect.Effect<Project.Project, CallError>
  /** Changes a project (`update_project`). What is left out stays; encryption, once forced, stays forced. */
  readonly update: (
    id: string,
    options: Project.UpdateProjectRequest
  ) => Effect.Effect<Project.Project, InputError>
  /**
   * Deletes a project and its API keys (`delete_project`). Its indexes, assistants, backups and collections must have
   * been deleted before.
   */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
}

/**
 * The `Projects` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Projects extends Context.Tag("@effect-pinecone/admin/Projects")<Projects, Service>() {}

/**
 * Creates the `Projects` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(DerivedClient.group(admin, AdminApi, "projects"), (call) =>
      Projects.of(Operation.all<Service>({
        create: "create_project",
        describe: "fetch_project",
        update: "update_project",
        delete: "delete_project"
      }, {
        list: Effect.map(call({ operation: "list_projects" }, (client) => client.list({})), ({ data }) => data),
        create: (options) => {
          const operation = "create_project"
          return Effect.flatMap(
            check.newProject({ operation }, options),
            (payload) => call({ operation, idempotent: false }, (client) => client.create({ payload }))
          )
        },
        describe: (id) => {
          const operation = "fetch_project"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.describe({ path: { project_id: id } }))
          )
        },
        update: (id, options) => {
          const operation = "update_project"
          return check.id(operation, id).pipe(
            Effect.andThen(check.projectChange({ operation }, options)),
            Effect.flatMap((payload) =>
              call({ operation }, (client) => client.update({ path: { project_id: id }, payload }))
            )
          )
        },
        delete: (id) => {
          const operation = "delete_project"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.delete({ path: { project_id: id } }))
          )
        }
      })))
)

/**
 * Provides the `Projects` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Projects, never, AdminClient> = Layer.effect(Projects, make)
