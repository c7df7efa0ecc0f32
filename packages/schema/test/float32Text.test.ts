import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { ByteWriter } from "../src/internal/byteWriter.js"
import { maxFloat32Length, writeFloat32, writeUint32 } from "../src/internal/float32Text.js"

const decoder = new TextDecoder()
const scratch = new Uint8Array(64)

const textOf = (value: number, offset = 0): string =>
  decoder.decode(scratch.subarray(offset, writeFloat32(scratch, offset, value)))

const fromBits = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]

const readsBack = (text: string, value: number): boolean => Object.is(Math.fround(JSON.parse(text)), value)

const significantDigits = (text: string): number => {
  const digits = text.replace(/e.*$/, "").replace(/[-.]/g, "").replace(/^0+/, "")
  return text.includes(".") ? digits.length : digits.replace(/0+$/, "").length
}

const jsonNumber = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?(e-?[0-9]+)?$/

/** The text is a JSON number, fits, reads back, and neither fewer digits nor a nearer number of as many would do. */
const check = (value: number): void => {
  const float = Math.fround(value)
  const text = textOf(value)
  assert.match(text, jsonNumber)
  assert.isAtMost(text.length, maxFloat32Length)
  assert.isTrue(readsBack(text, float), `${text} reads back as ${float}`)
  if (float === 0) return
  const digits = significantDigits(text)
  assert.isAtMost(digits, 9)
  for (let fewer = 1; fewer < digits; fewer++) {
    assert.isFalse(readsBack(float.toPrecision(fewer), float), `${text} is longer than ${float.toPrecision(fewer)}`)
  }
  const nearest = float.toPrecision(digits)
  if (readsBack(nearest, float)) {
    assert.isAtMost(Math.abs(Number(text) - float), Math.abs(Number(nearest) - float), `${text} is not ${nearest}`)
  }
}

const neighbours = (value: number): ReadonlyArray<number> => {
  const bits = bitsOf(value)
  return [bits - 2, bits - 1, bits, bits + 1, bits + 2].map(fromBits).filter((near) => Number.isFinite(near))
}

const finiteFloat = FastCheck.integer({ min: 0, max: 0xffffffff }).map(fromBits).filter(Number.isFinite)

describe("float32Text", () => {
  it.each([
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [-1, "-1"],
    [10, "10"],
    [100, "100"],
    [1.5, "1.5"],
    [0.1, "0.1"],
    [0.4, "0.4"],
    [-0.4, "-0.4"],
    [0.3, "0.3"],
    [0.30000001, "0.3"],
    [0.05, "0.05"],
    [123.456, "123.456"],
    [-8388607.5, "-8388607.5"],
    [1e-6, "0.000001"],
    [1e-7, "1e-7"],
    [1.25e-7, "1.25e-7"],
    [16777215, "16777215"],
    [16777216, "16777216"],
    [123456790, "123456790"],
    [1e9, "1e9"],
    [1.5e30, "1.5e30"],
    [3.4028234663852886e38, "3.4028235e38"],
    [-3.4028234663852886e38, "-3.4028235e38"],
    [1.1754943508222875e-38, "1.1754944e-38"],
    [1.1754942106924411e-38, "1.1754942e-38"],
    [1.401298464324817e-45, "1e-45"],
    // A power of two: the nearest decimal of 7 digits is too low to read back, the next one is not.
    [2 ** -44, "5.684342e-14"],
    // The longest text there is.
    [-0.0000012345678, "-0.0000012345678"]
  ])("%d is written as %s", (value, text) => {
    assert.strictEqual(textOf(value), text)
    assert.isTrue(readsBack(text, Math.fround(value)))
  })

  it("writes at the offset and returns the offset after it", () => {
    scratch.fill(120)
    const end = writeFloat32(scratch, 5, -0.25)
    assert.strictEqual(end, 10)
    assert.strictEqual(decoder.decode(scratch.subarray(0, end)), "xxxxx-0.25")
    assert.strictEqual(scratch[5 + maxFloat32Length], 120)
  })

  it.prop("any float32", [finiteFloat], ([value]) => check(value), { fastCheck: { numRuns: 5000 } })

  it.prop(
    "uses no more than the bytes to reserve",
    [finiteFloat],
    ([value]) => {
      scratch.fill(120)
      writeFloat32(scratch, 0, value)
      assert.isTrue(scratch.subarray(maxFloat32Length).every((byte) => byte === 120))
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it.prop(
    "the float32 nearest to any number between -1 and 1",
    [FastCheck.double({ min: -1, max: 1, noNaN: true })],
    ([value]) => check(value),
    { fastCheck: { numRuns: 2000 } }
  )

  it.prop(
    "subnormal floats",
    [FastCheck.integer({ min: 1, max: 0x7fffff }), FastCheck.boolean()],
    ([bits, negative]) => check(negative ? -fromBits(bits) : fromBits(bits)),
    { fastCheck: { numRuns: 1000 } }
  )

  it.prop(
    "integers up to 2^24",
    [FastCheck.integer({ min: -16777216, max: 16777216 })],
    ([value]) => assert.strictEqual(textOf(value), String(value)),
    { fastCheck: { numRuns: 1000 } }
  )

  it.prop(
    "numbers of few digits come out as they were typed",
    [FastCheck.integer({ min: -999999, max: 999999 }), FastCheck.integer({ min: 0, max: 6 })],
    ([digits, decimals]) => {
      const typed = Number(`${digits}e-${decimals}`)
      check(typed)
      assert.strictEqual(Number(textOf(typed)), typed)
    },
    { fastCheck: { numRuns: 2000 } }
  )

  it.prop(
    "numbers halfway between two floats",
    [finiteFloat.filter((value) => Math.abs(value) < 3.4e38)],
    ([value]) => {
      const next = fromBits(bitsOf(value) + 1)
      check((value + next) / 2)
    },
    { fastCheck: { numRuns: 1000 } }
  )

  it.prop(
    "floats that end in a decimal tie",
    [FastCheck.integer({ min: 2 ** 16, max: 2 ** 24 }), FastCheck.integer({ min: 1, max: 16 })],
    ([whole, shift]) => check(whole / 2 ** shift),
    { fastCheck: { numRuns: 2000 } }
  )

  it("the powers of two and their neighbours", () => {
    for (let exponent = -149; exponent <= 127; exponent++) neighbours(2 ** exponent).forEach(check)
  })

  it("the powers of ten and their neighbours", () => {
    for (let exponent = -44; exponent <= 38; exponent++) neighbours(Number(`1e${exponent}`)).forEach(check)
  })

  it.prop(
    "unsigned integers",
    [FastCheck.integer({ min: 0, max: 0xffffffff })],
    ([value]) => assert.strictEqual(decoder.decode(scratch.subarray(3, writeUint32(scratch, 3, value))), String(value)),
    { fastCheck: { numRuns: 1000 } }
  )
})

describe("ByteWriter.float32s", () => {
  it.prop(
    "an array of floats, typed or not",
    [FastCheck.array(finiteFloat, { maxLength: 40 })],
    ([values]) => {
      for (const input of [values, Float32Array.from(values)]) {
        // Too small for anything but an empty array: it has to grow.
        const writer = new ByteWriter(2)
        assert.strictEqual(writer.float32s(input), -1)
        const text = decoder.decode(writer.bytes())
        assert.strictEqual(text, `[${values.map((value) => textOf(value)).join(",")}]`)
      }
    },
    { fastCheck: { numRuns: 300 } }
  )

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39, -1e39])("refuses %d", (bad) => {
    assert.strictEqual(new ByteWriter().float32s([bad]), 0)
    assert.strictEqual(new ByteWriter().float32s([1, 0.5, bad, bad]), 2)
    assert.strictEqual(new ByteWriter().float32s(Float32Array.of(1, 0.5, bad, 2)), 2)
  })

  it("refuses what rounds up to an infinity, and takes what rounds down", () => {
    const limit = 3.4028235677973366e38
    assert.strictEqual(new ByteWriter().float32s([limit]), 0)
    assert.strictEqual(new ByteWriter().float32s([limit * (1 - 2 ** -53)]), -1)
  })

  it("refuses what is no number", () => {
    const inputs: ReadonlyArray<unknown> = ["1", null, undefined, true, 1n, {}]
    for (const input of inputs) assert.strictEqual(new ByteWriter().float32s([0, input as number]), 1)
  })
})
