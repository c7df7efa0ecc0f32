/** The story: an index is created, filled, searched, imported into another one, and both are deleted. */
import { Effect, Random } from "effect"
import { Filter } from "effect-pinecone"
import * as Docs from "./docs.js"
import {
  byNamespace,
  byTitle,
  importAll,
  searchLike,
  searchText,
  showMatches,
  statsOf,
  temporaryIndex,
  upsert
} from "./steps.js"
import { heading, line, note, step, table } from "./terminal.js"

export const quickstart = (options: {
  /** Whether the server sees the folders of this computer, to import from one. */
  readonly importsFolders: boolean
}) =>
  Effect.gen(function*() {
    const { dimension, documents, model, total } = yield* Docs.load
    yield* line(`   ${total} pages of documentation on SAP Fiori, with vectors by ${model}`)
    const run = (yield* Random.nextIntBetween(0x1000, 0x10000)).toString(16)

    const index = yield* step("Create an index", temporaryIndex(`quickstart-${run}`, dimension))
    const { done, written } = yield* step("Write the documents", upsert(index, documents, total))
    const namespacesWritten = Object.entries(written)
    yield* step(
      "Wait until every read sees them",
      Effect.forEach(
        namespacesWritten,
        ([namespace, { lsn }]) => index.waitForLsn(lsn, { namespace }),
        { concurrency: 4 }
      ).pipe(Effect.andThen(note(`the last writes to ${namespacesWritten.length} namespaces are in`)))
    )

    const tools = "btp-fiori-tools"
    const deploying = yield* byTitle(
      index,
      tools,
      "Deploying SAP Fiori Applications (ABAP, Cloud Foundry, Test Mode)"
    )
    const alike = yield* step(
      `Search: documents like "${deploying.metadata.title}"`,
      searchLike(index, tools, deploying.id)
    )
    const filtered = yield* step(
      "The same, but only the short ones about Cloud Foundry",
      searchLike(
        index,
        tools,
        deploying.id,
        Filter.and(Filter.isIn("tags", ["cloud-foundry", "cloudfoundry"]), Filter.lt("words", 700))
      )
    )

    const draft = yield* byTitle(index, "fiori-development-portal", "Draft Validation")
    const stats = yield* statsOf(index, total)
    const namespaces = byNamespace(stats).map(([name]) => name)
    const everywhere = yield* step(
      `Search in ${namespaces.length} namespaces at once: documents like "${draft.metadata.title}"`,
      index.queryNamespaces({ namespaces, vector: draft.values, topK: 8, includeMetadata: true }).pipe(
        Effect.map(({ matches }) => matches),
        Effect.tap(showMatches)
      )
    )

    const words = "deploy to Cloud Foundry"
    const text = yield* step(
      `Search by words, in an index of documents: "${words}"`,
      Effect.fromNullable(deploying.values).pipe(
        Effect.flatMap((like) => searchText(`quickstart-${run}-text`, words, { dimension, documents, like }))
      )
    )

    const imported = options.importsFolders ?
      yield* step(
        "Import them from Parquet files into a second index",
        importAll(`quickstart-${run}-import`, { dimension, documents, total })
      ) :
      undefined
    if (imported === undefined) {
      yield* heading("Import from Parquet files: skipped")
      yield* note("Pinecone imports from object storage (s3://, gs://); it cannot see a folder of this computer.")
    }

    yield* step(
      "Records by namespace",
      table(
        [{ name: "namespace" }, { name: "upserted", align: "right" }, { name: "imported", align: "right" }],
        [...byNamespace(stats), ["in all", stats.totalVectorCount ?? 0] as const].map(([name, count]) => [
          name,
          count,
          name === "in all" ? imported?.totalVectorCount ?? "-" : imported?.namespaces?.[name]?.vectorCount ?? "-"
        ])
      )
    )
    return { written: done, stats, imported, deploying, alike, filtered, draft, everywhere, text }
  }).pipe(
    Effect.onExit(() => heading("Clean up")),
    Effect.scoped
  )
