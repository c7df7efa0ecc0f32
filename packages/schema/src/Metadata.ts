/**
 * The metadata of a record: a flat JSON object of strings, numbers, booleans and lists of strings.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * A value that metadata can hold. There is no `null` and nothing nested.
 *
 * @since 0.1.0
 * @category models
 */
export type MetadataValue = string | number | boolean | ReadonlyArray<string>

/**
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
 * The first field whose value metadata cannot hold, with what is wrong about it.
 *
 * @since 0.1.0
 * @category checks
 */
export const problem = (metadata: object): { readonly field: string; readonly message: string } | undefined => {
  for (const field of Object.keys(metadata)) {
    const value: unknown = metadata[field as keyof typeof metadata]
    if (value === undefined) continue
    if (typeof value === "string" || typeof value === "boolean") continue
    if (typeof value === "number" && Number.isFinite(value)) continue
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) continue
    return {
      field,
      message: `Metadata value must be a string, number, boolean or list of strings, got '${
        show(value)
      }' for field '${field}'`
    }
  }
  return undefined
}

const show = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

/**
 * Metadata of any form: what the index holds, as it is.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metadata: Schema.Schema<Metadata> = Schema.declare(
  (u): u is Metadata => typeof u === "object" && u !== null && !Array.isArray(u) && problem(u) === undefined,
  { identifier: "Metadata", jsonSchema: { type: "object" } }
)
