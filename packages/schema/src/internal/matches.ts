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

const dense = (values: unknown, path: ReadonlyArray<string | number>): Float32Array | Wrong => {
  // Who reads the bytes of an answer may have made floats of the numbers already.
  if (ArrayBuffer.isView(values) && values instanceof Float32Array && allFinite(values)) return values
  if (!isArray(values)) return { path, actual: values, message: "must be an array of numbers" }
  const out = toFloat32Array(values)
  return typeof out !== "number"
    ? out
    : { path, actual: values[out], message: `the number at ${out} is not a finite 32-bit float` }
}

const indices = (values: unknown, path: ReadonlyArray<string | number>): Uint32Array | Wrong => {
  if (!isArray(values)) return { path, actual: values, message: "must be an array of numbers" }
  const out = toUint32Array(values)
  return typeof out !== "number"
    ? out
    : { path, actual: values[out], message: `the number at ${out} is not an unsigned 32-bit integer` }
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
  if (!isObject(raw)) return { path: [], actual: raw, message: "must be an object" }
  for (const key of Object.keys(raw)) {
    const value = raw[key]
    if (value === null && key !== "id") continue
    switch (key) {
      case "score": {
        if (typeof value !== "number") return { path: [key], actual: value, message: "a number is needed" }
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
        if (!isObject(value)) return { path: [key], actual: value, message: "must be an object" }
        const at = indices(value.indices, [key, "indices"])
        if (!(at instanceof Uint32Array)) return at
        const values = dense(value.values, [key, "values"])
        if (!(values instanceof Float32Array)) return values
        out.sparseValues = { indices: at, values }
        break
      }
      case "metadata": {
        if (!isObject(value)) return { path: [key], actual: value, message: "must be an object" }
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
  return typeof raw.id === "string" ? undefined : { path: ["id"], actual: raw.id, message: "a string is needed" }
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
        const wrong = read(raw[i], match)
        if (wrong !== undefined) {
          return ParseResult.fail(
            new ParseResult.Pointer([i, ...wrong.path], raw, new ParseResult.Type(ast, wrong.actual, wrong.message))
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
