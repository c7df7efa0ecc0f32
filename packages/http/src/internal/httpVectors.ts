import type * as Namespace from "@effect-pinecone/schema/Namespace"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as Query from "@effect-pinecone/schema/Query"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as VectorRecord from "@effect-pinecone/schema/VectorRecord"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { DataPlaneClient, Service } from "../PineconeHttpClient.js"
import type { Answer, Operation, Place, Received, VectorService } from "../VectorService.js"
import { baseUrl } from "./address.js"
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
export const make = ({ call, dataPlane, post }: Pick<Service, "call" | "dataPlane" | "post">): VectorService => {
  const derived = <A, E>(
    operation: string,
    { batchSize, host, index, namespace }: Place,
    run: (client: DataPlaneClient) => Effect.Effect<readonly [answer: A, response: Pick<Received, "headers">], E>,
    idempotent = true
  ): Effect.Effect<Answer<A>, PineconeError.RequestError> =>
    Effect.flatMap(dataPlane(host), (client) =>
      call(
        { operation, index, namespace, idempotent, batchSize },
        Effect.zipWith(
          run(client),
          attempts,
          ([answer, { headers }], attempts): Answer<A> => [answer, { headers, attempts }]
        )
      ))

  const posted =
    <A, I>(operation: string, path: string, answer: Schema.Schema<A, I>): Operation<Uint8Array, A> =>
    ({ batchSize, host, index, namespace }, body) =>
      post({ operation, index, namespace, batchSize }, `${baseUrl(host)}${path}`, body, answer)

  return {
    format: RequestBody.asJson,
    upsert: posted("upsert", "/vectors/upsert", VectorRecord.UpsertResponse),
    query: posted("query", "/query", Query.QueryResponse),
    update: posted("update", "/vectors/update", VectorRecord.UpdateResponse),
    fetch: (place, { ids }) =>
      derived(
        "fetch",
        place,
        ({ vectors }) => vectors.fetch({ urlParams: { ids, namespace: place.namespace }, withResponse: true })
      ),
    fetchByMetadata: (place, request) =>
      derived(
        "fetch_by_metadata",
        place,
        ({ vectors }) =>
          vectors.fetchByMetadata({ payload: { ...request, namespace: place.namespace }, withResponse: true })
      ),
    delete: (place, request) =>
      derived(
        "delete",
        place,
        ({ vectors }) => vectors.delete({ payload: { ...request, namespace: place.namespace }, withResponse: true })
      ),
    list: (place, request) =>
      derived(
        "list",
        place,
        ({ vectors }) => vectors.list({ urlParams: { ...request, namespace: place.namespace }, withResponse: true })
      ),
    describeIndexStats: (place, request) =>
      derived("describe_index_stats", place, ({ vectors }) =>
        Effect.map(
          vectors.stats({ payload: request, withResponse: true }),
          ([stats, response]) => [withFullness(stats), response] as const
        )),
    listNamespaces: (place, request) =>
      derived(
        "list_namespaces",
        place,
        ({ namespaces }) => namespaces.list({ urlParams: request, withResponse: true })
      ),
    createNamespace: (place, request) =>
      derived(
        "create_namespace",
        place,
        ({ namespaces }) => namespaces.create({ payload: request, withResponse: true }),
        false
      ),
    describeNamespace: (place, { name }) =>
      derived(
        "describe_namespace",
        place,
        ({ namespaces }) => namespaces.describe({ path: { namespace: name }, withResponse: true })
      ),
    deleteNamespace: (place, { name }) =>
      derived(
        "delete_namespace",
        place,
        ({ namespaces }) => namespaces.delete({ path: { namespace: name }, withResponse: true })
      ),
    listNamespaceAliases: (place, { targetNamespace, ...request }) =>
      derived(
        "list_namespace_aliases",
        place,
        ({ namespaceAliases }) =>
          namespaceAliases.list({ urlParams: { ...request, target_namespace: targetNamespace }, withResponse: true })
      ),
    createNamespaceAlias: (place, request) =>
      derived(
        "create_namespace_alias",
        place,
        ({ namespaceAliases }) => namespaceAliases.create({ payload: request, withResponse: true }),
        false
      ),
    describeNamespaceAlias: (place, { name }) =>
      derived(
        "describe_namespace_alias",
        place,
        ({ namespaceAliases }) => namespaceAliases.describe({ path: { alias_name: name }, withResponse: true })
      ),
    repointNamespaceAlias: (place, { name, targetNamespace }) =>
      derived(
        "repoint_namespace_alias",
        place,
        ({ namespaceAliases }) =>
          namespaceAliases.repoint({ path: { alias_name: name }, payload: { targetNamespace }, withResponse: true })
      ),
    deleteNamespaceAlias: (place, { name }) =>
      derived(
        "delete_namespace_alias",
        place,
        ({ namespaceAliases }) => namespaceAliases.delete({ path: { alias_name: name }, withResponse: true })
      )
  }
}
