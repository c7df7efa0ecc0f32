/** One side of the benchmark of queries, in a process of its own. */
import * as Effect from "effect/Effect"
import { peakMemory } from "./machine.js"
import type { Case } from "./queryCase.js"
import { dimension } from "./queryCase.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"
import { median, random, unitVector } from "./vectors.js"

interface Until {
  readonly seconds: number
  readonly atLeast: number
}

/** Queries one after another, and gives the milliseconds of each. */
type Drive = (one: Case, until: Until) => Promise<ReadonlyArray<number>>

const vector = unitVector(random(7), dimension)

const check = (matches: ReadonlyArray<{ readonly values?: ArrayLike<number> | undefined }>, one: Case): void => {
  const length = matches.at(-1)?.values?.length ?? 0
  if (matches.length === one.topK && length === (one.includeValues ? dimension : 0)) return
  throw new Error(`${matches.length} matches, the last of ${length} numbers, for ${JSON.stringify(one)}`)
}

const promises = (
  query: (one: Case) => Promise<ReadonlyArray<{ readonly values?: ArrayLike<number> | undefined }> | undefined>
): Drive =>
async (one, { atLeast, seconds }) => {
  const times: Array<number> = []
  const end = performance.now() + seconds * 1000
  while (times.length < atLeast || performance.now() < end) {
    const start = performance.now()
    const matches = await query(one)
    times.push(performance.now() - start)
    if (matches !== undefined) check(matches, one)
  }
  return times
}

const sdk = async (transport: "http" | "grpc", host: string): Promise<Drive> => {
  const { index, runtime } = await sides.sdk(transport, host)
  return (one, { atLeast, seconds }) => {
    const times: Array<number> = []
    const end = performance.now() + seconds * 1000
    let start = 0
    return runtime.runPromise(Effect.as(
      Effect.whileLoop({
        while: () => times.length < atLeast || performance.now() < end,
        body: () => {
          start = performance.now()
          return index.query({ vector, ...one, includeMetadata: true })
        },
        step: ({ matches }) => {
          times.push(performance.now() - start)
          check(matches, one)
        }
      }),
      times
    ))
  }
}

/** The least that gRPC takes: the bytes of the answer, not read. */
const grpcFloor = async (host: string): Promise<Drive> => {
  const { default: Grpc } = await import("@grpc/grpc-js")
  const { methods } = await import("@effect-pinecone/grpc/Protocol")
  const client = new Grpc.Client(new URL(host).host, Grpc.credentials.createInsecure(), {
    "grpc.max_receive_message_length": -1,
    "grpc-node.flow_control_window": 8 * 1024 * 1024
  })
  const asItIs = (bytes: Buffer) => bytes
  const { encodeRequest, path } = methods.query
  return promises((one) =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        path,
        asItIs,
        asItIs,
        Buffer.from(encodeRequest({
          topK: one.topK,
          includeValues: one.includeValues,
          includeMetadata: true,
          vector,
          namespace: undefined,
          filter: undefined,
          queries: undefined,
          sparseVector: undefined,
          id: undefined,
          scanFactor: undefined,
          maxCandidates: undefined
        })),
        new Grpc.Metadata(),
        (error) => error === null ? resolve(undefined) : reject(error)
      )
    )
  )
}

/** The least that JSON takes: the answer parsed, and not looked at. */
const httpFloor = async (host: string): Promise<Drive> => {
  const { default: Undici } = await import("undici")
  const pool = new Undici.Pool(host)
  const values = Array.from(vector)
  return promises(async (one) => {
    const response = await pool.request({
      method: "POST",
      path: "/query",
      headers: { "api-key": "none", "content-type": "application/json" },
      body: JSON.stringify({ vector: values, ...one, includeMetadata: true })
    })
    await response.body.json()
    return undefined
  })
}

const drives: Readonly<Record<string, (host: string) => Promise<Drive>>> = {
  grpc: (host) => sdk("grpc", host),
  http: (host) => sdk("http", host),
  official: async (host) => {
    const index = await sides.official(host)
    return promises(async (one) =>
      (await index.query({ vector: Array.from(vector), ...one, includeMetadata: true })).matches
    )
  },
  newest: async (host) => {
    const index = await sides.newest(host)
    return promises(async (one) =>
      (await index.query({ vector: Array.from(vector), ...one, includeMetadata: true })).matches
    )
  },
  grpcFloor,
  httpFloor
}

const drive = await drives[argument(0)]!(argument(1))

export const answers = serve({
  measure: async ({ one, until }: { readonly one: Case; readonly until: Until }) => {
    const before = process.cpuUsage()
    const times = await drive(one, until)
    const { system, user } = process.cpuUsage(before)
    return { milliseconds: median(times), processor: (system + user) / 1000 / times.length }
  },
  peakMemory: () => peakMemory()
})
