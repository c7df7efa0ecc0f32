import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as Prompt from "@effect/cli/Prompt"
import * as InvalidSettings from "effect-pinecone/InvalidSettings"
import * as Settings from "effect-pinecone/Settings"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { StandardStreams } from "../../StandardStreams.js"
import { confirmed, yes } from "../confirm.js"
import * as flags from "../flags.js"
import * as kinds from "../kinds.js"
import { usage } from "../problem.js"
import * as Profiles from "../profiles.js"
import * as render from "../render.js"
import { output } from "../target.js"

const name = Args.text({ name: "name" }).pipe(Args.withDescription("The name of the profile."))

/** A profile as it may be shown: without its secrets. */
const shown = (all: Profiles.Profiles, name: string, profile: Profiles.Profile) => ({
  name,
  current: all.current === name,
  url: profile.url ?? Settings.defaultControllerHost,
  key: profile.keyVariable !== undefined
    ? `in ${profile.keyVariable}`
    : profile.apiKey !== undefined
    ? "stored"
    : "none",
  serviceAccount: profile.clientSecret === undefined ? "none" : "stored",
  index: profile.index,
  namespace: profile.namespace
})

/** A secret, from standard input where that is not a terminal, or else as it is typed, unseen. */
const secret = (what: string) =>
  Effect.gen(function*() {
    const { input, terminal } = yield* StandardStreams
    const given = terminal.input
      ? yield* Effect.catchTag(
        Prompt.run(Prompt.hidden({ message: `${what}:` })),
        "QuitException",
        () => Effect.interrupt
      )
      : Redacted.make((yield* Stream.mkString(Stream.decodeText(input))).trim())
    const wrong = InvalidSettings.secret(Redacted.value(given))
    return wrong === undefined ? given : yield* usage(`The ${what.toLowerCase()} ${wrong}.`)
  })

const set = Command.make("set", {
  name,
  url: flags.text("url", "URL", "The address of the API, such as http://127.0.0.1:5080. Default: the cloud.").pipe(
    Options.optional
  ),
  key: flags.toggle("key", "Store an API key: it is read from standard input, or typed unseen."),
  keyVariable: flags.text("key-variable", "NAME", "Take the key from this environment variable: none is stored.").pipe(
    Options.optional
  ),
  clientId: flags.text("client-id", "ID", "The service account of `pinecone admin`: its secret is read as a key is.")
    .pipe(
      Options.optional
    ),
  index: flags.text("index", "INDEX", "The index of commands that name none.").pipe(
    Options.withAlias("i"),
    Options.optional
  ),
  namespace: flags.text("namespace", "NAMESPACE", "The namespace of it.").pipe(
    Options.withAlias("n"),
    Options.optional
  ),
  use: flags.toggle("use", "Use it from now on where no other is named."),
  output
}, (options) =>
  Effect.gen(function*() {
    if (options.key && Option.isSome(options.keyVariable)) {
      return yield* usage("--key and --key-variable cannot be used together: leave one out.")
    }
    if (options.key && Option.isSome(options.clientId)) {
      return yield* usage("--key and --client-id each read a secret: set one, and then the other.")
    }
    const wrong = Option.isSome(options.url) ? InvalidSettings.host(options.url.value) : undefined
    if (wrong !== undefined) return yield* usage(`--url ${wrong}.`)
    const all = yield* Profiles.read
    const before: Profiles.Profile = Object.hasOwn(all.profiles, options.name) ? all.profiles[options.name]! : {}
    const apiKey = options.key ? yield* secret("API key") : undefined
    const clientSecret = Option.isSome(options.clientId) ? yield* secret("Client secret") : undefined
    const { apiKey: _, keyVariable: __, ...rest } = before
    const profile: Profiles.Profile = {
      ...(options.key || Option.isSome(options.keyVariable) ? rest : before),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(Option.isSome(options.keyVariable) ? { keyVariable: options.keyVariable.value } : {}),
      ...(Option.isSome(options.url) ? { url: options.url.value } : {}),
      ...(Option.isSome(options.clientId) && clientSecret !== undefined
        ? { clientId: options.clientId.value, clientSecret }
        : {}),
      ...(Option.isSome(options.index) ? { index: options.index.value } : {}),
      ...(Option.isSome(options.namespace) ? { namespace: options.namespace.value } : {})
    }
    const next: Profiles.Profiles = {
      // The first is the one to use.
      ...(options.use || all.current === undefined ? { current: options.name } : { current: all.current }),
      profiles: { ...all.profiles, [options.name]: profile }
    }
    yield* Profiles.write(next)
    yield* render.one(options.output, kinds.profile, shown(next, options.name, profile))
  })).pipe(Command.withDescription("Store or change a profile: an address, a key, an index."))

const use = Command.make("use", { name, output }, (options) =>
  Effect.gen(function*() {
    const all = yield* Profiles.read
    const profile = yield* Profiles.get(all, options.name)
    const next = { ...all, current: options.name }
    yield* Profiles.write(next)
    yield* render.one(options.output, kinds.profile, shown(next, options.name, profile))
  })).pipe(Command.withDescription("Use a profile from now on where no other is named."))

const list = Command.make("list", { output }, (options) =>
  Effect.flatMap(Profiles.read, (all) =>
    render.list(
      options.output,
      kinds.profile,
      Stream.fromIterable(Object.entries(all.profiles).map(([name, profile]) => shown(all, name, profile)))
    ))).pipe(Command.withDescription("List the profiles, without their secrets."))

const show = Command.make("show", {
  name: Args.text({ name: "name" }).pipe(
    Args.withDescription("The name of the profile. Default: the one in use."),
    Args.optional
  ),
  output
}, (options) =>
  Effect.gen(function*() {
    const all = yield* Profiles.read
    const name = Option.getOrElse(options.name, () => all.current)
    if (name === undefined) return yield* usage("No profile is in use: store one with `pinecone profile set NAME`.")
    yield* render.one(options.output, kinds.profile, shown(all, name, yield* Profiles.get(all, name)))
  })).pipe(Command.withDescription("Show a profile, without its secrets."))

const remove = Command.make("delete", { name, yes, output }, (options) =>
  Effect.gen(function*() {
    const all = yield* Profiles.read
    yield* Profiles.get(all, options.name)
    const { [options.name]: _, ...profiles } = all.profiles
    yield* confirmed(
      options.yes,
      `delete the profile "${options.name}" with what it stores`,
      Effect.andThen(
        Profiles.write({
          ...(all.current === undefined || all.current === options.name ? {} : { current: all.current }),
          profiles
        }),
        render.one(options.output, kinds.done, { action: "deleted", subject: `profile ${options.name}` })
      )
    )
  })).pipe(Command.withDescription("Delete a profile with its key."))

export const command = Command.make("profile").pipe(
  Command.withSubcommands([set, use, list, show, remove])
)
