import type { Format } from "../RequestBody.js"
import { JsonMessageWriter } from "./jsonMessage.js"
import type { MessageWriter } from "./messageWriter.js"
import { ProtobufMessageWriter } from "./protobufMessage.js"

/** The most bytes that a number of a vector usually has, with what separates it from the next. */
const bytesOfNumber: Record<Format, number> = { json: 13, protobuf: 4 }

const writers = { json: JsonMessageWriter, protobuf: ProtobufMessageWriter }

/** A writer into a buffer. */
export const into = (format: Format, memory: number | Uint8Array): MessageWriter => new writers[format](memory)

/** A writer with room for so many numbers of vectors, and so many bytes beside them. */
export const withRoom = (format: Format, bytes: number, numbers: number): MessageWriter =>
  into(format, bytes + bytesOfNumber[format] * numbers)
