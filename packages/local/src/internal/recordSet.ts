import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import type { StoredRecord } from "./namespaceView.js"
import { decoding, fromJson, fromText, pack, Slab, toJson, toText, unpack } from "./packing.js"
import type { Aside, Connection } from "./sqlite/executor.js"
import type { PackedWrite } from "./sqlite/protocol.js"
import type { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"
import type { VectorFiles, VectorFolder } from "./vectorFiles.js"
import * as vectorFiles from "./vectorFiles.js"

export interface NamespaceRow {
  readonly name: string
  readonly schema: unknown
  readonly lsn: number
  /** How many records it has. */
  readonly records: number
}

/**
 * What changes in a namespace at once: it is dropped or emptied first, then ids are deleted, then records are upserted, then
 * metadata is replaced.
 */
export interface Write {
  readonly namespace: string
  readonly lsn: number
  /** The namespace has this schema. */
  readonly declare?: { readonly schema: unknown } | undefined
  readonly drop?: boolean | undefined
  readonly clear?: boolean | undefined
  readonly deletes?: ReadonlyArray<string> | undefined
  readonly upserts?: ReadonlyArray<StoredRecord> | undefined
  readonly metadata?: ReadonlyArray<Pick<StoredRecord, "id" | "metadata">> | undefined
}

/** How many records the namespace has now. */
export interface Written {
  readonly records: number
}

export interface Counts {
  readonly records: number
  readonly namespaces: number
  readonly bytes: number
}

/** The records of an index, a backup or a collection. */
export interface RecordSet {
  /**
   * Commits writes together: each is whole or not at all, and fails alone. A namespace comes into being with its first
   * write.
   */
  readonly write: (writes: ReadonlyArray<Write>) => Effect.Effect<ReadonlyArray<Either.Either<Written, StoreError>>>
  /** One transaction of many parts, which are asked for one at a time. Others read and write other sets meanwhile. */
  readonly writeParts: (parts: Iterable<Write>) => Effect.Effect<void, StoreError>
  /** In the order in which they came into being. */
  readonly namespaces: Effect.Effect<ReadonlyArray<NamespaceRow>, StoreError>
  /** The newest write. */
  readonly lsn: Effect.Effect<number, StoreError>
  /** In the order in which they were first inserted, in chunks. What is written meanwhile may be among them or not. */
  readonly records: (namespace: string) => Stream.Stream<ReadonlyArray<StoredRecord>, StoreError>
  readonly counts: Effect.Effect<Counts, StoreError>
  /** Fails where the file is damaged. Takes about two seconds for a million records. */
  readonly check: Effect.Effect<void, StoreError>
  /** Frees the space of what was dropped or emptied. */
  readonly sweep: Effect.Effect<void, StoreError>
  /** What the set says of itself, should the registry be lost. */
  readonly about: Effect.Effect<unknown, StoreError>
  readonly describe: (about: unknown) => Effect.Effect<void, StoreError>
  /** What is kept of a kind beside the records, by name: a copy of the set has it too. */
  readonly notes: (kind: string) => Effect.Effect<ReadonlyArray<unknown>, StoreError>
  /** Keeps a note, or removes it. */
  readonly note: (kind: string, name: string, value: unknown) => Effect.Effect<void, StoreError>
  /** Absent where nothing outlives the process. */
  readonly vectors: VectorFiles | undefined
}

// -----------------------------------------------------------------------------
// Writes
// -----------------------------------------------------------------------------

const packWrite = (write: Write, slab: Slab): PackedWrite => {
  const { clear, declare, deletes, drop, lsn, metadata, namespace, upserts } = write
  return {
    namespace: toText(namespace),
    lsn,
    drop,
    clear,
    declare: declare === undefined ? undefined : { schema: JSON.stringify(declare.schema) ?? null },
    deletes: deletes === undefined || deletes.length === 0 ? undefined : deletes.map(toText),
    upserts: upserts === undefined || upserts.length === 0 ? undefined : pack(upserts, slab),
    metadata: metadata === undefined || metadata.length === 0 ? undefined : {
      ids: metadata.map(({ id }) => toText(id)),
      texts: metadata.map((record) => record.metadata === undefined ? null : JSON.stringify(record.metadata))
    }
  }
}

// -----------------------------------------------------------------------------
// The set
// -----------------------------------------------------------------------------

/** Reads the records of a namespace in chunks, with their dense vectors or without. */
const chunksThrough = (
  connection: Connection,
  namespace: string,
  limit: number
): Stream.Stream<ReadonlyArray<StoredRecord>, StoreError> =>
  Stream.unfoldEffect(0, (after) =>
    Effect.flatMap(
      Effect.mapError(
        connection.executor.ask({
          op: "read",
          at: connection.at,
          namespace: toText(namespace),
          after,
          limit
        }),
        reading
      ),
      (chunk) =>
        chunk === undefined
          ? Effect.succeedNone
          : Effect.asSome(
            decoding(() => [unpack(chunk.records), chunk.last] as const)
          )
    ))

/** About a megabyte of vectors, and no more records than a turn of the event loop can take in. */
const rowsOf = (rows: number, bytes: number): number =>
  rows === 0 ? 500 : Math.max(16, Math.min(1000, Math.floor(2 ** 20 / Math.max(1, bytes / rows))))

const rowsPerSweep = 500

/** So few records are read where everything else is, which saves the start of a thread. */
const few = 2000

const reading = storeError.from("The data could not be read")

const storing = storeError.from("The data could not be stored")

export const make = (
  own: Connection,
  aside: Aside,
  folder?: VectorFolder
): Effect.Effect<RecordSet> =>
  Effect.gen(function*() {
    const { at, executor } = own
    // One transaction at a time, in whichever thread.
    const order = yield* Effect.makeSemaphore(1)
    const exclusive = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      order.withPermits(1)(Effect.uninterruptible(effect))

    const ask = (sql: string, params: ReadonlyArray<string | number | null> = []) =>
      Effect.mapError(executor.ask({ op: "all", at, sql, params }), reading)

    const packing = (write: Write, slab: Slab): Either.Either<PackedWrite, StoreError> =>
      Either.try({ try: () => packWrite(write, slab), catch: storeError.from("The data could not be written as JSON") })

    /** A write by itself, with the memory that is handed over with it. */
    const packed = (write: Write) => {
      const slab = new Slab([write.upserts ?? []])
      return Either.map(packing(write, slab), (one) => [one, [slab.buffer]] as const)
    }

    const attempt = (writes: ReadonlyArray<PackedWrite>, transfer: ReadonlyArray<ArrayBuffer>) =>
      Effect.map(
        Effect.either(executor.ask({ op: "write", at, writes }, transfer)),
        Either.match({
          onLeft: (error) => writes.map(() => Either.left(storing(error))),
          onRight: (outcomes) =>
            outcomes.map((outcome) => "records" in outcome ? Either.right(outcome) : Either.left(storing(outcome)))
        })
      )

    const alone = (write: Write): Effect.Effect<Either.Either<Written, StoreError>> =>
      Effect.matchEffect(packed(write), {
        onFailure: (error) => Effect.succeed(Either.left(error)),
        onSuccess: ([one, transfer]) => Effect.map(attempt([one], transfer), ([outcome]) => outcome!)
      })

    const write: RecordSet["write"] = (writes) =>
      exclusive(Effect.gen(function*() {
        if (writes.length === 1) return [yield* alone(writes[0]!)]
        const slab = new Slab(writes.map(({ upserts = [] }) => upserts))
        const each = writes.map((one) => packing(one, slab))
        const good = each.flatMap((one) => Either.isRight(one) ? [one.right] : [])
        const together = good.length === 0 ? [] : yield* attempt(good, [slab.buffer])
        // Where they fail together, each is tried alone, as it may be one that is too much.
        if (together.every(Either.isLeft) && good.length > 1) return yield* Effect.forEach(writes, alone)
        let next = 0
        return each.map((one) => Either.isLeft(one) ? Either.left(one.left) : together[next++]!)
      }))

    const sizes = ask(
      `SELECT (SELECT total(records) FROM namespaces) AS records, (SELECT count(*) FROM namespaces) AS namespaces,
        (SELECT (p.page_count - f.freelist_count) * s.page_size
          FROM pragma_page_count p, pragma_freelist_count f, pragma_page_size s) AS bytes`
    ).pipe(Effect.flatMap(([row]) =>
      row === undefined
        ? Effect.fail(storeError.failed("The records could not be counted."))
        : Effect.succeed({
          records: Number(row["records"]),
          namespaces: Number(row["namespaces"]),
          bytes: Number(row["bytes"])
        })
    ))

    const vectors = folder && vectorFiles.make(own, aside, folder, exclusive)

    /** Keeps a text under a key, or removes the key. */
    const putMeta = (key: string, text: string | null) =>
      exclusive(Effect.mapError(
        executor.ask({
          op: "run",
          at,
          statements: [
            text === null ? { sql: "DELETE FROM meta WHERE key = ?", params: [key] } : {
              sql: "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
              params: [key, text]
            }
          ]
        }),
        storing
      ))

    return {
      write,
      writeParts: (parts) =>
        exclusive(Effect.scoped(Effect.flatMap(aside, (connection) => {
          const tell = (request: { readonly op: "begin" | "commit" | "rollback" }) =>
            Effect.mapError(connection.executor.ask({ ...request, at: connection.at }), storing)
          return Effect.gen(function*() {
            yield* tell({ op: "begin" })
            for (const part of parts) {
              const [one, transfer] = yield* packed(part)
              yield* Effect.mapError(
                connection.executor.ask({ op: "part", at: connection.at, write: one }, transfer),
                storing
              )
              yield* Effect.yieldNow()
            }
            yield* tell({ op: "commit" })
          }).pipe(Effect.onError(() => Effect.ignore(tell({ op: "rollback" }))))
        }))),
      namespaces: Effect.flatMap(
        ask("SELECT name, schema, lsn, records FROM namespaces ORDER BY id"),
        (rows) =>
          decoding(() =>
            rows.map((row) => ({
              name: fromText(row["name"]),
              schema: fromJson(row["schema"]),
              lsn: Number(row["lsn"]),
              records: Number(row["records"])
            }))
          )
      ),
      lsn: Effect.map(
        ask(`SELECT max(
          coalesce((SELECT max(lsn) FROM namespaces), 0),
          coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'lsn'), 0)
        ) AS lsn`),
        ([row]) => Number(row?.["lsn"] ?? 0)
      ),
      records: (namespace) =>
        Stream.unwrap(Effect.map(sizes, ({ bytes, records }) => {
          const limit = rowsOf(records, bytes)
          return records <= few
            ? chunksThrough(own, namespace, limit)
            : Stream.unwrapScoped(Effect.map(aside, (connection) => chunksThrough(connection, namespace, limit)))
        })),
      counts: sizes,
      check: Effect.flatMap(sizes, ({ records }) => {
        const through = ({ at, executor }: Connection) =>
          Effect.flatMap(Effect.mapError(executor.ask({ op: "check", at }), reading), (wrong) =>
            wrong === undefined ? Effect.void : Effect.fail(storeError.damage(wrong)))
        return records <= few ? through(own) : Effect.scoped(Effect.flatMap(aside, through))
      }),
      sweep: Effect.andThen(
        vectors?.prune ?? Effect.void,
        Effect.repeat(
          exclusive(Effect.mapError(executor.ask({ op: "sweep", at, limit: rowsPerSweep }), storing)),
          {
            while: (more) =>
              more
          }
        )
      ).pipe(Effect.asVoid),
      about: Effect.flatMap(
        ask("SELECT value FROM meta WHERE key = 'about'"),
        ([row]) => decoding(() => fromJson(row?.["value"]))
      ),
      describe: (about) => Effect.flatMap(toJson(about), (json) => putMeta("about", json)),
      notes: (kind) =>
        Effect.flatMap(
          ask("SELECT value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key", [kind.length + 1, `${kind}:`]),
          (rows) => decoding(() => rows.map(({ value }) => fromJson(value)))
        ),
      note: (kind, name, value) => Effect.flatMap(toJson(value), (json) => putMeta(`${kind}:${name}`, json)),
      vectors
    }
  })
