/**
 * Dense and sparse vectors.
 *
 * The numbers of a vector are 32-bit floats. The SDK takes a `Float32Array` or any array of numbers, checks it in one
 * loop, and gives back `Float32Array`s: no Schema looks at a single number.
 *
 * ```ts
 * import * as Vector from "@effect-pinecone/schema/Vector"
 *
 * const values = Vector.toFloat32Array([0.1, 0.2, 0.3]) // a Float32Array, or the position of the first invalid number
 * const zeros = Vector.isAllZeros([0, 0, 0]) // true: no index takes it
 * ```
 *
 * @since 0.1.0
 */
import type { LazyArbitrary } from "effect/Arbitrary"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { isArray, isInstance, isObject } from "./internal/guards.js"

/**
 * The numbers of a dense vector, to write: finite as 32-bit floats, 1 to 20,000 of them.
 *
 * @since 0.1.0
 * @category models
 */
export type DenseValues = Float32Array | ReadonlyArray<number>

/**
 * A sparse vector, to write: as many indices (unsigned 32-bit integers) as values, at most 2,048.
 *
 * @since 0.1.0
 * @category models
 */
export interface SparseValues {
  readonly indices: Uint32Array | ReadonlyArray<number>
  readonly values: DenseValues
}

/**
 * A sparse vector as it comes back.
 *
 * @since 0.1.0
 * @category models
 */
export interface SparseVector extends SparseValues {
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/**
 * Whether this machine has the lowest byte of a number first in its memory, as Protocol Buffers, Parquet and Arrow have it.
 *
 * @since 0.1.0
 * @category constants
 */
export const littleEndian: boolean = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * Whether all numbers of a vector are finite.
 *
 * @since 0.1.0
 * @category guards
 */
export const allFinite = (values: Float32Array): boolean => {
  // Then their sum is, too: not even the largest 32-bit floats, as many as an array can have, add up to more than a double
  // holds.
  const length = values.length
  const whole = length & ~3
  // Four sums, since each addition to one has to wait for the last.
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  for (let i = 0; i < whole; i += 4) {
    a += values[i]
    b += values[i + 1]
    c += values[i + 2]
    d += values[i + 3]
  }
  for (let i = whole; i < length; i++) a += values[i]
  return Number.isFinite(a + b + c + d)
}

/**
 * The numbers of something that may be a vector to write, or nothing: a `Float32Array` or an array.
 *
 * @since 0.1.0
 * @category guards
 */
export const isDenseValues = (u: unknown): u is DenseValues => {
  try {
    return u instanceof Float32Array || Array.isArray(u)
  } catch {
    return false
  }
}

/**
 * Whether something is a list of indices of a sparse vector to write, as far as can be seen from the outside: a
 * `Uint32Array` or an array.
 *
 * @since 0.1.0
 * @category guards
 */
export const isSparseIndices = (u: unknown): u is SparseValues["indices"] => isArray(u) || isInstance(u, Uint32Array)

/**
 * The numbers of an answer, where there are any: no numbers are what a server may write where it has none, or where it was not
 * asked for them.
 *
 * @since 0.1.0
 * @category getters
 */
export const given = (values: Float32Array | undefined): Float32Array | undefined =>
  values?.length === 0 ? undefined : values

/** Below this a number counts as zero. */
const smallest = Math.fround(1e-8)

/**
 * Whether a dense vector has zeros alone, as Pinecone sees it, which refuses it: nothing of at least 1e-8. Of most vectors
 * it looks at the first number.
 *
 * @since 0.1.0
 * @category guards
 */
export const isAllZeros = (values: DenseValues): boolean => {
  for (let i = 0; i < values.length; i++) if (Math.abs(Math.fround(values[i]!)) >= smallest) return false
  return true
}

/**
 * The 32-bit floats of an array of numbers, or the position of the first that is not one: a NaN, an infinity, a number
 * too large for 32 bits, or not a number. If the input is not an array, it is the first position.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toFloat32Array = (values: ArrayLike<unknown>): Float32Array | number => {
  let i = 0
  try {
    const length = lengthOf(values)
    if (length === undefined) return i
    const out = new Float32Array(length)
    for (; i < length; i++) {
      const value = values[i]
      if (typeof value !== "number") return i
      out[i] = value
      // A NaN or an infinity, the overflow of the conversion included, is not equal to itself after subtraction.
      if (out[i]! - out[i]! !== 0) return i
    }
    return out
  } catch {
    return i
  }
}

/**
 * The unsigned 32-bit integers of an array of numbers, or the position of the first that is not one. If the input is not an array,
 * that is the first position.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toUint32Array = (values: ArrayLike<unknown>): Uint32Array | number => {
  let i = 0
  try {
    const length = lengthOf(values)
    if (length === undefined) return i
    const out = new Uint32Array(length)
    for (; i < length; i++) {
      const value = values[i]
      if (typeof value !== "number") return i
      out[i] = value
      if (out[i] !== value) return i
    }
    return out
  } catch {
    return i
  }
}

/** The length of a list of any kind; not that of a text. */
const lengthOf = (values: unknown): number | undefined => {
  const length = isArray(values) || isObject(values) ? values.length : undefined
  return typeof length === "number" && Number.isInteger(length) && length >= 0 ? length : undefined
}

/** An item of a list, which may throw where it is read. */
const itemOf = (values: ReadonlyArray<unknown>, i: number): unknown => {
  try {
    return values[i]
  } catch {
    return undefined
  }
}

/** Who reads the bytes of an answer may have made floats of the numbers already. A proxy is no view. */
const isRead = (u: unknown): boolean => ArrayBuffer.isView(u) && u instanceof Float32Array && allFinite(u)

const isNumbers = (u: unknown): u is ReadonlyArray<number> => isArray(u) || isRead(u)

const numbers = <A extends Float32Array | Uint32Array>(
  identifier: string,
  is: (u: unknown) => u is A,
  from: (values: ReadonlyArray<unknown>) => A | number,
  what: string,
  items: { readonly type: "number" | "integer" },
  arbitrary: () => LazyArbitrary<A>
) =>
  Schema.transformOrFail(
    Schema.declare(isNumbers, {
      identifier,
      message: () => "must be an array of numbers",
      jsonSchema: { type: "array", items }
    }),
    Schema.declare(is, { identifier, arbitrary }),
    {
      strict: true,
      decode: (input, _, ast) => {
        // What is a view here has been found to be one of finite floats.
        const out = ArrayBuffer.isView(input) && is(input) ? input : from(input)
        return typeof out === "number"
          ? ParseResult.fail(new ParseResult.Type(ast, itemOf(input, out), `the number at ${out} is not ${what}`))
          : ParseResult.succeed(out)
      },
      encode: (input) => ParseResult.succeed(Array.from(input))
    }
  )

/**
 * The numbers of a dense vector on the wire, read into a `Float32Array` in one loop.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DenseVector: Schema.Schema<Float32Array, ReadonlyArray<number>> = numbers(
  "VectorValues",
  (u): u is Float32Array => u instanceof Float32Array,
  toFloat32Array,
  "a finite 32-bit float",
  { type: "number" },
  () => (fc) => fc.float32Array({ noNaN: true, noDefaultInfinity: true, minLength: 1, maxLength: 32 })
)

/**
 * The indices of a sparse vector on the wire, read into a `Uint32Array` in one loop.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseIndices: Schema.Schema<Uint32Array, ReadonlyArray<number>> = numbers(
  "SparseIndices",
  (u): u is Uint32Array => u instanceof Uint32Array,
  toUint32Array,
  "an unsigned 32-bit integer",
  { type: "integer" },
  () => (fc) => fc.uint32Array({ minLength: 1, maxLength: 32 })
)

/**
 * A sparse vector on the wire (`SparseValues`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseVector: Schema.Schema<
  SparseVector,
  { readonly indices: ReadonlyArray<number>; readonly values: ReadonlyArray<number> }
> = Schema.Struct({ indices: SparseIndices, values: DenseVector }).annotations({ identifier: "SparseValues" })
