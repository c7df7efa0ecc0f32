/**
 * All services of the admin API in one layer: organizations, projects and API keys, and who may do what with them: service
 * accounts, users, invites and role bindings.
 *
 * ```ts
 * import { Admin, ApiKeys, Projects } from "@effect-pinecone/admin"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function*() {
 *   const projects = yield* Projects.Projects
 *   const apiKeys = yield* ApiKeys.ApiKeys
 *   const { id } = yield* projects.create({ name: "search" })
 *   return yield* apiKeys.create(id, { name: "reader", roles: ["DataPlaneViewer"] })
 * }).pipe(
 *   Effect.provide(Admin.layerConfig()) // PINECONE_CLIENT_ID, PINECONE_CLIENT_SECRET
 * )
 * ```
 *
 * @since 0.1.0
 */
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import * as Transport from "@effect-pinecone/http/Transport"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AccessToken } from "./AccessToken.js"
import * as AdminClient from "./AdminClient.js"
import * as AdminSettings from "./AdminSettings.js"
import * as ApiKeys from "./ApiKeys.js"
import * as Invites from "./Invites.js"
import * as Organizations from "./Organizations.js"
import * as Projects from "./Projects.js"
import * as RoleBindings from "./RoleBindings.js"
import * as ServiceAccounts from "./ServiceAccounts.js"
import * as Users from "./Users.js"

/**
 * The services of the admin API, and the client that they stand on.
 *
 * @since 0.1.0
 * @category models
 */
export type Services =
  | AccessToken
  | AdminClient.AdminClient
  | ApiKeys.ApiKeys
  | Invites.Invites
  | Organizations.Organizations
  | Projects.Projects
  | RoleBindings.RoleBindings
  | ServiceAccounts.ServiceAccounts
  | Users.Users

/**
 * Over your own HTTP client.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromHttpClient = (
  settings: AdminSettings.AdminSettings
): Layer.Layer<Services, InvalidSettings.InvalidSettings, Transport.Transport> =>
  Layer.mergeAll(
    Organizations.layer,
    Projects.layer,
    ApiKeys.layer,
    ServiceAccounts.layer,
    Users.layer,
    Invites.layer,
    RoleBindings.layer
  ).pipe(Layer.provideMerge(AdminClient.layer(settings)))

/**
 * Over `fetch`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  settings: AdminSettings.AdminSettings
): Layer.Layer<Services, InvalidSettings.InvalidSettings> =>
  Layer.provide(layerFromHttpClient(settings), Transport.layerFetch)

/**
 * Over `fetch`, with the settings of the environment: `PINECONE_CLIENT_ID`, `PINECONE_CLIENT_SECRET`,
 * `PINECONE_CONTROLLER_HOST`, `PINECONE_LOGIN_HOST`, `PINECONE_ADDITIONAL_HEADERS`, `PINECONE_SOURCE_TAG`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  config: Config.Config.Wrap<AdminSettings.AdminSettings> = AdminSettings.config
): Layer.Layer<Services, ConfigError> =>
  Layer.unwrapEffect(
    Effect.map(
      Config.unwrap(config),
      (settings) => Layer.mapError(layer(settings), InvalidSettings.toConfigError)
    )
  )
