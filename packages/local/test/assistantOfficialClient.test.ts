/** The official TypeScript client, and the assistants of the embedded server. */
import { afterAll, assert, beforeAll, describe, expect, it } from "@effect/vitest"
import { Errors, Pinecone } from "@pinecone-database/pinecone"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Fs from "node:fs"
import * as Os from "node:os"
import * as Path from "node:path"
import { Readable } from "node:stream"
import { setImmediate } from "node:timers/promises"
import * as PineconeLocal from "../src/PineconeLocal.js"
import { pdf } from "./utils/pdf.js"
import { freshName } from "./utils/pinecone.js"

const apiKey = "a-key-of-the-server"

const runtime = ManagedRuntime.make(PineconeLocal.layerServer({ port: 0, apiKeys: [Redacted.make(apiKey)] }))

const folder = Fs.mkdtempSync(Path.join(Os.tmpdir(), "official-assistant-"))

let url = ""
let pinecone: Pinecone

/** Answers are evaluated at an address that the client has built in. */
const redirecting: typeof fetch = (input, init) =>
  fetch(typeof input === "string" ? input.replace("https://prod-1-data.ke.pinecone.io", url) : input, init)

beforeAll(async () => {
  url = (await runtime.runPromise(PineconeLocal.PineconeLocal)).url
  pinecone = new Pinecone({ apiKey, controllerHostUrl: url, maxRetries: 0, fetchApi: redirecting })
})

afterAll(async () => {
  await runtime.dispose()
  Fs.rmSync(folder, { recursive: true, force: true })
})

const planets = pdf([
  [["Mercury is the smallest planet of the solar system."]],
  [["Jupiter is the largest planet of the solar system.", "Jupiter has 95 known moons."]]
])

const freshAssistant = async () => {
  const name = freshName("official")
  await pinecone.createAssistant({ name, instructions: "Be brief.", metadata: { team: "search" }, region: "us" })
  return { name, assistant: pinecone.assistant({ name }) }
}

type Assistant = ReturnType<Pinecone["assistant"]>

/** The operation, once it has come to its end. */
const ended = async (assistant: Assistant, id: string) => {
  for (;;) {
    const operation = await assistant.describeOperation(id)
    if (operation.status !== "Processing") return operation
    await setImmediate()
  }
}

const uploaded = async (assistant: Assistant, options: Parameters<Assistant["uploadFile"]>[0]) => {
  const { id } = await assistant.uploadFile(options)
  const operation = await ended(assistant, id)
  expect(operation).toMatchObject({ status: "Completed", percentComplete: 100, operationType: "upload_file" })
  return operation.fileId ?? assert.fail("no file id")
}

describe("the official client", () => {
  it("creates, describes, updates, lists and deletes assistants", async () => {
    const { name } = await freshAssistant()
    const described = await pinecone.describeAssistant(name)
    expect(described).toMatchObject({
      name,
      instructions: "Be brief.",
      metadata: { team: "search" },
      status: "Ready",
      host: url,
      region: "us"
    })
    expect(described.createdAt).toBeInstanceOf(Date)
    expect(await pinecone.updateAssistant({ name, instructions: "Be kind." })).toMatchObject({
      assistantName: name,
      instructions: "Be kind."
    })
    expect((await pinecone.listAssistants()).assistants?.map((assistant) => assistant.name)).toContain(name)
    await pinecone.deleteAssistant(name)
    await expect(pinecone.describeAssistant(name)).rejects.toBeInstanceOf(Errors.PineconeNotFoundError)
  })

  it("uploads a path, a buffer, a blob and a stream, with metadata", async () => {
    const { assistant } = await freshAssistant()
    const path = Path.join(folder, "from-a-path.md")
    Fs.writeFileSync(path, "# Tea\n\nGreen tea is steeped for two minutes.\n")
    await uploaded(assistant, { path, metadata: { topic: "tea", year: 2020 } })
    await uploaded(assistant, { file: Buffer.from("Black tea is steeped for four minutes."), fileName: "buffer.txt" })
    await uploaded(assistant, { file: new Blob(["{\"white tea\": \"three minutes\"}"]), fileName: "blob.json" })
    await uploaded(assistant, {
      file: Readable.from([Buffer.from("Rooibos is steeped "), Buffer.from("for six minutes.")]),
      fileName: "stream.txt",
      metadata: { topic: "rooibos" }
    })
    const { files } = await assistant.listFiles()
    expect(files?.map(({ metadata, name, status }) => [name, status, metadata ?? undefined])).toEqual([
      ["from-a-path.md", "Available", { topic: "tea", year: 2020 }],
      ["buffer.txt", "Available", undefined],
      ["blob.json", "Available", undefined],
      ["stream.txt", "Available", { topic: "rooibos" }]
    ])
    const filtered = await assistant.listFiles({ filter: { topic: "rooibos" } })
    expect(filtered.files?.map(({ name }) => name)).toEqual(["stream.txt"])
  })

  it("describes a file with its address, replaces it and deletes it", async () => {
    const { assistant } = await freshAssistant()
    const first = await assistant.upsertFile({
      assistantFileId: "planets",
      file: Buffer.from(planets),
      fileName: "planets.pdf"
    })
    expect(first).toMatchObject({ operationType: "upsert_file", fileId: "planets", status: "Processing" })
    await ended(assistant, first.id)
    const file = await assistant.describeFile("planets")
    expect(file).toMatchObject({ id: "planets", name: "planets.pdf", status: "Available", size: planets.length })
    const response = await fetch(file.signedUrl ?? assert.fail("no address"))
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(planets)

    const deleted = await assistant.deleteFile("planets")
    expect(deleted).toMatchObject({ operationType: "delete_file", fileId: "planets" })
    await ended(assistant, deleted.id)
    await expect(assistant.describeFile("planets")).rejects.toBeInstanceOf(Errors.PineconeNotFoundError)
    const { operations } = await assistant.listOperations()
    expect(operations?.map(({ operationType, status }) => [operationType, status])).toEqual([
      ["delete_file", "Completed"],
      ["upsert_file", "Completed"]
    ])
  })

  it("chats, whole and streamed, with citations of the right page", async () => {
    const { assistant } = await freshAssistant()
    await uploaded(assistant, { file: Buffer.from(planets), fileName: "planets.pdf" })
    const messages = [{ role: "user", content: "How many moons does Jupiter have?" }]
    const chat = await assistant.chat({ messages, includeHighlights: true })
    expect(chat.message?.content).toContain("“Jupiter has 95 known moons.”")
    expect(chat.finishReason).toBe("stop")
    const reference = chat.citations?.[0]?.references?.[0]
    expect(reference).toMatchObject({
      file: { name: "planets.pdf" },
      pages: [2],
      highlight: { type: "text", content: "Jupiter has 95 known moons." }
    })

    let content = ""
    const types: Array<string> = []
    const positions: Array<number> = []
    for await (const chunk of await assistant.chatStream({ messages })) {
      types.push(chunk.type)
      if (chunk.type === "content_chunk") content += chunk.delta.content
      if (chunk.type === "citation") {
        positions.push(chunk.citation.position)
        expect(chunk.citation.references[0]?.pages).toEqual([2])
      }
    }
    expect(content).toBe(chat.message?.content)
    expect(positions).toEqual(chat.citations?.map(({ position }) => position))
    expect([types[0], types.at(-1)]).toEqual(["message_start", "message_end"])
  })

  it("asks for completions, whole and streamed", async () => {
    const { assistant } = await freshAssistant()
    await uploaded(assistant, { file: Buffer.from(planets), fileName: "planets.pdf" })
    const messages = ["Which is the smallest planet of the solar system?"]
    const { choices } = await assistant.chatCompletion({ messages })
    const content = choices?.[0]?.message?.content ?? assert.fail("no content")
    expect(content).toContain("[1, p. 1]")
    let streamed = ""
    for await (const chunk of await assistant.chatCompletionStream({ messages })) {
      streamed += chunk.choices[0]?.delta.content ?? ""
    }
    expect(streamed).toBe(content)
  })

  it("retrieves context", async () => {
    const { assistant } = await freshAssistant()
    await uploaded(assistant, { file: Buffer.from(planets), fileName: "planets.pdf" })
    const { snippets, usage } = await assistant.context({ query: "the largest planet", topK: 2, snippetSize: 512 })
    expect(snippets[0]).toMatchObject({
      type: "text",
      reference: { type: "pdf", file: { name: "planets.pdf" }, pages: [1, 2] }
    })
    expect(usage.totalTokens).toBeGreaterThan(0)
  })

  it("evaluates answers", async () => {
    const alignment = await pinecone.evaluate({
      question: "Which is the largest planet?",
      answer: "Mercury.",
      groundTruth: "Jupiter."
    })
    expect(alignment.metrics).toEqual({ correctness: 0, completeness: 0, alignment: 0 })
    expect(alignment.reasoning.evaluatedFacts).toEqual([{ fact: { content: "Jupiter." }, entailment: "contradicted" }])
  })

  it("is told what was wrong", async () => {
    const { assistant, name } = await freshAssistant()
    await expect(pinecone.createAssistant({ name })).rejects.toBeInstanceOf(Errors.PineconeConflictError)
    await expect(assistant.uploadFile({ file: Buffer.from("x"), fileName: "x.exe" })).rejects
      .toBeInstanceOf(Errors.PineconeBadRequestError)
    await expect(assistant.context({ query: "x", topK: 100 })).rejects.toBeInstanceOf(Errors.PineconeBadRequestError)
    const broken = await assistant.uploadFile({ file: Buffer.from("%PDF-"), fileName: "broken.pdf" })
    const operation = await ended(assistant, broken.id)
    expect(operation.status).toBe("Failed")
    expect(operation.errorMessage).toMatch(/^The PDF cannot be read/)
  })
})
