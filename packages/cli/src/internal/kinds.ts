/** How each thing is shown: its Schema as JSON, its columns as a table, and how it comes from what the SDK gives. */
import type * as AssistantFiles from "effect-pinecone/AssistantFile"
import type * as Assistants from "effect-pinecone/AssistantSchema"
import type * as Backups from "effect-pinecone/Backup"
import type * as BackupSchedules from "effect-pinecone/BackupSchedule"
import type * as BulkImport from "effect-pinecone/BulkImport"
import type * as IndexModel from "effect-pinecone/IndexModel"
import type * as InferenceSchema from "effect-pinecone/InferenceSchema"
import type * as Namespaces from "effect-pinecone/Namespace"
import type { SparseValues } from "effect-pinecone/Vector"
import type * as VectorRecord from "effect-pinecone/VectorRecord"
import * as Output from "../Output.js"
import type { Kind } from "./render.js"

const compact = (value: unknown): string => JSON.stringify(value)

/** The first numbers of a vector, and how many there are. */
const numbers = (values: ArrayLike<number> | undefined): string | undefined =>
  values === undefined || values.length === 0
    ? undefined
    : `${Array.from({ length: Math.min(3, values.length) }, (_, i) => Number(values[i]!.toPrecision(4))).join(", ")}${
      values.length > 3 ? `, … (${values.length})` : ""
    }`

const sparse = (values: SparseValues | undefined): string | undefined =>
  values === undefined || values.indices.length === 0 ? undefined : `${values.indices.length} values`

const fields = (value: object | undefined): string | undefined =>
  value === undefined || Object.keys(value).length === 0 ? undefined : compact(value)

const spec = (index: typeof Output.Index.Type): string => {
  const [kind] = Object.keys(index.spec)
  if (kind === undefined) return ""
  const { cloud, environment, podType, region } = Object(index.spec[kind])
  return [kind, cloud, region, environment, podType].filter((part) => part !== undefined).join(" ")
}

export const index: Kind<typeof Output.Index.Type, typeof Output.Index.Encoded> = {
  schema: Output.Index,
  columns: [
    { title: "name", of: ({ name }) => name },
    { title: "state", of: ({ state }) => state },
    { title: "dimension", of: ({ dimension }) => dimension, right: true },
    { title: "metric", of: ({ metric }) => metric },
    { title: "type", of: ({ vectorType }) => vectorType },
    { title: "where", of: spec },
    { title: "model", of: ({ model }) => model },
    { title: "protection", of: ({ deletionProtection }) => deletionProtection },
    { title: "host", of: ({ host }) => host }
  ]
}

export const toIndex = (model: IndexModel.IndexModel): typeof Output.Index.Type => ({
  name: model.name,
  host: model.host,
  state: model.status.state,
  ready: model.status.ready,
  dimension: model.dimension,
  metric: model.metric,
  vectorType: model.vectorType,
  model: model.embed?.model,
  deletionProtection: model.deletionProtection,
  tags: model.tags,
  spec: { ...model.spec },
  schema: { ...model.schema }
})

export const stats: Kind<typeof Output.Stats.Type, typeof Output.Stats.Encoded> = {
  schema: Output.Stats,
  columns: [
    { title: "index", of: ({ index }) => index },
    { title: "records", of: ({ records }) => records },
    { title: "dimension", of: ({ dimension }) => dimension },
    { title: "metric", of: ({ metric }) => metric },
    { title: "type", of: ({ vectorType }) => vectorType },
    { title: "fullness", of: ({ fullness }) => fullness },
    {
      title: "namespaces",
      of: ({ namespaces }) =>
        Object.entries(namespaces).map(([name, count]) => `${name === "" ? "__default__" : name} ${count}`).join(", ")
    }
  ]
}

export const toStats = (name: string, model: Namespaces.IndexStats): typeof Output.Stats.Type => ({
  index: name,
  records: model.totalVectorCount ?? 0,
  dimension: model.dimension,
  metric: model.metric,
  vectorType: model.vectorType,
  fullness: model.indexFullness,
  namespaces: Object.fromEntries(
    Object.entries(model.namespaces ?? {}).map(([name, { vectorCount }]) => [name, vectorCount ?? 0])
  )
})

export const done: Kind<typeof Output.Done.Type, typeof Output.Done.Encoded> = {
  schema: Output.Done,
  columns: [
    { title: "done", of: ({ action }) => action },
    { title: "what", of: ({ subject }) => subject },
    { title: "count", of: ({ count }) => count }
  ]
}

export const namespace: Kind<typeof Output.Namespace.Type, typeof Output.Namespace.Encoded> = {
  schema: Output.Namespace,
  columns: [
    { title: "name", of: ({ name }) => name === "" ? "__default__" : name },
    { title: "records", of: ({ records }) => records, right: true },
    { title: "bytes", of: ({ sizeBytes }) => sizeBytes, right: true },
    { title: "indexed fields", of: ({ indexedFields }) => indexedFields?.join(", ") }
  ]
}

export const toNamespace = (model: Namespaces.NamespaceDescription): typeof Output.Namespace.Type => ({
  name: model.name ?? "",
  records: model.recordCount,
  sizeBytes: model.sizeBytes,
  indexedFields: model.indexedFields?.fields
})

export const record: Kind<VectorRecord.VectorRecord, typeof Output.Record.Encoded> = {
  schema: Output.Record,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "values", of: ({ values }) => numbers(values) },
    { title: "sparse", of: ({ sparseValues }) => sparse(sparseValues) },
    { title: "metadata", of: ({ metadata }) => fields(metadata) }
  ]
}

export const id: Kind<typeof Output.Id.Type, typeof Output.Id.Encoded> = {
  schema: Output.Id,
  columns: [{ title: "id", of: ({ id }) => id }]
}

export const match: Kind<typeof Output.Match.Type, typeof Output.Match.Encoded> = {
  schema: Output.Match,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "score", of: ({ score }) => score, right: true },
    { title: "values", of: ({ values }) => numbers(values) },
    { title: "sparse", of: ({ sparseValues }) => sparse(sparseValues) },
    { title: "metadata", of: ({ metadata }) => fields(metadata) }
  ]
}

export const hit: Kind<typeof Output.Hit.Type, typeof Output.Hit.Encoded> = {
  schema: Output.Hit,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "score", of: ({ score }) => score, right: true },
    { title: "fields", of: ({ fields }) => compact(fields) }
  ]
}

const rest = ({ _id: _, ...others }: { readonly _id: string }): string => compact(others)

export const document: Kind<typeof Output.Document.Type, typeof Output.Document.Encoded> = {
  schema: Output.Document,
  columns: [
    { title: "id", of: ({ _id }) => _id },
    { title: "fields", of: rest }
  ]
}

export const found: Kind<typeof Output.Found.Type, typeof Output.Found.Encoded> = {
  schema: Output.Found,
  columns: [
    { title: "id", of: ({ document }) => document._id },
    { title: "score", of: ({ score }) => score ?? undefined, right: true },
    { title: "fields", of: ({ document }) => rest(document) }
  ]
}

export const run: Kind<typeof Output.Run.Type, typeof Output.Run.Encoded> = {
  schema: Output.Run,
  columns: [
    { title: "records", of: ({ records }) => records },
    { title: "refused", of: ({ refused }) => refused },
    { title: "skipped", of: ({ skipped }) => skipped },
    { title: "seconds", of: ({ seconds }) => seconds },
    { title: "a second", of: ({ rate }) => Math.round(rate) }
  ]
}

export const bulkImport: Kind<typeof Output.Import.Type, typeof Output.Import.Encoded> = {
  schema: Output.Import,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "status", of: ({ status }) => status },
    { title: "done", of: ({ percentComplete }) => percentComplete === undefined ? undefined : `${percentComplete} %` },
    { title: "records", of: ({ recordsImported }) => recordsImported, right: true },
    { title: "created", of: ({ createdAt }) => createdAt },
    { title: "uri", of: ({ uri }) => uri },
    { title: "error", of: ({ error }) => error === "" ? undefined : error }
  ]
}

export const toImport = (model: BulkImport.ImportModel): typeof Output.Import.Type => ({
  id: model.id,
  uri: model.uri,
  status: model.status,
  percentComplete: model.percentComplete,
  recordsImported: model.recordsImported,
  createdAt: model.createdAt?.toISOString(),
  finishedAt: model.finishedAt?.toISOString(),
  error: model.error
})

export const backup: Kind<typeof Output.Backup.Type, typeof Output.Backup.Encoded> = {
  schema: Output.Backup,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "name", of: ({ name }) => name },
    { title: "index", of: ({ index }) => index },
    { title: "status", of: ({ status }) => status },
    { title: "records", of: ({ records }) => records, right: true },
    { title: "bytes", of: ({ sizeBytes }) => sizeBytes, right: true },
    { title: "created", of: ({ createdAt }) => createdAt }
  ]
}

export const toBackup = (model: Backups.BackupModel): typeof Output.Backup.Type => ({
  id: model.backupId,
  name: model.name,
  index: model.sourceIndexName,
  status: model.status,
  description: model.description,
  records: model.recordCount,
  namespaces: model.namespaceCount,
  sizeBytes: model.sizeBytes,
  createdAt: model.createdAt
})

export const schedule: Kind<typeof Output.Schedule.Type, typeof Output.Schedule.Encoded> = {
  schema: Output.Schedule,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "name", of: ({ name }) => name },
    { title: "frequency", of: ({ frequency }) => frequency },
    { title: "kept", of: ({ keepDays }) => `${keepDays} ${keepDays === 1 ? "day" : "days"}` },
    { title: "enabled", of: ({ enabled }) => enabled },
    { title: "next", of: ({ next }) => next },
    { title: "created", of: ({ createdAt }) => createdAt }
  ]
}

export const toSchedule = (model: BackupSchedules.BackupSchedule): typeof Output.Schedule.Type => ({
  id: model.scheduleId,
  name: model.name,
  frequency: model.frequency,
  keepDays: model.retentionExpireAfterDays,
  enabled: model.enabled,
  next: model.nextScheduledRun?.toISOString(),
  createdAt: model.createdAt.toISOString()
})

export const scheduled: Kind<typeof Output.ScheduledBackup.Type, typeof Output.ScheduledBackup.Encoded> = {
  schema: Output.ScheduledBackup,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "name", of: ({ name }) => name },
    { title: "index", of: ({ index }) => index },
    { title: "status", of: ({ status }) => status },
    { title: "records", of: ({ records }) => records, right: true },
    { title: "bytes", of: ({ sizeBytes }) => sizeBytes, right: true },
    { title: "scheduled", of: ({ scheduledAt }) => scheduledAt }
  ]
}

export const toScheduled = (model: BackupSchedules.HistoryItem): typeof Output.ScheduledBackup.Type => ({
  id: model.backupId,
  name: model.name,
  index: model.sourceIndexName,
  status: model.status,
  records: model.recordCount,
  sizeBytes: model.sizeBytes,
  scheduledAt: model.scheduledExecutionAt?.toISOString(),
  createdAt: model.createdAt.toISOString()
})

export const restoreJob: Kind<typeof Output.RestoreJob.Type, typeof Output.RestoreJob.Encoded> = {
  schema: Output.RestoreJob,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "backup", of: ({ backup }) => backup },
    { title: "index", of: ({ index }) => index },
    { title: "status", of: ({ status }) => status },
    { title: "done", of: ({ percentComplete }) => percentComplete === undefined ? undefined : `${percentComplete} %` }
  ]
}

export const toRestoreJob = (model: Backups.RestoreJobModel): typeof Output.RestoreJob.Type => ({
  id: model.restoreJobId,
  backup: model.backupId,
  index: model.targetIndexName,
  status: model.status,
  percentComplete: model.percentComplete
})

export const model: Kind<typeof Output.Model.Type, typeof Output.Model.Encoded> = {
  schema: Output.Model,
  columns: [
    { title: "model", of: ({ model }) => model },
    { title: "type", of: ({ type }) => type },
    { title: "vectors", of: ({ vectorType }) => vectorType },
    { title: "dimension", of: ({ dimension }) => dimension, right: true },
    { title: "batch", of: ({ maxBatchSize }) => maxBatchSize, right: true },
    { title: "description", of: ({ description }) => description }
  ]
}

export const toModel = (info: InferenceSchema.ModelInfo): typeof Output.Model.Type => ({
  model: info.model,
  type: info.type,
  vectorType: info.vectorType,
  dimension: info.defaultDimension,
  maxBatchSize: info.maxBatchSize,
  description: info.shortDescription
})

export const embedding: Kind<typeof Output.Embedding.Type, typeof Output.Embedding.Encoded> = {
  schema: Output.Embedding,
  columns: [
    { title: "text", of: ({ text }) => text },
    { title: "values", of: ({ values }) => numbers(values) },
    { title: "sparse", of: ({ sparseValues }) => sparse(sparseValues) }
  ]
}

export const ranked: Kind<typeof Output.Ranked.Type, typeof Output.Ranked.Encoded> = {
  schema: Output.Ranked,
  columns: [
    { title: "line", of: ({ index }) => index + 1, right: true },
    { title: "score", of: ({ score }) => score, right: true },
    { title: "document", of: ({ document }) => document }
  ]
}

export const assistant: Kind<typeof Output.Assistant.Type, typeof Output.Assistant.Encoded> = {
  schema: Output.Assistant,
  columns: [
    { title: "name", of: ({ name }) => name },
    { title: "status", of: ({ status }) => status },
    { title: "created", of: ({ createdAt }) => createdAt },
    { title: "instructions", of: ({ instructions }) => instructions }
  ]
}

export const toAssistant = (model: Assistants.AssistantModel): typeof Output.Assistant.Type => ({
  name: model.name,
  status: model.status,
  instructions: model.instructions,
  createdAt: model.createdAt?.toISOString()
})

export const assistantFile: Kind<typeof Output.AssistantFile.Type, typeof Output.AssistantFile.Encoded> = {
  schema: Output.AssistantFile,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "name", of: ({ name }) => name },
    { title: "status", of: ({ status }) => status },
    { title: "bytes", of: ({ sizeBytes }) => sizeBytes, right: true }
  ]
}

export const toAssistantFile = (model: AssistantFiles.AssistantFileModel): typeof Output.AssistantFile.Type => ({
  id: model.id,
  name: model.name,
  status: model.status,
  sizeBytes: model.size
})

export const answer: Kind<typeof Output.Answer.Type, typeof Output.Answer.Encoded> = {
  schema: Output.Answer,
  columns: [{ title: "answer", of: ({ answer }) => answer }]
}

export const named: Kind<typeof Output.Named.Type, typeof Output.Named.Encoded> = {
  schema: Output.Named,
  columns: [
    { title: "id", of: ({ id }) => id },
    { title: "name", of: ({ name }) => name },
    { title: "about", of: ({ about }) => about }
  ]
}

export const difference: Kind<typeof Output.Difference.Type, typeof Output.Difference.Encoded> = {
  schema: Output.Difference,
  columns: [
    { title: "id", of: ({ id }) => id },
    {
      title: "where",
      of: ({ kind }) =>
        ({ onlyFirst: "only in the first", onlySecond: "only in the second", different: "in both" })[kind]
    },
    { title: "differs in", of: ({ fields }) => fields.join(", ") }
  ]
}

const millis = (value: number): string => `${value.toFixed(2)} ms`

export const bench: Kind<typeof Output.Bench.Type, typeof Output.Bench.Encoded> = {
  schema: Output.Bench,
  columns: [
    { title: "index", of: ({ index }) => index },
    { title: "queries", of: ({ queries }) => queries },
    { title: "failed", of: ({ failed }) => failed },
    { title: "concurrency", of: ({ concurrency }) => concurrency },
    { title: "a second", of: ({ rate }) => Math.round(rate) },
    { title: "min", of: ({ min }) => millis(min) },
    { title: "mean", of: ({ mean }) => millis(mean) },
    { title: "p50", of: ({ p50 }) => millis(p50) },
    { title: "p90", of: ({ p90 }) => millis(p90) },
    { title: "p95", of: ({ p95 }) => millis(p95) },
    { title: "p99", of: ({ p99 }) => millis(p99) },
    { title: "max", of: ({ max }) => millis(max) }
  ]
}

export const profile: Kind<typeof Output.Profile.Type, typeof Output.Profile.Encoded> = {
  schema: Output.Profile,
  columns: [
    { title: "current", of: ({ current }) => current ? "*" : undefined },
    { title: "name", of: ({ name }) => name },
    { title: "url", of: ({ url }) => url },
    { title: "key", of: ({ key }) => key },
    { title: "service account", of: ({ serviceAccount }) => serviceAccount },
    { title: "index", of: ({ index }) => index },
    { title: "namespace", of: ({ namespace }) => namespace }
  ]
}

const list = (values: ArrayLike<number> | undefined): ReadonlyArray<number> | undefined =>
  values === undefined || values.length === 0 ? undefined : Array.from(values)

const sparseList = (values: SparseValues | undefined) =>
  values === undefined || values.indices.length === 0
    ? undefined
    : { indices: Array.from(values.indices), values: Array.from(values.values) }

export const toMatch = (match: {
  readonly id: string
  readonly score: number
  readonly values?: ArrayLike<number> | undefined
  readonly sparseValues?: SparseValues | undefined
  readonly metadata?: object | undefined
}): typeof Output.Match.Type => ({
  id: match.id,
  score: match.score,
  values: list(match.values),
  sparseValues: sparseList(match.sparseValues),
  metadata: match.metadata === undefined ? undefined : { ...match.metadata }
})

export const toHit = (
  { fields, id, score }: { readonly id: string; readonly score: number; readonly fields: object }
): typeof Output.Hit.Type => ({ id, score, fields: { ...fields } })

export const toEmbedding = (
  text: string,
  { sparseValues, values }: {
    readonly values: ArrayLike<number> | undefined
    readonly sparseValues: SparseValues | undefined
  }
): typeof Output.Embedding.Type => ({ text, values: list(values), sparseValues: sparseList(sparseValues) })
