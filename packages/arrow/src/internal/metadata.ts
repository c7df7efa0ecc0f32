import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import type { ColumnRecord } from "@effect-pinecone/parquet/Columns"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

/** How the metadata of records is decoded: a record with metadata of its type, or what does not fit. */
const decoder = <A, I extends Storable>(schema: MetadataSchema<A, I>, operation: string) => {
  const decode = Schema.decodeUnknownEither(schema)
  return (record: ColumnRecord): VectorRecord<A> | PineconeError.InvalidMetadata => {
    if (record.metadata === undefined) {
      const { id, sparseValues, values } = record
      return { id, values, sparseValues }
    }
    const decoded = decode(record.metadata)
    if (Either.isRight(decoded)) return { ...record, metadata: decoded.right }
    const [issue] = ParseResult.ArrayFormatter.formatErrorSync(decoded.left)
    return new PineconeError.InvalidMetadata({
      message: `the metadata of record "${record.id.slice(0, 100)}" does not match the Schema: ` +
        `${(issue?.path ?? []).map(String).join(".")}: ${issue?.message ?? decoded.left.message}`,
      operation,
      recordId: record.id,
      path: (issue?.path ?? []).map((key) => typeof key === "symbol" ? String(key) : key)
    })
  }
}

/** The records with their metadata decoded. One that does not fit ends the stream after the records before it. */
export const decode = <A, I extends Storable>(
  schema: MetadataSchema<A, I>,
  operation: string
) => {
  const decode = decoder(schema, operation)
  return <E, R>(
    records: Stream.Stream<ColumnRecord, E, R>
  ): Stream.Stream<VectorRecord<A>, E | PineconeError.InvalidMetadata, R> =>
    Stream.flatMap(Stream.chunks(records), (chunk) => {
      const out: Array<VectorRecord<A>> = []
      for (const record of chunk) {
        const decoded = decode(record)
        if (PineconeError.isPineconeError(decoded)) {
          return Stream.concat(Stream.fromChunk(Chunk.unsafeFromArray(out)), Stream.fail(decoded))
        }
        out.push(decoded)
      }
      return Stream.fromChunk(Chunk.unsafeFromArray(out))
    }, { concurrency: 1 })
}

/** The same, with what does not fit standing where it was. */
export const decodeEach = <A, I extends Storable>(
  schema: MetadataSchema<A, I>,
  operation: string
) => {
  const decode = decoder(schema, operation)
  return <E, R>(
    records: Stream.Stream<ColumnRecord | Ingest.Unreadable, E, R>
  ): Stream.Stream<VectorRecord<A> | Ingest.Unreadable, E, R> =>
    Stream.mapChunks(
      records,
      Chunk.map((record) => {
        if (Ingest.isUnreadable(record)) return record
        const decoded = decode(record)
        return PineconeError.isPineconeError(decoded) ? new Ingest.Unreadable({ error: decoded }) : decoded
      })
    )
}
