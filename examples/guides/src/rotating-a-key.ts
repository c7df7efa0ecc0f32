/** A key that is replaced while it is in use. */
import { Admin, ApiKeys, Projects } from "@effect-pinecone/admin"
import { PineconeLocal } from "@effect-pinecone/local"
import { Array, Console, Deferred, Effect, Fiber, Layer, Redacted, Ref } from "effect"
import { ControlPlane, Indexes, IndexSpec, Pinecone, VectorIndex } from "effect-pinecone"

const account = { clientId: "guides", clientSecret: Redacted.make("the secret of a service account") }

/** The client of a key. */
const withKey = (url: string, apiKey: Redacted.Redacted) =>
  Layer.provideMerge(ControlPlane.layer, Pinecone.layer({ apiKey, controllerHost: url }))

const query = Effect.gen(function*() {
  const index = yield* VectorIndex.make({ name: "movies" })
  const { matches } = yield* index.query({ vector: [0.9, 0.1, 0.2], topK: 1 })
  return matches[0]?.id
})

/** It has a server with a service account, wherever the other guides run: the keys of a project are not to be touched. */
export const program = Effect.gen(function*() {
  const { url } = yield* PineconeLocal.PineconeLocal
  return yield* Effect.gen(function*() {
    const projects = yield* Projects.Projects
    const apiKeys = yield* ApiKeys.ApiKeys
    const { id: projectId } = yield* Effect.flatMap(projects.list, Array.head)

    const writer = yield* apiKeys.create(projectId, { name: "writer" })
    yield* Effect.gen(function*() {
      const indexes = yield* Indexes.Indexes
      const spec = IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })
      yield* indexes.ensure({ name: "movies", dimension: 3, spec })
      const index = yield* VectorIndex.make({ name: "movies" })
      yield* index.upsert([{ id: "airplane", values: [0.9, 0.1, 0.2] }])
    }).pipe(Effect.provide(withKey(url, writer.value)))

    const { key, value } = yield* apiKeys.create(projectId, { name: "reader", roles: ["ProjectViewer"] })
    yield* Console.log(`The key "${key.name}" (${key.roles.join(", ")}): ${String(value)}`)

    // A reader takes the key that is current for each query.
    const current = yield* Ref.make(value)
    const reads = yield* Ref.make(0)
    const busy = yield* Deferred.make<void>()
    const read = Effect.gen(function*() {
      const found = yield* Effect.provide(query, withKey(url, yield* Ref.get(current)))
      if ((yield* Ref.updateAndGet(reads, (n) => n + 1)) === 3) yield* Deferred.succeed(busy, undefined)
      return found
    })
    const changed = yield* Deferred.make<void>()
    const reader = yield* Effect.fork(Effect.repeat(read, { until: () => Deferred.isDone(changed) }))

    yield* Deferred.await(busy)
    const rotated = yield* apiKeys.rotate(key.id, (created) =>
      Effect.gen(function*() {
        yield* Ref.set(current, created.value)
        // The old key is deleted when nobody has it in hand any more.
        yield* Deferred.succeed(changed, undefined)
        return yield* Fiber.join(reader)
      }))
    yield* Console.log(`Rotated: ${yield* Ref.get(reads)} reads meanwhile, none of which failed`)

    const found = yield* read
    const refused = yield* Effect.flip(Effect.provide(query, withKey(url, value)))
    yield* Console.log(`The new key finds "${found}", and the old one is refused: ${refused._tag}`)
    const names = (yield* apiKeys.list(projectId)).map(({ name }) => name)
    return { found, names, old: key, refused: refused._tag, rotated: rotated.key }
  }).pipe(Effect.provide(Admin.layer({ ...account, controllerHost: url, loginHost: url })))
}).pipe(Effect.provide(PineconeLocal.layerServer({ port: 0, admin: account })))
