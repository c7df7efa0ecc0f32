import type { DataType, Dictionary, Vector } from "apache-arrow"
import { Data } from "apache-arrow"
import type { FlatBuffer } from "./flatbuffer.js"
import type { Layout } from "./ipcSchema.js"

export type Codec = "LZ4" | "ZSTD"

interface Region {
  readonly offset: number
  readonly length: number
}

/** What the header of a batch says of its body. */
export interface Header {
  readonly rows: number
  readonly nodes: ReadonlyArray<{ readonly length: number; readonly nulls: number }>
  readonly buffers: ReadonlyArray<Region>
  readonly codec: Codec | undefined
  /** How many buffers each column of views has besides its own. */
  readonly variadic: ReadonlyArray<number>
}

/** The header of a batch, or what is wrong with it. */
export const readHeader = (buffer: FlatBuffer, batch: number): Header | string => {
  const rows = buffer.longField(batch, 0)
  const nodes = buffer.elements(batch, 1, 16)
  const regions = buffer.elements(batch, 2, 16)
  const counts = buffer.elements(batch, 4, 8)
  const longs = ({ length, start }: { readonly start: number; readonly length: number }) =>
    Array.from({ length }, (_, i) => buffer.long(start + i * 8))
  const compression = buffer.child(batch, 3)
  const pairs = (elements: { readonly start: number; readonly length: number }) =>
    Array.from(
      { length: elements.length },
      (_, i): readonly [number, number] => [
        buffer.long(elements.start + i * 16),
        buffer.long(elements.start + i * 16 + 8)
      ]
    )
  const header: Header = {
    rows,
    nodes: pairs(nodes).map(([length, nulls]) => ({ length, nulls })),
    buffers: pairs(regions).map(([offset, length]) => ({ offset, length })),
    codec: compression === 0 ? undefined : buffer.byteField(compression, 0, 0) === 0 ? "LZ4" : "ZSTD",
    variadic: longs(counts)
  }
  const isKnown = compression === 0 ||
    buffer.byteField(compression, 0, 0) < 2 && buffer.byteField(compression, 1, 0) === 0
  if (!buffer.isValid || rows < 0) return "the header of a batch is corrupt"
  return isKnown ? header : "a batch is compressed by a codec that Arrow does not have"
}

/** The buffers of a body, or what is wrong with one. */
export const buffersOf = (header: Header, body: Uint8Array): ReadonlyArray<Uint8Array> | string => {
  const out: Array<Uint8Array> = []
  for (const { length, offset } of header.buffers) {
    if (offset < 0 || length < 0 || offset + length > body.length) return "a buffer lies outside of its batch"
    out.push(body.subarray(offset, offset + length))
  }
  return out
}

/** Typed arrays are views of memory that begins at a multiple of their width. */
const aligned = (bytes: Uint8Array): Uint8Array => bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()

/** Whether offsets begin at 0 or later, never go back, and end within what they point to. */
const areInOrder = (offsets: Int32Array | BigInt64Array, end: number): boolean => {
  if (offsets.length === 0) return false
  for (let i = 1; i < offsets.length; i++) {
    if (offsets[i]! < offsets[i - 1]!) return false
  }
  return offsets[0]! >= 0 && offsets[offsets.length - 1]! <= end
}

const viewBytes = 16

const inlineBytes = 12

/** Whether each view that is not null lies within its buffer. */
const areWithin = (views: Uint8Array, data: Data, buffers: ReadonlyArray<Uint8Array>): boolean => {
  const view = new DataView(views.buffer, views.byteOffset, views.byteLength)
  for (let row = 0; row < data.length; row++) {
    const at = row * viewBytes
    const length = view.getInt32(at, true)
    if (length >= 0 && length <= inlineBytes || !data.getValid(row)) continue
    const buffer = buffers[view.getInt32(at + 8, true)]
    const offset = view.getInt32(at + 12, true)
    if (length < 0 || buffer === undefined || offset < 0 || offset + length > buffer.length) return false
  }
  return true
}

interface Validity {
  readonly nullCount: number
  readonly nullBitmap?: Uint8Array
}

interface Parts {
  readonly offsets?: Int32Array | BigInt64Array
  readonly values?: ArrayBufferView
  readonly children?: Array<Data>
  readonly dictionary?: Vector
  readonly variadic?: Array<Uint8Array>
}

const make = (type: DataType, length: number, { nullBitmap, nullCount }: Validity, parts: Parts): Data =>
  new Data(
    type,
    0,
    length,
    nullCount,
    nullBitmap === undefined ? [parts.offsets, parts.values] : [parts.offsets, parts.values, nullBitmap],
    parts.children,
    parts.dictionary,
    parts.variadic
  )

/** Bytes as the typed array that the library has for a type. */
const valuesOf = (type: DataType, bytes: Uint8Array): ArrayBufferView => {
  const { ArrayType } = type
  return new ArrayType(bytes.buffer, bytes.byteOffset, bytes.byteLength / ArrayType.BYTES_PER_ELEMENT)
}

/** The columns of a batch: undefined for those that are skipped. */
export const readColumns = (
  layouts: ReadonlyArray<Layout>,
  header: Header,
  buffers: ReadonlyArray<Uint8Array>,
  dictionary: (id: number) => Vector | undefined
): ReadonlyArray<Data | undefined> | string => {
  let node = 0
  let buffer = 0
  let view = 0
  let problem: string | undefined

  const fail = (message: string): undefined => {
    problem ??= message
  }

  const next = (size: number): Uint8Array | undefined => {
    const bytes = buffers[buffer++]
    return bytes === undefined || bytes.length < size
      ? fail("a buffer is missing, or shorter than its column")
      : aligned(bytes.subarray(0, size))
  }

  /** A buffer of which only its own offsets say how long it is. */
  const rest = (): Uint8Array | undefined => next(buffers[buffer]?.length ?? 0)

  const validity = (length: number, nulls: number): Validity => {
    const bytes = nulls === 0 ? undefined : next(Math.ceil(length / 8))
    if (nulls === 0) buffer++
    // The nulls are counted again, whatever their number is said to be.
    return bytes === undefined ? { nullCount: 0 } : { nullCount: -1, nullBitmap: bytes }
  }

  const offsets = (length: number, isLarge: boolean): Int32Array | BigInt64Array | undefined => {
    // Some writers leave out the one offset of a column without values.
    if (length === 0) {
      buffer++
      return isLarge ? new BigInt64Array(1) : new Int32Array(1)
    }
    const width = isLarge ? 8 : 4
    const bytes = next((length + 1) * width)
    if (bytes === undefined) return undefined
    return isLarge
      ? new BigInt64Array(bytes.buffer, bytes.byteOffset, length + 1)
      : new Int32Array(bytes.buffer, bytes.byteOffset, length + 1)
  }

  const skip = (layout: Layout): void => {
    node++
    switch (layout._tag) {
      case "Null":
        return
      case "Fixed":
      case "Dictionary":
        buffer += 2
        return
      case "Bytes":
        buffer += 3
        return
      case "Views":
        buffer += 2 + (header.variadic[view++] ?? 0)
        return
      case "List":
        buffer += 2
        return skip(layout.child)
      case "FixedSizeList":
        buffer += 1
        return skip(layout.child)
      case "Struct":
        buffer += 1
        return layout.children.forEach(skip)
      case "Skipped":
        buffer += layout.buffers
        return layout.children.forEach(skip)
    }
  }

  const read = (layout: Layout, expected: number | undefined): Data | undefined => {
    if (layout._tag === "Skipped") {
      skip(layout)
      return undefined
    }
    const { length, nulls } = header.nodes[node++] ?? { length: -1, nulls: 0 }
    if (length < 0 || expected !== undefined && length !== expected) {
      return fail("a column is missing, or has another number of rows than its batch")
    }
    switch (layout._tag) {
      case "Null":
        return make(layout.type, length, { nullCount: length }, {})
      case "Fixed": {
        const valid = validity(length, nulls)
        const data = next(Math.ceil(length * layout.bits / 8))
        return data && make(layout.type, length, valid, { values: valuesOf(layout.type, data) })
      }
      case "Dictionary":
        return dictionaryColumn(layout.type, layout.bits, length, nulls)
      case "Bytes": {
        const valid = validity(length, nulls)
        const valueOffsets = offsets(length, layout.isLarge)
        const data = rest()
        if (valueOffsets === undefined || data === undefined) return undefined
        if (!areInOrder(valueOffsets, data.length)) return fail("the offsets of a column are out of order")
        return make(layout.type, length, valid, { offsets: valueOffsets, values: data })
      }
      case "Views": {
        const valid = validity(length, nulls)
        const views = next(length * viewBytes)
        const count = header.variadic[view++] ?? 0
        const variadicBuffers: Array<Uint8Array> = []
        for (let i = 0; i < count && problem === undefined; i++) variadicBuffers.push(rest() ?? new Uint8Array(0))
        if (views === undefined) return undefined
        const data = make(layout.type, length, valid, { values: views, variadic: variadicBuffers })
        return areWithin(views, data, variadicBuffers) ? data : fail("a text lies outside of its column")
      }
      case "List": {
        const valid = validity(length, nulls)
        const valueOffsets = offsets(length, layout.isLarge)
        const child = read(layout.child, undefined)
        if (valueOffsets === undefined || child === undefined) return undefined
        if (!areInOrder(valueOffsets, child.length)) return fail("the offsets of a column are out of order")
        return make(layout.type, length, valid, { offsets: valueOffsets, children: [child] })
      }
      case "FixedSizeList": {
        const valid = validity(length, nulls)
        const child = read(layout.child, undefined)
        if (child === undefined) return undefined
        if (child.length < length * layout.type.listSize) return fail("a column of lists has too few values")
        return make(layout.type, length, valid, { children: [child] })
      }
      case "Struct": {
        const valid = validity(length, nulls)
        const children: Array<Data> = []
        for (const child of layout.children) {
          const column = read(child, length)
          if (column === undefined) return undefined
          children.push(column)
        }
        return make(layout.type, length, valid, { children })
      }
    }
  }

  const dictionaryColumn = (type: Dictionary, bits: number, length: number, nulls: number): Data | undefined => {
    const valid = validity(length, nulls)
    const data = next(length * bits / 8)
    const values = dictionary(type.id)
    return data && make(type, length, valid, {
      values: valuesOf(type.indices, data),
      // Without one, each key is outside of it, and named so where its row is read.
      ...values === undefined ? undefined : { dictionary: values }
    })
  }

  const columns = layouts.map((layout) => problem === undefined ? read(layout, header.rows) : undefined)
  return problem ?? columns
}
