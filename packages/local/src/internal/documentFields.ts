import type * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
import * as Effect from "effect/Effect"
import * as indexSchemas from "./indexSchemas.js"
import * as problem from "./problem.js"
import type { LiveIndex } from "./project.js"
import * as analyser from "./text/analyser.js"
import * as languages from "./text/languages.js"

type Text = Extract<IndexSchema.IndexSchemaField, { readonly type: "string" }>

/** A field whose text a model embeds. */
export interface Embedded {
  readonly name: string
  readonly model: string
  /** Absent for a sparse model. */
  readonly dimension: number | undefined
  readonly writeParameters: Readonly<Record<string, unknown>> | undefined
  readonly readParameters: Readonly<Record<string, unknown>> | undefined
}

/** What the documents of an index may have, as its schema says. What is not named here is metadata. */
export interface DocumentFields {
  readonly dense: { readonly name: string; readonly dimension: number } | undefined
  readonly sparse: { readonly name: string } | undefined
  /** The fields that hold a text. */
  readonly texts: ReadonlySet<string>
  /** Those whose words are searched. */
  readonly fullText: ReadonlySet<string>
  /** Those whose text is embedded and not kept. */
  readonly unstored: ReadonlySet<string>
  readonly embed: Embedded | undefined
  readonly sparseEmbed: Embedded | undefined
}

const fullTextOf = ({ fields }: IndexSchema.IndexSchema) =>
  Object.entries(fields).flatMap(([name, field]) =>
    "type" in field && field.type === "string" && field.fullTextSearch !== undefined
      ? [[name, field.fullTextSearch] as const]
      : []
  )

const embeddedOf = (
  name: string,
  config: NonNullable<Text["embed"]> | NonNullable<Text["sparseEmbed"]>
): Embedded => ({
  name,
  model: config.model,
  dimension: "dimension" in config ? config.dimension : undefined,
  writeParameters: config.writeParameters,
  readParameters: config.readParameters
})

/** The fields of a schema. */
export const make = (schema: IndexSchema.IndexSchema): DocumentFields => {
  let dense: DocumentFields["dense"]
  let sparse: DocumentFields["sparse"]
  let embed: Embedded | undefined
  let sparseEmbed: Embedded | undefined
  const texts = new Set<string>()
  const unstored = new Set<string>()
  for (const [name, field] of Object.entries(schema.fields)) {
    if (!("type" in field)) continue
    if (field.type === "dense_vector") dense = { name, dimension: field.dimension }
    else if (field.type === "sparse_vector") sparse = { name }
    else if (field.type === "string" && field.filterable === undefined) {
      texts.add(name)
      if (field.storeText === false) unstored.add(name)
      if (field.embed !== undefined) embed = embeddedOf(name, field.embed)
      if (field.sparseEmbed !== undefined) sparseEmbed = embeddedOf(name, field.sparseEmbed)
    }
  }
  return {
    dense,
    sparse,
    texts,
    fullText: new Set(fullTextOf(schema).map(([name]) => name)),
    unstored,
    embed,
    sparseEmbed
  }
}

/** Whether the name is that of a field in the schema. */
export const has = ({ dense, sparse, texts }: DocumentFields, name: string): boolean =>
  texts.has(name) || name === dense?.name || name === sparse?.name

/** The analysers of the full-text fields of an index, if it has documents. */
export const analysers = (
  schema: IndexSchema.IndexSchema
): Effect.Effect<Readonly<Record<string, analyser.Analyser>> | undefined> => {
  const fields = fullTextOf(schema)
  if (fields.length === 0) return Effect.succeed(undefined)
  return Effect.map(
    Effect.forEach(fields, ([name, { language, ngram, stemming, stopWords }]) =>
      Effect.map(
        analyser.load({ language: languages.isLanguage(language) ? language : "en", stemming, stopWords, ngram }),
        (analyser) => [name, analyser] as const
      )),
    Object.fromEntries
  )
}

/** The fields of an index of documents, or which part of the API serves the index. */
export const of = ({ document: { model } }: LiveIndex): Effect.Effect<DocumentFields, problem.Problem> => {
  if (indexSchemas.isOfDocuments(model.schema)) return Effect.succeed(make(model.schema))
  const [kind, instead] = model.embed === undefined
    ? ["vectors", "the vectors API, such as /vectors/upsert and /query"]
    : ["records", "the records API, such as /records/namespaces/{namespace}/upsert"]
  return problem.badRequest(
    `This index does not have a document schema, so documents cannot be written or read: it is served by the ${kind} API. Use ${instead}.`
  )
}

/** Refuses what is not for an index of documents: its vectors and text records are fields of documents. */
export const refuse = (
  { document: { model } }: LiveIndex,
  what: "reads" | "writes" | "imports"
): Effect.Effect<void, problem.Problem> =>
  indexSchemas.isOfDocuments(model.schema)
    ? problem.badRequest(
      what === "imports"
        ? "This index has a document schema, so vectors cannot be imported into it: write with the documents API."
        : `This index has a document schema, so ${what} must go through the documents API.`
    )
    : Effect.void
