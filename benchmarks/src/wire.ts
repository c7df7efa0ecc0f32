/** Servers of the benchmarks over HTTP/1.1 and gRPC, which count the bytes that reach them. */
import * as Http from "node:http"
import * as Http2 from "node:http2"
import type { AddressInfo, Socket } from "node:net"
import * as Net from "node:net"

export interface Listening {
  readonly url: string
  /** The bytes that came over all connections so far, as they were on the wire. */
  readonly wireBytes: () => number
}

const counting = (): { readonly add: (socket: Socket) => void; readonly wireBytes: () => number } => {
  const sockets = new Set<Socket>()
  let closed = 0
  return {
    add: (socket) => {
      sockets.add(socket)
      socket.once("close", () => {
        sockets.delete(socket)
        closed += socket.bytesRead
      })
    },
    wireBytes: () => Array.from(sockets).reduce((sum, socket) => sum + socket.bytesRead, closed)
  }
}

const listen = (server: Net.Server, wireBytes: () => number): Promise<Listening> =>
  new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () =>
      resolve({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, wireBytes }))
  })

export const listenHttp = (handler: Http.RequestListener): Promise<Listening> => {
  const { add, wireBytes } = counting()
  const server = Http.createServer({ keepAliveTimeout: 60_000 }, handler)
  server.on("connection", add)
  return listen(server, wireBytes)
}

/** So much may be on its way on a connection, as with the proxies that stand before services. */
const window = 16 * 1024 * 1024

/** The length of a message stands in five bytes before it, the first of which says that it is not compressed. */
const framed = (message: Buffer): Buffer => {
  const frame = Buffer.alloc(5 + message.length)
  frame.writeUInt32BE(message.length, 1)
  message.copy(frame, 5)
  return frame
}

/**
 * One method for each path, from bytes to bytes. By hand, since the library gives a server a window of 64 KB: with that the
 * time of an upsert would be that of its ten round trips.
 */
export const listenGrpc = (methods: Readonly<Record<string, (request: Buffer) => Buffer>>): Promise<Listening> => {
  const server = Http2.createServer({ settings: { initialWindowSize: window } })
  server.on("session", (session) => session.setLocalWindowSize(window))
  server.on("stream", (stream, headers) => {
    const method = methods[String(headers[":path"])]
    const chunks: Array<Buffer> = []
    stream.on("data", (chunk: Buffer) => chunks.push(chunk))
    stream.once("end", () => {
      const answer = method?.(Buffer.concat(chunks).subarray(5))
      stream.respond({ ":status": 200, "content-type": "application/grpc+proto" }, { waitForTrailers: true })
      stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": answer === undefined ? "12" : "0" }))
      stream.end(answer === undefined ? undefined : framed(answer))
    })
  })
  const { add, wireBytes } = counting()
  return listen(
    Net.createServer({ noDelay: true }, (socket) => {
      add(socket)
      server.emit("connection", socket)
    }),
    wireBytes
  )
}
