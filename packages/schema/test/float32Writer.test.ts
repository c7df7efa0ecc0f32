import { assert, describe, it, vi } from "@effect/vitest"
import { assemble, kernels } from "../../../scripts/kernels.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { Float32Writers } from "../src/internal/float32Kernel/float32Writer.js"
import { base64 } from "../src/internal/float32Kernel/writing.js"
import { maxFloat32Length, writeFloat32 } from "../src/internal/float32Text.js"
import * as RequestBody from "../src/RequestBody.js"

const decoder = new TextDecoder()
const scratch = new Uint8Array(maxFloat32Length)

const plainText = (value: number): string => decoder.decode(scratch.subarray(0, writeFloat32(scratch, 0, value)))

/** All by one writer, as a program has it. */
const writers = new Float32Writers()

const writer = () => {
  const made = writers.forNumbers(100_000)
  assert(made !== undefined, "there is WebAssembly wherever the tests run")
  return made
}

const texts = (values: Float32Array | ReadonlyArray<number>): ReadonlyArray<string> => {
  const one = writer()
  const length = one.write(values, 0, values.length)
  assert.isAtLeast(length, 0)
  const text = decoder.decode(one.text.subarray(0, length))
  assert.isTrue(text === "" || text.endsWith(","))
  return text.split(",").slice(0, -1)
}

/** The kernel writes what the plain loop writes, of typed arrays and of others. */
const same = (values: ReadonlyArray<number>): void => {
  const expected = values.map(plainText)
  assert.deepStrictEqual(texts(values), expected)
  assert.deepStrictEqual(texts(Float32Array.from(values)), expected)
}

const fromBits = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!

const list = <A>(item: FastCheck.Arbitrary<A>) => FastCheck.array(item, { minLength: 1, maxLength: 200, size: "max" })

const finite = FastCheck.integer({ min: 0, max: 0xffffffff }).map(fromBits).filter(Number.isFinite)

describe("the kernel that writes 32-bit floats", () => {
  it("its source assembles to the bytes that are checked in", async () => {
    const source = kernels.find(({ source }) => source.endsWith("writing.wat"))
    assert(source !== undefined)
    assert.strictEqual(Buffer.from(await assemble(source)).toString("base64"), base64)
  })

  it.prop("any finite 32-bit float", [list(finite)], ([values]) => same(values), { fastCheck: { numRuns: 500 } })

  it.prop(
    "numbers between -1 and 1",
    [list(FastCheck.double({ min: -1, max: 1, noNaN: true }))],
    ([values]) => same(values),
    { fastCheck: { numRuns: 300 } }
  )

  it.prop(
    "subnormal floats, among others",
    [list(FastCheck.oneof(FastCheck.integer({ min: 0, max: 0x7fffff }).map(fromBits), finite))],
    ([values]) => same(values),
    { fastCheck: { numRuns: 100 } }
  )

  it.prop(
    "integers, and numbers of few digits",
    [list(FastCheck.oneof(
      FastCheck.integer({ min: -(2 ** 24), max: 2 ** 24 }),
      FastCheck.integer({ min: -(2 ** 31), max: 2 ** 31 }),
      FastCheck.tuple(FastCheck.integer({ min: -999_999, max: 999_999 }), FastCheck.integer({ min: -12, max: 12 })).map(
        ([digits, power]) => Number(`${digits}e${power}`)
      )
    ))],
    ([values]) => same(values),
    { fastCheck: { numRuns: 300 } }
  )

  it.prop(
    "floats that end in a decimal tie",
    [list(FastCheck.tuple(FastCheck.integer({ min: 1, max: 2 ** 24 }), FastCheck.integer({ min: 0, max: 24 })))],
    ([values]) => same(values.map(([whole, shift]) => whole / 2 ** shift)),
    { fastCheck: { numRuns: 300 } }
  )

  it("the powers of two and of ten, and their neighbours", () => {
    const powers = [
      ...Array.from({ length: 277 }, (_, i) => 2 ** (i - 149)),
      ...Array.from({ length: 83 }, (_, i) => Number(`1e${i - 44}`))
    ]
    const near = powers.flatMap((power) => [-2, -1, 0, 1, 2].map((step) => fromBits(bitsOf(power) + step)))
      .filter(Number.isFinite)
    for (const sign of [1, -1]) {
      for (let i = 0; i < near.length; i += 500) same(near.slice(i, i + 500).map((value) => sign * value))
    }
  })

  it("zeros of both signs", () => same([0, -0, 1, -0, 0]))

  it.prop(
    "the position of what is not finite, or no number, wherever it is",
    [
      FastCheck.nat(60),
      FastCheck.nat(60),
      FastCheck.constantFrom<ReadonlyArray<unknown>>(
        [NaN],
        [Infinity],
        [-Infinity],
        [1e39],
        ["1"],
        [null],
        [undefined],
        [NaN, "1"],
        ["1", NaN]
      )
    ],
    ([before, after, bad]) => {
      const values = [...Array(before).fill(0.5), ...bad, ...Array(after).fill(0.25)] as ReadonlyArray<number>
      assert.strictEqual(writer().write(values, 0, values.length), -1 - before)
      // From a position on, it is still the position in all of them.
      if (before > 0) assert.strictEqual(writer().write(values, before, values.length), -1 - before)
      if (bad.every((value) => typeof value === "number")) {
        assert.strictEqual(writer().write(Float32Array.from(values), 0, values.length), -1 - before)
      }
    },
    { fastCheck: { numRuns: 200 } }
  )

  it("is not made for few numbers", () => {
    const few = new Float32Writers()
    for (let i = 0; i < 10; i++) assert.isUndefined(few.forNumbers(8))
    assert.isUndefined(few.forNumbers(1536))
    assert.isDefined(few.forNumbers(100_000))
    assert.isUndefined(few.forNumbers(8))
  })

  it.each([
    ["has no WebAssembly", undefined],
    ["compiles none", {
      ...WebAssembly,
      Module() {
        throw new WebAssembly.CompileError("Wasm code generation disallowed by embedder")
      }
    }]
  ])("is not there where a runtime %s", (_, assembly) => {
    vi.stubGlobal("WebAssembly", assembly)
    try {
      assert.isUndefined(new Float32Writers().forNumbers(100_000))
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe("RequestBody.json", () => {
  it.prop(
    "has the text of each number, however many there are",
    [FastCheck.array(finite, { minLength: 1, maxLength: 50 }), FastCheck.integer({ min: 1, max: 20_000 })],
    ([some, length]) => {
      const values = Float32Array.from({ length }, (_, i) => some[i % some.length]!)
      const expected = `[${Array.from(values, plainText).join(",")}]`
      // The first may be written by the loop, and the last is written by the kernel.
      for (let i = 0; i < 3; i++) assert.strictEqual(decoder.decode(RequestBody.json([values, 1])), `[${expected},1]`)
    },
    { fastCheck: { numRuns: 30 } }
  )

  it("has null for what is not finite among many numbers", () => {
    const values = new Float32Array(5000).fill(0.5)
    values[4000] = Infinity
    const parsed: unknown = JSON.parse(decoder.decode(RequestBody.json(values)))
    assert.deepStrictEqual(parsed, Array.from(values, (value) => Number.isFinite(value) ? value : null))
  })
})
