import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import type * as DocumentCodec from "effect-pinecone/DocumentCodec"
import type * as DocumentFields from "effect-pinecone/DocumentFields"
import * as DocumentIndex from "effect-pinecone/DocumentIndex"
import type * as DocumentIngest from "effect-pinecone/DocumentIngest"
import type * as DocumentReads from "effect-pinecone/DocumentReads"
import type * as DocumentSearch from "effect-pinecone/DocumentSearch"
import type * as DocumentWrites from "effect-pinecone/DocumentWrites"
import * as Indexes from "effect-pinecone/Indexes"
import * as IndexSchema from "effect-pinecone/IndexSchema"
import type { InvalidSettings } from "effect-pinecone/InvalidSettings"
import * as Metadata from "effect-pinecone/Metadata"
import * as PineconeError from "effect-pinecone/PineconeError"
import type { PineconeHttpClient } from "effect-pinecone/PineconeHttpClient"
import * as QueryString from "effect-pinecone/QueryString"
import * as Score from "effect-pinecone/Score"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { drive, ingest } from "../driving.js"
import * as flags from "../flags.js"
import * as sources from "../formats/sources.js"
import * as textLines from "../formats/textLines.js"
import * as items from "../items.js"
import * as kinds from "../kinds.js"
import type { Problem } from "../problem.js"
import { usage } from "../problem.js"
import * as render from "../render.js"
import type { Place } from "../target.js"
import { connected, indexNameOf, namespaceOf, output, place } from "../target.js"

const common = { ...place, output }

/** A field that an index has, as one that is declared. */
const declaredOf = (field: IndexSchema.IndexSchemaField): Option.Option<DocumentFields.Field> =>
  Option.flatMap(
    Schema.encodeOption(IndexSchema.IndexSchemaField)(field),
    (wire) => Schema.decodeUnknownOption(IndexSchema.CreateIndexSchemaField)(wire)
  ).pipe(Option.map((field) => ({ ...field, optional: true })))

/** An index of documents whose fields are known at run time alone. */
interface AnyIndex extends DocumentReads.AnyReads<Metadata.Metadata>, DocumentSearch.AnyDocumentSearch {
  readonly untyped: () => DocumentIndex.DocumentIndex<{}, {}, {}>["untyped"] extends () => infer A ? A : never
  readonly delete: DocumentWrites.DocumentWrites<{}, Metadata.Metadata, Metadata.Metadata>["delete"]
  readonly deleteIds: DocumentIngest.DocumentIngest<{}, Metadata.Metadata, Metadata.Metadata>["deleteIds"]
  readonly listStream: (
    options?: { readonly prefix?: string | undefined }
  ) => Stream.Stream<string, DocumentIndex.InputError>
}

// eslint-disable-next-line no-restricted-syntax -- its types come of a declaration, and these fields are read from the server.
const open = DocumentIndex.make as unknown as (options: {
  readonly name: string
  readonly namespace: string | undefined
  readonly fields: DocumentFields.Fields
  readonly metadata: typeof Metadata.Metadata
}) => Effect.Effect<AnyIndex, InvalidSettings, PineconeHttpClient>

/** The index of documents that is meant, with the fields that Pinecone says it has. */
const withDocuments = <A, E, R>(
  options: Place,
  use: (
    index: AnyIndex,
    at: {
      readonly index: string
      readonly namespace: string | undefined
      readonly fields: DocumentFields.Fields
    }
  ) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const index = yield* indexNameOf(options)
    const namespace = yield* namespaceOf(options)
    return yield* connected(
      options,
      Effect.gen(function*() {
        const { schema } = yield* Effect.flatMap(Indexes.Indexes, (indexes) => indexes.describe(index)).pipe(
          Effect.provide(Indexes.layer)
        )
        const fields = Object.fromEntries(
          Object.entries(schema.fields).flatMap(([name, field]) =>
            Option.toArray(Option.map(declaredOf(field), (declared) => [name, declared] as const))
          )
        )
        const found = yield* open({ name: index, namespace, fields, metadata: Metadata.Metadata })
        return yield* use(found, { index, namespace, fields })
      })
    )
  })

const upsert = Command.make("upsert", {
  file: Args.text({ name: "file" }).pipe(
    Args.withDescription("JSON lines, a document in each: an object with _id and fields; - for standard input.")
  ),
  ...items.writing,
  ...common
}, (options) =>
  withDocuments(options, (index, at) =>
    Effect.gen(function*() {
      const opened = yield* sources.open(options.file)
      const problem = yield* Deferred.make<never, Problem>()
      // The writer knows the errors of Pinecone alone: what is wrong with a line ends the run beside it.
      const documents = opened.counted(textLines.documents(options.file, opened.bytes)).pipe(
        Stream.catchAll((error) => Stream.execute(Deferred.fail(problem, error)).pipe(Stream.concat(Stream.never)))
      )
      yield* drive({
        label: "Upserting",
        output: options.output,
        resume: options.resume,
        run: {
          command: "upsert documents",
          from: opened.path,
          to: `${at.index} ${at.namespace ?? ""}`,
          version: opened.version
        },
        total: opened.total,
        work: (from, report) =>
          Effect.raceFirst(
            ingest((resumeFrom) => index.untyped().upsertProgress(documents, items.ingestOptions(options, resumeFrom)))(
              from,
              report
            ),
            Deferred.await(problem)
          )
      })
    }))).pipe(Command.withDescription("Write the documents of a file to an index, with a bar and a checkpoint."))

const fetch = Command.make(
  "fetch",
  { ids: items.ids("documents"), filter: items.filterFlag, ...common },
  (options) =>
    withDocuments(options, (index) =>
      items.fetch(
        options,
        kinds.document,
        (ids) => Stream.filter(index.fetchAll(ids, { includeFields: ["*"] }), isDocument),
        (filter) => Stream.filter(index.fetchByFilterStream({ filter, includeFields: ["*"] }), isDocument)
      ))
).pipe(Command.withDescription("Show documents by their ids, or by a filter."))

/** Not one of the errors that are collected, which was not asked for. */
const isDocument = (
  item: DocumentCodec.AnyDocument | PineconeError.InvalidMetadata
): item is DocumentCodec.AnyDocument => !PineconeError.isPineconeError(item)

const list = Command.make(
  "list",
  { ...items.reading("documents"), ...common },
  (options) => withDocuments(options, (index) => items.showIds(options, index.listStream))
).pipe(
  Command.withDescription("List the ids of documents.")
)

const scan = Command.make(
  "scan",
  { ...items.reading("documents"), ...common },
  (options) => withDocuments(options, (index) => items.show(options, kinds.document, index.untyped().scan))
).pipe(
  Command.withDescription("Show every document, in the order of the ids.")
)

const search = Command.make("search", {
  query: Args.text({ name: "text" }).pipe(Args.withDescription("What to search for.")),
  field: flags.many("field", "FIELD", "A field of text to search in. Default: all that have full-text search."),
  queryString: flags.toggle("query-string", "The text is a query string, such as title:(lighthouse AND sea)."),
  topK: items.topK,
  filter: items.filterFlag,
  show: flags.many("show", "FIELD", "A field to show. Default: all."),
  ...common
}, (options) =>
  withDocuments(options, (index, { fields }) =>
    Effect.gen(function*() {
      const texts = Object.keys(fields).filter((name) => {
        const field = fields[name]
        return field?.type === "string" && field.fullTextSearch !== undefined
      })
      const named = options.field.length === 0 ? texts : options.field
      if (named.length === 0 && !options.queryString) {
        return yield* usage(
          "The index has no field with full-text search: name one with --field, or search records instead."
        )
      }
      const { matches } = yield* index.search({
        topK: options.topK,
        scoreBy: options.queryString
          ? Score.queryString(QueryString.raw(options.query))
          : Score.text(named, options.query),
        filter: items.filterOf(options.filter),
        includeFields: options.show.length === 0 ? ["*"] : options.show
      })
      yield* render.list(options.output, kinds.found, Stream.fromIterable(matches))
    }))).pipe(Command.withDescription("Find the documents whose texts match best."))

const remove = Command.make(
  "delete",
  { ...items.deleting("documents"), ...common },
  (options) =>
    withDocuments(
      options,
      (index, at) =>
        items.remove(options, "documents", at, (ids) => index.deleteIds(ids), (which) => index.delete(which))
    )
).pipe(
  Command.withDescription("Delete documents by their ids or by a filter, or all of a namespace.")
)

export const command = Command.make("document").pipe(
  Command.withSubcommands([upsert, fetch, list, scan, search, remove])
)
