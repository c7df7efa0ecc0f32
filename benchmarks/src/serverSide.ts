/** One side of the benchmark of the embedded server, in a process of its own: a client, and what it writes and asks. */
import * as ParquetWriter from "@effect-pinecone/parquet/ParquetWriter"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Indexes, IndexSpec } from "effect-pinecone"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as bare from "./bareLoop.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"
import { idOf, median, vectorOf } from "./vectors.js"
import * as wordVectors from "./wordVectors.js"

const side = argument(0)

/** Sends batches, so many in flight, until all were sent. */
type Write = (host: string, batches: number, inFlight: number, batch: (i: number) => Array<Numbered>) => Promise<void>

interface Numbered {
  readonly id: string
  readonly values: Float32Array
}

const inTurn = async (batches: number, inFlight: number, once: (i: number) => Promise<unknown>): Promise<void> => {
  let next = 0
  const worker = async () => {
    while (next < batches) await once(next++)
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

const withSdk = (transport: "grpc" | "http"): Write => async (host, batches, inFlight, batch) => {
  const { index, runtime } = await sides.sdk(transport, host)
  await runtime.runPromise(
    Effect.forEach(Array.from({ length: batches }, (_, i) => i), (i) => index.upsert(batch(i)), {
      concurrency: inFlight,
      discard: true
    })
  )
  await runtime.dispose()
}

const withOfficial: Write = async (host, batches, inFlight, batch) => {
  const index = await sides.official(host)
  await inTurn(
    batches,
    inFlight,
    (i) => index.upsert({ records: batch(i).map(({ id, values }) => ({ id, values: Array.from(values) })) })
  )
}

const write: Write = side === "official" ? withOfficial : withSdk(side === "grpc" ? "grpc" : "http")

const transport = side === "grpc" ? "grpc" : "http"

const dimension = 384

/** The values are drawn once, as if they came from a model; each record has one of them. */
const drawn = Array.from({ length: 1000 }, (_, i) => vectorOf(i, dimension))

interface Upsert {
  readonly host: string
  readonly records: number
  readonly perRequest: number
  readonly inFlight: number
}

const timed = async (run: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

/** How many records an index has; asked until there are as many as there should be. */
const counted = async (host: string, records: number): Promise<void> => {
  const { index, runtime } = await sides.sdk("http", host)
  await runtime.runPromise(
    Effect.repeat(index.describeIndexStats(), {
      until: ({ totalVectorCount }) => totalVectorCount === records,
      schedule: Schedule.intersect(Schedule.spaced("20 millis"), Schedule.recurs(500))
    }).pipe(
      Effect.andThen(index.describeIndexStats()),
      Effect.filterOrDieMessage(
        ({ totalVectorCount }) => totalVectorCount === records,
        `the index does not have ${records} records`
      )
    )
  )
  await runtime.dispose()
}

export const answers = serve({
  create: async (
    { controllerHost, dimension, name }: {
      readonly controllerHost: string
      readonly name: string
      readonly dimension: number
    }
  ) => {
    const { runtime } = await sides.sdkByName("http", name, controllerHost)
    const { host } = await runtime.runPromise(
      Effect.flatMap(Indexes.Indexes, (indexes) =>
        indexes.ensure({
          name,
          dimension,
          metric: "cosine",
          spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
        })).pipe(Effect.provide(Indexes.layer))
    )
    await runtime.dispose()
    return host
  },

  delete: async ({ controllerHost, name }: { readonly controllerHost: string; readonly name: string }) => {
    const { runtime } = await sides.sdkByName("http", name, controllerHost)
    await runtime.runPromise(
      Effect.flatMap(Indexes.Indexes, (indexes) => indexes.delete(name)).pipe(Effect.provide(Indexes.layer))
    )
    await runtime.dispose()
  },

  /** Writes made-up records, and gives the seconds until the last answer. */
  upsert: async ({ host, inFlight, perRequest, records }: Upsert) => {
    const batch = (i: number) =>
      Array.from({ length: Math.min(perRequest, records - i * perRequest) }, (_, j) => {
        const record = i * perRequest + j
        return { id: idOf(record), values: drawn[record % drawn.length]! }
      })
    const seconds = await timed(() => write(host, Math.ceil(records / perRequest), inFlight, batch))
    await counted(host, records)
    return seconds
  },

  /** Writes made-up records to a namespace, each with a part of 0 to 9 in its metadata. */
  fill: async (
    { host, namespace, records }: { readonly host: string; readonly namespace: string; readonly records: number }
  ) => {
    const { index, runtime } = await sides.sdk(transport, host)
    await runtime.runPromise(
      Effect.forEach(
        Array.from({ length: Math.ceil(records / 1000) }, (_, i) => i * 1000),
        (from) =>
          index.namespace(namespace).upsert(
            Array.from({ length: Math.min(1000, records - from) }, (_, i) => ({
              id: idOf(from + i),
              values: drawn[i % drawn.length]!,
              metadata: { part: (from + i) % 10 }
            }))
          ),
        { concurrency: 4, discard: true }
      )
    )
    await runtime.dispose()
  },

  /** The same records as Parquet files. */
  writeFiles: ({ folder, records }: { readonly folder: string; readonly records: number }) =>
    ParquetWriter.writeFolder(
      folder,
      Stream.range(0, records / 1000 - 1).pipe(
        Stream.mapChunks(
          Chunk.flatMap((thousand) =>
            Chunk.makeBy(1000, (i) => ({
              id: idOf(thousand * 1000 + i),
              // An import takes no vector twice.
              values: vectorOf(thousand * 1000 + i, dimension)
            }))
          )
        )
      ),
      { maxRecords: 50_000 }
    ).pipe(Effect.provide(NodeContext.layer), Effect.asVoid, Effect.runPromise),

  /** Imports them, and gives the seconds until the import is completed and all records are there. */
  importFiles: async (
    { host, records, uri }: { readonly host: string; readonly uri: string; readonly records: number }
  ) => {
    const { index, runtime } = await sides.sdk("http", host)
    const seconds = await timed(() =>
      runtime.runPromise(index.importAll({ uri, errorMode: "abort" }, { schedule: Schedule.spaced("20 millis") }))
    )
    await runtime.dispose()
    await counted(host, records)
    return seconds
  },

  /** Writes vectors of words to a namespace for each size. */
  writeWords: async (
    { file, host, sizes }: {
      readonly host: string
      readonly file: string | undefined
      readonly sizes: ReadonlyArray<number>
    }
  ) => {
    const { index, runtime } = await sides.sdk("grpc", host)
    const { numbers } = wordVectors
    const block = wordVectors.read(file, Math.max(...sizes))
    for (const size of sizes) {
      await runtime.runPromise(
        Effect.forEach(
          Array.from({ length: Math.ceil(size / 1000) }, (_, i) => i * 1000),
          (from) =>
            index.namespace(String(size)).upsert(
              Array.from({ length: Math.min(1000, size - from) }, (_, i) => ({
                id: idOf(from + i),
                values: block.subarray((from + i) * numbers, (from + i + 1) * numbers)
              }))
            ),
          { concurrency: 4, discard: true }
        )
      )
    }
    await runtime.dispose()
  },

  /** Asks for the best ten, again and again, and gives the milliseconds of each. */
  query: async (
    { host, queries, size }: {
      readonly host: string
      readonly size: number
      readonly queries: ReadonlyArray<Float32Array>
    }
  ) => {
    const times: Array<number> = []
    const measured = async (query: () => Promise<{ readonly matches: ReadonlyArray<unknown> }>) => {
      const start = performance.now()
      const { matches } = await query()
      times.push(performance.now() - start)
      if (matches.length !== 10) throw new Error(`${matches.length} matches instead of 10`)
    }
    if (side === "official") {
      const index = (await sides.official(host)).namespace(String(size))
      for (const vector of queries) await measured(() => index.query({ vector: Array.from(vector), topK: 10 }))
      return median(times)
    }
    const { index, runtime } = await sides.sdk(transport, host)
    const namespace = index.namespace(String(size))
    for (const vector of queries) await measured(() => runtime.runPromise(namespace.query({ vector, topK: 10 })))
    await runtime.dispose()
    return median(times)
  },

  /** The same by a loop over the numbers, without a server and without ids. */
  bareLoop: (
    { file, queries, size }: {
      readonly file: string | undefined
      readonly size: number
      readonly queries: ReadonlyArray<Float32Array>
    }
  ) => {
    const { numbers } = wordVectors
    const block = wordVectors.read(file, size)
    const norms = bare.norms(block, numbers)
    for (const vector of queries) bare.best(block, norms, vector)
    const times = queries.map((vector) => {
      const start = performance.now()
      bare.best(block, norms, vector)
      return performance.now() - start
    })
    return median(times)
  }
})
