import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Assistant from "../../assistant/src/Assistant.js"
import * as Assistants from "../../assistant/src/Assistants.js"
import * as Backups from "../../control-plane/src/Backups.js"
import * as RestoreJobs from "../../control-plane/src/RestoreJobs.js"
import * as VectorIndex from "../../data-plane/src/VectorIndex.js"
import * as Filter from "../../schema/src/Filter.js"
import * as Pages from "../src/Pages.js"
import * as PineconeHttpClient from "../src/PineconeHttpClient.js"

/** A page of every list: empty, and followed by the same one, whatever page was asked for. */
const page = {
  data: [],
  vectors: {},
  namespaces: [],
  assistants: [],
  files: [],
  operations: [],
  pagination: { next: "t1" }
}

/** A server that answers every request with a page, four times at most. */
const over = (body: object) => {
  const sent: Array<string | null> = []
  const client = HttpClient.make((request, url) => {
    sent.push(url.searchParams.get("paginationToken") ?? url.searchParams.get("pagination_token"))
    return sent.length > 4
      ? Effect.dieMessage("it was asked again and again")
      : Effect.succeed(HttpClientResponse.fromWeb(request, new Response(JSON.stringify(body))))
  })
  const http = PineconeHttpClient.layer({ apiKey: Redacted.make("sesame") })
  return {
    sent,
    layer: Layer.mergeAll(Backups.layer, RestoreJobs.layer, Assistants.layer).pipe(
      Layer.provideMerge(Layer.provide(http, Layer.succeed(HttpClient.HttpClient, client)))
    )
  }
}

const lists = Effect.gen(function*() {
  const index = yield* VectorIndex.make({ host: "movies.test" })
  const { files, operations } = yield* Assistant.make({ name: "support", host: "data.test" })
  return {
    "list_project_backups": (yield* Backups.Backups).listStream(),
    "list_index_backups on \"movies\"": (yield* Backups.Backups).listStream({ indexName: "movies" }),
    "list_restore_jobs": (yield* RestoreJobs.RestoreJobs).listStream(),
    "list_assistants": (yield* Assistants.Assistants).listStream(),
    "list_files on \"support\"": files.listStream(),
    "list_operations on \"support\"": operations.listStream(),
    "list_imports on \"movies.test\"": index.listImportsStream(),
    "list_namespaces on \"movies.test\"": index.listNamespacesStream(),
    "fetch_by_metadata on \"movies.test\"": index.fetchByMetadataStream({ filter: Filter.eq("genre", "drama") })
  } satisfies Record<string, Stream.Stream<unknown, unknown>>
})

const endless =
  "returned an answer that the API does not define: the server returned the same pagination token twice, so the list would never end"

describe("a list whose page is followed by itself", () => {
  it.effect("ends with an error that names the operation", () =>
    Effect.gen(function*() {
      const names = Object.keys(yield* Effect.provide(lists, over(page).layer))
      for (const name of names) {
        const { layer, sent } = over(page)
        const all: Readonly<Record<string, Stream.Stream<unknown, unknown>>> = yield* Effect.provide(lists, layer)
        const error = yield* Effect.flip(Stream.runDrain(all[name] ?? Stream.empty))
        assert.deepInclude(error, { _tag: "PineconeInvalidResponse", message: `${name} ${endless}` })
        assert.strictEqual(sent.length, 2, name)
      }
    }))

  it.effect("ends so for ids, too", () => {
    const { layer, sent } = over({ ...page, vectors: [{ id: "a" }] })
    return Effect.gen(function*() {
      const index = yield* VectorIndex.make({ host: "movies.test" })
      const error = yield* Effect.flip(Stream.runDrain(index.listStream()))
      assert.deepInclude(error, { _tag: "PineconeInvalidResponse", message: `list on "movies.test" ${endless}` })
      assert.deepStrictEqual(sent, [null, "t1"])
    }).pipe(Effect.provide(layer))
  })
})

describe("a list of pages without entries", () => {
  it.effect("goes on as long as each has another token", () =>
    Effect.gen(function*() {
      const asked: Array<string | undefined> = []
      const all = Pages.stream({ operation: "list" }, (token) => {
        asked.push(token)
        return Effect.succeed([token === "9" ? ["a"] : [], token === "9" ? undefined : String(Number(token ?? 0) + 1)])
      })
      assert.deepStrictEqual(Array.from(yield* Stream.runCollect(all)), ["a"])
      assert.deepStrictEqual(asked, [undefined, "1", "2", "3", "4", "5", "6", "7", "8", "9"])
    }))
})
