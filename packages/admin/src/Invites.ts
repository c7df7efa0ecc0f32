/**
 * The invites to the organization, since API version 2026-04: who accepts one is a user, with the roles that it was made with.
 *
 * ```ts
 * import * as Invites from "@effect-pinecone/admin/Invites"
 * import * as Effect from "effect/Effect"
 *
 * const invited = (email: string, projectId: string) =>
 *   Effect.flatMap(Invites.Invites, (invites) =>
 *     invites.create({
 *       email,
 *       roleBindings: [
 *         { resourceType: "organization", role: "OrgMember" },
 *         { resourceType: "project", resourceId: projectId, role: "ProjectEditor" }
 *       ]
 *     })).pipe(Effect.provide(Invites.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import type * as Invite from "@effect-pinecone/schema/Invite"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
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
 * How to list invites.
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
 * A page of invites.
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly invites: ReadonlyArray<Invite.Invite>
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * The methods of the `Invites` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** A page of the invites that are pending or expired (`list_invites`). */
  readonly list: (options?: PageOptions) => Effect.Effect<Page, InputError>
  /** All invites that are pending or expired, page by page. */
  readonly listStream: (options?: ListOptions) => Stream.Stream<Invite.Invite, InputError>
  /**
   * Invites somebody by e-mail (`create_invite`), with 1 to 100 roles, of which one at least is in the organization. It is sent
   * again only where the server says that it did nothing. Fails with `PineconeAlreadyExists` where there is such a user or such
   * an invite.
   */
  readonly create: (options: Invite.CreateInviteRequest) => Effect.Effect<Invite.Invite, InputError>
  /** An invite, as it is now (`fetch_invite`). */
  readonly describe: (id: string) => Effect.Effect<Invite.Invite, CallError>
  /** Takes an invite back (`delete_invite`). Fails with `PineconeAlreadyExists` where it was accepted. */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
  /**
   * Sends the e-mail of an invite once more, and lets it expire 7 days from now (`resend_invite`). Fails with
   * `PineconeAlreadyExists` where it was accepted.
   */
  readonly resend: (id: string) => Effect.Effect<Invite.Invite, CallError>
}

/**
 * The `Invites` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Invites extends Context.Tag("@effect-pinecone/admin/Invites")<Invites, Service>() {}

/**
 * Creates the `Invites` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(DerivedClient.group(admin, AdminApi, "invites"), (derived) => {
      const call = access.calls(admin, derived)

      const paging = { operation: "list_invites" }

      const list: Service["list"] = (options = {}) =>
        Effect.map(
          Effect.flatMap(
            check.page(paging, options),
            ({ limit, paginationToken }) =>
              call(paging, (client) => client.list({ urlParams: { limit, paginationToken } }))
          ),
          ({ data, pagination }) => ({ invites: data, next: Usage.next({ pagination }) })
        )

      const listStream: Service["listStream"] = (options = {}) =>
        Stream.unwrap(
          Effect.map(Operation.unlessRefused(paging)(check.page(paging, options)), (read) =>
            Pages.stream(
              paging,
              (paginationToken) =>
                Effect.map(list({ ...read, paginationToken }), ({ invites, next }) => [invites, next])
            ))
        )

      return Invites.of(Operation.all<Service>({
        list: "list_invites",
        create: "create_invite",
        describe: "fetch_invite",
        delete: "delete_invite",
        resend: "resend_invite"
      }, {
        list,
        listStream,
        create: (options) => {
          const operation = "create_invite"
          return Effect.flatMap(
            check.newInvite({ operation }, options),
            (payload) => call({ operation, idempotent: false }, (client) => client.create({ payload }))
          )
        },
        describe: (id) => {
          const operation = "fetch_invite"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.describe({ path: { invite_id: id } }))
          )
        },
        delete: (id) => {
          const operation = "delete_invite"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation }, (client) => client.delete({ path: { invite_id: id } }))
          )
        },
        resend: (id) => {
          const operation = "resend_invite"
          return Effect.andThen(
            check.id(operation, id),
            call({ operation, idempotent: false }, (client) => client.resend({ path: { invite_id: id } }))
          )
        }
      }))
    })
)

/**
 * Provides the `Invites` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Invites, never, AdminClient> = Layer.effect(Invites, make)
