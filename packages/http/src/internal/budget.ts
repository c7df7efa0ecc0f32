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
export class RetryBudget {
  private left = most
  private seen: number | undefined

  /** A request succeeded. */
  succeeded(): void {
    this.left = Math.min(most, this.left + ofSuccess)
  }

  /** Draws a retry, if there is one. */
  take(now: number): boolean {
    this.refill(now)
    if (this.left < 1) return false
    this.left--
    return true
  }

  /** How long it takes until there is one, if nothing succeeds meanwhile. */
  delay(now: number): number {
    this.refill(now)
    return Math.max(0, Math.ceil((1 - this.left) * 1000 / ofSecond))
  }

  private refill(now: number): void {
    const past = Math.max(0, now - (this.seen ?? now))
    this.seen = now
    this.left = Math.min(most, this.left + past * ofSecond / 1000)
  }
}
