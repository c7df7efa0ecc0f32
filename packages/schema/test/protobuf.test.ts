import { assert, describe, it } from "@effect/vitest"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as Filter from "../src/Filter.js"
import { ByteWriter } from "../src/internal/byteWriter.js"
import { ProtobufWriter } from "../src/internal/protobufWriter.js"
import { writeStruct } from "../src/internal/struct.js"
import { limits } from "../src/Limits.js"
import * as Query from "../src/Query.js"
import * as RequestBody from "../src/RequestBody.js"
import * as UpsertBody from "../src/UpsertBody.js"
import * as VectorRecord from "../src/VectorRecord.js"
import { anyNamespace, anyQuery, anyRecord, anyUpdate, floats, optionally } from "./utils/arbitraries.js"
import { decoded, plain, present, queried, rewritten, updated, upserted } from "./utils/protobuf.js"
import { errorOf, succeeds, valueOf } from "./utils/results.js"

const asIs = (metadata: object) => metadata

const bytesOf = (body: Effect.Effect<Uint8Array, RequestBody.BodyError>): Uint8Array => valueOf(body)

const upsert = (
  records: ReadonlyArray<VectorRecord.VectorRecord<object>>,
  target: RequestBody.Target = {},
  format: RequestBody.Format = RequestBody.asProtobuf
) => RequestBody.upsert(records, target, asIs, format)

const refusal = (body: Effect.Effect<Uint8Array, RequestBody.BodyError>): RequestBody.BodyError =>
  !succeeds(body) ? errorOf(body) : assert.fail("a refusal was expected")

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

/** What is given for a sparse vector, as it is read. */
const entries = (sparse: VectorRecord.VectorRecord["sparseValues"]) =>
  sparse === undefined
    ? undefined
    : { indices: Uint32Array.from(sparse.indices), values: Float32Array.from(sparse.values) }

/** A record as it is read. */
const read = (record: VectorRecord.VectorRecord<object>) =>
  present({ ...record, values: floats(record.values), sparseValues: entries(record.sparseValues) })

const parse = (body: Uint8Array): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body))

const decodeUpsert = Schema.decodeUnknownSync(VectorRecord.UpsertRequest)
const decodeQuery = Schema.decodeUnknownSync(Query.QueryRequest)
const decodeUpdate = Schema.decodeUnknownSync(VectorRecord.UpdateRequest)

/** Strings of any characters, of lengths around those where the length of the length changes. */
const anyString = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.string({ unit: "grapheme" }),
  FastCheck.string({ unit: "binary" }),
  FastCheck.tuple(
    FastCheck.constantFrom("x", "é", "東", "😀", "\u0001", "\""),
    FastCheck.integer({ min: 20, max: 150 })
  )
    .map(([unit, times]) => unit.repeat(times)),
  FastCheck.integer({ min: 16_370, max: 16_390 }).map((length) => "x".repeat(length))
)

describe("an upsert as a message", () => {
  const vector = new Float32Array(20_000).fill(1)

  it.prop(
    "is read by another library as the same records, bit for bit, and has no longer lengths than that writes",
    [FastCheck.array(anyRecord, { minLength: 1, maxLength: 20 }), optionally(anyNamespace)],
    ([records, namespace]) => {
      const bytes = bytesOf(upsert(records, { namespace }))
      assert.deepStrictEqual(upserted(bytes), {
        namespace: namespace ?? "",
        vectors: records.map(read)
      })
      assert.strictEqual(rewritten("UpsertRequest", bytes).length, bytes.length)
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.prop(
    "says the same as the JSON of the same records",
    [FastCheck.array(anyRecord, { minLength: 1, maxLength: 20 }), optionally(anyNamespace)],
    ([records, namespace]) => {
      const fromJson = decodeUpsert(parse(bytesOf(upsert(records, { namespace }, RequestBody.asJson))))
      assert.deepStrictEqual(upserted(bytesOf(upsert(records, { namespace }))), {
        ...fromJson,
        namespace: fromJson.namespace ?? ""
      })
    }
  )

  it("has these bytes", () => {
    const record = {
      id: "a",
      values: Float32Array.of(1, -0, 2 ** -149),
      sparseValues: { indices: [0, 300], values: [0.5, -2] },
      metadata: { b: true, n: 2, s: "é", t: ["u"] }
    }
    const vector = [
      "0a0161",
      "120c" + "0000803f" + "00000080" + "01000000",
      "220f" + "0a03" + "00" + "ac02" + "1208" + "0000003f" + "000000c0",
      "1a32",
      "0a07" + "0a0162" + "1202" + "2001",
      "0a0e" + "0a016e" + "1209" + "110000000000000040",
      "0a09" + "0a0173" + "1204" + "1a02c3a9",
      "0a0c" + "0a0174" + "1207" + "3205" + "0a03" + "1a0175"
    ]
    const length = (vector.join("").length / 2).toString(16)
    assert.strictEqual(
      hex(bytesOf(upsert([record], { namespace: "ns" }))),
      `0a${length}${vector.join("")}12026e73`
    )
  })

  it("takes vectors from anywhere in memory, shared memory too", () => {
    const shared = new Float32Array(new SharedArrayBuffer(40), 8, 5)
    shared.set([1, 2, 3, 4, 5])
    const all = Float32Array.of(9, 8, 7, 6, 5, 4)
    const records = [
      { id: "a", values: all.subarray(1, 4) },
      { id: "bc", values: shared },
      { id: "def", values: all.subarray(5) }
    ]
    const { vectors } = upserted(bytesOf(upsert(records)))
    assert.deepStrictEqual(
      vectors,
      records.map(({ id, values }) => ({ id, values: Float32Array.from(values) }))
    )
  })

  it.prop(
    "names the first number that is not finite, wherever it is",
    [
      FastCheck.integer({ min: 1, max: 40 }),
      FastCheck.array(FastCheck.nat(39), { minLength: 1, maxLength: 3 }),
      FastCheck.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.5e38),
      FastCheck.boolean()
    ],
    ([length, places, bad, typed]) => {
      const values = Array.from({ length }, (_, i) => i % 3 * 1e38)
      for (const at of places) values[at % length] = bad
      const given = typed ? Float32Array.from(values) : values
      const first = Math.min(...places.map((at) => at % length))
      for (const format of [RequestBody.asJson, RequestBody.asProtobuf]) {
        const dense = refusal(upsert([{ id: "a", values: given }], {}, format))
        const sparse = refusal(
          upsert([{ id: "a", sparseValues: { indices: values.map((_, i) => i), values: given } }], {}, format)
        )
        assert(dense._tag === "PineconeInvalidRequest" && sparse._tag === "PineconeInvalidRequest")
        assert.deepStrictEqual([dense.field, sparse.field], [`values[${first}]`, `sparseValues.values[${first}]`])
      }
    }
  )

  it("takes as much as the limits allow", () => {
    const ids = Array.from({ length: limits.upsertRecords }, (_, i) => ({ id: String(i), values: [1] }))
    assert.strictEqual(upserted(bytesOf(upsert(ids))).vectors.length, limits.upsertRecords)
    const dense = Float32Array.from({ length: limits.dimension }, (_, i) => i / 7)
    const indices = Array.from({ length: limits.sparseValues }, (_, i) => limits.sparseIndex - i)
    const record = { id: "x".repeat(limits.idLength), values: dense, sparseValues: { indices, values: indices } }
    const bytes = bytesOf(upsert([record]))
    assert.deepStrictEqual(upserted(bytes).vectors, [
      { id: record.id, values: dense, sparseValues: entries(record.sparseValues) }
    ])
    assert.strictEqual(rewritten("UpsertRequest", bytes).length, bytes.length)
  })

  it.prop(
    "has the same limit for metadata as JSON, and says the same of what passes it",
    [
      FastCheck.constantFrom("x", "é", "東", "😀", "\"", "\n", "\u0001"),
      FastCheck.constantFrom({}, { n: 0.1, i: 12_345, b: false, list: ["a", "\t"], "é\"": -1e-7 }),
      FastCheck.integer({ min: -3, max: 3 })
    ],
    ([unit, fields, over]) => {
      const sizeOf = (text: string) => new TextEncoder().encode(JSON.stringify({ ...fields, text })).length
      const room = limits.metadataBytes + over - sizeOf("")
      const times = Math.floor(room / (sizeOf(unit) - sizeOf("")))
      const text = unit.repeat(times) + "x".repeat(room - times * (sizeOf(unit) - sizeOf("")))
      const record = { id: "a", values: [1], metadata: { ...fields, text } }
      assert.strictEqual(sizeOf(text), limits.metadataBytes + over)
      for (const format of [RequestBody.asJson, RequestBody.asProtobuf]) {
        const body = upsert([record], {}, format)
        if (over <= 0) {
          assert.isTrue(succeeds(body))
          continue
        }
        const error = refusal(body)
        assert(error._tag === "PineconeLimitExceeded")
        assert.deepStrictEqual(
          [error.limit, error.field, error.actual, error.recordId],
          ["metadataBytes", "metadata (bytes)", limits.metadataBytes + over, "a"]
        )
      }
    }
  )

  it.prop(
    "weighs as much as JSON",
    [FastCheck.constantFrom("x", "\n", "é"), FastCheck.constantFrom(0.25, 7, -1e-7), FastCheck.constantFrom(0, 1)],
    ([unit, number, over]) => {
      const record = (i: number, text: string) => ({
        id: String(i),
        values: vector,
        metadata: { number, text }
      })
      const weightOf = (metadata: object) => 2 + 80_000 + new TextEncoder().encode(JSON.stringify(metadata)).length
      const text = unit.repeat(30_000 / (unit === "x" ? 1 : 2))
      const records = Array.from({ length: 24 }, (_, i) => record(10 + i, i < 2 ? text : ""))
      const weight = records.reduce((sum, { metadata }) => sum + weightOf(metadata), 0)
      const filled = [...records.slice(0, 23), record(99, "x".repeat(limits.requestBytes - weight + over))]
      for (const format of [RequestBody.asJson, RequestBody.asProtobuf]) {
        const body = upsert(filled, {}, format)
        assert.strictEqual(succeeds(body), over === 0)
        if (succeeds(body)) continue
        const error = errorOf(body)
        assert(error._tag === "PineconeLimitExceeded")
        assert.deepStrictEqual([error.limit, error.actual], ["requestBytes", limits.requestBytes + 1])
      }
    },
    { fastCheck: { numRuns: 18 } }
  )
})

describe("a query as a message", () => {
  it.prop(
    "is read by another library as what was asked, and says the same as JSON",
    [anyQuery, optionally(anyNamespace)],
    ([input, namespace]) => {
      const bytes = bytesOf(RequestBody.query(input, { namespace }, RequestBody.asProtobuf))
      const { filter, scanFactor, sparseVector, vector } = input
      const asked = {
        namespace: "",
        includeValues: false,
        includeMetadata: false,
        ...present({ ...input, namespace }),
        vector: floats(vector),
        sparseVector: entries(sparseVector),
        filter: filter?.expression,
        scanFactor: scanFactor && Math.fround(scanFactor)
      }
      assert.deepStrictEqual(queried(bytes), present(asked))
      assert.strictEqual(rewritten("QueryRequest", bytes).length, bytes.length)
      const fromJson = decodeQuery(parse(bytesOf(RequestBody.query(input, { namespace }))))
      assert.deepStrictEqual(present({ namespace: "", ...fromJson, scanFactor: asked.scanFactor }), queried(bytes))
    }
  )
})

describe("a query in a namespace", () => {
  it.prop(
    "is the query that was written without one, in it",
    [
      anyQuery,
      FastCheck.oneof(anyNamespace, FastCheck.constantFrom("", "n".repeat(512))),
      FastCheck.constantFrom(RequestBody.asJson, RequestBody.asProtobuf)
    ],
    ([input, namespace, format]) => {
      const body = bytesOf(RequestBody.query(input, {}, format))
      const before = body.slice()
      const inside = RequestBody.inNamespace(namespace, body, format)
      const expected = bytesOf(RequestBody.query(input, { namespace }, format))
      assert.deepStrictEqual(body, before)
      assert.strictEqual(inside.length, expected.length)
      if (format === RequestBody.asJson) assert.deepStrictEqual(parse(inside), parse(expected))
      else assert.deepStrictEqual(queried(inside), queried(expected))
    },
    { fastCheck: { numRuns: 200 } }
  )

  it("is JSON where nothing else is asked for", () => {
    const body = bytesOf(RequestBody.query({ id: "a", topK: 1 }, {}))
    assert.deepStrictEqual(parse(RequestBody.inNamespace("n", body)), {
      namespace: "n",
      topK: 1,
      id: "a",
      includeValues: false,
      includeMetadata: false
    })
  })
})

describe("an update as a message", () => {
  it.prop(
    "is read by another library as what was asked, and says the same as JSON",
    [anyUpdate, optionally(anyNamespace)],
    ([input, namespace]) => {
      const bytes = bytesOf(RequestBody.update(input, { namespace }, RequestBody.asProtobuf))
      const asked = {
        ...input,
        namespace: namespace ?? "",
        values: floats(input.values),
        sparseValues: entries(input.sparseValues),
        filter: "filter" in input ? input.filter.expression : undefined
      }
      assert.deepStrictEqual(updated(bytes), present(asked))
      assert.strictEqual(rewritten("UpdateRequest", bytes).length, bytes.length)
      const fromJson = decodeUpdate(parse(bytesOf(RequestBody.update(input, { namespace }))))
      assert.deepStrictEqual({ namespace: "", ...fromJson }, updated(bytes))
    }
  )

  it("writes what is optional where it is given", () => {
    const update = (dryRun?: boolean) =>
      hex(
        bytesOf(
          RequestBody.update({ filter: Filter.raw({ a: true }), setMetadata: {}, dryRun }, {}, RequestBody.asProtobuf)
        )
      )
    assert.strictEqual(update(), "32090a070a016112022001" + "1a00")
    assert.strictEqual(update(false), "32090a070a016112022001" + "1a00" + "3800")
    assert.strictEqual(update(true), "32090a070a016112022001" + "1a00" + "3801")
  })
})

describe("a builder of messages", () => {
  it.prop(
    "loses nothing and keeps the order, and each part of a body holds its records",
    [
      FastCheck.array(anyRecord, { minLength: 1, maxLength: 40, size: "max" }),
      FastCheck.integer({ min: 1, max: 10 }),
      FastCheck.integer({ min: 200, max: 3000 }),
      FastCheck.constantFrom(undefined, "ns", "\"~\""),
      FastCheck.nat(100),
      FastCheck.nat(100)
    ],
    ([records, maxRecords, maxBytes, namespace, a, b]) => {
      const builder = new UpsertBody.Builder<object>({
        target: { namespace },
        encodeMetadata: asIs,
        maxRecords,
        maxBytes,
        format: RequestBody.asProtobuf
      })
      const bodies: Array<UpsertBody.UpsertBody> = []
      const taken: Array<object> = []
      for (const record of records) {
        const added = builder.add(record)
        if (added instanceof UpsertBody.UpsertBody) bodies.push(added)
        else if (added !== undefined) {
          assert.strictEqual(added._tag, "PineconeLimitExceeded")
          assert.isAbove(bytesOf(upsert([record], { namespace })).length, maxBytes)
          continue
        }
        taken.push(read(record))
      }
      if (builder.length > 0) bodies.push(builder.take())
      const held = bodies.map((body) => {
        assert.isTrue(body.bytes.length <= maxBytes && body.length <= maxRecords)
        const whole = upserted(body.bytes)
        assert.strictEqual(whole.namespace, namespace ?? "")
        assert.strictEqual(whole.vectors.length, body.length)
        const from = a % body.length
        const to = from + b % (body.length - from + 1)
        assert.deepStrictEqual(upserted(body.part(from, to).bytes), {
          namespace: whole.namespace,
          vectors: whole.vectors.slice(from, to)
        })
        return whole.vectors
      })
      assert.deepStrictEqual(held.flat(), taken)
    },
    { fastCheck: { numRuns: 200 } }
  )
})

describe("google.protobuf.Struct", () => {
  const anyJson = FastCheck.letrec<{ value: unknown; object: { readonly [key: string]: unknown } }>((tie) => ({
    value: FastCheck.oneof(
      { maxDepth: 4 },
      anyString,
      FastCheck.double(),
      FastCheck.integer(),
      FastCheck.constantFrom(0, 9, 10, 999_999_999, 1_000_000_000, 4_294_967_295, 4_294_967_296, 1e21, -1),
      FastCheck.boolean(),
      FastCheck.constantFrom(null, undefined, new Date(0), () => 1, Symbol.iterator, { toJSON: () => ["x"] }),
      FastCheck.array(tie("value"), { maxLength: 20 }),
      tie("object")
    ),
    object: FastCheck.dictionary(anyString.filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 5 })
  })).object

  it.prop(
    "is what JSON.stringify makes of an object, and is as long as JSON as it says",
    [anyJson],
    ([value]) => {
      const writer = new ProtobufWriter(0)
      const length = writeStruct(writer, 1, value)
      const json = new ByteWriter()
      json.json(value)
      assert.strictEqual(length, json.length)
      const outer = writer.bytes()
      // Without the tag and the length, which has as many bytes as have a bit set for more, and one.
      let start = 1
      while (outer[start++]! > 127);
      const bytes = outer.subarray(start)
      const text = (value: unknown) => JSON.stringify(value)
      assert.deepStrictEqual(
        JSON.parse(text(plain(decoded("google.protobuf.Struct", bytes)))),
        JSON.parse(text(value))
      )
      assert.strictEqual(rewritten("google.protobuf.Struct", bytes).length, bytes.length)
    },
    { fastCheck: { numRuns: 500 } }
  )

  it.prop("keeps 64-bit floats bit for bit", [FastCheck.double({ noNaN: true, noDefaultInfinity: true })], ([n]) => {
    const writer = new ProtobufWriter()
    writeStruct(writer, 1, { n })
    assert.deepStrictEqual(plain(decoded("google.protobuf.Struct", writer.bytes().subarray(2))), { n })
  })
})

describe("ProtobufWriter", () => {
  it("writes a length in the fewest bytes, whatever was expected", () => {
    const lengths = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152]
    const varints = ["00", "01", "7f", "8001", "ff7f", "808001", "ffff7f", "80808001"]
    for (const [i, length] of lengths.entries()) {
      const content = Uint8Array.from({ length }, (_, at) => at)
      for (const expected of [...lengths, 268_435_456]) {
        // As much room as the longest length needs, so that what it needs is found out where it is moved too.
        const writer = new ProtobufWriter(0)
        writer.raw(Uint8Array.of(255))
        const start = writer.beginMessage(3, expected)
        writer.raw(content)
        writer.endMessage(start)
        writer.varint(1, 2)
        const bytes = writer.bytes()
        const head = Buffer.from(`ff1a${varints[i]}`, "hex")
        assert.isTrue(Buffer.concat([head, content, Buffer.from("0802", "hex")]).equals(bytes), `${length} ${expected}`)
      }
    }
  })

  it.prop(
    "writes integers of 32 bits",
    [FastCheck.array(FastCheck.oneof(FastCheck.nat(300), FastCheck.integer({ min: 0, max: 4_294_967_295 })))],
    ([indices]) => {
      for (const given of [indices, Uint32Array.from(indices)]) {
        const writer = new ProtobufWriter(0)
        writer.packedIntegers(1, given)
        const { indices: read } = decoded("SparseValues", writer.bytes())
        assert.deepStrictEqual(read ?? [], indices)
      }
    }
  )
})
