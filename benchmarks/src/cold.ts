/**
 * What it costs to have the SDK: how long a fresh process takes to import it and to make an index, beside the official
 * client; and how large it is in a bundle for a browser and for a worker.
 *
 * The packages are laid out as they are when installed: each module compiled to JavaScript by itself, with the `exports` of
 * the published package. Nothing has to be built first.
 */
import type { Metafile } from "esbuild"
import { build } from "esbuild"
import * as Fs from "node:fs"
import { builtinModules } from "node:module"
import * as Path from "node:path"
import * as Zlib from "node:zlib"
import { markPure } from "../../scripts/pure.js"
import { root, temporaryFolder } from "./bundle.js"
import { once } from "./children.js"
import { manifest, versions } from "./machine.js"
import { newestThatRuns } from "./newest.js"
import type { Benchmark, Found, Options } from "./report.js"
import { median } from "./vectors.js"

// -----------------------------------------------------------------------------
// The packages, as installed
// -----------------------------------------------------------------------------

const packages = [
  "schema",
  "http",
  "control-plane",
  "data-plane",
  "inference",
  "assistant",
  "admin",
  "pinecone",
  "node",
  "grpc"
]

const modulesUnder = (folder: string): ReadonlyArray<string> =>
  Fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = Path.join(folder, entry.name)
    if (entry.isDirectory()) return modulesUnder(path)
    return path.endsWith(".ts") ? [path] : []
  })

/** A link to a package that is installed for the benchmarks, or for one of the packages. */
const link = (folder: string, name: string): void => {
  const from = [root, ...packages.map((one) => Path.join(root, "../packages", one))]
    .map((path) => Path.join(path, "node_modules", name))
    .find((path) => Fs.existsSync(path))
  if (from === undefined) throw new Error(`${name} is not installed`)
  const to = Path.join(folder, "node_modules", name)
  Fs.mkdirSync(Path.dirname(to), { recursive: true })
  Fs.symlinkSync(Fs.realpathSync(from), to)
}

const install = async (): Promise<string> => {
  const folder = Fs.mkdtempSync(Path.join(temporaryFolder(), "installed-"))
  for (const one of packages) {
    const source = Path.join(root, "../packages", one)
    const { name, publishConfig, sideEffects, type, version } = JSON.parse(
      Fs.readFileSync(Path.join(source, "package.json"), "utf8")
    ) as Record<string, string> & { readonly publishConfig: { readonly exports: unknown } }
    const target = Path.join(folder, "node_modules", name!)
    const { outputFiles } = await build({
      entryPoints: [...modulesUnder(Path.join(source, "src"))],
      outbase: Path.join(source, "src"),
      outdir: Path.join(target, "dist"),
      format: "esm",
      target: "es2022",
      write: false,
      logLevel: "error"
    })
    for (const { path, text } of outputFiles) {
      Fs.mkdirSync(Path.dirname(path), { recursive: true })
      Fs.writeFileSync(path, markPure(text))
    }
    Fs.writeFileSync(
      Path.join(target, "package.json"),
      JSON.stringify({ name, version, type, sideEffects, exports: publishConfig.exports })
    )
  }
  const others = [
    "effect",
    "@effect/platform",
    "undici",
    "protobufjs",
    "eventsource-parser",
    "@pinecone-database/pinecone",
    "pinecone-newest"
  ]
  for (const name of others) link(folder, name)
  return folder
}

// -----------------------------------------------------------------------------
// Programs
// -----------------------------------------------------------------------------

const host = "http://127.0.0.1:1"

const effect = `import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
const settings = { apiKey: Redacted.make("none") }
`

const officialProgram = (name: string): string =>
  `import { Pinecone } from "${name}"
export const index = new Pinecone({ apiKey: "none" }).index({ host: "${host}" })
export const result = () => index.query({ vector: [0.1, 0.2], topK: 10 })
`

/** An application that imports a client and makes an index; what it would ask of it stays unasked. */
const programs = {
  sdk: `${effect}import { Pinecone, VectorIndex } from "effect-pinecone"
export const index = await VectorIndex.make({ host: "${host}" }).pipe(
  Effect.provide(Pinecone.layer(settings)),
  Effect.runPromise
)
export const result = () => Effect.runPromise(index.query({ vector: [0.1, 0.2], topK: 10 }))
`,
  modules: `${effect}import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
export const index = await VectorIndex.make({ host: "${host}" }).pipe(
  Effect.provide(Layer.provide(PineconeHttpClient.layer(settings), FetchHttpClient.layer)),
  Effect.runPromise
)
export const result = () => Effect.runPromise(index.query({ vector: [0.1, 0.2], topK: 10 }))
`,
  node: `${effect}import { PineconeHttpClient, VectorIndex } from "effect-pinecone"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
export const index = await VectorIndex.make({ host: "${host}" }).pipe(
  Effect.provide(Layer.provide(PineconeHttpClient.layer(settings), NodeHttp.layer())),
  Effect.runPromise
)
`,
  grpc: `${effect}import { Pinecone, VectorIndex } from "effect-pinecone"
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
export const index = await VectorIndex.make({ host: "${host}" }).pipe(
  Effect.provide(Layer.provide(PineconeGrpc.layer(), Pinecone.layer(settings))),
  Effect.runPromise
)
`,
  effect: `import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
const endpoint = HttpApiEndpoint.get("one", "/one").addSuccess(Schema.Struct({ number: Schema.Number }))
const api = HttpApi.make("api").add(HttpApiGroup.make("group").add(endpoint))
export const client = await HttpApiClient.make(api, { baseUrl: "${host}" }).pipe(
  Effect.provide(FetchHttpClient.layer),
  Effect.runPromise
)
`,
  official: officialProgram("@pinecone-database/pinecone"),
  newest: officialProgram("pinecone-newest")
}

type Program = keyof typeof programs

const describe = (one: Program): string => {
  switch (one) {
    case "sdk":
      return "this SDK, `effect-pinecone`"
    case "modules":
      return "this SDK, the modules one by one"
    case "node":
      return "this SDK with the pool for Node"
    case "grpc":
      return "this SDK with gRPC"
    case "effect":
      return "Effect alone: a client of one endpoint"
    case "official":
      return `official client ${manifest("@pinecone-database/pinecone").version}`
    case "newest":
      return `official client ${manifest("pinecone-newest").version}`
  }
}

/** Takes the time of an import. */
const starter = (program: string): string =>
  `const before = process.cpuUsage()
const start = performance.now()
await import("./${program}")
const importing = performance.now() - start
const { system, user } = process.cpuUsage(before)
console.log(JSON.stringify({ importing, processor: (system + user) / 1000, memory: process.memoryUsage().rss }))
process.exit(0)
`

// -----------------------------------------------------------------------------
// The time of an import
// -----------------------------------------------------------------------------

interface Import {
  readonly importing: number
  readonly processor: number
  readonly memory: number
}

interface Started extends Import {
  /** From its start to its end. */
  readonly process: number
}

const startUp = async (starter: string): Promise<Started> => {
  const { milliseconds, output } = await once(process.execPath, [starter], { cwd: Path.dirname(starter) })
  return { ...JSON.parse(output) as Import, process: milliseconds }
}

const measureStarts = async (
  starters: ReadonlyMap<Program, string>,
  rounds: number
): Promise<ReadonlyMap<Program, Started>> => {
  const times = new Map<Program, Array<Started>>(Array.from(starters.keys(), (one) => [one, []]))
  // The first round brings the files into memory.
  for (let round = -1; round < rounds; round++) {
    for (const [one, file] of starters) {
      const started = await startUp(file)
      if (round >= 0) times.get(one)!.push(started)
    }
  }
  return new Map(
    Array.from(times, ([one, all]) => [one, {
      importing: median(all.map(({ importing }) => importing)),
      processor: median(all.map(({ processor }) => processor)),
      process: median(all.map(({ process }) => process)),
      memory: median(all.map(({ memory }) => memory))
    }])
  )
}

// -----------------------------------------------------------------------------
// The size of a bundle
// -----------------------------------------------------------------------------

interface Size {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
  /** The modules of Node that it would import. */
  readonly nodeModules: ReadonlyArray<string>
  readonly metafile: Metafile
}

const effectModules = ["effect", "effect/*", "@effect/platform", "@effect/platform/*"]

const conditions = { browser: [], worker: ["workerd", "worker", "browser"] }

/** They are left out of the bundle, and named: the official client could not be bundled otherwise. */
const nodeModules = builtinModules.flatMap((name) => [name, `node:${name}`])

const bundled = async (
  folder: string,
  one: Program,
  where: keyof typeof conditions,
  external: ReadonlyArray<string>
): Promise<Size> => {
  const { metafile, outputFiles } = await build({
    entryPoints: [Path.join(folder, `${one}.mjs`)],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    conditions: conditions[where],
    external: [...external, ...nodeModules],
    metafile: true,
    write: false,
    logLevel: "error"
  })
  const bytes = outputFiles[0]!.contents
  const imports = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  return {
    minified: bytes.length,
    gzip: Zlib.gzipSync(bytes, { level: 9 }).length,
    brotli: Zlib.brotliCompressSync(bytes).length,
    nodeModules: [...new Set(imports.filter((path) => nodeModules.includes(path)))],
    metafile
  }
}

const kilobytes = (bytes: number): number => bytes / 1000

// -----------------------------------------------------------------------------

const run = async ({ quick }: Options): Promise<Found> => {
  const newest = await newestThatRuns()
  const folder = await install()
  const starts = new Map<Program, string>()
  const starting: ReadonlyArray<Program> = [
    "sdk",
    "official",
    "modules",
    ...(newest.runs ? ["newest" as const] : []),
    "node",
    "grpc",
    "effect"
  ]
  for (const [one, source] of Object.entries(programs)) Fs.writeFileSync(Path.join(folder, `${one}.mjs`), source)
  const oneFile = new Map<Program, string>()
  for (const one of starting) {
    const file = Path.join(folder, `start-${one}.mjs`)
    Fs.writeFileSync(file, starter(`${one}.mjs`))
    starts.set(one, file)
    const outfile = Path.join(folder, `bundled-${one}.mjs`)
    await build({
      entryPoints: [Path.join(folder, `${one}.mjs`)],
      outfile,
      bundle: true,
      minify: true,
      platform: "node",
      format: "esm",
      target: "es2022",
      banner: {
        js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url)"
      },
      logLevel: "error"
    })
    const start = Path.join(folder, `start-bundled-${one}.mjs`)
    Fs.writeFileSync(start, starter(`bundled-${one}.mjs`))
    oneFile.set(one, start)
  }
  const rounds = quick ? 3 : 15
  const installed = await measureStarts(starts, rounds)
  const single = await measureStarts(oneFile, rounds)

  const sizes: Array<{ readonly name: string; readonly size: Size }> = []
  const size = async (name: string, ...rest: Parameters<typeof bundled> extends [string, ...infer R] ? R : never) => {
    const size = await bundled(folder, ...rest)
    sizes.push({ name, size })
    return size
  }
  const browser = await size(`${describe("sdk")}, without Effect, browser`, "sdk", "browser", effectModules)
  const worker = await size(`${describe("sdk")}, without Effect, worker`, "sdk", "worker", effectModules)
  const modules = await size(`${describe("modules")}, without Effect, browser`, "modules", "browser", effectModules)
  const whole = await size(`${describe("sdk")}, with Effect, browser`, "sdk", "browser", [])
  const wholeWorker = await size(`${describe("sdk")}, with Effect, worker`, "sdk", "worker", [])
  await size(`${describe("effect")}, browser`, "effect", "browser", [])
  const official = await size(`${describe("official")}, browser`, "official", "browser", [])
  if (newest.runs) await size(`${describe("newest")}, browser`, "newest", "browser", [])
  const ours = [browser, worker, modules, whole, wholeWorker]

  const ratio = (times: ReadonlyMap<Program, Started>, one: Program, field: "importing" | "processor" = "importing") =>
    times.get(one)![field] / times.get("official")![field]
  const startTable = (title: string, times: ReadonlyMap<Program, Started>) => ({
    title,
    columns: [
      { name: "ms to import" },
      { name: "processor ms" },
      { name: "ms of the process" },
      { name: "MB", digits: 0 }
    ],
    rows: Array.from(times, ([one, { importing, memory, process, processor }]) => ({
      name: describe(one),
      values: [importing, processor, process, memory / 2 ** 20]
    }))
  })
  return {
    title: "what it costs to import it, and to ship it",
    versions: versions(
      "effect",
      "@effect/platform",
      "@pinecone-database/pinecone",
      ...(newest.runs ? ["pinecone-newest"] : []),
      "esbuild"
    ),
    notes: [
      newest.note,
      `medians of ${rounds} fresh processes for each side, in turns; an import ends when there is an index to ask`,
      `modules of Node in the bundles of this SDK: ${
        ours.flatMap((one) => one.nodeModules).join(", ") || "none"
      }; of the official client: ${official.nodeModules.join(", ") || "none"}`
    ],
    tables: [
      startTable("Cold import: each module a file of its own, as installed", installed),
      startTable("Cold import: bundled into one file, minified", single),
      {
        title: "A program that makes an index and queries it, bundled and minified",
        columns: [{ name: "KB", digits: 1 }, { name: "KB gzip", digits: 1 }, { name: "KB brotli", digits: 1 }],
        rows: sizes.map(({ name, size: { brotli, gzip, minified } }) => ({
          name,
          values: [kilobytes(minified), kilobytes(gzip), kilobytes(brotli)]
        }))
      }
    ],
    charts: [
      {
        file: "cold-import",
        title: "From the start of the program to an index to ask",
        unit: "ms",
        better: "less" as const,
        ownAxes: true,
        groups: [["as installed", installed] as const, ["bundled", single] as const].map(([name, times]) => ({
          name,
          bars: Array.from(
            times,
            ([one, { importing }]) => ({ name: describe(one).replaceAll("`", ""), value: importing })
          )
        }))
      },
      {
        file: "bundle-size",
        title: "Bundle of a program that queries an index, compressed",
        unit: "KB brotli",
        better: "less" as const,
        groups: [{
          name: "",
          bars: sizes.map(({ name, size }) => ({ name: name.replaceAll("`", ""), value: kilobytes(size.brotli) }))
        }]
      }
    ],
    ratios: [
      { name: "cold import to official, bundled", value: ratio(single, "sdk"), target: { atMost: 2 } },
      { name: "cold import to official, as installed", value: ratio(installed, "sdk"), target: { atMost: 2 } },
      { name: "processor time of it, as installed", value: ratio(installed, "sdk", "processor") },
      { name: "processor time of it, bundled", value: ratio(single, "sdk", "processor") },
      { name: "Effect alone to official, as installed", value: ratio(installed, "effect") },
      { name: "Effect alone to official, bundled", value: ratio(single, "effect") },
      { name: "without Effect, minified", value: kilobytes(browser.minified), unit: "KB", target: { atMost: 145.1 } },
      { name: "without Effect, gzip", value: kilobytes(browser.gzip), unit: "KB", target: { atMost: 53.1 } },
      {
        name: "without Effect, for a worker, gzip",
        value: kilobytes(worker.gzip),
        unit: "KB",
        target: { atMost: 54 }
      },
      {
        name: "modules of Node in the bundles",
        value: ours.flatMap((one) => one.nodeModules).length,
        target: { atMost: 0 }
      }
    ]
  }
}

export const benchmark: Benchmark = {
  name: "cold",
  about: "the time of a first import, and the size of a bundle",
  minutes: 10,
  run
}
