import type * as PineconeError from "@effect-pinecone/schema/PineconeError"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { DataPlaneApi } from "../src/DataPlaneApi.js"
import * as DerivedClient from "../src/DerivedClient.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"

type Run = (client: PineconeHttpClient.DataPlaneClient) => Effect.Effect<unknown, unknown>

const host = "movies.test"

const filter = { genre: { $eq: "comedy" } }

// From JavaScript a request may have any shape.
const badly = (request: unknown): never => request as never

/** Each endpoint with a request that can be sent, and one that cannot. */
const requests: Record<string, readonly [good: Run, bad: Run]> = {
  "vectors.fetch": [
    ({ vectors }) => vectors.fetch({ urlParams: { ids: ["a", "ü &"], namespace: "en" } }),
    ({ vectors }) => vectors.fetch(badly({ urlParams: { ids: "a" } }))
  ],
  "vectors.fetchByMetadata": [
    ({ vectors }) =>
      vectors.fetchByMetadata({ payload: { filter, limit: 3, paginationToken: undefined, namespace: "en" } }),
    ({ vectors }) => vectors.fetchByMetadata(badly({ payload: { filter: 1 } }))
  ],
  "vectors.delete": [
    ({ vectors }) => vectors.delete({ payload: { ids: ["a"], namespace: undefined } }),
    ({ vectors }) => vectors.delete(badly({}))
  ],
  "vectors.list": [
    ({ vectors }) => vectors.list({ urlParams: { limit: 7, prefix: "a/?", namespace: "en" } }),
    ({ vectors }) => vectors.list(badly({ urlParams: { limit: 0.5 } }))
  ],
  "vectors.stats": [
    ({ vectors }) => vectors.stats({ payload: {} }),
    ({ vectors }) => vectors.stats(badly({ payload: { filter: { a: 1n } } }))
  ],
  "namespaces.list": [
    ({ namespaces }) => namespaces.list({ urlParams: { prefix: "e", paginationToken: "t" } }),
    ({ namespaces }) => namespaces.list(badly({ urlParams: { prefix: 1 } }))
  ],
  "namespaces.create": [
    ({ namespaces }) => namespaces.create({ payload: { name: "en", schema: { fields: { a: { filterable: true } } } } }),
    ({ namespaces }) => namespaces.create(badly({ payload: { name: "en", schema: { fields: { a: 1 } } } }))
  ],
  "namespaces.describe": [
    ({ namespaces }) => namespaces.describe({ path: { namespace: "a/b?c%漢" } }),
    ({ namespaces }) => namespaces.describe({ path: { namespace: ".." } })
  ],
  "namespaces.delete": [
    ({ namespaces }) => namespaces.delete({ path: { namespace: "en" } }),
    ({ namespaces }) => namespaces.delete({ path: { namespace: "" } })
  ],
  "namespaceAliases.list": [
    ({ namespaceAliases }) => namespaceAliases.list({ urlParams: { target_namespace: "en", limit: 1 } }),
    ({ namespaceAliases }) => namespaceAliases.list(badly({ urlParams: { limit: "1" } }))
  ],
  "namespaceAliases.create": [
    ({ namespaceAliases }) => namespaceAliases.create({ payload: { name: "a", targetNamespace: "en" } }),
    ({ namespaceAliases }) => namespaceAliases.create(badly({ payload: { name: "a" } }))
  ],
  "namespaceAliases.describe": [
    ({ namespaceAliases }) => namespaceAliases.describe({ path: { alias_name: "a:b" } }),
    ({ namespaceAliases }) => namespaceAliases.describe({ path: { alias_name: "\uD800" } })
  ],
  "namespaceAliases.repoint": [
    ({ namespaceAliases }) =>
      namespaceAliases.repoint({ path: { alias_name: "a" }, payload: { targetNamespace: "fr" } }),
    ({ namespaceAliases }) => namespaceAliases.repoint({ path: { alias_name: "a" }, payload: badly(undefined) })
  ],
  "namespaceAliases.delete": [
    ({ namespaceAliases }) => namespaceAliases.delete({ path: { alias_name: "a" } }),
    ({ namespaceAliases }) => namespaceAliases.delete({ path: { alias_name: "." } })
  ],
  "imports.start": [
    ({ imports }) => imports.start({ payload: { uri: "s3://a/b", errorMode: { onError: "abort" } } }),
    ({ imports }) => imports.start(badly({ payload: { uri: 1 } }))
  ],
  "imports.list": [
    ({ imports }) => imports.list({ urlParams: { limit: 2, paginationToken: "t" } }),
    ({ imports }) => imports.list(badly({ urlParams: { paginationToken: 1 } }))
  ],
  "imports.describe": [
    ({ imports }) => imports.describe({ path: { id: "1/2" } }),
    ({ imports }) => imports.describe({ path: { id: ".." } })
  ],
  "imports.cancel": [
    ({ imports }) => imports.cancel({ path: { id: "1" } }),
    ({ imports }) => imports.cancel({ path: { id: "" } })
  ]
}

const alias = {
  name: "a",
  target_namespace: "en",
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-02T00:00:00Z"
}

/** One answer that all of them can read, and some that are none. */
const answers: ReadonlyArray<readonly [status: number, body: string]> = [
  [
    200,
    JSON.stringify({
      ...alias,
      vectors: [],
      namespaces: [{ name: "en", record_count: "3" }],
      namespace_aliases: [alias],
      total_count: 1,
      id: "1",
      later: true
    })
  ],
  [200, JSON.stringify({ vectors: { a: { id: "a", values: [1] } }, pagination: { next: "t" }, created_at: 1 })],
  [200, "{}"],
  [200, ""],
  [200, "<html>"],
  [200, "[1]"],
  [201, "{}"],
  [204, ""],
  [404, JSON.stringify({ code: 5, message: "there is none" })]
]

/** Runs a call over each of both clients, and tells what goes over the wire and what comes of it. */
const bothClients = Effect.gen(function*() {
  let answer = answers[0]!
  let sent: Array<unknown> = []
  const below = HttpClient.make((request, url) =>
    Effect.sync(() => {
      const { body, headers, method } = request
      const text = body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : body._tag
      sent.push([method, url.href, headers, text])
      const [status, content] = answer
      return HttpClientResponse.fromWeb(
        request,
        new Response(status === 204 ? null : content, { status, headers: { "x-lsn": "7" } })
      )
    })
  )
  const http = yield* PineconeHttpClient.make({ apiKey: Redacted.make("sesame") }).pipe(
    Effect.provideService(HttpClient.HttpClient, below)
  )
  const own = yield* http.dataPlane(host)
  const derived = yield* DerivedClient.make(http, DataPlaneApi, PineconeHttpClient.baseUrl(host))
  const call = { operation: "any" }
  return {
    own: (run: Run) => http.call(call, run(own)),
    derived: (run: Run) => derived(call, run),
    observed: (asked: Effect.Effect<unknown, PineconeError.RequestError>, given: (typeof answers)[number]) =>
      Effect.suspend(() => {
        answer = given
        sent = []
        return Effect.map(Effect.either(asked), (outcome) => ({ outcome, sent }))
      })
  }
})

describe("the client of the data plane", () => {
  for (const [name, runs] of Object.entries(requests)) {
    it.effect(`sends, reads and refuses for ${name} what a client derived from the definition does`, () =>
      Effect.gen(function*() {
        const { derived, observed, own } = yield* bothClients
        for (const run of runs) {
          for (const answer of answers) {
            const found = yield* observed(own(run), answer)
            assert.deepStrictEqual(found, yield* observed(derived(run), answer))
            assert.strictEqual(found.sent.length, run === runs[0] ? 1 : 0)
          }
        }
      }))
  }

  it.effect("gives the response with the answer where it is asked to", () =>
    Effect.gen(function*() {
      const { observed, own } = yield* bothClients
      const stats = own(({ vectors }) =>
        Effect.map(
          vectors.stats({ payload: {}, withResponse: true }),
          ([{ dimension }, { headers }]) => [dimension, headers["x-lsn"]]
        )
      )
      const { outcome } = yield* observed(stats, [200, "{\"dimension\":3}"])
      assert.deepStrictEqual(outcome, Either.right([3, "7"]))
    }))
})
