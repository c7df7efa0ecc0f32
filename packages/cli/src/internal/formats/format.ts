import type * as Columns from "@effect-pinecone/parquet/Columns"
import * as Options from "@effect/cli/Options"
import * as Ingest from "effect-pinecone/Ingest"
import * as PineconeError from "effect-pinecone/PineconeError"
import type { VectorRecord } from "effect-pinecone/VectorRecord"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as flags from "../flags.js"
import type { Problem } from "../problem.js"
import { usage } from "../problem.js"
import { nameOf, standard } from "../standard.js"

export const formats = ["jsonl", "csv", "parquet", "arrow"] as const

export type Format = typeof formats[number]

const endings: { readonly [ending: string]: Format } = {
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "jsonl",
  csv: "csv",
  parquet: "parquet",
  arrow: "arrow",
  arrows: "arrow",
  feather: "arrow",
  ipc: "arrow"
}

export const flag = flags.oneOf(
  "format",
  "The form of the file. Default: by the ending of its name; jsonl for standard input and output.",
  ...formats
).pipe(Options.optional)

/** The form of a file: as it was said, or by the ending of its name. */
export const of = (file: string, given: Option.Option<Format>): Effect.Effect<Format, Problem> => {
  if (Option.isSome(given)) return Effect.succeed(given.value)
  if (file === standard) return Effect.succeed("jsonl")
  const found = endings[/\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? ""]
  return found === undefined
    ? usage(`The form of "${file}" cannot be seen by the ending of its name: add --format ${formats.join(", ")}.`)
    : Effect.succeed(found)
}

/** What stands in a source for a record that cannot be read, and ends the run or is set aside. */
export const unreadable = (file: string, row: string, message: string, field?: string): Ingest.Unreadable =>
  new Ingest.Unreadable({
    error: new PineconeError.InvalidRequest({
      operation: "upsert",
      field,
      message: `${nameOf(file)}, ${row}: ${message}`
    })
  })

export type Item = VectorRecord | Ingest.Unreadable

export const columnFlag = flags.pairs(
  "column",
  "Which column has the id, values, sparse_values or metadata, such as values=embedding; metadata=rest for all others; " +
    "text=COLUMN reads the numbers of a column as texts."
)

const parts = ["id", "values", "sparse_values", "metadata", "text"]

/** The columns that were named. */
export const columnsOf = (
  given: { readonly [part: string]: string }
): Effect.Effect<Columns.Columns | undefined, Problem> => {
  const unknown = Object.keys(given).find((part) => !parts.includes(part))
  if (unknown !== undefined) {
    return usage(`--column names "${unknown}", which a record does not have: use ${parts.join(", ")}.`)
  }
  if (Object.keys(given).length === 0) return Effect.succeed(undefined)
  const { id, metadata, sparse_values: sparseValues, text, values } = given
  return Effect.succeed({
    ...(id === undefined ? {} : { id }),
    ...(values === undefined ? {} : { values: values.includes("*") ? { pattern: values } : values }),
    ...(sparseValues === undefined ? {} : { sparseValues }),
    ...(metadata === undefined
      ? {}
      : { metadata: metadata === "rest" ? "rest" : metadata.split(",").length > 1 ? metadata.split(",") : metadata }),
    ...(text === undefined ? {} : { asText: text.split(",") })
  })
}
