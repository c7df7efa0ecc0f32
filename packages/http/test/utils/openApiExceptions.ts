import type { Exception } from "./compareOpenApi.js"

const apiVersion: Exception = {
  path: / header\.X-Pinecone-Api-Version$/,
  reason: "the client sets the version header on every request, no operation declares it"
}

/** Where the control plane is meant to differ from the official document. */
export const controlPlaneExceptions: ReadonlyArray<Exception> = [
  apiVersion,
  {
    path: "POST /indexes request.vector_type",
    problem: /^takes only/,
    reason: "what is sent is closed: the official text names these two values"
  },
  {
    path: / response\.[45]\d\d\.status$/,
    problem: /^takes only/,
    reason: "the error of a status is told from the others by the status in its body"
  }
]

/** Where the data plane is meant to differ from the official document. */
export const dataPlaneExceptions: ReadonlyArray<Exception> = [
  apiVersion,
  {
    path: "POST /records/namespaces/{namespace}/upsert request(application/x-ndjson)",
    problem: /^is string/,
    reason:
      "the lines are one text, which the encoder of text records writes; the official document calls them an array"
  },
  {
    path: / response\.[45]\d\d\.code$/,
    problem: /^(takes only|is required)/,
    reason: "the error of a status is told from the others by its gRPC codes"
  }
]

/** Where inference is meant to differ from the official document. */
export const inferenceExceptions: ReadonlyArray<Exception> = [
  apiVersion,
  {
    path: /^POST \/(embed|rerank) request$/,
    problem: /^is required/,
    reason: "nothing can be embedded or ranked without a body"
  },
  {
    path: / response\.[45]\d\d\.status$/,
    problem: /^takes only/,
    reason: "the error of a status is told from the others by the status in its body"
  }
]

const statusInBody: Exception = {
  path: / response\.[45]\d\d\.status$/,
  problem: /^takes only/,
  reason: "the error of a status is told from the others by the status in its body"
}

/** Where the control plane of assistants is meant to differ from the official document. */
export const assistantControlExceptions: ReadonlyArray<Exception> = [
  apiVersion,
  statusInBody,
  {
    path: /^PATCH \/assistants\/\{assistant_name\} response\.[45]\d\d$/,
    problem: "has application/json, officially no content",
    reason: "the official document says of these answers only that they are, and the others have the body of an error"
  }
]

/** Where the data plane of assistants is meant to differ from the official document. */
export const assistantDataExceptions: ReadonlyArray<Exception> = [apiVersion, statusInBody]

/** Where the evaluation is meant to differ from the official document. */
export const assistantEvaluationExceptions: ReadonlyArray<Exception> = [apiVersion]

/** Where administration is meant to differ from the official document. */
export const adminExceptions: ReadonlyArray<Exception> = [apiVersion, statusInBody]

/** Where the login host is meant to differ from the official document. */
export const oauthExceptions: ReadonlyArray<Exception> = [apiVersion]

/** Where the discovery of metrics is meant to differ from the official document. */
export const metricsExceptions: ReadonlyArray<Exception> = [statusInBody]
