import type * as Namespace from "@effect-pinecone/schema/Namespace"
import * as Query from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Service } from "../PineconeHttpClient.js"
import type { Answer, Operation, Requests, VectorService } from "../VectorService.js"
import { baseUrl } from "./address.js"
import type * as dataPlane from "./dataPlane.js"
import { ask, namespaceAliases, namespaces, vectors } from "./dataPlane.js"
import { attempts } from "./runningCall.js"

/** Before 2026-07 two numbers have names in snake case. */
const withFullness = (stats: Namespace.IndexStats): Namespace.IndexStats => {
  if (!("memory_fullness" in stats) && !("storage_fullness" in stats)) return stats
  const { memory_fullness: memory, storage_fullness: storage, ...rest }: {
    readonly memory_fullness?: unknown
    readonly storage_fullness?: unknown
  } & Namespace.IndexStats = stats
  return {
    ...rest,
    ...(typeof memory === "number" ? { memoryFullness: memory } : {}),
    ...(typeof storage === "number" ? { storageFullness: storage } : {})
  }
}

/** The operations over HTTP, with JSON. */
export const make = ({ call, httpClient, post }: Pick<Service, "call" | "httpClient" | "post">): VectorService => {
  const asked = <P extends dataPlane.Parts, Request>(
    operation: string,
    parts: P,
    toRequest: (request: Request, namespace: string | undefined) => dataPlane.RequestOf<P>,
    idempotent = true
  ): Operation<Request, Schema.Schema.Type<P["success"]>> =>
  ({ batchSize, host, index, namespace }, request) =>
    call(
      { operation, index, namespace, idempotent, batchSize },
      Effect.zipWith(
        ask(httpClient, baseUrl(host), parts, toRequest(request, namespace)),
        attempts,
        ([answer, { headers }], attempts): Answer<Schema.Schema.Type<P["success"]>> => [answer, { headers, attempts }]
      )
    )

  const posted =
    <A, I>(operation: string, path: string, answer: Schema.Schema<A, I>): Operation<Uint8Array, A> =>
    ({ batchSize, host, index, namespace }, body) =>
      post({ operation, index, namespace, batchSize }, `${baseUrl(host)}${path}`, body, answer)

  const stats = asked(
    "describe_index_stats",
    vectors.stats,
    (payload: Requests["describeIndexStats"]) => ({ payload })
  )

  const ofNamespace = ({ name }: { readonly name: string }) => ({ path: { namespace: name } })

  const ofAlias = ({ name }: { readonly name: string }) => ({ path: { alias_name: name } })

  return {
    format: RequestBody.asJson,
    upsert: posted("upsert", "/vectors/upsert", VectorRecord.UpsertResponse),
    query: posted("query", "/query", Query.QueryResponse),
    update: posted("update", "/vectors/update", VectorRecord.UpdateResponse),
    fetch: asked("fetch", vectors.fetch, ({ ids }, namespace) => ({ urlParams: { ids, namespace } })),
    fetchByMetadata: asked("fetch_by_metadata", vectors.fetchByMetadata, (request, namespace) => ({
      payload: { ...request, namespace }
    })),
    delete: asked("delete", vectors.delete, (request, namespace) => ({ payload: { ...request, namespace } })),
    list: asked("list", vectors.list, (request, namespace) => ({ urlParams: { ...request, namespace } })),
    describeIndexStats: (place, request) =>
      Effect.map(stats(place, request), ([stats, received]) => [withFullness(stats), received] as const),
    listNamespaces: asked("list_namespaces", namespaces.list, (urlParams) => ({ urlParams })),
    createNamespace: asked("create_namespace", namespaces.create, (payload) => ({ payload }), false),
    describeNamespace: asked("describe_namespace", namespaces.describe, ofNamespace),
    deleteNamespace: asked("delete_namespace", namespaces.delete, ofNamespace),
    listNamespaceAliases: asked(
      "list_namespace_aliases",
      namespaceAliases.list,
      ({ targetNamespace, ...request }) => ({ urlParams: { ...request, target_namespace: targetNamespace } })
    ),
    createNamespaceAlias: asked(
      "create_namespace_alias",
      namespaceAliases.create,
      (payload) => ({ payload }),
      false
    ),
    describeNamespaceAlias: asked("describe_namespace_alias", namespaceAliases.describe, ofAlias),
    repointNamespaceAlias: asked(
      "repoint_namespace_alias",
      namespaceAliases.repoint,
      ({ name, targetNamespace }) => ({ ...ofAlias({ name }), payload: { targetNamespace } })
    ),
    deleteNamespaceAlias: asked("delete_namespace_alias", namespaceAliases.delete, ofAlias)
  }
}
