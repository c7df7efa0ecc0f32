/** Documents found by what they mean: an index that embeds texts itself. */
import { Console, Effect } from "effect"
import { fill, textIndex, topicOf } from "./documents.js"
import { questions } from "./questions.js"

export const program = Effect.gen(function*() {
  const index = yield* textIndex("semantic", "dense")
  const stored = yield* fill(index)

  yield* Console.log(`Asking ${questions.length} questions.`)
  const found = yield* Effect.forEach(
    questions,
    ({ answers, question }) =>
      Effect.map(index.searchRecords({ text: topicOf(question), topK: 5, fields: ["title"] }), ({ hits }) => ({
        question,
        hits,
        rank: hits.findIndex(({ id }) => answers.includes(id))
      })),
    { concurrency: 4 }
  )

  for (const { hits, question, rank } of found.slice(0, 5)) {
    yield* Console.log(`\n${question}`)
    for (const { fields, score } of hits.slice(0, 3)) yield* Console.log(`  ${score.toFixed(3)}  ${fields.title}`)
    yield* Console.log(rank < 0 ? "  (the page that answers it is not among the first five)" : `  place ${rank + 1}`)
  }
  const right = found.filter(({ rank }) => rank >= 0).length
  yield* Console.log(`\n${right} of ${found.length} questions have the right page among the first five.`)
  return { stored, right, missed: found.filter(({ rank }) => rank < 0).map(({ question }) => question) }
}).pipe(Effect.scoped)
