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

/** Those who wait for a place, in the order of their coming. */
const makeWaiting = (isFull: () => boolean): Pick<Places, "wait" | "wake"> => {
  const waiting = new Set<() => boolean>()
  return {
    wait: (waiter) => {
      waiting.add(waiter)
      return () => {
        waiting.delete(waiter)
      }
    },
    wake: () => {
      for (const waiter of waiting) {
        if (isFull()) return
        if (waiter()) waiting.delete(waiter)
      }
    }
  }
}

/** A number of places that stays as it is. */
export const fixed = (places: number): Places => {
  let free = places
  const waiting = makeWaiting(() => free === 0)
  return {
    ...waiting,
    lowestSince: 0,
    forget: () => {},
    take: () => {
      if (free === 0) return false
      free--
      return true
    },
    give: () => {
      free++
      waiting.wake()
    }
  }
}

/** Places that follow from the answers. */
export interface Window extends Places {
  readonly succeeded: (now: number) => void
  readonly troubled: (now: number) => void
}

/**
 * How many requests to a host are in flight at once: one more for each round of answers (for each answer, until the first
 * sign of trouble), half as many after trouble.
 */
export const make = (): Window => {
  let size = initialSize
  let threshold = largestSize
  let inFlight = 0
  let heard: number | undefined
  let low: number | undefined
  const waiting = makeWaiting(() => inFlight >= Math.floor(size))
  return {
    ...waiting,
    get lowestSince() {
      return low
    },
    take: () => {
      if (inFlight >= Math.floor(size)) return false
      inFlight++
      return true
    },
    give: () => {
      inFlight--
      waiting.wake()
    },
    succeeded: (now) => {
      heard = now
      // A window that is not used up says nothing about a larger one.
      if (inFlight < Math.floor(size) - 1) return
      size = Math.min(largestSize, size + (size < threshold ? 1 : 1 / size))
      if (size >= 2) low = undefined
      waiting.wake()
    },
    troubled: (now) => {
      heard = now
      threshold = Math.max(1, size / 2)
      size = threshold
      if (size < 2) low ??= now
    },
    forget: (now) => {
      if (heard === undefined || now - heard <= forgetAfter) return
      heard = undefined
      size = initialSize
      threshold = largestSize
      low = undefined
    }
  }
}
