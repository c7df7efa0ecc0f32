/** LlamaIndex's vector store, on the major of the client that it is made for. */
import { beforeAll, describe, expect, it } from "@effect/vitest"
import { BaseEmbedding } from "@llamaindex/core/embeddings"
import { Document, MetadataMode } from "@llamaindex/core/schema"
import type { FilterOperator } from "@llamaindex/core/vector-store"
import { VectorStoreQueryMode } from "@llamaindex/core/vector-store"
import { PineconeVectorStore } from "@llamaindex/pinecone"
import { Pinecone } from "pinecone-4"
import { freshName } from "../utils/pinecone.js"
import { dimension, embed } from "./embeddings.js"
import type { Server } from "./server.js"
import { apiKey } from "./server.js"

class Words extends BaseEmbedding {
  constructor() {
    super()
  }

  async getTextEmbedding(text: string) {
    return embed(text)
  }
}

const texts = {
  green: { text: "green tea", topic: "tea", year: 2001 },
  hot: { text: "green tea, hot", topic: "tea", year: 2002 },
  coffee: { text: "black coffee, hot", topic: "coffee", year: 2003 }
}

const documents = Object.entries(texts).map(([id, { text, ...metadata }]) =>
  new Document({ id_: id, text, metadata, embedding: embed(text) })
)

export const llamaindexSuite = (server: Server) => {
  describe("LlamaIndex", () => {
    let pinecone: Pinecone

    beforeAll(() => {
      pinecone = new Pinecone({ apiKey, controllerHostUrl: server.url(), fetchApi: server.fetch })
    })

    const freshStore = async (options: { readonly namespace?: string } = {}) => {
      const name = freshName("llamaindex")
      const spec = { serverless: { cloud: "aws" as const, region: "us-east-1" } }
      await pinecone.createIndex({ name, dimension, metric: "cosine", spec })
      const store = new PineconeVectorStore({
        indexName: name,
        apiKey,
        namespace: options.namespace ?? "",
        embedModel: new Words()
      })
      // It makes a client for itself otherwise, and takes no address for it.
      store.db = pinecone
      return { index: pinecone.index(name), store }
    }

    const filled = async () => {
      const fresh = await freshStore()
      expect(await fresh.store.add(documents)).toEqual([])
      return fresh
    }

    const query = (text: string, similarityTopK = 3) => ({
      queryEmbedding: embed(text),
      similarityTopK,
      mode: VectorStoreQueryMode.DEFAULT
    })

    it("adds nodes and queries them", async () => {
      const { store } = await filled()
      const { ids, nodes, similarities } = await store.query(query("green tea", 2), {})
      expect(ids).toEqual(["green", "hot"])
      expect(similarities[0]).toBeCloseTo(1, 4)
      const found = nodes?.find(({ id_ }) => id_ === "green")
      expect(found?.getContent(MetadataMode.NONE)).toBe("green tea")
      expect(found?.metadata).toMatchObject({ topic: "tea", year: 2001 })
    })

    it("queries with filters", async () => {
      const { store } = await filled()
      const matching = async (key: string, operator: `${FilterOperator}`, value: string | number | Array<string>) => {
        const filters = [{ key, operator: operator as FilterOperator, value }]
        return [...(await store.query({ ...query("hot"), filters: { filters } }, {})).ids].sort()
      }
      expect(await matching("topic", "==", "tea")).toEqual(["green", "hot"])
      expect(await matching("topic", "!=", "tea")).toEqual(["coffee"])
      expect(await matching("year", ">", 2001)).toEqual(["coffee", "hot"])
      expect(await matching("year", "<=", 2001)).toEqual(["green"])
      expect(await matching("topic", "in", ["coffee", "cocoa"])).toEqual(["coffee"])
      expect(await matching("topic", "nin", ["coffee", "cocoa"])).toEqual(["green", "hot"])
    })

    it("is content with no match", async () => {
      const { store } = await freshStore()
      expect(await store.query(query("tea"), {})).toEqual({ nodes: [], similarities: [], ids: [] })
    })

    it("deletes the nodes of a document by the prefix of their ids", async () => {
      const { index, store } = await filled()
      await store.delete("green")
      expect(Object.keys((await index.fetch(Object.keys(texts))).records).sort()).toEqual(["coffee", "hot"])
    })

    it("clears its namespace", async () => {
      const { index, store } = await freshStore({ namespace: "drinks" })
      await store.add(documents)
      expect(Object.keys((await index.namespace("drinks").fetch(Object.keys(texts))).records)).toHaveLength(3)
      await store.clearIndex()
      expect((await index.namespace("drinks").fetch(Object.keys(texts))).records).toEqual({})
    })
  })
}
