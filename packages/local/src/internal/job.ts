/** Calls back once, in a later turn of the event loop, when what is waited for has come. */
export type Wait = (resume: () => void) => void

/**
 * Work that is done in slices, so that it does not hold the event loop: plain code, which knows nothing of Effect, as it
 * runs for each record.
 */
export interface Job<out A> {
  /** Does a slice of about so many units of work; whether all is done then. A unit is a fraction of a microsecond. */
  readonly next: (units: number) => boolean
  /**
   * What the last slice has come to wait for, if it is something that is done elsewhere: the next slice comes afterwards. A
   * job that is to do all at once waits for nothing.
   */
  readonly waitsFor?: (() => Wait | undefined) | undefined
  /** What came of it, once all is done. */
  readonly result: () => A
  /** Lets go of what it has seen. A job that is done, or has failed, has let go by itself. */
  readonly close: () => void
}

/**
 * What a slice has left to do, or `Infinity`. The body of a job takes from it what it does, and yields when nothing is left;
 * or it yields what it waits for.
 */
export interface Budget {
  left: number
}

/** What a job does. */
export type Body<A> = Generator<Wait | void, A, void>

/** A job whose body yields between slices. */
export const make = <A>(
  body: (budget: Budget) => Body<A>,
  close: () => void = () => {}
): Job<A> => {
  const budget: Budget = { left: 0 }
  const steps = body(budget)
  let found: { readonly value: A } | undefined
  let wait: Wait | undefined
  return {
    next: (units) => {
      budget.left = Math.max(1, units)
      let goesOn = false
      try {
        const { done, value } = steps.next()
        goesOn = done !== true
        wait = done === true ? undefined : value ?? undefined
        if (done === true) found = { value }
      } finally {
        if (!goesOn) close()
      }
      return !goesOn
    },
    waitsFor: () => wait,
    // eslint-disable-next-line no-restricted-syntax -- asked for only once `next` has said that it is there.
    result: () => (found as { readonly value: A }).value,
    close
  }
}

/** A job whose result is known. */
export const done = <A>(value: A): Job<A> => ({ next: () => true, result: () => value, close: () => {} })

/** Does something with each item, in slices. An item is as much work as so many units. */
export const each = <A>(items: ReadonlyArray<A>, f: (item: A) => void, units = 32): Job<void> =>
  make(function*(budget) {
    for (const item of items) {
      if ((budget.left -= units) < 0) yield
      f(item)
    }
  })

/** Does jobs one after the other, and gives what comes of the last. */
export const inTurn = <A>(first: ReadonlyArray<Job<unknown>>, last: Job<A>): Job<A> => {
  const jobs = [...first, last]
  const close = () => {
    for (const job of jobs) job.close()
  }
  let at = 0
  return {
    next: (units) => {
      let failed = true
      try {
        while (at < jobs.length && jobs[at]!.next(units)) at++
        failed = false
      } finally {
        if (failed) close()
      }
      return at === jobs.length
    },
    waitsFor: () => jobs[at]?.waitsFor?.(),
    result: last.result,
    close
  }
}

/** The same job, whose result may be asked for before its end: then the rest of it is done at once. */
export const asked = <A>(job: Job<A>): Job<A> => {
  let done = false
  const next = (units: number) => done ||= job.next(units)
  return {
    next,
    waitsFor: () => done ? undefined : job.waitsFor?.(),
    result: () => {
      while (!next(Infinity));
      return job.result()
    },
    close: job.close
  }
}

/** Does all of it at once: for what is known to be little. */
export const atOnce = <A>(job: Job<A>): A => {
  while (!job.next(Infinity));
  return job.result()
}
