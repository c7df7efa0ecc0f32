import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import { failed } from "./failures.js"

/** A setting of the environment. One that is empty counts as none. */
export const setting = (name: string): Effect.Effect<string | undefined> =>
  Effect.map(
    Effect.orElseSucceed(Config.string(name), () => ""),
    (value) => value.trim() === "" ? undefined : value.trim()
  )

/** The first of some. */
export const firstOf = (...names: ReadonlyArray<string>): Effect.Effect<string | undefined> =>
  Effect.map(Effect.forEach(names, setting), (values) => values.find((value) => value !== undefined))

/** A setting that is kept out of sight. */
export const secret = (name: string): Effect.Effect<Redacted.Redacted | undefined> =>
  Effect.map(setting(name), (value) => value === undefined ? undefined : Redacted.make(value))

/** What is missing, or wrong with what there is. */
export const noCredentials = (uri: string, what: string): ObjectStoreError => failed("Credentials", uri, what)

/** The text of a file, or undefined where it is not there, or where there are no files. */
export const fileText = (path: string): Effect.Effect<string | undefined> =>
  Effect.flatMap(Effect.serviceOption(FileSystem.FileSystem), (found) =>
    Option.isNone(found)
      ? Effect.succeed(undefined)
      : Effect.orElseSucceed(found.value.readFileString(path), () => undefined))

/** The text of a file that has to be there. */
export const requiredFile = (uri: string, setting: string, path: string): Effect.Effect<string, ObjectStoreError> =>
  Effect.filterOrFail(
    fileText(path),
    (text): text is string => text !== undefined,
    () => noCredentials(uri, `the file of ${setting} cannot be read (${path}): provide FileSystem, and check the path`)
  )

/** Reads JSON of a Schema, without showing it in a message. */
export const json = <A, I>(
  schema: Schema.Schema<A, I>,
  text: string,
  onWrong: () => ObjectStoreError
): Effect.Effect<A, ObjectStoreError> => Effect.mapError(Schema.decode(Schema.parseJson(schema))(text), onWrong)

/** The home folder. */
export const home: Effect.Effect<string> = Effect.map(firstOf("HOME", "USERPROFILE"), (path) => path ?? ".")
