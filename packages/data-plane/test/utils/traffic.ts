import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { bytesOf } from "./memoryIndex.js"
import type { Answer } from "./stub.js"

/** A request that the server has got. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly url: URL
  readonly body: Readonly<Record<string, unknown>>
}

/** What goes to a server and comes from it: how much is under way, and how much of it was aborted. */
export const traffic = (answer: (seen: Seen) => Effect.Effect<Response>) => {
  const seen: Array<Seen> = []
  const counts = { underWay: 0, most: 0, aborted: 0, answered: 0 }
  const watched: Answer = (request, url) =>
    Effect.suspend(() => {
      const got = { method: request.method, path: url.pathname, url, body: bodyOf(request) }
      seen.push(got)
      counts.underWay++
      counts.most = Math.max(counts.most, counts.underWay)
      return answer(got).pipe(
        Effect.tap(() => Effect.sync(() => counts.answered++)),
        Effect.onInterrupt(() => Effect.sync(() => counts.aborted++)),
        Effect.ensuring(Effect.sync(() => counts.underWay--))
      )
    })
  return { answer: watched, seen, counts, to: (path: string) => seen.filter((request) => request.path === path) }
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): Readonly<Record<string, unknown>> => {
  const bytes = bytesOf(request)
  return bytes.length === 0 ? {} : JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
}

/** Lets every fiber that is ready come to where it waits. */
export const settle = Effect.repeatN(Effect.yieldNow(), 500)

/** A gate for each key, which whoever asks waits at until it is opened. */
export const gates = () => {
  const all = new Map<string, Deferred.Deferred<void>>()
  const of = (key: string) => {
    const known = all.get(key)
    if (known !== undefined) return known
    const gate = Effect.runSync(Deferred.make<void>())
    all.set(key, gate)
    return gate
  }
  return {
    pass: (key: string) => Effect.suspend(() => Deferred.await(of(key))),
    open: (key: string) => Effect.zipRight(Deferred.succeed(of(key), undefined), settle)
  }
}
