const initialSize = 4

const largestSize = 64

/** After so long without an answer, in milliseconds, what was found out says nothing any more. */
export const forgetAfter = 300_000

/**
 * Places for requests in flight.
 *
 * @since 0.1.0
 * @category models
 */
export interface Places {
  /** A place, if there is one. */
  readonly take: () => boolean
  /** Begins anew where nothing was heard for long. `now` is in milliseconds. */
  readonly forget: (now: number) => void
  /** Gives a place back. */
  readonly give: () => void
  /** Asks `waiter` when there may be a place, until it says that it has one, or the function that is given back is called. */
  readonly wait: (waiter: () => boolean) => () => void
  /** Asks those who wait. */
  readonly wake: () => void
  /** Since when no fewer are possible, in milliseconds of the clock; nothing while fewer are. */
  readonly lowestSince: number | undefined
}

/** A number of places that stays as it is. */
export class FixedPlaces implements Places {
  private readonly waiting = new Set<() => boolean>()

  constructor(private free: number) {}

  readonly lowestSince = 0

  forget(): void {}

  take(): boolean {
    if (this.free === 0) return false
    this.free--
    return true
  }

  give(): void {
    this.free++
    this.wake()
  }

  wait(waiter: () => boolean): () => void {
    this.waiting.add(waiter)
    return () => {
      this.waiting.delete(waiter)
    }
  }

  wake(): void {
    for (const waiter of this.waiting) {
      if (this.free === 0) return
      if (waiter()) this.waiting.delete(waiter)
    }
  }
}

/**
 * How many requests to a host are in flight at once: one more for each round of answers (for each answer, until the first
 * sign of trouble), half as many after trouble.
 */
export class Window implements Places {
  private size = initialSize
  private threshold = largestSize
  private inFlight = 0
  private heard: number | undefined
  private low: number | undefined
  /** In the order of their coming. */
  private readonly waiting = new Set<() => boolean>()

  get lowestSince(): number | undefined {
    return this.low
  }

  take(): boolean {
    if (this.inFlight >= Math.floor(this.size)) return false
    this.inFlight++
    return true
  }

  wait(waiter: () => boolean): () => void {
    this.waiting.add(waiter)
    return () => {
      this.waiting.delete(waiter)
    }
  }

  give(): void {
    this.inFlight--
    this.wake()
  }

  succeeded(now: number): void {
    this.heard = now
    // A window that is not used up says nothing about a larger one.
    if (this.inFlight < Math.floor(this.size) - 1) return
    this.size = Math.min(largestSize, this.size + (this.size < this.threshold ? 1 : 1 / this.size))
    if (this.size >= 2) this.low = undefined
    this.wake()
  }

  troubled(now: number): void {
    this.heard = now
    this.threshold = Math.max(1, this.size / 2)
    this.size = this.threshold
    if (this.size < 2) this.low ??= now
  }

  forget(now: number): void {
    if (this.heard === undefined || now - this.heard <= forgetAfter) return
    this.heard = undefined
    this.size = initialSize
    this.threshold = largestSize
    this.low = undefined
  }

  wake(): void {
    for (const waiter of this.waiting) {
      if (this.inFlight >= Math.floor(this.size)) return
      if (waiter()) this.waiting.delete(waiter)
    }
  }
}
