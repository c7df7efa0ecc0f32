import type { Float32Writers } from "./float32Kernel/float32Writer.js"
import { JsonMessageWriter } from "./jsonMessage.js"
import type { MessageWriter } from "./messageWriter.js"
import { ProtobufMessageWriter } from "./protobufMessage.js"

/**
 * How a body is written: as JSON for the REST API, or as a message of the gRPC API. Both take the same input and refuse the
 * same. Half of a surrogate pair has no UTF-8: as a message, U+FFFD stands for it in metadata.
 *
 * A format is a value, so that a program ships only that of its transport: `asJson` or `asProtobuf`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Format {
  readonly name: "json" | "protobuf"
}

/** What each format is: nothing else makes one. */
class MessageFormat implements Format {
  constructor(
    readonly name: Format["name"],
    /** The most bytes that a number of a vector usually has, with what separates it from the next. */
    readonly bytesOfNumber: number,
    readonly into: (memory: number | Uint8Array, writers: Float32Writers | undefined) => MessageWriter
  ) {}
}

/**
 * Bodies for the REST API.
 *
 * @since 0.1.0
 * @category formats
 */
export const asJson: Format = new MessageFormat("json", 13, (memory, writers) => new JsonMessageWriter(memory, writers))

/**
 * Bodies for the gRPC API.
 *
 * @since 0.1.0
 * @category formats
 */
export const asProtobuf: Format = new MessageFormat("protobuf", 4, (memory) => new ProtobufMessageWriter(memory))

// eslint-disable-next-line no-restricted-syntax -- both are made above.
const known = (format: Format): MessageFormat => format as MessageFormat

/** A writer into a buffer. Who writes many vectors gives the writers of their numbers. */
export const into = (format: Format, memory: number | Uint8Array, writers?: Float32Writers): MessageWriter =>
  known(format).into(memory, writers)

/** A writer with room for so many numbers of vectors, and so many bytes beside them. */
export const withRoom = (
  format: Format,
  bytes: number,
  numbers: number,
  writers?: Float32Writers
): MessageWriter => into(format, bytes + known(format).bytesOfNumber * numbers, writers)
