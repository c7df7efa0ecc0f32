/**
 * The roles that users, service accounts, API keys and invites have in the organization and its projects, since API version
 * 2026-04.
 *
 * ```ts
 * import * as RoleBindings from "@effect-pinecone/admin/RoleBindings"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * // Takes all roles in a project from a service account.
 * const shutOut = (serviceAccountId: string, projectId: string) =>
 *   Effect.gen(function*() {
 *     const roleBindings = yield* RoleBindings.RoleBindings
 *     yield* roleBindings.listStream({
 *       principalType: "service_account",
 *       principalId: serviceAccountId,
 *       resourceType: "project",
 *       resourceId: projectId
 *     }).pipe(
 *       Stream.runCollect,
 *       Effect.flatMap(Effect.forEach(({ id }) => roleBindings.delete(id), { discard: true }))
 *     )
 *   }).pipe(Effect.provide(RoleBindings.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as RoleBinding from "@effect-pinecone/schema/RoleBinding"
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
 * How to list role bindings.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions {
  /** Those of a kind of principal. */
  readonly principalType?: RoleBinding.PrincipalType | undefined
  /** Those of one principal; needs `principalType`. */
  readonly principalId?: string | undefined
  /** Those in the organization, or in projects. */
  readonly resourceType?: RoleBinding.ResourceType | undefined
  /** Those in one project, or in the organization, by its id; needs `resourceType`. */
  readonly resourceId?: string | undefined
  /** Those of a role. */
  readonly role?: RoleBinding.Role | undefined
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
 * A page of role bindings.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly roleBindings: ReadonlyArray<RoleBinding.RoleBinding>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `RoleBindings` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A page of the role bindings that all of the given filters let pass (`list_role_bindings`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All role bindings that all of the given filters let pass, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<RoleBinding.RoleBinding, InputError>
  /**
   * Gives a principal a role (`create_role_binding`). It is sent again only where the server says that it did nothing. Fails with
   * `PineconeAlreadyExists` where the principal has the role.
   */
  readonly create: (
    options: RoleBinding.CreateRoleBindingRequest
  ) => Effect.Effect<RoleBinding.RoleBinding, InputError>
  /** A role binding (`fetch_role_binding`). */
  readonly describe: (id: string) => Effect.Effect<RoleBinding.RoleBinding, CallError>
  /**
   * Takes a role from a principal (`delete_role_binding`). Fails with `PineconePreconditionFailed` where the
   * organization would have no owner, or a user or an invite no role in the organization.
   */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
}

/**
 * The `RoleBindings` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class RoleBindings extends Context.Tag("@effect-pinecone/admin/RoleBindings")<RoleBindings, Service>() {}

/**
 * Creates the `RoleBindings` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(DerivedClient.group(admin, AdminApi, "roleBindings"), (derived) => {
      const call = access.calls(admin, derived)

      const paging = { operation: "list_role_bindings" }

      const list: Service["list"] = (options = {}) =>
        Effect.map(
          Effect.flatMap(
            check.roleBindingPage(paging, options),
            ({ limit, paginationToken, principalId, principalType, resourceId, resourceType, role }) =>
              call(paging, (client) =>
                client.list({
                  urlParams: {
                    principal_type: principalType,
                    principal_id: principalId,
                    resource_type: resourceType,
                    resource_id: resourceId,
                    role,
                    limit,
                    paginationToken
                  }
                }))
          ),
          ({ data, pagination }) => ({ roleBindings: data, next: Usage.next({ pagination }) })
        )

      const listStream: Service["listStream"] = (options = {}) =>
        Stream.unwrap(
          Effect.map(Operation.unlessRefused(paging)(check.roleBindingPage(paging, options)), (read) =>
            Pages.stream(
              paging,
              (paginationToken) =>
                Effect.map(list({ ...read, paginationToken }), ({ roleBindings, next }) => [roleBindings, next])
            ))
        )

      return RoleBindings.of(Operation.all<Service>({
        list: "list_role_bindings",
        create: "create_role_binding",
        describe: "fetch_role_binding",
        delete: "delete_role_binding"
      }, {
        list,
        listStream,
        create: (options) => {
          const operation = "create_role_binding"
          return Effect.flatMap(
            check.newRoleBinding({ operation }, options),
            (payload) => call({ operation, idempotent: false }, (client) => client.create({ payload }))
          )
        },
        describe: (id) => {
          const operation = "fetch_role_binding"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.describe({ path: { role_binding_id: id } }))
          )
        },
        delete: (id) => {
          const operation = "delete_role_binding"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.delete({ path: { role_binding_id: id } }))
          )
        }
      }))
    })
)

/**
 * Provides the `RoleBindings` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<RoleBindings, never, AdminClient> = Layer.effect(RoleBindings, make)
