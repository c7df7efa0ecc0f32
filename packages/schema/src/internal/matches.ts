import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Mutable } from "effect/Types"
import type { ScoredVector } from "../Query.js"
import { allFinite, toFloat32Array, toUint32Array } from "../Vector.js"
import { isArray, isObject } from "./guards.js"

/** Where a match is wrong, and how. */
interface Wrong {
  readonly path: ReadonlyArray<string | number>
  readonly actual: unknown
  readonly message: string
}

const wrong = (path: Wrong["path"], actual: unknown, message: string): Wrong => ({ path, actual, message })

const noArray = (path: Wrong["path"], actual: unknown): Wrong => wrong(path, actual, "must be an array of numbers")

const noObject = (path: Wrong["path"], actual: unknown): Wrong => wrong(path, actual, "must be an object")

const dense = (values: unknown, path: ReadonlyArray<string | number>): Float32Array | Wrong => {
  // Who reads the bytes of an answer may have made floats of the numbers already.
  if (ArrayBuffer.isView(values) && values instanceof Float32Array && allFinite(values)) return values
  if (!isArray(values)) return noArray(path, values)
  const out = toFloat32Array(values)
  return typeof out !== "number"
    ? out
    : wrong(path, values[out], `the number at ${out} is not a finite 32-bit float`)
}

const indices = (values: unknown, path: ReadonlyArray<string | number>): Uint32Array | Wrong => {
  if (!isArray(values)) return noArray(path, values)
  const out = toUint32Array(values)
  return typeof out !== "number"
    ? out
    : wrong(path, values[out], `the number at ${out} is not an unsigned 32-bit integer`)
}

/** Many answers have no numbers in them: one vector without any stands for all of those. */
const noNumbers = new Float32Array(0)

/** The fields of a match, as the server writes them. */
const usual = ["id", "score", "values", "metadata"]

/** A match of the usual form, whose numbers are there already or were not asked for. */
const readUsual = (raw: unknown): ScoredVector | undefined => {
  if (!isObject(raw)) return undefined
  let fields = 0
  for (const key in raw) if (key !== usual[fields++]) return undefined
  if (fields !== usual.length) return undefined
  const { id, metadata, score, values } = raw
  if (typeof id !== "string" || typeof score !== "number" || !isObject(metadata)) return undefined
  if (ArrayBuffer.isView(values)) {
    return values instanceof Float32Array && allFinite(values) ? { id, score, values, metadata } : undefined
  }
  return isArray(values) && values.length === 0 ? { id, score, values: noNumbers, metadata } : undefined
}

/** A match as it is on the wire, read into the match it is. What a later version of the API adds to it is kept. */
const read = (raw: unknown, out: Mutable<ScoredVector> & { [key: string]: unknown }): Wrong | undefined => {
  if (!isObject(raw)) return noObject([], raw)
  for (const key of Object.keys(raw)) {
    const value = raw[key]
    if (value === null && key !== "id") continue
    switch (key) {
      case "score": {
        if (typeof value !== "number") return wrong([key], value, "a number is needed")
        out.score = value
        break
      }
      case "values": {
        const values = dense(value, [key])
        if (!(values instanceof Float32Array)) return values
        out.values = values
        break
      }
      case "sparseValues": {
        if (!isObject(value)) return noObject([key], value)
        const at = indices(value.indices, [key, "indices"])
        if (!(at instanceof Uint32Array)) return at
        const values = dense(value.values, [key, "values"])
        if (!(values instanceof Float32Array)) return values
        out.sparseValues = { indices: at, values }
        break
      }
      case "metadata": {
        if (!isObject(value)) return noObject([key], value)
        out.metadata = value
        break
      }
      // An object's prototype is not the server's to set.
      case "__proto__":
        break
      default:
        out[key] = value
    }
  }
  return typeof raw.id === "string" ? undefined : wrong(["id"], raw.id, "a string is needed")
}

const isMatch = (u: unknown): u is ScoredVector => isObject(u) && typeof u.id === "string"

/** Of a thousand matches, a Schema for each would cost ten times what `JSON.parse` does. */
export const Matches: Schema.Schema<ReadonlyArray<ScoredVector>, ReadonlyArray<unknown>> = Schema.transformOrFail(
  Schema.declare(isArray, {
    identifier: "Matches",
    message: () => "must be an array of matches",
    jsonSchema: { type: "array", items: { $ref: "#/components/schemas/ScoredVector" } }
  }),
  Schema.declare((u): u is ReadonlyArray<ScoredVector> => isArray(u) && u.every(isMatch), {
    identifier: "ScoredVectors"
  }),
  {
    strict: true,
    decode: (raw, _, ast) => {
      const matches: Array<ScoredVector> = []
      for (let i = 0; i < raw.length; i++) {
        const known = readUsual(raw[i])
        if (known !== undefined) {
          matches.push(known)
          continue
        }
        const match = { id: "" }
        const found = read(raw[i], match)
        if (found !== undefined) {
          return ParseResult.fail(
            new ParseResult.Pointer([i, ...found.path], raw, new ParseResult.Type(ast, found.actual, found.message))
          )
        }
        matches.push(match)
      }
      return ParseResult.succeed(matches)
    },
    encode: (matches) =>
      ParseResult.succeed(matches.map(({ sparseValues, values, ...match }) => ({
        ...match,
        ...(values === undefined ? {} : { values: Array.from(values) }),
        ...(sparseValues === undefined
          ? {}
          : { sparseValues: { indices: Array.from(sparseValues.indices), values: Array.from(sparseValues.values) } })
      })))
  }
)
