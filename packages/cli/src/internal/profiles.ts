import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import type { Problem } from "./problem.js"
import { unusable, usage } from "./problem.js"

/** What to talk to, by a name. */
export const Profile = Schema.Struct({
  /** Where the control plane is; the cloud without. */
  url: Schema.optional(Schema.String),
  apiKey: Schema.optional(Schema.Redacted(Schema.String)),
  /** The environment variable that has the key, so that the file has none. */
  keyVariable: Schema.optional(Schema.String),
  clientId: Schema.optional(Schema.String),
  clientSecret: Schema.optional(Schema.Redacted(Schema.String)),
  /** What commands use that name no index and no namespace. */
  index: Schema.optional(Schema.String),
  namespace: Schema.optional(Schema.String)
})
export interface Profile extends Schema.Schema.Type<typeof Profile> {}

export const Profiles = Schema.Struct({
  /** The profile of commands that name none. */
  current: Schema.optional(Schema.String),
  profiles: Schema.Record({ key: Schema.String, value: Profile })
})
export interface Profiles extends Schema.Schema.Type<typeof Profiles> {}

const none: Profiles = { profiles: {} }

const text = Schema.parseJson(Profiles, { space: 2 })

/** A folder of this command under what the XDG variable names, or its default in the home folder. */
export const folder = (variable: string, otherwise: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const path = yield* Path.Path
    const given = yield* Config.option(Config.nonEmptyString(variable))
    // A relative path is to be ignored, as the specification has it.
    if (Option.isSome(given) && path.isAbsolute(given.value)) return path.join(given.value, "effect-pinecone")
    const home = yield* Config.option(Config.nonEmptyString("HOME"))
    const user = Option.isSome(home) ? home : yield* Config.option(Config.nonEmptyString("USERPROFILE"))
    if (Option.isNone(user)) {
      return yield* usage(`There is no home folder to keep files in: set HOME or ${variable} to a folder.`)
    }
    return path.join(user.value, ...otherwise, "effect-pinecone")
  })

export const file = Effect.gen(function*() {
  const path = yield* Path.Path
  return path.join(yield* folder("XDG_CONFIG_HOME", [".config"]), "profiles.json")
})

/** Others on this machine must not read the keys. */
const checkMode = (name: string, mode: number) =>
  process.platform !== "win32" && (mode & 0o077) !== 0
    ? unusable(
      `${name} can be read by others (mode ${(mode & 0o777).toString(8)}), and holds keys. Run: chmod 600 ${name}`
    )
    : Effect.void

/** The profiles that are stored; none where there is no file. */
export const read = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const name = yield* file
  if (!(yield* fs.exists(name))) return none
  const { mode } = yield* fs.stat(name)
  yield* checkMode(name, mode)
  return yield* Effect.mapError(
    Effect.flatMap(fs.readFileString(name), Schema.decode(text)),
    // What is wrong would show what is in the file: the keys.
    () =>
      unusable(`${name} cannot be read as profiles. Correct it, or remove it and store them with: pinecone profile set`)
  )
})

/** Only who runs the command can read what is written, at any moment. */
export const writeSecret = (name: string, content: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* fs.makeDirectory(path.dirname(name), { recursive: true, mode: 0o700 })
    const fresh = `${name}.${yield* Random.nextIntBetween(0, 1e9)}.tmp`
    yield* fs.writeFileString(fresh, content, { flag: "wx", mode: 0o600 }).pipe(
      Effect.andThen(fs.rename(fresh, name)),
      Effect.onError(() => Effect.ignore(fs.remove(fresh)))
    )
  })

export const write = (profiles: Profiles) =>
  Effect.gen(function*() {
    const name = yield* file
    const content = yield* Effect.orDie(Schema.encode(text)(profiles))
    yield* writeSecret(name, `${content}\n`)
    return name
  })

const known = ({ profiles }: Profiles): string => {
  const names = Object.keys(profiles)
  return names.length === 0
    ? "There are none: store one with `pinecone profile set`."
    : `There are: ${names.join(", ")}.`
}

export const get = (all: Profiles, name: string): Effect.Effect<Profile, Problem> =>
  Object.hasOwn(all.profiles, name)
    ? Effect.succeed(all.profiles[name]!)
    : usage(`There is no profile "${name}". ${known(all)}`)
