import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as ReadCapacity from "@effect-pinecone/schema/ReadCapacity"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Schedule from "effect/Schedule"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import {
  accepted,
  broken,
  created,
  index2026_04,
  key,
  notFound,
  ok,
  refused,
  stub2026_04,
  unknownField
} from "./utils/stub.js"

const serverless = IndexSpec.serverless({ cloud: "aws", region: "us-east-1" })

const movies: Indexes.NamedIndex = { name: "movies", dimension: 384, spec: serverless }

/** Runs an effect to its end while the clock moves on. */
const later = <A, E, R>(effect: Effect.Effect<A, E, R>, by: Duration.DurationInput = "10 minutes") =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(effect)
    yield* TestClock.adjust(by)
    return yield* Fiber.join(fiber)
  })

describe("Indexes", () => {
  describe("what goes over the wire", () => {
    it.effect("create sends the names of the API and answers without waiting", () => {
      const { layer, sent } = stub2026_04(created(index2026_04("Initializing")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const model = yield* indexes.create({
          ...movies,
          metric: "dotproduct",
          vectorType: "dense",
          deletionProtection: "enabled",
          tags: { team: "search" },
          spec: IndexSpec.serverless({
            cloud: "aws",
            region: "us-east-1",
            readCapacity: ReadCapacity.dedicated({ nodeType: "b1", replicas: 2 }),
            sourceCollection: "copy",
            schema: MetadataIndex.fields("genre")
          })
        })
        assert.strictEqual(model.status.state, "Initializing")
        assert.strictEqual(sent.length, 1)
        assert.strictEqual(sent[0]?.method, "POST")
        assert.strictEqual(sent[0]?.path, "/indexes")
        assert.strictEqual(sent[0]?.headers["api-key"], key)
        assert.strictEqual(sent[0]?.headers["x-pinecone-api-version"], "2026-04")
        assert.deepStrictEqual(sent[0]?.body, {
          name: "movies",
          dimension: 384,
          metric: "dotproduct",
          vector_type: "dense",
          deletion_protection: "enabled",
          tags: { team: "search" },
          spec: {
            serverless: {
              cloud: "aws",
              region: "us-east-1",
              read_capacity: {
                mode: "Dedicated",
                dedicated: { node_type: "b1", scaling: "Manual", manual: { replicas: 2, shards: 1 } }
              },
              source_collection: "copy",
              schema: { fields: { genre: { filterable: true } } }
            }
          }
        })
      }).pipe(Effect.provide(layer))
    })

    it.effect("create on pods", () => {
      const { layer, sent } = stub2026_04(created(index2026_04("Initializing", {
        spec: { pod: { environment: "us-east1-gcp", pod_type: "p1.x1", replicas: 2, pods: 2 } }
      })))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const model = yield* indexes.create({
          ...movies,
          spec: IndexSpec.pod({
            environment: "us-east1-gcp",
            podType: "p1.x1",
            replicas: 2,
            metadataConfig: { indexed: ["genre"] }
          })
        })
        assert.strictEqual(model.spec.pod?.podType, "p1.x1")
        assert.deepStrictEqual(sent[0]?.body, {
          name: "movies",
          dimension: 384,
          spec: {
            pod: {
              environment: "us-east1-gcp",
              pod_type: "p1.x1",
              replicas: 2,
              metadata_config: { indexed: ["genre"] }
            }
          }
        })
      }).pipe(Effect.provide(layer))
    })

    it.effect("createForModel", () => {
      const { layer, sent } = stub2026_04(created(index2026_04("Initializing", {
        embed: { model: "multilingual-e5-large", field_map: { text: "plot" }, vector_type: "dense" }
      })))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const model = yield* indexes.createForModel({
          name: "movies",
          cloud: "aws",
          region: "us-east-1",
          embed: {
            model: "multilingual-e5-large",
            fieldMap: { text: "plot" },
            writeParameters: { input_type: "passage" }
          },
          readCapacity: ReadCapacity.onDemand
        })
        assert.deepStrictEqual(model.embed?.fieldMap, { text: "plot" })
        assert.strictEqual(model.embed?.vectorType, "dense")
        assert.strictEqual(sent[0]?.path, "/indexes/create-for-model")
        assert.deepStrictEqual(sent[0]?.body, {
          name: "movies",
          cloud: "aws",
          region: "us-east-1",
          embed: {
            model: "multilingual-e5-large",
            field_map: { text: "plot" },
            write_parameters: { input_type: "passage" }
          },
          read_capacity: { mode: "OnDemand" }
        })
      }).pipe(Effect.provide(layer))
    })

    it.effect("createFromBackup", () => {
      const { layer, sent } = stub2026_04(accepted({ restore_job_id: "j1", index_id: "i2" }))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const answer = yield* indexes.createFromBackup({
          backupId: "b/1",
          name: "restored",
          deletionProtection: "enabled",
          tags: { from: "backup" }
        })
        assert.deepStrictEqual(answer, { restoreJobId: "j1", indexId: "i2" })
        assert.strictEqual(sent[0]?.method, "POST")
        assert.strictEqual(sent[0]?.path, "/backups/b%2F1/create-index")
        assert.deepStrictEqual(sent[0]?.body, {
          name: "restored",
          deletion_protection: "enabled",
          tags: { from: "backup" }
        })
      }).pipe(Effect.provide(layer))
    })

    it.effect("configure", () => {
      const { layer, sent } = stub2026_04(accepted(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* indexes.configure("movies", {
          deletionProtection: "disabled",
          tags: { team: "" },
          spec: { pod: { replicas: 3, podType: "p1.x2" } },
          embed: { fieldMap: { text: "title" } }
        })
        assert.strictEqual(sent[0]?.method, "PATCH")
        assert.strictEqual(sent[0]?.path, "/indexes/movies")
        assert.deepStrictEqual(sent[0]?.body, {
          deletion_protection: "disabled",
          tags: { team: "" },
          spec: { pod: { replicas: 3, pod_type: "p1.x2" } },
          embed: { field_map: { text: "title" } }
        })
      }).pipe(Effect.provide(layer))
    })

    it.effect("names are one segment of the path", () => {
      const { layer, sent } = stub2026_04(notFound)
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* Effect.flip(indexes.describe("a/b"))
        yield* Effect.flip(indexes.delete("a?b=c#d"))
        yield* Effect.flip(indexes.configure("ü b", {}))
        assert.deepStrictEqual(sent.map(({ path }) => path), [
          "/indexes/a%2Fb",
          "/indexes/a%3Fb%3Dc%23d",
          "/indexes/%C3%BC%20b"
        ])
        const error = yield* Effect.flip(indexes.delete(".."))
        assert.strictEqual(error._tag, "PineconeInvalidRequest")
        assert.strictEqual(error.attempts, 0)
        assert.strictEqual(sent.length, 3)
      }).pipe(Effect.provide(layer))
    })
  })

  describe("what comes back", () => {
    it.effect("is named as in TypeScript; null is absent, what is unknown is kept", () => {
      const { layer, sent } = stub2026_04(ok({
        indexes: [
          index2026_04("Sleeping", {
            metric: "hamming",
            vector_type: "binary",
            a_new_field: { since: 2027 },
            spec: { quantum: { qubits: 3 } }
          }),
          index2026_04("Ready", { private_host: "private" })
        ]
      }))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const all = yield* indexes.list
        assert.strictEqual(sent[0]?.method, "GET")
        assert.strictEqual(sent[0]?.path, "/indexes")
        assert.strictEqual(all[0]?.status.state, "Sleeping")
        assert.strictEqual(all[0]?.metric, "hamming")
        assert.strictEqual(all[0]?.vectorType, "binary")
        assert.strictEqual(all[0]?.privateHost, undefined)
        assert.deepStrictEqual(unknownField(all[0], "a_new_field"), { since: 2027 })
        assert.deepStrictEqual(unknownField(all[0]?.spec, "quantum"), { qubits: 3 })
        assert.strictEqual(all[1]?.privateHost, "private")
        assert.strictEqual(all[1]?.deletionProtection, "disabled")
        assert.strictEqual(all[1]?.spec.serverless?.readCapacity?.status.state, "Ready")
      }).pipe(Effect.provide(layer))
    })

    it.effect("an empty project has no indexes", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.deepStrictEqual(yield* indexes.list, [])
      }).pipe(Effect.provide(stub2026_04(ok({})).layer)))

    it.effect("exists", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.isTrue(yield* indexes.exists("movies"))
        assert.isFalse(yield* indexes.exists("movies"))
        const error = yield* Effect.flip(indexes.exists("movies"))
        assert.strictEqual(error._tag, "PineconeUnauthorized")
      }).pipe(Effect.provide(stub2026_04(ok(index2026_04("Ready")), notFound, refused(401, "UNAUTHENTICATED")).layer)))
  })

  describe("what is refused before it is sent", () => {
    const { layer, sent } = stub2026_04()

    const refusedAs = (
      tag: "PineconeInvalidRequest" | "PineconeLimitExceeded",
      field: string,
      options: Indexes.NamedIndex,
      about: RegExp
    ) =>
      it.effect(`${field}: ${about.source}`, () =>
        Effect.gen(function*() {
          const indexes = yield* Indexes.Indexes
          for (
            const error of [yield* Effect.flip(indexes.create(options)), yield* Effect.flip(indexes.ensure(options))]
          ) {
            assert.strictEqual(error._tag, tag)
            assert.deepInclude(error, { field, attempts: 0, operation: "create_index", index: options.name })
            assert.match(error.message, about)
          }
          assert.strictEqual(sent.length, 0)
        }).pipe(Effect.provide(layer)))

    refusedAs("PineconeInvalidRequest", "name", { ...movies, name: "" }, /invalid name ""/)
    refusedAs(
      "PineconeInvalidRequest",
      "name",
      { ...movies, name: "Movies" },
      /invalid name "Movies": use 1 to 45 lower-case/
    )
    refusedAs("PineconeInvalidRequest", "name", { ...movies, name: "-movies" }, /both ends/)
    refusedAs("PineconeInvalidRequest", "name", { ...movies, name: "movies\n" }, /invalid name/)
    refusedAs("PineconeInvalidRequest", "name", { ...movies, name: "a_b" }, /invalid name/)
    refusedAs(
      "PineconeLimitExceeded",
      "name.length",
      { ...movies, name: "a".repeat(46) },
      /is 46; the limit is 45.*shorter name/
    )
    refusedAs("PineconeInvalidRequest", "dimension", { name: "movies", spec: serverless }, /dense index must have one/)
    refusedAs("PineconeInvalidRequest", "dimension", { ...movies, dimension: 0 }, /must be an integer >= 1, got 0/)
    refusedAs("PineconeInvalidRequest", "dimension", { ...movies, dimension: 1.5 }, /must be an integer >= 1, got 1.5/)
    refusedAs("PineconeLimitExceeded", "dimension", { ...movies, dimension: 20_001 }, /is 20,001; the limit is 20,000/)
    refusedAs(
      "PineconeInvalidRequest",
      "dimension",
      { ...movies, vectorType: "sparse" },
      /sparse index must not have one/
    )
    refusedAs(
      "PineconeInvalidRequest",
      "metric",
      { name: "movies", vectorType: "sparse", metric: "cosine", spec: serverless },
      /dotproduct, not cosine/
    )
    refusedAs(
      "PineconeInvalidRequest",
      "spec.serverless.region",
      { ...movies, spec: IndexSpec.serverless({ cloud: "aws", region: "" }) },
      /at least one character/
    )
    refusedAs(
      "PineconeInvalidRequest",
      "spec.pod.replicas",
      { ...movies, spec: IndexSpec.pod({ environment: "e", podType: "p1.x1", replicas: 0 }) },
      /integer >= 1/
    )
    refusedAs(
      "PineconeInvalidRequest",
      "spec.byoc.readCapacity.dedicated.manual.shards",
      {
        ...movies,
        spec: IndexSpec.byoc({ environment: "e", readCapacity: ReadCapacity.dedicated({ nodeType: "b1", shards: 0 }) })
      },
      /integer >= 1/
    )
    refusedAs(
      "PineconeLimitExceeded",
      "tags.length",
      { ...movies, tags: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`t${i}`, "x"])) },
      /is 21; the limit is 20/
    )
    refusedAs("PineconeInvalidRequest", "tags[\"\"]", { ...movies, tags: { "": "x" } }, /key of a tag/)
    refusedAs(
      "PineconeLimitExceeded",
      `tags["${"k".repeat(81)}"]: key.length`,
      { ...movies, tags: { ["k".repeat(81)]: "x" } },
      /is 81; the limit is 80/
    )
    refusedAs(
      "PineconeLimitExceeded",
      "tags[\"team\"].length",
      { ...movies, tags: { team: "x".repeat(121) } },
      /is 121; the limit is 120/
    )

    describe("of a shape that the types would refuse, by the name of the field", () => {
      /** A value of a type that the compiler would refuse. */
      const wrong = (value: unknown): never => value as never

      const closed = Object.defineProperty({ ...movies }, "name", {
        enumerable: true,
        get: () => {
          throw new Error("do not touch")
        }
      })
      const circular: { self?: unknown } = {}
      circular.self = circular

      const cases: ReadonlyArray<readonly [options: unknown, field: string, about: RegExp]> = [
        [undefined, "options", /must be an object, got undefined/],
        [null, "options", /must be an object, got null/],
        ["movies", "options", /must be an object, got "movies"/],
        [closed, "name", /cannot be read: do not touch/],
        [{ ...movies, spec: null }, "spec", /got null/],
        [{ ...movies, spec: "serverless" }, "spec", /got "serverless"/],
        [{ ...movies, spec: {} }, "spec", /got \{\}/],
        [{ ...movies, spec: { serverless: {}, pod: {} } }, "spec", /must be one of/],
        [{ ...movies, spec: { serverless: 5 } }, "spec.serverless", /must be an object, got 5/],
        [
          { ...movies, spec: { serverless: { cloud: "aws" } } },
          "spec.serverless.region",
          /must be present, got undefined/
        ],
        [{ ...movies, spec: { pod: { environment: "e", podType: 5 } } }, "spec.pod.podType", /must be a string, got 5/],
        [
          { ...movies, metric: "manhattan" },
          "metric",
          /must be "cosine" or "euclidean" or "dotproduct", got "manhattan"/
        ],
        [{ ...movies, vectorType: "hybrid" }, "vectorType", /must be "dense" or "sparse", got "hybrid"/],
        [{ ...movies, deletionProtection: true }, "deletionProtection", /must be "disabled" or "enabled", got true/],
        [{ ...movies, dimension: "384" }, "dimension", /must be an integer >= 1, got "384"/],
        [{ ...movies, dimension: 384n }, "dimension", /got 384n/],
        [{ ...movies, dimension: null }, "dimension", /got null/],
        [{ ...movies, name: 5 }, "name", /must be a string, got 5/],
        [{ ...movies, tags: ["a"] }, "tags", /must be an object, got \["a"\]/],
        [{ ...movies, tags: { team: 5 } }, "tags.team", /must be a string, got 5/],
        [{ ...movies, tags: { team: null } }, "tags.team", /got null/],
        [{ ...movies, tags: circular }, "tags.self", /must not contain itself/]
      ]
      for (const [options, field, about] of cases) {
        it.effect(`${field}: ${about.source}`, () =>
          Effect.gen(function*() {
            const indexes = yield* Indexes.Indexes
            for (
              const error of [
                yield* Effect.flip(indexes.create(wrong(options))),
                yield* Effect.flip(indexes.ensure(wrong(options)))
              ]
            ) {
              assert(error._tag === "PineconeInvalidRequest", error._tag)
              assert.deepInclude(error, { field, attempts: 0, operation: "create_index" })
              assert.match(error.message, about)
              assert.isTrue(error.message.startsWith(`${field}: `), error.message)
            }
          }).pipe(Effect.provide(layer)))
      }

      it.effect("in the other methods", () =>
        Effect.gen(function*() {
          const indexes = yield* Indexes.Indexes
          const model = { name: "movies", cloud: "aws", region: "us-east-1" }
          const refused: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string]> = [
            [indexes.exists(""), "name"],
            [indexes.describe(".."), "name"],
            [indexes.describe(wrong(5)), "name"],
            [indexes.describe("a\ud800"), "name"],
            [indexes.delete(wrong(undefined)), "name"],
            [indexes.waitUntilReady(wrong(null)), "name"],
            [indexes.waitUntilGone(""), "name"],
            [indexes.waitUntilReady("movies", { timeout: wrong("soon") }), "timeout"],
            [indexes.waitUntilReady("movies", wrong("5 minutes")), "options"],
            [indexes.waitUntilGone("movies", { schedule: wrong(5) }), "schedule"],
            [indexes.ensure(movies, { timeout: wrong({}) }), "timeout"],
            [indexes.configure("", {}), "name"],
            [indexes.configure("movies", wrong(undefined)), "options"],
            [indexes.configure("movies", { spec: wrong({}) }), "spec"],
            [indexes.configure("movies", { embed: { fieldMap: wrong(5) } }), "embed.fieldMap"],
            [indexes.createForModel(wrong(model)), "embed"],
            [indexes.createForModel({ ...model, embed: wrong({ model: "m" }) }), "embed.fieldMap"],
            [
              indexes.createForModel({ ...model, embed: { model: "m", fieldMap: {}, readParameters: { n: 1n } } }),
              "embed.readParameters.n"
            ],
            [
              indexes.createForModel({ ...model, embed: { model: "m", fieldMap: { n: Number.NaN } } }),
              "embed.fieldMap.n"
            ],
            [indexes.createFromBackup(wrong({ name: "movies" })), "backupId"],
            [indexes.createFromBackup({ name: "movies", backupId: "" }), "backupId"]
          ]
          for (const [effect, field] of refused) {
            const error = yield* Effect.flip(effect)
            assert(error instanceof PineconeError.InvalidRequest, String(error))
            assert.deepInclude(error, { field, attempts: 0 })
            assert.notInclude(error.message, "└─")
          }
          assert.strictEqual(sent.length, 0)
        }).pipe(Effect.provide(layer)))
    })

    it.effect("the other ways to create or change one are checked too", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const base = { name: "movies", cloud: "aws", region: "us-east-1" }
        const embed = { model: "m", fieldMap: { text: "plot" } }
        const errors = [
          yield* Effect.flip(indexes.createForModel({ ...base, name: "A", embed })),
          yield* Effect.flip(indexes.createForModel({ ...base, embed: { ...embed, model: "" } })),
          yield* Effect.flip(indexes.createForModel({ ...base, embed: { ...embed, dimension: 30_000 } })),
          yield* Effect.flip(indexes.createFromBackup({ backupId: "b1", name: "A" })),
          yield* Effect.flip(indexes.configure("movies", { tags: { team: "x".repeat(121) } })),
          yield* Effect.flip(indexes.configure("movies", { spec: { pod: { replicas: 0 } } }))
        ]
        assert.deepStrictEqual(
          errors.map((error) => [error._tag, error.operation, "field" in error && error.field]),
          [
            ["PineconeInvalidRequest", "create_index_for_model", "name"],
            ["PineconeInvalidRequest", "create_index_for_model", "embed.model"],
            ["PineconeLimitExceeded", "create_index_for_model", "embed.dimension"],
            ["PineconeInvalidRequest", "create_index_from_backup_operation", "name"],
            ["PineconeLimitExceeded", "configure_index", "tags[\"team\"].length"],
            ["PineconeInvalidRequest", "configure_index", "spec.pod.replicas"]
          ]
        )
        assert.strictEqual(sent.length, 0)
      }).pipe(Effect.provide(layer)))

    it.effect("what is just within the limits is sent", () => {
      const { layer, sent } = stub2026_04(created(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* indexes.create({
          name: `a${"-".repeat(43)}9`,
          dimension: 20_000,
          spec: serverless,
          tags: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}`.padStart(80, "k"), "x".repeat(120)]))
        })
        yield* indexes.create({ name: "a", vectorType: "sparse", spec: serverless })
        assert.strictEqual(sent.length, 2)
        assert.deepStrictEqual(sent[1]?.body, {
          name: "a",
          vector_type: "sparse",
          spec: { serverless: { cloud: "aws", region: "us-east-1" } }
        })
      }).pipe(Effect.provide(layer))
    })
  })

  describe("sending again", () => {
    it.effect("create is not sent again on 503", () => {
      const { layer, sent } = stub2026_04(refused(503, "UNAVAILABLE"), created(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(later(indexes.create(movies)))
        assert.strictEqual(error._tag, "PineconeServiceUnavailable")
        assert.strictEqual(sent.length, 1)
      }).pipe(Effect.provide(layer))
    })

    it.effect("nor when the connection breaks", () => {
      const { layer, sent } = stub2026_04(broken, created(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(later(indexes.create(movies)))
        assert.strictEqual(error._tag, "PineconeTransportError")
        assert.strictEqual(sent.length, 1)
      }).pipe(Effect.provide(layer))
    })

    it.effect("but on 429, and on 503 with Retry-After", () => {
      const { layer, sent } = stub2026_04(
        refused(429, "RESOURCE_EXHAUSTED"),
        refused(503, "UNAVAILABLE", { "retry-after": "2" }),
        created(index2026_04("Ready"))
      )
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* later(indexes.create(movies))
        assert.strictEqual(sent.length, 3)
      }).pipe(Effect.provide(layer))
    })

    it.effect("createForModel and createFromBackup are not sent again either", () => {
      const { layer, sent } = stub2026_04(refused(503, "UNAVAILABLE"))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* Effect.flip(later(indexes.createForModel({
          name: "movies",
          cloud: "aws",
          region: "us-east-1",
          embed: { model: "m", fieldMap: {} }
        })))
        yield* Effect.flip(later(indexes.createFromBackup({ backupId: "b1", name: "movies" })))
        assert.strictEqual(sent.length, 2)
      }).pipe(Effect.provide(layer))
    })

    it.effect("describe and delete are", () => {
      const { layer, sent } = stub2026_04(refused(503, "UNAVAILABLE"), ok(index2026_04("Ready")), broken, accepted())
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* later(indexes.describe("movies"))
        yield* later(indexes.delete("movies"))
        assert.deepStrictEqual(sent.map(({ method }) => method), ["GET", "GET", "DELETE", "DELETE"])
      }).pipe(Effect.provide(layer))
    })
  })

  describe("errors", () => {
    it.effect("no error shows the key, in whatever way it is printed", () => {
      const { layer } = stub2026_04(refused(409, "ALREADY_EXISTS"))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(indexes.create(movies))
        assert.strictEqual(error._tag, "PineconeAlreadyExists")
        assert.deepInclude(error, { operation: "create_index", index: "movies", status: 409, code: "ALREADY_EXISTS" })
        assert.include(error.message, "<redacted>")
        for (
          const text of [
            JSON.stringify(error),
            inspect(error, { depth: null, showHidden: true }),
            String(error),
            Cause.pretty(Cause.fail(error))
          ]
        ) {
          assert.notInclude(text, key)
        }
      }).pipe(Effect.provide(layer))
    })

    it.effect("deletion protection is Forbidden, a pending collection PreconditionFailed", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.strictEqual((yield* Effect.flip(indexes.delete("movies")))._tag, "PineconeForbidden")
        assert.strictEqual((yield* Effect.flip(indexes.delete("movies")))._tag, "PineconePreconditionFailed")
      }).pipe(Effect.provide(stub2026_04(refused(403, "FORBIDDEN"), refused(412, "FAILED_PRECONDITION")).layer)))
  })

  describe("ensure", () => {
    it.effect("creates the index and waits until it is ready", () => {
      const { layer, sent } = stub2026_04(
        notFound,
        created(index2026_04("Initializing")),
        ok(index2026_04("Initializing")),
        ok(index2026_04("Ready"))
      )
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const model = yield* later(indexes.ensure(movies))
        assert.isTrue(model.status.ready)
        assert.deepStrictEqual(sent.map(({ method }) => method), ["GET", "POST", "GET", "GET"])
      }).pipe(Effect.provide(layer))
    })

    it.effect("asks no further for one that is ready as soon as it is created", () => {
      const { layer, sent } = stub2026_04(notFound, created(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* indexes.ensure(movies)
        assert.strictEqual(sent.length, 2)
      }).pipe(Effect.provide(layer))
    })

    it.effect("takes the one that is there", () => {
      const { layer, sent } = stub2026_04(ok(index2026_04("Ready", { tags: { other: "tags" } })))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const model = yield* indexes.ensure({
          ...movies,
          metric: "cosine",
          vectorType: "dense",
          tags: { team: "search" }
        })
        assert.strictEqual(model.host, "movies-abc.svc.pinecone.io")
        assert.strictEqual(sent.length, 1)
      }).pipe(Effect.provide(layer))
    })

    it.effect("waits for the one that is there", () => {
      const { layer, sent } = stub2026_04(
        ok(index2026_04("Initializing")),
        ok(index2026_04("Initializing")),
        ok(index2026_04("Ready"))
      )
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.strictEqual((yield* later(indexes.ensure(movies))).status.state, "Ready")
        assert.strictEqual(sent.length, 3)
      }).pipe(Effect.provide(layer))
    })

    it.effect("lists what differs", () => {
      const { layer, sent } = stub2026_04(ok(index2026_04("Ready", {
        dimension: 768,
        metric: "euclidean",
        spec: { serverless: { cloud: "gcp", region: "us-east-1" } }
      })))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(indexes.ensure(movies))
        assert.strictEqual(error._tag, "PineconeIndexMismatch")
        assert.deepStrictEqual("differences" in error && error.differences, [
          { field: "dimension", expected: "384", actual: "768" },
          { field: "metric", expected: "cosine", actual: "euclidean" },
          { field: "spec.serverless.cloud", expected: "aws", actual: "gcp" }
        ])
        assert.include(error.message, "dimension is 768, not 384; metric is euclidean, not cosine")
        assert.strictEqual(error.index, "movies")
        assert.strictEqual(sent.length, 1)
      }).pipe(Effect.provide(layer))
    })

    const differences = (options: Indexes.NamedIndex, changes: Readonly<Record<string, unknown>>) =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const result = yield* Effect.either(indexes.ensure(options))
        if (Either.isRight(result)) return []
        assert.strictEqual(result.left._tag, "PineconeIndexMismatch")
        return "differences" in result.left
          ? result.left.differences.map(({ actual, expected, field }) => `${field}: ${expected} / ${actual}`)
          : []
      }).pipe(Effect.provide(stub2026_04(ok(index2026_04("Ready", changes))).layer))

    it.effect("compares the kind of spec and its place", () =>
      Effect.gen(function*() {
        const pod = IndexSpec.pod({ environment: "e1", podType: "p1" })
        assert.deepStrictEqual(
          yield* differences({ ...movies, spec: pod }, { spec: { pod: { environment: "e1", pod_type: "p1.x1" } } }),
          []
        )
        assert.deepStrictEqual(
          yield* differences({ ...movies, spec: pod }, { spec: { pod: { environment: "e2", pod_type: "p2.x1" } } }),
          ["spec.pod.environment: e1 / e2", "spec.pod.podType: p1.x1 / p2.x1"]
        )
        assert.deepStrictEqual(yield* differences({ ...movies, spec: pod }, {}), ["spec: pod / serverless"])
        assert.deepStrictEqual(
          yield* differences({ ...movies, spec: IndexSpec.byoc({ environment: "e1" }) }, {
            spec: { byoc: { environment: "e2" } }
          }),
          ["spec.byoc.environment: e1 / e2"]
        )
        assert.deepStrictEqual(yield* differences(movies, { spec: { quantum: {} } }), ["spec: serverless / quantum"])
      }))

    it.effect("compares the vector type; a sparse index has the metric dotproduct", () =>
      Effect.gen(function*() {
        const sparse: Indexes.NamedIndex = { name: "movies", vectorType: "sparse", spec: serverless }
        assert.deepStrictEqual(
          yield* differences(sparse, { dimension: null, metric: "dotproduct", vector_type: "sparse" }),
          []
        )
        assert.deepStrictEqual(yield* differences(sparse, {}), [
          "vectorType: sparse / dense",
          "dimension: none / 384",
          "metric: dotproduct / cosine"
        ])
      }))

    it.effect("when another one creates it in between, it takes that one", () => {
      const { layer, sent } = stub2026_04(notFound, refused(409, "ALREADY_EXISTS"), ok(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.strictEqual((yield* indexes.ensure(movies)).name, "movies")
        assert.deepStrictEqual(sent.map(({ method }) => method), ["GET", "POST", "GET"])
      }).pipe(Effect.provide(layer))
    })

    it.effect("and compares it", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.strictEqual((yield* Effect.flip(indexes.ensure(movies)))._tag, "PineconeIndexMismatch")
      }).pipe(
        Effect.provide(
          stub2026_04(notFound, refused(409, "ALREADY_EXISTS"), ok(index2026_04("Ready", { dimension: 3 }))).layer
        )
      ))

    it.effect("when the answer to its own request is lost, it finds the index", () => {
      const { layer, sent } = stub2026_04(notFound, broken, refused(409, "ALREADY_EXISTS"), ok(index2026_04("Ready")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        yield* later(indexes.ensure(movies))
        assert.deepStrictEqual(sent.map(({ method }) => method), ["GET", "POST", "POST", "GET"])
      }).pipe(Effect.provide(layer))
    })

    it.effect("fails for one that is being deleted, whatever differs", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(indexes.ensure(movies))
        assert.strictEqual(error._tag, "PineconeOperationFailed")
        assert.deepInclude(error, { state: "Terminating" })
      }).pipe(Effect.provide(stub2026_04(ok(index2026_04("Terminating", { dimension: 3 }))).layer)))

    it.effect("waits as it is told", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(later(indexes.ensure(movies, { timeout: "3 seconds" }), "3 seconds"))
        assert.strictEqual(error._tag, "PineconeTimedOut")
      }).pipe(
        Effect.provide(
          stub2026_04(notFound, created(index2026_04("Initializing")), ok(index2026_04("Initializing"))).layer
        )
      ))
  })

  describe("waitUntilReady", () => {
    it.effect("asks at once, then ever more seldom", () => {
      const { layer, sent } = stub2026_04(ok(index2026_04("Initializing")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const fiber = yield* Effect.fork(indexes.waitUntilReady("movies"))
        const after = (time: Duration.DurationInput) => Effect.map(TestClock.adjust(time), () => sent.length)
        assert.strictEqual(yield* after(0), 1)
        assert.strictEqual(yield* after("249 millis"), 1)
        assert.strictEqual(yield* after("1 millis"), 2)
        assert.strictEqual(yield* after("375 millis"), 3)
        yield* after("1 minute")
        const settled = sent.length
        assert.strictEqual(yield* after("10 seconds"), settled + 2)
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.provide(layer))
    })

    it.effect("ends with the index that is ready, and a state that is unknown does not end it", () => {
      const { layer, sent } = stub2026_04(
        ok(index2026_04("Warming")),
        ok(index2026_04("ScalingUp", { status: { ready: true, state: "ScalingUp" } }))
      )
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const model = yield* later(indexes.waitUntilReady("movies"))
        assert.strictEqual(model.status.state, "ScalingUp")
        assert.strictEqual(sent.length, 2)
      }).pipe(Effect.provide(layer))
    })

    for (const state of ["InitializationFailed", "Terminating", "Disabled"]) {
      it.effect(`fails at once on ${state}`, () => {
        const { layer, sent } = stub2026_04(ok(index2026_04("Initializing")), ok(index2026_04(state)))
        return Effect.gen(function*() {
          const indexes = yield* Indexes.Indexes
          const error = yield* Effect.flip(later(indexes.waitUntilReady("movies"), "250 millis"))
          assert.strictEqual(error._tag, "PineconeOperationFailed")
          assert.deepInclude(error, {
            operation: "describe_index",
            resource: "index",
            id: "movies",
            index: "movies",
            state
          })
          assert.include(error.message, state)
          assert.strictEqual(sent.length, 2)
        }).pipe(Effect.provide(layer))
      })
    }

    it.effect("ends after five minutes unless told otherwise", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const fiber = yield* Effect.fork(Effect.flip(indexes.waitUntilReady("movies", { timeout: undefined })))
        yield* TestClock.adjust("299 seconds")
        assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
        yield* TestClock.adjust("1 seconds")
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error._tag, "PineconeTimedOut")
        assert.isTrue("timeout" in error && Duration.equals(error.timeout, "5 minutes"))
        assert.include(error.message, "index \"movies\" to be ready")
      }).pipe(Effect.provide(stub2026_04(ok(index2026_04("Initializing"))).layer)))

    it.effect("takes a schedule and no limit", () => {
      const { layer, sent } = stub2026_04(ok(index2026_04("Initializing")))
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const fiber = yield* Effect.fork(
          indexes.waitUntilReady("movies", { schedule: Schedule.spaced("1 minute"), timeout: Duration.infinity })
        )
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(sent.length, 61)
        assert.isTrue((yield* Fiber.poll(fiber))._tag === "None")
        yield* Fiber.interrupt(fiber)
      }).pipe(Effect.provide(layer))
    })

    it.effect("ends with the error of a request", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.strictEqual((yield* Effect.flip(later(indexes.waitUntilReady("movies"))))._tag, "PineconeNotFound")
      }).pipe(Effect.provide(stub2026_04(ok(index2026_04("Initializing")), notFound).layer)))
  })

  describe("waitUntilGone", () => {
    it.effect("ends when there is no index any more", () => {
      const { layer, sent } = stub2026_04(ok(index2026_04("Ready")), ok(index2026_04("Terminating")), notFound)
      return Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        assert.strictEqual(yield* later(indexes.waitUntilGone("movies")), undefined)
        assert.strictEqual(sent.length, 3)
      }).pipe(Effect.provide(layer))
    })

    it.effect("ends when the time is over", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const error = yield* Effect.flip(later(indexes.waitUntilGone("movies", { timeout: "1 minute" }), "1 minute"))
        assert.strictEqual(error._tag, "PineconeTimedOut")
        assert.include(error.message, "index \"movies\" to be gone")
      }).pipe(Effect.provide(stub2026_04(ok(index2026_04("Terminating"))).layer)))
  })

  describe("the kept host", () => {
    const forgotten = (
      name: string,
      reply: ReturnType<typeof ok>,
      change: (indexes: Indexes.Service) => Effect.Effect<unknown, unknown>
    ) =>
      it.effect(`is forgotten by ${name}`, () => {
        const { layer, sent } = stub2026_04(
          ok(index2026_04("Ready", { host: "old" })),
          reply,
          ok(index2026_04("Ready", { host: "new" }))
        )
        return Effect.gen(function*() {
          const http = yield* PineconeHttpClient
          const hostOf = Effect.map(http.describeIndex("movies"), ({ host }) => host)
          assert.strictEqual(yield* hostOf, "old")
          assert.strictEqual(yield* hostOf, "old")
          assert.strictEqual(sent.length, 1)
          yield* Effect.exit(change(yield* Indexes.Indexes))
          assert.strictEqual(sent.length, 2)
          assert.strictEqual(yield* hostOf, "new")
        }).pipe(Effect.provide(layer))
      })

    forgotten("delete", accepted(), (indexes) => indexes.delete("movies"))
    forgotten("a delete that failed", notFound, (indexes) => indexes.delete("movies"))
    forgotten(
      "configure",
      accepted(index2026_04("Ready")),
      (indexes) => indexes.configure("movies", { tags: { a: "b" } })
    )
    forgotten("create", created(index2026_04("Ready")), (indexes) => indexes.create(movies))
    forgotten("waitUntilGone", notFound, (indexes) => indexes.waitUntilGone("movies"))
  })
})
