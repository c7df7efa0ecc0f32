/**
 * Builds the page of the console into `dist/internal/page`: one module for the page, one script for the worker of the map, and the
 * files that are used as they are.
 */
import { build } from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

const here = fileURLToPath(new URL(".", import.meta.url))

const out = Path.join(here, "../dist/internal/page")

/** The most bytes of the page, compressed: with Effect and the SDK in it. */
export const mostBytes = 250_000

const asTheyAre = ["index.html", "style.css", "icon.svg"]

/** How many bytes the page has, compressed, as it was built last. */
export const pageBytes = (): number =>
  ["app.js", "map.js", ...asTheyAre].reduce(
    (sum, name) => sum + gzipSync(Fs.readFileSync(Path.join(out, name)), { level: 9 }).length,
    0
  )

/** Builds the page, and gives how many bytes it has. */
export const buildPage = async (): Promise<number> => {
  Fs.mkdirSync(out, { recursive: true })
  await build({
    absWorkingDir: here,
    entryPoints: { app: "main.tsx", map: "worker.ts" },
    outdir: out,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning"
  })
  for (const name of asTheyAre) Fs.copyFileSync(Path.join(here, name), Path.join(out, name))
  return pageBytes()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const bytes = await buildPage()
  console.log(`The page of the console has ${(bytes / 1000).toFixed(1)} KB, compressed; at most ${mostBytes / 1000} KB`)
  if (bytes > mostBytes) {
    console.error("It has grown too large: see what it imports.")
    process.exitCode = 1
  }
}
