/** One of the clients of `searchTogether.ts`, in a process of its own: plain requests, so that hardly anything but the server takes part. */
import * as Effect from "effect/Effect"
import * as Http from "node:http"
import { serve } from "./side.js"
import * as sides from "./sides.js"
import { idOf, vectorOf } from "./vectors.js"

interface Where {
  readonly host: string
  readonly dimension: number
}

const agent = new Http.Agent({ keepAlive: true })

const post = (url: string, body: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = { "api-key": "none", "x-pinecone-api-version": "2026-04", "content-type": "application/json" }
    const request = Http.request(url, { method: "POST", agent, headers }, (response) => {
      let text = ""
      response.setEncoding("utf8")
      response.on("data", (chunk: string) => {
        text += chunk
      })
      response.on("end", () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${response.statusCode} ${text.slice(0, 300)}`))
      })
    })
    request.on("error", reject)
    request.end(body)
  })

export const answers = serve({
  /** Writes records from one on up to another. */
  fill: async ({ dimension, from, host, to }: Where & { readonly from: number; readonly to: number }) => {
    const { index, runtime } = await sides.sdk("grpc", host)
    const batches = Array.from({ length: Math.ceil((to - from) / 1000) }, (_, i) => from + i * 1000)
    await runtime.runPromise(
      Effect.forEach(
        batches,
        (first) =>
          Effect.suspend(() =>
            index.upsert(
              Array.from({ length: Math.min(1000, to - first) }, (_, i) => ({
                id: idOf(first + i),
                values: vectorOf(first + i, dimension)
              }))
            )
          ),
        { concurrency: 4, discard: true }
      )
    )
    await runtime.dispose()
  },

  /** The milliseconds of queries for the best 10, one after the other. */
  times: async ({ dimension, first, host, queries }: Where & { readonly first: number; readonly queries: number }) => {
    const bodies = Array.from(
      { length: queries },
      // None of them is the vector of a record.
      (_, i) => JSON.stringify({ topK: 10, vector: Array.from(vectorOf(2 ** 30 + first + i, dimension)) })
    )
    const times: Array<number> = []
    for (const body of bodies) {
      const start = performance.now()
      const { matches } = JSON.parse(await post(`${host}/query`, body)) as { readonly matches: ReadonlyArray<unknown> }
      times.push(performance.now() - start)
      if (matches.length !== 10) throw new Error(`${matches.length} matches instead of 10`)
    }
    return times
  }
})
