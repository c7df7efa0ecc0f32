/**
 * The indexes of a project: creating, finding, changing and deleting them, and waiting for them.
 *
 * ```ts
 * import * as Indexes from "@effect-pinecone/control-plane/Indexes"
 * import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
 * import * as Effect from "effect/Effect"
 *
 * const host = Effect.gen(function*() {
 *   const indexes = yield* Indexes.Indexes
 *   const movies = yield* indexes.ensure({
 *     name: "movies",
 *     dimension: 384,
 *     spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
 *   })
 *   return movies.host
 * }).pipe(Effect.provide(Indexes.layer))
 * ```
 *
 * @since 0.1.0
 */
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as Poll from "@effect-pinecone/http/Poll"
import * as Work from "@effect-pinecone/http/Work"
import type * as Backup from "@effect-pinecone/schema/Backup"
import type * as ConversionJob from "@effect-pinecone/schema/ConversionJob"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import type { CreateIndexSchema } from "@effect-pinecone/schema/IndexSchema"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as check from "./internal/check.js"
import * as definition from "./internal/definition.js"
import * as shape from "./internal/shape.js"

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
 * What waiting for an index can end in: `PineconeOperationFailed` where it is in a state from which it does not become ready,
 * `PineconeTimedOut` where the time is over.
 *
 * @since 0.1.0
 * @category errors
 */
export type WaitError = CallError | PineconeError.OperationFailed

/**
 * What `ensure` can end in: `PineconeIndexMismatch` where another index has the name.
 *
 * @since 0.1.0
 * @category errors
 */
export type EnsureError = InputError | PineconeError.OperationFailed | PineconeError.IndexMismatch

/**
 * An index to create from a backup.
 *
 * @since 0.1.0
 * @category models
 */
export interface FromBackup extends Backup.CreateIndexFromBackupRequest {
  readonly backupId: string
}

/**
 * An index to create, or to find if it is there: it has a name.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamedIndex extends IndexModel.CreateIndexRequest {
  readonly name: string
}

/**
 * The index of documents that a conversion makes.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConvertOptions {
  readonly name: string
  readonly schema: CreateIndexSchema
  /**
   * What becomes of the conversion at a record that does not fit the schema: it fails, or goes on without the record.
   *
   * @default "abort"
   */
  readonly onError?: "abort" | "continue" | undefined
  readonly tags?: typeof IndexModel.Tags.Type | undefined
}

/**
 * The methods of the `Indexes` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Creates an index, and answers as soon as Pinecone has taken the request: the index may still be initializing
   * (`create_index`). Wait with `waitUntilReady`, or use `ensure`, which waits.
   *
   * The options are checked before anything is sent. The request is sent again only where the server says that it did
   * nothing; where the answer was lost, the index may be there.
   */
  readonly create: (options: IndexModel.CreateIndexRequest) => Effect.Effect<IndexModel.IndexModel, InputError>
  /**
   * Creates an index that embeds the text of its records by a model of Pinecone's, without waiting
   * (`create_index_for_model`).
   */
  readonly createForModel: (
    options: IndexModel.CreateIndexForModelRequest
  ) => Effect.Effect<IndexModel.IndexModel, InputError>
  /**
   * Starts to restore a backup into a new index, without waiting (`create_index_from_backup_operation`).
   * `RestoreJobs.waitUntilCompleted` waits for the job.
   */
  readonly createFromBackup: (options: FromBackup) => Effect.Effect<Backup.CreateIndexFromBackupResponse, InputError>
  /**
   * Starts to make an index of documents of an index of records, and answers as soon as the new one is there
   * (`convert_index`, since API version 2026-07): the vectors go to the schema's fields of vectors, and the metadata of the
   * name of a text field becomes that field. `ConversionJobs` waits for the end.
   */
  readonly convert: (
    name: string,
    options: ConvertOptions
  ) => Effect.Effect<ConversionJob.ConversionJob, InputError>
  /**
   * The index of that name, ready: created unless it is there (`describe_index`, `create_index`).
   *
   * One that is there must be as asked for in its vector type, dimension, metric and place (cloud and region, or
   * environment and pod type); else it fails with `PineconeIndexMismatch`, which lists the differences. Tags, deletion protection
   * and the like are not compared, and not changed. Several may call it at the same time: all get the one index.
   */
  readonly ensure: (
    options: NamedIndex,
    wait?: Poll.Options
  ) => Effect.Effect<IndexModel.IndexModel, EnsureError>
  /** All indexes of the project (`list_indexes`). */
  readonly list: Effect.Effect<ReadonlyArray<IndexModel.IndexModel>, CallError>
  /** An index, as it is now (`describe_index`). */
  readonly describe: (name: string) => Effect.Effect<IndexModel.IndexModel, CallError>
  /** Whether an index of that name is there (`describe_index`). */
  readonly exists: (name: string) => Effect.Effect<boolean, Exclude<CallError, PineconeError.NotFound>>
  /**
   * Changes an index: its read capacity or its pods, its deletion protection, its tags (an empty value removes one), its
   * embedding (`configure_index`). What is left out stays.
   */
  readonly configure: (
    name: string,
    options: IndexModel.ConfigureIndexRequest
  ) => Effect.Effect<IndexModel.IndexModel, InputError>
  /**
   * Deletes an index with all that is in it, without waiting (`delete_index`). Fails with `PineconeForbidden` where deletion
   * protection is on, and with `PineconePreconditionFailed` where a pending collection holds it.
   */
  readonly delete: (name: string) => Effect.Effect<void, CallError>
  /**
   * Waits until an index is ready (`describe_index`). Fails with `PineconeOperationFailed` as soon as its state is
   * `InitializationFailed`, `Terminating` or `Disabled`.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilReady: (
    name: string,
    options?: Poll.Options
  ) => Effect.Effect<IndexModel.IndexModel, WaitError>
  /**
   * Waits until no index has the name any more (`describe_index`).
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilGone: (
    name: string,
    options?: Poll.Options
  ) => Effect.Effect<void, Exclude<CallError, PineconeError.NotFound>>
}

/**
 * The `Indexes` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Indexes extends Context.Tag("@effect-pinecone/control-plane/Indexes")<Indexes, Service>() {}

const becomingReady = (name: string): Work.Work<IndexModel.IndexModel> => ({
  operation: "describe_index",
  resource: "index",
  id: name,
  index: name,
  goal: "to be ready",
  state: ({ status }) => status.state,
  done: ({ status }) => status.ready,
  dead: {
    InitializationFailed: "delete it and create it again",
    Terminating: "wait until it is gone, and create it again",
    Disabled: "ask Pinecone's support"
  }
})

const going = (name: string): Work.Goal => ({
  operation: "describe_index",
  resource: "index",
  id: name,
  index: name,
  goal: "to be gone"
})

const groups = (http: DerivedClient.Source & { readonly apiVersion: string }) =>
  Effect.all([
    DerivedClient.group(http, definition.indexes(http), "indexes"),
    DerivedClient.group(http, definition.backups(http), "backups"),
    DerivedClient.group(http, definition.conversions, "conversions")
  ])

/**
 * Creates the `Indexes` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(groups(http), ([call, callBackups, callConversions]) => {
      const around = (method: string, name: string | undefined) =>
        Operation.around(`Indexes.${method}`, { "db.collection.name": typeof name === "string" ? name : "" })

      /** Forgets what is kept of the index, even where the request failed: it may have been done all the same. */
      const forgetting = (name: string) => Effect.ensuring(http.forgetIndex(name))

      /** Looks at the name that an operation is given before it goes on. */
      const about = <A, E>(
        operation: string,
        name: string,
        run: (place: { readonly operation: string; readonly index: string }) => Effect.Effect<A, E>
      ) =>
        Effect.andThen(
          check.id({ operation, index: name }, "name", name),
          Effect.suspend(() => run({ operation, index: name }))
        )

      const describe: Service["describe"] = (name) =>
        about(
          "describe_index",
          name,
          (place) => call(place, (client) => client.describe({ path: { index_name: name } }))
        )

      const found = (name: string) =>
        describe(name).pipe(
          Effect.asSome,
          Effect.catchTag("PineconeNotFound", () => Effect.succeedNone)
        )

      const createIndex = (options: IndexModel.CreateIndexRequest, idempotent: boolean) => {
        const created = call(
          { operation: "create_index", index: options.name, idempotent },
          (client) => client.create({ payload: options })
        )
        return options.name === undefined ? created : created.pipe(forgetting(options.name))
      }

      const placeOf = (options: unknown) => ({ operation: "create_index", index: check.textIn(options, "name") })

      const checked = (options: IndexModel.CreateIndexRequest) => {
        const place = placeOf(options)
        return Effect.tap(
          check.newIndex(place, options),
          (options) => check.inVersion({ ...place, version: http.apiVersion }, options)
        )
      }

      const create: Service["create"] = (options) =>
        Effect.flatMap(checked(options), (options) => createIndex(options, false))

      const createForModel: Service["createForModel"] = (options) => {
        const operation = "create_index_for_model"
        const place = { operation, index: check.textIn(options, "name"), version: http.apiVersion }
        return Effect.flatMap(
          Effect.tap(
            check.newIndexForModel(place, options),
            ({ readCapacity }) => check.capacityInVersion(place, readCapacity)
          ),
          (payload) =>
            call(
              { operation, index: payload.name, idempotent: false },
              (client) => client.createForModel({ payload })
            ).pipe(forgetting(payload.name))
        )
      }

      const createFromBackup: Service["createFromBackup"] = (options) => {
        const operation = "create_index_from_backup_operation"
        const place = { operation, index: check.textIn(options, "name"), version: http.apiVersion }
        return Effect.flatMap(
          Effect.tap(
            check.fromBackup(place, options),
            ({ readCapacity }) => check.restoredInVersion(place, readCapacity)
          ),
          ({ backupId, ...payload }) =>
            callBackups(
              { operation, index: payload.name, idempotent: false },
              (backups) => backups.createIndex({ path: { backup_id: backupId }, payload })
            ).pipe(forgetting(payload.name))
        )
      }

      /** Since 2026-07 the change of an embedding names the field of the text, which the index says. */
      const changed = (
        place: { readonly operation: string; readonly index: string },
        options: IndexModel.ConfigureIndexRequest
      ) =>
        Effect.flatMap(
          check.change(place, options),
          (change) => check.embedInVersion({ ...place, version: http.apiVersion }, change, describe(place.index))
        )

      const untilReady = (name: string, options: Poll.Options | undefined) =>
        about("describe_index", name, (place) =>
          Effect.flatMap(
            check.wait(place, options),
            (options) => Work.until(becomingReady(name), describe(name), options)
          ))

      const waitUntilReady: Service["waitUntilReady"] = (name, options) =>
        untilReady(name, options).pipe(around("waitUntilReady", name))

      /** An index that is there already: as asked for, and ready. */
      const settled = Effect.fnUntraced(function*(
        model: IndexModel.IndexModel,
        options: NamedIndex,
        waiting: Poll.Options | undefined
      ) {
        // The state comes first: what differs about an index that is being deleted does not matter.
        const ready = yield* Work.isDone(becomingReady(options.name))(model)
        const mismatch = shape.mismatch(options, model)
        if (mismatch !== undefined) return yield* mismatch
        return ready ? model : yield* untilReady(options.name, waiting)
      })

      const convert: Service["convert"] = (name, options) =>
        about("convert_index", name, (place) =>
          check.since(place, http.apiVersion, "2026-07", "conversions of indexes").pipe(
            Effect.andThen(check.conversion(place, options)),
            Effect.flatMap(({ onError, ...rest }) =>
              callConversions({ ...place, idempotent: false }, (client) =>
                client.convert({
                  path: { index_name: name },
                  payload: { ...rest, ...(onError === undefined ? {} : { errorMode: { onError } }) }
                }))
            )
          ))

      const ensure: Service["ensure"] = (options, waiting) =>
        Effect.gen(function*() {
          const wanted = yield* Effect.flatMap(checked(options), (options) =>
            check.named(placeOf(options), options))
          const wait = yield* check.wait({ operation: "describe_index", index: wanted.name }, waiting)
          const there = yield* found(wanted.name)
          if (Option.isSome(there)) {
            return yield* settled(there.value, wanted, wait)
          }
          // Sent twice it does no harm here: where the first one was done, the second finds the index.
          return yield* createIndex(wanted, true).pipe(
            Effect.catchTag("PineconeAlreadyExists", () =>
              describe(wanted.name)),
            Effect.flatMap((model) =>
              settled(model, wanted, wait)
            )
          )
        }).pipe(around("ensure", check.textIn(options, "name")))

      return Indexes.of(Operation.all<Service>({
        create: "create_index",
        createForModel: "create_index_for_model",
        convert: "convert_index",
        createFromBackup: "create_index_from_backup_operation",
        describe: "describe_index",
        exists: "describe_index",
        configure: "configure_index",
        delete: "delete_index"
      }, {
        create,
        createForModel,
        createFromBackup,
        convert,
        ensure,
        list: Effect.map(
          call({ operation: "list_indexes" }, (client) => client.list({})),
          ({ indexes }) => indexes ?? []
        ),
        describe,
        exists: (name) => Effect.map(found(name), Option.isSome),
        configure: (name, options) =>
          about("configure_index", name, (place) =>
            Effect.flatMap(changed(place, options), (payload) =>
              call(place, (client) =>
                client.configure({ path: { index_name: name }, payload })).pipe(
                  forgetting(name)
                ))),
        delete: (name) =>
          about("delete_index", name, (place) =>
            call(place, (client) =>
              client.delete({ path: { index_name: name } })).pipe(forgetting(name))),
        waitUntilReady,
        waitUntilGone: (name, options) =>
          about("describe_index", name, (place) =>
            Effect.flatMap(check.wait(place, options), (options) =>
              Work.untilGone(going(name), found(name), options).pipe(forgetting(name)))).pipe(
              around("waitUntilGone", name)
            )
      }))
    })
)

/**
 * Provides the `Indexes` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Indexes, never, PineconeHttpClient> = Layer.effect(Indexes, make)
