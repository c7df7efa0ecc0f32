import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"

import * as Admin from "effect-pinecone/Admin"
import * as ApiKeys from "effect-pinecone/ApiKeys"
import * as Organizations from "effect-pinecone/Organizations"
import * as Projects from "effect-pinecone/Projects"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as ExitCode from "../../ExitCode.js"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import { Problem, usage } from "../problem.js"
import * as Profiles from "../profiles.js"
import * as render from "../render.js"
import type { Connection } from "../target.js"
import { connection, output, profileOf } from "../target.js"

const common = { ...connection, output }

/** The service account that is meant: that of the profile that was named, the environment's, or the current profile's. */
const settingsOf = (connection: Connection) =>
  Effect.gen(function*() {
    const { explicit, profile } = yield* profileOf(connection)
    const id = yield* Config.option(Config.nonEmptyString("PINECONE_CLIENT_ID"))
    const secret = yield* Config.option(Config.redacted(Config.nonEmptyString("PINECONE_CLIENT_SECRET")))
    const given = Option.all({ clientId: id, clientSecret: secret })
    const stored = profile?.clientId === undefined || profile.clientSecret === undefined
      ? Option.none()
      : Option.some({ clientId: profile.clientId, clientSecret: profile.clientSecret })
    const account = explicit ? Option.orElse(stored, () => given) : Option.orElse(given, () => stored)
    if (Option.isNone(account)) {
      return yield* new Problem({
        code: ExitCode.access,
        message: "There is no service account: set PINECONE_CLIENT_ID and PINECONE_CLIENT_SECRET, or store one with " +
          "`pinecone profile set NAME --client-id ID`."
      })
    }
    const host = Option.orElse(
      yield* Config.option(Config.nonEmptyString("PINECONE_CONTROLLER_HOST")),
      () => Option.fromNullable(profile?.url)
    )
    const controllerHost = Option.getOrUndefined(Option.orElse(connection.url, () => host))
    const loginHost = Option.getOrUndefined(yield* Config.option(Config.nonEmptyString("PINECONE_LOGIN_HOST")))
    // The embedded server gives access tokens itself.
    return { ...account.value, controllerHost, loginHost: loginHost ?? controllerHost }
  })

const withAdmin = <A, E, R>(connection: Connection, effect: Effect.Effect<A, E, R | Admin.Services>) =>
  Effect.flatMap(settingsOf(connection), (settings) => Effect.provide(effect, Admin.layerFromHttpClient(settings)))

const organizations = Command.make("organizations", common, (options) =>
  withAdmin(
    options,
    Effect.flatMap(Organizations.Organizations, ({ list }) =>
      Effect.flatMap(list, (all) =>
        render.list(
          options.output,
          kinds.named,
          Stream.fromIterable(all.map(({ id, name, plan }) => ({ id, name, about: plan })))
        )))
  )).pipe(Command.withDescription("List the organizations of the service account."))

const projects = Command.make("projects", common, (options) =>
  withAdmin(
    options,
    Effect.flatMap(Projects.Projects, ({ list }) =>
      Effect.flatMap(list, (all) =>
        render.list(
          options.output,
          kinds.named,
          Stream.fromIterable(all.map(({ id, name, organizationId }) => ({ id, name, about: organizationId })))
        )))
  )).pipe(Command.withDescription("List the projects of the organization."))

const createProject = Command.make("create-project", {
  name: Args.text({ name: "name" }).pipe(Args.withDescription("The name of the project.")),
  ...common
}, (options) =>
  withAdmin(
    options,
    Effect.flatMap(Projects.Projects, (projects) =>
      Effect.flatMap(projects.create({ name: options.name }), ({ id, name, organizationId }) =>
        render.one(options.output, kinds.named, { id, name, about: organizationId })))
  )).pipe(Command.withDescription("Create a project."))

const deleteProject = Command.make("delete-project", {
  id: Args.text({ name: "id" }).pipe(Args.withDescription("The id of the project.")),
  yes,
  ...common
}, (options) =>
  confirmed(
    options.yes,
    `delete the project ${options.id} with its API keys`,
    withAdmin(
      options,
      Effect.andThen(
        Effect.flatMap(Projects.Projects, (projects) => projects.delete(options.id)),
        render.one(options.output, kinds.done, { action: "deleted", subject: `project ${options.id}` })
      )
    )
  )).pipe(Command.withDescription("Delete a project, which must be empty."))

const project = Args.text({ name: "project" }).pipe(Args.withDescription("The id of the project."))

const keys = Command.make("keys", { project, ...common }, (options) =>
  withAdmin(
    options,
    Effect.flatMap(ApiKeys.ApiKeys, (keys) =>
      Effect.flatMap(keys.list(options.project), (all) =>
        render.list(
          options.output,
          kinds.named,
          Stream.fromIterable(all.map(({ id, name, roles }) => ({ id, name, about: roles.join(", ") })))
        )))
  )).pipe(Command.withDescription("List the API keys of a project, without their values."))

const createKey = Command.make("create-key", {
  project,
  name: Args.text({ name: "name" }).pipe(Args.withDescription("The name of the key.")),
  store: flags.text("store", "PROFILE", "The profile that the value is stored in: it is never shown."),
  ...common
}, (options) =>
  withAdmin(
    options,
    Effect.gen(function*() {
      const all = yield* Profiles.read
      const before: Profiles.Profile = Object.hasOwn(all.profiles, options.store) ? all.profiles[options.store]! : {}
      if (before.apiKey !== undefined || before.keyVariable !== undefined) {
        return yield* usage(
          `The profile "${options.store}" has a key already, which would be lost. Name another, or delete it with: ` +
            `pinecone profile delete ${options.store}`
        )
      }
      const { controllerHost } = yield* settingsOf(options)
      const keys = yield* ApiKeys.ApiKeys
      const { key, value } = yield* keys.create(options.project, { name: options.name })
      const next: Profiles.Profiles = {
        ...all,
        profiles: {
          ...all.profiles,
          [options.store]: {
            ...before,
            apiKey: value,
            ...(controllerHost === undefined || before.url !== undefined ? {} : { url: controllerHost })
          }
        }
      }
      // A key that is not stored is of no use, and would be valid.
      yield* Effect.tapError(Profiles.write(next), () => keys.delete(key.id))
      yield* render.one(options.output, kinds.named, {
        id: key.id,
        name: key.name,
        about: `stored in ${options.store}`
      })
    })
  )).pipe(Command.withDescription("Create an API key, and store it in a profile."))

const deleteKey = Command.make("delete-key", {
  id: Args.text({ name: "id" }).pipe(Args.withDescription("The id of the key.")),
  yes,
  ...common
}, (options) =>
  confirmed(
    options.yes,
    `delete the API key ${options.id}: what uses it is refused from then on`,
    withAdmin(
      options,
      Effect.andThen(
        Effect.flatMap(ApiKeys.ApiKeys, (keys) => keys.delete(options.id)),
        render.one(options.output, kinds.done, { action: "deleted", subject: `key ${options.id}` })
      )
    )
  )).pipe(Command.withDescription("Delete an API key."))

export const command = Command.make("admin").pipe(
  Command.withSubcommands([organizations, projects, createProject, deleteProject, keys, createKey, deleteKey])
)
