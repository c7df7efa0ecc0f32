/**
 * The limits of Pinecone's API, as data. The SDK refuses what passes one before anything is sent, with
 * {@link PineconeError.LimitExceeded}; the embedded server refuses it as Pinecone does.
 *
 * From the API definition of 2026-04 and the documented limits of the database.
 *
 * ```ts
 * import * as Limits from "@effect-pinecone/schema/Limits"
 *
 * const most = Limits.limits.topK // 10,000
 * const error = Limits.check("topK", "topK", 20_000, { operation: "query" }) // a PineconeError.LimitExceeded
 * ```
 *
 * @since 0.1.0
 */
import { placed } from "./internal/placed.js"
import { show } from "./internal/show.js"
import * as PineconeError from "./PineconeError.js"

/**
 * Each limit with its value: bytes where the name says so, a count otherwise.
 *
 * @since 0.1.0
 * @category limits
 */
export const limits = {
  /** An upsert's weight: ids, metadata and 4 bytes a number (8 for each sparse entry), as the published batch sizes count it. */
  requestBytes: 2_000_000,
  /** Records in an upsert (`UpsertRequest.vectors`). */
  upsertRecords: 1000,
  /** Text records in an upsert. */
  upsertTextRecords: 96,
  /** A record's metadata as JSON. */
  metadataBytes: 40 * 1024,
  /** Characters of a record id (`Vector.id`). */
  idLength: 512,
  /** Numbers of a dense vector (`VectorValues`). */
  dimension: 20_000,
  /** Non-zero entries of a sparse vector. */
  sparseValues: 2048,
  /** The highest index of a sparse vector. */
  sparseIndex: 4_294_967_295,
  /** `QueryRequest.topK`. */
  topK: 10_000,
  /** `QueryRequest.maxCandidates`. */
  maxCandidates: 100_000,
  /** Ids in a fetch. */
  fetchIds: 1000,
  /** Ids in a delete (`DeleteRequest.ids`). */
  deleteIds: 1000,
  /** `FetchByMetadataRequest.limit`. */
  fetchByMetadataLimit: 10_000,
  /** A page of record ids or of namespaces. */
  listLimit: 100,
  /** A page of imports, backups or restore jobs. */
  pageLimit: 100,
  /** Values in `$in` and `$nin`. */
  filterValues: 10_000,
  /** Documents in an upsert or an update. */
  upsertDocuments: 1000,
  /** The same where a model embeds a text of each. */
  embeddedDocuments: 96,
  /** The text of a field of documents in UTF-8. */
  textBytes: 100 * 1024,
  /** Words of the text of a full-text field. */
  textTokens: 10_000,
  /** What a search of documents scores by. */
  scoreBy: 100,
  /** Words of a text in a filter. */
  matchTokens: 128,
  /** The query of a full-text search in UTF-8. */
  queryBytes: 10 * 1024,
  /** Characters of the name of an index or a collection. */
  nameLength: 45,
  /** Characters of the name of a namespace. */
  namespaceLength: 512,
  /** Fields of the schema of a namespace. */
  namespaceFields: 50,
  /** Bytes of the name of a field of documents. */
  fieldNameBytes: 64,
  /** Bytes of the description of a field of documents. */
  descriptionBytes: 256,
  /** Fields with full-text search. */
  fullTextFields: 100,
  /** Characters of an n-gram of full-text search. */
  ngram: 10,
  /** Tags of an index. */
  tags: 20,
  /** Characters of a tag's key. */
  tagKeyLength: 80,
  /** Characters of a tag's value. */
  tagValueLength: 120,
  /** Characters of an import's `uri`. */
  importUriLength: 1500,
  /** Characters of an import's `integrationId`. */
  integrationIdLength: 1000,
  /** Characters of the name of an assistant. */
  assistantNameLength: 63,
  /** An assistant's instructions in UTF-8. */
  instructionsBytes: 16 * 1024,
  /** The metadata of an assistant, or of one of its files, as JSON. */
  assistantMetadataBytes: 16 * 1024,
  /** Characters of the id of an assistant's file. */
  fileIdLength: 128,
  /** Snippets that an assistant answers with, or from (`top_k`). */
  snippets: 64,
  /** Tokens of a snippet (`snippet_size`), which has 512 at least. */
  snippetSize: 8192,
  /** Characters of the name of an API key. */
  apiKeyNameLength: 80,
  /** Characters of the name of a project. */
  projectNameLength: 512,
  /** Characters of the name of an organization. */
  organizationNameLength: 512,
  /** Characters of the name of a service account. */
  serviceAccountNameLength: 80,
  /** Characters of the e-mail address of a user. */
  emailLength: 254,
  /** Roles that a service account or an invite is created with. */
  roleBindings: 100
} as const

/**
 * The name of a limit.
 *
 * @since 0.1.0
 * @category models
 */
export type LimitName = keyof typeof limits

/** The limits of names, which have one advice. */
type OfName = Extract<LimitName, `${string}ameLength` | "namespaceLength" | "fieldNameBytes">

const advice: { readonly [Limit in LimitName]?: string } = {
  requestBytes: "send fewer records in a request",
  upsertRecords: "send fewer records in a request",
  upsertTextRecords: "send fewer records in a request",
  metadataBytes: "keep the text elsewhere and its key in the metadata",
  idLength: "use a shorter id, such as a hash of it",
  dimension: "use a model with fewer dimensions, or reduce them",
  sparseValues: "keep the entries with the largest weights",
  sparseIndex: "hash the terms to 32 bits",
  topK: "ask for fewer matches",
  maxCandidates: "ask for fewer candidates",
  fetchIds: "fetch in several requests",
  deleteIds: "delete in several requests, or by a filter",
  fetchByMetadataLimit: "read page by page",
  listLimit: "read page by page",
  pageLimit: "read page by page",
  filterValues: "split the filter into several queries",
  upsertDocuments: "send fewer documents in a request",
  embeddedDocuments: "send fewer documents in a request",
  textBytes: "split it, and write each part as a document of its own",
  textTokens: "split it, and write each part as a document of its own",
  scoreBy: "search in several requests",
  matchTokens: "match fewer words",
  queryBytes: "search with fewer words",
  namespaceFields: "list fewer fields",
  descriptionBytes: "use a shorter description",
  fullTextFields: "join some of them, or keep them as metadata",
  ngram: "use shorter n-grams",
  tags: "use fewer tags",
  tagKeyLength: "use a shorter key",
  tagValueLength: "use a shorter value",
  importUriLength: "use a shorter path",
  integrationIdLength: "check the id",
  instructionsBytes: "shorten it, and move the rest to a file of the assistant",
  assistantMetadataBytes: "keep the text in the file and its key in the metadata",
  fileIdLength: "use a shorter id, such as a hash of it",
  snippets: "ask for fewer snippets",
  snippetSize: "ask for smaller snippets",
  emailLength: "check the address",
  roleBindings: "create the others afterwards"
} satisfies Record<Exclude<LimitName, OfName>, string>

/**
 * Where a check takes place, for the error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly operation: string
  readonly index?: string | undefined
  readonly assistant?: string | undefined
  readonly namespace?: string | undefined
}

/** The limits whose numbers are bytes. */
const ofBytes: ReadonlyArray<LimitName> = [
  "requestBytes",
  "metadataBytes",
  "textBytes",
  "queryBytes",
  "instructionsBytes",
  "assistantMetadataBytes"
]

/** What is counted of it follows in the message: `metadata is 50,042 bytes`. */
const named = (field: string): string => field.replace(/ \(bytes\)$/, "")

/**
 * The error for a limit that `actual` passes, or for a smaller `maximum` that was asked for. Anything that is not a number passes every
 * limit, as NaN.
 *
 * @since 0.1.0
 * @category constructors
 */
export const exceeded = (
  limit: LimitName,
  field: string,
  actual: unknown,
  place: Place,
  recordId?: string,
  maximum: number = limits[limit]
): PineconeError.LimitExceeded => {
  const unit = ofBytes.includes(limit) ? " bytes" : ""
  const counted = typeof actual === "number" ? actual.toLocaleString("en-US") : show(actual)
  return new PineconeError.LimitExceeded({
    ...placed(place),
    message: `${recordId === undefined ? "" : `record "${recordId.slice(0, 100)}": `}${
      named(field)
    } is ${counted}${unit}; the limit is ${maximum.toLocaleString("en-US")}${unit}: ${
      advice[limit] ?? "use a shorter name"
    }`,
    field,
    limit,
    maximum,
    actual: typeof actual === "number" ? actual : NaN,
    ...(recordId === undefined ? {} : { recordId })
  })
}

/**
 * The error of the limit if `actual` passes it, and nothing otherwise.
 *
 * @since 0.1.0
 * @category checks
 */
export const check = (
  limit: LimitName,
  field: string,
  actual: unknown,
  place: Place,
  recordId?: string
): PineconeError.LimitExceeded | undefined =>
  typeof actual === "number" && actual <= limits[limit] ? undefined : exceeded(limit, field, actual, place, recordId)
