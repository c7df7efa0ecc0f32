import { assert, describe, it, vi } from "@effect/vitest"
import { assemble, kernels } from "../../../scripts/kernels.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { base64 } from "../src/internal/vectorJson/reading.js"
import { VectorJson } from "../src/internal/vectorJson/vectorJson.js"

const encoder = new TextEncoder()

/** White space behind the answer, so that it is worth a look. */
const bytesOf = (text: string): Uint8Array => encoder.encode(text.padEnd(9000))

const many = bytesOf(`{"matches":[{"id":"a","values":[${Array(300_000).fill("0.25").join(",")}]}]}`)

/** A parser that has seen enough answers for its loop. */
const warm = (): VectorJson => {
  const parser = new VectorJson()
  parser.parse(many)
  return parser
}

const parser = warm()

/** The answer with arrays of 32-bit floats instead of typed arrays and of doubles, where records have their vectors. */
const plain = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(
      answer,
      (_, value: unknown) =>
        value instanceof Float32Array ? Array.from(value, (one) => Object.is(one, -0) ? "-0" : one) : value
    )
  )

const isNumbers = (u: unknown): u is ReadonlyArray<number> =>
  Array.isArray(u) && u.length > 0 && u.every((one) => typeof one === "number")

const rounded = (answer: any): unknown => {
  if (typeof answer !== "object" || answer === null) return answer
  for (const records of [answer.matches, answer.vectors]) {
    if (typeof records !== "object" || records === null) continue
    for (const record of Object.values<any>(records)) {
      const values: unknown = record?.values
      if (isNumbers(values) && values.every((one) => Number.isFinite(Math.fround(one)))) {
        record.values = Float32Array.from(values)
      }
    }
  }
  return answer
}

const outcome = (run: () => unknown): unknown => {
  try {
    return plain(rounded(run()))
  } catch (error) {
    assert.instanceOf(error, SyntaxError)
    return "not JSON"
  }
}

const same = (text: string): void =>
  assert.deepStrictEqual(
    outcome(() => parser.parse(bytesOf(text))),
    outcome(() => JSON.parse(new TextDecoder().decode(bytesOf(text)))),
    text.slice(0, 300)
  )

const vectorOf = (text: string): unknown => {
  const answer = parser.parse(bytesOf(text)) as any
  return answer.matches[0].values
}

const answerOf = (numbers: ReadonlyArray<string>): string =>
  `{"results":[],"matches":[{"id":"a","score":0.5,"values":[${numbers.join(",")}],"metadata":{"n":1}}],"namespace":""}`

const digits = (maxLength: number) =>
  FastCheck.array(FastCheck.integer({ min: 0, max: 9 }), { minLength: 1, maxLength }).map((all) => all.join(""))

const fromBits = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!

const finite = FastCheck.integer({ min: 0, max: 0xffffffff }).map(fromBits).filter(Number.isFinite)

/** What servers write, and what else JSON allows. */
const numberText = FastCheck.oneof(
  finite.map((value) => String(Number(value.toPrecision(9)))),
  finite.map(String),
  FastCheck.double({ noNaN: true, min: -3e38, max: 3e38 }).map(String),
  FastCheck.double({ noNaN: true, min: -1, max: 1 }).map(String),
  FastCheck.integer().map(String),
  FastCheck.tuple(
    FastCheck.constantFrom("", "-"),
    FastCheck.oneof(FastCheck.constant("0"), FastCheck.bigInt({ min: 1n, max: 10n ** 24n }).map(String)),
    FastCheck.oneof(FastCheck.constant(""), digits(26).map((text) => `.${text}`)),
    FastCheck.oneof(
      FastCheck.constant(""),
      FastCheck.tuple(
        FastCheck.constantFrom("e", "E", "e+", "E-", "e-"),
        FastCheck.integer({ min: 0, max: 60 }).map(String)
      ).map((parts) => parts.join(""))
    )
  ).map((parts) => parts.join(""))
)

/** A double halfway between two 32-bit floats, and its neighbours: where to round twice is not to round once. */
const halfway = FastCheck.tuple(finite, FastCheck.integer({ min: -2, max: 2 }), FastCheck.constantFrom(17, 18, 19, 25))
  .map(
    ([value, step, precision]) => {
      const bits = new BigInt64Array(Float64Array.of(value).buffer)
      bits[0] = (bits[0]! | 0x10000000n) + BigInt(step)
      return new Float64Array(bits.buffer)[0]!.toPrecision(precision)
    }
  )

describe("VectorJson", () => {
  it("its source assembles to the bytes that are checked in", async () => {
    const source = kernels.find(({ source }) => source.endsWith("reading.wat"))
    assert(source !== undefined)
    assert.strictEqual(Buffer.from(await assemble(source)).toString("base64"), base64)
  })

  it("reads the vectors of records into typed arrays", () => {
    const expected = Float32Array.of(0.1, -0.25, 3e-7, 12345.678, -0, 1e30, 5)
    assert.deepStrictEqual(vectorOf(answerOf(["0.1", "-0.25", "3e-7", "12345.678", "-0", "1E+30", "5"])), expected)
    const fetched: any = parser.parse(
      bytesOf("{\"vectors\":{\"1\":{\"id\":\"1\",\"values\":[1,2]},\"0\":{\"id\":\"0\",\"values\":[3]}}}")
    )
    assert.deepStrictEqual(fetched.vectors["1"].values, Float32Array.of(1, 2))
    assert.deepStrictEqual(fetched.vectors["0"].values, Float32Array.of(3))
  })

  it.prop(
    "the numbers are those of JSON.parse, rounded",
    [FastCheck.array(FastCheck.oneof(numberText, halfway), { minLength: 1, maxLength: 50 })],
    ([numbers]) => {
      const expected = numbers.map(Number).map(Math.fround)
      const values = vectorOf(answerOf(numbers))
      if (expected.every(Number.isFinite)) {
        assert.instanceOf(values, Float32Array)
        expected.forEach((one, i) =>
          assert.isTrue(Object.is(values[i], one), `${numbers[i]} is ${one}, not ${values[i]}`)
        )
      } else assert.isTrue(Array.isArray(values))
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it.prop(
    "long vectors, past the window that the loop looks through",
    [FastCheck.array(numberText, { minLength: 1, maxLength: 40 }), FastCheck.integer({ min: 1, max: 25_000 })],
    ([some, length]) => {
      const text = (count: number) => Array.from({ length: count }, (_, i) => some[i % some.length]).join(",")
      same(`{"matches":[{"id":"a","values":[${text(length)}]},{"id":"b","values":[${text(7)}],"metadata":{}}]}`)
    },
    { fastCheck: { numRuns: 40 } }
  )

  it.prop(
    "what is no number of JSON is refused as ever",
    [
      FastCheck.constantFrom(
        "",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "-.5",
        "-",
        "+1",
        "1e",
        "1e+",
        "1.e5",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "1 2",
        "1_0",
        "null",
        "\"1\"",
        "true",
        "[1]",
        "{}",
        "0.1.2",
        "1e5.5",
        "--1",
        "1,",
        "1]",
        "1e400",
        "1e39",
        "é",
        "0.12345678a",
        "123456789",
        "1234567.",
        "0.1234567812345678123456781234567"
      ),
      FastCheck.nat(3),
      FastCheck.nat(3)
    ],
    ([odd, before, after]) => same(answerOf([...Array(before).fill("0.5"), odd, ...Array(after).fill("-1.25")])),
    { fastCheck: { numRuns: 500 } }
  )

  it.each([
    "{\"matches\":[{\"id\":\"\\\"values\\\":[1,2]\",\"values\":[3]}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":[1],\"metadata\":{\"values\":[2,3],\"text\":\"\\\\\"}}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":[1],\"values\":[2]}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":[1],\"values\":0}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":[1],\"v\\u0061lues\":0}]}",
    "{\"matches\":[{\"id\":\"a\",\"v\\u0061lues\":[1]},{\"values\":[2]}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":0},{\"values\":[2]}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":[]},{\"values\":[2]},{\"values\":null},{\"values\":\"0\"}]}",
    "{\"matches\":[{\"id\":\"a\",\"values\":[1,\"a\"]},{\"values\":[2]}]}",
    "{\"matches\":[{\"values\":[1]}],\"matches\":[]}",
    "{\"matches\":[],\"others\":[{\"values\":[1]}]}",
    "[[{\"values\":[1]}]]",
    "{\"matches\":[{\"values\" : [1]}, {\"values\": [1, 2]}]}",
    "{\"vectors\":{\"__proto__\":{\"values\":[1]},\"values\":{\"values\":[2]}}}",
    "{\"vectors\":{\"a\":{\"sparseValues\":{\"indices\":[1],\"values\":[0.5]},\"values\":[2]}}}",
    "{\"matches\":[{\"values\":[1]}",
    "{\"matches\":[{\"values\":[1",
    "{\"matches\":[{\"values\":[1]]]",
    "{\"matches\":[{\"values\":[1]}]} x",
    "{\"matches\":[{\"values\":[1],\"id\":\"open}]}",
    "\ufeff{\"matches\":[{\"id\":\"é漢字😀\",\"values\":[1.5,2]}]}"
  ])("%s is what it is", (text) => same(text))

  it("finds the same where bytes are no UTF-8", () => {
    const bytes = bytesOf("{\"matches\":[{\"id\":\"a?\",\"values\":[1.5]}]}")
    bytes[bytes.indexOf(63)] = 0xe2
    const expected = rounded(JSON.parse(new TextDecoder().decode(bytes)))
    assert.deepStrictEqual(parser.parse(bytes), expected)
  })

  it.prop(
    "an answer that is cut or changed anywhere",
    [FastCheck.nat(), FastCheck.constantFrom(..."\"\\,:[]{}0-.e v")],
    ([position, character]) => {
      const text =
        "{\"matches\":[{\"id\":\"a\",\"values\":[0.1,-2.5],\"metadata\":{\"values\":[1]}}],\"vectors\":{\"b\":{\"values\":[1e5]}}}"
      const at = position % text.length
      same(text.slice(0, at))
      same(text.slice(0, at) + character + text.slice(at + 1))
      same(text.slice(0, at) + character + text.slice(at))
    },
    { fastCheck: { numRuns: 400 } }
  )

  it("compiles nothing for small answers and for few", () => {
    const cold = new VectorJson()
    const answer: any = cold.parse(bytesOf(answerOf(["0.1"])))
    assert.deepStrictEqual(answer.matches[0].values, [0.1])
  })

  it("is JSON.parse where a runtime has no WebAssembly", () => {
    vi.stubGlobal("WebAssembly", undefined)
    try {
      const answer: any = warm().parse(bytesOf(answerOf(["0.1"])))
      assert.deepStrictEqual(answer.matches[0].values, [0.1])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
