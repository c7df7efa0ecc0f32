import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import { mostInBatch } from "./columns.js"
import type { StoredRecord } from "./namespaceView.js"
import { decoding, toText, unpack } from "./packing.js"
import type { Aside, Connection, ExecutorError } from "./sqlite/executor.js"
import type { PackedColumns, Vectors } from "./sqlite/protocol.js"
import type { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"
import * as vectorFile from "./vectorFile.js"

/** Records without their dense vectors, and their places, in ascending order: as columns, unless they have sparse ones. */
export type PlacedRecords =
  | { readonly _tag: "Columns"; readonly places: Uint32Array; readonly columns: PackedColumns }
  | { readonly _tag: "Records"; readonly places: Uint32Array; readonly records: ReadonlyArray<StoredRecord> }

/**
 * The files with the vectors of large namespaces, beside the database. They are what the database has, in a form that is
 * read much faster: each can be removed at any time.
 */
export interface VectorFiles {
  /** Opens the file of a namespace, and says which of its vectors are not what the database has. */
  readonly open: (
    namespace: string,
    dimension: number
  ) => Effect.Effect<Option.Option<OpenedVectors>, vectorFile.Unusable | StoreError, Scope.Scope>
  /** Writes the file of a namespace anew. What is written to the database meanwhile is known as a change. */
  readonly write: (namespace: string, dimension: number) => Effect.Effect<void, StoreError>
  /** All records, without their vectors. */
  readonly records: (namespace: string) => Stream.Stream<PlacedRecords, StoreError>
  /** The records at some places, unless one of them is not there any more. */
  readonly pick: (
    namespace: string,
    places: ReadonlyArray<number>
  ) => Effect.Effect<ReadonlyArray<StoredRecord> | undefined, StoreError>
  /** Removes the files of namespaces that are gone. */
  readonly prune: Effect.Effect<void, StoreError>
}

/** A file of vectors that belongs to the database. */
export interface OpenedVectors extends vectorFile.Opened {
  readonly path: string
  /** Whether the database has all vectors as the file has them, and no others. */
  readonly isCurrent: Effect.Effect<boolean, vectorFile.Unusable | StoreError>
  /** What has changed since the file was written, in ascending order of the places; then what has come since. */
  readonly changes: Stream.Stream<Vectors, vectorFile.Unusable | StoreError>
}

/** Where the files of vectors of a set are. */
export interface VectorFolder {
  readonly fs: FileSystem.FileSystem
  /** By the number of the namespace. */
  readonly pathOf: (namespace: number) => string
  /** Removes those of other namespaces than these. */
  readonly keep: (namespaces: ReadonlySet<number>) => Effect.Effect<void>
}

const reading = storeError.from("The data could not be read")

const storing = storeError.from("The data could not be stored")

const unusable = (message: string) => new vectorFile.Unusable({ message })

/** Why a file of vectors is not used, with its name. */
const at = (path: string) => ({ message }: vectorFile.Unusable) => Effect.fail(unusable(`${path} ${message}`))

/** The largest range of the database that a namespace has. */
const span = 2 ** 31

/** Answers of the database, each of which says where the next one begins. */
const unfolding = <A extends { readonly places: Uint32Array }, E>(
  ask: (after: number) => Effect.Effect<A | undefined, E>
): Stream.Stream<A, E> =>
  Stream.unfoldEffect(
    0,
    (after) =>
      Effect.map(ask(after), (chunk) =>
        Option.map(Option.fromNullable(chunk), (chunk) => [chunk, chunk.places.at(-1) ?? after] as const))
  )

export const make = (
  own: Connection,
  aside: Aside,
  { fs, keep, pathOf }: VectorFolder,
  exclusive: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
): VectorFiles => {
  const ask = (sql: string, params: ReadonlyArray<string> = []) =>
    Effect.mapError(own.executor.ask({ op: "all", at: own.at, sql, params }), reading)

  const prune = Effect.flatMap(
    ask("SELECT id FROM namespaces"),
    (rows) => keep(new Set(rows.map(({ id }) => Number(id))))
  )

  /** The number of a namespace, and the file that belongs to the state of the database. */
  const known = (namespace: string) =>
    Effect.map(
      ask(
        `SELECT n.id, f.token, f.last FROM namespaces n LEFT JOIN vector_files f ON f.namespace = n.id
          WHERE n.name = ?`,
        [toText(namespace)]
      ),
      ([row]) => row && { number: Number(row["id"]), token: row["token"], last: Number(row["last"]) }
    )

  return {
    open: (namespace, dimension) =>
      Effect.gen(function*() {
        const file = yield* known(namespace)
        if (file === undefined) return Option.none()
        const path = pathOf(file.number)
        if (typeof file.token !== "string") {
          const left = yield* Effect.orElseSucceed(fs.exists(path), () => false)
          return left ? yield* at(path)(unusable("is older than the database")) : Option.none()
        }
        const { token } = file
        const opened = yield* Effect.catchAll(
          vectorFile.open(fs, path, { token, dimension, last: file.last - file.number * span }),
          at(path)
        )
        const changesAfter = (after: number, limit: number) =>
          Effect.catchAll(
            // Mostly few: a thread for them would begin later than this ends.
            own.executor.ask({
              op: "changes",
              at: own.at,
              namespace: toText(namespace),
              token,
              after,
              limit,
              dimension
            }),
            (error: ExecutorError): Effect.Effect<never, StoreError | vectorFile.Unusable> =>
              error.code === "STALE" ? at(path)(unusable("is older than the database")) : Effect.fail(reading(error))
          )
        const limit = vectorFile.rowsPerChunk(dimension)
        return Option.some({
          ...opened,
          path,
          read: (regionsFor, taken) => Effect.catchTag(opened.read(regionsFor, taken), "Unusable", at(path)),
          isCurrent: Effect.map(changesAfter(0, 1), (changes) => changes === undefined),
          changes: unfolding((after) => changesAfter(after, limit))
        })
      }),
    write: (namespace, dimension) =>
      Effect.scoped(Effect.gen(function*() {
        const connection = yield* aside
        const token = yield* Effect.sync(() => randomUUID())
        const marked = yield* exclusive(
          Effect.mapError(own.executor.ask({ op: "mark", at: own.at, namespace: toText(namespace), token }), storing)
        )
        if (marked === undefined) return
        const { last, namespace: number } = marked
        const path = pathOf(number)
        const limit = vectorFile.rowsPerChunk(dimension)
        const batches = unfolding((after) =>
          Effect.mapError(
            connection.executor.ask({
              op: "vectors",
              at: connection.at,
              namespace: number,
              after,
              last,
              limit,
              dimension
            }),
            reading
          )
        )
        yield* Effect.mapError(
          vectorFile.write(fs, path, { token, dimension, last }, batches),
          storeError.from(`${path} could not be written`)
        )
        // The namespace may have been deleted meanwhile.
        yield* prune
      })),
    records: (namespace) =>
      Stream.unwrapScoped(Effect.map(aside, ({ at: reader, executor }) =>
        unfolding((after) =>
          Effect.mapError(
            executor.ask({
              op: "columns",
              at: reader,
              namespace: toText(namespace),
              after,
              limit: mostInBatch
            }),
            reading
          )
        ))).pipe(
          Stream.mapEffect((placed): Effect.Effect<PlacedRecords, StoreError> =>
            "columns" in placed
              ? Effect.succeed({ _tag: "Columns", ...placed })
              : Effect.map(decoding(() => unpack(placed.records)), (records) => ({
                _tag: "Records",
                places: placed.places,
                records
              }))
          )
        ),
    pick: (namespace, places) =>
      Effect.flatMap(
        Effect.mapError(own.executor.ask({ op: "pick", at: own.at, namespace: toText(namespace), places }), reading),
        (found) => found === undefined ? Effect.succeed(undefined) : decoding(() => unpack(found.records))
      ),
    prune
  }
}
