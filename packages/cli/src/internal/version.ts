import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"

const Manifest = Schema.parseJson(Schema.Struct({ version: Schema.String }))

/** The package says it, and nothing else. */
export const version = FileSystem.FileSystem.pipe(
  Effect.flatMap((fs) => fs.readFileString(fileURLToPath(new URL("../../package.json", import.meta.url)))),
  Effect.flatMap(Schema.decode(Manifest)),
  Effect.map((manifest) => manifest.version),
  Effect.orDie
)
