/** Every operation of Pinecone's, called once and with as little as it takes: for what must hold of all of them. */
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Admin from "../../../admin/src/Admin.js"
import type * as AdminSettings from "../../../admin/src/AdminSettings.js"
import * as ApiKeys from "../../../admin/src/ApiKeys.js"
import * as Metrics from "../../../admin/src/Metrics.js"
import * as Organizations from "../../../admin/src/Organizations.js"
import * as Projects from "../../../admin/src/Projects.js"
import * as Assistant from "../../../assistant/src/Assistant.js"
import * as Assistants from "../../../assistant/src/Assistants.js"
import * as Evaluation from "../../../assistant/src/Evaluation.js"
import * as FileSource from "../../../assistant/src/FileSource.js"
import * as Backups from "../../../control-plane/src/Backups.js"
import * as Collections from "../../../control-plane/src/Collections.js"
import * as ControlPlane from "../../../control-plane/src/ControlPlane.js"
import * as Indexes from "../../../control-plane/src/Indexes.js"
import * as RestoreJobs from "../../../control-plane/src/RestoreJobs.js"
import * as VectorIndex from "../../../data-plane/src/VectorIndex.js"
import * as Inference from "../../../inference/src/Inference.js"

/** What an operation is called on: an index and an assistant at a host, and everything else. */
export interface World {
  readonly host: string
  readonly admin: AdminSettings.AdminSettings
}

export interface Operation {
  /** As Pinecone names it, and as its errors do. */
  readonly name: string
  /** Whether it does no harm to send it twice. */
  readonly idempotent: boolean
  /** It goes over gRPC where that is in use. */
  readonly vectors: boolean
  readonly run: (world: World) => Effect.Effect<unknown, unknown, PineconeHttpClient | HttpClient.HttpClient>
}

interface Traits {
  readonly idempotent?: boolean
  readonly vectors?: boolean
}

const operation = (
  name: string,
  run: Operation["run"],
  { idempotent = true, vectors = false }: Traits = {}
): Operation => ({ name, idempotent, vectors, run })

const twice = { idempotent: false }

const onIndex = (
  name: string,
  run: (index: VectorIndex.VectorIndex) => Effect.Effect<unknown, unknown>,
  traits: Traits = {}
) => operation(name, ({ host }) => Effect.flatMap(VectorIndex.make({ host }), run), traits)

const onVectors = (
  name: string,
  run: (index: VectorIndex.VectorIndex) => Effect.Effect<unknown, unknown>,
  traits: Traits = {}
) => onIndex(name, run, { ...traits, vectors: true })

const of = <I, S>(
  tag: Context.Tag<I, S>,
  layer: Layer.Layer<I, unknown, PineconeHttpClient>
) =>
(name: string, run: (service: S) => Effect.Effect<unknown, unknown>, traits: Traits = {}) =>
  operation(name, () => Effect.provide(Effect.flatMap(tag, run), layer), traits)

const onIndexes = of(Indexes.Indexes, ControlPlane.layer)
const onBackups = of(Backups.Backups, ControlPlane.layer)
const onCollections = of(Collections.Collections, ControlPlane.layer)
const onJobs = of(RestoreJobs.RestoreJobs, ControlPlane.layer)
const onInference = of(Inference.Inference, Inference.layer)
const onAssistants = of(Assistants.Assistants, Assistants.layer)

const onAssistant = (
  name: string,
  run: (assistant: Assistant.Assistant) => Effect.Effect<unknown, unknown>,
  traits: Traits = {}
) => operation(name, ({ host }) => Effect.flatMap(Assistant.make({ name: "support", host }), run), traits)

const onAdmin = (
  name: string,
  program: Effect.Effect<unknown, unknown, Admin.Services>,
  traits: Traits = {}
) => operation(name, (world) => Effect.provide(program, Admin.layerFromHttpClient(world.admin)), traits)

const projects = (run: (service: Projects.Service) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(Projects.Projects, run)
const keys = (run: (service: ApiKeys.Service) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(ApiKeys.ApiKeys, run)
const organizations = (run: (service: Organizations.Service) => Effect.Effect<unknown, unknown>) =>
  Effect.flatMap(Organizations.Organizations, run)

const messages = [{ role: "user" as const, content: "why?" }]
const file = FileSource.fromBytes("a.txt", new TextEncoder().encode("text"))
const filter = Filter.raw({ year: { $gt: 1999 } })

export const all: ReadonlyArray<Operation> = [
  onVectors("upsert", (index) => index.upsert([{ id: "a", values: [1, 2] }])),
  onVectors("query", (index) => index.query({ id: "a", topK: 1 })),
  onVectors("update", (index) => index.update({ id: "a", values: [1, 2] })),
  onVectors("fetch", (index) => index.fetch(["a"])),
  onVectors("fetch_by_metadata", (index) => index.fetchByMetadata({ filter })),
  onVectors("delete", (index) => index.delete({ ids: ["a"] })),
  onVectors("list", (index) => index.list()),
  onVectors("describe_index_stats", (index) => index.describeIndexStats()),
  onVectors("list_namespaces", (index) => index.listNamespaces()),
  onVectors("create_namespace", (index) => index.createNamespace("n"), twice),
  onVectors("describe_namespace", (index) => index.describeNamespace("n")),
  onVectors("delete_namespace", (index) => index.deleteNamespace("n")),
  onVectors("create_namespace_alias", (index) => index.createNamespaceAlias("live", "n"), twice),
  onVectors("describe_namespace_alias", (index) => index.describeNamespaceAlias("live")),
  onVectors("repoint_namespace_alias", (index) => index.repointNamespaceAlias("live", "n")),
  onVectors("delete_namespace_alias", (index) => index.deleteNamespaceAlias("live")),
  onVectors("list_namespace_aliases", (index) => index.listNamespaceAliases()),
  onIndex("upsert_records", (index) => index.upsertRecords([{ id: "a", fields: { text: "t" } }])),
  onIndex("search_records", (index) => index.searchRecords({ text: "t", topK: 1 })),
  onIndex("start_import", (index) => index.startImport({ uri: "s3://bucket/folder/" }), twice),
  onIndex("describe_import", (index) => index.describeImport("1")),
  onIndex("list_imports", (index) => index.listImports()),
  onIndex("cancel_import", (index) => index.cancelImport("1")),
  operation(
    "describe_index",
    () => Effect.flatMap(VectorIndex.make({ name: "movies" }), (index) => index.query({ id: "a", topK: 1 }))
  ),
  onIndexes("list_indexes", ({ list }) => list),
  onIndexes("describe_index", ({ describe }) => describe("movies")),
  onIndexes(
    "create_index",
    ({ create }) =>
      create({ name: "movies", dimension: 2, spec: { serverless: { cloud: "aws", region: "us-east-1" } } }),
    twice
  ),
  onIndexes("create_index_for_model", ({ createForModel }) =>
    createForModel({
      name: "movies",
      cloud: "aws",
      region: "us-east-1",
      embed: { model: "llama-text-embed-v2", fieldMap: { text: "text" } }
    }), twice),
  onIndexes(
    "create_index_from_backup_operation",
    ({ createFromBackup }) => createFromBackup({ backupId: "b", name: "movies" }),
    twice
  ),
  onIndexes("configure_index", ({ configure }) => configure("movies", { deletionProtection: "enabled" })),
  onIndexes("delete_index", (indexes) => indexes.delete("movies")),
  onCollections("list_collections", ({ list }) => list),
  onCollections("create_collection", ({ create }) => create({ name: "copy", source: "movies" }), twice),
  onCollections("describe_collection", ({ describe }) => describe("copy")),
  onCollections("delete_collection", (collections) => collections.delete("copy")),
  onBackups("create_backup", ({ create }) => create("movies"), twice),
  onBackups("list_index_backups", ({ list }) => list({ indexName: "movies" })),
  onBackups("list_project_backups", ({ list }) => list()),
  onBackups("describe_backup", ({ describe }) => describe("b")),
  onBackups("delete_backup", (backups) => backups.delete("b")),
  onJobs("list_restore_jobs", ({ list }) => list()),
  onJobs("describe_restore_job", ({ describe }) => describe("j")),
  onInference(
    "embed",
    ({ embed }) => embed({ model: "llama-text-embed-v2", inputs: ["a"], parameters: { inputType: "query" } })
  ),
  onInference("rerank", ({ rerank }) => rerank({ model: "bge-reranker-v2-m3", query: "q", documents: ["a"] })),
  onInference("list_models", ({ listModels }) => listModels()),
  onInference("get_model", ({ describeModel }) => describeModel("m")),
  onAssistants("create_assistant", ({ create }) => create({ name: "support" }), twice),
  onAssistants("list_assistants", ({ list }) => list()),
  onAssistants("get_assistant", ({ describe }) => describe("support")),
  onAssistants("update_assistant", ({ update }) => update("support", { instructions: "be brief" })),
  onAssistants("delete_assistant", (assistants) => assistants.delete("support")),
  onAssistant("chat_assistant", ({ chat }) => chat({ messages }), twice),
  onAssistant("chat_assistant", ({ chatStream }) => Stream.runDrain(chatStream({ messages })), twice),
  onAssistant("chat_completion_assistant", ({ chatCompletions }) => chatCompletions({ messages }), twice),
  onAssistant(
    "chat_completion_assistant",
    ({ chatCompletionsStream }) => Stream.runDrain(chatCompletionsStream({ messages })),
    twice
  ),
  onAssistant("context_assistant", ({ context }) => context({ query: "q" })),
  onAssistant("upload_file", ({ files }) => files.upload(file), twice),
  onAssistant("upsert_file", ({ files }) => files.upsert("f-1", file)),
  onAssistant("list_files", ({ files }) => files.list()),
  onAssistant("describe_file", ({ files }) => files.describe("f-1")),
  onAssistant("delete_file", ({ files }) => files.delete("f-1")),
  onAssistant("list_operations", ({ operations }) => operations.list()),
  onAssistant("describe_operation", ({ operations }) => operations.describe("o-1")),
  operation(
    "metrics_alignment",
    ({ host }) =>
      Effect.flatMap(
        Evaluation.make({ host }),
        ({ alignment }) => alignment({ question: "q", answer: "a", groundTruthAnswer: "a" })
      ),
    twice
  ),
  operation("fetch_prometheus_targets", () => Effect.flatMap(Metrics.make, ({ discover }) => discover("p"))),
  onAdmin("list_projects", projects(({ list }) => list)),
  onAdmin("create_project", projects(({ create }) => create({ name: "p" })), twice),
  onAdmin("fetch_project", projects(({ describe }) => describe("p"))),
  onAdmin("update_project", projects(({ update }) => update("p", { name: "q" }))),
  onAdmin("delete_project", projects((service) => service.delete("p"))),
  onAdmin("list_project_api_keys", keys(({ list }) => list("p"))),
  onAdmin("create_api_key", keys(({ create }) => create("p", { name: "k" })), twice),
  onAdmin("fetch_api_key", keys(({ describe }) => describe("k"))),
  onAdmin("update_api_key", keys(({ update }) => update("k", { name: "l" }))),
  onAdmin("delete_api_key", keys((service) => service.delete("k"))),
  onAdmin("list_organizations", organizations(({ list }) => list)),
  onAdmin("fetch_organization", organizations(({ describe }) => describe("o"))),
  onAdmin("update_organization", organizations(({ update }) => update("o", { name: "p" }))),
  onAdmin("delete_organization", organizations((service) => service.delete("o")))
]
