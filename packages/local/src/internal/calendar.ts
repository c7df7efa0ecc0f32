/** How often something happens. */
export type Frequency = "daily" | "weekly" | "monthly"

export const frequencies: ReadonlyArray<string> = ["daily", "weekly", "monthly"]

export const isFrequency = (text: string): text is Frequency => frequencies.includes(text)

const day = 86_400_000

/** The same time of the day, so many months later; in a shorter month, on its last day. */
const monthsAfter = (anchor: number, months: number): number => {
  const date = new Date(anchor)
  const of = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(of, last))
  return date.getTime()
}

/** The first time after another one, of those that are counted from an anchor. Times are in milliseconds, and days in UTC. */
export const after = (anchor: number, frequency: Frequency, time: number): number => {
  if (frequency !== "monthly") {
    const period = frequency === "daily" ? day : 7 * day
    return anchor + (Math.max(0, Math.floor((time - anchor) / period)) + 1) * period
  }
  const [from, to] = [new Date(anchor), new Date(time)]
  const between = 12 * (to.getUTCFullYear() - from.getUTCFullYear()) + to.getUTCMonth() - from.getUTCMonth()
  for (let months = Math.max(1, between);; months++) {
    const found = monthsAfter(anchor, months)
    if (found > time) return found
  }
}
