/** Assistants of the embedded server: their files, what they answer from them, and where they say that it is from. */
import * as Chat from "@effect-pinecone/schema/Chat"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { strToU8, zipSync } from "fflate"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { TestClock } from "../../../scripts/testing/clock.js"
import type * as assistants from "./utils/assistants.js"
import type {
  Page,
  WireAssistant,
  WireChat,
  WireContext,
  WireError,
  WireFile,
  WireOperation
} from "./utils/assistants.js"
import { ask, assistantWith, cited, del, ended, get, patch, post, sendFile, upload } from "./utils/assistants.js"
import { Control, inProcess, servers } from "./utils/bothProtocols.js"
import { pdf } from "./utils/pdf.js"
import { freshName } from "./utils/pinecone.js"

const guide = (name: string) => ({
  name,
  content: readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8")
})

const moon = {
  name: "moon.txt",
  content: [
    "The Moon is the only natural satellite of the Earth.",
    "",
    "Its diameter is 3,474 kilometres, about a quarter of the Earth's.",
    "",
    "It takes 27.3 days to go around the Earth once."
  ].join("\n")
}

const bread = {
  name: "bread.md",
  content: [
    "# Bread",
    "",
    "## Ingredients",
    "",
    "A loaf needs 500 grams of flour, 350 grams of water, salt and yeast.",
    "",
    "## Baking",
    "",
    "Bake the loaf for 40 minutes in an oven of 230 degrees."
  ].join("\n")
}

/** Three pages, each about another animal. */
const animals = {
  name: "animals.pdf",
  content: pdf([
    [["The elephant is the largest land animal.", "It eats grass, bark and fruit."]],
    [["The blue whale is the largest animal that has ever lived.", "A blue whale eats krill: four tons on one day."]],
    [["The hummingbird beats its wings fifty times in each sec-", "ond, and drinks the nectar of flowers."]]
  ])
}

for (const [where, server] of Object.entries(servers)) {
  layer(server())(`assistants, ${where}`, (it) => {
    describe("assistants", () => {
      it.effect("are created, described, listed by pages, changed and deleted", () =>
        Effect.gen(function*() {
          const url = yield* Control
          const names = [freshName("listed"), freshName("listed"), freshName("listed")]
          const created = yield* post<WireAssistant>("/assistants", {
            name: names[0],
            instructions: "Be brief.",
            metadata: { team: "search" },
            region: "eu"
          })
          assert.strictEqual(created.status, 200)
          const { created_at, updated_at, ...rest } = created.json
          assert.deepStrictEqual(rest, {
            name: names[0]!,
            instructions: "Be brief.",
            metadata: { team: "search" },
            status: "Initializing",
            host: url,
            region: "eu"
          })
          assert.strictEqual(created_at, updated_at)
          yield* post("/assistants", { name: names[1] })
          yield* post("/assistants", { name: names[2] })

          const described = yield* get<WireAssistant>(`/assistants/${names[0]}`)
          assert.deepStrictEqual(described.json, { ...created.json, status: "Ready" })

          const seen: Array<string> = []
          let token: string | undefined
          do {
            const page = yield* get<Page & { readonly assistants: ReadonlyArray<WireAssistant> }>("/assistants", {
              limit: 2,
              pagination_token: token
            })
            assert.strictEqual(page.status, 200)
            assert.isAtMost(page.json.assistants.length, 2)
            for (const { name } of page.json.assistants) seen.push(name)
            token = page.json.pagination?.next
          } while (token !== undefined)
          assert.deepStrictEqual(seen.filter((name) => names.includes(name)), names)

          const changed = yield* patch<WireAssistant>(`/assistants/${names[0]}`, { metadata: null })
          assert.strictEqual(changed.status, 200)
          assert.include(changed.json, { name: names[0], instructions: "Be brief." })
          assert.propertyVal(changed.json, "assistant_name", names[0])
          assert.notProperty(changed.json, "metadata")

          assert.strictEqual((yield* del(`/assistants/${names[0]}`)).status, 200)
          const gone = yield* get<WireError>(`/assistants/${names[0]}`)
          assert.deepStrictEqual([gone.status, gone.json], [404, {
            status: 404,
            error: { code: "NOT_FOUND", message: `Assistant "${names[0]}" not found.` }
          }])
        }))

      it.effect("are also found without /assistant before their paths, where clients look on a host of one's own", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const found = yield* Effect.flatMap(
            HttpClient.get(`${yield* Control}/assistants/${name}`),
            ({ json }) => json
          )
          assert.propertyVal(found, "name", name)
        }))

      it.effect("are refused: names, sizes, regions that are none, and a name that is taken", () =>
        Effect.gen(function*() {
          const taken = yield* assistantWith()
          const cases: ReadonlyArray<readonly [object, number, string]> = [
            [{ name: "-a" }, 400, "INVALID_ARGUMENT"],
            [{ name: "a".repeat(64) }, 400, "INVALID_ARGUMENT"],
            [{ name: "" }, 400, "INVALID_ARGUMENT"],
            [{}, 400, "INVALID_ARGUMENT"],
            [{ name: "region", region: "moon" }, 400, "INVALID_ARGUMENT"],
            [{ name: "long", instructions: "x".repeat(16 * 1024 + 1) }, 400, "INVALID_ARGUMENT"],
            [{ name: "large", metadata: { x: "x".repeat(16 * 1024) } }, 400, "INVALID_ARGUMENT"],
            [{ name: taken }, 409, "ALREADY_EXISTS"]
          ]
          for (const [request, status, code] of cases) {
            const { json, status: answered } = yield* post<WireError>("/assistants", request)
            assert.deepStrictEqual([answered, json.status, json.error.code], [status, status, code])
          }
          for (const limit of [0, 101]) {
            assert.strictEqual((yield* get("/assistants", { limit })).status, 400)
          }
          const none = yield* get<WireError>("/files/nobody")
          assert.deepStrictEqual([none.status, none.json.error.message], [404, "Assistant \"nobody\" not found."])
        }))
    })

    describe("files", () => {
      it.effect("are taken in, read in the background, described and listed", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const sent = yield* sendFile<WireOperation>(name, { ...moon, metadata: { topic: "space", year: 1969 } })
          assert.strictEqual(sent.status, 202)
          assert.include(sent.json, { operation_type: "upload_file", status: "Processing", percent_complete: 0 })
          assert.strictEqual(sent.headers["location"], `/assistant/operations/${name}/${sent.json.id}`)

          const operation = yield* ended(name, sent.json.id)
          assert.include(operation, { status: "Completed", percent_complete: 100, file_id: sent.json.file_id })
          assert.isAtLeast(Date.parse(operation.completed_on!), Date.parse(operation.created_on))

          const file = yield* get<WireFile>(`/files/${name}/${sent.json.file_id}`)
          const { created_on, updated_on, ...rest } = file.json
          assert.deepStrictEqual(rest as object, {
            id: sent.json.file_id,
            name: "moon.txt",
            size: moon.content.length,
            metadata: { topic: "space", year: 1969 },
            status: "Available",
            multimodal: false
          })
          assert.isAtLeast(Date.parse(updated_on), Date.parse(created_on))
        }))

      it.effect("are listed by pages, and by a filter of their metadata", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(
            { ...moon, metadata: { topic: "space", size: 1 } },
            { ...bread, metadata: { topic: "food", size: 2 } },
            { ...animals, metadata: { topic: "nature", size: 3 } }
          )
          interface Files extends Page {
            readonly files: ReadonlyArray<WireFile>
          }
          const names = ({ files }: Files) => files.map((file) => file.name)
          const all = yield* get<Files>(`/files/${name}`)
          assert.deepStrictEqual(names(all.json), ["moon.txt", "bread.md", "animals.pdf"])
          assert.isUndefined(all.json.pagination)
          const first = yield* get<Files>(`/files/${name}`, { limit: 2 })
          assert.deepStrictEqual(names(first.json), ["moon.txt", "bread.md"])
          const second = yield* get<Files>(`/files/${name}`, {
            limit: 2,
            pagination_token: first.json.pagination?.next
          })
          assert.deepStrictEqual([names(second.json), second.json.pagination], [["animals.pdf"], undefined])
          const filter = JSON.stringify({ $or: [{ topic: "food" }, { size: { $gt: 2 } }] })
          assert.deepStrictEqual(names((yield* get<Files>(`/files/${name}`, { filter })).json), [
            "bread.md",
            "animals.pdf"
          ])
          for (const wrong of ["{", "{\"topic\":{\"$like\":\"x\"}}"]) {
            assert.strictEqual((yield* get(`/files/${name}`, { filter: wrong })).status, 400)
          }
        }))

      it.effect("are refused: other formats, nothing in them, metadata that is large or none, ids that are none", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const refused: ReadonlyArray<assistants.Given> = [
            { name: "picture.png", content: "x" },
            { name: "page", content: "x" },
            { name: "empty.txt", content: "" },
            { ...moon, metadata: { x: "x".repeat(16 * 1024) } },
            { ...moon, metadata: [1] },
            { ...moon, id: "a file" },
            { ...moon, id: "x".repeat(129) }
          ]
          for (const file of refused) {
            const { json, status, text } = yield* sendFile<WireError>(name, {
              ...file,
              id: file.id && encodeURIComponent(file.id)
            })
            assert.deepStrictEqual([status, json?.error?.code], [400, "INVALID_ARGUMENT"], text)
          }
          const noForm = yield* post<WireError>(`/files/${name}`, { file: "x" })
          assert.strictEqual(noForm.status, 415)
          const nothing = yield* get<{ readonly files: ReadonlyArray<unknown> }>(`/files/${name}`)
          assert.deepStrictEqual(nothing.json.files, [])
        }))

      it.effect("that cannot be read are kept as such, and say why", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const cases: ReadonlyArray<readonly [assistants.Given, RegExp]> = [
            [{ name: "broken.pdf", content: "%PDF-1.4 and then nothing" }, /^The PDF cannot be read: /],
            [{ name: "picture.pdf", content: pdf([[]]) }, /^The PDF has no text/],
            [{ name: "latin.txt", content: new Uint8Array([0x63, 0x61, 0x66, 0xe9]) }, /UTF-8/],
            [{ name: "half.json", content: "{\"a\":" }, /not valid JSON/],
            [{ name: "blank.md", content: " \n\n " }, /no text/],
            [{ name: "no.docx", content: "no zip" }, /^The document cannot be read: /]
          ]
          for (const [file, message] of cases) {
            const sent = yield* sendFile<WireOperation>(name, file)
            assert.strictEqual(sent.status, 202)
            const operation = yield* ended(name, sent.json.id)
            assert.strictEqual(operation.status, "Failed")
            assert.match(operation.error_message ?? "", message)
            const described = yield* get<WireFile>(`/files/${name}/${operation.file_id}`)
            assert.strictEqual(described.json.status, "ProcessingFailed")
            // There is nothing that takes time to delete.
            assert.strictEqual((yield* del(`/files/${name}/${operation.file_id}`)).status, 204)
            assert.strictEqual((yield* get(`/files/${name}/${operation.file_id}`)).status, 404)
          }
        }))

      it.effect("that are deleted are in no answer any more", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(moon)
          const [file] = (yield* get<{ readonly files: ReadonlyArray<WireFile> }>(`/files/${name}`)).json.files
          assert.deepStrictEqual(cited(yield* ask(name, "What is the diameter of the Moon?")), ["moon.txt"])

          const deleted = yield* del<WireOperation>(`/files/${name}/${file!.id}`)
          assert.strictEqual(deleted.status, 202)
          assert.include(deleted.json, { operation_type: "delete_file", file_id: file!.id })
          assert.deepStrictEqual(cited(yield* ask(name, "What is the diameter of the Moon?")), [])
          assert.include(yield* ended(name, deleted.json.id), { status: "Completed", percent_complete: 100 })
          const gone = yield* get<WireError>(`/files/${name}/${file!.id}`)
          assert.deepStrictEqual([gone.status, gone.json.error.code], [404, "NOT_FOUND"])
          assert.strictEqual((yield* del(`/files/${name}/${file!.id}`)).status, 404)
        }))

      it.effect("are replaced under their id", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const rules = (people: string) => ({
            id: "the-rules_1",
            name: "rules.txt",
            content: `The meeting room has seats for ${people} people.`
          })
          const sent = yield* sendFile<WireOperation>(name, rules("twelve"))
          assert.include(sent.json, { operation_type: "upsert_file", file_id: "the-rules_1" })
          yield* ended(name, sent.json.id)
          const before = (yield* get<WireFile>(`/files/${name}/the-rules_1`)).json
          const question = "For how many people does the meeting room have seats?"
          assert.include((yield* ask(name, question)).message.content, "twelve")

          yield* upload(name, rules("thirty"))
          const { citations, message } = yield* ask(name, question)
          assert.include(message.content, "thirty")
          assert.notInclude(message.content, "twelve")
          assert.strictEqual(citations.length, 1)
          const { files } = (yield* get<{ readonly files: ReadonlyArray<WireFile> }>(`/files/${name}`)).json
          assert.deepStrictEqual(files.map(({ created_on, id }) => [id, created_on]), [[
            "the-rules_1",
            before.created_on
          ]])
        }))

      it.effect("of the same id that come together: the last one stays, and every operation ends", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const operations: Array<string> = []
          for (const colour of ["red", "green", "blue"]) {
            const { json } = yield* sendFile<WireOperation>(name, {
              id: "door",
              name: "door.txt",
              content: `The colour of the door is ${colour}.`
            })
            operations.push(json.id)
          }
          const ends = yield* Effect.forEach(operations, (id) => ended(name, id))
          assert.strictEqual(ends[2]?.status, "Completed")
          const { message } = yield* ask(name, "What is the colour of the door?")
          assert.include(message.content, "“The colour of the door is blue.”")
          assert.notMatch(message.content, /red|green/)
        }))

      it.effect("of Word, JSON and PDF are read", () =>
        Effect.gen(function*() {
          const paragraph = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`
          const name = yield* assistantWith(
            {
              name: "minutes.docx",
              content: zipSync({
                "word/document.xml": strToU8(
                  `<w:document><w:body>${paragraph("The budget of the library is 4,000 euros.")}`
                    + `<w:p><w:r><w:lastRenderedPageBreak/><w:t>Ann &amp; Bob paint the fence in May.</w:t></w:r></w:p>`
                    + "</w:body></w:document>"
                )
              })
            },
            {
              name: "films.json",
              content: JSON.stringify([{ title: "Alien", director: "Ridley Scott" }, {
                title: "Heat",
                director: "Mann"
              }])
            }
          )
          const fence = yield* ask(name, "Who paints the fence?")
          assert.include(fence.message.content, "“Ann & Bob paint the fence in May.”")
          assert.deepStrictEqual(fence.citations[0]?.references[0]?.pages, [2])
          const alien = yield* ask(name, "Who is the director of Alien?")
          assert.include(alien.message.content, "Ridley Scott")
          assert.deepStrictEqual(cited(alien), ["films.json"])
          const types = (yield* post<WireContext>(`/chat/${name}/context`, { query: "fence director budget Alien" }))
            .json
            .snippets.map(({ reference }) => reference.type)
          assert.sameMembers(types, ["doc_x", "json"])
        }))

      it.effect("have an address that needs no key, for an hour", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith()
          const id = yield* upload(name, animals)
          const plain = yield* get<WireFile>(`/files/${name}/${id}`)
          assert.isUndefined(plain.json.signed_url)
          const { json } = yield* get<WireFile>(`/files/${name}/${id}`, { include_url: "true" })
          const url = json.signed_url ?? assert.fail("no address")
          const response = yield* HttpClient.get(url)
          assert.strictEqual(response.status, 200)
          assert.strictEqual(response.headers["content-type"], "application/pdf")
          assert.deepStrictEqual(new Uint8Array(yield* response.arrayBuffer), animals.content)
          for (
            const forged of [url.replace(/expires=\d/, "expires=9"), url.replace(id, `%ZZ${id}`), url.slice(0, -1)]
          ) {
            assert.strictEqual((yield* HttpClient.get(forged)).status, 403)
          }
        }))
    })

    describe("operations", () => {
      it.effect("are listed, the newest first, by type, by status and by pages", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(moon)
          const broken = yield* sendFile<WireOperation>(name, { name: "broken.pdf", content: "x" })
          yield* ended(name, broken.json.id)
          const id = yield* upload(name, bread)
          yield* ended(name, (yield* del<WireOperation>(`/files/${name}/${id}`)).json.id)
          interface Operations extends Page {
            readonly operations: ReadonlyArray<WireOperation>
          }
          const list = (params: Readonly<Record<string, string | number>> = {}) =>
            Effect.map(get<Operations>(`/operations/${name}`, params), ({ json }) => json)
          const kinds = ({ operations }: Operations) =>
            operations.map((operation) => `${operation.operation_type} ${operation.status}`)
          assert.deepStrictEqual(kinds(yield* list()), [
            "delete_file Completed",
            "upload_file Completed",
            "upload_file Failed",
            "upload_file Completed"
          ])
          assert.deepStrictEqual(kinds(yield* list({ status: "Failed" })), ["upload_file Failed"])
          assert.deepStrictEqual(kinds(yield* list({ operation_type: "delete_file" })), ["delete_file Completed"])
          const first = yield* list({ limit: 3 })
          const second = yield* list({ limit: 3, pagination_token: first.pagination?.next ?? "" })
          assert.deepStrictEqual([first.operations.length, kinds(second)], [3, ["upload_file Completed"]])
          const none = yield* get<WireError>(`/operations/${name}/op-1`)
          assert.deepStrictEqual([none.status, none.json.error.message], [404, "Operation op-1 not found."])
        }))
    })

    describe("chat", () => {
      it.effect("quotes the file that answers, and cites it where the quote ends", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(guide("namespaces.md"), guide("copying-an-index.md"), moon)
          const chat = yield* ask(name, "Where the copy has the same dimension and metric, what is less work?", {
            include_highlights: true
          })
          assert.include(chat.message.content, "a backup is less work and causes no traffic")
          assert.include(chat.message.content, "This answer is extractive")
          assert.include(chat, { model: "pinecone-local-extractive", finish_reason: "stop" })
          assert.strictEqual(chat.message.role, "assistant")
          assert.isAtLeast(chat.context_snippet_count, 1)
          assert.strictEqual(chat.usage.total_tokens, chat.usage.prompt_tokens + chat.usage.completion_tokens)

          const [best] = chat.citations
          assert.strictEqual(best?.references[0]?.file.name, "copying-an-index.md")
          for (const { position, references } of chat.citations) {
            assert.strictEqual(chat.message.content[position - 1], "”")
            const { content } = references[0]?.highlight ?? assert.fail("no highlight")
            assert.include(guide(references[0]!.file.name).content, content)
          }
          const plain = yield* ask(name, "What is less work than a copy?")
          assert.isUndefined(plain.citations[0]?.references[0]?.highlight)
        }))

      it.effect("cites the page of a PDF", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(animals, moon)
          const answers: ReadonlyArray<readonly [string, string, number]> = [
            // A sentence that leans on the one before it is not left alone.
            [
              "What does the elephant eat?",
              "The elephant is the largest land animal. It eats grass, bark and fruit.",
              1
            ],
            ["How much krill does a blue whale eat?", "A blue whale eats krill: four tons on one day.", 2],
            [
              "How often does the hummingbird beat its wings?",
              "The hummingbird beats its wings fifty times in each second, and drinks the nectar of flowers.",
              3
            ]
          ]
          for (const [question, sentence, page] of answers) {
            const { citations, message } = yield* ask(name, question)
            assert.include(message.content, `“${sentence}”`)
            const citation = citations.find(({ position }) =>
              message.content.slice(0, position).endsWith(`“${sentence}”`)
            )
            assert.deepStrictEqual(citation?.references.map(({ file, pages }) => [file.name, pages]), [["animals.pdf", [
              page
            ]]])
          }
        }))

      it.effect("says so when nothing answers", () =>
        Effect.gen(function*() {
          for (const name of [yield* assistantWith(), yield* assistantWith(bread)]) {
            const chat = yield* ask(name, "Who won the football world cup in 1998?")
            assert.match(chat.message.content, /^Nothing was found in the assistant's files that answers this\./)
            assert.deepStrictEqual([chat.citations, chat.context_snippet_count], [[], 0])
          }
        }))

      it.effect("reads only files that a filter matches", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(
            { name: "paris.txt", content: "The office opens at nine.", metadata: { city: "Paris" } },
            { name: "rome.txt", content: "The office opens at ten.", metadata: { city: "Rome" } }
          )
          const question = "When does the office open?"
          assert.sameMembers([...cited(yield* ask(name, question))], ["paris.txt", "rome.txt"])
          assert.deepStrictEqual(cited(yield* ask(name, question, { filter: { city: "Rome" } })), ["rome.txt"])
          assert.deepStrictEqual(cited(yield* ask(name, question, { filter: { city: "Oslo" } })), [])
          const context = yield* post<WireContext>(`/chat/${name}/context`, {
            query: question,
            filter: { city: { $ne: "Rome" } }
          })
          assert.deepStrictEqual(context.json.snippets.map(({ reference }) => reference.file.name), ["paris.txt"])
          const wrong = yield* post<WireError>(`/chat/${name}`, {
            messages: [{ role: "user", content: question }],
            filter: { city: { $like: "R" } }
          })
          assert.strictEqual(wrong.status, 400)
        }))

      it.effect("answers the last message of the user, as JSON where that is asked for", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(moon, bread)
          const messages = [
            { role: "user", content: "How long is a loaf baked?" },
            { role: "assistant", content: "For 40 minutes." },
            { role: "user", content: "What is the diameter of the Moon?" }
          ]
          const { json } = yield* post<WireChat>(`/chat/${name}`, { messages, json_response: true })
          const said = JSON.parse(json.message.content) as { readonly answer: string; readonly extractive: boolean }
          assert.include(said.answer, "Its diameter is 3,474 kilometres")
          assert.isTrue(said.extractive)
          assert.deepStrictEqual(cited(json), ["moon.txt"])
          assert.strictEqual(json.message.content[json.citations[0]!.position - 1], "”")
        }))

      it.effect("knows from the question before what a question leaves unsaid", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(
            { name: "paris.txt", content: "The office in Paris opens at nine." },
            { name: "rome.txt", content: "The office in Rome opens at ten." }
          )
          for (const city of ["Rome", "Paris"]) {
            const messages = [
              { role: "user", content: `Where is the office in ${city}?` },
              { role: "assistant", content: "At the station." },
              { role: "user", content: "When does it open?" }
            ]
            const { json } = yield* post<WireChat>(`/chat/${name}`, { messages })
            assert.strictEqual(cited(json)[0], `${city.toLowerCase()}.txt`)
          }
        }))

      it.effect("streams the same answer in events", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(animals)
          const question = "How much krill does a blue whale eat?"
          const whole = yield* ask(name, question)
          const streamed = yield* post(`/chat/${name}`, {
            messages: [{ role: "user", content: question }],
            stream: true
          })
          assert.strictEqual(streamed.status, 200)
          assert.match(streamed.headers["content-type"] ?? "", /^text\/event-stream/)
          const frames = streamed.text.split("\n\n").filter((frame) => frame !== "")
          const decode = Schema.decodeUnknownSync(Schema.parseJson(Chat.ChatEvent))
          const events = frames.map((frame) => decode(frame.slice("data: ".length)))
          assert.strictEqual(events[0]?._tag, "MessageStart")
          assert.strictEqual(events.at(-1)?._tag, "MessageEnd")
          let text = ""
          const positions: Array<number | undefined> = []
          for (const event of events) {
            if (event._tag === "ContentChunk") text += event.delta.content
            if (event._tag === "Citation") {
              // A citation comes when the text has reached it.
              assert.strictEqual(event.citation.position, text.length)
              positions.push(event.citation.position)
              assert.deepStrictEqual(event.citation.references[0]?.pages, [2])
            }
          }
          assert.isAbove(events.length, 5)
          assert.strictEqual(text, whole.message.content)
          assert.deepStrictEqual(positions, whole.citations.map(({ position }) => position))
          assert.strictEqual(new Set(events.map(({ id }) => id)).size, 1)
        }))

      it.effect("is read as JSON when its content type says text", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(moon)
          const response = yield* HttpClient.execute(
            HttpClientRequest.post(`${yield* Control}/assistant/chat/${name}`, {
              body: HttpBody.text(
                JSON.stringify({ messages: [{ role: "user", content: "How large is the Moon?" }] }),
                "text/plain;charset=UTF-8"
              )
            })
          )
          assert.strictEqual(response.status, 200)
        }))

      it.effect("answers in the form of OpenAI, whole and in chunks, with its references in the text", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(animals)
          const messages = [{ role: "user", content: "How much krill does a blue whale eat?" }]
          const path = `/chat/${name}/chat/completions`
          const { json } = yield* post<typeof Chat.Completion.Encoded>(path, { messages, model: "gpt-4o" })
          const [choice] = json.choices ?? []
          assert.strictEqual(choice?.finish_reason, "stop")
          const content = choice.message?.content ?? ""
          assert.include(content, "four tons on one day.” [1, p. 2]")
          assert.match(content, /References:\n1\. animals\.pdf$/)

          const streamed = yield* post(path, { messages, stream: true })
          const decode = Schema.decodeUnknownSync(Schema.parseJson(Chat.CompletionChunk))
          const chunks = streamed.text.split("\n\n").filter((frame) => frame !== "").map((frame) =>
            decode(frame.slice("data: ".length))
          )
          assert.strictEqual(chunks.map(({ choices }) => choices[0]?.delta?.content ?? "").join(""), content)
          assert.strictEqual(chunks.at(-1)?.choices[0]?.finishReason, "stop")
        }))

      it.effect("refuses what asks nothing, and what goes beyond the limits", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(moon)
          const messages = [{ role: "user", content: "How large is the Moon?" }]
          const refused: ReadonlyArray<readonly [string, object]> = [
            [`/chat/${name}`, {}],
            [`/chat/${name}`, { messages: [] }],
            [`/chat/${name}`, { messages: [{ role: "user", content: " " }] }],
            [`/chat/${name}`, { messages: [{ role: "assistant", content: "Hello." }] }],
            [`/chat/${name}`, { messages, stream: true, json_response: true }],
            [`/chat/${name}`, { messages, context_options: { top_k: 65 } }],
            [`/chat/${name}`, { messages, context_options: { snippet_size: 511 } }],
            [`/chat/${name}/context`, {}],
            [`/chat/${name}/context`, { query: "" }],
            [`/chat/${name}/context`, { query: "x", messages }],
            [`/chat/${name}/context`, { query: "x", top_k: 0 }],
            [`/chat/${name}/context`, { query: "x", snippet_size: 8193 }]
          ]
          for (const [path, body] of refused) {
            const { json, status, text } = yield* post<WireError>(path, body)
            assert.deepStrictEqual(
              [status, json?.error?.code],
              [400, "INVALID_ARGUMENT"],
              `${JSON.stringify(body)} ${text}`
            )
          }
        }))
    })

    describe("context", () => {
      it.effect("gives the snippets that fit, the best first, as many and as large as they may be", () =>
        Effect.gen(function*() {
          const name = yield* assistantWith(guide("copying-an-index.md"), animals)
          const query = "How is an index copied to another metric?"
          const all = yield* post<WireContext>(`/chat/${name}/context`, { query })
          assert.strictEqual(all.status, 200)
          const [first] = all.json.snippets
          assert.include(first?.reference, { type: "markdown" })
          assert.strictEqual(first?.reference.file.name, "copying-an-index.md")
          assert.isUndefined(first.reference.pages)
          const scores = all.json.snippets.map(({ score }) => score)
          assert.deepStrictEqual(scores, [...scores].sort((a, b) => b - a))

          const one = yield* post<WireContext>(`/chat/${name}/context`, { query, top_k: 1, snippet_size: 512 })
          assert.strictEqual(one.json.snippets.length, 1)
          const large = yield* post<WireContext>(`/chat/${name}/context`, { query, top_k: 1, snippet_size: 8192 })
          assert.isAbove(large.json.snippets[0]!.content.length, one.json.snippets[0]!.content.length)
          // Neighbours are put together as they stand in the file.
          assert.include(guide("copying-an-index.md").content, large.json.snippets[0]!.content)

          const whale = yield* post<WireContext>(`/chat/${name}/context`, {
            messages: [{ role: "user", content: "What does the blue whale eat?" }]
          })
          assert.deepInclude(whale.json.snippets[0]?.reference, { type: "pdf", pages: [1, 2, 3] })
        }))
    })

    describe("evaluation", () => {
      interface Alignment {
        readonly metrics: { readonly correctness: number; readonly completeness: number; readonly alignment: number }
        readonly reasoning: {
          readonly evaluated_facts: ReadonlyArray<{
            readonly fact: { readonly content: string }
            readonly entailment: string
          }>
        }
      }
      const evaluate = (question: string, answer: string, truth: string) =>
        Effect.map(
          post<Alignment>("/evaluation/metrics/alignment", { question, answer, ground_truth_answer: truth }),
          ({ json }) => [json.metrics, json.reasoning.evaluated_facts.map(({ entailment }) => entailment)] as const
        )

      it.effect("tells facts that are entailed, contradicted and left out", () =>
        Effect.gen(function*() {
          const spain = "What is the capital city of Spain?"
          assert.deepStrictEqual(yield* evaluate(spain, "Barcelona.", "Madrid."), [
            { correctness: 0, completeness: 0, alignment: 0 },
            ["contradicted"]
          ])
          assert.deepStrictEqual(yield* evaluate(spain, "The capital city of Spain is Madrid.", "Madrid."), [
            { correctness: 1, completeness: 1, alignment: 1 },
            ["entailed"]
          ])
          const truth = "The bridge was opened in 1932. It is painted grey. Trains cross it every ten minutes."
          const half = yield* evaluate("Tell me about the bridge.", "The bridge was opened in 1932.", truth)
          assert.deepStrictEqual(half[1], ["entailed", "neutral", "neutral"])
          assert.strictEqual(half[0].correctness, 1)
          assert.closeTo(half[0].completeness, 1 / 3, 1e-9)
          assert.closeTo(half[0].alignment, 0.5, 1e-9)
          const year = yield* evaluate(
            "When was the bridge opened?",
            "It was opened in 1951.",
            "It was opened in 1932."
          )
          assert.deepStrictEqual(year[1], ["contradicted"])
          const not = yield* evaluate(
            "Is the bridge painted?",
            "The bridge is not painted grey.",
            "The bridge is painted grey."
          )
          assert.deepStrictEqual(not[1], ["contradicted"])
        }))

      it.effect("refuses with 422 and a message", () =>
        Effect.gen(function*() {
          for (const request of [{}, { question: "?", answer: "", ground_truth_answer: "x" }]) {
            const { json, status } = yield* post<{ readonly message: string }>("/evaluation/metrics/alignment", request)
            assert.strictEqual(status, 422)
            assert.isString(json.message)
          }
        }))
    })

    it.effect("versions before operations: an upload gives the file, with metadata in its address", () =>
      Effect.gen(function*() {
        const name = yield* assistantWith()
        const url = yield* Control
        const form = new FormData()
        form.append("file", new Blob([moon.content]), moon.name)
        const old = { "x-pinecone-api-version": "2025-04" }
        const response = yield* HttpClientRequest.post(`${url}/assistant/files/${name}`, {
          urlParams: { metadata: JSON.stringify({ topic: "space" }) },
          headers: old,
          body: HttpBody.formData(form)
        }).pipe(HttpClient.execute)
        assert.strictEqual(response.status, 200)
        const file = (yield* response.json) as WireFile
        assert.deepInclude(file, { name: "moon.txt", status: "Processing", metadata: { topic: "space" } })
        const deleted = yield* HttpClient.execute(
          HttpClientRequest.del(`${url}/assistant/files/${name}/${file.id}`, { headers: old })
        )
        assert.deepStrictEqual([deleted.status, yield* deleted.json], [200, {}])
      }))
  })
}

describe("an assistant's file", () => {
  it.effect("has an address that ends after an hour", () =>
    Effect.gen(function*() {
      const name = yield* assistantWith()
      const id = yield* upload(name, moon)
      const { json } = yield* get<WireFile>(`/files/${name}/${id}`, { include_url: "true" })
      yield* TestClock.adjust("59 minutes")
      assert.strictEqual((yield* HttpClient.get(json.signed_url!)).status, 200)
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* HttpClient.get(json.signed_url!)).status, 403)
    }).pipe(Effect.provide(inProcess())))

  it.effect("is not answered for without a key", () =>
    Effect.gen(function*() {
      for (const path of ["/assistants", "/files/a", "/operations/a", "/content/a/b"]) {
        const { status } = yield* get(path)
        assert.strictEqual(status, path.startsWith("/content") ? 403 : 401)
      }
      assert.strictEqual((yield* post("/chat/a", { messages: [] })).status, 401)
      assert.strictEqual((yield* post("/evaluation/metrics/alignment", {})).status, 401)
    }).pipe(Effect.provide(inProcess({ apiKeys: [Redacted.make("right")] }))))
})

describe("a large file", () => {
  const mebibyte = 2 ** 20

  /** A multipart body that is never whole in memory. */
  const body = (megabytes: number, sent: () => void = () => {}) => {
    const line = "The same line is in this file again and again. \n".repeat(Math.ceil(mebibyte / 48)).slice(0, mebibyte)
    const head = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.pdf\"\r\n\r\n"
    return HttpBody.stream(
      Stream.make(head).pipe(
        Stream.concat(Stream.map(Stream.rechunk(Stream.range(1, megabytes), 1), () => {
          sent()
          return line
        })),
        Stream.concat(Stream.succeed("\r\n--x--\r\n")),
        Stream.encodeText
      ),
      "multipart/form-data; boundary=x"
    )
  }

  it.scopedLive(
    "of 100 MB is taken in, and one that is larger is refused, and nowhere on the disk",
    () =>
      Effect.gen(function*() {
        const data = yield* Effect.flatMap(
          FileSystem.FileSystem,
          (fs) => fs.makeTempDirectoryScoped({ prefix: "large-" })
        )
        /** What is on the disk of the uploads. */
        const onDisk = () =>
          readdirSync(join(data, "files"), { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
        yield* Effect.gen(function*() {
          const name = yield* assistantWith()
          const url = `${yield* Control}/assistant/files/${name}`
          const taken = yield* HttpClient.execute(HttpClientRequest.post(url, { body: body(100) }))
          assert.strictEqual(taken.status, 202)
          const operation = yield* ended(name, ((yield* taken.json) as WireOperation).id)
          // It is no PDF: reading it as one ends at once.
          assert.match(operation.error_message ?? "", /^The PDF cannot be read/)
          const file = yield* get<WireFile>(`/files/${name}/${operation.file_id}`)
          assert.strictEqual(file.json.size, 100 * mebibyte)
          // It is written no further than it may be, and removed.
          const sizes: Array<number> = []
          const refused = yield* HttpClient.execute(
            HttpClientRequest.post(url, {
              body: body(101, () => {
                for (const size of onDisk()) sizes.push(size)
              })
            })
          )
          assert.strictEqual(refused.status, 400)
          assert.include(yield* refused.text, "100 MB")
          assert.isAtMost(Math.max(...sizes), 100 * mebibyte)
          assert.isAbove(sizes.length, 100)
          assert.deepStrictEqual(onDisk(), [100 * mebibyte])
        }).pipe(Effect.provide(servers["over connections"]({ data })))
      }).pipe(Effect.provide(NodeContext.layer)),
    300_000
  )
})
