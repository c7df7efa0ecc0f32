import * as Headers from "@effect/platform/Headers"
import * as grpc from "@grpc/grpc-js"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Reply, Unary } from "../GrpcChannel.js"
import { Status } from "../GrpcChannel.js"
import { asBuffer } from "./bytes.js"

/** The metadata before an answer and behind it. Its names are in lower case. */
const headersOf = (initial: grpc.Metadata | undefined, trailing?: grpc.Metadata): Headers.Headers => {
  const headers: Record<string, string> = {}
  for (const metadata of [initial, trailing]) {
    if (metadata === undefined) continue
    const map = metadata.getMap()
    for (const name in map) headers[name] = String(map[name])
  }
  return Headers.unsafeFromRecord(headers)
}

/** The metadata of a call, or the name of a header that gRPC cannot send. */
type Sendable = Either.Either<grpc.Metadata, string>

/** It is made once for all calls with the same headers: most have. The library makes a copy for each call. */
const metadataOf = (() => {
  const known = new WeakMap<Readonly<Record<string, string>>, Sendable>()
  const made = (headers: Readonly<Record<string, string>>): Sendable => {
    const metadata = new grpc.Metadata()
    for (const [name, value] of Object.entries(headers)) {
      // The connection sends it.
      if (name === "user-agent") continue
      // The library's error shows the value, which may be a secret.
      if (Either.isLeft(Either.try(() => metadata.set(name, value)))) return Either.left(name)
    }
    return Either.right(metadata)
  }
  return (headers: Readonly<Record<string, string>>): Sendable => {
    const before = known.get(headers)
    if (before !== undefined) return before
    const now = made(headers)
    known.set(headers, now)
    return now
  }
})()

// What the library says of itself comes with the status codes of servers. It is known by its words, and by having no
// metadata: the answers of servers mostly have some.

/** The connection broke, or the server or who stands before it gave the call up. */
const broken = new RegExp(
  `^(${
    [
      "Connection dropped",
      "Call cancelled",
      "Stream refused by server",
      "Bandwidth exhausted or memory limit exceeded",
      "Protocol not secure enough",
      "Channel closed",
      "Failed to start HTTP/2 stream",
      "Write error: ",
      "Write failed with error ",
      "Received RST_STREAM with code ",
      "(read|write) E[A-Z]+"
    ].join("|")
  })`
)

/** The answer is none that gRPC defines. */
const unreadable = new RegExp(
  `^(${
    [
      "Received message larger than max ",
      "Received message that decompresses to a size larger than ",
      "Failed to decompress ",
      "No status information received"
    ].join("|")
  })`
)

/** The server has ended its answer as if it were whole, which it is not. */
const noStatus = "(Call ended without gRPC status)"

/** An answer of HTTP, without a status of gRPC. */
const httpAnswer = /^Received HTTP status code (\d+)/

const received = (
  { code, details, metadata }: grpc.StatusObject,
  initial: grpc.Metadata | undefined,
  answer: Buffer | undefined,
  messages: number
): Either.Either<Reply, Status> => {
  const headers = headersOf(initial, metadata)
  const malformed = (message: string) =>
    Either.left(new Status({ code: grpc.status.INTERNAL, message, headers, answered: false, malformed: true }))
  if (messages > 1) return malformed("there is more than one message in it")
  if (code === grpc.status.OK) {
    return answer === undefined ? malformed("there is no message in it") : Either.right({ body: answer, headers })
  }
  // So the library ends a call whose answer is compressed, and does not say so, or says it of another way.
  if (code === undefined) return malformed("it is compressed in another way than it says, or in an unknown way")
  const http = httpAnswer.exec(details)?.[1]
  if (http !== undefined) {
    return Number(http) < 400
      ? malformed(`it has the HTTP status ${http}, and no status of gRPC`)
      : Either.left(new Status({ code, message: details, headers, answered: true, httpStatus: Number(http) }))
  }
  const isOwn = Object.keys(metadata.getMap()).length === 0
  if (isOwn && unreadable.test(details)) return malformed(details)
  const contentType = headers["content-type"]
  if (details.endsWith(noStatus) && contentType !== undefined && !contentType.startsWith("application/grpc")) {
    return malformed(`its type is ${contentType}, and it has no status of gRPC`)
  }
  const answered = initial === undefined ? !isOwn : !(isOwn && broken.test(details))
  return Either.left(new Status({ code, message: details, headers, answered }))
}

/** A channel that a call goes over. */
export interface Use {
  readonly channel: grpc.Channel
  /** Nothing is left of the call. */
  readonly end: () => void
  /** Says why the call has failed, where the library does not know. */
  readonly explained: (status: Status) => Status
}

/** A call over the channel that `begin` gives for it, or the reason why there is none. */
export const unary = (
  { body, headers, path, timeout }: Unary,
  begin: () => Use | Status
): Effect.Effect<Reply, Status> =>
  Effect.async((resume) => {
    const metadata = metadataOf(headers)
    if (Either.isLeft(metadata)) {
      const name = JSON.stringify(metadata.left)
      const message = `the header ${name} cannot be sent: give one of printable ASCII characters`
      const code = grpc.status.INTERNAL
      return resume(Effect.fail(new Status({ code, message, headers: Headers.empty, answered: false })))
    }
    const use = begin()
    if (use instanceof Status) return resume(Effect.fail(use))
    const call = use.channel.createCall(path, Date.now() + timeout, undefined, null, undefined)
    let initial: grpc.Metadata | undefined
    let answer: Buffer | undefined
    let messages = 0
    call.start(metadata.right, {
      onReceiveMetadata: (metadata) => {
        initial = metadata
      },
      onReceiveMessage: (message: Buffer) => {
        answer = message
        // The status comes when all is read.
        if (++messages === 1) call.startRead()
        else call.cancelWithStatus(grpc.status.CANCELLED, "more than one message")
      },
      onReceiveStatus: (status) => {
        use.end()
        resume(Either.mapLeft(received(status, initial, answer, messages), (status) => use.explained(status)))
      }
    })
    call.startRead()
    call.sendMessageWithContext({}, asBuffer(body))
    call.halfClose()
    return Effect.sync(() => call.cancelWithStatus(grpc.status.CANCELLED, "the call was interrupted"))
  })
