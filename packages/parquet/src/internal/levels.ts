import type { DataHeader } from "./metadata.js"
import { readRuns } from "./runs.js"

/** The highest levels of a column. */
export interface MaxLevels {
  readonly definition: number
  readonly repetition: number
}

/** The levels of a page. They are kept where the next page of the column overwrites them. */
export interface Levels {
  /** Absent where the column has no lists. */
  readonly repetition: Uint8Array | undefined
  /** Absent where each value is there. */
  readonly definition: Uint8Array | undefined
  /** How many values are there. */
  readonly present: number
  /** Where the values start. */
  readonly start: number
}

/** Reads the levels of page after page into the same memory, or says why they are refused. */
export interface LevelReader {
  readonly v1: (page: Uint8Array, header: DataHeader) => Levels | string
  /** The levels of the second version stand before the values and are not compressed. */
  readonly v2: (bytes: Uint8Array, header: DataHeader) => Levels | string
}

const bitWidth = (value: number): number => 32 - Math.clz32(value)

const wrong = "has levels that do not fit in it, or another number of them"

export const levelReader = (max: MaxLevels): LevelReader => {
  let repetition = new Uint8Array(0)
  let definition = new Uint8Array(0)
  const repetitionWidth = bitWidth(max.repetition)
  const definitionWidth = bitWidth(max.definition)

  /** Says which bytes hold the levels, and where the values start. */
  const read = (
    bytes: Uint8Array,
    count: number,
    repetitions: readonly [start: number, end: number],
    definitions: readonly [start: number, end: number],
    start: number
  ): Levels | string => {
    let present = count
    const isList = max.repetition > 0
    if (isList) {
      if (repetition.length < count) repetition = new Uint8Array(count)
      if (readRuns(bytes, ...repetitions, repetitionWidth, max.repetition, count, repetition) < 0) return wrong
    }
    if (max.definition > 0) {
      present = readRuns(bytes, ...definitions, definitionWidth, max.definition, count)
      if (present < 0) return wrong
      if (present < count) {
        if (definition.length < count) definition = new Uint8Array(count)
        readRuns(bytes, ...definitions, definitionWidth, max.definition, count, definition)
      }
    }
    return {
      repetition: isList ? repetition.subarray(0, count) : undefined,
      definition: present === count ? undefined : definition.subarray(0, count),
      present,
      start
    }
  }

  return {
    v1: (page, { levelEncodings: [definitionEncoding, repetitionEncoding], values: count }) => {
      if (
        max.definition > 0 && definitionEncoding === "BIT_PACKED" ||
        max.repetition > 0 && repetitionEncoding === "BIT_PACKED"
      ) {
        return "has levels of an encoding that writers stopped using in 2013"
      }
      const view = new DataView(page.buffer, page.byteOffset, page.byteLength)
      const rangeFrom = (start: number, isThere: boolean): readonly [number, number] =>
        !isThere
          ? [start, start]
          : start + 4 > page.length
          ? [start, Number.POSITIVE_INFINITY]
          : [start + 4, start + 4 + view.getUint32(start, true)]
      const repetitions = rangeFrom(0, max.repetition > 0)
      const definitions = rangeFrom(repetitions[1], max.definition > 0)
      return definitions[1] > page.length ? wrong : read(page, count, repetitions, definitions, definitions[1])
    },
    v2: (bytes, header) => {
      const { definitionBytes, nulls, repetitionBytes, values: count } = header
      const end = repetitionBytes + definitionBytes
      const levels = read(bytes, count, [0, repetitionBytes], [repetitionBytes, end], 0)
      if (typeof levels === "string" || levels.present === count - nulls) return levels
      return "announces another number of nulls than it has"
    }
  }
}
