/**
 * The metadata of a record: a flat JSON object of strings, numbers, booleans and lists of strings.
 *
 * ```ts
 * import * as Metadata from "@effect-pinecone/schema/Metadata"
 *
 * const none = Metadata.problem({ genre: "comedy", year: 1980 }) // undefined
 * const some = Metadata.problem({ address: { city: "Madrid" } }) // metadata is flat: names the field "address"
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { isArray, isObject } from "./internal/guards.js"
import { reason, show } from "./internal/show.js"

/**
 * A value that metadata can hold. There is no `null` and nothing nested.
 *
 * @since 0.1.0
 * @category models
 */
export type MetadataValue = string | number | boolean | ReadonlyArray<string>

/**
 * Metadata without a Schema: any fields, as an index stores them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metadata {
  readonly [field: string]: MetadataValue
}

/**
 * What the stored form of an index's metadata must fit: flat, with fields that may be left out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Storable {
  readonly [field: string]: MetadataValue | undefined
}

/**
 * The Schema of an index's metadata: `A` is what the application sees, `I` what is stored.
 *
 * @since 0.1.0
 * @category models
 */
export type MetadataSchema<A, I extends Storable> = Schema.Schema<A, I>

/**
 * A part of metadata of type `A`, as an update sets it; of a union, a part of one of its members.
 *
 * @since 0.1.0
 * @category models
 */
export type Part<A> = A extends unknown ? { readonly [K in keyof A]?: A[K] | undefined } : never

const dollar = 36

const isTexts = (value: unknown): boolean => {
  if (!isArray(value)) return false
  // A hole is no text, and `every` would pass over it.
  for (let i = 0; i < value.length; i++) if (typeof value[i] !== "string") return false
  return true
}

/** What is wrong with the value of a field. */
const valueProblem = (field: string, value: unknown): string | undefined => {
  if (typeof value === "boolean") return undefined
  if (typeof value === "number" ? Number.isFinite(value) : isTexts(value)) return undefined
  return `Metadata value must be a string, number, boolean or list of strings, got '${
    show(value)
  }' for field '${field}'`
}

/**
 * The first field that metadata cannot hold, by its name or by its value, with what is wrong about it. Fields that are
 * `undefined` are left out of the JSON. The field is empty where it is the whole that is wrong.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (metadata: unknown): { readonly field: string; readonly message: string } | undefined => {
  let field = ""
  try {
    if (!isObject(metadata)) return { field, message: `metadata must be an object of fields, got ${show(metadata)}` }
    for (field of Object.keys(metadata)) {
      const value = metadata[field]
      if (value === undefined) continue
      if (field.charCodeAt(0) === dollar) return { field, message: `Metadata field '${field}' cannot start with '$'` }
      if (typeof value === "string") continue
      const message = valueProblem(field, value)
      if (message !== undefined) return { field, message }
    }
    return undefined
  } catch (thrown) {
    return { field, message: `cannot be read: ${reason(thrown)}` }
  }
}

/**
 * Metadata of any form: what the index holds, as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metadata: Schema.Schema<Metadata> = Schema.declare(
  (u): u is Metadata => problem(u) === undefined,
  { identifier: "Metadata", jsonSchema: { type: "object" } }
)
