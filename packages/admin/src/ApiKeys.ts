/**
 * The API keys of projects.
 *
 * A key is shown once, when it is created. {@link Service.rotate} replaces one:
 *
 * ```ts
 * import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
 * import * as Effect from "effect/Effect"
 * import type * as Redacted from "effect/Redacted"
 *
 * declare const vault: { readonly write: (key: Redacted.Redacted) => Effect.Effect<void> }
 *
 * const rotated = (id: string) =>
 *   Effect.gen(function*() {
 *     const apiKeys = yield* ApiKeys.ApiKeys
 *     // The old key is deleted when the vault has the new one.
 *     const { key } = yield* apiKeys.rotate(id, ({ value }) => vault.write(value))
 *     return key.id
 *   }).pipe(Effect.provide(ApiKeys.layer))
 * ```
 *
 * @since 0.1.0
 */
import { AdminApi } from "@effect-pinecone/http/AdminApi"
import * as DerivedClient from "@effect-pinecone/http/DerivedClient"
import * as Operation from "@effect-pinecone/http/Operation"
import type * as ApiKey from "@effect-pinecone/schema/ApiKey"
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
 * How the new key of a rotation differs from the old one.
 *
 * @since 0.1.0
 * @category models
 */
export interface RotateOptions {
  /**
   * 1 to 80 characters.
   *
   * @default the name of the old key
   */
  readonly name?: string | undefined
  /**
   * @default the roles of the old key
   */
  readonly roles?: ReadonlyArray<ApiKey.Role> | undefined
}

/**
 * The new key, and what was made of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rotated<A> {
  readonly key: ApiKey.ApiKey
  readonly result: A
}

/**
 * The methods of the `ApiKeys` service.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** All API keys of a project, without their values (`list_project_api_keys`). */
  readonly list: (projectId: string) => Effect.Effect<ReadonlyArray<ApiKey.ApiKey>, CallError>
  /**
   * Creates a key of a project (`create_api_key`) by a name of 1 to 80 characters. Its value is in the answer, and nowhere
   * else. It is sent again only where the server says that it did nothing.
   *
   * @default the role ProjectEditor
   */
  readonly create: (
    projectId: string,
    options: ApiKey.CreateApiKeyRequest
  ) => Effect.Effect<ApiKey.ApiKeyWithSecret, InputError>
  /** A key, without its value (`fetch_api_key`). */
  readonly describe: (id: string) => Effect.Effect<ApiKey.ApiKey, CallError>
  /** Changes the name or the roles of a key (`update_api_key`). What is left out stays; roles are all that it is to have. */
  readonly update: (
    id: string,
    options: ApiKey.UpdateApiKeyRequest
  ) => Effect.Effect<ApiKey.ApiKey, InputError>
  /** Deletes a key, which is refused from now on (`delete_api_key`). */
  readonly delete: (id: string) => Effect.Effect<void, CallError>
  /**
   * Replaces a key: creates another one of the same project, name and roles, runs `use` with it, and then deletes the old
   * one. Where `use` fails or is interrupted, the new key is deleted and the old one stays.
   */
  readonly rotate: <A, E, R>(
    id: string,
    use: (created: ApiKey.ApiKeyWithSecret) => Effect.Effect<A, E, R>,
    options?: RotateOptions
  ) => Effect.Effect<Rotated<A>, E | InputError, R>
}

/**
 * The `ApiKeys` service.
 *
 * @since 0.1.0
 * @category tags
 */
export class ApiKeys extends Context.Tag("@effect-pinecone/admin/ApiKeys")<ApiKeys, Service>() {}

/**
 * Creates the `ApiKeys` service.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: Effect.Effect<Service, never, AdminClient> = Effect.flatMap(
  AdminClient,
  (admin) =>
    Effect.map(DerivedClient.group(admin, AdminApi, "apiKeys"), (call) => {
      const create: Service["create"] = (projectId, options) => {
        const operation = "create_api_key"
        return check.id(operation, projectId, "projectId").pipe(
          Effect.andThen(check.newApiKey({ operation }, options)),
          Effect.flatMap((payload) =>
            call({ operation, idempotent: false }, (client) =>
              client.create({ path: { project_id: projectId }, payload }))
          )
        )
      }

      const describe: Service["describe"] = (id) => {
        const operation = "fetch_api_key"
        return Effect.andThen(
          check.id(operation, id),
          call({ operation }, (client) =>
            client.describe({ path: { api_key_id: id } }))
        )
      }

      const remove: Service["delete"] = (id) => {
        const operation = "delete_api_key"
        return Effect.andThen(
          check.id(operation, id),
          call({ operation }, (client) => client.delete({ path: { api_key_id: id } }))
        )
      }

      /** A key that is not there any more is deleted. */
      const removed = (id: string) => Effect.catchTag(remove(id), "PineconeNotFound", () => Effect.void)

      const rotate: Service["rotate"] = (id, use, options = {}) =>
        Effect.gen(function*() {
          yield* check.callable("create_api_key", use)
          const given = yield* check.rotation({ operation: "create_api_key" }, options)
          const old = yield* describe(id)
          const { name = old.name, roles = old.roles } = given
          return yield* Effect.uninterruptibleMask((restore) =>
            Effect.gen(function*() {
              const created = yield* restore(create(old.projectId, { name, roles }))
              const result = yield* restore(Effect.suspend(() => use(created))).pipe(
                Effect.onError(() =>
                  Effect.catchAll(removed(created.key.id), (error) =>
                    Effect.logWarning(`The API key ${created.key.id} is not in use and may be left: ${error.message}`))
                )
              )
              yield* restore(removed(id))
              return { key: created.key, result }
            })
          )
        }).pipe(
          Operation.around("ApiKeys.rotate")
        )

      return ApiKeys.of(Operation.all<Service>({
        list: "list_project_api_keys",
        create: "create_api_key",
        describe: "fetch_api_key",
        update: "update_api_key",
        delete: "delete_api_key"
      }, {
        list: (projectId) => {
          const operation = "list_project_api_keys"
          return check.id(operation, projectId, "projectId").pipe(
            Effect.andThen(call({ operation }, (client) =>
              client.list({ path: { project_id: projectId } }))),
            Effect.map(({ data }) =>
              data
            )
          )
        },
        create,
        describe,
        update: (id, options) => {
          const operation = "update_api_key"
          return check.id(operation, id).pipe(
            Effect.andThen(check.apiKeyChange({ operation }, options)),
            Effect.flatMap((payload) =>
              call({ operation }, (client) => client.update({ path: { api_key_id: id }, payload }))
            )
          )
        },
        delete: remove,
        rotate
      }))
    })
)

/**
 * Provides the `ApiKeys` service.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<ApiKeys, never, AdminClient> = Layer.effect(ApiKeys, make)
