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
    path: "POST /records/namespaces/{namespace}/upsert",
    reason: "text records come with integrated embedding"
  },
  {
    path: "POST /records/namespaces/{namespace}/search",
    reason: "text records come with integrated embedding"
  },
  {
    path: / response\.[45]\d\d\.code$/,
    problem: /^(takes only|is required)/,
    reason: "the error of a status is told from the others by its gRPC codes"
  }
]
