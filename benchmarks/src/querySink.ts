/**
 * A server in a process of its own that has the answers to queries ready, over HTTP and over gRPC: the same matches, each
 * with metadata of three fields. In JSON a number is the shortest decimal that reads back as the same 32-bit float, as
 * Pinecone writes it.
 */
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import { ByteWriter } from "../../packages/schema/src/internal/byteWriter.js"
import type { Case } from "./queryCase.js"
import { cases, dimension } from "./queryCase.js"
import { serve } from "./side.js"
import { idOf, random, unitVector } from "./vectors.js"
import { listenGrpc, listenHttp } from "./wire.js"

const next = random(1)

const matches = Array.from({ length: Math.max(...cases.map(({ topK }) => topK)) }, (_, i) => ({
  id: idOf(i),
  score: Math.fround(0.95 - i / 2000),
  values: unitVector(next, dimension),
  metadata: {
    genre: ["comedy", "drama", "documentary"][i % 3]!,
    year: 1950 + i % 75,
    title: `The title of record ${i}`
  }
}))

const floats = (values: Float32Array): string => {
  const writer = new ByteWriter(16 * values.length + 64)
  writer.float32s(values)
  return Buffer.from(writer.bytes()).toString()
}

const jsonOf = ({ includeValues, topK }: Case): Buffer =>
  Buffer.from(
    `{"results":[],"matches":[${
      matches.slice(0, topK).map(({ id, metadata, score, values }) =>
        `{"id":"${id}","score":${floats(Float32Array.of(score)).slice(1, -1)},"values":${
          includeValues ? floats(values) : "[]"
        },"metadata":${JSON.stringify(metadata)}}`
      ).join(",")
    }],"namespace":"","usage":{"readUnits":6}}`
  )

const protobufOf = ({ includeValues, topK }: Case): Buffer =>
  Buffer.from(Protocol.methods.query.encodeAnswer({
    matches: matches.slice(0, topK).map(({ values, ...match }) => includeValues ? { ...match, values } : match),
    namespace: "",
    usage: { readUnits: 6 }
  }))

const prepared = cases.map((one) => ({ json: jsonOf(one), protobuf: protobufOf(one) }))

let current = prepared[0]!

const http = await listenHttp((request, response) => {
  request.resume()
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json", "content-length": current.json.length })
    response.end(current.json)
  })
})

const grpc = await listenGrpc({ [Protocol.methods.query.path]: () => current.protobuf })

export const answers = serve({
  urls: () => ({ http: http.url, grpc: grpc.url }),
  /** Which case it answers from now on, and how large the answers are. */
  answer: (i: number) => {
    current = prepared[i]!
    return { json: current.json.length, protobuf: current.protobuf.length }
  }
})
