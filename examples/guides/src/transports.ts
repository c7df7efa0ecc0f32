/** The same program over `fetch`, over connections of Node's own, and over gRPC. */
import { PineconeGrpc } from "@effect-pinecone/grpc"
import { PineconeLocal } from "@effect-pinecone/local"
import { NodeHttp } from "@effect-pinecone/node"
import { Console, Effect, Layer, Redacted, Stream } from "effect"
import { ControlPlane, Pinecone, PineconeHttpClient, VectorIndex } from "effect-pinecone"
import { elapsed, megabytes, Metadata, pages, temporary } from "./common.js"

/** Writes all pages to an index, and looks for those that are like the first. It knows nothing of what is below it. */
const use = (name: string) =>
  Effect.gen(function*() {
    const index = yield* VectorIndex.makeTyped({ name, metadata: Metadata })
    const written = yield* index.upsertAll(pages)
    const [first] = yield* Stream.runCollect(Stream.take(pages, 1))
    yield* index.waitForLsn(written.lsn)
    const { matches } = yield* index.query({ vector: first!.values, topK: 3, includeMetadata: true })
    return { ...written, titles: matches.map(({ metadata }) => metadata.title) }
  })

const measured = (label: string, client: Layer.Layer<PineconeHttpClient.PineconeHttpClient>) =>
  Effect.gen(function*() {
    const { name } = yield* temporary("transports")
    const result = yield* use(name)
    yield* Console.log(
      `  ${label.padEnd(6)} ${result.records} records, ${megabytes(result.bytes)} sent in ${
        elapsed(result.elapsed)
      }; ` +
        `nearest: ${result.titles.join(", ")}`
    )
    return result
  }).pipe(Effect.scoped, Effect.provide(Layer.provideMerge(ControlPlane.layer, client)))

/** It has a server with ports of its own, wherever the other guides run: gRPC needs connections. */
export const program = Effect.gen(function*() {
  const { url } = yield* PineconeLocal.PineconeLocal
  const settings = { apiKey: Redacted.make("guides"), controllerHost: url }
  const overNode = Layer.orDie(Layer.provide(PineconeHttpClient.layer(settings), NodeHttp.layer()))
  const overGrpc = Layer.provide(Layer.orDie(PineconeGrpc.layer()), overNode)
  yield* Console.log("All pages, over each transport:")
  const fetch = yield* measured("fetch", Layer.orDie(Pinecone.layer(settings)))
  const node = yield* measured("node", overNode)
  const grpc = yield* measured("gRPC", overGrpc)
  return { fetch, node, grpc }
}).pipe(Effect.provide(PineconeLocal.layerServer({ port: 0 })))
