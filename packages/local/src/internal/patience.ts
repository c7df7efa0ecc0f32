import * as Context from "effect/Context"

/** How long a server waits for the other end of a connection, in milliseconds. */
export interface Patience {
  /** For the head of a request, the first bytes of a connection, its encryption, and the settings of HTTP/2. */
  readonly head: number
  /** A body has to come on by so many bytes in this time: a slow one may take as long as it takes. */
  readonly body: number
  readonly bodyBytes: number
  /** For an answer to be taken: nothing of it has gone in this time. */
  readonly answer: number
  /** For the next request of a connection of HTTP/1. */
  readonly nextRequest: number
  /** For the next sign of life, a call or a ping, of a gRPC connection. */
  readonly nextCall: number
  /** For a client to take notice of an answer that came before its body was read. */
  readonly linger: number
}

export const usual: Patience = {
  head: 20_000,
  body: 10_000,
  bodyBytes: 1024,
  answer: 30_000,
  nextRequest: 5000,
  nextCall: 600_000,
  linger: 2000
}

/** That of the servers that are started from here on. */
export class Current extends Context.Reference<Current>()("@effect-pinecone/local/internal/patience/Current", {
  defaultValue: (): Patience => usual
}) {}
