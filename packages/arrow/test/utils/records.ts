import type { VectorRecord } from "@effect-pinecone/schema/VectorRecord"
import { FastCheck } from "../../../../scripts/testing/properties.js"

const float = FastCheck.float({ noNaN: true, noDefaultInfinity: true })

const floats = FastCheck.array(float, { minLength: 1, maxLength: 9 }).map((list) => Float32Array.from(list))

const sparse = FastCheck.array(FastCheck.tuple(FastCheck.nat(), float), { minLength: 1, maxLength: 5 }).map(
  (entries) => ({
    indices: Uint32Array.from(entries, ([index]) => index * 2),
    values: Float32Array.from(entries, ([, value]) => value)
  })
)

const metadata = FastCheck.dictionary(
  FastCheck.string({ maxLength: 6 }).filter((name) => name !== "__proto__" && !name.startsWith("$")),
  FastCheck.oneof(FastCheck.string(), FastCheck.boolean(), FastCheck.integer(), FastCheck.array(FastCheck.string())),
  { maxKeys: 3, noNullPrototype: true }
)

const id = FastCheck.string({ minLength: 1, maxLength: 12, unit: "grapheme" })

const optional = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined })

/** Records as they come back, each with all of its keys. */
export const anyRecord: FastCheck.Arbitrary<VectorRecord> = FastCheck.oneof(
  FastCheck.record({ id, values: floats, sparseValues: optional(sparse), metadata: optional(metadata) }),
  FastCheck.record({ id, values: FastCheck.constant(undefined), sparseValues: sparse, metadata: optional(metadata) })
)
