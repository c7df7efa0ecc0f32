/** Requests on documents, written by hand, to a server in the process. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Options, Said } from "./ask.js"
import { ask, askAt } from "./ask.js"
import { freshName } from "./pinecone.js"

export const version = "2026-07"

/** The fields of an index in most tests. */
export const articles = {
  title: { type: "string", full_text_search: {} },
  body: { type: "string", full_text_search: { language: "en", stemming: true } },
  vector: { type: "dense_vector", dimension: 3, metric: "cosine" },
  words: { type: "sparse_vector" }
}

export type Ask = (
  method: Parameters<typeof ask>[0],
  path: string,
  options?: Options
) => ReturnType<typeof ask>

/** The operations on the documents of one index. */
export interface DocumentIndex {
  readonly name: string
  readonly host: string
  /** Asks the index for anything. */
  readonly ask: Ask
  /** Does an operation on documents. */
  readonly documents: (operation: string, body: unknown, namespace?: string) => ReturnType<typeof ask>
}

export const indexAt = (name: string, host: string): DocumentIndex => {
  const asked: Ask = (method, path, options) => askAt(host)(method, path, { version, ...options })
  return {
    name,
    host,
    ask: asked,
    documents: (operation, body, namespace = "ns") =>
      asked("POST", `/namespaces/${namespace}/documents/${operation}`, { body })
  }
}

/** Creates an index with these fields under a fresh name. */
export const documentIndex = (fields: object = articles) =>
  Effect.gen(function*() {
    const name = freshName("documents")
    const { status, told } = yield* ask("POST", "/indexes", { version, body: { name, schema: { fields } } })
    assert.strictEqual(status, 201, JSON.stringify(told))
    return indexAt(name, told.host)
  })

/** The answer to what must succeed with this status. */
export const said = (status: number) => <E, R>(effect: Effect.Effect<Said, E, R>) =>
  Effect.map(effect, (answer) => {
    assert.strictEqual(answer.status, status, JSON.stringify(answer.told))
    return answer.told
  })

/** The message of what must be refused, in the form that documents have. */
export const refused = (status: number) => <E, R>(effect: Effect.Effect<Said, E, R>) =>
  Effect.map(effect, (answer): string => {
    assert.strictEqual(answer.status, status, JSON.stringify(answer.told))
    assert.strictEqual(answer.told.status, status)
    return String(answer.told.error.message)
  })
