/** Two clients that search the embedded server at the same time, beside one of them alone. Each is a process of its own. */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { program, temporaryFolder } from "./bundle.js"
import { withProcesses } from "./children.js"
import type { answers as SearchClient } from "./searchClient.js"
import { dimension, started, withFolder } from "./serverBusy.js"
import { median } from "./vectors.js"

export interface Measured {
  readonly size: number
  /** Milliseconds of a query. */
  readonly alone: number
  readonly together: number
}

/** Queries before the times count: they start the threads, and leave codes behind. */
const early = 40

const inRound = 20

/** By the number of records, in one index that grows. */
export const measure = (sizes: ReadonlyArray<number>, rounds: number): Promise<ReadonlyArray<Measured>> =>
  withFolder(Fs.mkdtempSync(Path.join(temporaryFolder(), "search-")), (folder) =>
    withProcesses(async (start) => {
      const { create } = await started(start, Path.join(folder, "data"))
      const host = await create("together")
      const client = async () => start<typeof SearchClient>(await program("searchClient"))
      const [one, other] = [await client(), await client()]
      const found: Array<Measured> = []
      let from = 0
      for (const size of sizes) {
        await one.ask("fill", { host, dimension, from, to: size }, 900)
        from = size
        await Promise.all([one, other].map((by) => by.ask("times", { host, dimension, first: 0, queries: early }, 300)))
        const alone: Array<ReadonlyArray<number>> = []
        const together: Array<ReadonlyArray<number>> = []
        for (let round = 1; round <= rounds; round++) {
          const asked = (first: number) => ({ host, dimension, first: first * inRound, queries: inRound })
          alone.push(await one.ask("times", asked(round)))
          const both = await Promise.all([one.ask("times", asked(round)), other.ask("times", asked(rounds + round))])
          together.push(both.flat())
        }
        found.push({ size, alone: median(alone.flat()), together: median(together.flat()) })
      }
      return found
    }))
