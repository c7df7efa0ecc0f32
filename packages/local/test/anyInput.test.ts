/**
 * Every method of the control plane is given anything at all, as JavaScript and JSON can: it ends in a success or in an error
 * of the SDK's, and neither dies nor hangs.
 */
import * as Backups from "@effect-pinecone/control-plane/Backups"
import * as Collections from "@effect-pinecone/control-plane/Collections"
import * as ControlPlane from "@effect-pinecone/control-plane/ControlPlane"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import * as RestoreJobs from "@effect-pinecone/control-plane/RestoreJobs"
import * as PineconeLocal from "@effect-pinecone/local/PineconeLocal"
import { describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../scripts/testing/properties.js"
import { anything, shaped } from "../../schema/test/utils/hostile.js"
import type { Method } from "./utils/anyInput.js"
import { tried, wrong } from "./utils/anyInput.js"

const all = Effect.all({
  indexes: Indexes.Indexes,
  collections: Collections.Collections,
  backups: Backups.Backups,
  jobs: RestoreJobs.RestoreJobs
})

type Services = Effect.Effect.Success<typeof all>

const environment = ControlPlane.layer.pipe(Layer.provide(PineconeLocal.layer()))

const spec = { serverless: { cloud: "aws", region: "us-east-1", readCapacity: { mode: "OnDemand" } } }
const pod = { pod: { environment: "e", podType: "p1.x1", replicas: 1 } }

const anyIndex = shaped({
  name: "made",
  dimension: 2,
  metric: "cosine",
  vectorType: "dense",
  deletionProtection: "disabled",
  tags: { team: "a" },
  spec
})

const anyModelIndex = shaped({
  name: "made",
  cloud: "aws",
  region: "us-east-1",
  embed: { model: "llama-text-embed-v2", fieldMap: { text: "t" } },
  tags: { team: "a" },
  readCapacity: { mode: "OnDemand" }
})

const anyName = FastCheck.oneof(FastCheck.constant(() => "there"), FastCheck.constant(() => "nowhere"), anything)
const anyPage = shaped({ indexName: "there", limit: 10, paginationToken: "" })
const anyWait = shaped({ timeout: "1 millis" })
const nothing = FastCheck.constant(() => undefined)

/** Each method, and what its arguments may be. */
const methods: Readonly<Record<string, Method<Services>>> = {
  "Indexes.create": [({ indexes }, a) => indexes.create(wrong(a)), anyIndex, nothing],
  "Indexes.createForModel": [({ indexes }, a) => indexes.createForModel(wrong(a)), anyModelIndex, nothing],
  "Indexes.createFromBackup": [
    ({ indexes }, a) => indexes.createFromBackup(wrong(a)),
    shaped({ backupId: "b", name: "made", tags: {}, deletionProtection: "disabled" }),
    nothing
  ],
  "Indexes.ensure": [({ indexes }, a, b) => indexes.ensure(wrong(a), wrong(b)), anyIndex, anyWait],
  "Indexes.describe": [({ indexes }, a) => indexes.describe(wrong(a)), anyName, nothing],
  "Indexes.exists": [({ indexes }, a) => indexes.exists(wrong(a)), anyName, nothing],
  "Indexes.configure": [
    ({ indexes }, a, b) => indexes.configure(wrong(a), wrong(b)),
    anyName,
    FastCheck.oneof(
      shaped({ tags: { team: "b" }, deletionProtection: "disabled", spec, embed: { model: "m" } }),
      shaped({ spec: pod, embed: {} })
    )
  ],
  "Indexes.waitUntilReady": [({ indexes }, a, b) => indexes.waitUntilReady(wrong(a), wrong(b)), anyName, anyWait],
  "Indexes.waitUntilGone": [
    ({ indexes }, a, b) => indexes.waitUntilGone(wrong(a), wrong(b)),
    FastCheck.oneof(FastCheck.constant(() => "nowhere"), anything),
    anyWait
  ],
  "Indexes.delete": [
    ({ indexes }, a) => indexes.delete(wrong(a)),
    FastCheck.oneof(FastCheck.constant(() => "nowhere"), anything),
    nothing
  ],
  "Collections.create": [
    ({ collections }, a) => collections.create(wrong(a)),
    shaped({ name: "c", source: "there" }),
    nothing
  ],
  "Collections.describe": [({ collections }, a) => collections.describe(wrong(a)), anyName, nothing],
  "Collections.delete": [({ collections }, a) => collections.delete(wrong(a)), anyName, nothing],
  "Collections.waitUntilReady": [
    ({ collections }, a, b) => collections.waitUntilReady(wrong(a), wrong(b)),
    anyName,
    anyWait
  ],
  "Backups.create": [
    ({ backups }, a, b) => backups.create(wrong(a), wrong(b)),
    anyName,
    shaped({ name: "n", description: "d" })
  ],
  "Backups.list": [({ backups }, a) => backups.list(wrong(a)), anyPage, nothing],
  "Backups.listStream": [({ backups }, a) => Stream.runDrain(backups.listStream(wrong(a))), anyPage, nothing],
  "Backups.describe": [({ backups }, a) => backups.describe(wrong(a)), anyName, nothing],
  "Backups.delete": [({ backups }, a) => backups.delete(wrong(a)), anyName, nothing],
  "Backups.waitUntilReady": [({ backups }, a, b) => backups.waitUntilReady(wrong(a), wrong(b)), anyName, anyWait],
  "RestoreJobs.list": [({ jobs }, a) => jobs.list(wrong(a)), anyPage, nothing],
  "RestoreJobs.listStream": [({ jobs }, a) => Stream.runDrain(jobs.listStream(wrong(a))), anyPage, nothing],
  "RestoreJobs.describe": [({ jobs }, a) => jobs.describe(wrong(a)), anyName, nothing],
  "RestoreJobs.waitUntilCompleted": [
    ({ jobs }, a, b) => jobs.waitUntilCompleted(wrong(a), wrong(b)),
    anyName,
    anyWait
  ],
  "RestoreJobs.progress": [
    ({ jobs }, a, b) => Stream.runDrain(jobs.progress(wrong(a), wrong(b))),
    anyName,
    anyWait
  ]
}

describe("anything for the input of the control plane", () => {
  for (const [name, method] of Object.entries(methods)) {
    it.live(name, () =>
      Effect.gen(function*() {
        const services = yield* all
        yield* services.indexes.create({ name: "there", dimension: 2, spec: wrong(spec) })
        yield* tried(name, services, method)
      }).pipe(Effect.provide(environment)))
  }
})
