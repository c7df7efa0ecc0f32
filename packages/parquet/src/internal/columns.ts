import * as Effect from "effect/Effect"
import * as Columns from "../Columns.js"
import { ParquetError } from "../ParquetError.js"
import type { Kind } from "./cells.js"
import { kindOf } from "./cells.js"
import type { FileMetadata, Node } from "./metadata.js"

/** A column of single values. */
export interface FlatColumn {
  readonly name: string
  /** From the column down to its leaf. */
  readonly path: ReadonlyArray<Node>
  readonly leaf: Node
  readonly kind: Kind
  readonly asText: boolean
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
  /** The columns of the dimensions, where each has one of its own. */
  readonly dimensions: ReadonlyArray<FlatColumn> | undefined
  readonly sparse: { readonly name: string; readonly indices: ListColumn; readonly values: ListColumn } | undefined
  readonly json: FlatColumn | undefined
  readonly fields: ReadonlyArray<FieldColumn> | undefined
}

export const levelsOf = (path: ReadonlyArray<Node>): number => {
  let levels = 0
  for (const node of path) {
    if (node.repetition !== "REQUIRED") levels++
  }
  return levels
}

const isFloat = (kind: Kind | undefined): boolean => kind === "float" || kind === "float16"

const isInteger = (kind: Kind | undefined): boolean => kind === "integer"

const isText = (kind: Kind | undefined): boolean => kind === "text"

/** What a list of texts may have: a column of lists that are all empty or null may have no type. */
const isTextElement = (kind: Kind | undefined): boolean => kind === "text" || kind === "uuid" || kind === "null"

const isAny = (kind: Kind | undefined): boolean => kind !== undefined

type Accepts = (kind: Kind | undefined) => boolean

const flatColumn = (node: Node, asText: boolean, accepts: Accepts): FlatColumn | undefined => {
  const kind = kindOf(node)
  return kind !== undefined && node.repetition !== "REPEATED" && accepts(kind)
    ? { name: node.name, path: [node], leaf: node, kind, asText }
    : undefined
}

/**
 * Finds the leaf of a list in each of the layouts that writers use: the group of three levels, the group of two, and
 * the bare repeated field.
 */
const listColumn = (
  name: string,
  parents: ReadonlyArray<Node>,
  node: Node,
  accepts: Accepts
): ListColumn | undefined => {
  const path = [...parents, node]
  let repeated = node
  if (node.repetition !== "REPEATED") {
    const isList = node.converted === "LIST" || node.logical === "LIST"
    const child = node.children[0]
    if (!isList || node.children.length !== 1 || child === undefined || child.repetition !== "REPEATED") {
      return undefined
    }
    repeated = child
    path.push(child)
  }
  const elementLevel = levelsOf(path)
  let leaf = repeated
  if (repeated !== node && repeated.children.length === 1 && repeated.children[0] !== undefined) {
    leaf = repeated.children[0]
    if (leaf.repetition === "REPEATED") return undefined
    path.push(leaf)
  }
  const kind = kindOf(leaf)
  return kind !== undefined && accepts(kind) ? { name, path, leaf, kind, asText: false, elementLevel } : undefined
}

const typeName = (node: Node): string => {
  const name = node.converted ?? node.logical ?? node.type ?? "STRUCT"
  const children = node.children.map((child) => `${child.name}: ${typeName(child)}`).join(", ")
  return `${node.repetition === "REPEATED" ? "REPEATED " : ""}${name}${children === "" ? "" : `(${children})`}`
}

export const columnsOf = (
  path: string,
  { root }: FileMetadata,
  columns: Columns.Columns | undefined
): Effect.Effect<readonly [FileColumns, Columns.Resolved], ParquetError> =>
  Effect.gen(function*() {
    const byName = new Map(root.children.map((child) => [child.name, child]))
    const found = Columns.resolve(Array.from(byName.keys()), columns)
    if (typeof found === "string") {
      return yield* new ParquetError({ message: `${path} ${found}`, reason: "InvalidColumn", file: path })
    }
    const column = <A>(
      name: string,
      expected: string,
      of: (node: Node) => A | undefined
    ): Effect.Effect<A, ParquetError> =>
      Effect.suspend(() => {
        const node = byName.get(name)
        const column = node === undefined ? undefined : of(node)
        return column !== undefined ? Effect.succeed(column) : new ParquetError({
          message: `${path}: the column "${name}" has the type ${node === undefined ? "none" : typeName(node)}. ` +
            `Write it as ${expected}`,
          reason: "InvalidColumn",
          file: path,
          column: name,
          type: node === undefined ? undefined : typeName(node)
        })
      })
    /** A column that holds nothing but nulls may have no type, and is as good as none. */
    const unlessNull = <A>(
      name: string | undefined,
      of: (name: string) => Effect.Effect<A, ParquetError>
    ): Effect.Effect<A | undefined, ParquetError> => {
      const node = name === undefined ? undefined : byName.get(name)
      return name === undefined || node !== undefined && kindOf(node) === "null"
        ? Effect.succeed(undefined)
        : of(name)
    }

    const { asText, dimensions, metadata: attributes, sparseValues, values } = found
    const idAsText = asText.has(found.id)
    const fileColumns: FileColumns = {
      id: yield* column(
        found.id,
        "a string, or add it to asText if it is an integer",
        (node) => flatColumn(node, idAsText, (kind) => isText(kind) || kind === "uuid" || idAsText && kind !== "null")
      ),
      values: yield* unlessNull(dimensions === undefined ? values : undefined, (values) =>
        column(
          values,
          "a list of 16-bit, 32-bit or 64-bit floats",
          (node) => listColumn(values, [], node, isFloat)
        )),
      dimensions: dimensions && (yield* Effect.forEach(dimensions, (name) =>
        column(
          name,
          `a 16-bit, 32-bit or 64-bit float, or correct the pattern "${values}" of values`,
          (node) => flatColumn(node, false, isFloat)
        ))),
      sparse: yield* unlessNull(sparseValues, (sparseValues) =>
        column(
          sparseValues,
          "a struct of indices (a list of integers) and values (a list of floats)",
          (node) => {
            const child = (name: string, accepts: Accepts) => {
              const child = node.children.find((child) => child.name === name)
              return child === undefined
                ? undefined
                : listColumn(`${sparseValues}.${name}`, [node], child, accepts)
            }
            const indices = child("indices", isInteger)
            const weights = child("values", isFloat)
            return node.repetition === "REPEATED" || indices === undefined || weights === undefined
              ? undefined
              : { name: sparseValues, indices, values: weights }
          }
        )),
      json: yield* unlessNull(
        attributes._tag === "Json" ? attributes.column : undefined,
        (name) => column(name, "JSON text", (node) => flatColumn(node, false, isText))
      ),
      fields: attributes._tag !== "Fields" ? undefined : (yield* Effect.forEach(
        attributes.columns,
        (name) =>
          unlessNull(name, (name) =>
            column(name, "strings, numbers, booleans, dates, times or lists of strings, or leave it out", (node) => {
              const flat = flatColumn(node, asText.has(name), isAny)
              if (flat !== undefined) {
                return { ...flat, elementLevel: 0, isList: false }
              }
              const list = listColumn(name, [], node, isTextElement)
              return list === undefined ? undefined : { ...list, isList: true }
            }))
      )).filter((field) =>
        field !== undefined
      )
    }
    return [fileColumns, found]
  })
