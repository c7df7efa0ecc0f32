import type * as Poll from "@effect-pinecone/http/Poll"
import * as Backup from "@effect-pinecone/schema/Backup"
import * as BackupSchedule from "@effect-pinecone/schema/BackupSchedule"
import * as Collection from "@effect-pinecone/schema/Collection"
import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { ReadCapacity } from "@effect-pinecone/schema/ReadCapacity"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as fields from "./fields.js"

// A call may be given anything. What it goes on with is a copy of its input, which has been looked at; so the input is not
// read before, nor again.

/** What can be wrong with an input. */
export type InputProblem = Input.Problem

/** What is wrong, or nothing. */
type Check = InputProblem | undefined

/** The text that an input has under a name, for the place of its errors. */
export const textIn = (input: unknown, key: string): string | undefined => {
  const found = Input.attempt({ operation: "" }, key, () => Input.isObject(input) ? input[key] : undefined)
  return typeof found === "string" ? found : undefined
}

const optional = <A>(value: A | undefined, check: (value: A) => Check): Check =>
  value === undefined ? undefined : check(value)

/** The name of an index or a collection to create. */
const name = (place: Limits.Place, name: string): Check =>
  Limits.check("nameLength", "name.length", name.length, place) ??
    (/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name) ? undefined : Input.invalid(
      place,
      "name",
      `invalid name ${
        Input.show(name)
      }: use 1 to ${Limits.limits.nameLength} lower-case letters, digits and hyphens, with a letter or a digit at both ends`
    ))

const firstOf = <A>(items: ReadonlyArray<A>, check: (item: A) => Check): Check => {
  for (const item of items) {
    const wrong = check(item)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const tags = (place: Limits.Place, tags: IndexModel.CreateIndexRequest["tags"]): Check => {
  const entries = Object.entries(tags ?? {})
  // A tag with an empty value is one to be removed.
  return Limits.check("tags", "tags.length", entries.filter(([, value]) => value !== "").length, place) ??
    firstOf(entries, ([key, value]) => {
      const field = `tags[${JSON.stringify(key.slice(0, 100))}]`
      if (key.length === 0) return Input.invalid(place, field, "the key of a tag must have at least one character")
      return Limits.check("tagKeyLength", `${field}: key.length`, key.length, place) ??
        Limits.check("tagValueLength", `${field}.length`, value.length, place)
    })
}

const count = (place: Limits.Place, field: string, value: unknown, least = 1): Check =>
  optional(value, (value) => Input.wholeNumber(place, field, value, least))

const dimension = (place: Limits.Place, field: string, value: unknown): Check =>
  Input.wholeNumber(place, field, value, 1) ?? Limits.check("dimension", field, value, place)

const readCapacity = (place: Limits.Place, field: string, value: ReadCapacity | undefined): Check =>
  value === undefined || value.mode === "OnDemand"
    ? undefined
    : count(place, `${field}.dedicated.manual.replicas`, value.dedicated.manual?.replicas, 0) ??
      count(place, `${field}.dedicated.manual.shards`, value.dedicated.manual?.shards)

const kinds = ["serverless", "pod", "byoc"]

/** One of the kinds, each of which has its options. */
const specShape = (place: Limits.Place, spec: unknown): Check => {
  const given = Input.isObject(spec) ? kinds.filter((kind) => spec[kind] !== undefined) : []
  const [kind] = given
  if (!Input.isObject(spec) || kind === undefined || given.length > 1) {
    return Input.mismatch(
      place,
      "spec",
      "one of serverless, pod and byoc, as IndexSpec.serverless({ cloud, region }) makes it",
      spec
    )
  }
  return Input.isObject(spec[kind])
    ? undefined
    : Input.mismatch(place, `spec.${kind}`, "an object", spec[kind])
}

const spec = (place: Limits.Place, spec: NonNullable<IndexModel.CreateIndexRequest["spec"]>): Check => {
  if ("serverless" in spec) {
    return Input.text(place, "spec.serverless.region", spec.serverless.region) ??
      readCapacity(place, "spec.serverless.readCapacity", spec.serverless.readCapacity)
  }
  if ("pod" in spec) {
    return Input.text(place, "spec.pod.environment", spec.pod.environment) ??
      Input.text(place, "spec.pod.podType", spec.pod.podType) ??
      count(place, "spec.pod.replicas", spec.pod.replicas) ??
      count(place, "spec.pod.shards", spec.pod.shards) ??
      count(place, "spec.pod.pods", spec.pod.pods)
  }
  return Input.text(place, "spec.byoc.environment", spec.byoc.environment) ??
    readCapacity(place, "spec.byoc.readCapacity", spec.byoc.readCapacity)
}

/** The dimension and the metric, which depend on the kind of the vectors. */
const vectors = (place: Limits.Place, options: IndexModel.CreateIndexRequest): Check => {
  if (options.vectorType !== "sparse") {
    return options.dimension === undefined
      ? Input.invalid(place, "dimension", "a dense index must have one: the length of the vectors that the model gives")
      : dimension(place, "dimension", options.dimension)
  }
  if (options.dimension !== undefined) {
    return Input.invalid(place, "dimension", "a sparse index must not have one: leave it out")
  }
  return options.metric === undefined || options.metric === "dotproduct"
    ? undefined
    : Input.invalid(place, "metric", `a sparse index must have the metric dotproduct, not ${options.metric}`)
}

/** What an index of documents is not asked for. */
const onlyOfRecords = ["dimension", "metric", "vectorType"] as const

/** The records or the documents that an index is to hold. */
const contents = (place: Limits.Place, options: IndexModel.CreateIndexRequest): Check => {
  if (options.schema === undefined) return vectors(place, options)
  const extra = onlyOfRecords.find((field) => options[field] !== undefined)
  return extra === undefined
    ? fields.check(place, options.schema)
    : Input.invalid(place, extra, "must not be given with a schema, whose fields say it")
}

/** Where an index is to be. */
const where = (place: Limits.Place, options: IndexModel.CreateIndexRequest): Check => {
  const { deployment } = options
  if (options.spec !== undefined && deployment !== undefined) {
    return Input.invalid(place, "deployment", "must not be given with a spec, which says the same")
  }
  return optional(options.spec, (asked) => spec(place, asked)) ??
    optional(deployment, (deployment) =>
      deployment.deploymentType === "managed"
        ? Input.text(place, "deployment.region", deployment.region)
        : Input.text(place, "deployment.environment", deployment.environment)) ??
    readCapacity(place, "readCapacity", options.readCapacity)
}

/** An index to create. */
export const newIndex = Input.reading(
  Schema.typeSchema(IndexModel.CreateIndexRequest),
  (place, options) =>
    optional(options.name, (given) => name(place, given)) ??
      contents(place, options) ??
      where(place, options) ??
      tags(place, options.tags),
  (place, options) =>
    optional(options["dimension"], (value) => dimension(place, "dimension", value)) ??
      optional(options["spec"], (value) => specShape(place, value))
)

/** An index to create that has a name. */
export const named = (
  place: Limits.Place,
  options: IndexModel.CreateIndexRequest
): Effect.Effect<IndexModel.CreateIndexRequest & { readonly name: string }, PineconeError.InvalidRequest> =>
  options.name === undefined
    ? Effect.fail(Input.invalid(place, "name", "must be given: it says which index it is"))
    : Effect.succeed({ ...options, name: options.name })

/** The version of the API that has fields, and all that came with them. */
const withFields = "2026-07"

/** Where a call is, and which version of the API its client speaks. */
interface Spoken extends Limits.Place {
  readonly version: string
}

const laterOnly = (place: Spoken, field: string, value: unknown): Check =>
  value === undefined || place.version >= withFields ? undefined : Input.invalid(
    place,
    field,
    `needs API version ${withFields} or later, and this client speaks ${place.version}: set its apiVersion`
  )

const earlierOnly = (place: Spoken, field: string, value: unknown, what: string): Check =>
  value === undefined || place.version < withFields ? undefined : Input.invalid(
    place,
    field,
    `${what} with API version 2026-04 or earlier, and this client speaks ${place.version}: set its apiVersion`
  )

const refusing = (check: Check): Effect.Effect<void, InputProblem> =>
  check === undefined ? Effect.void : Effect.fail(check)

/** Dedicated nodes to begin with: there is nothing yet that could complete them. */
const wholeCapacity = (place: Spoken, field: string, capacity: ReadCapacity | undefined): Check => {
  if (place.version < withFields || capacity === undefined || capacity.mode === "OnDemand") return undefined
  const { manual, nodeType, scaling } = capacity.dedicated
  const all = { nodeType, scaling, "manual.replicas": manual?.replicas, "manual.shards": manual?.shards }
  const absent = Object.entries(all).find(([, value]) => value === undefined)
  return absent === undefined ? undefined : Input.invalid(
    place,
    `${field}.dedicated.${absent[0]}`,
    "must be given, as ReadCapacity.dedicated({ nodeType }) does it"
  )
}

const specInVersion = (place: Spoken, spec: NonNullable<IndexModel.CreateIndexRequest["spec"]>): Check => {
  if ("pod" in spec) return earlierOnly(place, "spec.pod", spec.pod, "pods can be created")
  const kind = "serverless" in spec ? "serverless" : "byoc"
  const { readCapacity, schema, sourceCollection } = {
    sourceCollection: undefined,
    ...("serverless" in spec ? spec.serverless : spec.byoc)
  }
  return earlierOnly(place, `spec.${kind}.schema`, schema, "which metadata is indexed can be chosen") ??
    earlierOnly(place, `spec.${kind}.sourceCollection`, sourceCollection, "a collection can be the source") ??
    wholeCapacity(place, `spec.${kind}.readCapacity`, readCapacity)
}

/** What the version of a client cannot be asked for. */
export const inVersion = (place: Spoken, options: IndexModel.CreateIndexRequest) =>
  refusing(
    laterOnly(place, "schema", options.schema) ??
      laterOnly(place, "cmekId", options.cmekId) ??
      (options.name === undefined && place.version < withFields
        ? Input.invalid(
          place,
          "name",
          `can be left out since API version ${withFields}, and this client speaks ${place.version}: set its apiVersion`
        )
        : undefined) ??
      optional(options.spec, (spec) => specInVersion(place, spec)) ??
      wholeCapacity(place, "readCapacity", options.readCapacity)
  )

/** The same for an index that has another source. */
export const capacityInVersion = (place: Spoken, capacity: ReadCapacity | undefined) =>
  refusing(wholeCapacity(place, "readCapacity", capacity))

/** The same for an index that is made from a backup, which could not be asked for a capacity before. */
export const restoredInVersion = (place: Spoken, capacity: ReadCapacity | undefined) =>
  refusing(
    laterOnly(place, "readCapacity", capacity) ?? wholeCapacity(place, "readCapacity", capacity)
  )

/** The change of an index that names the field of its text, as its version does. */
export const embedInVersion = <E, R>(
  place: Spoken,
  change: IndexModel.ConfigureIndexRequest,
  model: Effect.Effect<IndexModel.IndexModel, E, R>
): Effect.Effect<IndexModel.ConfigureIndexRequest, E | InputProblem, R> => {
  const { embed } = change
  if (embed === undefined || place.version < withFields) return Effect.succeed(change)
  return Effect.flatMap(model, (model) => {
    const fieldMap = model.embed?.fieldMap
    if (fieldMap === undefined) {
      return Effect.fail(Input.invalid(
        place,
        "embed",
        `the index embeds no text, and that it does so can be changed with API version 2026-04 or earlier: this client speaks ${place.version}`
      ))
    }
    const asked = Object.entries(embed.fieldMap ?? {})
    return asked.every(([from, to]) => fieldMap[from] === to)
      ? Effect.succeed({ ...change, embed: { ...embed, fieldMap } })
      : Effect.fail(Input.invalid(
        place,
        "embed.fieldMap",
        `the field of the text is ${
          Input.show(fieldMap["text"])
        }, and can be changed with API version 2026-04 or earlier: this client speaks ${place.version}`
      ))
  })
}

/** An index with integrated embedding to create. */
export const newIndexForModel = Input.reading(
  IndexModel.CreateIndexForModelRequest,
  (place, options) =>
    name(place, options.name) ??
      Input.text(place, "region", options.region) ??
      Input.text(place, "embed.model", options.embed.model) ??
      optional(options.embed.dimension, (value) => dimension(place, "embed.dimension", value)) ??
      readCapacity(place, "readCapacity", options.readCapacity) ??
      tags(place, options.tags)
)

/** The name or the id of what an operation is about: whatever it is, the server says whether it is there. */
export const id = (
  place: Limits.Place,
  field: "name" | "indexName" | "backupId" | "scheduleId" | "jobId",
  value: string
): Effect.Effect<void, PineconeError.InvalidRequest> =>
  Input.passes(place, field, () => Input.segment(place, field, value))

/** An index to create from a backup. */
export const fromBackup = Input.reading(
  Schema.Struct({ ...Backup.CreateIndexFromBackupRequest.fields, backupId: Schema.String }),
  (place, options) =>
    name(place, options.name) ?? Input.segment(place, "backupId", options.backupId) ?? tags(place, options.tags)
)

/** A collection to create. */
export const newCollection = Input.reading(
  Collection.CreateCollectionRequest,
  (place, options) => name(place, options.name) ?? Input.text(place, "source", options.source)
)

const validBackup = Input.validate(Backup.CreateBackupRequest)

const backupName = (place: Limits.Place, name: string): PineconeError.InvalidRequest | undefined =>
  name.length <= Limits.limits.nameLength && /^[a-z0-9-]+$/.test(name)
    ? undefined
    : Input.mismatch(
      place,
      "name",
      `1 to ${Limits.limits.nameLength} lower-case letters, digits and hyphens`,
      name,
      name
    )

/** A backup to create, in a version of the API: what its name may be is a rule of 2026-07. */
export const newBackup = (place: Limits.Place, options: typeof Backup.CreateBackupRequest.Type, version: string) =>
  Effect.tap(
    Effect.suspend(() => validBackup(place, "", options)),
    ({ name }) =>
      Input.passes(
        place,
        "name",
        () => name === undefined || version < "2026-07" ? undefined : backupName(place, name)
      )
  )

const expiry = (place: Limits.Place, days: number) => Input.wholeNumber(place, "expireAfterDays", days, 1)

const frequencies: ReadonlyArray<string> = ["daily", "weekly", "monthly"]

const frequency = (place: Limits.Place, given: string) =>
  frequencies.includes(given)
    ? undefined
    : Input.mismatch(place, "frequency", `one of ${frequencies.join(", ")}`, given)

/** A schedule of backups to create. */
export const newSchedule = Input.reading(
  Schema.Struct({ name: Schema.String, frequency: BackupSchedule.Frequency, expireAfterDays: Schema.Number }),
  (place, options) =>
    name(place, options.name) ?? frequency(place, options.frequency) ?? expiry(place, options.expireAfterDays)
)

/** A change of a schedule. */
export const scheduleChange = Input.reading(
  Schema.Struct({
    frequency: Schema.optional(BackupSchedule.Frequency),
    expireAfterDays: Schema.optional(Schema.Number),
    enabled: Schema.optional(Schema.Boolean)
  }),
  (place, options) =>
    optional(options.frequency, (given) => frequency(place, given)) ??
      optional(options.expireAfterDays, (days) => expiry(place, days))
)

/** A conversion of an index. */
export const conversion = Input.reading(
  Schema.Struct({
    name: Schema.String,
    schema: Schema.typeSchema(IndexSchema.CreateIndexSchema),
    onError: Schema.optional(Schema.Literal("abort", "continue")),
    tags: Schema.optional(Schema.typeSchema(IndexModel.Tags))
  }),
  (place, options) => name(place, options.name) ?? fields.check(place, options.schema) ?? tags(place, options.tags)
)

/** What a client of a version cannot ask for at all. */
export const since = (place: Limits.Place, version: string, first: string, what: string) =>
  version >= first
    ? Effect.void
    : Effect.fail(
      Input.invalid(place, "apiVersion", `must be ${first} or later for ${what}, and this client speaks ${version}`)
    )

/** A change to an index. */
export const change = Input.reading(
  Schema.typeSchema(IndexModel.ConfigureIndexRequest),
  (place, { deployment, readCapacity: capacity, spec, tags: changed }) =>
    tags(place, changed) ??
      readCapacity(place, "readCapacity", capacity) ??
      count(place, "deployment.replicas", deployment?.replicas) ??
      optional(spec, (spec) =>
        "pod" in spec
          ? count(place, "spec.pod.replicas", spec.pod.replicas)
          : "serverless" in spec
          ? readCapacity(place, "spec.serverless.readCapacity", spec.serverless.readCapacity)
          : readCapacity(place, "spec.byoc.readCapacity", spec.byoc.readCapacity)),
  (place, options) => optional(options["spec"], (spec) => specShape(place, spec))
)

const Page = Schema.Struct({
  indexName: Schema.optional(Schema.String),
  includeDeleted: Schema.optional(Schema.Boolean),
  limit: Schema.optional(Schema.Number),
  paginationToken: Schema.optional(Schema.String)
})

/** A page of a list. */
export const page = Input.reading(
  Page,
  (place, { indexName, limit }) =>
    optional(indexName, (name) => Input.segment(place, "indexName", name)) ??
      optional(limit, (limit) =>
        Input.wholeNumber(place, "limit", limit, 1) ?? Limits.check("pageLimit", "limit", limit, place))
)

// Types are promises that JavaScript does not keep, and not for these to make narrower.
const isSchedule = (u: unknown): boolean => Schedule.isSchedule(u)
const isObject = (u: unknown): boolean => Input.isObject(u)

const polling = (
  place: Limits.Place,
  options: Poll.Options | undefined
): Poll.Options | undefined | PineconeError.InvalidRequest =>
  Input.attempt(place, "options", () => {
    if (options === undefined) return undefined
    if (!isObject(options)) {
      return Input.mismatch(place, "options", "an object", options)
    }
    const { schedule, timeout } = options
    if (schedule !== undefined && !isSchedule(schedule)) {
      return Input.mismatch(place, "schedule", "a Schedule", schedule)
    }
    if (timeout === undefined) return { schedule }
    const decoded = Input.attempt(place, "timeout", () => Duration.decodeUnknown(timeout))
    return Option.isOption(decoded) && Option.isSome(decoded)
      ? { schedule, timeout: decoded.value }
      : Input.mismatch(place, "timeout", `a duration, such as "5 minutes"`, timeout)
  })

/** How long to wait, and how often to ask. */
export const wait = (
  place: Limits.Place,
  options: Poll.Options | undefined
): Effect.Effect<Poll.Options | undefined, PineconeError.InvalidRequest> =>
  Effect.suspend(() => {
    const read = polling(place, options)
    return read !== undefined && "_tag" in read ? Effect.fail(read) : Effect.succeed(read)
  })
