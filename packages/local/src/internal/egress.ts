import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as apiVersion from "./apiVersion.js"

/** What an answer costs, and since 2026-07 how many bytes it has. */
interface Answer {
  readonly usage: object
}

const closing = "}}"

/** The JSON of an answer that ends with its usage, with the bytes that it has without this count. */
const counted = (bytes: Uint8Array, name: string): Uint8Array => {
  const count = Buffer.from(`,"${name}":${bytes.length}${closing}`)
  const all = new Uint8Array(bytes.length - closing.length + count.length)
  all.set(bytes.subarray(0, bytes.length - closing.length))
  all.set(count, bytes.length - closing.length)
  return all
}

/** Writes an answer. The numbers of vectors are the shortest decimals. */
export const response = (
  { usage, ...body }: Answer,
  name: "egressBytes" | "egress_bytes"
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.map(apiVersion.atLeast("2026-07"), (counts) => {
    const bytes = RequestBody.json({ ...body, usage })
    return HttpServerResponse.uint8Array(counts ? counted(bytes, name) : bytes, { contentType: "application/json" })
  })
