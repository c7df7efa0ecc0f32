import { limits } from "@effect-pinecone/schema/Limits"
import { expect, it } from "@effect/vitest"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import { mergedMetadataProblem } from "../../src/internal/records.js"

/** Texts whose JSON has more or less bytes than they have characters, up to the limit together. */
const texts = FastCheck.tuple(FastCheck.constantFrom("a", "\u0000", "é", "😀", "\"", "\ud800"), FastCheck.nat(9000))
  .map(
    ([character, length]) => character.repeat(length)
  )

const metadata = FastCheck.dictionary(
  FastCheck.constantFrom("a", "b", "c", "__proto__", "\u0001"),
  FastCheck.oneof(
    texts,
    FastCheck.double({ noNaN: true, noDefaultInfinity: true }),
    FastCheck.boolean(),
    FastCheck.array(texts, { maxLength: 2 })
  ),
  { maxKeys: 4 }
)

it("merged metadata is too much where its JSON is", () => {
  let refused = 0
  const runs = 500
  FastCheck.assert(
    FastCheck.property(FastCheck.option(metadata, { nil: undefined }), metadata, (old, change) => {
      const bytes = Buffer.byteLength(JSON.stringify({ ...old, ...change }))
      const problem = mergedMetadataProblem(old, change)
      if (problem !== undefined) refused++
      expect(problem).toBe(
        bytes > limits.metadataBytes
          ? `Metadata size is ${bytes} bytes, which exceeds the limit of ${limits.metadataBytes} bytes per vector`
          : undefined
      )
    }),
    { numRuns: runs }
  )
  // Were nearly all of them alike, the comparison would say little.
  expect(refused / runs).toBeGreaterThan(0.1)
  expect(refused / runs).toBeLessThan(0.9)
  expect(mergedMetadataProblem({ a: "x".repeat(limits.metadataBytes) }, undefined)).toBeUndefined()
})

it("metadata is too much from its first byte past the limit on", () => {
  const old = { a: "" }
  for (const [length, refused] of [[limits.metadataBytes - 15, false], [limits.metadataBytes - 14, true]] as const) {
    expect(mergedMetadataProblem(old, { b: "x".repeat(length) }) !== undefined).toBe(refused)
  }
})
