import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { ColumnMetaData, DecodedArray, Encoding, FileMetaData, SchemaElement, SchemaTree } from "hyparquet"
import { parquetMetadata, parquetSchema } from "hyparquet"
import { parquetHeader } from "hyparquet/src/column.js"
import { convert, convertWithDictionary, DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { decompressPage, readDataPage, readDataPageV2 } from "hyparquet/src/datapage.js"
import { readPlain } from "hyparquet/src/plain.js"
import * as Guard from "./parquetGuard.js"

export interface ImportFile {
  readonly namespace: string
  readonly path: string
  readonly bytes: number
  /** From the footer; -1 when the footer cannot be read. */
  readonly rows: number
}

export interface ImportedRecord {
  readonly id: string
  readonly values: Float32Array | undefined
  readonly sparseValues: { readonly indices: Uint32Array; readonly values: Float32Array } | undefined
  readonly metadata: Readonly<Record<string, unknown>> | undefined
}

export interface RowProblem {
  readonly file: string
  /** Zero-based in the file. */
  readonly row: number
  readonly message: string
}

export interface ImportChunk {
  readonly records: ReadonlyArray<ImportedRecord>
  readonly problems: ReadonlyArray<RowProblem>
}

/** Why a folder or a whole file cannot be imported. */
export class ImportProblem extends Data.TaggedError("ImportProblem")<{
  readonly message: string
  readonly file?: string | undefined
}> {}

const defaultNamespace = "__default__"

const defaultChunkRows = 5000

const magic = 0x31524150

const encryptedMagic = 0x45524150

/** A column is read in windows of this size, or of one page where a page is larger. */
const windowBytes = 2 * 1024 * 1024

const headerBytes = 16 * 1024

const layout = "an import folder holds <namespace>/*.parquet, and files of the default namespace directly"

const broken = (file: string, reason: string): ImportProblem =>
  new ImportProblem({
    message: `${file} is truncated or is not a valid Parquet file: ${reason}. Write the file again, or remove it`,
    file
  })

const reasonOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const unreadable = (file: string) => (error: PlatformError): ImportProblem =>
  new ImportProblem({
    message: `${file} cannot be read: ${error.message}. Check that it exists and that its permissions allow reading`,
    file
  })

// --- the file and its footer ---

interface OpenFile {
  readonly path: string
  readonly size: number
  readonly metadata: FileMetaData
  readonly read: (offset: number, length: number) => Effect.Effect<Uint8Array<ArrayBuffer>, ImportProblem>
}

/** The file's position is shared, so reads of one file must not overlap. */
const readAt = (path: string, file: FileSystem.File) => (offset: number, length: number) =>
  Effect.gen(function*() {
    const bytes = new Uint8Array(length)
    yield* file.seek(offset, "start")
    let filled = 0
    while (filled < length) {
      const count = Number(yield* Effect.mapError(file.read(bytes.subarray(filled)), unreadable(path)))
      if (count === 0) {
        return yield* broken(path, `it ends at byte ${offset + filled}, but more bytes were announced`)
      }
      filled += count
    }
    return bytes
  })

const openFile = (path: string): Effect.Effect<OpenFile, ImportProblem, FileSystem.FileSystem | Scope.Scope> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const file = yield* Effect.mapError(fs.open(path, { flag: "r" }), unreadable(path))
    const size = Number((yield* Effect.mapError(file.stat, unreadable(path))).size)
    const read = readAt(path, file)
    if (size < 12) {
      return yield* broken(path, `it has ${size} bytes, fewer than any Parquet file`)
    }
    const head = yield* read(0, 4)
    const tail = yield* read(size - 8, 8)
    const tailView = new DataView(tail.buffer)
    if (tailView.getUint32(4, true) === encryptedMagic) {
      return yield* new ImportProblem({
        message: `${path} has an encrypted footer. Write the file again without encryption`,
        file: path
      })
    }
    if (new DataView(head.buffer).getUint32(0, true) !== magic) {
      return yield* broken(path, "it does not start with PAR1")
    }
    if (tailView.getUint32(4, true) !== magic) {
      return yield* broken(path, "it does not end with PAR1")
    }
    const length = tailView.getUint32(0, true)
    if (length > size - 12) {
      return yield* broken(path, `its footer of ${length} bytes does not fit in ${size} bytes`)
    }
    if (length > Guard.maxFooterBytes) {
      return yield* broken(path, `its footer of ${length} bytes is larger than ${Guard.maxFooterBytes} bytes`)
    }
    const footer = yield* read(size - 8 - length, length + 8)
    const refusal = Guard.checkFooter(footer.subarray(0, length))
    if (refusal !== undefined) return yield* broken(path, `its footer cannot be read (${refusal})`)
    const metadata = yield* Effect.try({
      try: () => parquetMetadata(footer.buffer, { geoparquet: false }),
      catch: (error) => broken(path, `its footer cannot be read (${reasonOf(error)})`)
    })
    const disagreement = Guard.checkMetadata(metadata)
    if (disagreement !== undefined) return yield* broken(path, `its footer is wrong: ${disagreement}`)
    return { path, size, metadata, read }
  })

// --- the columns ---

interface ListColumn {
  readonly path: ReadonlyArray<SchemaTree>
  /** The definition level from which on the list has an element. */
  readonly elementLevel: number
}

interface Columns {
  readonly id: ReadonlyArray<SchemaTree>
  readonly values: ListColumn | undefined
  readonly sparse: { readonly indices: ListColumn; readonly values: ListColumn } | undefined
  readonly metadata: ReadonlyArray<SchemaTree> | undefined
}

const levelsOf = (path: ReadonlyArray<SchemaTree>): number => {
  let levels = 0
  for (const node of path.slice(1)) {
    if (node.element.repetition_type !== "REQUIRED") levels++
  }
  return levels
}

/** Some writers leave strings without an annotation, so plain byte arrays pass too. */
const isText = (node: SchemaTree): boolean => {
  const { converted_type: converted, logical_type: logical, repetition_type: repetition, type } = node.element
  return type === "BYTE_ARRAY" && repetition !== "REPEATED" &&
    (converted === undefined || converted === "UTF8" || converted === "JSON" || converted === "ENUM") &&
    (logical === undefined || logical.type === "STRING" || logical.type === "JSON" || logical.type === "ENUM")
}

const isFloat = ({ type }: SchemaElement): boolean => type === "FLOAT" || type === "DOUBLE"

const isInteger = ({ converted_type: converted, logical_type: logical, type }: SchemaElement): boolean =>
  (type === "INT32" || type === "INT64") &&
  (converted === undefined || /^U?INT_/.test(converted)) &&
  (logical === undefined || logical.type === "INTEGER")

/**
 * Finds the leaf of a list in each of the layouts that writers use: the group of three levels, the group of two, and
 * the bare repeated field.
 */
const listColumn = (
  parents: ReadonlyArray<SchemaTree>,
  node: SchemaTree,
  accepts: (element: SchemaElement) => boolean
): ListColumn | undefined => {
  const path = [...parents, node]
  let repeated = node
  if (node.element.repetition_type !== "REPEATED") {
    const isList = node.element.converted_type === "LIST" || node.element.logical_type?.type === "LIST"
    const child = node.children[0]
    if (!isList || node.children.length !== 1 || child === undefined || child.element.repetition_type !== "REPEATED") {
      return undefined
    }
    repeated = child
    path.push(child)
  }
  const elementLevel = levelsOf(path)
  let leaf = repeated
  if (repeated !== node && repeated.children.length === 1 && repeated.children[0] !== undefined) {
    leaf = repeated.children[0]
    if (leaf.element.repetition_type === "REPEATED") return undefined
    path.push(leaf)
  }
  return leaf.children.length === 0 && accepts(leaf.element) ? { path, elementLevel } : undefined
}

const typeName = (node: SchemaTree): string => {
  const { converted_type: converted, logical_type: logical, repetition_type: repetition, type } = node.element
  const name = converted ?? logical?.type ?? type ?? "STRUCT"
  const children = node.children.map((child) => `${child.element.name}: ${typeName(child)}`).join(", ")
  return `${repetition === "REPEATED" ? "REPEATED " : ""}${name}${children === "" ? "" : `(${children})`}`
}

const columnsOf = (path: string, metadata: FileMetaData): Effect.Effect<Columns, ImportProblem> =>
  Effect.gen(function*() {
    const root = yield* Effect.try({
      try: () => parquetSchema(metadata),
      catch: (error) => broken(path, `its schema cannot be read (${reasonOf(error)})`)
    })
    const column = (name: string) => root.children.find((child) => child.element.name === name)
    const wrongType = (name: string, node: SchemaTree, expected: string) =>
      new ImportProblem({
        message: `${path}: the column "${name}" has the type ${typeName(node)}. Write it as ${expected}`,
        file: path
      })

    const id = column("id")
    if (id === undefined) {
      const names = root.children.map((child) => `"${child.element.name}"`).join(", ")
      return yield* new ImportProblem({
        message: `${path} has no column "id", but ${names === "" ? "no columns" : names}. ` +
          `Write the columns id, values, and metadata`,
        file: path
      })
    }
    if (!isText(id) || id.children.length > 0) return yield* wrongType("id", id, "a string")

    const values = column("values")
    const dense = values === undefined ? undefined : listColumn([root], values, isFloat)
    if (values !== undefined && dense === undefined) {
      return yield* wrongType("values", values, "a list of 32-bit or 64-bit floats")
    }

    const sparseValues = column("sparse_values")
    let sparse: Columns["sparse"]
    if (sparseValues !== undefined) {
      const child = (name: string, accepts: (element: SchemaElement) => boolean) => {
        const node = sparseValues.children.find((node) => node.element.name === name)
        return node === undefined ? undefined : listColumn([root, sparseValues], node, accepts)
      }
      const indices = child("indices", isInteger)
      const weights = child("values", isFloat)
      if (sparseValues.element.repetition_type === "REPEATED" || indices === undefined || weights === undefined) {
        return yield* wrongType(
          "sparse_values",
          sparseValues,
          "a struct of indices (a list of integers) and values (a list of floats)"
        )
      }
      sparse = { indices, values: weights }
    }
    if (dense === undefined && sparse === undefined) {
      return yield* new ImportProblem({
        message: `${path} has neither a column "values" nor a column "sparse_values". Write the vectors into one`,
        file: path
      })
    }

    const attributes = column("metadata")
    if (attributes !== undefined && (!isText(attributes) || attributes.children.length > 0)) {
      return yield* wrongType("metadata", attributes, "JSON text")
    }
    return {
      id: [root, id],
      values: dense,
      sparse,
      metadata: attributes === undefined ? undefined : [root, attributes]
    }
  })

// --- pages to rows ---

type Levels = ReadonlyArray<number> | undefined

/** Collects the rows of a column as its pages are decoded. */
interface Sink<A> {
  readonly rows: Array<A>
  readonly page: (definition: Levels, repetition: ReadonlyArray<number>, values: DecodedArray) => void
  /** A list may continue on the next page, so the last row is known only at the end of the column. */
  readonly end: () => void
}

const textSink = (path: ReadonlyArray<SchemaTree>): Sink<string | undefined> => {
  const rows: Array<string | undefined> = []
  const level = levelsOf(path)
  return {
    rows,
    page: (definition, _repetition, values) => {
      if (definition === undefined || definition.length === 0) {
        for (let i = 0; i < values.length; i++) rows.push(values[i])
        return
      }
      let next = 0
      for (let i = 0; i < definition.length; i++) {
        rows.push(definition[i] === level ? values[next++] : undefined)
      }
    },
    end: () => {}
  }
}

/** A list; undefined where it is null or empty; a message where an element is wrong. */
type ListRow<A> = A | undefined | string

const floatMessage = (name: string, index: number, value: unknown): string =>
  typeof value === "number" && Number.isFinite(value)
    ? `${name}[${index}] is ${value}, which does not fit a 32-bit float`
    : `${name}[${index}] is ${String(value)}, not a finite number`

const indexMessage = (name: string, index: number, value: unknown): string =>
  `${name}[${index}] is ${String(value)}, not an integer from 0 to 4294967295`

/** What separates a list of floats from a list of indices, besides the check of an element. */
interface ListKind<A extends Float32Array | Uint32Array> {
  readonly make: (length: number) => A
  readonly copy: (scratch: A, length: number) => A
  readonly message: (name: string, index: number, value: unknown) => string
}

const floats: ListKind<Float32Array> = {
  make: (length) => new Float32Array(length),
  copy: (scratch, length) => scratch.slice(0, length),
  message: floatMessage
}

const integers: ListKind<Uint32Array> = {
  make: (length) => new Uint32Array(length),
  copy: (scratch, length) => scratch.slice(0, length),
  message: indexMessage
}

const listSink = <A extends Float32Array | Uint32Array>(
  name: string,
  column: ListColumn,
  kind: ListKind<A>
): Sink<ListRow<A>> => {
  const rows: Array<ListRow<A>> = []
  const level = levelsOf(column.path)
  let scratch = kind.make(1024)
  let length = 0
  let open = false
  let problem: string | undefined

  const end = () => {
    if (!open) return
    rows.push(problem ?? (length === 0 ? undefined : kind.copy(scratch, length)))
    open = false
    length = 0
    problem = undefined
  }

  return {
    rows,
    end,
    page: (definition, repetition, values) => {
      const all = definition === undefined || definition.length === 0
      const isFloats = scratch instanceof Float32Array
      let next = 0
      for (let i = 0; i < repetition.length; i++) {
        if (repetition[i] === 0) {
          end()
          open = true
        }
        if (all || definition[i] === level) {
          if (length === scratch.length) {
            const larger = kind.make(length * 2)
            larger.set(scratch)
            scratch = larger
          }
          const value = values[next++]
          if (isFloats) {
            scratch[length] = value
            const stored = scratch[length] as number
            // Only NaN and the infinities differ from themselves, and a double that is too large is stored as infinity.
            if (stored - stored !== 0) problem ??= kind.message(name, length, value)
          } else {
            const index = Number(value)
            scratch[length] = index
            if (scratch[length] !== index) problem ??= kind.message(name, length, value)
          }
          length++
        } else if ((definition[i] as number) >= column.elementLevel) {
          problem ??= kind.message(name, length, null)
          length++
        }
      }
    }
  }
}

/** Takes the rows of a column in order, reading pages as they are needed. */
type Cursor<A> = (count: number) => Effect.Effect<Array<A>, ImportProblem>

const parsers: typeof DEFAULT_PARSERS = {
  ...DEFAULT_PARSERS,
  // JSON is parsed for each row, so that one wrong text is a problem of its row and not of the page.
  jsonFromBytes: DEFAULT_PARSERS.stringFromBytes
}

type ColumnDecoder = Parameters<typeof readDataPage>[2]

/**
 * The pages of a column are decoded one by one. Reading ranges of rows through hyparquet's row API would decode the
 * column chunk of the whole row group for each range, and would box each number of it.
 */
const cursor = <A>(
  file: OpenFile,
  group: FileMetaData["row_groups"][number],
  path: ReadonlyArray<SchemaTree>,
  sink: Sink<A>
): Effect.Effect<Cursor<A>, ImportProblem> =>
  Effect.gen(function*() {
    const pathInSchema = path.slice(1).map((node) => node.element.name)
    const name = pathInSchema.join(".")
    const fail = (reason: string) => broken(file.path, `column "${name}": ${reason}`)
    const leaf = path[path.length - 1]
    const chunk = group.columns.find((column) => column.meta_data?.path_in_schema.join(".") === name)
    const meta: ColumnMetaData | undefined = chunk?.meta_data
    if (leaf === undefined || meta === undefined) return yield* fail("a row group lacks it")

    const decoder: ColumnDecoder = {
      pathInSchema,
      type: meta.type,
      element: leaf.element,
      schemaPath: [...path],
      codec: meta.codec,
      parsers,
      compressors: Guard.decompressors
    }
    const levels: Guard.MaxLevels = {
      definition: levelsOf(path),
      repetition: path.filter((node) => node.element.repetition_type === "REPEATED").length
    }
    const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
    const finish = start + Number(meta.total_compressed_size)
    const total = Number(meta.num_values)
    if (!(start >= 4 && finish >= start && finish <= file.size && total >= 0)) {
      return yield* fail("a row group announces bytes of it that the file does not have")
    }
    if (meta.type !== leaf.element.type) return yield* fail("a row group stores it with another type than the schema")
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
        return Effect.map(file.read(position, Math.min(finish - position, Math.max(length, windowBytes))), (bytes) => {
          window = bytes
          windowStart = position
        })
      })

    const readHeader = (length: number): Effect.Effect<ReturnType<typeof parquetHeader>, ImportProblem> =>
      Effect.gen(function*() {
        const remaining = finish - position
        yield* ensure(Math.min(length, remaining))
        const offset = position - windowStart
        const walk = Guard.walkThrift(window.subarray(offset))
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
        if (walk.status === "short" && available < Math.min(remaining, Guard.maxHeaderBytes)) {
          return yield* readHeader(Math.min(available * 8, Guard.maxHeaderBytes))
        }
        return yield* fail(`the header of the page at byte ${position} cannot be read`)
      })

    // A page of nulls has no values, and then some writers leave nothing to decompress.
    const decompress = (bytes: Uint8Array, size: number): Uint8Array | string =>
      bytes.length === 0 && size === 0
        ? bytes
        : Guard.checkCompressed(bytes, meta.codec, size) ??
          decompressPage(bytes, size, meta.codec, Guard.decompressors)

    type Decoded = ReturnType<typeof readDataPage> | ReturnType<typeof readDataPageV2>

    const decodeV1 = (page: Uint8Array | string, header: Guard.DataHeader): Decoded | string =>
      typeof page === "string"
        ? page
        : Guard.checkPage(page, header, meta.type, levels) ?? readDataPage(page, header, decoder)

    const decodeV2 = (
      bytes: Uint8Array,
      header: Guard.PageHeader,
      v2: Guard.DataHeaderV2
    ): Decoded | string => {
      const levelBytes = v2.definition_levels_byte_length + v2.repetition_levels_byte_length
      const compressed = bytes.subarray(levelBytes)
      const isCompressed = v2.is_compressed !== false
      const values = isCompressed ? decompress(compressed, header.uncompressed_page_size - levelBytes) : compressed
      if (typeof values === "string") return values
      const refusal = Guard.checkLevelsV2(bytes, v2, levels) ?? Guard.checkValuesV2(values, v2, meta.type)
      // The values had to be decompressed for the check, so they are handed over as they are.
      return refusal ??
        readDataPageV2(bytes, header, { ...decoder, codec: "SNAPPY", compressors: { SNAPPY: () => values } })
    }

    const takeDictionary = (page: Uint8Array | string, header: Guard.DictionaryHeader): string | undefined => {
      if (typeof page === "string") return page
      const refusal = Guard.checkPlain(page, 0, meta.type, header.num_values)
      if (refusal !== undefined) return refusal
      const reader = { view: new DataView(page.buffer, page.byteOffset, page.byteLength), offset: 0 }
      dictionary = convert(readPlain(reader, meta.type, header.num_values, leaf.element.type_length), decoder)
      return undefined
    }

    const takeValues = (decoded: Decoded | string, encoding: Encoding): string | undefined => {
      if (typeof decoded === "string") return decoded
      const { dataPage, definitionLevels, repetitionLevels } = decoded
      if (seen === 0 && repetitionLevels.length > 0 && repetitionLevels[0] !== 0) {
        return "continues a list that no page before it starts"
      }
      if (Guard.isDictionary(encoding) && !Guard.areIndices(dataPage, dictionary?.length ?? 0)) {
        return "refers to entries that its dictionary does not have"
      }
      sink.page(definitionLevels, repetitionLevels, convertWithDictionary(dataPage, dictionary, encoding, decoder))
      return undefined
    }

    /** Decodes a page, or gives the reason why it is refused. */
    const decode = (header: Guard.PageHeader, bytes: Uint8Array): string | undefined => {
      const { data_page_header: v1, data_page_header_v2: v2, dictionary_page_header: entries } = header
      if (entries !== undefined) return takeDictionary(decompress(bytes, header.uncompressed_page_size), entries)
      if (v1 !== undefined) {
        return takeValues(decodeV1(decompress(bytes, header.uncompressed_page_size), v1), v1.encoding)
      }
      if (v2 !== undefined) return takeValues(decodeV2(bytes, header, v2), v2.encoding)
      return undefined
    }

    const nextPage = Effect.gen(function*() {
      const header = yield* readHeader(headerBytes)
      const refusal = Guard.checkHeader(header, {
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
        while (sink.rows.length < count) {
          if (ended) return yield* fail("it has fewer rows than its row group")
          // Writers may pad a column chunk by a byte.
          if (seen < total && finish - position > 1) {
            yield* nextPage
          } else {
            ended = true
            sink.end()
          }
        }
        return sink.rows.splice(0, count)
      })
  })

// --- rows to records ---

const metadataRules = "write a string, a finite number, a boolean, or a list of strings"

const metadataProblem = (metadata: object): string | undefined => {
  for (const [field, value] of Object.entries(metadata)) {
    if (typeof value === "string" || typeof value === "boolean") continue
    if (typeof value === "number" && Number.isFinite(value)) continue
    const name = JSON.stringify(field)
    if (value === null) return `the metadata field ${name} is null: leave the field out`
    if (!Array.isArray(value)) {
      return `the metadata field ${name} is ${typeof value === "number" ? "too large" : "an object"}: ${metadataRules}`
    }
    for (const item of value) {
      if (typeof item !== "string") return `the metadata field ${name} is a list not of strings: ${metadataRules}`
    }
  }
  return undefined
}

/** Undefined where there is no metadata; a message where it is wrong. */
const parseMetadata = (text: string | undefined): Readonly<Record<string, unknown>> | undefined | string => {
  if (text === undefined) return undefined
  let metadata: unknown
  try {
    metadata = JSON.parse(text)
  } catch (error) {
    return `the metadata is not valid JSON (${reasonOf(error)}): write a JSON object, or null`
  }
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    return "the metadata is not a JSON object: write an object, or leave the cell null"
  }
  return metadataProblem(metadata) ?? metadata as Readonly<Record<string, unknown>>
}

interface Row {
  readonly id: string | undefined
  readonly values: ListRow<Float32Array>
  readonly indices: ListRow<Uint32Array>
  readonly weights: ListRow<Float32Array>
  readonly metadata: string | undefined
}

/** A record, or what is wrong with the row. */
const toRecord = ({ id, indices, metadata: text, values, weights }: Row): ImportedRecord | string => {
  if (id === undefined) return "the id is missing: write a string that is not empty"
  if (id === "") return "the id is empty: write a string that is not empty"
  if (typeof values === "string") return `${values}: write finite 32-bit floats`
  if (typeof indices === "string") return `${indices}: write 32-bit unsigned integers`
  if (typeof weights === "string") return `${weights}: write finite 32-bit floats`
  let sparseValues: ImportedRecord["sparseValues"]
  if (indices !== undefined && weights !== undefined && indices.length === weights.length) {
    sparseValues = { indices, values: weights }
  } else if (indices !== undefined || weights !== undefined) {
    return `sparse_values has ${indices?.length ?? 0} indices and ${weights?.length ?? 0} values: ` +
      "write as many indices as values"
  }
  if (values === undefined && sparseValues === undefined) {
    return "the row has neither values nor sparse_values: write at least one of them"
  }
  const metadata = parseMetadata(text)
  return typeof metadata === "string" ? metadata : { id, values, sparseValues, metadata }
}

// --- the interface ---

const footerRows = (path: string): Effect.Effect<number, never, FileSystem.FileSystem> =>
  openFile(path).pipe(
    Effect.map(({ metadata }) => Number(metadata.num_rows)),
    Effect.scoped,
    Effect.orElseSucceed(() => -1)
  )

/** Lists the files of an import folder, with their row counts. */
export const scan = (
  root: string
): Effect.Effect<ReadonlyArray<ImportFile>, ImportProblem, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const info = yield* Effect.mapError(fs.stat(root), (error) =>
      new ImportProblem({
        message: error._tag === "SystemError" && error.reason === "NotFound"
          ? `The folder ${root} does not exist: ${layout}`
          : `The folder ${root} cannot be read: ${error.message}`
      }))
    if (info.type !== "Directory") {
      return yield* new ImportProblem({ message: `${root} is not a folder: ${layout}` })
    }
    const list = (folder: string) =>
      fs.readDirectory(folder).pipe(
        Effect.mapError((error) =>
          new ImportProblem({ message: `The folder ${folder} cannot be read: ${error.message}` })
        ),
        Effect.map((names) => names.sort())
      )

    const files: Array<ImportFile> = []
    const add = (namespace: string, file: string) =>
      Effect.gen(function*() {
        const { size, type } = yield* Effect.mapError(fs.stat(file), unreadable(file))
        if (type === "File") {
          files.push({ namespace, path: file, bytes: Number(size), rows: yield* footerRows(file) })
        }
      })

    for (const name of yield* list(root)) {
      const entry = path.join(root, name)
      const kind = yield* Effect.option(fs.stat(entry))
      if (Option.isSome(kind) && kind.value.type === "Directory") {
        for (const child of yield* list(entry)) {
          if (child.endsWith(".parquet")) yield* add(name, path.join(entry, child))
        }
      } else if (name.endsWith(".parquet")) {
        yield* add(defaultNamespace, entry)
      }
    }
    if (files.length === 0) {
      return yield* new ImportProblem({ message: `The folder ${root} holds no .parquet files: ${layout}` })
    }
    return files
  })

/** Reads the rows of one row group, which all columns share, chunk by chunk. */
type GroupReader = (count: number) => Effect.Effect<ReadonlyArray<Row>, ImportProblem>

const groupReader = (
  file: OpenFile,
  columns: Columns,
  group: FileMetaData["row_groups"][number]
): Effect.Effect<GroupReader, ImportProblem> =>
  Effect.gen(function*() {
    const list = <A extends Float32Array | Uint32Array>(
      name: string,
      column: ListColumn | undefined,
      kind: ListKind<A>
    ): Effect.Effect<Cursor<ListRow<A>> | undefined, ImportProblem> =>
      column === undefined
        ? Effect.succeed(undefined)
        : cursor(file, group, column.path, listSink(name, column, kind))

    const ids = yield* cursor(file, group, columns.id, textSink(columns.id))
    const dense = yield* list("values", columns.values, floats)
    const indices = yield* list("sparse_values.indices", columns.sparse?.indices, integers)
    const weights = yield* list("sparse_values.values", columns.sparse?.values, floats)
    const texts = columns.metadata === undefined
      ? undefined
      : yield* cursor(file, group, columns.metadata, textSink(columns.metadata))

    return (count) =>
      Effect.gen(function*() {
        // One after another, because the columns share the position of the file.
        const id = yield* ids(count)
        const values = dense === undefined ? undefined : yield* dense(count)
        const index = indices === undefined ? undefined : yield* indices(count)
        const weight = weights === undefined ? undefined : yield* weights(count)
        const text = texts === undefined ? undefined : yield* texts(count)
        return id.map((id, row) => ({
          id,
          values: values?.[row],
          indices: index?.[row],
          weights: weight?.[row],
          metadata: text?.[row]
        }))
      })
  })

interface Position {
  readonly group: number
  readonly reader: GroupReader | undefined
  /** Rows of the group that are left. */
  readonly left: number
  readonly row: number
}

/**
 * Reads one file in chunks of rows, each row decoded or given back as a problem. A chunk does not cross a row group,
 * and the memory in use is that of a chunk and of one page for each column.
 */
export const read = (
  file: ImportFile,
  options: { readonly chunkRows?: number }
): Stream.Stream<ImportChunk, ImportProblem, FileSystem.FileSystem> =>
  Stream.unwrapScoped(Effect.gen(function*() {
    const chunkRows = Math.max(1, Math.floor(options.chunkRows ?? defaultChunkRows) || 1)
    const opened = yield* openFile(file.path)
    const groups = opened.metadata.row_groups
    const columns = yield* columnsOf(file.path, opened.metadata)

    const next = (position: Position): Effect.Effect<Option.Option<[ImportChunk, Position]>, ImportProblem> =>
      Effect.gen(function*() {
        let { group, left, reader } = position
        while (left === 0) {
          const entry = groups[group++]
          if (entry === undefined) return Option.none()
          left = Number(entry.num_rows)
          reader = yield* groupReader(opened, columns, entry)
        }
        if (reader === undefined) return Option.none()
        const rows = yield* reader(Math.min(left, chunkRows))
        const records: Array<ImportedRecord> = []
        const problems: Array<RowProblem> = []
        for (let i = 0; i < rows.length; i++) {
          const record = toRecord(rows[i] as Row)
          if (typeof record === "string") problems.push({ file: file.path, row: position.row + i, message: record })
          else records.push(record)
        }
        return Option.some([
          { records, problems },
          { group, reader, left: left - rows.length, row: position.row + rows.length }
        ])
      })

    return Stream.unfoldEffect<Position, ImportChunk, ImportProblem, never>(
      { group: 0, reader: undefined, left: 0, row: 0 },
      next
    )
  }))
