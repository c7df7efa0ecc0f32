import * as HttpApi from "@effect/platform/HttpApi"

/** The route of a request, as a template: `/indexes/{index_name}`. Never the path itself, of which there is no end. */
export type Route = (method: string, url: string) => string

/** What stands for every path that is in no definition. */
export const other = "other"

const pathOf = (url: string) => url.split("?", 1)[0]!

/** A definition, and what its paths begin with where it is served. */
export interface Part {
  readonly api: HttpApi.HttpApi.Any
  readonly prefix?: string
}

/** Finds the templates of definitions. */
export const make = (parts: ReadonlyArray<Part>): Route => {
  const exact = new Map<string, string>()
  const patterns: Array<{ readonly method: string; readonly pattern: RegExp; readonly template: string }> = []
  for (const { api, prefix = "" } of parts) {
    // eslint-disable-next-line no-restricted-syntax -- any definition can be looked at.
    HttpApi.reflect(api as unknown as HttpApi.HttpApi.AnyWithProps, {
      onGroup: () => {},
      onEndpoint: ({ endpoint: { method, path } }) => {
        const template = `${prefix}${path.replace(/:(\w+)/g, "{$1}")}`
        if (path.includes(":")) {
          const source = `${prefix}${path}`.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")
          patterns.push({ method, pattern: new RegExp(`^${source}$`), template })
        } else exact.set(`${method} ${template}`, template)
      }
    })
  }
  return (method, url) => {
    const path = pathOf(url)
    return exact.get(`${method} ${path}`) ??
      patterns.find((known) => known.method === method && known.pattern.test(path))?.template ??
      other
  }
}
