import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as Deployment from "@effect-pinecone/schema/Deployment"
import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as ReadCapacity from "@effect-pinecone/schema/ReadCapacity"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { accepted, backup, created, index, index2026_04, notFound, ok, stub, stub2026_04 } from "./utils/stub.js"

const nodes = ReadCapacity.dedicated({ nodeType: "b1", replicas: 2 })
const nodesOnTheWire = {
  mode: "Dedicated",
  dedicated: { node_type: "b1", scaling: "Manual", manual: { replicas: 2, shards: 1 } }
}

const embedding = {
  schema: {
    fields: {
      plot: {
        type: "semantic_text",
        model: "multilingual-e5-large",
        dimension: 1024,
        metric: "cosine",
        read_parameters: { truncate: "END" }
      }
    }
  }
}

const articles = IndexSchema.make({
  title: IndexSchema.text({ language: "en", stemming: true, description: "what it is called" }),
  code: IndexSchema.text({ ngram: { minGram: 2, maxGram: 3 } }),
  body: IndexSchema.embeddedText({ embed: { dimension: 512 }, sparseEmbed: {}, storeText: false })
})

const articlesOnTheWire = {
  fields: {
    title: {
      type: "string",
      description: "what it is called",
      full_text_search: { language: "en", stemming: true }
    },
    code: { type: "string", full_text_search: { ngram: { min_gram: 2, max_gram: 3 } } },
    body: { type: "string", embed: { dimension: 512 }, sparse_embed: {}, store_text: false }
  }
}

/** What the server makes of these fields. */
const articlesResolved = {
  fields: {
    title: {
      type: "string",
      description: "what it is called",
      full_text_search: { language: "en", stemming: true, stop_words: false }
    },
    code: {
      type: "string",
      description: null,
      full_text_search: {
        language: "en",
        stemming: false,
        stop_words: false,
        ngram: { min_gram: 2, max_gram: 3, prefix_only: false }
      }
    },
    body: {
      type: "string",
      description: null,
      embed: { model: "llama-text-embed-v2", dimension: 512, metric: "cosine" },
      sparse_embed: { model: "pinecone-sparse-english-v0" },
      store_text: false
    }
  }
}

describe("2026-07 on the wire", () => {
  const sends = (
    what: string,
    options: IndexModel.CreateIndexRequest,
    wire: Readonly<Record<string, unknown>>
  ) =>
    it.effect(`create: ${what}`, () => {
      const { layer, sent } = stub(created(index("Initializing")))
      return Effect.gen(function*() {
        yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.create(options))
        assert.strictEqual(sent[0]?.headers["x-pinecone-api-version"], "2026-07")
        assert.deepStrictEqual(sent.map(({ body, method, path }) => [method, path, body]), [["POST", "/indexes", wire]])
      }).pipe(Effect.provide(layer))
    })

  sends("dense vectors are a field of their own", { name: "movies", dimension: 3, metric: "dotproduct" }, {
    name: "movies",
    schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "dotproduct" } } }
  })
  sends("the metric is cosine unless set", { name: "movies", dimension: 3 }, {
    name: "movies",
    schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } }
  })
  sends("sparse vectors", { name: "movies", vectorType: "sparse" }, {
    name: "movies",
    schema: { fields: { _sparse_values: { type: "sparse_vector" } } }
  })
  sends("documents, and no name", { schema: articles }, { schema: articlesOnTheWire })
  sends(
    "a field that a document may be without is as any other",
    {
      name: "a",
      schema: IndexSchema.make({ vector: IndexSchema.optional(IndexSchema.denseVector({ dimension: 2 })) })
    },
    { name: "a", schema: { fields: { vector: { type: "dense_vector", dimension: 2, metric: "cosine" } } } }
  )
  sends(
    "everything beside",
    {
      name: "movies",
      dimension: 3,
      deployment: Deployment.byoc({ environment: "ours" }),
      readCapacity: nodes,
      cmekId: "key-1",
      tags: { team: "search" },
      deletionProtection: "enabled"
    },
    {
      name: "movies",
      schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } },
      deployment: { deployment_type: "byoc", environment: "ours" },
      read_capacity: nodesOnTheWire,
      cmek_id: "key-1",
      tags: { team: "search" },
      deletion_protection: "enabled"
    }
  )
  sends(
    "a spec is a deployment and a read capacity",
    {
      name: "movies",
      dimension: 3,
      spec: IndexSpec.serverless({ cloud: "gcp", region: "europe-west4", readCapacity: nodes })
    },
    {
      name: "movies",
      schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } },
      deployment: { deployment_type: "managed", cloud: "gcp", region: "europe-west4" },
      read_capacity: nodesOnTheWire
    }
  )

  it.effect("describe tells of an index in the words of both versions", () => {
    const { layer } = stub(ok(index("Ready", { read_capacity: { ...nodesOnTheWire, status: { state: "Ready" } } })))
    return Effect.gen(function*() {
      const model = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe("movies"))
      assert.deepInclude(model, { dimension: 384, metric: "cosine", vectorType: "dense" })
      assert.strictEqual(model.spec.serverless?.region, "us-east-1")
      assert.strictEqual(model.spec.serverless?.readCapacity?.mode, "Dedicated")
      assert.deepStrictEqual(model.deployment, {
        deploymentType: "managed",
        cloud: "aws",
        region: "us-east-1",
        environment: "aped-4627-b74a"
      })
      assert.deepStrictEqual(Object.keys(model.schema.fields), ["_values", "_sparse_values"])
      assert.notProperty(model, "tags")
    }).pipe(Effect.provide(layer))
  })

  it.effect("both versions tell the same of the same index", () => {
    const read = (layer: ReturnType<typeof stub>["layer"]) =>
      Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe("movies")).pipe(Effect.provide(layer))
    return Effect.gen(function*() {
      const now = yield* read(stub(ok(index("Ready"))).layer)
      const before = yield* read(stub2026_04(ok(index2026_04("Ready"))).layer)
      for (
        const key of ["name", "dimension", "metric", "vectorType", "schema", "status", "host", "readCapacity"] as const
      ) {
        assert.deepStrictEqual<unknown>(now[key], before[key], key)
      }
      assert.deepInclude(now.deployment, before.deployment ?? {})
    })
  })

  it.effect("an index of documents, of an embedding and on pods", () => {
    const { layer } = stub(
      ok(index("Ready", { schema: articlesResolved })),
      ok(index("Ready", embedding)),
      ok(index("Ready", {
        deployment: { deployment_type: "pod", environment: "e", pod_type: "p1.x1", replicas: 2, shards: 1 },
        schema: {
          fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" }, genre: { filterable: true } }
        }
      }))
    )
    return Effect.gen(function*() {
      const { describe } = yield* Indexes.Indexes
      const documents = yield* describe("a")
      assert.deepInclude(documents, { dimension: 512, metric: "cosine", vectorType: "dense" })
      assert.deepStrictEqual<unknown>(documents.schema.fields["code"], {
        type: "string",
        fullTextSearch: {
          language: "en",
          stemming: false,
          stopWords: false,
          ngram: { minGram: 2, maxGram: 3, prefixOnly: false }
        }
      })
      const embedded = yield* describe("b")
      assert.deepInclude(embedded.embed, {
        model: "multilingual-e5-large",
        dimension: 1024,
        fieldMap: { text: "plot" }
      })
      assert.strictEqual(embedded.dimension, 1024)
      const pods = yield* describe("c")
      assert.deepInclude(pods.spec.pod, { environment: "e", podType: "p1.x1", pods: 2 })
      assert.deepStrictEqual(pods.spec.pod?.metadataConfig, { indexed: ["genre"] })
    }).pipe(Effect.provide(layer))
  })

  it.effect("createForModel", () => {
    const { layer, sent } = stub(created(index("Initializing", embedding)))
    return Effect.gen(function*() {
      const model = yield* Effect.flatMap(Indexes.Indexes, (indexes) =>
        indexes.createForModel({
          name: "movies",
          cloud: "aws",
          region: "us-east-1",
          embed: { model: "multilingual-e5-large", fieldMap: { text: "plot" } },
          readCapacity: nodes
        }))
      assert.deepStrictEqual(sent[0]?.body, {
        name: "movies",
        cloud: "aws",
        region: "us-east-1",
        embed: { model: "multilingual-e5-large", field_map: { text: "plot" } },
        read_capacity: nodesOnTheWire
      })
      assert.strictEqual(model.embed?.model, "multilingual-e5-large")
    }).pipe(Effect.provide(layer))
  })

  it.effect("configure", () => {
    const { layer, sent } = stub(ok(index("Ready")))
    return Effect.gen(function*() {
      const { configure } = yield* Indexes.Indexes
      yield* configure("movies", { readCapacity: nodes, tags: { old: "" }, deletionProtection: "disabled" })
      yield* configure("movies", { spec: { serverless: { readCapacity: ReadCapacity.onDemand } } })
      yield* configure("movies", { deployment: { replicas: 2, podType: "p1.x2" } })
      yield* configure("movies", { spec: { pod: { replicas: 3 } } })
      assert.deepStrictEqual(sent.map(({ body, method, path }) => [method, path, body]), [
        ["PATCH", "/indexes/movies", {
          read_capacity: nodesOnTheWire,
          tags: { old: "" },
          deletion_protection: "disabled"
        }],
        ["PATCH", "/indexes/movies", { read_capacity: { mode: "OnDemand" } }],
        ["PATCH", "/indexes/movies", { deployment: { replicas: 2, pod_type: "p1.x2" } }],
        ["PATCH", "/indexes/movies", { deployment: { replicas: 3 } }]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("configure of an embedding looks up the field of the text, and names it", () => {
    const { layer, sent } = stub(ok(index("Ready", embedding)))
    const change = { readParameters: { truncate: "NONE" } }
    return Effect.gen(function*() {
      const { configure } = yield* Indexes.Indexes
      yield* configure("movies", { embed: change })
      yield* configure("movies", { embed: { ...change, fieldMap: { text: "plot" } } })
      const wire = { schema: { fields: { plot: { type: "semantic_text", read_parameters: { truncate: "NONE" } } } } }
      assert.deepStrictEqual(sent.map(({ body, method }) => [method, body]), [
        ["GET", undefined],
        ["PATCH", wire],
        ["GET", undefined],
        ["PATCH", wire]
      ])
      const error = yield* Effect.flip(configure("movies", { embed: { ...change, fieldMap: { text: "title" } } }))
      assert(error instanceof PineconeError.InvalidRequest)
      assert.deepInclude(error, { field: "embed.fieldMap", operation: "configure_index", index: "movies" })
      assert.match(error.message, /field of the text is "plot".*2026-04 or earlier.*speaks 2026-07/)
      assert.strictEqual(sent.length, 5)
    }).pipe(Effect.provide(layer))
  })

  it.effect("configure of an embedding that is not there is refused", () => {
    const { layer, sent } = stub(ok(index("Ready")))
    return Effect.gen(function*() {
      const { configure } = yield* Indexes.Indexes
      const error = yield* Effect.flip(configure("movies", { embed: { model: "multilingual-e5-large" } }))
      assert(error instanceof PineconeError.InvalidRequest)
      assert.strictEqual(error.field, "embed")
      assert.deepStrictEqual(sent.map(({ method }) => method), ["GET"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("backups, and an index made of one", () => {
    const { layer, sent } = stub(
      ok(
        backup("Ready", { schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } } })
      ),
      accepted({ restore_job_id: "j1", index_id: "i2" })
    )
    return Effect.gen(function*() {
      const { create } = yield* Backups.Backups
      const made = yield* create("movies", { name: "nightly" })
      assert.deepInclude(made, { backupId: "b1", dimension: 3, metric: "cosine" })
      const { createFromBackup } = yield* Indexes.Indexes
      yield* createFromBackup({ backupId: "b1", name: "restored", readCapacity: nodes })
      assert.deepStrictEqual(sent[1]?.body, { name: "restored", read_capacity: nodesOnTheWire })
    }).pipe(Effect.provide(layer))
  })
})

describe("ensure, of an index of documents", () => {
  const wanted: Indexes.NamedIndex = { name: "articles", schema: articles }
  const ensured = (resolved: unknown) => {
    const { layer } = stub(ok(index("Ready", { schema: resolved })))
    return Effect.flatMap(Indexes.Indexes, (indexes) => indexes.ensure(wanted)).pipe(Effect.provide(layer))
  }

  it.effect("takes one with these fields, whatever the defaults that the service filled in", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* ensured(articlesResolved)).status.state, "Ready")
    }))

  it.effect("creates one that is not there", () => {
    const { layer, sent } = stub(notFound, created(index("Ready", { schema: articlesResolved })))
    return Effect.gen(function*() {
      yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.ensure(wanted))
      assert.deepStrictEqual(sent[1]?.body, { name: "articles", schema: articlesOnTheWire })
    }).pipe(Effect.provide(layer))
  })

  it.effect("fails for one with other fields, and names each difference", () =>
    Effect.gen(function*() {
      const { fields } = articlesResolved
      const error = yield* Effect.flip(ensured({
        fields: {
          title: { ...fields.title, full_text_search: { ...fields.title.full_text_search, language: "de" } },
          body: { ...fields.body, embed: { ...fields.body.embed, dimension: 1024 } }
        }
      }))
      assert(error instanceof PineconeError.IndexMismatch, String(error))
      assert.deepInclude(error.differences, {
        field: "schema.fields.title.fullTextSearch.language",
        expected: "en",
        actual: "de"
      })
      assert.deepInclude(error.differences, { field: "schema.fields.code", expected: "string", actual: "none" })
      assert.deepInclude(error.differences, {
        field: "schema.fields.body.embed.dimension",
        expected: "512",
        actual: "1024"
      })
    }))
})

describe("what a version does not have is refused before it is sent", () => {
  const now = stub(ok({}))
  const before = stub2026_04(ok({}))
  const speaks = (version: string) => new RegExp(`this client speaks ${version}: set its apiVersion$`)

  const refused = (
    { layer, sent }: ReturnType<typeof stub>,
    version: string,
    has: string,
    field: string,
    call: (indexes: Indexes.Service) => Effect.Effect<unknown, unknown>
  ) =>
    it.effect(`${version}: ${field}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Effect.flatMap(Indexes.Indexes, call))
        assert(error instanceof PineconeError.InvalidRequest, String(error))
        assert.deepInclude(error, { field, attempts: 0 })
        assert.include(error.message, has)
        assert.match(error.message, speaks(version))
        assert.strictEqual(sent.length, 0)
      }).pipe(Effect.provide(layer)))

  const base = { name: "movies", dimension: 3 }
  const place = { cloud: "aws", region: "us-east-1" } as const
  const later = "API version 2026-07"
  const earlier = "API version 2026-04 or earlier"

  refused(before, "2026-04", later, "schema", (indexes) => indexes.create({ name: "articles", schema: articles }))
  refused(before, "2026-04", later, "schema", (indexes) => indexes.ensure({ name: "articles", schema: articles }))
  refused(before, "2026-04", later, "cmekId", (indexes) => indexes.create({ ...base, cmekId: "key-1" }))
  refused(before, "2026-04", later, "name", (indexes) => indexes.create({ dimension: 3 }))
  refused(
    before,
    "2026-04",
    later,
    "readCapacity",
    (indexes) => indexes.createFromBackup({ name: "restored", backupId: "b1", readCapacity: nodes })
  )

  refused(
    now,
    "2026-07",
    earlier,
    "spec.pod",
    (indexes) => indexes.create({ ...base, spec: IndexSpec.pod({ environment: "e", podType: "p1.x1" }) })
  )
  refused(
    now,
    "2026-07",
    earlier,
    "spec.serverless.schema",
    (indexes) =>
      indexes.create({ ...base, spec: IndexSpec.serverless({ ...place, schema: MetadataIndex.fields("genre") }) })
  )
  refused(
    now,
    "2026-07",
    earlier,
    "spec.serverless.sourceCollection",
    (indexes) => indexes.ensure({ ...base, spec: IndexSpec.serverless({ ...place, sourceCollection: "copy" }) })
  )
})
