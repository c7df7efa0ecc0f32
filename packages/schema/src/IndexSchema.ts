/**
 * The schema of an index: its named fields, of which some can be searched (`schema` of an index, since API version 2026-07).
 *
 * A field is a dense vector, a sparse vector, or text. Text is found by its words, by its meaning, or by both; whatever else a
 * document has is metadata, and is not declared.
 *
 * ```ts
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 *
 * const articles = IndexSchema.make({
 *   title: IndexSchema.text({ language: "en", stemming: true }),
 *   embedding: IndexSchema.denseVector({ dimension: 384, metric: "cosine" })
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AnyMetric, Metric } from "./internal/metric.js"
import { answer, as, dictionary, JsonObject, maybe, maybeAs, openEnum, struct } from "./internal/wire.js"

/**
 * The languages of the analyser of full-text search.
 *
 * @since 0.1.0
 * @category models
 */
export type Language =
  | "ar"
  | "da"
  | "de"
  | "el"
  | "en"
  | "es"
  | "fi"
  | "fr"
  | "hu"
  | "it"
  | "nl"
  | "no"
  | "pt"
  | "ro"
  | "ru"
  | "sv"
  | "ta"
  | "tr"

const Language = openEnum(
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
)

// -----------------------------------------------------------------------------
// Requests
// -----------------------------------------------------------------------------

/**
 * A field of dense vectors (`DenseVectorField`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const DenseVectorField = struct({
  type: Schema.Literal("dense_vector"),
  description: maybe(Schema.String),
  dimension: Schema.Int,
  metric: Metric
}).annotations({ identifier: "DenseVectorField" })

/**
 * A field of sparse vectors (`SparseVectorField`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseVectorField = struct({
  type: Schema.Literal("sparse_vector"),
  description: maybe(Schema.String)
}).annotations({ identifier: "SparseVectorField" })

/**
 * How the words of a field are made: `ngram` excludes `stemming` and `stopWords`, and `stopWords` needs `stemming`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FullTextSearch = struct({
  language: maybe(Language),
  stemming: maybe(Schema.Boolean),
  stopWords: maybeAs("stop_words", Schema.Boolean),
  ngram: maybe(struct({
    minGram: as("min_gram", Schema.Int),
    maxGram: as("max_gram", Schema.Int),
    prefixOnly: maybeAs("prefix_only", Schema.Boolean)
  }))
})

/**
 * The type of the `FullTextSearch` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface FullTextSearch extends Schema.Schema.Type<typeof FullTextSearch> {}

/**
 * The dense model that embeds the text of a field (`CreateEmbedConfig`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const Embed = struct({
  model: maybe(Schema.String),
  dimension: maybe(Schema.Int),
  metric: maybe(Metric),
  writeParameters: maybeAs("write_parameters", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject)
}).annotations({ identifier: "CreateEmbedConfig" })

/**
 * The type of the `Embed` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Embed extends Schema.Schema.Type<typeof Embed> {}

/**
 * The sparse model that embeds the text of a field (`CreateSparseEmbedConfig`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseEmbed = struct({
  model: maybe(Schema.String),
  writeParameters: maybeAs("write_parameters", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject)
}).annotations({ identifier: "CreateSparseEmbedConfig" })

/**
 * The type of the `SparseEmbed` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface SparseEmbed extends Schema.Schema.Type<typeof SparseEmbed> {}

/**
 * A field of text (`StringField`).
 *
 * @since 0.1.0
 * @category schemas
 */
export const StringField = struct({
  type: Schema.Literal("string"),
  description: maybe(Schema.String),
  fullTextSearch: maybeAs("full_text_search", FullTextSearch),
  storeText: maybeAs("store_text", Schema.Boolean),
  embed: maybe(Embed),
  sparseEmbed: maybeAs("sparse_embed", SparseEmbed)
}).annotations({ identifier: "StringField" })

/**
 * A field that an index can be created with.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexSchemaField = Schema.Union(DenseVectorField, SparseVectorField, StringField).annotations({
  identifier: "CreateIndexSchemaField"
})

/**
 * The type of the `CreateIndexSchemaField` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type CreateIndexSchemaField = typeof CreateIndexSchemaField.Type

/**
 * The schema of an index to create.
 *
 * @since 0.1.0
 * @category schemas
 */
export const CreateIndexSchema = struct({
  fields: dictionary(CreateIndexSchemaField)
}).annotations({ identifier: "CreateIndexSchema" })

/**
 * The type of the `CreateIndexSchema` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateIndexSchema extends Schema.Schema.Type<typeof CreateIndexSchema> {}

// -----------------------------------------------------------------------------
// Answers
// -----------------------------------------------------------------------------

/**
 * A field of dense vectors, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const DenseVectorFieldResponse = answer("DenseVectorFieldResponse", {
  type: Schema.Literal("dense_vector"),
  description: maybe(Schema.String),
  dimension: Schema.Int,
  metric: AnyMetric
})

/**
 * A field of sparse vectors, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseVectorFieldResponse = answer("SparseVectorFieldResponse", {
  type: Schema.Literal("sparse_vector"),
  description: maybe(Schema.String)
})

/**
 * How the words of a field are made, with all defaults filled in.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FullTextSearchResponse = struct({
  language: Language,
  stemming: Schema.Boolean,
  stopWords: as("stop_words", Schema.Boolean),
  ngram: maybe(
    struct({
      minGram: as("min_gram", Schema.Int),
      maxGram: as("max_gram", Schema.Int),
      prefixOnly: as("prefix_only", Schema.Boolean)
    })
  )
})

/**
 * The dense model of a field, with all defaults filled in.
 *
 * @since 0.1.0
 * @category schemas
 */
export const EmbedResponse = answer("ResponseEmbedConfig", {
  model: Schema.String,
  dimension: Schema.Int,
  metric: AnyMetric,
  writeParameters: maybeAs("write_parameters", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject)
})

/**
 * The sparse model of a field, with all defaults filled in.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SparseEmbedResponse = answer("ResponseSparseEmbedConfig", {
  model: Schema.String,
  writeParameters: maybeAs("write_parameters", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject)
})

/**
 * A field of text, as the server answers: with what it can be searched by, or with `filterable` where it is metadata.
 *
 * @since 0.1.0
 * @category schemas
 */
export const StringFieldResponse = answer("ResponseStringField", {
  type: Schema.Literal("string"),
  description: maybe(Schema.String),
  fullTextSearch: maybeAs("full_text_search", FullTextSearchResponse),
  storeText: maybeAs("store_text", Schema.Boolean),
  embed: maybe(EmbedResponse),
  sparseEmbed: maybeAs("sparse_embed", SparseEmbedResponse),
  filterable: maybe(Schema.Boolean)
})

/**
 * The text of an index that was created for a model.
 *
 * @since 0.1.0
 * @category schemas
 */
export const SemanticTextField = answer("SemanticTextField", {
  type: Schema.Literal("semantic_text"),
  description: maybe(Schema.String),
  model: Schema.String,
  dimension: maybe(Schema.Int),
  metric: maybe(AnyMetric),
  writeParameters: maybeAs("write_parameters", JsonObject),
  readParameters: maybeAs("read_parameters", JsonObject)
})

const metadataField = <const Type extends string>(type: Type, identifier: string) =>
  answer(identifier, {
    type: Schema.Literal(type),
    description: maybe(Schema.String),
    filterable: maybe(Schema.Boolean)
  })

/**
 * A field of metadata of an older index, without a type; or a field of a type that a later version adds.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LegacyMetadataField = answer("LegacyMetadataField", { filterable: maybe(Schema.Boolean) })

/**
 * A field of an index, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexSchemaField = Schema.Union(
  DenseVectorFieldResponse,
  SparseVectorFieldResponse,
  StringFieldResponse,
  SemanticTextField,
  metadataField("string_list", "StringListField"),
  metadataField("float", "FloatField"),
  metadataField("integer", "IntegerField"),
  metadataField("boolean", "BooleanField"),
  LegacyMetadataField
).annotations({ identifier: "IndexSchemaField" })

/**
 * The type of the `IndexSchemaField` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export type IndexSchemaField = typeof IndexSchemaField.Type

/**
 * The schema of an index, as the server answers.
 *
 * @since 0.1.0
 * @category schemas
 */
export const IndexSchema = answer("IndexSchema", {
  fields: dictionary(IndexSchemaField)
})

/**
 * The type of the `IndexSchema` Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexSchema extends Schema.Schema.Type<typeof IndexSchema> {}

/**
 * The field of the dense vectors of an index that stores records with vectors.
 *
 * @since 0.1.0
 * @category constants
 */
export const values = "_values"

/**
 * The field of the sparse vectors of an index that stores records with vectors.
 *
 * @since 0.1.0
 * @category constants
 */
export const sparseValues = "_sparse_values"

// -----------------------------------------------------------------------------
// Constructors
// -----------------------------------------------------------------------------

/**
 * A field of dense vectors, of `dimension` numbers each (1 to 20,000). An index has at most one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const denseVector = (options: {
  readonly dimension: number
  /**
   * @default "cosine"
   */
  readonly metric?: typeof Metric.Type | undefined
  /** At most 256 bytes. */
  readonly description?: string | undefined
}) => ({ ...options, type: "dense_vector" as const, metric: options.metric ?? "cosine" })

/**
 * A field of sparse vectors, whose scores are dot products. An index has at most one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const sparseVector = (options: { readonly description?: string | undefined } = {}) => ({
  type: "sparse_vector" as const,
  ...options
})

/**
 * A field of text that is found by its words: at most 100 KB and 10,000 tokens in each document. An index has at most 100.
 *
 * @since 0.1.0
 * @category constructors
 */
export const text = (
  options: FullTextSearch & {
    /** At most 256 bytes. */
    readonly description?: string | undefined
  } = {}
) => {
  const { description, ...fullTextSearch } = options
  return { type: "string" as const, description, fullTextSearch }
}

/**
 * What embeds the text of a field, and what else is done with the text.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddedTextOptions {
  /** The dense model. `{}` is `llama-text-embed-v2` with its defaults. */
  readonly embed?: Embed | undefined
  /** The sparse model. `{}` is `pinecone-sparse-english-v0`. */
  readonly sparseEmbed?: SparseEmbed | undefined
  /**
   * Whether the text is kept: it is returned, and found by its words too. If not, it is only embedded.
   *
   * @default true
   */
  readonly storeText?: boolean | undefined
  /** How the words of a stored text are made. */
  readonly fullTextSearch?: FullTextSearch | undefined
  /** At most 256 bytes. */
  readonly description?: string | undefined
}

/**
 * A field of text that the index embeds by itself, when a document is written: it is found by its meaning.
 *
 * ```ts
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 *
 * const body = IndexSchema.embeddedText({ embed: { model: "llama-text-embed-v2", dimension: 512 } })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const embeddedText = <const Options extends EmbeddedTextOptions>(
  options: Options
): Options & { readonly type: "string" } => ({ ...options, type: "string" })

/**
 * A field that a document may be without.
 *
 * @since 0.1.0
 * @category combinators
 */
export const optional = <const Field extends CreateIndexSchemaField>(
  field: Field
): Field & { readonly optional: true } => ({ ...field, optional: true })

/**
 * A schema of fields, each by its name: at most 64 bytes, without `$` or `_` in front.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <const Fields extends { readonly [name: string]: CreateIndexSchemaField }>(
  fields: Fields
): { readonly fields: Fields } => ({ fields })
