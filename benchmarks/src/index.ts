/**
 * All benchmarks, one after another, or those that are named: `pnpm bench encode search ingest parquet throttle fan-out`.
 */
import * as Encode from "./encode.js"
import * as FanOut from "./fanOut.js"
import * as Ingest from "./ingest.js"
import * as Parquet from "./parquet.js"
import * as Search from "./search.js"
import * as Throttle from "./throttle.js"

const benchmarks = {
  encode: Encode.run,
  search: Search.run,
  ingest: Ingest.run,
  parquet: Parquet.run,
  throttle: Throttle.run,
  "fan-out": FanOut.run
}

const named = process.argv.slice(2)

for (const [name, run] of Object.entries(benchmarks)) {
  if (named.length === 0 || named.includes(name)) await run()
}
