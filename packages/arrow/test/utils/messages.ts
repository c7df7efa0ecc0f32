/** Writes Arrow messages as they stand in FlatBuffers, those too that the library does not write. */

type Value =
  | { readonly byte: number }
  | { readonly short: number }
  | { readonly int: number }
  | { readonly long: bigint }
  | { readonly at: (writer: Writer) => number }

type Table = ReadonlyArray<Value | undefined>

class Writer {
  private readonly bytes: Array<number> = []

  private align(): number {
    while (this.bytes.length % 8 !== 0) this.bytes.push(0)
    return this.bytes.length
  }

  put(value: bigint, width: number, at = this.bytes.length): void {
    for (let i = 0; i < width; i++) this.bytes[at + i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)))
  }

  /** What is referred to is written behind what refers to it. */
  refer(at: number, target: number): void {
    this.put(BigInt(target - at), 4, at)
  }

  table(fields: Table): number {
    const start = this.align()
    const width = 4 + 2 * fields.length
    this.put(BigInt(width), 2)
    this.put(BigInt(8 + 8 * fields.length), 2)
    fields.forEach((field, index) => this.put(BigInt(field === undefined ? 0 : 8 + 8 * index), 2))
    const table = this.align()
    this.put(BigInt(table - start), 8)
    for (const field of fields) {
      if (field === undefined || "at" in field) this.put(0n, 8)
      else if ("long" in field) this.put(field.long, 8)
      else this.put(BigInt("int" in field ? field.int : "short" in field ? field.short : field.byte), 8)
    }
    fields.forEach((field, index) => {
      if (field !== undefined && "at" in field) this.refer(table + 8 + 8 * index, field.at(this))
    })
    return table
  }

  tables(tables: ReadonlyArray<(writer: Writer) => number>): number {
    const start = this.align()
    this.put(BigInt(tables.length), 4)
    const first = this.bytes.length
    tables.forEach(() => this.put(0n, 4))
    tables.forEach((table, index) => this.refer(first + 4 * index, table(this)))
    return start
  }

  longs(values: ReadonlyArray<number>, perElement: number): number {
    this.align()
    this.put(0n, 4)
    const start = this.bytes.length
    this.put(BigInt(values.length / perElement), 4)
    for (const value of values) this.put(BigInt(value), 8)
    return start
  }

  text(text: string): number {
    const start = this.align()
    const bytes = new TextEncoder().encode(text)
    this.put(BigInt(bytes.length), 4)
    for (const byte of bytes) this.bytes.push(byte)
    this.bytes.push(0)
    return start
  }

  root(fields: Table): Uint8Array {
    this.put(0n, 8)
    this.refer(0, this.table(fields))
    this.align()
    return Uint8Array.from(this.bytes)
  }
}

const table = (...fields: Table) => (writer: Writer) => writer.table(fields)

const at = (of: (writer: Writer) => number): Value => ({ at: of })

const padded = (bytes: Uint8Array): Uint8Array => {
  const out = new Uint8Array(Math.ceil(bytes.length / 8) * 8)
  out.set(bytes)
  return out
}

const joined = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let start = 0
  for (const part of parts) {
    out.set(part, start)
    start += part.length
  }
  return out
}

export interface FieldOptions {
  readonly type?: ReturnType<typeof table>
  readonly children?: ReadonlyArray<(writer: Writer) => number>
  readonly dictionary?: { readonly id: bigint; readonly bits: number }
}

/** A field of the type of this number in Arrow's Schema.fbs. */
export const field = (name: string, kind: number, { children = [], dictionary, type }: FieldOptions = {}) =>
  table(
    at((writer) => writer.text(name)),
    { byte: 1 },
    { byte: kind },
    at(type ?? table()),
    dictionary === undefined ? undefined : at(
      table({ long: dictionary.id }, at(table({ int: dictionary.bits }, { byte: 1 })))
    ),
    at((writer) => writer.tables(children))
  )

export const types = {
  int: (bits: number) => table({ int: bits }, { byte: 1 }),
  float: (precision: number) => table({ short: precision }),
  fixedSizeList: (size: number) => table({ int: size })
}

export interface Header {
  readonly version?: number
}

const message = (kind: number, header: (writer: Writer) => number, body: Uint8Array, { version = 4 }: Header) => {
  const metadata = new Writer().root([
    { short: version },
    { byte: kind },
    at(header),
    { long: BigInt(body.length) }
  ])
  const prefix = new Uint8Array(8)
  new DataView(prefix.buffer).setInt32(0, -1, true)
  new DataView(prefix.buffer).setInt32(4, metadata.length, true)
  return joined([prefix, metadata, body])
}

const schemaTable = (fields: ReadonlyArray<ReturnType<typeof field>>, endianness = 0) =>
  table({ short: endianness }, at((writer) => writer.tables(fields)))

export const schema = (
  fields: ReadonlyArray<ReturnType<typeof field>>,
  { endianness, ...header }: Header & { readonly endianness?: number } = {}
) => message(1, schemaTable(fields, endianness), new Uint8Array(0), header)

export interface Column {
  /** The length and the nulls of each node. */
  readonly nodes: ReadonlyArray<readonly [length: number, nulls: number]>
  readonly buffers: ReadonlyArray<ArrayBufferView>
  /** How many of the buffers are those that views point to. */
  readonly variadic?: number
}

export interface BatchOptions extends Header {
  readonly codec?: number
}

const header = (rows: number, columns: ReadonlyArray<Column>, codec: number | undefined) => {
  const buffers = columns.flatMap(({ buffers }) =>
    buffers.map(({ buffer, byteLength, byteOffset }) => new Uint8Array(buffer, byteOffset, byteLength))
  )
  let offset = 0
  const regions = buffers.flatMap(({ length }) => {
    const region = [offset, length]
    offset += Math.ceil(length / 8) * 8
    return region
  })
  const of = table(
    { long: BigInt(rows) },
    at((writer) => writer.longs(columns.flatMap(({ nodes }) => nodes.flat()), 2)),
    at((writer) => writer.longs(regions, 2)),
    codec === undefined ? undefined : at(table({ byte: codec })),
    at((writer) => writer.longs(columns.flatMap(({ variadic }) => variadic ?? []), 1))
  )
  return { of, body: joined(buffers.map(padded)) }
}

export const batch = (rows: number, columns: ReadonlyArray<Column>, { codec, ...options }: BatchOptions = {}) => {
  const { body, of } = header(rows, columns, codec)
  return message(3, of, body, options)
}

export const dictionary = (id: bigint, isDelta: boolean, rows: number, column: Column) => {
  const { body, of } = header(rows, [column], undefined)
  return message(2, table({ long: id }, at(of), { byte: isDelta ? 1 : 0 }), body, {})
}

/** A file whose footer names its one batch so many times. */
export const file = (fields: ReadonlyArray<ReturnType<typeof field>>, batch: Uint8Array, times: number) => {
  const metadata = 8 + new DataView(batch.buffer).getInt32(4, true)
  const magic = new TextEncoder().encode("ARROW1")
  const block = [8, metadata, batch.length - metadata]
  const footer = new Writer().root([
    { short: 4 },
    at(schemaTable(fields)),
    undefined,
    at((writer) => writer.longs(Array.from({ length: times }, () => block).flat(), 3))
  ])
  return joined([padded(magic), batch, footer, new Uint8Array(Int32Array.of(footer.length).buffer), magic])
}

export const stream = (...messages: ReadonlyArray<Uint8Array>) => joined(messages)

/** A column of texts without nulls. */
export const textColumn = (...texts: ReadonlyArray<string>): Column => {
  const bytes = texts.map((text) => new TextEncoder().encode(text))
  const offsets = new Int32Array(texts.length + 1)
  bytes.forEach(({ length }, index) => offsets[index + 1] = offsets[index]! + length)
  return { nodes: [[texts.length, 0]], buffers: [new Uint8Array(0), offsets, joined(bytes)] }
}

/** A column of lists of one float each. */
export const floatColumn = (...values: ReadonlyArray<number>): Column => ({
  nodes: [[values.length, 0], [values.length, 0]],
  buffers: [new Uint8Array(0), new Uint8Array(0), Float32Array.from(values)]
})

/** A schema of many fields, each the only child of the one before and used by it twice. */
export const shared = (depth: number): Uint8Array => {
  const nested = (level: number): ReturnType<typeof field> => {
    let known: number | undefined
    const inner = level === 0 ? undefined : nested(level - 1)
    const once = (writer: Writer) => known ??= inner!(writer)
    return field(`level ${level}`, 13, inner === undefined ? {} : { children: [once, once] })
  }
  return schema([nested(depth)])
}
