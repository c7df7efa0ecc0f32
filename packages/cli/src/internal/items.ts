/** What the commands of records and of documents have in common: their flags, and what they do alike. */
import * as Args from "@effect/cli/Args"
import * as Options from "@effect/cli/Options"
import * as Filter from "effect-pinecone/Filter"
import type * as Ingest from "effect-pinecone/Ingest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { confirmed, yes } from "./confirm.js"
import * as flags from "./flags.js"
import * as kinds from "./kinds.js"
import { usage } from "./problem.js"
import type { Kind, Mode } from "./render.js"
import * as render from "./render.js"

/** What a command is about, as a sentence has it: `records`. */
export type Items = "records" | "documents"

const Fields = Schema.Record({ key: Schema.String, value: Schema.Unknown })

export const filterFlag = flags.json(
  "filter",
  "JSON",
  "Only what matches, by its metadata or its fields, such as {\"year\":{\"$gte\":1990}}.",
  Fields,
  "a JSON object, such as {\"genre\":\"comedy\"}"
).pipe(Options.optional)

export const filterOf = (filter: Option.Option<typeof Fields.Type>): Filter.Filter<never> | undefined =>
  Option.getOrUndefined(Option.map(filter, (expression) => Filter.raw(expression)))

export const topK = flags.integer("top-k", "N", "How many matches. Default: 10.", 1, 10_000).pipe(
  Options.withDefault(10)
)

export const ids = (items: Items) =>
  Args.text({ name: "id" }).pipe(Args.withDescription(`Ids of ${items}.`), Args.repeated)

/** The flags of what is written from a source that is long. */
export const writing = {
  resume: flags.toggle("resume", "Continue where a run of the same command has stopped."),
  skipInvalid: flags.toggle("skip-invalid", "Set aside what is wrong or refused, instead of stopping at the first."),
  concurrency: flags.integer(
    "concurrency",
    "N",
    "Requests in flight. Default: as many as the server can handle.",
    1,
    1000
  ).pipe(Options.optional)
}

export const ingestOptions = (
  { batchSize = Option.none(), concurrency, skipInvalid }: {
    readonly concurrency: Option.Option<number>
    readonly batchSize?: Option.Option<number>
    readonly skipInvalid: boolean
  },
  from: number
): Ingest.Options => ({
  resumeFrom: from,
  onInvalid: skipInvalid ? "bisect" : "fail",
  ...(Option.isSome(batchSize) ? { batchSize: batchSize.value } : {}),
  ...(Option.isSome(concurrency) ? { concurrency: concurrency.value } : {})
})

/** The flags of what is read one after another. */
export const reading = (items: Items) => ({
  prefix: flags.text("prefix", "TEXT", `Only ${items} whose ids begin so.`).pipe(Options.optional),
  limit: flags.integer("limit", "N", "At most so many.", 1, Number.MAX_SAFE_INTEGER).pipe(Options.optional)
})

interface Reading {
  readonly prefix: Option.Option<string>
  readonly limit: Option.Option<number>
  readonly output: Option.Option<Mode>
}

/** Shows what a stream has with the ids that are asked for, as much as is asked for. */
export const show = <A, I, E, R>(
  { limit, output, prefix }: Reading,
  kind: Kind<A, I>,
  read: (options: { readonly prefix: string | undefined }) => Stream.Stream<A, E, R>
) => {
  const all = read({ prefix: Option.getOrUndefined(prefix) })
  return render.list(output, kind, Option.isSome(limit) ? Stream.take(all, limit.value) : all)
}

/** The same of the ids alone. */
export const showIds = <E, R>(
  options: Reading,
  read: (options: { readonly prefix: string | undefined }) => Stream.Stream<string, E, R>
) => show(options, kinds.id, (options) => Stream.map(read(options), (id) => ({ id })))

interface Choosing {
  readonly ids: ReadonlyArray<string>
  readonly filter: Option.Option<typeof Fields.Type>
}

/** Shows what has the ids that are named, or what matches a filter. */
export const fetch = <A, I, E, R, E2, R2>(
  { filter, ids, output }: Choosing & Pick<Reading, "output">,
  kind: Kind<A, I>,
  byIds: (ids: Stream.Stream<string>) => Stream.Stream<A, E, R>,
  byFilter: (filter: Filter.Filter<never>) => Stream.Stream<A, E2, R2>
) =>
  Effect.gen(function*() {
    const expression = filterOf(filter)
    if (expression !== undefined) return yield* render.list(output, kind, byFilter(expression))
    if (ids.length === 0) return yield* usage("No id is named: name one or more after the command, or add --filter.")
    return yield* render.list(output, kind, byIds(Stream.fromIterable(ids)))
  })

export const deleting = (items: Items) => ({
  ids: ids(items),
  filter: filterFlag,
  all: flags.toggle("all", `All ${items} of the namespace.`),
  yes
})

/** Deletes by ids, or what matches a filter, or all: whichever is asked for. */
export const remove = <E, R, E2, R2>(
  options: Choosing & { readonly all: boolean; readonly yes: boolean; readonly output: Option.Option<Mode> },
  items: Items,
  at: { readonly index: string; readonly namespace: string | undefined },
  byIds: (ids: Stream.Stream<string>) => Effect.Effect<{ readonly records: number }, E, R>,
  others: (
    which: { readonly deleteAll: true } | { readonly filter: Filter.Filter<never> }
  ) => Effect.Effect<unknown, E2, R2>
) =>
  Effect.gen(function*() {
    const { all, ids, output } = options
    const filter = filterOf(options.filter)
    if ([ids.length > 0, filter !== undefined, all].filter((way) => way).length !== 1) {
      return yield* usage("Say what to delete: ids, --filter or --all, and one of them only.")
    }
    if (ids.length > 0) {
      const { records } = yield* byIds(Stream.fromIterable(ids))
      return yield* render.one(output, kinds.done, { action: "deleted", subject: items, count: records })
    }
    const space = at.namespace ?? "__default__"
    const what = `delete all ${items} of the namespace ${space} of ${at.index}`
    yield* confirmed(
      options.yes,
      filter === undefined ? what : `${what} that match`,
      Effect.andThen(
        others(filter === undefined ? { deleteAll: true } : { filter }),
        render.one(output, kinds.done, {
          action: "deleted",
          subject: filter === undefined ? `namespace ${space}` : `${items} that match`
        })
      )
    )
  })
