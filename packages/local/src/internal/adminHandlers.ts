import { AdminApi } from "@effect-pinecone/http/AdminApi"
import { MetricsApi } from "@effect-pinecone/http/MetricsApi"
import { OAuthApi } from "@effect-pinecone/http/OAuthApi"
import * as OAuth from "@effect-pinecone/schema/OAuth"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Admin, KeyDocument, OrganizationDocument, ProjectDocument } from "./admin.js"
import type { Gate } from "./adminGate.js"
import * as adminGate from "./adminGate.js"
import * as members from "./adminMemberHandlers.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import { ProjectTag } from "./project.js"
import { answering } from "./respond.js"

const answer = answering("control")

const dated = <A extends { readonly createdAt: string }>(document: A) => ({
  ...document,
  createdAt: new Date(document.createdAt)
})

const organizationOf = (document: OrganizationDocument) => dated(document)

const projectOf = (document: ProjectDocument) => dated(document)

/** A key as the API tells of it. */
const keyOf = ({ id, name, projectId, roles }: KeyDocument) => ({ id, name, projectId, roles })

const organizations = (admin: Admin, { caller, may }: Gate) =>
  HttpApiBuilder.group(AdminApi, "organizations", (handlers) =>
    handlers
      .handle("list", () =>
        answer(Effect.zipWith(admin.organizations, caller, (all, { may }) => ({
          data: all.filter(() => may("readOrganization")).map(organizationOf)
        }))))
      .handle("describe", ({ path }) =>
        answer(Effect.andThen(
          may("readOrganization"),
          Effect.map(admin.organization(path.organization_id), organizationOf)
        )))
      .handle("update", ({ path, payload }) =>
        answer(Effect.andThen(
          may("changeOrganization"),
          Effect.map(admin.updateOrganization(path.organization_id, payload), organizationOf)
        )))
      .handle(
        "delete",
        ({ path }) => answer(Effect.andThen(may("deleteOrganization"), admin.deleteOrganization(path.organization_id)))
      ))

const projects = (admin: Admin, { caller, may }: Gate) =>
  HttpApiBuilder.group(AdminApi, "projects", (handlers) =>
    handlers
      .handle("list", () =>
        answer(Effect.zipWith(admin.projects, caller, (all, { may }) => ({
          data: all.filter(({ id }) => may("readProject", id)).map(projectOf)
        }))))
      .handle(
        "create",
        ({ payload }) =>
          answer(Effect.andThen(may("createProject"), Effect.map(admin.createProject(payload), projectOf)))
      )
      .handle("describe", ({ path }) =>
        answer(Effect.andThen(
          may("readProject", path.project_id),
          Effect.map(admin.project(path.project_id), projectOf)
        )))
      .handle("update", ({ path, payload }) =>
        answer(Effect.andThen(
          may("changeProject", path.project_id),
          Effect.map(admin.updateProject(path.project_id, payload), projectOf)
        )))
      .handle(
        "delete",
        ({ path }) =>
          answer(Effect.andThen(may("changeProject", path.project_id), admin.deleteProject(path.project_id)))
      ))

const apiKeys = (admin: Admin, { may }: Gate) =>
  HttpApiBuilder.group(AdminApi, "apiKeys", (handlers) => {
    /** A key of a project in which the caller has a right. */
    const keyFor = (right: "readKeys" | "changeKeys", id: string) =>
      Effect.andThen(may(right), Effect.tap(admin.key(id), ({ projectId }) => may(right, projectId)))

    return handlers
      .handle("list", ({ path }) =>
        answer(Effect.andThen(
          may("readKeys", path.project_id),
          Effect.map(admin.keys(path.project_id), (all) => ({ data: all.map(keyOf) }))
        )))
      .handle("create", ({ path, payload }) =>
        answer(Effect.andThen(
          may("changeKeys", path.project_id),
          Effect.map(
            admin.createKey(path.project_id, payload),
            ({ document, value }) => ({ key: keyOf(document), value })
          )
        )))
      .handle("describe", ({ path }) => answer(Effect.map(keyFor("readKeys", path.api_key_id), keyOf)))
      .handle("update", ({ path, payload }) =>
        answer(Effect.andThen(
          keyFor("changeKeys", path.api_key_id),
          Effect.map(admin.updateKey(path.api_key_id, payload), keyOf)
        )))
      .handle(
        "delete",
        ({ path }) => answer(Effect.andThen(keyFor("changeKeys", path.api_key_id), admin.deleteKey(path.api_key_id)))
      )
  })

/** The admin API, in which each may do what his roles allow. */
export const layer = (admin: Admin) => {
  const gate = adminGate.make(admin)
  return HttpApiBuilder.api(AdminApi).pipe(Layer.provide([
    organizations(admin, gate),
    projects(admin, gate),
    apiKeys(admin, gate),
    members.serviceAccounts(admin, gate),
    members.users(admin, gate),
    members.invites(admin, gate),
    members.roleBindings(admin, gate)
  ]))
}

/** What the link of an invite's e-mail does, in the place of a web page. */
export const acceptance = (admin: Admin) =>
  Effect.gen(function*() {
    const { method, url } = yield* HttpServerRequest.HttpServerRequest
    const id = url.split("/")[2] ?? ""
    if (method !== "POST") return yield* problem.notFound(`There is no ${method} ${url.split("?")[0]!}.`)
    return HttpServerResponse.unsafeJson(yield* admin.acceptInvite(id))
  })

const refusedGrant = (status: number, code: string, message: string) => new problem.Problem({ status, code, message })

/** The login host. */
export const loginLayer = (admin: Admin) =>
  HttpApiBuilder.api(OAuthApi).pipe(Layer.provide(
    HttpApiBuilder.group(OAuthApi, "oauth", (handlers) =>
      handlers.handle("token", ({ payload }) =>
        answering("login")(Effect.gen(function*() {
          const { token, expiresIn } = yield* admin.issue(payload.clientId, payload.clientSecret)
          if (payload.grantType !== "client_credentials") {
            return yield* refusedGrant(400, "unsupported_grant_type", "The grant type must be client_credentials")
          }
          if (payload.audience !== OAuth.audience) {
            return yield* refusedGrant(403, "access_denied", `The audience must be ${OAuth.audience}`)
          }
          return { accessToken: token, tokenType: "Bearer", expiresIn }
        }))))
  ))

const Revocation = Schema.Struct({
  client_id: Schema.String,
  client_secret: Schema.Redacted(Schema.String),
  token: Schema.Redacted(Schema.String)
})

/** Takes a token back, as RFC 7009 has it: in JSON or as a form. */
export const revocation = (admin: Admin) =>
  Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = (request.headers["content-type"] ?? "").includes("x-www-form-urlencoded")
      ? HttpServerRequest.schemaBodyUrlParams(Revocation)
      : HttpServerRequest.schemaBodyJson(Revocation)
    const { client_id, client_secret, token } = yield* Effect.mapError(
      body,
      () => problem.badRequest("A client_id, a client_secret and a token are needed")
    )
    yield* admin.revoke(client_id, client_secret, Redacted.value(token))
    return HttpServerResponse.empty({ status: 200 })
  })

/** Fails for a project that the server keeps no data of. */
const checkProject = (admin: Admin, id: string): Effect.Effect<void, problem.Problem> =>
  Effect.flatMap(
    admin.projects,
    ([first]) => first?.id === id ? Effect.void : problem.notFound(`Project ${id} has no metrics here.`)
  )

/** Where metrics are: a target at the host of each index. */
export const metricsLayer = (admin: Admin) =>
  HttpApiBuilder.api(MetricsApi).pipe(Layer.provide(
    HttpApiBuilder.group(MetricsApi, "metrics", (handlers) =>
      Effect.map(ProjectTag, (project) =>
        handlers.handle("discover", ({ path }) =>
          answer(Effect.gen(function*() {
            yield* checkProject(admin, path.project_id)
            return (yield* project.indexes).map(({ document, host }) => ({
              targets: [`${host}/projects/${path.project_id}/metrics/export`],
              labels: { index_name: document.model.name }
            }))
          })))))
  ))

const exportPath = /^\/projects\/([^/?]+)\/metrics\/export(\?|$)/

export const isExport = (url: string): boolean => exportPath.test(url)

/** The metrics of an index, in the text format of Prometheus. */
export const metrics = (admin: Admin, live: Effect.Effect<LiveIndex, problem.Problem>) =>
  Effect.gen(function*() {
    const { url } = yield* HttpServerRequest.HttpServerRequest
    yield* checkProject(admin, exportPath.exec(url)?.[1] ?? "")
    const { data, document } = yield* live
    const count = (yield* data.namespaces).reduce((sum, { recordCount }) => sum + recordCount, 0)
    return HttpServerResponse.text(
      "# HELP pinecone_db_record_total The number of records in the index.\n" +
        "# TYPE pinecone_db_record_total gauge\n" +
        `pinecone_db_record_total{index_name="${document.model.name}"} ${count}\n`,
      { contentType: "text/plain; version=0.0.4; charset=utf-8" }
    )
  })
