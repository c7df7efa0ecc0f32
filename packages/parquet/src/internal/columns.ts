import * as Effect from "effect/Effect"
import type { FileMetaData, SchemaElement, SchemaTree } from "hyparquet"
import { parquetSchema } from "hyparquet"
import * as Columns from "../Columns.js"
import { ParquetError } from "../ParquetError.js"
import { broken, reasonOf } from "./file.js"

/** A column of single values. */
export interface FlatColumn {
  readonly name: string
  readonly path: ReadonlyArray<SchemaTree>
}

export interface ListColumn extends FlatColumn {
  /** The definition level from which on the list has an element. */
  readonly elementLevel: number
}

export interface FieldColumn extends ListColumn {
  readonly isList: boolean
}

/** The columns of a file that make up its records. */
export interface FileColumns {
  readonly id: FlatColumn
  readonly values: ListColumn | undefined
  readonly sparse: { readonly name: string; readonly indices: ListColumn; readonly values: ListColumn } | undefined
  readonly json: FlatColumn | undefined
  readonly fields: ReadonlyArray<FieldColumn> | undefined
}

export const levelsOf = (path: ReadonlyArray<SchemaTree>): number => {
  let levels = 0
  for (const node of path.slice(1)) {
    if (node.element.repetition_type !== "REQUIRED") levels++
  }
  return levels
}

/** Some writers leave strings without an annotation, so plain byte arrays pass too. */
const isTextElement = ({ converted_type: converted, logical_type: logical, type }: SchemaElement): boolean =>
  type === "BYTE_ARRAY" &&
  (converted === undefined || converted === "UTF8" || converted === "JSON" || converted === "ENUM") &&
  (logical === undefined || logical.type === "STRING" || logical.type === "JSON" || logical.type === "ENUM")

const isText = (node: SchemaTree): boolean =>
  node.children.length === 0 && node.element.repetition_type !== "REPEATED" && isTextElement(node.element)

const isFloat = ({ type }: SchemaElement): boolean => type === "FLOAT" || type === "DOUBLE"

const isInteger = ({ converted_type: converted, logical_type: logical, type }: SchemaElement): boolean =>
  (type === "INT32" || type === "INT64") &&
  (converted === undefined || /^U?INT_/.test(converted)) &&
  (logical === undefined || logical.type === "INTEGER")

const fieldTypes = new Set(["INTEGER", "STRING", "JSON", "ENUM", "DATE", "TIMESTAMP", "DECIMAL", "UUID", "FLOAT16"])

/** Whether metadata can hold the values of a column. */
const isField = (node: SchemaTree): boolean => {
  const { converted_type: converted, logical_type: logical, repetition_type: repetition, type } = node.element
  if (node.children.length > 0 || repetition === "REPEATED") return false
  if (isTextElement(node.element)) return true
  if (logical !== undefined && !fieldTypes.has(logical.type)) return false
  if (converted !== undefined && !/^(U?INT_|DATE|TIMESTAMP_|DECIMAL)/.test(converted)) return false
  return type !== undefined &&
    (type !== "FIXED_LEN_BYTE_ARRAY" && type !== "BYTE_ARRAY" || converted === "DECIMAL" ||
      logical?.type === "UUID" || logical?.type === "FLOAT16")
}

/**
 * Finds the leaf of a list in each of the layouts that writers use: the group of three levels, the group of two, and
 * the bare repeated field.
 */
const listColumn = (
  name: string,
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
  return leaf.children.length === 0 && accepts(leaf.element) ? { name, path, elementLevel } : undefined
}

const typeName = (node: SchemaTree): string => {
  const { converted_type: converted, logical_type: logical, repetition_type: repetition, type } = node.element
  const name = converted ?? logical?.type ?? type ?? "STRUCT"
  const children = node.children.map((child) => `${child.element.name}: ${typeName(child)}`).join(", ")
  return `${repetition === "REPEATED" ? "REPEATED " : ""}${name}${children === "" ? "" : `(${children})`}`
}

export const columnsOf = (
  path: string,
  metadata: FileMetaData,
  columns: Columns.Columns | undefined
): Effect.Effect<FileColumns, ParquetError> =>
  Effect.gen(function*() {
    const root = yield* Effect.try({
      try: () => parquetSchema(metadata),
      catch: (error) => broken(path, `its schema cannot be read (${reasonOf(error)})`)
    })
    const byName = new Map(root.children.map((child) => [child.element.name, child]))
    const found = Columns.resolve(Array.from(byName.keys()), columns)
    if (typeof found === "string") {
      return yield* new ParquetError({ message: `${path} ${found}`, reason: "InvalidColumn", file: path })
    }
    const column = <A>(
      name: string,
      expected: string,
      of: (node: SchemaTree) => A | undefined
    ): Effect.Effect<A, ParquetError> =>
      Effect.suspend(() => {
        const node = byName.get(name)
        const column = node === undefined ? undefined : of(node)
        return column !== undefined ? Effect.succeed(column) : new ParquetError({
          message: `${path}: the column "${name}" has the type ${node === undefined ? "none" : typeName(node)}. ` +
            `Write it as ${expected}`,
          reason: "InvalidColumn",
          file: path,
          column: name
        })
      })
    const text = (name: string) => (node: SchemaTree): FlatColumn | undefined =>
      isText(node) ? { name, path: [root, node] } : undefined

    const { metadata: attributes, sparseValues, values } = found
    return {
      id: yield* column(found.id, "a string", text(found.id)),
      values: values === undefined ? undefined : yield* column(
        values,
        "a list of 32-bit or 64-bit floats",
        (node) => listColumn(values, [root], node, isFloat)
      ),
      sparse: sparseValues === undefined ? undefined : yield* column(
        sparseValues,
        "a struct of indices (a list of integers) and values (a list of floats)",
        (node) => {
          const child = (name: string, accepts: (element: SchemaElement) => boolean) => {
            const child = node.children.find((child) => child.element.name === name)
            return child === undefined
              ? undefined
              : listColumn(`${sparseValues}.${name}`, [root, node], child, accepts)
          }
          const indices = child("indices", isInteger)
          const weights = child("values", isFloat)
          return node.element.repetition_type === "REPEATED" || indices === undefined || weights === undefined
            ? undefined
            : { name: sparseValues, indices, values: weights }
        }
      ),
      json: attributes._tag !== "Json"
        ? undefined
        : yield* column(attributes.column, "JSON text", text(attributes.column)),
      fields: attributes._tag !== "Fields" ? undefined : yield* Effect.forEach(
        attributes.columns,
        (name) =>
          column(name, "strings, numbers, booleans, dates, times or lists of strings, or leave it out", (node) => {
            if (isField(node)) return { name, path: [root, node], elementLevel: 0, isList: false }
            const list = listColumn(name, [root], node, isTextElement)
            return list === undefined ? undefined : { ...list, isList: true }
          })
      )
    }
  })
