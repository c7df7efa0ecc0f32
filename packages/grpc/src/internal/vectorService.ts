import * as Failure from "@effect-pinecone/http/Failure"
import { baseUrl } from "@effect-pinecone/http/PineconeHttpClient"
import type * as PineconeHttpClient from "@effect-pinecone/http/PineconeHttpClient"
import type { Answer, Place, VectorService } from "@effect-pinecone/http/VectorService"
import * as ErrorBody from "@effect-pinecone/schema/ErrorBody"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as GrpcChannel from "../GrpcChannel.js"
import type { Answers, MethodName } from "../Protocol.js"
import { methods } from "../Protocol.js"

/** The operations over gRPC. */
export const make = (http: PineconeHttpClient.Service, channel: GrpcChannel.Service): VectorService => {
  const { scrub } = http
  const headers = Object.freeze({ ...Redacted.value(http.headers) })

  const failed = (status: GrpcChannel.Status, url: string, attempt: PineconeHttpClient.Try) => {
    const { attempts, call, maxRetryAfter, timeout } = attempt
    const { answered, code, headers, httpStatus, malformed, message, unsent } = status
    if (answered) {
      attempt.answered(
        headers,
        httpStatus === undefined ? { "rpc.grpc.status_code": code } : { "http.response.status_code": httpStatus }
      )
    }
    if (malformed === true) return Effect.fail(Failure.invalidResponse(call, attempts, message, scrub))
    if (code === ErrorBody.grpcStatuses.DEADLINE_EXCEEDED) return Effect.fail(Failure.timedOut(call, attempts, timeout))
    if (!answered) return Effect.fail(Failure.unanswered(call, attempts, message, scrub, unsent))
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const refused = { call, attempts, headers, maxRetryAfter, now, scrub, url }
      return Effect.fail(
        httpStatus === undefined
          ? Failure.fromGrpcStatus(code, message, refused)
          : Failure.fromStatus(httpStatus, "", refused)
      )
    })
  }

  const sent = <M extends MethodName>(
    name: M,
    operation: string,
    { batchSize, host, index, namespace }: Place,
    body: Uint8Array,
    idempotent = true
  ): Effect.Effect<Answer<Answers[M]>, PineconeError.RequestError> => {
    const { decodeAnswer, path } = methods[name]
    const url = baseUrl(host)
    const call = { operation, index, namespace, idempotent, batchSize }
    const method = path.slice(1)
    const protocol: PineconeHttpClient.Protocol = {
      name: "grpc",
      span: method,
      attributes: { "rpc.system": "grpc", "rpc.method": method },
      bytes: body.length
    }
    if (!URL.canParse(url)) return http.call(call, Effect.fail(Failure.noAddress(call, `"${url}" is not a URL`, scrub)))
    return http.call(
      call,
      http.send(host, protocol, (attempt) => {
        const timeout = Duration.toMillis(attempt.timeout)
        return channel.unary({ host: url, path, body, headers, timeout }).pipe(
          Effect.catchAll((status) => failed(status, url, attempt)),
          Effect.flatMap(({ body, early, headers }) => {
            attempt.answered(headers, { "rpc.grpc.status_code": 0 })
            return Effect.matchEffect(decodeAnswer(body), {
              onFailure: (why) => Effect.fail(Failure.invalidResponse(attempt.call, attempt.attempts, why, scrub)),
              onSuccess: (answer): Effect.Effect<Answer<Answers[M]>> =>
                Effect.succeed([answer, { headers, attempts: attempt.attempts, early }])
            })
          })
        )
      })
    )
  }

  return {
    format: RequestBody.asProtobuf,
    upsert: (place, body) => sent("upsert", "upsert", place, body),
    query: (place, body) => sent("query", "query", place, body),
    update: (place, body) => sent("update", "update", place, body),
    fetch: (place, { ids }) =>
      sent("fetch", "fetch", place, methods.fetch.encodeRequest({ ids, namespace: place.namespace })),
    fetchByMetadata: (place, request) =>
      sent(
        "fetchByMetadata",
        "fetch_by_metadata",
        place,
        methods.fetchByMetadata.encodeRequest({ ...request, namespace: place.namespace })
      ),
    delete: (place, request) =>
      sent("delete", "delete", place, methods.delete.encodeRequest({ ...request, namespace: place.namespace })),
    list: (place, request) =>
      sent("list", "list", place, methods.list.encodeRequest({ ...request, namespace: place.namespace })),
    describeIndexStats: (place, request) =>
      sent(
        "describeIndexStats",
        "describe_index_stats",
        place,
        methods.describeIndexStats.encodeRequest(request)
      ),
    listNamespaces: (place, request) =>
      sent("listNamespaces", "list_namespaces", place, methods.listNamespaces.encodeRequest(request)),
    createNamespace: (place, { name, schema }) =>
      sent(
        "createNamespace",
        "create_namespace",
        place,
        methods.createNamespace.encodeRequest({ name, schema }),
        false
      ),
    describeNamespace: (place, { name }) =>
      sent(
        "describeNamespace",
        "describe_namespace",
        place,
        methods.describeNamespace.encodeRequest({ namespace: name })
      ),
    deleteNamespace: (place, { name }) =>
      sent("deleteNamespace", "delete_namespace", place, methods.deleteNamespace.encodeRequest({ namespace: name })),
    listNamespaceAliases: (place, request) =>
      sent(
        "listNamespaceAliases",
        "list_namespace_aliases",
        place,
        methods.listNamespaceAliases.encodeRequest(request)
      ),
    createNamespaceAlias: (place, request) =>
      sent(
        "createNamespaceAlias",
        "create_namespace_alias",
        place,
        methods.createNamespaceAlias.encodeRequest(request),
        false
      ),
    describeNamespaceAlias: (place, { name }) =>
      sent(
        "describeNamespaceAlias",
        "describe_namespace_alias",
        place,
        methods.describeNamespaceAlias.encodeRequest({ aliasName: name })
      ),
    repointNamespaceAlias: (place, { name, targetNamespace }) =>
      sent(
        "repointNamespaceAlias",
        "repoint_namespace_alias",
        place,
        methods.repointNamespaceAlias.encodeRequest({ aliasName: name, targetNamespace })
      ),
    deleteNamespaceAlias: (place, { name }) =>
      sent(
        "deleteNamespaceAlias",
        "delete_namespace_alias",
        place,
        methods.deleteNamespaceAlias.encodeRequest({ aliasName: name })
      )
  }
}
