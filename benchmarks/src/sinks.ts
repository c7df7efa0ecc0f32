/** The servers that keep nothing. */
import { program } from "./bundle.js"
import type { Start } from "./children.js"
import type { answers as GrpcSink } from "./grpcSink.js"
import type { answers as HttpSink, SinkOptions } from "./sinkServer.js"

export const http = async (start: Start, options: SinkOptions = {}) => {
  const { ask } = await start<typeof HttpSink>(await program("sinkServer"), JSON.stringify(options))
  return { url: await ask("url", undefined), received: () => ask("received", undefined) }
}

export const grpc = async (start: Start) => {
  const { ask } = await start<typeof GrpcSink>(await program("grpcSink"))
  return { url: await ask("url", undefined), received: () => ask("received", undefined) }
}
