/** The server over connections and in the process, each with HTTP and gRPC. */
import type * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PineconeLocal from "../../src/PineconeLocal.js"
import { freshName } from "./pinecone.js"
import * as grpc from "./rawGrpc.js"
import * as http from "./rawHttp.js"

/** Where the control plane is. */
export class Control extends Context.Tag("test/Control")<Control, string>() {}

export type Environment = Control | GrpcChannel.GrpcChannel | HttpClient.HttpClient

export const overSockets = (
  options: PineconeLocal.Options = {}
): Layer.Layer<Environment, PineconeLocal.StartError> =>
  Layer.mergeAll(
    Layer.effect(Control, Effect.map(PineconeLocal.PineconeLocal, ({ url }) => url)).pipe(
      Layer.provide(PineconeLocal.layerServer({ ...options, port: 0 }))
    ),
    grpc.layer,
    FetchHttpClient.layer
  )

export const inProcess = (options: PineconeLocal.Options = {}): Layer.Layer<Environment, PineconeLocal.StartError> =>
  Layer.merge(Layer.succeed(Control, "http://control.pinecone.local"), PineconeLocal.layerChannel(options))

export const servers = { "over connections": overSockets, "in the process": inProcess }

/** Creates an index of three dimensions, unless told otherwise, and gives its host. */
export const createIndex = (index: { readonly [field: string]: unknown } = {}) =>
  Effect.flatMap(Control, (url) => http.createIndex(url, { name: freshName(), ...index }))

/** The host of an index that is there. */
export class Host extends Context.Tag("test/Host")<Host, string>() {}

/**
 * A server that has an index, which another server made before it in the same folder: it need not be able to make one
 * itself. An index keeps its host.
 */
export const withIndex = (
  server: (options: PineconeLocal.Options) => Layer.Layer<Environment, PineconeLocal.StartError>,
  options: PineconeLocal.Options
) =>
  Layer.unwrapScoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const data = yield* fs.makeTempDirectoryScoped({ prefix: "index-" })
    const host = yield* Effect.provide(createIndex(), server({ data }))
    return Layer.merge(server({ ...options, data }), Layer.succeed(Host, host))
  })).pipe(Layer.provide(NodeContext.layer))
