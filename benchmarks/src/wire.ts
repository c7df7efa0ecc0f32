/** Servers of the benchmarks over HTTP/1.1 and gRPC, which count the bytes that reach them. */
import * as Grpc from "@grpc/grpc-js"
import * as Http from "node:http"
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

const asItIs = (bytes: Buffer): Buffer => bytes

/** One method for each path, from bytes to bytes. */
export const listenGrpc = (methods: Readonly<Record<string, (request: Buffer) => Buffer>>): Promise<Listening> => {
  const server = new Grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc-node.flow_control_window": 8 * 1024 * 1024
  })
  for (const [path, method] of Object.entries(methods)) {
    server.register(
      path,
      (call: Grpc.ServerUnaryCall<Buffer, Buffer>, callback: Grpc.sendUnaryData<Buffer>) =>
        callback(null, method(call.request)),
      asItIs,
      asItIs,
      "unary"
    )
  }
  const injector = server.createConnectionInjector(Grpc.ServerCredentials.createInsecure())
  const { add, wireBytes } = counting()
  return listen(
    Net.createServer({ noDelay: true }, (socket) => {
      add(socket)
      injector.injectConnection(socket)
    }),
    wireBytes
  )
}
