/** LangChain's vector store, on the major of the client that it is made for. */
import { beforeAll, describe, expect, it } from "@effect/vitest"
import { Document } from "@langchain/core/documents"
import type { EmbeddingsInterface } from "@langchain/core/embeddings"
import { PineconeStore } from "@langchain/pinecone"
import { Pinecone } from "pinecone-5"
import { freshName } from "../utils/pinecone.js"
import { dimension, embed } from "./embeddings.js"
import type { Server } from "./server.js"
import { apiKey, rejection } from "./server.js"

const embeddings: EmbeddingsInterface = {
  embedQuery: async (text) => embed(text),
  embedDocuments: async (texts) => texts.map(embed)
}

const documents = [
  new Document({ pageContent: "green tea", metadata: { topic: "tea", year: 2001, loc: { page: 1 } } }),
  new Document({ pageContent: "green tea, hot", metadata: { topic: "tea", year: 2002, tags: ["hot", "fresh"] } }),
  new Document({ pageContent: "black coffee, hot", metadata: { topic: "coffee", year: 2003 } }),
  new Document({ pageContent: "a steam engine", metadata: { topic: "machines", nothing: null } })
]

const ids = ["green", "hot", "coffee", "engine"]

export const langchainSuite = (server: Server) => {
  describe("LangChain", () => {
    let pinecone: Pinecone

    beforeAll(() => {
      pinecone = new Pinecone({ apiKey, controllerHostUrl: server.url(), fetchApi: server.fetch })
    })

    const freshStore = async (options: { readonly namespace?: string; readonly textKey?: string } = {}) => {
      const name = freshName("langchain")
      const spec = { serverless: { cloud: "aws" as const, region: "us-east-1" } }
      await pinecone.createIndex({ name, dimension, metric: "cosine", spec })
      const index = pinecone.index(name)
      const store = await PineconeStore.fromExistingIndex(embeddings, {
        // Its types are those of the client under its own name.
        pineconeIndex: index as never,
        // It would try again for minutes whatever the error is.
        maxRetries: 0,
        ...options
      })
      return { index, store }
    }

    const filled = async () => {
      const fresh = await freshStore()
      expect(await fresh.store.addDocuments(documents, { ids })).toEqual(ids)
      return fresh
    }

    const contents = (found: ReadonlyArray<{ readonly pageContent: string }>) =>
      found.map(({ pageContent }) => pageContent)

    it("adds documents and finds the similar ones, with their metadata", async () => {
      const { store } = await filled()
      const [first, second] = await store.similaritySearch("green tea", 2)
      expect(first).toMatchObject({
        id: "green",
        pageContent: "green tea",
        metadata: { topic: "tea", year: 2001, "loc.page": 1 }
      })
      expect(second).toMatchObject({ id: "hot", metadata: { tags: ["hot", "fresh"] } })
      const [[document, score] = []] = await store.similaritySearchWithScore("steam engine", 1)
      expect(document?.pageContent).toBe("a steam engine")
      expect(score).toBeCloseTo(1, 4)
    })

    it("filters by metadata", async () => {
      const { store } = await filled()
      expect(contents(await store.similaritySearch("hot", 4, { topic: "tea" }))).toEqual([
        "green tea, hot",
        "green tea"
      ])
      expect(contents(await store.similaritySearch("hot", 4, { year: { $gte: 2002 } })).sort())
        .toEqual(["black coffee, hot", "green tea, hot"])
      expect(contents(await store.similaritySearch("hot", 4, { tags: { $in: ["fresh"] } }))).toEqual(["green tea, hot"])
      const retriever = store.asRetriever({ k: 1, filter: { topic: "machines" } })
      expect(contents(await retriever.invoke("tea"))).toEqual(["a steam engine"])
    })

    it("searches by maximal marginal relevance, for which values come back", async () => {
      const { store } = await filled()
      const relevant = await store.maxMarginalRelevanceSearch("green tea", { k: 2, fetchK: 4, lambda: 0 })
      expect(relevant[0]?.pageContent).toBe("green tea")
      expect(contents(relevant)).not.toContain("green tea, hot")
    })

    it("adds vectors under ids of its own making", async () => {
      const { index, store } = await freshStore({ textKey: "body" })
      const [id] = await store.addVectors([embed("tea")], [new Document({ pageContent: "tea" })])
      expect((await index.fetch([id!])).records[id!]?.metadata).toEqual({ body: "tea" })
      expect(
        contents(await store.similaritySearchVectorWithScore(embed("tea"), 1).then((all) => all.map(([one]) => one)))
      )
        .toEqual(["tea"])
    })

    it("deletes by ids, by a filter, and all", async () => {
      const { index, store } = await filled()
      const left = async () => Object.keys((await index.fetch(ids)).records).sort()
      await store.delete({ ids: ["green", "nobody"] })
      expect(await left()).toEqual(["coffee", "engine", "hot"])
      await store.delete({ filter: { topic: "tea" } })
      expect(await left()).toEqual(["coffee", "engine"])
      await store.delete({ deleteAll: true })
      expect(await left()).toEqual([])
    })

    it("keeps to its namespace", async () => {
      const { index, store } = await freshStore({ namespace: "drinks" })
      await store.addDocuments(documents.slice(0, 2), { ids: ids.slice(0, 2) })
      expect(Object.keys((await index.namespace("drinks").fetch(ids)).records).sort()).toEqual(["green", "hot"])
      expect((await index.fetch(ids)).records).toEqual({})
      const other = await PineconeStore.fromTexts(["black tea"], { topic: "tea" }, embeddings, {
        pineconeIndex: index as never,
        namespace: "other"
      })
      expect(contents(await other.similaritySearch("green tea", 4))).toEqual(["black tea"])
      await store.delete({ deleteAll: true })
      expect(contents(await store.similaritySearch("green tea", 4))).toEqual([])
      expect(contents(await other.similaritySearch("green tea", 4))).toEqual(["black tea"])
    })

    it("hears of a vector of another dimension", async () => {
      const { store } = await freshStore()
      const error = await rejection(store.addVectors([[1, 2]], [new Document({ pageContent: "short" })]))
      expect(error.name).toBe("PineconeBadRequestError")
    })
  })
}
