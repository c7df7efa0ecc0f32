import * as Options from "@effect/cli/Options"
import * as Indexes from "effect-pinecone/Indexes"
import * as PineconeHttpClient from "effect-pinecone/PineconeHttpClient"
import * as VectorIndex from "effect-pinecone/VectorIndex"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as ExitCode from "../ExitCode.js"
import { Problem, usage } from "./problem.js"
import * as Profiles from "./profiles.js"
import type { Mode } from "./render.js"

/** What every command that talks to Pinecone takes. */
export interface Connection {
  readonly profile: Option.Option<string>
  readonly url: Option.Option<string>
}

export const output = Options.choice("output", ["table", "json"]).pipe(
  Options.withDescription("Default: table on a terminal, json (one line for each item) elsewhere."),
  Options.map((mode): Mode => mode),
  Options.optional
)

export const connection = {
  profile: Options.text("profile").pipe(
    Options.withDescription(
      "The profile to use. Default: PINECONE_PROFILE, or the one chosen with `pinecone profile use`."
    ),
    Options.optional
  ),
  url: Options.text("url").pipe(
    Options.withDescription(
      "The address of the API, such as http://127.0.0.1:5080 of the embedded server. Default: the profile's, or the cloud."
    ),
    Options.optional
  )
}

/** What every command that talks to an index takes. */
export const place = {
  ...connection,
  index: Options.text("index").pipe(
    Options.withAlias("i"),
    Options.withDescription("The index, by its name. Default: the profile's."),
    Options.optional
  ),
  namespace: Options.text("namespace").pipe(
    Options.withAlias("n"),
    Options.withDescription("The namespace. Default: the profile's, or the default namespace."),
    Options.optional
  )
}

export interface Place extends Connection {
  readonly index: Option.Option<string>
  readonly namespace: Option.Option<string>
}

const variable = (name: string) => Config.option(Config.nonEmptyString(name))

const secret = (name: string) => Config.option(Config.redacted(Config.nonEmptyString(name)))

/** The profile that is meant, and its name: by the option, the environment, or as the current one. */
export const profileOf = ({ profile }: Pick<Connection, "profile">) =>
  Effect.gen(function*() {
    const named = Option.isSome(profile) ? profile : yield* variable("PINECONE_PROFILE")
    const all = yield* Profiles.read
    const name = Option.isSome(named) ? named.value : all.current
    if (name === undefined) return { name: undefined, profile: undefined, explicit: false }
    return { name, profile: yield* Profiles.get(all, name), explicit: Option.isSome(named) }
  })

const onThisMachine = (url: string): boolean =>
  URL.canParse(url) && /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname)

/** An embedded server accepts any key, unless it has some of its own. */
const anyKey = Redacted.make("local")

/** Where requests go and with which key. What is named on the command line wins, then the environment, then the profile. */
export const settingsOf = (connection: Connection) =>
  Effect.gen(function*() {
    const { explicit, name, profile } = yield* profileOf(connection)
    const fromEnvironment = yield* variable("PINECONE_CONTROLLER_HOST")
    const ofProfile = Option.fromNullable(profile?.url)
    const url = Option.getOrUndefined(
      Option.orElse(connection.url, () =>
        explicit ? Option.orElse(ofProfile, () => fromEnvironment) : Option.orElse(fromEnvironment, () => ofProfile))
    )
    const stored = profile?.keyVariable === undefined
      ? Option.fromNullable(profile?.apiKey)
      : Option.some(
        yield* Effect.mapError(Config.redacted(Config.nonEmptyString(profile.keyVariable)), () =>
          new Problem({
            code: ExitCode.access,
            message:
              `The profile "${name}" takes its key from ${profile.keyVariable}, which is not set. Set it, or use ` +
              "another profile."
          }))
      )
    const inEnvironment = yield* secret("PINECONE_API_KEY")
    const key = Option.getOrUndefined(
      explicit
        ? Option.orElse(stored, () =>
          inEnvironment)
        : Option.orElse(inEnvironment, () => stored)
    )
    const apiKey = key ?? (url !== undefined && onThisMachine(url) ? anyKey : undefined)
    if (apiKey === undefined) {
      return yield* new Problem({
        code: ExitCode.access,
        message: "There is no API key: set PINECONE_API_KEY, store one with `pinecone profile set NAME`, or name the " +
          "embedded server with --url http://127.0.0.1:5080."
      })
    }
    return { apiKey, controllerHost: url, profile }
  })

/** Runs an effect against what the options name. */
export const connected = <A, E, R>(
  connection: Connection,
  effect: Effect.Effect<A, E, R | PineconeHttpClient.PineconeHttpClient>
) =>
  Effect.flatMap(
    settingsOf(connection),
    ({ profile: _, ...settings }) =>
      Effect.provide(effect, PineconeHttpClient.layer({ ...settings, sourceTag: "effect_pinecone_cli" }))
  )

/** The index that is meant. */
export const indexNameOf = (place: Place) =>
  Effect.gen(function*() {
    if (Option.isSome(place.index)) return place.index.value
    const { profile } = yield* profileOf(place)
    if (profile?.index !== undefined) return profile.index
    return yield* usage(
      "No index is named: add --index NAME, or set one with `pinecone profile set NAME --index NAME`."
    )
  })

export const namespaceOf = (place: Place) =>
  Effect.gen(function*() {
    if (Option.isSome(place.namespace)) return place.namespace.value
    // The namespace of a profile is one of its index.
    if (Option.isSome(place.index)) return undefined
    return (yield* profileOf(place)).profile?.namespace
  })

/** Runs what is to be done with an index, at the namespace that is meant. */
export const withIndex = <A, E, R>(
  place: Place,
  use: (
    index: VectorIndex.VectorIndex,
    at: { readonly index: string; readonly namespace: string | undefined }
  ) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const index = yield* indexNameOf(place)
    const namespace = yield* namespaceOf(place)
    return yield* connected(
      place,
      Effect.flatMap(VectorIndex.make({ name: index, namespace }), (found) => use(found, { index, namespace }))
    )
  })

/** The same for what the control plane knows. */
export const withIndexes = <A, E, R>(connection: Connection, effect: Effect.Effect<A, E, R | Indexes.Indexes>) =>
  connected(connection, Effect.provide(effect, Indexes.layer))
