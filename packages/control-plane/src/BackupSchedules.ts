/**
 * Schedules that back up a serverless index by themselves, and expire what they have made (since API version 2026-07).
 *
 * ```ts
 * import * as BackupSchedules from "@effect-pinecone/control-plane/BackupSchedules"
 * import * as Effect from "effect/Effect"
 *
 * const next = Effect.gen(function*() {
 *   const schedules = yield* BackupSchedules.BackupSchedules
 *   const { nextScheduledRun } = yield* schedules.create("movies", {
 *     name: "nightly",
 *     frequency: "daily",
 *     expireAfterDays: 7
 *   })
 *   return nextScheduledRun
 * }).pipe(Effect.provide(BackupSchedules.layer))
 * ```
 *
 * @since 0.1.0
 */
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type * as BackupSchedule from "@effect-pinecone/schema/BackupSchedule"
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
 * A schedule to create.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateOptions {
  /** 1 to 45 lower-case letters, digits and hyphens: the backups have it as their name, too. */
  readonly name: string
  readonly frequency: BackupSchedule.Frequency
  /** After how many days a backup is deleted: at least 1. */
  readonly expireAfterDays: number
}

/**
 * What to change of a schedule; the rest stays.
 *
 * @since 0.1.0
 * @category models
 */
export interface UpdateOptions {
  readonly frequency?: BackupSchedule.Frequency | undefined
  readonly expireAfterDays?: number | undefined
}

/**
 * How many entries to list on a page.
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
 * A page of schedules.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly schedules: ReadonlyArray<BackupSchedule.BackupSchedule>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * A page of a schedule's backups.
 *
 * @since 0.1.0
 * @category models
 */
export interface HistoryPage {
  readonly items: ReadonlyArray<BackupSchedule.HistoryItem>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `BackupSchedules` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /**
   * Creates a schedule, which is enabled (`create_backup_schedule`). Fails with `PineconeAlreadyExists` where the index has one
   * that is enabled. It is sent again only where the server says that it did nothing.
   */
  readonly create: (
    indexName: string,
    options: CreateOptions
  ) => Effect.Effect<BackupSchedule.BackupSchedule, InputError>
  /** A page of the schedules of an index (`list_backup_schedules`). */
  readonly list: (indexName: string, options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All schedules of an index, page by page. */
  readonly listStream: (
    indexName: string,
    options?: ListOptions
  ) => Stream.Stream<BackupSchedule.BackupSchedule, InputError>
  /** A schedule, as it is now (`describe_backup_schedule`). */
  readonly describe: (scheduleId: string) => Effect.Effect<BackupSchedule.BackupSchedule, InputError>
  /** Changes how often a schedule runs, or how long its next backups are kept (`update_backup_schedule`). */
  readonly update: (
    scheduleId: string,
    options: UpdateOptions
  ) => Effect.Effect<BackupSchedule.BackupSchedule, InputError>
  /**
   * Enables a schedule again, which backs up at once and counts its times from now (`update_backup_schedule`). Fails with
   * `PineconeAlreadyExists` where the index has another that is enabled.
   */
  readonly enable: (scheduleId: string) => Effect.Effect<BackupSchedule.BackupSchedule, InputError>
  /** Disables a schedule: its backups are kept until they expire (`update_backup_schedule`). */
  readonly disable: (scheduleId: string) => Effect.Effect<BackupSchedule.BackupSchedule, InputError>
  /** Deletes a schedule, and no backup (`delete_backup_schedule`). */
  readonly delete: (scheduleId: string) => Effect.Effect<void, InputError>
  /** A page of the backups that a schedule has made and of the next that it will make (`list_backup_schedule_history`). */
  readonly history: (scheduleId: string, options?: PageOptions) => Effect.Effect<HistoryPage, InputError>
  /** All of them, page by page. */
  readonly historyStream: (
    scheduleId: string,
    options?: ListOptions
  ) => Stream.Stream<BackupSchedule.HistoryItem, InputError>
}

/**
 * The `BackupSchedules` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class BackupSchedules
  extends Context.Tag("@effect-pinecone/control-plane/BackupSchedules")<BackupSchedules, Service>()
{}

/**
 * Creates the `BackupSchedules` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, PineconeHttpClient> = Effect.flatMap(
  PineconeHttpClient,
  (http) =>
    Effect.map(DerivedClient.group(http, definition.backupSchedules, "backupSchedules"), (call) => {
      type Place = Parameters<typeof call>[0]

      const inVersion = (place: Place) => check.since(place, http.apiVersion, "2026-07", "schedules of backups")

      const ofSchedule = (place: Place, scheduleId: string) =>
        Effect.andThen(inVersion(place), check.id(place, "scheduleId", scheduleId))

      const ofIndex = (place: Place, indexName: string) =>
        Effect.andThen(inVersion(place), check.id(place, "indexName", indexName))

      const listing = (indexName: string): Place => ({ operation: "list_backup_schedules", index: indexName })

      const history = { operation: "list_backup_schedule_history" }

      const list: Service["list"] = (indexName, options = {}) => {
        const place = listing(indexName)
        return ofIndex(place, indexName).pipe(
          Effect.andThen(check.page(place, options)),
          Effect.flatMap(({ limit, paginationToken }) =>
            call(
              place,
              (client) => client.list({ path: { index_name: indexName }, urlParams: { limit, paginationToken } })
            )
          ),
          Effect.map(({ data, pagination }) => ({ schedules: data, next: Usage.next({ pagination }) }))
        )
      }

      const historyPage: Service["history"] = (scheduleId, options = {}) =>
        ofSchedule(history, scheduleId).pipe(
          Effect.andThen(check.page(history, options)),
          Effect.flatMap(({ limit, paginationToken }) =>
            call(
              history,
              (client) => client.history({ path: { schedule_id: scheduleId }, urlParams: { limit, paginationToken } })
            )
          ),
          Effect.map(({ data, pagination }) => ({ items: data, next: Usage.next({ pagination }) }))
        )

      const change = (scheduleId: string, options: UpdateOptions & { readonly enabled?: boolean }) => {
        const place = { operation: "update_backup_schedule" }
        return ofSchedule(place, scheduleId).pipe(
          Effect.andThen(check.scheduleChange(place, options)),
          Effect.flatMap(({ expireAfterDays, ...rest }) =>
            call({ ...place, idempotent: rest.enabled !== true }, (client) =>
              client.update({
                path: { schedule_id: scheduleId },
                payload: { ...rest, ...(expireAfterDays === undefined ? {} : { retention: { expireAfterDays } }) }
              }))
          )
        )
      }

      return BackupSchedules.of(Operation.all<Service>({
        create: "create_backup_schedule",
        list: "list_backup_schedules",
        describe: "describe_backup_schedule",
        update: "update_backup_schedule",
        enable: "update_backup_schedule",
        disable: "update_backup_schedule",
        delete: "delete_backup_schedule",
        history: history.operation
      }, {
        create: (indexName, options) => {
          const place = { operation: "create_backup_schedule", index: indexName }
          return ofIndex(place, indexName).pipe(
            Effect.andThen(check.newSchedule(place, options)),
            Effect.flatMap(({ expireAfterDays, frequency, name }) =>
              call({ ...place, idempotent: false }, (client) =>
                client.create({
                  path: { index_name: indexName },
                  payload: { name, schedule: { type: "time-based", frequency }, retention: { expireAfterDays } }
                }))
            )
          )
        },
        list,
        listStream: (indexName, options = {}) => {
          const place = listing(indexName)
          return Stream.unwrap(
            Effect.map(Operation.unlessRefused(place)(check.page(place, options)), (read) =>
              Pages.stream(
                place,
                (paginationToken) =>
                  Effect.map(list(indexName, { ...read, paginationToken }), ({ next, schedules }) => [schedules, next])
              ))
          )
        },
        describe: (scheduleId) => {
          const place = { operation: "describe_backup_schedule" }
          return Effect.andThen(
            ofSchedule(place, scheduleId),
            call(place, (client) => client.describe({ path: { schedule_id: scheduleId } }))
          )
        },
        update: change,
        enable: (scheduleId) => change(scheduleId, { enabled: true }),
        disable: (scheduleId) => change(scheduleId, { enabled: false }),
        delete: (scheduleId) => {
          const place = { operation: "delete_backup_schedule" }
          return Effect.andThen(
            ofSchedule(place, scheduleId),
            call(place, (client) => client.delete({ path: { schedule_id: scheduleId } }))
          )
        },
        history: historyPage,
        historyStream: (scheduleId, options = {}) =>
          Stream.unwrap(
            Effect.map(Operation.unlessRefused(history)(check.page(history, options)), (read) =>
              Pages.stream(
                history,
                (paginationToken) =>
                  Effect.map(historyPage(scheduleId, { ...read, paginationToken }), ({ items, next }) => [items, next])
              ))
          )
      }))
    })
)

/**
 * Provides the `BackupSchedules` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<BackupSchedules, never, PineconeHttpClient> = Layer.effect(BackupSchedules, make)
