import type { DataHeader, DataHeaderV2 } from "./guard.js"
import { maxPadding } from "./guard.js"

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
  readonly v2: (bytes: Uint8Array, header: DataHeaderV2) => Levels | string
}

const bitWidth = (value: number): number => 32 - Math.clz32(value)

const wrong = "has levels that do not fit in it, or another number of them"

/**
 * Decodes runs, each of one level repeated or of packed levels, of exactly so many levels of at most `max`. Gives how many
 * are `max`, or -1 where the runs do not fit in the bytes, hold another count, or a level that is too high. Only a packed
 * run may be padded. Without `out` they are only counted.
 */
export const readRuns = (
  bytes: Uint8Array,
  start: number,
  end: number,
  max: number,
  count: number,
  out?: Uint8Array
): number => {
  const width = bitWidth(max)
  const mask = (1 << width) - 1
  let at = start
  let seen = 0
  let full = 0
  while (seen < count) {
    let header = 0
    let factor = 1
    let byte = 0x80
    while (byte >= 0x80) {
      if (at >= end || factor > 128 ** 4) return -1
      byte = bytes[at++] as number
      header += (byte & 0x7f) * factor
      factor *= 128
    }
    const length = Math.floor(header / 2)
    if (header % 2 === 0) {
      if (length > count - seen || at >= end) return -1
      const level = bytes[at++] as number
      if (level > max) return -1
      out?.fill(level, seen, seen + length)
      if (level === max) full += length
      seen += length
    } else {
      const left = count - seen
      if (length * 8 >= left + maxPadding) return -1
      const used = Math.min(length * 8, left)
      if (Math.ceil((used * width) / 8) > end - at) return -1
      let bits = 0
      let held = 0
      let next = at
      for (const stop = seen + used; seen < stop; seen++) {
        if (held < width) {
          bits |= (bytes[next++] as number) << held
          held += 8
        }
        const level = bits & mask
        bits >>>= width
        held -= width
        if (level >= max) {
          if (level > max) return -1
          full++
        }
        if (out !== undefined) out[seen] = level
      }
      at = Math.min(end, at + length * width)
    }
  }
  return full
}

export const levelReader = (max: MaxLevels): LevelReader => {
  let repetition = new Uint8Array(0)
  let definition = new Uint8Array(0)

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
      if (readRuns(bytes, ...repetitions, max.repetition, count, repetition) < 0) return wrong
    }
    if (max.definition > 0) {
      present = readRuns(bytes, ...definitions, max.definition, count)
      if (present < 0) return wrong
      if (present < count) {
        if (definition.length < count) definition = new Uint8Array(count)
        readRuns(bytes, ...definitions, max.definition, count, definition)
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
    v1: (page, { num_values: count }) => {
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
      const { num_nulls: nulls, num_values: count } = header
      const middle = header.repetition_levels_byte_length
      const end = middle + header.definition_levels_byte_length
      const levels = read(bytes, count, [0, middle], [middle, end], 0)
      if (typeof levels === "string" || levels.present === count - nulls) return levels
      return "announces another number of nulls than it has"
    }
  }
}
