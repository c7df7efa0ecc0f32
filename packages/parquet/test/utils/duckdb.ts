import { DuckDBInstance } from "@duckdb/node-api"
import type { DuckDBValue } from "@duckdb/node-api"
import * as Effect from "effect/Effect"

/** Runs statements in a database of their own, and gives the rows of the last. */
export const duckdb = (
  ...statements: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<ReadonlyArray<DuckDBValue>>> =>
  Effect.scoped(
    Effect.gen(function*() {
      const connection = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const instance = await DuckDBInstance.create(":memory:")
          return { instance, connection: await instance.connect() }
        }),
        ({ connection, instance }) =>
          Effect.sync(() => {
            connection.closeSync()
            instance.closeSync()
          })
      )
      let rows: ReadonlyArray<ReadonlyArray<DuckDBValue>> = []
      for (const statement of statements) {
        const reader = yield* Effect.promise(() => connection.connection.runAndReadAll(statement))
        rows = reader.getRows()
      }
      return rows
    })
  )
