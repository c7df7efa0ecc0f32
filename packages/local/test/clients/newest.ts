/** What the official client has since its ninth major: indexes by the schema of their fields. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Pinecone } from "pinecone-9"
import { freshName } from "../utils/pinecone.js"
import type { Server } from "./server.js"
import { apiKey, rejection } from "./server.js"

export const newestSuite = (server: Server) => {
  describe("TypeScript 9, with schemas", () => {
    const client = (key = apiKey) =>
      new Pinecone({ apiKey: key, controllerHostUrl: server.url(), fetchApi: server.fetch })

    const name = () => freshName("newest")

    const body = { type: "string", fullTextSearch: { language: "en", stemming: true } } as const

    const schemas = {
      "dense vectors": { _values: { type: "dense_vector", dimension: 3, metric: "dotproduct" } },
      "sparse vectors": { _sparse_values: { type: "sparse_vector" } },
      "documents": { body, vector: { type: "dense_vector", dimension: 2, metric: "cosine", description: "of body" } }
    } as const

    for (const [what, fields] of Object.entries(schemas)) {
      it(`creates, describes, lists and deletes an index of ${what}`, async () => {
        const made = name()
        const created = await client().indexes.create({
          name: made,
          schema: { fields },
          deployment: { deploymentType: "managed", cloud: "gcp", region: "us-central1" },
          tags: { team: "search" },
          deletionProtection: "disabled",
          waitUntilReady: true
        })
        assert(created !== undefined)
        expect(created).toMatchObject({ name: made, schema: { fields }, tags: { team: "search" } })
        expect(created.deployment).toMatchObject({ deploymentType: "managed", cloud: "gcp", region: "us-central1" })
        const described = await client().indexes.describe(made)
        expect(described).toMatchObject({ schema: { fields }, status: { ready: true, state: "Ready" } })
        expect((await client().indexes.list()).indexes?.map(({ name }) => name)).toContain(made)
        await client().indexes.delete(made)
        expect((await rejection(client().indexes.describe(made))).name).toBe("PineconeNotFoundError")
      })
    }

    it("is told the defaults of a text field", async () => {
      const made = name()
      await client().indexes.create({
        name: made,
        schema: { fields: { body: { type: "string", fullTextSearch: {} } } }
      })
      const { deployment, readCapacity, schema } = await client().indexes.describe(made)
      expect(schema.fields["body"]).toMatchObject({
        type: "string",
        fullTextSearch: { language: "en", stemming: false, stopWords: false }
      })
      expect(deployment).toMatchObject({ deploymentType: "managed", cloud: "aws", region: "us-east-1" })
      expect(readCapacity).toMatchObject({ mode: "OnDemand" })
    })

    it("creates an index for a model, whose text is a field", async () => {
      const made = name()
      await client().indexes.createForModel({
        name: made,
        cloud: "aws",
        region: "us-east-1",
        embed: { model: "multilingual-e5-large", fieldMap: { text: "plot" } }
      })
      expect((await client().indexes.describe(made)).schema.fields["plot"]).toMatchObject({
        type: "semantic_text",
        model: "multilingual-e5-large",
        dimension: 1024,
        metric: "cosine"
      })
    })

    it("configures tags, protection and read capacity", async () => {
      const made = name()
      await client().indexes.create({ name: made, schema: { fields: { body } }, tags: { old: "1" } })
      const changed = await client().indexes.configure(made, {
        tags: { old: "", team: "search" },
        deletionProtection: "enabled",
        readCapacity: {
          mode: "Dedicated",
          dedicated: { nodeType: "b1", scaling: "Manual", manual: { replicas: 2, shards: 1 } }
        }
      })
      expect(changed).toMatchObject({
        tags: { team: "search" },
        deletionProtection: "enabled",
        readCapacity: { mode: "Dedicated", dedicated: { nodeType: "b1", manual: { replicas: 2, shards: 1 } } }
      })
      const refused = await rejection(client().indexes.delete(made))
      expect(refused.message).toContain("Deletion protection is enabled for this index")
    })

    it("backs up an index of documents, and restores it with its schema", async () => {
      const made = name()
      await client().indexes.create({ name: made, schema: { fields: { body } } })
      const backup = await client().backups.create(made, { name: "monday" })
      expect(backup).toMatchObject({ sourceIndexName: made, schema: { fields: { body } } })
      const restored = name()
      const { restoreJobId } = await client().createIndexFromBackup({ backupId: backup.backupId, name: restored })
      expect(await client().describeRestoreJob(restoreJobId)).toMatchObject({ status: "Completed" })
      expect((await client().indexes.describe(restored)).schema.fields).toMatchObject({ body })
      await client().backups.delete(backup.backupId)
      expect((await rejection(client().backups.describe(backup.backupId))).name).toBe("PineconeNotFoundError")
    })

    it("shows what is refused: an unknown key, a name that is taken, what cannot be", async () => {
      const wrongKey = await rejection(client("another-key").indexes.list())
      expect(wrongKey.name).toBe("PineconeAuthorizationError")
      const made = name()
      const index = { name: made, schema: { fields: { body } } }
      await client().indexes.create(index)
      expect((await rejection(client().indexes.create(index))).name).toBe("PineconeConflictError")
      const reserved = await rejection(
        client().indexes.create({ name: name(), schema: { fields: { body, _other: body } } })
      )
      expect(reserved.name).toBe("PineconeBadRequestError")
      const unknown: object = { name: name(), schema: { fields: { body: { type: "string", filterable: true } } } }
      const response = await server.fetch(`${server.url()}/indexes`, {
        method: "POST",
        headers: { "Api-Key": apiKey, "X-Pinecone-Api-Version": "2026-07", "content-type": "application/json" },
        body: JSON.stringify({ ...unknown, dimension: 3 })
      })
      expect(response.status).toBe(422)
      expect(await response.json()).toMatchObject({ status: 422, error: { code: "UNPROCESSABLE_ENTITY" } })
    })
  })
}
