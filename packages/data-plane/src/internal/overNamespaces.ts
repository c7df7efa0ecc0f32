import * as Input from "@effect-pinecone/schema/Input"
import type { Place } from "@effect-pinecone/schema/Limits"
import * as Namespace from "@effect-pinecone/schema/Namespace"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { RecordError } from "../IndexAt.js"
import { nameOf } from "../IndexAt.js"
import * as bounded from "./bounded.js"
import { inOrder } from "./merge.js"

/** Names of namespaces, or all that an index has. */
export type Names<E, R> = ReadonlyArray<string> | Stream.Stream<string, E, R> | "all"

/** What is wrong with the names that are given in a list. */
export const problem = (place: Place, namespaces: Names<unknown, unknown>): Input.Problem | undefined => {
  if (!Input.isArray(namespaces)) return undefined
  if (namespaces.length === 0) {
    return Input.invalid(place, "namespaces", "must name at least one namespace, or be \"all\"")
  }
  for (const [i, namespace] of namespaces.entries()) {
    // eslint-disable-next-line no-restricted-syntax -- what is no text is what is looked for.
    const wrong = Namespace.problem(place, namespace as string, `namespaces[${i}]`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** Asks each namespace once, however often and by whichever of its names it is named, and gives what each cost and why some failed. */
export const namespaces = <Usage, E, R>(
  { all, concurrency, namespaces, onFailure }: {
    readonly namespaces: Names<E, R>
    readonly all: () => Stream.Stream<{ readonly name?: string | undefined }, RecordError>
    readonly concurrency: number
    readonly onFailure: "fail" | "collect"
  },
  ask: (namespace: string, position: number) => Effect.Effect<Usage | undefined, RecordError>
): Effect.Effect<
  {
    readonly usages: ReadonlyMap<string, Usage>
    readonly failures: ReadonlyArray<{ readonly namespace: string; readonly error: RecordError }>
  },
  E | RecordError,
  R
> =>
  Effect.suspend(() => {
    const usages = new Map<number, readonly [string, Usage]>()
    const failures = new Map<number, { readonly namespace: string; readonly error: RecordError }>()

    const askIn = (namespace: string, position: number) =>
      ask(namespace, position).pipe(
        Effect.map((usage) => {
          if (usage !== undefined) usages.set(position, [namespace, usage])
        }),
        onFailure === "fail" ? (asked) => asked : Effect.catchAll((error) =>
          Effect.sync(() => {
            failures.set(position, { namespace, error })
          })
        )
      )

    // The default namespace has three names, and is asked once.
    const seen = new Set<string>()
    const isNew = (namespace: string) => seen.size < seen.add(nameOf(namespace)).size

    const asking = (): Effect.Effect<void, E | RecordError, R> => {
      if (typeof namespaces === "object" && !(Stream.StreamTypeId in namespaces)) {
        return bounded.forEachOf(namespaces.filter(isNew), askIn, concurrency)
      }
      const names: Stream.Stream<string, E | RecordError, R> = namespaces === "all"
        ? Stream.filterMap(all(), ({ name }) => Option.fromNullable(name))
        : namespaces
      return bounded.forEach(Stream.filter(names, isNew), askIn, concurrency)
    }
    return Effect.map(asking(), () => ({ usages: new Map(inOrder(usages)), failures: inOrder(failures) }))
  })
