/** What the database does where writes fail, and where its file is not what was written. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import Libsql from "libsql"
import { makeEngine } from "../../src/internal/sqlite/engine.js"
import type {
  AnswerTo,
  Failure,
  PackedRecords,
  PackedWrite,
  Request,
  Written
} from "../../src/internal/sqlite/protocol.js"

type Without<R> = R extends { readonly at: number } ? Omit<R, "at"> : never

interface Opened {
  readonly file: string
  readonly ask: <R extends Without<Request>>(request: R) => AnswerTo<Extract<Request, { readonly op: R["op"] }>>
  /** Has it as it is after a restart. */
  readonly again: () => void
  readonly close: () => void
}

const opened = <A, E>(use: (opened: Opened) => Effect.Effect<A, E, Scope.Scope>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = `${yield* fs.makeTempDirectoryScoped()}/set.db`
    const engine = makeEngine()
    const open = () =>
      (engine.execute({
        op: "open",
        file,
        kind: "records",
        create: true,
        durable: false,
        lock: false,
        reader: false,
        maxPages: undefined
      }) as { readonly at: number }).at
    let at = open()
    const close = () => void engine.execute({ op: "close", at })
    yield* Effect.addFinalizer(() => Effect.sync(close))
    return yield* use({
      file,
      close,

      ask: (request) => engine.execute({ ...request, at } as unknown as Request) as never,
      again: () => {
        close()
        at = open()
      }
    })
  }).pipe(Effect.scoped, Effect.provide(NodeContext.layer))

const packed = (...ids: ReadonlyArray<string>): PackedRecords => ({
  ids,
  metadata: ids.map((id) => JSON.stringify({ id })),
  dense: Float32Array.from(ids, (_, i) => i),
  denseLengths: Int32Array.from(ids, () => 1),
  sparseIndices: Uint32Array.from(ids, (_, i) => i),
  sparseValues: Float32Array.from(ids, (_, i) => i),
  sparseLengths: Int32Array.from(ids, () => 1)
})

/** Records that the database cannot take: their metadata is no text. */
const unfit: PackedRecords = { ...packed("unfit"), metadata: [{} as never] }

const write = (namespace: string, lsn: number, more: Partial<PackedWrite>): PackedWrite => ({ namespace, lsn, ...more })

const isWritten = (outcome: Written | Failure): outcome is Written => "records" in outcome

const idsOf = ({ ask }: Opened, namespace: string): ReadonlyArray<string> =>
  ask({ op: "read", namespace, after: 0, limit: 1000 })?.records.ids ?? []

const countsOf = ({ ask }: Opened) =>
  Object.fromEntries(
    ask({ op: "all", sql: "SELECT name, records FROM namespaces", params: [] }).map((
      { name, records }
    ) => [name, records])
  )

describe("writes in one transaction", () => {
  it.effect("leave nothing of the one that fails, and all of the others", () =>
    opened((set) =>
      Effect.sync(() => {
        set.ask({ op: "write", writes: [write("a", 1, { upserts: packed("x", "y") })] })
        const outcomes = set.ask({
          op: "write",
          writes: [
            write("a", 2, { upserts: packed("z") }),
            write("a", 3, { deletes: ["x"], upserts: unfit }),
            write("new", 4, { upserts: unfit }),
            write("new", 5, { upserts: packed("n") }),
            write("a", 6, { deletes: ["y", "nobody"] })
          ]
        })
        assert.deepStrictEqual(outcomes.map(isWritten), [true, false, false, true, true])
        for (const restart of [false, true]) {
          if (restart) set.again()
          assert.deepStrictEqual(idsOf(set, "a"), ["x", "z"])
          assert.deepStrictEqual(idsOf(set, "new"), ["n"])
          assert.deepStrictEqual(countsOf(set), { a: 2, new: 1 })
        }
      })
    ))

  it.effect("that failed are not to be found in the log either", () =>
    opened((set) =>
      Effect.sync(() => {
        const sealed = () => set.ask({ op: "all", sql: "SELECT key FROM meta WHERE key = 'seal'", params: [] }).length
        set.ask({ op: "write", writes: [write("a", 1, { upserts: packed("x") })] })
        assert.strictEqual(sealed(), 0)
        set.ask({ op: "write", writes: [write("a", 2, { upserts: unfit })] })
        assert.strictEqual(sealed(), 1)
        assert.deepStrictEqual(idsOf(set, "a"), ["x"])
      })
    ))

  it.effect("count what is there, however it came to be", () =>
    opened((set) =>
      Effect.sync(() => {
        const steps: ReadonlyArray<readonly [Partial<PackedWrite>, number]> = [
          [{ upserts: packed("a", "b", "c") }, 3],
          [{ upserts: packed("b", "d") }, 4],
          [{ deletes: ["a", "a", "nobody"] }, 3],
          [{ deletes: ["b"], upserts: packed("b", "e") }, 4],
          [{ metadata: { ids: ["b", "nobody"], texts: ["{}", "{}"] } }, 4],
          [{ clear: true, upserts: packed("f") }, 1],
          [{ clear: true }, 0]
        ]
        for (const [i, [step, expected]] of steps.entries()) {
          const [outcome] = set.ask({ op: "write", writes: [write("ns", i + 1, step)] })
          assert.deepStrictEqual(outcome, { records: expected }, `step ${i}`)
          assert.strictEqual(idsOf(set, "ns").length, expected, `step ${i}`)
        }
      })
    ))
})

describe("a namespace", () => {
  it.effect("that could not be emptied is not swept away", () =>
    opened((set) =>
      Effect.sync(() => {
        set.ask({
          op: "write",
          writes: [write("a", 1, { upserts: packed("x", "y") }), write("b", 2, { upserts: packed("z") })]
        })
        // It knows by now of nothing to sweep.
        assert.isFalse(set.ask({ op: "sweep", limit: 10 }))
        const [outcome] = set.ask({ op: "write", writes: [write("a", 3, { clear: true, upserts: unfit })] })
        assert.isFalse(isWritten(outcome!))
        while (set.ask({ op: "sweep", limit: 10 }));
        set.again()
        while (set.ask({ op: "sweep", limit: 10 }));
        assert.deepStrictEqual([idsOf(set, "a"), idsOf(set, "b")], [["x", "y"], ["z"]])
      })
    ))

  it.effect("that was emptied or dropped is swept, and it alone, a part at a time", () =>
    opened((set) =>
      Effect.sync(() => {
        const rows = () => Number(set.ask({ op: "all", sql: "SELECT count(*) AS n FROM records", params: [] })[0]!["n"])
        const names = Array.from({ length: 25 }, (_, i) => `r${i}`)
        for (const name of ["a", "b", "c"]) {
          set.ask({ op: "write", writes: [write(name, 1, { upserts: packed(...names) })] })
        }
        set.ask({ op: "write", writes: [write("a", 2, { clear: true, upserts: packed("new") })] })
        set.ask({ op: "write", writes: [write("c", 3, { drop: true })] })
        assert.strictEqual(rows(), 76)
        assert.isTrue(set.ask({ op: "sweep", limit: 10 }))
        assert.strictEqual(rows(), 66)
        set.again()
        while (set.ask({ op: "sweep", limit: 10 }));
        assert.strictEqual(rows(), 26)
        assert.deepStrictEqual([idsOf(set, "a"), idsOf(set, "b").length, idsOf(set, "c")], [["new"], 25, []])
      })
    ))

  it.effect("of a format that knew of no files of vectors is served, and knows of them from then on", () =>
    opened((set) =>
      Effect.sync(() => {
        set.ask({ op: "write", writes: [write("a", 1, { upserts: packed("x", "y") })] })
        set.close()
        const old = new Libsql(set.file)
        old.exec("DROP TABLE vector_files; DROP TABLE changes; PRAGMA user_version = 2")
        old.close()
        set.again()
        assert.deepStrictEqual(idsOf(set, "a"), ["x", "y"])
        assert.deepStrictEqual(set.ask({ op: "mark", namespace: "a", token: "t" }), { namespace: 1, last: 2 })
        set.ask({ op: "write", writes: [write("a", 2, { deletes: ["x"], upserts: packed("z") })] })
        const changed = set.ask({ op: "changes", namespace: "a", token: "t", after: 0, limit: 9, dimension: 1 })
        assert.deepStrictEqual(changed && [Array.from(changed.places), Array.from(changed.states)], [[1], [0]])
        const come = set.ask({ op: "changes", namespace: "a", token: "t", after: 1, limit: 9, dimension: 1 })
        assert.deepStrictEqual(come && [Array.from(come.places), Array.from(come.states)], [[3], [2]])
        set.again()
        assert.deepStrictEqual(set.ask({ op: "all", sql: "PRAGMA user_version", params: [] }), [{ user_version: 3 }])
      })
    ))

  it.effect("keeps its schema when it is emptied", () =>
    opened((set) =>
      Effect.sync(() => {
        const schemas = () => set.ask({ op: "all", sql: "SELECT schema FROM namespaces", params: [] })
        set.ask({ op: "write", writes: [write("a", 1, { declare: { schema: "{\"fields\":{}}" } })] })
        set.ask({ op: "write", writes: [write("a", 2, { clear: true })] })
        assert.deepStrictEqual(schemas(), [{ schema: "{\"fields\":{}}" }])
      })
    ))
})

describe("a record that is not what was written", () => {
  const damages: Readonly<Record<string, string>> = {
    "by its numbers": "dense = zeroblob(length(dense))",
    "by the length of its numbers": "dense = zeroblob(3)",
    "by its indices": "sparse_indices = zeroblob(4)",
    "by a list that is missing": "sparse_values = NULL",
    "by its metadata": "metadata = '{\"id\":\"other\"}'",
    "by its id": "id = 'other'"
  }
  for (const [name, change] of Object.entries(damages)) {
    it.effect(`${name} is not given, and not copied`, () =>
      opened((set) =>
        Effect.sync(() => {
          set.ask({ op: "write", writes: [write("a", 1, { upserts: packed("x", "y") })] })
          // What is changed on the way must not be taken for damage.
          set.ask({ op: "write", writes: [write("a", 2, { metadata: { ids: ["x"], texts: [null] } })] })
          assert.deepStrictEqual(idsOf(set, "a"), ["x", "y"])
          assert.isUndefined(set.ask({ op: "verify" }))
          set.close()
          const other = new Libsql(set.file)
          other.exec(`UPDATE records SET ${change} WHERE id = 'y'`)
          other.close()
          set.again()
          const said = /^the record "(y|other)" is not what was written$/
          assert.throws(() => idsOf(set, "a"), said)
          assert.match(String(set.ask({ op: "verify" })), said)
        })
      ))
  }
})
