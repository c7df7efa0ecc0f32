import type { Answers, MethodName } from "@effect-pinecone/grpc/Protocol"
import { VectorsGroup } from "@effect-pinecone/http/DataPlaneApi"
import { whyNoFit } from "@effect-pinecone/http/Failure"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Namespace2026_04 from "@effect-pinecone/schema/Namespace2026_04"
import type { Vector } from "@effect-pinecone/schema/VectorRecord"
// eslint-disable-next-line no-restricted-syntax -- it declares none: it names the type of those that are declared.
import type * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { keys } from "effect/Record"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import * as apiVersion from "./apiVersion.js"
import * as bodies from "./bodies.js"
import * as egress from "./egress.js"
import type { Head } from "./head.js"
import { pathOf } from "./head.js"
import type { Operations } from "./operations.js"
import { operations, since, tooManyVectors } from "./operations.js"
import * as plainUpsert from "./plainUpsert.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as protoJson from "./protoJson.js"
import * as respond from "./respond.js"

// The operations on records that have a body are most of what a server does, and a request of them is small: what a router
// and its handlers take for each is more than the operation. So these are read and answered in one go, by the schemas
// that the API's definition has for them.

/** The answer to a request, and what its headers tell of its place in the log. */
export type Answered = readonly [
  response: HttpServerResponse.HttpServerResponse,
  headers: Readonly<Record<string, string>>
]

/** Does an operation in an index as the JSON of a body asks for it. Without a body it is an empty message. */
export type Handler = (
  index: Effect.Effect<LiveIndex, problem.Problem>,
  json: Effect.Effect<unknown, problem.Problem>
) => Effect.Effect<Answered, problem.Problem>

type Write<A> = (answer: A) => Effect.Effect<HttpServerResponse.HttpServerResponse>

/** An answer of which there is a count of its bytes. */
export const counted = <A extends { readonly usage?: object | undefined }>({ usage = {}, ...body }: A) =>
  egress.response({ ...body, usage }, "egressBytes")

/** A record as it is answered: a list that is not there is an empty one. */
const written = <A extends Vector>({ values = noValues, ...record }: A) => ({ ...record, values })

const noValues = new Float32Array(0)

const queryResponse: Write<Answers["query"]> = ({ matches = [], ...body }) =>
  counted({ results: [], matches: matches.map(written), ...body })

/** The same with the records by their ids, as a fetch is answered. */
export const byIdResponse = (
  { vectors = [], ...body }: Pick<Answers["fetchByMetadata"], "vectors" | "usage">
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  counted({ vectors: Object.fromEntries(vectors.map((vector) => [vector.id, written(vector)])), ...body })

/** However many more there are than are allowed, none is looked at. */
const countProblem = (json: unknown): problem.Problem | undefined => {
  if (!Input.isObject(json) || !Array.isArray(json["vectors"])) return undefined
  const { length } = json["vectors"]
  return length > Limits.limits.upsertRecords ? problem.badRequest(tooManyVectors(length)) : undefined
}

/** Writes an answer as the definition has it. */
const writing = <A, I>(schema: Schema.Schema<A, I>): Write<A> => {
  const encode = Schema.encodeSync(schema)
  return (answer) => Effect.succeed(HttpServerResponse.unsafeJson(encode(answer)))
}

/** Writes an answer as the version of the request has it. */
const inVersion = <A>(write: Write<A>, before: Write<A>): Write<A> => (answer) =>
  Effect.flatMap(apiVersion.atLeast("2026-07"), (is) => is ? write(answer) : before(answer))

type Endpoints = (typeof VectorsGroup.endpoints)[string]

type Endpoint<N extends Endpoints["name"]> = HttpApiEndpoint.HttpApiEndpoint.WithName<Endpoints, N>

/** The endpoint of the definition that has this name. */
const endpointOf = <N extends Endpoints["name"]>(name: N) =>
  // eslint-disable-next-line no-restricted-syntax -- the group has its endpoints by their names.
  VectorsGroup.endpoints[name] as Endpoint<N>

interface Definition<Payload> {
  readonly method: string
  readonly path: string
  readonly payloadSchema: Option.Option<Schema.Schema<Payload, unknown>>
}

const place = ({ method, path }: Pick<Definition<unknown>, "method" | "path">): string => `${method} ${path}`

const handler = <M extends MethodName, Payload extends Parameters<Operations[M]>[1]>(
  method: M,
  endpoint: Definition<Payload>,
  message: protoJson.Message,
  write: Write<Answers[M]>,
  {
    plain = () => undefined,
    wrong = () => undefined
  }: {
    /** Why a body is not even looked at. */
    readonly wrong?: (json: unknown) => problem.Problem | undefined
    /** Reads what is as most are, and nothing else. */
    readonly plain?: (json: unknown) => Payload | undefined
  } = {}
): Handler => {
  const decode = Schema.decodeUnknownEither(Option.getOrThrow(endpoint.payloadSchema))
  const brought = since[method]
  /** The request that a body is, where it is one. */
  const read = (json: unknown): Either.Either<Payload, problem.Problem> => {
    const body = json ?? {}
    const refused = wrong(body)
    if (refused !== undefined) return Either.left(refused)
    const simple = plain(body)
    if (simple !== undefined) return Either.right(simple)
    const read = protoJson.readMessage(message, body)
    if (Either.isLeft(read)) {
      return Either.left(problem.badRequest(`Failed to deserialize the request: ${read.left}`))
    }
    return Either.mapLeft(decode(read.right), (error) => respond.undecodable("data", whyNoFit(error)))
  }
  return (index, json) => {
    const answer = Effect.flatMap(json, (body) => {
      const request = read(body)
      return Either.isLeft(request) ? request.left : Effect.interruptible(
        Effect.flatMap(
          index,
          (index) =>
            Effect.flatMap(
              operations[method](index, request.right),
              ([answer, headers]) => Effect.map(write(answer), (response): Answered => [response, headers])
            )
        )
      )
    })
    return brought === undefined ? answer : Effect.flatMap(
      apiVersion.atLeast(brought),
      (is) => is ? answer : problem.notFound(`There is no ${place(endpoint)}.`)
    )
  }
}

const endpoints = {
  upsert: endpointOf("upsert"),
  query: endpointOf("query"),
  fetchByMetadata: endpointOf("fetchByMetadata"),
  update: endpointOf("update"),
  delete: endpointOf("delete"),
  stats: endpointOf("stats")
}

const { messages } = protoJson

/** The operations by the names of their endpoints. */
export const handlers: { readonly [N in keyof typeof endpoints]: Handler } = {
  upsert: handler(
    "upsert",
    endpoints.upsert,
    messages.upsert,
    writing(endpoints.upsert.successSchema),
    { wrong: countProblem, plain: plainUpsert.read }
  ),
  query: handler("query", endpoints.query, messages.query, queryResponse),
  fetchByMetadata: handler(
    "fetchByMetadata",
    endpoints.fetchByMetadata,
    messages.fetchByMetadata,
    byIdResponse
  ),
  update: handler("update", endpoints.update, messages.update, writing(endpoints.update.successSchema)),
  delete: handler("delete", endpoints.delete, messages.delete, writing(endpoints.delete.successSchema)),
  stats: handler(
    "describeIndexStats",
    endpoints.stats,
    messages.describeIndexStats,
    inVersion(writing(endpoints.stats.successSchema), writing(Namespace2026_04.IndexStats))
  )
}

/** An operation that a request asks for by its place. */
export interface Operation {
  readonly path: string
  readonly handle: Handler
  /** What a request without a body asks for, by its query string. */
  readonly asked?: ((query: URLSearchParams) => Effect.Effect<unknown, problem.Problem>) | undefined
}

const deleteFields: ReadonlySet<string> = new Set(["ids", "namespace", "deleteAll", "delete_all"])

/**
 * The fields of a delete in a query string, where a list is the same field many times. A filter cannot be said there: what is
 * not known is refused, so that nothing more is deleted than was meant.
 */
const deleteAsked = (query: URLSearchParams): Effect.Effect<unknown, problem.Problem> => {
  const unknown = Array.from(query.keys()).find((name) => !deleteFields.has(name))
  if (unknown !== undefined) {
    return problem.badRequest(
      `Failed to deserialize the request: ${
        JSON.stringify(unknown.slice(0, 100))
      } cannot be in the query string of a ` +
        "delete: send it in the body of POST /vectors/delete"
    )
  }
  return Effect.succeed({
    ids: query.getAll("ids"),
    ...(query.has("namespace") ? { namespace: query.get("namespace") } : {}),
    ...(query.get("deleteAll") === "true" || query.get("delete_all") === "true" ? { deleteAll: true } : {})
  })
}

const byPlace: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...keys(endpoints).map((name): [string, Operation] => [
    place(endpoints[name]),
    { path: endpoints[name].path, handle: handlers[name] }
  ]),
  // The messages of gRPC are bound to these places too.
  ["DELETE /vectors/delete", { path: endpoints.delete.path, handle: handlers.delete, asked: deleteAsked }],
  ["GET /describe_index_stats", { path: endpoints.stats.path, handle: handlers.stats, asked: () => Effect.succeed({}) }]
])

/** The span of the request says which route it has taken, as it does where the router finds it. */
const routed = ({ path }: Operation): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const span = Context.getOption(context, Tracer.ParentSpan)
    if (Option.isSome(span) && span.value._tag === "Span") span.value.attribute("http.route", path)
  })

/** What is not said to be JSON is text. */
export const isJson = ({ headers }: Pick<Head, "headers">): boolean =>
  (headers["content-type"] ?? "application/json").toLowerCase().includes("application/json")

/** The operation whose place is exactly that of a request. All others are left to the router. */
export const find = (request: Head): Operation | undefined => {
  const found = byPlace.get(`${request.method} ${pathOf(request)}`)
  return found !== undefined && isJson(request) && !bodies.waits(request) ? found : undefined
}

/** Answers a request with an operation. */
export const answer = (
  operation: Operation,
  request: Head,
  index: Effect.Effect<LiveIndex, problem.Problem>
): Effect.Effect<Answered, problem.Problem> => {
  const { asked } = operation
  if (asked !== undefined) {
    const query = new URLSearchParams(request.url.slice(pathOf(request).length))
    return Effect.andThen(routed(operation), operation.handle(index, asked(query)))
  }
  const json = (operation.path === endpoints.upsert.path ? bodies.records : bodies.json)("data", request)
  return json instanceof problem.Problem ? json : Effect.andThen(routed(operation), operation.handle(index, json))
}
