import { DataPlaneApi } from "@effect-pinecone/http/DataPlaneApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as Effect from "effect/Effect"
import { doing } from "./doing.js"
import * as problem from "./problem.js"
import { ProjectTag } from "./project.js"
import * as respond from "./respond.js"

/** The parameters that a list takes: what else is sent is refused. */
const listParameters = new Set(["limit", "paginationToken", "prefix", "target_namespace"])

const unknownParameter = (url: string): string | undefined =>
  Array.from(new URLSearchParams(url.split("?")[1] ?? "").keys()).find((name) => !listParameters.has(name))

/** The handlers of the aliases of namespaces. */
export const layer = HttpApiBuilder.group(
  DataPlaneApi,
  "namespaceAliases",
  (handlers) =>
    Effect.map(ProjectTag, (project) => {
      const run = doing(project)
      return handlers
        .handle("list", ({ request, urlParams: { target_namespace: targetNamespace, ...page } }) => {
          const unknown = unknownParameter(request.url)
          return unknown === undefined
            ? run("listNamespaceAliases", { ...page, targetNamespace }, Effect.succeed)
            : respond.answering("data")(problem.badRequest(`The list of aliases has no parameter ${unknown}`))
        })
        .handle("create", ({ payload }) => run("createNamespaceAlias", payload, Effect.succeed))
        .handle("describe", ({ path }) => run("describeNamespaceAlias", { aliasName: path.alias_name }, Effect.succeed))
        .handle(
          "repoint",
          ({ path, payload }) =>
            run("repointNamespaceAlias", { aliasName: path.alias_name, ...payload }, Effect.succeed)
        )
        .handle("delete", ({ path }) => run("deleteNamespaceAlias", { aliasName: path.alias_name }, Effect.succeed))
    })
)
