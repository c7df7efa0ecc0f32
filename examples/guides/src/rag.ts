/** Retrieval for a language model: the passages that answer a question, and the prompt made of them. */
import { Console, Effect, Stream } from "effect"
import { Inference } from "effect-pinecone"
import { documents, modelOf, shown, textIndex } from "./documents.js"

/** So many passages are looked at, and so many of them are given to the model. */
const candidates = 20
const given = 3

/** About so many characters are a passage. */
const passageLength = 800

/** The paragraphs of a text, put together until they are as long as a passage: a short text is one as it is. */
export const passages = (text: string): ReadonlyArray<string> => {
  if (text.length <= passageLength) return [text]
  const found: Array<string> = []
  for (const paragraph of text.split(/\n{2,}/).map((part) => part.trim()).filter((part) => part !== "")) {
    const last = found.at(-1)
    if (last !== undefined && last.length + paragraph.length < passageLength) {
      found[found.length - 1] = `${last}\n${paragraph}`
    } else found.push(paragraph)
  }
  return found
}

/** What a language model is asked: the question, and what it may answer from. */
export const promptOf = (question: string, sources: ReadonlyArray<{ readonly title: string; readonly text: string }>) =>
  [
    "Answer the question from the sources alone, and name the sources that you use as [1], [2], …",
    ...sources.map(({ text, title }, i) => `[${i + 1}] ${title}\n${text}`),
    `Question: ${question}`
  ].join("\n\n")

export const program = Effect.gen(function*() {
  const inference = yield* Inference.Inference
  const model = yield* modelOf("rerank")
  const index = yield* textIndex("rag", "dense")

  // A passage is a record, so that what is found is short enough for a prompt.
  const stored = yield* documents.pipe(
    Stream.filter(({ id }) => id.includes("sapui5")),
    Stream.mapConcat(({ fields, id }) =>
      passages(fields.text).slice(0, 2).map((text, i) => ({
        id: `${id}#${i}`,
        fields: { title: fields.title, about: text, text }
      }))
    ),
    (records) => shown(index.upsertRecordsProgress(records, { batchSize: 48 }))
  )
  yield* index.waitForLsn(stored.lsn)
  yield* Console.log(`${stored.records} passages.`)

  const question = "How can users switch between the draft and the saved version of an object?"
  const { hits } = yield* index.searchRecords({ text: question, topK: candidates })
  const { ranked } = yield* inference.rerank({
    model,
    query: question,
    documents: hits.map(({ fields }) => fields),
    topN: given
  })
  const prompt = promptOf(question, ranked.map(({ document }) => document))
  yield* Console.log(`\n${prompt}`)
  return { stored, sources: ranked.map(({ document }) => document.title), prompt }
}).pipe(Effect.scoped)
