/**
 * Makes the pictures of the documentation, from the embedded server with 778 real documents: `pnpm pictures`. With the name of a
 * folder, it makes pictures of all views of the console there instead, in several states and widths, light and dark, to be
 * looked at.
 *
 * It needs a Chromium (`CHROMIUM_PATH`, or where Debian and others have it), and `script`, which gives a command a terminal.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { fill } from "../examples/console/src/fill.js"
import { bundle, inTerminal } from "../packages/cli/test/utils/process.js"
import { buildPage } from "../packages/console/page/build.js"
import { browser, executablePath } from "../packages/console/test/utils/chromium.js"
import type { Look } from "../packages/console/test/utils/views.js"
import { documented, looks, openWith, views } from "../packages/console/test/utils/views.js"
import * as PineconeLocal from "../packages/local/src/PineconeLocal.js"
import * as ControlPlane from "../packages/pinecone/src/ControlPlane.js"
import * as Pinecone from "../packages/pinecone/src/Pinecone.js"
import { root } from "./workspace.js"

const docs = Path.join(root, "docs")

/** Where the command finds the server, as its user would have it. */
const port = 5080

/** The commands of the picture of a terminal, and what is shown of each. */
const commands: ReadonlyArray<ReadonlyArray<string>> = [
  ["index", "list"],
  ["record", "search", "change the colours of my app", "--index", "fiori-meaning", "--top-k", "3"],
  ["document", "search", "deploy cloud foundry", "--index", "fiori-titles", "--top-k", "3", "--show", "title"],
  [
    "record",
    "query",
    "--id",
    "local-btp-fiori-tools-5-chunk-0",
    "-i",
    "fiori-pages",
    "-n",
    "btp-fiori-tools",
    "--top-k",
    "3"
  ],
  ["export", "pages.parquet", "--index", "fiori-pages", "--namespace", "sapui5"],
  ["index", "stats", "fiori-titles", "--output", "json"]
]

const quoted = (arg: string): string => /^[\w./=-]+$/.test(arg) ? arg : `"${arg}"`

/** What a person sees in the end: a bar that was taken away is gone. */
const seen = (output: string): string =>
  output.replaceAll("\r\n", "\n").replace(/^.*\r(?!\n)/gm, "").replace(/\u001b\[[\d;?]*[A-Za-z]/g, "")

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")

const terminal = (entries: ReadonlyArray<readonly [string, string]>): string =>
  `<!doctype html><style>
    body { margin: 0; padding: 22px 26px; background: #14171a; color: #d5dade; width: max-content; }
    pre { margin: 0; font: 14px/1.45 "DejaVu Sans Mono", Menlo, Consolas, monospace; }
    pre + pre { margin-top: 14px; }
    b { color: #6fd0b2; font-weight: 400; }
    strong { color: #fff; font-weight: 600; }
  </style>${
    entries.map(([command, output]) =>
      `<pre><b>$</b> <strong>${escaped(command)}</strong>\n${escaped(output.trimEnd())}</pre>`
    ).join("")
  }`

/** A server with the documents, for as long as the scope is open. */
const filled = Effect.gen(function*() {
  const { url } = yield* PineconeLocal.serve({ port })
  const client = Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url })
  yield* Effect.provide(fill, Layer.provideMerge(ControlPlane.layer, client))
  return url
})

/** One picture of the console, and one of a terminal. */
const forDocs = Effect.gen(function*() {
  const url = yield* filled
  const opened = yield* browser
  yield* Effect.promise(async () => {
    const page = await openWith(opened, { width: 1200, height: 960, scheme: "light" })
    await documented(page, url)
    await page.screenshot({ path: Path.join(docs, "console.png") })
  })
  const home = Fs.mkdtempSync(Path.join(Os.tmpdir(), "pinecone-pictures-"))
  yield* Effect.addFinalizer(() => Effect.sync(() => Fs.rmSync(home, { recursive: true })))
  yield* Effect.promise(() => bundle())
  const entries = yield* Effect.forEach(commands, (args) =>
    Effect.gen(function*() {
      const shown = args.map((arg) => arg === "pages.parquet" ? Path.join(home, arg) : arg)
      const { ended } = yield* inTerminal(shown, { HOME: home, PINECONE_CONTROLLER_HOST: url })
      const { output } = yield* ended
      return [`pinecone ${args.map(quoted).join(" ")}`, seen(output)] as const
    }))
  yield* Effect.promise(async () => {
    const page = await openWith(opened, { width: 1200, height: 860, scheme: "dark" })
    await page.setContent(terminal(entries))
    await page.locator("body").screenshot({ path: Path.join(docs, "command-line.png") })
  })
  for (const [command, output] of entries) console.log(`$ ${command}\n${output}`)
})

const key = "the-key-of-the-pictures"

/** Every view in every look. */
const forLooking = (folder: string) =>
  Effect.gen(function*() {
    const full = yield* filled
    const { url: empty } = yield* PineconeLocal.serve({
      port: 0,
      indexes: [{ name: "empty", dimension: 8, metric: "cosine" }]
    })
    const { url: none } = yield* PineconeLocal.serve({ port: 0 })
    const { url: guarded } = yield* PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(key)] })
    const opened = yield* browser
    Fs.mkdirSync(folder, { recursive: true })
    const picture = async (look: Look) => {
      for (const [name, show] of Object.entries(views)) {
        const page = await openWith(opened, look)
        await show(page, { full, empty, none, guarded })
        await page.waitForTimeout(500)
        await page.screenshot({ path: Path.join(folder, `${name}-${look.width}-${look.scheme}.png`) })
        await page.context().close()
      }
    }
    yield* Effect.promise(async () => {
      for (const look of looks) await picture(look)
    })
  })

if (executablePath === undefined) {
  console.error("No Chromium is installed: CHROMIUM_PATH can say where there is one.")
  process.exit(1)
}

await buildPage()
const [folder] = process.argv.slice(2)
await (folder === undefined ? forDocs : forLooking(folder)).pipe(
  Effect.scoped,
  Effect.provide(NodeContext.layer),
  Effect.runPromise
)
process.exit(0)
