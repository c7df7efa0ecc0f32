import type * as Query from "@effect-pinecone/schema/Query"
import { asBuffer } from "./bytes.js"
import * as messages from "./messages.js"
import { StrictReader } from "./strictReader.js"
import * as struct from "./struct.js"
import * as vectors from "./vectors.js"

// The tags of `QueryResponse` and `ScoredVector`: the number of a field, and how it is encoded.

const matchTag = 18
const idTag = 10
const scoreTag = 21
const valuesTag = 26
const metadataTag = 34

/** A match of the usual form; `undefined` where it has fields that the library is to read. */
const readUsual = (
  reader: StrictReader,
  source: Buffer,
  end: number,
  room: vectors.Room,
  keys: struct.Keys
): Query.ScoredVector | undefined => {
  let id = ""
  let score = 0
  let values: Float32Array | undefined
  let metadata: Query.ScoredVector["metadata"]
  while (reader.pos < end) {
    switch (reader.uint32()) {
      case idTag:
        id = reader.string()
        break
      case scoreTag:
        score = reader.float()
        break
      case valuesTag: {
        // More than one part is rare.
        if (values !== undefined) return undefined
        const last = struct.endWithin(reader, end)
        values = vectors.readFloats([source.subarray(reader.pos, last)], room)
        reader.pos = last
        break
      }
      case metadataTag:
        metadata = struct.read(reader, struct.endWithin(reader, end), keys)
        break
      default:
        return undefined
    }
  }
  struct.ended(reader, end)
  if (values === undefined) return metadata === undefined ? { id, score } : { id, metadata, score }
  return metadata === undefined ? { id, values, score } : { id, values, metadata, score }
}

/** What was read of a message, and the message without it. */
export interface Apart<Answer> {
  readonly fields: Partial<Answer>
  readonly rest: Uint8Array
}

/**
 * Reads the matches of an answer one after another, without a message of the library for each: of a thousand, those and their
 * parts would be most of what there is to do. `read` reads what is not of the usual form.
 */
export const read = (
  bytes: Uint8Array,
  readScored: (message: messages.Message<"ScoredVector">, room: vectors.Room) => Query.ScoredVector
): Apart<Query.QueryResponse> => {
  const source = asBuffer(bytes)
  const reader = new StrictReader(source)
  const room = vectors.blocks(source.length)
  const keys = new struct.Keys(source)
  const matches: Array<Query.ScoredVector> = []
  const rest: Array<Uint8Array> = []
  while (reader.pos < reader.len) {
    const start = reader.pos
    const tag = reader.uint32()
    if (tag !== matchTag) {
      reader.skipType(tag & 7)
      rest.push(source.subarray(start, reader.pos))
      continue
    }
    const end = struct.endWithin(reader, reader.len)
    const first = reader.pos
    const usual = readUsual(reader, source, end, room, keys)
    matches.push(usual ?? readScored(messages.decode("ScoredVector", source.subarray(first, end)), room))
    reader.pos = end
  }
  return { fields: { matches }, rest: Buffer.concat(rest) }
}
