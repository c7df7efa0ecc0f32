import * as Backup from "@effect-pinecone/schema/Backup"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import type { IndexSpec } from "@effect-pinecone/schema/IndexSpec"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as apiVersion from "./apiVersion.js"
import * as problem from "./problem.js"

// What the control plane's requests and answers are in each version of the API: as the definitions of 2024-07, 2024-10,
// 2025-01, 2025-04 and 2025-10 have them. 2026-04 is as 2025-10.

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
  fields.reduce((kept, [since, path]) => version < since ? without(kept, path) : kept, json)

/** Until dedicated nodes are there, it is null how many they are. */
const withNulls = (json: Json): Json => {
  const spec = json["spec"]
  if (!isJson(spec)) return json
  const kinds = Object.entries(spec).map(([kind, of]) => {
    const capacity = isJson(of) ? of["read_capacity"] : undefined
    if (!isJson(of) || !isJson(capacity) || capacity["mode"] !== "Dedicated") return [kind, of]
    const status = isJson(capacity["status"]) ? capacity["status"] : {}
    const { current_replicas = null, current_shards = null } = status
    return [kind, { ...of, read_capacity: { ...capacity, status: { ...status, current_replicas, current_shards } } }]
  })
  return { ...json, spec: Object.fromEntries(kinds) }
}

const encodeIndex = Schema.encode(IndexModel.IndexModel)
const encodeBackup = Schema.encode(Backup.BackupModel)

const indexJson = (index: IndexModel.IndexModel): Effect.Effect<Json> =>
  Effect.gen(function*() {
    const version = yield* apiVersion.Current
    return inVersion(withNulls({ ...(yield* Effect.orDie(encodeIndex(index))) }), version, indexFields)
  })

const backupJson = (backup: Backup.BackupModel): Effect.Effect<Json> =>
  Effect.gen(function*() {
    const version = yield* apiVersion.Current
    // An index has no tags where there are none, and a backup has none of them.
    const tags = backup.tags ?? {}
    return inVersion({ ...(yield* Effect.orDie(encodeBackup({ ...backup, tags }))) }, version, backupFields)
  })

/** An index, as the version of the request has it. */
export const answerIndex = (status: number) => (index: IndexModel.IndexModel) =>
  Effect.map(indexJson(index), (json) => HttpServerResponse.unsafeJson(json, { status }))

export const answerIndexes = (indexes: ReadonlyArray<IndexModel.IndexModel>) =>
  Effect.map(Effect.forEach(indexes, indexJson), (all) => HttpServerResponse.unsafeJson({ indexes: all }))

/** A backup, as the version of the request has it. */
export const answerBackup = (status: number) => (backup: Backup.BackupModel) =>
  Effect.map(backupJson(backup), (json) => HttpServerResponse.unsafeJson(json, { status }))

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
      spec: yield* specOf(request.spec, version),
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
