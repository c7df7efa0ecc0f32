import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { ObjectStore } from "../ObjectStore.js"
import type { ObjectStoreError } from "../ObjectStoreError.js"
import type { Options as StoresOptions } from "../Stores.js"
import type { Call, Request } from "./caller.js"
import { smallAnswer } from "./caller.js"
import { failed } from "./failures.js"
import * as reading from "./reading.js"

interface Options {
  readonly call: Call
  readonly origin: string
  /** What stands behind the path, with its question mark: a signature can. */
  readonly query: string
  readonly https: StoresOptions["https"]
}

/** What an index page may lead to. */
const maxFolders = 10_000

const links = /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi

/** The files and folders in a folder, by the links of its index page. */
const linked = (page: string, address: string): ReadonlyArray<string> => {
  const { origin, pathname } = new URL(address)
  const found = new Set<string>()
  for (const [, double, single, bare] of page.matchAll(links)) {
    const href = (double ?? single ?? bare ?? "").replaceAll("&amp;", "&")
    if (!URL.canParse(href, address)) continue
    const url = new URL(href, address)
    const isBelow = url.origin === origin && url.pathname.startsWith(pathname) && url.pathname !== pathname
    if (isBelow && url.search === "") found.add(url.pathname.slice(1))
  }
  return Array.from(found).sort()
}

/** A web server: its files are read by ranges, and found by the index pages that servers make of folders. */
export const make = ({ call, https, origin, query }: Options): ObjectStore => {
  const uriOf = (key: string): string => `${origin}/${key}`
  const own = https?.origin === origin
    ? Object.fromEntries(
      Object.entries(https.headers).map(([name, value]) => [name.toLowerCase(), Redacted.value(value)])
    )
    : {}
  const request = (
    method: "GET" | "HEAD",
    key: string,
    headers: Readonly<Record<string, string>>
  ): Effect.Effect<Request> => Effect.succeed({ method, url: uriOf(key) + query, headers: { ...own, ...headers } })
  const source = reading.make({ call, uriOf, request })
  const refuse = (key: string) => failed("Unsupported", uriOf(key), "a web server is only read")

  const indexOf = (folder: string) =>
    Effect.flatMap(
      call({ uri: uriOf(folder), most: smallAnswer }, request("GET", folder, { accept: "text/html" })),
      ({ bytes, headers }): Effect.Effect<ReadonlyArray<string>, ObjectStoreError> =>
        (headers["content-type"] ?? "").includes("html")
          ? Effect.succeed(linked(new TextDecoder().decode(bytes), uriOf(folder)))
          : failed("Unsupported", uriOf(folder), "it has no index page that names its files: name each file instead")
    )

  const keysUnder = (folder: string, seen: Set<string>): Stream.Stream<string, ObjectStoreError> =>
    Stream.unwrap(Effect.gen(function*() {
      if (seen.has(folder)) return Stream.empty
      if (seen.size === maxFolders) {
        return yield* failed("Refused", uriOf(folder), `it has more than ${maxFolders} folders`)
      }
      seen.add(folder)
      return Stream.flatMap(
        Stream.fromIterable(yield* indexOf(folder)),
        (key) => key.endsWith("/") ? keysUnder(key, seen) : Stream.make(key)
      )
    }))

  return {
    ...source,
    uriOf,
    list: (prefix) =>
      Stream.suspend(() => keysUnder(prefix.slice(0, prefix.lastIndexOf("/") + 1), new Set())).pipe(
        Stream.filter((key) => key.startsWith(prefix)),
        Stream.mapEffect(source.stat, { concurrency: 4 })
      ),
    write: refuse,
    stage: refuse,
    remove: refuse
  }
}
