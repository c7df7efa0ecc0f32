/** The least rate that is ever kept, in requests a second. */
const leastRate = 1

/** How long the way back to the rate that was refused takes at least, in milliseconds. */
const leastSpan = 5000

/** By how much the span is longer than the pause that the server asked for: a pause is to cost a twentieth of the time. */
const spanOfPause = 20

/** A refusal so soon after the last one, in milliseconds, says that the rate is not near the server's yet. */
const soon = 3000

/** How far a timer that fires late may be made up for, in milliseconds. */
const slack = 10

const measuredFor = 2000

/** How long nothing is sent after a refusal that does not say how long: twice as long for each one that follows at once. */
const firstPause = 100

const longestPause = 2000

/**
 * How many requests a second a host takes, found out by what it refuses: after a refusal a little less than was refused, then
 * slowly back to it, and past it faster and faster. (The curve is that of CUBIC, of TCP.)
 *
 * Times are in milliseconds.
 */
export class Pace {
  /** What was refused, in requests a second; none yet if infinite. */
  private peak = Number.POSITIVE_INFINITY
  /** The share of it that was taken away. */
  private drop = 0
  private since = 0
  private span = leastSpan
  private next = 0
  private windowStart = 0
  private accepted = 0
  private measured: number | undefined
  /** Refusals with no success between them. */
  private streak = 0

  /** Requests a second. */
  rate(now: number): number {
    if (this.peak === Number.POSITIVE_INFINITY) return this.peak
    const x = Math.max(0, now - this.since) / this.span
    const rate = x < 1 ? this.peak * (1 - this.drop * (1 - x) ** 3) : this.peak * (1 + 0.5 * (x - 1) ** 3)
    return Math.max(leastRate, rate)
  }

  /** How long to wait until the next request may start. */
  delay(now: number): number {
    return Math.max(0, this.next - now)
  }

  started(now: number): void {
    if (this.windowStart === 0) this.windowStart = now
    const rate = this.rate(now)
    if (rate !== Number.POSITIVE_INFINITY) this.next = Math.max(this.next, now - slack) + 1000 / rate
  }

  succeeded(now: number): void {
    const elapsed = now - this.windowStart
    if (elapsed >= measuredFor) {
      this.measured = this.accepted * 1000 / elapsed
      this.windowStart = now
      this.accepted = 0
    }
    this.accepted++
    this.streak = 0
  }

  /** `asked` is how long the server asked to wait. */
  refused(now: number, asked: number): void {
    const pause = asked > 0 ? asked : Math.min(longestPause, firstPause * 2 ** this.streak++)
    this.next = Math.max(this.next, now + pause)
    // Where nothing was let through since the last cut, the host may have used up its share for now, at any rate.
    if (this.accepted === 0) return
    const rate = this.rate(now)
    const accepted = this.acceptedRate(now)
    const early = this.peak === Number.POSITIVE_INFINITY || now - this.since < soon
    const refused = rate === Number.POSITIVE_INFINITY ? accepted : early ? Math.max(accepted, rate / 2) : rate
    this.peak = Math.max(leastRate, Math.min(rate, refused))
    this.drop = early ? 0.3 : 0.05
    this.since = now + pause
    this.span = Math.max(leastSpan, spanOfPause * pause)
    this.windowStart = this.since
    this.accepted = 0
    this.measured = undefined
  }

  private acceptedRate(now: number): number {
    const elapsed = now - this.windowStart
    return elapsed < 500 && this.measured !== undefined
      ? this.measured
      : this.accepted * 1000 / Math.max(100, elapsed)
  }
}
