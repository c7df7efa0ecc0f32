/** A scheduler for fibers beside a page. */
import * as Scheduler from "effect/Scheduler"

/** How long fibers run before the browser gets its turn, in milliseconds: a frame has 16. */
const slice = 12

/** The clock is read once for so many steps of a fiber. */
const steps = 16

/**
 * Has fibers give way to the browser by time. Effect counts their steps instead, and a step that reads its first answer compiles
 * the Schema of it.
 */
export const make = (): Scheduler.Scheduler => {
  const { port1, port2 } = new MessageChannel()
  let waiting: Array<() => void> = []
  let started = 0
  port1.onmessage = () => {
    const tasks = waiting
    waiting = []
    started = performance.now()
    for (const task of tasks) task()
  }
  return Scheduler.make(
    (task) => {
      if (waiting.push(task) === 1) port2.postMessage(null)
    },
    ({ currentOpCount }) => currentOpCount % steps === 0 && performance.now() - started > slice ? 1 : false
  )
}
