/** The documents of the official client, unmodified. */
import { describe, expect, it } from "@effect/vitest"
import { Pinecone } from "pinecone-9"
import { freshName } from "../utils/pinecone.js"
import { apiKey, rejection, useServer } from "./server.js"

const server = useServer()

const fields = {
  title: { type: "string", fullTextSearch: {} },
  body: { type: "string", fullTextSearch: { language: "en", stemming: true } },
  vector: { type: "dense_vector", dimension: 3, metric: "cosine" },
  words: { type: "sparse_vector" }
} as const

const films = [
  { _id: "a", title: "Green tea", body: "How to brew green tea", vector: [1, 0, 0], year: 2001, tags: ["tea"] },
  { _id: "b", title: "Black tea", body: "A cup of tea", vector: [0, 1, 0], words: { indices: [1, 7], values: [0.5, 2] } },
  { _id: "c", title: "Coffee", body: "Brewing coffee", vector: [0, 0, 1], hot: true }
]

const client = (key = apiKey) => new Pinecone({ apiKey: key, controllerHostUrl: server.url(), fetchApi: server.fetch })

const freshIndex = async () => {
  const name = freshName("films")
  const created = await client().indexes.create({ name, schema: { fields }, waitUntilReady: true })
  return client().index({ name, host: created!.host, namespace: "ns" })
}

const filled = async () => {
  const index = await freshIndex()
  expect(await index.documents.upsert({ documents: films })).toMatchObject({ upsertedCount: 3 })
  return index
}

const ids = (matches: ReadonlyArray<{ readonly id?: string; readonly _id?: string }>) =>
  matches.map(({ _id, id }) => id ?? _id)

describe("the documents of TypeScript 9", () => {
  it("are written and searched by each kind of clause", async () => {
    const documents = (await filled()).documents
    const search = async (...scoreBy: Parameters<typeof documents.search>[0]["scoreBy"]) =>
      ids((await documents.search({ scoreBy, topK: 10 })).matches)
    expect(await search({ type: "text", fields: ["title", "body"], query: "green" })).toEqual(["a"])
    expect(await search({ type: "query_string", query: "title:(tea -black)" })).toEqual(["a"])
    expect(await search({ type: "dense_vector", fields: ["vector"], values: [0, 0.1, 1] })).toEqual(["c", "b", "a"])
    expect(
      await search({ type: "sparse_vector", fields: ["words"], sparseValues: { indices: [7], values: [1] } })
    ).toEqual(["b"])
    const both = await search({ type: "text", fields: ["title"], query: "coffee" }, { type: "query_string", query: "cup" })
    expect(both.sort()).toEqual(["b", "c"])
  })

  it("are given back with the fields that are asked for", async () => {
    const documents = (await filled()).documents
    const { matches, namespace, usage } = await documents.search({
      scoreBy: [{ type: "text", fields: ["body"], query: "brewing" }],
      topK: 1,
      includeFields: ["title", "year"],
      filter: { title: { $match_all: "green tea" } }
    })
    expect(matches).toHaveLength(1)
    expect(matches[0]).toMatchObject({ title: "Green tea", year: 2001 })
    expect(namespace).toBe("ns")
    expect(usage.readUnits).toBe(1)
    const fetched = await documents.fetch({ ids: ["a", "b", "nobody"] })
    expect(Object.keys(fetched.documents).sort()).toEqual(["a", "b"])
    expect(fetched.documents["a"]).toMatchObject({ title: "Green tea", vector: [1, 0, 0], tags: ["tea"] })
    const page = await documents.fetch({ filter: { year: { $exists: false } }, limit: 1, includeFields: ["title"] })
    expect(Object.values(page.documents)).toMatchObject([{ title: "Black tea" }])
    const last = await documents.fetch({
      filter: { year: { $exists: false } },
      limit: 1,
      includeFields: ["title"],
      paginationToken: page.pagination!.next!
    })
    expect(Object.values(last.documents)).toMatchObject([{ title: "Coffee" }])
    expect(last.pagination).toBeUndefined()
  })

  it("are listed, changed and deleted", async () => {
    const documents = (await filled()).documents
    const listed = await documents.list({ limit: 2 })
    expect(ids(listed.documents)).toEqual(["a", "b"])
    expect(ids((await documents.list({ limit: 2, paginationToken: listed.pagination!.next! })).documents)).toEqual(["c"])
    await documents.update({ documents: [{ _id: "a", title: "Oolong", _remove_fields: ["year"] }] })
    const changed = await documents.update({ filter: { hot: true }, setFields: { hot: false }, removeFields: ["body"] })
    expect(changed.matchedRecords).toBe(1)
    const { a, c } = (await documents.fetch({ ids: ["a", "c"] })).documents
    expect(a).toMatchObject({ title: "Oolong", body: "How to brew green tea" })
    expect(a).not.toHaveProperty("year")
    expect(c).toMatchObject({ hot: false })
    expect(c).not.toHaveProperty("body")
    await documents.delete({ ids: ["a"] })
    expect((await documents.delete({ filter: { hot: false } })).matchedRecords).toBe(1)
    expect(ids((await documents.list()).documents)).toEqual(["b"])
    await documents.delete({ deleteAll: true })
    expect((await documents.list()).documents).toEqual([])
  })

  it("are counted by the statistics of the index, and their namespaces listed", async () => {
    const index = await filled()
    const stats = await index.describeIndexStats()
    expect(stats.namespaces?.["ns"]).toMatchObject({ recordCount: 3 })
    const { namespaces } = await index.listNamespaces()
    expect(namespaces?.map(({ name, recordCount }) => [name, Number(recordCount)])).toEqual([["ns", 3]])
  })

  it("are refused with the message of the server", async () => {
    const index = await filled()
    const wrong = await rejection(index.documents.upsert({ documents: [{ _id: "x", year: 1 }] }))
    expect(wrong.name).toBe("PineconeBadRequestError")
    expect(wrong.message).toContain("at least one field of the index schema is needed")
    const vectors = await rejection(index.upsert({ records: [{ id: "a", values: [1, 2, 3] }] }))
    expect(vectors.message).toContain("writes must go through the documents API")
    const other = client("another-key").index({ name: "any", host: server.said.at(-1)!.url.split("/").slice(0, 3).join("/") })
    expect((await rejection(other.documents.list())).name).toBe("PineconeAuthorizationError")
  })
})
