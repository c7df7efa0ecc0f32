/**
 * A turn of the event loop after each test. Tests on a clock of their own may run for a minute on promises alone, and
 * meanwhile a worker of Vitest hears nothing of the process that waits for its word.
 */
import { afterEach } from "vitest"

afterEach(() =>
  new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
)
