/** The assistant package against the embedded server, in the process and over a socket. */
import * as Assistant from "@effect-pinecone/assistant/Assistant"
import * as Assistants from "@effect-pinecone/assistant/Assistants"
import * as Evaluation from "@effect-pinecone/assistant/Evaluation"
import * as FileSource from "@effect-pinecone/assistant/FileSource"
import type { PineconeHttpClient } from "@effect-pinecone/http/PineconeHttpClient"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, layer } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type * as PineconeLocal from "../src/PineconeLocal.js"
import { freshName, inProcess, overHttp } from "./utils/pinecone.js"

const bytes = (text: string) => new TextEncoder().encode(text)

const moon = FileSource.fromBytes(
  "moon.txt",
  bytes(
    "The Moon is the only natural satellite of the Earth.\n\n" +
      "Its diameter is 3,474 kilometres, about a quarter of the Earth's.\n\n" +
      "It takes 27.3 days to go around the Earth once."
  )
)

const bread = FileSource.fromStream(
  "bread.md",
  Stream.make("# Bread\n\n", "A loaf needs 500 grams of flour, 350 grams of water, salt and yeast.\n").pipe(
    Stream.encodeText
  )
)

const question = { role: "user", content: "How long does the Moon take to go around the Earth?" }

/** An assistant that is gone with the scope. */
const assistant = Effect.gen(function*() {
  const assistants = yield* Assistants.Assistants
  const name = freshName("assistant")
  yield* assistants.create({ name, instructions: "Be short.", metadata: { team: "test" }, region: "eu" })
  yield* Effect.addFinalizer(() => Effect.ignore(assistants.delete(name)))
  return yield* Assistant.make({ name })
})

const all = <A, E, R>(stream: Stream.Stream<A, E, R>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

const servers: Readonly<Record<string, Layer.Layer<PineconeHttpClient, PineconeLocal.StartError>>> = {
  "in the process": inProcess(),
  "over a socket": overHttp()
}

for (const [where, server] of Object.entries(servers)) {
  layer(Layer.provideMerge(Layer.merge(Assistants.layer, Evaluation.layer()), server), { excludeTestServices: true })(
    `the assistant client, ${where}`,
    (it) => {
      it.scoped("an assistant is created, listed, changed and deleted", () =>
        Effect.gen(function*() {
          const assistants = yield* Assistants.Assistants
          const { name } = yield* assistant
          const found = yield* assistants.waitUntilReady(name)
          assert.deepStrictEqual([found.instructions, found.metadata, found.region], [
            "Be short.",
            { team: "test" },
            "eu"
          ])
          const other = freshName("assistant")
          yield* assistants.create({ name: other })
          const names = yield* all(Stream.map(assistants.listStream({ limit: 1 }), ({ name }) => name))
          assert.includeMembers([...names], [name, other])
          const taken = yield* Effect.flip(assistants.create({ name: other }))
          assert.strictEqual(taken._tag, "PineconeAlreadyExists")
          const changed = yield* assistants.update(name, { instructions: "Be very short." })
          assert.deepStrictEqual([changed.assistantName, changed.instructions], [name, "Be very short."])
          yield* assistants.delete(other)
          yield* assistants.waitUntilGone(other)
          const gone = yield* Effect.flip(Effect.flatMap(Assistant.make({ name: other }), ({ files }) => files.list()))
          assert.deepStrictEqual([gone._tag, gone.assistant], ["PineconeNotFound", other])
        }))

      it.scoped("files are sent, followed, listed, replaced and deleted", () =>
        Effect.gen(function*() {
          const { files, operations } = yield* assistant
          const reports = yield* all(files.uploadProgress(bread, { metadata: { topic: "food" } }))
          assert.deepInclude(reports.find(({ _tag }) => _tag === "Sending"), { _tag: "Sending" })
          const last = reports.at(-1)
          assert.isTrue(last?._tag === "Available" && last.file.name === "bread.md" && last.file.status === "Available")
          const stored = yield* files.upsertAndWait("moon", moon, { metadata: { topic: "space" } })
          assert.deepStrictEqual([stored.id, stored.status, stored.metadata], ["moon", "Available", { topic: "space" }])
          const inSpace = yield* all(files.listStream({ filter: Filter.eq("topic", "space") }))
          assert.deepStrictEqual(inSpace.map(({ id }) => id), ["moon"])
          assert.strictEqual((yield* all(files.listStream({ limit: 1 }))).length, 2)

          const replacing = yield* files.upsert("moon", FileSource.fromBytes("moon.txt", bytes("The Moon is far.")))
          const replaced = yield* operations.waitUntilCompleted(replacing.id)
          assert.deepStrictEqual([replaced.operationType, replaced.fileId, replaced.percentComplete], [
            "upsert_file",
            "moon",
            100
          ])
          const { signedUrl, size } = yield* files.describe("moon", { includeUrl: true })
          assert.strictEqual(size, "The Moon is far.".length)
          if (where === "over a socket" && signedUrl !== undefined) {
            const content = yield* Effect.flatMap(HttpClient.get(Redacted.value(signedUrl)), ({ text }) => text)
            assert.strictEqual(content, "The Moon is far.")
          }
          const deletion = yield* files.delete("moon")
          assert.isDefined(deletion)
          yield* files.waitUntilGone("moon")
          const deletions = yield* operations.list({ operationType: "delete_file" })
          assert.deepStrictEqual(deletions.operations.map(({ id }) => id), [deletion?.id])

          const broken = FileSource.fromBytes("broken.pdf", bytes("no PDF"))
          const failed = yield* Effect.flip(files.uploadAndWait(broken))
          assert.strictEqual(failed._tag, "PineconeOperationFailed")
          const refused = yield* Effect.flip(files.upload(FileSource.fromBytes("program.exe", bytes("MZ"))))
          assert.strictEqual(refused._tag, "PineconeInvalidRequest")
        }).pipe(Effect.provide(FetchHttpClient.layer)))

      it.scoped("a streamed answer is the whole one, with its citations", () =>
        Effect.gen(function*() {
          const support = yield* assistant
          yield* support.files.upsertAndWait("moon", moon)
          const whole = yield* support.chat({ messages: [question], includeHighlights: true })
          assert.include(whole.message.content, "27.3 days")
          assert.strictEqual(whole.citations[0]?.references[0]?.file?.id, "moon")
          assert.include(whole.citations[0]?.references[0]?.highlight?.content, "27.3 days")

          const events = yield* all(support.chatStream({ messages: [question, whole.message, question] }))
          assert.deepStrictEqual([events[0]?._tag, events.at(-1)?._tag], ["MessageStart", "MessageEnd"])
          const text = events.flatMap((event) => event._tag === "ContentChunk" ? [event.delta.content] : []).join("")
          assert.strictEqual(text, whole.message.content)
          const cited = events.flatMap((event) => event._tag === "Citation" ? [event.citation.position] : [])
          assert.deepStrictEqual(cited, whole.citations.map(({ position }) => position))

          const completion = yield* support.chatCompletions({ messages: [question] })
          const chunks = yield* all(support.chatCompletionsStream({ messages: [question] }))
          assert.strictEqual(
            chunks.map(({ choices }) => choices[0]?.delta?.content ?? "").join(""),
            completion.choices[0]?.message.content
          )
          assert.strictEqual(chunks.at(-1)?.choices[0]?.finishReason, "stop")

          const { snippets } = yield* support.context({ query: question.content, topK: 1 })
          assert.isTrue(snippets[0]?.type === "text" && snippets[0].content.includes("27.3 days"))
          const elsewhere = yield* support.context({ query: question.content, filter: Filter.eq("topic", "food") })
          assert.deepStrictEqual(elsewhere.snippets, [])
        }))

      it.effect("answers are evaluated", () =>
        Effect.gen(function*() {
          const evaluation = yield* Evaluation.Evaluation
          const evaluate = (answer: string) =>
            Effect.map(
              evaluation.alignment({
                question: "What is the capital city of Spain?",
                answer,
                groundTruthAnswer: "The capital city of Spain is Madrid."
              }),
              ({ metrics }) => metrics.alignment
            )
          const [right, wrong] = yield* Effect.all([
            evaluate("The capital city of Spain is Madrid."),
            evaluate("Nobody knows.")
          ])
          assert.isAbove(right, wrong)
        }))
    }
  )
}
