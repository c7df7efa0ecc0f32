/**
 * The broken links of a folder of HTML: a file that does not exist, or a place in a page that it does not have.
 */
import * as Fs from "node:fs"
import * as Path from "node:path"
import { filesUnder } from "./workspace.js"

const decoded = (text: string): string => decodeURIComponent(text.replaceAll("&amp;", "&"))

/** One line for each broken link: the page, and where it leads. */
export const brokenLinks = (folder: string): ReadonlyArray<string> => {
  const files = new Set(filesUnder(folder))
  const pages = [...files].filter((file) => file.endsWith(".html"))
  const texts = new Map(pages.map((page) => [page, Fs.readFileSync(page, "utf8")]))
  const places = new Map(
    pages.map((page) => [page, new Set(Array.from(texts.get(page)!.matchAll(/ id="([^"]+)"/g), ([, id]) => id!))])
  )
  const broken = new Set<string>()
  for (const [page, text] of texts) {
    for (const [, link] of text.matchAll(/<a [^>]*?href="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(link!)) continue
      const [path = "", place = ""] = decoded(link!).split("#")
      const target = path === "" ? page : Path.resolve(Path.dirname(page), path)
      const ids = places.get(target)
      const found = ids === undefined ? files.has(target) : place === "" || ids.has(place)
      if (!found) broken.add(`${Path.relative(folder, page)}: ${decoded(link!)}`)
    }
  }
  return [...broken].sort()
}
