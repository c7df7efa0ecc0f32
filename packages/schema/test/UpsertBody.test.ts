import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { limits } from "../src/Limits.js"
import type { Metadata } from "../src/Metadata.js"
import * as RequestBody from "../src/RequestBody.js"
import * as UpsertBody from "../src/UpsertBody.js"
import type { VectorRecord } from "../src/VectorRecord.js"
import { valueOf } from "./utils/results.js"

type Made = VectorRecord<Metadata>

const asIs = (metadata: object) => metadata

const builderOf = (options: Partial<UpsertBody.Options<object>> = {}) =>
  new UpsertBody.Builder<object>({
    target: {},
    encodeMetadata: asIs,
    maxRecords: 1000,
    maxBytes: 2_000_000,
    ...options
  })

const decoder = new TextDecoder("utf-8", { fatal: true })

interface Parsed {
  readonly vectors: ReadonlyArray<unknown>
  readonly namespace?: string
}

const parsed = (bytes: Uint8Array): Parsed => JSON.parse(decoder.decode(bytes)) as Parsed

const encoder = new TextEncoder()

/** What the limit for a request counts, from its definition. */
const weightOf = ({ id, metadata, sparseValues, values }: Made): number =>
  id.length + 4 * (values?.length ?? 0) + 8 * (sparseValues?.values.length ?? 0) +
  (metadata === undefined ? 0 : encoder.encode(JSON.stringify(metadata)).length)

/** The body of records by the other encoder. */
const whole = (records: ReadonlyArray<Made>, namespace?: string, format?: RequestBody.Format): Uint8Array =>
  valueOf(RequestBody.upsert(records, { namespace }, asIs, format))

const anyFormat = FastCheck.constantFrom(RequestBody.asJson, RequestBody.asProtobuf)

// The numbers of vectors, from the shortest texts to the longest.

const numbers = {
  nearlyZeros: (i: number) => i === 0 ? 1 : 0,
  short: (i: number) => (i + 1) % 10,
  long: (i: number) => i === 0 ? -1.2345678 : -1.2345678e-38 * (1 + (i % 7) / 7),
  mixed: (i: number) => i % 3 === 1 ? 0 : Math.fround(Math.cos(i))
}

const made = new Map<string, Float32Array>()

const vector = (kind: keyof typeof numbers, length: number): Float32Array => {
  const key = `${kind} ${length}`
  const values = made.get(key) ?? Float32Array.from({ length }, (_, i) => numbers[kind](i))
  made.set(key, values)
  return values
}

const anyLength = (most: number) =>
  FastCheck.oneof(
    { weight: 3, arbitrary: FastCheck.integer({ min: 1, max: 20 }) },
    { weight: 1, arbitrary: FastCheck.constantFrom(1, 384, 1536, 20_000).map((n) => Math.min(n, most)) }
  )

const anyKind = FastCheck.constantFrom(...Object.keys(numbers) as Array<keyof typeof numbers>)

const anyValues = FastCheck.tuple(anyKind, anyLength(20_000)).map(([kind, length]) => vector(kind, length))

const anySparse = FastCheck.tuple(anyKind, anyLength(2048)).map(([kind, length]) => ({
  indices: Array.from({ length }, (_, i) => i * 1000),
  values: Array.from(vector(kind, length))
}))

const anyText = FastCheck.oneof(
  FastCheck.string({ unit: "binary", maxLength: 30 }),
  FastCheck.tuple(FastCheck.constantFrom("x", "é", "東", "😀", "\u0001"), FastCheck.integer({ min: 1, max: 6000 })).map(
    ([unit, times]) => unit.repeat(times)
  )
)

const anyId = FastCheck.oneof(
  FastCheck.string({ unit: "binary-ascii", minLength: 1, maxLength: 30 }).filter((id) => !id.includes("\0")),
  FastCheck.constantFrom("x".repeat(512), "\n".repeat(512), "\"".repeat(512))
)

const anyRecord: FastCheck.Arbitrary<Made> = FastCheck.tuple(
  anyId,
  FastCheck.oneof(
    anyValues.map((values) => ({ values })),
    anySparse.map((sparseValues) => ({ sparseValues })),
    FastCheck.record({ values: anyValues, sparseValues: anySparse })
  ),
  FastCheck.option(anyText.map((text) => ({ text })), { nil: undefined })
).map(([id, vectors, metadata]) => metadata === undefined ? { id, ...vectors } : { id, ...vectors, metadata })

const anyRecords = FastCheck.array(anyRecord, { minLength: 1, maxLength: 60, size: "max" })

const anyNamespace = FastCheck.constantFrom(undefined, "ns", "\"~\"")

/** All records through a builder: its bodies, the records that each should hold, and what was refused. */
const through = (records: ReadonlyArray<Made>, options: Partial<UpsertBody.Options<object>>) => {
  const builder = builderOf(options)
  const bodies: Array<UpsertBody.UpsertBody> = []
  const taken: Array<Made> = []
  const refused: Array<readonly [Made, RequestBody.BodyError]> = []
  for (const record of records) {
    const added = builder.add(record)
    if (added instanceof UpsertBody.UpsertBody) bodies.push(added)
    if (added === undefined || added instanceof UpsertBody.UpsertBody) taken.push(record)
    else refused.push([record, added])
  }
  if (builder.length > 0) bodies.push(builder.take())
  assert.strictEqual(builder.length, 0)
  return { bodies, taken, refused }
}

describe("a builder of upserts", () => {
  it.prop(
    "makes bodies within every limit, which hold each record once and in order",
    [
      anyRecords,
      FastCheck.oneof(FastCheck.integer({ min: 1, max: 10 }), FastCheck.constant(1000)),
      FastCheck.oneof(
        FastCheck.integer({ min: 20, max: 2000 }),
        FastCheck.integer({ min: 2000, max: 300_000 }),
        FastCheck.constant(2_000_000)
      ),
      anyNamespace,
      anyFormat
    ],
    ([records, maxRecords, maxBytes, namespace, format]) => {
      const { bodies, refused, taken } = through(records, { maxRecords, maxBytes, format, target: { namespace } })
      for (const [record, error] of refused) {
        if (error._tag !== "PineconeLimitExceeded") return assert.fail(String(error))
        const alone = whole([record], namespace, format).length
        assert.isAbove(alone, maxBytes)
        assert.deepStrictEqual(
          [error.recordId, error.limit, error.actual, error.maximum],
          [record.id, "requestBytes", alone, maxBytes]
        )
      }
      assert.strictEqual(
        refused.length,
        records.filter((record) => whole([record], namespace, format).length > maxBytes).length
      )
      let at = 0
      for (const body of bodies) {
        const held = taken.slice(at, at + body.length)
        at += body.length
        assert.isTrue(body.length >= 1 && body.length <= maxRecords)
        assert.isAtMost(body.bytes.length, maxBytes)
        assert.isAtMost(held.reduce((sum, record) => sum + weightOf(record), 0), limits.requestBytes)
        // Compared as bytes of the other encoder: the values, and that it is JSON or a message, are what its own tests are about.
        assert.isTrue(Buffer.from(body.bytes).equals(whole(held, namespace, format)))
        const next = taken[at]
        if (next === undefined || body.length === maxRecords) continue
        const more = held.concat([next])
        // It was closed because the next one would have made it too heavy, or too long.
        if (more.reduce((sum, record) => sum + weightOf(record), 0) <= limits.requestBytes) {
          assert.isAbove(whole(more, namespace, format).length, maxBytes)
        }
      }
      assert.strictEqual(at, taken.length)
    },
    { fastCheck: { numRuns: 300 } }
  )

  it("keeps to the weight of a request where the texts of the numbers are short", () => {
    const records = Array.from({ length: 60 }, (_, i) => ({ id: `r${i}`, values: vector("nearlyZeros", 20_000) }))
    const { bodies } = through(records, {})
    // 80,002 or 80,003 each: 24 of them are within 2,000,000, though 49 would be within the bytes.
    assert.deepStrictEqual(bodies.map(({ length }) => length), [24, 24, 12])
    assert.isBelow(bodies[0]!.bytes.length, 1_000_000)
  })

  it("keeps to the weight of a request where the entries of sparse vectors are short", () => {
    const indices = Array.from({ length: limits.sparseValues }, (_, i) => i)
    const sparseValues = { indices, values: indices.map(() => 1) }
    const records = Array.from({ length: 150 }, (_, i) => ({ id: String(100 + i), sparseValues }))
    for (const format of [RequestBody.asJson, RequestBody.asProtobuf]) {
      // 16,387 each, of which 122 are within 2,000,000.
      assert.deepStrictEqual(through(records, { format }).bodies.map(({ length }) => length), [122, 28])
    }
  })

  it("takes a record whose weight is more than the bytes that a body may have", () => {
    // It weighs 81 bytes, and its body has 75.
    const record = (id: string) => ({ id, values: vector("nearlyZeros", 20) })
    const { bodies, refused } = through([record("a"), record("b"), record("c")], { maxBytes: 80 })
    assert.deepStrictEqual(refused, [])
    assert.deepStrictEqual(bodies.map(({ bytes }) => parsed(bytes).vectors), [
      [{ id: "a", values: [1, ...new Array(19).fill(0)] }],
      [{ id: "b", values: [1, ...new Array(19).fill(0)] }],
      [{ id: "c", values: [1, ...new Array(19).fill(0)] }]
    ])
  })

  it("begins the next body where it is full, asked or not", () => {
    const builder = builderOf({ maxRecords: 2 })
    const record = (id: string): Made => ({ id, values: [1] })
    assert.isUndefined(builder.add(record("a")))
    assert.isFalse(builder.isFull)
    assert.isUndefined(builder.add(record("b")))
    assert.isTrue(builder.isFull)
    const body = builder.add(record("c"))
    if (!(body instanceof UpsertBody.UpsertBody)) return assert.fail("the body of the first two was expected")
    assert.deepStrictEqual(parsed(body.bytes), parsed(whole([record("a"), record("b")])))
    assert.strictEqual(builder.length, 1)
    assert.deepStrictEqual(parsed(builder.take().bytes), parsed(whole([record("c")])))
  })

  it("keeps what it holds where a record is too large for any body", () => {
    const builder = builderOf({ maxBytes: 200 })
    const small: Made = { id: "small", values: [1, 2] }
    const large: Made = { id: "large", values: [1], metadata: { text: "x".repeat(300) } }
    for (const held of [0, 1]) {
      assert.strictEqual(builder.length, held)
      const error = builder.add(large)
      if (error === undefined || error instanceof UpsertBody.UpsertBody || error._tag !== "PineconeLimitExceeded") {
        return assert.fail(`LimitExceeded was expected, and not ${String(error)}`)
      }
      assert.strictEqual(error.recordId, "large")
      assert.strictEqual(error.actual, whole([large]).length)
      assert.strictEqual(error.maximum, 200)
      if (held === 0) assert.isUndefined(builder.add(small))
    }
    assert.isUndefined(builder.add({ ...small, id: "other" }))
    assert.deepStrictEqual(parsed(builder.take().bytes), parsed(whole([small, { ...small, id: "other" }])))
  })

  it("takes a record that is just as large as a body may be, and not one byte more", () => {
    const record: Made = { id: "a\nb", values: [0.5], metadata: { text: "é" } }
    const maxBytes = whole([record], "ns").length
    assert.isUndefined(builderOf({ maxBytes, target: { namespace: "ns" } }).add(record))
    const error = builderOf({ maxBytes: maxBytes - 1, target: { namespace: "ns" } }).add(record)
    assert.isTrue(error !== undefined && "_tag" in error && error._tag === "PineconeLimitExceeded")
  })

  it("is as it was where a record is wrong", () => {
    const wrong: ReadonlyArray<readonly [VectorRecord<object>, RequestBody.BodyError["_tag"]]> = [
      [{ id: "nan", values: [1, Number.NaN, 3] }, "PineconeInvalidRequest"],
      [{ id: "far", values: [1, 2, 1e39] }, "PineconeInvalidRequest"],
      [{ id: "bare" }, "PineconeInvalidRequest"],
      [{ id: "", values: [1, 2, 3] }, "PineconeInvalidRequest"],
      [{ id: "short", values: [1, 2] }, "PineconeInvalidRequest"],
      [{ id: "x".repeat(513), values: [1, 2, 3] }, "PineconeLimitExceeded"],
      [{ id: "sparse", values: [1, 2, 3], sparseValues: { indices: [1, 2], values: [1] } }, "PineconeInvalidRequest"],
      [
        { id: "half", values: [1, 2, 3], sparseValues: { indices: [1], values: [Number.NaN] } },
        "PineconeInvalidRequest"
      ],
      [{ id: "text", values: [1, 2, 3], metadata: { text: "x".repeat(41_000) } }, "PineconeLimitExceeded"],
      [{ id: "nested", values: [1, 2, 3], metadata: { a: { b: 1 } } }, "PineconeInvalidRequest"]
    ]
    const good = (id: string): Made => ({ id, values: [1, 2, 3], metadata: { id } })
    const target = { dimension: 3, namespace: "ns" }
    for (const format of [RequestBody.asJson, RequestBody.asProtobuf]) {
      for (const before of [[], [good("a"), good("b")]]) {
        const builder = builderOf({ target, format })
        for (const record of before) assert.isUndefined(builder.add(record))
        for (const [record, tag] of wrong) {
          const error = builder.add(record)
          if (error === undefined || error instanceof UpsertBody.UpsertBody) {
            return assert.fail(`${record.id} was taken`)
          }
          assert.strictEqual(error._tag, tag, record.id)
          assert.strictEqual(builder.length, before.length)
        }
        assert.isUndefined(builder.add(good("c")))
        assert.deepStrictEqual(builder.take().bytes, whole([...before, good("c")], "ns", format))
      }
    }
  })

  it("puts aside metadata that does not fit its Schema", () => {
    const builder = builderOf({
      encodeMetadata: (metadata) =>
        "year" in metadata ? metadata : new RequestBody.MetadataIssue(["year"], "is missing")
    })
    assert.isUndefined(builder.add({ id: "a", values: [1], metadata: { year: 1 } }))
    const error = builder.add({ id: "b", values: [1], metadata: { genre: "x" } })
    assert.isTrue(error !== undefined && "_tag" in error && error._tag === "PineconeInvalidMetadata")
    assert.deepStrictEqual(parsed(builder.take().bytes).vectors, [{ id: "a", values: [1], metadata: { year: 1 } }])
  })

  it.prop(
    "makes bodies of which a part, and a part of a part, is the body of those records",
    [
      anyRecords,
      anyNamespace,
      FastCheck.array(FastCheck.tuple(FastCheck.nat(1000), FastCheck.nat(1000)), { minLength: 1, maxLength: 4 }),
      anyFormat
    ],
    ([records, namespace, cuts, format]) => {
      const { bodies, taken } = through(records, { format, target: { namespace } })
      let body = bodies[0]!
      let held = taken.slice(0, body.length)
      const before = body.bytes.slice()
      for (const [a, b] of cuts) {
        const from = a % held.length
        const to = from + 1 + b % (held.length - from)
        body = body.part(from, to)
        held = held.slice(from, to)
        assert.strictEqual(body.length, held.length)
        assert.isTrue(Buffer.from(body.bytes).equals(whole(held, namespace, format)))
      }
      assert.isTrue(Buffer.from(bodies[0]!.bytes).equals(before))
    },
    { fastCheck: { numRuns: 200 } }
  )

  it("makes bodies that stay as they are while it goes on", () => {
    const record = (i: number): Made => ({ id: `r${i}`, values: [i + 1] })
    const builder = builderOf({ maxRecords: 3 })
    const bodies: Array<UpsertBody.UpsertBody> = []
    for (let i = 0; i < 30; i++) {
      builder.add(record(i))
      if (builder.isFull) bodies.push(builder.take())
    }
    assert.deepStrictEqual(
      bodies.flatMap(({ bytes }) => parsed(bytes).vectors),
      Array.from({ length: 30 }, (_, i) => ({ id: `r${i}`, values: [i + 1] }))
    )
  })

  it.prop(
    "makes the same bodies in memory that is used again",
    [anyRecords, FastCheck.array(FastCheck.boolean(), { minLength: 1, maxLength: 5 }), anyFormat],
    ([records, given, format]) => {
      const builder = builderOf({ maxRecords: 3, format })
      const kept: Array<readonly [UpsertBody.UpsertBody, Uint8Array]> = []
      let held: Array<Made> = []
      for (const [i, record] of records.entries()) {
        builder.add(record)
        held.push(record)
        if (!builder.isFull) continue
        const body = builder.take()
        assert.isTrue(Buffer.from(body.bytes).equals(whole(held, undefined, format)))
        held = []
        if (given[i % given.length] === true) builder.recycle(body)
        else kept.push([body, body.bytes.slice()])
      }
      for (const [body, bytes] of kept) assert.isTrue(Buffer.from(body.bytes).equals(bytes))
    },
    { fastCheck: { numRuns: 50 } }
  )
})

describe("a builder of upserts of text", () => {
  it.prop(
    "makes bodies of lines within the limits, of which a part is the body of those records",
    [
      FastCheck.array(anyText.filter((text) => text !== ""), { minLength: 1, maxLength: 40, size: "max" }),
      FastCheck.integer({ min: 1, max: 96 }),
      FastCheck.integer({ min: 40, max: 60_000 })
    ],
    ([texts, maxRecords, maxBytes]) => {
      const builder = new UpsertBody.TextBuilder<object>({ target: {}, encodeMetadata: asIs, maxRecords, maxBytes })
      const bodies: Array<UpsertBody.UpsertBody> = []
      const taken: Array<string> = []
      for (const [n, text] of texts.entries()) {
        const added = builder.add({ id: `r${n}`, fields: { text } })
        if (added instanceof UpsertBody.UpsertBody) bodies.push(added)
        if (added === undefined || added instanceof UpsertBody.UpsertBody) taken.push(`r${n}`)
        else assert.strictEqual(added._tag, "PineconeLimitExceeded")
      }
      if (builder.length > 0) bodies.push(builder.take())
      const idsOf = (bytes: Uint8Array) =>
        decoder.decode(bytes).trimEnd().split("\n").map((line) => (JSON.parse(line) as { readonly _id: string })._id)
      for (const body of bodies) {
        assert.isTrue(body.bytes.length <= maxBytes && body.length <= maxRecords)
        const half = body.length >> 1
        if (half === 0) continue
        assert.deepStrictEqual(
          [...idsOf(body.part(0, half).bytes), ...idsOf(body.part(half, body.length).bytes)],
          idsOf(body.bytes)
        )
      }
      assert.deepStrictEqual(bodies.flatMap(({ bytes }) => idsOf(bytes)), taken)
    },
    { fastCheck: { numRuns: 50 } }
  )
})
