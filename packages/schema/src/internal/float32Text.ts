/**
 * The shortest decimal text of a 32-bit float, written straight into bytes.
 *
 * `JSON.stringify` writes enough digits to tell one 64-bit float from the next: 17 for most numbers that were a 32-bit
 * float, where 6 to 9 tell it from its neighbours.
 */

/** The bytes to reserve for one number, sign and exponent included. `writeFloat32` may use all of them as scratch. */
export const maxFloat32Length = 17

/** The bytes to reserve for an unsigned 32-bit integer. */
export const maxUint32Length = 10

const floats = new Float32Array(1)
const floatBits = new Int32Array(floats.buffer)

/** The bits of the 32-bit float that is nearest to `value`. */
export const toFloat32Bits = (value: number): number => {
  floats[0] = value
  return floatBits[0]
}

/** Whether bits are those of a NaN or an infinity. */
export const isNotFinite = (bits: number): boolean => (bits & 0x7f800000) === 0x7f800000

const fromFloat32Bits = (bits: number): number => {
  floatBits[0] = bits
  return floats[0]
}

const minus = 45
const point = 46
const zero = 48
const exponentMark = 101

/** The three ASCII digits of 0 to 999 in one integer, the first digit lowest. */
const threeDigits = Int32Array.from(
  { length: 1000 },
  (_, n) => (zero + Math.floor(n / 100)) | ((zero + (Math.floor(n / 10) % 10)) << 8) | ((zero + (n % 10)) << 16)
)

const powersOfTen = Int32Array.from({ length: 10 }, (_, n) => 10 ** n)

/**
 * By the biased exponent of a float: the power of ten that brings the distance to the next float into [1, 10), and that
 * distance thus scaled. A whole number of the scale then always lies nearer to the float than half the distance, and
 * at most one multiple of ten does.
 */
export const scalePowers = Int32Array.from(
  { length: 255 },
  (_, exponent) => -Math.floor((exponent - 150) * Math.log10(2))
)
export const scaledSteps = Float64Array.from(
  { length: 255 },
  (_, exponent) => 2 ** (exponent - 150) * Number(`1e${scalePowers[exponent]}`)
)

/**
 * More than the error of a scaled float: two roundings of a number below 2^28 to 53 bits. What is nearer than this to
 * a limit is decided by reading the text back.
 */
const margin = 1e-7

/**
 * Writes an unsigned 32-bit integer as ASCII, and returns the offset after it.
 */
export const writeUint32 = (bytes: Uint8Array, offset: number, value: number): number => {
  if (value < 10) {
    bytes[offset] = zero + value
    return offset + 1
  }
  let end = offset + 2
  for (let limit = 100; limit <= value; limit *= 10) end++
  let rest = value
  for (let at = end - 1; at >= offset; at--) {
    const next = Math.floor(rest / 10)
    bytes[at] = zero + (rest - next * 10)
    rest = next
  }
  return end
}

/** Writes 9 digits, leading zeros included. */
const writeNineDigits = (bytes: Uint8Array, offset: number, digits: number): void => {
  // Unsigned integers, to the compiler too: it divides them by multiplying, and other numbers by dividing.
  const all = digits >>> 0
  const first = (all / 1_000_000) >>> 0
  const rest = (all - first * 1_000_000) >>> 0
  const second = (rest / 1000) >>> 0
  const a = threeDigits[first]
  const b = threeDigits[second]
  const c = threeDigits[rest - second * 1000]
  bytes[offset] = a
  bytes[offset + 1] = a >> 8
  bytes[offset + 2] = a >> 16
  bytes[offset + 3] = b
  bytes[offset + 4] = b >> 8
  bytes[offset + 5] = b >> 16
  bytes[offset + 6] = c
  bytes[offset + 7] = c >> 8
  bytes[offset + 8] = c >> 16
}

/**
 * Writes `0.<digits> * 10^magnitude`, where `digits` are 9, of which the first `length` count and the others are zeros.
 * Like JavaScript, it writes numbers below 0.000001 with an exponent; unlike it, those from 1e9 on as well.
 */
const writeDecimal = (
  bytes: Uint8Array,
  offset: number,
  digits: number,
  length: number,
  magnitude: number
): number => {
  if (magnitude <= 0 && magnitude > -6) {
    bytes[offset] = zero
    bytes[offset + 1] = point
    // Writing all the zeros there can be costs less than finding out how many there are.
    bytes[offset + 2] = zero
    bytes[offset + 3] = zero
    bytes[offset + 4] = zero
    bytes[offset + 5] = zero
    bytes[offset + 6] = zero
    const start = offset + 2 - magnitude
    writeNineDigits(bytes, start, digits)
    return start + length
  }
  if (magnitude > 0 && magnitude <= 9) {
    if (magnitude >= length) {
      writeNineDigits(bytes, offset, digits)
      return offset + magnitude
    }
    writeNineDigits(bytes, offset + 1, digits)
    for (let i = 0; i < magnitude; i++) bytes[offset + i] = bytes[offset + i + 1]
    bytes[offset + magnitude] = point
    return offset + 1 + length
  }
  writeNineDigits(bytes, offset + 1, digits)
  bytes[offset] = bytes[offset + 1]
  bytes[offset + 1] = point
  let end = length === 1 ? offset + 1 : offset + 1 + length
  bytes[end++] = exponentMark
  const exponent = magnitude - 1
  if (exponent < 0) bytes[end++] = minus
  return writeUint32(bytes, end, exponent < 0 ? -exponent : exponent)
}

const trailingZeros = (digits: number): number => {
  let zeros = 0
  for (let rest = digits; rest % 10 === 0; rest = (rest / 10) | 0) zeros++
  return zeros
}

/** The digits of a positive float, found by reading texts back: 9 digits, how many of them count, and the magnitude. */
const searchDigits = (value: number): readonly [digits: number, length: number, magnitude: number] => {
  for (let length = 1;; length++) {
    const text = value.toExponential(length - 1)
    const mark = text.indexOf("e")
    const nearest = Number(text.slice(0, mark).replace(".", ""))
    const power = Number(text.slice(mark + 1)) + 1 - length
    // Below a power of two the floats are denser than above it: the nearest decimal may lie too low to be read back where
    // the next one, further away, still is.
    for (let digits = nearest; digits <= nearest + 1; digits++) {
      if (length === 9 || Math.fround(Number(`${digits}e${power}`)) === value) {
        // One up from 9, 99 and so on is a digit more, which is a zero.
        return digits === powersOfTen[length]
          ? [100_000_000, 1, power + length + 1]
          : [digits * powersOfTen[9 - length], length, power + length]
      }
    }
  }
}

const writeSearched = (bytes: Uint8Array, offset: number, bits: number): number => {
  const [digits, length, magnitude] = searchDigits(fromFloat32Bits(bits & 0x7fffffff))
  return writeDecimal(bytes, offset, digits, length, magnitude)
}

/** What `searchDigits` found for the powers of two, by biased exponent: such numbers are common, and the search is slow. */
const powersOfTwo: Array<ReturnType<typeof searchDigits> | undefined> = Array.from({ length: 255 }, () => undefined)

const writePowerOfTwo = (bytes: Uint8Array, offset: number, exponent: number): number => {
  const [digits, length, magnitude] = powersOfTwo[exponent] ??= searchDigits(fromFloat32Bits(exponent << 23))
  return writeDecimal(bytes, offset, digits, length, magnitude)
}

/**
 * Writes a finite 32-bit float, given as its bits, as the JSON number with the fewest digits that reads back as the same
 * 32-bit float; among those, the nearest. Returns the offset after it. `maxFloat32Length` bytes have to be free.
 */
export const writeFloat32Bits = (bytes: Uint8Array, start: number, bits: number): number => {
  // Whether a number is negative and whether its text is the shorter one are coin tosses that a processor mispredicts:
  // both are computed, without a branch.
  bytes[start] = minus
  const offset = start + (bits >>> 31)
  const exponent = (bits >>> 23) & 0xff
  const fraction = bits & 0x7fffff
  if (exponent >= 127 && exponent <= 150) {
    const whole = fraction | 0x800000
    const shift = 150 - exponent
    if ((whole & ((1 << shift) - 1)) === 0) return writeUint32(bytes, offset, whole >>> shift)
  }
  if (fraction === 0) {
    if (exponent !== 0) return writePowerOfTwo(bytes, offset, exponent)
    bytes[offset] = zero
    return offset + 1
  }
  if (exponent === 0) return writeSearched(bytes, offset, bits)
  const step = scaledSteps[exponent]
  const scaled = (fraction | 0x800000) * step
  const units = (scaled + 0.5) | 0
  // A multiple of ten is a digit shorter: it is taken where it reads back, which is up to half a step away.
  const tens = ((scaled * 0.1 + 0.5) | 0) * 10
  const beyond = Math.abs(scaled - tens) - step * 0.5
  if (Math.abs(beyond) < margin || Math.abs(scaled - units) > 0.5 - margin) return writeSearched(bytes, offset, bits)
  // All bits set if it does: the factor makes whole numbers of what is more than the margin.
  const shorter = ((beyond * 2 ** 26) | 0) >> 31
  const digits = (units + ((tens - units) & shorter)) >>> 0
  const zeros = digits % 100 === 0 ? trailingZeros(digits) : shorter & 1
  // 7, 8 or 9.
  const length = 7 + ((9_999_999 - digits) >>> 31) + ((99_999_999 - digits) >>> 31)
  return writeDecimal(
    bytes,
    offset,
    Math.imul(digits, powersOfTen[9 - length]),
    length - zeros,
    length - scalePowers[exponent]
  )
}

/**
 * Writes the 32-bit float nearest to `value`, which has to be finite, as the JSON number with the fewest digits that
 * reads back as the same 32-bit float. Returns the offset after it. `maxFloat32Length` bytes have to be free.
 */
export const writeFloat32 = (bytes: Uint8Array, offset: number, value: number): number =>
  writeFloat32Bits(bytes, offset, toFloat32Bits(value))
