/** One server for a file of tests, and a `fetch` that keeps what the clients say to it. */
import { afterAll, afterEach, assert, beforeAll } from "@effect/vitest"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Redacted from "effect/Redacted"
import * as Os from "node:os"
import * as PineconeLocal from "../../src/PineconeLocal.js"

export const apiKey = "a-key-of-the-server"

export interface Exchange {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: unknown
  readonly status: number
}

export interface Server {
  readonly url: () => string
  /** What was said, in order, since the test began. */
  readonly said: Array<Exchange>
  /** Records every request. */
  readonly fetch: typeof fetch
}

/**
 * A server that starts before all tests of the file and stops after them. The stand-ins embed and rerank for the models that
 * Pinecone hosts.
 */
export const useServer = (): Server => {
  const runtime = ManagedRuntime.make(
    PineconeLocal.layerServer({
      port: 0,
      apiKeys: [Redacted.make(apiKey)],
      models: { standIns: true },
      importRoot: Os.tmpdir()
    })
  )
  const said: Array<Exchange> = []
  let url = ""

  beforeAll(async () => {
    url = (await runtime.runPromise(PineconeLocal.PineconeLocal)).url
  })

  afterEach(() => {
    const failed = said.splice(0).filter(({ status }) => status >= 500)
    // A client sends such a request again and again, and then forgets why.
    assert.deepStrictEqual(failed.map(({ method, status, url }) => `${status} ${method} ${url}`), [])
  })

  afterAll(() => runtime.dispose())

  return {
    url: () => url,
    said,
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      said.push({
        method: init?.method ?? "GET",
        url: input instanceof Request ? input.url : String(input),
        headers: new Headers(init?.headers),
        body: init?.body,
        status: response.status
      })
      return response
    }
  }
}

/** The error that a promise is rejected with. */
export const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  const error: unknown = await promise.then(
    () => assert.fail("a rejection was expected, and it succeeded"),
    (error: unknown) => error
  )
  assert(error instanceof Error)
  return error
}
