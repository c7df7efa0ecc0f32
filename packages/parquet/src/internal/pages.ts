import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ColumnMetaData, DecodedArray, FileMetaData, ParquetParsers } from "hyparquet"
import { parquetHeader } from "hyparquet/src/column.js"
import { convert, convertWithDictionary, DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { decompressPage, readDataPage } from "hyparquet/src/datapage.js"
import { readPlain } from "hyparquet/src/plain.js"
import * as Columns from "../Columns.js"
import type { ParquetError } from "../ParquetError.js"
import type { FlatColumn } from "./columns.js"
import { levelsOf } from "./columns.js"
import { decompressors } from "./decompress.js"
import type { OpenFile } from "./file.js"
import { broken, reasonOf } from "./file.js"
import * as guard from "./guard.js"
import type { Levels } from "./levels.js"
import { levelReader } from "./levels.js"
import type { Sink } from "./sinks.js"

/** A column is read in windows of this size, or of one page where a page is larger. */
const windowBytes = 2 * 1024 * 1024

const headerBytes = 16 * 1024

export type RowGroup = FileMetaData["row_groups"][number]

/** Takes the rows of a column in order, reading pages as they are needed. */
export type Cursor<A> = (count: number) => Effect.Effect<Array<A>, ParquetError>

const decoder = new TextDecoder("utf-8", { ignoreBOM: true })

const stringFromBytes: ParquetParsers["stringFromBytes"] = (bytes) => bytes && decoder.decode(bytes)

const parsers: ParquetParsers = {
  ...DEFAULT_PARSERS,
  // A mark at the start of a text belongs to the text.
  stringFromBytes,
  // JSON is parsed for each row, so that one wrong text is a problem of its row and not of the page.
  jsonFromBytes: stringFromBytes,
  dateFromDays: Columns.isoDate,
  timestampFromMilliseconds: (time) => Columns.isoTime(BigInt(time), "MILLISECOND"),
  timestampFromMicroseconds: (time) => Columns.isoTime(BigInt(time), "MICROSECOND"),
  timestampFromNanoseconds: (time) => Columns.isoTime(BigInt(time), "NANOSECOND")
}

type ColumnDecoder = Parameters<typeof readDataPage>[2]

const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1

/**
 * The pages of a column are decoded one by one. Reading ranges of rows through hyparquet's row API would decode the
 * column chunk of the whole row group for each range, and would box each number of it.
 */
export const cursor = <A>(
  file: OpenFile,
  group: RowGroup,
  column: FlatColumn,
  sink: Sink<A>
): Effect.Effect<Cursor<A>, ParquetError> =>
  Effect.gen(function*() {
    const { path } = column
    const pathInSchema = path.slice(1).map((node) => node.element.name)
    const name = pathInSchema.join(".")
    const fail = (reason: string) => broken(file.path, `column "${name}": ${reason}`, column.name)
    const leaf = path[path.length - 1]
    const chunk = group.columns.find((column) => column.meta_data?.path_in_schema.join(".") === name)
    const meta: ColumnMetaData | undefined = chunk?.meta_data
    if (leaf === undefined || meta === undefined) return yield* fail("a row group lacks it")

    const decoder: ColumnDecoder = {
      pathInSchema,
      type: meta.type,
      element: leaf.element,
      // The levels are read here, so what is left to decode is a column of required values.
      schemaPath: [],
      codec: meta.codec,
      parsers,
      compressors: decompressors
    }
    const levels = {
      definition: levelsOf(path),
      repetition: path.filter((node) => node.element.repetition_type === "REPEATED").length
    }
    const levelsReader = levelReader(levels)
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
    const finish = start + Number(meta.total_compressed_size)
    const total = Number(meta.num_values)
    if (!(start >= 4 && finish >= start && finish <= file.size && total >= 0)) {
      return yield* fail("a row group announces bytes of it that the file does not have")
    }
    if (meta.type !== leaf.element.type) return yield* fail("a row group stores it with another type than the schema")
    const fixedLength = leaf.element.type_length
    if (meta.type === "FIXED_LEN_BYTE_ARRAY" && !(Number.isInteger(fixedLength) && Number(fixedLength) > 0)) {
      return yield* fail("the schema does not say how long its values are")
    }
    const rows = Number(group.num_rows)
    // A list has a value for each row at least, even where it is null or empty.
    if (levels.repetition === 0 ? total !== rows : total < rows) {
      return yield* fail(`a row group has ${total} values of it for ${rows} rows`)
    }
    let position = start
    let seen = 0
    let ended = false
    let window = new Uint8Array(0)
    let windowStart = start
    let dictionary: DecodedArray | undefined

    const ensure = (length: number) =>
      Effect.suspend(() => {
        const available = windowStart + window.byteLength - position
        if (available >= length) return Effect.void
        // By now all rows of the pages before are taken, and none of them looks into the window any more.
        const size = Math.min(finish - position, Math.max(length, windowBytes))
        window = window.buffer.byteLength >= size ? new Uint8Array(window.buffer, 0, size) : new Uint8Array(size)
        windowStart = position
        return file.readInto(position, window)
      })

    const readHeader = (length: number): Effect.Effect<guard.PageHeader, ParquetError> =>
      Effect.gen(function*() {
        const remaining = finish - position
        yield* ensure(Math.min(length, remaining))
        const offset = position - windowStart
        const walk = guard.walkThrift(window.subarray(offset))
        if (walk.status === "complete") {
          const reader = { view: new DataView(window.buffer, offset, walk.end), offset: 0 }
          const header = yield* Effect.option(Effect.try(() => parquetHeader(reader)))
          if (Option.isSome(header)) {
            position += reader.offset
            return header.value
          }
        }
        // Statistics of long strings can make a header larger than expected.
        const available = window.byteLength - offset
        if (walk.status === "short" && available < Math.min(remaining, guard.maxHeaderBytes)) {
          return yield* readHeader(Math.min(available * 8, guard.maxHeaderBytes))
        }
        return yield* fail(`the header of the page at byte ${position} cannot be read`)
      })

    // A page of nulls has no values, and then some writers leave nothing to decompress.
    const decompress = (bytes: Uint8Array, size: number): Uint8Array | string =>
      bytes.length === 0 && size === 0
        ? bytes
        : guard.checkCompressed(bytes, meta.codec, size) ?? decompressPage(bytes, size, meta.codec, decompressors)

    const takeDictionary = (page: Uint8Array | string, header: guard.DictionaryHeader): string | undefined => {
      if (typeof page === "string") return page
      const refusal = guard.checkPlain(page, 0, meta.type, header.num_values, fixedLength)
      if (refusal !== undefined) return refusal
      const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 }
      // Numbers are views of the window, which the next pages overwrite.
      dictionary = convert(readPlain(reader, meta.type, header.num_values, fixedLength).slice(), decoder)
      return undefined
    }

    const takeValues = (
      bytes: Uint8Array,
      levels: Levels,
      count: number,
      { encoding }: guard.DataHeader | guard.DataHeaderV2
    ): string | undefined => {
      const { present, repetition, start } = levels
      if (seen === 0 && repetition !== undefined && repetition.length > 0 && repetition[0] !== 0) {
        return "continues a list that no page before it starts"
      }
      const refusal = guard.checkValues(bytes, start, encoding, meta.type, present, fixedLength)
      if (refusal !== undefined) return refusal
      const isPlain = encoding === "PLAIN" && meta.type === "FLOAT" && isLittleEndian
      let values: DecodedArray = []
      if (!isPlain && present > 0) {
        const header = {
          num_values: present,
          encoding,
          definition_level_encoding: "RLE",
          repetition_level_encoding: "RLE"
        } as const
        const { dataPage } = readDataPage(bytes.subarray(start), header, decoder)
        if (guard.isDictionary(encoding) && !guard.areIndices(dataPage, dictionary?.length ?? 0)) {
          return "refers to entries that its dictionary does not have"
        }
        values = convertWithDictionary(dataPage, dictionary, encoding, decoder)
      }
      sink.page({
        ...levels,
        count,
        floats: isPlain ? bytes.subarray(start, start + present * 4) : undefined,
        decode: () => isPlain && present > 0 ? new Float32Array(bytes.slice(start, start + present * 4).buffer) : values
      })
      return undefined
    }

    const takeV1 = (page: Uint8Array | string, header: guard.DataHeader): string | undefined => {
      if (typeof page === "string") return page
      const levels = levelsReader.v1(page, header)
      return typeof levels === "string" ? levels : takeValues(page, levels, header.num_values, header)
    }

    const takeV2 = (bytes: Uint8Array, size: number, header: guard.DataHeaderV2): string | undefined => {
      const levelBytes = header.definition_levels_byte_length + header.repetition_levels_byte_length
      const levels = levelsReader.v2(bytes, header)
      if (typeof levels === "string") return levels
      const rest = bytes.subarray(levelBytes)
      const values = header.is_compressed === false ? rest : decompress(rest, size - levelBytes)
      return typeof values === "string" ? values : takeValues(values, levels, header.num_values, header)
    }

    /** Decodes a page, or gives the reason why it is refused. */
    const decode = (header: guard.PageHeader, bytes: Uint8Array): string | undefined => {
      const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: entries } = header
      const size = header.uncompressed_page_size
      if (entries !== undefined) return takeDictionary(decompress(bytes, size), entries)
      if (v1 !== undefined) return takeV1(decompress(bytes, size), v1)
      return v2 === undefined ? undefined : takeV2(bytes, size, v2)
    }

    const nextPage = Effect.gen(function*() {
      const header = yield* readHeader(headerBytes)
      const refusal = guard.checkHeader(header, {
        type: meta.type,
        codec: meta.codec,
        bytesLeft: finish - position,
        valuesLeft: total - seen,
        hasDictionary: dictionary !== undefined
      })
      if (refusal !== undefined) return yield* fail(`the page at byte ${position} ${refusal}`)
      const length = header.compressed_page_size
      yield* ensure(length)
      const offset = position - windowStart
      const body = window.subarray(offset, offset + length)
      const wrong = yield* Effect.try({
        try: () => decode(header, body),
        catch: (error) => fail(`the page at byte ${position} cannot be decoded (${reasonOf(error)})`)
      })
      if (wrong !== undefined) return yield* fail(`the page at byte ${position} ${wrong}`)
      position += length
      if (header.dictionary_page_header === undefined) {
        seen += (header.data_page_header ?? header.data_page_header_v2)?.num_values ?? 0
      }
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
