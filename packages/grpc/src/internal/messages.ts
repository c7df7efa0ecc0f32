import * as RequestFields from "@effect-pinecone/schema/RequestFields"
import { map } from "effect/Record"
import protobuf from "protobufjs/light.js"
import { asBuffer } from "./bytes.js"
import { StrictReader } from "./strictReader.js"

// The messages of Pinecone's VectorService, with the numbers of its public definition and this project's names. On the wire
// a packed `repeated float` is the same as `bytes`, and so is a message as a field of another: vectors and metadata are
// declared as bytes, and no library walks through their numbers.

const one = <T extends string>(type: T, id: number) => ({ type, id })
const optional = <T extends string>(type: T, id: number) => ({ type, id, options: { proto3_optional: true } })
const many = <T extends string>(type: T, id: number) => ({ rule: "repeated", type, id })
const byName = <T extends string>(type: T, id: number) => ({ keyType: "string", type, id })

/** A `repeated float`, which may come in parts; {@link StrictReader} makes a part of those that are not packed. */
const floats = (id: number) => many("bytes", id)

/** A `google.protobuf.Struct`. */
const struct = (id: number) => one("bytes", id)

/** The numbers that the writers of request bodies have, too. */
const numbersOf = <K extends string>(fields: Readonly<Record<K, RequestFields.Field>>): Readonly<Record<K, number>> =>
  map(fields, ({ number }) => number)

const query = numbersOf(RequestFields.queryRequest)
const sparse = numbersOf(RequestFields.sparseValues)
const update = numbersOf(RequestFields.updateRequest)
const upsert = numbersOf(RequestFields.upsertRequest)
const vector = numbersOf(RequestFields.vector)

const page = {
  prefix: optional("string", 3),
  limit: optional("uint32", 2),
  paginationToken: optional("string", 1)
}

const messages = {
  SparseValues: { indices: many("uint32", sparse.indices), values: floats(sparse.values) },
  Vector: {
    id: one("string", vector.id),
    values: floats(vector.values),
    metadata: struct(vector.metadata),
    sparseValues: optional("SparseValues", vector.sparseValues)
  },
  ScoredVector: {
    id: one("string", 1),
    score: one("float", 2),
    values: floats(3),
    metadata: struct(4),
    sparseValues: optional("SparseValues", 5)
  },
  Usage: { readUnits: optional("uint32", 1) },
  Pagination: { next: one("string", 1) },
  MetadataFieldProperties: { filterable: one("bool", 1) },
  MetadataSchema: { fields: byName("MetadataFieldProperties", 1) },
  IndexedFields: { fields: many("string", 1) },
  UpsertRequest: { vectors: many("Vector", upsert.vectors), namespace: one("string", upsert.namespace) },
  UpsertResponse: { upsertedCount: one("uint32", 1) },
  DeleteRequest: {
    ids: many("string", 1),
    deleteAll: one("bool", 2),
    namespace: one("string", 3),
    filter: struct(4)
  },
  DeleteResponse: {},
  FetchRequest: { ids: many("string", 1), namespace: one("string", 2) },
  FetchResponse: { vectors: byName("Vector", 1), namespace: one("string", 2), usage: optional("Usage", 3) },
  FetchByMetadataRequest: {
    namespace: one("string", 1),
    filter: struct(2),
    limit: optional("uint32", 3),
    paginationToken: optional("string", 4)
  },
  FetchByMetadataResponse: {
    vectors: byName("Vector", 1),
    namespace: one("string", 2),
    usage: optional("Usage", 3),
    pagination: optional("Pagination", 4)
  },
  ListRequest: {
    prefix: optional("string", 1),
    limit: optional("uint32", 2),
    paginationToken: optional("string", 3),
    namespace: one("string", 4)
  },
  ListItem: { id: one("string", 1) },
  ListResponse: {
    vectors: many("ListItem", 1),
    pagination: optional("Pagination", 2),
    namespace: one("string", 3),
    usage: optional("Usage", 4)
  },
  QueryVector: {
    values: floats(1),
    topK: one("uint32", 2),
    namespace: one("string", 3),
    filter: struct(4),
    sparseValues: optional("SparseValues", 5)
  },
  QueryRequest: {
    namespace: one("string", query.namespace),
    topK: one("uint32", query.topK),
    filter: struct(query.filter),
    includeValues: one("bool", query.includeValues),
    includeMetadata: one("bool", query.includeMetadata),
    queries: many("QueryVector", 6),
    vector: floats(query.vector),
    id: one("string", query.id),
    sparseVector: optional("SparseValues", query.sparseVector),
    scanFactor: optional("float", query.scanFactor),
    maxCandidates: optional("uint32", query.maxCandidates)
  },
  SingleQueryResults: { matches: many("ScoredVector", 1), namespace: one("string", 2) },
  QueryResponse: {
    results: many("SingleQueryResults", 1),
    matches: many("ScoredVector", 2),
    namespace: one("string", 3),
    usage: optional("Usage", 4)
  },
  UpdateRequest: {
    id: one("string", update.id),
    values: floats(update.values),
    setMetadata: struct(update.setMetadata),
    namespace: one("string", update.namespace),
    sparseValues: optional("SparseValues", update.sparseValues),
    filter: struct(update.filter),
    dryRun: optional("bool", update.dryRun)
  },
  UpdateResponse: { matchedRecords: optional("int32", 1) },
  DescribeIndexStatsRequest: { filter: struct(1) },
  NamespaceSummary: { vectorCount: one("uint32", 1) },
  DescribeIndexStatsResponse: {
    namespaces: byName("NamespaceSummary", 1),
    dimension: optional("uint32", 2),
    indexFullness: one("float", 3),
    totalVectorCount: one("uint32", 4),
    metric: optional("string", 5),
    vectorType: optional("string", 6),
    memoryFullness: optional("float", 7),
    storageFullness: optional("float", 8)
  },
  ListNamespacesRequest: page,
  NamespaceDescription: {
    name: one("string", 1),
    recordCount: one("uint64", 2),
    schema: optional("MetadataSchema", 3),
    indexedFields: optional("IndexedFields", 4)
  },
  ListNamespacesResponse: {
    namespaces: many("NamespaceDescription", 1),
    pagination: optional("Pagination", 2),
    totalCount: one("int32", 3)
  },
  DescribeNamespaceRequest: { namespace: one("string", 1) },
  CreateNamespaceRequest: { name: one("string", 1), schema: optional("MetadataSchema", 2) },
  DeleteNamespaceRequest: { namespace: one("string", 1) },
  Timestamp: { seconds: one("int64", 1), nanos: one("int32", 2) },
  NamespaceAliasDescription: {
    name: one("string", 1),
    targetNamespace: one("string", 2),
    createdAt: one("Timestamp", 3),
    updatedAt: one("Timestamp", 4)
  },
  CreateNamespaceAliasRequest: { name: one("string", 1), targetNamespace: one("string", 2) },
  ListNamespaceAliasesRequest: { ...page, targetNamespace: optional("string", 4) },
  ListNamespaceAliasesResponse: {
    namespaceAliases: many("NamespaceAliasDescription", 1),
    pagination: optional("Pagination", 2),
    totalCount: optional("int32", 3)
  },
  DescribeNamespaceAliasRequest: { aliasName: one("string", 1) },
  RepointNamespaceAliasRequest: { aliasName: one("string", 1), targetNamespace: one("string", 2) },
  DeleteNamespaceAliasRequest: { aliasName: one("string", 1) },
  DeleteNamespaceAliasResponse: {}
}

/** The name of a message. */
export type Name = keyof typeof messages

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(Object.entries(messages).map(([name, fields]) => [name, { fields }]))
})

/** What the types of fields are read as. */
interface Scalars {
  readonly string: string
  readonly bytes: Uint8Array
  readonly bool: boolean
  readonly uint32: number
  readonly int32: number
  readonly float: number
  /** The library may give it as an object. */
  readonly uint64: number | { readonly toNumber: () => number }
  readonly int64: number | { readonly toNumber: () => number }
}

type Value<T> = T extends keyof Scalars ? Scalars[T] : T extends Name ? Message<T> : never

type Read<Field> = Field extends { readonly rule: string; readonly type: infer T } ? ReadonlyArray<Value<T>>
  : Field extends { readonly keyType: string; readonly type: infer T } ? Readonly<Record<string, Value<T>>>
  : Field extends { readonly options: object; readonly type: infer T } ? Value<T> | undefined
  : Field extends { readonly type: infer T } ? Value<T>
  : never

/** A message that was read: its fields by name; what was not sent has its default, and if it is optional is not there. */
export type Message<N extends Name> = { readonly [K in keyof (typeof messages)[N]]: Read<(typeof messages)[N][K]> }

/** The messages, as the library knows them. */
export const types: ReadonlyMap<string, protobuf.Type> = new Map(
  Object.keys(messages).map((name) => [name, root.lookupType(name)])
)

/** Reads a message. It throws where the bytes are none. */
export const decode = <N extends Name>(name: N, bytes: Uint8Array): Message<N> => {
  const message: unknown = types.get(name)!.decode(new StrictReader(asBuffer(bytes)))
  // eslint-disable-next-line no-restricted-syntax -- read by the definition that the type is made of.
  return message as Message<N>
}

/** Writes a message: what is undefined is left out. */
export const encode = (name: Name, message: object): Uint8Array => types.get(name)!.encode(message).finish()
