/** What happens before and after the tests of each file. */
import { effect, flakyTest, it, layer, live, prop, scoped, scopedLive } from "@effect/vitest"
import { afterEach } from "vitest"
import { FastCheck } from "./testing/properties.js"

// The values of property tests are new ones in each run. With a seed they are the same in each, so that what failed can be
// run again, and a merge does not fail by bad luck.
const seed = Number(process.env["PROPERTY_SEED"] ?? Number.NaN)
if (Number.isSafeInteger(seed)) FastCheck.configureGlobal({ ...FastCheck.readConfigureGlobal(), seed })

// `layer` of @effect/vitest writes its own methods into the one `it` that all files of a worker share. Each file begins with
// those that have a clock of their own.
Object.assign(it, { effect, flakyTest, layer, live, prop, scoped, scopedLive })

// A turn of the event loop after each test. Tests on a clock of their own may run for a minute on promises alone, and
// meanwhile a worker of Vitest hears nothing of the process that waits for its word.
afterEach(() =>
  new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
)
