import * as IndexModel from "@effect-pinecone/schema/IndexModel"
import * as IndexModel2026_04 from "@effect-pinecone/schema/IndexModel2026_04"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Assistant from "../../assistant/src/Assistant.js"
import * as FileSource from "../../assistant/src/FileSource.js"
import * as Backups from "../../control-plane/src/Backups.js"
import * as Indexes from "../../control-plane/src/Indexes.js"
import * as VectorIndex from "../../data-plane/src/VectorIndex.js"
import * as Failure from "../src/Failure.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"

/** A client of a server that answers everything with the same. */
const over = (body: string, type = "application/json") =>
  Layer.provideMerge(
    Layer.merge(Indexes.layer, Backups.layer),
    Layer.provide(
      PineconeHttpClient.layer({ apiKey: Redacted.make("sesame") }),
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request) =>
          Effect.succeed(
            HttpClientResponse.fromWeb(request, new Response(body, { headers: { "content-type": type } }))
          )
        )
      )
    )
  )

const why = (either: ReturnType<ReturnType<typeof ParseResult.decodeUnknownEither>>) =>
  either._tag === "Left" ? Failure.whyNoFit(either.left) : "nothing"

const file = FileSource.fromBytes("a.txt", new Uint8Array(1))

describe("a message", () => {
  it.effect("of input that cannot be sent is one line, with the place", () =>
    Effect.gen(function*() {
      const { describe, exists } = yield* Indexes.Indexes
      const backups = yield* Backups.Backups
      const index = yield* VectorIndex.make({ host: "movies.test" })
      const calls = [
        [exists(""), "name: must have at least one character"],
        [describe(".."), "name: must be a string that can be part of a URL, got \"..\""],
        [backups.describe(""), "backupId: must have at least one character"],
        [
          index.describeNamespace(""),
          "name: must be the name of a namespace, of 1 to 512 printable ASCII characters, and not \".\" or \"..\", got \"\""
        ],
        [index.describeImport(""), "id: must have at least one character"],
        // What no check has seen, the definition of the API refuses.
        [
          PineconeHttpClient.PineconeHttpClient.pipe(
            Effect.flatMap((http) =>
              Effect.flatMap(http.dataPlane("movies.test"), (client) =>
                http.call(
                  { operation: "describe_import" },
                  client.imports.describe({ path: { id: ".." } })
                ))
            )
          ),
          "describe_import was not sent: id must not be \"\", \".\" or \"..\", got \"..\""
        ]
      ] as const satisfies ReadonlyArray<
        readonly [Effect.Effect<unknown, unknown, PineconeHttpClient.PineconeHttpClient>, string]
      >
      for (const [one, message] of calls) {
        const call: Effect.Effect<unknown, unknown, PineconeHttpClient.PineconeHttpClient> = one
        assert.deepInclude(yield* Effect.flip(call), {
          _tag: "PineconeInvalidRequest",
          message
        })
      }
    }).pipe(Effect.provide(over("{}"))))

  it.effect("of a path with half of a surrogate pair is one line, with the place", () =>
    Effect.gen(function*() {
      const http = yield* PineconeHttpClient.PineconeHttpClient
      const index = yield* VectorIndex.make({ host: "movies.test" })
      const named = yield* VectorIndex.make({ name: "\uDC00" })
      const half = "must not have half of a surrogate pair, got"
      const calls: ReadonlyArray<readonly [Effect.Effect<unknown, unknown>, string]> = [
        [http.describeIndex("a\uD800"), `describe_index on "a\uD800" was not sent: ${half} "a\\ud800"`],
        [named.describeIndexStats(), `describe_index on "\uDC00" was not sent: ${half} "\\udc00"`],
        [index.describeImport("\uD800b"), "id: must be a string that can be part of a URL, got \"\\ud800b\""],
        [index.cancelImport("\uD800b"), "id: must be a string that can be part of a URL, got \"\\ud800b\""],
        // What no check has seen, the definition of the API refuses.
        [
          Effect.flatMap(http.dataPlane("movies.test"), (client) =>
            http.call({ operation: "describe_import" }, client.imports.describe({ path: { id: "\uD800b" } }))),
          `describe_import was not sent: id ${half} "\\ud800b"`
        ]
      ]
      for (const [call, message] of calls) {
        assert.deepInclude(yield* Effect.flip(call), { _tag: "PineconeInvalidRequest", message })
      }
      // Both halves are a character.
      assert.deepStrictEqual(yield* index.describeImport("\uD83C\uDF9E"), {})
    }).pipe(Effect.provide(over("{}"))))

  it.effect("of an answer that is none is one line, with the place", () =>
    Effect.gen(function*() {
      const answered = "returned an answer that the API does not define:"
      const describing = (body: string) =>
        Effect.provide(Effect.flatMap(Indexes.Indexes, ({ describe }) => Effect.flip(describe("movies"))), over(body))
      const model = { name: "movies", metric: "cosine", host: "h", spec: {}, status: { ready: "yes", state: "Ready" } }
      for (
        const [body, why] of [
          [JSON.stringify(model), "status.ready must be a boolean, got \"yes\""],
          [JSON.stringify({ ...model, name: 7 }), "name must be a string, got 7"],
          ["null", "must be an object, got null"],
          ["[\"sesame\"]", "must be an object, got [\"<redacted>\"]"]
        ] as const
      ) {
        const error = yield* describing(body)
        assert.deepInclude(error, { _tag: "PineconeInvalidResponse" })
        assert.strictEqual(error.message, `describe_index on "movies" ${answered} ${why}`)
      }
      const assistant = yield* Assistant.make({ name: "support", host: "data.test" })
      const messages = [{ role: "user", content: "q" }] as const
      const uploading = yield* Effect.flip(assistant.files.upload(file))
      assert.match(uploading.message, /^upload_file on "support" returned an answer that .*: \S.*$/)
      const chatting = yield* Effect.flip(assistant.chat({ messages }))
      assert.match(chatting.message, /^chat_assistant on "support" returned an answer that .*: \S.*$/)
      for (const { message } of [uploading, chatting]) assert.notMatch(message, /[└├\n]|readonly/)
    }).pipe(Effect.provide(over("{\"message\":7,\"id\":7}"))))

  it.effect("of an event that is none is one line, with the place", () =>
    Effect.gen(function*() {
      const assistant = yield* Assistant.make({ name: "support", host: "data.test" })
      const error = yield* Effect.flip(
        Stream.runDrain(assistant.chatStream({ messages: [{ role: "user", content: "q" }] }))
      )
      assert.match(error.message, /: delta\.content must be a string, got 7$/)
    }).pipe(Effect.provide(over(
      "data: {\"type\":\"content_chunk\",\"id\":\"1\",\"model\":\"m\",\"delta\":{\"content\":7}}\n\n",
      "text/event-stream"
    ))))

  it("names the deepest thing that is wrong", () => {
    const decode = ParseResult.decodeUnknownEither(IndexModel.IndexModel)
    const encode = ParseResult.encodeUnknownEither(IndexModel.CreateIndexRequest)
    const model = { name: "a", host: "h", status: { ready: true, state: "Ready" }, deletion_protection: "disabled" }
    const deployment = { deployment_type: "managed", cloud: "aws", region: 3 }
    assert.strictEqual(
      why(decode({ ...model, schema: { fields: {} }, deployment })),
      "deployment.region must be a string, got 3"
    )
    assert.strictEqual(
      why(encode({ name: "a", dimension: 1.5, spec: { serverless: { cloud: "aws", region: "r" } } })),
      "dimension must be an integer, got 1.5"
    )
    assert.strictEqual(
      why(encode({ name: "a", dimension: 2, spec: { pod: { environment: "e", podType: "p1" } } })),
      "cannot ask for pods"
    )
  })

  it("names it in the words of 2026-04 too", () => {
    const decode = ParseResult.decodeUnknownEither(IndexModel2026_04.IndexModel)
    const encode = ParseResult.encodeUnknownEither(IndexModel2026_04.CreateIndexRequest)
    const model = { name: "a", host: "h", metric: "cosine", status: { ready: true, state: "Ready" } }
    assert.strictEqual(
      why(decode({ ...model, vector_type: "dense", spec: { serverless: { cloud: "aws", region: 3 } } })),
      "spec.serverless.region must be a string, got 3"
    )
    assert.strictEqual(why(encode({ dimension: 2 })), "has no name")
  })
})
