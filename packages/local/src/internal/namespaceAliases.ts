import * as Limits from "@effect-pinecone/schema/Limits"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as NamespaceAlias from "@effect-pinecone/schema/NamespaceAlias"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Dataset } from "./dataset.js"
import { canonical } from "./dataset.js"
import type { SearchOptions } from "./namespaceView.js"
import * as problem from "./problem.js"
import * as records from "./records.js"
import type { RecordSet } from "./recordSet.js"
import type { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"

/** How many aliases an index can have. */
export const mostAliases = 1000

/** The aliases of the namespaces of an index. */
export interface NamespaceAliases {
  /** In the order of their names. */
  readonly all: Effect.Effect<ReadonlyArray<NamespaceAlias.NamespaceAlias>, problem.Problem>
  readonly describe: (name: string) => Effect.Effect<NamespaceAlias.NamespaceAlias, problem.Problem>
  readonly create: (name: string, target: string) => Effect.Effect<NamespaceAlias.NamespaceAlias, problem.Problem>
  /** Points an alias at another namespace: each read sees the one or the other. */
  readonly repoint: (name: string, target: string) => Effect.Effect<NamespaceAlias.NamespaceAlias, problem.Problem>
  readonly remove: (name: string) => Effect.Effect<void, problem.Problem>
  /** Reads the namespace that a name stands for: all that is done there is done in the same one. */
  readonly through: <A extends object, E>(
    name: string,
    run: (namespace: string) => Effect.Effect<A, E>
  ) => Effect.Effect<Served<A>, E>
  /** Refuses an alias for what changes records that are there. */
  readonly refuseWrite: (name: string) => Effect.Effect<void, problem.Problem>
  /** The same for documents. */
  readonly refuseDocumentWrite: (name: string) => Effect.Effect<void, problem.Problem>
  /** Refuses an alias for what is about a namespace itself. */
  readonly refuseNamespace: (name: string) => Effect.Effect<void, problem.Problem>
}

/** What was read, and in which namespace. */
type Served<A> = A & { readonly namespace: string }

type Answer<Method extends "read" | "search"> = Effect.Effect.Success<ReturnType<Dataset[Method]>>

/** A dataset whose namespaces can have aliases: reads of one are served from its target, and writes are refused. */
export interface AliasedDataset extends Dataset {
  readonly read: (namespace: string) => Effect.Effect<Served<Answer<"read">>, problem.Problem>
  readonly search: (
    namespace: string,
    options: SearchOptions
  ) => Effect.Effect<Served<Answer<"search">>, problem.Problem>
  readonly aliases: NamespaceAliases
}

const kind = "alias"

const decode = Schema.decodeUnknown(NamespaceAlias.NamespaceAlias)

const encode = Schema.encodeSync(NamespaceAlias.NamespaceAlias)

const invalidName = (name: string): problem.Problem | undefined =>
  NamespaceAlias.isName(name) ? undefined : problem.because(
    problem.badRequest(
      `${
        JSON.stringify(name.slice(0, 50))
      } is not the name of an alias: use 1 to 512 printable ASCII characters without ` +
        "spaces and / ? # % & = \\ ; +, and not __default__, . or .."
    ),
    "ALIAS_NAME_INVALID"
  )

const invalidTarget = (target: string): problem.Problem | undefined => {
  if (target === "") {
    return problem.because(problem.badRequest("target_namespace is required"), "TARGET_NAMESPACE_REQUIRED")
  }
  const wrong = records.namespaceProblem(target)
  return wrong === undefined
    ? undefined
    : problem.because(
      problem.badRequest(wrong),
      target.length > Limits.limits.namespaceLength ? "NAMESPACE_TOO_LONG" : "NAMESPACE_INVALID"
    )
}

const pass = (found: problem.Problem | undefined): Effect.Effect<void, problem.Problem> => found ?? Effect.void

/** A dataset with the aliases that its set keeps. */
export const around = Effect.fnUntraced(function*(
  data: Dataset,
  set: RecordSet
): Effect.fn.Return<AliasedDataset, StoreError> {
  const kept = yield* Effect.mapError(
    Effect.flatMap(set.notes(kind), Effect.forEach((note) => decode(note))),
    (error) => error._tag === "StoreError" ? error : storeError.damage(`An alias is damaged: ${error.message}`)
  )
  const aliases = new Map(kept.map((alias) => [alias.name, alias]))

  // Names of namespaces and of aliases are one space: what adds one, and what takes a target away, has its turn.
  const one = (yield* Effect.makeSemaphore(1)).withPermits(1)
  const changing = <A, E, R>(effect: Effect.Effect<A, E, R>) => one(Effect.uninterruptible(effect))

  const exists = (name: string) => name === Namespace.defaultNamespace || data.has(name)

  const find = (name: string) =>
    Effect.suspend(() => {
      const found = aliases.get(name)
      return invalidName(name) ??
        (found === undefined ? problem.notFound(`Namespace alias ${name} not found.`) : Effect.succeed(found))
    })

  /** What an alias can point at. */
  const targeted = (target: string): Effect.Effect<void, problem.Problem> => {
    const wrong = invalidTarget(target)
    if (wrong !== undefined) return wrong
    if (aliases.has(target)) {
      return problem.because(
        problem.badRequest(`${target} is an alias: an alias points at a namespace`),
        "TARGET_IS_ALIAS"
      )
    }
    return exists(target) ? Effect.void : problem.because(
      problem.badRequest(`There is no namespace ${target}: create it before an alias points at it`),
      "TARGET_NAMESPACE_NOT_FOUND"
    )
  }

  const keep = (alias: NamespaceAlias.NamespaceAlias) =>
    Effect.mapBoth(set.note(kind, alias.name, encode(alias)), {
      onFailure: problem.fromStore,
      onSuccess: () => {
        aliases.set(alias.name, alias)
        return alias
      }
    })

  const target = (name: string) => aliases.get(name)?.targetNamespace ?? name

  /** Refuses an alias with a problem. */
  const refusing =
    (reason: string, make: (message: string) => problem.Problem, what: string) =>
    (name: string): Effect.Effect<void, problem.Problem> =>
      Effect.suspend(() => {
        const alias = aliases.get(name)
        return alias === undefined ? Effect.void : problem.because(
          make(`${name} is an alias of the namespace ${alias.targetNamespace}: ${what}`),
          reason,
          { target_namespace: alias.targetNamespace }
        )
      })

  const toNamespace = "name the namespace itself"

  const nameInUse = refusing("NAME_IN_USE_BY_ALIAS", problem.alreadyExists, "no namespace can have its name")

  const through: NamespaceAliases["through"] = (name, run) =>
    Effect.suspend(() => {
      const namespace = target(name)
      return Effect.flatMap(run(namespace), (answer) =>
        // What was deleted while it was loaded is no target any more.
        target(name) !== namespace && !exists(namespace)
          ? through(name, run)
          : Effect.succeed({ ...answer, namespace }))
    })

  return {
    ...data,
    read: (name) => through(name, data.read),
    search: (name, options) => through(name, (namespace) => data.search(namespace, options)),
    upsert: (namespace, records) =>
      Effect.suspend(() => {
        const write = data.upsert(namespace, records)
        // A first write makes the namespace.
        return data.has(namespace)
          ? write
          : one(Effect.andThen(nameInUse(namespace), write))
      }),
    createNamespace: (name, schema) => changing(Effect.andThen(nameInUse(name), data.createNamespace(name, schema))),
    deleteNamespace: (name) =>
      changing(Effect.suspend(() => {
        const by = Array.from(aliases.values()).find(({ targetNamespace }) => targetNamespace === name)
        return by === undefined ? data.deleteNamespace(name) : problem.because(
          problem.badRequest(
            `The alias ${by.name} points at the namespace ${name}: delete or repoint its aliases before`
          ),
          "NAMESPACE_TARGETED_BY_ALIAS",
          { alias_name: by.name }
        )
      })),
    aliases: {
      all: Effect.sync(() => Array.from(aliases.values()).sort((a, b) => a.name < b.name ? -1 : 1)),
      describe: find,
      create: (name, given) =>
        changing(Effect.gen(function*() {
          yield* pass(invalidName(name) ?? invalidTarget(given))
          const there = aliases.get(name)
          if (there !== undefined) {
            return yield* problem.because(
              problem.alreadyExists(`Namespace alias ${name} already exists.`),
              "ALIAS_ALREADY_EXISTS",
              { target_namespace: there.targetNamespace }
            )
          }
          if (data.has(name)) {
            return yield* problem.because(
              problem.alreadyExists(`There is a namespace ${name}: an alias needs a name of its own`),
              "NAME_IN_USE_BY_NAMESPACE"
            )
          }
          yield* targeted(given)
          if (aliases.size >= mostAliases) {
            return yield* problem.because(
              problem.badRequest(`An index can have at most ${mostAliases} aliases`),
              "ALIASES_PER_INDEX_EXCEEDED"
            )
          }
          const at = new Date(yield* Clock.currentTimeMillis)
          return yield* keep({ name, targetNamespace: canonical(given), createdAt: at, updatedAt: at })
        })),
      repoint: (name, given) =>
        changing(Effect.gen(function*() {
          const alias = yield* find(name)
          yield* targeted(given)
          const now = yield* Clock.currentTimeMillis
          // Every change has a later time than the one before.
          const updatedAt = new Date(Math.max(now, alias.updatedAt.getTime() + 1))
          return yield* keep({ ...alias, targetNamespace: canonical(given), updatedAt })
        })),
      remove: (name) =>
        changing(Effect.gen(function*() {
          yield* find(name)
          yield* Effect.mapError(set.note(kind, name, undefined), problem.fromStore)
          aliases.delete(name)
        })),
      through,
      refuseWrite: refusing("WRITE_TO_ALIAS", problem.badRequest, `${toNamespace} to write`),
      refuseDocumentWrite: refusing("WRITE_TO_ALIAS", problem.precondition, `${toNamespace} to write`),
      refuseNamespace: refusing("NAMESPACE_OPERATION_ON_ALIAS", problem.badRequest, toNamespace)
    }
  }
})

/** Nothing is known of the aliases of a set that cannot be read. */
export const unreadable = (data: Dataset, reason: problem.Problem): AliasedDataset => {
  const refuse = () => Effect.fail(reason)
  return {
    ...data,
    read: refuse,
    search: refuse,
    aliases: {
      all: Effect.fail(reason),
      describe: refuse,
      create: refuse,
      repoint: refuse,
      remove: refuse,
      through: (namespace, run) => Effect.map(run(namespace), (answer) => ({ ...answer, namespace })),
      refuseWrite: () => Effect.void,
      refuseDocumentWrite: () => Effect.void,
      refuseNamespace: () => Effect.void
    }
  }
}
