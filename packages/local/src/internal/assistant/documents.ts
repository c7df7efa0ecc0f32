import type { Document, DocumentKind } from "../../LocalModels.js"

export type { Document }

/** The formats that are read, by their names in references. */
export type Kind = DocumentKind

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
