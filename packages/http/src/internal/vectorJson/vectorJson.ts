import { isObject } from "@effect-pinecone/schema/Input"
import * as Option from "effect/Option"
import type { NumberReader } from "./numberReader.js"
import { make } from "./numberReader.js"

const quote = 34
const comma = 44
const minus = 45
const zero = 48
const nine = 57
const colon = 58
const openingBracket = 91
const backslash = 92
const closingBracket = 93
const openingBrace = 123
const closingBrace = 125

/** The records of each answer are this deep: in an object or a list, in an object. */
const recordDepth = 3

const name = new TextEncoder().encode("values")

const decoder = new TextDecoder()

/** Throws what `JSON.parse` does. */
const parseText = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes))

/** The text without the numbers of its dense vectors, and those. Instead of each array it has the position of the vector. */
interface Parted {
  readonly rest: Uint8Array
  readonly vectors: ReadonlyArray<Float32Array>
}

/** So much of a text that has no numbers is looked at: to parse all of it costs less then. */
const mostWithout = 2048

/** Takes the text apart; `undefined` where there are few numbers, or where it is not as servers write it. */
const part = (bytes: Uint8Array, reader: NumberReader): Parted | undefined => {
  const pieces: Array<Uint8Array> = []
  const vectors: Array<Float32Array> = []
  const { length } = bytes
  let size = 0
  let taken = 0
  let numbers = 0
  let depth = 0
  const take = (piece: Uint8Array) => {
    pieces.push(piece)
    size += piece.length
  }
  for (let at = 0; at < length; at++) {
    const byte = bytes[at]
    if (byte === openingBrace || byte === openingBracket) depth++
    else if (byte === closingBrace || byte === closingBracket) depth--
    else if (byte === quote) {
      const start = at + 1
      let escaped = false
      for (at = start; at < length && bytes[at] !== quote; at++) {
        if (bytes[at] === backslash) {
          escaped = true
          at++
        }
      }
      if (depth !== recordDepth || bytes[at + 1] !== colon) continue
      // It could be any name.
      if (escaped) return undefined
      if (at - start !== name.length || name.some((byte, i) => bytes[start + i] !== byte)) continue
      const first = at + 2
      const next = bytes[first + 1]!
      if (bytes[first] === openingBracket && (next === minus || (next >= zero && next <= nine))) {
        const vector = reader.read(first + 1)
        if (vector === undefined) return undefined
        take(bytes.subarray(taken, first))
        take(decimal(vectors.length))
        vectors.push(vector)
        taken = reader.end
        numbers += taken - first
        at = taken - 1
      } else if (bytes[first] === minus || (bytes[first]! >= zero && bytes[first]! <= nine)) {
        // Nobody could tell it from a position.
        return undefined
      }
    } else if (byte === comma && at - numbers > numbers + mostWithout) return undefined
  }
  if (vectors.length === 0) return undefined
  take(bytes.subarray(taken))
  const rest = new Uint8Array(size)
  let end = 0
  for (const piece of pieces) {
    rest.set(piece, end)
    end += piece.length
  }
  return { rest, vectors }
}

const decimal = (value: number): Uint8Array => Uint8Array.from(String(value), (digit) => digit.charCodeAt(0))

/** Puts the vectors of an answer's records back, and says whether all are in their places. */
const join = (answer: unknown, vectors: ReadonlyArray<Float32Array>): boolean => {
  if (!isObject(answer)) return false
  let found = 0
  for (const records of [answer.matches, answer.vectors]) {
    if (!isObject(records) && !Array.isArray(records)) continue
    for (const record of Object.values(records)) {
      if (!isObject(record) || typeof record.values !== "number") continue // eslint-disable-next-line no-restricted-syntax -- an object that was just made, by JSON.parse.
      ;(record as { values: unknown }).values = vectors[record.values]
      found++
    }
  }
  return found === vectors.length
}

/** To compile the loop takes as long as it saves of so many bytes. */
const worthIt = 500_000

/** The defaults are those of a client, whose answers are long where there are vectors in them. */
export interface Options {
  /** Parses what has no vectors. What it throws is thrown. */
  readonly parse?: ((bytes: Uint8Array) => unknown) | undefined
  /** Shorter texts, in bytes, are not looked at. */
  readonly shortest?: number | undefined
}

/**
 * Parses JSON as `JSON.parse` does, but for the dense vectors of its records: these are `Float32Array`s where that is the
 * faster way, and otherwise arrays as ever.
 */
export class VectorJson {
  private seen = 0
  private reader: Option.Option<NumberReader> | undefined = undefined
  private readonly parseAll: (bytes: Uint8Array) => unknown
  private readonly shortest: number

  constructor({ parse = parseText, shortest = 8192 }: Options = {}) {
    this.parseAll = parse
    this.shortest = shortest
  }

  /** Throws what `JSON.parse` does. */
  parse(bytes: Uint8Array): unknown {
    const reader = this.readerFor(bytes.length)
    if (reader === undefined) return this.parseAll(bytes)
    reader.begin(bytes)
    const parted = part(bytes, reader)
    reader.finish()
    if (parted === undefined) return this.parseAll(bytes)
    const json = this.parseAll(parted.rest)
    return join(json, parted.vectors) ? json : this.parseAll(bytes)
  }

  private readerFor(length: number): NumberReader | undefined {
    if (length < this.shortest) return undefined
    if (this.reader === undefined) {
      this.seen += length
      if (this.seen < worthIt) return undefined
      this.reader = make()
    }
    return Option.getOrUndefined(this.reader)
  }
}

const shared = new VectorJson()

/** The parser of all answers: between two of them its memory is of use to nobody. Throws what `JSON.parse` does. */
export const parse = (buffer: ArrayBuffer): unknown => shared.parse(new Uint8Array(buffer))
