import * as Input from "@effect-pinecone/schema/Input"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import { DocumentProblem } from "./documentProblem.js"
import * as pdf from "./pdf.js"

/** The formats that are read, by their names in references. */
export type Kind = "text" | "markdown" | "json" | "pdf" | "doc_x"

/** The text of a file. */
export interface Document {
  readonly text: string
  /** Where each page begins in the text; none where the format has no pages. */
  readonly pages: ReadonlyArray<number>
}

const byExtension: Readonly<Record<string, Kind>> = {
  txt: "text",
  md: "markdown",
  markdown: "markdown",
  json: "json",
  pdf: "pdf",
  docx: "doc_x"
}

const byContentType: Readonly<Record<string, Kind>> = {
  "text/plain": "text",
  "text/markdown": "markdown",
  "application/json": "json",
  "application/pdf": "pdf",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "doc_x"
}

/** The format of a file: by its name, or by its content type where the name does not tell. */
export const kindOf = (name: string, contentType: string): Kind | undefined => {
  const extension = /\.([^./\\]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""
  if (Object.hasOwn(byExtension, extension)) return byExtension[extension]
  const type = contentType.split(";")[0]!.trim().toLowerCase()
  return extension === "" && Object.hasOwn(byContentType, type) ? byContentType[type] : undefined
}

/** The names of the formats, for people. */
export const kinds = ".txt, .md, .json, .pdf and .docx"

/** The pages that a part of the text is on, counted from 1. */
export const pagesOf = ({ pages }: Document, from: number, to: number): ReadonlyArray<number> => {
  const found: Array<number> = []
  for (let i = 0; i < pages.length; i++) {
    const end = pages[i + 1] ?? Infinity
    if (pages[i]! < to && end > from) found.push(i + 1)
  }
  return found
}

/** Reads the text of a file. */
export const read = (
  fs: FileSystem.FileSystem,
  kind: Kind,
  file: string
): Effect.Effect<Document, DocumentProblem> =>
  Effect.filterOrFail(
    kind === "pdf" ? Effect.map(pdf.pages(file), paged) : Effect.flatMap(
      Effect.mapError(fs.readFile(file), ({ message }) => new DocumentProblem({ message })),
      readers[kind]
    ),
    ({ text }) => /\S/.test(text),
    () =>
      new DocumentProblem({
        message: kind === "pdf"
          ? "The PDF has no text; pages that are pictures are not read."
          : "The file has no text."
      })
  )

const readers: Readonly<Record<Exclude<Kind, "pdf">, (bytes: Uint8Array) => Effect.Effect<Document, DocumentProblem>>> =
  {
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

const decode = (bytes: Uint8Array): Effect.Effect<string, DocumentProblem> =>
  Effect.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => new DocumentProblem({ message: "The file is not text in UTF-8." })
  })

// -----------------------------------------------------------------------------
// JSON
// -----------------------------------------------------------------------------

const maxDepth = 64

/** JSON as lines of a name and a value, in a paragraph for each object: words that a question can meet. */
const jsonText = (text: string): Effect.Effect<string, DocumentProblem> =>
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
        } else if (Input.isObject(value)) {
          for (const [key, item] of Object.entries(value)) add(name === "" ? key : `${name}.${key}`, item, depth + 1)
        } else if (value !== null) line(name, String(value))
      }
      const line = (name: string, value: string) => {
        paragraphs.at(-1)?.push(name === "" ? value : `${name}: ${value}`)
      }
      add("", JSON.parse(text), 0)
      return paragraphs.filter((lines) => lines.length > 0).map((lines) => lines.join("\n")).join("\n\n")
    },
    catch: () => new DocumentProblem({ message: "The file is not valid JSON." })
  })

const isScalar = (u: unknown): boolean => typeof u !== "object" || u === null

// -----------------------------------------------------------------------------
// Word
// -----------------------------------------------------------------------------

const wordProblem = (message: string) => new DocumentProblem({ message: `The document cannot be read: ${message}` })

/** A document of text beyond this is none, but a zip that unpacks to more than it seems. */
const largestWord = 256 * 2 ** 20

const wordPages = (bytes: Uint8Array): Effect.Effect<ReadonlyArray<string>, DocumentProblem> =>
  Effect.gen(function*() {
    const { unzip } = yield* Effect.tryPromise({
      try: () => import("fflate"),
      catch: (cause) => wordProblem(String(cause))
    })
    const files = yield* Effect.async<Readonly<Record<string, Uint8Array>>, DocumentProblem>((resume) => {
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
