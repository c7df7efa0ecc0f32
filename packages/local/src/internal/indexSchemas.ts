import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import * as Effect from "effect/Effect"
import { indexModel } from "./catalog.js"
import * as problem from "./problem.js"

const { limits } = Limits

type Field = IndexSchema.CreateIndexSchemaField
type TextField = Extract<Field, { readonly type: "string" }>
type Refused = Effect.Effect<never, problem.Problem>

const bytesOf = (text: string): number => Buffer.byteLength(text)

/** A name as it is shown. */
const shown = (name: string): string => `'${name.slice(0, 100)}'`

const languages: ReadonlySet<string> = new Set([
  "ar",
  "da",
  "de",
  "el",
  "en",
  "es",
  "fi",
  "fr",
  "hu",
  "it",
  "nl",
  "no",
  "pt",
  "ro",
  "ru",
  "sv",
  "ta",
  "tr"
])

/** The languages whose stop words are not known. */
const withoutStopWords: ReadonlySet<string> = new Set(["tr"])

const checkName = (name: string): Effect.Effect<void, problem.Problem> => {
  if (name === "") return problem.badRequest("Schema field names must not be empty")
  if (bytesOf(name) > limits.fieldNameBytes) {
    return problem.badRequest(
      `Schema field name ${shown(name)} is ${bytesOf(name)} bytes long; the maximum is ${limits.fieldNameBytes} bytes`
    )
  }
  if (name.startsWith("$")) return problem.badRequest(`Schema field name ${shown(name)} must not start with '$'`)
  return name.startsWith("_")
    ? problem.badRequest(
      `Schema field name ${
        shown(name)
      } is reserved: names that start with '_' are reserved, and '${IndexSchema.values}' and ` +
        `'${IndexSchema.sparseValues}' cannot be combined with other fields`
    )
    : Effect.void
}

const checkDescription = (name: string, description: string | undefined): Effect.Effect<void, problem.Problem> =>
  description === undefined || bytesOf(description) <= limits.descriptionBytes
    ? Effect.void
    : problem.badRequest(
      `The description of schema field ${shown(name)} must be at most ${limits.descriptionBytes} bytes long`
    )

const dimensionOf = (name: string, dimension: number): Effect.Effect<number, problem.Problem> =>
  Input.isWholeNumber(dimension, 1, limits.dimension)
    ? Effect.succeed(dimension)
    : problem.badRequest(
      `The dimension of schema field ${shown(name)} must be between 1 and ${limits.dimension}, got ${dimension}`
    )

const ngramOf = (
  name: string,
  { maxGram, minGram, prefixOnly = false }: NonNullable<IndexSchema.FullTextSearch["ngram"]>
) => {
  for (const [key, value] of [["min_gram", minGram], ["max_gram", maxGram]] as const) {
    if (!Input.isWholeNumber(value, 1, limits.ngram)) {
      return problem.badRequest(
        `${key} of schema field ${shown(name)} must be between 1 and ${limits.ngram}, got ${value}`
      )
    }
  }
  return minGram > maxGram
    ? problem.badRequest(`min_gram of schema field ${shown(name)} must be at most max_gram`)
    : Effect.succeed({ minGram, maxGram, prefixOnly })
}

/** The analyser that is asked for, with all of its defaults. */
const fullTextOf = (name: string, asked: IndexSchema.FullTextSearch) =>
  Effect.gen(function*() {
    const { language = "en", ngram, stemming = false, stopWords = false } = asked
    if (!languages.has(language)) {
      return yield* problem.badRequest(`Language ${shown(language)} of schema field ${shown(name)} is not supported`)
    }
    if (stopWords && !stemming) {
      return yield* problem.badRequest(`stop_words of schema field ${shown(name)} requires stemming`)
    }
    if (stopWords && withoutStopWords.has(language)) {
      return yield* problem.badRequest(`stop_words of schema field ${shown(name)} is not supported for ${language}`)
    }
    if (ngram === undefined) return { language, stemming, stopWords }
    if (stemming || stopWords) {
      return yield* problem.badRequest(
        `ngram of schema field ${shown(name)} cannot be combined with stemming or stop_words`
      )
    }
    if (language !== "en") {
      return yield* problem.badRequest(`ngram of schema field ${shown(name)} requires the language en`)
    }
    return { language, stemming, stopWords, ngram: yield* ngramOf(name, ngram) }
  })

const hosted = (name: string, model: string, vectorType: "dense" | "sparse") => {
  const found = indexModel(model)
  if (found === undefined) return problem.notFound(`Model ${model.slice(0, 100)} not found.`)
  return found.vectorType === vectorType ? Effect.succeed(found) : problem.badRequest(
    `Model ${model} of schema field ${shown(name)} is ${found.vectorType}; ${
      vectorType === "dense" ? "embed requires a dense" : "sparse_embed requires a sparse"
    } model`
  )
}

const writing = { input_type: "passage", truncate: "END" }
const reading = { input_type: "query", truncate: "END" }

const embedOf = (name: string, asked: IndexSchema.Embed) =>
  Effect.gen(function*() {
    const { model = "llama-text-embed-v2" } = asked
    const of = yield* hosted(name, model, "dense")
    const dimension = asked.dimension ?? of.dimension ?? 0
    if (!of.dimensions.includes(dimension)) {
      return yield* problem.badRequest(
        `Model ${model} does not support the dimension ${dimension}: it supports ${of.dimensions.join(", ")}`
      )
    }
    const metric = asked.metric ?? of.metric
    if (!of.metrics.includes(metric)) {
      return yield* problem.badRequest(
        `Model ${model} does not support the metric ${metric}: it supports ${of.metrics.join(", ")}`
      )
    }
    return {
      model,
      dimension,
      metric,
      writeParameters: { ...writing, ...asked.writeParameters },
      readParameters: { ...reading, ...asked.readParameters }
    }
  })

const sparseEmbedOf = (name: string, asked: IndexSchema.SparseEmbed) =>
  Effect.gen(function*() {
    const { model = "pinecone-sparse-english-v0" } = asked
    yield* hosted(name, model, "sparse")
    return {
      model,
      writeParameters: { ...writing, ...asked.writeParameters },
      readParameters: { ...reading, ...asked.readParameters }
    }
  })

const textOf = (name: string, field: TextField) =>
  Effect.gen(function*() {
    const { description, embed, fullTextSearch, sparseEmbed, storeText } = field
    const embeds = embed !== undefined || sparseEmbed !== undefined
    if (fullTextSearch === undefined && !embeds) {
      return yield* problem.badRequest(
        `Schema field ${shown(name)} of type string must have full_text_search, embed or sparse_embed: ` +
          "fields that are only metadata are not declared"
      )
    }
    if (storeText === false) {
      if (fullTextSearch !== undefined) {
        return yield* problem.badRequest(
          `Schema field ${shown(name)} cannot have full_text_search with store_text false`
        )
      }
      if (!embeds) {
        return yield* problem.badRequest(
          `store_text false of schema field ${shown(name)} requires embed or sparse_embed`
        )
      }
    }
    return {
      type: "string" as const,
      description,
      ...(storeText === false ? {} : { fullTextSearch: yield* fullTextOf(name, fullTextSearch ?? {}) }),
      ...(embeds ? { storeText: storeText ?? true } : {}),
      ...(embed === undefined ? {} : { embed: yield* embedOf(name, embed) }),
      ...(sparseEmbed === undefined ? {} : { sparseEmbed: yield* sparseEmbedOf(name, sparseEmbed) })
    }
  })

const resolved = (name: string, field: Field): Effect.Effect<IndexSchema.IndexSchemaField, problem.Problem> =>
  Effect.gen(function*() {
    yield* checkName(name)
    yield* checkDescription(name, field.description)
    if (field.type === "dense_vector") return { ...field, dimension: yield* dimensionOf(name, field.dimension) }
    return field.type === "string" ? yield* textOf(name, field) : field
  })

const tooMany = (what: string, names: ReadonlyArray<string>, most: number): Refused =>
  problem.badRequest(
    `A schema may have at most ${most} ${what}, got ${names.length}: ${names.join(", ").slice(0, 200)}`
  )

/** The fields of an index of documents, with all of their defaults, or why they cannot be. */
export const resolve = (
  { fields }: IndexSchema.CreateIndexSchema
): Effect.Effect<IndexSchema.IndexSchema, problem.Problem> =>
  Effect.gen(function*() {
    const entries = Object.entries(fields)
    if (entries.length === 0) return yield* problem.badRequest("The schema must have at least one field")
    const all: Array<readonly [string, IndexSchema.IndexSchemaField]> = []
    for (const [name, field] of entries) all.push([name, yield* resolved(name, field)])
    const having = (has: (field: Field) => boolean) => entries.flatMap(([name, field]) => has(field) ? [name] : [])
    const dense = having((field) =>
      field.type === "dense_vector" || (field.type === "string" && field.embed !== undefined)
    )
    if (dense.length > 1) return yield* tooMany("dense vector", dense, 1)
    const sparse = having((field) =>
      field.type === "sparse_vector" || (field.type === "string" && field.sparseEmbed !== undefined)
    )
    if (sparse.length > 1) return yield* tooMany("sparse vector", sparse, 1)
    const texts = having((field) => field.type === "string" && field.storeText !== false)
    if (texts.length > limits.fullTextFields) {
      return yield* tooMany("full-text search fields", texts, limits.fullTextFields)
    }
    return { fields: Object.fromEntries(all) }
  })

/** Whether an index has documents in place of records: some field of it is not one of a record's. */
export const isOfDocuments = ({ fields }: IndexSchema.IndexSchema): boolean =>
  Object.entries(fields).some(([name, field]) =>
    "type" in field && (
      (field.type === "string" && (field.fullTextSearch !== undefined || field.embed !== undefined ||
        field.sparseEmbed !== undefined)) ||
      ((field.type === "dense_vector" || field.type === "sparse_vector") &&
        name !== IndexSchema.values && name !== IndexSchema.sparseValues)
    )
  )

type Model = Omit<IndexModel.IndexModel, "host">

/** A model with its fields: one that was made in the words of 2026-04 was kept without them. */
export const withSchema = (
  model: Omit<Model, "schema"> & { readonly schema?: IndexSchema.IndexSchema | undefined }
): Model => ({ ...model, schema: model.schema ?? IndexModel.schemaOf(model) })
