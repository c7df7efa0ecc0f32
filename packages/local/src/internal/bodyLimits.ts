import type { Plane } from "./respond.js"

// What a body may be, route by route. A request of Pinecone's may weigh 2 MB: ids, metadata and 4 bytes a number. As JSON a
// number takes up to six times that, and as a `Struct` of gRPC the metadata does.

const MiB = 2 ** 20

/** The most bytes of a request with records, and of a gRPC message, unpacked. */
export const largestRequest = 16 * MiB

/** The most bytes of a file's upload: a file of 100 MiB, and so much more that the answer can say by what it is larger. */
const largestUpload = 102 * MiB

/** What a body is written in. */
export type Format = "json" | "ndjson" | "multipart" | "form" | "text"

/** What the body of a request may be. */
export interface BodyRule {
  /** The most bytes. */
  readonly bytes: number
  readonly formats: ReadonlyArray<Format>
}

/** The content types of each format, in lower case and without parameters. */
const contentTypes: Readonly<Record<Format, string>> = {
  json: "application/json",
  ndjson: "application/x-ndjson",
  multipart: "multipart/form-data",
  form: "application/x-www-form-urlencoded",
  text: "text/plain"
}

type Row = readonly [planes: ReadonlyArray<Plane>, paths: RegExp, rule: BodyRule]

/** The first row that matches holds. Paths of assistants stand here with and without `/assistant`. */
const rows: ReadonlyArray<Row> = [
  // Text records, each on a line. The official TypeScript client leaves their content type to `fetch`, which takes text for
  // text: a page could send that unasked, and is known by its `Origin`.
  [["records"], /^\/records\/namespaces\/[^/]*\/upsert$/, {
    bytes: largestRequest,
    formats: ["ndjson", "json", "text"]
  }],
  [["data", "records"], /./, { bytes: largestRequest, formats: ["json"] }],
  [["assistant"], /^(\/assistant)?\/files\//, { bytes: largestUpload, formats: ["multipart"] }],
  // It does so with a streamed chat, too.
  [["assistant"], /^(\/assistant)?\/chat\//, { bytes: 4 * MiB, formats: ["json", "text"] }],
  [["assistant", "evaluation"], /./, { bytes: 4 * MiB, formats: ["json"] }],
  // Texts to embed and documents to rank.
  [["inference"], /./, { bytes: 4 * MiB, formats: ["json"] }],
  [["login"], /./, { bytes: 64 * 1024, formats: ["json", "form"] }],
  [["control"], /./, { bytes: MiB, formats: ["json"] }]
]

const otherwise: BodyRule = { bytes: MiB, formats: ["json"] }

/** What the body of a request to a path may be. */
export const ruleOf = (plane: Plane, path: string): BodyRule =>
  rows.find(([planes, paths]) => planes.includes(plane) && paths.test(path))?.[2] ?? otherwise

/** Whether a content type is of a format that the rule allows. */
export const allows = ({ formats }: BodyRule, contentType: string): boolean => {
  const type = contentType.split(";")[0]!.trim().toLowerCase()
  return formats.some((format) => contentTypes[format] === type)
}

/** The content types of a rule, for a person. */
export const named = ({ formats }: BodyRule): string => formats.map((format) => contentTypes[format]).join(" or ")
