import { assert, describe, it } from "@effect/vitest"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as Filter from "../src/Filter.js"
import * as IndexModel from "../src/IndexModel.js"
import * as Input from "../src/Input.js"
import * as Limits from "../src/Limits.js"
import * as Metadata from "../src/Metadata.js"
import * as Namespace from "../src/Namespace.js"
import * as PineconeError from "../src/PineconeError.js"
import * as RecordId from "../src/RecordId.js"
import * as RequestBody from "../src/RequestBody.js"
import * as UpsertBody from "../src/UpsertBody.js"
import * as Vector from "../src/Vector.js"
import { anything, branching, circular, closed, hostile, nested, revoked, shaped, throwing } from "./utils/hostile.js"
import { errorOf, succeeds, valueOf } from "./utils/results.js"

const formats = [RequestBody.asJson, RequestBody.asProtobuf]

const asIs = (metadata: object) => metadata

/** A value of a type that the compiler would refuse. */
const wrong = (value: unknown): never => value as never

const isInputError = (u: unknown): u is RequestBody.BodyError =>
  u instanceof PineconeError.InvalidRequest || u instanceof PineconeError.LimitExceeded ||
  u instanceof PineconeError.InvalidMetadata

/** A typed error with a message of one line, or the bytes. */
const ends = (body: Effect.Effect<unknown, RequestBody.BodyError>): void => {
  if (succeeds(body)) return
  const error = errorOf(body)
  assert.isTrue(isInputError(error), String(error))
  assert.notInclude(error.message, "└─")
  assert.isBelow(error.message.length, 2000)
}

const refusal = <A>(body: Effect.Effect<A, RequestBody.BodyError>) => {
  assert.isTrue(!succeeds(body), "a refusal was expected")
  const error = errorOf(body)
  assert.isTrue(error._tag === "PineconeInvalidRequest" || error._tag === "PineconeLimitExceeded", error._tag)
  return error as PineconeError.InvalidRequest | PineconeError.LimitExceeded
}

const runs = { fastCheck: { numRuns: 300 } }

const record = {
  id: "a",
  values: [1, 2],
  sparseValues: { indices: [1], values: [0.5] },
  metadata: { genre: "x", year: 1, tags: ["t"] }
}
const filter = Filter.eq("genre", "x")

/** The ways to make a filter of two values of any kind. */
const ways: ReadonlyArray<(first: unknown, second: unknown) => unknown> = [
  (a, b) => Filter.eq(wrong(a), wrong(b)),
  (a, b) => Filter.ne(wrong(a), wrong(b)),
  (a, b) => Filter.gt(wrong(a), wrong(b)),
  (a, b) => Filter.gte(wrong(a), wrong(b)),
  (a, b) => Filter.lt(wrong(a), wrong(b)),
  (a, b) => Filter.lte(wrong(a), wrong(b)),
  (a, b) => Filter.isIn(wrong(a), wrong(b)),
  (a, b) => Filter.notIn(wrong(a), wrong(b)),
  (a, b) => Filter.exists(wrong(a), wrong(b)),
  (a, b) => Filter.and(wrong(a), wrong(b)),
  (a, b) => Filter.or(wrong(a), wrong(b)),
  (a) => Filter.raw(wrong(a)),
  (a) => Filter.and(Filter.raw(wrong(a))),
  (a, b) => Filter.raw({ genre: a, $or: b }),
  (a) => a
]

const anyRecord = shaped(record)
/** The index and the dimension are the SDK's own; the namespace is the application's. */
const anyTarget = FastCheck.oneof(
  FastCheck.constant(() => undefined),
  FastCheck.constant(() => "n"),
  anything
).map((make) => () => ({ index: "movies", dimension: 2, namespace: make() }))

describe("input of any shape", () => {
  describe("ends in bytes or in a typed error", () => {
    it.prop("upsert", [
      FastCheck.oneof(
        anything,
        FastCheck.array(anyRecord, { maxLength: 3 }).map((records) => () => records.map((make) => make()))
      ),
      anyTarget,
      FastCheck.constantFrom(...formats)
    ], ([records, target, format]) => {
      ends(RequestBody.upsert(wrong(records()), wrong(target()), asIs, format))
    }, runs)

    it.prop("query", [
      shaped({
        topK: 1,
        vector: [1],
        sparseVector: record.sparseValues,
        id: undefined,
        filter,
        includeValues: true,
        includeMetadata: true,
        scanFactor: 1,
        maxCandidates: 5
      }),
      anyTarget,
      FastCheck.constantFrom(...formats)
    ], ([input, target, format]) => {
      ends(RequestBody.query(wrong(input()), wrong(target()), format))
    }, runs)

    it.prop("update", [
      shaped({
        id: "a",
        values: [1],
        sparseValues: record.sparseValues,
        setMetadata: record.metadata,
        filter: undefined,
        dryRun: true
      }),
      anyTarget,
      FastCheck.constantFrom(...formats)
    ], ([input, target, format]) => {
      ends(RequestBody.update(wrong(input()), wrong(target()), format))
    }, runs)

    it.prop("a filter, by every way to make one", [
      anything,
      anything,
      FastCheck.constantFrom("query", "delete", "update", "fetch_by_metadata", "describe_index_stats"),
      FastCheck.constantFrom(...ways)
    ], ([first, second, operation, make]) => {
      ends(RequestBody.filter(operation, wrong(make(first(), second())), {}))
    }, { fastCheck: { numRuns: 1000 } })

    it.prop("any JSON", [anything], ([value]) => {
      ends(RequestBody.anyJson("search_records", { a: value() }, {}))
    }, runs)

    it.prop("any JSON that it takes is what JSON.stringify makes of it", [
      FastCheck.anything({ withNullPrototype: true, withSparseArray: true })
    ], ([value]) => {
      const body = RequestBody.anyJson("search_records", { a: value }, {})
      if (!succeeds(body)) return
      assert.deepStrictEqual(
        JSON.parse(new TextDecoder().decode(valueOf(body))),
        JSON.parse(JSON.stringify({ a: value }))
      )
    }, runs)

    it.prop("an input of a Schema", [
      shaped({ name: "movies", dimension: 2, metric: "cosine", spec: { serverless: { cloud: "aws", region: "r" } } })
    ], ([value]) => {
      ends(Input.validate(IndexModel.CreateIndexRequest)({ operation: "create_index" }, "", value()))
    }, runs)
  })

  describe("never throws", () => {
    const place = { operation: "upsert" }
    const checks: ReadonlyArray<readonly [name: string, check: (value: unknown) => unknown]> = [
      ["Filter.problem", Filter.problem],
      ["Filter.isFilter", Filter.isFilter],
      ["Filter.isEmpty", Filter.isEmpty],
      ["Filter.matchesAll", Filter.matchesAll],
      ["Filter.largestList", Filter.largestList],
      ["Metadata.problem", Metadata.problem],
      ["Metadata.Metadata", Schema.is(Metadata.Metadata)],
      ["Vector.toFloat32Array", (value) => Vector.toFloat32Array(wrong(value))],
      ["Vector.toUint32Array", (value) => Vector.toUint32Array(wrong(value))],
      ["Vector.DenseVector", Schema.decodeUnknownEither(Vector.DenseVector)],
      ["Vector.isDenseValues", Vector.isDenseValues],
      ["Vector.isSparseIndices", Vector.isSparseIndices],
      ["Input.show", Input.show],
      ["Input.isObject", Input.isObject],
      ["Input.isArray", Input.isArray],
      ["Input.unreadable", (value) => Input.unreadable(place, "a", value)],
      ["Input.wholeNumber", (value) => Input.wholeNumber(place, "a", value, 1, 5)],
      ["Input.text", (value) => Input.text(place, "a", value, "nameLength")],
      ["Input.flag", (value) => Input.flag(place, "a", value)],
      ["Input.list", (value) => Input.list(place, "a", value)],
      ["Input.json", (value) => Input.json(place, "a", value)],
      ["Limits.check", (value) => Limits.check("topK", "topK", value, place)],
      ["a place", (value) => Limits.exceeded("topK", "topK", 1, wrong({ operation: "query", index: value }))],
      ["RecordId.problem", (value) => RecordId.problem(place, value, "id")],
      ["RecordId.prefixProblem", (value) => RecordId.prefixProblem(place, value)],
      ["RecordId.listProblem", (value) => RecordId.listProblem(place, value, "fetchIds")],
      ["Namespace.problem", (value) => Namespace.problem(place, value)],
      ["Namespace.nameProblem", (value) => Namespace.nameProblem(place, value)]
    ]
    for (const [name, check] of checks) {
      it(`${name}, of what is hostile`, () => {
        for (const [, make] of hostile) check(make())
      })
      it.prop(name, [anything], ([value]) => {
        check(value())
      })
    }

    it("and what it shows is short", () => {
      for (const [name, make] of hostile) assert.isBelow(Input.show(make()).length, 120, name)
    })
  })

  describe("one bad record is the builder's error, and the next is taken", () => {
    const good = (i: number) => ({ id: `good-${i}`, values: [1, 2], metadata: { i } })
    const bodyOf = (count: number, format: RequestBody.Format) =>
      valueOf(RequestBody.upsert(Array.from({ length: count }, (_, i) => good(i)), {}, asIs, format))

    it.prop("of vectors", [FastCheck.array(anyRecord, { maxLength: 8 }), FastCheck.constantFrom(...formats)], (
      [records, format]
    ) => {
      const builder = new UpsertBody.Builder<object>({
        target: {},
        encodeMetadata: asIs,
        maxRecords: 1000,
        maxBytes: 2_000_000,
        format
      })
      let taken = 0
      for (const bad of records) {
        const before = builder.length
        const added = builder.add(wrong(bad()))
        // What is right by chance is no matter here.
        if (added === undefined) return
        assert.isTrue(isInputError(added), String(added))
        assert.strictEqual(builder.length, before)
        assert.isUndefined(builder.add(good(taken++)))
      }
      if (taken === 0) return
      assert.isTrue(Buffer.from(builder.take().bytes).equals(bodyOf(taken, format)))
    }, runs)

    it.prop(
      "of texts",
      [FastCheck.array(shaped({ id: "a", fields: { text: "t" } }), { maxLength: 8 })],
      ([records]) => {
        const builder = new UpsertBody.TextBuilder<object>({
          target: {},
          encodeMetadata: asIs,
          maxRecords: 96,
          maxBytes: 2_000_000
        })
        let taken = 0
        for (const bad of records) {
          const added = builder.add(wrong(bad()))
          if (added === undefined) return
          assert.isTrue(isInputError(added), String(added))
          assert.isUndefined(builder.add({ id: `good-${taken}`, fields: { text: String(taken++) } }))
        }
        if (taken === 0) return
        assert.strictEqual(
          new TextDecoder().decode(builder.take().bytes),
          Array.from({ length: taken }, (_, i) => `{"_id":"good-${i}","text":"${i}"}\n`).join("")
        )
      },
      runs
    )

    it("and a namespace that cannot be one is the error of each", () => {
      for (const namespace of ["日本語", "a\0b", "n".repeat(513), wrong(5), wrong(closed())]) {
        const options = { target: { namespace }, encodeMetadata: asIs, maxRecords: 2, maxBytes: 1000 }
        const added = [
          new UpsertBody.Builder<object>(options).add({ id: "a", values: [1] }),
          new UpsertBody.Builder<object>({ ...options, format: RequestBody.asProtobuf }).add({ id: "a", values: [1] }),
          new UpsertBody.TextBuilder<object>(options).add({ id: "a", fields: { text: "t" } })
        ]
        for (const error of added) {
          assert(error !== undefined && "_tag" in error && error._tag !== "PineconeInvalidMetadata")
          assert.match(error.field ?? "", /^namespace(\.length)?$/)
        }
      }
    })
  })

  describe("the error names the place", () => {
    const upsert = (second: unknown, format: RequestBody.Format) =>
      RequestBody.upsert(wrong([{ id: "ok", values: [1, 2] }, second]), { index: "movies" }, asIs, format)

    const places: ReadonlyArray<readonly [name: string, record: unknown, field: string, recordId?: string]> = [
      ["null for a record", null, "vectors[1]"],
      ["a text for a record", "a", "vectors[1]"],
      ["a list for a record", [1, 2], "vectors[1]"],
      ["a record in a proxy that throws", closed(), "vectors[1].id"],
      ["a record that is revoked", revoked(), "vectors[1].id"],
      ["a getter of id that throws", throwing("id"), "vectors[1].id"],
      ["an id that is an object", { id: {}, values: [1, 2] }, "vectors[1].id"],
      ["an id that is not ASCII", { id: "日本", values: [1, 2] }, "vectors[1].id", "日本"],
      ["an id with half of a pair", { id: "a\ud800", values: [1, 2] }, "vectors[1].id", "a\ud800"],
      ["a getter of values that throws", Object.assign(throwing("values"), { id: "b" }), "vectors[1].values"],
      ["an object for values", { id: "b", values: { 0: 1, length: 1 } }, "values", "b"],
      ["null for values", { id: "b", values: null }, "values", "b"],
      ["bigints for numbers", { id: "b", values: [1, 2n] }, "values[1]", "b"],
      ["a BigInt64Array", { id: "b", values: BigInt64Array.of(1n) }, "values", "b"],
      ["zeros", { id: "b", values: [0, -0, 1e-9] }, "values", "b"],
      ["zeros of 32 bits", { id: "b", values: new Float32Array(3) }, "values", "b"],
      ["sparse values without values", { id: "b", sparseValues: { indices: [1] } }, "sparseValues.values", "b"],
      ["sparse values without indices", { id: "b", sparseValues: { values: [1] } }, "sparseValues.indices", "b"],
      ["a list for sparse values", { id: "b", sparseValues: [1] }, "sparseValues", "b"],
      ["null for sparse values", { id: "b", values: [1, 2], sparseValues: null }, "sparseValues", "b"],
      [
        "a bigint for an index",
        { id: "b", sparseValues: { indices: [1, 2n], values: [1, 1] } },
        "sparseValues.indices[1]",
        "b"
      ],
      [
        "a text for an index",
        { id: "b", sparseValues: { indices: ["1"], values: [1] } },
        "sparseValues.indices[0]",
        "b"
      ],
      [
        "a Float32Array for indices",
        { id: "b", sparseValues: { indices: Float32Array.of(1), values: [1] } },
        "sparseValues.indices",
        "b"
      ],
      ["a bigint in metadata", { id: "b", values: [1, 2], metadata: { ok: 1, n: 1n } }, "metadata.n", "b"],
      ["a symbol in metadata", { id: "b", values: [1, 2], metadata: { n: Symbol("s") } }, "metadata.n", "b"],
      ["a list with a hole in metadata", { id: "b", values: [1, 2], metadata: { n: ["a", , "b"] } }, "metadata.n", "b"],
      ["metadata that contains itself", { id: "b", values: [1, 2], metadata: circular() }, "metadata.self", "b"],
      ["metadata of many levels", { id: "b", values: [1, 2], metadata: { n: nested(100_000) } }, "metadata.n", "b"],
      ["metadata of many branches", { id: "b", values: [1, 2], metadata: { n: branching(60) } }, "metadata.n", "b"],
      ["a getter in metadata that throws", { id: "b", values: [1, 2], metadata: throwing("n") }, "metadata.n", "b"],
      ["null for metadata", { id: "b", values: [1, 2], metadata: null }, "metadata", "b"],
      ["a field that begins with $", { id: "b", values: [1, 2], metadata: { $n: 1 } }, "metadata.$n", "b"]
    ]
    for (const [name, record, field, recordId] of places) {
      it(name, () => {
        for (const format of formats) {
          const error = refusal(upsert(record, format))
          assert.deepStrictEqual([error.field, error.recordId, error.index], [field, recordId, "movies"])
          assert.include(error.message, `${field}: `)
        }
      })
    }

    it("of records that are no list", () => {
      for (const records of [{ vectors: [] }, null, undefined, "ab", new Set([record]), closed([record])]) {
        assert.strictEqual(refusal(RequestBody.upsert(wrong(records), {}, asIs)).field, "vectors")
      }
    })

    it("of text records", () => {
      const add = (record: unknown) =>
        new UpsertBody.TextBuilder<object>({ target: {}, encodeMetadata: asIs, maxRecords: 2, maxBytes: 1000 })
          .add(wrong(record))
      const fieldOf = (record: unknown) => {
        const error = add(record)
        assert(error !== undefined && "_tag" in error && error._tag === "PineconeInvalidRequest")
        return error.field
      }
      assert.strictEqual(fieldOf(null), "records[0]")
      assert.strictEqual(fieldOf({ fields: {} }), "records[0].id")
      assert.strictEqual(fieldOf({ id: "é", fields: { text: "t" } }), "records[0].id")
      assert.strictEqual(fieldOf({ id: "a" }), "fields")
      assert.strictEqual(fieldOf({ id: "a", fields: [1] }), "fields")
      assert.strictEqual(fieldOf({ id: "a", fields: { n: 1n } }), "fields.n")
      assert.strictEqual(fieldOf({ id: "a", fields: { text: "t", $n: 1 } }), "fields.$n")
      assert.strictEqual(fieldOf({ id: "a", fields: throwing("text") }), "fields.text")
    })

    it("of a query and an update", () => {
      const queried = (input: unknown) => refusal(RequestBody.query(wrong(input), {})).field
      assert.strictEqual(queried(null), "options")
      assert.strictEqual(queried({ vector: [1], topK: "10" }), "topK")
      assert.strictEqual(queried({ vector: [1], topK: 1n }), "topK")
      assert.strictEqual(queried({ vector: [1], topK: 1, scanFactor: "2" }), "scanFactor")
      assert.strictEqual(queried({ vector: [1], topK: 1, scanFactor: 2n }), "scanFactor")
      assert.strictEqual(queried({ vector: [1], topK: 1, maxCandidates: "5" }), "maxCandidates")
      assert.strictEqual(queried({ vector: [1], topK: 1, includeValues: "yes" }), "includeValues")
      assert.strictEqual(queried({ vector: [1], topK: 1, includeMetadata: 1 }), "includeMetadata")
      assert.strictEqual(queried({ vector: [1, null], topK: 1 }), "vector[1]")
      assert.strictEqual(queried({ id: "é", topK: 1 }), "id")
      assert.strictEqual(queried({ vector: [1], topK: 1, filter: { genre: "x" } }), "filter")
      assert.strictEqual(queried({ vector: [1], topK: 1, filter: null }), "filter")
      assert.strictEqual(queried({ vector: [1], topK: 1, filter: Filter.raw({ n: wrong(1n) }) }), "filter.n")
      assert.strictEqual(queried({ vector: [1], topK: 1, filter: Filter.raw(wrong(circular())) }), "filter.self")
      const updated = (input: unknown) => refusal(RequestBody.update(wrong(input), {})).field
      assert.strictEqual(updated(undefined), "options")
      assert.strictEqual(updated({ id: "a", setMetadata: { n: 1n } }), "setMetadata.n")
      assert.strictEqual(updated({ id: "a", setMetadata: { $n: 1 } }), "setMetadata.$n")
      assert.strictEqual(updated({ id: "a", setMetadata: null }), "setMetadata")
      assert.strictEqual(updated({ id: "a", values: [0, 0] }), "values")
      assert.strictEqual(updated({ id: null, values: [1] }), "id")
      assert.strictEqual(updated({ id: "a", values: [1], dryRun: "false" }), "dryRun")
    })

    it("of metadata that the application's own Schema cannot read", () => {
      for (
        const encode of [
          () => JSON.parse("no JSON"),
          () => new RequestBody.MetadataIssue(wrong(5), wrong(5))
        ]
      ) {
        const body = RequestBody.upsert([{ id: "a", values: [1], metadata: {} }], {}, wrong(encode))
        const error = errorOf(body)
        assert(error._tag === "PineconeInvalidMetadata", error._tag)
        assert.strictEqual(error.recordId, "a")
      }
      for (const encode of [closed, () => undefined, () => 5]) {
        const error = refusal(RequestBody.upsert([{ id: "a", values: [1], metadata: {} }], {}, wrong(encode)))
        assert.strictEqual(error.recordId, "a")
      }
    })

    it("says what is there, and not null for a NaN", () => {
      const message =
        refusal(upsert({ id: "b", values: [1, 2], metadata: { a: Number.NaN } }, RequestBody.asJson)).message
      assert.include(message, "got 'NaN'")
      assert.include(refusal(upsert({ id: "b", values: [1, Number.NaN] }, RequestBody.asJson)).message, "got NaN")
    })
  })
})

describe("Input", () => {
  const place = { operation: "create_index" }

  it("reads an input of a Schema as a copy", () => {
    const spec = { serverless: { cloud: "aws", region: "r" } }
    const input = Object.assign(Object.create({ inherited: 1 }), { name: "movies", spec, tags: { a: "b" }, more: 1 })
    const read = valueOf(Input.validate(IndexModel.CreateIndexRequest)(place, "", input))
    assert.deepStrictEqual({ ...read }, { name: "movies", spec: wrong(spec), tags: { a: "b" } })
    assert.notStrictEqual(read.spec, spec)
  })

  it("names the place of the first thing that does not fit a Schema", () => {
    const fieldOf = (value: unknown, field = "") => {
      const error = refusal(Input.validate(IndexModel.CreateIndexRequest)(place, field, value))
      assert.isTrue(error.message.startsWith(`${error.field}: `), error.message)
      return error.field
    }
    const spec = { serverless: { cloud: "aws", region: "r" } }
    assert.strictEqual(fieldOf(null), "options")
    assert.strictEqual(fieldOf({ name: 5, spec }), "name")
    assert.strictEqual(fieldOf({ name: "a", spec, metric: "manhattan" }), "metric")
    assert.strictEqual(
      fieldOf({ name: "a", spec: { serverless: { cloud: "aws", region: 5 } } }),
      "spec.serverless.region"
    )
    assert.strictEqual(fieldOf({ name: "a", spec, tags: { a: 1n } }, "options"), "options.tags.a")
    assert.strictEqual(fieldOf({ name: "a", spec, tags: throwing("b") }), "tags.b")
  })

  it("shows values as JSON where they have one, and the rest by what they are", () => {
    const shown: ReadonlyArray<readonly [value: unknown, text: string]> = [
      ["a\"b", "\"a\\\"b\""],
      ["x".repeat(200), `"${"x".repeat(100)}…"`],
      [5, "5"],
      [Number.NaN, "NaN"],
      [5n, "5n"],
      [null, "null"],
      [undefined, "undefined"],
      [Symbol("s"), "Symbol(s)"],
      [() => 1, "a function"],
      [[1, "a", [true]], "[1,\"a\",[true]]"],
      [{ a: { b: [] } }, "{\"a\":{\"b\":[]}}"],
      [new Map(), "a Map"],
      [new Error("e"), "an Error"],
      [Float64Array.of(1), "a Float64Array"],
      [closed(), "a value that cannot be read"]
    ]
    for (const [value, text] of shown) assert.strictEqual(Input.show(value), text)
  })

  it("copies what stands in several places, and refuses what contains itself", () => {
    const texts = ["a"]
    const shared = { texts, more: texts }
    const value = { first: shared, second: [shared, shared] }
    assert.deepStrictEqual(Input.json(place, "", value), value)
    const around: { inner?: unknown } = {}
    around.inner = [{ around }]
    const wrong = Input.json(place, "options", around)
    assert(Input.isInvalid(wrong))
    assert.strictEqual(wrong.field, "options.inner[0].around")
  })

  it("takes integers within bounds alone", () => {
    for (const value of [1, 5]) assert.isUndefined(Input.wholeNumber(place, "n", value, 1, 5))
    for (const value of [0, 6, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "3", 3n, null, [3]]) {
      const error = Input.wholeNumber(place, "n", value, 1, 5)
      assert.strictEqual(error?.message, `n: must be an integer from 1 to 5, got ${Input.show(value)}`)
    }
    assert.strictEqual(Input.wholeNumber(place, "n", 0, 1)?.message, "n: must be an integer >= 1, got 0")
    assert.isUndefined(Input.wholeNumber(place, "n", Number.MAX_SAFE_INTEGER, 1))
    assert.isDefined(Input.wholeNumber(place, "n", 2 ** 53, 1))
  })
})
