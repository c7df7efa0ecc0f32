import type * as Assistant from "@effect-pinecone/assistant/Assistant"
import * as FileSource from "@effect-pinecone/assistant/FileSource"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as Filter from "@effect-pinecone/schema/Filter"
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as server from "./utils/server.js"
import {
  accepted,
  broken,
  file,
  key,
  layerOver,
  notFound,
  ok,
  operation,
  refused,
  type Sent,
  stub,
  Support,
  utf8
} from "./utils/stub.js"

const run = <A, E, R>(
  { layer }: { readonly layer: Layer.Layer<Support> },
  use: (support: Assistant.Assistant) => Effect.Effect<A, E, R>
) => Effect.provide(Effect.flatMap(Support, use), layer)

const all = <A, E, R>(stream: Stream.Stream<A, E, R>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

class NoMore extends Data.TaggedError("NoMore")<{ readonly after: number }> {}

/** The form that was sent, read by another than the one who wrote it. */
const formOf = (sent: Sent | undefined): Effect.Effect<FormData> =>
  Effect.promise(() =>
    new Response(sent?.body ?? "", { headers: { "content-type": sent?.headers["content-type"] ?? "" } }).formData()
  )

const handbook = FileSource.fromBytes("handbook.pdf", utf8("Open from 9 to 5. 営業時間"))

describe("upload", () => {
  it.effect("sends a form with the file and its metadata, and gives the operation", () =>
    Effect.gen(function*() {
      const server = stub(accepted(operation("Processing")))
      const accepting = yield* run(server, (support) =>
        support.files.upload(handbook, { metadata: { team: "Größe", year: 2026, tags: ["a"] }, multimodal: true }))
      assert.deepStrictEqual(
        [accepting.id, accepting.operationType, accepting.fileId, accepting.percentComplete, accepting.createdOn],
        ["op-1", "upload_file", "f1", 42, new Date("2026-04-01T10:00:00Z")]
      )
      const [sent] = server.sent
      assert.deepStrictEqual(
        [sent?.method, sent?.host, sent?.path],
        ["POST", "data.test", "/assistant/files/support?multimodal=true"]
      )
      assert.strictEqual(sent?.headers["content-length"], String(utf8(sent?.body ?? "").length))
      const form = yield* formOf(sent)
      assert.deepStrictEqual([...form.keys()], ["metadata", "file"])
      assert.deepStrictEqual(JSON.parse(String(form.get("metadata"))), { team: "Größe", year: 2026, tags: ["a"] })
      const part = form.get("file")
      assert.isTrue(part instanceof File)
      if (part instanceof File) {
        assert.deepStrictEqual([part.name, part.type], ["handbook.pdf", "application/pdf"])
        assert.strictEqual(
          yield* Effect.promise(() =>
            part.text()
          ),
          "Open from 9 to 5. 営業時間"
        )
      }
    }))

  it.effect.prop(
    "no content and no name breaks the form",
    [
      FastCheck.fullUnicodeString({ minLength: 1 }).filter((name) => !name.includes("\0")),
      FastCheck.string(),
      FastCheck.array(
        FastCheck.constantFrom("\r\n", "--", "\"", "Content-Disposition: form-data; name=\"metadata\"", "a")
      )
    ],
    ([name, text, injected]) =>
      Effect.gen(function*() {
        const server = stub(accepted(operation("Processing")))
        const content = text + injected.join("")
        const fileName = name + injected.join("")
        yield* run(server, (support) => support.files.upload(FileSource.fromBytes(fileName, utf8(content))))
        const form = yield* formOf(server.sent[0])
        assert.deepStrictEqual([...form.keys()], ["file"])
        const part = form.get("file")
        assert.isTrue(part instanceof File)
        if (part instanceof File) assert.strictEqual(yield* Effect.promise(() => part.text()), content)
      }),
    { fastCheck: { numRuns: 50 } }
  )

  it.effect("upserts under an id, from a file on disk", () =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const folder = yield* files.makeTempDirectoryScoped()
      yield* files.writeFileString(`${folder}/notes.md`, "# Notes")
      const server = stub(accepted(operation("Processing", { operation_type: "upsert_file" })))
      yield* run(server, (support) => support.files.upsert("my-notes", FileSource.fromPath(`${folder}/notes.md`)))
      const form = yield* formOf(server.sent[0])
      const part = form.get("file")
      assert.deepStrictEqual([server.sent[0]?.method, server.sent[0]?.path], [
        "PUT",
        "/assistant/files/support/my-notes"
      ])
      assert.isTrue(
        part instanceof File && part.name === "notes.md" && part.type === "text/markdown" && part.size === 7
      )

      const none = stub()
      const error = yield* Effect.flip(
        run(none, (support) => support.files.upload(FileSource.fromPath(`${folder}/none.md`)))
      )
      assert.isTrue(error._tag === "SystemError" && error.reason === "NotFound")
      assert.strictEqual(none.sent.length, 0)
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))

  it.effect("what is wrong with the content is told as it is", () =>
    Effect.gen(function*() {
      const server = stub(accepted(operation("Processing")))
      const content = Stream.concat(Stream.make(utf8("a")), Stream.fail(new NoMore({ after: 1 })))
      const error = yield* Effect.flip(
        run(server, (support) => support.files.upload(FileSource.fromStream("a.txt", content)))
      )
      assert.deepStrictEqual(error, new NoMore({ after: 1 }))
      assert.strictEqual(server.sent.length, 0)
    }))

  it.effect("an upsert is repeated as a whole, an upload where nothing was done, and a stream never", () =>
    Effect.gen(function*() {
      const ran = <R>(
        script: ReturnType<typeof stub>,
        use: (files: Assistant.Files) => Effect.Effect<unknown, unknown, R>
      ) =>
        Effect.gen(function*() {
          const fiber = yield* Effect.fork(Effect.either(run(script, (support) => use(support.files))))
          yield* TestClock.adjust("1 minute")
          const end = yield* Fiber.join(fiber)
          return [Either.isRight(end), script.sent.length]
        })
      const done = accepted(operation("Processing"))
      const busy = refused(503, "UNAVAILABLE", { "retry-after": "1" })
      const once = FileSource.fromStream("a.txt", Stream.make(utf8("a")))

      const upserted = stub(broken, refused(500, "INTERNAL"), done)
      assert.deepStrictEqual(yield* ran(upserted, (files) => files.upsert("f1", handbook)), [true, 3])
      assert.strictEqual(upserted.sent[2]?.body, upserted.sent[0]?.body)
      assert.include(upserted.sent[2]?.body, "営業時間")

      assert.deepStrictEqual(yield* ran(stub(broken, done), (files) => files.upload(handbook)), [false, 1])
      assert.deepStrictEqual(yield* ran(stub(busy, done), (files) => files.upload(handbook)), [true, 2])
      assert.deepStrictEqual(yield* ran(stub(busy, done), (files) => files.upload(once)), [false, 1])
      assert.deepStrictEqual(yield* ran(stub(broken, done), (files) => files.upsert("f1", once)), [false, 1])
    }))

  it.effect("may take longer than the timeout, as long as it goes on", () =>
    Effect.gen(function*() {
      const server = stub(accepted(operation("Processing")))
      const every = (pause: number) =>
        FileSource.fromStream(
          "a.txt",
          Stream.range(1, 5).pipe(
            Stream.rechunk(1),
            Stream.tap(() => Effect.sleep(pause)),
            Stream.map((n) => utf8(String(n)))
          )
        )
      const steady = yield* Effect.fork(run(server, (support) => support.files.upload(every(20_000))))
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual((yield* Fiber.join(steady)).id, "op-1")
      const stuck = yield* Effect.fork(
        Effect.flip(run(server, (support) => support.files.upload(every(20_000), { timeout: "10 seconds" })))
      )
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual((yield* Fiber.join(stuck))._tag, "PineconeTimedOut")
    }))

  it.effect("refuses what Pinecone would, before it is sent", () =>
    Effect.gen(function*() {
      const server = stub()
      const field = <E extends object, R>(use: (files: Assistant.Files) => Effect.Effect<unknown, E, R>) =>
        Effect.map(
          Effect.flip(run(server, (support) => use(support.files))),
          (error) => "field" in error ? error.field : error
        )
      const text = FileSource.fromBytes("a.txt", utf8("a"))
      assert.deepStrictEqual(
        yield* Effect.all([
          field((files) => files.upsert("", text)),
          field((files) => files.upsert("a/b", text)),
          field((files) => files.upsert("a".repeat(129), text)),
          field((files) => files.upload(text, { multimodal: true })),
          field((files) => files.upload(text, { metadata: { a: "a".repeat(16 * 1024) } })),
          field((files) => files.upload(FileSource.fromBytes("", utf8("a")))),
          field((files) => files.list({ limit: 0 })),
          field((files) => files.list({ filter: Filter.raw({ $and: [] }) }))
        ]),
        ["fileId", "fileId", "fileId.length", "multimodal", "metadata", "name", "limit", "filter: $and"]
      )
      assert.strictEqual(server.sent.length, 0)
    }))
})

describe("waiting", () => {
  it.effect("for an upload: the operation, and then the file", () =>
    Effect.gen(function*() {
      const server = stub(
        accepted(operation("Processing", { file_id: null })),
        ok(operation("Processing", { file_id: null })),
        ok(operation("Completed")),
        ok(file("Processing")),
        ok(file("Available"))
      )
      const fiber = yield* Effect.fork(run(server, (support) => support.files.uploadAndWait(handbook)))
      yield* TestClock.adjust("250 millis")
      yield* TestClock.adjust("250 millis")
      assert.strictEqual((yield* Fiber.join(fiber)).status, "Available")
      assert.deepStrictEqual(server.sent.map(({ path }) => path), [
        "/assistant/files/support",
        "/assistant/operations/support/op-1",
        "/assistant/operations/support/op-1",
        "/assistant/files/support/f1",
        "/assistant/files/support/f1"
      ])
    }))

  it.effect("is over where the processing has failed, and says why", () =>
    Effect.gen(function*() {
      const failing = stub(
        accepted(operation("Processing")),
        ok(operation("Failed", { error_message: "unsupported file format" }))
      )
      const error = yield* Effect.flip(run(failing, (support) => support.files.upsertAndWait("f1", handbook)))
      assert.isTrue(
        error._tag === "PineconeOperationFailed" && error.resource === "file_operation" && error.id === "op-1"
      )
      assert.include(error.message, "unsupported file format")

      const failed = yield* Effect.flip(
        run(stub(ok(file("ProcessingFailed"))), (support) => support.files.waitUntilAvailable("f1"))
      )
      assert.isTrue(
        failed._tag === "PineconeOperationFailed" && failed.resource === "file" && failed.state === "ProcessingFailed"
      )
    }))

  it.effect("ends when its time is over", () =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(
        Effect.flip(run(stub(ok(operation("Processing"))), (support) => support.operations.waitUntilCompleted("op-1")))
      )
      yield* TestClock.adjust("5 minutes")
      const error = yield* Fiber.join(fiber)
      assert.deepStrictEqual([error._tag, error.assistant], ["PineconeTimedOut", "support"])
    }))

  it.effect("until a file is gone", () =>
    Effect.gen(function*() {
      const server = stub(ok(file("Deleting")), notFound)
      const fiber = yield* Effect.fork(run(server, (support) => support.files.waitUntilGone("f1")))
      yield* TestClock.adjust("1 millis")
      assert.lengthOf(server.sent, 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), undefined)
      assert.deepStrictEqual(server.sent.map(({ path }) => path.split("?")[0]), [
        "/assistant/files/support/f1",
        "/assistant/files/support/f1"
      ])
    }))
})

describe("files", () => {
  it.effect("lists those that fit a filter, page by page", () =>
    Effect.gen(function*() {
      const server = stub(
        ok({ files: [file("Available")], pagination: { next: "t" } }),
        ok({ files: [file("Available", { id: "f2" })], pagination: null })
      )
      const ids = yield* run(server, (support) =>
        all(Stream.map(support.files.listStream({ filter: Filter.eq("genre", "comedy"), limit: 1 }), ({ id }) =>
          id)))
      assert.deepStrictEqual(ids, ["f1", "f2"])
      const [first, second] = server.sent.map(({ host, path }) =>
        new URL(`https://${host}${path}`).searchParams
      )
      assert.deepStrictEqual(
        [first?.get("filter"), first?.get("limit"), first?.get("pagination_token")],
        ["{\"genre\":{\"$eq\":\"comedy\"}}", "1", null]
      )
      assert.strictEqual(second?.get("pagination_token"), "t")
    }))

  it.effect("describes one, and keeps its address a secret", () =>
    Effect.gen(function*() {
      const url = "https://storage.test/f1?signature=s3cret"
      const server = stub(ok(file("Available", { signed_url: url, multimodal: true })), ok(file("Available")))
      const found = yield* run(server, (support) => support.files.describe("a/b", { includeUrl: true }))
      assert.strictEqual(server.sent[0]?.path, "/assistant/files/support/a%2Fb?include_url=true")
      assert.deepStrictEqual([found.size, found.multimodal, found.metadata], [12, true, undefined])
      assert.isDefined(found.signedUrl)
      if (found.signedUrl !== undefined) assert.strictEqual(Redacted.value(found.signedUrl), url)
      for (const shown of [inspect(found, { depth: 10 }), JSON.stringify(found), String(found.signedUrl)]) {
        assert.notInclude(shown, "s3cret")
      }
      yield* run(server, (support) => support.files.describe("f1"))
      assert.strictEqual(server.sent[1]?.path, "/assistant/files/support/f1")
    }))

  it.effect("deletes one: with an operation, or at once", () =>
    Effect.gen(function*() {
      const server = stub(accepted(operation("Processing", { operation_type: "delete_file" })), { status: 204 })
      const first = yield* run(server, (support) => support.files.delete("f1"))
      const second = yield* run(server, (support) => support.files.delete("f1"))
      assert.deepStrictEqual([first?.operationType, second], ["delete_file", undefined])
    }))

  it.effect("lists and follows operations", () =>
    Effect.gen(function*() {
      const server = stub(ok({ operations: [operation("Completed"), operation("a_later_state")] }))
      const { next, operations } = yield* run(server, (support) =>
        support.operations.list({ operationType: "upload_file", status: "Completed", limit: 100 }))
      assert.deepStrictEqual([
        operations.map(({ status }) =>
          status
        ),
        next
      ], [["Completed", "a_later_state"], undefined])
      assert.strictEqual(
        server.sent[0]?.path,
        "/assistant/operations/support?operation_type=upload_file&status=Completed&limit=100"
      )
      const following = stub(ok(operation("Processing")), ok(operation("Completed")))
      const fiber = yield* Effect.fork(run(following, (support) => all(support.operations.progress("op-1"))))
      yield* TestClock.adjust("250 millis")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).map(({ percentComplete }) => percentComplete), [42, 100])
    }))

  it.effect("no error shows the key", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        run(stub(refused(400, "INVALID_ARGUMENT")), (support) => support.files.upload(handbook))
      )
      assert.strictEqual(error._tag, "PineconeInvalidRequest")
      for (const shown of [inspect(error, { depth: 10 }), JSON.stringify(error), String(error)]) {
        assert.notInclude(shown, key)
      }
    }))
})

describe("uploadProgress", () => {
  it.effect("adds up, and ends with the file", () =>
    Effect.gen(function*() {
      const server = stub(
        accepted(operation("Processing")),
        ok(operation("Processing")),
        ok(operation("Completed")),
        ok(operation("Completed")),
        ok(file("Available"))
      )
      const bytes = new Uint8Array(1_000_000)
      const fiber = yield* Effect.fork(
        run(server, (support) => all(support.files.uploadProgress(FileSource.fromBytes("a.txt", bytes))))
      )
      yield* TestClock.adjust("250 millis")
      const reports = yield* Fiber.join(fiber)
      const sent = reports.flatMap((report) => report._tag === "Sending" ? [report] : [])
      assert.deepStrictEqual(sent.at(-1), { _tag: "Sending", sent: 1_000_000, size: 1_000_000 })
      assert.deepStrictEqual(sent.map((report) => report.sent), sent.map((report) => report.sent).sort((a, b) => a - b))
      assert.deepStrictEqual(
        reports.slice(sent.length).map((report) => report._tag),
        ["Processing", "Processing", "Available"]
      )
    }))

  it.effect("fails as the upload does", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        run(stub(refused(403, "FORBIDDEN")), (support) => Stream.runDrain(support.files.uploadProgress(handbook)))
      )
      assert.strictEqual(error._tag, "PineconeForbidden")
    }))
})

describe.each([["fetch", FetchHttpClient.layer], ["NodeHttp", NodeHttp.layer()]] as const)(
  "upload over a socket with %s",
  (name, client) => {
    const at = (url: string) => ({ layer: Layer.orDie(layerOver(client, url)) })

    const megabytes = 100
    const piece = new Uint8Array(64 * 1024)
    const size = megabytes * 1024 * 1024

    it.scopedLive("of a large stream is never all in memory", () =>
      Effect.gen(function*() {
        let received = 0
        const { url } = yield* server.serve((request, response) => {
          request.on("data", (chunk: Uint8Array) => {
            received += chunk.length
          })
          request.on("end", () => {
            response.writeHead(202, { "content-type": "application/json" })
            response.end(JSON.stringify(operation("Processing")))
          })
        })
        let made = 0
        let most = 0
        const content = Stream.repeatValue(piece).pipe(
          Stream.take(size / piece.length),
          Stream.rechunk(1),
          Stream.tap(() =>
            Effect.sync(() => {
              made += piece.length
              most = Math.max(most, made - received)
            })
          )
        )
        yield* run(at(url), (support) => support.files.upload(FileSource.fromStream("large.txt", content)))
        assert.isAbove(received, size)
        assert.isBelow(most, size / 5)
      }), 60_000)

    it.scopedLive("that is interrupted closes the connection, and lets go of the content", () =>
      Effect.gen(function*() {
        const begun = yield* Deferred.make<void>()
        const released = yield* Deferred.make<void>()
        const { idle, url } = yield* server.serve((request) => {
          request.once("data", () => Effect.runSync(Deferred.succeed(begun, undefined)))
        })
        const content = Stream.concat(Stream.make(piece), Stream.never).pipe(
          Stream.ensuring(Deferred.succeed(released, undefined))
        )
        yield* run(at(url), (support) =>
          Effect.gen(function*() {
            const fiber = yield* Effect.fork(support.files.upload(FileSource.fromStream("endless.txt", content)))
            yield* Deferred.await(begun)
            yield* Fiber.interrupt(fiber)
            yield* idle
            yield* Deferred.await(released)
          }))
      }))

    it.scopedLive("that the server refuses in the middle gives its error, and lets go of the content", () =>
      Effect.gen(function*() {
        const { url } = yield* server.serve((request, response) => {
          request.once("data", () => {
            response.writeHead(413, { "content-type": "application/json" })
            response.end(JSON.stringify({ status: 413, error: { code: "INVALID_ARGUMENT", message: "too large" } }))
          })
        })
        const released = yield* Deferred.make<void>()
        const content = Stream.repeatValue(piece).pipe(
          Stream.rechunk(1),
          Stream.ensuring(Deferred.succeed(released, undefined))
        )
        const error = yield* run(
          at(url),
          (support) =>
            Effect.flip(support.files.upload(FileSource.fromStream("endless.txt", content))).pipe(
              // The client below is still there.
              Effect.zipLeft(Deferred.await(released))
            )
        )
        assert.isTrue(error._tag === "PineconeInvalidRequest" && error.status === 413, `${name}: ${inspect(error)}`)
        assert.include(error.message, "too large")
      }))
  }
)

describe("FileSource", () => {
  it("knows the media type by the name, or is told it", () => {
    const typeOf = (name: string, contentType?: string) =>
      FileSource.fromBytes(name, new Uint8Array(), { contentType }).contentType
    assert.deepStrictEqual(
      ["a.PDF", "a.b.txt", "a.md", "a.json", "a.docx", "a", "a.toString"].map((name) => typeOf(name)),
      [
        "application/pdf",
        "text/plain",
        "text/markdown",
        "application/json",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/octet-stream",
        "application/octet-stream"
      ]
    )
    assert.strictEqual(typeOf("a.pdf", "text/plain"), "text/plain")
    assert.strictEqual(FileSource.fromPath("C:\\docs\\a.txt").name, "a.txt")
    assert.strictEqual(FileSource.fromPath("docs/a.txt", { name: "b.md" }).contentType, "text/markdown")
  })
})
