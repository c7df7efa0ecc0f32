/** Aliases and schedules of backups for the official client: its ninth major has schedules, and reads through aliases. */
import { assert, describe, expect, it } from "@effect/vitest"
import { Pinecone } from "pinecone-9"
import { freshName } from "../utils/pinecone.js"
import { apiKey, rejection, useServer } from "./server.js"

const server = useServer()

const client = () => new Pinecone({ apiKey, controllerHostUrl: server.url(), fetchApi: server.fetch })

const makeIndex = async () => {
  const name = freshName("scheduled")
  const created = await client().indexes.create({
    name,
    schema: { fields: { _values: { type: "dense_vector", dimension: 3, metric: "cosine" } } },
    deployment: { deploymentType: "managed", cloud: "aws", region: "us-east-1" },
    waitUntilReady: true
  })
  assert(created !== undefined)
  return { name, host: created.host }
}

describe("the official client", () => {
  it("creates, lists, describes, changes and deletes schedules of backups, and reads their history", async () => {
    const { name } = await makeIndex()
    const { backupSchedules } = client()
    const created = await backupSchedules.create(name, { name: "nightly", frequency: "daily", retentionDays: 7 })
    expect(created).toMatchObject({
      name: "nightly",
      frequency: "daily",
      scheduleType: "time-based",
      retentionExpireAfterDays: 7,
      enabled: true
    })
    expect(created.nextScheduledRun).toBeInstanceOf(Date)
    expect((await backupSchedules.list(name)).data).toEqual([created])
    expect(await backupSchedules.describe(created.scheduleId)).toEqual(created)
    const second = await rejection(
      backupSchedules.create(name, { name: "second", frequency: "weekly", retentionDays: 7 })
    )
    expect(second.message).toContain("already has an enabled backup schedule")
    const [coming] = (await backupSchedules.history(created.scheduleId)).data
    expect(coming).toMatchObject({ status: "Scheduled", scheduledExecutionAt: created.nextScheduledRun })
    const disabled = await backupSchedules.update(created.scheduleId, { enabled: false })
    expect(disabled).toMatchObject({ enabled: false, nextScheduledRun: null })
    const enabled = await backupSchedules.update(created.scheduleId, { enabled: true, frequency: "monthly" })
    expect(enabled).toMatchObject({ enabled: true, frequency: "monthly" })
    const statuses = (await backupSchedules.history(created.scheduleId)).data.map(({ status }) => status)
    expect(statuses).toEqual(["Scheduled", "Ready"])
    await backupSchedules.delete(created.scheduleId)
    expect((await rejection(backupSchedules.describe(created.scheduleId))).name).toBe("PineconeNotFoundError")
  })

  it("reads through an alias, and is refused where it writes to one", async () => {
    const { host, name } = await makeIndex()
    const index = client().index({ name, namespace: "blue" })
    await index.upsert({ records: [{ id: "a", values: [1, 2, 3], metadata: { genre: "drama" } }] })
    const made = await server.fetch(`${host}/namespace-aliases`, {
      method: "POST",
      headers: { "api-key": apiKey, "x-pinecone-api-version": "2026-07", "content-type": "application/json" },
      body: JSON.stringify({ name: "live", target_namespace: "blue" })
    })
    expect(made.status).toBe(200)
    const live = client().index({ name, namespace: "live" })
    const found = await live.query({ vector: [1, 2, 3], topK: 1 })
    expect(found.matches.map(({ id }) => id)).toEqual(["a"])
    const fetched = await live.fetch({ ids: ["a"] })
    expect([Object.keys(fetched.records), fetched.namespace]).toEqual([["a"], "blue"])
    expect((await live.listPaginated()).vectors?.map(({ id }) => id)).toEqual(["a"])
    expect((await rejection(live.upsert({ records: [{ id: "b", values: [1, 2, 3] }] }))).message).toContain("blue")
    expect((await rejection(live.deleteAll())).message).toContain("live is an alias of the namespace blue")
    expect((await rejection(index.deleteNamespace("blue"))).message).toContain("delete or repoint its aliases")
  })
})
