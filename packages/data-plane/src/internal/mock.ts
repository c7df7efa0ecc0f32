import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import { Metadata } from "@effect-pinecone/schema/Metadata"
import * as Effect from "effect/Effect"
import type { BulkImports } from "../BulkImports.js"
import type { FanOut } from "../FanOut.js"
import type { Ingest } from "../Ingest.js"
import type { NamespaceAliases } from "../NamespaceAliases.js"
import type { Namespaces } from "../Namespaces.js"
import type { Query } from "../Query.js"
import type { Reading } from "../Reading.js"
import type { Records } from "../Records.js"
import type { Search } from "../Search.js"

type Method =
  | keyof BulkImports
  | keyof FanOut<Metadata, Metadata>
  | keyof Ingest<Metadata, Metadata>
  | keyof NamespaceAliases
  | keyof Namespaces<Metadata>
  | keyof Query<Metadata, Metadata>
  | keyof Reading<Metadata, Metadata>
  | keyof Records<Metadata, Metadata>
  | keyof Search<Metadata, Metadata>

/** Every method that sends something: the compiler sees to it that none is missing. */
const methods: Readonly<Record<Method, true>> = {
  upsert: true,
  upsertRecords: true,
  update: true,
  updateByMetadata: true,
  delete: true,
  fetch: true,
  fetchByMetadata: true,
  fetchByMetadataStream: true,
  list: true,
  listStream: true,
  fetchAll: true,
  get: true,
  scan: true,
  waitForLsn: true,
  query: true,
  searchRecords: true,
  queryNamespaces: true,
  queryMany: true,
  upsertAll: true,
  upsertProgress: true,
  upsertSink: true,
  upsertRecordsAll: true,
  upsertRecordsProgress: true,
  updateAll: true,
  updateProgress: true,
  deleteIds: true,
  deleteProgress: true,
  describeIndexStats: true,
  createNamespace: true,
  listNamespaces: true,
  listNamespacesStream: true,
  describeNamespace: true,
  deleteNamespace: true,
  createNamespaceAlias: true,
  describeNamespaceAlias: true,
  repointNamespaceAlias: true,
  deleteNamespaceAlias: true,
  listNamespaceAliases: true,
  listNamespaceAliasesStream: true,
  startImport: true,
  describeImport: true,
  listImports: true,
  listImportsStream: true,
  cancelImport: true,
  importProgress: true,
  waitForImport: true,
  importAll: true,
  importAllProgress: true
}

/** An effect is a stream and a sink too: whatever a method gives, it dies when it is run. */
export const unimplemented = (tag: string, method: string, toGive: string) => () =>
  Effect.suspend(() => {
    const error = new Error(`${tag}: the mock has no method "${method}": pass "${toGive}" to mock`)
    error.name = "UnimplementedError"
    return Effect.die(error)
  })

type Methods = Readonly<Record<string, unknown>>

/** The methods that are given; the others die with their names. */
const indexOf = <A, I extends Storable>(
  metadata: MetadataSchema<A, I>,
  given: object,
  missing: (method: string) => () => Effect.Effect<never>,
  untyped: () => Methods
): Methods => {
  const index: Methods = {
    ...Object.fromEntries(Object.keys(methods).map((method) => [method, missing(method)])),
    metadata,
    namespace: () => index,
    untyped,
    ...Object.fromEntries(Object.entries(given).filter(([, method]) => method !== undefined))
  }
  return index
}

/** An index with a part of its methods. The methods that its untyped view has are not known. */
export const make = <A, I extends Storable>(tag: string, metadata: MetadataSchema<A, I>, given: object): Methods => {
  const untyped = (): Methods =>
    indexOf(
      Metadata,
      {},
      (method) => unimplemented(tag, `untyped().${method}`, "untyped"),
      untyped
    )
  return indexOf(metadata, given, (method) => unimplemented(tag, method, method), untyped)
}
