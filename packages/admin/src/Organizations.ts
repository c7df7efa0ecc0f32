/**
 * The organizations of an account.
 *
 * ```ts
 * import * as Organizations from "@effect-pinecone/admin/Organizations"
 * import * as Effect from "effect/Effect"
 *
 * const plans = Effect.gen(function*() {
 *   const organizations = yield* Organizations.Organizations
 *   return (yield* organizations.list).map(({ name, plan }) => `${name}: ${plan}`)
 * }).pipe(Effect.provide(Organizations.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import type * as Organization from "@effect-pinecone/schema/Organization"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
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
 * The methods of the `Organizations` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All organizations that the service account belongs to (`list_organizations`). */
  readonly list: Effect.Effect<ReadonlyArray<Organization.Organization>, CallError>
  /** An organization, as it is now (`fetch_organization`). */
  readonly describe: (id: string) => Effect.Effect<Organization.Organization, CallError>
  /** Gives an organization another name, of 1 to 512 characters (`update_organization`). */
  readonly update: (
    id: string,
    options: Organization.UpdateOrganizationRequest
  ) => Effect.Effect<Organization.Organization, InputError>
  /** Deletes an organization (`delete_organization`). Its projects must have been deleted before. */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
}

/**
 * The `Organizations` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class Organizations extends Context.Tag("@effect-pinecone/admin/Organizations")<Organizations, Service>() {}

/**
 * Creates the `Organizations` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(
      DerivedClient.group(admin, AdminApi, "organizations"),
      (call) =>
        Organizations.of(Operation.all<Service>({
          describe: "fetch_organization",
          update: "update_organization",
          delete: "delete_organization"
        }, {
          list: Effect.map(call({ operation: "list_organizations" }, (client) => client.list({})), ({ data }) => data),
          describe: (id) => {
            const operation = "fetch_organization"
            return Effect.andThen(
              check.id(operation, id),
              call({ operation }, (client) => client.describe({ path: { organization_id: id } }))
            )
          },
          update: (id, options) => {
            const operation = "update_organization"
            return check.id(operation, id).pipe(
              Effect.andThen(check.organizationChange({ operation }, options)),
              Effect.flatMap((payload) =>
                call({ operation }, (client) => client.update({ path: { organization_id: id }, payload }))
              )
            )
          },
          delete: (id) => {
            const operation = "delete_organization"
            return Effect.andThen(
              check.id(operation, id),
              call({ operation }, (client) => client.delete({ path: { organization_id: id } }))
            )
          }
        }))
    )
)

/**
 * Provides the `Organizations` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Organizations, never, AdminClient> = Layer.effect(Organizations, make)
