import { assert, describe, it } from "@effect/vitest"
import * as Arrow from "apache-arrow"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as ArrowRecords from "../src/ArrowRecords.js"
import { readable, readableMetadata } from "./utils/tables.js"

const collect = <A, E, R>(stream: Stream.Stream<A, E, R>) =>
  Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

describe("types", () => {
  it.effect("gives the value of each type that metadata can hold, and leaves nulls out", () =>
    Effect.gen(function*() {
      const table = new Arrow.Table(readable())
      const options = { columns: { metadata: "rest" } } as const
      const [one, three] = readableMetadata
      const all = yield* collect(ArrowRecords.fromTable(table, options))
      assert.deepStrictEqual(all.map(({ metadata }) => metadata), [one, undefined, three])
      assert.deepStrictEqual(all.map(({ values }) => Array.from(values!)), [[1, 2], [3, 4], [5, 6]])
      for (let start = 1; start < 3; start++) {
        assert.deepStrictEqual(yield* collect(ArrowRecords.fromTable(table.slice(start), options)), all.slice(start))
      }
      for (const kind of ["stream", "file"] as const) {
        const bytes = Arrow.tableToIPC(table, kind)
        assert.deepStrictEqual(yield* collect(ArrowRecords.fromIpc(Stream.make(bytes), options)), all)
      }
    }))
})
