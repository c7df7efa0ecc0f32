/** LlamaIndex's vector store, on the major of the client that it is made for. */
import { beforeAll, describe, expect, it } from "@effect/vitest"
import { BaseEmbedding } from "@llamaindex/core/embeddings"
import { MetadataMode, NodeRelationship, TextNode } from "@llamaindex/core/schema"
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

/** Nodes of two documents, which their ids begin with. */
const texts = [
  { id: "green", text: "green tea", document: "teas", metadata: { topic: "tea", year: 2001 } },
  { id: "hot", text: "green tea, hot", document: "teas", metadata: { topic: "tea", year: 2002 } },
  { id: "coffee", text: "black coffee, hot", document: "coffees", metadata: { topic: "coffee", year: 2003 } }
]

const documents = texts.map(({ document, id, metadata, text }) =>
  new TextNode({
    id_: id,
    text,
    metadata,
    embedding: embed(text),
    relationships: { [NodeRelationship.SOURCE]: { nodeId: document, metadata } }
  })
)

const [green, hot, coffee] = ["teas_chunk_green", "teas_chunk_hot", "coffees_chunk_coffee"] as const

const ids = [coffee, green, hot]

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
      const { ids: found, nodes, similarities } = await store.query(query("green tea", 2), {})
      expect(found).toEqual([green, hot])
      expect(similarities[0]).toBeCloseTo(1, 4)
      const node = nodes?.find(({ id_ }) => id_ === "green")
      expect(node?.getContent(MetadataMode.NONE)).toBe("green tea")
      expect(node?.metadata).toMatchObject({ topic: "tea", year: 2001 })
    })

    it("queries with filters", async () => {
      const { store } = await filled()
      const matching = async (key: string, operator: `${FilterOperator}`, value: string | number | Array<string>) => {
        const filters = [{ key, operator: operator as FilterOperator, value }]
        return [...(await store.query({ ...query("hot"), filters: { filters } }, {})).ids].sort()
      }
      expect(await matching("topic", "==", "tea")).toEqual([green, hot])
      expect(await matching("topic", "!=", "tea")).toEqual([coffee])
      expect(await matching("year", ">", 2001)).toEqual([coffee, hot])
      expect(await matching("year", "<=", 2001)).toEqual([green])
      expect(await matching("topic", "in", ["coffee", "cocoa"])).toEqual([coffee])
      expect(await matching("topic", "nin", ["coffee", "cocoa"])).toEqual([green, hot])
    })

    it("is content with no match", async () => {
      const { store } = await freshStore()
      expect(await store.query(query("tea"), {})).toEqual({ nodes: [], similarities: [], ids: [] })
    })

    it("deletes the nodes of a document by the prefix of their ids", async () => {
      const { index, store } = await filled()
      await store.delete("teas")
      expect(Object.keys((await index.fetch(ids)).records).sort()).toEqual([coffee])
    })

    it("clears its namespace", async () => {
      const { index, store } = await freshStore({ namespace: "drinks" })
      await store.add(documents)
      expect(Object.keys((await index.namespace("drinks").fetch(ids)).records)).toHaveLength(3)
      await store.clearIndex()
      expect((await index.namespace("drinks").fetch(ids)).records).toEqual({})
    })
  })
}
