import { forgetAfter } from "./window.js"

/** The least rate that is ever kept, in requests a second. */
const leastRate = 1

/** How long it takes to double the rate while nothing is known but that the host takes more, in milliseconds. */
const doubling = 400

/** How long the way back to the rate that was refused takes at least, and the first step past it, in milliseconds. */
const leastSpan = 5000
const step = 2500

/** By how much the span is longer than the pause that the server asked for: a pause is to cost a fortieth of the time. */
const spanOfPause = 40

/** How many requests the way back takes at least: of so many, one is to be refused. */
const spanOfRequests = 100

/** The least time that a rate is measured over, in milliseconds. */
const leastMeasured = 250

/** Where less than this share of the refused rate was let through, the host's rate is somewhere between the two. */
const near = 0.7

/** The share of the refused rate that is taken away: at the end of a search; near the host's rate; and where it is not known. */
const searchDrop = 0.4
const leastDrop = 0.05
const nearDrop = 0.2
const mostDrop = 0.5

/** How far a timer that fires late may be made up for, in milliseconds. */
const slack = 10

/** How long nothing is sent after a refusal that does not say how long: twice as long for each one that follows at once. */
const firstPause = 100

const longestPause = 2000

/**
 * How many requests a second a host takes, found out by what it refuses.
 *
 * The first refusal says little: what was let through before may have been the host's reserve, and what was refused may only
 * have come at the same time. So the rate that was let through is doubled again and again until it is refused. From then on
 * there are two bounds: the rate that was refused is too high, and what was let through between two refusals is not. The
 * rate goes from the lower to the higher one, fast at first and slowly at last, and past it faster and faster. (The curve is
 * that of CUBIC, of TCP.) It stands still while it is not the rate that holds the requests back.
 *
 * Times are in milliseconds.
 */
export class Pace {
  /** Where the curve is flat, in requests a second; nothing was refused yet if infinite. */
  private peak = Number.POSITIVE_INFINITY
  /** After the first refusal, up to the second. */
  private searching = false
  /** The share of the peak that was taken away. */
  private drop = 0
  /** Where the curve begins, and how long it takes to its peak. */
  private since = 0
  private span = leastSpan
  private next = 0
  /** What was let through since the last cut, and the pause that it began with. */
  private accepted = 0
  private cutAt: number | undefined
  private paused = 0
  private heard: number | undefined
  /** Refusals with nothing let through between them. */
  private streak = 0

  /** Requests a second. */
  rate(now: number): number {
    if (this.peak === Number.POSITIVE_INFINITY) return this.peak
    const past = Math.max(0, now - this.since)
    if (this.searching) return this.peak * 2 ** (past / doubling)
    const rate = past < this.span
      ? this.peak * (1 - this.drop * (1 - past / this.span) ** 3)
      : this.peak * (1 + 0.5 * ((past - this.span) / step) ** 3)
    return Math.max(leastRate, rate)
  }

  /** How long to wait until the next request may start. */
  delay(now: number): number {
    return Math.max(0, this.next - now)
  }

  /** Nothing starts before. */
  pause(until: number): void {
    this.next = Math.max(this.next, until)
  }

  /** Begins anew where nothing was heard for long: the host may take more now, or less. */
  forget(now: number): void {
    if (this.heard === undefined || now - this.heard <= forgetAfter) return
    this.heard = undefined
    this.peak = Number.POSITIVE_INFINITY
    this.searching = false
    this.cutAt = undefined
    this.accepted = 0
    this.streak = 0
  }

  /** A request has started that was there since `asked`. */
  started(now: number, asked: number): void {
    this.cutAt ??= now
    // A timer that fires late is made up for. A request that comes late is not: the next one would follow it too soon.
    const idle = Math.max(0, Math.max(asked, now - slack) - this.next)
    this.since += idle
    this.cutAt += idle
    this.next += idle + 1000 / this.rate(now)
  }

  /** A request was let through. */
  passed(now: number): void {
    this.heard = now
    this.accepted++
    this.streak = 0
  }

  /** `asked` is how long the server asked to wait. */
  refused(now: number, asked: number): void {
    const pause = asked > 0 ? asked : Math.min(longestPause, firstPause * 2 ** this.streak++)
    this.pause(now + pause)
    this.heard = now
    // Where nothing was let through since the last cut, the host may have used up its share for now, at any rate.
    if (this.accepted === 0) return
    this.cut(now, pause)
    this.since = now + pause
    this.cutAt = now
    this.paused = pause
    this.accepted = 0
  }

  private cut(now: number, pause: number): void {
    const elapsed = now - (this.cutAt ?? now)
    const rateOver = (millis: number) => this.accepted * 1000 / Math.max(leastMeasured, millis)
    if (this.peak === Number.POSITIVE_INFINITY) {
      this.peak = Math.max(leastRate, rateOver(elapsed))
      this.searching = true
      return
    }
    const refused = this.rate(now)
    // A host with a reserve fills it up in the pause, and one without does not: what it lets through is between these.
    const atLeast = (rate: number) => Math.min(refused, Math.max(refused * (1 - mostDrop), rate))
    const withPause = atLeast(rateOver(elapsed))
    const without = atLeast(rateOver(elapsed - this.paused))
    if (this.searching) {
      this.peak = refused
      this.drop = searchDrop
      this.span = leastSpan
      this.searching = false
    } else if (without < near * refused) {
      this.peak = Math.sqrt(without * refused)
      this.drop = Math.max(leastDrop, 1 - Math.sqrt(withPause * without) / this.peak)
      this.span = leastSpan
    } else {
      const early = now - this.since < this.span / 2
      this.peak = refused
      this.drop = Math.min(nearDrop, Math.max(leastDrop, 1 - (early ? withPause : without) / refused))
      this.span = Math.max(leastSpan, spanOfPause * pause, spanOfRequests * 1000 / refused)
    }
  }
}
