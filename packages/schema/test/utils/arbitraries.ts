import { FastCheck } from "../../../../scripts/testing/properties.js"
import * as Filter from "../../src/Filter.js"
import { limits } from "../../src/Limits.js"
import type { Metadata } from "../../src/Metadata.js"

// Requests of any kind that Pinecone takes.

export const optionally = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined })

const anyAscii = (least: number) =>
  FastCheck.string({ unit: "binary-ascii", minLength: least, maxLength: 40 }).filter((text) => !text.includes("\0"))

export const anyId = anyAscii(1)

export const anyNamespace = FastCheck.string({ unit: "grapheme-ascii", maxLength: 40 })

const anyNumber = FastCheck.oneof(
  FastCheck.double({ min: -3.4e38, max: 3.4e38, noNaN: true }),
  FastCheck.float({ noNaN: true, noDefaultInfinity: true }),
  FastCheck.integer(),
  FastCheck.constantFrom(0, -0, 0.1, 0.4, 1e-45, -1e-46, 16777217)
)

const anyNumbers = (length: number) => {
  const plain = FastCheck.array(anyNumber, { minLength: length, maxLength: length }).filter((values) =>
    values.some((value) => Math.abs(value) > 1e-7)
  )
  return FastCheck.oneof(plain, plain.map((values) => Float32Array.from(values)))
}

export const anyDense = FastCheck.integer({ min: 1, max: 20 }).chain(anyNumbers)

export const anySparse = FastCheck.uniqueArray(FastCheck.integer({ min: 0, max: 4_294_967_295 }), {
  minLength: 1,
  maxLength: 10
}).chain((indices) =>
  FastCheck.record({
    indices: FastCheck.constantFrom(indices, Uint32Array.from(indices)),
    values: anyNumbers(indices.length)
  })
)

export const anyMetadata: FastCheck.Arbitrary<Metadata> = FastCheck.dictionary(
  FastCheck.string().filter((name) => name !== "__proto__" && !name.startsWith("$")),
  FastCheck.oneof(
    FastCheck.string({ unit: "grapheme" }),
    FastCheck.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    FastCheck.boolean(),
    FastCheck.array(FastCheck.string())
  ),
  { maxKeys: 5, noNullPrototype: true }
)

export const anyRecord = FastCheck.record({
  id: anyId,
  values: optionally(anyDense),
  sparseValues: optionally(anySparse),
  metadata: optionally(anyMetadata)
}).filter(({ sparseValues, values }) => values !== undefined || sparseValues !== undefined)

const anyFilter = FastCheck.constantFrom(
  Filter.eq("a", "b"),
  Filter.and(Filter.gt("c", 1), Filter.exists("d")),
  Filter.or(
    Filter.isIn("e", ["f", "東京"]),
    Filter.notIn("n", [0.5, 2]),
    Filter.eq("t", true),
    Filter.raw({ g: { $gte: 1, $lt: 2 }, h: "i" })
  )
)

export const anyQuery = FastCheck.record({
  topK: FastCheck.integer({ min: 1, max: limits.topK }),
  vector: optionally(anyDense),
  sparseVector: optionally(anySparse),
  id: optionally(anyId),
  filter: optionally(anyFilter),
  includeValues: optionally(FastCheck.boolean()),
  includeMetadata: optionally(FastCheck.boolean()),
  scanFactor: optionally(FastCheck.double({ min: 0.5, max: 4, noNaN: true })),
  maxCandidates: optionally(FastCheck.integer({ min: limits.topK, max: limits.maxCandidates }))
}).filter(({ id, sparseVector, vector }) => (id === undefined) === (vector !== undefined || sparseVector !== undefined))

export const anyUpdate = FastCheck.record({
  id: optionally(anyId),
  filter: anyFilter,
  values: optionally(anyDense),
  sparseValues: optionally(anySparse),
  setMetadata: anyMetadata,
  dryRun: optionally(FastCheck.boolean())
}).map(({ filter, ...update }) => update.id === undefined ? { ...update, filter } : update)

export const floats = (values: Float32Array | ReadonlyArray<number> | undefined) =>
  values === undefined ? undefined : Float32Array.from(values)
