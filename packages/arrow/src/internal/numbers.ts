import * as Columns from "@effect-pinecone/parquet/Columns"

/** The digits of a decimal: `unscaled` divided by ten to the power of `scale`. */
const decimalText = (unscaled: bigint, scale: number): string => {
  if (scale <= 0) return unscaled === 0n ? "0" : `${unscaled}${"0".repeat(-scale)}`
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0")
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Whether a decimal is what JavaScript writes for a number: the one decimal that this number stands for. */
const isWrittenAs = (unscaled: bigint, scale: number, value: number): boolean => {
  const [, sign = "", whole = "", part = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)) ?? []
  const digits = BigInt(`${sign}${whole}${part}`)
  const difference = scale - (part.length - Number(exponent))
  return difference >= 0
    ? digits * 10n ** BigInt(difference) === unscaled
    : digits === unscaled * 10n ** BigInt(-difference)
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER)

const maxTold = 10n ** 15n

/**
 * The one way from an integer of 64 bits or a decimal to a field of the metadata: a number where one stands for the same, or
 * else its text if texts are wanted, or else what is wrong.
 */
export const exact = (
  column: string,
  unscaled: bigint,
  scale: number,
  asText: boolean
): number | string | Columns.Problem => {
  if (scale === 0 && unscaled <= maxSafe && unscaled >= -maxSafe) return Number(unscaled)
  // Both are doubles then, and their quotient is the nearest one to the decimal, which has no more digits than one tells apart.
  if (scale >= 0 && scale <= 22 && unscaled < maxTold && unscaled > -maxTold) return Number(unscaled) / 10 ** scale
  const text = decimalText(unscaled, scale)
  const value = Number(text)
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER && isWrittenAs(unscaled, scale, value)) return value
  return asText ? text : new Columns.Problem(
    column,
    `${column} is ${text.slice(0, 100)}, which a 64-bit float cannot hold exactly: write it as a string`
  )
}
