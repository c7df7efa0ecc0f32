/** One side of the benchmark `compare`, in a process of its own: an engine, and the vectors that it was given. */
import type { Setting, Vectors } from "./compareCase.js"
import type { Engine } from "./compareEngines.js"
import { engines } from "./compareEngines.js"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"

let built: Engine | undefined

const engine = (): Engine => {
  if (built === undefined) throw new Error("nothing is built yet")
  return built
}

/** Of all threads. */
const processorTime = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1000
}

export const answers = serve({
  /** Builds from the vectors of a file: the seconds, and the seconds of the processors. */
  build: async ({ folder, vectors }: { readonly vectors: Vectors; readonly folder: string }) => {
    const build = engines[argument(0)]
    if (build === undefined) throw new Error(`there is no engine ${argument(0)}`)
    const before = processorTime()
    const start = performance.now()
    built = await build(vectors, folder)
    return { seconds: (performance.now() - start) / 1000, processor: (processorTime() - before) / 1000 }
  },
  /** Asks with one query after another: the ids and milliseconds of each, and the milliseconds of the processors of all. */
  search: async (
    { queries, setting }: { readonly queries: ReadonlyArray<Float32Array>; readonly setting: Setting }
  ) => {
    const found: Array<{ readonly ids: ReadonlyArray<number>; readonly milliseconds: number }> = []
    const before = processorTime()
    for (const query of queries) {
      const start = performance.now()
      const ids = await engine().search(query, setting)
      found.push({ ids, milliseconds: performance.now() - start })
    }
    return { found, processor: processorTime() - before }
  },
  /** Writes a vector and asks for it until it is found: the milliseconds, or none where nothing can be written. */
  write: async ({ id, vector }: { readonly id: number; readonly vector: Float32Array }) => {
    const { add, search } = engine()
    if (add === undefined) return undefined
    const start = performance.now()
    await add(id, vector)
    while (!(await search(vector, { name: "" })).includes(id)) {
      if (performance.now() - start > 30_000) throw new Error("what was written is not found after 30 s")
    }
    return performance.now() - start
  },
  /** The most bytes that it has had at once. */
  peak: () => peakMemory()
})
