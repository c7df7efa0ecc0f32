/** What a server keeps of its assistants in its folder. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as store from "../src/internal/store.js"
import type { WireAssistant, WireFile, WireOperation } from "./utils/assistants.js"
import { ask, assistantWith, cited, completed, del, ended, get, post, sendFile, upload } from "./utils/assistants.js"
import { Control, inProcess, overSockets } from "./utils/bothProtocols.js"
import { pdf } from "./utils/pdf.js"
import { freshName } from "./utils/pinecone.js"
import * as sockets from "./utils/sockets.js"

const withFolder = <A, E, R>(use: (data: string) => Effect.Effect<A, E, R>) =>
  Effect.scoped(
    Effect.flatMap(FileSystem.FileSystem, (fs) =>
      Effect.flatMap(fs.makeTempDirectoryScoped({ prefix: "assistant-" }), use))
  ).pipe(Effect.provide(NodeContext.layer))

const volcano = {
  name: "volcano.pdf",
  content: pdf([[["Volcanoes are mountains."]], [["Etna is the highest volcano of Italy: 3,403 metres."]]]),
  metadata: { topic: "earth" }
}

/** Takes a while to read. */
const book = {
  name: "book.txt",
  content: Array.from(
    { length: 60 },
    (_, i) =>
      `Chapter ${i} is about the town with the number ${i}. It has ${i * 7} houses, a market and a school. `
      + "Many people live there, and on Sundays they walk to the river, where boats bring fruit from the south."
  ).join("\n\n") + "\n\nThe lighthouse keeper is called Ferdinand."
}

const sets = (data: string) => readdirSync(join(data, "sets")).filter((name) => name.startsWith("assistant-"))

/** The files of the one assistant. */
const onDisk = (data: string): ReadonlyArray<string> => {
  const [assistant] = readdirSync(join(data, "files"))
  return readdirSync(join(data, "files", assistant!)).sort()
}

const pathOf = (data: string, file: string): string => join(data, "files", readdirSync(join(data, "files"))[0]!, file)

const note = (content: string) => ({ id: "note", name: "note.txt", content })

/** Collects what is logged. */
const logging = (lines: Array<string>) =>
  Logger.add(Logger.make(({ message }) => {
    lines.push(Inspectable.toStringUnknown(message, 0))
  }))

/** Lets what is not on the clock go on, until something has come about. */
const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => condition() ? Effect.void : Effect.zipRight(sockets.turn, until(condition)))

describe("an upload that is cut off", () => {
  it.effect("leaves nothing behind", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const name = yield* assistantWith()
        const url = yield* Control
        const files = () => onDisk(data)
        const { socket, write } = yield* sockets.open(url)
        yield* write(
          `POST /assistant/files/${name} HTTP/1.1\r\nHost: ${new URL(url).host}\r\nContent-Length: 1000000\r\n`
            + "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
            + "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\n"
            + "The first words. ".repeat(2000)
        )
        yield* until(() => files().length === 1)
        // Nobody takes it for the whole, and nobody else can read it.
        assert.match(files()[0]!, /^[0-9a-f-]{36}\.part$/)
        assert.strictEqual(statSync(pathOf(data, files()[0]!)).mode & 0o777, 0o600)
        socket.destroy()
        yield* until(() => files().length === 0)
        const { json } = yield* get<{ readonly files: ReadonlyArray<unknown> }>(`/files/${name}`)
        assert.deepStrictEqual(json.files, [])
      }).pipe(Effect.provide(overSockets({ data })))
    ))
})

describe("after a restart", () => {
  it.effect("an assistant answers as before", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const name = freshName("kept")
        const before = yield* Effect.gen(function*() {
          yield* post("/assistants", { name, instructions: "Be brief.", metadata: { a: 1 } })
          const id = yield* upload(name, volcano)
          return {
            assistant: (yield* get<WireAssistant>(`/assistants/${name}`)).json,
            file: (yield* get<WireFile>(`/files/${name}/${id}`)).json,
            operations: (yield* get(`/operations/${name}`)).json,
            chat: yield* ask(name, "How high is Etna?")
          }
        }).pipe(Effect.provide(inProcess({ data })))
        assert.deepStrictEqual(before.chat.citations[0]?.references[0]?.pages, [2])

        yield* Effect.gen(function*() {
          assert.deepStrictEqual((yield* get<WireAssistant>(`/assistants/${name}`)).json, before.assistant)
          assert.deepStrictEqual((yield* get<WireFile>(`/files/${name}/${before.file.id}`)).json, before.file)
          assert.deepStrictEqual((yield* get(`/operations/${name}`)).json, before.operations)
          const chat = yield* ask(name, "How high is Etna?")
          assert.deepStrictEqual([chat.message, chat.citations], [before.chat.message, before.chat.citations])
          const fits = yield* ask(name, "How high is Etna?", { filter: { topic: "sea" } })
          assert.deepStrictEqual(fits.citations, [])
        }).pipe(Effect.provide(inProcess({ data })))
      })
    ))

  it.effect("a file is read that was not yet read to its end", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const [name, operation] = yield* Effect.gen(function*() {
          const name = yield* assistantWith()
          const { json } = yield* sendFile<WireOperation>(name, book)
          assert.strictEqual(json.status, "Processing")
          return [name, json] as const
        }).pipe(Effect.provide(inProcess({ data })))

        yield* Effect.gen(function*() {
          yield* completed(name, operation.id)
          const file = yield* get<WireFile>(`/files/${name}/${operation.file_id}`)
          assert.strictEqual(file.json.status, "Available")
          assert.deepStrictEqual(cited(yield* ask(name, "What is the lighthouse keeper called?")), ["book.txt"])
        }).pipe(Effect.provide(inProcess({ data })))
      })
    ))

  it.effect("a deletion comes to its end", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const [name, operation] = yield* Effect.gen(function*() {
          const name = yield* assistantWith()
          const { json } = yield* sendFile<WireOperation>(name, book)
          // It ends what is under way with the file.
          const deleted = yield* del<WireOperation>(`/files/${name}/${json.file_id}`)
          assert.strictEqual(deleted.status, 202)
          assert.include(yield* ended(name, json.id), { status: "Failed", error_message: "The file was deleted." })
          return [name, deleted.json] as const
        }).pipe(Effect.provide(inProcess({ data })))

        yield* Effect.gen(function*() {
          yield* completed(name, operation.id)
          assert.strictEqual((yield* get(`/files/${name}/${operation.file_id}`)).status, 404)
        }).pipe(Effect.provide(inProcess({ data })))
      })
    ))

  it.effect("a file has its newest bytes on the disk, and nothing else", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const [name, kept] = yield* Effect.gen(function*() {
          const name = yield* assistantWith(note("The first words."))
          const [first] = onDisk(data)
          assert.strictEqual(statSync(pathOf(data, first!)).mode & 0o777, 0o600)
          yield* upload(name, note("Other words."))
          // The upload is read before the bytes of the one before it go.
          yield* until(() => onDisk(data).length === 1)
          const [second] = onDisk(data)
          assert.notStrictEqual(second, first)
          return [name, second!] as const
        }).pipe(Effect.provide(inProcess({ data })))

        // An upload that the death of the server has cut off has such a name.
        writeFileSync(pathOf(data, "01234567-89ab-4cde-af01-23456789abcd.part"), "half of a")
        const lines: Array<string> = []
        yield* Effect.gen(function*() {
          assert.deepStrictEqual(onDisk(data), [kept])
          const deleted = yield* del<WireOperation>(`/files/${name}/note`)
          yield* completed(name, deleted.json.id)
          assert.deepStrictEqual(onDisk(data), [])
        }).pipe(Effect.provide(inProcess({ data })), Effect.provide(logging(lines)))
        assert.deepStrictEqual(lines, [])
      })
    ))

  it.effect("uploads that came to nothing leave no bytes when another takes their place", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const name = yield* assistantWith()
        const unreadable = yield* sendFile<WireOperation>(name, { ...note(""), content: Uint8Array.of(0xff, 0xfe) })
        assert.strictEqual((yield* ended(name, unreadable.json.id)).status, "Failed")
        const cutOff = yield* sendFile<WireOperation>(name, { ...book, id: "note" })
        yield* upload(name, note("The whole of it."))
        assert.strictEqual((yield* ended(name, cutOff.json.id)).status, "Failed")
        assert.strictEqual(onDisk(data).length, 1)

        const again = yield* sendFile<WireOperation>(name, { ...note(""), content: Uint8Array.of(0xff, 0xfe) })
        assert.strictEqual((yield* ended(name, again.json.id)).status, "Failed")
        yield* until(() => onDisk(data).length === 1)
        assert.strictEqual((yield* del(`/files/${name}/note`)).status, 204)
        assert.deepStrictEqual(onDisk(data), [])
      }).pipe(Effect.provide(inProcess({ data })))
    ))

  it.effect("what it does not know in its folder is kept, and named once", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const name = yield* assistantWith(note("Etna is 3,403 metres high.")).pipe(Effect.provide(inProcess({ data })))
        const [known] = onDisk(data)
        const strangers = ["01234567-89ab-4cde-af01-23456789abcd", "notes of mine.txt", "film.part"]
        for (const stranger of strangers) writeFileSync(pathOf(data, stranger), "mine")
        const lines: Array<string> = []
        yield* Effect.gen(function*() {
          assert.deepStrictEqual(cited(yield* ask(name, "How high is Etna?")), ["note.txt"])
        }).pipe(Effect.provide(inProcess({ data })), Effect.provide(logging(lines)))
        assert.sameMembers([...onDisk(data)], [known!, ...strangers])
        assert.strictEqual(lines.length, 1, lines.join("\n"))
        for (const said of [...strangers, name, "They are kept."]) assert.include(lines[0], said)
      })
    ))

  it.effect("a removal that was interrupted is finished", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const lines: Array<string> = []
        const [name, first, second] = yield* Effect.gen(function*() {
          const name = yield* assistantWith(note("The first words."))
          const [first] = onDisk(data)
          // A folder in the place of a file cannot be removed as one.
          renameSync(pathOf(data, first!), join(data, "aside"))
          mkdirSync(join(pathOf(data, first!), "inside"), { recursive: true })
          yield* upload(name, note("Etna is 3,403 metres high."))
          yield* until(() => lines.length > 0)
          const [second] = onDisk(data).filter((file) => file !== first)
          return [name, first!, second!] as const
        }).pipe(Effect.provide(inProcess({ data })), Effect.provide(logging(lines)))
        assert.strictEqual(lines.length, 1)
        assert.include(lines[0], `${first} could not be removed`)

        // It is tried, fails again, and does nobody harm.
        yield* Effect.gen(function*() {
          assert.include((yield* ask(name, "How high is Etna?")).message.content, "3,403")
        }).pipe(Effect.provide(inProcess({ data })), Effect.provide(logging(lines)))
        assert.strictEqual(lines.length, 2, lines.join("\n"))

        rmSync(pathOf(data, first), { recursive: true })
        renameSync(join(data, "aside"), pathOf(data, first))
        yield* Effect.gen(function*() {
          assert.deepStrictEqual(onDisk(data), [second])
          assert.include((yield* ask(name, "How high is Etna?")).message.content, "3,403")
        }).pipe(Effect.provide(inProcess({ data })), Effect.provide(logging(lines)))
        assert.strictEqual(lines.length, 2, lines.join("\n"))
        // It is not tried for ever.
        const kinds = yield* Effect.flatMap(store.StoreTag, ({ documents }) => documents.kinds).pipe(
          Effect.provide(store.layer(data))
        )
        assert.deepStrictEqual(kinds.filter((kind) => kind.startsWith("assistant-removed")), [])
      })
    ))

  it.effect("an upload that a crash has left between its rename and its file is removed", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const name = yield* assistantWith(note("Etna is 3,403 metres high.")).pipe(Effect.provide(inProcess({ data })))
        const [known] = onDisk(data)
        const [assistant] = readdirSync(join(data, "files"))
        const revision = "01234567-89ab-4cde-af01-23456789abcd"
        writeFileSync(pathOf(data, revision), "whole")
        yield* Effect.flatMap(
          store.StoreTag,
          ({ documents }) => documents.put(`assistant-removed-file:${assistant}`, revision, { revision })
        ).pipe(Effect.provide(store.layer(data)))
        yield* Effect.gen(function*() {
          assert.deepStrictEqual(onDisk(data), [known])
          assert.deepStrictEqual(cited(yield* ask(name, "How high is Etna?")), ["note.txt"])
        }).pipe(Effect.provide(inProcess({ data })))
      })
    ))

  it.effect("the files of an assistant go whose removal was interrupted", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        const name = yield* assistantWith(note("Etna is 3,403 metres high.")).pipe(Effect.provide(inProcess({ data })))
        const [gone] = readdirSync(join(data, "files"))
        yield* Effect.scoped(Effect.flatMap(store.StoreTag, ({ remove }) =>
          remove(`assistant-${gone}`, [
            { remove: { kind: "assistant", id: gone! } },
            { put: { kind: "assistant-removed", id: gone!, document: {} } }
          ]))).pipe(Effect.provide(store.layer(data)))
        const lines: Array<string> = []
        yield* Effect.gen(function*() {
          assert.strictEqual((yield* get(`/assistants/${name}`)).status, 404)
          assert.deepStrictEqual(readdirSync(join(data, "files")), [])
        }).pipe(Effect.provide(inProcess({ data })), Effect.provide(logging(lines)))
        assert.deepStrictEqual(lines, [])
      })
    ))

  it.effect("nothing is left of an assistant that was deleted", () =>
    withFolder((data) =>
      Effect.gen(function*() {
        yield* Effect.gen(function*() {
          const name = yield* assistantWith(volcano)
          yield* sendFile(name, book)
          assert.strictEqual(sets(data).length > 0, true)
          assert.strictEqual((yield* del(`/assistants/${name}`)).status, 200)
          assert.deepStrictEqual(sets(data), [])
          assert.deepStrictEqual(readdirSync(join(data, "files")), [])
          // The name can be had again, and has nothing of the one before.
          yield* post("/assistants", { name })
          assert.deepStrictEqual(cited(yield* ask(name, "How high is Etna?")), [])
        }).pipe(Effect.provide(inProcess({ data })))
        assert.isTrue(existsSync(join(data, "files")))
      })
    ))
})
