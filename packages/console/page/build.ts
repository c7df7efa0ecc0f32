/**
 * Builds the page of the console into `dist/internal/page`: its script in parts, of which the page loads the first ones at
 * once and the others when a view needs them, one script for the worker of the map, and the files that are used as they are.
 */
import type { Plugin } from "esbuild"
import { build, transform } from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { markPure } from "../../../scripts/pure.js"

const here = fileURLToPath(new URL(".", import.meta.url))

const out = Path.join(here, "../dist/internal/page")

/** The most bytes of the page, compressed: with Effect and the SDK in it. */
export const mostBytes = 250_000

const asTheyAre = ["style.css", "icon.svg"]

/** How many bytes the page has, compressed, as it was built last: all of its parts. */
export const pageBytes = (): number =>
  Fs.readdirSync(out).reduce(
    (sum, name) => sum + gzipSync(Fs.readFileSync(Path.join(out, name)), { level: 9 }).length,
    0
  )

/** The packages of the SDK as they are published: what their modules compute is marked, so that what is not used is left out. */
const asPublished: Plugin = {
  name: "as-published",
  setup: ({ onLoad }) => {
    onLoad({ filter: /packages[\\/][a-z-]+[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      const { code } = await transform(Fs.readFileSync(path, "utf8"), { loader: "ts", target: "es2022" })
      return { contents: markPure(code), loader: "js" }
    })
  }
}

/** Builds the page, and gives how many bytes it has. */
export const buildPage = async (): Promise<number> => {
  Fs.rmSync(out, { recursive: true, force: true })
  Fs.mkdirSync(out, { recursive: true })
  const { metafile: { outputs } } = await build({
    absWorkingDir: here,
    entryPoints: { app: "start.ts", map: "worker.ts" },
    outdir: out,
    chunkNames: "part-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
    plugins: [asPublished]
  })

  /** The parts that the first view needs, in the order in which they are evaluated. */
  const first = new Set<string>()
  const collect = (path: string): void => {
    if (first.has(path)) return
    const { imports } = outputs[path]!
    imports.filter(({ kind }) => kind === "import-statement").forEach(({ path }) => collect(path))
    first.add(path)
  }
  const app = Object.keys(outputs).find((path) => Path.basename(path) === "app.js")!
  outputs[app]!.imports.forEach(({ path }) => collect(path))
  const preloads = Array.from(first, (path) => `<link rel="modulepreload" href="/console/${Path.basename(path)}" />`)

  const html = Fs.readFileSync(Path.join(here, "index.html"), "utf8")
  Fs.writeFileSync(Path.join(out, "index.html"), html.replace("<!-- parts -->", preloads.join("\n    ")))
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
