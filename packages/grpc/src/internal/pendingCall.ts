import { longest } from "@effect-pinecone/node/InvalidOptions"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Headers from "@effect/platform/Headers"
import * as Either from "effect/Either"
import * as Http2 from "node:http2"
import type { Reply, Unary } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"
import { ReplyReader } from "./replyReader.js"
import * as requestHeaders from "./requestHeaders.js"

const { NGHTTP2_CANCEL, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM, NGHTTP2_STREAM_STATE_IDLE } = Http2.constants

/** Why a stream of HTTP/2 is reset. */
const errors = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED"
]

/** Where calls are made, while it is there. */
export interface Carrier {
  /** `host:port` */
  readonly authority: string
  readonly session: Http2.ClientHttp2Session
  readonly isOpen: boolean
  /** Why it is lost, where that is known. */
  readonly reason: string | undefined
  /** Nothing is left of a call. */
  readonly ended: (call: PendingCall) => void
  /** It takes no new calls. */
  readonly retire: () => void
}

const why = (
  { rstCode }: Http2.ClientHttp2Stream,
  carrier: Carrier | undefined,
  cause?: string
): string =>
  carrier?.reason ?? (carrier?.isOpen === true && rstCode !== undefined && rstCode !== NGHTTP2_NO_ERROR
    ? `the server has reset the call: ${errors[rstCode] ?? rstCode}`
    : `the connection was lost${cause === undefined ? "" : `: ${cause}`}`)

/** With what the server has ended the connection, and the last stream that it has seen. Node's types do not know of it. */
const farewellOf = (carrier: Carrier | undefined): { readonly code: number; readonly last: number } => {
  const told = (name: string) => Number(carrier === undefined ? 0 : Reflect.get(carrier.session, name) ?? 0)
  return { code: told("goawayCode"), last: told("goawayLastStreamID") }
}

/** A call from when it is made: it waits for a connection, is sent over it, and is answered, once. */
export class PendingCall {
  private readonly answer: ReplyReader
  private readonly deadline: number
  private readonly timer: NodeJS.Timeout | undefined
  private stream: Http2.ClientHttp2Stream | undefined
  private carrier: Carrier | undefined
  private isOver = false
  /** A server that has refused it unseen is asked once again. */
  private mayRepeat = true

  constructor(
    private readonly unary: Unary,
    private readonly headers: Http2.OutgoingHttpHeaders,
    maxReceiveBytes: number,
    private readonly repeat: (call: PendingCall) => void,
    private readonly done: (result: Either.Either<Reply, Status>) => void
  ) {
    this.answer = new ReplyReader(maxReceiveBytes, (result) => this.settle(result))
    const { timeout } = unary
    this.deadline = performance.now() + timeout
    if (timeout !== Infinity) this.timer = setTimeout(() => this.late(), Math.min(timeout, longest))
  }

  send(carrier: Carrier): void {
    if (this.isOver) return carrier.ended(this)
    this.carrier = carrier
    const { body, path } = this.unary
    const begun = Either.try(() =>
      carrier.session.request({
        ...this.headers,
        ":authority": carrier.authority,
        ":path": path,
        "grpc-timeout": requestHeaders.timeout(this.deadline - performance.now())
      })
    )
    if (Either.isLeft(begun)) {
      this.carrier = undefined
      carrier.ended(this)
      return this.lost(String(begun.left))
    }
    const stream = begun.right
    this.stream = stream
    stream.on("response", (headers) => this.answer.onHeaders(headers))
    stream.on("trailers", (headers) => this.answer.onTrailers(headers))
    stream.on("data", (chunk: Buffer) => this.answer.onData(chunk))
    stream.on("end", () => {
      this.answer.onEnd()
      // It is reset: what is not sent never will be, and Node would wait for it.
      if (stream.closed) stream.destroy()
    })
    stream.on("error", (error) => this.broken(stream, error))
    stream.on("close", () => this.closed(stream))
    const prefix = Buffer.allocUnsafe(5)
    prefix[0] = 0
    prefix.writeUInt32BE(body.length, 1)
    if (body.length === 0) {
      // Node tells late of the end of a piece that is empty.
      stream.end(prefix)
    } else {
      // Both in one piece, without a copy of the body.
      stream.cork()
      stream.write(prefix)
      stream.end(body)
      stream.uncork()
    }
    // The connection has no number left for it.
    if (stream.id === undefined) carrier.retire()
  }

  /** Its connection takes no new calls: if it has not been sent, it goes elsewhere. */
  move(): void {
    const { carrier, stream } = this
    if (carrier === undefined || stream?.state.state !== NGHTTP2_STREAM_STATE_IDLE) return
    this.stream = undefined
    this.carrier = undefined
    stream.close(NGHTTP2_CANCEL)
    carrier.ended(this)
    this.repeat(this)
  }

  /** It ends without an answer: sent or not. */
  lost(reason: string, unsent = this.stream === undefined): void {
    this.answer.lost(reason, unsent)
  }

  /** Nobody waits for it any more. */
  cancel(): void {
    this.over()
    this.stream?.close(NGHTTP2_CANCEL)
  }

  private late(): void {
    this.answer.fail(
      new Status({
        code: ErrorBody.grpcStatuses.DEADLINE_EXCEEDED,
        message: "Deadline exceeded",
        headers: Headers.empty,
        answered: false
      })
    )
  }

  private broken(stream: Http2.ClientHttp2Stream, error: Error): void {
    if (this.isOver || stream !== this.stream) return
    const unseen = this.isUnseen(stream, this.carrier)
    if (!unseen || !this.mayRepeat) this.lost(why(stream, this.carrier, error.message), unseen)
  }

  private closed(stream: Http2.ClientHttp2Stream): void {
    if (stream !== this.stream) return
    const { carrier } = this
    this.stream = undefined
    this.carrier = undefined
    carrier?.ended(this)
    if (this.isOver) return
    const unseen = this.isUnseen(stream, carrier)
    if (unseen && this.mayRepeat) {
      this.mayRepeat = false
      return this.repeat(this)
    }
    if (carrier?.isOpen === true && stream.rstCode === NGHTTP2_NO_ERROR) this.answer.onClose()
    else this.lost(why(stream, carrier), unseen)
  }

  /** The server has not looked at it. */
  private isUnseen({ id, rstCode }: Http2.ClientHttp2Stream, carrier: Carrier | undefined): boolean {
    if (this.answer.hasBegun) return false
    if (id === undefined) return true
    const { code, last } = farewellOf(carrier)
    // Where the whole connection ends with an error, all its streams have that for theirs: the server says which it has seen.
    return code === NGHTTP2_NO_ERROR ? rstCode === NGHTTP2_REFUSED_STREAM : id > last
  }

  private settle(result: Either.Either<Reply, Status>): void {
    if (this.isOver) return
    this.over()
    // What the server says after its answer, or of a call that is late, is of no use.
    const { stream } = this
    const early = stream?.writableFinished === false
    if (early || stream?.readableEnded === false) stream.close(NGHTTP2_CANCEL)
    this.done(early ? Either.map(result, (reply) => ({ ...reply, early })) : result)
  }

  private over(): void {
    this.isOver = true
    clearTimeout(this.timer)
  }
}
