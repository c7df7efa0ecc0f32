import type * as Assistant from "@effect-pinecone/assistant/Assistant"
import * as NodeHttp from "@effect-pinecone/node/NodeHttp"
import * as Filter from "@effect-pinecone/schema/Filter"
import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import { FastCheck } from "../../../scripts/testing/properties.js"
import * as server from "./utils/server.js"
import { assistant, broken, events, key, layerOver, notFound, ok, refused, stub, Support, utf8 } from "./utils/stub.js"

const question: Assistant.ChatStreamOptions = { messages: [{ role: "user", content: "Wann ist offen?" }] }

const run = <A, E>(
  { layer }: { readonly layer: Layer.Layer<Support> },
  use: (support: Assistant.Assistant) => Effect.Effect<A, E>
) => Effect.provide(Effect.flatMap(Support, use), layer)

const all = <A, E>(stream: Stream.Stream<A, E>) => Effect.map(Stream.runCollect(stream), Chunk.toReadonlyArray)

/** What came, and what it ended with. */
const until = <A>(stream: Stream.Stream<A, PineconeError.PineconeError>) => {
  const came: Array<A> = []
  return Effect.map(
    Effect.either(Stream.runForEach(stream, (piece) => Effect.sync(() => came.push(piece)))),
    (end) => ({ came, error: end._tag === "Left" ? end.left : undefined })
  )
}

const body = (sent: { readonly body: string } | undefined): unknown => JSON.parse(sent?.body ?? "null")

const head = { id: "c1", model: "gpt-4o" }

const start = { type: "message_start", ...head, role: "assistant", context_snippet_count: 3 }

const content = (content: string) => ({ type: "content_chunk", ...head, delta: { content } })

const cited = {
  type: "citation",
  ...head,
  citation: {
    position: 12,
    references: [{
      file: { id: "f1", name: "Öffnungszeiten.pdf", signed_url: "https://storage.test/f1?signature=s3cret" },
      pages: [1, 2],
      highlight: null
    }]
  }
}

const end = {
  type: "message_end",
  ...head,
  finish_reason: "stop",
  usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
}

const event = (json: unknown) => `data: ${JSON.stringify(json)}\n\n`

const whole = [start, content("Täglich 🎉 "), content("von 9 bis 17 Uhr, 営業時間."), cited, end]

const tags = (pieces: ReadonlyArray<{ readonly _tag: string }>) => pieces.map(({ _tag }) => _tag)

/** A value of a type that the compiler would refuse. */
const unfit = (value: unknown): never => value as never

describe("chatStream", () => {
  it.effect("gives each event, in camel case, and asks for a stream", () =>
    Effect.gen(function*() {
      const server = stub(events(utf8(whole.map(event).join(""))))
      const came = yield* run(server, (support) =>
        all(support.chatStream({
          ...question,
          model: "gpt-5",
          temperature: 0.5,
          filter: Filter.eq("team", "support"),
          includeHighlights: true,
          contextOptions: { topK: 64, snippetSize: 512 }
        })))
      assert.deepStrictEqual(body(server.sent[0]), {
        messages: question.messages,
        stream: true,
        model: "gpt-5",
        temperature: 0.5,
        filter: { team: { $eq: "support" } },
        include_highlights: true,
        context_options: { top_k: 64, snippet_size: 512 }
      })
      assert.deepStrictEqual(
        [server.sent[0]?.method, server.sent[0]?.host, server.sent[0]?.path, server.sent[0]?.headers["accept"]],
        ["POST", "data.test", "/assistant/chat/support", "text/event-stream"]
      )
      assert.deepStrictEqual(tags(came), ["MessageStart", "ContentChunk", "ContentChunk", "Citation", "MessageEnd"])
      const [first, second, , citation, last] = came
      assert.isTrue(first?._tag === "MessageStart" && first.contextSnippetCount === 3 && first.role === "assistant")
      assert.isTrue(second?._tag === "ContentChunk" && second.delta.content === "Täglich 🎉 ")
      assert.isTrue(citation?._tag === "Citation")
      if (citation?._tag === "Citation") {
        assert.deepStrictEqual(citation.citation.references[0]?.pages, [1, 2])
        assert.strictEqual(citation.citation.references[0]?.file?.name, "Öffnungszeiten.pdf")
        assert.notInclude(inspect(citation, { depth: 10 }), "s3cret")
      }
      assert.isTrue(last?._tag === "MessageEnd" && last.finishReason === "stop" && last.usage?.totalTokens === 3)
    }))

  const wire = [
    "\uFEFF: welcome\r\n\r\n",
    `event: message\r\nid: 1\r\ndata: ${JSON.stringify(start)}\r\n\r\n`,
    event(content("Täglich 🎉 ")),
    ": ping\n\n",
    event({ type: "thought", ...head, text: "what a later version adds" }),
    `data: ${JSON.stringify(content("von 9 bis 17 Uhr, 営業時間.")).replace(",", ",\ndata: ")}\n\n`,
    event(cited),
    event(end),
    "data: [DONE]\n\n"
  ].join("")

  it.effect("gives the same events wherever the bytes are cut", () =>
    Effect.gen(function*() {
      const bytes = utf8(wire)
      const cuts = Array.from({ length: bytes.length }, (_, cut) => events(bytes.subarray(0, cut), bytes.subarray(cut)))
      yield* run(stub(...cuts), (support) =>
        Effect.gen(function*() {
          const expected = yield* all(support.chatStream(question))
          assert.deepStrictEqual(tags(expected), [
            "MessageStart",
            "ContentChunk",
            "ContentChunk",
            "Citation",
            "MessageEnd"
          ])
          for (let cut = 1; cut < bytes.length; cut++) {
            assert.deepEqual(yield* all(support.chatStream(question)), expected, `cut at ${cut}`)
          }
        }))
    }), 60_000)

  it.effect.prop(
    "gives the same text in however many pieces it comes",
    [FastCheck.array(FastCheck.fullUnicodeString(), { maxLength: 5 }), FastCheck.array(FastCheck.nat(400))],
    ([texts, cuts]) =>
      Effect.gen(function*() {
        const bytes = utf8([start, ...texts.map(content), end].map(event).join(""))
        const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) =>
          a - b
        )
        const pieces = places.slice(1).map((place, index) => bytes.subarray(places[index], place))
        const came = yield* run(stub(events(...pieces)), (support) => all(support.chatStream(question)))
        assert.deepStrictEqual(
          came.flatMap((event) => event._tag === "ContentChunk" ? [event.delta.content] : []),
          // A lone half of a pair is no text, and JSON writes it as an escape.
          texts
        )
      })
  )

  it.effect("an answer that breaks off fails after what has come", () =>
    Effect.gen(function*() {
      for (
        const cut of [
          event(start) + event(content("Täglich")),
          event(start) + event(content("Täglich")) + event(end).slice(0, -1),
          event(start) + event(content("Täglich")) + "data: [DONE]\n\n"
        ]
      ) {
        const { came, error } = yield* run(stub(events(utf8(cut))), (support) => until(support.chatStream(question)))
        assert.deepStrictEqual(tags(came), ["MessageStart", "ContentChunk"])
        assert.deepStrictEqual([error?._tag, error?.operation, error?.assistant], [
          "PineconeTransportError",
          "chat_assistant",
          "support"
        ])
        assert.include(error?.message, "cut off")
      }
    }))

  it.effect("an error in the middle is the error that it tells of", () =>
    Effect.gen(function*() {
      const told = (status: number, code: string) => ({ status, error: { code, message: `so says ${key}` } })
      const cases = [
        [event(told(429, "RESOURCE_EXHAUSTED")), "PineconeRateLimited"],
        [`event: error\n${event(told(404, "NOT_FOUND"))}`, "PineconeNotFound"],
        [event({ type: "error", error: "no more tokens" }), "PineconeServiceUnavailable"],
        ["event: error\ndata: overloaded\n\n", "PineconeServiceUnavailable"],
        ["data: {\"type\": \n\n", "PineconeInvalidResponse"],
        [event({ type: "content_chunk", delta: {} }), "PineconeInvalidResponse"]
      ] as const
      for (const [text, tag] of cases) {
        const server = stub(events(utf8(event(start) + text + event(end))))
        const { came, error } = yield* run(server, (support) => until(support.chatStream(question)))
        assert.deepStrictEqual([tags(came), error?._tag], [["MessageStart"], tag])
        assert.notInclude(JSON.stringify(error), key)
        assert.strictEqual(server.sent.length, 1)
      }
    }))

  it.effect("an answer of another type is none", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        run(stub(ok({ message: { content: "whole" } })), (support) => all(support.chatStream(question)))
      )
      assert.strictEqual(error._tag, "PineconeInvalidResponse")
      assert.include(error.message, "application/json")
    }))

  it.effect("what is refused is not begun; it is repeated only where the server did nothing", () =>
    Effect.gen(function*() {
      for (
        const [reply, tag] of [[notFound, "PineconeNotFound"], [
          refused(500, "INTERNAL"),
          "PineconeServiceUnavailable"
        ]] as const
      ) {
        const server = stub(reply)
        const { came, error } = yield* run(server, (support) => until(support.chatStream(question)))
        assert.deepStrictEqual([came, error?._tag, server.sent.length], [[], tag, 1])
        assert.notInclude(JSON.stringify(error), key)
      }
      const busy = stub(refused(429, "RESOURCE_EXHAUSTED", { "retry-after": "2" }), events(utf8(event(end))))
      const fiber = yield* Effect.fork(run(busy, (support) => all(support.chatStream(question))))
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(tags(yield* Fiber.join(fiber)), ["MessageEnd"])
      assert.strictEqual(busy.sent.length, 2)
      const gone = stub(broken)
      const { error } = yield* run(gone, (support) => until(support.chatStream(question)))
      assert.deepStrictEqual([error?._tag, gone.sent.length], ["PineconeTransportError", 1])
    }))

  /** A client whose answer begins after a while, and gives a piece of it at a time. */
  const slow = (begin: Duration.DurationInput, pause: Duration.DurationInput, ...pieces: ReadonlyArray<string>) => {
    const client = HttpClient.make((request) =>
      Effect.gen(function*() {
        yield* Effect.sleep(begin)
        const text = Stream.fromIterable(pieces).pipe(
          Stream.rechunk(1),
          Stream.tap(() => Effect.sleep(pause)),
          Stream.encodeText
        )
        return HttpClientResponse.fromWeb(
          request,
          new Response(yield* Stream.toReadableStreamEffect(text), {
            headers: { "content-type": "text/event-stream" }
          })
        )
      })
    )
    return { layer: layerOver(Layer.succeed(HttpClient.HttpClient, client)) }
  }

  it.effect("the timeout holds for the start, and then for each silence", () =>
    Effect.gen(function*() {
      const patient = yield* Effect.fork(run(
        slow("29 seconds", "29 seconds", event(start), ": ping\n\n", event(content("a")), event(end)),
        (support) => all(support.chatStream(question))
      ))
      yield* TestClock.adjust("5 minutes")
      assert.deepStrictEqual(tags(yield* Fiber.join(patient)), ["MessageStart", "ContentChunk", "MessageEnd"])

      const late = yield* Effect.fork(run(
        slow("31 seconds", 0, event(end)),
        (support) => until(support.chatStream(question))
      ))
      yield* TestClock.adjust("30 seconds")
      const atStart = yield* Fiber.join(late)
      assert.deepStrictEqual([atStart.came, atStart.error?._tag], [[], "PineconeTimedOut"])

      const silent = yield* Effect.fork(run(
        slow(0, "6 seconds", event(start), event(end)),
        (support) => until(support.chatStream({ ...question, timeout: "5 seconds" }))
      ))
      yield* TestClock.adjust("5 seconds")
      const inside = yield* Fiber.join(silent)
      assert.isTrue(inside.error?._tag === "PineconeTimedOut" && Duration.toSeconds(inside.error.timeout) === 5)
    }))

  it.effect("refuses what Pinecone would, before it is sent", () =>
    Effect.gen(function*() {
      const server = stub()
      const message = { role: "user", content: "Hi" }
      const wrong: ReadonlyArray<[Assistant.ChatStreamOptions, string, string]> = [
        [{ messages: [] }, "PineconeInvalidRequest", "messages"],
        [{ messages: [message, { role: "user", content: " " }] }, "PineconeInvalidRequest", "messages[1].content"],
        [{ messages: [message], temperature: -1 }, "PineconeInvalidRequest", "temperature"],
        [{ messages: [message], temperature: unfit("0") }, "PineconeInvalidRequest", "temperature"],
        [{ messages: unfit("hello") }, "PineconeInvalidRequest", "messages"],
        [{ messages: [unfit(null)] }, "PineconeInvalidRequest", "messages[0]"],
        [{ messages: [{ role: unfit(5), content: "a" }] }, "PineconeInvalidRequest", "messages[0].role"],
        [{ messages: [message], filter: unfit({ a: 1 }) }, "PineconeInvalidRequest", "filter"],
        [{ messages: [message], filter: Filter.raw({ a: unfit(1n) }) }, "PineconeInvalidRequest", "filter: a"],
        [{ messages: [message], contextOptions: unfit(5) }, "PineconeInvalidRequest", "contextOptions"],
        [unfit(null), "PineconeInvalidRequest", "options"],
        [unfit(undefined), "PineconeInvalidRequest", "options"],
        [
          { messages: [message], filter: Filter.raw({ a: { $like: "x" } }) },
          "PineconeInvalidRequest",
          "filter: a.$like"
        ],
        [{ messages: [message], contextOptions: { topK: 65 } }, "PineconeLimitExceeded", "contextOptions.topK"],
        [
          { messages: [message], contextOptions: { snippetSize: 511 } },
          "PineconeInvalidRequest",
          "contextOptions.snippetSize"
        ],
        [
          { messages: [message], contextOptions: { snippetSize: 8193 } },
          "PineconeLimitExceeded",
          "contextOptions.snippetSize"
        ]
      ]
      for (const [options, tag, field] of wrong) {
        const streamed = yield* run(server, (support) => until(support.chatStream(options)))
        const asked = yield* Effect.flip(run(server, (support) => support.chat(options)))
        for (const error of [streamed.error, asked]) {
          assert.deepStrictEqual(
            [error?._tag, error !== undefined && "field" in error ? error.field : undefined],
            [tag, field]
          )
        }
      }
      assert.strictEqual(server.sent.length, 0)
    }))
})

describe.each([["fetch", FetchHttpClient.layer], ["NodeHttp", NodeHttp.layer()]] as const)(
  "chatStream over a socket with %s",
  (_, client) => {
    const at = (url: string) => ({ layer: Layer.orDie(layerOver(client, url)) })

    const begin = (response: { write: (text: string) => unknown }) =>
      response.write(event(start) + event(content("Täglich")))

    it.scopedLive("interrupting it closes the connection", () =>
      Effect.gen(function*() {
        const { idle, url } = yield* server.serve((_, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" })
          begin(response)
        })
        const reached = yield* Deferred.make<void>()
        const fiber = yield* Effect.fork(
          run(at(url), (support) =>
            Stream.runForEach(
              support.chatStream(question),
              ({ _tag }) => _tag === "ContentChunk" ? Deferred.succeed(reached, undefined) : Effect.void
            ))
        )
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(fiber)
        yield* idle
      }))

    it.scopedLive("having enough of it closes the connection", () =>
      Effect.gen(function*() {
        const { idle, url } = yield* server.serve((_, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" })
          begin(response)
        })
        yield* run(at(url), (support) =>
          Effect.gen(function*() {
            const came = yield* all(Stream.take(support.chatStream(question), 2))
            assert.deepStrictEqual(tags(came), ["MessageStart", "ContentChunk"])
            // The client below is still there, and so would be its connection.
            yield* idle
          }))
      }))

    it.scopedLive("interrupting it before it is answered closes the connection", () =>
      Effect.gen(function*() {
        const asked = yield* Deferred.make<void>()
        const { idle, url } = yield* server.serve(() => Effect.runSync(Deferred.succeed(asked, undefined)))
        yield* run(at(url), (support) =>
          Effect.gen(function*() {
            const fiber = yield* Effect.fork(Stream.runDrain(support.chatStream(question)))
            yield* Deferred.await(asked)
            yield* Fiber.interrupt(fiber)
            yield* idle
          }))
      }))

    it.scopedLive("a connection that breaks is told after what has come", () =>
      Effect.gen(function*() {
        const { url } = yield* server.serve((_, response) => {
          response.writeHead(200, { "content-type": "text/event-stream" })
          begin(response)
          setImmediate(() => response.destroy())
        })
        const { came, error } = yield* run(at(url), (support) => until(support.chatStream(question)))
        assert.deepStrictEqual(
          [tags(came), error?._tag],
          [["MessageStart", "ContentChunk"].slice(0, came.length), "PineconeTransportError"]
        )
      }))
  }
)

describe("chat", () => {
  it.effect("gives the whole answer, whose message can be sent back", () =>
    Effect.gen(function*() {
      const server = stub(ok({
        id: "c1",
        finish_reason: "stop",
        message: { role: "assistant", content: "Täglich." },
        model: "gpt-4o",
        citations: [cited.citation],
        usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
        context_snippet_count: 0,
        a_later_field: 1
      }))
      const answer = yield* run(server, (support) => support.chat({ ...question, jsonResponse: true }))
      yield* run(server, (support) =>
        support.chat({ messages: [...question.messages, answer.message, ...question.messages] }))
      assert.deepStrictEqual(
        [answer.message, answer.finishReason, answer.usage?.totalTokens, answer.contextSnippetCount],
        [{ role: "assistant", content: "Täglich." }, "stop", 3, 0]
      )
      assert.deepStrictEqual(answer.citations[0]?.position, 12)
      assert.deepStrictEqual(body(server.sent[0]), { messages: question.messages, json_response: true })
      assert.deepStrictEqual(body(server.sent[1]), {
        messages: [...question.messages, { role: "assistant", content: "Täglich." }, ...question.messages]
      })
      assert.strictEqual(server.sent[0]?.headers["accept"], "application/json")
    }))

  it.effect("what is missing in an answer is empty", () =>
    Effect.gen(function*() {
      const answer = yield* run(stub(ok({})), (support) => support.chat(question))
      assert.deepStrictEqual(answer, { message: { role: "assistant", content: "" }, citations: [] })
    }))

  it.effect("is not asked again where an answer may have been made", () =>
    Effect.gen(function*() {
      const server = stub(refused(500, "INTERNAL"))
      const error = yield* Effect.flip(run(server, (support) => support.chat(question)))
      assert.deepStrictEqual([error._tag, server.sent.length], ["PineconeServiceUnavailable", 1])
    }))

  it.effect("has a timeout of its own", () =>
    Effect.gen(function*() {
      const never = { layer: layerOver(Layer.succeed(HttpClient.HttpClient, HttpClient.make(() => Effect.never))) }
      const fiber = yield* Effect.fork(
        Effect.flip(run(never, (support) => support.chat({ ...question, timeout: "2 minutes" })))
      )
      yield* TestClock.adjust("119 seconds")
      assert.strictEqual((yield* Fiber.poll(fiber))._tag, "None")
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "PineconeTimedOut")
    }))
})

describe("chatCompletions", () => {
  it.effect("gives the whole answer", () =>
    Effect.gen(function*() {
      const server = stub(ok({
        id: "c1",
        choices: [{ finish_reason: "stop", index: 0, message: { role: "assistant", content: "Täglich [1]." } }],
        model: "gpt-4o"
      }))
      const { choices } = yield* run(server, (support) => support.chatCompletions(question))
      assert.deepStrictEqual(choices[0]?.message.content, "Täglich [1].")
      assert.strictEqual(server.sent[0]?.path, "/assistant/chat/support/chat/completions")
    }))

  const chunk = (content: string | null, finish_reason: string | null = null) =>
    event({ id: "c1", model: "gpt-4o", choices: [{ index: 0, finish_reason, delta: { content } }] })

  it.effect("gives it piece by piece, up to the one that finishes it", () =>
    Effect.gen(function*() {
      for (const rest of ["", "data: [DONE]\n\n"]) {
        const server = stub(events(utf8(chunk("Täg") + chunk("lich.") + chunk(null, "stop") + rest)))
        const came = yield* run(server, (support) => all(support.chatCompletionsStream(question)))
        assert.deepStrictEqual(came.map(({ choices }) => choices[0]?.delta?.content ?? ""), ["Täg", "lich.", ""])
        assert.deepStrictEqual(came.at(-1)?.choices[0]?.finishReason, "stop")
        assert.deepStrictEqual(body(server.sent[0]), { messages: question.messages, stream: true })
      }
    }))

  it.effect("one that breaks off fails after what has come", () =>
    Effect.gen(function*() {
      const { came, error } = yield* run(
        stub(events(utf8(chunk("Täg")))),
        (support) => until(support.chatCompletionsStream(question))
      )
      assert.deepStrictEqual([came.length, error?._tag, error?.operation], [
        1,
        "PineconeTransportError",
        "chat_completion_assistant"
      ])
    }))
})

describe("context", () => {
  const reference = { type: "pdf", file: { id: "f1", name: "handbook.pdf" }, pages: [3] }

  it.effect("gives snippets of text and of images", () =>
    Effect.gen(function*() {
      const server = stub(ok({
        id: "x1",
        snippets: [
          { type: "text", content: "Open from 9 to 5.", score: 0.9, reference },
          {
            type: "multimodal",
            content: [
              { type: "text", text: "See" },
              { type: "image", caption: "a door", image: { type: "base64", mime_type: "image/png", data: "aGk=" } },
              { type: "image", caption: "a window", image: null }
            ],
            score: 0.5,
            reference: { type: "a_later_type", file: reference.file }
          }
        ],
        usage: { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 }
      }))
      const { snippets } = yield* run(server, (support) =>
        support.context({ query: "When?", topK: 5, snippetSize: 1024, includeBinaryContent: false }))
      assert.deepStrictEqual(body(server.sent[0]), {
        query: "When?",
        top_k: 5,
        snippet_size: 1024,
        include_binary_content: false
      })
      const [text, images] = snippets
      assert.isTrue(text?.type === "text" && text.content === "Open from 9 to 5." && text.reference.type === "pdf")
      assert.isTrue(images?.type === "multimodal")
      if (images?.type === "multimodal") {
        assert.deepStrictEqual(images.content[1], {
          type: "image",
          caption: "a door",
          image: { type: "base64", mimeType: "image/png", data: "aGk=" }
        })
        assert.deepStrictEqual(images.content[2], { type: "image", caption: "a window" })
        assert.strictEqual(images.reference.type, "a_later_type")
      }
    }))

  it.effect("refuses what Pinecone would, before it is sent", () =>
    Effect.gen(function*() {
      const server = stub()
      const asked = (options: Assistant.ContextOptions) =>
        Effect.map(
          Effect.flip(run(server, (support) => support.context(options))),
          (error) => "field" in error ? error.field : error._tag
        )
      assert.deepStrictEqual(
        yield* Effect.forEach([
          { query: "" },
          { messages: [] },
          { query: "When?", topK: 0 },
          { query: "When?", topK: 65 },
          { query: "When?", snippetSize: 9000 }
        ], asked),
        ["query", "messages", "topK", "topK", "snippetSize"]
      )
      assert.strictEqual(server.sent.length, 0)
    }))
})

describe("where an assistant is", () => {
  const named = (server: ReturnType<typeof stub>) => ({
    layer: layerOver(Layer.succeed(HttpClient.HttpClient, server.client), null)
  })

  it.effect("is looked up once", () =>
    Effect.gen(function*() {
      const server = stub(ok(assistant("Ready")), ok({}), events(utf8(event(end))))
      yield* run(named(server), (support) =>
        Effect.zipRight(support.chat(question), Stream.runDrain(support.chatStream(question))))
      assert.deepStrictEqual(
        server.sent.map(({ host, path }) =>
          `${host}${path}`
        ),
        [
          "api.pinecone.io/assistant/assistants/support",
          "prod-1-data.ke.pinecone.io/assistant/chat/support",
          "prod-1-data.ke.pinecone.io/assistant/chat/support"
        ]
      )
    }))

  it.effect("is looked up again when it is not there any more", () =>
    Effect.gen(function*() {
      const server = stub(ok(assistant("Ready")), notFound, ok(assistant("Ready", { host: "elsewhere.test" })), ok({}))
      yield* run(
        named(server),
        (support) => Effect.zipRight(Effect.flip(support.chat(question)), support.chat(question))
      )
      assert.deepStrictEqual(server.sent.map(({ host }) => host), [
        "api.pinecone.io",
        "prod-1-data.ke.pinecone.io",
        "api.pinecone.io",
        "elsewhere.test"
      ])
    }))

  it.effect("is what Config says", () =>
    Effect.gen(function*() {
      const server = stub(ok({}))
      yield* Effect.flatMap(Support, (support) => support.chat(question)).pipe(
        Effect.provide(
          Support.layerConfig({ name: Config.string("ASSISTANT"), host: Config.string("ASSISTANT_HOST") })
        ),
        Effect.provide(server.layer),
        Effect.withConfigProvider(
          ConfigProvider.fromMap(new Map([["ASSISTANT", "sales"], ["ASSISTANT_HOST", "https://sales.test/assistant/"]]))
        )
      )
      assert.deepStrictEqual(
        [server.sent[0]?.host, server.sent[0]?.path],
        ["sales.test", "/assistant/chat/sales"]
      )
    }))

  it.effect("is the host of its region where it names none", () =>
    Effect.gen(function*() {
      const server = stub(ok(assistant("Ready", { host: "", region: "eu" })), ok({}))
      yield* run(named(server), (support) => support.chat(question))
      assert.strictEqual(server.sent[1]?.host, "prod-eu-data.ke.pinecone.io")
    }))

  it.effect("is not known before it is ready", () =>
    Effect.gen(function*() {
      const server = stub(ok(assistant("Initializing", { host: null })))
      const error = yield* Effect.flip(run(named(server), (support) => support.chat(question)))
      assert.strictEqual(error._tag, "PineconePreconditionFailed")
      assert.include(error.message, "wait until it is ready")
    }))
})
