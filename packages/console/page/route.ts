/** Where the page is: the part of its address after `#`. */

export const views = ["namespaces", "browse", "search", "map", "jobs"] as const

export type View = typeof views[number]

export type Route =
  | { readonly _tag: "Indexes" }
  | {
    readonly _tag: "Index"
    readonly name: string
    readonly view: View
    readonly params: { readonly [name: string]: string }
  }
  | { readonly _tag: "Unknown" }

const isView = (text: string): text is View => views.some((view) => view === text)

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const parse = (hash: string): Route => {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2)
  const [first, name, view = "namespaces", ...rest] = path.split("/").filter((part) => part !== "").map(decoded)
  if (first === undefined) return { _tag: "Indexes" }
  if (first !== "indexes" || rest.length > 0) return { _tag: "Unknown" }
  if (name === undefined) return { _tag: "Indexes" }
  return isView(view)
    ? { _tag: "Index", name, view, params: Object.fromEntries(new URLSearchParams(query)) }
    : { _tag: "Unknown" }
}

/** The address of a view of an index. */
export const to = (
  name: string,
  view: View,
  params: { readonly [name: string]: string | undefined } = {}
): string => {
  const given = Object.entries(params).flatMap(([key, value]) => value === undefined ? [] : [[key, value]])
  const query = new URLSearchParams(given).toString()
  return `#/indexes/${encodeURIComponent(name)}/${view}${query === "" ? "" : `?${query}`}`
}
