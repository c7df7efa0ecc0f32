/** Where random values come from: the same seed gives the same ones. */
export const key = "fuzz-key"
export const secret = "fuzz-secret"

export interface Source {
  /** A whole number from 0 up to this one, without it. */
  readonly below: (limit: number) => number
  readonly chance: (share: number) => boolean
  readonly pick: <A>(all: ReadonlyArray<A>) => A
  readonly bytes: (length: number) => Buffer
  readonly text: () => string
  /** JSON of any shape. */
  readonly json: (depth?: number) => unknown
  /** The value with a few of its parts replaced. */
  readonly mutated: (value: unknown) => unknown
}

/** Mulberry32. */
export const source = (seed: number): Source => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6D2B79F5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  const chance = (share: number) => next() < share
  const pick = <A>(all: ReadonlyArray<A>): A => all[below(all.length)]!
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)))

  const texts = [
    "",
    " ",
    "a",
    "fuzz",
    "__proto__",
    "constructor",
    "toString",
    "__default__",
    "..",
    "../../etc/passwd",
    "%00",
    "\u0000",
    "ä😀",
    "\ud800",
    "null",
    "-1",
    "NaN",
    "1e400",
    "'; DROP TABLE records; --",
    "{\"a\":1}",
    "x".repeat(46),
    "x".repeat(513),
    "x".repeat(5000),
    "2026-04-01T00:00:00Z",
    "multilingual-e5-large",
    "cosine",
    "$eq",
    "$and"
  ]
  const text = () => pick(texts)

  const json = (depth = 0): unknown => {
    switch (below(depth > 4 ? 6 : 10)) {
      case 0:
        return null
      case 1:
        return chance(0.5)
      case 2:
        return pick([0, -0, 1, -1, 3, 1.5, 1e-320, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), 10_000, 10_001])
      case 3:
      case 4:
      case 5:
        return text()
      case 6:
      case 7:
        return Array.from({ length: below(4) }, () => json(depth + 1))
      default:
        return Object.fromEntries(Array.from({ length: below(4) }, () => [text(), json(depth + 1)]))
    }
  }

  const mutated = (value: unknown): unknown => {
    if (chance(0.15)) return json()
    if (Array.isArray(value)) {
      const items = value.map((item) => chance(0.3) ? mutated(item) : item)
      return chance(0.1) ? [...items, ...items, json()] : items
    }
    if (typeof value !== "object" || value === null) return chance(0.5) ? json() : value
    const entries = Object.entries(value).flatMap(([name, field]) =>
      chance(0.1) ? [] : [[name, chance(0.3) ? mutated(field) : field]]
    )
    return Object.fromEntries(chance(0.1) ? [...entries, [text(), json()]] : entries)
  }

  return { below, chance, pick, bytes, text, json, mutated }
}
