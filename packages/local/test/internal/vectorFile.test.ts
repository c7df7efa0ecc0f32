/** The file of vectors beside a database: the same answers with it as without it, whatever has happened to it. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import Libsql from "libsql"
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { TestClock } from "../../../../scripts/testing/clock.js"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Dataset, DatasetOptions } from "../../src/internal/dataset.js"
import * as dataset from "../../src/internal/dataset.js"
import * as job from "../../src/internal/job.js"
import * as memories from "../../src/internal/memory.js"
import type { Hit, StoredRecord } from "../../src/internal/namespaceView.js"
import { NamespaceView } from "../../src/internal/namespaceView.js"
import { crc32 } from "../../src/internal/sqlite/crc32.js"
import type { RecordSet } from "../../src/internal/store.js"
import { layer, StoreTag } from "../../src/internal/store.js"
import { copyFolder, modeOf } from "../utils/folders.js"

const dimension = 3
const shape = { metric: "dotproduct", dimension } as const
const ns = "ns"

/** So that many have equal scores. */
const vectorOf = (n: number) => Float32Array.from({ length: dimension }, (_, i) => ((n * 7 + i * 3) % 5) - 2)

const record = (id: string, n: number, more: Partial<StoredRecord> = {}): StoredRecord => ({
  id,
  values: vectorOf(n),
  sparseValues: n % 3 === 0 ? { indices: Uint32Array.of(9, 2), values: Float32Array.of(n, 1) } : undefined,
  metadata: { n },
  ...more
})

const many = (count: number, from = 0) => Array.from({ length: count }, (_, i) => record(`r${from + i}`, from + i))

interface Running {
  readonly data: Dataset
  readonly set: RecordSet
  readonly log: ReadonlyArray<string>
}

/** A server's set in a folder: a namespace of ten records is large. */
const running = <A, E>(
  folder: string,
  use: (running: Running) => Effect.Effect<A, E>,
  change: (set: RecordSet) => RecordSet = (set) => set,
  options: Partial<DatasetOptions> = {}
) =>
  Effect.gen(function*() {
    const log: Array<string> = []
    const logger = Logger.make(({ message }) => {
      log.push(String(message))
    })
    return yield* Effect.gen(function*() {
      const store = yield* StoreTag
      if (!(yield* store.sets).includes("set")) yield* store.create("set", {}, [])
      const set = change(yield* store.open("set"))
      const data = yield* dataset.make(set, shape, { name: "the test", large: 10, ...options })
      return yield* use({ data, set, log })
    }).pipe(Effect.scoped, Effect.provide(layer(folder)), Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
  })

const folder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "vectors-" }))

/** Lets the files be written that are due. */
const settle = Effect.zipRight(
  TestClock.adjust("20 seconds"),
  // Real work follows, of another thread.
  Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
)

const vectorsIn = (folder: string) => readdirSync(join(folder, "sets")).filter((name) => name.includes(".vectors"))

const fileIn = (folder: string) => join(folder, "sets", vectorsIn(folder)[0]!)

/** Waits until there is a file, which a thread writes. */
const written = (folder: string, before: ReadonlyArray<string> = []) =>
  Effect.repeat(
    Effect.zipRight(settle, Effect.sync(() => vectorsIn(folder).filter((name) => !before.includes(name)))),
    { until: (names) => names.length > 0 && names.every((name) => !name.endsWith(".new")) }
  )

/** The same as it is now: what does not change when a file is read. */
const save = ({ set }: Pick<Running, "set">) => set.vectors!.write(ns, dimension)

const plain = (hits: ReadonlyArray<Hit>) =>
  hits.map(({ id, metadata, score, sparseValues, values }) => ({
    id,
    metadata,
    score,
    values: values && Array.from(values),
    sparseValues: sparseValues && [Array.from(sparseValues.indices), Array.from(sparseValues.values)]
  }))

const queries = [Float32Array.of(1, 2, 3), Float32Array.of(-1, 0.5, 0), Float32Array.of(0, 0, 1)]

/** What a search by each of the queries finds, with everything that a hit has. */
const answers = (data: Dataset) =>
  Effect.forEach(
    queries,
    (vector) =>
      Effect.map(
        data.search(ns, { vector, topK: 8, includeValues: true }),
        ({ hits, size }) => ({ hits: plain(hits), size })
      )
  )

/** The same by a view that never was anywhere but in memory. */
const expected = (view: NamespaceView) =>
  queries.map((vector) => ({
    hits: plain(job.atOnce(view.search({ vector, topK: 8, includeValues: true }))),
    size: view.size
  }))

const contentsOf = (view: NamespaceView | undefined) =>
  view === undefined ? [] : job.atOnce(view.list({ limit: 10_000 })).map((id) => {
    const { sparseValues, values, ...rest } = view.get(id)!
    return {
      ...rest,
      values: values && Array.from(values),
      sparseValues: sparseValues && [Array.from(sparseValues.indices), Array.from(sparseValues.values)]
    }
  })

const filled = (records: ReadonlyArray<StoredRecord>) => {
  const view = new NamespaceView(shape)
  for (const one of records) view.upsert(one)
  return view
}

/** Holds back the records, but not the vectors. */
const halting = Effect.gen(function*() {
  const end = yield* Deferred.make<void>()
  return {
    change: (set: RecordSet): RecordSet => ({
      ...set,
      records: () => Stream.die("the records were read from the database"),
      vectors: {
        ...set.vectors!,
        records: (name) => Stream.unwrap(Effect.as(Deferred.await(end), set.vectors!.records(name)))
      }
    }),
    end: Deferred.succeed(end, undefined)
  }
})

describe("the file of vectors", () => {
  it.scoped("is written when a large namespace is quiet, for the server alone, and once", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, log }) =>
        Effect.gen(function*() {
          yield* data.upsert(ns, many(9))
          yield* TestClock.adjust("1 minute")
          assert.deepStrictEqual(vectorsIn(root), [])
          yield* data.upsert(ns, many(11, 9))
          yield* TestClock.adjust("4 seconds")
          yield* data.upsert("small", many(9))
          yield* data.upsert(ns, many(1, 20))
          assert.deepStrictEqual(vectorsIn(root), [])
          yield* written(root)
          assert.strictEqual(vectorsIn(root).length, 1)
          assert.strictEqual(modeOf(fileIn(root)), "600")
          const before = statSync(fileIn(root)).ino
          // One of twenty-one is not worth it.
          yield* data.upsert(ns, [record("r3", 40)])
          yield* settle
          assert.strictEqual(statSync(fileIn(root)).ino, before)
          assert.deepStrictEqual(log, [])
        }))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("answers before the records are there, and lets whatever else is asked wait for them", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const view = filled(many(40))
      yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, many(40)), save({ set })))
      const { change, end } = yield* halting
      yield* running(root, ({ data }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answers(data), expected(view))
          const without = yield* data.search(ns, { vector: queries[0], topK: 1 })
          assert.isUndefined(without.hits[0]?.values)
          const filtered = yield* Effect.fork(
            data.search(ns, { vector: queries[0], topK: 3, predicate: (metadata) => metadata?.["n"] === 7 })
          )
          const all = yield* Effect.fork(data.read(ns))
          yield* Effect.repeatN(Effect.yieldNow(), 20)
          assert.deepStrictEqual([filtered.unsafePoll(), all.unsafePoll()], [null, null])
          yield* end
          assert.deepStrictEqual((yield* Fiber.join(filtered)).hits.map(({ id }) => id), ["r7"])
          assert.deepStrictEqual(contentsOf((yield* Fiber.join(all)).view), contentsOf(view))
          assert.deepStrictEqual(yield* answers(data), expected(view))
        }), change)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("answers with what was written while the records are read", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, many(40)), save({ set })))
      const { change, end } = yield* halting
      const view = filled(many(40))
      yield* running(root, ({ data }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answers(data), expected(view))
          // The last place is given again.
          yield* data.remove(ns, ["r39", "r5"])
          yield* data.upsert(ns, [record("new", 1), record("r6", 3)])
          for (const id of ["r39", "r5"]) view.remove(id)
          for (const one of [record("new", 1), record("r6", 3)]) view.upsert(one)
          const asked = yield* Effect.fork(answers(data))
          yield* Effect.repeatN(Effect.yieldNow(), 20)
          yield* end
          assert.deepStrictEqual(yield* Fiber.join(asked), expected(view))
          assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
        }), change)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("answers with what was written after the file, at places that were given again too", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const view = filled(many(40))
      yield* running(root, ({ data, set }) =>
        Effect.gen(function*() {
          yield* data.upsert(ns, many(40))
          yield* save({ set })
          // The place of the last record is that of the next one.
          yield* data.remove(ns, ["r39"])
          yield* data.upsert(ns, [record("again", 1), record("after", 3)])
        }))
      view.remove("r39")
      for (const one of [record("again", 1), record("after", 3)]) view.upsert(one)
      const { change, end } = yield* halting
      yield* running(root, ({ data, log }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answers(data), expected(view))
          yield* end
          assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
          assert.deepStrictEqual(log, [])
        }), change)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("of a namespace that is deleted or emptied while it is read gives no record back", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, set }) =>
        Effect.gen(function*() {
          for (const name of ["a", "b"]) {
            yield* data.upsert(name, many(40))
            yield* set.vectors!.write(name, dimension)
          }
        }))
      const { change, end } = yield* halting
      yield* running(root, ({ data, log }) =>
        Effect.gen(function*() {
          const find = (name: string) =>
            Effect.map(data.search(name, { vector: queries[0], topK: 5 }), ({ hits }) => hits)
          for (const name of ["a", "b"]) assert.strictEqual((yield* find(name)).length, 5)
          const reads = yield* Effect.fork(Effect.all([data.read("a"), data.read("b")], { concurrency: "unbounded" }))
          yield* Effect.repeatN(Effect.yieldNow(), 20)
          yield* data.deleteNamespace("a")
          yield* data.clear("b")
          const [deleted, emptied] = yield* Fiber.join(reads)
          assert.deepStrictEqual([deleted.view?.size, emptied.view?.size], [undefined, 0])
          assert.deepStrictEqual([yield* find("a"), yield* find("b")], [[], []])
          // The name is free for another one.
          yield* data.upsert("a", [record("other", 1)])
          yield* end
          assert.deepStrictEqual((yield* find("a")).map(({ id }) => id), ["other"])
          assert.deepStrictEqual(log, [])
        }), change)
      yield* running(root, ({ data }) =>
        Effect.gen(function*() {
          assert.strictEqual((yield* data.read("a")).view?.size, 1)
          assert.strictEqual((yield* data.read("b")).view?.size, 0)
        }))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("does not hide that the database is damaged", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, many(40)), save({ set })))
      const database = new Libsql(join(root, "sets", "set.db"))
      database.exec("UPDATE records SET dense = zeroblob(12) WHERE id = 'r7'")
      database.close()
      const { change, end } = yield* halting
      yield* running(root, ({ data }) =>
        Effect.gen(function*() {
          // What was written is known.
          assert.deepStrictEqual(yield* answers(data), expected(filled(many(40))))
          yield* end
          const { message, status } = yield* Effect.flip(data.read(ns))
          assert.strictEqual(status, 500)
          assert.include(message, "r7")
          assert.strictEqual((yield* Effect.flip(data.search(ns, { vector: queries[0], topK: 1 }))).message, message)
        }), change)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("brings back records without sparse vectors, whatever their ids and their metadata are", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const names = ["\"quoted\"", "\"", "é", "漢字", "a\0b", "\ud800", "x".repeat(300)]
      const records = [
        ...many(20),
        ...names.map((id, i) => record(id, i, { metadata: i % 2 === 0 ? undefined : { [id]: id, list: ["é", ""] } })),
        record("none", 4, { values: undefined })
      ].map((one) => ({ ...one, sparseValues: undefined }))
      const view = filled(records)
      yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, records), save({ set })))
      const { change, end } = yield* halting
      yield* running(root, ({ data, log }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answers(data), expected(view))
          yield* end
          assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
          const [removed, updated] = [["r3", "\"quoted\"", "漢字"], ["r4", "é"]]
          yield* data.remove(ns, removed)
          yield* data.change(ns, updated.map((id) => ({ id, setMetadata: { more: 1 } })))
          const again = [record("漢字", 1, { sparseValues: undefined }), record("new", 2)]
          yield* data.upsert(ns, again)
          for (const id of removed) view.remove(id)
          for (const id of updated) view.setMetadata(id, { ...view.metadataOf(id), more: 1 })
          for (const one of again) view.upsert(one)
          assert.deepStrictEqual(yield* answers(data), expected(view))
          assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
          assert.deepStrictEqual(log, [])
        }), change)
      const database = new Libsql(join(root, "sets", "set.db"))
      database.exec("UPDATE records SET metadata = '{' WHERE id = 'r7'")
      database.close()
      yield* running(root, ({ data }) =>
        Effect.gen(function*() {
          const { message, status } = yield* Effect.flip(data.read(ns))
          assert.strictEqual(status, 500)
          assert.include(message, "r7")
        }))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("brings back what has left memory for others", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const view = filled(many(40))
      yield* running(root, ({ data, set }) =>
        Effect.gen(function*() {
          for (const name of [ns, "other"]) {
            yield* data.upsert(name, many(40))
            yield* set.vectors!.write(name, dimension)
          }
        }))
      const { change, end } = yield* halting
      yield* end
      // One of them fits.
      const memory = memories.make(60_000)
      const loads: Array<string> = []
      const counting = (set: RecordSet): RecordSet => {
        const { vectors, ...rest } = change(set)
        return {
          ...rest,
          vectors: {
            ...vectors!,
            records: (name) => {
              loads.push(name)
              return vectors!.records(name)
            }
          }
        }
      }
      yield* running(
        root,
        ({ data }) =>
          Effect.gen(function*() {
            for (let round = 0; round < 3; round++) {
              assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
              assert.deepStrictEqual(contentsOf((yield* data.read("other")).view), contentsOf(view))
            }
            assert.deepStrictEqual(loads, [ns, "other", ns, "other", ns, "other"])
            const refused = yield* Effect.flip(
              data.upsert("third", many(400)).pipe(Effect.zipRight(data.read("third")))
            )
            assert.strictEqual(refused.status, 503)
          }),
        counting,
        { memory }
      )
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("goes with its namespace and with its set, and with a namespace that is emptied", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, set }) =>
        Effect.gen(function*() {
          for (const name of ["a", "b", "c"]) {
            yield* data.upsert(name, many(12))
            yield* set.vectors!.write(name, dimension)
          }
          assert.strictEqual(vectorsIn(root).length, 3)
          yield* data.deleteNamespace("a")
          yield* data.clear("b")
          yield* set.sweep
          assert.strictEqual(vectorsIn(root).length, 1)
        }))
      yield* Effect.gen(function*() {
        const store = yield* StoreTag
        // Somebody else's.
        writeFileSync(join(root, "sets", "set.2.vectors.txt"), "")
        yield* store.copy("set", "copy", () => ({}), () => [])
        yield* store.remove("set", [])
        assert.deepStrictEqual(readdirSync(join(root, "sets")).sort(), ["copy.db", "set.2.vectors.txt"])
        const copy = yield* store.open("copy")
        const found = yield* Effect.scoped(copy.vectors!.open("c", dimension))
        assert.strictEqual(found._tag, "None")
      }).pipe(Effect.scoped, Effect.provide(layer(root)))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("is not believed where it is not what was written for the database as it is", () =>
    Effect.gen(function*() {
      const root = yield* folder
      const records = [...many(40), record("none", 4, { values: undefined })]
      const older = yield* running(root, ({ data, set }) =>
        Effect.gen(function*() {
          yield* data.upsert(ns, records)
          yield* save({ set })
          const bytes = readFileSync(fileIn(root))
          yield* save({ set })
          return bytes
        }))
      const whole = readFileSync(fileIn(root))
      const view = filled(records)
      const changed = (change: (bytes: Buffer) => void) => {
        const bytes = Buffer.from(whole)
        change(bytes)
        return bytes
      }
      /** With a header that says of itself that it is right. */
      const headed = (change: (bytes: Buffer) => void) =>
        changed((bytes) => {
          change(bytes)
          bytes.writeUInt32LE(crc32(bytes.subarray(0, 4092)), 4092)
        })
      const flipped = (at: number) =>
        changed((bytes) => {
          bytes[at]! ^= 1
        })
      const damages: ReadonlyArray<readonly [Buffer, RegExp]> = [
        [Buffer.alloc(0), /is cut off/],
        [whole.subarray(0, 4000), /is cut off/],
        [whole.subarray(0, whole.length - 1), /another length/],
        [whole.subarray(0, 4100), /another length/],
        [Buffer.concat([whole, Buffer.alloc(4)]), /another length/],
        [Buffer.alloc(whole.length, "x"), /is not a file of vectors/],
        [headed((bytes) => void bytes.writeUInt32LE(99, 8)), /format version 99/],
        [headed((bytes) => void bytes.writeUInt32LE(40, 16)), /another length/],
        [headed((bytes) => void bytes.writeUInt32LE(4, 12)), /another state/],
        [older, /another state/],
        // One of each part, and one of each nineteenth byte.
        ...[9, 17, 30, 4000, 4094].map((at) => [flipped(at), /is damaged|format version/] as const),
        ...Array.from(
          { length: Math.floor((whole.length - 4096) / 19) },
          (_, i) => [flipped(4096 + 19 * i), /is damaged/] as const
        )
      ]
      for (const [bytes, reason] of damages) {
        writeFileSync(fileIn(root), bytes)
        yield* running(root, ({ data, log }) =>
          Effect.gen(function*() {
            assert.deepStrictEqual(yield* answers(data), expected(view))
            assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
            assert.strictEqual(log.length, 1)
            assert.include(log[0], fileIn(root))
            assert.match(log[0]!, reason)
            assert.include(log[0], `the namespace "${ns}"`.replace("the", "The"))
          }))
      }
    }).pipe(Effect.provide(NodeContext.layer)), 120_000)

  it.scoped("is written again where it was not believed", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, many(40)), save({ set })))
      const name = fileIn(root)
      writeFileSync(name, "")
      yield* running(root, ({ data }) =>
        Effect.gen(function*() {
          yield* answers(data)
          yield* Effect.repeat(settle, { until: () => statSync(name).size > 4096 })
        }))
      const { change } = yield* halting
      yield* running(root, ({ data, log }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answers(data), expected(filled(many(40))))
          assert.deepStrictEqual(log, [])
        }), change)
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped("of a database that has lost it is missed, and nothing else", () =>
    Effect.gen(function*() {
      const root = yield* folder
      yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, many(40)), save({ set })))
      const elsewhere = yield* folder
      copyFolder(root, elsewhere)
      yield* Effect.flatMap(FileSystem.FileSystem, (fs) => fs.remove(fileIn(elsewhere)))
      yield* running(elsewhere, ({ data, log }) =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* answers(data), expected(filled(many(40))))
          assert.match(log.join(), /vectors is missing/)
        }))
    }).pipe(Effect.provide(NodeContext.layer)))

  it.scoped(
    "follows the writes: each history is answered as by brute force, early, late, and after a crash",
    () =>
      Effect.gen(function*() {
        const id = FastCheck.integer({ min: 0, max: 60 }).map((n) => `r${n}`)
        const step = FastCheck.oneof(
          FastCheck.record({ upsert: FastCheck.array(FastCheck.tuple(id, FastCheck.nat(99)), { maxLength: 8 }) }),
          FastCheck.record({ remove: FastCheck.array(id, { minLength: 1, maxLength: 4 }) }),
          FastCheck.record({ update: FastCheck.tuple(id, FastCheck.nat(99)) }),
          FastCheck.record({ filter: FastCheck.nat(9) }),
          FastCheck.constant({ save: true as const }),
          FastCheck.record({ crash: FastCheck.boolean() })
        )
        const histories = FastCheck.sample(FastCheck.array(step, { minLength: 4, maxLength: 14 }), {
          numRuns: 10,
          seed: 7
        })
        const { change, end } = yield* halting
        yield* end
        for (const history of histories) {
          let root = yield* folder
          const view = filled(many(50))
          yield* running(root, ({ data, set }) => Effect.zipRight(data.upsert(ns, many(50)), save({ set })))
          let rest = history
          while (rest.length > 0) {
            const cut = rest.findIndex((one) => "crash" in one)
            const steps = cut === -1 ? rest : rest.slice(0, cut)
            const crash = rest[cut]
            rest = cut === -1 ? [] : rest.slice(cut + 1)
            const copy = yield* folder
            yield* running(root, ({ data, log, set }) =>
              Effect.gen(function*() {
                // Some answers are early, some not.
                if (steps.length % 2 === 0) assert.deepStrictEqual(yield* answers(data), expected(view))
                for (const one of steps) {
                  if ("upsert" in one) {
                    if (one.upsert.length === 0) continue
                    const records = one.upsert.map(([id, n]) => record(id, n))
                    yield* data.upsert(ns, records)
                    const last = new Map(records.map((one) => [one.id, one]))
                    for (const one of last.values()) view.upsert(one)
                  } else if ("remove" in one) {
                    yield* data.remove(ns, one.remove)
                    for (const id of one.remove) view.remove(id)
                  } else if ("update" in one) {
                    const [id, n] = one.update
                    yield* data.change(ns, [{ id, setMetadata: { more: n }, values: vectorOf(n) }])
                    const old = view.get(id)
                    if (old !== undefined) {
                      view.upsert({ ...old, values: vectorOf(n), metadata: { ...old.metadata, more: n } })
                    }
                  } else if ("filter" in one) {
                    const predicate = (metadata: StoredRecord["metadata"]) =>
                      Number(metadata?.["n"]) % 10 === one.filter
                    yield* data.removeMatching(ns, predicate)
                    for (const id of job.atOnce(view.filter(predicate))) {
                      view.remove(id)
                    }
                  } else if ("save" in one) yield* save({ set })
                }
                if (steps.length % 2 === 1) assert.deepStrictEqual(yield* answers(data), expected(view))
                copyFolder(root, copy)
                // Nothing was wrong but what has changed too much.
                for (const line of log) assert.match(line, /older than the database/)
              }))
            if (crash !== undefined && "crash" in crash && crash.crash) root = copy
          }
          yield* running(root, ({ data }) =>
            Effect.gen(function*() {
              assert.deepStrictEqual(yield* answers(data), expected(view))
              assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
            }))
          yield* running(root, ({ data, set }) =>
            Effect.gen(function*() {
              yield* save({ set })
              yield* data.upsert(ns, [record("last", 1)])
              view.upsert(record("last", 1))
            }))
          yield* running(root, ({ data }) =>
            Effect.gen(function*() {
              if (view.size < 10) return
              assert.deepStrictEqual(yield* answers(data), expected(view))
              assert.deepStrictEqual(contentsOf((yield* data.read(ns)).view), contentsOf(view))
            }), view.size < 10 ? undefined : change)
        }
      }).pipe(Effect.provide(NodeContext.layer)),
    240_000
  )
})
