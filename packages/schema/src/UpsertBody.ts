/**
 * Bodies of upserts from one record after another, each as large as a request may be: a record is checked and encoded once,
 * and where it would make a body too large it begins the next one.
 *
 * ```ts
 * import * as UpsertBody from "@effect-pinecone/schema/UpsertBody"
 *
 * const builder = new UpsertBody.Builder({
 *   target: { namespace: "en", dimension: 2 },
 *   encodeMetadata: (metadata: object) => metadata,
 *   maxRecords: 1000,
 *   maxBytes: 2_000_000
 * })
 * ```
 *
 * @since 0.1.0
 */
import { BodyBuilder } from "./internal/bodyBuilder.js"
import { ByteWriter } from "./internal/byteWriter.js"
import { float32Writers } from "./internal/float32Kernel/float32Writer.js"
import { asJson, into } from "./internal/messageFormats.js"
import type { MessageWriter } from "./internal/messageWriter.js"
import {
  beginUpsert,
  endUpsert,
  namespaceProblem,
  place,
  recordIdOf,
  writeRecord,
  writeTextRecord
} from "./internal/recordWriter.js"
import type { EncodeMetadata, Format, Target } from "./RequestBody.js"
import type { TextRecord, VectorRecord } from "./VectorRecord.js"

export { UpsertBody } from "./internal/bodyBuilder.js"

/**
 * How bodies are written, and how large they may be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<M> {
  readonly target: Target
  readonly encodeMetadata: EncodeMetadata<M>
  /** The most records in a body: 1 to 1,000, of texts to 96. */
  readonly maxRecords: number
  /** The most bytes of a body: up to 2,000,000. */
  readonly maxBytes: number
  /** @default RequestBody.asJson */
  readonly format?: Format | undefined
}

const written = (format: Format, write: (writer: MessageWriter) => void): Uint8Array => {
  const writer = into(format, 64)
  write(writer)
  return writer.bytes()
}

/**
 * Collects records into bodies. It changes with each record: it belongs to the one who fills it.
 *
 * @since 0.1.0
 * @category models
 */
export class Builder<M> extends BodyBuilder<VectorRecord<M>, MessageWriter> {
  constructor({ encodeMetadata, format = asJson, target, ...sizes }: Options<M>) {
    const at = place("upsert", target)
    const problem = namespaceProblem(at, target)
    super({
      at,
      problem,
      into: (memory) => into(format, memory, float32Writers),
      prefix: written(format, beginUpsert),
      separator: written(format, (writer) => writer.next()),
      suffix: written(format, (writer) => endUpsert(writer, problem === undefined ? target : {})),
      write: (writer, record, position) => writeRecord(writer, record, at, position, target.dimension, encodeMetadata),
      idOf: recordIdOf
    }, sizes)
  }
}

/**
 * Collects text records into bodies, one record a line (`application/x-ndjson`).
 *
 * @since 0.1.0
 * @category models
 */
export class TextBuilder<M> extends BodyBuilder<TextRecord<M>, ByteWriter> {
  constructor({ encodeMetadata, target, ...sizes }: Omit<Options<M>, "format">) {
    const at = place("upsert_records", target)
    const newline = new Uint8Array([10])
    super({
      at,
      problem: namespaceProblem(at, target),
      into: (memory) => new ByteWriter(memory),
      prefix: new Uint8Array(0),
      separator: newline,
      suffix: newline,
      write: (writer, record, position) => writeTextRecord(writer, record, at, position, encodeMetadata),
      idOf: recordIdOf
    }, sizes)
  }
}
