/**
 * Aliases of the namespaces of an index (since API version 2026-07): other names for them. Reads through an alias are served from
 * the namespace that it points at, and `repointNamespaceAlias` changes that at once for every reader; writes name the namespace
 * itself.
 *
 * ```ts
 * import * as VectorIndex from "@effect-pinecone/data-plane/VectorIndex"
 * import * as Effect from "effect/Effect"
 *
 * // Readers of "live" see the old records until the new ones are complete.
 * const release = Effect.gen(function*() {
 *   const index = yield* VectorIndex.make({ name: "movies" })
 *   yield* index.namespace("green").upsert([{ id: "alien", values: [0.1, 0.2, 0.3] }])
 *   yield* index.repointNamespaceAlias("live", "green")
 * })
 * ```
 *
 * @since 0.1.0
 */
import * as Operation from "@effect-pinecone/http/Operation"
import * as Pages from "@effect-pinecone/http/Pages"
import * as Check from "@effect-pinecone/schema/Check"
import * as Input from "@effect-pinecone/schema/Input"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import * as Usage from "@effect-pinecone/schema/Usage"
import * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { IndexAt, InputError } from "./IndexAt.js"
import type { PageOptions } from "./Reading.js"

/**
 * A page of aliases, in the order of their names.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceAliasPage {
  readonly aliases: ReadonlyArray<NamespaceAlias.NamespaceAlias>
  readonly totalCount: number
  /** The token of the next page; absent on the last. */
  readonly next: string | undefined
}

/**
 * Which aliases to list, and how many in a page.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListOptions extends PageOptions {
  /** Only names that begin so. */
  readonly prefix?: string | undefined
  /** Only aliases of this namespace. */
  readonly targetNamespace?: string | undefined
}

/**
 * The aliases of an index's namespaces.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamespaceAliases {
  /**
   * Creates an alias of a namespace that exists; of `__default__` for the default one (`create_namespace_alias`). A name that
   * an alias or a namespace has fails with `PineconeAlreadyExists`.
   */
  readonly createNamespaceAlias: (
    name: string,
    targetNamespace: string
  ) => Effect.Effect<NamespaceAlias.NamespaceAlias, InputError>
  /** An alias (`describe_namespace_alias`). */
  readonly describeNamespaceAlias: (name: string) => Effect.Effect<NamespaceAlias.NamespaceAlias, InputError>
  /**
   * Points an alias at another namespace: each read is served from the old one or from the new one
   * (`repoint_namespace_alias`).
   */
  readonly repointNamespaceAlias: (
    name: string,
    targetNamespace: string
  ) => Effect.Effect<NamespaceAlias.NamespaceAlias, InputError>
  /** Deletes an alias, and nothing of its namespace (`delete_namespace_alias`). */
  readonly deleteNamespaceAlias: (name: string) => Effect.Effect<void, InputError>
  /** A page of the aliases (`list_namespace_aliases`). */
  readonly listNamespaceAliases: (options?: ListOptions) => Effect.Effect<NamespaceAliasPage, InputError>
  /** All aliases, page by page. */
  readonly listNamespaceAliasesStream: (
    options?: Omit<ListOptions, "paginationToken">
  ) => Stream.Stream<NamespaceAlias.NamespaceAlias, InputError>
}

/** The version of the API that has brought aliases. */
const since = "2026-07"

/**
 * The aliases of the namespaces of the index at an address.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (at: IndexAt): NamespaceAliases => {
  const { apiVersion, index } = at
  const on = (operation: string) => ({ operation, index })

  /** What a client of this version cannot ask for. */
  const inVersion = (operation: string): Effect.Effect<void, InputError> =>
    apiVersion >= since ? Effect.void : Effect.fail(
      Input.invalid(
        on(operation),
        "apiVersion",
        `must be ${since} or later for aliases of namespaces, and this client speaks ${apiVersion}`
      )
    )

  const named = (operation: string, name: string): Effect.Effect<void, InputError> =>
    Effect.andThen(
      inVersion(operation),
      Effect.suspend(() => Check.pass(NamespaceAlias.problem(on(operation), name)))
    )

  const pointed = (operation: string, name: string, targetNamespace: string): Effect.Effect<void, InputError> =>
    Effect.andThen(
      named(operation, name),
      Effect.suspend(() => Check.pass(Namespace.nameProblem(on(operation), targetNamespace, "targetNamespace")))
    )

  const listing = (options: ListOptions | undefined) => {
    const place = on("list_namespace_aliases")
    return Effect.andThen(
      inVersion(place.operation),
      Effect.tap(
        Check.read<ListOptions>(place, options ?? {}, {
          optional: {
            prefix: Check.text,
            targetNamespace: Check.someText,
            limit: Check.integer(1),
            paginationToken: Check.text
          }
        }),
        ({ limit }) => Check.pass(Check.limit(place, limit, "listLimit"))
      )
    )
  }

  const listNamespaceAliases: NamespaceAliases["listNamespaceAliases"] = (options) =>
    Effect.gen(function*() {
      const { value } = yield* at.run("listNamespaceAliases", undefined, yield* listing(options))
      return { aliases: value.namespaceAliases ?? [], totalCount: value.totalCount, next: Usage.next(value) }
    })

  return Operation.all<NamespaceAliases>([
    "createNamespaceAlias",
    "describeNamespaceAlias",
    "repointNamespaceAlias",
    "deleteNamespaceAlias",
    "listNamespaceAliases"
  ], {
    createNamespaceAlias: (name, targetNamespace) =>
      Effect.andThen(
        pointed("create_namespace_alias", name, targetNamespace),
        Effect.map(at.run("createNamespaceAlias", undefined, { name, targetNamespace }), ({ value }) => value)
      ),
    describeNamespaceAlias: (name) =>
      Effect.andThen(
        named("describe_namespace_alias", name),
        Effect.map(at.run("describeNamespaceAlias", undefined, { name }), ({ value }) => value)
      ),
    repointNamespaceAlias: (name, targetNamespace) =>
      Effect.andThen(
        pointed("repoint_namespace_alias", name, targetNamespace),
        Effect.map(at.run("repointNamespaceAlias", undefined, { name, targetNamespace }), ({ value }) => value)
      ),
    deleteNamespaceAlias: (name) =>
      Effect.andThen(
        named("delete_namespace_alias", name),
        Effect.asVoid(at.run("deleteNamespaceAlias", undefined, { name }))
      ),
    listNamespaceAliases,
    listNamespaceAliasesStream: (options) =>
      Pages.checked(
        on("list_namespace_aliases"),
        listing(options),
        (page) => Effect.map(listNamespaceAliases(page), ({ aliases, next }) => [aliases, next])
      )
  }, { index })
}
