/**
 * The users of the organization, since API version 2026-04. `Invites` invites one.
 *
 * ```ts
 * import * as Users from "@effect-pinecone/admin/Users"
 * import * as Effect from "effect/Effect"
 *
 * const removed = (email: string) =>
 *   Effect.gen(function*() {
 *     const users = yield* Users.Users
 *     const { users: found } = yield* users.list({ email })
 *     yield* Effect.forEach(found, ({ id }) => users.delete(id), { discard: true })
 *   }).pipe(Effect.provide(Users.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Usage from "@effect-pinecone/schema/Usage"
import type * as User from "@effect-pinecone/schema/User"
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
 * How to list users.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /** The e-mail address of the user to find, in whatever case. */
  readonly email?: string | undefined
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
 * A page of users.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly users: ReadonlyArray<User.User>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `Users` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A page of the users (`list_users`), or the one with an e-mail address. */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All users, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<User.User, InputError>
  /** A user (`fetch_user`). */
  readonly describe: (id: string) => Effect.Effect<User.User, CallError>
  /**
   * Removes a user from the organization, with all roles at once (`delete_user`). Fails with `PineconePreconditionFailed` where
   * the organization would have no owner.
   */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
}

/**
 * The `Users` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Users extends Context.Tag("@effect-pinecone/admin/Users")<Users, Service>() {}

/**
 * Creates the `Users` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(DerivedClient.group(admin, AdminApi, "users"), (derived) => {
      const call = access.calls(admin, derived)

      const paging = { operation: "list_users" }

      const list: Service["list"] = (options = {}) =>
        Effect.map(
          Effect.flatMap(
            check.userPage(paging, options),
            ({ email, limit, paginationToken }) =>
              call(paging, (client) => client.list({ urlParams: { email, limit, paginationToken } }))
          ),
          ({ data, pagination }) => ({ users: data, next: Usage.next({ pagination }) })
        )

      const listStream: Service["listStream"] = (options = {}) =>
        Stream.unwrap(
          Effect.map(Operation.unlessRefused(paging)(check.userPage(paging, options)), (read) =>
            Pages.stream(
              paging,
              (paginationToken) => Effect.map(list({ ...read, paginationToken }), ({ users, next }) => [users, next])
            ))
        )

      return Users.of(Operation.all<Service>({
        list: "list_users",
        describe: "fetch_user",
        delete: "delete_user"
      }, {
        list,
        listStream,
        describe: (id) => {
          const operation = "fetch_user"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.describe({ path: { user_id: id } }))
          )
        },
        delete: (id) => {
          const operation = "delete_user"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.delete({ path: { user_id: id } }))
          )
        }
      }))
    })
)

/**
 * Provides the `Users` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Users, never, AdminClient> = Layer.effect(Users, make)
