import type { Exception } from "./compareOpenApi.js"

const apiVersion: Exception = {
  path: / header\.X-Pinecone-Api-Version$/,
  reason: "the client sets the version header on every request, no operation declares it"
}

/** Where the control plane is meant to differ from the official document. */
export const controlPlaneExceptions: ReadonlyArray<Exception> = [apiVersion]

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
  }
]
