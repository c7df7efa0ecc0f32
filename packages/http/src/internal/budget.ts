/** How many retries a host has to begin with, and at most. */
const most = 100

/** What a request that succeeds adds: with half of all tries failing, at most four requests are sent for three that are needed. */
const ofSuccess = 0.5

/** What a second adds, so that a host that answered nobody is tried again. */
const ofSecond = 1

/**
 * The retries that a host is given: each try after the first draws one, and those that succeed pay in. So a host that fails
 * gets little more than what is new, however many callers it has and however often each of them would try.
 *
 * Times are in milliseconds.
 */
export interface RetryBudget {
  /** A request succeeded. */
  readonly succeeded: () => void
  /** Draws a retry, if there is one. */
  readonly take: (now: number) => boolean
  /** How long it takes until there is one, if nothing succeeds meanwhile. */
  readonly delay: (now: number) => number
}

export const make = (): RetryBudget => {
  let left = most
  let seen: number | undefined

  const refill = (now: number): void => {
    const past = Math.max(0, now - (seen ?? now))
    seen = now
    left = Math.min(most, left + past * ofSecond / 1000)
  }

  return {
    succeeded: () => {
      left = Math.min(most, left + ofSuccess)
    },
    take: (now) => {
      refill(now)
      if (left < 1) return false
      left--
      return true
    },
    delay: (now) => {
      refill(now)
      return Math.max(0, Math.ceil((1 - left) * 1000 / ofSecond))
    }
  }
}
