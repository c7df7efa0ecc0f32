/** Clients of a server, for the tests and for programs beside them: nothing here needs a test to run in. */
import * as ControlPlane from "@effect-pinecone/control-plane/ControlPlane"
import type { Services } from "@effect-pinecone/control-plane/ControlPlane"
import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import * as Settings from "@effect-pinecone/http/Settings"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

export type Client = PineconeHttpClient.PineconeHttpClient

export type Environment = Client | Services

/** The services of the control plane on a client. */
export const withServices = <E>(client: Layer.Layer<Client, E>): Layer.Layer<Environment, E> =>
  Layer.provideMerge(ControlPlane.layer, client)

/** A client of the server at an address. */
export const clientOf = (
  url: string,
  settings: Partial<Settings.Settings> = {}
): Layer.Layer<Client> =>
  PineconeHttpClient.layer({
    apiKey: Redacted.make("pinecone-local"),
    retry: Settings.noRetry,
    ...settings,
    controllerHost: url
  }).pipe(Layer.provide(FetchHttpClient.layer), Layer.orDie)

export const serverless = IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })

const pod = { environment: "us-east1-gcp", podType: "p1.x1" }

export const pods = IndexSpec.pod(pod)

/** The same of more shards, or with the records of a collection. */
export const podsWith = (options: { readonly shards?: number; readonly sourceCollection?: string }) =>
  IndexSpec.pod({ ...pod, ...options })

/** All elements of a stream. */
export const collect = <A, E, R>(stream: Stream.Stream<A, E, R>): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)
