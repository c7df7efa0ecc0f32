import type { Problem } from "./problem.js"
import { grpcStatus } from "./problem.js"

/** Where the details of a status stand: libraries of gRPC know this name. */
export const header = "grpc-status-details-bin"

// What follows is the encoding of `google.rpc.Status` with one `google.rpc.ErrorInfo`: messages of a few texts, for which a
// library would be more than all of it.

const varint = (value: number): ReadonlyArray<number> =>
  value < 128 ? [value] : [value % 128 | 128, ...varint(Math.floor(value / 128))]

/** A field that has a length: a text or a message. */
const field = (number: number, value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([number << 3 | 2, ...varint(bytes.length)]), bytes])
}

/** The reason of a problem as gRPC carries it beside the status, in the header of that name; nothing where it has none. */
export const of = (problem: Problem): Readonly<Record<string, string>> => {
  const { message, reason } = problem
  if (reason === undefined) return {}
  const info = Buffer.concat([
    field(1, reason.name),
    field(2, "pinecone.io"),
    ...Object.entries(reason.metadata ?? {}).map(([key, value]) =>
      field(3, Buffer.concat([field(1, key), field(2, value)]))
    )
  ])
  const status = Buffer.concat([
    Buffer.from([1 << 3, ...varint(grpcStatus(problem))]),
    field(2, message),
    field(3, Buffer.concat([field(1, "type.googleapis.com/google.rpc.ErrorInfo"), field(2, info)]))
  ])
  return { [header]: status.toString("base64").replace(/=+$/, "") }
}
