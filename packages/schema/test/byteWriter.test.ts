import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { ByteWriter } from "../src/internal/byteWriter.js"

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

const written = (write: (writer: ByteWriter) => void, capacity?: number): string => {
  const writer = new ByteWriter(capacity)
  write(writer)
  const bytes = writer.bytes()
  assert.strictEqual(bytes.length, writer.length)
  return decoder.decode(bytes)
}

const jsonOf = (value: unknown): string => written((writer) => writer.json(value), 1)

/** Strings of any UTF-16 units: escapes, all planes and lone surrogates. */
const anyString = FastCheck.oneof(
  FastCheck.string(),
  FastCheck.string({ unit: "binary" }),
  FastCheck.array(FastCheck.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  FastCheck.string({ minLength: 60, maxLength: 200 })
)

const anyNumber = FastCheck.oneof(
  FastCheck.double(),
  FastCheck.integer(),
  FastCheck.integer({ min: 0, max: 0xffffffff })
)

const anyJson = FastCheck.letrec<{ value: unknown }>((tie) => ({
  value: FastCheck.oneof(
    { maxDepth: 4 },
    anyString,
    anyNumber,
    FastCheck.boolean(),
    FastCheck.constantFrom(null, undefined, new Date(0), () => 1, Symbol.iterator, new Map([[1, 2]])),
    FastCheck.array(tie("value"), { maxLength: 5 }),
    FastCheck.dictionary(anyString, tie("value"), { maxKeys: 5 })
  )
})).value

const floats = FastCheck.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 8 })

describe("ByteWriter.json", () => {
  it.prop(
    "is JSON.stringify in UTF-8",
    [anyJson],
    ([value]) => {
      const text = jsonOf([value])
      assert.strictEqual(text, JSON.stringify([value]))
      assert.deepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify([value])))
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it.prop("is JSON.stringify of any string", [anyString], ([value]) => {
    assert.strictEqual(jsonOf(value), JSON.stringify(value))
  }, { fastCheck: { numRuns: 1000 } })

  it("is JSON.stringify of the strings and numbers at the limits", () => {
    const values = [
      "",
      "\"",
      "\\",
      "\u0000\u001f\u007f\u0080",
      "\u2028\u2029",
      "naïve – 東京 😀",
      "\ud800",
      "a\udc00b",
      "\ude00\ud83d",
      "x".repeat(64),
      "x".repeat(65),
      "é".repeat(5000),
      0,
      -0,
      -1,
      0.1,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      Number.MAX_SAFE_INTEGER,
      1e300,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      true,
      false,
      null,
      [],
      {}
    ]
    for (const value of values) assert.strictEqual(jsonOf(value), JSON.stringify(value))
  })

  it.prop(
    "writes Float32Array anywhere as an array of floats",
    [floats, floats, anyString],
    ([first, second, key]) => {
      const text = jsonOf({ first, nested: [{ [key]: second }, [second]], last: 1 })
      const parsed = JSON.parse(text)
      assert.deepStrictEqual(Float32Array.from(parsed.first), first)
      assert.deepStrictEqual(Float32Array.from(parsed.nested[0][key]), second)
      assert.deepStrictEqual(Float32Array.from(parsed.nested[1][0]), second)
      assert.strictEqual(parsed.last, 1)
    },
    { fastCheck: { numRuns: 200 } }
  )

  it("writes the shortest text of the floats, and null for what is not finite", () => {
    assert.strictEqual(jsonOf(Float32Array.of(0.1, 0.4, 1)), "[0.1,0.4,1]")
    assert.strictEqual(jsonOf({ values: new Float32Array(0) }), "{\"values\":[]}")
    assert.strictEqual(jsonOf([Float32Array.of(0.1, NaN, 2, -Infinity)]), "[[0.1,null,2,null]]")
  })

  it("leaves out undefined properties", () => {
    assert.strictEqual(
      jsonOf({ a: undefined, b: 1, c: undefined, d: [undefined, () => 1, Symbol.iterator], e: undefined }),
      "{\"b\":1,\"d\":[null,null,null]}"
    )
    assert.strictEqual(jsonOf({ a: undefined }), "{}")
    assert.strictEqual(jsonOf(undefined), "null")
  })

  it("honours toJSON and what stands for a primitive", () => {
    const keys: Array<string> = []
    const record = (result: unknown) => ({
      toJSON: (key: string) => {
        keys.push(key)
        return result
      }
    })
    const value = { a: record({ b: 1 }), c: [record(undefined), record("x")], d: record(undefined), e: new Date(0) }
    const expected = JSON.stringify(value)
    const expectedKeys = keys.splice(0)
    assert.strictEqual(jsonOf(value), expected)
    assert.deepStrictEqual(keys, expectedKeys)
    assert.strictEqual(jsonOf(record(Float32Array.of(0.1))), "[0.1]")
    const boxed = [Object("a"), Object(1), Object(false)]
    assert.strictEqual(jsonOf(boxed), JSON.stringify(boxed))
  })

  it("refuses a bigint as JSON.stringify does", () => {
    assert.throws(() => jsonOf({ a: 1n }), TypeError)
  })

  it("writes classes, objects without a prototype and the key __proto__", () => {
    class Point {
      readonly x = 1
      get y() {
        return 2
      }
    }
    const bare: Record<string, unknown> = Object.create(null)
    bare["a"] = new Point()
    const value = [bare, JSON.parse("{\"__proto__\":{\"toJSON\":1},\"2\":0,\"1\":0}")]
    assert.strictEqual(jsonOf(value), JSON.stringify(value))
  })
})

describe("ByteWriter", () => {
  it("writes one thing after another", () => {
    const text = written((writer) => {
      writer.ascii("{\"id\":")
      writer.json("é")
      writer.ascii(",\"values\":")
      assert.strictEqual(writer.float32s([0.1, -2]), -1)
      writer.ascii(",\"indices\":")
      writer.integers([0, 7, 4294967295])
      writer.ascii("}")
    }, 0)
    assert.strictEqual(text, "{\"id\":\"é\",\"values\":[0.1,-2],\"indices\":[0,7,4294967295]}")
  })

  it.prop(
    "writes integers, typed or not",
    [FastCheck.array(FastCheck.integer({ min: 0, max: 0xffffffff }))],
    ([values]) => {
      assert.strictEqual(written((writer) => writer.integers(values), 1), JSON.stringify(values))
      assert.strictEqual(written((writer) => writer.integers(Uint32Array.from(values)), 1), JSON.stringify(values))
    }
  )

  it("truncates, and goes on from there", () => {
    const writer = new ByteWriter()
    writer.ascii("[1")
    const before = writer.length
    assert.strictEqual(writer.float32s([1, 2, NaN]), 2)
    writer.truncate(before)
    assert.strictEqual(writer.length, 2)
    writer.truncate(100)
    writer.ascii("]")
    assert.strictEqual(decoder.decode(writer.bytes()), "[1]")
  })

  it("counts bytes, not characters", () => {
    const writer = new ByteWriter()
    writer.json("東京")
    assert.strictEqual(writer.length, 8)
  })
})
