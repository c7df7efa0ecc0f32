/**
 * What the data plane has to know of an index: a part of what `describe_index` tells.
 *
 * ```ts
 * import type * as IndexAddress from "@effect-pinecone/schema/IndexAddress"
 *
 * const urlOf = ({ host }: IndexAddress.IndexAddress) => `https://${host}`
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { isObject } from "./internal/guards.js"
import { AnyMetric } from "./internal/metric.js"
import { JsonObject, maybe, struct } from "./internal/wire.js"

const Address = Schema.typeSchema(struct({
  dimension: maybe(Schema.Int),
  metric: maybe(AnyMetric),
  host: Schema.String
}))

const Wire = struct({
  dimension: maybe(Schema.Int),
  metric: maybe(AnyMetric),
  host: Schema.String,
  schema: maybe(JsonObject)
})

/** What the fields of an index, as 2026-07 tells them, say of its vectors: the dense ones, where it has both kinds. */
const vectorsOf = (schema: { readonly [key: string]: unknown }) => {
  let found: { readonly dimension?: number; readonly metric?: string } = {}
  const { fields } = schema
  for (const field of isObject(fields) ? Object.values(fields) : []) {
    if (!isObject(field)) continue
    // A text that is embedded has the vectors of its model.
    const { dimension, metric = "cosine", type } = isObject(field["embed"])
      ? { type: undefined, ...field["embed"] }
      : field
    if (typeof dimension === "number" && typeof metric === "string") return { dimension, metric }
    if (type === "sparse_vector" || type === "semantic_text" || isObject(field["sparse_embed"])) {
      found = { metric: "dotproduct" }
    }
  }
  return found
}

/**
 * Where an index is, and what its vectors are like: read from an index as any version of the API tells it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexAddress: Schema.Schema<IndexAddress, typeof Wire.Encoded> = Schema.transform(Wire, Address, {
  strict: true,
  decode: ({ schema, ...address }) => schema === undefined ? address : { ...address, ...vectorsOf(schema) },
  encode: (address) => address
})

/**
 * The type of the `IndexAddress` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexAddress extends Schema.Schema.Type<typeof Address> {}
