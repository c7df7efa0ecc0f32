import * as Input from "@effect-pinecone/schema/Input"
import * as Metadata from "@effect-pinecone/schema/Metadata"
import type { DenseValues, SparseValues } from "@effect-pinecone/schema/Vector"
import type { Data } from "apache-arrow"
import {
  Bool,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint32,
  Utf8
} from "apache-arrow"
import { ColumnError } from "../ArrowError.js"

/** What a row of a table is made of. */
export interface Row {
  readonly id: string
  readonly score?: number | undefined
  readonly values?: DenseValues | undefined
  readonly sparseValues?: SparseValues | undefined
  readonly metadata?: unknown
}

export interface Shape {
  readonly hasScore: boolean
  /** Without one, the values are lists of any length. */
  readonly dimension: number | undefined
  /** The fields that have a column of their own; without, the metadata is one column of JSON texts. */
  readonly fields: ReadonlyMap<string, FieldKind> | undefined
}

export type FieldKind = "text" | "number" | "boolean" | "texts"

const encoder = new TextEncoder()

const joinedFloats = (lists: ReadonlyArray<DenseValues | undefined>, length: number): Float32Array => {
  const out = new Float32Array(length)
  let at = 0
  for (const list of lists) {
    if (list === undefined) continue
    out.set(list, at)
    at += list.length
  }
  return out
}

/** Which rows are there: a bit each. Absent where all are. */
const validity = (cells: ReadonlyArray<unknown>): { readonly nullBitmap?: Uint8Array; readonly nullCount: number } => {
  let nullCount = 0
  const nullBitmap = new Uint8Array(Math.ceil(cells.length / 8))
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] === undefined) nullCount++
    else nullBitmap[i >> 3]! |= 1 << (i & 7)
  }
  return nullCount === 0 ? { nullCount } : { nullBitmap, nullCount }
}

const offsetsOf = (lists: ReadonlyArray<{ readonly length: number } | undefined>): Int32Array => {
  const out = new Int32Array(lists.length + 1)
  for (let i = 0; i < lists.length; i++) out[i + 1] = out[i]! + (lists[i]?.length ?? 0)
  return out
}

const textData = (cells: ReadonlyArray<string | undefined>): Data<Utf8> => {
  const bytes = cells.map((cell) => cell === undefined ? undefined : encoder.encode(cell))
  const valueOffsets = offsetsOf(bytes)
  const data = new Uint8Array(valueOffsets[cells.length]!)
  bytes.forEach((text, index) => {
    if (text !== undefined) data.set(text, valueOffsets[index])
  })
  return makeData({ type: new Utf8(), length: cells.length, valueOffsets, data, ...validity(cells) })
}

const floatItem = new Field("item", new Float32(), true)

const floatLists = (lists: ReadonlyArray<DenseValues | undefined>): Data<List<Float32>> => {
  const valueOffsets = offsetsOf(lists)
  const data = joinedFloats(lists, valueOffsets[lists.length]!)
  const child = makeData({ type: new Float32(), length: data.length, data })
  return makeData({ type: new List(floatItem), length: lists.length, valueOffsets, child, ...validity(lists) })
}

const fixedLists = (
  lists: ReadonlyArray<DenseValues | undefined>,
  dimension: number
): Data<FixedSizeList<Float32>> => {
  const data = new Float32Array(lists.length * dimension)
  lists.forEach((list, index) => {
    if (list !== undefined) data.set(list, index * dimension)
  })
  const child = makeData({ type: new Float32(), length: data.length, data })
  return makeData({
    type: new FixedSizeList(dimension, floatItem),
    length: lists.length,
    child,
    ...validity(lists)
  })
}

const sparseStructs = (cells: ReadonlyArray<SparseValues | undefined>): Data<Struct> => {
  const indices = cells.map((cell) => cell?.indices)
  const valueOffsets = offsetsOf(indices)
  const data = new Uint32Array(valueOffsets[cells.length]!)
  indices.forEach((list, index) => {
    if (list !== undefined) data.set(list, valueOffsets[index])
  })
  const items = makeData({ type: new Uint32(), length: data.length, data })
  const type = new List(new Field("item", new Uint32(), true))
  const children: Array<Data> = [
    makeData({ type, length: cells.length, valueOffsets, child: items, ...validity(indices) }),
    floatLists(cells.map((cell) => cell?.values))
  ]
  return makeData({
    type: new Struct([new Field("indices", type, true), new Field("values", children[1]!.type, true)]),
    length: cells.length,
    children,
    ...validity(cells)
  })
}

const textLists = (cells: ReadonlyArray<ReadonlyArray<string> | undefined>): Data<List<Utf8>> =>
  makeData({
    type: new List(new Field("item", new Utf8(), true)),
    length: cells.length,
    valueOffsets: offsetsOf(cells),
    child: textData(cells.flatMap((cell) => cell ?? [])),
    ...validity(cells)
  })

const booleans = (cells: ReadonlyArray<boolean | undefined>): Data<Bool> => {
  const data = new Uint8Array(Math.ceil(cells.length / 8))
  cells.forEach((cell, index) => {
    if (cell === true) data[index >> 3]! |= 1 << (index & 7)
  })
  return makeData({ type: new Bool(), length: cells.length, data, ...validity(cells) })
}

const doubles = (cells: ReadonlyArray<number | undefined>): Data<Float64> =>
  makeData({
    type: new Float64(),
    length: cells.length,
    data: Float64Array.from(cells, (cell) => cell ?? 0),
    ...validity(cells)
  })

const isTexts = (value: unknown): value is ReadonlyArray<string> => Array.isArray(value)

const fieldOf = (metadata: unknown, name: string): unknown =>
  Input.isObject(metadata)
    ? Object.getOwnPropertyDescriptor(metadata, name)?.value
    : undefined

const kindOf = (value: unknown): FieldKind => {
  if (typeof value === "number") return "number"
  if (typeof value === "boolean") return "boolean"
  return Array.isArray(value) ? "texts" : "text"
}

/** The fields of the metadata of rows; one with values of different kinds becomes texts. */
export const fieldsOf = (rows: ReadonlyArray<Row>): ReadonlyMap<string, FieldKind> => {
  const out = new Map<string, FieldKind>()
  for (const { metadata } of rows) {
    if (typeof metadata !== "object" || metadata === null) continue
    for (const name of Object.keys(metadata)) {
      const value = fieldOf(metadata, name)
      if (value === undefined) continue
      const kind = kindOf(value)
      out.set(name, out.has(name) && out.get(name) !== kind ? "text" : kind)
    }
  }
  return out
}

const fieldData = (cells: ReadonlyArray<unknown>, kind: FieldKind): Data => {
  switch (kind) {
    case "number":
      return doubles(cells.map((cell) => typeof cell === "number" ? cell : undefined))
    case "boolean":
      return booleans(cells.map((cell) => typeof cell === "boolean" ? cell : undefined))
    case "texts":
      return textLists(cells.map((cell) => isTexts(cell) ? cell : undefined))
    case "text":
      return textData(
        cells.map((cell) => cell === undefined ? undefined : typeof cell === "string" ? cell : JSON.stringify(cell))
      )
  }
}

const reserved = new Set(["id", "score", "values", "sparse_values"])

const isTooLong = (length: number): boolean => length > 0x7fffffff

/** A batch of the rows, or what is wrong with one of them. */
export const toBatch = (
  rows: ReadonlyArray<Row>,
  { dimension, fields, hasScore }: Shape
): RecordBatch | ColumnError => {
  let numbers = 0
  for (const { id, metadata, values } of rows) {
    numbers += values?.length ?? 0
    if (dimension !== undefined && values !== undefined && values.length !== dimension) {
      return new ColumnError({
        message:
          `record "${id.slice(0, 100)}" has ${values.length} values, but the table's dimension is ${dimension}: ` +
          "omit `dimension`, or pass records of that dimension",
        column: "values"
      })
    }
    const wrong = typeof metadata === "object" && metadata !== null ? Metadata.problem(metadata) : undefined
    if (wrong !== undefined) {
      return new ColumnError({ message: `record "${id.slice(0, 100)}": ${wrong.message}`, column: wrong.field })
    }
  }
  if (isTooLong(numbers)) {
    return new ColumnError({
      message: `a batch can hold 2,147,483,647 numbers, got ${numbers}: use a smaller batch`,
      column: "values"
    })
  }
  const values = rows.map(({ values }) => values)
  const columns: Array<readonly [string, Data]> = [["id", textData(rows.map(({ id }) => id))]]
  if (hasScore) columns.push(["score", doubles(rows.map(({ score }) => score))])
  columns.push(["values", dimension === undefined ? floatLists(values) : fixedLists(values, dimension)])
  columns.push(["sparse_values", sparseStructs(rows.map(({ sparseValues }) => sparseValues))])
  if (fields === undefined) {
    const texts = rows.map(({ metadata }) => metadata === undefined ? undefined : JSON.stringify(metadata))
    columns.push(["metadata", textData(texts)])
  } else {
    for (const [name, kind] of fields) {
      if (reserved.has(name)) {
        return new ColumnError({
          message: `the metadata field "${name}" conflicts with the column of that name: write the metadata as JSON`,
          column: name
        })
      }
      columns.push([name, fieldData(rows.map(({ metadata }) => fieldOf(metadata, name)), kind)])
    }
  }
  const schema = new Schema(columns.map(([name, { type }]) => new Field(name, type, name !== "id")))
  const struct = makeData({
    type: new Struct(schema.fields),
    length: rows.length,
    children: columns.map(([, data]) => data)
  })
  return new RecordBatch(schema, struct)
}
