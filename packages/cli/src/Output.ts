/**
 * The lines of JSON that the command line writes, as Schemas: a program that reads them decodes each line with one of these.
 *
 * ```ts
 * import * as Output from "@effect-pinecone/cli/Output"
 * import * as Schema from "effect/Schema"
 *
 * // What `pinecone record scan --index movies` writes, line by line.
 * const decodeLine = Schema.decode(Schema.parseJson(Output.Record))
 * ```
 *
 * @since 0.1.0
 */
import * as JsonOf from "effect-pinecone/Json"
import * as Metadata from "effect-pinecone/Metadata"
import * as VectorRecord from "effect-pinecone/VectorRecord"
import * as Schema from "effect/Schema"

const maybe = Schema.optional

const Tags = Schema.Record({ key: Schema.String, value: Schema.String })

/** Any object of JSON. */
const Fields = Schema.Record({ key: Schema.String, value: Schema.Unknown })

/** The numbers of a vector, as JSON has them. */
const Values = {
  values: maybe(Schema.Array(JsonOf.AnyNumber)),
  sparseValues: maybe(Schema.Struct({ indices: Schema.Array(Schema.Int), values: Schema.Array(JsonOf.AnyNumber) }))
}

/**
 * An index: `index list`, `index describe`, `index create`, `index configure`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Index = Schema.Struct({
  name: Schema.String,
  host: Schema.String,
  state: Schema.String,
  ready: Schema.Boolean,
  dimension: maybe(Schema.Int),
  metric: maybe(Schema.String),
  vectorType: maybe(Schema.String),
  model: maybe(Schema.String),
  deletionProtection: maybe(Schema.String),
  tags: maybe(Tags),
  /** Where it is, as Pinecone says it. */
  spec: Fields,
  /** Its fields, as Pinecone says them. */
  schema: Fields
}).annotations({ identifier: "CliIndex" })

/**
 * The numbers of an index: `index stats`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Stats = Schema.Struct({
  index: Schema.String,
  records: Schema.Int,
  dimension: maybe(Schema.Int),
  metric: maybe(Schema.String),
  vectorType: maybe(Schema.String),
  fullness: maybe(Schema.Number),
  namespaces: Schema.Record({ key: Schema.String, value: Schema.Int })
}).annotations({ identifier: "CliStats" })

/**
 * What was done: `index delete`, `record delete` and other commands that change something and have nothing to show.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Done = Schema.Struct({
  /** What was done, such as `deleted`. */
  action: Schema.String,
  /** To what. */
  subject: Schema.String,
  /** How many, where that is known. */
  count: maybe(Schema.Int)
}).annotations({ identifier: "CliDone" })

/**
 * A namespace: `namespace list`, `namespace describe`, `namespace create`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Namespace = Schema.Struct({
  name: Schema.String,
  records: maybe(Schema.Int),
  sizeBytes: maybe(Schema.Int),
  indexedFields: maybe(Schema.Array(Schema.String))
}).annotations({ identifier: "CliNamespace" })

/**
 * A record: `record fetch`, `record scan`, and the JSON lines of `export`. It is what `record upsert` reads.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Record = VectorRecord.schema(Metadata.Metadata)

/**
 * An id: `record list`, `document list`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Id = Schema.Struct({ id: Schema.String }).annotations({ identifier: "CliId" })

/**
 * A match: `record query`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Match = Schema.Struct({
  id: Schema.String,
  score: JsonOf.AnyNumber,
  ...Values,
  metadata: maybe(Fields)
}).annotations({ identifier: "CliMatch" })

/**
 * A hit of a text search: `record search`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Hit = Schema.Struct({
  id: Schema.String,
  score: JsonOf.AnyNumber,
  fields: Fields
}).annotations({ identifier: "CliHit" })

/**
 * A document: `document fetch`, `document scan`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Document = Schema.Struct(
  { _id: Schema.String },
  { key: Schema.String, value: Schema.Unknown }
).annotations({ identifier: "CliDocument" })

/**
 * A document that was found: `document search`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Found = Schema.Struct({
  score: Schema.NullOr(JsonOf.AnyNumber),
  document: Document
}).annotations({ identifier: "CliFound" })

/**
 * What came of a run over many records: `record upsert`, `export`, `copy`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Run = Schema.Struct({
  /** Records that are stored, or written to the file. */
  records: Schema.Int,
  /** Records that were refused. */
  refused: Schema.Int,
  /** Records that an earlier run had done. */
  skipped: Schema.Int,
  seconds: Schema.Number,
  /** Records a second. */
  rate: Schema.Number
}).annotations({ identifier: "CliRun" })

/**
 * An import: `import list`, `import describe`, `import start`, `import wait`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Import = Schema.Struct({
  id: maybe(Schema.String),
  uri: maybe(Schema.String),
  status: maybe(Schema.String),
  percentComplete: maybe(Schema.Number),
  recordsImported: maybe(Schema.Int),
  /** ISO 8601. */
  createdAt: maybe(Schema.String),
  finishedAt: maybe(Schema.String),
  error: maybe(Schema.String)
}).annotations({ identifier: "CliImport" })

/**
 * A backup: `backup list`, `backup describe`, `backup create`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Backup = Schema.Struct({
  id: Schema.String,
  name: maybe(Schema.String),
  index: Schema.String,
  status: Schema.String,
  description: maybe(Schema.String),
  records: maybe(Schema.Int),
  namespaces: maybe(Schema.Int),
  sizeBytes: maybe(Schema.Int),
  /** ISO 8601. */
  createdAt: maybe(Schema.String)
}).annotations({ identifier: "CliBackup" })

/**
 * A schedule of backups: `backup schedule list`, `describe`, `create` and `update`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Schedule = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** `daily`, `weekly` or `monthly`. */
  frequency: Schema.String,
  /** After how many days a backup of it is deleted. */
  keepDays: Schema.Int,
  enabled: Schema.Boolean,
  /** When it runs next, in ISO 8601; absent while it is disabled. */
  next: maybe(Schema.String),
  createdAt: Schema.String
}).annotations({ identifier: "CliSchedule" })

/**
 * A backup that a schedule has made, or the next one: `backup schedule history`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ScheduledBackup = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  index: Schema.String,
  status: Schema.String,
  records: maybe(Schema.Int),
  sizeBytes: maybe(Schema.Int),
  /** ISO 8601. */
  scheduledAt: maybe(Schema.String),
  createdAt: Schema.String
}).annotations({ identifier: "CliScheduledBackup" })

/**
 * A restore job: `backup restore`, `backup jobs`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RestoreJob = Schema.Struct({
  id: Schema.String,
  backup: maybe(Schema.String),
  index: maybe(Schema.String),
  status: maybe(Schema.String),
  percentComplete: maybe(Schema.Number)
}).annotations({ identifier: "CliRestoreJob" })

/**
 * A hosted model: `model list`, `model describe`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Model = Schema.Struct({
  model: Schema.String,
  type: Schema.String,
  vectorType: maybe(Schema.String),
  dimension: maybe(Schema.Int),
  maxBatchSize: maybe(Schema.Int),
  description: Schema.String
}).annotations({ identifier: "CliModel" })

/**
 * An embedding: `embed`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Embedding = Schema.Struct({
  text: Schema.String,
  ...Values
}).annotations({ identifier: "CliEmbedding" })

/**
 * A document in its place: `rerank`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Ranked = Schema.Struct({
  index: Schema.Int,
  score: Schema.Number,
  document: Schema.String
}).annotations({ identifier: "CliRanked" })

/**
 * An assistant: `assistant list`, `assistant describe`, `assistant create`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Assistant = Schema.Struct({
  name: Schema.String,
  status: Schema.String,
  instructions: maybe(Schema.String),
  /** ISO 8601. */
  createdAt: maybe(Schema.String)
}).annotations({ identifier: "CliAssistant" })

/**
 * A file of an assistant: `assistant files`, `assistant upload`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AssistantFile = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  status: maybe(Schema.String),
  sizeBytes: maybe(Schema.Int)
}).annotations({ identifier: "CliAssistantFile" })

/**
 * An answer of an assistant: `assistant chat`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Answer = Schema.Struct({ answer: Schema.String }).annotations({ identifier: "CliAnswer" })

/**
 * An organization, a project or a key: `admin`. A key is named, never shown.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Named = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  /** What it belongs to, or may do. */
  about: maybe(Schema.String)
}).annotations({ identifier: "CliNamed" })

/**
 * A record that two indexes do not have alike: `diff`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Difference = Schema.Struct({
  id: Schema.String,
  /** Where it is: in the first alone, in the second alone, or in both, not the same. */
  kind: Schema.Literal("onlyFirst", "onlySecond", "different"),
  /** What is not the same: `values`, `sparseValues`, `metadata`. */
  fields: Schema.Array(Schema.String)
}).annotations({ identifier: "CliDifference" })

/**
 * How long the queries of a measurement took: `bench`. Times are in milliseconds.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Bench = Schema.Struct({
  index: Schema.String,
  queries: Schema.Int,
  failed: Schema.Int,
  concurrency: Schema.Int,
  /** Queries a second. */
  rate: Schema.Number,
  min: Schema.Number,
  mean: Schema.Number,
  p50: Schema.Number,
  p90: Schema.Number,
  p95: Schema.Number,
  p99: Schema.Number,
  max: Schema.Number
}).annotations({ identifier: "CliBench" })

/**
 * A profile, without its secrets: `profile list`, `profile show`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Profile = Schema.Struct({
  name: Schema.String,
  current: Schema.Boolean,
  url: Schema.String,
  /** Where the key is: `stored`, the variable that has it, or `none`. */
  key: Schema.String,
  /** Where the secret of the service account is: `stored` or `none`. */
  serviceAccount: Schema.String,
  index: maybe(Schema.String),
  namespace: maybe(Schema.String)
}).annotations({ identifier: "CliProfile" })
