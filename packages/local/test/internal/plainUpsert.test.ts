import * as VectorJson from "@effect-pinecone/http/VectorJson"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import * as plainUpsert from "../../src/internal/plainUpsert.js"
import { messages, readMessage } from "../../src/internal/protoJson.js"

const decode = Schema.decodeUnknownEither(VectorRecord.UpsertRequest)

/** What the definition makes of JSON, and nothing where it is no upsert. */
const byDefinition = (json: unknown): unknown =>
  Either.getOrUndefined(Either.flatMap(readMessage(messages.upsert, json), decode))

const odd = FastCheck.constantFrom<unknown>(null, undefined, 1, "", [], {}, ["a"], [1e300], [null], true)

const values = FastCheck.array(FastCheck.float({ noNaN: true, noDefaultInfinity: true }), {
  minLength: 1,
  maxLength: 4
})

const metadata = FastCheck.dictionary(FastCheck.string(), FastCheck.oneof(FastCheck.string(), FastCheck.integer(), odd))

const rarely = (usual: FastCheck.Arbitrary<unknown>) =>
  FastCheck.oneof({ weight: 12, arbitrary: usual }, { weight: 1, arbitrary: odd })

const vector = FastCheck.record({
  id: rarely(FastCheck.string()),
  values: rarely(values),
  metadata: rarely(metadata),
  sparseValues: FastCheck.constant({ indices: [1], values: [0.5] }),
  sparse_values: odd,
  other: odd
}, { requiredKeys: ["id"] })

const plainVector = FastCheck.record({ id: FastCheck.string(), values, metadata }, { requiredKeys: ["id", "values"] })

const body = FastCheck.record({
  vectors: rarely(FastCheck.array(FastCheck.oneof(plainVector, vector), { maxLength: 3 })),
  namespace: rarely(FastCheck.string()),
  other: odd
}, { requiredKeys: ["vectors"] })

const decoder = new TextDecoder()
const encoder = new TextEncoder()

/** Reads the numbers of dense vectors with the JSON, once it has seen enough of them. */
const withNumbers = VectorJson.make({ parse: (bytes) => JSON.parse(decoder.decode(bytes)), shortest: 0 })
withNumbers(encoder.encode(`{"vectors":[{"values":[${Array(300_000).fill("0.5").join(",")}]}]}`))

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("the short way of an upsert", () => {
  it("reads nothing in another way than the definition", () => {
    FastCheck.assert(FastCheck.property(body, (sent) => {
      const read = plainUpsert.read(asJson(sent))
      if (read !== undefined) expect(read).toStrictEqual(byDefinition(asJson(sent)))
    }))
  })

  it("reads every upsert of dense vectors, with metadata and without", () => {
    FastCheck.assert(FastCheck.property(
      FastCheck.array(plainVector, { minLength: 1, maxLength: 3 }),
      FastCheck.option(FastCheck.string(), { nil: undefined }),
      (vectors, namespace) => {
        const json = asJson({ vectors, namespace })
        expect(plainUpsert.read(json)).toStrictEqual(byDefinition(json))
      }
    ))
  })

  it("reads the same where the numbers were read with the JSON, and so does the definition", () => {
    FastCheck.assert(FastCheck.property(body, (sent) => {
      const json = asJson(sent)
      const other = withNumbers(encoder.encode(JSON.stringify(sent)))
      expect(plainUpsert.read(other)).toStrictEqual(plainUpsert.read(json))
      expect(byDefinition(other)).toStrictEqual(byDefinition(json))
    }))
    const one = withNumbers(encoder.encode("{\"vectors\":[{\"id\":\"a\",\"values\":[0.1,2]}]}"))
    expect(one).toStrictEqual({ vectors: [{ id: "a", values: Float32Array.of(0.1, 2) }] })
    expect(plainUpsert.read(one)).toStrictEqual(one)
  })
})
