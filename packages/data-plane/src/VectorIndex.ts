/**
 * One index: its records, queries, namespaces and imports.
 *
 * An application gives each of its indexes a tag of its own, with the Schema of its metadata: filters are checked against
 * it by the compiler, and what comes back is decoded by it.
 *
 * ```ts
 * import * as Filter from "@effect-pinecone/schema/Filter"
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 * import * as Schema from "effect/Schema"
 *
 * class Movies extends VectorIndex.Tag("app/Movies")<Movies>()({
 *   metadata: Schema.Struct({ genre: Schema.String, year: Schema.Int })
 * }) {}
 *
 * const titles = Effect.gen(function*() {
 *   const movies = yield* Movies
 *   const { matches } = yield* movies.query({
 *     vector: [0.1, 0.2, 0.3],
 *     topK: 10,
 *     filter: Filter.and(Filter.eq("genre", "comedy"), Filter.gte("year", 2000)),
 *     includeMetadata: true
 *   })
 *   return matches.map((match) => match.metadata.year)
 * })
 *
 * const MoviesLive = Movies.layer({ name: "movies" })
 * ```
 *
 * @since 0.1.0
 */
import * as InvalidSettings from "@effect-pinecone/http/InvalidSettings"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import type { MetadataSchema, Storable } from "@effect-pinecone/schema/Metadata"
import * as Metadata from "@effect-pinecone/schema/Metadata"
import * as Config from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as BulkImports from "./BulkImports.js"
import * as FanOut from "./FanOut.js"
import * as IndexAt from "./IndexAt.js"
import * as Ingest from "./Ingest.js"
import * as mocking from "./internal/mock.js"
import * as recordLoader from "./internal/recordLoader.js"
import * as MetadataCodec from "./MetadataCodec.js"
import * as NamespaceAliases from "./NamespaceAliases.js"
import * as Namespaces from "./Namespaces.js"
import * as Query from "./Query.js"
import * as Reading from "./Reading.js"
import * as Records from "./Records.js"
import * as Search from "./Search.js"

export type { ImportAllOptions, ImportOptions, ImportPage } from "./BulkImports.js"

export { copy, copyProgress } from "./Copy.js"

export type { Copyable, CopyOptions } from "./Copy.js"

export type { CallError, Freshness, InNamespace, InputError, Options, RecordError, Target } from "./IndexAt.js"

export type { NamespaceAliasPage } from "./NamespaceAliases.js"

export type { NamespacePage } from "./Namespaces.js"

export type { Match, QueryOptions, QueryResult } from "./Query.js"

export type {
  FetchAllOptions,
  Fetched,
  FetchOptions,
  FetchPage,
  FetchResult,
  GetOptions,
  IdPage,
  PageOptions,
  ScanOptions
} from "./Reading.js"

export type { OnInvalid } from "./ReadOptions.js"

export type { DeleteTarget, Updated, Upserted, Written } from "./Records.js"

/**
 * An index whose metadata is of type `A` in the application and of type `I` in the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface VectorIndex<A = Metadata.Metadata, I extends Storable = Metadata.Metadata>
  extends
    Records.Records<A, I>,
    Reading.Reading<A, I>,
    Query.Query<A, I>,
    Search.Search<A, I>,
    FanOut.FanOut<A, I>,
    Ingest.Ingest<A, I>,
    Namespaces.Namespaces<I>,
    NamespaceAliases.NamespaceAliases,
    BulkImports.BulkImports
{
  /** The Schema of the metadata; without one of its own, {@link Metadata.Metadata}. */
  readonly metadata: MetadataSchema<A, I>
  /** The same index without the Schema: the metadata as it is stored. */
  readonly untyped: () => VectorIndex
  /** The same index with another namespace for the calls that name none. */
  readonly namespace: (namespace: string) => VectorIndex<A, I>
}

/** All that can be done with an index, joined. Its views share what is asked for at the same time. */
const join = <A, I extends Storable>(
  at: IndexAt.IndexAt,
  metadata: MetadataSchema<A, I>,
  codec: MetadataCodec.MetadataCodec<A>,
  loader: recordLoader.RecordLoader
): VectorIndex<A, I> => {
  const namespaces = Namespaces.make<I>(at)
  return {
    metadata,
    untyped: () => join(at, Metadata.Metadata, MetadataCodec.untyped, loader),
    namespace: (namespace) => join(at.inNamespace(namespace), metadata, codec, loader),
    ...Records.make(at, codec),
    ...Reading.make(at, codec, loader),
    ...Query.make(at, codec),
    ...Search.make(at, codec),
    ...FanOut.make(at, codec, namespaces),
    ...Ingest.make(at, codec),
    ...namespaces,
    ...NamespaceAliases.make(at),
    ...BulkImports.make(at)
  }
}

/**
 * An index without a Schema for its metadata, for scripts: any field, any filter.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: IndexAt.Options
): Effect.Effect<VectorIndex, InvalidSettings.InvalidSettings, PineconeHttpClient> =>
  Effect.map(
    IndexAt.make(options),
    (at) => join(at, Metadata.Metadata, MetadataCodec.untyped, recordLoader.make(at))
  )

/**
 * An index whose metadata has a Schema, without a tag.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeTyped = <A, I extends Storable>(
  options: IndexAt.Options & { readonly metadata: MetadataSchema<A, I> }
): Effect.Effect<VectorIndex<A, I>, InvalidSettings.InvalidSettings, PineconeHttpClient> =>
  Effect.map(
    IndexAt.make(options),
    (at) => join(at, options.metadata, MetadataCodec.fromSchema(options.metadata), recordLoader.make(at))
  )

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
export interface Mock<A, I extends Storable> extends
  Partial<
    & Records.Records<A, I>
    & Reading.AnyReading<A, I>
    & Query.AnyQuery<A, I>
    & Search.AnySearch<I>
    & FanOut.AnyFanOut<A, I>
    & Ingest.Ingest<A, I>
    & Namespaces.Namespaces<I>
    & NamespaceAliases.NamespaceAliases
    & BulkImports.BulkImports
    & Pick<VectorIndex<A, I>, "namespace" | "untyped">
  >
{}

/**
 * The class of an index's tag.
 *
 * @since 0.1.0
 * @category models
 */
export interface TagClass<Self, Id extends string, A, I extends Storable>
  extends Context.TagClass<Self, Id, VectorIndex<A, I>>
{
  /** The Schema of the metadata. */
  readonly metadata: MetadataSchema<A, I>
  /** The index by name or host. */
  readonly layer: (options: IndexAt.Options) => Layer.Layer<Self, InvalidSettings.InvalidSettings, PineconeHttpClient>
  /** The same, with its name or host from Config. */
  readonly layerConfig: (options: ConfigOptions) => Layer.Layer<Self, ConfigError, PineconeHttpClient>
  /**
   * The index with a part of its methods, for tests. What is not given dies with its name when it is run.
   *
   * ```ts
   * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
   * import * as Effect from "effect/Effect"
   * import * as Schema from "effect/Schema"
   *
   * class Movies extends VectorIndex.Tag("app/Movies")<Movies>()({
   *   metadata: Schema.Struct({ genre: Schema.String, year: Schema.Int })
   * }) {}
   *
   * const MoviesMock = Movies.mock({
   *   list: () => Effect.succeed({ ids: ["alien"], namespace: "", usage: undefined, next: undefined })
   * })
   * ```
   */
  readonly mock: (methods: Mock<A, I>) => Layer.Layer<Self>
}

/** The names of all methods, taken from an index that is nowhere. */
const methodsOf = (): ReadonlyArray<string> => {
  // eslint-disable-next-line no-restricted-syntax -- none of the methods that are made of it is called.
  const nowhere = {} as IndexAt.IndexAt
  return Object.keys(join(nowhere, Metadata.Metadata, MetadataCodec.untyped, recordLoader.make(nowhere)))
}

/**
 * A tag for an index of an application, with the Schema of its metadata.
 *
 * @since 0.1.0
 * @category tags
 */
export const Tag = <const Id extends string>(id: Id) =>
<Self>() =>
<A, I extends Storable>(options: {
  readonly metadata: MetadataSchema<A, I>
}): TagClass<Self, Id, A, I> => {
  const tag = Context.Tag(id)<Self, VectorIndex<A, I>>()
  const layer = (target: IndexAt.Options) => Layer.effect(tag, makeTyped({ ...target, metadata: options.metadata }))
  return Object.assign(tag, {
    metadata: options.metadata,
    layer,
    layerConfig: (config: ConfigOptions) =>
      Layer.unwrapEffect(
        Effect.map(
          Config.unwrap(config),
          (target) => Layer.mapError(layer(target), InvalidSettings.toConfigError)
        )
      ),
    mock: (methods: Mock<A, I>) =>
      Layer.succeed(
        tag,
        // eslint-disable-next-line no-restricted-syntax -- every method is there: given, or dying with its name.
        mocking.make(id, methodsOf(), options.metadata, methods) as unknown as VectorIndex<A, I>
      )
  })
}
