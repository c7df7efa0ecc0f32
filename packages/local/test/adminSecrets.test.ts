/** The client secret, the tokens and the keys are in no span, log or printed value, of the client's or of the server's. */
import * as AccessToken from "@effect-pinecone/admin/AccessToken"
import * as ApiKeys from "@effect-pinecone/admin/ApiKeys"
import * as Projects from "@effect-pinecone/admin/Projects"
import * as ServiceAccounts from "@effect-pinecone/admin/ServiceAccounts"
import * as Indexes from "@effect-pinecone/control-plane/Indexes"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import { clientSecret, createKey, firstProject, layerOf, on, operator, options, withKey } from "./utils/admin.js"
import type { Environment } from "./utils/bothProtocols.js"
import { servers } from "./utils/bothProtocols.js"
import { failure } from "./utils/pinecone.js"

const deep = (value: unknown): string => inspect(value, { depth: 20, showHidden: true })

const used = Effect.gen(function*() {
  const apiKeys = yield* ApiKeys.ApiKeys
  const tokens = yield* AccessToken.AccessToken
  const { id, key } = yield* createKey("ProjectViewer")
  const list = withKey(key)(Effect.flatMap(Indexes.Indexes, (indexes) => indexes.list))
  yield* list
  let rotated = ""
  yield* apiKeys.rotate(id, ({ value }) =>
    Effect.sync(() => {
      rotated = Redacted.value(value)
    }))
  const refused = yield* failure("PineconeUnauthorized")(list)
  yield* Effect.logError("refused", refused)
  const token = Redacted.value(yield* tokens.get)
  const { id: projectId } = yield* firstProject
  const created = yield* apiKeys.create(projectId, { name: "printed" })
  yield* Effect.logInfo(created)
  const accounts = yield* ServiceAccounts.ServiceAccounts
  const account = yield* accounts.create({ name: "printed" })
  const { clientId, id: accountId } = account.serviceAccount
  const own = yield* Effect.provide(
    Effect.zipRight(
      Effect.flatMap(Projects.Projects, (projects) => projects.list),
      Effect.flatMap(AccessToken.AccessToken, (tokens) => tokens.get)
    ),
    layerOf({ clientId, clientSecret: account.clientSecret })
  )
  const renewed = yield* accounts.rotateSecret(accountId)
  yield* Effect.logInfo(account, renewed)
  const redacted = [created.value, account.clientSecret, own, renewed.clientSecret].map(Redacted.value)
  return {
    secrets: [key, rotated, token, ...redacted, clientSecret, operator],
    printed: deep([created, account, renewed])
  }
})

const check = <E>(server: Layer.Layer<Environment, E>) =>
  Effect.gen(function*() {
    const told: Array<string> = []
    const tell = (...values: ReadonlyArray<unknown>) => void told.push(deep(values))
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
          addLinks: (links) => tell(links),
          end: (_, exit) => tell(exit)
        }
      }
    })
    const { printed, secrets } = yield* used.pipe(
      Effect.provide(on(server)),
      Effect.withTracer(tracer),
      Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => tell(message)))),
      Logger.withMinimumLogLevel(LogLevel.All)
    )
    const text = [...told, printed].join("\n")
    for (const name of ["pinecone.get_token", "ApiKeys.rotate", "http.server"]) assert.include(text, name)
    for (const secret of secrets) {
      if (text.includes(secret)) {
        assert.fail(text.slice(Math.max(0, text.indexOf(secret) - 600), text.indexOf(secret) + 60))
      }
    }
  })

describe("the secrets of administration are shown to nobody", () => {
  for (const [name, server] of Object.entries(servers)) {
    it.live(name, () => check(server(options)))
  }
})
