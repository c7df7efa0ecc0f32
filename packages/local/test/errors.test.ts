import * as Ingest from "@effect-pinecone/data-plane/Ingest"
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import * as Json from "@effect-pinecone/schema/Json"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Platform from "@effect/platform"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpServer from "@effect/platform/HttpServer"
import * as OpenApi from "@effect/platform/OpenApi"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Arbitrary, FastCheck } from "../../../scripts/testing/properties.js"
import type { ErrorClass } from "./utils/errorClasses.js"
import { errorClassesOf, namesOf, publicErrorClasses } from "./utils/errorClasses.js"
import { assertSame } from "./utils/sameError.js"

interface Travelling {
  readonly tag: string
  readonly class: ErrorClass
  readonly schema: Schema.Schema.AnyNoContext
  readonly any: FastCheck.Arbitrary<Error>
}

const Movie = Schema.Struct({ title: Schema.String, released: Schema.DateFromNumber, rating: Json.AnyNumber })

const movieRecord = VectorRecord.schema(Movie).annotations({ identifier: "MovieRecord" })

const anyValues = FastCheck.oneof(
  FastCheck.float32Array({ maxLength: 8 }),
  FastCheck.array(FastCheck.oneof(FastCheck.double(), FastCheck.constantFrom(0.1, Number.NaN)), { maxLength: 8 })
    // A list that could be a Float32Array comes back as one.
    .filter((values) => values.some((value) => !Object.is(Math.fround(value), value)))
)

const anyRecord: FastCheck.Arbitrary<VectorRecord.VectorRecord<typeof Movie.Type>> = FastCheck.record({
  id: FastCheck.string(),
  values: anyValues,
  sparseValues: FastCheck.record({ indices: FastCheck.uint32Array({ maxLength: 8 }), values: anyValues }),
  metadata: FastCheck.record({
    title: FastCheck.string(),
    released: FastCheck.date({ noInvalidDate: true }),
    rating: FastCheck.double()
  })
}, { requiredKeys: ["id"] })

const anyRecordError = Arbitrary.make(Schema.Union(PineconeError.CheckedRequestError, PineconeError.InvalidMetadata))
const anyCount = FastCheck.nat()

const anyBatchFailed = FastCheck.record({
  message: FastCheck.string(),
  reason: FastCheck.constantFrom<Ingest.EndReason>("Refused", "Failed", "Stalled", "TimedOut", "NotStarted"),
  error: anyRecordError,
  records: FastCheck.array(anyRecord, { maxLength: 3 }),
  unsent: FastCheck.array(
    FastCheck.oneof(anyRecord, anyRecordError.map((error) => new Ingest.Unreadable({ error }))),
    { maxLength: 3 }
  ),
  failures: FastCheck.array(
    FastCheck.record({ error: anyRecordError, records: FastCheck.array(anyRecord, { maxLength: 2 }) }),
    { maxLength: 2 }
  ),
  counts: FastCheck.record({
    read: anyCount,
    records: anyCount,
    failed: anyCount,
    bytes: anyCount,
    requests: anyCount,
    elapsed: Arbitrary.make(Json.Millis),
    rate: FastCheck.double({ min: 0 }),
    lsn: FastCheck.option(anyCount, { nil: undefined }),
    checkpoint: anyCount
  })
}).map((fields) => new Ingest.BatchFailed<VectorRecord.VectorRecord<typeof Movie.Type>>(fields))

const anyStatus = FastCheck.record({
  code: FastCheck.nat(16),
  message: FastCheck.string(),
  headers: FastCheck.dictionary(FastCheck.stringMatching(/^[a-z]+(-[a-z]+)*$/), FastCheck.string())
    .map(Headers.fromInput),
  answered: FastCheck.boolean(),
  malformed: FastCheck.boolean(),
  httpStatus: FastCheck.nat(599),
  unsent: FastCheck.boolean()
}, { requiredKeys: ["code", "message", "headers", "answered"] }).map((fields) => new GrpcChannel.Status(fields))

const anyCause = FastCheck.oneof(
  FastCheck.tuple(FastCheck.constantFrom("Error", "TypeError"), FastCheck.string()).map(([name, message]) =>
    Object.assign(new Error(message), { name })
  ),
  FastCheck.string(),
  FastCheck.constant(undefined)
)

/** What of an error's fields an arbitrary of its own makes. */
interface TaggedErrorClass extends Schema.Schema<Error, unknown> {
  readonly fields: Schema.Struct.Fields
  new(fields: object): Error
}

const isTaggedErrorClass = (u: unknown): u is TaggedErrorClass => Schema.isSchema(u) && "fields" in u

const fromSchema = (error: TaggedErrorClass): FastCheck.Arbitrary<Error> => {
  const { cause, ...fields } = error.fields
  const any = Arbitrary.make(Schema.typeSchema(Schema.Struct(fields)))
  return cause === undefined
    ? any.map((given) => new error(given))
    : FastCheck.tuple(any, anyCause).map(([given, cause]) => new error({ ...given, cause }))
}

const classes = await Effect.runPromise(publicErrorClasses)

const travelling: ReadonlyArray<Travelling> = classes.map((each) => {
  const [tag = ""] = namesOf(each)
  const given = { tag, class: each }
  if (each === Ingest.BatchFailed) {
    return { ...given, schema: Ingest.batchFailedSchema(movieRecord), any: anyBatchFailed }
  }
  if (each === GrpcChannel.Status) return { ...given, schema: GrpcChannel.Status, any: anyStatus }
  assert(isTaggedErrorClass(each), `${tag} has no Schema`)
  return { ...given, schema: each, any: fromSchema(each) }
})

/** Every name that an error of `@effect/platform` goes by. */
const platform = errorClassesOf(Platform)
const platformNames = new Set(platform.flatMap(namesOf))

const [first, ...rest] = travelling
assert(first !== undefined)

const failing = rest.reduce(
  (endpoint, { schema }) => endpoint.addError(schema),
  HttpApiEndpoint.post("fail", "/fail").setPayload(Schema.Struct({ tag: Schema.String, seed: Schema.Int }))
    .addError(first.schema)
)

const Api = HttpApi.make("api").add(HttpApiGroup.make("errors").add(failing))

const sampleOf = (tag: string, seed: number): Error => {
  const found = travelling.find((each) => each.tag === tag)
  assert(found !== undefined)
  const [error] = FastCheck.sample(found.any, { numRuns: 1, seed })
  assert(error !== undefined)
  return error
}

const client = Effect.gen(function*() {
  const group = HttpApiBuilder.group(
    Api,
    "errors",
    (handlers) => handlers.handle("fail", ({ payload }) => Effect.fail(sampleOf(payload.tag, payload.seed)))
  )
  const { handler } = yield* Effect.acquireRelease(
    Effect.sync(() =>
      HttpApiBuilder.toWebHandler(
        Layer.merge(HttpServer.layerContext, Layer.provide(HttpApiBuilder.api(Api), group))
      )
    ),
    ({ dispose }) => Effect.promise(dispose)
  )
  const fetch = (input: URL | RequestInfo, init?: RequestInit) => handler(new Request(input, init))
  return yield* HttpApiClient.make(Api, { baseUrl: "http://errors.test" }).pipe(
    Effect.provide(FetchHttpClient.layer),
    Effect.provideService(FetchHttpClient.Fetch, fetch)
  )
})

describe("errors", () => {
  it("are found in every package", () => {
    assert.includeMembers(travelling.map(({ tag }) => tag), [
      "PineconeNotFound",
      "PineconeInvalidSettings",
      "PineconeColumnError",
      "PineconeIpcError",
      "PineconeParquetError",
      "PineconeBatchFailed",
      "PineconeEmbedFailed",
      "PineconeGrpcStatus",
      "PineconeInvalidOptions",
      "PineconeProxyError",
      "PineconeStartError"
    ])
  })

  describe("survive encoding, JSON and decoding", () => {
    for (const { any, schema, tag } of travelling) {
      const asText = Schema.parseJson(schema)
      it.effect.prop(tag, [any], ([error]) =>
        Effect.gen(function*() {
          const text = yield* Schema.encode(asText)(error)
          const decoded = yield* Schema.decode(asText)(text)
          assertSame(decoded, error, tag)
          assert.strictEqual(yield* Schema.encode(asText)(decoded), text)
        }), { fastCheck: { numRuns: 50 } })
    }
  })

  describe("have names of their own", () => {
    it("that begin with the product's", () => {
      for (const { tag } of travelling) assert.match(tag, /^Pinecone[A-Z]\w+$/)
    })

    it("that no two of them share", () => {
      const names = classes.flatMap((each) => [...new Set(namesOf(each))])
      assert.deepStrictEqual(names.filter((name, i) => names.indexOf(name) !== i), [])
    })

    it("that no error of @effect/platform has", () => {
      // All kinds of definitions are seen.
      for (
        const name of ["NotFound", "HttpApiDecodeError", "RequestError", "RouteNotFound", "SystemError", "SocketError"]
      ) {
        assert.isTrue(platformNames.has(name), name)
      }
      assert.deepStrictEqual(classes.flatMap(namesOf).filter((name) => platformNames.has(name)), [])
    })

    it("so that no Schema of @effect/platform takes one for its own", () => {
      assert.isTrue(Schema.is(HttpApiError.NotFound)(new HttpApiError.NotFound()))
      for (const { tag } of travelling) {
        const error = sampleOf(tag, 1)
        for (const each of platform) {
          if (Schema.isSchema(each)) assert.isFalse(Schema.is(each)(error), `${namesOf(each)[0]} takes ${tag}`)
        }
      }
    })
  })

  describe("of an HttpApi", () => {
    it("have each a component in its OpenAPI", () => {
      const { components, paths } = OpenApi.fromApi(Api)
      const named = (tag: string) => tag === "PineconeBatchFailed" ? "PineconeBatchFailed_MovieRecord" : tag
      for (const { tag } of travelling) {
        const component = components.schemas[named(tag)]
        assert(component !== undefined, tag)
        assert.deepInclude(component, { type: "object" }, tag)
        assert.nestedPropertyVal(component, "properties._tag.enum[0]", tag)
        assert.include(JSON.stringify(paths), `"#/components/schemas/${named(tag)}"`, tag)
      }
    })

    it.scoped("arrive at its client as the errors that the handler failed with", () =>
      Effect.gen(function*() {
        const { errors } = yield* client
        for (const { tag } of travelling) {
          for (const seed of [1, 2, 3]) {
            const error = yield* Effect.flip(errors.fail({ payload: { tag, seed } }))
            assertSame(error, sampleOf(tag, seed), tag)
          }
        }
      }))
  })
})
