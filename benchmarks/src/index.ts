/**
 * The benchmarks, one after another: all, or those that are named, as in `pnpm bench upsert query`.
 *
 * - `--quick` takes about a minute for all of them, to see that they work; its figures are rough
 * - `--page` makes the tables and pictures of the page in `docs` anew from the results, and runs nothing unless named
 */
import * as Cold from "./cold.js"
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
  Text.benchmark,
  Ingest.benchmark,
  Parquet.benchmark,
  StoreFiles.benchmark,
  Throttle.benchmark,
  Embed.benchmark
]

const options = ["--quick", "--page"]

const given = process.argv.slice(2)
const named = given.filter((argument) => !argument.startsWith("--"))
const quick = given.includes("--quick")
const forPage = given.includes("--page")

const unknown = given.filter((argument) =>
  !options.includes(argument) && !benchmarks.some(({ name }) => name === argument)
)
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}. pnpm bench [${options.join("] [")}] [name …]\n`)
  for (const { about, name } of benchmarks) console.error(`  ${name.padEnd(10)}${about}`)
  process.exit(1)
}

/** Whatever hangs ends here, and with this process all that it started. */
const watched = async ({ minutes, name, run }: Benchmark): Promise<Report> => {
  const timer = setTimeout(() => {
    console.error(`${name} is not done after ${minutes} minutes`)
    process.exit(1)
  }, minutes * 60_000)
  try {
    const before = load()
    const found = await run({ quick })
    return report.make(name, found, { quick, before, after: load() })
  } finally {
    clearTimeout(timer)
  }
}

let failed = 0

for (const benchmark of benchmarks) {
  if (named.length === 0 ? forPage && !quick : !named.includes(benchmark.name)) continue
  try {
    const found = await watched(benchmark)
    report.write(found)
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
