/** The operations of `VectorService` over HTTP, each request written by hand, and what is answered as it is. */
import type { Answers, MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import * as Query from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import type * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const post = (path: string) => (host: string, request: object) =>
  HttpClientRequest.post(`${host}${path}`, {
    body: HttpBody.uint8Array(RequestBody.json(request), "application/json")
  })

const get = (path: string) => (host: string, request: UrlParams.CoercibleRecord) =>
  HttpClientRequest.get(`${host}${path}`, { urlParams: request })

type Write<M extends MethodName> = (host: string, request: Requests[M]) => HttpClientRequest.HttpClientRequest

const writers: { readonly [M in MethodName]: Write<M> } = {
  upsert: post("/vectors/upsert"),
  query: post("/query"),
  update: post("/vectors/update"),
  fetch: get("/vectors/fetch"),
  fetchByMetadata: post("/vectors/fetch_by_metadata"),
  delete: post("/vectors/delete"),
  list: get("/vectors/list"),
  describeIndexStats: post("/describe_index_stats"),
  listNamespaces: get("/namespaces"),
  createNamespace: post("/namespaces"),
  describeNamespace: (host, { namespace }) => HttpClientRequest.get(`${host}/namespaces/${namespace}`),
  deleteNamespace: (host, { namespace }) => HttpClientRequest.del(`${host}/namespaces/${namespace}`),
  listNamespaceAliases: (host, { targetNamespace, ...page }) =>
    get("/namespace-aliases")(host, { ...page, target_namespace: targetNamespace }),
  createNamespaceAlias: (host, { name, targetNamespace }) =>
    post("/namespace-aliases")(host, { name, target_namespace: targetNamespace }),
  describeNamespaceAlias: (host, { aliasName }) => HttpClientRequest.get(`${host}/namespace-aliases/${aliasName}`),
  repointNamespaceAlias: (host, { aliasName, targetNamespace }) =>
    HttpClientRequest.patch(`${host}/namespace-aliases/${aliasName}`, {
      body: HttpBody.unsafeJson({ target_namespace: targetNamespace })
    }),
  deleteNamespaceAlias: (host, { aliasName }) => HttpClientRequest.del(`${host}/namespace-aliases/${aliasName}`)
}

const answers: { readonly [M in MethodName]: Schema.Schema.AnyNoContext } = {
  upsert: VectorRecord.UpsertResponse,
  query: Query.QueryResponse,
  update: VectorRecord.UpdateResponse,
  fetch: VectorRecord.FetchResponse,
  fetchByMetadata: VectorRecord.FetchByMetadataResponse,
  delete: VectorRecord.DeleteResponse,
  list: VectorRecord.ListResponse,
  describeIndexStats: Namespace.IndexStats,
  listNamespaces: Namespace.ListNamespacesResponse,
  createNamespace: Namespace.NamespaceDescription,
  describeNamespace: Namespace.NamespaceDescription,
  deleteNamespace: VectorRecord.DeleteResponse,
  listNamespaceAliases: NamespaceAlias.ListResponse,
  createNamespaceAlias: NamespaceAlias.NamespaceAlias,
  describeNamespaceAlias: NamespaceAlias.NamespaceAlias,
  repointNamespaceAlias: NamespaceAlias.NamespaceAlias,
  deleteNamespaceAlias: VectorRecord.DeleteResponse
}

export interface HttpSaid {
  readonly status: number
  readonly headers: Headers.Headers
  readonly json: unknown
}

export const send = <M extends MethodName>(
  host: string,
  method: M,
  request: Requests[M],
  headers: Readonly<Record<string, string>> = {}
): Effect.Effect<HttpSaid, never, HttpClient.HttpClient> =>
  HttpClient.execute(HttpClientRequest.setHeaders(writers[method](host, request), headers)).pipe(
    Effect.flatMap((response) =>
      Effect.map(response.json, (json) => ({ status: response.status, headers: response.headers, json }))
    ),
    Effect.orDie
  )

/** Calls a method by its name, and reads the answer. */
export const call = <M extends MethodName>(
  host: string,
  method: M,
  request: Requests[M]
): Effect.Effect<readonly [Answers[M], Headers.Headers], never, HttpClient.HttpClient> =>
  Effect.map(
    send(host, method, request),
    ({ headers, json }) => [Schema.decodeUnknownSync(answers[method])(json) as Answers[M], headers] as const
  )

/** Creates an index of three dimensions, and gives its host. */
export const createIndex = (
  controlUrl: string,
  index: { readonly name: string; readonly [field: string]: unknown }
): Effect.Effect<string, never, HttpClient.HttpClient> =>
  HttpClient.execute(HttpClientRequest.post(`${controlUrl}/indexes`, {
    body: HttpBody.unsafeJson({
      dimension: 3,
      spec: { serverless: { cloud: "aws", region: "us-east-1" } },
      ...index
    })
  })).pipe(
    Effect.flatMap((response) => response.json),
    Effect.map((json) => Schema.decodeUnknownSync(Schema.Struct({ host: Schema.String }))(json).host),
    Effect.orDie
  )
