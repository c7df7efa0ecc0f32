import { afterAll, assert, beforeAll, describe, expect, it } from "@effect/vitest"
import { AdminClient, Errors, Pinecone } from "@pinecone-database/pinecone"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { AdminClient as AdminClient9, Errors as Errors9 } from "pinecone-9"
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

const credentials = { clientId: account.clientId, clientSecret }

/** The clients of both versions that have these, whose types differ in nothing that is used here. */
const clients = {
  "2026-04": { AdminClient, Errors },
  "2026-07": { AdminClient: AdminClient9, Errors: Errors9 }
}

describe.each(Object.entries(clients))("the official admin client of %s", (version, { AdminClient, Errors }) => {
  const admin = (account: { readonly clientId: string; readonly clientSecret: string } = credentials) =>
    new AdminClient({ ...account, controllerHostUrl: url, fetchApi: redirected, maxRetries: 0 })

  it("projects, organizations and API keys", async () => {
    const { apiKeys, organizations, projects } = admin()
    const made = await projects.create({ name: `official ${version}` })
    expect(await projects.describe(made.id)).toEqual(made)
    expect((await projects.list()).data).toContainEqual(made)
    const { key } = await apiKeys.create(made.id, { name: "viewer", roles: ["ProjectViewer"] })
    expect((await apiKeys.list(made.id)).data).toEqual([key])
    expect((await apiKeys.update(key.id, { name: "other" })).name).toBe("other")
    expect((await apiKeys.describe(key.id)).name).toBe("other")
    await apiKeys.delete(key.id)
    expect((await projects.update(made.id, { name: "renamed" })).name).toBe("renamed")
    await projects.delete(made.id)
    const [organization] = (await organizations.list()).data
    assert(organization !== undefined)
    expect(await organizations.describe(organization.id)).toEqual(organization)
    expect((await organizations.update(organization.id, { name: version })).name).toBe(version)
  })

  it("a service account that it creates may do what its roles allow, until it is deleted", async () => {
    const { roleBindings, serviceAccounts } = admin()
    const made = await serviceAccounts.create({
      name: "official",
      roleBindings: [{ resourceType: "organization", role: "OrgMember" }]
    })
    const { id } = made.serviceAccount
    assert(made.serviceAccount.createdAt instanceof Date)
    expect(await serviceAccounts.describe(id)).toEqual(made.serviceAccount)
    expect((await serviceAccounts.list({ limit: 10 })).data).toContainEqual(made.serviceAccount)
    expect((await serviceAccounts.update(id, { name: "renamed" })).name).toBe("renamed")
    const as = (clientSecret: string) => admin({ clientId: made.serviceAccount.clientId, clientSecret })
    const member = as(made.clientSecret)
    await expect(member.projects.create({ name: "no" })).rejects.toThrow("OrgManager")
    const principal = { principalType: "service_account", principalId: id }
    const given = await roleBindings.create({ ...principal, resourceType: "organization", role: "OrgManager" })
    expect(await roleBindings.describe(given.id)).toEqual(given)
    expect((await roleBindings.list({ ...principal, role: "OrgManager" })).data).toEqual([given])
    await member.projects.delete((await member.projects.create({ name: "yes" })).id)
    await roleBindings.delete(given.id)
    await expect(roleBindings.describe(given.id)).rejects.toBeInstanceOf(Errors.PineconeNotFoundError)
    const { clientSecret } = await serviceAccounts.rotateSecret(id)
    await expect(as(made.clientSecret).projects.list()).rejects.toBeInstanceOf(Errors.PineconeAuthorizationError)
    expect((await as(clientSecret).projects.list()).data).toEqual([])
    await serviceAccounts.delete(id)
    await expect(as(clientSecret).projects.list()).rejects.toBeInstanceOf(Errors.PineconeAuthorizationError)
  })

  it("users and invites", async () => {
    const { invites, users } = admin()
    const [owner] = (await users.list({ email: "OWNER@example.com" })).data
    assert(owner !== undefined)
    expect(await users.describe(owner.id)).toEqual(owner)
    await expect(users.delete(owner.id)).rejects.toThrow("owner")
    const made = await invites.create({
      email: "ada@example.com",
      roleBindings: [{ resourceType: "organization", role: "OrgMember" }]
    })
    expect(made.status).toBe("pending")
    expect(await invites.describe(made.id)).toEqual(made)
    expect((await invites.list()).data).toEqual([made])
    expect((await invites.resend(made.id)).id).toBe(made.id)
    await invites.delete(made.id)
    expect((await invites.list()).data).toEqual([])
  })
})
