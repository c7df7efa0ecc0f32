import { afterAll, assert, beforeAll, describe, expect, it } from "@effect/vitest"
import { AdminClient, Errors, Pinecone } from "@pinecone-database/pinecone"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { account, clientSecret } from "./utils/admin.js"

const runtime = ManagedRuntime.make(PineconeLocal.layerServer({ port: 0, admin: account }))

let url = ""

/** The client has its login host built in: what is meant for it goes to the server. */
const redirected: typeof fetch = (input, init) =>
  fetch(typeof input === "string" ? input.replace("https://login.pinecone.io", url) : input, init)

const adminWith = (clientSecret: string) =>
  new AdminClient({
    clientId: account.clientId,
    clientSecret,
    controllerHostUrl: url,
    fetchApi: redirected,
    maxRetries: 0
  })

beforeAll(async () => {
  url = (await runtime.runPromise(PineconeLocal.PineconeLocal)).url
})

afterAll(() => runtime.dispose())

describe("the official admin client", () => {
  it("projects", async () => {
    const { projects } = adminWith(clientSecret)
    const made = await projects.create({ name: "official", maxPods: 2 })
    assert(made.createdAt instanceof Date)
    expect(await projects.describe(made.id)).toEqual(made)
    expect((await projects.list()).data.map(({ name }) => name)).toContain("official")
    expect(await projects.update(made.id, { name: "renamed" })).toEqual({ ...made, name: "renamed" })
    await projects.delete(made.id)
    await expect(projects.describe(made.id)).rejects.toBeInstanceOf(Errors.PineconeNotFoundError)
  })

  it("organizations", async () => {
    const { organizations } = adminWith(clientSecret)
    const [organization] = (await organizations.list()).data
    assert(organization !== undefined)
    expect(await organizations.describe(organization.id)).toEqual(organization)
    expect((await organizations.update(organization.id, { name: "ours" })).name).toBe("ours")
  })

  it("a key that it creates works in the official client, until it deletes it", async () => {
    const { apiKeys, projects } = adminWith(clientSecret)
    const [project] = (await projects.list()).data
    assert(project !== undefined)
    const { key, value } = await apiKeys.create(project.id, { name: "viewer", roles: ["ProjectViewer"] })
    expect(await apiKeys.describe(key.id)).toEqual(key)
    expect((await apiKeys.list(project.id)).data).toContainEqual(key)

    const pinecone = new Pinecone({ apiKey: value, controllerHostUrl: url, maxRetries: 0 })
    expect((await pinecone.listIndexes()).indexes).toEqual([])
    const index = { name: "official", dimension: 3, spec: { serverless: { cloud: "aws", region: "us-east-1" } } }
    // The client takes 403 for a bad request.
    await expect(pinecone.createIndex(index)).rejects.toThrow("ProjectViewer")
    await apiKeys.update(key.id, { roles: ["ProjectEditor"] })
    await pinecone.createIndex({ ...index, waitUntilReady: true })
    await pinecone.deleteIndex("official")

    await apiKeys.delete(key.id)
    await expect(pinecone.listIndexes()).rejects.toBeInstanceOf(Errors.PineconeAuthorizationError)
  })

  it("wrong credentials", async () => {
    const { projects } = adminWith("wrong")
    await expect(projects.list()).rejects.toBeInstanceOf(Errors.PineconeAuthorizationError)
  })
})
