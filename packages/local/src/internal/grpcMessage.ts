import { Status } from "@effect-pinecone/grpc/GrpcChannel"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Headers from "@effect/platform/Headers"
import * as Effect from "effect/Effect"
import type * as Http2 from "node:http2"
import * as Zlib from "node:zlib"
import { largestRequest } from "./bodyLimits.js"
import type { Patience } from "./patience.js"

const { DEADLINE_EXCEEDED, INTERNAL, INVALID_ARGUMENT, RESOURCE_EXHAUSTED, UNIMPLEMENTED } = ErrorBody.grpcStatuses

const status = (code: number, message: string): Status =>
  new Status({ code, message, headers: Headers.empty, answered: true })

const shown = (bytes: number): string => bytes.toLocaleString("en-US")

/** The bytes before a message: whether it is compressed, and its length. */
const prefixLength = 5

type Decompress = (bytes: Uint8Array, options: Zlib.ZlibOptions, done: Zlib.CompressCallback) => void

/** By the names that gRPC has for them. */
const decompress: ReadonlyMap<unknown, Decompress> = new Map([["deflate", Zlib.inflate], ["gzip", Zlib.gunzip]])

/** What can be read of the ways to compress. */
export const acceptedEncodings = ["identity", ...decompress.keys()].join()

const tooLarge = (bytes?: number): Status =>
  status(
    RESOURCE_EXHAUSTED,
    `The message is ${bytes === undefined ? "longer, when unpacked, than" : `${shown(bytes)} bytes; the limit is`} ${
      shown(largestRequest)
    } bytes: send less in a request.`
  )

const late = ({ body, bodyBytes }: Patience): Status =>
  status(
    DEADLINE_EXCEEDED,
    `The message came too slowly: fewer than ${shown(bodyBytes)} bytes of it in ${body / 1000} seconds.`
  )

const unknown = (encoding: unknown): Status =>
  encoding === undefined || encoding === "identity"
    ? status(INTERNAL, "The message is compressed, and grpc-encoding does not say how.")
    : status(
      UNIMPLEMENTED,
      `The message is compressed by ${String(encoding).slice(0, 50)}: use one of ${acceptedEncodings}.`
    )

/** The one message of a call, as it came. */
export interface Message {
  readonly bytes: Buffer
  /** How it is unpacked, where it is compressed. */
  readonly unpack: Effect.Effect<Buffer, Status> | undefined
}

const unpacking = (inflate: Decompress, bytes: Buffer): Effect.Effect<Buffer, Status> =>
  Effect.async((resume) =>
    inflate(bytes, { maxOutputLength: largestRequest }, (error, message) => {
      if (error === null) resume(Effect.succeed(message))
      else if (Reflect.get(error, "code") === "ERR_BUFFER_TOO_LARGE") resume(tooLarge())
      else resume(status(INTERNAL, `The message cannot be unpacked: ${error.message}`))
    })
  )

/** Reads the message of a call, and stops as soon as it is none that can be taken. */
export const read = (
  stream: Http2.ServerHttp2Stream,
  encoding: unknown,
  patience: Patience
): Effect.Effect<Message, Status> =>
  Effect.async((resume) => {
    let chunks: Array<Buffer> = []
    let length = 0
    let before = 0
    /** That of the message, when its prefix has come. */
    let expected: number | undefined
    let inflate: Decompress | undefined
    const leave = () => {
      clearInterval(timer)
      stream.off("data", take).off("end", complete)
      // One that has been broken off is read to its end, or it would stay.
      if (!stream.closed) stream.pause()
    }
    const end = (result: Effect.Effect<Message, Status>) => {
      leave()
      resume(result)
    }
    const take = (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length < prefixLength) return
      if (expected === undefined) {
        if (chunks[0]!.length < prefixLength) chunks = [Buffer.concat(chunks)]
        const first = chunks[0]!
        expected = first.readUInt32BE(1)
        if (first[0]! > 1) {
          return end(status(INTERNAL, `The message begins with ${first[0]}, which is neither 0 nor 1.`))
        }
        if (expected > largestRequest) return end(tooLarge(expected))
        inflate = first[0] === 0 ? undefined : decompress.get(encoding)
        if (first[0] === 1 && inflate === undefined) return end(unknown(encoding))
      }
      if (length > prefixLength + expected) end(status(INVALID_ARGUMENT, "The call has more than one message."))
    }
    const complete = () => {
      if (expected === undefined || length < prefixLength + expected) {
        return end(status(INVALID_ARGUMENT, length === 0 ? "The call has no message." : "The message is cut off."))
      }
      const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
      const bytes = all.subarray(prefixLength)
      end(Effect.succeed({ bytes, unpack: inflate === undefined ? undefined : unpacking(inflate, bytes) }))
    }
    const timer = setInterval(() => {
      if (length - before < patience.bodyBytes) end(late(patience))
      before = length
    }, patience.body)
    if (stream.readableEnded) return complete()
    stream.on("end", complete).on("data", take)
    return Effect.sync(leave)
  })
