/** An import of files that are made for it, until it has ended. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { pathToFileURL } from "node:url"
import { send } from "./asSent.js"

/** Files by their paths in the folder that is imported. */
export type Files = Readonly<Record<string, Uint8Array>>

/** Writes files into a folder of their own, and gives its address. */
export const written = (files: Files) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = yield* fs.makeTempDirectoryScoped({ prefix: "imported-" })
    for (const [name, bytes] of Object.entries(files)) {
      yield* fs.makeDirectory(path.dirname(path.join(root, name)), { recursive: true })
      yield* fs.writeFile(path.join(root, name), bytes)
    }
    return pathToFileURL(root).href
  }).pipe(Effect.orDie)

export const importFrom = (host: string, uri: string) =>
  Effect.gen(function*() {
    const { json } = yield* send(host, "POST /bulk/imports", { body: { uri } })
    return yield* Effect.repeat(send(host, `GET /bulk/imports/${json.id}`), {
      schedule: Schedule.spaced("5 millis"),
      until: ({ json }) => json.status !== "Pending" && json.status !== "InProgress"
    }).pipe(Effect.zipRight(send(host, `GET /bulk/imports/${json.id}`)))
  }).pipe(Effect.map(({ json }) => json))

/** Imports files into an index. */
export const imported = (host: string, files: Files) => Effect.flatMap(written(files), (uri) => importFrom(host, uri))
