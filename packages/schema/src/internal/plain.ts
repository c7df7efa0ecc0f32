import { isArray, isObject } from "./guards.js"
import { represented } from "./represented.js"
import { reason } from "./show.js"

/** Beyond what anybody writes, and far below what overflows the stack or takes long. */
const mostLevels = 520
const mostValues = 250_000
const longestPath = 200

/** Where a value cannot be read, and why. */
export class Unreadable {
  constructor(
    /** Behind the value that was to be copied: `.a[3]`, or nothing where it is itself. */
    readonly path: string,
    readonly message: string
  ) {}
}

const within = (step: string, { message, path }: Unreadable): Unreadable =>
  new Unreadable((step + path).slice(0, longestPath), message)

/** The objects that JSON would write as if they were empty. */
const isCollection = (value: object): boolean =>
  value instanceof Map || value instanceof Set || value instanceof ArrayBuffer || ArrayBuffer.isView(value)

/** The arrays of numbers that the SDK's own JSON has a form for. */
const isVector = (value: object): boolean =>
  ArrayBuffer.isView(value) && (value instanceof Float32Array || value instanceof Uint32Array)

/**
 * What stands for a value in JSON, copied: the objects and lists are plain ones, and each is read once, so that what is
 * found out about the copy stays true. Texts, numbers and the rest are as they were, also those that JSON has no form for;
 * so are vectors, where they are taken.
 */
export const plain = (value: unknown, vectors: "vectors" | "no vectors" = "no vectors"): unknown => {
  let values = 0
  const around = new Set<object>()

  const copy = (value: unknown, key: string, level: number): unknown => {
    if ((typeof value !== "object" || value === null) && typeof value !== "function") return value
    let step = ""
    try {
      const standing = represented(value, key)
      if (typeof standing !== "object" || standing === null) return standing
      if (level > mostLevels) return new Unreadable("", `must not be nested more than ${mostLevels} levels deep`)
      if (vectors === "vectors" && isVector(standing)) return standing
      if (isCollection(standing)) return new Unreadable("", "must be a plain object or a list")
      if (around.has(standing)) return new Unreadable("", "must not contain itself")
      around.add(standing)
      if (isArray(standing)) {
        const items: Array<unknown> = []
        for (let i = 0; i < standing.length; i++) {
          step = `[${i}]`
          if (++values > mostValues) return new Unreadable("", `must hold at most ${mostValues} values`)
          const item = copy(standing[i], String(i), level + 1)
          if (item instanceof Unreadable) return within(step, item)
          items.push(item)
        }
        around.delete(standing)
        return items
      }
      if (!isObject(standing)) return standing
      const entries: Array<readonly [string, unknown]> = []
      for (const key of Object.keys(standing)) {
        step = `.${key}`
        if (++values > mostValues) return new Unreadable("", `must hold at most ${mostValues} values`)
        const item = copy(standing[key], key, level + 1)
        if (item instanceof Unreadable) return within(step, item)
        entries.push([key, item])
      }
      around.delete(standing)
      return Object.fromEntries(entries)
    } catch (thrown) {
      return new Unreadable(step, `cannot be read: ${reason(thrown)}`)
    }
  }

  return copy(value, "", 0)
}
