/**
 * One index of documents: its documents, searches and namespaces. Needs API version 2026-07.
 *
 * An application gives each of its indexes a tag of its own. One declaration says which fields the documents have and what
 * their metadata is: it makes the index, and what is written, filtered, scored and read is checked against it by the compiler.
 *
 * ```ts
 * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
 * import * as Filter from "@effect-pinecone/schema/Filter"
 * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
 * import * as Score from "@effect-pinecone/schema/Score"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * class Articles extends DocumentIndex.Tag("app/Articles")<Articles>()({
 *   fields: {
 *     title: IndexSchema.text({ language: "en", stemming: true }),
 *     embedding: IndexSchema.optional(IndexSchema.denseVector({ dimension: 384 }))
 *   },
 *   metadata: Schema.Struct({ year: Schema.Int })
 * }) {}
 *
 * const titles = Effect.gen(function*() {
 *   const articles = yield* Articles
 *   yield* articles.upsert([{ _id: "lighthouses", title: "Why lighthouses blink", year: 2024 }])
 *   const { matches } = yield* articles.search({
 *     scoreBy: Score.text("title", "blinking lighthouse"),
 *     topK: 10,
 *     filter: Filter.gte("year", 2000),
 *     includeFields: ["title"]
 *   })
 *   return matches.map(({ document }) => document.title)
 * })
 *
 * const ArticlesLive = Articles.layer({ name: "articles" })
 * ```
 *
 * `Articles.schema` is what an index is created with: `indexes.ensure({ name: "articles", schema: Articles.schema })`.
 *
 * @since 0.1.0
 */
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as DocumentFields from "@effect-pinecone/schema/DocumentFields"
import type * as Documents from "@effect-pinecone/schema/Documents"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as SchemaAST from "effect/SchemaAST"
import type { AnyDocument } from "./DocumentCodec.js"
import * as DocumentCodec from "./DocumentCodec.js"
import * as DocumentIngest from "./DocumentIngest.js"
import * as DocumentReads from "./DocumentReads.js"
import * as DocumentSearch from "./DocumentSearch.js"
import * as DocumentWrites from "./DocumentWrites.js"
import * as Hybrid from "./Hybrid.js"
import * as IndexAt from "./IndexAt.js"
import type { Source } from "./internal/copying.js"
import * as mocking from "./internal/documentMock.js"
import { documentsAt } from "./internal/documentsAt.js"
import type { RecordLoader } from "./internal/recordLoader.js"
import * as MetadataCodec from "./MetadataCodec.js"
import * as NamespaceAliases from "./NamespaceAliases.js"
import * as Namespaces from "./Namespaces.js"

export { copy, copyProgress } from "./DocumentCopy.js"

export type { CopyOptions } from "./Copy.js"

export type { CopyableDocuments } from "./DocumentCopy.js"

export type {
  FetchAllDocumentsOptions,
  FetchByFilterOptions,
  FetchOptions,
  FetchPage,
  FetchPageOptions,
  FetchResult,
  IdPage,
  ScanDocumentsOptions
} from "./DocumentReads.js"

export type {
  DocumentMatch,
  DocumentNamespacesResult,
  DocumentSearchResult,
  SearchNamespacesOptions,
  SearchOptions
} from "./DocumentSearch.js"

export type { DocumentsUpdated, DocumentsUpserted, Update, UpdateByFilterOptions } from "./DocumentWrites.js"

export type { HybridMatch, HybridOptions, HybridResult, Reranked, Reranking } from "./Hybrid.js"

export type { CallError, Freshness, InNamespace, InputError, Options, RecordError, Target } from "./IndexAt.js"

export type { NamespacePage } from "./Namespaces.js"

export type { DeleteTarget, Updated, Written } from "./Records.js"

/**
 * An index of documents with the fields `F`, whose metadata is of type `A` in the application and of type `I` in the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface DocumentIndex<F, A extends object, I extends Storable>
  extends
    DocumentWrites.DocumentWrites<F, A, I>,
    DocumentReads.DocumentReads<F, A, I>,
    DocumentSearch.DocumentSearch<F, A, I>,
    Hybrid.Hybrid<F, A, I>,
    DocumentIngest.DocumentIngest<F, A, I>,
    Namespaces.Namespaces<I>,
    NamespaceAliases.NamespaceAliases
{
  /** The Schema of the metadata. */
  readonly metadata: MetadataSchema<A, I>
  /** What the index is created with. */
  readonly schema: { readonly fields: F }
  /** The documents as they are stored, whatever they have: what `copy` reads and writes. */
  readonly untyped: () => Source<AnyDocument>
  /** The same index with another namespace for the calls that name none. */
  readonly namespace: (namespace: string) => DocumentIndex<F, A, I>
}

/**
 * What the documents of an index have: its fields, and the Schema of their metadata. The metadata is a struct, or a union of
 * structs: its fields stand beside the fields of the index, and none has a name of theirs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Declaration<F, A, I extends Storable> {
  readonly fields: F
  /**
   * @default no metadata
   */
  readonly metadata?: MetadataSchema<A, I> | undefined
}

/** The names that metadata has, as far as its Schema tells them. */
const namesOf = (ast: SchemaAST.AST): ReadonlyArray<string> =>
  SchemaAST.getPropertySignatures(ast).map(({ name }) => String(name))

const noMetadata: MetadataSchema<object, Storable> = Schema.Struct({})

interface Made<A, I extends Storable> {
  readonly metadata: MetadataSchema<A, I>
  readonly codec: DocumentCodec.DocumentCodec
  readonly untyped: DocumentCodec.DocumentCodec
  readonly fields: DocumentFields.Fields
}

/** What a declaration comes to, or what is wrong with it. */
const declared = <A extends object, I extends Storable>(
  { fields, metadata }: Declaration<DocumentFields.Fields, A, I>
): Effect.Effect<Made<A, I>, InvalidSettings.InvalidSettings> =>
  Effect.suspend(() => {
    // eslint-disable-next-line no-restricted-syntax -- what has no metadata is typed so.
    const schema = metadata ?? noMetadata as unknown as MetadataSchema<A, I>
    const wrong = DocumentFields.problem(fields, [
      ...namesOf(SchemaAST.typeAST(schema.ast)),
      ...namesOf(SchemaAST.encodedAST(schema.ast))
    ])
    if (wrong !== undefined) {
      return Effect.fail(new InvalidSettings.InvalidSettings({ setting: "fields", message: `fields: ${wrong}` }))
    }
    const layout = DocumentFields.layout(fields)
    return Effect.succeed({
      metadata: schema,
      codec: DocumentCodec.make(layout, MetadataCodec.fromSchema(schema)),
      untyped: DocumentCodec.make(DocumentFields.relaxed(layout), MetadataCodec.untyped),
      fields
    })
  })

/** The documents as they are stored. */
const sourceOf = (
  at: IndexAt.IndexAt,
  codec: DocumentCodec.DocumentCodec,
  loader: RecordLoader<Documents.Json>
): Source<AnyDocument> => {
  const reads = DocumentReads.make<DocumentFields.Fields, object, Storable>(at, codec, loader)
  const ingest = DocumentIngest.make<DocumentFields.Fields, object, Storable>(at, codec)
  // eslint-disable-next-line no-restricted-syntax -- what the codec of all that is stored gives and takes.
  return {
    scan: reads.scan,
    listStream: reads.listStream,
    listNamespacesStream: () => Namespaces.make(at).listNamespacesStream(),
    upsertProgress: ingest.upsertProgress,
    namespace: (namespace: string) => sourceOf(at.inNamespace(namespace), codec, loader)
  } as unknown as Source<AnyDocument>
}

/** All that can be done with an index of documents, joined. Its views share what is asked for at the same time. */
const join = <F, A extends object, I extends Storable>(
  at: IndexAt.IndexAt,
  made: Made<A, I>,
  loader: RecordLoader<Documents.Json>
): DocumentIndex<F, A, I> => {
  const { codec, fields, metadata, untyped } = made
  const namespaces = Namespaces.make<I>(at)
  return {
    metadata,
    // eslint-disable-next-line no-restricted-syntax -- the fields of the declaration.
    schema: { fields: fields as F },
    untyped: () => sourceOf(at, untyped, loader),
    namespace: (namespace) => join(at.inNamespace(namespace), made, loader),
    ...DocumentWrites.make<F, A, I>(at, codec),
    ...DocumentReads.make<F, A, I>(at, codec, loader),
    ...DocumentSearch.make<F, A, I>(at, codec, namespaces),
    ...Hybrid.make<F, A, I>(at, codec),
    ...DocumentIngest.make<F, A, I>(at, codec),
    ...namespaces,
    ...NamespaceAliases.make(at)
  }
}

/**
 * An index of documents without a tag.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <
  const F extends DocumentFields.Fields,
  A extends object = {},
  I extends Storable = {}
>(
  options:
    & IndexAt.Options
    & Declaration<F & DocumentFields.NamesOf<F>, A, I>
    & { readonly metadata?: DocumentFields.NoClash<F, A, I> | undefined }
): Effect.Effect<DocumentIndex<F, A, I>, InvalidSettings.InvalidSettings, PineconeHttpClient> =>
  Effect.gen(function*() {
    const made = yield* declared<A, I>(options)
    const at = documentsAt(yield* IndexAt.make(options))
    return join<F, A, I>(at, made, DocumentReads.loaderOf(at))
  })

/**
 * Where an index is, from Config: by its name or by its host.
 *
 * @since 0.1.0
 * @category models
 */
export type ConfigOptions = Config.Config.Wrap<IndexAt.Options>

/**
 * A part of an index's methods, for tests. What is not given dies with its name when it is run, but for `namespace`, which
 * gives the same mock.
 *
 * @since 0.1.0
 * @category models
 */
export interface Mock<F, A extends object, I extends Storable> extends
  Partial<
    & DocumentWrites.DocumentWrites<F, A, I>
    & DocumentReads.AnyReads<I>
    & DocumentSearch.AnyDocumentSearch
    & Hybrid.AnyHybrid
    & DocumentIngest.DocumentIngest<F, A, I>
    & Namespaces.Namespaces<I>
    & NamespaceAliases.NamespaceAliases
    & Pick<DocumentIndex<F, A, I>, "namespace" | "untyped">
  >
{}

/**
 * The class of the tag of an index of documents.
 *
 * @since 0.1.0
 * @category models
 */
export interface TagClass<Self, Id extends string, F, A extends object, I extends Storable>
  extends Context.TagClass<Self, Id, DocumentIndex<F, A, I>>
{
  /** The Schema of the metadata. */
  readonly metadata: MetadataSchema<A, I>
  /** What the index is created with: `indexes.ensure({ name: "articles", schema: Articles.schema })`. */
  readonly schema: { readonly fields: F }
  /** The index by name or host. */
  readonly layer: (options: IndexAt.Options) => Layer.Layer<Self, InvalidSettings.InvalidSettings, PineconeHttpClient>
  /** The same, with its name or host from Config. */
  readonly layerConfig: (options: ConfigOptions) => Layer.Layer<Self, ConfigError, PineconeHttpClient>
  /**
   * The index with a part of its methods, for tests. What is not given dies with its name when it is run.
   *
   * ```ts
   * import * as DocumentIndex from "@effect-pinecone/data-plane/DocumentIndex"
   * import * as IndexSchema from "@effect-pinecone/schema/IndexSchema"
   * import * as Effect from "effect/Effect"
   *
   * class Articles extends DocumentIndex.Tag("app/Articles")<Articles>()({
   *   fields: { title: IndexSchema.text() }
   * }) {}
   *
   * const ArticlesMock = Articles.mock({
   *   search: () =>
   *     Effect.succeed({
   *       matches: [{ score: 1, document: { _id: "lighthouses", title: "Why lighthouses blink" } }],
   *       namespace: "",
   *       usage: { readUnits: 1 },
   *       lsn: undefined
   *     })
   * })
   * ```
   */
  readonly mock: (methods: Mock<F, A, I>) => Layer.Layer<Self>
}

/**
 * A tag for an index of documents of an application, with its declaration.
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag =
  <const Id extends string>(id: Id) =>
  <Self>() =>
  <const F extends DocumentFields.Fields, A extends object = {}, I extends Storable = {}>(
    declaration:
      & Declaration<F & DocumentFields.NamesOf<F>, A, I>
      & { readonly metadata?: DocumentFields.NoClash<F, A, I> | undefined }
  ): TagClass<Self, Id, F, A, I> => {
    const tag = Context.Tag(id)<Self, DocumentIndex<F, A, I>>()
    // eslint-disable-next-line no-restricted-syntax -- what has no metadata is typed so.
    const metadata = declaration.metadata ?? noMetadata as unknown as MetadataSchema<A, I>
    const schema: { readonly fields: F } = { fields: declaration.fields }
    const layer = (target: IndexAt.Options) =>
      Layer.effect(
        tag,
        Effect.gen(function*() {
          const made = yield* declared<A, I>({ fields: declaration.fields, metadata })
          const at = documentsAt(yield* IndexAt.make(target))
          return join<F, A, I>(at, made, DocumentReads.loaderOf(at))
        })
      )
    return Object.assign(tag, {
      metadata,
      schema,
      layer,
      layerConfig: (config: ConfigOptions) =>
        Layer.unwrapEffect(
          Effect.map(
            Config.unwrap(config),
            (target) => Layer.mapError(layer(target), InvalidSettings.toConfigError)
          )
        ),
      mock: (methods: Mock<F, A, I>) =>
        Layer.succeed(
          tag,
          // eslint-disable-next-line no-restricted-syntax -- every method is there: given, or dying with its name.
          mocking.make(id, { metadata, schema }, methods) as unknown as DocumentIndex<F, A, I>
        )
    })
  }
