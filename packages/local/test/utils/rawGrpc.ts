/** gRPC as the library alone speaks it: bytes there and back, and all that the server says with them. */
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import type { Answers, MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import * as Protocol from "@effect-pinecone/grpc/Protocol"
import * as Headers from "@effect/platform/Headers"
import * as grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"

/** The end of a call. */
export interface Said {
  readonly code: number
  readonly message: string
  readonly body: Buffer | undefined
  readonly initial: Readonly<Record<string, unknown>>
  readonly trailing: Readonly<Record<string, unknown>>
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** In milliseconds. */
  readonly timeout?: number
}

export interface Connection {
  /** Interrupting it cancels the call. */
  readonly call: (path: string, body: Uint8Array, options?: CallOptions) => Effect.Effect<Said>
  /** Ends the connection at once, with what is under way on it. */
  readonly close: () => void
}

const same = (bytes: Buffer): Buffer => bytes

const view = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A connection to an address with a scheme. */
export const connect = (
  url: string,
  credentials: grpc.ChannelCredentials = grpc.credentials.createInsecure()
): Effect.Effect<Connection, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        new grpc.Client(new URL(url).host, credentials, {
          "grpc.max_receive_message_length": -1,
          "grpc.max_send_message_length": -1,
          "grpc.enable_retries": 0,
          "grpc.enable_channelz": 0,
          "grpc.use_local_subchannel_pool": 1
        })
      ),
      (client) => Effect.sync(() => client.close())
    ),
    (client): Connection => ({
      close: () => client.close(),
      call: (path, body, { headers = {}, timeout } = {}) =>
        Effect.async((resume) => {
          const metadata = new grpc.Metadata()
          for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
          let initial: Said["initial"] = {}
          let answer: Buffer | undefined
          const call = client.makeUnaryRequest(
            path,
            same,
            same,
            view(body),
            metadata,
            timeout === undefined ? {} : { deadline: Date.now() + timeout },
            (_, received) => {
              answer = received
            }
          )
          call.on("metadata", (metadata: grpc.Metadata) => {
            initial = metadata.getMap()
          })
          call.on("status", ({ code, details, metadata }: grpc.StatusObject) =>
            resume(Effect.succeed({
              code,
              message: details,
              body: answer,
              initial,
              trailing: metadata.getMap()
            })))
          return Effect.sync(() => call.cancel())
        })
    })
  )

const texts = (headers: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))

/** A connection for each host. */
export const layer: Layer.Layer<GrpcChannel.GrpcChannel> = Layer.scoped(
  GrpcChannel.GrpcChannel,
  Effect.gen(function*() {
    const scope = yield* Effect.scope
    const connections = new Map<string, Connection>()
    return {
      unary: ({ body, headers, host, path, timeout }) =>
        Effect.gen(function*() {
          const connection = connections.get(host) ?? (yield* Effect.provideService(connect(host), Scope.Scope, scope))
          connections.set(host, connection)
          const said = yield* connection.call(path, body, { headers, timeout })
          const all = Headers.fromInput({ ...texts(said.initial), ...texts(said.trailing) })
          return said.body === undefined
            ? yield* new GrpcChannel.Status({ code: said.code, message: said.message, headers: all, answered: true })
            : { body: said.body, headers: all }
        })
    }
  })
)

/** Calls a method by its name, over whichever channel there is. */
export const call = <M extends MethodName>(
  host: string,
  method: M,
  request: Requests[M],
  { headers = {}, timeout = 60_000 }: CallOptions = {}
): Effect.Effect<readonly [Answers[M], Headers.Headers], GrpcChannel.Status, GrpcChannel.GrpcChannel> =>
  Effect.gen(function*() {
    const channel = yield* GrpcChannel.GrpcChannel
    const { decodeAnswer, encodeRequest, path } = Protocol.methods[method]
    const reply = yield* channel.unary({ host, path, body: encodeRequest(request), headers, timeout })
    return [yield* Effect.orDie(decodeAnswer(reply.body)), reply.headers]
  })
