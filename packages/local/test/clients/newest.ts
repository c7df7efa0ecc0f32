/** The client of a version of the API that the server does not speak. */
import { describe, expect, it } from "@effect/vitest"
import { Pinecone } from "pinecone-9"
import type { Server } from "./server.js"
import { apiKey, rejection } from "./server.js"

export const newestSuite = (server: Server) => {
  describe("TypeScript 9", () => {
    const client = () => new Pinecone({ apiKey, controllerHostUrl: server.url(), fetchApi: server.fetch })

    const requests = {
      "lists indexes": () => client().listIndexes(),
      "creates an index": () =>
        client().createIndex({
          name: "newest",
          dimension: 3,
          metric: "cosine",
          spec: { serverless: { cloud: "aws", region: "us-east-1" } }
        }),
      "queries an index": () => client().index({ name: "newest", host: server.url() }).query({ id: "a", topK: 1 }),
      "embeds": () => client().inference.embed({ model: "multilingual-e5-large", inputs: ["tea"] }),
      "lists assistants": () => client().listAssistants()
    }

    for (const [what, request] of Object.entries(requests)) {
      it(`${what}: its user is told at once that this version is not served`, async () => {
        const error = await rejection(request())
        expect(error.message).toContain("2026-07")
        expect(error.name).toBe("PineconeBadRequestError")
        expect(server.said.map(({ headers, status }) => [headers.get("x-pinecone-api-version"), status]))
          .toEqual([["2026-07", 400]])
      })
    }
  })
}
