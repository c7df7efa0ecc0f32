/**
 * The namespaces of an index, and its numbers.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 * import * as Stream from "effect/Stream"
 *
 * const names = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   yield* index.createNamespace("en")
 *   return yield* Stream.runCollect(index.listNamespacesStream())
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import * as Check from "@effect-pinecone/schema/Check"
import type * as Filter from "@effect-pinecone/schema/Filter"
import * as Input from "@effect-pinecone/schema/Input"
import * as Limits from "@effect-pinecone/schema/Limits"
import type { Storable } from "@effect-pinecone/schema/Metadata"
import { MetadataIndex } from "@effect-pinecone/schema/MetadataIndex"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as RequestBody from "@effect-pinecone/schema/RequestBody"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { IndexAt, InputError } from "./IndexAt.js"
import type { PageOptions } from "./Reading.js"
import type { Written } from "./Records.js"

/**
 * A page of namespaces.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespacePage {
  readonly namespaces: ReadonlyArray<Namespace.NamespaceDescription>
  readonly totalCount: number | undefined
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * Which namespaces to list, and how many in a page.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends PageOptions {
  /** Only names that begin so. */
  readonly prefix?: string | undefined
}

/**
 * What a new namespace can have.
 *
 * @since 0.1.0
 * @category models
 */
export interface CreateOptions {
  /**
   * The fields of the metadata to index.
   *
   * @default all of them
   */
  readonly schema?: MetadataIndex | undefined
}

/**
 * What the statistics count.
 *
 * @since 0.1.0
 * @category models
 */
export interface StatsOptions<I extends Storable> {
  /** Counts only records that match: pod indexes take it. */
  readonly filter?: Filter.For<I> | undefined
}

/**
 * The namespaces of an index, and its statistics.
 *
 * @since 0.1.0
 * @category models
 */
export interface Namespaces<I extends Storable> {
  /**
   * How many records there are, in all and by namespace (`describe_index_stats`). The default namespace is counted under
   * `""`. Pod indexes take a filter.
   */
  readonly describeIndexStats: (options?: StatsOptions<I>) => Effect.Effect<Namespace.IndexStats, InputError>
  /** Creates a namespace, optionally with the fields to index (`create_namespace`). Writing to one creates it too. */
  readonly createNamespace: (
    name: string,
    options?: CreateOptions
  ) => Effect.Effect<Namespace.NamespaceDescription, InputError>
  /** A page of the namespaces (`list_namespaces`). */
  readonly listNamespaces: (options?: ListOptions) => Effect.Effect<NamespacePage, InputError>
  /** All namespaces, page by page. */
  readonly listNamespacesStream: (
    options?: Omit<ListOptions, "paginationToken">
  ) => Stream.Stream<Namespace.NamespaceDescription, InputError>
  /** A namespace (`describe_namespace`). */
  readonly describeNamespace: (name: string) => Effect.Effect<Namespace.NamespaceDescription, InputError>
  /** Deletes a namespace with all its records (`delete_namespace`). */
  readonly deleteNamespace: (name: string) => Effect.Effect<Written, InputError>
}

const readSchema = Input.validate(MetadataIndex)

/** What Pinecone refuses of the fields that a namespace is to index. */
const schemaProblem = (place: Limits.Place, schema: MetadataIndex | undefined): Input.Problem | undefined => {
  const names = Object.keys(schema?.fields ?? {})
  const reserved = names.find((name) => name.startsWith("$"))
  return Limits.check("namespaceFields", "schema.fields", names.length, place) ??
    (reserved === undefined ? undefined : Input.invalid(
      place,
      "schema.fields",
      `a name must not begin with $, got ${Input.show(reserved)}: that is for operators of filters`,
      reserved
    ))
}

/**
 * The namespaces of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <I extends Storable>(at: IndexAt): Namespaces<I> => {
  const { index } = at
  const on = (operation: string) => ({ operation, index })

  const named = (operation: string, name: string): Effect.Effect<void, InputError> =>
    Check.pass(Namespace.nameProblem(on(operation), name))

  const listing = (options: ListOptions | undefined) =>
    Check.read<ListOptions>(on("list_namespaces"), options ?? {}, {
      optional: { prefix: Check.text, limit: Check.integer(1), paginationToken: Check.text }
    })

  const listNamespaces: Namespaces<I>["listNamespaces"] = (options) =>
    Effect.gen(function*() {
      const place = on("list_namespaces")
      const page = yield* listing(options)
      yield* Check.pass(Check.limit(place, page.limit, "listLimit"))
      const { value } = yield* at.run("listNamespaces", undefined, page)
      return { namespaces: value.namespaces ?? [], totalCount: value.totalCount, next: Usage.next(value) }
    })

  return Operation.all<Namespaces<I>>([
    "describeIndexStats",
    "createNamespace",
    "listNamespaces",
    "describeNamespace",
    "deleteNamespace"
  ], {
    describeIndexStats: (options) =>
      Effect.gen(function*() {
        const place = on("describe_index_stats")
        const { filter } = yield* Check.read<StatsOptions<I>>(place, options ?? {}, {
          optional: { filter: Check.object }
        })
        const { value } = yield* at.run("describeIndexStats", undefined, {
          filter: filter === undefined ? undefined : yield* RequestBody.filter(place.operation, filter, { index })
        })
        return value
      }),
    createNamespace: (name, options) =>
      Effect.gen(function*() {
        yield* named("create_namespace", name)
        const place = on("create_namespace")
        const given = yield* Check.read<CreateOptions>(place, options ?? {}, {
          optional: { schema: Check.object }
        })
        const schema = given.schema === undefined ? undefined : yield* readSchema(place, "schema", given.schema)
        yield* Input.passes(place, "schema", () => schemaProblem(place, schema))
        return (yield* at.run("createNamespace", name, { name, schema })).value
      }),
    listNamespaces,
    listNamespacesStream: (options) =>
      Pages.checked(
        on("list_namespaces"),
        listing(options),
        (page) => Effect.map(listNamespaces(page), ({ namespaces, next }) => [namespaces, next])
      ),
    describeNamespace: (name) =>
      Effect.andThen(
        named("describe_namespace", name),
        Effect.map(at.run("describeNamespace", name, { name }), ({ value }) => value)
      ),
    deleteNamespace: (name) =>
      Effect.andThen(
        named("delete_namespace", name),
        Effect.map(at.run("deleteNamespace", name, { name }), ({ writtenLsn }) => ({ lsn: writtenLsn }))
      )
  }, { index })
}
