/**
 * The program on Node, Bun and Deno: over `fetch`, over connections of Node's own, over gRPC, and with the embedded server in
 * the own process. Each line of the output is the outcome of a feature, as JSON.
 */
import { Pinecone, PineconeHttpClient } from "effect-pinecone"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Transport } from "./program.js"
import * as program from "./program.js"
import type { Outcome, Place } from "./report.js"
import { attempt, Wrong } from "./report.js"

const place: Place = JSON.parse(process.argv[2]!)

const tell = (outcome: Outcome) => Effect.sync(() => process.stdout.write(`${JSON.stringify(outcome)}\n`))

/** All steps as one feature, up to the first that has a problem. */
const all = (
  feature: string,
  options: Effect.Effect<Omit<program.Options, "name">, unknown, Scope.Scope>
): Effect.Effect<void> => {
  const name = `${place.runtime}-${feature.toLowerCase().replace(/\W+/g, "-")}`
  return options.pipe(
    Effect.flatMap((each) =>
      program.run(
        { name, ...each },
        ({ feature, problem }) => problem === undefined ? Effect.void : new Wrong({ message: `${feature}: ${problem}` })
      )
    ),
    Effect.scoped,
    (effect) => attempt(feature, effect),
    Effect.flatMap(tell)
  )
}

// Each is loaded when it is tried: one that cannot be loaded takes nothing from the others.
const overNode = Effect.map(
  Effect.promise(() => import("@effect-pinecone/node/NodeHttp")),
  (NodeHttp): Transport => (settings) => Layer.provide(PineconeHttpClient.layer(settings), NodeHttp.layer())
)

const overGrpc = Effect.map(
  Effect.promise(() => import("@effect-pinecone/grpc/PineconeGrpc")),
  (PineconeGrpc): Transport => (settings) => Layer.provide(PineconeGrpc.layer(), Pinecone.layer(settings))
)

const local = Effect.promise(() => import("@effect-pinecone/local/PineconeLocal"))

const inProcess = Effect.map(local, (PineconeLocal) => ({
  transport: (({ apiKey: _, controllerHost: __, ...client }) => PineconeLocal.layer({ client })) satisfies Transport
}))

/** A server of this runtime's own, on ports of its own. */
const served = Effect.flatMap(local, (PineconeLocal) =>
  Effect.map(
    PineconeLocal.serve({ port: 0, apiKeys: [Redacted.make(place.key)] }),
    ({ url }) => ({ ...place, server: url })
  ))

const { silent, silentGrpc } = place

const main = Effect.gen(function*() {
  const fetch = { silent, transport: Pinecone.layer }
  const grpc = Effect.map(overGrpc, (transport) => ({ silent: silentGrpc, transport }))
  yield* program.run({ name: place.runtime, place, ...fetch }, tell)
  yield* all("NodeHttp", Effect.map(overNode, (transport) => ({ place, silent, transport })))
  yield* all("gRPC", Effect.map(grpc, (grpc) => ({ place, ...grpc })))
  yield* all("server in process", inProcess)
  yield* all("server, HTTP", Effect.map(served, (place) => ({ place, ...fetch })))
  yield* all("server, gRPC", Effect.zipWith(served, grpc, (place, grpc) => ({ place, ...grpc })))
})

Effect.runPromise(main).then(() => process.exit(0))
