import type { Storable } from "@effect-pinecone/schema/Metadata"
import type { DocumentIngest } from "../DocumentIngest.js"
import type { DocumentReads } from "../DocumentReads.js"
import type { DocumentSearch } from "../DocumentSearch.js"
import type { DocumentWrites } from "../DocumentWrites.js"
import type { Hybrid } from "../Hybrid.js"
import type { NamespaceAliases } from "../NamespaceAliases.js"
import type { Namespaces } from "../Namespaces.js"
import { unimplemented } from "./mock.js"

type Method =
  | keyof DocumentIngest<unknown, object, Storable>
  | keyof DocumentReads<unknown, object, Storable>
  | keyof DocumentSearch<unknown, object, Storable>
  | keyof DocumentWrites<unknown, object, Storable>
  | keyof Hybrid<unknown, object, Storable>
  | keyof NamespaceAliases
  | keyof Namespaces<Storable>

/** Every method that sends something: the compiler sees to it that none is missing. */
const methods: Readonly<Record<Method, true>> = {
  upsert: true,
  update: true,
  updateByFilter: true,
  delete: true,
  fetch: true,
  fetchByFilter: true,
  fetchByFilterStream: true,
  list: true,
  listStream: true,
  fetchAll: true,
  get: true,
  scan: true,
  waitForLsn: true,
  search: true,
  searchNamespaces: true,
  hybrid: true,
  upsertAll: true,
  upsertProgress: true,
  upsertSink: true,
  updateAll: true,
  updateProgress: true,
  deleteIds: true,
  deleteProgress: true,
  describeIndexStats: true,
  createNamespace: true,
  listNamespaces: true,
  listNamespacesStream: true,
  describeNamespace: true,
  createNamespaceAlias: true,
  describeNamespaceAlias: true,
  repointNamespaceAlias: true,
  deleteNamespaceAlias: true,
  listNamespaceAliases: true,
  listNamespaceAliasesStream: true,
  deleteNamespace: true
}

/** An index of documents with a part of its methods; the others die with their names. */
export const make = (tag: string, declaration: object, given: object): Readonly<Record<string, unknown>> => {
  const index: Readonly<Record<string, unknown>> = {
    ...Object.fromEntries(Object.keys(methods).map((method) => [method, unimplemented(tag, method, method)])),
    ...declaration,
    namespace: () => index,
    untyped: unimplemented(tag, "untyped", "untyped"),
    ...Object.fromEntries(Object.entries(given).filter(([, method]) => method !== undefined))
  }
  return index
}
