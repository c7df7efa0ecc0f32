import type * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberMap from "effect/FiberMap"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as parquet from "./parquetImport.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import { now, uuid } from "./project.js"
import { namespaceProblem, recordProblem } from "./records.js"
import { StoreTag } from "./store.js"

/** An import as it is kept. */
export interface ImportDocument {
  readonly id: string
  readonly uri: string
  readonly status: "Pending" | "InProgress" | "Failed" | "Completed" | "Cancelled"
  readonly createdAt: string
  readonly finishedAt?: string | undefined
  readonly percentComplete: number
  readonly recordsImported: number
  readonly error?: string | undefined
}

export interface Imports {
  readonly start: (
    index: LiveIndex,
    request: { readonly uri: string; readonly onError: BulkImport.OnError }
  ) => Effect.Effect<string, problem.Problem>
  readonly list: (index: LiveIndex) => Effect.Effect<ReadonlyArray<ImportDocument>, problem.Problem>
  readonly describe: (index: LiveIndex, id: string) => Effect.Effect<ImportDocument, problem.Problem>
  readonly cancel: (index: LiveIndex, id: string) => Effect.Effect<void, problem.Problem>
}

/** The bulk imports of the server's indexes: each in a fiber of its own, which ends with its index. */
export class ImportsTag extends Context.Tag("@effect-pinecone/local/internal/Imports")<ImportsTag, Imports>() {}

const make = Effect.fnUntraced(function*(importRoot: string | undefined) {
  const store = yield* StoreTag
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  // By index id, then by import id, in order of their start.
  const byIndex = new Map<string, Map<string, ImportDocument>>()

  const kind = (index: LiveIndex) => `import:${index.document.id}`

  const of = (index: LiveIndex): Effect.Effect<Map<string, ImportDocument>, problem.Problem> =>
    Effect.suspend(() => {
      const known = byIndex.get(index.document.id)
      if (known !== undefined) return Effect.succeed(known)
      return Effect.map(Effect.mapError(store.documents.all(kind(index)), problem.fromStore), (rows) => {
        // eslint-disable-next-line no-restricted-syntax -- the store gives back what was put.
        const all = new Map(rows.map(({ document, id }) => [id, afterRestart(document as ImportDocument)]))
        byIndex.set(index.document.id, all)
        return all
      })
    })

  const keep = (index: LiveIndex, document: ImportDocument) =>
    Effect.zipRight(
      Effect.mapError(store.documents.put(kind(index), document.id, document), problem.fromStore),
      Effect.map(of(index), (all) => {
        all.set(document.id, document)
      })
    )

  const folderOf = (uri: string): Effect.Effect<string, parquet.ImportProblem> =>
    Effect.gen(function*() {
      if (!uri.startsWith("file://")) {
        return yield* new parquet.ImportProblem({
          message: `${uri} cannot be reached: the embedded server imports from folders, as file:///path/to/folder`
        })
      }
      const folder = yield* Effect.mapError(
        path.fromFileUrl(new URL(uri)),
        () => new parquet.ImportProblem({ message: `${uri} is no address of a folder` })
      )
      const real = yield* Effect.mapError(
        fs.realPath(folder),
        () => new parquet.ImportProblem({ message: `${uri} cannot be read: there is no such folder` })
      )
      if (importRoot !== undefined) {
        const root = yield* Effect.mapError(
          fs.realPath(importRoot),
          () => new parquet.ImportProblem({ message: "the server's folder for imports cannot be read" })
        )
        const inside = path.relative(root, real)
        if (inside.startsWith("..") || path.isAbsolute(inside)) {
          return yield* new parquet.ImportProblem({ message: `${uri} is outside of the server's folder for imports` })
        }
      }
      return real
    })

  const run = (index: LiveIndex, document: ImportDocument, onError: BulkImport.OnError) =>
    Effect.gen(function*() {
      const progress = yield* of(index)
      const show = (change: Partial<ImportDocument>) => {
        progress.set(document.id, { ...progress.get(document.id)!, ...change })
      }
      yield* keep(index, { ...document, status: "InProgress" })
      const files = yield* Effect.flatMap(folderOf(document.uri), parquet.scan)
      for (const { namespace } of files) {
        const wrong = namespaceProblem(namespace)
        if (wrong !== undefined) return yield* new parquet.ImportProblem({ message: wrong })
      }
      const total = files.reduce((rows, file) => rows + Math.max(0, file.rows), 0)
      let seen = 0
      let imported = 0
      for (const file of files) {
        yield* Stream.runForEach(
          parquet.read(file, { chunkRows: Limits.limits.upsertRecords }),
          ({ problems, records }) =>
            Effect.gen(function*() {
              if (problems.length > 0 && onError === "abort") {
                const first = problems[0]!
                return yield* new parquet.ImportProblem({
                  message: `${path.basename(first.file)}, row ${first.row}: ${first.message}`
                })
              }
              const good: Array<parquet.ImportedRecord> = []
              for (const record of records) {
                const wrong = recordProblem(index.document.model, record)
                if (wrong === undefined) good.push(record)
                else if (onError === "abort") {
                  return yield* new parquet.ImportProblem({
                    message: `${path.basename(file.path)}, record "${record.id}": ${wrong}`
                  })
                }
              }
              if (good.length > 0) yield* index.data.upsert(file.namespace, good)
              seen += records.length + problems.length
              imported += good.length
              show({
                recordsImported: imported,
                percentComplete: total === 0 ? 0 : Math.min(99.9, (100 * seen) / total)
              })
              yield* Effect.yieldNow()
            })
        )
      }
      return imported
    }).pipe(
      Effect.provideService(FileSystem.FileSystem, fs),
      Effect.provideService(Path.Path, path),
      Effect.onExit((exit) =>
        Effect.ignore(Effect.gen(function*() {
          const state = (yield* of(index)).get(document.id)!
          const finishedAt = (yield* now).toISOString()
          if (Exit.isSuccess(exit)) {
            return yield* keep(index, {
              ...state,
              status: "Completed",
              percentComplete: 100,
              recordsImported: exit.value,
              finishedAt
            })
          }
          if (Exit.isInterrupted(exit)) return yield* keep(index, { ...state, status: "Cancelled", finishedAt })
          const error = Cause.squash(exit.cause)
          yield* keep(index, {
            ...state,
            status: "Failed",
            error: error instanceof Error ? error.message : String(error),
            finishedAt
          })
        }))
      )
    )

  const describe: Imports["describe"] = (index, id) =>
    Effect.flatMap(of(index), (all) => {
      const found = all.get(id)
      return found === undefined ? problem.notFound(`Import ${id} not found.`) : Effect.succeed(found)
    })

  return ImportsTag.of({
    start: (index, { onError, uri }) =>
      Effect.gen(function*() {
        const document: ImportDocument = {
          id: yield* uuid,
          uri,
          status: "Pending",
          createdAt: (yield* now).toISOString(),
          percentComplete: 0,
          recordsImported: 0
        }
        yield* keep(index, document)
        yield* FiberMap.run(index.imports, document.id, Effect.ignore(run(index, document, onError)))
        return document.id
      }),
    list: (index) => Effect.map(of(index), (all) => Array.from(all.values())),
    describe,
    cancel: (index, id) =>
      Effect.gen(function*() {
        const found = yield* describe(index, id)
        if (found.status === "Completed" || found.status === "Failed" || found.status === "Cancelled") return
        yield* FiberMap.remove(index.imports, id)
        // An import that was never begun has no end of its own.
        const state = yield* describe(index, id)
        if (state.status === "Pending" || state.status === "InProgress") {
          yield* keep(index, { ...state, status: "Cancelled", finishedAt: (yield* now).toISOString() })
        }
      })
  })
})

const afterRestart = (document: ImportDocument): ImportDocument =>
  document.status === "Pending" || document.status === "InProgress"
    ? { ...document, status: "Failed", error: "the server was stopped while the import ran; start it again" }
    : document

/** The imports of a server, from any folder or from within one. */
export const layer = (
  importRoot: string | undefined
): Layer.Layer<ImportsTag, never, StoreTag | FileSystem.FileSystem | Path.Path> =>
  Layer.effect(ImportsTag, make(importRoot))
