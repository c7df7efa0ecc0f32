import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as apiVersion from "./apiVersion.js"
import { since, tooManyVectors } from "./operations.js"
import * as problem from "./problem.js"
import * as protoJson from "./protoJson.js"
import * as respond from "./respond.js"

// Requests of the data plane as they are sent, put into the form that the API's definition has.

interface Form {
  readonly body?: Parameters<typeof protoJson.readMessage>[0]
  readonly query?: Parameters<typeof protoJson.readQuery>[0]
  /** The version of the API that has brought the operation. */
  readonly since?: string | undefined
}

const { messages } = protoJson

const forms: ReadonlyMap<string, Form> = new Map(Object.entries<Form>({
  "POST /vectors/upsert": { body: messages.upsert },
  "POST /query": { body: messages.query },
  "POST /vectors/update": { body: messages.update },
  "POST /vectors/delete": { body: messages.delete },
  "POST /vectors/fetch_by_metadata": { body: messages.fetchByMetadata, since: since.fetchByMetadata },
  "POST /describe_index_stats": { body: messages.describeIndexStats },
  "GET /vectors/list": { query: messages.list },
  "GET /namespaces": { query: messages.listNamespaces },
  "POST /namespaces": { since: since.createNamespace }
}))

const refuse = (why: string) => problem.badRequest(`Failed to deserialize the request: ${why}`)

const read = <A>(result: Either.Either<A, string>): Effect.Effect<A, problem.Problem> =>
  Either.isLeft(result) ? refuse(result.left) : Effect.succeed(result.right)

/** The default namespace has no name, and its place in the path of text records is empty. */
const unnamed = /^\/records\/namespaces\/\/(?=upsert|search)/

const isJson = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  (headers["content-type"] ?? "application/json").toLowerCase().includes("application/json")

/** The body, read already. No body at all is an empty message. */
const withBody = (
  request: HttpServerRequest.HttpServerRequest,
  message: NonNullable<Form["body"]>
): Effect.Effect<HttpServerRequest.HttpServerRequest, problem.Problem> =>
  Effect.gen(function*() {
    const json = (yield* Effect.orDie(request.json)) ?? {}
    if (message === messages.upsert && Input.isObject(json) && Array.isArray(json["vectors"])) {
      // However many more there are, none is looked at.
      const { length } = json["vectors"]
      if (length > Limits.limits.upsertRecords) return yield* problem.badRequest(tooManyVectors(length))
    }
    const body = Effect.succeed(yield* read(protoJson.readMessage(message, json)))
    return Object.create(request, { json: { get: () => body } })
  })

/** The path of a request, and its query string, where it has one. */
const parts = (url: string): readonly [path: string, query: string | undefined] => {
  const mark = url.indexOf("?")
  return mark === -1 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)]
}

const inForm = (
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<HttpServerRequest.HttpServerRequest, problem.Problem> =>
  Effect.gen(function*() {
    const [path, query] = parts(request.url)
    if (unnamed.test(path)) {
      const url = request.url.replace(unnamed, `/records/namespaces/${Namespace.defaultNamespace}/`)
      return request.modify({ url })
    }
    const form = forms.get(`${request.method} ${path}`)
    if (form === undefined) return request
    if (form.since !== undefined && !(yield* apiVersion.atLeast(form.since))) {
      return yield* problem.notFound(`There is no ${request.method} ${path}.`)
    }
    if (form.query !== undefined && query !== undefined) {
      return request.modify({ url: `${path}?${yield* read(protoJson.readQuery(form.query, query))}` })
    }
    return form.body !== undefined && isJson(request) ? yield* withBody(request, form.body) : request
  })

const middleware = <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.matchEffect(inForm(request), {
      onFailure: (found) => Effect.succeed(respond.problemResponse(respond.formOf("data", request.url), found)),
      onSuccess: (formed) => Effect.provideService(app, HttpServerRequest.HttpServerRequest, formed)
    }))

/** What stands before the handlers of the data plane. */
export const layer: Layer.Layer<never> = HttpApiBuilder.middleware(middleware)
