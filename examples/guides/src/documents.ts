/** What the guides to text share: documents in text form, and indexes that embed them. */
import { FileSystem, Path } from "@effect/platform"
import { getEmbeddingsPath } from "@sap-ux/fiori-docs-embeddings"
import { Array, Console, Effect, Option, Random, Schema, Stream } from "effect"
import { Indexes, Inference, VectorIndex } from "effect-pinecone"
import type { Ingest, VectorRecord } from "effect-pinecone"
import { elapsed, total } from "./common.js"

/** The fields of a document: `about` is its title and its tags, `text` its beginning. */
export const Fields = Schema.Struct({ title: Schema.String, about: Schema.String, text: Schema.String })

export type Document = VectorRecord.TextRecord<typeof Fields.Type>

/** So much of a page is stored. */
const length = 800

/** The pages have a few characters as references of HTML, such as `&#10;`. */
const plain = (content: string): string =>
  content.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))).replace(/&lt;/g, "<").replace(
    /&gt;/g,
    ">"
  )

const tagsOf = (content: string): string => /^\*\*TAGS\*\*: *(.*)$/m.exec(content)?.[1] ?? ""

const Line = Schema.parseJson(Schema.Struct({ id: Schema.String, title: Schema.String, content: Schema.String }))

/** 778 pages of documentation on SAP Fiori, of the npm package `@sap-ux/fiori-docs-embeddings`, as text. */
export const documents: Stream.Stream<Document, unknown, FileSystem.FileSystem | Path.Path> = Stream.unwrap(
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    return fs.stream(path.join(getEmbeddingsPath(), "records.jsonl")).pipe(
      Stream.decodeText(),
      Stream.splitLines,
      Stream.filter((line) => line !== ""),
      Stream.mapEffect(Schema.decode(Line)),
      Stream.map(({ content, id, title }): Document => ({
        id,
        fields: { title, about: `${title}. ${tagsOf(content)}`, text: `${title}\n${plain(content)}`.slice(0, length) }
      }))
    )
  })
)

/** The first model of a kind that the server has. */
export const modelOf = (kind: "dense" | "sparse" | "rerank") =>
  Effect.gen(function*() {
    const inference = yield* Inference.Inference
    const models = yield* inference.listModels(
      kind === "rerank" ? { type: "rerank" } : { type: "embed", vectorType: kind }
    )
    const { model } = yield* Option.match(Array.head(models), {
      onNone: () => Effect.die(new Error(`the server has no ${kind} model`)),
      onSome: Effect.succeed
    })
    return model
  })

/**
 * What is embedded: by a dense model a few words that say what a page is about, by a sparse one all the words that there are.
 */
const embedded = { dense: "about", sparse: "text" } as const

/** What a question is about. That it is a question says nothing of the pages, and would count as much as the rest. */
export const topicOf = (question: string): string =>
  question.replace(/^(how (do|can|could) (i|we|users)( let users)?|can i|which)\s+/i, "").replace(/\?$/, "")

/** An index that embeds the text of its records by a model of the server, and is deleted when the scope closes. */
export const textIndex = (label: string, vectorType: "dense" | "sparse") =>
  Effect.gen(function*() {
    const indexes = yield* Indexes.Indexes
    const model = yield* modelOf(vectorType)
    const name = `guide-${label}-${(yield* Random.nextIntBetween(0x1000, 0x10000)).toString(16)}`
    yield* Effect.addFinalizer(() =>
      indexes.delete(name).pipe(
        Effect.catchTag("PineconeNotFound", () => Effect.void),
        Effect.catchAll((error) => Console.error(`The index ${name} may be left: ${error.message}`))
      )
    )
    yield* indexes.createForModel({
      name,
      cloud: "aws",
      region: "us-east-1",
      embed: { model, fieldMap: { text: embedded[vectorType] } }
    })
    yield* indexes.waitUntilReady(name)
    yield* Console.log(`${name} embeds by ${model}.`)
    return yield* VectorIndex.makeTyped({ name, metadata: Fields })
  })

export type TextIndex = Effect.Effect.Success<ReturnType<typeof textIndex>>

/** Runs a write to its end, and prints each report on the way: embedding a batch takes the embedded server some seconds. */
export const shown = <E, R>(reports: Stream.Stream<Ingest.Progress<unknown>, E, R>, total?: number) =>
  reports.pipe(
    Stream.tap(({ elapsed: time, records }) =>
      Console.log(
        `  ${records}${total === undefined ? "" : ` of ${total}`} embedded and stored, after ${elapsed(time)}`
      )
    ),
    Stream.runLast,
    Effect.flatten
  )

/** Writes all documents, and waits until they can be found. */
export const fill = (index: TextIndex) =>
  Effect.gen(function*() {
    const stored = yield* shown(index.upsertRecordsProgress(documents, { batchSize: 48 }), total)
    yield* index.waitForLsn(stored.lsn)
    yield* Console.log(`${stored.records} documents in ${stored.requests} requests.`)
    return stored
  })
