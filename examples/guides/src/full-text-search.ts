/** Documents found by their words, by what they mean, and by both. */
import { FileSystem, Path } from "@effect/platform"
import { getEmbeddingsPath } from "@sap-ux/fiori-docs-embeddings"
import { Console, Effect, Random, Schema, Stream } from "effect"
import { DocumentIndex, Filter, Indexes, IndexSchema, QueryString, Score } from "effect-pinecone"
import { elapsed, total } from "./common.js"
import { modelOf, topicOf } from "./documents.js"
import { byMeaning, byWords } from "./moreQuestions.js"
import type { Question } from "./questions.js"
import { questions } from "./questions.js"

const words = { language: "en", stemming: true, stopWords: true } as const

/** What the documents have: two texts whose words are found, and one that the index embeds. */
const fieldsOf = (model: string) => ({
  title: IndexSchema.text(words),
  body: IndexSchema.text(words),
  about: IndexSchema.embeddedText({ embed: { model }, storeText: false })
})

const Metadata = Schema.Struct({ source: Schema.String, tags: Schema.Array(Schema.String) })

const articles = (name: string, model: string) =>
  DocumentIndex.make({ name, fields: fieldsOf(model), metadata: Metadata })

type Articles = Effect.Effect.Success<ReturnType<typeof articles>>

/** A text has at most 100 KB and 10,000 words; a few pages are longer. */
const length = 40_000

const Line = Schema.parseJson(Schema.Struct({
  id: Schema.String,
  title: Schema.String,
  category: Schema.String,
  content: Schema.String,
  tags_json: Schema.parseJson(Schema.Array(Schema.String))
}))

/** 778 pages of documentation in full text, with their titles and tags. */
const pages = Stream.unwrap(Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return fs.stream(path.join(getEmbeddingsPath(), "records.jsonl")).pipe(
    Stream.decodeText(),
    Stream.splitLines,
    Stream.filter((line) => line !== ""),
    Stream.mapEffect(Schema.decode(Line)),
    Stream.map(({ category, content, id, tags_json, title }) => ({
      _id: id,
      title,
      body: content.slice(0, length),
      about: `${title}. ${tags_json.join(", ")}`,
      source: category,
      tags: tags_json
    }))
  )
}))

const texts = ["title", "body"] as const

/** The three ways to ask, each with the ids that it finds, the best first. */
const ways = {
  "by words": (index: Articles, question: string) =>
    Effect.map(
      index.search({ scoreBy: Score.text(texts, question), topK: 5 }),
      ({ matches }) => matches.map(({ document }) => document._id)
    ),
  "by meaning": (index: Articles, question: string) =>
    Effect.map(
      index.search({ scoreBy: Score.embed("about", topicOf(question)), topK: 5 }),
      ({ matches }) => matches.map(({ document }) => document._id)
    ),
  "by both": (index: Articles, question: string) =>
    Effect.map(
      index.hybrid({ text: Score.text(texts, question), vector: Score.embed("about", topicOf(question)), topK: 5 }),
      ({ matches }) => matches.map(({ document }) => document._id)
    )
}

/** How many of the questions have a right page among the first five. */
const right = (index: Articles, way: keyof typeof ways, asked: ReadonlyArray<Question>) =>
  Effect.map(
    Effect.forEach(asked, ({ answers, question }) =>
      Effect.map(ways[way](index, question), (ids) => ids.some((id) => answers.includes(id))), { concurrency: 4 }),
    (found) =>
      found.filter((is) =>
        is
      ).length
  )

const sets = {
  "the guides' questions": questions,
  "other words than the page's": byMeaning,
  "the page's words": byWords
}

export const program = Effect.gen(function*() {
  const indexes = yield* Indexes.Indexes
  const model = yield* modelOf("dense")
  const name = `guide-articles-${(yield* Random.nextIntBetween(0x1000, 0x10000)).toString(16)}`
  yield* Effect.addFinalizer(() =>
    indexes.delete(name).pipe(
      Effect.catchTag("PineconeNotFound", () => Effect.void),
      Effect.catchAll((error) => Console.error(`The index ${name} may be left: ${error.message}`))
    )
  )
  const index = yield* articles(name, model)
  yield* indexes.ensure({ name, schema: index.schema })
  yield* Console.log(`${name} has two fields of text, and one that it embeds by ${model}.`)

  const stored = yield* index.upsertProgress(pages, { batchSize: 48 }).pipe(
    Stream.tap(({ elapsed: time, records }) => Console.log(`  ${records} of ${total} stored, after ${elapsed(time)}`)),
    Stream.runLast,
    Effect.flatten
  )

  const { matches } = yield* index.search({
    scoreBy: Score.queryString(
      QueryString.and(
        QueryString.field("title", QueryString.phrase("object page")),
        QueryString.field("body", QueryString.or(QueryString.term("header"), QueryString.term("facet")))
      )
    ),
    filter: Filter.and(Filter.matchAny("body", "micro chart"), Filter.exists("source")),
    topK: 3,
    includeFields: ["title", "source"]
  })
  yield* Console.log("\nObject pages with a header or a facet, which speak of micro charts:")
  for (const { document, score } of matches) {
    yield* Console.log(`  ${score?.toFixed(2)}  ${document.title} (${document.source})`)
  }

  const found: Record<string, Record<string, number>> = {}
  for (const [label, asked] of Object.entries(sets)) {
    yield* Console.log(`\n${asked.length} questions, ${label}: a right page among the first five`)
    for (const way of Object.keys(ways) as ReadonlyArray<keyof typeof ways>) {
      const count = yield* right(index, way, asked)
      found[label] = { ...found[label], [way]: count }
      yield* Console.log(`  ${way.padEnd(10)} ${count}`)
    }
  }
  return { stored, matches, found }
}).pipe(Effect.scoped)
