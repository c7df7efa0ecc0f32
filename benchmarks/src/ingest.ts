/**
 * 100,000 records of 384 numbers into the embedded server over HTTP: by this SDK and by the official client, in turns,
 * each with four requests of 200 records in flight. Then a top-10 query over them, over HTTP, beside a bare loop over the
 * same numbers.
 *
 * The server runs in a process of its own, and so does each run of a side, whose memory is what is measured.
 */
import { Pinecone as Official } from "@pinecone-database/pinecone"
import { Indexes, IndexSpec, Pinecone, VectorIndex } from "effect-pinecone"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { execFile, spawn } from "node:child_process"
import * as Readline from "node:readline"
import { fileURLToPath } from "node:url"
import { machine, peakMemory, versions } from "./machine.js"
import { idOf, median, megabytes, vectorOf } from "./vectors.js"

const records = 100_000
const dimension = 384
const batch = 200
const inFlight = 4

const server = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly stop: () => void }, Error>((resume) => {
    const bin = fileURLToPath(new URL("../../packages/local/src/bin.ts", import.meta.url))
    const child = spawn(process.execPath, ["--import", "tsx", bin, "--port", "0", "--memory"], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    Readline.createInterface({ input: child.stdout }).once("line", (line) => {
      const url = /http:\S+/.exec(line)?.[0]
      if (url === undefined) resume(Effect.fail(new Error(`the server says: ${line}`)))
      else resume(Effect.succeed({ url, stop: () => child.kill("SIGTERM") }))
    })
    child.once("error", (error) => resume(Effect.fail(error)))
  }),
  ({ stop }) => Effect.sync(stop)
)

const create = (name: string) =>
  Effect.flatMap(Indexes.Indexes, (indexes) =>
    indexes.ensure({
      name,
      dimension,
      metric: "cosine",
      spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
    }))

const withSdk = (name: string, url: string): Promise<void> =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.make({ name })
    yield* Stream.range(0, records - 1, batch).pipe(
      Stream.map((record) => ({ id: idOf(record), values: vectorOf(record, dimension) })),
      Stream.grouped(batch),
      Stream.mapEffect((chunk) => index.upsert(chunk), { concurrency: inFlight, unordered: true }),
      Stream.runDrain
    )
  }).pipe(
    Effect.provide(Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url })),
    Effect.runPromise
  )

const withOfficial = async (name: string, url: string): Promise<void> => {
  const index = new Official({ apiKey: "none", controllerHostUrl: url }).index(name)
  let next = 0
  const worker = async () => {
    while (next < records) {
      const from = next
      next += batch
      await index.upsert({
        records: Array.from(
          { length: batch },
          (_, i) => ({ id: idOf(from + i), values: Array.from(vectorOf(from + i, dimension)) })
        )
      })
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

const sides = { sdk: withSdk, official: withOfficial }

type SideName = keyof typeof sides

interface Measured {
  readonly seconds: number
  readonly peak: number
}

/** In a process of its own: sends everything once, and prints the seconds and the most memory. */
const runSide = async (side: SideName, name: string, url: string): Promise<void> => {
  const start = performance.now()
  await sides[side](name, url)
  const measured: Measured = {
    seconds: (performance.now() - start) / 1000,
    peak: peakMemory()
  }
  console.log(JSON.stringify(measured))
}

const side = (side: SideName, name: string, url: string) =>
  Effect.async<Measured, Error>((resume) => {
    execFile(
      process.execPath,
      ["--import", "tsx", fileURLToPath(import.meta.url), side, name, url],
      (error, stdout) => resume(error === null ? Effect.succeed(JSON.parse(stdout) as Measured) : Effect.fail(error))
    )
  })

/** The best ten by cosine, by a loop over one block. */
const bareLoop = (block: Float32Array, norms: Float32Array, query: Float32Array): number => {
  let best = -Infinity
  for (let row = 0; row < records; row++) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    const from = row * dimension
    for (let i = 0; i < dimension; i += 4) {
      a += block[from + i]! * query[i]!
      b += block[from + i + 1]! * query[i + 1]!
      c += block[from + i + 2]! * query[i + 2]!
      d += block[from + i + 3]! * query[i + 3]!
    }
    const score = (a + b + c + d) / norms[row]!
    if (score > best) best = score
  }
  return best
}

const program = Effect.gen(function*() {
  const { url } = yield* server
  const client = Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost: url })
  yield* Effect.gen(function*() {
    yield* Console.log(
      `\nIngest: ${records} records of ${dimension} numbers over HTTP, ${inFlight} requests of ${batch} in flight`
    )
    const runs = { sdk: [] as Array<Measured>, official: [] as Array<Measured> }
    for (const round of [0, 1, 2, 3]) {
      for (const name of ["sdk", "official"] as const) {
        yield* create(`${name}-${round}`)
        const run = yield* side(name, `${name}-${round}`, url)
        // The first round warms the server up.
        if (round > 0) runs[name].push(run)
      }
    }
    const seconds = (name: SideName) => median(runs[name].map((run) => run.seconds))
    const peak = (name: SideName) => megabytes(Math.max(...runs[name].map((run) => run.peak)))
    yield* Console.log(`  this SDK         ${seconds("sdk").toFixed(1)} s, ${peak("sdk")} MB at most`)
    yield* Console.log(`  official client  ${seconds("official").toFixed(1)} s, ${peak("official")} MB at most`)
    yield* Console.log(
      `  ratio            ${(seconds("sdk") / seconds("official")).toFixed(2)} of the time (medians of 3)`
    )

    const index = yield* VectorIndex.make({ name: "sdk-3" })
    const other = new Official({ apiKey: "none", controllerHostUrl: url }).index("sdk-3")
    const block = new Float32Array(records * dimension)
    const norms = new Float32Array(records)
    for (let row = 0; row < records; row++) {
      const vector = vectorOf(row, dimension)
      block.set(vector, row * dimension)
      norms[row] = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    }
    const times = { sdk: [] as Array<number>, official: [] as Array<number>, bare: [] as Array<number> }
    for (let round = 0; round < 15; round++) {
      const vector = vectorOf(records + round, dimension)
      let start = performance.now()
      yield* index.query({ vector, topK: 10 })
      times.sdk.push(performance.now() - start)
      start = performance.now()
      yield* Effect.promise(() => other.query({ vector: Array.from(vector), topK: 10 }))
      times.official.push(performance.now() - start)
      start = performance.now()
      bareLoop(block, norms, vector)
      times.bare.push(performance.now() - start)
    }
    yield* Console.log(`\nQuery: the best 10 of ${records}, over HTTP (median of 15)`)
    yield* Console.log(`  this SDK         ${median(times.sdk).toFixed(1)} ms`)
    yield* Console.log(`  official client  ${median(times.official).toFixed(1)} ms`)
    yield* Console.log(`  bare loop        ${median(times.bare).toFixed(1)} ms, with no server and no ids`)
    yield* Console.log(`  ratio            ${(median(times.sdk) / median(times.bare)).toFixed(2)} of the bare loop`)
  }).pipe(Effect.provide(Pinecone.services), Effect.provide(client))
}).pipe(Effect.scoped)

/** Runs the benchmark. */
export const run = (): Promise<void> => {
  console.log(`${machine()}, ${versions("effect", "@effect/platform", "@pinecone-database/pinecone")}`)
  return Effect.runPromise(program)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , name, index, url] = process.argv
  if ((name === "sdk" || name === "official") && index !== undefined && url !== undefined) {
    await runSide(name, index, url)
  } else await run()
}
