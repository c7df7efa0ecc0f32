/** Documents found by what they mean and by their words, and put in order by a reranker. */
import { Console, Effect } from "effect"
import { Inference } from "effect-pinecone"
import { fill, modelOf, type TextIndex, textIndex, topicOf } from "./documents.js"
import { questions } from "./questions.js"

/** How many each of the two searches finds. */
const candidates = 20

/** Asks both indexes, and lets a reranker put what either has found in order. */
export const search = (dense: TextIndex, sparse: TextIndex, question: string, topN: number) =>
  Effect.gen(function*() {
    const inference = yield* Inference.Inference
    const model = yield* modelOf("rerank")
    const [byMeaning, byWords] = yield* Effect.all([
      dense.searchRecords({ text: topicOf(question), topK: candidates }),
      sparse.searchRecords({ text: question, topK: candidates })
    ], { concurrency: 2 })
    const found = new Map([...byMeaning.hits, ...byWords.hits].map(({ fields, id }) => [id, { id, ...fields }]))
    const { ranked } = yield* inference.rerank({
      model,
      query: question,
      documents: Array.from(found.values()),
      rankFields: ["text"],
      topN
    })
    return ranked
  })

export const program = Effect.gen(function*() {
  const dense = yield* textIndex("dense", "dense")
  const sparse = yield* textIndex("sparse", "sparse")
  const stored = yield* Effect.all([fill(dense), fill(sparse)])

  yield* Console.log(`Asking ${questions.length} questions.`)
  const found = yield* Effect.forEach(
    questions,
    ({ answers, question }) =>
      Effect.map(search(dense, sparse, question, 5), (ranked) => ({
        question,
        ranked,
        rank: ranked.findIndex(({ document }) => answers.includes(document.id))
      })),
    { concurrency: 4 }
  )

  for (const { question, rank, ranked } of found.slice(0, 5)) {
    yield* Console.log(`\n${question}`)
    for (const { document, score } of ranked.slice(0, 3)) {
      yield* Console.log(`  ${score.toFixed(3)}  ${document.title}`)
    }
    yield* Console.log(rank < 0 ? "  (the page that answers it is not among the first five)" : `  place ${rank + 1}`)
  }
  const right = found.filter(({ rank }) => rank >= 0).length
  yield* Console.log(`\n${right} of ${found.length} questions have the right page among the first five.`)
  return { stored, right, missed: found.filter(({ rank }) => rank < 0).map(({ question }) => question) }
}).pipe(Effect.scoped)
