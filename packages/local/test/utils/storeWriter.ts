// Writes to the store in the folder it is given until it is killed, and prints the number of each write it was answered.
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import { writeSync } from "node:fs"
import { layer, StoreTag } from "../../src/internal/store.js"
import * as simple from "./simpleStore.js"

export const recordsPerWrite = 50

const program = Effect.gen(function*() {
  const store = simple.of(yield* StoreTag)
  const set = yield* store.open("index")
  yield* store.documents.put("index", "index", { written: true })
  for (let write = 1;; write++) {
    yield* set.write({
      namespace: "ns",
      lsn: write,
      upserts: Array.from({ length: recordsPerWrite }, (_, i) => ({
        id: `${write}-${i}`,
        values: new Float32Array(384).fill(write),
        sparseValues: undefined,
        metadata: { write }
      }))
    })
    writeSync(1, `${write}\n`)
  }
})

if (process.argv[2] !== undefined) {
  void Effect.runPromise(
    program.pipe(Effect.scoped, Effect.provide(layer(process.argv[2])), Effect.provide(NodeContext.layer))
  )
}
