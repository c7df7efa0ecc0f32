import * as Headers from "@effect/platform/Headers"
import * as grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import type { Reply, Unary } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"

const asBuffer = (bytes: Buffer): Buffer => bytes

/** The bytes as a Buffer, not copied. */
const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const headersOf = (...all: ReadonlyArray<grpc.Metadata | undefined>): Headers.Headers => {
  const headers: Record<string, string> = {}
  for (const metadata of all) {
    for (const [name, value] of Object.entries(metadata?.getMap() ?? {})) headers[name] = String(value)
  }
  return Headers.fromInput(headers)
}

/** The metadata of a call. It is made once for all calls with the same headers: most have. */
const metadataOf = (() => {
  const known = new WeakMap<Readonly<Record<string, string>>, grpc.Metadata>()
  return (headers: Readonly<Record<string, string>>): grpc.Metadata => {
    const before = known.get(headers)
    if (before !== undefined) return before.clone()
    const metadata = new grpc.Metadata()
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
    known.set(headers, metadata)
    return metadata.clone()
  }
})()

/** A call over a client of grpc-js. */
export const unary = (client: grpc.Client, { body, headers, path, timeout }: Unary): Effect.Effect<Reply, Status> =>
  Effect.async((resume) => {
    let initial: grpc.Metadata | undefined
    let answer: Buffer | undefined
    const call = client.makeUnaryRequest(
      path,
      view,
      asBuffer,
      body,
      metadataOf(headers),
      { deadline: Date.now() + timeout },
      (_, received) => {
        answer = received
      }
    )
    call.on("metadata", (metadata: grpc.Metadata) => {
      initial = metadata
    })
    // It follows the answer, or the error, in the same turn, and has what stands behind an answer.
    call.on("status", ({ code, details, metadata }: grpc.StatusObject) => {
      const all = headersOf(initial, metadata)
      resume(
        answer !== undefined
          ? Effect.succeed({ body: answer, headers: all })
          : Effect.fail(new Status({ code, message: details, headers: all, answered: Object.keys(all).length > 0 }))
      )
    })
    return Effect.sync(() => call.cancel())
  })
