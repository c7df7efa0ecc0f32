import type { Exception } from "./compareOpenApi.js"

const apiVersion: Exception = {
  path: / header\.X-Pinecone-Api-Version$/,
  reason: "the client sets the version header on every request, no operation declares it"
}

const statusInBody: Exception = {
  path: / response\.[45]\d\d\.status$/,
  problem: /^takes only/,
  reason: "the error of a status is told from the others by the status in its body"
}

/** Operations of the control plane that are newer than the document. */
const newer: ReadonlyArray<Exception> = [
  "POST /indexes/{index_name}/convert",
  "GET /conversion-jobs",
  "GET /conversion-jobs/{conversion_job_id}"
].map((path) => ({
  path,
  problem: "is not in the official document",
  reason: "conversions of indexes are newer than the document"
}))

/** Where the control plane is meant to differ from the official document. */
export const controlPlaneExceptions: ReadonlyArray<Exception> = [
  apiVersion,
  statusInBody,
  ...newer,
  {
    path: / response\..*schema\.fields\.\*\.(store_text|embed|sparse_embed)$/,
    problem: "is not in the official document",
    reason: "text that embeds itself is newer than the document"
  },
  {
    path: /^POST \/indexes request\.schema\.fields\.\*\.(store_text|embed|sparse_embed)$/,
    problem: "is not in the official document",
    reason: "text that embeds itself is newer than the document"
  },
  {
    path: "POST /indexes request.schema.fields.*.full_text_search",
    problem: "is optional, officially required",
    reason: "text that embeds itself, newer than the document, may be without"
  },
  {
    path: "POST /indexes request.deployment.environment",
    problem: "is missing",
    reason: "the environment of a managed index is told and not asked for, as the official text says"
  },
  {
    path: / response\..*deployment\.environment$/,
    problem: "is missing",
    reason: "a kind of deployment that a later version adds is read too, and only its kind is known"
  },
  {
    path: / request\.read_capacity\.(mode|dedicated)$/,
    problem: /^(does not take|names|is missing|is required)/,
    reason: "what a dedicated read capacity lacks is refused by its name, not by the definition"
  },
  {
    path: "POST /indexes/create-for-model request.schema.fields",
    problem: "is required, officially optional",
    reason: "a schema without fields says nothing"
  },
  {
    path: "POST /indexes/create-for-model request.schema.fields.*.filterable",
    problem: "is optional, officially required",
    reason: "a field without it is refused by its name, not by the definition"
  }
]

/** Where the control plane of 2026-04 is meant to differ from the official document. */
export const controlPlane2026_04Exceptions: ReadonlyArray<Exception> = [
  apiVersion,
  statusInBody,
  {
    path: "POST /indexes request.vector_type",
    problem: /^takes only/,
    reason: "what is sent is closed: the official text names these two values"
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

/** Where the data plane of 2026-07 is meant to differ from the official document. */
export const dataPlaneExceptions2026_07: ReadonlyArray<Exception> = [
  ...dataPlaneExceptions,
  {
    path: / response\.[45]\d\d\.status$/,
    problem: /^takes only/,
    reason: "the error of a status is told from the others by the status in its body"
  },
  {
    path: / response\.[45]\d\d\.error\.details$/,
    problem: "is not in the official document",
    reason:
      "one Schema reads the errors of the control plane, of records and of documents; what has no details is read too"
  },
  {
    path: / response\.20[02]\.usage(\.embed_total_tokens)?$/,
    problem: "is not in the official document",
    reason: "a later state of 2026-07 tells it where text was embedded"
  },
  {
    path: /(metadata|setMetadata|set_fields)\.\*$/,
    problem: /^is any/,
    reason: "metadata is passed on as it is; what it may hold is checked before"
  },
  {
    path: / request\.(filter|ids|delete_all|set_fields|remove_fields)$/,
    problem: "is optional, officially required",
    reason:
      "one of several is required, which the comparison takes for all of them; the service and the server check it"
  },
  {
    path: /^POST \/namespaces\/\{namespace\}\/documents\/search request\.score_by\[\]\./,
    reason: "the official document describes each kind of clause by itself, which the comparison does not join"
  },
  {
    path: / (request|response\.200)(\.namespaces\[\])?\.schema\.fields(\.\*\.filterable)?$/,
    reason: "a schema of metadata without fields says nothing, and no field of one is other than filterable"
  },
  {
    path: "POST /query request.queries",
    reason: "the versions before take it, and nothing sends it"
  },
  {
    path: /request\.query\.match_terms\.(terms|strategy)$/,
    problem: "is optional, officially required",
    reason: "the versions before leave them out; the search sends both"
  }
]

/** Where the data plane of 2026-04 is meant to differ from the official document. */
export const dataPlaneExceptions2026_04: ReadonlyArray<Exception> = [
  ...dataPlaneExceptions,
  {
    path: / response\.200.*\.(egressBytes|egress_bytes|validationResult|namespace)$/,
    problem: "is not in the official document",
    reason: "later versions tell it, and this one does not"
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
