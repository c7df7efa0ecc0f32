import type { MethodName } from "@effect-pinecone/grpc/Protocol"
import { roles } from "@effect-pinecone/schema/ApiKey"
import type { Plane } from "./respond.js"

/** What a request is about to do. */
export interface Access {
  /** Where: what is neither, such as embedding, any key may do. */
  readonly plane: "control" | "data" | "either"
  readonly write: boolean
  /** The request, for a person. */
  readonly what: string
}

/** The requests of each part that read, although their method is none that does. */
const readers: { readonly [P in Plane]?: RegExp } = {
  inference: /^\/(embed|rerank)$/,
  data: /^\/(query|vectors\/fetch_by_metadata|describe_index_stats)$/,
  records: /^\/(records\/namespaces\/[^/]*\/search|namespaces\/[^/]*\/documents\/(search|fetch|list))$/,
  assistant: /^\/chat\/.+$/,
  evaluation: /^\/evaluation\/.+$/
}

const planeOf = (part: Plane, path: string): Access["plane"] => {
  switch (part) {
    case "data":
    case "records":
      return "data"
    case "assistant":
      // What an assistant holds is data, and the assistant itself is not.
      return /^\/assistants(\/|$)/.test(path) ? "control" : "data"
    case "evaluation":
    case "inference":
      return "either"
    default:
      return /^\/prometheus(\/|$)/.test(path) ? "either" : "control"
  }
}

/** What a request over HTTP is about to do. What is not known to read is taken for a write. */
export const ofHttp = (part: Plane, method: string, url: string): Access => {
  const path = url.split("?")[0]!
  return {
    plane: planeOf(part, path),
    write: method !== "GET" && method !== "HEAD" && !(method === "POST" && readers[part]?.test(path) === true),
    what: `${method} ${path.slice(0, 200)}`
  }
}

const readingMethods: ReadonlySet<MethodName> = new Set<MethodName>([
  "query",
  "fetch",
  "fetchByMetadata",
  "list",
  "describeIndexStats",
  "listNamespaces",
  "describeNamespace",
  "listNamespaceAliases",
  "describeNamespaceAlias"
])

/** What a call over gRPC is about to do. */
export const ofGrpc = (method: MethodName): Access => ({
  plane: "data",
  write: !readingMethods.has(method),
  what: method
})

/** Whether a role lets a request be made. */
const permits = (role: string, { plane, write }: Access): boolean => {
  const [, where, as] = /^(Project|ControlPlane|DataPlane)(Editor|Viewer)$/.exec(role) ?? []
  if (where === undefined) return false
  const reaches = where === "Project" || plane === "either" || (where === "DataPlane" ? "data" : "control") === plane
  return reaches && (as === "Editor" || !write)
}

/** Whether one of the roles does. */
export const permitted = (own: ReadonlyArray<string>, access: Access): boolean =>
  own.some((role) => permits(role, access))

/** The roles that would. */
export const needed = (access: Access): ReadonlyArray<string> => roles.filter((role) => permits(role, access))
