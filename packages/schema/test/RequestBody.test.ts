import { assert, describe, it } from "@effect/vitest"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as Filter from "../src/Filter.js"
import { limits } from "../src/Limits.js"
import * as Namespace from "../src/Namespace.js"
import * as Query from "../src/Query.js"
import * as RequestBody from "../src/RequestBody.js"
import * as VectorRecord from "../src/VectorRecord.js"
import { anyNamespace, anyQuery, anyRecord, floats, optionally } from "./utils/arbitraries.js"
import { errorOf, succeeds, valueOf } from "./utils/results.js"

const asIs = (metadata: object) => metadata

const upsert = (
  records: ReadonlyArray<VectorRecord.VectorRecord<object>>,
  target: RequestBody.Target = {},
  format?: RequestBody.Format
) => RequestBody.upsert(records, target, asIs, format)

const text = (body: Uint8Array): string => new TextDecoder("utf-8", { fatal: true }).decode(body)

const parsed = (body: Effect.Effect<Uint8Array, RequestBody.BodyError>): unknown => JSON.parse(text(valueOf(body)))

const refusal = <A>(result: Effect.Effect<A, RequestBody.BodyError>): RequestBody.BodyError =>
  succeeds(result)
    ? assert.fail(`a refusal was expected, and it was taken: ${inspect(valueOf(result)).slice(0, 200)}`)
    : errorOf(result)

/** The refusal of an input, which has to be the same in each format. */
const refusalOf = (body: (format: RequestBody.Format) => Effect.Effect<Uint8Array, RequestBody.BodyError>) => {
  const error = refusal(body(RequestBody.asJson))
  const other = refusal(body(RequestBody.asProtobuf))
  assert.deepStrictEqual({ ...other, message: other.message }, { ...error, message: error.message })
  return error
}

/** Metadata that another object stands for in JSON. */
class Standing {
  readonly #other: object
  constructor(other: object) {
    this.#other = other
  }
  toJSON(): object {
    return this.#other
  }
}

/** A value of a type that the compiler would refuse. */
const wrong = (value: unknown): never => value as never

describe("RequestBody", () => {
  describe("upsert", () => {
    const decode = Schema.decodeUnknownSync(VectorRecord.UpsertRequest)

    it.prop(
      "is read by its Schema as the same records, with the same 32-bit floats",
      [FastCheck.array(anyRecord, { minLength: 1, maxLength: 20 }), optionally(anyNamespace)],
      ([records, namespace]) => {
        const request = decode(parsed(upsert(records, { namespace })))
        assert.strictEqual(request.namespace, namespace)
        assert.strictEqual(request.vectors.length, records.length)
        request.vectors.forEach((vector, i) => {
          const record = records[i]!
          assert.strictEqual(vector.id, record.id)
          assert.deepStrictEqual(vector.values, floats(record.values))
          assert.deepStrictEqual(vector.sparseValues?.values, floats(record.sparseValues?.values))
          assert.deepStrictEqual(
            vector.sparseValues?.indices,
            record.sparseValues === undefined ? undefined : Uint32Array.from(record.sparseValues.indices)
          )
          assert.deepStrictEqual(vector.metadata, record.metadata)
        })
      },
      { fastCheck: { numRuns: 200 } }
    )

    it("writes the shortest decimals, and nothing that is absent", () => {
      assert.strictEqual(
        text(valueOf(upsert([{ id: "a", values: Float32Array.from([0.4, -1, 0]) }]))),
        "{\"vectors\":[{\"id\":\"a\",\"values\":[0.4,-1,0]}]}"
      )
      assert.strictEqual(
        text(valueOf(upsert([
          { id: "a", sparseValues: { indices: [1], values: [0.1] }, metadata: { a: ["b"] } },
          { id: "\"\n", values: [1e-7] }
        ], { namespace: "" }))),
        "{\"vectors\":[{\"id\":\"a\",\"sparseValues\":{\"indices\":[1],\"values\":[0.1]},\"metadata\":{\"a\":[\"b\"]}}," +
          "{\"id\":\"\\\"\\n\",\"values\":[1e-7]}],\"namespace\":\"\"}"
      )
    })

    it("writes metadata in the form that its codec gives", () => {
      const encoded = RequestBody.upsert(
        [{ id: "a", values: [1], metadata: new Date(5) }],
        {},
        (date) => ({ at: date.getTime() })
      )
      assert.deepStrictEqual(parsed(encoded), { vectors: [{ id: "a", values: [1], metadata: { at: 5 } }] })
    })

    it("takes as much as the limits allow", () => {
      const ids = Array.from({ length: limits.upsertRecords }, (_, i) => ({ id: String(i), values: [1] }))
      assert.isTrue(succeeds(upsert(ids)))
      assert.isTrue(
        succeeds(
          upsert([{ id: "x".repeat(limits.idLength), values: new Float32Array(limits.dimension).fill(1) }])
        )
      )
      const entries = Array.from({ length: limits.sparseValues }, (_, i) => limits.sparseIndex - i)
      assert.isTrue(
        succeeds(upsert([{ id: "a", sparseValues: { indices: entries, values: entries.map(() => 1) } }]))
      )
      const metadata = { a: "x".repeat(limits.metadataBytes - "{\"a\":\"\"}".length) }
      assert.isTrue(succeeds(upsert([{ id: "a", values: [1], metadata }])))
    })

    describe("refuses, and names the record and the field", () => {
      const good = { id: "good", values: [1, 2, 3], sparseValues: { indices: [1], values: [1] } }

      interface Refusal {
        readonly name: string
        readonly record: VectorRecord.VectorRecord<object>
        readonly tag?: RequestBody.BodyError["_tag"]
        readonly field: string
        /** The id, but where the id is what is wrong. */
        readonly recordId?: string | undefined
        readonly limit?: string
      }

      const bad = "bad"
      const sparse = (indices: ReadonlyArray<number>, values: ReadonlyArray<number>) => ({
        id: bad,
        sparseValues: { indices, values }
      })
      const many = (length: number) => Array.from({ length }, (_, i) => i)

      const refusals: ReadonlyArray<Refusal> = [
        { name: "no id", record: wrong({ values: [1] }), field: "vectors[1].id", recordId: undefined },
        { name: "an empty id", record: { id: "", values: [1] }, field: "vectors[1].id", recordId: undefined },
        {
          name: "an id that is a number",
          record: wrong({ id: 5, values: [1] }),
          field: "vectors[1].id",
          recordId: undefined
        },
        {
          name: "a long id",
          record: { id: "x".repeat(513), values: [1] },
          tag: "PineconeLimitExceeded",
          field: "vectors[1].id",
          recordId: "x".repeat(513),
          limit: "idLength"
        },
        { name: "an id with NUL", record: { id: "a\0b", values: [1] }, field: "vectors[1].id", recordId: "a\\0b" },
        { name: "no values at all", record: { id: bad }, field: "values" },
        { name: "no numbers", record: { id: bad, values: [] }, field: "values" },
        { name: "text for values", record: wrong({ id: bad, values: "abc" }), field: "values" },
        { name: "64-bit floats", record: wrong({ id: bad, values: new Float64Array(3) }), field: "values" },
        { name: "another dimension", record: { id: bad, values: [1, 2] }, field: "values" },
        {
          name: "too many numbers",
          record: { id: bad, values: new Float32Array(20_001) },
          tag: "PineconeLimitExceeded",
          field: "values.length",
          limit: "dimension"
        },
        { name: "NaN", record: { id: bad, values: [1, Number.NaN, 3] }, field: "values[1]" },
        { name: "NaN of 32 bits", record: { id: bad, values: Float32Array.of(1, 2, Number.NaN) }, field: "values[2]" },
        { name: "an infinity", record: { id: bad, values: [Number.NEGATIVE_INFINITY, 2, 3] }, field: "values[0]" },
        { name: "a number too large for 32 bits", record: { id: bad, values: [1, 3.5e38, 3] }, field: "values[1]" },
        { name: "text for a number", record: wrong({ id: bad, values: [1, "2", 3] }), field: "values[1]" },
        { name: "null for a number", record: wrong({ id: bad, values: [null, 2, 3] }), field: "values[0]" },
        { name: "a hole", record: wrong({ id: bad, values: [1, , 3] }), field: "values[1]" },
        { name: "indices without values", record: sparse([1, 2], [1]), field: "sparseValues" },
        { name: "no sparse entries", record: sparse([], []), field: "sparseValues" },
        {
          name: "too many sparse entries",
          record: sparse(many(2049), many(2049)),
          tag: "PineconeLimitExceeded",
          field: "sparseValues.indices.length",
          limit: "sparseValues"
        },
        { name: "a negative index", record: sparse([1, -1], [1, 1]), field: "sparseValues.indices[1]" },
        { name: "an index that is no integer", record: sparse([1.5], [1]), field: "sparseValues.indices[0]" },
        { name: "an index that is NaN", record: sparse([Number.NaN], [1]), field: "sparseValues.indices[0]" },
        {
          name: "an index of 33 bits",
          record: sparse([0, 4_294_967_296], [1, 1]),
          tag: "PineconeLimitExceeded",
          field: "sparseValues.indices[1]",
          limit: "sparseIndex"
        },
        { name: "NaN in sparse values", record: sparse([1, 2], [1, Number.NaN]), field: "sparseValues.values[1]" },
        { name: "null in metadata", record: { ...good, id: bad, metadata: { a: null } }, field: "metadata.a" },
        { name: "an object in metadata", record: { ...good, id: bad, metadata: { a: { b: 1 } } }, field: "metadata.a" },
        { name: "a list of numbers", record: { ...good, id: bad, metadata: { ok: 1, a: [1] } }, field: "metadata.a" },
        { name: "NaN in metadata", record: { ...good, id: bad, metadata: { a: Number.NaN } }, field: "metadata.a" },
        { name: "a Date in metadata", record: { ...good, id: bad, metadata: { a: new Date(0) } }, field: "metadata.a" },
        { name: "a list for metadata", record: { ...good, id: bad, metadata: ["a"] }, field: "metadata" },
        { name: "a Date for metadata", record: { ...good, id: bad, metadata: new Date(0) }, field: "metadata" },
        {
          name: "what stands for metadata",
          record: { ...good, id: bad, metadata: new Standing({ a: null }) },
          field: "metadata.a"
        },
        {
          name: "metadata that is too large",
          record: { ...good, id: bad, metadata: { a: "ä".repeat(20_480) } },
          tag: "PineconeLimitExceeded",
          field: "metadata (bytes)",
          limit: "metadataBytes"
        }
      ]

      for (const { field, limit, name, record, tag, ...rest } of refusals) {
        it(name, () => {
          const target = { index: "movies", namespace: "old", dimension: 3 }
          const error = refusalOf((format) => upsert([good, record, good], target, format))
          assert.strictEqual(error._tag, tag ?? "PineconeInvalidRequest")
          assert(error._tag !== "PineconeInvalidMetadata")
          assert.strictEqual(error.field, field)
          const recordId = "recordId" in rest ? rest.recordId : bad
          assert.strictEqual(error.recordId, recordId)
          assert.include(error.message, field.replace(" (bytes)", ""))
          if (recordId !== undefined) assert.include(error.message, `record "${recordId.slice(0, 100)}`)
          assert.strictEqual(error.operation, "upsert")
          assert.strictEqual(error.index, "movies")
          assert.strictEqual(error.namespace, "old")
          assert.strictEqual(error.attempts, 0)
          if (error._tag === "PineconeLimitExceeded") {
            assert.strictEqual(error.limit, limit)
            assert.isAbove(error.actual, error.maximum)
          }
        })
      }

      it("metadata that does not fit its Schema", () => {
        const error = refusalOf((format) =>
          RequestBody.upsert(
            [{ id: "good", values: [1] }, { id: bad, values: [1], metadata: {} }],
            { index: "movies" },
            () => new RequestBody.MetadataIssue(["tags", 2], "a string is needed"),
            format
          )
        )
        assert(error._tag === "PineconeInvalidMetadata")
        assert.strictEqual(error.recordId, bad)
        assert.deepStrictEqual(error.path, ["tags", 2])
        assert.include(error.message, "record \"bad\"")
        assert.include(error.message, "a string is needed")
      })

      it("no records, too many, and too much of them", () => {
        const none = refusalOf((format) => upsert([], {}, format))
        assert(none._tag === "PineconeInvalidRequest")
        assert.strictEqual(none.field, "vectors")
        const tooMany = refusalOf((format) =>
          upsert(many(1001).map((i) => ({ id: String(i), values: [1] })), {}, format)
        )
        assert(tooMany._tag === "PineconeLimitExceeded")
        assert.deepStrictEqual([tooMany.limit, tooMany.actual, tooMany.maximum], ["upsertRecords", 1001, 1000])
        const large = many(26).map((i) => ({ id: String(i), values: new Float32Array(20_000).fill(1) }))
        const tooMuch = refusalOf((format) => upsert(large, {}, format))
        assert(tooMuch._tag === "PineconeLimitExceeded")
        assert.strictEqual(tooMuch.limit, "requestBytes")
        assert.isAtLeast(tooMuch.actual, 26 * 80_000)
        assert.isTrue(succeeds(upsert(large.slice(0, 24))))
      })
    })
  })

  describe("query", () => {
    const decode = Schema.decodeUnknownSync(Query.QueryRequest)

    it.prop(
      "is read by its Schema as what was asked",
      [anyQuery, optionally(anyNamespace)],
      ([input, namespace]) => {
        const request = decode(parsed(RequestBody.query(input, { namespace })))
        assert.strictEqual(request.namespace, namespace)
        assert.strictEqual(request.topK, input.topK)
        assert.deepStrictEqual(request.vector, floats(input.vector))
        assert.deepStrictEqual(request.sparseVector?.values, floats(input.sparseVector?.values))
        assert.strictEqual(request.id, input.id)
        assert.deepStrictEqual(request.filter, input.filter?.expression)
        assert.strictEqual(request.includeValues, input.includeValues ?? false)
        assert.strictEqual(request.includeMetadata, input.includeMetadata ?? false)
        assert.strictEqual(request.scanFactor, input.scanFactor)
        assert.strictEqual(request.maxCandidates, input.maxCandidates)
      }
    )

    const vector = [1, 2, 3]
    const refusals: ReadonlyArray<
      readonly [name: string, input: RequestBody.QueryInput, field: string, limit?: string]
    > = [
      ["topK of 0", { vector, topK: 0 }, "topK"],
      ["topK of a half", { vector, topK: 0.5 }, "topK"],
      ["topK of NaN", { vector, topK: Number.NaN }, "topK"],
      ["topK of 10001", { vector, topK: 10_001 }, "topK", "topK"],
      ["neither vector nor id", { topK: 1 }, "vector"],
      ["vector and id", { vector, id: "a", topK: 1 }, "vector"],
      ["another dimension", { vector: [1], topK: 1 }, "vector"],
      ["NaN", { vector: [1, 2, Number.NaN], topK: 1 }, "vector[2]"],
      [
        "NaN in a sparse vector",
        { sparseVector: { indices: [1], values: [Number.NaN] }, topK: 1 },
        "sparseVector.values[0]"
      ],
      ["lengths that differ", { sparseVector: { indices: [1], values: [] }, topK: 1 }, "sparseVector"],
      ["an empty id", { id: "", topK: 1 }, "id"],
      ["a long id", { id: "x".repeat(513), topK: 1 }, "id", "idLength"],
      ["scanFactor of 0.4", { vector, topK: 1, scanFactor: 0.4 }, "scanFactor"],
      ["scanFactor of 4.1", { vector, topK: 1, scanFactor: 4.1 }, "scanFactor"],
      ["scanFactor of NaN", { vector, topK: 1, scanFactor: Number.NaN }, "scanFactor"],
      ["maxCandidates below topK", { vector, topK: 10, maxCandidates: 9 }, "maxCandidates"],
      ["maxCandidates of 100001", { vector, topK: 10, maxCandidates: 100_001 }, "maxCandidates", "maxCandidates"],
      ["a filter that compares with NaN", { vector, topK: 1, filter: Filter.gt("a", Number.NaN) }, "filter.a.$gt"],
      ["a filter that is a list", { vector, topK: 1, filter: Filter.raw(wrong([{ a: 1 }])) }, "filter"],
      [
        "a filter of too many values",
        { vector, topK: 1, filter: Filter.isIn("a", Array.from({ length: 10_001 }, (_, i) => i)) },
        "filter.$in",
        "filterValues"
      ]
    ]

    for (const [name, input, field, limit] of refusals) {
      it(`refuses ${name}`, () => {
        const error = refusalOf((format) => RequestBody.query(input, { index: "movies", dimension: 3 }, format))
        assert(error._tag !== "PineconeInvalidMetadata")
        assert.strictEqual(error._tag, limit === undefined ? "PineconeInvalidRequest" : "PineconeLimitExceeded")
        assert.strictEqual(error.field, field)
        assert.include(error.message, field)
        assert.strictEqual(error.operation, "query")
        assert.strictEqual(error.index, "movies")
        if (error._tag === "PineconeLimitExceeded") assert.strictEqual(error.limit, limit)
      })
    }
  })

  describe("update", () => {
    const decode = Schema.decodeUnknownSync(VectorRecord.UpdateRequest)

    it("of one record", () => {
      const body = RequestBody.update(
        { id: "a", values: [0.4], sparseValues: { indices: [1], values: [0.1] }, setMetadata: { a: 1 } },
        { namespace: "old" }
      )
      assert.strictEqual(
        text(valueOf(body)),
        "{\"id\":\"a\",\"values\":[0.4],\"sparseValues\":{\"indices\":[1],\"values\":[0.1]},\"setMetadata\":{\"a\":1},\"namespace\":\"old\"}"
      )
      assert.deepStrictEqual(decode(parsed(body)).values, Float32Array.of(0.4))
    })

    it("of all that match a filter", () => {
      const body = RequestBody.update({ filter: Filter.eq("a", 1), setMetadata: { b: "c" }, dryRun: true }, {})
      assert.deepStrictEqual(decode(parsed(body)), {
        filter: { a: { $eq: 1 } },
        setMetadata: { b: "c" },
        dryRun: true
      })
    })

    const refusals: ReadonlyArray<
      readonly [name: string, input: RequestBody.UpdateInput, field: string, recordId: string | undefined]
    > = [
      ["neither id nor filter", { setMetadata: { a: 1 } }, "id", undefined],
      ["id and filter", { id: "a", filter: Filter.eq("a", 1), setMetadata: { a: 1 } }, "id", undefined],
      ["nothing to set", { id: "a" }, "setMetadata", "a"],
      ["an empty id", { id: "", values: [1] }, "id", undefined],
      ["another dimension", { id: "a", values: [1] }, "values", "a"],
      ["NaN", { id: "a", values: [1, Number.NaN, 3] }, "values[1]", "a"],
      ["sparse NaN", { id: "a", sparseValues: { indices: [1], values: [Number.NaN] } }, "sparseValues.values[0]", "a"],
      ["null in metadata", { id: "a", setMetadata: { b: null } }, "setMetadata.b", "a"],
      ["a filter that is none", { filter: Filter.raw({ a: null }), setMetadata: { b: 1 } }, "filter.a", undefined]
    ]

    for (const [name, input, field, recordId] of refusals) {
      it(`refuses ${name}`, () => {
        const error = refusalOf((format) => RequestBody.update(input, { dimension: 3 }, format))
        assert(error._tag === "PineconeInvalidRequest")
        assert.strictEqual(error.field, field)
        assert.strictEqual(error.recordId, recordId)
        assert.strictEqual(error.operation, "update")
      })
    }
  })

  describe("filter", () => {
    it("gives a filter in Pinecone's form, or names what is wrong in it", () => {
      const good = RequestBody.filter("delete", Filter.eq("a", 1), {})
      assert.deepStrictEqual(valueOf(good), { a: { $eq: 1 } })
      const bad = refusal(RequestBody.filter("delete", Filter.raw({ a: { $near: 1 } }), { namespace: "old" }))
      assert(bad._tag === "PineconeInvalidRequest")
      assert.deepStrictEqual([bad.field, bad.operation, bad.namespace], ["filter.a.$near", "delete", "old"])
    })

    const every: ReadonlyArray<readonly [name: string, filter: Filter.Filter<never>]> = [
      ["raw of nothing", Filter.raw({})],
      ["raw of nothing, nested", Filter.raw({ $and: [{}] })],
      ["raw of one that has nothing among others", Filter.raw({ $or: [{ a: 1 }, {}] })],
      ["and of raw of nothing", Filter.and(Filter.raw({}), Filter.raw({ $and: [{}] }))],
      ["or of raw of nothing", Filter.or(Filter.eq("a", 1), Filter.raw({}))],
      ["raw of an object of another class", Filter.raw(wrong(new Standing({})))],
      ["raw of an object without a prototype", Filter.raw(Object.create(null))]
    ]
    for (const [name, filter] of every) {
      it(`refuses what every record matches, where that is not read: ${name}`, () => {
        for (
          const [operation, words] of [
            ["delete", "Delete with empty metadata filter is not allowed"],
            ["update", "Update with empty metadata filter is not allowed"],
            ["fetch_by_metadata", "Empty filter provided for fetch by metadata request"]
          ] as const
        ) {
          const error = refusal(RequestBody.filter(operation, filter, { index: "movies" }))
          assert(error._tag === "PineconeInvalidRequest")
          assert.deepStrictEqual([error.field, error.operation, error.index], ["filter", operation, "movies"])
          assert.include(error.message, words)
        }
        const error = refusalOf((format) => RequestBody.update({ filter, setMetadata: { a: 1 } }, {}, format))
        assert(error._tag === "PineconeInvalidRequest")
        assert.strictEqual(error.field, "filter")
        for (const operation of ["query", "describe_index_stats", "search_records"]) {
          assert.isTrue(succeeds(RequestBody.filter(operation, filter, {})), operation)
        }
      })
    }

    it("refuses what is no filter, and conditions that are none, of every operation", () => {
      const none: ReadonlyArray<readonly [unknown, string]> = [
        [undefined, "filter"],
        [{}, "filter"],
        [{ genre: "x" }, "filter"],
        [Filter.raw(wrong(undefined)), "filter"],
        [Filter.raw(wrong([])), "filter"],
        [Filter.raw(wrong(new Map([["a", 1]]))), "filter"],
        [Reflect.apply(Filter.and, undefined, []), "filter.$and"],
        [Filter.or(wrong(null)), "filter.$or"],
        [Filter.raw({ a: undefined }), "filter.a"],
        [Filter.raw({ a: {} }), "filter.a"],
        [Filter.raw({ $and: [{ a: {} }] }), "filter.a"],
        [Filter.eq(wrong(Symbol("s")), 1), "filter.Symbol(s)"],
        [Filter.eq(wrong({}), 1), "filter.{}"]
      ]
      for (const operation of ["delete", "query"]) {
        for (const [filter, field] of none) {
          const error = refusal(RequestBody.filter(operation, wrong(filter), {}))
          assert(error._tag === "PineconeInvalidRequest")
          assert.strictEqual(error.field, field)
        }
      }
    })

    it("lets a read exclude nothing, and no write", () => {
      const filter = Filter.notIn("a", [])
      assert.isTrue(succeeds(RequestBody.filter("fetch_by_metadata", filter, {})))
      assert.isTrue(!succeeds(RequestBody.filter("delete", filter, {})))
      assert.isTrue(!succeeds(RequestBody.update({ filter, setMetadata: { a: 1 } }, {})))
    })
  })

  describe("zeros", () => {
    const zeros = [[0, 0, 0], new Float32Array(3), [0, -0, 9e-9], Float32Array.of(0, 0, -9e-9)]
    const others = [[0, 0, 1e-8], Float32Array.of(0, 0, -1e-8), [1, 0, 0]]

    it("are refused where they would be stored", () => {
      for (const values of zeros) {
        for (
          const error of [
            refusalOf((format) => upsert([{ id: "z", values }], {}, format)),
            refusalOf((format) => RequestBody.update({ id: "z", values }, {}, format))
          ]
        ) {
          assert(error._tag === "PineconeInvalidRequest")
          assert.deepStrictEqual([error.field, error.recordId], ["values", "z"])
          assert.include(error.message, "must have at least one number that is not zero")
        }
      }
      for (const values of others) {
        assert.isTrue(succeeds(upsert([{ id: "a", values }])))
        assert.isTrue(succeeds(RequestBody.update({ id: "a", values }, {})))
      }
    })

    it("can be searched by", () => {
      for (const vector of zeros) assert.isTrue(succeeds(RequestBody.query({ vector, topK: 1 }, {})))
    })
  })

  describe("a namespace", () => {
    const bodies = (namespace: string) =>
      [RequestBody.asJson, RequestBody.asProtobuf].flatMap((format) => [
        upsert([{ id: "a", values: [1] }], { namespace }, format),
        RequestBody.query({ id: "a", topK: 1 }, { namespace }, format),
        RequestBody.update({ id: "a", values: [1] }, { namespace }, format)
      ])

    it("has at most 512 printable ASCII characters, in every request", () => {
      for (const namespace of ["", "__default__", "a b~!\"\\/", "n".repeat(512)]) {
        for (const body of bodies(namespace)) assert.isTrue(succeeds(body), namespace)
      }
      for (const namespace of ["日本語", "é", "a\0b", "a\nb", "\x7f", "a\ud800", wrong(5), wrong(null)]) {
        for (const body of bodies(namespace)) {
          const error = refusal(body)
          assert(error._tag === "PineconeInvalidRequest")
          assert.strictEqual(error.field, "namespace")
        }
      }
      for (const body of bodies("n".repeat(513))) {
        const error = refusal(body)
        assert(error._tag === "PineconeLimitExceeded")
        assert.deepStrictEqual([error.limit, error.actual], ["namespaceLength", 513])
      }
    })

    it("has a name where it is made, described or deleted", () => {
      const place = { operation: "create_namespace" }
      for (const name of ["a", "__default__", "a b", "...", "n".repeat(512)]) {
        assert.isUndefined(Namespace.nameProblem(place, name))
      }
      for (const name of ["", ".", "..", "é", "a\0", undefined, null, 5]) {
        const error = Namespace.nameProblem(place, name)
        assert.strictEqual(error?._tag, "PineconeInvalidRequest")
        assert.include(error?.message, "name: ")
      }
      assert.strictEqual(Namespace.nameProblem(place, "n".repeat(513))?._tag, "PineconeLimitExceeded")
    })
  })

  describe("a sparse entry weighs 8 bytes", () => {
    const indices = Uint32Array.from({ length: limits.sparseValues }, (_, i) => i)
    const sparseValues = { indices, values: new Float32Array(limits.sparseValues).fill(0.5) }
    const records = Array.from({ length: 123 }, (_, i) => ({ id: String(100 + i), sparseValues }))
    const weight = 3 + 8 * limits.sparseValues

    it("in an upsert", () => {
      assert.isTrue(succeeds(upsert(records.slice(0, 122))))
      const error = refusalOf((format) => upsert(records, {}, format))
      assert(error._tag === "PineconeLimitExceeded")
      assert.deepStrictEqual([error.limit, error.actual], ["requestBytes", 123 * weight])
    })

    it("beside dense values of 4 bytes a number, ids and metadata", () => {
      const values = new Float32Array(limits.dimension).fill(0.5)
      const record = (i: number) => ({ id: String(100 + i), values, sparseValues, metadata: { a: "b" } })
      const each = weight + 4 * limits.dimension + "{\"a\":\"b\"}".length
      const many = Array.from({ length: Math.ceil(limits.requestBytes / each) }, (_, i) => record(i))
      const error = refusalOf((format) => upsert(many, {}, format))
      assert(error._tag === "PineconeLimitExceeded")
      assert.strictEqual(error.actual, many.length * each)
      assert.isTrue(succeeds(upsert(many.slice(1))))
    })
  })
})
