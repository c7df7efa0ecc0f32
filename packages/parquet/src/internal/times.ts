export type Unit = "SECOND" | "MILLISECOND" | "MICROSECOND" | "NANOSECOND"

const perSecond: Record<Unit, bigint> = {
  SECOND: 1n,
  MILLISECOND: 1000n,
  MICROSECOND: 1_000_000n,
  NANOSECOND: 1_000_000_000n
}

const digits: Record<Unit, number> = { SECOND: 0, MILLISECOND: 3, MICROSECOND: 6, NANOSECOND: 9 }

/** The last digits of a second, without zeros at their end. */
const fraction = (rest: bigint, width: number): string => rest.toString().padStart(width, "0").replace(/0+$/, "")

export const isoTime = (time: bigint, unit: Unit): string | number => {
  const perMilli = perSecond[unit] / 1000n
  let millis = perMilli === 0n ? time * 1000n : time / perMilli
  let rest = perMilli === 0n ? 0n : time % perMilli
  if (rest < 0n) {
    rest += perMilli
    millis -= 1n
  }
  const date = new Date(Number(millis))
  if (Number.isNaN(date.getTime())) return Number.NaN
  const text = date.toISOString()
  return rest === 0n ? text : `${text.slice(0, -1)}${fraction(rest, digits[unit] - 3)}Z`
}

export const isoDate = (days: number): string | number => {
  const time = isoTime(BigInt(days) * 86_400n, "SECOND")
  return typeof time === "string" ? time.slice(0, time.indexOf("T")) : time
}

const two = (value: bigint): string => value.toString().padStart(2, "0")

export const isoTimeOfDay = (time: bigint, unit: Unit): string | number => {
  const seconds = time / perSecond[unit]
  const rest = time % perSecond[unit]
  // Some databases have the end of the day as a time of its own.
  if (time < 0n || time > 86_400n * perSecond[unit]) return Number.NaN
  const text = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  return rest === 0n ? text : `${text}.${fraction(rest, digits[unit])}`
}
