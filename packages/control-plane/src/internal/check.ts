import type * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as PineconeError from "@effect-pinecone/schema/PineconeError"
import type { ReadCapacity } from "@effect-pinecone/schema/ReadCapacity"
import * as Effect from "effect/Effect"

/** What can be wrong with an input. */
export type InputProblem = PineconeError.InvalidRequest | PineconeError.LimitExceeded

type Check = Effect.Effect<void, InputProblem>

const invalid = (place: Limits.Place, field: string, message: string): Check =>
  Effect.fail(new PineconeError.InvalidRequest({ ...place, field, message: `${field}: ${message}` }))

const atMost = (place: Limits.Place, field: string, actual: number, limit: Limits.LimitName): Check => {
  const exceeded = Limits.check(limit, field, actual, place)
  return exceeded === undefined ? Effect.void : Effect.fail(exceeded)
}

const count = (place: Limits.Place, field: string, value: number | undefined, least = 1): Check =>
  value === undefined || (Number.isInteger(value) && value >= least)
    ? Effect.void
    : invalid(place, field, `${value} is no whole number of at least ${least}`)

const notEmpty = (place: Limits.Place, field: string, value: string): Check =>
  value.length === 0 ? invalid(place, field, "at least one character is needed") : Effect.void

/** The name of an index or a collection to create. */
const name = (place: Limits.Place, name: string): Check => {
  if (name.length > Limits.limits.nameLength) return atMost(place, "name.length", name.length, "nameLength")
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)
    ? Effect.void
    : invalid(
      place,
      "name",
      `"${name}" is no name: use 1 to ${Limits.limits.nameLength} of a-z, 0-9 and "-", with a letter or a digit at both ends`
    )
}

const tags = (place: Limits.Place, tags: IndexModel.CreateIndexRequest["tags"]): Check => {
  const entries = Object.entries(tags ?? {})
  return Effect.zipRight(
    // A tag with an empty value is one to be removed.
    atMost(place, "tags.length", entries.filter(([, value]) => value !== "").length, "tags"),
    Effect.forEach(entries, ([key, value]) => {
      const field = `tags[${JSON.stringify(key.slice(0, 100))}]`
      if (key.length === 0) return invalid(place, field, "the key of a tag has at least one character")
      return Effect.zipRight(
        atMost(place, `${field}: key.length`, key.length, "tagKeyLength"),
        atMost(place, `${field}.length`, value.length, "tagValueLength")
      )
    }, { discard: true })
  )
}

const dimension = (place: Limits.Place, field: string, value: number): Check =>
  Effect.zipRight(count(place, field, value), atMost(place, field, value, "dimension"))

const readCapacity = (place: Limits.Place, field: string, value: ReadCapacity | undefined): Check =>
  value === undefined || value.mode === "OnDemand"
    ? Effect.void
    : Effect.zipRight(
      count(place, `${field}.dedicated.manual.replicas`, value.dedicated.manual?.replicas, 0),
      count(place, `${field}.dedicated.manual.shards`, value.dedicated.manual?.shards)
    )

const spec = (place: Limits.Place, spec: IndexModel.CreateIndexRequest["spec"]): Check => {
  if ("serverless" in spec) {
    return Effect.zipRight(
      notEmpty(place, "spec.serverless.region", spec.serverless.region),
      readCapacity(place, "spec.serverless.readCapacity", spec.serverless.readCapacity)
    )
  }
  if ("pod" in spec) {
    return Effect.all([
      notEmpty(place, "spec.pod.environment", spec.pod.environment),
      notEmpty(place, "spec.pod.podType", spec.pod.podType),
      count(place, "spec.pod.replicas", spec.pod.replicas),
      count(place, "spec.pod.shards", spec.pod.shards),
      count(place, "spec.pod.pods", spec.pod.pods)
    ], { discard: true })
  }
  return Effect.zipRight(
    notEmpty(place, "spec.byoc.environment", spec.byoc.environment),
    readCapacity(place, "spec.byoc.readCapacity", spec.byoc.readCapacity)
  )
}

const shape = (place: Limits.Place, options: IndexModel.CreateIndexRequest): Check => {
  if (options.vectorType !== "sparse") {
    return options.dimension === undefined
      ? invalid(place, "dimension", "a dense index needs one: the length of the vectors that the model gives")
      : dimension(place, "dimension", options.dimension)
  }
  if (options.dimension !== undefined) {
    return invalid(place, "dimension", "a sparse index has none: leave it out")
  }
  return options.metric === undefined || options.metric === "dotproduct"
    ? Effect.void
    : invalid(place, "metric", `a sparse index has the metric dotproduct, not ${options.metric}`)
}

/** An index to create. */
export const newIndex = (place: Limits.Place, options: IndexModel.CreateIndexRequest): Check =>
  Effect.all([
    name(place, options.name),
    shape(place, options),
    spec(place, options.spec),
    tags(place, options.tags)
  ], { discard: true })

/** An index with integrated embedding to create. */
export const newIndexForModel = (place: Limits.Place, options: IndexModel.CreateIndexForModelRequest): Check =>
  Effect.all([
    name(place, options.name),
    notEmpty(place, "region", options.region),
    notEmpty(place, "embed.model", options.embed.model),
    options.embed.dimension === undefined
      ? Effect.void
      : dimension(place, "embed.dimension", options.embed.dimension),
    readCapacity(place, "readCapacity", options.readCapacity),
    tags(place, options.tags)
  ], { discard: true })

/** An index to create from a backup, or a collection. */
export const named = (
  place: Limits.Place,
  options: { readonly name: string; readonly tags?: IndexModel.CreateIndexRequest["tags"] }
): Check => Effect.zipRight(name(place, options.name), tags(place, options.tags))

/** A change to an index. */
export const change = (place: Limits.Place, options: IndexModel.ConfigureIndexRequest): Check => {
  const { spec } = options
  return Effect.zipRight(
    tags(place, options.tags),
    spec === undefined
      ? Effect.void
      : "pod" in spec
      ? count(place, "spec.pod.replicas", spec.pod.replicas)
      : "serverless" in spec
      ? readCapacity(place, "spec.serverless.readCapacity", spec.serverless.readCapacity)
      : readCapacity(place, "spec.byoc.readCapacity", spec.byoc.readCapacity)
  )
}

/** How many entries a page may have. */
export const pageLimit = (place: Limits.Place, value: number | undefined): Check =>
  value === undefined
    ? Effect.void
    : Effect.zipRight(count(place, "limit", value), atMost(place, "limit", value, "pageLimit"))
