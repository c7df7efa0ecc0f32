/** What answers over HTTP, as a server of gRPC: so the same tests hold for both transports. */
import * as GrpcChannel from "@effect-pinecone/grpc/GrpcChannel"
import type { Answers, MethodName, Requests } from "@effect-pinecone/grpc/Protocol"
import { methods } from "@effect-pinecone/grpc/Protocol"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import * as Query from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { arrived } from "./bodies.js"
import { sizeHeader } from "./memoryIndex.js"
import type { Answer } from "./stub.js"

type Body = object | undefined

/** How an operation is called over HTTP, and what it answers. */
interface Http<M extends MethodName> {
  readonly ask: (
    request: Requests[M]
  ) => readonly [method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body: Body]
  readonly answer: Schema.Schema<Answers[M], never> | Schema.Schema<Answers[M], unknown>
}

const query = (path: string, params: object): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one))
  }
  return `${path}?${search}`
}

const http = <M extends MethodName, I>(
  answer: Schema.Schema<Answers[M], I>,
  ask: Http<M>["ask"]
): Http<M> => ({ ask, answer: answer as unknown as Schema.Schema<Answers[M], unknown> })

const aliasPath = (name: string) => `/namespace-aliases/${encodeURIComponent(name)}`

const all: { readonly [M in MethodName]: Http<M> } = {
  upsert: http<"upsert", never>(VectorRecord.UpsertResponse as never, (body) => ["POST", "/vectors/upsert", body]),
  query: http<"query", never>(Query.QueryResponse as never, (body) => ["POST", "/query", body]),
  update: http<"update", never>(VectorRecord.UpdateResponse as never, (body) => ["POST", "/vectors/update", body]),
  fetch: http<"fetch", never>(
    VectorRecord.FetchResponse as never,
    (params) => ["GET", query("/vectors/fetch", params), undefined]
  ),
  fetchByMetadata: http<"fetchByMetadata", never>(
    VectorRecord.FetchByMetadataResponse as never,
    (body) => ["POST", "/vectors/fetch_by_metadata", body]
  ),
  delete: http<"delete", never>(VectorRecord.DeleteResponse as never, (body) => ["POST", "/vectors/delete", body]),
  list: http<"list", never>(
    VectorRecord.ListResponse as never,
    (params) => ["GET", query("/vectors/list", params), undefined]
  ),
  describeIndexStats: http<"describeIndexStats", never>(
    Namespace.IndexStats as never,
    (body) => ["POST", "/describe_index_stats", body]
  ),
  listNamespaces: http<"listNamespaces", never>(
    Namespace.ListNamespacesResponse as never,
    (params) => ["GET", query("/namespaces", params), undefined]
  ),
  createNamespace: http<"createNamespace", never>(
    Namespace.NamespaceDescription as never,
    (body) => ["POST", "/namespaces", body]
  ),
  describeNamespace: http<"describeNamespace", never>(
    Namespace.NamespaceDescription as never,
    ({ namespace }) => ["GET", `/namespaces/${encodeURIComponent(namespace)}`, undefined]
  ),
  deleteNamespace: http<"deleteNamespace", never>(
    VectorRecord.DeleteResponse as never,
    ({ namespace }) => ["DELETE", `/namespaces/${encodeURIComponent(namespace)}`, undefined]
  ),
  listNamespaceAliases: http<"listNamespaceAliases", never>(
    NamespaceAlias.ListResponse as never,
    ({ targetNamespace, ...params }) => [
      "GET",
      query("/namespace-aliases", {
        ...params,
        ...(targetNamespace === undefined ? {} : { target_namespace: targetNamespace })
      }),
      undefined
    ]
  ),
  createNamespaceAlias: http<"createNamespaceAlias", never>(
    NamespaceAlias.NamespaceAlias as never,
    ({ name, targetNamespace }) => ["POST", "/namespace-aliases", { name, target_namespace: targetNamespace }]
  ),
  describeNamespaceAlias: http<"describeNamespaceAlias", never>(
    NamespaceAlias.NamespaceAlias as never,
    ({ aliasName }) => ["GET", aliasPath(aliasName), undefined]
  ),
  repointNamespaceAlias: http<"repointNamespaceAlias", never>(
    NamespaceAlias.NamespaceAlias as never,
    ({ aliasName, targetNamespace }) => ["PATCH", aliasPath(aliasName), { target_namespace: targetNamespace }]
  ),
  deleteNamespaceAlias: http<"deleteNamespaceAlias", never>(
    VectorRecord.DeleteResponse as never,
    ({ aliasName }) => ["DELETE", aliasPath(aliasName), undefined]
  )
}

const codes: { readonly [status: number]: number } = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  408: 14,
  409: 6,
  412: 9,
  429: 8,
  500: 13,
  501: 12,
  502: 14,
  503: 14,
  504: 14
}

const rpcStatus = Schema.decodeUnknownOption(Schema.parseJson(ErrorBody.RpcStatus))

const requestOf = (url: URL, method: "GET" | "POST" | "PATCH" | "DELETE", headers: Headers.Headers, body: Body) => {
  const request = HttpClientRequest.setHeaders(HttpClientRequest.make(method)(url), headers)
  return body === undefined
    ? request
    : HttpClientRequest.setBody(request, HttpBody.uint8Array(RequestBody.json(body), "application/json"))
}

const answerTo = <M extends MethodName>(
  name: M,
  answer: Answer,
  { body, headers, host }: GrpcChannel.Unary
): Effect.Effect<GrpcChannel.Reply, GrpcChannel.Status> => {
  const { decodeRequest, encodeAnswer } = methods[name]
  const { answer: schema, ask } = all[name]
  const [method, path, json] = ask(Effect.runSync(decodeRequest(body)))
  const url = new URL(path, host)
  const given = Headers.fromInput({ ...headers, [sizeHeader]: String(body.length) })
  return answer(requestOf(url, method, given, json), url).pipe(
    Effect.mapError((error) =>
      new GrpcChannel.Status({
        code: 14,
        message: error.cause instanceof Error ? error.cause.message : error.message,
        headers: Headers.empty,
        answered: false
      })
    ),
    Effect.flatMap((response) =>
      Effect.flatMap(Effect.zipRight(arrived(response), Effect.promise(() => response.text())), (text) => {
        const headers = Headers.fromInput(response.headers)
        if (response.status < 400) {
          // What is no answer of the API's goes on as bytes that are no message.
          const decoded = Schema.decodeUnknownEither(Schema.parseJson(schema as Schema.Schema<Answers[M], unknown>))(
            text
          )
          return Effect.succeed({
            body: Either.match(decoded, { onLeft: () => new Uint8Array([255]), onRight: encodeAnswer }),
            headers
          })
        }
        const told = rpcStatus(text)
        return Effect.fail(
          new GrpcChannel.Status({
            code: codes[response.status] ?? Option.getOrUndefined(told)?.code ?? 2,
            message: Option.getOrUndefined(told)?.message ?? text,
            headers,
            answered: true
          })
        )
      })
    )
  )
}

const names = Object.keys(methods) as ReadonlyArray<MethodName>

/** A server of gRPC that asks what answers over HTTP. */
export const channel = (answer: Answer): GrpcChannel.Service =>
  GrpcChannel.withDeadlines({
    unary: (call) => {
      const name = names.find((name) => methods[name].path === call.path)
      return name === undefined
        ? Effect.die(new Error(`no method has the path ${call.path}`))
        : Effect.suspend(() => answerTo(name, answer, call))
    }
  })
