// Runs in a thread of its own, without a loader in front of it: hence JavaScript.
import Libsql from "libsql"
import { crc32 } from "./crc32.js"

/**
 * The databases of the server: synchronous, so that whoever runs it waits for it.
 *
 * - The registry has a rollback journal, of which nothing is left to be written at the end, and an exclusive lock, which
 *   keeps other processes and other stores of this process out of the folder. The operating system releases it when
 *   the process dies.
 * - A set of records has a write-ahead log, which makes a commit a single flush and lets readers read beside a writer. It
 *   needs no lock beside the registry's.
 *
 * Either way what is committed has been handed to the operating system, so that it survives the death of the process;
 * with `synchronous = FULL` it has been flushed too, so that it survives the loss of power.
 *
 * @import { Chunk, Engine, Failure, Kind, Marked, OpenRequest, PackedRecords, PackedWrite, Placed, Request, Vectors, Written } from "./protocol.js"
 */

/** "PcLo": whose file it is. */
const application = 0x50634c6f

/** The format of the files. Files of version 0.1 have format 0; those of format 2 know of no files of vectors. */
export const format = 3

/**
 * The place of a record is that of its namespace times this, and its number within it: the records of a namespace lie side
 * by side, in the order in which they were first inserted, and a namespace that was dropped is a range without a row.
 */
const span = 2 ** 31

const mostNamespaces = 2 ** 22

const rowsPerStatement = 200

/** @type {Readonly<Record<Kind, ReadonlyArray<string>>>} */
const schemas = {
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
    "CREATE TABLE IF NOT EXISTS meta (key TEXT NOT NULL PRIMARY KEY, value TEXT) WITHOUT ROWID",
    // Numbers are never given again: they are those of the ranges.
    `CREATE TABLE IF NOT EXISTS namespaces (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      name TEXT NOT NULL UNIQUE,
      schema TEXT,
      lsn INTEGER NOT NULL,
      records INTEGER NOT NULL
    )`,
    `CREATE TABLE IF NOT EXISTS records (
      seq INTEGER PRIMARY KEY,
      namespace INTEGER NOT NULL,
      id TEXT NOT NULL,
      dense BLOB,
      sparse_indices BLOB,
      sparse_values BLOB,
      metadata TEXT,
      vector_check INTEGER NOT NULL,
      metadata_check INTEGER NOT NULL,
      UNIQUE (namespace, id)
    )`,
    // Which file has the vectors of a namespace, up to which place, and how many of them have changed since.
    `CREATE TABLE IF NOT EXISTS vector_files (
      namespace INTEGER PRIMARY KEY,
      token TEXT NOT NULL,
      last INTEGER NOT NULL,
      changed INTEGER NOT NULL,
      most INTEGER NOT NULL
    )`,
    // The places that were written or deleted since the file of their namespace was begun.
    "CREATE TABLE IF NOT EXISTS changes (seq INTEGER PRIMARY KEY)"
  ]
}

/**
 * The table that a file of each kind has, and its columns, of whichever format.
 *
 * @type {Readonly<Record<Kind, { readonly table: string, readonly columns: ReadonlyArray<string> }>>}
 */
const telltale = {
  registry: { table: "documents", columns: ["kind", "id", "document"] },
  records: {
    table: "records",
    columns: ["namespace", "id", "dense", "sparse_indices", "sparse_values", "metadata"]
  }
}

/**
 * @param {string} code
 * @param {string} message
 */
const failure = (code, message) => Object.assign(new Error(message), { code })

/**
 * The driver gives a blob as an `ArrayBuffer` in rows with names, and takes none.
 *
 * @param {ArrayBuffer | Buffer | null} blob
 */
const bufferOf = (blob) => blob instanceof ArrayBuffer ? Buffer.from(blob) : blob

/** @param {Float32Array | Uint32Array} array */
const bytesOf = (array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength)

/**
 * @param {string} id
 * @param {Uint8Array | null} dense
 * @param {Uint8Array | null} indices
 * @param {Uint8Array | null} values
 */
const vectorCheck = (id, dense, indices, values) => {
  let check = id === "" ? 0 : crc32(id)
  for (const bytes of [dense, indices, values]) {
    // Of nothing, zlib gives 0, whatever came before.
    if (bytes !== null && bytes.length > 0) check = crc32(bytes, check)
  }
  return check
}

/** @param {string | null} text */
const metadataCheck = (text) => text === null ? 0 : crc32(text)

/** A connection, with the statements that it has prepared and what it knows of the namespaces. */
class Connection {
  /**
   * @param {Libsql.Database} database
   * @param {OpenRequest} options
   */
  constructor(database, options) {
    this.database = database
    this.options = options
    /** @type {Map<string, Libsql.Statement<Array<unknown>>>} */
    this.statements = new Map()
    /** @type {Map<string, number>} */
    this.namespaces = new Map()
    /**
     * The numbers of the namespaces that were dropped and may have records yet; `undefined` before anyone has looked.
     *
     * @type {Array<number> | undefined}
     */
    this.orphans = undefined
  }

  /** @param {string} sql */
  prepare(sql) {
    let statement = this.statements.get(sql)
    if (statement === undefined) {
      if (this.statements.size >= 64) this.statements.clear()
      statement = this.database.prepare(sql)
      this.statements.set(sql, statement)
    }
    return statement
  }

  /**
   * @param {string} sql
   * @param {ReadonlyArray<unknown>} params
   */
  run(sql, params = []) {
    return this.prepare(sql).run([...params])
  }

  /**
   * @param {string} sql
   * @param {ReadonlyArray<unknown>} params
   * @returns {Array<any>}
   */
  all(sql, params = []) {
    return this.prepare(sql).all([...params])
  }

  /**
   * The first column of the first row.
   *
   * @param {string} sql
   * @param {ReadonlyArray<unknown>} params
   */
  value(sql, params = []) {
    const row = this.all(sql, params)[0]
    return row === undefined ? undefined : Object.values(row)[0]
  }

  /** @param {string} sql */
  exec(sql) {
    this.database.exec(sql)
  }

  rollback() {
    this.namespaces.clear()
    // SQLite rolls some failures back itself, and then refuses to do it again.
    if (this.database.inTransaction) this.exec("ROLLBACK")
  }
}

/** @param {Connection} connection */
const isEmpty = (connection) => connection.value("SELECT count(*) FROM sqlite_schema") === 0

/** @param {Connection} connection */
const isOurs = (connection) => {
  const { columns, table } = telltale[connection.options.kind]
  const names = new Set(connection.all("SELECT name FROM pragma_table_info(?)", [table]).map(({ name }) => name))
  return columns.every((column) => names.has(column))
}

/** @param {Connection} connection */
const make = (connection) => {
  for (const sql of schemas[connection.options.kind]) connection.exec(sql)
  connection.exec(`PRAGMA application_id = ${application}`)
  connection.exec(`PRAGMA user_version = ${format}`)
}

/** From this format on, namespaces have numbers, and records what says whether they are whole. */
const numbered = 2

/**
 * Brings a file into the present format. The namespaces of a set of version 0.1 had names where there are numbers now, and
 * nothing said how many records there are or whether they are whole.
 *
 * @param {Connection} connection
 * @param {number} found
 */
const migrate = (connection, found) => {
  if (connection.options.kind === "records" && found < numbered) {
    connection.exec("ALTER TABLE namespaces RENAME TO old_namespaces")
    connection.exec("ALTER TABLE records RENAME TO old_records")
    make(connection)
    for (const { lsn, name, schema } of connection.all("SELECT name, schema, lsn FROM old_namespaces ORDER BY seq")) {
      connection.run("INSERT INTO namespaces (name, schema, lsn, records) VALUES (?, ?, ?, 0)", [name, schema, lsn])
      const id = Number(connection.value("SELECT id FROM namespaces WHERE name = ?", [name]))
      let place = id * span
      let after = 0
      for (;;) {
        const rows = connection.all(
          `SELECT seq, id, dense, sparse_indices, sparse_values, metadata FROM old_records
            WHERE namespace = ? AND seq > ? ORDER BY seq LIMIT 500`,
          [name, after]
        )
        if (rows.length === 0) break
        for (const row of rows) {
          place++
          after = row.seq
          const [dense, indices, values] = [row.dense, row.sparse_indices, row.sparse_values].map(bufferOf)
          connection.run(
            `INSERT INTO records (seq, namespace, id, dense, sparse_indices, sparse_values, metadata, vector_check,
              metadata_check) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
            [
              place,
              id,
              row.id,
              dense,
              indices,
              values,
              row.metadata,
              vectorCheck(row.id, dense ?? null, indices ?? null, values ?? null),
              metadataCheck(row.metadata)
            ]
          )
        }
      }
      connection.run("UPDATE namespaces SET records = ? WHERE id = ?", [place - id * span, id])
    }
    connection.statements.clear()
    connection.exec("DROP TABLE old_records")
    connection.exec("DROP TABLE old_namespaces")
  } else make(connection)
}

/**
 * Looks at what a file is, before anything is written to it.
 *
 * @param {Connection} connection
 * @returns {number | undefined} its format; `undefined` for one that is empty
 */
const formatOf = (connection) => {
  const { create, file } = connection.options
  const found = Number(connection.value("PRAGMA user_version"))
  const owner = Number(connection.value("PRAGMA application_id"))
  if (owner === application || (owner === 0 && (found === 0 || isOurs(connection)))) {
    if (found > format) {
      throw failure(
        "NEWER_FORMAT",
        `${file} has the format version ${found}, and this server reads versions up to ${format}: use the server that wrote it, or a later one`
      )
    }
    if (isEmpty(connection)) {
      if (!create) throw failure("DAMAGED", `${file} is empty`)
      return undefined
    }
    if (isOurs(connection)) return found
  }
  throw failure("DAMAGED", `${file} is a database of another program`)
}

/**
 * Brings a file into the present format.
 *
 * @param {Connection} connection
 * @param {number | undefined} found
 */
const prepareFile = (connection, found) => {
  const { lock } = connection.options
  if (found === format && !lock) return
  connection.exec(lock ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE")
  try {
    if (found === undefined) make(connection)
    else if (found < format) migrate(connection, found)
    connection.exec("COMMIT")
  } catch (error) {
    connection.rollback()
    throw error
  }
}

/**
 * The number of a namespace, which comes into being if need be.
 *
 * @param {Connection} connection
 * @param {string} name
 * @param {number} lsn
 */
const namespaceOf = (connection, name, lsn) => {
  const known = connection.namespaces.get(name)
  if (known !== undefined) return known
  let found = connection.value("SELECT id FROM namespaces WHERE name = ?", [name])
  if (found === undefined) {
    connection.run("INSERT INTO namespaces (name, lsn, records) VALUES (?, ?, 0)", [name, lsn])
    found = connection.value("SELECT id FROM namespaces WHERE name = ?", [name])
    if (Number(found) >= mostNamespaces) {
      throw failure("TOO_MANY_NAMESPACES", `an index can make at most ${mostNamespaces} namespaces in its life`)
    }
  }
  connection.namespaces.set(name, Number(found))
  return Number(found)
}

/** @param {number} count */
const marks = (count) => new Array(count).fill("?").join(", ")

/**
 * Notes the places of records that are about to be written or deleted, where a file has them.
 *
 * @param {Connection} connection
 * @param {number} namespace
 * @param {ReadonlyArray<string>} ids
 */
const journal = (connection, namespace, ids) => {
  const last = connection.value("SELECT last FROM vector_files WHERE namespace = ?", [namespace])
  if (last === undefined) return
  let changed = 0
  for (let start = 0; start < ids.length; start += rowsPerStatement) {
    const some = ids.slice(start, start + rowsPerStatement)
    changed += connection.run(
      `INSERT OR IGNORE INTO changes (seq)
        SELECT seq FROM records WHERE namespace = ? AND id IN (${marks(some.length)}) AND seq <= ?`,
      [namespace, ...some, Number(last)]
    ).changes
  }
  if (changed === 0) return
  connection.run("UPDATE vector_files SET changed = changed + ? WHERE namespace = ?", [changed, namespace])
  const full = connection.value("SELECT changed > most FROM vector_files WHERE namespace = ?", [namespace])
  if (full === 1) disown(connection, namespace)
}

/**
 * The file of a namespace is not used any more.
 *
 * @param {Connection} connection
 * @param {number} namespace
 */
const disown = (connection, namespace) => {
  connection.run("DELETE FROM vector_files WHERE namespace = ?", [namespace])
  connection.run("DELETE FROM changes WHERE seq >= ? AND seq < ?", [namespace * span, (namespace + 1) * span])
}

/**
 * @param {Connection} connection
 * @param {number} namespace
 * @param {ReadonlyArray<string>} ids
 */
const deleteIds = (connection, namespace, ids) => {
  let deleted = 0
  journal(connection, namespace, ids)
  for (let start = 0; start < ids.length; start += rowsPerStatement) {
    const some = ids.slice(start, start + rowsPerStatement)
    deleted += connection.run(`DELETE FROM records WHERE namespace = ? AND id IN (${marks(some.length)})`, [
      namespace,
      ...some
    ]).changes
  }
  return deleted
}

/**
 * Records that are there are updated, as a replacement would move them to the end.
 *
 * @param {Connection} connection
 * @param {number} namespace
 * @param {PackedRecords} records
 * @returns {number} how many are new
 */
const upsertRecords = (connection, namespace, records) => {
  const { dense, denseLengths, ids, metadata, sparseIndices, sparseLengths, sparseValues } = records
  const low = namespace * span
  journal(connection, namespace, ids)
  const last = Number(
    connection.value("SELECT max(seq) FROM records WHERE seq >= ? AND seq < ?", [low, low + span]) ?? low
  )
  let place = last
  let denseAt = 0
  let sparseAt = 0
  for (let start = 0; start < ids.length; start += rowsPerStatement) {
    const end = Math.min(ids.length, start + rowsPerStatement)
    const params = []
    for (let i = start; i < end; i++) {
      const id = /** @type {string} */ (ids[i])
      const text = metadata[i] ?? null
      const denseLength = /** @type {number} */ (denseLengths[i])
      const sparseLength = /** @type {number} */ (sparseLengths[i])
      let values = null
      if (denseLength >= 0) {
        values = bytesOf(dense.subarray(denseAt, denseAt + denseLength))
        denseAt += denseLength
      }
      let indices = null
      let weights = null
      if (sparseLength >= 0) {
        indices = bytesOf(sparseIndices.subarray(sparseAt, sparseAt + sparseLength))
        weights = bytesOf(sparseValues.subarray(sparseAt, sparseAt + sparseLength))
        sparseAt += sparseLength
      }
      params.push(
        ++place,
        namespace,
        id,
        values,
        indices,
        weights,
        text,
        vectorCheck(id, values, indices, weights),
        metadataCheck(text)
      )
    }
    connection.run(
      `INSERT INTO records (seq, namespace, id, dense, sparse_indices, sparse_values, metadata, vector_check,
        metadata_check)
        VALUES ${new Array(end - start).fill("(?, ?, ?, ?, ?, ?, ?, ?, ?)").join(", ")}
        ON CONFLICT (namespace, id) DO UPDATE SET
          dense = excluded.dense,
          sparse_indices = excluded.sparse_indices,
          sparse_values = excluded.sparse_values,
          metadata = excluded.metadata,
          vector_check = excluded.vector_check,
          metadata_check = excluded.metadata_check`,
      params
    )
  }
  return Number(connection.value("SELECT count(*) FROM records WHERE seq > ? AND seq <= ?", [last, place]))
}

/**
 * @param {Connection} connection
 * @param {PackedWrite} write
 * @returns {Written}
 */
const apply = (connection, write) => {
  const { clear, declare, deletes, drop, lsn, metadata, namespace: name, upserts } = write
  if (drop === true) {
    abandon(connection, name)
    connection.run(
      "INSERT INTO meta (key, value) VALUES ('lsn', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      [String(lsn)]
    )
    return { records: 0 }
  }
  if (clear === true) {
    const schema = connection.value("SELECT schema FROM namespaces WHERE name = ?", [name]) ?? null
    abandon(connection, name)
    connection.run("INSERT INTO namespaces (name, schema, lsn, records) VALUES (?, ?, ?, 0)", [name, schema, lsn])
  }
  const namespace = namespaceOf(connection, name, lsn)
  if (declare !== undefined) {
    connection.run("UPDATE namespaces SET schema = ? WHERE id = ?", [declare.schema, namespace])
  }
  let change = 0
  if (deletes !== undefined) change -= deleteIds(connection, namespace, deletes)
  if (upserts !== undefined && upserts.ids.length > 0) change += upsertRecords(connection, namespace, upserts)
  if (metadata !== undefined) {
    metadata.ids.forEach((id, i) => {
      const text = metadata.texts[i] ?? null
      connection.run("UPDATE records SET metadata = ?, metadata_check = ? WHERE namespace = ? AND id = ?", [
        text,
        metadataCheck(text),
        namespace,
        id
      ])
    })
  }
  connection.run("UPDATE namespaces SET lsn = max(lsn, ?), records = records + ? WHERE id = ?", [
    lsn,
    change,
    namespace
  ])
  return { records: Number(connection.value("SELECT records FROM namespaces WHERE id = ?", [namespace])) }
}

/**
 * What a failed commit has left in the log would be found there after a crash: a little write in its place ends it.
 *
 * @param {Connection} connection
 */
const seal = (connection) => {
  try {
    connection.exec("BEGIN IMMEDIATE")
    connection.run("INSERT INTO meta (key, value) VALUES ('seal', '') ON CONFLICT (key) DO UPDATE SET value = ''")
    connection.exec("COMMIT")
  } catch {
    try {
      connection.rollback()
    } catch {
      // The disk has no room even for that.
    }
  }
}

/**
 * @param {unknown} error
 * @returns {Failure}
 */
export const failureOf = (error) => {
  const { code, message } = /** @type {{ code?: unknown, message?: unknown }} */ (error ?? {})
  return {
    code: typeof code === "string" ? code : undefined,
    message: typeof message === "string" ? message : String(error)
  }
}

/**
 * Commits writes together. One that fails leaves nothing behind and the others alone; where the commit fails, all have.
 *
 * @param {Connection} connection
 * @param {ReadonlyArray<PackedWrite>} writes
 * @returns {ReadonlyArray<Written | Failure>}
 */
const commitWrites = (connection, writes) => {
  /** @type {Array<Written | Failure>} */
  const outcomes = []
  try {
    connection.exec("BEGIN IMMEDIATE")
    for (const write of writes) {
      if (writes.length === 1) {
        outcomes.push(apply(connection, write))
        continue
      }
      connection.exec("SAVEPOINT one")
      try {
        outcomes.push(apply(connection, write))
      } catch (error) {
        if (!connection.database.inTransaction) throw error
        connection.namespaces.clear()
        connection.exec("ROLLBACK TO one")
        outcomes.push(failureOf(error))
      }
      connection.exec("RELEASE one")
    }
    connection.exec("COMMIT")
    return outcomes
  } catch (error) {
    connection.rollback()
    seal(connection)
    const found = failureOf(error)
    return writes.map(() => found)
  }
}

/**
 * Whether a row is what was written.
 *
 * @param {any} row
 */
const isWhole = ([, id, dense, indices, values, text, vectors, texts]) =>
  vectorCheck(id, dense, indices, values) === vectors && metadataCheck(text) === texts &&
  (dense === null || dense.length % 4 === 0) && (indices === null) === (values === null) &&
  (indices === null || (indices.length % 4 === 0 && indices.length === values.length))

/** @param {string} id */
const damagedRecord = (id) => `the record ${JSON.stringify(id)} is not what was written`

/**
 * The records between two places, as rows without names.
 *
 * @param {Connection} connection
 * @param {number} after
 * @param {number} before
 * @param {number} limit
 * @returns {Array<any>}
 */
const rowsBetween = (connection, after, before, limit) =>
  connection.prepare(
    `SELECT seq, id, dense, sparse_indices, sparse_values, metadata, vector_check, metadata_check FROM records
      WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?`
  ).raw().all([after, before, limit])

/** @param {Connection} connection */
const check = (connection) => {
  const said = String(connection.value("PRAGMA integrity_check(1)"))
  return said === "ok" ? undefined : said
}

/** @param {Connection} connection */
const verify = (connection) => {
  const wrong = check(connection)
  if (wrong !== undefined) return wrong
  let after = 0
  for (;;) {
    const rows = rowsBetween(connection, after, mostNamespaces * 2 * span, 500)
    if (rows.length === 0) return undefined
    for (const row of rows) {
      if (!isWhole(row)) return damagedRecord(row[1])
      after = row[0]
    }
  }
}

/**
 * The records of some rows, each checked, with their dense numbers or without.
 *
 * @param {ReadonlyArray<any>} rows
 * @param {boolean} withDense
 * @returns {PackedRecords}
 */
const packRows = (rows, withDense) => {
  /** @type {Array<string>} */
  const ids = []
  /** @type {Array<string | null>} */
  const metadata = []
  const denseLengths = new Int32Array(rows.length)
  const sparseLengths = new Int32Array(rows.length)
  let denseTotal = 0
  let sparseTotal = 0
  rows.forEach((row, i) => {
    const [, id, blob, indices, , text] = row
    if (!isWhole(row)) throw failure("DAMAGED", damagedRecord(id))
    const dense = withDense ? blob : null
    ids.push(id)
    metadata.push(text)
    denseLengths[i] = dense === null ? -1 : dense.length / 4
    sparseLengths[i] = indices === null ? -1 : indices.length / 4
    if (dense !== null) denseTotal += dense.length
    if (indices !== null) sparseTotal += indices.length
  })
  const dense = new Uint8Array(denseTotal)
  const sparseIndices = new Uint8Array(sparseTotal)
  const sparseValues = new Uint8Array(sparseTotal)
  let denseAt = 0
  let sparseAt = 0
  for (const row of rows) {
    const [, , blob, indices, values] = row
    if (withDense && blob !== null) {
      dense.set(blob, denseAt)
      denseAt += blob.length
    }
    if (indices !== null) {
      sparseIndices.set(indices, sparseAt)
      sparseValues.set(values, sparseAt)
      sparseAt += indices.length
    }
  }
  return {
    ids,
    metadata,
    dense: new Float32Array(dense.buffer),
    denseLengths,
    sparseIndices: new Uint32Array(sparseIndices.buffer),
    sparseValues: new Float32Array(sparseValues.buffer),
    sparseLengths
  }
}

/**
 * @param {Connection} connection
 * @param {string} name
 */
const lowOf = (connection, name) => {
  const namespace = connection.value("SELECT id FROM namespaces WHERE name = ?", [name])
  return namespace === undefined ? undefined : Number(namespace) * span
}

/**
 * @param {Connection} connection
 * @param {Extract<Request, { readonly op: "read" }>} request
 * @returns {Chunk | undefined}
 */
const read = (connection, { after, limit, namespace }) => {
  const low = lowOf(connection, namespace)
  if (low === undefined) return undefined
  const rows = rowsBetween(connection, low + after, low + span, limit)
  if (rows.length === 0) return undefined
  const places = placesOf(low, rows)
  return { last: /** @type {number} */ (places.at(-1)), places, records: packRows(rows, true) }
}

const encoder = new TextEncoder()

/**
 * Texts one after the other in UTF-8, and the end of each.
 *
 * @param {ReadonlyArray<string>} texts
 */
const joined = (texts) => {
  const text = texts.join("")
  const bytes = encoder.encode(text)
  const isAscii = bytes.length === text.length
  let end = 0
  const ends = Uint32Array.from(texts, (text) => end += isAscii ? text.length : Buffer.byteLength(text))
  return { bytes, ends, isAscii }
}

/**
 * @param {Connection} connection
 * @param {Extract<Request, { readonly op: "columns" }>} request
 * @returns {Placed | undefined}
 */
const columns = (connection, { after, limit, namespace }) => {
  const low = lowOf(connection, namespace)
  if (low === undefined) return undefined
  const rows = rowsBetween(connection, low + after, low + span, limit)
  if (rows.length === 0) return undefined
  const places = placesOf(low, rows)
  if (rows.some(([, , , indices]) => indices !== null)) return { places, records: packRows(rows, false) }
  for (const row of rows) {
    const [, id, , , , text] = row
    if (!isWhole(row) || !isJson(text)) throw failure("DAMAGED", damagedRecord(id))
  }
  const ids = joined(rows.map(([, id]) => id))
  const texts = joined(rows.map(([, , , , , text]) => text ?? ""))
  return {
    places,
    columns: {
      ids: ids.bytes,
      idEnds: ids.ends,
      // Names that are no texts of the database are kept as JSON.
      areIdsPlain: ids.isAscii && !rows.some(([, id]) => id.startsWith("\"")),
      texts: texts.bytes,
      textEnds: texts.ends,
      areTextsPlain: texts.isAscii
    }
  }
}

/**
 * Whether metadata can be read when somebody asks for it.
 *
 * @param {string | null} text
 */
const isJson = (text) => {
  try {
    if (text !== null) JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * @param {number} low
 * @param {ReadonlyArray<any>} rows
 */
const placesOf = (low, rows) => Uint32Array.from(rows, ([seq]) => seq - low)

/**
 * The records at some places, without their dense numbers, unless one is not there any more.
 *
 * @param {Connection} connection
 * @param {Extract<Request, { readonly op: "pick" }>} request
 * @returns {{ readonly records: PackedRecords } | undefined}
 */
const pick = (connection, { namespace, places }) => {
  const low = lowOf(connection, namespace)
  if (low === undefined) return undefined
  const rows = places.flatMap((place) => rowsBetween(connection, low + place - 1, low + place + 1, 1))
  return rows.length === places.length ? { records: packRows(rows, false) } : undefined
}

// -----------------------------------------------------------------------------
// What a file of vectors is made from, and what has changed since
// -----------------------------------------------------------------------------

/**
 * The states of places, and their numbers, at equal distances.
 *
 * @param {number} low
 * @param {ReadonlyArray<any>} rows
 * @param {number} dimension
 * @returns {Vectors}
 */
const vectorsOf = (low, rows, dimension) => {
  const states = new Uint8Array(rows.length)
  const vectors = new Uint8Array(rows.length * dimension * 4)
  rows.forEach((row, i) => {
    const [, id, dense] = row
    // Only what changed has places without a record.
    if (id === null) return
    if (!isWhole(row) || (dense !== null && dense.length !== 4 * dimension)) {
      throw failure("DAMAGED", damagedRecord(id))
    }
    states[i] = dense === null ? 1 : 2
    if (dense !== null) vectors.set(dense, i * dimension * 4)
  })
  return { places: placesOf(low, rows), states, vectors: new Float32Array(vectors.buffer) }
}

/**
 * Begins a file of the vectors of a namespace: from here on, what changes is noted.
 *
 * @param {Connection} connection
 * @param {Extract<Request, { readonly op: "mark" }>} request
 * @returns {Marked | undefined}
 */
const mark = (connection, { namespace: name, token }) => {
  const low = lowOf(connection, name)
  if (low === undefined) return undefined
  const namespace = low / span
  const last = Number(
    connection.value("SELECT max(seq) FROM records WHERE seq >= ? AND seq < ?", [low, low + span]) ?? low
  )
  const records = Number(connection.value("SELECT records FROM namespaces WHERE id = ?", [namespace]))
  connection.exec("BEGIN IMMEDIATE")
  try {
    disown(connection, namespace)
    connection.run("INSERT INTO vector_files (namespace, token, last, changed, most) VALUES (?, ?, ?, 0, ?)", [
      namespace,
      token,
      last,
      Math.ceil(records * mostChanged)
    ])
    connection.exec("COMMIT")
  } catch (error) {
    connection.rollback()
    throw error
  }
  return { namespace, last: last - low }
}

/** The share of its vectors that may change before a file is not worth reading. */
const mostChanged = 0.1

/**
 * @param {Connection} connection
 * @param {Extract<Request, { readonly op: "vectors" }>} request
 * @returns {Vectors | undefined}
 */
const vectors = (connection, { after, dimension, last, limit, namespace }) => {
  const low = namespace * span
  const rows = rowsBetween(connection, low + after, low + last + 1, limit)
  return rows.length === 0 ? undefined : vectorsOf(low, rows, dimension)
}

/**
 * What is at some of the places that are not as a file has them: those that have changed, then those that came later.
 *
 * @param {Connection} connection
 * @param {Extract<Request, { readonly op: "changes" }>} request
 * @returns {Vectors | undefined}
 */
const changes = (connection, { after, dimension, limit, namespace, token }) => {
  const low = lowOf(connection, namespace)
  // All is read of one state of the database. A connection that does everything may be in the middle of a transaction.
  const isInside = connection.database.inTransaction
  if (!isInside) connection.exec("BEGIN")
  try {
    const [file] = low === undefined
      ? []
      : connection.all("SELECT token, last FROM vector_files WHERE namespace = ?", [low / span])
    if (low === undefined || file?.token !== token) throw failure("STALE", "too much has changed since it was written")
    const last = Number(file.last)
    const changed = low + after >= last ? [] : connection.prepare(
      `SELECT c.seq, r.id, r.dense, r.sparse_indices, r.sparse_values, r.metadata, r.vector_check, r.metadata_check
        FROM changes c LEFT JOIN records r ON r.seq = c.seq WHERE c.seq > ? AND c.seq <= ? ORDER BY c.seq LIMIT ?`
    ).raw().all([low + after, last, limit])
    const rows = changed.length > 0 ? changed : rowsBetween(connection, Math.max(low + after, last), low + span, limit)
    return rows.length === 0 ? undefined : vectorsOf(low, rows, dimension)
  } finally {
    if (!isInside) connection.exec("COMMIT")
  }
}

/**
 * The numbers of the namespaces that have records and are not there.
 *
 * @param {Connection} connection
 */
const findOrphans = (connection) => {
  const kept = new Set(connection.all("SELECT id FROM namespaces").map(({ id }) => Number(id)))
  const orphans = []
  let from = 0
  for (;;) {
    const first = connection.value("SELECT min(seq) FROM records WHERE seq >= ?", [from])
    if (first === null || first === undefined) return orphans
    const number = Math.floor(Number(first) / span)
    if (!kept.has(number)) orphans.push(number)
    from = (number + 1) * span
  }
}

/**
 * Deletes some of the records whose namespace is gone.
 *
 * @param {Connection} connection
 * @param {number} limit
 * @returns {boolean} whether there may be more
 */
const sweep = (connection, limit) => {
  const orphans = connection.orphans ??= findOrphans(connection)
  const number = orphans[0]
  if (number === undefined) return false
  // A drop that was rolled back has left its namespace where it was.
  const there = connection.value("SELECT count(*) FROM namespaces WHERE id = ?", [number]) === 1
  const { changes } = there ? { changes: 0 } : connection.run(
    "DELETE FROM records WHERE seq IN (SELECT seq FROM records WHERE seq >= ? AND seq < ? LIMIT ?)",
    [number * span, (number + 1) * span, limit]
  )
  if (changes < limit) orphans.shift()
  return orphans.length > 0
}

/**
 * Takes the name from a namespace, whose records become a range without a row, to be swept later.
 *
 * @param {Connection} connection
 * @param {string} name
 */
const abandon = (connection, name) => {
  const found = connection.value("SELECT id FROM namespaces WHERE name = ?", [name])
  if (found === undefined) return
  connection.run("DELETE FROM namespaces WHERE id = ?", [found])
  disown(connection, Number(found))
  connection.namespaces.delete(name)
  connection.orphans?.push(Number(found))
}

/**
 * A copy has no files of vectors.
 *
 * @param {Connection} connection
 */
const forget = (connection) => connection.exec("DELETE FROM vector_files; DELETE FROM changes")

/** @returns {Engine} */
export const makeEngine = () => {
  /** @type {Map<number, Connection>} */
  const connections = new Map()
  let lastAt = 0

  /** @param {number} at */
  const connectionOf = (at) => {
    const found = connections.get(at)
    if (found === undefined) throw failure("CLOSED", "the database is closed")
    return found
  }

  /** @param {OpenRequest} options */
  const open = (options) => {
    const connection = new Connection(new Libsql(options.file), options)
    try {
      // Before anything that reads the file.
      connection.exec("PRAGMA page_size = 8192")
      if (options.lock) connection.exec("PRAGMA locking_mode = EXCLUSIVE")
      connection.exec(`PRAGMA synchronous = ${options.durable ? "FULL" : "OFF"}`)
      if (options.maxPages !== undefined) connection.exec(`PRAGMA max_page_count = ${options.maxPages}`)
      const found = formatOf(connection)
      if (options.kind === "records") {
        try {
          connection.value("PRAGMA journal_mode = WAL")
        } catch (error) {
          // A file that was closed has no log, and on a full disk goes without.
          if (!/FULL|SHMSIZE/.test(String(failureOf(error).code))) throw error
        }
      }
      prepareFile(connection, found)
      connections.set(++lastAt, connection)
      return { at: lastAt, format: found ?? format }
    } catch (error) {
      connection.statements.clear()
      connection.database.close()
      throw error
    }
  }

  /**
   * Leaves one whole file behind and no lock. A log that the disk has no room to merge is found by the next opening.
   *
   * @param {number} at
   */
  const close = (at) => {
    const connection = connections.get(at)
    if (connection === undefined) return
    connections.delete(at)
    const attempt = (/** @type {() => void} */ step) => {
      try {
        step()
      } catch {
        // What is left is found by the next opening.
      }
    }
    attempt(() => connection.rollback())
    if (!connection.options.reader) {
      attempt(() => connection.value("PRAGMA journal_mode = DELETE"))
      attempt(() => connection.value("PRAGMA locking_mode = NORMAL"))
      attempt(() => connection.value("SELECT count(*) FROM sqlite_schema"))
    }
    connection.statements.clear()
    attempt(() => connection.database.close())
  }

  /** @param {Request} request */
  const execute = (request) => {
    if (request.op === "open") return open(request)
    if (request.op === "close") return close(request.at)
    const connection = connectionOf(request.at)
    switch (request.op) {
      case "all":
        return connection.all(request.sql, request.params)
      case "run": {
        connection.exec("BEGIN IMMEDIATE")
        try {
          for (const { params, sql } of request.statements) connection.run(sql, params)
          connection.exec("COMMIT")
        } catch (error) {
          connection.rollback()
          throw error
        }
        return undefined
      }
      case "write":
        return commitWrites(connection, request.writes)
      case "begin":
        return connection.exec("BEGIN IMMEDIATE")
      case "part":
        return apply(connection, request.write)
      case "commit":
        return connection.exec("COMMIT")
      case "rollback": {
        connection.rollback()
        return seal(connection)
      }
      case "read":
        return read(connection, request)
      case "columns":
        return columns(connection, request)
      case "pick":
        return pick(connection, request)
      case "mark":
        return mark(connection, request)
      case "vectors":
        return vectors(connection, request)
      case "changes":
        return changes(connection, request)
      case "forget":
        return forget(connection)
      case "sweep":
        return sweep(connection, request.limit)
      case "copy":
        connection.run("VACUUM INTO ?", [request.to])
        return undefined
      case "check":
        return check(connection)
      case "verify":
        return verify(connection)
    }
  }

  return { execute }
}
