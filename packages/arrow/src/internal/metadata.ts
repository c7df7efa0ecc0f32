import type { ColumnRecord } from "@effect-pinecone/parquet/Columns"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

/** The records with their metadata decoded. One that does not fit ends the stream after the records before it. */
export const decode = <A, I extends Storable>(
  schema: MetadataSchema<A, I>,
  operation: string
) => {
  const decode = Schema.decodeUnknownEither(schema)
  return <E, R>(
    records: Stream.Stream<ColumnRecord, E, R>
  ): Stream.Stream<VectorRecord<A>, E | PineconeError.InvalidMetadata, R> =>
    Stream.flatMap(Stream.chunks(records), (chunk) => {
      const out: Array<VectorRecord<A>> = []
      for (const record of chunk) {
        if (record.metadata === undefined) {
          const { id, sparseValues, values } = record
          out.push({ id, values, sparseValues })
          continue
        }
        const decoded = decode(record.metadata)
        if (Either.isLeft(decoded)) {
          const [issue] = ParseResult.ArrayFormatter.formatErrorSync(decoded.left)
          const error = new PineconeError.InvalidMetadata({
            message: `the metadata of record "${record.id.slice(0, 100)}" does not fit the Schema: ` +
              `${(issue?.path ?? []).map(String).join(".")}: ${issue?.message ?? decoded.left.message}`,
            operation,
            recordId: record.id,
            path: (issue?.path ?? []).map((key) => typeof key === "symbol" ? String(key) : key)
          })
          return Stream.concat(Stream.fromChunk(Chunk.unsafeFromArray(out)), Stream.fail(error))
        }
        out.push({ ...record, metadata: decoded.right })
      }
      return Stream.fromChunk(Chunk.unsafeFromArray(out))
    }, { concurrency: 1 })
}
