/** Mastra's vector store. */
import { beforeAll, describe, expect, it } from "@effect/vitest"
import { PineconeVector } from "@mastra/pinecone"
import { freshName } from "../utils/pinecone.js"
import type { Server } from "./server.js"
import { apiKey, rejection } from "./server.js"

const vectors = [[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]]

const metadata = [
  { category: "electronics", price: 100, tags: ["new", "sale"], inStock: true, nested: { brand: "a" } },
  { category: "books", price: 20, tags: ["sale"], inStock: false, nested: { brand: "b" } },
  { category: "electronics", price: 500, tags: ["premium", "sale", "new"] }
]

const ids = ["phone", "novel", "laptop"]

export const mastraSuite = (server: Server) => {
  describe("Mastra", () => {
    let store: PineconeVector

    beforeAll(() => {
      store = new PineconeVector({ id: "store", apiKey, controllerHostUrl: server.url(), fetchApi: server.fetch })
    })

    const freshIndex = async (metric: "cosine" | "dotproduct" = "cosine") => {
      const indexName = freshName("mastra")
      await store.createIndex({ indexName, dimension: 3, metric })
      return indexName
    }

    const filled = async () => {
      const indexName = await freshIndex()
      // Metadata is flat: nested fields are written with their path.
      const flat = metadata.map(({ nested, ...fields }) =>
        nested ? { ...fields, "nested.brand": nested.brand } : fields
      )
      expect(await store.upsert({ indexName, vectors, metadata: flat, ids })).toEqual(ids)
      return indexName
    }

    it("creates an index, once more without an error if it is the same, lists, describes and deletes it", async () => {
      const indexName = await filled()
      await store.createIndex({ indexName, dimension: 3, metric: "cosine" })
      expect((await rejection(store.createIndex({ indexName, dimension: 4, metric: "cosine" }))).message)
        .toContain("already exists with 3 dimensions")
      expect(await store.listIndexes()).toContain(indexName)
      expect(await store.describeIndex({ indexName })).toMatchObject({ dimension: 3, count: 3, metric: "cosine" })
      await store.deleteIndex({ indexName })
      expect(await store.listIndexes()).not.toContain(indexName)
      await rejection(store.describeIndex({ indexName }))
    })

    it("queries, with vectors and without", async () => {
      const indexName = await filled()
      const [first, second] = await store.query({ indexName, queryVector: [1, 0, 0], topK: 2, includeVector: true })
      expect(first).toMatchObject({ id: "phone", vector: [1, 0, 0], metadata: { category: "electronics", price: 100 } })
      expect(first?.score).toBeCloseTo(1, 6)
      expect([second?.id, second?.vector]).toEqual(["novel", [0.8, 0.6, 0]])
      const [plain] = await store.query({ indexName, queryVector: [1, 0, 0], topK: 1 })
      expect(plain).not.toHaveProperty("vector")
    })

    it("queries dense and sparse values together", async () => {
      const indexName = await freshIndex("dotproduct")
      const sparse = (value: number) => ({ indices: [5], values: [value] })
      await store.upsert({
        indexName,
        vectors: vectors.slice(0, 2),
        ids: ids.slice(0, 2),
        sparseVectors: [sparse(0.5), sparse(2)]
      })
      const found = await store.query({ indexName, queryVector: [1, 0, 0], topK: 2, sparseVector: sparse(1) })
      expect(found.map(({ id }) => id)).toEqual(["novel", "phone"])
      expect(found[0]?.score).toBeCloseTo(2.8, 5)
    })

    describe("filters", () => {
      let indexName: string

      beforeAll(async () => {
        indexName = await filled()
      })

      type Filter = NonNullable<Parameters<PineconeVector["query"]>[0]["filter"]>

      const cases: ReadonlyArray<readonly [Filter, ReadonlyArray<string>]> = [
        [{ category: "books" }, ["novel"]],
        [{ category: { $eq: "books" } }, ["novel"]],
        [{ category: { $ne: "electronics" } }, ["novel"]],
        [{ price: { $gt: 100 } }, ["laptop"]],
        [{ price: { $gte: 100 } }, ["laptop", "phone"]],
        [{ price: { $lt: 100 } }, ["novel"]],
        [{ price: { $lte: 100 } }, ["novel", "phone"]],
        [{ price: { $gt: 20, $lt: 500 } }, ["phone"]],
        [{ category: { $in: ["books", "toys"] } }, ["novel"]],
        [{ category: { $nin: ["books", "toys"] } }, ["laptop", "phone"]],
        [{ category: ["books", "electronics"] }, ["laptop", "novel", "phone"]],
        [{ tags: { $in: ["premium"] } }, ["laptop"]],
        [{ tags: { $all: ["new", "sale"] } }, ["laptop", "phone"]],
        [{ inStock: { $exists: true } }, ["novel", "phone"]],
        [{ inStock: { $exists: false } }, ["laptop"]],
        [{ inStock: false }, ["novel"]],
        // The types know no nested field, and its documentation does.
        [JSON.parse("{\"nested\":{\"brand\":\"a\"}}"), ["phone"]],
        [{ "nested.brand": "b" }, ["novel"]],
        [{ $and: [{ category: "electronics" }, { price: { $lt: 200 } }] }, ["phone"]],
        [{ $or: [{ category: "books" }, { price: { $gte: 500 } }] }, ["laptop", "novel"]],
        [{ $and: [{ $or: [{ price: 20 }, { price: 100 }] }, { tags: { $in: ["new"] } }] }, ["phone"]],
        [{ category: { $in: [] } }, []],
        // An empty object says nothing of its field.
        [{ category: {} }, ["laptop", "novel", "phone"]]
      ]

      for (const [filter, expected] of cases) {
        it(JSON.stringify(filter), async () => {
          const found = await store.query({ indexName, queryVector: [1, 1, 1], topK: 10, filter })
          expect(found.map(({ id }) => id).sort()).toEqual(expected)
        })
      }

      it("a value that no operator takes", async () => {
        const query = store.query({ indexName, queryVector: [1, 1, 1], filter: { price: { $in: "cheap" } } as never })
        const error = await rejection(query)
        expect(`${error.message} ${String(error.cause)}`).toContain("the $in operator must be followed by a list")
      })
    })

    it("updates one vector by its id, and those that match a filter", async () => {
      const indexName = await filled()
      await store.updateVector({ indexName, id: "phone", update: { vector: [0, 1, 0], metadata: { price: 90 } } })
      const [phone] = await store.query({ indexName, queryVector: [0, 1, 0], topK: 1, includeVector: true })
      expect(phone).toMatchObject({
        id: "phone",
        vector: [0, 1, 0],
        metadata: { category: "electronics", price: 90, inStock: true }
      })
      await store.updateVector({ indexName, filter: { category: "electronics" }, update: { metadata: { sold: true } } })
      const sold = await store.query({ indexName, queryVector: [1, 1, 1], topK: 10, filter: { sold: true } })
      expect(sold.map(({ id }) => id).sort()).toEqual(["laptop", "phone"])
    })

    it("deletes one vector, and many by ids and by a filter", async () => {
      const indexName = await filled()
      const left = async () =>
        (await store.query({ indexName, queryVector: [1, 1, 1], topK: 10 })).map(({ id }) => id).sort()
      await store.deleteVector({ indexName, id: "phone" })
      expect(await left()).toEqual(["laptop", "novel"])
      await store.deleteVectors({ indexName, filter: { category: "books" } })
      expect(await left()).toEqual(["laptop"])
      await store.deleteVectors({ indexName, ids: ["laptop"] })
      expect(await left()).toEqual([])
    })

    it("keeps namespaces apart", async () => {
      const indexName = await freshIndex()
      await store.upsert({ indexName, vectors: vectors.slice(0, 1), ids: ["one"], namespace: "first" })
      await store.upsert({ indexName, vectors: vectors.slice(1, 2), ids: ["two"], namespace: "second" })
      const within = async (namespace?: string) =>
        (await store.query({ indexName, queryVector: [1, 1, 1], ...(namespace === undefined ? {} : { namespace }) }))
          .map(({ id }) => id)
      expect([await within("first"), await within("second"), await within()]).toEqual([["one"], ["two"], []])
      const { namespaces } = await store.describeIndex({ indexName })
      expect(namespaces).toEqual({ first: { recordCount: 1 }, second: { recordCount: 1 } })
    })

    it("hears of a vector of another dimension", async () => {
      const indexName = await freshIndex()
      const error = await rejection(store.upsert({ indexName, vectors: [[1, 2]] }))
      expect(`${error.message} ${String(error.cause)}`).toContain("dimension")
    })
  })
}
