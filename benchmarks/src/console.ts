/**
 * The console of the embedded server on 100,000 records, in a Chromium: when its page paints, the largest answer that it asks
 * for, and how long it keeps the browser from answering, at its start and while a map of 20,000 points is made and used. The
 * server is a process of its own.
 */
import { ControlPlane, Indexes, Pinecone, VectorIndex } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { build } from "esbuild"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { buildPage, mostBytes } from "../../packages/console/page/build.js"
import { executablePath } from "../../packages/console/test/utils/chromium.js"
import type { Longest, Measured } from "../../packages/console/test/utils/measure.js"
import { measure } from "../../packages/console/test/utils/measure.js"
import { banner, program, root, temporaryFolder } from "./bundle.js"
import * as cases from "./cases.js"
import { withProcesses } from "./children.js"
import { versions } from "./machine.js"
import type { Benchmark, Found, Options } from "./report.js"
import type { answers as ServerHost } from "./serverHost.js"
import { idOf, median } from "./vectors.js"

const { dimension, points, topics } = cases.consolePage

const index = "large"

const namespace = "all"

/** Vectors around a centre for each topic. */
const record = (i: number) => {
  const topic = i % topics.length
  const values = new Float32Array(dimension)
  for (let d = 0; d < dimension; d++) values[d] = Math.sin(topic * 7 + d) + Math.sin(i * 0.37 + d * d) * 0.8
  return {
    id: idOf(i),
    values,
    metadata: { topic: topics[topic]!, year: 1950 + i % 75, title: `Title number ${i} about ${topics[topic]}` }
  }
}

const fill = (url: string, records: number): Promise<unknown> =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const { host } = yield* indexes.ensure({ name: index, dimension, metric: "cosine" })
    const vectors = yield* VectorIndex.make({ host })
    yield* vectors.upsertAll(Stream.map(Stream.range(0, records - 1), record), { namespace })
  }).pipe(
    Effect.provide(ControlPlane.layer),
    Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url })),
    Effect.runPromise
  )

/** The package of the console as plain JavaScript, where the embedded server finds it, with the page that was built. */
const installConsole = async (): Promise<void> => {
  const source = Path.join(root, "../packages/console")
  const folder = Path.join(temporaryFolder(), "node_modules/@effect-pinecone/console")
  const outdir = Path.join(folder, "dist/internal")
  Fs.mkdirSync(outdir, { recursive: true })
  Fs.writeFileSync(
    Path.join(folder, "package.json"),
    JSON.stringify({ type: "module", exports: { "./*": "./dist/internal/*.js" } })
  )
  Fs.cpSync(Path.join(source, "dist/internal/page"), Path.join(outdir, "page"), { recursive: true })
  await build({
    entryPoints: [Path.join(source, "src/ConsolePage.ts")],
    outdir,
    bundle: true,
    platform: "node",
    format: "esm",
    banner,
    logLevel: "error"
  })
}

const run = ({ quick }: Options): Promise<Found> =>
  withProcesses(async (start) => {
    const records = quick ? 10_000 : 100_000
    const rounds = quick ? 1 : 3
    const pageBytes = await buildPage()
    await installConsole()
    const server = await start<typeof ServerHost>(await program("serverHost"), "{}")
    const url = await server.ask("url", undefined)
    await fill(url, records)
    const all: Array<Measured> = []
    for (let round = 0; round < rounds; round++) {
      all.push(await Effect.runPromise(measure({ url, index, namespace, field: "topic", points })))
    }
    const of = (figure: (measured: Measured) => number) => median(all.map(figure))
    const worst = (figure: (measured: Measured) => number) => Math.max(...all.map(figure))
    const tasks: ReadonlyArray<readonly [string, (measured: Measured) => Longest]> = [
      ["at the start", ({ start }) => start],
      ["while the map is made", ({ making }) => making],
      ["while the map is used", ({ using }) => using]
    ]
    const shown = Math.min(records, points).toLocaleString("en-US")
    return {
      title: `the console on ${
        records.toLocaleString("en-US")
      } records of ${dimension} numbers, with a map of ${shown} points`,
      versions: versions("effect", "@effect/platform"),
      notes: [
        `${
          rounds === 1 ? "one round" : `${rounds} rounds`
        }, each in a browser of its own: times are medians, the longest ` +
        "tasks and the largest answer are those of all rounds",
        "the server, the browser and what watches it share the cores: the time that passed depends on that, the processor's time less"
      ],
      tables: [{
        title: "In Chromium",
        columns: [
          { name: "first paint, ms", digits: 0 },
          { name: "records, ms", digits: 0 },
          { name: "map, s", digits: 1 },
          { name: "requests", digits: 0 },
          { name: "largest answer, KB", digits: 0 }
        ],
        rows: [{
          name: "the console",
          values: [
            of(({ paint }) => paint),
            of(({ usable }) => usable),
            of(({ map }) => map) / 1_000,
            of(({ requests }) => requests),
            worst(({ largest }) => largest) / 1_000
          ]
        }]
      }, {
        title: "The longest task of the page",
        columns: [{ name: "ms of the processor", digits: 0 }, { name: "ms", digits: 0 }],
        rows: tasks.map(([name, task]) => ({
          name,
          values: [worst((measured) => task(measured).processor), worst((measured) => task(measured).passed)]
        }))
      }],
      ratios: [
        { name: "first paint", value: of(({ paint }) => paint), unit: "ms", target: { atMost: 1_000 } },
        {
          name: "largest answer",
          value: worst(({ largest }) => largest) / 1_000,
          unit: "KB",
          target: { atMost: 1_000 }
        },
        { name: "page, compressed", value: pageBytes / 1_000, unit: "KB", target: { atMost: mostBytes / 1_000 } },
        ...tasks.flatMap(([name, task]) => [
          {
            name: `longest task ${name}, of the processor`,
            value: worst((measured) => task(measured).processor),
            unit: "ms",
            target: { atMost: 200 }
          },
          {
            name: `longest task ${name}`,
            value: worst((measured) => task(measured).passed),
            unit: "ms",
            target: { atMost: 200 }
          }
        ])
      ]
    }
  })

export const benchmark: Benchmark = {
  name: "console",
  about: "the console on 100,000 records in a Chromium: its first paint, its answers, its longest tasks",
  minutes: 20,
  skipped: executablePath === undefined
    ? "there is no Chromium on this machine; CHROMIUM_PATH can say where there is one"
    : undefined,
  run
}
