import * as Metadata from "effect-pinecone/Metadata"
import type { TextRecord } from "effect-pinecone/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Problem } from "../problem.js"
import { unusable } from "../problem.js"
import { nameOf } from "../standard.js"
import { numbered } from "./jsonLines.js"

const Line = Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))

const decodeLine = Schema.decodeEither(Line)

const isMetadata = Schema.is(Metadata.Metadata)

const wrong = (file: string, line: number, message: string) => unusable(`${nameOf(file)}, line ${line}: ${message}`)

/** JSON objects, one in a line, each with its number. */
export const objects = <E, R>(file: string, bytes: Stream.Stream<Uint8Array, E, R>) =>
  Stream.mapChunksEffect(
    numbered(bytes),
    (lines) =>
      Effect.forEach(lines, ([line, text]) =>
        Either.match(decodeLine(text), {
          onLeft: () => Effect.fail(wrong(file, line, "must be a JSON object.")),
          onRight: (value) => Effect.succeed([line, value] as const)
        })).pipe(Effect.map((all) => Chunk.unsafeFromArray(all)))
  )

/** Records of an index that embeds their text: an id and fields, in one object. */
export const read = <E, R>(
  file: string,
  bytes: Stream.Stream<Uint8Array, E, R>
): Stream.Stream<TextRecord, E | Problem, R> =>
  Stream.mapEffect(objects(file, bytes), ([line, { _id, id = _id, ...fields }]) => {
    if (typeof id !== "string") return Effect.fail(wrong(file, line, "\"id\" must be a text."))
    if (!isMetadata(fields)) {
      return Effect.fail(wrong(file, line, "fields must be texts, numbers, truth values or lists of texts."))
    }
    return Effect.succeed({ id, fields })
  })

/** Documents: objects with an `_id`. */
export const documents = <E, R>(file: string, bytes: Stream.Stream<Uint8Array, E, R>) =>
  Stream.mapEffect(objects(file, bytes), ([line, value]) => {
    const { _id } = value
    return typeof _id === "string"
      ? Effect.succeed({ ...value, _id })
      : Effect.fail(wrong(file, line, "\"_id\" must be a text."))
  })
