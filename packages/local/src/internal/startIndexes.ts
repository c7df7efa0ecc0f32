import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

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
}

const asked = (request: StartIndex): Partial<Shape> => {
  if (isForModel(request)) {
    const { dimension, metric, model } = request.embed
    // What the request leaves open is the model's to say.
    return { model, ...(dimension === undefined ? {} : { dimension }), ...(metric === undefined ? {} : { metric }) }
  }
  const vectorType = request.vectorType ?? "dense"
  return {
    dimension: request.dimension,
    metric: request.metric ?? (vectorType === "sparse" ? "dotproduct" : "cosine"),
    vectorType
  }
}

const shapeOf = ({ dimension, embed, metric, vectorType }: IndexModel.IndexModel): Shape => ({
  dimension,
  metric,
  vectorType,
  model: embed?.model
})

const labels: Readonly<Record<keyof Shape, string>> = {
  dimension: "dimension",
  metric: "metric",
  vectorType: "vector type",
  model: "model"
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

/** The body of the request, as the API takes it. */
const encode = (request: StartIndex): Effect.Effect<unknown, ParseResult.ParseError> =>
  isForModel(request)
    ? Schema.encode(IndexModel.CreateIndexForModelRequest)(request)
    : Schema.encode(IndexModel.CreateIndexRequest)(request)

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
      const listed = yield* Effect.flatMap(client.get(`${controlUrl}/indexes`), (response) => response.json)
      const all = Predicate.isRecord(listed) && Array.isArray(listed["indexes"]) ? listed["indexes"] : []
      const found = all.find((index) => Predicate.isRecord(index) && index["name"] === request.name)
      if (found !== undefined) {
        const different = differences(shapeOf(yield* decodeIndex(found)), asked(request))
        if (different.length === 0) return
        return yield* new StartIndexProblem({
          message: `The index "${request.name}" exists with another shape: ${different.join("; ")}. ` +
            "Delete the index, choose another name, or ask for its shape."
        })
      }
      const response = yield* client.execute(
        HttpClientRequest.post(`${controlUrl}/indexes${isForModel(request) ? "/create-for-model" : ""}`, {
          body: HttpBody.unsafeJson(yield* encode(request))
        })
      )
      if (response.status !== 201) return yield* refused(said(yield* response.json))
    }).pipe(
      Effect.catchTags({
        ParseError: (error) => refused(ParseResult.TreeFormatter.formatErrorSync(error)),
        RequestError: ({ message }) => refused(message),
        ResponseError: ({ message }) => refused(message)
      })
    )
  }, { discard: true })

const decodeRequest = Schema.decodeUnknown(IndexModel.CreateIndexRequest)

const decodeForModel = Schema.decodeUnknown(IndexModel.CreateIndexForModelRequest)

const decodeOne = (request: unknown): Effect.Effect<StartIndex, ParseResult.ParseError> =>
  Predicate.isRecord(request) && "embed" in request ? decodeForModel(request) : decodeRequest(request)

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
