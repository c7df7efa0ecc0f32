import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

/** A file of the page, as it is and compressed. */
export interface Asset {
  readonly contentType: string
  readonly bytes: Uint8Array
  readonly gzip: Uint8Array
}

/** The files of the page by their paths. The build puts them beside the modules, in `dist/internal/page`. */
const files = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/console/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/console/map.js": ["map.js", "text/javascript; charset=utf-8"],
  "/console/style.css": ["style.css", "text/css; charset=utf-8"],
  "/console/icon.svg": ["icon.svg", "image/svg+xml"]
} as const

const folder = fileURLToPath(new URL("../../dist/internal/page/", import.meta.url))

/** Reads all files of the page, or fails with the name of one that is missing. */
export const load: Effect.Effect<ReadonlyMap<string, Asset>, string, FileSystem.FileSystem> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const all = yield* Effect.forEach(
    Object.entries(files),
    ([path, [name, contentType]]) =>
      fs.readFile(folder + name).pipe(
        Effect.mapBoth({
          onFailure: () => name,
          onSuccess: (bytes) => [path, { contentType, bytes, gzip: gzipSync(bytes, { level: 9 }) }] as const
        })
      )
  )
  return new Map<string, Asset>(all)
})
