/**
 * The backups of serverless indexes. `Indexes.createFromBackup` restores one into a new index.
 *
 * ```ts
 * import * as Backups from "@effect-pinecone/control-plane/Backups"
 * import * as Effect from "effect/Effect"
 *
 * const backedUp = Effect.gen(function*() {
 *   const backups = yield* Backups.Backups
 *   const { backupId } = yield* backups.create("movies", { name: "nightly" })
 *   return yield* backups.waitUntilReady(backupId, { timeout: "1 hour" })
 * }).pipe(Effect.provide(Backups.layer))
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
 * What waiting for a backup can end in: `PineconeOperationFailed` where it failed, `PineconeTimedOut` where the time is over.
 *
 * @since 0.1.0
 * @category errors
 */
export type WaitError = CallError | PineconeError.OperationFailed

/**
 * What a new backup can have.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateOptions {
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/**
 * Which backups to list.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /**
   * The index whose backups to list.
   *
   * @default those of all indexes
   */
  readonly indexName?: string | undefined
  /**
   * Lists the backups of all indexes that ever had the name `indexName`, deleted ones included (since API version 2026-07).
   *
   * @default false
   */
  readonly includeDeleted?: boolean | undefined
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
 * A page of backups.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly backups: ReadonlyArray<Backup.BackupModel>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `Backups` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Starts to back up an index, and answers as soon as Pinecone has taken the request (`create_backup`). It is sent
   * again only where the server says that it did nothing.
   */
  readonly create: (indexName: string, options?: CreateOptions) => Effect.Effect<Backup.BackupModel, CallError>
  /** A page of the backups, of one index or of the project (`list_index_backups`, `list_project_backups`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All backups, of one index or of the project, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<Backup.BackupModel, InputError>
  /** A backup, as it is now (`describe_backup`). */
  readonly describe: (backupId: string) => Effect.Effect<Backup.BackupModel, CallError>
  /** Deletes a backup; fails with `PineconePreconditionFailed` where a restore job needs it (`delete_backup`). */
  readonly delete: (backupId: string) => Effect.Effect<void, CallError>
  /**
   * Waits until a backup is ready (`describe_backup`). Fails with `PineconeOperationFailed` as soon as it has failed.
   *
   * @default a timeout of 5 minutes
   */
  readonly waitUntilReady: (backupId: string, options?: Poll.Options) => Effect.Effect<Backup.BackupModel, WaitError>
}

/**
 * The `Backups` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Backups extends Context.Tag("@effect-pinecone/control-plane/Backups")<Backups, Service>() {}

const becomingReady = (backupId: string): Work.Work<Backup.BackupModel> => ({
  operation: "describe_backup",
  resource: "backup",
  id: backupId,
  goal: "to be ready",
  state: ({ status }) => status,
  done: ({ status }) => status === "Ready",
  dead: { Failed: "delete it and back up the index again" }
})

/**
 * Creates the `Backups` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(DerivedClient.group(http, definition.backups(http), "backups"), (call) => {
      const describe: Service["describe"] = (backupId) => {
        const place = { operation: "describe_backup" }
        return Effect.andThen(
          check.id(place, "backupId", backupId),
          call(place, (client) => client.describe({ path: { backup_id: backupId } }))
        )
      }

      const placeOf = (options: ListOptions) => {
        const index = check.textIn(options, "indexName")
        return index === undefined
          ? { operation: "list_project_backups" }
          : { operation: "list_index_backups", index }
      }

      /** A list is one operation or the other, by what it is asked for. */
      const paging = (options: ListOptions) => {
        const place = placeOf(options)
        return Operation.unlessRefused(place)(check.page(place, options))
      }

      const list: Service["list"] = (options = {}) => {
        const place = placeOf(options)
        return paging(options).pipe(
          Effect.flatMap(({ includeDeleted, indexName, limit, paginationToken }) => {
            const urlParams = { limit, paginationToken }
            if (indexName === undefined) return call(place, (client) => client.list({ urlParams }))
            const listed = call(place, (client) =>
              client.listByIndex({
                path: { index_name: indexName },
                urlParams: { ...urlParams, include_deleted: includeDeleted }
              }))
            return includeDeleted === true
              ? Effect.andThen(check.since(place, http.apiVersion, "2026-07", "backups of deleted indexes"), listed)
              : listed
          }),
          Effect.map(({ data, pagination }) => ({ backups: data ?? [], next: Usage.next({ pagination }) }))
        )
      }

      return Backups.of(Operation.all<Service>({
        create: "create_backup",
        describe: "describe_backup",
        delete: "delete_backup"
      }, {
        create: (indexName, options = {}) => {
          const place = { operation: "create_backup", index: indexName }
          return check.id(place, "indexName", indexName).pipe(
            Effect.andThen(check.newBackup(place, options, http.apiVersion)),
            Effect.flatMap((payload) =>
              call(
                { ...place, idempotent: false },
                (client) => client.create({ path: { index_name: indexName }, payload })
              )
            )
          )
        },
        list,
        listStream: (options = {}) =>
          Stream.unwrap(
            Effect.map(paging(options), (read) =>
              Pages.stream(
                placeOf(options),
                (paginationToken) =>
                  Effect.map(list({ ...read, paginationToken }), ({ backups, next }) => [backups, next])
              ))
          ),
        describe,
        delete: (backupId) => {
          const place = { operation: "delete_backup" }
          return Effect.andThen(
            check.id(place, "backupId", backupId),
            call(place, (client) => client.delete({ path: { backup_id: backupId } }))
          )
        },
        waitUntilReady: (backupId, options) => {
          const place = { operation: "describe_backup" }
          return check.id(place, "backupId", backupId).pipe(
            Effect.andThen(check.wait(place, options)),
            Effect.flatMap((options) => Work.until(becomingReady(backupId), describe(backupId), options)),
            Operation.around("Backups.waitUntilReady")
          )
        }
      }))
    })
)

/**
 * Provides the `Backups` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Backups, never, PineconeHttpClient> = Layer.effect(Backups, make)
