import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexModel2026_04 from "@effect-pinecone/schema/IndexModel2026_04"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as indexSchemas from "./indexSchemas.js"
import type * as problem from "./problem.js"

/** A request for an index, or for one that embeds text. */
export type StartIndex = IndexModel.CreateIndexRequest | IndexModel.CreateIndexForModelRequest

export class StartIndexProblem extends Data.TaggedError("StartIndexProblem")<{ readonly message: string }> {}

const isForModel = (request: StartIndex): request is IndexModel.CreateIndexForModelRequest => "embed" in request

/** What an index cannot change, of an index or of a request. */
interface Shape {
  readonly dimension: number | undefined
  readonly metric: string | undefined
  readonly vectorType: string | undefined
  readonly model: string | undefined
  /** The fields of an index of documents. */
  readonly fields: string | undefined
}

const encodeFields = Schema.encode(IndexSchema.IndexSchema)

/** In one text, whatever their order. */
const textOf = (schema: IndexSchema.IndexSchema): Effect.Effect<string | undefined, ParseResult.ParseError> =>
  indexSchemas.isOfDocuments(schema)
    ? Effect.map(
      encodeFields(schema),
      ({ fields }) => JSON.stringify(Object.fromEntries(Object.entries(fields).sort(([a], [b]) => a < b ? -1 : 1)))
    )
    : Effect.succeed(undefined)

const asked = (request: StartIndex): Effect.Effect<Partial<Shape>, ParseResult.ParseError | problem.Problem> => {
  if (isForModel(request)) {
    const { dimension, metric, model } = request.embed
    // What the request leaves open is the model's to say.
    return Effect.succeed({
      model,
      ...(dimension === undefined ? {} : { dimension }),
      ...(metric === undefined ? {} : { metric })
    })
  }
  if (request.schema !== undefined) {
    return indexSchemas.resolve(request.schema).pipe(Effect.flatMap(textOf), Effect.map((fields) => ({ fields })))
  }
  const vectorType = request.vectorType ?? "dense"
  return Effect.succeed({
    dimension: request.dimension,
    metric: request.metric ?? (vectorType === "sparse" ? "dotproduct" : "cosine"),
    vectorType,
    fields: undefined
  })
}

const shapeOf = ({ dimension, embed, metric, schema, vectorType }: IndexModel.IndexModel) =>
  Effect.map(textOf(schema), (fields): Shape => ({ dimension, metric, vectorType, model: embed?.model, fields }))

const labels: Readonly<Record<keyof Shape, string>> = {
  dimension: "dimension",
  metric: "metric",
  vectorType: "vector type",
  model: "model",
  fields: "fields"
}

/** In words: how the index differs from what is asked for. */
const differences = (is: Shape, wanted: Partial<Shape>): ReadonlyArray<string> =>
  // eslint-disable-next-line no-restricted-syntax -- its keys are those of the record above.
  (Object.keys(labels) as ReadonlyArray<keyof Shape>).flatMap((key) =>
    key in wanted && wanted[key] !== is[key]
      ? [`${labels[key]} ${is[key] ?? "none"}, not ${wanted[key] ?? "none"}`]
      : []
  )

const decodeIndex = Schema.decodeUnknown(IndexModel.IndexModel)

/** What the server says of a request that it refuses. */
const said = (json: unknown): string =>
  Predicate.isRecord(json) && Predicate.isRecord(json["error"]) && typeof json["error"]["message"] === "string"
    ? json["error"]["message"]
    : JSON.stringify(json)

const versionHeader = "x-pinecone-api-version"

/** The version that has documents. */
const withDocuments = "2026-07"

/** The version that has pods, and lets choose which metadata is indexed. */
const withPods = "2026-04"

/** The request, in the version of the API that has what it asks for. */
const encode = (controlUrl: string, request: StartIndex) => {
  const post = (path: string, version: string) => (body: unknown) =>
    HttpClientRequest.post(`${controlUrl}${path}`, {
      headers: { [versionHeader]: version },
      body: HttpBody.unsafeJson(body)
    })
  if (isForModel(request)) {
    return Effect.map(
      Schema.encode(IndexModel.CreateIndexForModelRequest)(request),
      post("/indexes/create-for-model", withPods)
    )
  }
  return request.schema === undefined && request.cmekId === undefined
    ? Effect.map(Schema.encode(IndexModel2026_04.CreateIndexRequest)(request), post("/indexes", withPods))
    : Effect.map(Schema.encode(IndexModel.CreateIndexRequest)(request), post("/indexes", withDocuments))
}

/**
 * Creates the indexes that do not exist, by requests to the server itself: it says what is wrong with one in its own words.
 * An index that exists is left as it is, and must have the shape that is asked for.
 */
export const create = (
  client: HttpClient.HttpClient,
  controlUrl: string,
  requests: ReadonlyArray<StartIndex>
): Effect.Effect<void, StartIndexProblem> =>
  Effect.forEach(requests, (request) => {
    const refused = (why: string) =>
      new StartIndexProblem({ message: `The index "${request.name}" cannot be created: ${why}` })
    return Effect.gen(function*() {
      const listed = yield* Effect.flatMap(
        client.get(`${controlUrl}/indexes`, { headers: { [versionHeader]: withDocuments } }),
        (response) => response.json
      )
      const all = Predicate.isRecord(listed) && Array.isArray(listed["indexes"]) ? listed["indexes"] : []
      const found = all.find((index) => Predicate.isRecord(index) && index["name"] === request.name)
      if (found !== undefined) {
        const shape = yield* Effect.flatMap(decodeIndex(found), shapeOf)
        const different = differences(shape, yield* asked(request))
        if (different.length === 0) return
        return yield* new StartIndexProblem({
          message: `The index "${request.name}" exists with another shape: ${different.join("; ")}. ` +
            "Delete the index, choose another name, or ask for its shape."
        })
      }
      const response = yield* Effect.flatMap(encode(controlUrl, request), client.execute)
      if (response.status !== 201) return yield* refused(said(yield* response.json))
    }).pipe(
      Effect.catchTags({
        Problem: ({ message }) => refused(message),
        ParseError: (error) => refused(ParseResult.TreeFormatter.formatErrorSync(error)),
        RequestError: ({ message }) => refused(message),
        ResponseError: ({ message }) => refused(message)
      })
    )
  }, { discard: true })

const decodeDocuments = Schema.decodeUnknown(IndexModel.CreateIndexRequest)

const decodeRecords = Schema.decodeUnknown(IndexModel2026_04.CreateIndexRequest)

const decodeForModel = Schema.decodeUnknown(IndexModel.CreateIndexForModelRequest)

/** Each in its own form: with a schema as 2026-07 has it, or with a spec as 2026-04 does. */
const decodeOne = (request: unknown): Effect.Effect<StartIndex, ParseResult.ParseError> => {
  if (!Predicate.isRecord(request)) return decodeRecords(request)
  if ("embed" in request) return decodeForModel(request)
  return "schema" in request ? decodeDocuments(request) : decodeRecords(request)
}

/** The text of a file with an array of requests, as the API takes them. */
export const decode = (text: string): Effect.Effect<ReadonlyArray<StartIndex>, StartIndexProblem> =>
  Effect.gen(function*() {
    const json = yield* Option.match(Option.liftThrowable((): unknown => JSON.parse(text))(), {
      onNone: () => new StartIndexProblem({ message: "it is not JSON" }),
      onSome: Effect.succeed
    })
    if (!Array.isArray(json)) {
      return yield* new StartIndexProblem({ message: "it must be an array of create-index requests" })
    }
    return yield* Effect.forEach(json, (request: unknown, i) =>
      Effect.mapError(
        decodeOne(request),
        (error) => {
          const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
          const path = [i, ...(issue?.path ?? [])].map((step) => `[${JSON.stringify(step)}]`).join("")
          return new StartIndexProblem({ message: `${path}: ${issue?.message ?? "must be a create-index request"}` })
        }
      ))
  })
