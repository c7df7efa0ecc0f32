import { assert, describe, it } from "@effect/vitest"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as DocumentBody from "../src/DocumentBody.js"
import * as DocumentFields from "../src/DocumentFields.js"
import * as IndexSchema from "../src/IndexSchema.js"

const layout = DocumentFields.layout({
  "títle \"1\"": IndexSchema.text(),
  embedding: IndexSchema.optional(IndexSchema.denseVector({ dimension: 2 })),
  terms: IndexSchema.optional(IndexSchema.sparseVector())
})

const options = { target: {}, layout, encodeMetadata: (metadata: object) => metadata }

const decoder = new TextDecoder("utf-8", { fatal: true })

const parsed = (bytes: Uint8Array) =>
  JSON.parse(decoder.decode(bytes)) as { readonly documents: ReadonlyArray<unknown> }

const float = FastCheck.float({ noNaN: true, noDefaultInfinity: true, min: 1, max: 1e6 })

const document = FastCheck.record({
  _id: FastCheck.stringMatching(/^[a-z]{1,9}$/),
  "títle \"1\"": FastCheck.fullUnicodeString(),
  embedding: FastCheck.option(FastCheck.tuple(float, float).map((values) => Float32Array.from(values)), {
    nil: undefined
  }),
  terms: FastCheck.option(
    FastCheck.nat().map((index) => ({ indices: Uint32Array.of(index), values: Float32Array.of(0.1) })),
    { nil: undefined }
  ),
  year: FastCheck.option(FastCheck.integer(), { nil: undefined }),
  ключ: FastCheck.option(FastCheck.array(FastCheck.string()), { nil: undefined })
})

/** What a document is on the wire, by its definition: the numbers of a vector are read as 32-bit floats. */
const asSent = (made: object) =>
  JSON.parse(
    JSON.stringify(made, (_, value: unknown) =>
      value instanceof Float32Array || value instanceof Uint32Array ? Array.from(value) : value)
  )

const rounded = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value),
    (key, value: unknown) => typeof value === "number" && /^\d+$/.test(key) ? Math.fround(value) : value
  )

describe("the bodies of documents", () => {
  it.prop(
    "have each document as it was given, however they are divided, and none is too large",
    [
      FastCheck.array(document, { minLength: 1, maxLength: 40 }),
      FastCheck.integer({ min: 1, max: 9 }),
      FastCheck.integer({ min: 1000, max: 4000 })
    ],
    ([documents, maxRecords, maxBytes]) => {
      const builder = new DocumentBody.Builder({ ...options, maxRecords, maxBytes })
      const bodies: Array<{ readonly bytes: Uint8Array; readonly length: number }> = []
      for (const made of documents) {
        const added = builder.add(made)
        if (added === undefined) continue
        if ("_tag" in added) return assert.fail(added.message)
        bodies.push(added)
        for (const [from, to] of [[0, 1], [added.length - 1, added.length], [0, added.length]] as const) {
          assert.deepStrictEqual(
            parsed(added.part(from, to).bytes).documents,
            parsed(added.bytes).documents.slice(from, to)
          )
        }
      }
      bodies.push(builder.take())
      assert.isTrue(bodies.every(({ bytes, length }) => bytes.length <= maxBytes && length <= maxRecords))
      assert.deepStrictEqual(
        rounded(bodies.flatMap(({ bytes }) => parsed(bytes).documents)),
        rounded(documents.map(asSent))
      )
    }
  )

  it("leave a document out that is wrong, and keep the others", () => {
    const builder = new DocumentBody.Builder({ ...options, maxRecords: 10, maxBytes: 2000 })
    const good = { _id: "a", "títle \"1\"": "x" }
    const wrong: ReadonlyArray<readonly [object, string]> = [
      [{ _id: "b" }, "must be present"],
      [{ ...good, embedding: [1] }, "must have 2 numbers"],
      [{ ...good, terms: { indices: [1, 2], values: [1] } }, "must have a value for each index"],
      [{ ...good, deep: { a: 1 } }, "Metadata value must be a string, number, boolean or list of strings"],
      [{ ...good, _score: 1 }, "cannot be the name of metadata"],
      [{ ...good, $a: 1 }, "cannot start with '$'"],
      [{ ...good, "títle \"1\"": "x".repeat(3000) }, "the limit is 2,000 bytes"],
      [
        Object.defineProperty({ _id: "c" }, "títle \"1\"", {
          enumerable: true,
          get: () => {
            throw new Error("no")
          }
        }),
        "cannot be read: no"
      ]
    ]
    assert.isUndefined(builder.add(good))
    for (const [made, message] of wrong) {
      const error = builder.add(made)
      if (error === undefined || !("_tag" in error)) assert.fail(`it was taken: ${message}`)
      else assert.include(error.message, message)
    }
    assert.isUndefined(builder.add({ ...good, _id: "z" }))
    assert.deepStrictEqual(parsed(builder.take().bytes).documents, [good, { ...good, _id: "z" }])
  })
})
