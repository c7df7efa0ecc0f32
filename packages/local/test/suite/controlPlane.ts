import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
import * as IndexSpec from "@effect-pinecone/schema/IndexSpec"
import * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Environment } from "../utils/pinecone.js"
import {
  collect,
  createIndex,
  failure,
  freshName,
  indexes2026_04,
  pods,
  podsWith,
  serverless
} from "../utils/pinecone.js"

const record = (id: string) => ({ id, values: [1, 2, 3], metadata: { id } })

/** What the control plane does, on any server. */
export const controlPlaneSuite = <E>(server: string, environment: Layer.Layer<Environment, E>) =>
  layer(environment, { excludeTestServices: true })(`control plane, ${server}`, (it) => {
    it.effect("creates a serverless index, ready at once", () =>
      Effect.gen(function*() {
        // Later versions do not choose which metadata is indexed, nor change what embeds.
        const indexes = yield* indexes2026_04
        const name = freshName()
        const created = yield* indexes.create({
          name,
          dimension: 8,
          spec: IndexSpec.serverless({
            cloud: "gcp",
            region: "europe-west4",
            schema: MetadataIndex.fields("genre"),
            readCapacity: {
              mode: "Dedicated",
              dedicated: { nodeType: "b1", scaling: "Manual", manual: { replicas: 2, shards: 1 } }
            }
          }),
          tags: { team: "search", none: "" }
        })
        assert.deepInclude(created, {
          name,
          dimension: 8,
          metric: "cosine",
          vectorType: "dense",
          deletionProtection: "disabled",
          tags: { team: "search" },
          status: { ready: true, state: "Ready" }
        })
        const { serverless } = created.spec
        assert.deepInclude(serverless, { cloud: "gcp", region: "europe-west4", schema: MetadataIndex.fields("genre") })
        assert.strictEqual(serverless?.readCapacity?.mode, "Dedicated")
        assert.deepStrictEqual(yield* indexes.describe(name), created)
        assert.deepStrictEqual((yield* indexes.list).find((index) => index.name === name), created)
        assert.isTrue(yield* indexes.exists(name))
        assert.deepStrictEqual(yield* indexes.waitUntilReady(name), created)
      }))

    it.effect("creates indexes on pods, in one's own cloud, and sparse ones", () =>
      Effect.gen(function*() {
        const pod = yield* createIndex({
          metric: "euclidean",
          spec: IndexSpec.pod({ environment: "us-east1-gcp", podType: "p1.x2", replicas: 2, shards: 3 })
        })
        assert.deepInclude(pod.spec.pod, {
          environment: "us-east1-gcp",
          podType: "p1.x2",
          replicas: 2,
          shards: 3,
          pods: 6
        })
        assert.strictEqual(pod.metric, "euclidean")
        const byoc = yield* createIndex({ spec: IndexSpec.byoc({ environment: "my-cloud" }) })
        assert.strictEqual(byoc.spec.byoc?.environment, "my-cloud")
        const sparse = yield* createIndex({ vectorType: "sparse" })
        assert.deepStrictEqual([sparse.vectorType, sparse.metric, sparse.dimension], [
          "sparse",
          "dotproduct",
          undefined
        ])
        const hosts = [pod.host, byoc.host, sparse.host]
        assert.strictEqual(new Set(hosts).size, 3)
      }))

    it.effect("creates an index for a model", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const options = (model: string, dimension?: number) => ({
          name: freshName(),
          cloud: "aws",
          region: "us-east-1",
          embed: { model, dimension, fieldMap: { text: "body" } }
        })
        const created = yield* indexes.createForModel(options("llama-text-embed-v2", 512))
        assert.deepStrictEqual([created.dimension, created.metric, created.vectorType], [512, "cosine", "dense"])
        assert.deepInclude(created.embed, { model: "llama-text-embed-v2", dimension: 512, fieldMap: { text: "body" } })
        const sparse = yield* indexes.createForModel(options("pinecone-sparse-english-v0"))
        assert.deepStrictEqual([sparse.vectorType, sparse.metric], ["sparse", "dotproduct"])
        yield* failure("PineconeNotFound")(indexes.createForModel(options("no-such-model")))
        yield* failure("PineconeInvalidRequest")(indexes.createForModel(options("multilingual-e5-large", 7)))
      }))

    it.effect("refuses a second index of one name, also where both come at once", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const { name } = yield* createIndex()
        const error = yield* failure("PineconeAlreadyExists")(createIndex({ name }))
        assert.deepStrictEqual([error.status, error.code, error.index], [409, "ALREADY_EXISTS", name])
        const contested = freshName()
        const results = yield* Effect.all(
          Array.from({ length: 5 }, () => Effect.either(createIndex({ name: contested }))),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(results.map(({ _tag }) => _tag).sort(), ["Left", "Left", "Left", "Left", "Right"])
        assert.strictEqual((yield* indexes.list).filter((index) => index.name === contested).length, 1)
      }))

    it.effect("ensures an index, and tells one that is another", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const options = { name: freshName(), dimension: 3, spec: serverless }
        const all = yield* Effect.all([indexes.ensure(options), indexes.ensure(options)], { concurrency: 2 })
        assert.strictEqual(all[0].host, all[1].host)
        const error = yield* failure("PineconeIndexMismatch")(indexes.ensure({ ...options, dimension: 4 }))
        assert.deepStrictEqual(error.differences, [{ field: "dimension", expected: "4", actual: "3" }])
      }))

    it.effect("answers 404 for an index that is not there", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const backups = yield* Backups.Backups
        const index = yield* VectorIndex.make({ name: "nobody" })
        for (
          const call of [
            indexes.describe("nobody"),
            indexes.configure("nobody", { tags: { a: "b" } }),
            indexes.delete("nobody"),
            backups.create("nobody"),
            backups.list({ indexName: "nobody" }),
            index.query({ id: "a", topK: 1 }),
            index.upsert([record("a")])
          ] as const
        ) {
          const error = yield* failure("PineconeNotFound")(call as Effect.Effect<unknown, unknown>)
          assert.deepStrictEqual([error.status, error.index, error.code], [404, "nobody", "NOT_FOUND"])
          assert.isString(error.requestId)
        }
        assert.isFalse(yield* indexes.exists("nobody"))
        const odd = yield* failure("PineconeNotFound")(indexes.describe("a/b?c"))
        assert.strictEqual(odd.index, "a/b?c")
      }))

    it.effect("merges tags, and removes those with an empty value", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const { name } = yield* createIndex({ tags: { a: "1", b: "2" } })
        const changed = yield* indexes.configure(name, { tags: { b: "", c: "3", unknown: "" } })
        assert.deepStrictEqual(changed.tags, { a: "1", c: "3" })
        assert.deepStrictEqual((yield* indexes.describe(name)).tags, { a: "1", c: "3" })
        const bare = yield* indexes.configure(name, { tags: { a: "", c: "" } })
        assert.isUndefined(bare.tags)
      }))

    it.effect("protects from deletion until told otherwise", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const { name } = yield* createIndex({ deletionProtection: "enabled" })
        const error = yield* failure("PineconeForbidden")(indexes.delete(name))
        assert.strictEqual(error.status, 403)
        assert.include(error.message, "Deletion protection is enabled")
        yield* indexes.configure(name, { tags: { a: "b" } })
        yield* failure("PineconeForbidden")(indexes.delete(name))
        yield* indexes.configure(name, { deletionProtection: "disabled" })
        yield* indexes.delete(name)
        yield* failure("PineconeNotFound")(indexes.describe(name))
        yield* indexes.waitUntilGone(name)
      }))

    it.effect("configures what belongs to the kind of the index", () =>
      Effect.gen(function*() {
        // Later versions do not choose which metadata is indexed, nor change what embeds.
        const indexes = yield* indexes2026_04
        const pod = yield* createIndex({ spec: pods })
        const scaled = yield* indexes.configure(pod.name, { spec: { pod: { replicas: 3, podType: "p1.x2" } } })
        assert.deepInclude(scaled.spec.pod, { replicas: 3, podType: "p1.x2", pods: 3, environment: "us-east1-gcp" })
        const sharded = yield* createIndex({ spec: podsWith({ shards: 2 }) })
        assert.deepInclude(
          (yield* indexes.configure(sharded.name, { spec: { pod: { replicas: 3 } } })).spec.pod,
          { replicas: 3, shards: 2, pods: 6 }
        )
        const cloud = yield* createIndex()
        const dedicated = yield* indexes.configure(cloud.name, {
          spec: {
            serverless: {
              readCapacity: {
                mode: "Dedicated",
                dedicated: { nodeType: "t1", scaling: "Manual", manual: { replicas: 1, shards: 1 } }
              }
            }
          }
        })
        assert.strictEqual(dedicated.spec.serverless?.readCapacity?.mode, "Dedicated")
        const onDemand = yield* indexes.configure(cloud.name, {
          spec: { serverless: { readCapacity: { mode: "OnDemand" } } }
        })
        assert.strictEqual(onDemand.spec.serverless?.readCapacity?.mode, "OnDemand")
        const wrong = yield* failure("PineconeInvalidRequest")(
          indexes.configure(cloud.name, { spec: { pod: { replicas: 2 } } })
        )
        assert.strictEqual(wrong.status, 400)
        const embed = yield* createIndex({ dimension: 1024 })
        const embedded = yield* indexes.configure(embed.name, {
          embed: { model: "multilingual-e5-large", fieldMap: { text: "body" } }
        })
        assert.strictEqual(embedded.embed?.model, "multilingual-e5-large")
        // One parameter more leaves those that are there.
        yield* indexes.configure(embed.name, { embed: { readParameters: { truncate: "NONE" } } })
        const tuned = yield* indexes.configure(embed.name, {
          embed: { readParameters: { input_type: "query" }, writeParameters: { truncate: "END" } }
        })
        assert.deepStrictEqual(tuned.embed?.readParameters, { truncate: "NONE", input_type: "query" })
        assert.deepStrictEqual(tuned.embed?.writeParameters, { truncate: "END" })
        assert.deepStrictEqual(tuned.embed?.fieldMap, { text: "body" })
        assert.isUndefined((yield* indexes.describe(cloud.name)).embed)
      }))

    it.effect("deletes an index with its records; one of that name is another", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const first = yield* createIndex()
        const index = yield* VectorIndex.make({ name: first.name })
        yield* index.upsert([record("a")])
        yield* indexes.delete(first.name)
        const gone = yield* Effect.flip(index.query({ id: "a", topK: 1 }))
        assert.include(["PineconeNotFound", "PineconeTransportError"], gone._tag)
        yield* createIndex({ name: first.name, dimension: 2 })
        assert.strictEqual((yield* index.describeIndexStats()).totalVectorCount, 0)
        yield* index.upsert([{ id: "b", values: [1, 2] }])
        assert.deepStrictEqual((yield* index.list()).ids, ["b"])
      }))

    it.effect("copies an index on pods into a collection, and a collection into an index", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const collections = yield* Collections.Collections
        const source = yield* createIndex({ spec: pods, metric: "dotproduct" })
        const index = yield* VectorIndex.make({ name: source.name })
        yield* index.upsert([record("a"), record("b")])
        yield* index.upsert([record("c")], { namespace: "other" })
        const name = freshName("collection")
        const created = yield* collections.create({ name, source: source.name })
        assert.deepInclude(created, {
          name,
          status: "Ready",
          dimension: 3,
          vectorCount: 3,
          environment: "us-east1-gcp"
        })
        assert.isAbove(created.size!, 0)
        assert.deepStrictEqual(yield* collections.waitUntilReady(name), created)
        assert.deepStrictEqual((yield* collections.list).find((collection) => collection.name === name), created)
        yield* failure("PineconeAlreadyExists")(collections.create({ name, source: source.name }))
        yield* index.delete({ deleteAll: true })
        const copy = yield* createIndex({
          metric: "cosine",
          spec: IndexSpec.pod({ environment: "us-east1-gcp", podType: "s1.x1", sourceCollection: name })
        })
        const copied = yield* VectorIndex.make({ name: copy.name })
        assert.deepStrictEqual((yield* copied.describeIndexStats()).namespaces, {
          "": { vectorCount: 2 },
          other: { vectorCount: 1 }
        })
        assert.deepStrictEqual((yield* copied.fetch(["a"])).records.get("a")?.metadata, { id: "a" })
        const onCloud = yield* createIndex({
          spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1", sourceCollection: name })
        })
        const moved = yield* VectorIndex.make({ name: onCloud.name })
        assert.strictEqual((yield* moved.describeIndexStats()).totalVectorCount, 3)
        yield* failure("PineconeInvalidRequest")(createIndex({
          dimension: 4,
          spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1", sourceCollection: name })
        }))
        yield* failure("PineconeNotFound")(createIndex({
          spec: IndexSpec.serverless({ cloud: "aws", region: "us-east-1", sourceCollection: "nobody" })
        }))
        yield* collections.delete(name)
        yield* failure("PineconeNotFound")(collections.describe(name))
        yield* failure("PineconeNotFound")(collections.delete(name))
        assert.strictEqual((yield* copied.describeIndexStats()).totalVectorCount, 3)
        const cloud = yield* createIndex()
        yield* failure("PineconeInvalidRequest")(
          collections.create({ name: freshName("collection"), source: cloud.name })
        )
        assert.isTrue(yield* indexes.exists(copy.name))
      }))

    it.effect("backs up an index, and restores it as it was", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const backups = yield* Backups.Backups
        const jobs = yield* RestoreJobs.RestoreJobs
        const source = yield* createIndex({ metric: "euclidean", tags: { team: "a" } })
        const index = yield* VectorIndex.make({ name: source.name })
        yield* index.upsert([record("a"), record("b")])
        yield* index.createNamespace("films", { schema: MetadataIndex.fields("genre") })
        const backup = yield* backups.create(source.name, { name: "nightly", description: "every night" })
        assert.deepInclude(backup, {
          sourceIndexName: source.name,
          name: "nightly",
          description: "every night",
          status: "Ready",
          cloud: "aws",
          region: "us-east-1",
          dimension: 3,
          metric: "euclidean",
          recordCount: 2,
          namespaceCount: 2,
          tags: { team: "a" }
        })
        assert.deepStrictEqual(yield* backups.waitUntilReady(backup.backupId), backup)
        yield* index.delete({ deleteAll: true })
        yield* indexes.delete(source.name)

        const name = freshName("restored")
        const { indexId, restoreJobId } = yield* indexes.createFromBackup({
          backupId: backup.backupId,
          name,
          tags: { team: "b" },
          deletionProtection: "enabled"
        })
        const job = yield* jobs.waitUntilCompleted(restoreJobId)
        assert.deepInclude(job, {
          restoreJobId,
          backupId: backup.backupId,
          targetIndexName: name,
          targetIndexId: indexId,
          status: "Completed",
          percentComplete: 100
        })
        assert.deepStrictEqual(yield* collect(jobs.progress(restoreJobId)), [job])
        assert.isTrue(
          (yield* collect(jobs.listStream({ limit: 1 }))).some((other) => other.restoreJobId === restoreJobId)
        )
        const restored = yield* indexes.waitUntilReady(name)
        assert.deepInclude(restored, {
          dimension: 3,
          metric: "euclidean",
          tags: { team: "b" },
          deletionProtection: "enabled"
        })
        const again = yield* VectorIndex.make({ name })
        assert.deepStrictEqual((yield* again.list()).ids, ["a", "b"])
        assert.deepStrictEqual((yield* again.fetch(["a"])).records.get("a")?.metadata, { id: "a" })
        assert.deepStrictEqual((yield* again.describeNamespace("films")).schema, MetadataIndex.fields("genre"))
        yield* again.upsert([record("c")])
        assert.strictEqual((yield* backups.describe(backup.backupId)).recordCount, 2)
        yield* failure("PineconeAlreadyExists")(indexes.createFromBackup({ backupId: backup.backupId, name }))
        yield* failure("PineconeNotFound")(indexes.createFromBackup({ backupId: "nothing", name: freshName() }))
        yield* failure("PineconeNotFound")(jobs.describe("nothing"))
      }))

    it.effect("restores with the tags of the backup and without its protection, unless told otherwise", () =>
      Effect.gen(function*() {
        const indexes = yield* Indexes.Indexes
        const backups = yield* Backups.Backups
        const source = yield* createIndex({ tags: { team: "a" }, deletionProtection: "enabled" })
        const { backupId } = yield* backups.create(source.name)
        const name = freshName("restored")
        yield* indexes.createFromBackup({ backupId, name })
        const restored = yield* indexes.describe(name)
        assert.deepStrictEqual([restored.tags, restored.deletionProtection], [{ team: "a" }, "disabled"])
        yield* indexes.delete(name)
        // An index of that name made later has no backup of the one before.
        yield* indexes.create({ name, dimension: 3, spec: serverless })
        assert.deepStrictEqual((yield* backups.list({ indexName: name })).backups, [])
        yield* backups.create(name)
        yield* indexes.delete(name)
        yield* indexes.create({ name, dimension: 3, spec: serverless })
        assert.deepStrictEqual((yield* backups.list({ indexName: name })).backups, [])
      }))

    it.effect("lists backups of an index and of the project, the newest first, page by page", () =>
      Effect.gen(function*() {
        const backups = yield* Backups.Backups
        const one = yield* createIndex()
        const two = yield* createIndex()
        assert.deepStrictEqual((yield* backups.list({ indexName: one.name })).backups, [])
        const made = yield* Effect.forEach([1, 2, 3, 4], () => backups.create(one.name))
        const other = yield* backups.create(two.name)
        const newest = made.map(({ backupId }) => backupId).reverse()
        const idsOf = (all: ReadonlyArray<{ readonly backupId: string }>) => all.map(({ backupId }) => backupId)
        const first = yield* backups.list({ indexName: one.name, limit: 3 })
        assert.deepStrictEqual(idsOf(first.backups), newest.slice(0, 3))
        const second = yield* backups.list({ indexName: one.name, limit: 3, paginationToken: first.next })
        assert.deepStrictEqual([idsOf(second.backups), second.next], [newest.slice(3), undefined])
        assert.deepStrictEqual(idsOf(yield* collect(backups.listStream({ indexName: one.name, limit: 1 }))), newest)
        const project = idsOf(yield* collect(backups.listStream({ limit: 2 })))
        assert.deepStrictEqual(project.slice(0, 5), [other.backupId, ...newest])
        assert.deepStrictEqual(idsOf((yield* backups.list({ limit: 1 })).backups), [other.backupId])

        yield* backups.delete(newest[2]!)
        const after = yield* backups.list({ indexName: one.name, limit: 3, paginationToken: first.next })
        assert.deepStrictEqual(idsOf(after.backups), newest.slice(3), "the entry of the token may be gone")
        yield* failure("PineconeNotFound")(backups.describe(newest[2]!))
        yield* failure("PineconeNotFound")(backups.delete(newest[2]!))
        const pod = yield* createIndex({ spec: pods })
        yield* failure("PineconeInvalidRequest")(backups.create(pod.name))
      }))
  })
