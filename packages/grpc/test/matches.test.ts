/** The matches of a query, which are read without the library where they have the usual form. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as Protocol from "../src/Protocol.js"

const { decodeAnswer, encodeAnswer } = Protocol.methods.query

const read = (bytes: Uint8Array) => Effect.runSync(Effect.either(decodeAnswer(bytes)))

const matchesOf = (bytes: Uint8Array) => Either.getOrThrowWith(read(bytes), (why) => new Error(why)).matches ?? []

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex")

/** A field that has a length, of fewer than 128 bytes. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(number << 3 | 2, content.length), content])

const match = (...fields: ReadonlyArray<string>): Uint8Array => field(2, Buffer.concat(fields.map(hex)))

const id = "0a 01 61"
const score = "15 0000003f"
const one = "0000803f"
const two = "00000040"

/** `{ k: "v" }` */
const metadata = "22 0a 0a 08 0a 01 6b 12 03 1a 01 76"

const key = FastCheck.oneof(
  FastCheck.constantFrom("genre", "year", "title", "", "__proto__", "漢字", "é", "x".repeat(32), "x".repeat(33)),
  FastCheck.string()
)

const value = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.double({ noNaN: true, noDefaultInfinity: true }),
  FastCheck.boolean(),
  FastCheck.array(FastCheck.string(), { maxLength: 3 })
)

const answers = FastCheck.array(
  FastCheck.record({
    id: FastCheck.string(),
    score: FastCheck.float({ noNaN: true, noDefaultInfinity: true }),
    values: FastCheck.float32Array({ minLength: 1, maxLength: 9, noNaN: true }),
    sparseValues: FastCheck.record({
      indices: FastCheck.uint32Array({ minLength: 1, maxLength: 3 }),
      values: FastCheck.float32Array({ minLength: 1, maxLength: 3, noNaN: true })
    }),
    metadata: FastCheck.dictionary(key, value, { maxKeys: 5 })
  }, { requiredKeys: ["id", "score"] }),
  { maxLength: 20 }
)

describe("the matches of a query", () => {
  it.prop("are read as they were written", [answers], ([matches]) => {
    const written = encodeAnswer({ matches, namespace: "n", usage: { readUnits: 6 } })
    assert.deepEqual(read(written), Either.right({ matches, namespace: "n", usage: { readUnits: 6 } }))
  }, { fastCheck: { numRuns: 300 } })

  it("are read in whatever form the wire allows", () => {
    const whole = { id: "a", score: 0.5, values: Float32Array.of(1, 2), metadata: { k: "v" } }
    const sparse = { indices: Uint32Array.of(1), values: Float32Array.of(1) }
    for (
      const [bytes, expected] of [
        [match(id, score, `1a 08 ${one} ${two}`, metadata), whole],
        [match(metadata, `1a 08 ${one} ${two}`, score, id), whole],
        // In two parts, and one by one.
        [match(id, score, `1a 04 ${one}`, metadata, `1a 04 ${two}`), whole],
        [match(id, score, `1d ${one} 1d ${two}`, metadata), whole],
        // With a field that is not known, and one that comes twice.
        [match(id, "7a 02 0a 00", score, `1a 08 ${one} ${two}`, metadata), whole],
        [match("0a 01 62", id, score, `1a 08 ${one} ${two}`, "22 00", metadata), whole],
        [match(id), { id: "a", score: 0 }],
        [match(), { id: "", score: 0 }],
        [match(id, "1a 00", "22 00"), { id: "a", score: 0, values: new Float32Array(0), metadata: {} }],
        [match(id, `2a 09 0a 01 01 12 04 ${one}`), { id: "a", score: 0, sparseValues: sparse }]
      ] as const
    ) {
      assert.deepEqual(matchesOf(bytes), [expected], Buffer.from(bytes).toString("hex"))
    }
  })

  it("may have other fields of the answer between them", () => {
    const answer = Buffer.concat([match(id), hex("1a 01 6e"), match("0a 01 62"), hex("22 02 08 06"), hex("7a 00")])
    assert.deepEqual(
      read(answer),
      Either.right({
        matches: [{ id: "a", score: 0 }, { id: "b", score: 0 }],
        namespace: "n",
        usage: { readUnits: 6 }
      })
    )
    assert.deepEqual(read(new Uint8Array(0)), Either.right({ matches: [], namespace: "" }))
  })

  it("end where their message does, and so do their fields", () => {
    for (
      const bytes of [
        match("0a 02 61"),
        match("0a 02 61", id),
        match(`1a 05 ${one}`),
        match(`1a 03 ${one.slice(2)}`),
        match("15 0000"),
        match("22 03 0a 08"),
        match("22 04 0a 01 61 62"),
        match("0a"),
        match("08 05", "08"),
        hex("12 05 0a 01 61"),
        hex("12"),
        Buffer.concat([match("0a 04 61"), match("62")])
      ]
    ) {
      assert.isTrue(Either.isLeft(read(bytes)), Buffer.from(bytes).toString("hex"))
    }
  })
})
