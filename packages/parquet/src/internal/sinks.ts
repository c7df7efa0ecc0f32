import { allFinite } from "@effect-pinecone/schema/Vector"
import { Problem } from "../Columns.js"
import type { CellAt } from "./cells.js"
import type { FlatColumn, ListColumn } from "./columns.js"
import { levelsOf } from "./columns.js"
import type { Levels } from "./levels.js"
import { maxListValues } from "./limits.js"
import type { Indices, Numbers } from "./values.js"

/** The values of a page, or those of its dictionary with which of them each is. */
export interface PageValues {
  readonly cell: CellAt
  /** The same, where they are numbers. */
  readonly numbers: Numbers | undefined
  readonly indices: Indices | undefined
}

/** The values of a page: those that are there, decoded when they are asked for. */
export interface Page extends Levels {
  readonly count: number
  /** The bytes of the values where they are plain 32-bit floats, which need not be decoded for a list. */
  readonly floats: Uint8Array | undefined
  readonly values: () => PageValues
}

/** Turns the pages of a column into rows. */
export interface Sink<A> {
  readonly page: (page: Page) => void
  /** Moves up to so many rows of the page to the end of `out`. */
  readonly take: (count: number, out: Array<A>) => void
  /** Moves the last row, which a next page could have continued. */
  readonly end: (out: Array<A>) => void
}

const noValues: PageValues = { cell: () => undefined, numbers: undefined, indices: undefined }

/** A column of single values, each made when its row is taken; undefined where a cell is null. */
export const flatSink = (column: FlatColumn): Sink<unknown> => {
  const level = levelsOf(column.path)
  let values = noValues
  let definition: Uint8Array | undefined
  let count = 0
  let at = 0
  let next = 0
  return {
    page: (page) => {
      values = page.values()
      definition = page.definition
      count = page.count
      at = 0
      next = 0
    },
    take: (wanted, out) => {
      const { cell, indices } = values
      for (const stop = Math.min(count, at + wanted); at < stop; at++) {
        if (definition === undefined || definition[at] === level) {
          out.push(cell(indices === undefined ? next : indices[next]!))
          next++
        } else {
          out.push(undefined)
        }
      }
    },
    end: () => {}
  }
}

/** Where the numbers of a column go that holds one dimension of each vector. */
export interface Target {
  block: Float32Array
  /** Where the number of the row that comes next goes, and how far on that of the row after it. */
  at: number
  stride: number
  /** Numbers that are not finite in the block, by where they would be. */
  readonly wrong: Map<number, number>
}

/** A column of floats, whose numbers go to the target; what is handed out is whether a row has one. */
export const dimensionSink = (column: FlatColumn, target: Target): Sink<boolean> => {
  const level = levelsOf(column.path)
  let values = noValues
  let definition: Uint8Array | undefined
  let count = 0
  let at = 0
  let next = 0
  return {
    page: (page) => {
      values = page.values()
      definition = page.definition
      count = page.count
      at = 0
      next = 0
    },
    take: (wanted, out) => {
      const { indices, numbers } = values
      const { block, stride, wrong } = target
      for (const stop = Math.min(count, at + wanted); at < stop; at++) {
        const isThere = definition === undefined || definition[at] === level
        if (isThere) {
          const value = Number(numbers?.[indices === undefined ? next : indices[next]!])
          block[target.at] = value
          if (block[target.at]! * 0 !== 0) wrong.set(target.at, value)
          next++
        }
        out.push(isThere)
        target.at += stride
      }
    },
    end: () => {}
  }
}

/** A row of a list: undefined where it is null or empty; a message where an element is wrong. */
export type ListRow<A> = A | undefined | string

const floatMessage = (name: string, index: number, value: unknown): string =>
  typeof value === "number" && Number.isFinite(value)
    ? `${name}[${index}] is ${value}, which does not fit a 32-bit float`
    : `${name}[${index}] is ${String(value)}, not a finite number`

const indexMessage = (name: string, index: number, value: unknown): string =>
  `${name}[${index}] is ${String(value)}, not an integer from 0 to 4294967295`

/** What separates a list of floats from a list of indices. */
export interface ListKind<A extends Float32Array | Uint32Array> {
  readonly make: (length: number) => A
  readonly view: (block: A, start: number, end: number) => A
  /** Fills a block with the values from `start` on, and tells whether each fits. */
  readonly fill: (block: A, page: Page, values: PageValues | undefined, start: number) => boolean
  /** Whether the value that is stored is the one that was there. */
  readonly fits: (stored: number, value: unknown) => boolean
  readonly message: (name: string, index: number, value: unknown) => string
}

const gather = (block: Float32Array, { indices, numbers }: PageValues, start: number): void => {
  if (numbers === undefined || numbers instanceof BigInt64Array || numbers instanceof BigUint64Array) {
    block.fill(Number.NaN)
  } else if (indices === undefined) {
    for (let i = 0; i < block.length; i++) block[i] = numbers[start + i]!
  } else {
    for (let i = 0; i < block.length; i++) block[i] = numbers[indices[start + i]!]!
  }
}

const valueAt = ({ indices, numbers }: PageValues, index: number): number | bigint | undefined =>
  numbers?.[indices === undefined ? index : indices[index]!]

export const floats: ListKind<Float32Array> = {
  make: (length) => new Float32Array(length),
  view: (block, start, end) => block.subarray(start, end),
  fill: (block, page, values, start) => {
    if (page.floats !== undefined) {
      new Uint8Array(block.buffer).set(page.floats.subarray(start * 4, (start + block.length) * 4))
    } else if (values !== undefined) {
      gather(block, values, start)
    }
    return allFinite(block)
  },
  fits: (stored) => stored - stored === 0,
  message: floatMessage
}

export const integers: ListKind<Uint32Array> = {
  make: (length) => new Uint32Array(length),
  view: (block, start, end) => block.subarray(start, end),
  fill: (block, _page, values, start) => {
    let isRight = true
    for (let i = 0; i < block.length; i++) {
      const index = values === undefined ? Number.NaN : Number(valueAt(values, start + i))
      block[i] = index
      if (block[i] !== index) isRight = false
    }
    return isRight
  },
  fits: (stored, value) => stored === Number(value),
  message: indexMessage
}

/** Rows share a block of about this many values, so that one that is kept holds no more than that. */
const blockValues = 256 * 1024

interface Part<A> {
  readonly values: A
  /** With the elements that are null. */
  readonly length: number
  readonly problem: string | undefined
}

interface OpenRow<A> {
  readonly parts: Array<A>
  length: number
  problem: string | undefined
}

/**
 * A column of lists of numbers. The values of many rows are copied into one block at once, and each row is a view of it.
 */
export const listSink = <A extends Float32Array | Uint32Array>(
  column: ListColumn,
  kind: ListKind<A>
): Sink<ListRow<A>> => {
  const { elementLevel, name } = column
  const level = levelsOf(column.path)
  let page: Page | undefined
  let values: PageValues | undefined
  /** The level and the value that come next. */
  let at = 0
  let next = 0
  let block = kind.make(0)
  let blockStart = 0
  let isBlockRight = true
  /** The row that the page before ended with, which the next page may continue. */
  let open: OpenRow<A> | undefined

  const closed = ({ length, parts, problem }: OpenRow<A>): ListRow<A> => {
    if (problem !== undefined) return problem
    if (length === 0) return undefined
    const [first] = parts
    if (parts.length === 1 && first !== undefined) return first
    const whole = kind.make(length)
    let offset = 0
    for (const part of parts) {
      whole.set(part, offset)
      offset += part.length
    }
    return whole
  }

  /** Reads the levels up to the next row, and the values that belong to them. */
  const part = (page: Page, end: number, before: number): Part<A> => {
    const { definition } = page
    let count = end - at
    let problem: string | undefined
    let nulls = 0
    if (definition !== undefined) {
      count = 0
      for (let i = at; i < end; i++) {
        const found = definition[i]!
        if (found === level) count++
        else if (found >= elementLevel) {
          nulls++
          problem ??= kind.message(name, before + count + nulls - 1, null)
        }
      }
    }
    if (next + count > blockStart + block.length) {
      blockStart = next
      block = kind.make(Math.min(page.present - next, Math.max(count, blockValues)))
      isBlockRight = kind.fill(block, page, values, next)
    }
    const from = next - blockStart
    const view = kind.view(block, from, from + count)
    if (!isBlockRight && problem === undefined) {
      for (let i = 0; i < count && problem === undefined; i++) {
        const value = values === undefined ? view[i] : valueAt(values, next + i)
        if (!kind.fits(view[i]!, value)) problem = kind.message(name, before + i, value)
      }
    }
    next += count
    at = end
    return { values: view, length: count + nulls, problem }
  }

  const rowEnd = (repetition: Uint8Array | undefined, count: number): number => {
    if (repetition === undefined) return Math.min(at + 1, count)
    const found = repetition.indexOf(0, at + 1)
    return found < 0 ? count : found
  }

  return {
    page: (arrived) => {
      page = arrived
      values = arrived.floats === undefined ? arrived.values() : undefined
      at = 0
      next = 0
      block = kind.make(0)
      blockStart = 0
    },
    take: (wanted, out) => {
      if (page === undefined) return
      const { count, repetition } = page
      let left = wanted
      while (left > 0 && at < count) {
        if (open !== undefined && (repetition === undefined || repetition[at] === 0)) {
          out.push(closed(open))
          open = undefined
          left--
          continue
        }
        const end = rowEnd(repetition, count)
        const before: number = open?.length ?? 0
        const { length, problem, values } = part(page, end, before)
        if (open === undefined && end < count) {
          out.push(problem ?? (length === 0 ? undefined : values))
          left--
        } else {
          open ??= { parts: [], length: 0, problem: undefined }
          open.length += length
          open.problem ??= problem
          // What is wrong already needs no room.
          if (open.problem === undefined && open.length > maxListValues) {
            open.problem = `${name} has more than ${maxListValues} values`
          }
          if (open.problem === undefined) open.parts.push(values)
          else open.parts.length = 0
        }
      }
    },
    end: (out) => {
      if (open !== undefined) out.push(closed(open))
      open = undefined
    }
  }
}

interface OpenTexts {
  /** Undefined where the list is null. */
  readonly texts: Array<string> | undefined
  problem: Problem | undefined
}

/** A column of lists of texts; undefined where a list is null. Elements that are null are left out. */
export const textListSink = (column: ListColumn): Sink<unknown> => {
  const level = levelsOf(column.path)
  let page: Page | undefined
  let values = noValues
  let at = 0
  let next = 0
  let open: OpenTexts | undefined

  const add = (row: OpenTexts | undefined): void => {
    const value = values.cell(values.indices === undefined ? next : values.indices[next]!)
    next++
    if (row?.texts === undefined || row.problem !== undefined) return
    if (value instanceof Problem) row.problem = value
    else if (row.texts.length === maxListValues) {
      row.problem = new Problem(column.name, `${column.name} has more than ${maxListValues} values: write fewer`)
    } else if (typeof value === "string") row.texts.push(value)
  }

  return {
    page: (arrived) => {
      page = arrived
      values = arrived.values()
      at = 0
      next = 0
    },
    take: (wanted, out) => {
      if (page === undefined) return
      const { count, definition, repetition } = page
      for (let left = wanted; at < count; at++) {
        if (repetition === undefined || repetition[at] === 0) {
          if (open !== undefined) {
            out.push(open.problem ?? open.texts)
            open = undefined
            if (--left === 0) return
          }
          // One level below that of an element the list is there, and empty.
          const isThere = definition === undefined || definition[at]! >= column.elementLevel - 1
          open = { texts: isThere ? [] : undefined, problem: undefined }
        }
        if (definition === undefined || definition[at] === level) add(open)
      }
    },
    end: (out) => {
      if (open !== undefined) out.push(open.problem ?? open.texts)
      open = undefined
    }
  }
}
