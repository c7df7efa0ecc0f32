import * as NodeContext from "@effect/platform-node/NodeContext"
import { afterAll, assert, beforeAll, describe, expect, it, vi } from "@effect/vitest"
import { Errors, Pinecone } from "@pinecone-database/pinecone"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { freshName } from "./utils/pinecone.js"
import type { WriteRecord } from "./utils/writeParquet.js"
import { writeParquet } from "./utils/writeParquet.js"

const apiKey = "a-key-of-the-server"

const runtime = ManagedRuntime.make(
  PineconeLocal.layerServer({ port: 0, importRoot: "/", apiKeys: [Redacted.make(apiKey)] })
)

/** The statuses that were answered, in order. */
const statuses: Array<number> = []

const recordingFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, init)
  statuses.push(response.status)
  return response
}

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "official-client-"))

let url = ""
let pinecone: Pinecone

const clientWith = (key: string) =>
  // Without this every status from 500 on is tried again, after waits.
  new Pinecone({ apiKey: key, controllerHostUrl: url, maxRetries: 0, fetchApi: recordingFetch })

beforeAll(async () => {
  url = (await runtime.runPromise(PineconeLocal.PineconeLocal)).url
  pinecone = clientWith(apiKey)
})

afterAll(async () => {
  await runtime.dispose()
  Fs.rmSync(folder, { recursive: true, force: true })
})

const serverless = { serverless: { cloud: "aws", region: "us-east-1" } }

const pods = { pod: { environment: "us-east1-gcp", podType: "p1.x1" } }

/** Creates an index of three dimensions on pods or serverless, and gives the client's view of it. */
const freshIndex = async (
  options: { readonly metric?: string; readonly spec?: typeof serverless | typeof pods } = {}
) => {
  const name = freshName("official")
  await pinecone.createIndex({
    name,
    dimension: 3,
    metric: options.metric ?? "cosine",
    spec: options.spec ?? serverless,
    waitUntilReady: true
  })
  return { name, index: pinecone.index({ name }) }
}

/** What a promise is rejected with, which must be of the class. */
const rejection = async <E extends Error>(
  promise: Promise<unknown>,
  expected: new(...args: ReadonlyArray<never>) => E
): Promise<E> => {
  const error: unknown = await promise.then(
    () => assert.fail(`${expected.name} was expected, and it succeeded`),
    (error: unknown) => error
  )
  expect(error).toBeInstanceOf(expected)
  return error as E
}

const films = [
  { id: "a1", values: [0.4, 0.1, 0], metadata: { genre: "comedy", year: 1999, tags: ["old", "short"], seen: true } },
  { id: "a2", values: [0.1, 0.4, 0], metadata: { genre: "drama", year: 2010 } },
  { id: "b1", values: [0, 0, 0.4], metadata: { genre: "comedy", year: 2020 } }
]

describe("the official client over HTTP", () => {
  describe("indexes", () => {
    it("createIndex serverless with all options, and describeIndex says the same", async () => {
      const name = freshName("official")
      const created = await pinecone.createIndex({
        name,
        dimension: 3,
        metric: "euclidean",
        deletionProtection: "disabled",
        tags: { team: "search" },
        spec: {
          serverless: {
            cloud: "gcp",
            region: "us-central1",
            schema: { fields: { genre: { filterable: true } } },
            readCapacity: { mode: "Dedicated", nodeType: "b1", manual: { replicas: 2, shards: 1 } }
          }
        }
      })
      const described = await pinecone.describeIndex(name)
      expect(described).toEqual(created)
      expect(described).toMatchObject({
        name,
        dimension: 3,
        metric: "euclidean",
        vectorType: "dense",
        deletionProtection: "disabled",
        tags: { team: "search" },
        status: { ready: true, state: "Ready" },
        spec: {
          serverless: {
            cloud: "gcp",
            region: "us-central1",
            schema: { fields: { genre: { filterable: true } } },
            readCapacity: { mode: "Dedicated", dedicated: { nodeType: "b1", manual: { replicas: 2, shards: 1 } } }
          }
        }
      })
      expect(described.host).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    })

    it("createIndex on pods", async () => {
      const name = freshName("official")
      const created = await pinecone.createIndex({
        name,
        dimension: 3,
        metric: "cosine",
        spec: { pod: { environment: "us-east1-gcp", podType: "p1.x1", replicas: 2, shards: 2, pods: 4 } },
        waitUntilReady: true
      })
      expect(created).toMatchObject({
        name,
        spec: { pod: { environment: "us-east1-gcp", podType: "p1.x1", replicas: 2, shards: 2, pods: 4 } }
      })
    })

    it("createIndex in one's own cloud", async () => {
      const name = freshName("official")
      await pinecone.createIndex({ name, dimension: 3, spec: { byoc: { environment: "aws-us-east-1-b92" } } })
      expect(await pinecone.describeIndex(name)).toMatchObject({
        name,
        spec: { byoc: { environment: "aws-us-east-1-b92", readCapacity: { mode: "OnDemand" } } }
      })
    })

    it("createIndex of sparse vectors", async () => {
      const name = freshName("official")
      await pinecone.createIndex({ name, vectorType: "sparse", spec: serverless, waitUntilReady: true })
      const described = await pinecone.describeIndex(name)
      expect(described).toMatchObject({ vectorType: "sparse", metric: "dotproduct" })
      expect(described.dimension).toBeUndefined()
    })

    it("createIndex of a name that is taken", async () => {
      const { name } = await freshIndex()
      const again = { name, dimension: 3, spec: serverless }
      await rejection(pinecone.createIndex(again), Errors.PineconeConflictError)
      expect(await pinecone.createIndex({ ...again, suppressConflicts: true })).toBeUndefined()
    })

    it("createIndexForModel", async () => {
      const name = freshName("official")
      await pinecone.createIndexForModel({
        name,
        cloud: "aws",
        region: "us-east-1",
        embed: { model: "multilingual-e5-large", fieldMap: { text: "plot" } },
        waitUntilReady: true
      })
      expect(await pinecone.describeIndex(name)).toMatchObject({
        dimension: 1024,
        metric: "cosine",
        embed: { model: "multilingual-e5-large", fieldMap: { text: "plot" }, dimension: 1024 }
      })
    })

    it("listIndexes and deleteIndex", async () => {
      const { name } = await freshIndex()
      const names = async () => (await pinecone.listIndexes()).indexes?.map((index) => index.name)
      expect(await names()).toContain(name)
      await pinecone.deleteIndex(name)
      expect(await names()).not.toContain(name)
      await rejection(pinecone.describeIndex(name), Errors.PineconeNotFoundError)
    })

    it("configureIndex merges tags, and an empty one is removed", async () => {
      const { name } = await freshIndex()
      await pinecone.configureIndex({ name, tags: { team: "search", stage: "test" } })
      const configured = await pinecone.configureIndex({ name, tags: { stage: "", owner: "me" } })
      expect(configured.tags).toEqual({ team: "search", owner: "me" })
      expect((await pinecone.describeIndex(name)).tags).toEqual({ team: "search", owner: "me" })
    })

    it("configureIndex protects an index from deletion", async () => {
      const { name } = await freshIndex()
      await pinecone.configureIndex({ name, deletionProtection: "enabled" })
      const refused = await rejection(pinecone.deleteIndex(name), Errors.PineconeBadRequestError)
      expect(refused.message).toContain("Deletion protection")
      expect(statuses.at(-1)).toBe(403)
      await pinecone.configureIndex({ name, deletionProtection: "disabled" })
      await pinecone.deleteIndex(name)
      await rejection(pinecone.describeIndex(name), Errors.PineconeNotFoundError)
    })

    it("configureIndex sets the replicas of pods and the read capacity of serverless", async () => {
      const { name: onPods } = await freshIndex({ spec: pods })
      await pinecone.configureIndex({ name: onPods, podReplicas: 3, podType: "p1.x2" })
      expect(await pinecone.describeIndex(onPods)).toMatchObject({
        spec: { pod: { replicas: 3, podType: "p1.x2", pods: 3 } }
      })
      const { name } = await freshIndex()
      await pinecone.configureIndex({
        name,
        readCapacity: { mode: "Dedicated", nodeType: "t1", manual: { replicas: 1, shards: 2 } }
      })
      expect(await pinecone.describeIndex(name)).toMatchObject({
        spec: {
          serverless: { readCapacity: { mode: "Dedicated", dedicated: { nodeType: "t1", manual: { shards: 2 } } } }
        }
      })
    })
  })

  describe("collections", () => {
    it("create, describe, list, an index of one, delete", async () => {
      const { index, name: source } = await freshIndex({ spec: pods })
      await index.upsert({ records: films })
      const name = freshName("collection")
      expect(await pinecone.createCollection({ name, source })).toMatchObject({ name, environment: "us-east1-gcp" })
      expect(await pinecone.describeCollection(name)).toMatchObject({
        name,
        status: "Ready",
        dimension: 3,
        vectorCount: 3,
        environment: "us-east1-gcp"
      })
      expect((await pinecone.listCollections()).collections?.map((one) => one.name)).toContain(name)

      const copy = freshName("official")
      await pinecone.createIndex({
        name: copy,
        dimension: 3,
        metric: "cosine",
        spec: { pod: { ...pods.pod, sourceCollection: name } },
        waitUntilReady: true
      })
      expect(Object.keys((await pinecone.index({ name: copy }).fetch({ ids: ["a1", "a2", "b1"] })).records).sort())
        .toEqual(["a1", "a2", "b1"])

      await pinecone.deleteCollection(name)
      await rejection(pinecone.describeCollection(name), Errors.PineconeNotFoundError)
      expect((await pinecone.listCollections()).collections?.map((one) => one.name) ?? []).not.toContain(name)
    })

    it("only indexes on pods have collections", async () => {
      const { name: source } = await freshIndex()
      await rejection(
        pinecone.createCollection({ name: freshName("collection"), source }),
        Errors.PineconeBadRequestError
      )
    })
  })

  describe("backups", () => {
    it("create, list by index and by project, describe, delete", async () => {
      const { index, name: indexName } = await freshIndex()
      const { name: other } = await freshIndex()
      await index.upsert({ records: films })
      const backup = await pinecone.createBackup({ indexName, name: "monday", description: "before the change" })
      const elsewhere = await pinecone.createBackup({ indexName: other })
      expect(await pinecone.describeBackup(backup.backupId)).toEqual(backup)
      expect(backup).toMatchObject({
        sourceIndexName: indexName,
        name: "monday",
        description: "before the change",
        status: "Ready",
        cloud: "aws",
        region: "us-east-1",
        dimension: 3,
        metric: "cosine",
        recordCount: 3,
        namespaceCount: 1
      })
      const ids = (list: { readonly data?: ReadonlyArray<{ readonly backupId: string }> }) =>
        list.data?.map(({ backupId }) => backupId)
      expect(ids(await pinecone.listBackups({ indexName }))).toEqual([backup.backupId])
      const first = await pinecone.listBackups({ limit: 1 })
      const second = await pinecone.listBackups({ limit: 1, paginationToken: first.pagination?.next ?? "" })
      expect([...ids(first) ?? [], ...ids(second) ?? []].sort()).toEqual([backup.backupId, elsewhere.backupId].sort())
      expect(second.pagination).toBeUndefined()

      await pinecone.deleteBackup(backup.backupId)
      await rejection(pinecone.describeBackup(backup.backupId), Errors.PineconeNotFoundError)
      expect(ids(await pinecone.listBackups({ indexName }))).toEqual([])
    })

    it("createIndexFromBackup brings the records back, and leaves a restore job", async () => {
      const { index, name: indexName } = await freshIndex()
      await index.upsert({ records: films })
      const { backupId } = await pinecone.createBackup({ indexName })
      await index.deleteAll()
      const name = freshName("restored")
      const { indexId, restoreJobId } = await pinecone.createIndexFromBackup({
        backupId,
        name,
        tags: { from: "backup" },
        deletionProtection: "disabled"
      })
      const job = await pinecone.describeRestoreJob(restoreJobId)
      expect(job).toMatchObject({
        restoreJobId,
        backupId,
        targetIndexName: name,
        targetIndexId: indexId,
        status: "Completed",
        percentComplete: 100
      })
      expect(job.createdAt).toBeInstanceOf(Date)
      expect(Math.abs(job.createdAt.getTime() - Date.now())).toBeLessThan(60_000)
      expect((await pinecone.listRestoreJobs({ limit: 1 })).data.map((one) => one.restoreJobId)).toEqual([restoreJobId])
      expect(await pinecone.describeIndex(name)).toMatchObject({ dimension: 3, tags: { from: "backup" } })
      const restored = await pinecone.index({ name }).fetch({ ids: ["a1"] })
      expect(restored.records["a1"]).toEqual(films[0])
      await rejection(pinecone.createIndexFromBackup({ backupId, name }), Errors.PineconeConflictError)
      await rejection(pinecone.describeRestoreJob("none"), Errors.PineconeNotFoundError)
    })
  })

  describe("records", () => {
    it("upsert and fetch: values come back as they were sent", async () => {
      const { index } = await freshIndex()
      const values = [0.4, -1e-7, 16777217]
      await index.upsert({ records: [...films, { id: "precise", values }] })
      const fetched = await index.fetch({ ids: ["a1", "precise", "unknown"] })
      expect(fetched.records).toEqual({
        a1: films[0],
        // 16777217 is between two 32-bit floats.
        precise: { id: "precise", values: [0.4, -1e-7, 16777216] }
      })
      expect(fetched.namespace).toBe("__default__")
      expect(fetched.usage?.readUnits).toBe(1)
    })

    it("upsert replaces a record as a whole, and the last of one id wins", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films })
      await index.upsert({
        records: [{ id: "a1", values: [1, 2, 3] }, { id: "a1", values: [3, 2, 1], metadata: { genre: "western" } }]
      })
      expect((await index.fetch({ ids: ["a1"] })).records).toEqual({
        a1: { id: "a1", values: [3, 2, 1], metadata: { genre: "western" } }
      })
    })

    it("ids of any characters", async () => {
      const { index } = await freshIndex()
      const ids = ["with space", "~!@\t\x7f", "a/b?c&d=e%20", "'quoted\""]
      await index.upsert({ records: ids.map((id) => ({ id, values: [1, 0, 0] })) })
      expect(Object.keys((await index.fetch({ ids })).records).sort()).toEqual([...ids].sort())
      await index.deleteMany({ ids })
      expect((await index.fetch({ ids })).records).toEqual({})
    })

    it("query by vector: order, topK, values, metadata and filter", async () => {
      const { index } = await freshIndex({ metric: "dotproduct" })
      await index.upsert({ records: films })
      const vector = [0.5, 0.25, 0.125]
      const plain = await index.query({ vector, topK: 3 })
      expect(plain.matches.map(({ id }) => id)).toEqual(["a1", "a2", "b1"])
      expect(plain.matches[0]?.score).toBeCloseTo(0.225, 6)
      expect(plain.matches[0]?.metadata).toBeUndefined()
      expect(plain.matches[0]?.values ?? []).toEqual([])
      expect(plain.usage?.readUnits).toBe(1)

      const top = await index.query({ vector, topK: 1, includeValues: true, includeMetadata: true })
      expect(top.matches).toHaveLength(1)
      expect(top.matches[0]).toMatchObject({ id: "a1", values: [0.4, 0.1, 0], metadata: films[0]!.metadata })

      const ids = async (filter: object) =>
        (await index.query({ vector, topK: 10, filter })).matches.map(({ id }) => id)
      expect(await ids({ genre: "comedy" })).toEqual(["a1", "b1"])
      expect(await ids({ genre: { $eq: "comedy" }, year: { $gt: 2000 } })).toEqual(["b1"])
      expect(await ids({ $or: [{ genre: "drama" }, { tags: { $in: ["short"] } }] })).toEqual(["a1", "a2"])
      expect(await ids({ seen: { $exists: true } })).toEqual(["a1"])
      expect(await ids({ genre: { $nin: ["drama", "comedy"] } })).toEqual([])
    })

    it("query by id, of a record that is there and of one that is not", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films })
      const found = await index.query({ id: "a2", topK: 2 })
      expect(found.matches.map(({ id }) => id)).toEqual(["a2", "a1"])
      expect(found.matches[0]?.score).toBeCloseTo(1, 6)
      expect((await index.query({ id: "nobody", topK: 2 })).matches).toEqual([])
    })

    it("euclidean scores are squared distances, the lowest first", async () => {
      const { index } = await freshIndex({ metric: "euclidean" })
      await index.upsert({ records: [{ id: "near", values: [1, 0, 0] }, { id: "far", values: [0, 3, 0] }] })
      const { matches } = await index.query({ vector: [0, 0, 0], topK: 2 })
      expect(matches.map(({ id, score }) => [id, score])).toEqual([["near", 1], ["far", 9]])
    })

    it("sparse and dense together", async () => {
      const { index } = await freshIndex({ metric: "dotproduct" })
      const records = [
        { id: "dense", values: [1, 0, 0], sparseValues: { indices: [7], values: [0.5] } },
        { id: "sparse", values: [0.5, 0, 0], sparseValues: { indices: [3, 4_294_967_295], values: [0.4, 2] } }
      ]
      await index.upsert({ records })
      expect((await index.fetch({ ids: ["sparse"] })).records["sparse"]).toEqual(records[1])
      const { matches } = await index.query({
        vector: [1, 0, 0],
        sparseVector: { indices: [4_294_967_295], values: [1] },
        topK: 2,
        includeValues: true
      })
      expect(matches.map(({ id, score }) => [id, score])).toEqual([["sparse", 2.5], ["dense", 1]])
      expect(matches[0]?.sparseValues).toEqual({ indices: [3, 4_294_967_295], values: [0.4, 2] })
    })

    it("an index of sparse vectors", async () => {
      const name = freshName("official")
      await pinecone.createIndex({ name, vectorType: "sparse", spec: serverless })
      const index = pinecone.index({ name })
      await index.upsert({
        records: [
          { id: "one", sparseValues: { indices: [1, 2], values: [1, 2] } },
          { id: "two", sparseValues: { indices: [2], values: [3] } }
        ]
      })
      const { matches } = await index.query({ id: "one", topK: 2, includeValues: true })
      expect(matches.map(({ id, score }) => [id, score])).toEqual([["two", 6], ["one", 5]])
      expect(matches[1]?.sparseValues).toEqual({ indices: [1, 2], values: [1, 2] })
    })

    it("fetchByMetadata goes page by page", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films })
      const filter = { genre: { $eq: "comedy" } }
      const first = await index.fetchByMetadata({ filter, limit: 1 })
      expect(first.records).toEqual({ a1: films[0] })
      const second = await index.fetchByMetadata({ filter, limit: 1, paginationToken: first.pagination?.next ?? "" })
      expect(second.records).toEqual({ b1: films[2] })
      expect(second.pagination?.next).toBeUndefined()
    })

    it("update of one record: its values, and the given fields of its metadata", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films })
      await index.update({ id: "a2", values: [0.7, 0.7, 0.7], metadata: { year: 2011, seen: true } })
      expect((await index.fetch({ ids: ["a2"] })).records["a2"]).toEqual({
        id: "a2",
        values: [0.7, 0.7, 0.7],
        metadata: { genre: "drama", year: 2011, seen: true }
      })
    })

    it("update of all records that match a filter", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films })
      await index.update({ filter: { genre: { $eq: "comedy" } }, metadata: { genre: "farce" } })
      const { records } = await index.fetch({ ids: ["a1", "a2", "b1"] })
      expect(Object.values(records).map(({ id, metadata }) => [id, metadata?.genre]).sort()).toEqual([
        ["a1", "farce"],
        ["a2", "drama"],
        ["b1", "farce"]
      ])
    })

    it("deleteOne, deleteMany by ids and by filter, deleteAll", async () => {
      const { index } = await freshIndex()
      const left = async () => (await index.listPaginated()).vectors?.map(({ id }) => id)
      await index.upsert({ records: films })
      await index.deleteOne({ id: "a1" })
      expect(await left()).toEqual(["a2", "b1"])
      await index.deleteOne({ id: "nobody" })
      await index.deleteMany({ ids: ["a2", "nobody"] })
      expect(await left()).toEqual(["b1"])
      await index.upsert({ records: films })
      await index.deleteMany({ filter: { genre: { $eq: "comedy" } } })
      expect(await left()).toEqual(["a2"])
      await index.deleteAll()
      expect(await left()).toEqual([])
    })

    it("listPaginated: bytewise order, prefix, pages", async () => {
      const { index } = await freshIndex()
      const ids = ["b", "B", "a2", "a10", "~"]
      await index.upsert({ records: ids.map((id) => ({ id, values: [1, 0, 0] })) })
      const idsOf = (page: { readonly vectors?: ReadonlyArray<{ readonly id?: string }> }) =>
        page.vectors?.map(({ id }) => id)
      expect(idsOf(await index.listPaginated())).toEqual(["B", "a10", "a2", "b", "~"])
      expect(idsOf(await index.listPaginated({ prefix: "a" }))).toEqual(["a10", "a2"])
      const first = await index.listPaginated({ limit: 3 })
      const second = await index.listPaginated({ limit: 3, paginationToken: first.pagination?.next ?? "" })
      expect([idsOf(first), idsOf(second)]).toEqual([["B", "a10", "a2"], ["b", "~"]])
      expect(second.pagination).toBeUndefined()
    })

    it("describeIndexStats, with a filter only on pods", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films })
      await index.namespace("more").upsert({ records: films.slice(0, 1) })
      expect(await index.describeIndexStats()).toEqual({
        namespaces: { "": { recordCount: 3 }, more: { recordCount: 1 } },
        dimension: 3,
        indexFullness: 0,
        totalRecordCount: 4
      })
      const filter = { genre: { $eq: "comedy" } }
      await rejection(index.describeIndexStats({ filter }), Errors.PineconeBadRequestError)

      const { index: onPods } = await freshIndex({ spec: pods })
      await onPods.upsert({ records: films })
      expect((await onPods.describeIndexStats({ filter })).totalRecordCount).toBe(2)
    })

    it("no namespace, an empty one and __default__ are the same", async () => {
      const { index } = await freshIndex()
      await index.upsert({ records: films, namespace: "" })
      expect(Object.keys((await index.fetch({ ids: ["a1"], namespace: "__default__" })).records)).toEqual(["a1"])
      expect((await index.query({ id: "a1", topK: 3, namespace: "other" })).matches).toEqual([])
    })
  })

  describe("namespaces", () => {
    it("create, list, describe, delete", async () => {
      const { index } = await freshIndex()
      const created = await index.createNamespace({
        name: "movies/1990s & older",
        schema: { fields: { genre: { filterable: true } } }
      })
      expect(created).toMatchObject({
        name: "movies/1990s & older",
        recordCount: 0,
        schema: { fields: { genre: { filterable: true } } }
      })
      await index.namespace("movies/1990s & older").upsert({ records: films })
      await index.upsert({ records: films.slice(0, 1), namespace: "written" })
      expect(await index.describeNamespace("movies/1990s & older")).toMatchObject({ recordCount: 3 })

      const names = (page: { readonly namespaces?: ReadonlyArray<{ readonly name?: string }> }) =>
        page.namespaces?.map(({ name }) => name)
      expect(names(await index.listNamespaces())).toEqual(["movies/1990s & older", "written"])
      expect(names(await index.listNamespaces({ prefix: "w" }))).toEqual(["written"])
      const first = await index.listNamespaces({ limit: 1 })
      const second = await index.listNamespaces({ limit: 1, paginationToken: first.pagination?.next ?? "" })
      expect([names(first), names(second)]).toEqual([["movies/1990s & older"], ["written"]])

      await rejection(index.createNamespace({ name: "written" }), Errors.PineconeConflictError)
      await index.deleteNamespace("movies/1990s & older")
      await rejection(index.describeNamespace("movies/1990s & older"), Errors.PineconeNotFoundError)
      expect(names(await index.listNamespaces())).toEqual(["written"])
    })
  })

  describe("imports", () => {
    const write = (name: string, records: ReadonlyArray<WriteRecord>) => {
      const root = Path.join(folder, name)
      return Effect.runPromise(
        writeParquet(root, records, { namespace: "imported" }).pipe(
          Effect.as(pathToFileURL(root).href),
          Effect.provide(NodeContext.layer)
        )
      )
    }

    it("startImport, describeImport and listImports", async () => {
      const { index } = await freshIndex()
      const uri = await write("small", films)
      const { id } = await index.startImport({ uri, errorMode: "abort" })
      assert(id !== undefined)
      const done = await vi.waitFor(async () => {
        const described = await index.describeImport(id)
        expect(described.status).toBe("Completed")
        return described
      }, 20_000)
      expect(done).toMatchObject({ id, uri, percentComplete: 100, recordsImported: 3 })
      expect(done.createdAt).toBeInstanceOf(Date)
      expect(done.finishedAt).toBeInstanceOf(Date)
      expect((await index.fetch({ ids: ["a1"], namespace: "imported" })).records["a1"]).toEqual(films[0])

      const { id: later } = await index.startImport({ uri })
      const first = await index.listImports(1)
      expect(first.data?.map((one) => one.id)).toEqual([later])
      const second = await index.listImports(1, first.pagination?.next)
      expect(second.data?.map((one) => one.id)).toEqual([id])
      expect(second.pagination).toBeUndefined()
    })

    it("an import from an unreachable place fails later", async () => {
      const { index } = await freshIndex()
      const { id } = await index.startImport({ uri: "s3://a-bucket/a-folder" })
      assert(id !== undefined)
      const failed = await vi.waitFor(async () => {
        const described = await index.describeImport(id)
        expect(described.status).toBe("Failed")
        return described
      }, 20_000)
      expect(failed.error).toContain("s3://a-bucket/a-folder")
      await rejection(index.describeImport("none"), Errors.PineconeNotFoundError)
    })

    it("cancelImport ends an import that runs", async () => {
      const { index } = await freshIndex()
      const total = 60_000
      const uri = await write("large", Array.from({ length: total }, (_, i) => ({ id: `r${i}`, values: [1, 2, i] })))
      const { id } = await index.startImport({ uri })
      assert(id !== undefined)
      await index.cancelImport(id)
      const cancelled = await index.describeImport(id)
      expect(cancelled.status).toBe("Cancelled")
      expect(cancelled.finishedAt).toBeInstanceOf(Date)
      const { totalRecordCount } = await index.describeIndexStats()
      expect(totalRecordCount).toBeLessThan(total)
      await rejection(index.cancelImport("none"), Errors.PineconeNotFoundError)
    })
  })

  describe("inference", () => {
    const dense = "universal-sentence-encoder-lite"
    const sparse = "lexical-sparse-english"
    const reranker = "lexical-embedding-reranker"

    it("embed: dense vectors", async () => {
      const { data, model, usage, vectorType } = await pinecone.inference.embed({
        model: dense,
        inputs: ["A cat sleeps.", "A kitten naps.", "Interest rates rise."],
        parameters: { inputType: "passage", truncate: "END" }
      })
      expect([model, vectorType, usage.totalTokens]).toEqual([dense, "dense", expect.any(Number)])
      const vectors = data.map((embedding) => "values" in embedding ? embedding.values : [])
      expect(vectors.map(({ length }) => length)).toEqual([512, 512, 512])
      const product = (i: number, j: number) => vectors[i]!.reduce((sum, x, at) => sum + x * vectors[j]![at]!, 0)
      expect(product(0, 1)).toBeGreaterThan(product(0, 2))
    })

    it("embed: sparse vectors", async () => {
      const { data, vectorType } = await pinecone.inference.embed({
        model: sparse,
        inputs: ["Two rivers"],
        parameters: { inputType: "query" }
      })
      expect(vectorType).toBe("sparse")
      const [embedding] = data
      if (embedding === undefined || !("sparseIndices" in embedding)) return assert.fail("no sparse embedding")
      expect(embedding.sparseIndices).toHaveLength(2)
      expect(embedding.sparseValues).toHaveLength(2)
    })

    it("rerank", async () => {
      const { data, model, usage } = await pinecone.inference.rerank({
        model: reranker,
        query: "What is the capital of France?",
        documents: [{ id: "b", text: "Bananas are rich in potassium." }, { id: "p", text: "Paris, France's capital" }],
        topN: 1
      })
      expect([model, usage.rerankUnits]).toEqual([reranker, 1])
      expect(data).toEqual([{
        index: 1,
        score: expect.any(Number),
        document: { id: "p", text: "Paris, France's capital" }
      }])
    })

    it("listModels and getModel", async () => {
      expect((await pinecone.inference.listModels()).models?.map(({ model }) => model)).toEqual([
        dense,
        sparse,
        reranker
      ])
      const { models } = await pinecone.inference.listModels({ type: "embed", vectorType: "dense" })
      expect(models?.map(({ defaultDimension, model }) => [model, defaultDimension])).toEqual([[dense, 512]])
      expect(await pinecone.inference.getModel(reranker)).toMatchObject({ model: reranker, type: "rerank" })
      await rejection(pinecone.inference.getModel("nothing"), Errors.PineconeNotFoundError)
    })

    it("a model of Pinecone's, which is not here, and a wrong parameter", async () => {
      await rejection(
        pinecone.inference.embed({ model: "multilingual-e5-large", inputs: ["a"], parameters: { inputType: "query" } }),
        Errors.PineconeNotFoundError
      )
      await rejection(
        pinecone.inference.embed({ model: dense, inputs: ["a"], parameters: { inputType: "question" } }),
        Errors.PineconeBadRequestError
      )
    })
  })

  describe("errors", () => {
    it("a wrong key", async () => {
      const { name } = await freshIndex()
      const stranger = clientWith("another-key")
      await rejection(stranger.listIndexes(), Errors.PineconeAuthorizationError)
      const { host } = await pinecone.describeIndex(name)
      await rejection(stranger.index({ host }).describeIndexStats(), Errors.PineconeAuthorizationError)
    })

    it("what is not there", async () => {
      await rejection(pinecone.describeIndex("nowhere"), Errors.PineconeNotFoundError)
      await rejection(pinecone.deleteIndex("nowhere"), Errors.PineconeNotFoundError)
      await rejection(pinecone.configureIndex({ name: "nowhere", tags: { a: "b" } }), Errors.PineconeNotFoundError)
      await rejection(pinecone.createBackup({ indexName: "nowhere" }), Errors.PineconeNotFoundError)
      await rejection(pinecone.createIndexFromBackup({ backupId: "none", name: "a" }), Errors.PineconeNotFoundError)
      await rejection(pinecone.index({ name: "nowhere" }).fetch({ ids: ["a"] }), Errors.PineconeNotFoundError)
    })

    it("vectors of another dimension", async () => {
      const { index } = await freshIndex()
      const upsert = await rejection(
        index.upsert({ records: [{ id: "a", values: [1, 2] }] }),
        Errors.PineconeBadRequestError
      )
      expect(upsert.message).toContain("dimension")
      await rejection(index.query({ vector: [1, 2], topK: 1 }), Errors.PineconeBadRequestError)
      await index.upsert({ records: films })
      await rejection(index.update({ id: "a1", values: [1, 2] }), Errors.PineconeBadRequestError)
      expect((await index.fetch({ ids: ["a1"] })).records["a1"]).toEqual(films[0])
    })

    it("metadata that cannot be stored, and a filter that cannot be read", async () => {
      const { index } = await freshIndex()
      const nested = JSON.parse("{\"deep\":{\"er\":1}}")
      await rejection(
        index.upsert({ records: [{ id: "a", values: [1, 2, 3], metadata: nested }] }),
        Errors.PineconeBadRequestError
      )
      await rejection(
        index.query({ vector: [1, 2, 3], topK: 1, filter: { year: { $near: 1 } } }),
        Errors.PineconeBadRequestError
      )
    })

    it("a request that does not fit the definition", async () => {
      await rejection(
        pinecone.createIndex({
          name: freshName("official"),
          dimension: 3,
          deletionProtection: "maybe",
          spec: serverless
        }),
        Errors.PineconeUnprocessableEntityError
      )
    })

    it("records with text for an index that was not made for a model", async () => {
      const { index } = await freshIndex()
      await rejection(index.upsertRecords({ records: [{ id: "a", text: "once" }] }), Errors.PineconeBadRequestError)
      await rejection(
        index.searchRecords({ query: { topK: 1, inputs: { text: "once" } } }),
        Errors.PineconeBadRequestError
      )
    })
  })
})
