/**
 * The operations of Pinecone's data plane that have more than one transport: over HTTP and over gRPC they take the same
 * requests, give the same answers and fail with the same errors. `PineconeHttpClient` holds the one that is in use, and
 * `VectorIndex` knows no other way to its records.
 *
 * Bodies that carry vectors come encoded, in the format of the transport ({@link VectorService.format}).
 *
 * ```ts
 * import * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
 * import * as Effect from "effect/Effect"
 *
 * const stats = (host: string) =>
 *   Effect.gen(function*() {
 *     const { vectors } = yield* PineconeHttpClient.PineconeHttpClient
 *     const [answer] = yield* vectors.describeIndexStats({ host }, {})
 *     return answer.totalVectorCount
 *   })
 * ```
 *
 * @since 0.1.0
 */
import type * as Filter from "@effect-pinecone/schema/Filter"
import type * as MetadataIndex from "@effect-pinecone/schema/MetadataIndex"
import type * as Namespace from "@effect-pinecone/schema/Namespace"
import type * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type * as Query from "@effect-pinecone/schema/Query"
import type * as RequestBody from "@effect-pinecone/schema/RequestBody"
import type * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import type * as Headers from "@effect/platform/Headers"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"

/**
 * Where an operation goes: the host of an index, and what its errors and its span call it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly host: string
  /** The index, by its name or its host. */
  readonly index?: string | undefined
  readonly namespace?: string | undefined
  /** How many records or ids it is about. */
  readonly batchSize?: number | undefined
}

/**
 * What is known of an answer beside itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Received {
  /** The headers it came with (in gRPC, the metadata): those that tell of the log, among others. */
  readonly headers: Headers.Headers
  /** How often the request was sent. Where that is more than 1, an earlier try may still read its body. */
  readonly attempts: number
  /**
   * Whether the answer came before all of the request was sent: the connection may still read its body.
   *
   * @default false
   */
  readonly early?: boolean | undefined
}

/**
 * An answer, and what is known of it.
 *
 * @since 0.1.0
 * @category models
 */
export type Answer<A> = readonly [answer: A, response: Received]

/**
 * An operation at a place.
 *
 * @since 0.1.0
 * @category models
 */
export type Operation<Request, A> = (
  place: Place,
  request: Request
) => Effect.Effect<Answer<A>, PineconeError.RequestError>

/**
 * A page of a list.
 *
 * @since 0.1.0
 * @category models
 */
export interface PageRequest {
  readonly prefix?: string | undefined
  readonly limit?: number | undefined
  readonly paginationToken?: string | undefined
}

type Type<S extends Schema.Schema.Any> = Schema.Schema.Type<S>

/**
 * What each of the operations takes, named as in the API definition. What belongs to one namespace takes it from the
 * {@link Place}, and in an encoded body from the body.
 *
 * @since 0.1.0
 * @category models
 */
export interface Requests {
  readonly upsert: Uint8Array
  readonly query: Uint8Array
  readonly update: Uint8Array
  readonly fetch: { readonly ids: ReadonlyArray<string> }
  readonly fetchByMetadata: {
    readonly filter: Filter.Expression
    readonly limit?: number | undefined
    readonly paginationToken?: string | undefined
  }
  readonly delete: {
    readonly ids?: ReadonlyArray<string> | undefined
    readonly filter?: Filter.Expression | undefined
    readonly deleteAll?: boolean | undefined
  }
  readonly list: PageRequest
  readonly describeIndexStats: { readonly filter?: Filter.Expression | undefined }
  readonly listNamespaces: PageRequest
  readonly createNamespace: {
    readonly name: string
    readonly schema?: MetadataIndex.MetadataIndex | undefined
  }
  readonly describeNamespace: { readonly name: string }
  readonly deleteNamespace: { readonly name: string }
  readonly listNamespaceAliases: PageRequest & { readonly targetNamespace?: string | undefined }
  readonly createNamespaceAlias: { readonly name: string; readonly targetNamespace: string }
  readonly describeNamespaceAlias: { readonly name: string }
  readonly repointNamespaceAlias: { readonly name: string; readonly targetNamespace: string }
  readonly deleteNamespaceAlias: { readonly name: string }
}

/**
 * What each of them answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Answers {
  readonly upsert: Type<typeof VectorRecord.UpsertResponse>
  readonly query: Query.QueryResponse
  readonly update: Type<typeof VectorRecord.UpdateResponse>
  readonly fetch: Type<typeof VectorRecord.FetchResponse>
  readonly fetchByMetadata: Type<typeof VectorRecord.FetchByMetadataResponse>
  readonly delete: Type<typeof VectorRecord.DeleteResponse>
  readonly list: Type<typeof VectorRecord.ListResponse>
  readonly describeIndexStats: Namespace.IndexStats
  readonly listNamespaces: Type<typeof Namespace.ListNamespacesResponse>
  readonly createNamespace: Namespace.NamespaceDescription
  readonly describeNamespace: Namespace.NamespaceDescription
  readonly deleteNamespace: Type<typeof VectorRecord.DeleteResponse>
  readonly listNamespaceAliases: Type<typeof NamespaceAlias.ListResponse>
  readonly createNamespaceAlias: NamespaceAlias.NamespaceAlias
  readonly describeNamespaceAlias: NamespaceAlias.NamespaceAlias
  readonly repointNamespaceAlias: NamespaceAlias.NamespaceAlias
  readonly deleteNamespaceAlias: Type<typeof VectorRecord.DeleteResponse>
}

/**
 * All operations, each with its request and its answer.
 *
 * @since 0.1.0
 * @category models
 */
export type Operations = { readonly [K in keyof Requests & keyof Answers]: Operation<Requests[K], Answers[K]> }

/**
 * The operations of the data plane over one transport.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorService extends Operations {
  /** How the bodies of `upsert`, `query` and `update` are written. */
  readonly format: RequestBody.Format
}
