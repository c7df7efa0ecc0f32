/**
 * The methods of Pinecone's gRPC services, `VectorService` and `NamespaceAliasService`: their requests and answers to and from bytes, for the client and for a
 * server. The models are those of the HTTP API; bodies that carry vectors are written by `RequestBody` of
 * `@effect-pinecone/schema`, in the format `protobuf`.
 *
 * What is read is what the public definition allows: vectors in one part or in many, packed or number by number, fields that
 * are not known. What is none of that, cut off or nested too deep is a left, and never half a message.
 *
 * ```ts
 * import * as Protocol from "@effect-pinecone/grpc/Protocol"
 *
 * const path = Protocol.methods.fetch.path // "/VectorService/Fetch"
 * const bytes = Protocol.methods.fetch.encodeRequest({ ids: ["airplane"], namespace: "en" })
 * ```
 *
 * @since 0.1.0
 */
import type { VectorService } from "@effect-pinecone/http/VectorService"
import type { MetadataIndex } from "@effect-pinecone/schema/MetadataIndex"
import type * as Namespace from "@effect-pinecone/schema/Namespace"
import type * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import type * as Query from "@effect-pinecone/schema/Query"
import type * as Usage from "@effect-pinecone/schema/Usage"
import type * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Schema from "effect/Schema"
import type { Mutable } from "effect/Types"
import type { Message, Name } from "./internal/messages.js"
import * as messages from "./internal/messages.js"
import * as scored from "./internal/scored.js"
import * as struct from "./internal/struct.js"
import * as vectors from "./internal/vectors.js"

type Type<S extends Schema.Schema.Any> = Schema.Schema.Type<S>

/**
 * The path of the service of records, before the name of a method.
 *
 * @since 0.1.0
 * @category constants
 */
export const servicePath = "/VectorService/"

/**
 * The path of the service of aliases, before the name of a method.
 *
 * @since 0.1.0
 * @category constants
 */
export const aliasServicePath = "/NamespaceAliasService/"

/**
 * The requests of the methods as a server reads them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Requests {
  readonly upsert: Type<typeof VectorRecord.UpsertRequest>
  readonly query: Query.QueryRequest
  readonly update: Type<typeof VectorRecord.UpdateRequest>
  readonly fetch: { readonly ids: ReadonlyArray<string>; readonly namespace?: string }
  readonly fetchByMetadata: Type<typeof VectorRecord.FetchByMetadataRequest>
  readonly delete: Type<typeof VectorRecord.DeleteRequest>
  readonly list: {
    readonly prefix?: string
    readonly limit?: number
    readonly paginationToken?: string
    readonly namespace?: string
  }
  readonly describeIndexStats: Type<typeof Namespace.DescribeIndexStatsRequest>
  readonly listNamespaces: { readonly prefix?: string; readonly limit?: number; readonly paginationToken?: string }
  readonly createNamespace: Type<typeof Namespace.CreateNamespaceRequest>
  readonly describeNamespace: { readonly namespace: string }
  readonly deleteNamespace: { readonly namespace: string }
  readonly listNamespaceAliases: {
    readonly prefix?: string
    readonly limit?: number
    readonly paginationToken?: string
    readonly targetNamespace?: string
  }
  readonly createNamespaceAlias: Type<typeof NamespaceAlias.CreateRequest>
  readonly describeNamespaceAlias: { readonly aliasName: string }
  readonly repointNamespaceAlias: { readonly aliasName: string; readonly targetNamespace: string }
  readonly deleteNamespaceAlias: { readonly aliasName: string }
}

/**
 * A method's name in this project: that of the operation.
 *
 * @since 0.1.0
 * @category models
 */
export type MethodName = keyof Requests

/**
 * The answers of the methods.
 *
 * @since 0.1.0
 * @category models
 */
export type Answers = {
  readonly [M in MethodName]: VectorService[M] extends
    (...args: never) => import("effect/Effect").Effect<readonly [infer A, unknown], unknown> ? A : never
}

/**
 * A request whose optional fields may be undefined.
 *
 * @since 0.1.0
 * @category models
 */
export type Given<A> = { readonly [K in keyof A]: A[K] | undefined }

/**
 * How a method is called, and how its messages are written and read. What cannot be read fails with the reason.
 *
 * @since 0.1.0
 * @category models
 */
export interface Method<M extends MethodName> {
  /** `/VectorService/Upsert` */
  readonly path: string
  readonly encodeRequest: (request: Given<Requests[M]>) => Uint8Array
  readonly decodeRequest: (bytes: Uint8Array) => Effect.Effect<Requests[M], string>
  readonly encodeAnswer: (answer: Answers[M]) => Uint8Array
  readonly decodeAnswer: (bytes: Uint8Array) => Effect.Effect<Answers[M], string>
}

/** What was sent of a message: a field that is not optional has its default otherwise, and a list has no items. */
const own = <M extends object, K extends keyof M>(message: M, key: K): M[K] | undefined => {
  const value = Object.hasOwn(message, key) ? message[key] : undefined
  return Array.isArray(value) && value.length === 0 ? undefined : value
}

/** How fields of a message are read that have another form than ours. */
type Readers<M> = { readonly [K in keyof M]?: (value: NonNullable<M[K]>) => unknown }

type Sent<M, K extends keyof M, R> =
  & { readonly [P in K]?: NonNullable<M[P]> }
  & { readonly [P in keyof R]?: R[P] extends (value: never) => infer A ? A : never }

/** The fields that were sent, each read: a field with another form than ours is named with how to read it. */
const sent = <M extends object, K extends keyof M & string, R extends Readers<M>>(
  message: M,
  keys: ReadonlyArray<K>,
  readers: R & Readers<M>
): Sent<M, K, R> => {
  const out: { [key: string]: unknown } = {}
  for (const key of keys) {
    const value = own(message, key)
    if (value !== undefined && value !== null) out[key] = value
  }
  const others: Readers<M> = readers
  for (const key in others) {
    const value = own(message, key)
    if (value !== undefined && value !== null) out[key] = others[key]?.(value)
  }
  // eslint-disable-next-line no-restricted-syntax -- each field is there under its own name.
  return out as Sent<M, K, R>
}

const readVector = (message: Message<"Vector">, room: vectors.Room): VectorRecord.Vector => {
  const vector: Mutable<VectorRecord.Vector> = { id: message.id }
  const values = own(message, "values")
  if (values !== undefined) vector.values = vectors.readFloats(values, room)
  const sparse = own(message, "sparseValues")
  if (sparse !== undefined) vector.sparseValues = vectors.readSparse(sparse)
  const metadata = own(message, "metadata")
  if (metadata !== undefined) vector.metadata = struct.decode(metadata)
  return vector
}

const readScored = (message: Message<"ScoredVector">, room: vectors.Room): Query.ScoredVector => {
  const scored: Mutable<Query.ScoredVector> = readVector(message, room)
  scored.score = message.score
  return scored
}

const writeVector = ({ id, metadata, sparseValues, values }: VectorRecord.Vector) => ({
  id,
  ...(values === undefined ? {} : { values: vectors.writeFloats(values) }),
  ...(metadata === undefined ? {} : { metadata: struct.encode(metadata) }),
  ...(sparseValues === undefined ? {} : { sparseValues: vectors.writeSparse(sparseValues) })
})

const writeScored = ({ score, ...vector }: Query.ScoredVector) => ({ ...writeVector(vector), score: score ?? 0 })

const readById = (
  byId: Readonly<Record<string, Message<"Vector">>>,
  size: number
): ReadonlyArray<VectorRecord.Vector> => {
  const room = vectors.blocks(size)
  return Object.values(byId).map((message) => readVector(message, room))
}

const writeById = (records: ReadonlyArray<VectorRecord.Vector> | undefined) =>
  Object.fromEntries((records ?? []).map((record) => [record.id, writeVector(record)]))

const readUsage = (message: Message<"Usage">): Usage.Usage => sent(message, ["readUnits"], {})

const readPagination = ({ next }: Message<"Pagination">): Usage.Pagination => ({ next })

/** A 64-bit integer, which the library may give as an object. */
const readCount = (value: number | { readonly toNumber: () => number }): number =>
  typeof value === "number" ? value : value.toNumber()

const readIndex = ({ fields }: Message<"MetadataSchema">): MetadataIndex => ({
  fields: Object.fromEntries(Object.entries(fields).map(([name, { filterable }]) => [name, { filterable }]))
})

const readDescription = (message: Message<"NamespaceDescription">): Namespace.NamespaceDescription => ({
  name: message.name,
  recordCount: readCount(message.recordCount),
  ...sent(message, [], { schema: readIndex, indexedFields: ({ fields }) => ({ fields }) })
})

const readTime = (message: Message<"Timestamp"> | null): Date =>
  new Date(message === null ? 0 : 1000 * readCount(message.seconds) + Math.floor(message.nanos / 1_000_000))

const writeTime = (date: Date) => {
  const seconds = Math.floor(date.getTime() / 1000)
  return { seconds, nanos: (date.getTime() - 1000 * seconds) * 1_000_000 }
}

const readAlias = (message: Message<"NamespaceAliasDescription">): NamespaceAlias.NamespaceAlias => ({
  name: message.name,
  targetNamespace: message.targetNamespace,
  createdAt: readTime(message.createdAt),
  updatedAt: readTime(message.updatedAt)
})

const writeAlias = ({ createdAt, updatedAt, ...alias }: NamespaceAlias.NamespaceAlias) => ({
  ...alias,
  createdAt: writeTime(createdAt),
  updatedAt: writeTime(updatedAt)
})

const readVectors = <M, A>(
  messages: ReadonlyArray<M>,
  read: (message: M, room: vectors.Room) => A,
  size: number
): ReadonlyArray<A> => {
  const room = vectors.blocks(size)
  return messages.map((message) => read(message, room))
}

/** A field that has no presence: its default says that it was not sent. */
const nonEmpty = (key: string, value: unknown) => value === "" || value === undefined ? {} : { [key]: value }

/** Reads what came in so many bytes. */
type Read<N extends Name, A> = (message: Message<N>, size: number) => A

interface Definition<M extends MethodName, Request extends Name, Answer extends Name> {
  readonly request: Request
  readonly answer: Answer
  readonly readRequest: Read<Request, Requests[M]>
  readonly writeRequest: (request: Given<Requests[M]>) => object
  readonly readAnswer: Read<Answer, Answers[M]>
  readonly writeAnswer: (answer: Answers[M]) => object
  /** Reads a part of the answer without the library, which reads the rest. */
  readonly readApart?: ((bytes: Uint8Array) => scored.Apart<Answers[M]>) | undefined
}

const same = <A>(value: A): A => value

const method =
  <M extends MethodName>(name: string, service = servicePath) =>
  <Request extends Name, Answer extends Name>(
    { answer, readAnswer, readApart, readRequest, request, writeAnswer, writeRequest }: Definition<M, Request, Answer>
  ): Method<M> => {
    const trying = <A>(read: (bytes: Uint8Array) => A) => (bytes: Uint8Array): Effect.Effect<A, string> =>
      Either.try({
        try: () => read(bytes),
        catch: (cause) => cause instanceof Error ? cause.message : String(cause)
      })
    const reading = <N extends Name, A>(type: N, read: Read<N, A>) => (bytes: Uint8Array): A =>
      read(messages.decode(type, bytes), bytes.length)
    const wholeAnswer = reading(answer, readAnswer)
    return {
      path: `${service}${name}`,
      encodeRequest: (value) => messages.encode(request, writeRequest(value)),
      decodeRequest: trying(reading(request, readRequest)),
      encodeAnswer: (value) => messages.encode(answer, writeAnswer(value)),
      decodeAnswer: trying(
        readApart === undefined ? wholeAnswer : (bytes) => {
          const { fields, rest } = readApart(bytes)
          return Object.assign(wholeAnswer(rest), fields)
        }
      )
    }
  }

const writeFilter = (filter: object | undefined) => filter === undefined ? {} : { filter: struct.encode(filter) }

const describes = {
  readAnswer: readDescription,
  writeAnswer: same<object>
}

const describesAlias = {
  answer: "NamespaceAliasDescription" as const,
  readAnswer: readAlias,
  writeAnswer: writeAlias
}

/**
 * The methods.
 *
 * @since 0.1.0
 * @category constants
 */
export const methods: { readonly [M in MethodName]: Method<M> } = {
  upsert: method<"upsert">("Upsert")({
    request: "UpsertRequest",
    answer: "UpsertResponse",
    readRequest: (message, size) => ({
      vectors: readVectors(message.vectors, readVector, size),
      ...nonEmpty("namespace", message.namespace)
    }),
    writeRequest: ({ namespace, vectors }) => ({ vectors: vectors?.map(writeVector), namespace }),
    readAnswer: ({ upsertedCount }) => ({ upsertedCount }),
    writeAnswer: same
  }),
  query: method<"query">("Query")({
    request: "QueryRequest",
    answer: "QueryResponse",
    readRequest: (message) => ({
      topK: message.topK,
      ...nonEmpty("namespace", message.namespace),
      ...nonEmpty("id", message.id),
      ...sent(message, ["includeValues", "includeMetadata", "scanFactor", "maxCandidates"], {
        filter: struct.decode,
        vector: vectors.readFloats,
        sparseVector: vectors.readSparse,
        queries: (queries) =>
          queries.map((query) => ({
            values: vectors.readFloats(query.values),
            ...sent(query, ["topK", "namespace"], { filter: struct.decode, sparseValues: vectors.readSparse })
          }))
      })
    }),
    writeRequest: ({ filter, queries, sparseVector, vector, ...request }) => ({
      ...request,
      ...writeFilter(filter),
      ...(vector === undefined ? {} : { vector: vectors.writeFloats(vector) }),
      ...(sparseVector === undefined ? {} : { sparseVector: vectors.writeSparse(sparseVector) }),
      queries: queries?.map(({ filter, sparseValues, values, ...query }) => ({
        ...query,
        ...writeFilter(filter),
        values: vectors.writeFloats(values),
        ...(sparseValues === undefined ? {} : { sparseValues: vectors.writeSparse(sparseValues) })
      }))
    }),
    readApart: (bytes) => scored.read(bytes, readScored),
    readAnswer: (message, size) => ({
      matches: readVectors(message.matches, readScored, size),
      namespace: message.namespace,
      ...sent(message, [], {
        results: (results) =>
          results.map(({ matches, namespace }) => ({
            matches: readVectors(matches, readScored, size),
            namespace
          })),
        usage: readUsage
      })
    }),
    writeAnswer: ({ matches, results, ...answer }) => ({
      ...answer,
      matches: matches?.map(writeScored),
      results: results?.map(({ matches, ...result }) => ({ ...result, matches: matches?.map(writeScored) }))
    })
  }),
  update: method<"update">("Update")({
    request: "UpdateRequest",
    answer: "UpdateResponse",
    readRequest: (message) => ({
      ...nonEmpty("id", message.id),
      ...nonEmpty("namespace", message.namespace),
      ...sent(message, ["dryRun"], {
        values: vectors.readFloats,
        sparseValues: vectors.readSparse,
        setMetadata: struct.decode,
        filter: struct.decode
      })
    }),
    writeRequest: ({ filter, setMetadata, sparseValues, values, ...request }) => ({
      ...request,
      ...writeFilter(filter),
      ...(values === undefined ? {} : { values: vectors.writeFloats(values) }),
      ...(sparseValues === undefined ? {} : { sparseValues: vectors.writeSparse(sparseValues) }),
      ...(setMetadata === undefined ? {} : { setMetadata: struct.encode(setMetadata) })
    }),
    readAnswer: (message) => sent(message, ["matchedRecords"], {}),
    writeAnswer: same
  }),
  fetch: method<"fetch">("Fetch")({
    request: "FetchRequest",
    answer: "FetchResponse",
    readRequest: (message) => ({
      ids: message.ids,
      ...nonEmpty("namespace", message.namespace)
    }),
    writeRequest: same,
    readAnswer: (message, size) => ({
      vectors: readById(message.vectors, size),
      namespace: message.namespace,
      ...sent(message, [], { usage: readUsage })
    }),
    writeAnswer: ({ vectors, ...answer }) => ({ ...answer, vectors: writeById(vectors) })
  }),
  fetchByMetadata: method<"fetchByMetadata">("FetchByMetadata")({
    request: "FetchByMetadataRequest",
    answer: "FetchByMetadataResponse",
    readRequest: (message) => ({
      ...nonEmpty("namespace", message.namespace),
      ...sent(message, ["limit", "paginationToken"], { filter: struct.decode })
    }),
    writeRequest: ({ filter, ...request }) => ({ ...request, ...writeFilter(filter) }),
    readAnswer: (message, size) => ({
      vectors: readById(message.vectors, size),
      namespace: message.namespace,
      ...sent(message, [], { usage: readUsage, pagination: readPagination })
    }),
    writeAnswer: ({ vectors, ...answer }) => ({ ...answer, vectors: writeById(vectors) })
  }),
  delete: method<"delete">("Delete")({
    request: "DeleteRequest",
    answer: "DeleteResponse",
    readRequest: (message) => ({
      ...nonEmpty("namespace", message.namespace),
      ...sent(message, ["ids"], { filter: struct.decode }),
      ...(message.deleteAll === true ? { deleteAll: true } : {})
    }),
    writeRequest: ({ filter, ...request }) => ({ ...request, ...writeFilter(filter) }),
    readAnswer: () => ({}),
    writeAnswer: same
  }),
  list: method<"list">("List")({
    request: "ListRequest",
    answer: "ListResponse",
    readRequest: (message) => ({
      ...nonEmpty("namespace", message.namespace),
      ...sent(message, ["prefix", "limit", "paginationToken"], {})
    }),
    writeRequest: same,
    readAnswer: (message) => ({
      vectors: message.vectors.map(({ id }) => ({ id })),
      namespace: message.namespace,
      ...sent(message, [], { usage: readUsage, pagination: readPagination })
    }),
    writeAnswer: same
  }),
  describeIndexStats: method<"describeIndexStats">("DescribeIndexStats")({
    request: "DescribeIndexStatsRequest",
    answer: "DescribeIndexStatsResponse",
    readRequest: (message) => sent(message, [], { filter: struct.decode }),
    writeRequest: ({ filter }) => writeFilter(filter),
    readAnswer: (message) => ({
      namespaces: Object.fromEntries(
        Object.entries(message.namespaces).map(([name, { vectorCount }]) => [
          name,
          { vectorCount }
        ])
      ),
      indexFullness: message.indexFullness,
      totalVectorCount: message.totalVectorCount,
      ...sent(message, ["dimension", "metric", "vectorType", "memoryFullness", "storageFullness"], {})
    }),
    writeAnswer: same
  }),
  listNamespaces: method<"listNamespaces">("ListNamespaces")({
    request: "ListNamespacesRequest",
    answer: "ListNamespacesResponse",
    readRequest: (message) => sent(message, ["prefix", "limit", "paginationToken"], {}),
    writeRequest: same,
    readAnswer: (message) => ({
      namespaces: message.namespaces.map(readDescription),
      totalCount: message.totalCount,
      ...sent(message, [], { pagination: readPagination })
    }),
    writeAnswer: same
  }),
  createNamespace: method<"createNamespace">("CreateNamespace")({
    request: "CreateNamespaceRequest",
    answer: "NamespaceDescription",
    readRequest: (message) => ({ name: message.name, ...sent(message, [], { schema: readIndex }) }),
    writeRequest: same,
    ...describes
  }),
  describeNamespace: method<"describeNamespace">("DescribeNamespace")({
    request: "DescribeNamespaceRequest",
    answer: "NamespaceDescription",
    readRequest: ({ namespace }) => ({ namespace }),
    writeRequest: same,
    ...describes
  }),
  deleteNamespace: method<"deleteNamespace">("DeleteNamespace")({
    request: "DeleteNamespaceRequest",
    answer: "DeleteResponse",
    readRequest: ({ namespace }) => ({ namespace }),
    writeRequest: same,
    readAnswer: () => ({}),
    writeAnswer: same
  }),
  listNamespaceAliases: method<"listNamespaceAliases">("ListNamespaceAliases", aliasServicePath)({
    request: "ListNamespaceAliasesRequest",
    answer: "ListNamespaceAliasesResponse",
    readRequest: (message) => sent(message, ["prefix", "limit", "paginationToken", "targetNamespace"], {}),
    writeRequest: same,
    readAnswer: (message) => ({
      namespaceAliases: message.namespaceAliases.map(readAlias),
      totalCount: message.totalCount ?? 0,
      ...sent(message, [], { pagination: readPagination })
    }),
    writeAnswer: ({ namespaceAliases, ...answer }) => ({
      ...answer,
      namespaceAliases: namespaceAliases?.map(writeAlias)
    })
  }),
  createNamespaceAlias: method<"createNamespaceAlias">("CreateNamespaceAlias", aliasServicePath)({
    request: "CreateNamespaceAliasRequest",
    readRequest: ({ name, targetNamespace }) => ({ name, targetNamespace }),
    writeRequest: same,
    ...describesAlias
  }),
  describeNamespaceAlias: method<"describeNamespaceAlias">("DescribeNamespaceAlias", aliasServicePath)({
    request: "DescribeNamespaceAliasRequest",
    readRequest: ({ aliasName }) => ({ aliasName }),
    writeRequest: same,
    ...describesAlias
  }),
  repointNamespaceAlias: method<"repointNamespaceAlias">("RepointNamespaceAlias", aliasServicePath)({
    request: "RepointNamespaceAliasRequest",
    readRequest: ({ aliasName, targetNamespace }) => ({ aliasName, targetNamespace }),
    writeRequest: same,
    ...describesAlias
  }),
  deleteNamespaceAlias: method<"deleteNamespaceAlias">("DeleteNamespaceAlias", aliasServicePath)({
    request: "DeleteNamespaceAliasRequest",
    answer: "DeleteNamespaceAliasResponse",
    readRequest: ({ aliasName }) => ({ aliasName }),
    writeRequest: same,
    readAnswer: () => ({}),
    writeAnswer: same
  })
}
