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
 * Finds out how many requests a second a host takes. Times are in milliseconds.
 */
export interface Pace {
  /** How long to wait until the next request may start. */
  readonly delay: (now: number) => number
  /** Nothing starts before. */
  readonly pause: (until: number) => void
  /** Begins anew where nothing was heard for long: the host may take more now, or less. */
  readonly forget: (now: number) => void
  /** A request has started that was there since `asked`. */
  readonly started: (now: number, asked: number) => void
  /** A request was let through. */
  readonly passed: (now: number) => void
  /** `asked` is how long the server asked to wait. */
  readonly refused: (now: number, asked: number) => void
}

/**
 * How many requests a second a host takes, found out by what it refuses.
 *
 * The first refusal says little: what was let through before may have been the host's reserve, and what was refused may only
 * have come at the same time. So the rate that was let through is doubled again and again until it is refused. From then on
 * there are two bounds: the rate that was refused is too high, and what was let through between two refusals is not. The
 * rate goes from the lower to the higher one, fast at first and slowly at last, and past it faster and faster. (The curve is
 * that of CUBIC, of TCP.) It stands still while it is not the rate that holds the requests back.
 */
export const make = (): Pace => {
  /** Where the curve is flat, in requests a second; nothing was refused yet if infinite. */
  let peak = Infinity
  /** After the first refusal, up to the second. */
  let searching = false
  /** The share of the peak that was taken away. */
  let drop = 0
  /** Where the curve begins, and how long it takes to its peak. */
  let since = 0
  let span = leastSpan
  let next = 0
  /** What was let through since the last cut, and the pause that it began with. */
  let accepted = 0
  let cutAt: number | undefined
  let paused = 0
  let heard: number | undefined
  /** Refusals with nothing let through between them. */
  let streak = 0

  /** Requests a second. */
  const rateAt = (now: number): number => {
    if (peak === Infinity) return peak
    const past = Math.max(0, now - since)
    if (searching) return peak * 2 ** (past / doubling)
    const rate = past < span
      ? peak * (1 - drop * (1 - past / span) ** 3)
      : peak * (1 + 0.5 * ((past - span) / step) ** 3)
    return Math.max(leastRate, rate)
  }

  const pause = (until: number): void => {
    next = Math.max(next, until)
  }

  const cut = (now: number, pause: number): void => {
    const elapsed = now - (cutAt ?? now)
    const rateOver = (millis: number) => accepted * 1000 / Math.max(leastMeasured, millis)
    if (peak === Infinity) {
      peak = Math.max(leastRate, rateOver(elapsed))
      searching = true
      return
    }
    const refused = rateAt(now)
    // A host with a reserve fills it up in the pause, and one without does not: what it lets through is between these.
    const atLeast = (rate: number) => Math.min(refused, Math.max(refused * (1 - mostDrop), rate))
    const withPause = atLeast(rateOver(elapsed))
    const without = atLeast(rateOver(elapsed - paused))
    if (searching) {
      peak = refused
      drop = searchDrop
      span = leastSpan
      searching = false
    } else if (without < near * refused) {
      peak = Math.sqrt(without * refused)
      drop = Math.max(leastDrop, 1 - Math.sqrt(withPause * without) / peak)
      span = leastSpan
    } else {
      const early = now - since < span / 2
      peak = refused
      drop = Math.min(nearDrop, Math.max(leastDrop, 1 - (early ? withPause : without) / refused))
      span = Math.max(leastSpan, spanOfPause * pause, spanOfRequests * 1000 / refused)
    }
  }

  return {
    delay: (now) => Math.max(0, next - now),
    pause,
    forget: (now) => {
      if (heard === undefined || now - heard <= forgetAfter) return
      heard = undefined
      peak = Infinity
      searching = false
      cutAt = undefined
      accepted = 0
      streak = 0
    },
    started: (now, asked) => {
      cutAt ??= now
      // A timer that fires late is made up for. A request that comes late is not: the next one would follow it too soon.
      const idle = Math.max(0, Math.max(asked, now - slack) - next)
      since += idle
      cutAt += idle
      next += idle + 1000 / rateAt(now)
    },
    passed: (now) => {
      heard = now
      accepted++
      streak = 0
    },
    refused: (now, asked) => {
      const pausing = asked > 0 ? asked : Math.min(longestPause, firstPause * 2 ** streak++)
      pause(now + pausing)
      heard = now
      // Where nothing was let through since the last cut, the host may have used up its share for now, at any rate.
      if (accepted === 0) return
      cut(now, pausing)
      since = now + pausing
      cutAt = now
      paused = pausing
      accepted = 0
    }
  }
}
