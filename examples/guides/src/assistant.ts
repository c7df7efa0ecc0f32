/** An assistant that answers from files, streamed to the terminal with what its answers rest on. */
import { Console, Effect, Random, Stream } from "effect"
import { Assistant, Assistants, FileSource } from "effect-pinecone"
import { documents } from "./documents.js"

/** An assistant that is deleted when the scope closes: at the end, after a failure, and on Ctrl-C. */
const temporaryAssistant = Effect.gen(function*() {
  const assistants = yield* Assistants.Assistants
  const name = `guide-assistant-${(yield* Random.nextIntBetween(0x1000, 0x10000)).toString(16)}`
  yield* Effect.addFinalizer(() =>
    assistants.delete(name).pipe(
      Effect.catchTag("PineconeNotFound", () => Effect.void),
      Effect.catchAll((error) => Console.error(`The assistant ${name} may be left: ${error.message}`))
    )
  )
  yield* assistants.create({ name, instructions: "Answer in two sentences." })
  yield* assistants.waitUntilReady(name)
  return yield* Assistant.make({ name })
})

/** Asks a question, and shows the answer as it is made: the text, and where it stands. */
const ask = (assistant: Assistant.Assistant, question: string) =>
  Effect.gen(function*() {
    yield* Console.log(`\n> ${question}`)
    const sources = new Set<string>()
    let text = ""
    let line = ""
    yield* assistant.chatStream({ messages: [{ role: "user", content: question }] }).pipe(
      Stream.runForEach((event) => {
        switch (event._tag) {
          case "MessageStart":
            return Console.log(`(${event.contextSnippetCount ?? 0} snippets were found)`)
          case "ContentChunk": {
            text += event.delta.content
            const lines = (line + event.delta.content).split("\n")
            line = lines.pop() ?? ""
            return Effect.forEach(lines, (line) => Console.log(line), { discard: true })
          }
          case "Citation":
            return Effect.sync(() => {
              for (const { file } of event.citation.references) if (file !== undefined) sources.add(file.name)
            })
          case "MessageEnd":
            return Console.log(
              `${line}\n(${event.usage?.totalTokens ?? 0} tokens; from ${[...sources].join(", ") || "no file"})`
            )
        }
      })
    )
    return { text, sources: [...sources] }
  })

export const program = Effect.gen(function*() {
  const assistant = yield* temporaryAssistant

  const pages = documents.pipe(
    Stream.filter(({ fields }) => fields.title.includes("Draft"))
  )
  const files = yield* pages.pipe(
    Stream.mapEffect(
      ({ fields: { text, title }, id }) => {
        const file = FileSource.fromBytes(`${title.replace(/[^\w ]+/g, "")}.md`, new TextEncoder().encode(text))
        return assistant.files.upsertAndWait(id.replace(/[^\w-]+/g, "-").slice(0, 128), file, { metadata: { title } })
      },
      { concurrency: 2 }
    ),
    Stream.tap(({ name, size }) => Console.log(`${name}: ${size ?? 0} bytes`)),
    Stream.runCollect
  )

  const answer = yield* ask(assistant, "How can users toggle between the draft and the saved values?")
  const { snippets } = yield* assistant.context({ query: "discarding a draft", topK: 3 })
  yield* Console.log(`\nFor a model of your own, ${snippets.length} snippets on discarding a draft:`)
  yield* Effect.forEach(
    snippets,
    ({ reference, score }) => Console.log(`  ${score.toFixed(3)}  ${reference.file.name}`),
    { discard: true }
  )
  return { files: Array.from(files), answer, snippets }
}).pipe(Effect.scoped, Effect.provide(Assistants.layer))
