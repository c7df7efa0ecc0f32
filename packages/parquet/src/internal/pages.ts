import { littleEndian } from "@effect-pinecone/schema/Vector"
import * as Effect from "effect/Effect"
import type { ParquetError } from "../ParquetError.js"
import type { CellAt } from "./cells.js"
import { cellsOf, numbersOf } from "./cells.js"
import type { FlatColumn } from "./columns.js"
import { levelsOf } from "./columns.js"
import { crc32 } from "./crc32.js"
import { decompress } from "./decompress.js"
import type { OpenFile } from "./file.js"
import { broken, reasonOf } from "./file.js"
import type { Levels } from "./levels.js"
import { levelReader } from "./levels.js"
import * as limits from "./limits.js"
import type { Chunk, DataHeader, PageHeader, RowGroup } from "./metadata.js"
import { isCount, parseHeader, pathKey } from "./metadata.js"
import type { PageValues, Sink } from "./sinks.js"
import type { Stored } from "./values.js"
import { decode, indices, plain } from "./values.js"

/** A column is read in windows of this size, or of one page where a page is larger. */
const windowBytes = 2 * 1024 * 1024

const headerBytes = 16 * 1024

/** Takes the rows of a column in order, reading pages as they are needed. */
export type Cursor<A> = (count: number) => Effect.Effect<Array<A>, ParquetError>

/** Makes each cell once, because many rows may have it. */
const remembered = (cell: CellAt): CellAt => {
  const made: Array<unknown> = []
  const isMade: Array<boolean> = []
  return (index) => {
    if (isMade[index] !== true) {
      made[index] = cell(index)
      isMade[index] = true
    }
    return made[index]
  }
}

/** What is read of a column in a row group; or the reason why it cannot be. */
const chunkOf = (file: OpenFile, group: RowGroup, column: FlatColumn): Chunk & Required<Typed> | string => {
  const { leaf, path } = column
  const chunk = group.chunks.get(pathKey(path.map((node) => node.name)))
  if (chunk === undefined) return "a row group lacks it, or has it encrypted"
  const { bytes, codec, start, type, values } = chunk
  if (!(isCount(start) && isCount(bytes) && isCount(values) && start >= 4 && start + bytes <= file.size)) {
    return "a row group announces bytes of it that the file does not have"
  }
  if (type === undefined || type !== leaf.type) return "a row group stores it with another type than the schema"
  if (codec === undefined) return "it is compressed with a codec that is not known here"
  if (type === "FIXED_LEN_BYTE_ARRAY" && !(Number.isInteger(leaf.length) && leaf.length > 0)) {
    return "the schema does not say how long its values are"
  }
  // A list has a value for each row at least, even where it is null or empty.
  const isList = path.some(({ repetition }) => repetition === "REPEATED")
  if (isList ? values < group.rows : values !== group.rows) {
    return `a row group has ${values} values of it for ${group.rows} rows`
  }
  return { ...chunk, type, codec }
}

interface Typed {
  readonly type: NonNullable<Chunk["type"]>
  readonly codec: NonNullable<Chunk["codec"]>
}

/**
 * The pages of a column are decoded one by one, and what is in memory is one of them. `share` is the part of the window that
 * a column has where many are read.
 */
export const cursor = <A>(
  file: OpenFile,
  group: RowGroup,
  column: FlatColumn,
  sink: Sink<A>,
  share = 1
): Effect.Effect<Cursor<A>, ParquetError> =>
  Effect.gen(function*() {
    const { kind, leaf, path } = column
    const name = path.map((node) => node.name).join(".")
    const fail = (reason: string) => broken(file.path, `column "${name}": ${reason}`, column.name)
    const chunk = chunkOf(file, group, column)
    if (typeof chunk === "string") return yield* fail(chunk)
    const { bytes: chunkBytes, codec, start, type, values: total } = chunk
    const layout = { type, length: leaf.length }
    const levelsReader = levelReader({
      definition: levelsOf(path),
      repetition: path.filter(({ repetition }) => repetition === "REPEATED").length
    })
    const cells = cellsOf(column.name, leaf, kind, column.asText)
    const valuesOf = (stored: Stored): PageValues => ({
      cell: cells(stored),
      numbers: numbersOf(leaf, kind, stored),
      indices: undefined
    })
    const finish = start + chunkBytes
    const windowSize = Math.max(headerBytes, Math.floor(windowBytes * share))
    let position = start
    let seen = 0
    let ended = false
    let window = new Uint8Array(0)
    let windowStart = start
    let dictionary: { readonly values: PageValues; readonly entries: number } | undefined

    const ensure = (length: number) =>
      Effect.suspend(() => {
        const available = windowStart + window.byteLength - position
        if (available >= length) return Effect.void
        // By now all rows of the pages before are taken, and none of them looks into the window any more.
        const size = Math.min(finish - position, Math.max(length, windowSize))
        window = window.buffer.byteLength >= size ? new Uint8Array(window.buffer, 0, size) : new Uint8Array(size)
        windowStart = position
        return file.readInto(position, window)
      })

    const readHeader = (length: number): Effect.Effect<PageHeader, ParquetError> =>
      Effect.gen(function*() {
        const remaining = finish - position
        yield* ensure(Math.min(length, remaining))
        const offset = position - windowStart
        const { end, header, status } = parseHeader(window.subarray(offset, offset + limits.maxHeaderBytes))
        if (status === "complete") {
          position += end
          return header
        }
        // Statistics of long strings can make a header larger than expected.
        const available = window.byteLength - offset
        if (status === "short" && available < Math.min(remaining, limits.maxHeaderBytes)) {
          return yield* readHeader(Math.min(available * 8, limits.maxHeaderBytes))
        }
        return yield* fail(`the header of the page at byte ${position} cannot be read`)
      })

    const takeDictionary = (page: Uint8Array | string, entries: number): string | undefined => {
      if (typeof page === "string") return page
      // Bytes would be views of the window, which the next pages overwrite.
      const stored = plain(codec === "UNCOMPRESSED" ? new Uint8Array(page) : page, 0, layout, entries)
      if (typeof stored === "string") return stored
      const values = valuesOf(stored)
      dictionary = { values: { ...values, cell: remembered(values.cell) }, entries }
      return undefined
    }

    const takeValues = (bytes: Uint8Array, levels: Levels, header: DataHeader): string | undefined => {
      const { present, repetition, start } = levels
      const { encoding, values: count } = header
      if (encoding === undefined) return undefined
      if (seen === 0 && repetition !== undefined && repetition.length > 0 && repetition[0] !== 0) {
        return "continues a list that no page before it starts"
      }
      if (encoding === "PLAIN" && type === "FLOAT" && littleEndian) {
        const floats = bytes.subarray(start, start + present * 4)
        if (floats.length < present * 4) return "has fewer bytes than its values need"
        const values = (): PageValues => {
          const stored = plain(floats, 0, layout, present)
          return valuesOf(typeof stored === "string" ? new Float32Array(0) : stored)
        }
        sink.page({ ...levels, count, floats, values })
        return undefined
      }
      let values: PageValues
      if (limits.isDictionary(encoding)) {
        const found = indices(bytes, start, dictionary?.entries ?? 0, present)
        if (typeof found === "string") return found
        values = { ...dictionary?.values ?? valuesOf(new Int32Array(0)), indices: found }
      } else {
        const stored = decode(bytes, start, encoding, layout, present)
        if (typeof stored === "string") return stored
        values = valuesOf(stored)
      }
      sink.page({ ...levels, count, floats: undefined, values: () => values })
      return undefined
    }

    const takeV1 = (page: Uint8Array | string, header: DataHeader): string | undefined => {
      if (typeof page === "string") return page
      const levels = levelsReader.v1(page, header)
      return typeof levels === "string" ? levels : takeValues(page, levels, header)
    }

    const takeV2 = (bytes: Uint8Array, size: number, header: DataHeader): string | undefined => {
      const levelBytes = header.definitionBytes + header.repetitionBytes
      const levels = levelsReader.v2(bytes, header)
      if (typeof levels === "string") return levels
      const rest = bytes.subarray(levelBytes)
      const values = header.isCompressed ? decompress(rest, size - levelBytes, codec) : rest
      return typeof values === "string" ? values : takeValues(values, levels, header)
    }

    /** Decodes a page, or gives the reason why it is refused. */
    const decodePage = (header: PageHeader, bytes: Uint8Array): string | undefined => {
      const { checksum, data, dictionary, uncompressed } = header
      if (checksum !== undefined && crc32(bytes) !== checksum) return "does not have the bytes that its checksum is for"
      if (dictionary !== undefined) return takeDictionary(decompress(bytes, uncompressed, codec), dictionary.values)
      if (data === undefined) return undefined
      return data.version === 1
        ? takeV1(decompress(bytes, uncompressed, codec), data)
        : takeV2(bytes, uncompressed, data)
    }

    const nextPage = Effect.gen(function*() {
      yield* file.giveWay
      const from = position
      const header = yield* readHeader(headerBytes)
      const refusal = limits.checkHeader(header, {
        type,
        codec,
        bytesLeft: finish - position,
        valuesLeft: total - seen,
        hasDictionary: dictionary !== undefined
      })
      if (refusal !== undefined) return yield* fail(`the page at byte ${from} ${refusal}`)
      const length = header.compressed
      yield* ensure(length)
      const offset = position - windowStart
      const body = window.subarray(offset, offset + length)
      const wrong = yield* Effect.try({
        try: () => decodePage(header, body),
        catch: (error) => fail(`the page at byte ${from} cannot be decoded (${reasonOf(error)})`)
      })
      if (wrong !== undefined) return yield* fail(`the page at byte ${from} ${wrong}`)
      position += length
      seen += header.data?.values ?? 0
    })

    return (count) =>
      Effect.gen(function*() {
        const out: Array<A> = []
        sink.take(count, out)
        while (out.length < count) {
          if (ended) return yield* fail("it has fewer rows than its row group")
          // Writers may pad a column chunk by a byte.
          if (seen < total && finish - position > 1) {
            yield* nextPage
            sink.take(count - out.length, out)
          } else {
            ended = true
            sink.end(out)
          }
        }
        return out
      })
  })
