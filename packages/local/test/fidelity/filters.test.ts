/** Filters over HTTP and over gRPC as Pinecone has them: what they find, and the words of their refusals. */
import type { Requests } from "@effect-pinecone/grpc/Protocol"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { send } from "../utils/asSent.js"
import { createIndex, overSockets } from "../utils/bothProtocols.js"
import * as grpc from "../utils/rawGrpc.js"

const metadata: { readonly [id: string]: object | undefined } = {
  drama: { genre: "drama", year: 1999, good: true },
  comedy: { genre: "comedy", year: 2005, good: false },
  both: { genre: ["comedy", "drama"], year: 2010 },
  bare: undefined
}

const all = Object.keys(metadata)

const scalar = "must be followed by a string, boolean or a number, got"
const list = "must be followed by a list of strings or a list of numbers, got"

const rows: ReadonlyArray<readonly [filter: object, found: ReadonlyArray<string> | string]> = [
  [{ genre: { $eq: "drama" } }, ["both", "drama"]],
  [{ genre: { $not: { $eq: "drama" } } }, ["bare", "comedy"]],
  [{ genre: { $not: { $in: ["comedy", "horror"] } } }, ["bare", "drama"]],
  [{ year: { $not: { $gte: 2000, $lt: 2010 } } }, ["bare", "both", "drama"]],
  [{ year: { $not: { $not: { $gt: 2000 } } } }, ["both", "comedy"]],
  [{ year: { $not: { $exists: true } } }, ["bare"]],
  [{ year: { $gt: 1990, $not: { $lt: 2005 } } }, ["both", "comedy"]],
  [{ $or: [{ good: { $not: { $eq: true } }, year: 2005 }, { genre: "drama" }] }, ["both", "comedy", "drama"]],
  [{ genre: {} }, ["bare", "both", "comedy", "drama"]],
  [{ good: { $ne: true } }, ["bare", "both", "comedy"]],
  [{ $and: [{ $or: [{ year: 1999 }, { year: 2005 }] }, { good: true }] }, ["drama"]],
  [{ toString: { $exists: true } }, []],
  [{ constructor: { $ne: "x" } }, ["bare", "both", "comedy", "drama"]],
  [JSON.parse("{\"__proto__\":{\"$exists\":false}}"), ["bare", "both", "comedy", "drama"]],
  [{ genre: { $eq: ["comedy"] } }, `the $eq operator ${scalar} ["comedy"] instead`],
  [{ genre: { $eq: null } }, `the $eq operator ${scalar} null instead`],
  [{ genre: null }, `the $eq operator ${scalar} null instead`],
  [{ genre: { $eq: {} } }, `the $eq operator ${scalar} {} instead`],
  [{ genre: { $ne: null } }, `the $ne operator ${scalar} null instead`],
  ...["$in", "$nin"].flatMap((operator) =>
    [
      [123, "123"],
      ["string", "\"string\""],
      [{ key: "v" }, "{\"key\":\"v\"}"],
      [[null], "null"],
      [[true], "true"],
      [["a", 1], "[\"a\",1]"],
      [[1, "a"], "[1,\"a\"]"]
    ].map(([operand, shown]) =>
      [{ genre: { [String(operator)]: operand } }, `the ${operator} operator ${list} ${shown} instead`] as const
    )
  ),
  [{ Title: { eq: "Letter" } }, "illegal condition for field Title, got {\"eq\":\"Letter\"}"],
  [{ filter: { phone: { $eq: "1" } } }, "illegal condition for field filter, got {\"phone\":{\"$eq\":\"1\"}}"],
  [{ genre: { $not: { eq: 1 } } }, "illegal condition for field genre, got {\"eq\":1}"],
  [{ genre: { $not: "drama" } }, "the $not operator must be followed by a condition"],
  [{ $not: { genre: "drama" } }, "the $not operator must be inside a field"],
  [{ year: { $gt: "a" } }, "the $gt operator must be followed by a number, got \"a\" instead"]
]

layer(overSockets(), { excludeTestServices: true })("filters", (it) => {
  const filled = Effect.gen(function*() {
    const host = yield* createIndex()
    const vectors = all.map((id) => ({ id, values: [1, 0, 0], metadata: metadata[id] }))
    yield* send(host, "POST /vectors/upsert", { body: { vectors } })
    return host
  })

  const sorted = (matches: ReadonlyArray<{ readonly id: string }> | undefined) =>
    (matches ?? []).map(({ id }) => id).sort()

  it.effect("over HTTP", () =>
    Effect.gen(function*() {
      const host = yield* filled
      for (const [filter, expected] of rows) {
        const what = JSON.stringify(filter)
        const { json, status } = yield* send(host, "POST /query", { body: { vector: [1, 0, 0], topK: 10, filter } })
        if (typeof expected === "string") {
          assert.deepStrictEqual([status, json.code], [400, 3], what)
          assert.isTrue(json.message.startsWith(expected), `${what}: ${json.message}`)
        } else {
          assert.strictEqual(status, 200, what)
          assert.deepStrictEqual(sorted(json.matches), expected, what)
        }
      }
    }))

  it.effect("over gRPC", () =>
    Effect.gen(function*() {
      const host = yield* filled
      for (const [filter, expected] of rows) {
        const what = JSON.stringify(filter)
        const request: Requests["query"] = {
          vector: Float32Array.of(1, 0, 0),
          topK: 10,
          filter: filter as { readonly [key: string]: unknown }
        }
        const found = yield* Effect.either(grpc.call(host, "query", request))
        if (typeof expected === "string") {
          assert(found._tag === "Left", what)
          assert.strictEqual(found.left.code, 3, what)
          assert.isTrue(found.left.message.startsWith(expected), `${what}: ${found.left.message}`)
        } else {
          assert(found._tag === "Right", what)
          assert.deepStrictEqual(sorted(found.right[0].matches), expected, what)
        }
      }
    }))

  it.effect("in every operation that takes one", () =>
    Effect.gen(function*() {
      const host = yield* filled
      const filter = { genre: { $not: { $eq: "drama" } } }
      const fetched = yield* send(host, "POST /vectors/fetch_by_metadata", { body: { filter } })
      assert.deepStrictEqual(Object.keys(fetched.json.vectors).sort(), ["bare", "comedy"])
      const updated = yield* send(host, "POST /vectors/update", { body: { filter, setMetadata: { seen: true } } })
      assert.deepStrictEqual(updated.json, { matchedRecords: 2 })
      yield* send(host, "POST /vectors/delete", { body: { filter } })
      const left = yield* send(host, "GET /vectors/list")
      assert.deepStrictEqual(sorted(left.json.vectors), ["both", "drama"])
    }))
})
