import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import { globalValue } from "effect/GlobalValue"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { Dispatcher } from "undici"
import type { Lane } from "./pool.js"
import { NodeResponse } from "./response.js"
import type { StreamBody } from "./streamBody.js"

/** So much of an answer is received ahead of who reads it, and no more. */
const ahead = 1024 * 1024

/** Answers whose connection is closed when nobody holds them any more: who reads one holds it. */
const abandoned = globalValue(
  "@effect-pinecone/node/abandoned",
  () => new FinalizationRegistry((exchange: Exchange) => exchange.abort())
)

/** A request that failed before anything of it was sent. */
class UnsentError extends HttpClientError.RequestError {
  readonly unsent = true
}

/** What a request comes to. */
export type Outcome = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** One request and its answer, as the dispatcher of undici tells of it. */
export class Exchange implements Dispatcher.DispatchHandler {
  /** Where it runs: nowhere while it waits for a connection, and when it has ended. */
  lane: Lane | undefined
  private controller: Dispatcher.DispatchController | undefined
  /** Who waits for the answer. Nothing else here may lead to an answer, or no answer could ever be seen as abandoned. */
  private resume: ((outcome: Outcome) => void) | undefined
  private response: NodeResponse | undefined
  private chunks: Array<Uint8Array> = []
  private size = 0
  private ended = false
  private failure: { readonly cause: unknown } | undefined
  /** Who waits for more of the body, or for its end. */
  private readers: Array<() => void> | undefined
  /** All of the body was asked for, to be kept. */
  private whole = false
  /** The body was asked for piece by piece, and is not kept. */
  private used = false

  constructor(
    private readonly request: HttpClientRequest.HttpClientRequest,
    resume: (outcome: Outcome) => void,
    private readonly body: StreamBody | undefined,
    private readonly signal: AbortSignal | undefined
  ) {
    this.resume = resume
    signal?.addEventListener("abort", this)
  }

  /** The signal was aborted. */
  handleEvent(): void {
    this.abort()
  }

  /** Ends it, wherever it is: the connection is closed, unless all has come. */
  abort(): void {
    if (this.ended) return
    const reason = new Error("the request was interrupted")
    const { controller } = this
    this.interrupt(() => controller === undefined ? this.fail(reason) : controller.abort(reason))
  }

  /** Ends it before its time, and the connection with it. */
  private interrupt(end: () => void): void {
    if (this.lane === undefined) end()
    else this.lane.interrupt(this.controller !== undefined, end)
  }

  get hasEnded(): boolean {
    return this.ended
  }

  /** Ends it without an answer. */
  fail(error: unknown): void {
    this.end(this.body?.failed ?? { cause: error })
  }

  private end(failure?: { readonly cause: unknown }): void {
    if (this.ended) return
    this.ended = true
    this.failure = failure
    this.response = undefined
    this.signal?.removeEventListener("abort", this)
    const { lane } = this
    this.lane = undefined
    lane?.release()
    if (failure !== undefined) {
      this.body?.destroy()
      this.resume?.(
        Effect.fail(
          // It is told just before the first byte is written.
          new (this.controller === undefined ? UnsentError : HttpClientError.RequestError)({
            request: this.request,
            reason: this.body?.failed === undefined ? "Transport" : "Encode",
            cause: failure.cause
          })
        )
      )
      this.resume = undefined
    }
    this.wake()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It was interrupted before it began. To abort it here would close the connection, which is as good as before; undici
    // sends nothing where this throws.
    // eslint-disable-next-line no-restricted-syntax
    if (this.ended) throw new Error("the request was interrupted")
    this.controller = controller
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>,
    statusText?: string
  ): void {
    // What announces an answer is none.
    if (status < 200) return
    const response = new NodeResponse(this.request, this, status, headers, statusText)
    this.response = response
    this.resume?.(Effect.succeed(response))
    this.resume = undefined
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.size += chunk.length
    if (this.whole) return
    if (this.readers !== undefined) return this.wake()
    // Where more comes than is read at once, the answer is held by who reads it alone. A small one needs no such care.
    if (this.response !== undefined && this.chunks.length > 1) {
      abandoned.register(this.response, this)
      this.response = undefined
    }
    if (this.size >= ahead && !controller.paused) controller.pause()
  }

  onResponseEnd(): void {
    // The server did not wait for all of the request. Nothing may read what is left of it from here on, which may change.
    if (this.lane?.isSending === true) this.interrupt(() => this.end())
    else this.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // Where the connection is there still, it was the request's body that failed.
    if (this.lane?.isOpen === true) this.interrupt(() => this.fail(error))
    else this.fail(error)
  }

  private wake(): void {
    const { readers } = this
    if (readers === undefined) return
    this.readers = undefined
    for (const reader of readers) reader()
  }

  private wait(reader: () => void): void {
    if (this.readers === undefined) this.readers = [reader]
    else this.readers.push(reader)
    this.proceed()
  }

  private proceed(): void {
    if (this.controller?.paused === true) this.controller.resume()
  }

  private problem(response: HttpClientResponse.HttpClientResponse, cause: unknown): HttpClientError.ResponseError {
    return new HttpClientError.ResponseError({ request: this.request, response, reason: "Decode", cause })
  }

  private twice(response: HttpClientResponse.HttpClientResponse): HttpClientError.ResponseError {
    return this.problem(response, new Error("the body was read as a stream already, and is not kept"))
  }

  private joined(): Uint8Array {
    if (this.chunks.length !== 1) this.chunks = [Buffer.concat(this.chunks, this.size)]
    return this.chunks[0]!
  }

  /** All of the body, where it has come and is kept. */
  received(): Uint8Array | undefined {
    return this.ended && this.failure === undefined && !this.used ? this.joined() : undefined
  }

  /** All of the body. It is kept, and can be asked for again. */
  bytes(response: HttpClientResponse.HttpClientResponse): Effect.Effect<Uint8Array, HttpClientError.ResponseError> {
    return Effect.suspend(() => {
      if (this.used) return Effect.fail(this.twice(response))
      if (this.ended) return this.taken(response)
      return Effect.async<Uint8Array, HttpClientError.ResponseError>((resume) => {
        const reader = () => resume(this.taken(response))
        this.whole = true
        this.wait(reader)
        return Effect.sync(() => {
          this.readers = this.readers?.filter((other) => other !== reader)
          // Whoever else waits for the body still gets it.
          if (this.readers?.length === 0) this.abort()
        })
      })
    })
  }

  private taken(
    response: HttpClientResponse.HttpClientResponse
  ): Effect.Effect<Uint8Array, HttpClientError.ResponseError> {
    return this.failure === undefined
      ? Effect.succeed(this.joined())
      : Effect.fail(this.problem(response, this.failure.cause))
  }

  /** All of the body as a buffer that holds nothing else, and is kept as well. */
  buffer(response: HttpClientResponse.HttpClientResponse): Effect.Effect<ArrayBuffer, HttpClientError.ResponseError> {
    return Effect.map(this.bytes(response), (bytes) => {
      const { buffer } = bytes
      if (buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength) return buffer
      const own = new Uint8Array(bytes)
      this.chunks = [own]
      return own.buffer
    })
  }

  /** The body as it comes, at the pace of who reads it. */
  stream(response: HttpClientResponse.HttpClientResponse): Stream.Stream<Uint8Array, HttpClientError.ResponseError> {
    const pull: Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<HttpClientError.ResponseError>> = Effect.suspend(
      () => {
        if (this.size > 0) {
          const { chunks } = this
          this.chunks = []
          this.size = 0
          this.proceed()
          return Effect.succeed(Chunk.unsafeFromArray(chunks))
        }
        if (this.failure !== undefined) return Effect.fail(Option.some(this.problem(response, this.failure.cause)))
        if (this.ended) return Effect.fail(Option.none())
        return Effect.andThen(Effect.async<void>((resume) => this.wait(() => resume(Effect.void))), pull)
      }
    )
    return Stream.unwrap(Effect.sync(() => {
      if (this.used) return Stream.fail(this.twice(response))
      if (this.whole || (this.ended && this.failure === undefined)) {
        return Stream.filter(Stream.fromEffect(this.bytes(response)), (bytes) => bytes.length > 0)
      }
      this.used = true
      return Stream.ensuring(Stream.repeatEffectChunkOption(pull), Effect.sync(() => this.abort()))
    }))
  }
}
