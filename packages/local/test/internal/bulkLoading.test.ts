/** Many records that come into a view at once: the vectors from a file, ids and metadata as columns. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import * as arrivals from "../../src/internal/arrivals.js"
import * as columns from "../../src/internal/columns.js"
import * as job from "../../src/internal/job.js"
import type { StoredRecord } from "../../src/internal/namespaceView.js"
import { NamespaceView } from "../../src/internal/namespaceView.js"
import { toText } from "../../src/internal/packing.js"
import type { PackedColumns } from "../../src/internal/sqlite/protocol.js"

const dimension = 2
const shape = { metric: "dotproduct", dimension } as const

const joined = (texts: ReadonlyArray<string>) => {
  let end = 0
  return {
    bytes: new TextEncoder().encode(texts.join("")),
    ends: Uint32Array.from(texts, (text) => end += Buffer.byteLength(text))
  }
}

const isAscii = (text: string) => Buffer.byteLength(text) === text.length

const pack = (records: ReadonlyArray<Pick<StoredRecord, "id" | "metadata">>): PackedColumns => {
  const names = records.map(({ id }) => toText(id))
  const texts = records.map(({ metadata }) => metadata === undefined ? "" : JSON.stringify(metadata))
  const { bytes: ids, ends: idEnds } = joined(names)
  const { bytes, ends: textEnds } = joined(texts)
  return {
    ids,
    idEnds,
    areIdsPlain: names.every((name) => isAscii(name) && !name.startsWith("\"")),
    texts: bytes,
    textEnds,
    areTextsPlain: texts.every(isAscii)
  }
}

const ids = FastCheck.oneof(
  FastCheck.nat(40).map((n) => `r${n}`),
  FastCheck.constantFrom("\"quoted\"", "\"", "é", "e", "漢字", "a\0b", "\ud800", "x".repeat(300))
)

const metadata = FastCheck.option(
  FastCheck.record({ n: FastCheck.nat(9), text: FastCheck.constantFrom("a", "é", "") }),
  {
    nil: undefined
  }
)

/** Batches of records, no id twice. */
const batches = FastCheck.uniqueArray(FastCheck.record({ id: ids, metadata }), {
  selector: ({ id }) => id,
  maxLength: 30
})
  .chain((records) =>
    FastCheck.array(FastCheck.nat(records.length), { maxLength: 3 }).map((cuts) => {
      const bounds = [0, ...cuts.sort((a, b) => a - b), records.length]
      return bounds.slice(1).map((to, i) => records.slice(bounds[i], to)).filter(({ length }) => length > 0)
    })
  )

const vectorOf = (n: number) => Float32Array.of(n % 5, (n * 7) % 3 - 1)

/** A view that has got its records at once, in the slots of their order, and one that has got one after the other. */
const views = (some: ReadonlyArray<ReadonlyArray<Pick<StoredRecord, "id" | "metadata">>>) => {
  const all = some.flat()
  const view = new NamespaceView(shape)
  const plain = new NamespaceView(shape)
  const filling = view.fill()
  for (const { bytes, firstSlot, rows } of filling.adopt(all.length, 0)) {
    for (let row = 0; row < rows; row++) {
      bytes.set(new Uint8Array(vectorOf(firstSlot + row).buffer), 4 * dimension * row)
    }
  }
  filling.filled(0, all.length, () => true)
  let slot = 0
  for (const batch of some) filling.attachColumns(pack(batch), Int32Array.from(batch, () => slot++))
  all.forEach((record, i) => plain.upsert({ ...record, values: vectorOf(i), sparseValues: undefined }))
  return { view, plain, all }
}

const contentsOf = (view: NamespaceView) => {
  const names = job.atOnce(view.list({ limit: 1000 }))
  return {
    names,
    size: view.size,
    records: names.map((id) => view.get(id)),
    found: job.atOnce(view.search({ vector: Float32Array.of(1, 2), topK: 9, includeValues: true })),
    some: job.atOnce(view.filter((metadata) => metadata?.["n"] === 3)).slice().sort(),
    count: job.atOnce(view.count((metadata) => metadata === undefined))
  }
}

describe("columns", () => {
  it("find each record by its id and by its slot, and not what was dropped", () => {
    FastCheck.assert(FastCheck.property(batches, FastCheck.array(FastCheck.nat(29)), (some, dropped) => {
      const all = some.flat()
      // Every third slot has no record.
      const slotOf = (i: number) => i + Math.floor(i / 2)
      const found = new columns.Columns(slotOf(all.length) + 1)
      let next = 0
      for (const batch of some) {
        found.add(pack(batch), Int32Array.from(batch, () => slotOf(next++)), () => assert.fail("an id is there twice"))
      }
      const there = new Map(all.map((record, i) => [slotOf(i), record]))
      for (const slot of dropped) assert.strictEqual(found.drop(slot), there.delete(slot))
      assert.strictEqual(found.size, there.size)
      for (let slot = 0; slot <= slotOf(all.length); slot++) {
        assert.deepStrictEqual(found.recordAt(slot), there.get(slot))
        assert.strictEqual(found.idAt(slot), there.get(slot)?.id)
      }
      const slots = new Map(Array.from(there, ([slot, { id }]) => [id, slot]))
      for (const { id } of [...all, { id: "none" }, { id: "" }]) assert.strictEqual(found.slotOf(id), slots.get(id))
    }))
  })

  it("leave out what has no slot, and tell of an id that is there twice", () => {
    const found = new columns.Columns(4)
    const twice: Array<number> = []
    const add = (slots: ReadonlyArray<number>, ...names: ReadonlyArray<string>) =>
      found.add(pack(names.map((id) => ({ id, metadata: { id } }))), Int32Array.from(slots), (slot) => {
        twice.push(slot)
        found.drop(slot)
      })
    add([0, -1, 1], "a", "b", "é")
    add([2, 3], "a", "c")
    assert.deepStrictEqual(twice, [0])
    assert.deepStrictEqual(["a", "b", "é", "c"].map((id) => found.slotOf(id)), [2, undefined, 1, 3])
  })

  it("give each record by itself", () => {
    FastCheck.assert(FastCheck.property(batches, (some) => {
      for (const batch of some) {
        assert.deepStrictEqual(
          Array.from(columns.each(pack(batch)), ({ id, metadata }) => ({ id, metadata })),
          batch
        )
      }
    }))
  })
})

describe("a view that has got its records as columns", () => {
  it("is the same as one that has got one after the other, whatever is written to both", () => {
    const step = FastCheck.oneof(
      FastCheck.record({ upsert: ids, metadata }),
      FastCheck.record({ remove: ids }),
      FastCheck.record({ set: ids, metadata }),
      FastCheck.constant({ look: true as const })
    )
    FastCheck.assert(FastCheck.property(batches, FastCheck.array(step, { maxLength: 12 }), (some, steps) => {
      const { plain, view } = views(some)
      steps.forEach((one, i) => {
        for (const each of [view, plain]) {
          if ("upsert" in one) {
            each.upsert({ id: one.upsert, values: vectorOf(i), sparseValues: undefined, metadata: one.metadata })
          } else if ("remove" in one) each.remove(one.remove)
          else if ("set" in one) each.setMetadata(one.set, one.metadata)
        }
        if ("look" in one) assert.deepStrictEqual(contentsOf(view), contentsOf(plain))
      })
      assert.deepStrictEqual(contentsOf(view), contentsOf(plain))
    }))
  })

  it("shows a job that is under way what was there when it began", () => {
    const { view } = views([[{ id: "a", metadata: { n: 3 } }, { id: "b", metadata: { n: 3 } }, {
      id: "c",
      metadata: { n: 1 }
    }]])
    const filter = view.filter((metadata) => metadata?.["n"] === 3)
    view.setMetadata("b", { n: 4 })
    view.setMetadata("c", { n: 3 })
    view.remove("a")
    assert.deepStrictEqual(job.atOnce(filter).slice().sort(), ["a", "b"])
    assert.deepStrictEqual(job.atOnce(view.filter((metadata) => metadata?.["n"] === 3)), ["c"])
  })

  it("gives a record the slot of the later one where its id was read twice", () => {
    const { view } = views([
      [{ id: "a", metadata: { n: 1 } }, { id: "b", metadata: { n: 2 } }],
      [{ id: "a", metadata: { n: 3 } }]
    ])
    assert.strictEqual(view.size, 2)
    assert.deepStrictEqual(job.atOnce(view.list({ limit: 9 })), ["a", "b"])
    assert.deepStrictEqual(view.get("a"), { id: "a", values: vectorOf(2), sparseValues: undefined, metadata: { n: 3 } })
  })
})

describe("vectors that arrive", () => {
  const count = 300

  /** A view that waits for its vectors, the ranges in which they come, and the searches that wait for them. */
  const waiting = () => {
    const view = new NamespaceView(shape)
    const filling = view.fill()
    const regions = filling.adopt(count, 0)
    for (const { bytes, firstSlot, rows } of regions) {
      for (let row = 0; row < rows; row++) {
        bytes.set(new Uint8Array(vectorOf(firstSlot + row).buffer), 4 * dimension * row)
      }
    }
    const come = arrivals.make()
    const plain = new NamespaceView(shape)
    for (let i = 0; i < count; i++) {
      plain.upsert({ id: String(i), values: vectorOf(i), sparseValues: undefined, metadata: undefined })
    }
    const take = (from: number, to: number) => {
      filling.filled(from, to - from, () => true)
      come.came(from, to)
    }
    const vector = Float32Array.of(1, -2)
    const expected = job.atOnce(plain.search({ vector, topK: 7 })).map(({ id, score }) => ({ slot: Number(id), score }))
    return { come, take, search: () => come.search(filling.seek({ topK: 7 }, vector)), expected }
  }

  it.effect("are searched when they come, in whichever order, by all who have come by then", () =>
    Effect.gen(function*() {
      const { come, expected, search, take } = waiting()
      const fibers: Array<
        Fiber.RuntimeFiber<ReadonlyArray<{ readonly slot: number; readonly score: number }> | undefined>
      > = []
      // More than look at each piece, and one more after each of them.
      for (let i = 0; i < 6; i++) fibers.push(yield* Effect.fork(search()))
      for (const from of [200, 0, 100]) {
        yield* Effect.yieldNow()
        take(from, from + 100)
        fibers.push(yield* Effect.fork(search()))
      }
      yield* Effect.repeatN(Effect.yieldNow(), 20)
      for (const fiber of fibers) assert.isNull(fiber.unsafePoll())
      yield* come.end(count)
      fibers.push(yield* Effect.fork(search()))
      for (const found of yield* Fiber.join(Fiber.all(fibers))) {
        assert.deepStrictEqual(found?.map(({ score, slot }) => ({ slot, score })), expected)
      }
    }))

  it.effect("answer nobody where not all of them come", () =>
    Effect.gen(function*() {
      const { come, search, take } = waiting()
      const fibers = []
      for (let i = 0; i < 6; i++) fibers.push(yield* Effect.fork(search()))
      yield* Effect.yieldNow()
      take(0, 100)
      yield* come.end(undefined)
      for (const found of yield* Fiber.join(Fiber.all(fibers))) assert.isUndefined(found)
      assert.isUndefined(yield* search())
    }))
})
