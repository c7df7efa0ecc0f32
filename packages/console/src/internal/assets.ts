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

const contentTypes: { readonly [ending: string]: string } = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml"
}

/** The files that a page has in any case; its script has others beside them, whose names tell what is in them. */
const expected = ["index.html", "app.js", "map.js", "style.css", "icon.svg"]

const pathOf = (name: string): string => name === "index.html" ? "/" : `/console/${name}`

/** The build puts the files beside the modules, in `dist/internal/page`. */
const folder = fileURLToPath(new URL("../../dist/internal/page/", import.meta.url))

/** Reads all files of the page, or fails with the name of one that is missing. */
export const load: Effect.Effect<ReadonlyMap<string, Asset>, string, FileSystem.FileSystem> = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const names = yield* Effect.orElseSucceed(fs.readDirectory(folder), (): ReadonlyArray<string> => [])
  const missing = expected.find((name) => !names.includes(name))
  if (missing !== undefined) return yield* Effect.fail(missing)
  const all = yield* Effect.forEach(names, (name) =>
    fs.readFile(folder + name).pipe(
      Effect.mapBoth({
        onFailure: () => name,
        onSuccess: (bytes) => {
          const contentType = contentTypes[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream"
          return [pathOf(name), { contentType, bytes, gzip: gzipSync(bytes, { level: 9 }) }] as const
        }
      })
    ))
  return new Map<string, Asset>(all)
})
