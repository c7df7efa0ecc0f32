/** One side of the benchmark of upserts, in a process of its own. */
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Effect from "effect/Effect"
import { peakMemory } from "./machine.js"
import { argument, serve } from "./side.js"
import * as sides from "./sides.js"
import { dimension, perRequest } from "./upsertCase.js"
import { idOf, random, unitVector } from "./vectors.js"

/** Sends requests, so many in flight, until the time is over; gives how many there were. */
type Drive = (inFlight: number, seconds: number) => Promise<number>

const number = random(1)

/** What is sent again and again: the application has its vectors as Float32Arrays. */
const batches = Array.from({ length: 8 }, (_, batch) =>
  Array.from({ length: perRequest }, (_, i) => ({
    id: idOf(batch * perRequest + i),
    values: unitVector(number, dimension)
  })))

/** Whether to send one more, and which. */
const deadline = (seconds: number) => {
  const end = performance.now() + seconds * 1000
  let sent = 0
  return {
    isOver: () => performance.now() >= end,
    next: () => batches[sent++ % batches.length]!,
    sent: () => sent
  }
}

const promises = (once: (batch: (typeof batches)[number]) => Promise<unknown>): Drive => async (inFlight, seconds) => {
  const work = deadline(seconds)
  const worker = async () => {
    while (!work.isOver()) await once(work.next())
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return work.sent()
}

const sdk = async (transport: "http" | "grpc", host: string): Promise<Drive> => {
  const { index, runtime } = await sides.sdk(transport, host)
  return async (inFlight, seconds) => {
    const work = deadline(seconds)
    const worker = Effect.whileLoop({
      while: () => !work.isOver(),
      body: () => index.upsert(work.next()),
      step: () => {}
    })
    await runtime.runPromise(Effect.all(Array.from({ length: inFlight }, () => worker), { concurrency: "unbounded" }))
    return work.sent()
  }
}

/** The official clients take arrays, and would write a Float32Array as an object. */
const plain = (batch: (typeof batches)[number]) => batch.map(({ id, values }) => ({ id, values: Array.from(values) }))

/** The bodies of all batches, one after another, again and again. */
const bodiesOf = (format: RequestBody.Format): () => Buffer => {
  const bodies = batches.map((batch) =>
    Buffer.from(Effect.runSync(RequestBody.upsert<object>(batch, {}, (metadata) => metadata, format)))
  )
  let sent = 0
  return () => bodies[sent++ % bodies.length]!
}

/** What gRPC takes with the library that most clients use: messages made beforehand. */
const grpcFloor = async (host: string): Promise<Drive> => {
  const { default: Grpc } = await import("@grpc/grpc-js")
  const next = bodiesOf(RequestBody.asProtobuf)
  const client = new Grpc.Client(new URL(host).host, Grpc.credentials.createInsecure(), {
    "grpc.max_send_message_length": -1
  })
  const metadata = new Grpc.Metadata()
  metadata.set("api-key", "none")
  const asItIs = (bytes: Buffer) => bytes
  return promises(() =>
    new Promise((resolve, reject) =>
      client.makeUnaryRequest(
        "/VectorService/Upsert",
        asItIs,
        asItIs,
        next(),
        metadata,
        (error, answer) => error === null ? resolve(answer) : reject(error)
      )
    )
  )
}

/** The least that gRPC takes: messages made beforehand, with their prefix, over the HTTP/2 of Node and nothing else. */
const http2Floor = async (host: string): Promise<Drive> => {
  const Http2 = await import("node:http2")
  const body = bodiesOf(RequestBody.asProtobuf)
  const next = () => {
    const message = body()
    const prefix = Buffer.alloc(5)
    prefix.writeUInt32BE(message.length, 1)
    return [prefix, message] as const
  }
  const session = Http2.connect(host)
  const headers = {
    ":method": "POST",
    ":path": "/VectorService/Upsert",
    "content-type": "application/grpc",
    "te": "trailers",
    "api-key": "none"
  }
  return promises(() =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers)
      stream.on("error", reject)
      stream.on("end", resolve)
      stream.resume()
      const [prefix, message] = next()
      stream.cork()
      stream.write(prefix)
      stream.end(message)
      stream.uncork()
    })
  )
}

/** The least that HTTP takes: bodies made beforehand, sent by the library that the SDK uses. */
const httpFloor = async (host: string): Promise<Drive> => {
  const { default: Undici } = await import("undici")
  const next = bodiesOf(RequestBody.asJson)
  const pool = new Undici.Pool(host)
  return promises(async () => {
    const response = await pool.request({
      method: "POST",
      path: "/vectors/upsert",
      headers: { "api-key": "none", "content-type": "application/json" },
      body: next()
    })
    return response.body.json()
  })
}

const drives: Readonly<Record<string, (host: string) => Promise<Drive>>> = {
  grpc: (host) => sdk("grpc", host),
  http: (host) => sdk("http", host),
  official: async (host) => {
    const index = await sides.official(host)
    return promises((batch) => index.upsert({ records: plain(batch) }))
  },
  newest: async (host) => {
    const index = await sides.newest(host)
    return promises((batch) => index.upsert({ records: plain(batch) }))
  },
  grpcFloor,
  http2Floor,
  httpFloor
}

const drive = await drives[argument(0)]!(argument(1))

export const answers = serve({
  measure: async ({ inFlight, seconds }: { readonly inFlight: number; readonly seconds: number }) => {
    const before = process.cpuUsage()
    const start = performance.now()
    const requests = await drive(inFlight, seconds)
    const elapsed = (performance.now() - start) / 1000
    const { system, user } = process.cpuUsage(before)
    return { vectors: requests * perRequest, seconds: elapsed, processorSeconds: (system + user) / 1e6 }
  },
  peakMemory: () => peakMemory()
})
