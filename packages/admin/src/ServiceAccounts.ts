/**
 * The service accounts of the organization, since API version 2026-04: the identities of programs.
 *
 * The secret of one is shown when it is created, and when it is replaced:
 *
 * ```ts
 * import * as ServiceAccounts from "@effect-pinecone/admin/ServiceAccounts"
 * import * as Effect from "effect/Effect"
 *
 * const created = Effect.gen(function*() {
 *   const serviceAccounts = yield* ServiceAccounts.ServiceAccounts
 *   const { clientSecret, serviceAccount } = yield* serviceAccounts.create({
 *     name: "provisioning",
 *     roleBindings: [{ resourceType: "organization", role: "OrgManager" }]
 *   })
 *   return { clientId: serviceAccount.clientId, clientSecret } // what Admin.layer takes
 * }).pipe(Effect.provide(ServiceAccounts.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as ServiceAccount from "@effect-pinecone/schema/ServiceAccount"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { AdminClient } from "./AdminClient.js"
import * as access from "./internal/access.js"
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
 * How to list service accounts.
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
 * Which page of the list to return, and how long it is. A token is for the filters and the limit that it was given with.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageOptions extends ListOptions {
  /** The `next` of the page before. */
  readonly paginationToken?: string | undefined
}

/**
 * A page of service accounts.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly serviceAccounts: ReadonlyArray<ServiceAccount.ServiceAccount>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `ServiceAccounts` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A page of the service accounts (`list_service_accounts`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All service accounts, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<ServiceAccount.ServiceAccount, InputError>
  /**
   * Creates a service account by a name of 1 to 80 characters (`create_service_account`), without roles unless some are given.
   * Its secret is in the answer, and nowhere else. It is sent again only where the server says that it did nothing.
   */
  readonly create: (
    options: ServiceAccount.CreateServiceAccountRequest
  ) => Effect.Effect<ServiceAccount.ServiceAccountWithSecret, InputError>
  /** A service account, without its secret (`fetch_service_account`). */
  readonly describe: (id: string) => Effect.Effect<ServiceAccount.ServiceAccount, CallError>
  /** Gives a service account another name (`update_service_account`). */
  readonly update: (
    id: string,
    options: ServiceAccount.UpdateServiceAccountRequest
  ) => Effect.Effect<ServiceAccount.ServiceAccount, InputError>
  /** Deletes a service account with its roles and its access tokens (`delete_service_account`). */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
  /**
   * Replaces the secret of a service account (`rotate_service_account_secret`). The secret before it, and the access tokens that
   * were given for that, are not valid any more. Where it is sent again, the secret of the last answer is the one that holds.
   */
  readonly rotateSecret: (id: string) => Effect.Effect<ServiceAccount.ServiceAccountWithSecret, CallError>
}

/**
 * The `ServiceAccounts` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class ServiceAccounts
  extends Context.Tag("@effect-pinecone/admin/ServiceAccounts")<ServiceAccounts, Service>()
{}

/**
 * Creates the `ServiceAccounts` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(DerivedClient.group(admin, AdminApi, "serviceAccounts"), (derived) => {
      const call = access.calls(admin, derived)

      const paging = { operation: "list_service_accounts" }

      const list: Service["list"] = (options = {}) =>
        Effect.map(
          Effect.flatMap(
            check.page(paging, options),
            ({ limit, paginationToken }) =>
              call(paging, (client) => client.list({ urlParams: { limit, paginationToken } }))
          ),
          ({ data, pagination }) => ({ serviceAccounts: data, next: Usage.next({ pagination }) })
        )

      const listStream: Service["listStream"] = (options = {}) =>
        Stream.unwrap(
          Effect.map(Operation.unlessRefused(paging)(check.page(paging, options)), (read) =>
            Pages.stream(
              paging,
              (paginationToken) =>
                Effect.map(list({ ...read, paginationToken }), ({ serviceAccounts, next }) => [serviceAccounts, next])
            ))
        )

      return ServiceAccounts.of(Operation.all<Service>({
        list: "list_service_accounts",
        create: "create_service_account",
        describe: "fetch_service_account",
        update: "update_service_account",
        delete: "delete_service_account",
        rotateSecret: "rotate_service_account_secret"
      }, {
        list,
        listStream,
        create: (options) => {
          const operation = "create_service_account"
          return Effect.flatMap(
            check.newServiceAccount({ operation }, options),
            (payload) => call({ operation, idempotent: false }, (client) => client.create({ payload }))
          )
        },
        describe: (id) => {
          const operation = "fetch_service_account"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.describe({ path: { service_account_id: id } }))
          )
        },
        update: (id, options) => {
          const operation = "update_service_account"
          return check.id(operation, id).pipe(
            Effect.andThen(check.serviceAccountChange({ operation }, options)),
            Effect.flatMap((payload) =>
              call({ operation }, (client) => client.update({ path: { service_account_id: id }, payload }))
            )
          )
        },
        delete: (id) => {
          const operation = "delete_service_account"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.delete({ path: { service_account_id: id } }))
          )
        },
        rotateSecret: (id) => {
          const operation = "rotate_service_account_secret"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.rotateSecret({ path: { service_account_id: id } }))
          )
        }
      }))
    })
)

/**
 * Provides the `ServiceAccounts` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ServiceAccounts, never, AdminClient> = Layer.effect(ServiceAccounts, make)
