import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Command from "@effect/platform/Command"
import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { execFileSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { StoredRecord } from "../../src/internal/namespaceView.js"
import type { RecordSet, StoreError, StoreOptions } from "../../src/internal/store.js"
import { layer, layerTemporary, StoreTag } from "../../src/internal/store.js"
import * as simple from "../utils/simpleStore.js"
import { recordsPerWrite } from "../utils/storeWriter.js"

const record = (id: string, parts: Partial<StoredRecord> = {}): StoredRecord => ({
  id,
  values: undefined,
  sparseValues: undefined,
  metadata: undefined,
  ...parts
})

const dense = (id: string, ...values: ReadonlyArray<number>) => record(id, { values: Float32Array.from(values) })

const recordsOf = (
  set: Pick<RecordSet, "records">,
  namespace: string
): Effect.Effect<ReadonlyArray<StoredRecord>, StoreError> =>
  set.records(namespace).pipe(Stream.runCollect, Effect.map((chunks) => Chunk.toReadonlyArray(chunks).flat()))

const idsOf = (set: Pick<RecordSet, "records">, namespace: string) =>
  Effect.map(recordsOf(set, namespace), (records) => records.map(({ id }) => id))

const withStore = <A, E>(
  folder: string,
  use: (store: simple.SimpleStore) => Effect.Effect<A, E, Scope.Scope>,
  options?: StoreOptions
) => StoreTag.pipe(Effect.map(simple.of), Effect.flatMap(use), Effect.scoped, Effect.provide(layer(folder, options)))

const temporary = <A, E>(
  use: (store: simple.SimpleStore) => Effect.Effect<A, E, Scope.Scope>
): Effect.Effect<A, E | StoreError> =>
  StoreTag.pipe(
    Effect.map(simple.of),
    Effect.flatMap(use),
    Effect.scoped,
    Effect.provide(layerTemporary({ thread: false })),
    Effect.provide(NodeContext.layer)
  )

const inFolder = <A, E>(
  use: (folder: string) => Effect.Effect<A, E, Scope.Scope | NodeContext.NodeContext>
): Effect.Effect<A, E | PlatformError.PlatformError> =>
  FileSystem.FileSystem.pipe(
    // What a URL, SQL or a pattern would read otherwise is in the name.
    Effect.flatMap((fs) => fs.makeTempDirectoryScoped({ prefix: "store 100%25 ?#'é-" })),
    Effect.flatMap(use),
    Effect.scoped,
    Effect.provide(NodeContext.layer)
  )

const many = (count: number, dimension: number, first = 0): ReadonlyArray<StoredRecord> =>
  Array.from({ length: count }, (_, i) => record(`r${first + i}`, { values: new Float32Array(dimension).fill(i) }))

const id = FastCheck.string({ minLength: 1, maxLength: 12, unit: "binary" })
const float = FastCheck.float({ noDefaultInfinity: true, noNaN: true })
const arbitrary: FastCheck.Arbitrary<StoredRecord> = FastCheck.record({
  id: FastCheck.oneof(id, FastCheck.constantFrom("a", "b", "c", "\0", "a\0b", "\"", "\"a\"", "\ud800", "")),
  values: FastCheck.option(FastCheck.array(float, { maxLength: 40 }).map((v) => Float32Array.from(v)), {
    nil: undefined
  }),
  sparseValues: FastCheck.option(
    FastCheck.array(FastCheck.tuple(FastCheck.integer({ min: 0, max: 0xffffffff }), float), { maxLength: 40 }).map(
      (entries) => ({
        indices: Uint32Array.from(entries, ([index]) => index),
        values: Float32Array.from(entries, ([, value]) => value)
      })
    ),
    { nil: undefined }
  ),
  metadata: FastCheck.option(
    FastCheck.dictionary(
      FastCheck.string({ maxLength: 8 }).filter((key) => key !== "__proto__"),
      FastCheck.oneof(
        FastCheck.string({ unit: "binary" }),
        FastCheck.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n === 0 ? 0 : n),
        FastCheck.boolean(),
        FastCheck.array(FastCheck.string({ unit: "binary" }))
      ),
      { noNullPrototype: true }
    ),
    { nil: undefined }
  )
})

describe("Store", () => {
  describe("records", () => {
    it.effect("come back as they were written, the latest of each id where the first was", () =>
      temporary((store) =>
        Effect.gen(function*() {
          let round = 0
          const check = (writes: ReadonlyArray<ReadonlyArray<StoredRecord>>) =>
            Effect.gen(function*() {
              const set = yield* store.open(`set-${round++}`)
              const expected = new Map<string, StoredRecord>()
              for (const [lsn, upserts] of writes.entries()) {
                yield* set.write({ namespace: "ns", lsn, upserts })
                for (const upsert of upserts) expected.set(upsert.id, upsert)
              }
              expect(yield* recordsOf(set, "ns")).toEqual(Array.from(expected.values()))
            }).pipe(Effect.scoped)
          yield* Effect.promise(() =>
            FastCheck.assert(
              FastCheck.asyncProperty(
                FastCheck.array(FastCheck.array(arbitrary, { maxLength: 8 }), { maxLength: 4 }),
                (writes) => Effect.runPromise(check(writes))
              ),
              { numRuns: 60 }
            )
          )
        })
      ))

    it.effect("may be a part of a larger array", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          const block = Float32Array.from([9, 1, 2, 9])
          yield* set.write({ namespace: "ns", lsn: 1, upserts: [record("a", { values: block.subarray(1, 3) })] })
          const [read] = yield* recordsOf(set, "ns")
          expect(read?.values).toEqual(Float32Array.from([1, 2]))
        })
      ))

    it.effect("are written, read in chunks and deleted by the thousands", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          yield* set.write({ namespace: "ns", lsn: 1, upserts: many(2501, 3) })
          const chunks = Chunk.toReadonlyArray(yield* Stream.runCollect(set.records("ns")))
          expect(chunks.length).toBeGreaterThan(2)
          expect(chunks.flat().map((one) => one.id)).toEqual(many(2501, 3).map((one) => one.id))
          yield* set.write({ namespace: "ns", lsn: 2, deletes: many(2500, 3).map((one) => one.id) })
          expect(yield* idsOf(set, "ns")).toEqual(["r2500"])
        })
      ))

    it.effect("keep their place when they are replaced, and lose it when they are deleted", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          yield* set.write({ namespace: "ns", lsn: 1, upserts: [dense("b", 1), dense("a", 1), dense("c", 1)] })
          yield* set.write({ namespace: "ns", lsn: 2, upserts: [dense("a", 2), dense("d", 2), dense("d", 3)] })
          expect(yield* recordsOf(set, "ns")).toEqual([dense("b", 1), dense("a", 2), dense("c", 1), dense("d", 3)])
          yield* set.write({ namespace: "ns", lsn: 3, deletes: ["b", "x"] })
          yield* set.write({ namespace: "ns", lsn: 4, upserts: [dense("b", 4)] })
          expect(yield* idsOf(set, "ns")).toEqual(["a", "c", "d", "b"])
        })
      ))

    it.effect("are cleared and deleted before others are upserted", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          yield* set.write({ namespace: "ns", lsn: 1, upserts: [dense("a", 1), dense("b", 1)] })
          yield* set.write({ namespace: "other", lsn: 1, upserts: [dense("a", 1)] })
          yield* set.write({ namespace: "ns", lsn: 2, deletes: ["a"], upserts: [dense("a", 2)] })
          expect(yield* idsOf(set, "ns")).toEqual(["b", "a"])
          yield* set.write({ namespace: "ns", lsn: 3, clear: true, upserts: [dense("c", 3)] })
          expect(yield* idsOf(set, "ns")).toEqual(["c"])
          expect(yield* idsOf(set, "other")).toEqual(["a"])
        })
      ))

    it.effect("are counted", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          const empty = yield* set.counts
          expect(empty).toMatchObject({ records: 0, namespaces: 0 })
          yield* set.write({ namespace: "a", lsn: 1, upserts: many(100, 1000) })
          yield* set.write({ namespace: "b", lsn: 1, upserts: many(10, 1) })
          const full = yield* set.counts
          expect(full).toMatchObject({ records: 110, namespaces: 2 })
          expect(full.bytes).toBeGreaterThan(400_000)
          yield* set.deleteNamespace("a")
          yield* set.sweep
          expect((yield* set.counts).bytes).toBeLessThan(200_000)
        })
      ))

    it.effect("are written whole by an interrupted write, or not at all", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          for (let lsn = 0; lsn < 20; lsn++) {
            const fiber = yield* Effect.fork(set.write({ namespace: "ns", lsn, upserts: many(100, 8, lsn * 100) }))
            for (let i = 0; i < lsn; i++) yield* Effect.promise(() => Promise.resolve())
            yield* Fiber.interrupt(fiber)
            expect((yield* set.counts).records % 100).toBe(0)
          }
          yield* set.write({ namespace: "ns", lsn: 99, upserts: [dense("last", 1)] })
          expect((yield* idsOf(set, "ns")).at(-1)).toBe("last")
        })
      ))

    it.effect("are written by many fibers at once", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          yield* Effect.forEach(
            Array.from({ length: 30 }, (_, i) => i),
            (i) => set.write({ namespace: `ns${i % 3}`, lsn: i, upserts: many(10, 2, i * 10) }),
            { concurrency: "unbounded" }
          )
          expect(yield* set.counts).toMatchObject({ records: 300, namespaces: 3 })
        })
      ))
  })

  describe("namespaces", () => {
    it.effect("come into being with their first write, or before, and know their latest write", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const set = yield* store.open("set")
          yield* set.write({ namespace: "z", lsn: 3, upserts: [dense("a", 1)] })
          yield* set.createNamespace("", { fields: { genre: { filterable: true } } }, 4)
          yield* set.write({ namespace: "", lsn: 6, deletes: ["nothing"] })
          yield* set.write({ namespace: "z", lsn: 5 })
          yield* set.write({ namespace: "z", lsn: 2 })
          expect(yield* set.namespaces).toEqual([
            { name: "z", schema: undefined, lsn: 5, records: 1 },
            { name: "", schema: { fields: { genre: { filterable: true } } }, lsn: 6, records: 0 }
          ])
          yield* set.deleteNamespace("z")
          expect((yield* set.namespaces).map(({ name }) => name)).toEqual([""])
          expect(yield* idsOf(set, "z")).toEqual([])
        })
      ))
  })

  describe("documents", () => {
    it.effect("are kept by kind and id, in the order in which they were first put", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const { all, put, remove } = store.documents
          yield* put("index", "b", { name: "b" })
          yield* put("index", "a", [1, null, "é"])
          yield* put("backup", "b", "text")
          yield* put("index", "b", { name: "b2" })
          expect(yield* all("index")).toEqual([
            { id: "b", document: { name: "b2" } },
            { id: "a", document: [1, null, "é"] }
          ])
          yield* remove("index", "b")
          yield* remove("index", "unknown")
          expect(yield* all("index")).toEqual([{ id: "a", document: [1, null, "é"] }])
          expect(yield* all("backup")).toEqual([{ id: "b", document: "text" }])
          expect(yield* all("unknown")).toEqual([])
        })
      ))

    it.effect("that are not JSON are refused", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const error = yield* Effect.flip(store.documents.put("index", "a", { n: 1n }))
          expect(error.reason).toBe("Failed")
          expect(error.message).toMatch(/could not be written as JSON/)
        })
      ))
  })

  describe("sets", () => {
    it.effect("are there when the folder is opened again", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          yield* withStore(`${folder}/a/b`, (store) =>
            Effect.gen(function*() {
              yield* store.documents.put("index", "a", 1)
              const set = yield* store.open("set-1")
              yield* set.write({ namespace: "ns", lsn: 7, upserts: [dense("a", 1, 2)] })
            }))
          // Again in the process that has had it open: its lock must be gone by now.
          for (let i = 0; i < 3; i++) {
            yield* withStore(`${folder}/a/b`, (store) =>
              Effect.gen(function*() {
                expect(yield* store.documents.all("index")).toEqual([{ id: "a", document: 1 }])
                expect(yield* store.sets).toEqual(["set-1"])
                const set = yield* store.open("set-1")
                expect(yield* set.namespaces).toEqual([{ name: "ns", schema: undefined, lsn: 7, records: 1 }])
                expect(yield* recordsOf(set, "ns")).toEqual([dense("a", 1, 2)])
              }))
          }
        })
      ))

    it.effect("are opened once at a time", () =>
      temporary((store) =>
        Effect.gen(function*() {
          const open = Effect.scoped(Effect.flatMap(store.open("set"), (set) => set.counts))
          yield* open
          yield* open
          yield* store.open("set")
          expect((yield* Effect.flip(open)).message).toBe("The set set is in use.")
          expect((yield* Effect.flip(store.remove("set"))).message).toBe("The set set is in use.")
        })
      ))

    it.effect("are copied while they are open or closed, and the copies are independent", () =>
      inFolder((folder) =>
        withStore(folder, (store) =>
          Effect.gen(function*() {
            const fs = yield* FileSystem.FileSystem
            const set = yield* store.open("from")
            yield* set.createNamespace("ns", { a: 1 }, 1)
            yield* set.write({ namespace: "ns", lsn: 2, upserts: [dense("b", 1), dense("a", 2), dense("c", 1)] })
            yield* set.write({ namespace: "ns", lsn: 3, deletes: ["c"] })
            yield* store.copy("from", "to")
            yield* store.copy("to", "again")
            yield* set.write({ namespace: "ns", lsn: 4, clear: true })
            const copied = yield* store.open("again")
            expect(yield* copied.namespaces).toEqual([{ name: "ns", schema: { a: 1 }, lsn: 3, records: 2 }])
            expect(yield* recordsOf(copied, "ns")).toEqual([dense("b", 1), dense("a", 2)])
            yield* copied.write({ namespace: "ns", lsn: 5, upserts: [dense("d", 1)] })
            expect(yield* idsOf(copied, "ns")).toEqual(["b", "a", "d"])
            expect(yield* idsOf(set, "ns")).toEqual([])
            expect((yield* Effect.flip(store.copy("from", "to"))).message).toBe("The set to is there already.")
            expect((yield* Effect.flip(store.copy("none", "new"))).message).toMatch(/none\.db is missing/)
            expect(yield* store.sets).toEqual(["again", "from", "to"])
            // What could not be copied has left nothing.
            expect((yield* fs.readDirectory(`${folder}/sets`)).filter((name) => name.startsWith("new"))).toEqual([])
          }).pipe(Effect.provide(NodeContext.layer)))
      ))

    it.effect("leave no file behind when they are removed", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              yield* Effect.scoped(
                Effect.flatMap(store.open("set"), (set) => set.write({ namespace: "ns", lsn: 1, upserts: many(9, 9) }))
              )
              yield* fs.writeFileString(`${folder}/sets/set.db-wal`, "left by a crash")
              yield* store.remove("set")
              yield* store.remove("set")
              expect(yield* fs.readDirectory(`${folder}/sets`)).toEqual([])
              const set = yield* store.open("set")
              expect(yield* set.namespaces).toEqual([])
            }))
        })
      ))

    it.effect("that a crash has left unfinished are removed, and nothing else is", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const sets = Effect.map(fs.readDirectory(`${folder}/sets`), (names) => [...names].sort())
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              for (const id of ["kept", "pending", "removed"]) yield* Effect.scoped(store.open(id))
              // As it is when the process dies in the middle of a copy, and of a removal.
              yield* store.documents.put("set-pending", "pending", {})
              yield* store.documents.put("set-removed", "removed", {})
            }))
          yield* fs.writeFileString(`${folder}/sets/half.db.partial`, "half")
          yield* fs.writeFileString(`${folder}/sets/notes.txt`, "mine")
          for (let i = 0; i < 2; i++) {
            yield* withStore(folder, (store) =>
              Effect.gen(function*() {
                expect(yield* store.sets).toEqual(["kept"])
                expect(yield* sets).toEqual(["half.db.partial", "kept.db", "notes.txt"])
                expect(yield* store.documents.kinds).toEqual([])
              }))
          }
        })
      ))

    it.effect("that were removed do not come back where their file cannot be unlinked", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          yield* withStore(folder, (store) => store.documents.put("set-removed", "stuck", {}))
          // A folder is nothing that can be unlinked as a file.
          yield* fs.makeDirectory(`${folder}/sets/stuck.db`)
          yield* fs.writeFileString(`${folder}/sets/stuck.db/kept`, "")
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              expect(yield* store.sets).toEqual([])
            }))
          expect(yield* fs.exists(`${folder}/sets/stuck.db/kept`)).toBe(true)
        })
      ))
  })

  describe("the folder", () => {
    it.effect("is refused to a second store", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          yield* withStore(folder, () =>
            Effect.gen(function*() {
              const error = yield* Effect.flip(withStore(folder, () => Effect.void))
              expect(error.reason).toBe("Busy")
              expect(error.message).toBe(`The folder ${folder} is in use by another server.`)
            }).pipe(Effect.provide(NodeContext.layer)))
          // Neither is one that has nothing to write as it opens.
          yield* withStore(folder, () =>
            Effect.flatMap(Effect.flip(withStore(folder, () => Effect.void)), (error) =>
              Effect.sync(() => expect(error.message).toMatch(/in use/))).pipe(Effect.provide(NodeContext.layer)))
          yield* withStore(folder, () =>
            Effect.void)
        })
      ))

    it.effect("that cannot be made is an error", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          yield* fs.writeFileString(`${folder}/file`, "")
          const error = yield* Effect.flip(withStore(`${folder}/file`, () => Effect.void))
          expect(error.message).toMatch(/could not be made/)
        })
      ))

    it.effect("that has lost its registry gets a new one, and keeps the old one", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const text = "no database at all".repeat(100)
          yield* fs.writeFileString(`${folder}/registry.db`, text)
          yield* withStore(folder, (store) => store.documents.put("index", "a", {}))
          const kept = (yield* fs.readDirectory(folder)).filter((name) => name.startsWith("registry.db.damaged-"))
          expect(kept.length).toBe(1)
          expect(yield* fs.readFileString(`${folder}/${kept[0]}`)).toBe(text)
        })
      ))

    it.effect("that is temporary is gone afterwards", () =>
      Effect.gen(function*() {
        const made: Array<string> = []
        const fs = yield* FileSystem.FileSystem
        const spy = FileSystem.FileSystem.of({
          ...fs,
          makeTempDirectoryScoped: (options) =>
            Effect.tap(fs.makeTempDirectoryScoped(options), (folder) => Effect.sync(() => made.push(folder)))
        })
        yield* Effect.scoped(Effect.flatMap(StoreTag, (store) => simple.of(store).open("set"))).pipe(
          Effect.provide(layerTemporary({ thread: false })),
          Effect.provideService(FileSystem.FileSystem, spy)
        )
        expect(made).toHaveLength(1)
        expect(yield* fs.exists(made[0] ?? "")).toBe(false)
      }).pipe(Effect.provide(NodeContext.layer)))
  })

  /** Writes until the disk is full; the store has what it answered, and goes on once there is room. */
  const fillDisk = <E>(store: simple.SimpleStore, room: (set: simple.SimpleSet) => Effect.Effect<unknown, E>) =>
    Effect.gen(function*() {
      const set = yield* store.open("set")
      let answered = 0
      let error: StoreError | undefined
      while (error === undefined && answered < 1000) {
        error = yield* set.write({ namespace: "ns", lsn: answered, upserts: many(100, 384, answered * 100) }).pipe(
          Effect.matchEffect({
            onFailure: Effect.succeed,
            onSuccess: () => Effect.sync(() => (answered++, undefined))
          })
        )
      }
      expect(error?.reason).toBe("DiskFull")
      expect(error?.message).toBe("The data could not be stored: the disk is full.")
      expect(answered).toBeGreaterThan(0)
      expect(yield* idsOf(set, "ns")).toEqual(many(answered * 100, 1).map((one) => one.id))
      yield* room(set)
      yield* set.write({ namespace: "after", lsn: 1, upserts: many(50, 384) })
      expect(yield* idsOf(set, "after")).toHaveLength(50)
    })

  describe("a full disk", () => {
    it.effect("fails the write and no other, by the limit of a database", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          yield* withStore(folder, (store) => fillDisk(store, (set) => set.deleteNamespace("ns")), { maxPages: 100 })
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              const set = yield* store.open("set")
              expect((yield* set.namespaces).map(({ name }) => name)).toEqual(["after"])
              expect(yield* idsOf(set, "after")).toHaveLength(50)
            }))
        })
      ))

    it.effect("fails the write and no other, by a small file system", (context) =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const fs = yield* FileSystem.FileSystem
          const path = yield* Path.Path
          // Only where the tests may mount one.
          const mounted = yield* Effect.acquireRelease(
            Effect.sync(() => {
              try {
                execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], { stdio: "ignore" })
                return true
              } catch {
                return false
              }
            }),
            (mounted) => Effect.sync(() => mounted ? execFileSync("umount", ["--lazy", folder]) : undefined)
          )
          if (!mounted) return context.skip()
          const ballast = path.join(folder, "ballast")
          yield* fs.writeFile(ballast, new Uint8Array(2_000_000))
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              const crashed = yield* store.open("crashed")
              yield* crashed.write({ namespace: "ns", lsn: 1, upserts: many(3, 8) })
              for (const suffix of ["", "-wal"]) {
                yield* fs.copyFile(`${folder}/sets/crashed.db${suffix}`, `${folder}/sets/left.db${suffix}`)
              }
              yield* Effect.scoped(
                Effect.flatMap(
                  store.open("closed"),
                  (set) => set.write({ namespace: "ns", lsn: 1, upserts: many(3, 8) })
                )
              )
              yield* fillDisk(store, (set) =>
                Effect.gen(function*() {
                  // To the last page, which the store itself had no use for.
                  yield* Effect.ignore(fs.writeFile(path.join(folder, "rest"), new Uint8Array(2_000_000)))
                  for (const id of ["left", "closed"]) {
                    yield* Effect.scoped(
                      Effect.flatMap(store.open(id), (set) =>
                        Effect.gen(function*() {
                          expect(yield* recordsOf(set, "ns")).toEqual(many(3, 8))
                          const error = yield* Effect.flip(
                            set.write({ namespace: "ns", lsn: 2, upserts: many(99, 384) })
                          )
                          expect(error.reason).toBe("DiskFull")
                        }))
                    )
                  }
                  const copied = yield* Effect.flip(store.copy("set", "copy"))
                  expect(copied.reason).toBe("DiskFull")
                  expect(yield* store.sets).toEqual(["closed", "crashed", "left", "set"])
                  yield* Effect.orDie(fs.remove(ballast))
                  return yield* set.counts
                }))
            }))
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              const set = yield* store.open("set")
              expect(yield* idsOf(set, "after")).toHaveLength(50)
            }))
        })
      ))
  })

  describe("a process that is killed", () => {
    it.effect("has stored all that it was answered, and holds the folder until then", () =>
      inFolder((folder) =>
        Effect.gen(function*() {
          const child = yield* Command.make(
            "node",
            "--import",
            "tsx",
            fileURLToPath(new URL("../utils/storeWriter.ts", import.meta.url)),
            folder
          ).pipe(
            Command.workingDirectory(fileURLToPath(new URL("../..", import.meta.url))),
            Command.stderr("inherit"),
            Command.start
          )
          let answered = 0
          const lines = child.stdout.pipe(
            Stream.decodeText(),
            Stream.splitLines,
            Stream.tap((line) => Effect.sync(() => (answered = Math.max(answered, Number(line)))))
          )
          yield* lines.pipe(
            Stream.tap((line) =>
              Number(line) === 3
                ? Effect.map(
                  Effect.flip(withStore(folder, () => Effect.void)),
                  (error) => expect(error.message).toMatch(/in use by another server/)
                )
                : Number(line) === 100
                ? Effect.fork(Effect.ignore(child.kill("SIGKILL")))
                : Effect.void
            ),
            Stream.runDrain
          )
          expect(answered).toBeGreaterThanOrEqual(100)
          yield* withStore(folder, (store) =>
            Effect.gen(function*() {
              expect(yield* store.documents.all("index")).toEqual([{ id: "index", document: { written: true } }])
              const set = yield* store.open("index")
              const ids = yield* idsOf(set, "ns")
              const [namespace] = yield* set.namespaces
              const stored = namespace?.lsn ?? 0
              expect(stored).toBeGreaterThanOrEqual(answered)
              expect(ids).toEqual(
                Array.from(
                  { length: stored * recordsPerWrite },
                  (_, i) => `${1 + Math.floor(i / recordsPerWrite)}-${i % recordsPerWrite}`
                )
              )
            }))
        })
      ))
  })
})
