import * as BulkImport from "@effect-pinecone/schema/BulkImport"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import type * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { DataPlaneClient } from "../PineconeHttpClient.js"
import { Limit, PathSegment } from "./parameters.js"
import type { ApiClient } from "./requests.js"
import { parse } from "./vectorJson/vectorJson.js"

/**
 * What a request is made with, and its answer read by: what the definition of the API and the client have in common. The
 * client knows nothing of the rest of the definition, which a program that is bundled would ship with it.
 */
export interface Parts {
  readonly method: HttpMethod
  readonly path: `/${string}`
  readonly params?: Schema.Schema.AnyNoContext
  readonly query?: Schema.Schema.AnyNoContext
  readonly payload?: Schema.Schema.AnyNoContext
  readonly success: Schema.Schema.AnyNoContext
}

const text = Schema.optional(Schema.String)

const page = { limit: Schema.optional(Limit), paginationToken: text }

export const vectors = {
  fetch: {
    method: "GET",
    path: "/vectors/fetch",
    query: Schema.Struct({ ids: Schema.Array(Schema.String), namespace: text }),
    success: VectorRecord.FetchResponse
  },
  fetchByMetadata: {
    method: "POST",
    path: "/vectors/fetch_by_metadata",
    payload: VectorRecord.FetchByMetadataRequest,
    success: VectorRecord.FetchByMetadataResponse
  },
  delete: {
    method: "POST",
    path: "/vectors/delete",
    payload: VectorRecord.DeleteRequest,
    success: VectorRecord.DeleteResponse
  },
  list: {
    method: "GET",
    path: "/vectors/list",
    query: Schema.Struct({ prefix: text, ...page, namespace: text }),
    success: VectorRecord.ListResponse
  },
  stats: {
    method: "POST",
    path: "/describe_index_stats",
    payload: Namespace.DescribeIndexStatsRequest,
    success: Namespace.IndexStats
  }
} as const satisfies Record<string, Parts>

const namespace = { path: "/namespaces/:namespace", params: Schema.Struct({ namespace: PathSegment }) } as const

export const namespaces = {
  list: {
    method: "GET",
    path: "/namespaces",
    query: Schema.Struct({ ...page, prefix: text }),
    success: Namespace.ListNamespacesResponse
  },
  create: {
    method: "POST",
    path: "/namespaces",
    payload: Namespace.CreateNamespaceRequest,
    success: Namespace.NamespaceDescription
  },
  describe: { method: "GET", ...namespace, success: Namespace.NamespaceDescription },
  delete: { method: "DELETE", ...namespace, success: VectorRecord.DeleteResponse }
} as const satisfies Record<string, Parts>

const alias = {
  path: "/namespace-aliases/:alias_name",
  params: Schema.Struct({ alias_name: PathSegment })
} as const

export const namespaceAliases = {
  list: {
    method: "GET",
    path: "/namespace-aliases",
    query: Schema.Struct({ ...page, prefix: text, target_namespace: text }),
    success: NamespaceAlias.ListResponse
  },
  create: {
    method: "POST",
    path: "/namespace-aliases",
    payload: NamespaceAlias.CreateRequest,
    success: NamespaceAlias.NamespaceAlias
  },
  describe: { method: "GET", ...alias, success: NamespaceAlias.NamespaceAlias },
  repoint: {
    method: "PATCH",
    ...alias,
    payload: NamespaceAlias.RepointRequest,
    success: NamespaceAlias.NamespaceAlias
  },
  delete: { method: "DELETE", ...alias, success: VectorRecord.DeleteResponse }
} as const satisfies Record<string, Parts>

const imported = { path: "/bulk/imports/:id", params: Schema.Struct({ id: PathSegment }) } as const

export const imports = {
  start: {
    method: "POST",
    path: "/bulk/imports",
    payload: BulkImport.StartImportRequest,
    success: BulkImport.StartImportResponse
  },
  list: {
    method: "GET",
    path: "/bulk/imports",
    query: Schema.Struct(page),
    success: BulkImport.ListImportsResponse
  },
  describe: { method: "GET", ...imported, success: BulkImport.ImportModel },
  cancel: { method: "DELETE", ...imported, success: BulkImport.CancelImportResponse }
} as const satisfies Record<string, Parts>

type Of<Key extends string, S> = S extends Schema.Schema.Any ? { readonly [K in Key]: Schema.Schema.Type<S> } : unknown

interface Request {
  readonly path?: unknown
  readonly urlParams?: unknown
  readonly payload?: unknown
}

/** What a request is made of: as that of a derived client. */
export type RequestOf<P extends Parts> =
  & Request
  & Of<"path", P["params"]>
  & Of<"urlParams", P["query"]>
  & Of<"payload", P["payload"]>

const notJson = "Could not parse JSON"

/** Reads the body of an answer with the status that is defined. The response has it already. */
const read = <A, I>(success: Schema.Schema<A, I>, response: HttpClientResponse.HttpClientResponse) =>
  response.status === 200
    ? Effect.flatMap(response.arrayBuffer, (buffer) =>
      Either.try({
        try: (): unknown => buffer.byteLength === 0 ? undefined : parse(buffer),
        catch: () => notJson
      }).pipe(
        Either.flatMap((json) => Either.mapLeft(ParseResult.decodeUnknownEither(success)(json), ParseResult.parseError))
      ))
    : Effect.fail(new HttpClientError.ResponseError({ reason: "Decode", request: response.request, response }))

/** Sends a request to a host and reads its answer, as a client that is derived from the definition does. */
export const ask = <P extends Parts>(httpClient: ApiClient, baseUrl: string, parts: P, request: RequestOf<P>) =>
  Effect.gen(function*() {
    const { method, params, path, payload, query }: Parts = parts
    const success: Schema.Schema<Schema.Schema.Type<P["success"]>, unknown> = parts.success
    const given: Request = request
    const segments: Record<string, string> = params === undefined ? {} : yield* Schema.encodeUnknown(params)(given.path)
    let made = HttpClientRequest.make(method)(path.replace(/:(\w+)/, (_, name: string) => segments[name]!))
    if (payload !== undefined) {
      const body = yield* Schema.encodeUnknown(Schema.parseJson(payload))(given.payload)
      made = HttpClientRequest.setBody(made, HttpBody.text(body, "application/json"))
    }
    if (query !== undefined) {
      const parameters: UrlParams.Input = yield* Schema.encodeUnknown(query)(given.urlParams)
      made = HttpClientRequest.appendUrlParams(made, parameters)
    }
    const response = yield* HttpClient.mapRequest(httpClient, HttpClientRequest.prependUrl(baseUrl)).execute(made)
    return [yield* read(success, response), response] as const
  })

/** The client of one host. */
export const make = (httpClient: ApiClient, baseUrl: string): DataPlaneClient => {
  const group = (all: { readonly [name: string]: Parts }) => {
    const methods: { [name: string]: unknown } = {}
    for (const name in all) {
      methods[name] = (request: Request & { readonly withResponse?: boolean }) =>
        Effect.map(
          ask(httpClient, baseUrl, all[name]!, request),
          (answered) => request.withResponse === true ? answered : answered[0]
        )
    }
    return methods
  }
  const client: { [Group in keyof DataPlaneClient]: unknown } = {
    vectors: group(vectors),
    namespaces: group(namespaces),
    namespaceAliases: group(namespaceAliases),
    imports: group(imports)
  }
  // eslint-disable-next-line no-restricted-syntax -- a method for each endpoint, of the types that its Schemas have.
  return client as DataPlaneClient
}
