/** The most characters of a value in a message. */
const longest = 100

/** The most entries of a list or an object in a message, and the levels below it. */
const mostEntries = 10
const deepest = 3

const cut = (text: string): string => text.length > longest ? `${text.slice(0, longest)}…` : text

const isList = (u: unknown): u is ReadonlyArray<unknown> => Array.isArray(u)

const joined = (parts: ReadonlyArray<string>, length: number): string =>
  `${parts.join(",")}${length > mostEntries ? ",…" : ""}`

/** What an object is called, with its article: `a Map`. */
const kind = (value: object): string => {
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1)
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`
}

const shownObject = (value: object, depth: number): string => {
  if (isList(value)) {
    if (depth === 0) return value.length === 0 ? "[]" : "[…]"
    return `[${joined(Array.from(value.slice(0, mostEntries), (item) => shown(item, depth - 1)), value.length)}]`
  }
  if (kind(value) !== "an Object") return kind(value)
  const keys = Object.keys(value)
  if (depth === 0) return keys.length === 0 ? "{}" : "{…}"
  const entries = Object.entries(value).slice(0, mostEntries).map(([key, item]) =>
    `${JSON.stringify(cut(key))}:${shown(item, depth - 1)}`
  )
  return `{${joined(entries, keys.length)}}`
}

const shown = (value: unknown, depth: number): string => {
  switch (typeof value) {
    case "string":
      return JSON.stringify(cut(value))
    case "bigint":
      return `${cut(String(value))}n`
    case "function":
      return "a function"
    case "object":
      return value === null ? "null" : shownObject(value, depth)
    default:
      return String(value)
  }
}

/** A value of any kind as a short text, for a message: as JSON where it has one. It never throws. */
export const show = (value: unknown): string => {
  try {
    return typeof value === "string" ? shown(value, 0) : cut(shown(value, deepest))
  } catch {
    return "a value that cannot be read"
  }
}

/** What was thrown, as a short text. It never throws. */
export const reason = (thrown: unknown): string => {
  try {
    return thrown instanceof Error && typeof thrown.message === "string" && thrown.message !== ""
      ? cut(thrown.message)
      : show(thrown)
  } catch {
    return "a value that cannot be read"
  }
}
