import * as ParquetReader from "@effect-pinecone/parquet/ParquetReader"
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { FoundFile, ImportProblem } from "./importFolder.js"
import { userError } from "./importFolder.js"
import { storeProblem } from "./importStores.js"
import type { Model } from "./records.js"
import { recordProblem } from "./records.js"

export interface ImportFile extends FoundFile {
  /** By its footer. */
  readonly rows: number
}

export interface ImportedRecord extends ParquetReader.ParquetRecord {}

/** A row of a file: a record of the index, or why it is none. */
export interface Row {
  /** Counted from zero in the file. */
  readonly row: number
  readonly record: ImportedRecord | undefined
  readonly problem: string | undefined
}

// An import takes these columns by no other names.
const columns = { aliases: false }

/** The types of the columns, in the words of Pinecone's guide. */
const expected: Readonly<Record<string, string>> = {
  id: "STRING",
  values: "LIST<FLOAT>",
  sparse_values: "STRUCT<indices: LIST<UINT_32>, values: LIST<FLOAT>>"
}

/** The column of an index's vectors. */
const vectorColumn = (model: Model): string => model.vectorType === "sparse" ? "sparse_values" : "values"

/** Checks what a file says of itself, before any of its rows is read. */
export const check = (
  file: FoundFile,
  model: Model
): Effect.Effect<ImportFile, ImportProblem, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const wrong = (message: string) => userError(`"${file.name}": ${message}`)
    const footer = yield* Effect.mapError(ParquetReader.footer(file.path, { columns }), ({ message, reason, store }) =>
      store !== undefined
        ? storeProblem(store)
        : reason === "InvalidFile"
        ? wrong("Parquet footer could not be parsed. Are you sure this is valid parquet?")
        : wrong(message))
    const lacks = (column: string) =>
      !footer.columns.includes(column)
    if (lacks("id")) {
      return yield* wrong("Missing required column \"id\"")
    }
    if (lacks("values") && lacks("sparse_values")) {
      return yield* wrong(`Missing required column "${vectorColumn(model)}"`)
    }
    if (footer.problem !== undefined) {
      const { column = "", message, type } = footer.problem
      if (column === "metadata") {
        return yield* wrong(
          `The expected data type for metadata is a JSON encoded string in UTF-8 format, but got "${type}"`
        )
      }
      return yield* wrong(
        expected[column] === undefined
          ? message
          : `The expected data type for column "${column}" is "${expected[column]}", but got "${type}"`
      )
    }
    return { ...file, rows: footer.rows }
  })

const missing = (column: string): string => `missing required values in column "${column}"`

/** Why a row that has a record's parts is no record of the index. */
const problemOf = (model: Model, record: ImportedRecord): string | undefined => {
  const lacksVector = model.vectorType === "sparse"
    ? record.values === undefined && record.sparseValues === undefined
    : record.values === undefined
  return lacksVector ? missing(vectorColumn(model)) : recordProblem(model, record)
}

const rowProblem = (model: Model, { column, isMissing, message }: ParquetReader.RowProblem): string => {
  if (column === "metadata") return `Failed to parse metadata: ${message}`
  return isMissing ? missing(column === "id" ? column : vectorColumn(model)) : message
}

/** The rows of a file in their order, in chunks. */
export const read = (
  { name, path }: ImportFile,
  model: Model,
  chunkRows: number
): Stream.Stream<ReadonlyArray<Row>, ImportProblem, FileSystem.FileSystem | Path.Path> =>
  ParquetReader.rows(path, { chunkRows, columns }).pipe(
    Stream.mapBoth({
      onFailure: ({ message, store }) => store === undefined ? userError(`"${name}": ${message}`) : storeProblem(store),
      onSuccess: ({ count, problems, records, start }) => {
        let bad = 0
        return Array.from({ length: count }, (_, i): Row => {
          const row = start + i
          const problem = problems[bad]
          if (problem?.row === row) {
            bad++
            return { row, record: undefined, problem: rowProblem(model, problem) }
          }
          const record = records[i - bad]!
          return { row, record, problem: problemOf(model, record) }
        })
      }
    })
  )
