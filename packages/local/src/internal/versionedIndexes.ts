import * as Backup from "@effect-pinecone/schema/Backup"
import * as Backup2026_04 from "@effect-pinecone/schema/Backup2026_04"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexModel2026_04 from "@effect-pinecone/schema/IndexModel2026_04"
import type { IndexSpec } from "@effect-pinecone/schema/IndexSpec"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as apiVersion from "./apiVersion.js"
import * as problem from "./problem.js"

// What the control plane's requests and answers are in each version of the API: as the definitions of 2024-07, 2024-10,
// 2025-01, 2025-04, 2025-10 and 2026-07 have them. 2026-04 is as 2025-10.

/** The version that has fields in place of dimension, metric and spec. */
const since = "2026-07"

/** Whether the running request is of a version that has fields. */
export const withFields: Effect.Effect<boolean> = apiVersion.atLeast(since)

type Json = { readonly [key: string]: unknown }

const isJson = (u: unknown): u is Json => typeof u === "object" && u !== null && !Array.isArray(u)

/** The fields of an index that came with a later version than the first. */
const indexFields: ReadonlyArray<readonly [since: string, path: ReadonlyArray<string>]> = [
  ["2024-10", ["tags"]],
  ["2025-01", ["vector_type"]],
  ["2025-01", ["embed"]],
  ["2025-10", ["spec", "serverless", "read_capacity"]],
  ["2025-10", ["spec", "serverless", "schema"]],
  ["2025-10", ["spec", "byoc", "read_capacity"]],
  ["2025-10", ["spec", "byoc", "schema"]]
]

const backupFields: typeof indexFields = [["2025-10", ["schema"]]]

const without = (json: Json, [name, ...rest]: ReadonlyArray<string>): Json => {
  if (name === undefined || !Object.hasOwn(json, name)) return json
  const { [name]: inner, ...others } = json
  return rest.length === 0 ? others : isJson(inner) ? { ...json, [name]: without(inner, rest) } : json
}

const inVersion = (json: Json, version: string, fields: typeof indexFields): Json =>
  fields.reduce((kept, [from, path]) => version < from ? without(kept, path) : kept, json)

/** Until dedicated nodes are there, it is null how many they are. */
const countingNodes = (capacity: unknown): unknown => {
  if (!isJson(capacity)) return capacity
  const status = isJson(capacity["status"]) ? capacity["status"] : {}
  const { current_replicas = null, current_shards = null } = status
  return { ...capacity, status: { ...status, current_replicas, current_shards } }
}

/** What 2026-07 tells as null: a field without a description, an index without tags. */
const withFieldNulls = (json: Json): Json => {
  const schema = json["schema"]
  const fields = isJson(schema) && isJson(schema["fields"]) ? schema["fields"] : {}
  const described = Object.entries(fields).map(([name, field]) => [
    name,
    isJson(field) && "type" in field ? { description: null, ...field } : field
  ])
  const { read_capacity: capacity, ...rest } = json
  return {
    tags: null,
    ...rest,
    ...(capacity === undefined ? {} : { read_capacity: countingNodes(capacity) }),
    schema: { fields: Object.fromEntries(described) }
  }
}

/** The same in the words of 2026-04. */
const withNulls = (json: Json): Json => {
  const spec = json["spec"]
  if (!isJson(spec)) return json
  const kinds = Object.entries(spec).map(([kind, of]) => {
    const capacity = isJson(of) ? of["read_capacity"] : undefined
    if (!isJson(of) || !isJson(capacity) || capacity["mode"] !== "Dedicated") return [kind, of]
    return [kind, { ...of, read_capacity: countingNodes(capacity) }]
  })
  return { ...json, spec: Object.fromEntries(kinds) }
}

const encodeIndex = Schema.encode(IndexModel.IndexModel)
const encodeIndex2026_04 = Schema.encode(IndexModel2026_04.IndexModel)
const encodeBackup = Schema.encode(Backup.BackupModel)
const encodeBackup2026_04 = Schema.encode(Backup2026_04.BackupModel)

const indexJson = (index: IndexModel.IndexModel): Effect.Effect<Json> =>
  Effect.gen(function*() {
    const version = yield* apiVersion.Current
    if (version >= since) return withFieldNulls({ ...(yield* Effect.orDie(encodeIndex(index))) })
    return inVersion(withNulls({ ...(yield* Effect.orDie(encodeIndex2026_04(index))) }), version, indexFields)
  })

const backupJson = (backup: Backup.BackupModel): Effect.Effect<Json> =>
  Effect.gen(function*() {
    const version = yield* apiVersion.Current
    // An index has no tags where there are none, and a backup has none of them.
    const tags = backup.tags ?? {}
    if (version >= since) return { ...(yield* Effect.orDie(encodeBackup({ ...backup, tags }))) }
    return inVersion({ ...(yield* Effect.orDie(encodeBackup2026_04({ ...backup, tags }))) }, version, backupFields)
  })

/** The status of an answer, which may be another one since 2026-07. */
const statusOf = (status: number, later: number): Effect.Effect<number> =>
  Effect.map(withFields, (is) => is ? later : status)

/** An index, as the version of the request has it. */
export const answerIndex = (status: number, later = status) => (index: IndexModel.IndexModel) =>
  Effect.zipWith(
    indexJson(index),
    statusOf(status, later),
    (json, status) => HttpServerResponse.unsafeJson(json, { status })
  )

export const answerIndexes = (indexes: ReadonlyArray<IndexModel.IndexModel>) =>
  Effect.map(Effect.forEach(indexes, indexJson), (all) => HttpServerResponse.unsafeJson({ indexes: all }))

/** A backup, as the version of the request has it. */
export const answerBackup = (status: number, later = status) => (backup: Backup.BackupModel) =>
  Effect.zipWith(
    backupJson(backup),
    statusOf(status, later),
    (json, status) => HttpServerResponse.unsafeJson(json, { status })
  )

export const answerBackups = (
  { data, pagination }: {
    readonly data: ReadonlyArray<Backup.BackupModel>
    readonly pagination: { readonly next: string } | undefined
  }
) =>
  Effect.map(
    Effect.forEach(data, backupJson),
    (all) => HttpServerResponse.unsafeJson({ data: all, ...(pagination === undefined ? {} : { pagination }) })
  )

/** What a request of a version cannot say is not said by it, whatever it has under the name. */
const specOf = (spec: IndexSpec, version: string): Effect.Effect<IndexSpec, problem.Problem> => {
  if (version >= "2025-10" || "pod" in spec) return Effect.succeed(spec)
  if ("serverless" in spec) {
    const { readCapacity: _, schema: __, ...serverless } = spec.serverless
    return Effect.succeed({ serverless })
  }
  return version < "2025-04"
    ? problem.unprocessable(
      `Failed to deserialize the request: unknown field \`byoc\` of the spec in version ${version} of the API, expected serverless or pod`
    )
    : Effect.succeed({ byoc: { environment: spec.byoc.environment } })
}

export const newIndex = (request: IndexModel.CreateIndexRequest) =>
  Effect.gen(function*() {
    const version = yield* apiVersion.Current
    const { tags, vectorType, ...rest } = request
    return {
      ...rest,
      spec: request.spec === undefined ? undefined : yield* specOf(request.spec, version),
      ...(version < "2024-10" ? {} : { tags }),
      ...(version < "2025-01" ? {} : { vectorType })
    }
  })

export const newIndexForModel = (request: IndexModel.CreateIndexForModelRequest) =>
  Effect.map(apiVersion.atLeast("2025-10"), (whole) => {
    if (whole) return request
    const { readCapacity: _, schema: __, ...rest } = request
    return rest
  })

export const change = (request: IndexModel.ConfigureIndexRequest) =>
  Effect.gen(function*() {
    const version = yield* apiVersion.Current
    const { embed, spec, tags, ...rest } = request
    if (version < "2025-10" && spec !== undefined && !("pod" in spec)) {
      return yield* problem.unprocessable(
        `Failed to deserialize the request: missing field \`pod\` of the spec: version ${version} of the API changes no other`
      )
    }
    return {
      ...rest,
      spec,
      ...(version < "2024-10" ? {} : { tags }),
      ...(version < "2025-01" ? {} : { embed })
    }
  })
