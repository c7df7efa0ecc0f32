import type { Document, DocumentKind } from "@effect-pinecone/local/LocalModels"
import { DocumentError } from "@effect-pinecone/local/LocalModels"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as pdf from "./pdf.js"

/** Reads the text of a file. */
export const read = (
  fs: FileSystem.FileSystem,
  kind: DocumentKind,
  file: string
): Effect.Effect<Document, DocumentError> =>
  Effect.filterOrFail(
    kind === "pdf" ? Effect.map(pdf.pages(file), paged) : Effect.flatMap(
      Effect.mapError(fs.readFile(file), ({ message }) => new DocumentError({ message })),
      readers[kind]
    ),
    ({ text }) => /\S/.test(text),
    () =>
      new DocumentError({
        message: kind === "pdf"
          ? "The PDF has no text; pages that are pictures are not read."
          : "The file has no text."
      })
  )

const readers: Readonly<
  Record<Exclude<DocumentKind, "pdf">, (bytes: Uint8Array) => Effect.Effect<Document, DocumentError>>
> = {
  text: (bytes) => Effect.map(decode(bytes), unpaged),
  markdown: (bytes) => Effect.map(decode(bytes), unpaged),
  json: (bytes) => Effect.map(Effect.flatMap(decode(bytes), jsonText), unpaged),
  doc_x: (bytes) => Effect.map(wordPages(bytes), paged)
}

const unpaged = (text: string): Document => ({ text, pages: [] })

const paged = (texts: ReadonlyArray<string>): Document => {
  const pages: Array<number> = []
  let length = 0
  for (const text of texts) {
    pages.push(length)
    length += text.length + 2
  }
  return { text: texts.join("\n\n"), pages }
}

const decode = (bytes: Uint8Array): Effect.Effect<string, DocumentError> =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new DocumentError({ message: "The file is not text in UTF-8." })
  })

// -----------------------------------------------------------------------------
// JSON
// -----------------------------------------------------------------------------

const maxDepth = 64

/** JSON as lines of a name and a value, in a paragraph for each object: words that a question can meet. */
const jsonText = (text: string): Effect.Effect<string, DocumentError> =>
  Effect.try({
    try: () => {
      const paragraphs: Array<Array<string>> = [[]]
      const add = (name: string, value: unknown, depth: number): void => {
        if (depth > maxDepth) return
        if (Array.isArray(value)) {
          if (value.every(isScalar)) {
            if (value.length > 0) line(name, value.join(", "))
          } else {
            for (const item of value) {
              paragraphs.push([])
              add(name, item, depth + 1)
            }
            paragraphs.push([])
          }
        } else if (Predicate.isRecord(value)) {
          for (const [key, item] of Object.entries(value)) add(name === "" ? key : `${name}.${key}`, item, depth + 1)
        } else if (value !== null) line(name, String(value))
      }
      const line = (name: string, value: string) => {
        paragraphs.at(-1)?.push(name === "" ? value : `${name}: ${value}`)
      }
      add("", JSON.parse(text), 0)
      return paragraphs.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")
    },
    catch: () => new DocumentError({ message: "The file is not valid JSON." })
  })

const isScalar = (u: unknown): boolean => typeof u !== "object" || u === null

// -----------------------------------------------------------------------------
// Word
// -----------------------------------------------------------------------------

const wordProblem = (message: string) => new DocumentError({ message: `The document cannot be read: ${message}` })

/** A document of text beyond this is none, but a zip that unpacks to more than it seems. */
const largestWord = 256 * 2 ** 20

const wordPages = (bytes: Uint8Array): Effect.Effect<ReadonlyArray<string>, DocumentError> =>
  Effect.gen(function*() {
    const { unzip } = yield* Effect.tryPromise({
      try: () => import("fflate"),
      catch: (cause) => wordProblem(String(cause))
    })
    const files = yield* Effect.async<Readonly<Record<string, Uint8Array>>, DocumentError>((resume) => {
      const stop = unzip(
        bytes,
        { filter: ({ name, originalSize }) => name === "word/document.xml" && originalSize <= largestWord },
        (error, files) => resume(error === null ? Effect.succeed(files) : Effect.fail(wordProblem(error.message)))
      )
      return Effect.sync(stop)
    })
    const body = files["word/document.xml"]
    if (body === undefined) return yield* wordProblem("it has no word/document.xml")
    return wordText(yield* decode(body))
  })

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: "\"", apos: "'" }

const unescaped = (text: string): string =>
  text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return entities[name] ?? whole
    const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : parseInt(name.slice(1), 10)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** The text of each page, as far as Word has noted where pages ended when it last showed them. */
const wordText = (xml: string): ReadonlyArray<string> => {
  const pages: Array<string> = []
  let page = ""
  const tags = /<w:t(?:\s[^>]*)?>([^<]*)<\/w:t>|<\/w:p>|<w:tab\/>|<w:br(?:\s[^>]*)?\/>|<w:lastRenderedPageBreak\/>/g
  for (const [tag, text] of xml.matchAll(tags)) {
    if (text !== undefined) page += unescaped(text)
    else if (tag === "</w:p>") page += "\n\n"
    else if (tag === "<w:tab/>") page += "\t"
    else if (tag === "<w:lastRenderedPageBreak/>" || tag.includes("w:type=\"page\"")) {
      // A break that was asked for is noted a second time where it is shown.
      if (page.trim() !== "") {
        pages.push(page.trimEnd())
        page = ""
      }
    } else page += "\n"
  }
  pages.push(page.trimEnd())
  return pages
}
