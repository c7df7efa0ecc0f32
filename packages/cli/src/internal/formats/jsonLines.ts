import type { VectorRecord } from "effect-pinecone/VectorRecord"
import * as Chunk from "effect/Chunk"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type { Item } from "./format.js"
import { unreadable } from "./format.js"

const isNumbers = (u: unknown): u is ReadonlyArray<number> => Array.isArray(u)

const known = new Set(["id", "_id", "values", "sparseValues", "sparse_values", "metadata"])

/** A line as a record, or what is wrong with it. Numbers and metadata are looked at as they are written. */
const recordOf = (file: string, line: string, text: string): Item => {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return unreadable(file, line, "must be a JSON object, as {\"id\":\"a\",\"values\":[0.1,0.2]}")
  }
  if (!Predicate.isRecord(parsed)) return unreadable(file, line, "must be a JSON object with the fields of a record")
  const { id = parsed["_id"], metadata, values } = parsed
  const sparse = parsed["sparseValues"] ?? parsed["sparse_values"]
  const unknown = Object.keys(parsed).find((name) => !known.has(name))
  if (unknown !== undefined) {
    return unreadable(file, line, `a record has no field "${unknown}": put it into "metadata"`, unknown)
  }
  if (typeof id !== "string") return unreadable(file, line, "\"id\" must be a text", "id")
  if (values !== undefined && values !== null && !isNumbers(values)) {
    return unreadable(file, line, "\"values\" must be an array of numbers", "values")
  }
  if (metadata !== undefined && metadata !== null && !Predicate.isRecord(metadata)) {
    return unreadable(file, line, "\"metadata\" must be an object", "metadata")
  }
  if (
    sparse !== undefined && sparse !== null &&
    !(Predicate.isRecord(sparse) && isNumbers(sparse["indices"]) && isNumbers(sparse["values"]))
  ) {
    return unreadable(file, line, "\"sparseValues\" must be an object with \"indices\" and \"values\"", "sparseValues")
  }
  return {
    id,
    ...(isNumbers(values) && values.length > 0 ? { values } : {}),
    ...(Predicate.isRecord(sparse) && isNumbers(sparse["indices"]) && isNumbers(sparse["values"])
      ? { sparseValues: { indices: sparse["indices"], values: sparse["values"] } }
      : {}),
    // eslint-disable-next-line no-restricted-syntax -- what a field of it cannot be is found as it is written.
    ...(Predicate.isRecord(metadata) ? { metadata: metadata as NonNullable<VectorRecord["metadata"]> } : {})
  }
}

/** The lines of a text that comes in pieces, with their numbers; empty ones are left out. */
export const numbered = <E, R>(bytes: Stream.Stream<Uint8Array, E, R>) =>
  Stream.suspend(() => {
    let line = 0
    return Stream.mapChunks(Stream.splitLines(Stream.decodeText(bytes)), (lines) =>
      Chunk.filterMap(
        Chunk.map(lines, (text) => [++line, text] as const),
        ([number, text]) => text.trim() === "" ? Option.none() : Option.some([number, text] as const)
      ))
  })

/** Records, one in a line. */
export const read = <E, R>(file: string, bytes: Stream.Stream<Uint8Array, E, R>): Stream.Stream<Item, E, R> =>
  Stream.mapChunks(
    numbered(bytes),
    (lines) => Chunk.map(lines, ([number, text]) => recordOf(file, `line ${number}`, text))
  )

const plain = (values: ArrayLike<number> | undefined): ReadonlyArray<number> | undefined =>
  values === undefined || values.length === 0 ? undefined : Array.from(values)

/** A record as a line. */
export const line = ({ id, metadata, sparseValues, values }: VectorRecord): string =>
  `${
    JSON.stringify({
      id,
      values: plain(values),
      sparseValues: sparseValues === undefined || sparseValues.indices.length === 0
        ? undefined
        : { indices: Array.from(sparseValues.indices), values: Array.from(sparseValues.values) },
      metadata: metadata === undefined || Object.keys(metadata).length === 0 ? undefined : metadata
    })
  }\n`
