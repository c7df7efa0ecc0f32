import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { collect, createIndex, inProcess, overHttp, withServices } from "./utils/pinecone.js"

for (
  const [name, server] of [
    ["in process", withServices(inProcess())],
    ["over HTTP", withServices(overHttp())]
  ] as const
) {
  describe(`copying records, ${name}`, () => {
    it.scoped("copies from Schema to Schema what neither of them knows, and sparse values", () =>
      Effect.gen(function*() {
        const typed = (metadata: { readonly metric: "dotproduct" }) =>
          Effect.flatMap(
            createIndex(metadata),
            ({ name }) => VectorIndex.makeTyped({ name, metadata: Schema.Struct({ year: Schema.NumberFromString }) })
          )
        const from = yield* typed({ metric: "dotproduct" })
        const to = yield* typed({ metric: "dotproduct" })
        const sparse = { indices: Uint32Array.of(3, 4_294_967_295), values: Float32Array.of(0.5, 2) }
        yield* from.untyped().upsert([
          { id: "a", values: [1, 2, 3], metadata: { year: "1990", unknown: "kept", list: ["x", "東"] } },
          { id: "b", values: [1, 2, 3], sparseValues: sparse, metadata: { year: "no number" } }
        ])
        yield* VectorIndex.copy(from, to)
        const [a, b] = yield* collect(to.untyped().scan())
        assert.deepStrictEqual(a!.metadata, { year: "1990", unknown: "kept", list: ["x", "東"] })
        assert.deepStrictEqual(b!.metadata, { year: "no number" })
        assert.deepStrictEqual(b!.sparseValues, sparse)
      }).pipe(Effect.provide(server)))
  })
}
