/** Exact powers of ten: beyond the 22nd they are not. */
const powers = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`))

/** Any decimal of so many digits is given back by the double nearest to it. */
const exactBelow = 10n ** 15n

/** The digits of a decimal, with as many behind the point as its scale. */
export const decimalText = (unscaled: bigint, scale: number): string => {
  const sign = unscaled < 0n ? "-" : ""
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString()
  if (scale <= 0) return digits === "0" ? "0" : `${sign}${digits}${"0".repeat(-scale)}`
  const padded = digits.padStart(scale + 1, "0")
  return `${sign}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
}

/** The digits that count, and the power of ten of the first of them. */
const significant = (text: string): string => {
  const [mantissa = "", exponent = "0"] = text.replace(/^-/, "").split("e")
  const [whole = "", fraction = ""] = mantissa.split(".")
  const digits = `${whole}${fraction}`
  const first = digits.search(/[1-9]/)
  return first < 0 ? "0" : `${digits.slice(first).replace(/0+$/, "")}e${whole.length - 1 - first + Number(exponent)}`
}

/**
 * The double nearest to a decimal; undefined where the double stands for another decimal as well as for this one, or is
 * beyond 2^53.
 */
export const decimalNumber = (unscaled: bigint, scale: number): number | undefined => {
  if (unscaled < exactBelow && unscaled > -exactBelow && scale >= 0 && scale < powers.length) {
    // Both are exact, so that the quotient is rounded once.
    return Number(unscaled) / powers[scale]!
  }
  const text = decimalText(unscaled, scale)
  const number = Number(text)
  return Math.abs(number) <= 2 ** 53 && significant(text) === significant(String(number)) ? number : undefined
}
