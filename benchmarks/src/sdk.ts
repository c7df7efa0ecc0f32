/** This SDK as an application has it. */
import * as PineconeGrpc from "@effect-pinecone/grpc/PineconeGrpc"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import { Pinecone, PineconeHttpClient, VectorIndex } from "effect-pinecone"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"

/** Over the pool of connections of `@effect-pinecone/node`. */
export const http = (controllerHost?: string) =>
  Layer.provide(PineconeHttpClient.layer({ apiKey: Redacted.make("none"), controllerHost }), NodeHttp.layer())

/** Over the `fetch` of the platform. */
export const fetch = (controllerHost?: string) => Pinecone.layer({ apiKey: Redacted.make("none"), controllerHost })

/** Over the pool, with the operations on records over gRPC. */
export const grpc = (controllerHost?: string) => Layer.provide(PineconeGrpc.layer(), http(controllerHost))

const layers = { fetch, grpc, http }

export type Transport = keyof typeof layers

/** A runtime with the client, and an index. */
export const make = async (transport: Transport, target: VectorIndex.Target, controllerHost?: string) => {
  const runtime = ManagedRuntime.make<PineconeHttpClient.PineconeHttpClient, unknown>(layers[transport](controllerHost))
  return { runtime, index: await runtime.runPromise(VectorIndex.make(target)) }
}
