import type * as PlatformError from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as LibsqlClient from "@effect/sql-libsql/LibsqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SparseVector, StoredRecord } from "./namespaceView.js"

export class StoreError extends Data.TaggedError("StoreError")<{
  readonly reason: "DiskFull" | "Failed"
  readonly message: string
  readonly cause: unknown
}> {}

/** Rows that are kept as JSON, by kind and id. */
export interface Documents {
  readonly put: (kind: string, id: string, document: unknown) => Effect.Effect<void, StoreError>
  readonly remove: (kind: string, id: string) => Effect.Effect<void, StoreError>
  /** In the order in which they were first put. */
  readonly all: (kind: string) => Effect.Effect<ReadonlyArray<StoredDocument>, StoreError>
}

export interface StoredDocument {
  readonly id: string
  readonly document: unknown
}

export interface NamespaceRow {
  readonly name: string
  readonly schema: unknown
  readonly lsn: number
}

/** What changes in a namespace at once: it is cleared first, then ids are deleted, then records are upserted. */
export interface Write {
  readonly namespace: string
  readonly lsn: number
  readonly upserts?: ReadonlyArray<StoredRecord> | undefined
  readonly deletes?: ReadonlyArray<string> | undefined
  readonly clear?: boolean | undefined
}

/** The records of an index, a backup or a collection. */
export interface RecordSet {
  /** One transaction, committed when this returns. The namespace comes into being with its first write. */
  readonly write: (write: Write) => Effect.Effect<void, StoreError>
  readonly createNamespace: (name: string, schema: unknown, lsn: number) => Effect.Effect<void, StoreError>
  readonly deleteNamespace: (name: string) => Effect.Effect<void, StoreError>
  /** In the order in which they came into being. */
  readonly namespaces: Effect.Effect<ReadonlyArray<NamespaceRow>, StoreError>
  /** In the order in which they were first inserted, in chunks. */
  readonly records: (namespace: string) => Stream.Stream<ReadonlyArray<StoredRecord>, StoreError>
  readonly counts: Effect.Effect<Counts, StoreError>
}

export interface Counts {
  readonly records: number
  readonly namespaces: number
  readonly bytes: number
}

export interface Store {
  readonly documents: Documents
  /** Opens a set, which is created if need be, until the Scope closes. A set that is open is not opened again. */
  readonly open: (id: string) => Effect.Effect<RecordSet, StoreError, Scope.Scope>
  /** A consistent copy, all or nothing, of a set that may be open. */
  readonly copy: (from: string, to: string) => Effect.Effect<void, StoreError>
  /** Removes a set, if it is there; it must not be open. */
  readonly remove: (id: string) => Effect.Effect<void, StoreError>
  /** The ids of the sets that are on the disk. */
  readonly sets: Effect.Effect<ReadonlyArray<string>, StoreError>
}

export class StoreTag extends Context.Tag("@effect-pinecone/local/internal/Store")<StoreTag, Store>() {}

export interface StoreOptions {
  /** How many pages of 8 KB a file may have: a test makes a disk small with it. */
  readonly maxPages?: number | undefined
}

/** A store in a folder, which is made if need be. It is refused to a second server. */
export const layer = (
  folder: string,
  options?: StoreOptions
): Layer.Layer<StoreTag, StoreError, FileSystem.FileSystem | Path.Path> =>
  Layer.scoped(StoreTag, make(folder, { durable: true, maxPages: options?.maxPages }))

/** A store in a folder that goes with the Scope. */
export const layerTemporary: Layer.Layer<StoreTag, StoreError, FileSystem.FileSystem | Path.Path> = Layer.scoped(
  StoreTag,
  FileSystem.FileSystem.pipe(
    Effect.flatMap((fs) => fs.makeTempDirectoryScoped({ prefix: "pinecone-local-" })),
    Effect.mapError(storeError("A temporary folder could not be made")),
    Effect.flatMap((folder) => make(folder, { durable: false, maxPages: undefined }))
  )
)

// -----------------------------------------------------------------------------
// Errors
// -----------------------------------------------------------------------------

/** What an error and the errors that caused it say of themselves. */
const said = (error: unknown): ReadonlyArray<string> => {
  const lines: Array<string> = []
  let current = error
  for (let depth = 0; depth < 8 && Predicate.isRecord(current); depth++) {
    for (const line of [current["code"], current["message"]]) {
      if (typeof line === "string") lines.push(line)
    }
    current = current["cause"]
  }
  return lines
}

function storeError(what: string) {
  return (cause: unknown): StoreError => {
    if (cause instanceof StoreError) return cause
    const lines = said(cause)
    if (
      lines.some((line) => /SQLITE_FULL|SQLITE_IOERR_SHMSIZE|ENOSPC|database or disk is full|no space left/i.test(line))
    ) {
      return new StoreError({ reason: "DiskFull", message: `${what}: the disk is full.`, cause })
    }
    const last = lines[lines.length - 1]
    return new StoreError({ reason: "Failed", message: last === undefined ? `${what}.` : `${what}: ${last}`, cause })
  }
}

const failed = (message: string) => new StoreError({ reason: "Failed", message, cause: undefined })

const isDiskFull = (error: StoreError): boolean => error.reason === "DiskFull"

const isBusy = (error: StoreError): boolean => said(error.cause).includes("SQLITE_BUSY")

// -----------------------------------------------------------------------------
// Databases
// -----------------------------------------------------------------------------

interface DatabaseOptions extends StoreOptions {
  readonly durable: boolean
}

type DatabaseKind = "registry" | "records"

interface Statement {
  readonly sql: string
  readonly params: ReadonlyArray<unknown>
}

interface Database {
  readonly query: <A>(sql: string, params?: ReadonlyArray<unknown>) => Effect.Effect<ReadonlyArray<A>, StoreError>
  /** All of the statements in one transaction, or none of them. */
  readonly transact: (statements: ReadonlyArray<Statement>) => Effect.Effect<void, StoreError>
}

const schemas: Readonly<Record<DatabaseKind, ReadonlyArray<string>>> = {
  registry: [
    `CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT,
    UNIQUE (kind, id)
  )`
  ],
  records: [
    `CREATE TABLE IF NOT EXISTS namespaces (
    seq INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    schema TEXT,
    lsn INTEGER NOT NULL
  )`,
    `CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY,
    namespace TEXT NOT NULL,
    id TEXT NOT NULL,
    dense BLOB,
    sparse_indices BLOB,
    sparse_values BLOB,
    metadata TEXT,
    UNIQUE (namespace, id)
  )`,
    // An entry of an index ends with the key of its row: this one has the records of a namespace in order of insertion.
    "CREATE INDEX IF NOT EXISTS records_by_namespace ON records (namespace)"
  ]
}

/**
 * The client is synchronous: a turn of the event loop lets others go on between writes. It also lets the statements that
 * were collected be freed, each of which holds a copy of its parameters; without it memory grows with every write.
 */
const turn: Effect.Effect<void> = Effect.async((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/**
 * A database of one connection. `withTransaction` is not used: the client hands its connection over to each transaction
 * and opens another, which loses the settings of the connection and leaves the handed one to the garbage collector.
 * Plain BEGIN and COMMIT keep the connection; the semaphore keeps others out of a transaction.
 *
 * The client also leaves closing to the garbage collector, as it holds statements: what a connection has locked must be
 * released by hand, at a time when the disk may be full.
 *
 * - The registry has a rollback journal, of which nothing is left to be written at the end, and an exclusive lock, which
 *   keeps other processes and other stores of this process out of the folder. The operating system releases it when
 *   the process dies.
 * - A set of records has a write-ahead log, which makes a commit a single flush. It needs no lock beside the registry's.
 *
 * Either way what is committed has been handed to the operating system, so that it survives the death of the process;
 * with `synchronous = FULL` it has been flushed too, so that it survives the loss of power.
 */
const openDatabase = (
  kind: DatabaseKind,
  file: string,
  options: DatabaseOptions,
  lock: boolean
): Effect.Effect<Database, StoreError, Scope.Scope> =>
  Effect.gen(function*() {
    const opening = storeError(`The database ${file} could not be opened`)
    // The client opens the file as it is made, and what that throws becomes a defect. It decodes the path of its URL.
    // So does what a path with half of a surrogate pair does there.
    const client = yield* Effect.suspend(() =>
      Layer.build(LibsqlClient.layer({ url: `file:${encodeURIComponent(file)}` }))
    ).pipe(
      Effect.map(Context.get(LibsqlClient.LibsqlClient)),
      Effect.catchAllDefect((defect) => Effect.fail(opening(defect)))
    )
    const connection = yield* Effect.mapError(client.reserve, opening)
    const run = (sql: string, params: ReadonlyArray<unknown> = []) => connection.execute(sql, params, undefined)

    // Leaves one whole file behind and no lock. A log that the disk has no room to merge is found by the next opening.
    yield* Effect.addFinalizer(() =>
      Effect.ignore(run("PRAGMA journal_mode = DELETE")).pipe(
        Effect.zipRight(run("PRAGMA locking_mode = NORMAL")),
        Effect.zipRight(run("SELECT count(*) FROM sqlite_schema")),
        Effect.ignore
      )
    )

    const semaphore = yield* Effect.makeSemaphore(1)
    // A commit is not interrupted, waiting for one's turn is.
    const exclusive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      semaphore.withPermits(1)(Effect.uninterruptible(effect))

    const transaction = (begin: string, statements: ReadonlyArray<Statement>): Effect.Effect<void, SqlError> =>
      run(begin).pipe(
        Effect.zipRight(Effect.forEach(statements, (statement) => run(statement.sql, statement.params), {
          discard: true
        })),
        Effect.zipRight(run("COMMIT")),
        // SQLite rolls some failures back itself, and then refuses to do it again.
        Effect.tapError(() => Effect.ignore(run("ROLLBACK"))),
        Effect.asVoid
      )

    yield* run("PRAGMA page_size = 8192").pipe(
      // Before anything that reads the file.
      Effect.zipRight(lock ? run("PRAGMA locking_mode = EXCLUSIVE") : Effect.void),
      Effect.zipRight(run(`PRAGMA synchronous = ${options.durable ? "FULL" : "OFF"}`)),
      Effect.zipRight(
        options.maxPages === undefined ? Effect.void : run(`PRAGMA max_page_count = ${options.maxPages}`)
      ),
      Effect.mapError(opening)
    )
    if (kind === "records") {
      // A file that was closed has no log, and on a full disk goes without.
      yield* run("PRAGMA journal_mode = WAL").pipe(
        Effect.mapError(opening),
        Effect.catchIf(isDiskFull, () => Effect.void)
      )
    }
    yield* transaction("BEGIN EXCLUSIVE", schemas[kind].map((sql) => ({ sql, params: [] }))).pipe(
      Effect.mapError(opening)
    )

    return {
      query: (sql, params) => exclusive(Effect.mapError(run(sql, params), storeError("The data could not be read"))),
      transact: (statements) =>
        Effect.zipRight(
          turn,
          exclusive(
            Effect.mapError(transaction("BEGIN IMMEDIATE", statements), storeError("The data could not be stored"))
          )
        )
    }
  })

const toJson = (value: unknown): Effect.Effect<string | null, StoreError> =>
  Effect.try({
    try: () => JSON.stringify(value) ?? null,
    catch: storeError("The data could not be written as JSON")
  })

const fromJson = (text: string | null): unknown => text === null ? undefined : JSON.parse(text)

/** The driver cuts a text off at a zero, and half a surrogate pair has no UTF-8: such names are kept as JSON. */
const toText = (name: string): string => /^"|[\0\p{Cs}]/u.test(name) ? JSON.stringify(name) : name

const fromText = (text: string): string => text.startsWith("\"") ? String(JSON.parse(text)) : text

const decoding = <A>(decode: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({ try: decode, catch: storeError("The data that was read is damaged") })

// -----------------------------------------------------------------------------
// Documents
// -----------------------------------------------------------------------------

const makeDocuments = (database: Database): Documents => ({
  put: (kind, id, document) =>
    Effect.flatMap(toJson(document), (json) =>
      database.transact([{
        sql: `INSERT INTO documents (kind, id, document) VALUES (?, ?, ?)
          ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document`,
        params: [kind, toText(id), json]
      }])),
  remove: (kind, id) =>
    database.transact([{ sql: "DELETE FROM documents WHERE kind = ? AND id = ?", params: [kind, toText(id)] }]),
  all: (kind) =>
    Effect.flatMap(
      database.query<{ readonly id: string; readonly document: string | null }>(
        "SELECT id, document FROM documents WHERE kind = ? ORDER BY seq",
        [kind]
      ),
      (rows) => decoding(() => rows.map((row) => ({ id: fromText(row.id), document: fromJson(row.document) })))
    )
})

// -----------------------------------------------------------------------------
// Records
// -----------------------------------------------------------------------------

interface RecordRow {
  readonly seq: number
  readonly id: string
  readonly dense: ArrayBuffer | null
  readonly sparse_indices: ArrayBuffer | null
  readonly sparse_values: ArrayBuffer | null
  readonly metadata: string | null
}

/** SQLite takes 32,766 parameters; a row of an upsert has five. */
const rowsPerStatement = 1000

const rowsPerChunk = 500

/** The bytes of an array, without a copy. Every platform that the driver exists for is little-endian. */
const toBytes = (array: Float32Array | Uint32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

const toSparse = (row: RecordRow): SparseVector | undefined =>
  row.sparse_indices === null || row.sparse_values === null
    ? undefined
    : { indices: new Uint32Array(row.sparse_indices), values: new Float32Array(row.sparse_values) }

const toMetadata = (text: string | null): StoredRecord["metadata"] => text === null ? undefined : JSON.parse(text)

const toRecord = (row: RecordRow): StoredRecord => ({
  id: fromText(row.id),
  values: row.dense === null ? undefined : new Float32Array(row.dense),
  sparseValues: toSparse(row),
  metadata: toMetadata(row.metadata)
})

const chunksOf = <A>(values: ReadonlyArray<A>, size: number): ReadonlyArray<ReadonlyArray<A>> => {
  const chunks: Array<ReadonlyArray<A>> = []
  for (let start = 0; start < values.length; start += size) chunks.push(values.slice(start, start + size))
  return chunks
}

const upsertStatement = (namespace: string, records: ReadonlyArray<StoredRecord>): Statement => {
  const params: Array<unknown> = [toText(namespace)]
  for (const record of records) {
    params.push(
      toText(record.id),
      record.values === undefined ? null : toBytes(record.values),
      record.sparseValues === undefined ? null : toBytes(record.sparseValues.indices),
      record.sparseValues === undefined ? null : toBytes(record.sparseValues.values),
      record.metadata === undefined ? null : JSON.stringify(record.metadata)
    )
  }
  // An update, as a replacement would move the record to the end.
  return {
    sql: `INSERT INTO records (namespace, id, dense, sparse_indices, sparse_values, metadata)
      VALUES ${records.map(() => "(?1, ?, ?, ?, ?, ?)").join(", ")}
      ON CONFLICT (namespace, id) DO UPDATE SET
        dense = excluded.dense,
        sparse_indices = excluded.sparse_indices,
        sparse_values = excluded.sparse_values,
        metadata = excluded.metadata`,
    params
  }
}

const writeStatements = (write: Write): ReadonlyArray<Statement> => [
  {
    sql: `INSERT INTO namespaces (name, lsn) VALUES (?, ?)
      ON CONFLICT (name) DO UPDATE SET lsn = max(lsn, excluded.lsn)`,
    params: [toText(write.namespace), write.lsn]
  },
  ...(write.clear === true ? [clearStatement(write.namespace)] : []),
  ...chunksOf(write.deletes ?? [], rowsPerStatement).map((ids) => ({
    sql: `DELETE FROM records WHERE namespace = ? AND id IN (${ids.map(() => "?").join(", ")})`,
    params: [toText(write.namespace), ...ids.map(toText)]
  })),
  ...chunksOf(write.upserts ?? [], rowsPerStatement).map((records) => upsertStatement(write.namespace, records))
]

const clearStatement = (namespace: string): Statement => ({
  sql: "DELETE FROM records WHERE namespace = ?",
  params: [toText(namespace)]
})

const makeRecordSet = (database: Database): RecordSet => ({
  write: (write) =>
    Effect.try({
      try: () => writeStatements(write),
      catch: storeError("The data could not be written as JSON")
    }).pipe(Effect.flatMap(database.transact)),
  createNamespace: (name, schema, lsn) =>
    Effect.flatMap(toJson(schema), (json) =>
      database.transact([{
        sql: `INSERT INTO namespaces (name, schema, lsn) VALUES (?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET schema = excluded.schema, lsn = max(lsn, excluded.lsn)`,
        params: [toText(name), json, lsn]
      }])),
  deleteNamespace: (name) =>
    database.transact([clearStatement(name), { sql: "DELETE FROM namespaces WHERE name = ?", params: [toText(name)] }]),
  namespaces: Effect.flatMap(
    database.query<{ readonly name: string; readonly schema: string | null; readonly lsn: number }>(
      "SELECT name, schema, lsn FROM namespaces ORDER BY seq"
    ),
    (rows) =>
      decoding(() => rows.map((row) => ({ name: fromText(row.name), schema: fromJson(row.schema), lsn: row.lsn })))
  ),
  records: (namespace) =>
    Stream.unfoldEffect(0, (after) =>
      Effect.flatMap(
        database.query<RecordRow>(
          `SELECT seq, id, dense, sparse_indices, sparse_values, metadata FROM records
            WHERE namespace = ? AND seq > ? ORDER BY seq LIMIT ${rowsPerChunk}`,
          [toText(namespace), after]
        ),
        (rows) => {
          const last = rows[rows.length - 1]
          return last === undefined
            ? Effect.succeedNone
            : decoding(() => Option.some([rows.map(toRecord), last.seq] as const))
        }
      )),
  counts: Effect.flatMap(
    database.query<Counts>(
      `SELECT
        (SELECT count(*) FROM records) AS records,
        (SELECT count(*) FROM namespaces) AS namespaces,
        (SELECT (p.page_count - f.freelist_count) * s.page_size
          FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s) AS bytes`
    ),
    ([row]) =>
      row === undefined
        ? Effect.fail(failed("The records could not be counted."))
        : Effect.succeed({ records: row.records, namespaces: row.namespaces, bytes: row.bytes })
  )
})

// -----------------------------------------------------------------------------
// The folder
// -----------------------------------------------------------------------------

const extension = ".db"

/** A copy has this name until it is whole. */
const partial = ".partial"

const make = (
  folder: string,
  options: DatabaseOptions
): Effect.Effect<Store, StoreError, FileSystem.FileSystem | Path.Path | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const root = path.resolve(folder)
    const setFolder = path.join(root, "sets")
    const fileOf = (id: string) => path.join(setFolder, `${id}${extension}`)

    yield* fs.makeDirectory(setFolder, { recursive: true }).pipe(
      Effect.mapError(storeError(`The folder ${root} could not be made`))
    )
    // First of all: its lock is the lock of the folder.
    const registry = yield* openDatabase("registry", path.join(root, `registry${extension}`), options, true).pipe(
      Effect.mapError((error) =>
        isBusy(error)
          ? new StoreError({
            reason: "Failed",
            message: `The folder ${root} is in use by another server.`,
            cause: error.cause
          })
          : error
      )
    )

    const files = fs.readDirectory(setFolder).pipe(Effect.mapError(storeError(`The folder ${root} could not be read`)))

    /** Flushes a file or, on the platforms that open one, a folder. */
    const flush = (name: string, flag: FileSystem.OpenFlag) =>
      options.durable
        ? Effect.scoped(Effect.flatMap(fs.open(name, { flag }), (file) => file.sync))
        : Effect.void

    /**
     * Emptied once it has no name: a connection that the garbage collector has not closed yet would keep its space on
     * the disk.
     */
    const unlink = (file: string): Effect.Effect<void, PlatformError.PlatformError> =>
      Effect.scoped(
        Effect.flatMap(
          Effect.option(fs.open(file, { flag: "r+" })),
          (handle) =>
            Effect.zipRight(
              fs.remove(file, { force: true }),
              Option.isSome(handle) ? handle.value.truncate(0) : Effect.void
            )
        )
      )

    yield* Effect.flatMap(files, (names) =>
      Effect.forEach(
        names.filter((name) => name.includes(partial)),
        (name) =>
          Effect.mapError(unlink(path.join(setFolder, name)), storeError("A partial copy could not be removed")),
        { discard: true }
      ))

    /** The sets in use, `undefined` while one is being opened or removed. */
    const inUse = new Map<string, Database | undefined>()

    const claim = (id: string): Effect.Effect<void, StoreError, Scope.Scope> =>
      Effect.acquireRelease(
        Effect.suspend(() => {
          if (inUse.has(id)) return Effect.fail(failed(`The set ${id} is in use.`))
          inUse.set(id, undefined)
          return Effect.void
        }),
        () => Effect.sync(() => inUse.delete(id))
      )

    // A full disk has no room for the index of the log that a crash has left, which an exclusive lock keeps in memory:
    // what is there can be read all the same. The lock is refused while an earlier connection of this process lingers,
    // but then the index is there.
    const connect = (id: string): Effect.Effect<Database, StoreError, Scope.Scope> =>
      fs.exists(`${fileOf(id)}-wal`).pipe(
        Effect.mapError(storeError(`The set ${id} could not be opened`)),
        Effect.flatMap((left) => openDatabase("records", fileOf(id), options, left)),
        Effect.catchIf(isBusy, () => openDatabase("records", fileOf(id), options, false))
      )

    const openSet = (id: string): Effect.Effect<Database, StoreError, Scope.Scope> =>
      claim(id).pipe(
        Effect.zipRight(connect(id)),
        Effect.tap((database) =>
          Effect.acquireRelease(
            Effect.sync(() => inUse.set(id, database)),
            () => Effect.sync(() => inUse.set(id, undefined))
          )
        )
      )

    const exists = (id: string) =>
      Effect.mapError(fs.exists(fileOf(id)), storeError(`The set ${id} could not be looked for`))

    const copy = (from: string, to: string): Effect.Effect<void, StoreError> =>
      Effect.gen(function*() {
        yield* claim(to)
        if (yield* exists(to)) return yield* failed(`The set ${to} is there already.`)
        if (!(yield* exists(from))) return yield* failed(`There is no set ${from}.`)
        const source = inUse.get(from) ?? (yield* openSet(from))
        const copying = storeError(`The set ${from} could not be copied`)
        const file = `${fileOf(to)}${partial}`
        // Renamed once it is on the disk, so that a set is a whole one or none.
        yield* Effect.mapError(unlink(file), copying)
        yield* source.query("VACUUM INTO ?", [file]).pipe(
          Effect.zipRight(flush(file, "r+")),
          Effect.zipRight(fs.rename(file, fileOf(to))),
          Effect.mapError(copying),
          Effect.onError(() => Effect.ignore(unlink(file))),
          Effect.uninterruptible
        )
        yield* Effect.ignore(flush(setFolder, "r"))
      }).pipe(Effect.scoped)

    // The log first: the set is found, and can be removed again, until the file itself is gone. The index of a log is not
    // emptied, as a connection that lingers has it mapped into memory.
    const remove = (id: string): Effect.Effect<void, StoreError> => {
      const file = fileOf(id)
      return claim(id).pipe(
        Effect.zipRight(
          fs.remove(`${file}-shm`, { force: true }).pipe(
            Effect.zipRight(Effect.forEach(["-wal", "-journal", ""], (suffix) => unlink(`${file}${suffix}`), {
              discard: true
            })),
            Effect.mapError(storeError(`The set ${id} could not be removed`)),
            Effect.uninterruptible
          )
        ),
        Effect.scoped
      )
    }

    return {
      documents: makeDocuments(registry),
      open: (id) => Effect.map(openSet(id), makeRecordSet),
      copy,
      remove,
      sets: Effect.map(
        files,
        (names) =>
          names.filter((name) => name.endsWith(extension)).map((name) => name.slice(0, -extension.length)).sort()
      )
    }
  })
