/**
 * A 32-bit float as the shortest decimal that reads back as the same 32-bit float, written as ASCII.
 *
 * With `p` significant digits the decimal nearest to `a` is `n / 10^k`, where `n = round(a * 10^k)`. While `n` is below
 * 2^53 and `10^k` is a double exactly (`|k| <= 22`), that division is rounded once, as a reader of the text rounds it: so
 * `fround(n / 10^k) === a` says whether the text reads back. A decimal of six digits or fewer that reads back is found
 * with six; nine digits always read back.
 */

/** The most bytes that a number takes. */
export const maxFloat32Length = 16

const powers = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))

const bits = new Uint32Array(1)
const float = new Float32Array(bits.buffer)

/** By binary exponent: a decimal exponent that is right, or one too low. */
const decimalExponents = Int8Array.from({ length: 256 }, (_, e) => Math.floor((e - 127) * Math.LOG10E * Math.LN2))

/** `10^e`, for the comparison that corrects the decimal exponent. */
const thresholds = Float64Array.from({ length: 80 }, (_, i) => Number(`1e${i - 40}`))

const pairs = new Uint8Array(200)
for (let i = 0; i < 100; i++) {
  pairs[2 * i] = 48 + Math.floor(i / 10)
  pairs[2 * i + 1] = 48 + i % 10
}

/** The integer of `digits` significant digits nearest to `a`, if it reads back as `a`, or -1. */
const attempt = (a: number, k: number): number => {
  if (k >= 0) {
    const power = powers[k]!
    const n = (a * power + 0.5) | 0
    return Math.fround(n / power) === a ? n : -1
  }
  const power = powers[-k]!
  const n = (a / power + 0.5) | 0
  return Math.fround(n * power) === a ? n : -1
}

/**
 * Writes the number, which must be finite as a 32-bit float, and gives the offset behind it. There must be room for
 * {@link maxFloat32Length} bytes.
 */
export const writeFloat32 = (bytes: Uint8Array, offset: number, value: number): number => {
  float[0] = value
  const word = bits[0]!
  if (word >>> 31 === 1) bytes[offset++] = 45
  const a = Math.abs(float[0]!)
  if (a < 16777216) {
    const whole = a | 0
    if (whole === a) return writeInteger(bytes, offset, whole)
  }
  const binary = (word >>> 23) & 255
  let e = decimalExponents[binary]!
  if (binary !== 0 && a >= thresholds[e + 41]!) e++
  // Beyond these the powers are no exact doubles; subnormals have no digits to spare.
  if (binary === 0 || e < -14 || e > 28) return writeSlowly(bytes, offset, a)
  let k = 7 - e
  let n = attempt(a, k)
  if (n === -1) {
    k++
    n = attempt(a, k)
  } else {
    const fewer = attempt(a, k - 1)
    if (fewer !== -1) {
      k--
      n = fewer
      const fewest = attempt(a, k - 1)
      if (fewest !== -1) {
        k--
        n = fewest
        for (let tenth = (n / 10) | 0; tenth * 10 === n; tenth = (n / 10) | 0) {
          n = tenth
          k--
        }
      }
    }
  }
  return writeDecimal(bytes, offset, n, k)
}

const digitsOf = (n: number): number =>
  n < 100000
    ? n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : n < 10000 ? 4 : 5
    : n < 10000000
    ? (n < 1000000 ? 6 : 7)
    : n < 100000000
    ? 8
    : n < 1000000000
    ? 9
    : 10

/** Writes the digits of `n`, which are `count`, ending before `end`. */
const writeDigits = (bytes: Uint8Array, end: number, n: number): void => {
  while (n >= 100) {
    const rest = (n / 100) | 0
    const pair = 2 * (n - rest * 100)
    bytes[--end] = pairs[pair + 1]!
    bytes[--end] = pairs[pair]!
    n = rest
  }
  if (n >= 10) {
    bytes[--end] = pairs[2 * n + 1]!
    bytes[--end] = pairs[2 * n]!
  } else bytes[--end] = 48 + n
}

const writeInteger = (bytes: Uint8Array, offset: number, n: number): number => {
  const end = offset + digitsOf(n)
  writeDigits(bytes, end, n)
  return end
}

/** Writes `n / 10^k`, as a decimal where that is not longer than with an exponent. */
const writeDecimal = (bytes: Uint8Array, offset: number, n: number, k: number): number => {
  const count = digitsOf(n)
  const e = count - 1 - k
  if (k > 0 && e >= -3) {
    if (e < 0) {
      // 0.00123
      bytes[offset] = 48
      bytes[offset + 1] = 46
      offset += 2
      for (let i = -1; i > e; i--) bytes[offset++] = 48
      const end = offset + count
      writeDigits(bytes, end, n)
      return end
    }
    // 12.3: the digits one place to the right, then those before the point moved back over it.
    const end = offset + count + 1
    writeDigits(bytes, end, n)
    for (let i = 0; i <= e; i++) bytes[offset + i] = bytes[offset + i + 1]!
    bytes[offset + e + 1] = 46
    return end
  }
  if (k <= 0 && e < 9) {
    writeDigits(bytes, offset + count, n)
    offset += count
    for (let i = k; i < 0; i++) bytes[offset++] = 48
    return offset
  }
  if (count === 1) {
    bytes[offset++] = 48 + n
  } else {
    const end = offset + count + 1
    writeDigits(bytes, end, n)
    bytes[offset] = bytes[offset + 1]!
    bytes[offset + 1] = 46
    offset = end
  }
  bytes[offset++] = 101
  if (e < 0) bytes[offset++] = 45
  return writeInteger(bytes, offset, Math.abs(e))
}

const writeSlowly = (bytes: Uint8Array, offset: number, a: number): number => {
  for (let precision = 1; precision <= 9; precision++) {
    const text = a.toExponential(precision - 1)
    if (precision === 9 || Math.fround(Number(text)) === a) {
      const short = text.replace(/\.?0*e\+?/, "e")
      for (let i = 0; i < short.length; i++) bytes[offset++] = short.charCodeAt(i)
      return offset
    }
  }
  return offset
}
