/**
 * All benchmarks, one after another, or those that are named: `pnpm bench encode search ingest`.
 */
import * as Encode from "./encode.js"
import * as Ingest from "./ingest.js"
import * as Search from "./search.js"

const benchmarks = { encode: Encode.run, search: Search.run, ingest: Ingest.run }

const named = process.argv.slice(2)

for (const [name, run] of Object.entries(benchmarks)) {
  if (named.length === 0 || named.includes(name)) await run()
}
