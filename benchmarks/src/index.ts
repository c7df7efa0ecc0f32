/**
 * The benchmarks, one after another: all, or those that are named, as in `pnpm bench upsert query`.
 *
 * - `--quick` takes about a minute for all of them, to see that they work; its figures are rough
 * - `--only PART` runs a part of a benchmark that has parts, as `server` has; what it finds is printed, not kept
 * - `--data FOLDER` uses the data that an earlier run has left in this folder, or fills it and leaves it there
 * - `--page` makes the tables and pictures of the page in `docs` anew from the results, and runs nothing unless named
 */
import { parseArgs } from "node:util"
import * as Cli from "./cli.js"
import * as Cold from "./cold.js"
import * as Compare from "./compare.js"
import * as Console from "./console.js"
import * as Embed from "./embed.js"
import * as Encode from "./encode.js"
import * as FanOut from "./fanOut.js"
import * as Ingest from "./ingest.js"
import { load } from "./machine.js"
import * as page from "./page.js"
import * as Parquet from "./parquet.js"
import * as Query from "./query.js"
import type { Benchmark, Report } from "./report.js"
import * as report from "./report.js"
import * as Search from "./search.js"
import * as Server from "./server.js"
import * as Sparse from "./sparse.js"
import * as StoreFiles from "./stores.js"
import * as Text from "./text.js"
import * as Throttle from "./throttle.js"
import * as Upsert from "./upsert.js"

const benchmarks: ReadonlyArray<Benchmark> = [
  Upsert.benchmark,
  Query.benchmark,
  Cold.benchmark,
  Server.benchmark,
  FanOut.benchmark,
  Encode.benchmark,
  Search.benchmark,
  Sparse.benchmark,
  Compare.benchmark,
  Text.benchmark,
  Ingest.benchmark,
  Parquet.benchmark,
  Cli.benchmark,
  Console.benchmark,
  StoreFiles.benchmark,
  Throttle.benchmark,
  Embed.benchmark
]

const usage = (problem: string): never => {
  console.error(`${problem} pnpm bench [--quick] [--page] [--only PART] [--data FOLDER] [name …]\n`)
  for (const { about, name, parts } of benchmarks) {
    console.error(`  ${name.padEnd(10)}${about}${parts === undefined ? "" : `; parts: ${parts.join(", ")}`}`)
  }
  process.exit(1)
}

const parsed = () => {
  try {
    return parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        page: { type: "boolean", default: false },
        only: { type: "string" },
        data: { type: "string" }
      },
      allowPositionals: true
    })
  } catch (error) {
    return usage(`${error instanceof Error ? error.message : String(error)}.`)
  }
}

const { positionals: named, values: { data, only, page: forPage, quick } } = parsed()

const unknown = named.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
if (unknown.length > 0) usage(`There is no ${unknown.join(", ")}.`)
const chosen = benchmarks.filter(({ name }) => named.includes(name))
if (only !== undefined && (chosen.length !== 1 || chosen[0]!.parts?.includes(only) !== true)) {
  usage(`--only ${only} is no part of ${named.length === 1 ? named[0] : "one named benchmark"}.`)
}

/** Whatever hangs ends here, and with this process all that it started. */
const watched = async ({ minutes, name, run }: Benchmark): Promise<Report> => {
  const timer = setTimeout(() => {
    console.error(`${name} is not done after ${minutes} minutes`)
    process.exit(1)
  }, minutes * 60_000)
  try {
    const before = load()
    const found = await run({ quick, only, data })
    return report.make(name, found, { quick, before, after: load() })
  } finally {
    clearTimeout(timer)
  }
}

let failed = 0

for (const benchmark of benchmarks) {
  if (named.length === 0 ? forPage && !quick : !named.includes(benchmark.name)) continue
  if (benchmark.skipped !== undefined) {
    console.log(`\n== ${benchmark.name} is skipped: ${benchmark.skipped}`)
    continue
  }
  try {
    const found = await watched(benchmark)
    if (only === undefined) report.write(found)
    console.log(report.text(found))
  } catch (error) {
    failed++
    console.error(`\n== ${benchmark.name} failed`)
    console.error(error)
  }
}

if (forPage) {
  const missing = page.write(benchmarks.map(({ name }) => name))
  console.log(`\nThe page is made anew${missing.length === 0 ? "" : `, without results of ${missing.join(", ")}`}`)
}

process.exit(failed === 0 ? 0 : 1)
