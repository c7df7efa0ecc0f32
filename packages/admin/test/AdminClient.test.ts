import * as AdminClient from "@effect-pinecone/admin/AdminClient"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as Call from "@effect-pinecone/http/Call"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import { TestClock } from "../../../scripts/testing/clock.js"
import { answering, clientSecret, ok, project, refused, stub } from "./utils/stub.js"

const list = Effect.flatMap(Projects.Projects, (projects) => projects.list)

const projectsAnswer = ok({ data: [project()] })

const isToken = ({ path }: { readonly path: string }) => path === "/oauth/token"

const later = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.fork(Effect.exit(effect))
    yield* TestClock.adjust("5 minutes")
    return yield* Effect.flatten(Fiber.join(fiber))
  })

describe("AdminClient", () => {
  it.effect("sends the token, and no API key", () => {
    const { layer, sent } = stub(answering(projectsAnswer), {
      controllerHost: "admin.example.com",
      loginHost: "http://login.example.com/",
      additionalHeaders: { "x-team": "search", "Authorization": "something else" },
      sourceTag: "Ops"
    })
    return Effect.gen(function*() {
      yield* list
      yield* list
      assert.deepStrictEqual(sent.map(({ host, path }) => `${host}${path}`), [
        "login.example.com/oauth/token",
        "admin.example.com/admin/projects",
        "admin.example.com/admin/projects"
      ])
      for (const { headers } of sent.slice(1)) {
        assert.deepInclude(headers, {
          "authorization": "Bearer token-1",
          "x-pinecone-api-version": "2026-07",
          "x-team": "search"
        })
        assert.notProperty(headers, "api-key")
        assert.include(headers["user-agent"], "source_tag=ops")
      }
    }).pipe(Effect.provide(layer))
  })

  it.effect("a token that is refused is replaced, and the call repeated", () => {
    const { layer, sent } = stub((request) =>
      isToken(request)
        ? answering()(request, sent.filter(isToken).length)
        : request.headers["authorization"] === "Bearer token-1"
        ? refused(401, "UNAUTHENTICATED")
        : projectsAnswer
    )
    return Effect.gen(function*() {
      assert.strictEqual((yield* list).length, 1)
      assert.strictEqual((yield* list).length, 1)
      assert.deepStrictEqual(sent.map(({ headers, path }) => headers["authorization"] ?? path), [
        "/oauth/token",
        "Bearer token-1",
        "/oauth/token",
        "Bearer token-2",
        "Bearer token-2"
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a hundred calls with a token that is refused ask for one new token, and all succeed", () => {
    const { layer, sent, tokenRequests } = stub((request, tokens) =>
      isToken(request)
        ? { ...answering()(request, tokens), status: 200, after: "100 millis" }
        : request.headers["authorization"] === "Bearer token-1"
        // Some are refused when the new token is there already.
        ? { ...refused(401, "UNAUTHENTICATED"), after: `${sent.length * 5} millis` }
        : projectsAnswer
    )
    return Effect.gen(function*() {
      const all = yield* later(Effect.all(Array.from({ length: 100 }, () => list), { concurrency: "unbounded" }))
      assert.strictEqual(all.flat().length, 100)
      assert.strictEqual(tokenRequests(), 2)
    }).pipe(Effect.provide(layer))
  })

  it.effect("a new token that is refused too is an error, with how often it was sent", () => {
    const { layer, sent } = stub(answering(refused(401, "UNAUTHENTICATED")))
    return Effect.gen(function*() {
      const error = yield* Effect.flip(list)
      assert.strictEqual(error._tag, "PineconeUnauthorized")
      assert.deepInclude(error, { operation: "list_projects", status: 401, attempts: 2 })
      assert.include(error.message, "check the service account")
      assert.strictEqual(sent.length, 4)
    }).pipe(Effect.provide(layer))
  })

  it.effect("what passes is tried again, and its timeout is that of the call", () => {
    const { layer, sent } = stub(answering(refused(503, "UNAVAILABLE"), refused(429, "RESOURCE_EXHAUSTED"), {
      ...projectsAnswer,
      after: "5 seconds"
    }))
    return Effect.gen(function*() {
      assert.strictEqual((yield* later(list)).length, 1)
      assert.strictEqual(sent.length, 4)
      const error = yield* Effect.flip(later(Call.withTimeout("1 second")(list)))
      assert.deepInclude(error, { _tag: "PineconeTimedOut", operation: "list_projects", attempts: 5 })
    }).pipe(Effect.provide(layer))
  })

  it.effect("an error of the login host is one of the call, which is not sent", () => {
    const { layer, sent } = stub((request) => isToken(request) ? refused(403, "FORBIDDEN") : projectsAnswer)
    return Effect.gen(function*() {
      const error = yield* Effect.flip(list)
      assert.deepInclude(error, { _tag: "PineconeForbidden", operation: "get_token" })
      assert.strictEqual(sent.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("interrupting a call aborts its request", () => {
    const { interrupted, layer, sent } = stub(answering({ ...projectsAnswer, after: "1 minute" }))
    return Effect.gen(function*() {
      const fiber = yield* Effect.fork(list)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(sent.length, 2)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.strictEqual(interrupted(), 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("the secret and the tokens are in no error, span, log or printed service", () => {
    const told: Array<string> = []
    const tell = (...values: ReadonlyArray<unknown>) =>
      void told.push(inspect(values, { depth: 20, showHidden: true }), String(values))
    const tracer = Tracer.make({
      context: (f) => f(),
      span: (name, parent, context, links, startTime, kind) => {
        tell(name)
        return {
          _tag: "Span",
          name,
          spanId: "s",
          traceId: "t",
          sampled: true,
          parent,
          context,
          status: { _tag: "Started", startTime },
          attributes: new Map(),
          links,
          kind,
          attribute: (key, value) => tell(key, value),
          event: (name, _, attributes) => tell(name, attributes),
          addLinks: tell,
          end: (_, exit) => tell(exit)
        }
      }
    })
    const { layer } = stub((request, tokens) =>
      isToken(request)
        ? answering()(request, tokens)
        : { status: 403, body: `${clientSecret} and token-1 may not` }
    )
    return Effect.gen(function*() {
      const error = yield* Effect.flip(list)
      assert.strictEqual(error._tag, "PineconeForbidden")
      yield* Effect.logError("failed", error)
      tell(error, JSON.stringify(error), yield* AdminClient.AdminClient, yield* Projects.Projects)
      const text = told.join("\n")
      assert.include(text, "pinecone.list_projects")
      assert.include(text, "pinecone.get_token")
      assert.notInclude(text, clientSecret)
      assert.notInclude(text, "token-1")
    }).pipe(
      Effect.provide(layer),
      Effect.withTracer(tracer),
      Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make((entry) => tell(entry))))
    )
  })
})
