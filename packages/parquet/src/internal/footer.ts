import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import type * as Columns from "../Columns.js"
import type { ParquetError } from "../ParquetError.js"
import { columnsOf } from "./columns.js"
import { open } from "./file.js"
import type { File } from "./folders.js"

export interface Footer extends File {
  /** The names of the columns, in their order. */
  readonly columns: ReadonlyArray<string>
  /** Why the columns are no records: one is missing, or has a type that does not fit. */
  readonly problem: ParquetError | undefined
}

export const footerOf = (
  source: string,
  options: { readonly columns?: Columns.Columns | undefined } = {}
): Effect.Effect<Footer, ParquetError, FileSystem.FileSystem> =>
  Effect.scoped(Effect.gen(function*() {
    const { metadata, path, size } = yield* open(source)
    const checked = yield* Effect.either(columnsOf(path, metadata, options.columns))
    return {
      path,
      bytes: size,
      rows: metadata.rows,
      columns: metadata.root.children.map(({ name }) => name),
      problem: checked._tag === "Left" ? checked.left : undefined
    }
  }))
