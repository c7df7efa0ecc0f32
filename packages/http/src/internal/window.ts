const initialSize = 4

const largestSize = 64

/**
 * How many requests to a host are in flight at once: one more for each round of answers (for each answer, until the first
 * sign of trouble), half as many after trouble.
 */
export class Window {
  private size = initialSize
  private threshold = largestSize
  private inFlight = 0
  /** In the order of their coming. */
  private readonly waiting = new Set<() => boolean>()

  /** A place, if there is one. */
  take(): boolean {
    if (this.inFlight >= Math.floor(this.size)) return false
    this.inFlight++
    return true
  }

  /** Asks `waiter` when there is a place, until it takes it, or the function that is given back is called. */
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

  succeeded(): void {
    // A window that is not used up says nothing about a larger one.
    if (this.inFlight < Math.floor(this.size) - 1) return
    this.size = Math.min(largestSize, this.size + (this.size < this.threshold ? 1 : 1 / this.size))
    this.wake()
  }

  troubled(): void {
    this.threshold = Math.max(1, this.size / 2)
    this.size = this.threshold
  }

  private wake(): void {
    for (const waiter of this.waiting) {
      if (this.inFlight >= Math.floor(this.size)) return
      if (waiter()) this.waiting.delete(waiter)
    }
  }
}
