import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Layer from "effect/Layer"
import * as apiVersion from "./apiVersion.js"
import { since } from "./operations.js"
import * as problem from "./problem.js"
import * as protoJson from "./protoJson.js"
import * as respond from "./respond.js"

// Requests of the data plane as they are sent, put into the form that the API's definition has.

interface Form {
  readonly query?: protoJson.Message
  /** The version of the API that has brought the operation. */
  readonly since?: string | undefined
}

const { messages } = protoJson

const forms: ReadonlyMap<string, Form> = new Map(Object.entries<Form>({
  "GET /vectors/list": { query: messages.list },
  "GET /namespaces": { query: messages.listNamespaces },
  "POST /namespaces": { since: since.createNamespace }
}))

const refuse = (why: string) => problem.badRequest(`Failed to deserialize the request: ${why}`)

const read = <A>(result: Either.Either<A, string>): Effect.Effect<A, problem.Problem> =>
  Either.isLeft(result) ? refuse(result.left) : Effect.succeed(result.right)

/** The default namespace has no name, and its place in the path of text records is empty. */
const unnamed = /^\/records\/namespaces\/\/(?=upsert|search)/

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
    return request
  })

const middleware = <E, R>(app: HttpApp.Default<E, R>): HttpApp.Default<E, R> =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.matchEffect(inForm(request), {
      onFailure: (found) => Effect.succeed(respond.problemResponse(respond.formOf("data", request.url), found)),
      onSuccess: (formed) => Effect.provideService(app, HttpServerRequest.HttpServerRequest, formed)
    }))

/** What stands before the handlers of the data plane. */
export const layer: Layer.Layer<never> = HttpApiBuilder.middleware(middleware)
