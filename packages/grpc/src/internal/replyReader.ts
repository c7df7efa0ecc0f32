import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Headers from "@effect/platform/Headers"
import * as Either from "effect/Either"
import { constants as Buffers } from "node:buffer"
import * as Zlib from "node:zlib"
import type { Reply } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"

const { INTERNAL, PERMISSION_DENIED, UNAUTHENTICATED, UNAVAILABLE, UNIMPLEMENTED, UNKNOWN } = ErrorBody.grpcStatuses

/** The headers of HTTP/2, as Node gives them. */
export type Received = Readonly<Record<string, string | number | ReadonlyArray<string> | undefined>>

/** The bytes before a message: whether it is compressed, and its length. */
const prefixLength = 5

/** What gRPC calls the statuses that who stands before a server answers with. */
const codeOfHttp: Readonly<Record<number, number>> = {
  400: INTERNAL,
  401: UNAUTHENTICATED,
  403: PERMISSION_DENIED,
  404: UNIMPLEMENTED,
  429: UNAVAILABLE,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE
}

const ownHeaders = new Set(["grpc-status", "grpc-message", "grpc-encoding", "grpc-accept-encoding", ":status"])

/** The metadata before an answer and behind it. */
const headersOf = (initial: Received | undefined, trailing: Received | undefined): Headers.Headers => {
  const headers: Record<string, string> = {}
  for (const received of [initial, trailing]) {
    for (const name in received) if (!ownHeaders.has(name)) headers[name] = String(received[name])
  }
  return Headers.unsafeFromRecord(headers)
}

/** A text is sent percent-encoded; one that is not is taken as it is. */
const messageOf = (text: unknown): string =>
  typeof text !== "string" ? "" : Either.getOrElse(Either.try(() => decodeURIComponent(text)), () => text)

type Decompress = (bytes: Uint8Array, options: Zlib.ZlibOptions, done: Zlib.CompressCallback) => void

/** By the names that gRPC has for them. */
const decompress: ReadonlyMap<unknown, Decompress> = new Map([["deflate", Zlib.inflate], ["gzip", Zlib.gunzip]])

/** What can be read of the ways to compress. */
export const acceptedEncodings = ["identity", ...decompress.keys()].join()

/** The answer to a call, as it comes. It is given on once. */
export class ReplyReader {
  private initial: Received | undefined
  private trailing: Received | undefined
  private chunks: Array<Buffer> = []
  private length = 0
  /** That of the message, when its prefix has come. */
  private expected: number | undefined
  private isDone = false
  /** All of it is there, and is decompressed. */
  private isComplete = false

  constructor(
    private readonly most: number,
    private readonly done: (result: Either.Either<Reply, Status>) => void
  ) {}

  /** Whether the server has begun to answer. */
  get hasBegun(): boolean {
    return this.initial !== undefined
  }

  onHeaders(headers: Received): void {
    this.initial = headers
    const status = Number(headers[":status"])
    // What HTTP says is looked at first: only who speaks gRPC says OK, and with 200.
    if (headers["grpc-status"] !== undefined && (status === 200 || headers["grpc-status"] !== "0")) return
    if (status >= 200 && status < 300) {
      if (status !== 200) return this.malformed(`it has the HTTP status ${status} and no gRPC status`)
    } else {
      const code = codeOfHttp[status] ?? UNKNOWN
      const message = `the server answers with the HTTP status ${status}`
      return this.fail(
        new Status({ code, message, headers: headersOf(headers, undefined), answered: true, httpStatus: status })
      )
    }
    const type = headers["content-type"]
    if (typeof type === "string" && !type.startsWith("application/grpc")) {
      this.malformed(`its type is ${type} and it has no gRPC status`)
    }
  }

  onTrailers(headers: Received): void {
    this.trailing = headers
  }

  onData(chunk: Buffer): void {
    if (this.isDone) return
    this.chunks.push(chunk)
    this.length += chunk.length
    if (this.length < prefixLength) return
    if (this.expected === undefined) {
      if (this.chunks[0]!.length < prefixLength) this.chunks = [Buffer.concat(this.chunks)]
      this.expected = this.chunks[0]!.readUInt32BE(1)
      if (this.expected > this.most) return this.tooLarge(this.expected)
    }
    if (this.length > prefixLength + this.expected) this.malformed("there is more than one message in it")
  }

  /** Nothing more comes. Without a status the answer was broken off, or is none: its close will tell. */
  onEnd(): void {
    const { initial, trailing } = this
    if (this.isDone || initial === undefined) return
    const said = trailing?.["grpc-status"] === undefined ? initial : trailing
    const status = said["grpc-status"]
    if (status === undefined) return
    const code = /^\d+$/.test(String(status)) ? Number(status) : UNKNOWN
    const headers = headersOf(initial, trailing)
    if (code !== 0) {
      return this.fail(
        new Status({
          code,
          message: messageOf(said["grpc-message"]),
          headers,
          answered: true
        })
      )
    }
    if (this.expected === undefined || this.length < prefixLength + this.expected) {
      return this.malformed("there is no message in it")
    }
    const bytes = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.length)
    const body = bytes.subarray(prefixLength)
    if (bytes[0] === 0) return this.settle(Either.right({ body, headers }))
    this.inflate(body, headers)
  }

  /** The server has ended the call. */
  onClose(): void {
    if (this.isComplete) return
    if (this.trailing !== undefined) this.malformed("it has no gRPC status")
    else if (this.initial !== undefined) this.lost("the answer ended without a gRPC status")
    else this.lost("the server ended the call without an answer")
  }

  /** The call has ended without an answer, or in its middle. */
  lost(message: string, unsent = false): void {
    if (!this.isComplete) this.fail(this.unanswered(message, unsent))
  }

  fail(status: Status): void {
    this.settle(Either.left(status))
  }

  private unanswered(message: string, unsent: boolean): Status {
    const headers = headersOf(this.initial, undefined)
    return new Status({ code: UNAVAILABLE, message, headers, answered: false, unsent })
  }

  private inflate(body: Uint8Array, headers: Headers.Headers): void {
    const encoding = this.initial?.["grpc-encoding"]
    const inflate = decompress.get(encoding)
    if (inflate === undefined) {
      return this.malformed(
        encoding === undefined
          ? "it is compressed, and does not say how"
          : `it is compressed in an unknown way: ${String(encoding)}`
      )
    }
    this.isComplete = true
    inflate(body, { maxOutputLength: Math.min(this.most, Buffers.MAX_LENGTH) }, (error, message) => {
      if (error === null) return this.settle(Either.right({ body: message, headers }))
      if (Reflect.get(error, "code") === "ERR_BUFFER_TOO_LARGE") return this.tooLarge()
      this.malformed(`it cannot be decompressed: ${error.message}`)
    })
  }

  private tooLarge(bytes?: number): void {
    this.malformed(
      `it is larger than ${this.most} bytes${bytes === undefined ? "" : `: ${bytes}`}; raise maxReceiveBytes`
    )
  }

  private malformed(message: string): void {
    if (this.isDone) return
    const headers = headersOf(this.initial, this.trailing)
    this.fail(new Status({ code: INTERNAL, message, headers, answered: false, malformed: true }))
  }

  private settle(result: Either.Either<Reply, Status>): void {
    if (this.isDone) return
    this.isDone = true
    this.chunks = []
    this.done(result)
  }
}
