import type * as Ingest from "@effect-pinecone/data-plane/Ingest"
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { FastCheck } from "../../../../scripts/testing/properties.js"
import type { Sent } from "./memoryIndex.js"
import { rounds } from "./memoryIndex.js"
import type { Answer } from "./stub.js"

export const stream = <A>(items: ReadonlyArray<A>, chunkSize = 64): Stream.Stream<A> =>
  Stream.rechunk(Stream.fromIterable(items), chunkSize)

export const isWrite = (url: URL) => !url.pathname.startsWith("/indexes/")

/** The error of a run that ends in `PineconeBatchFailed`. */
export const batchFailed = <A, E, Item>(run: Effect.Effect<A, E | Ingest.BatchFailed<Item>>) =>
  Effect.map(Effect.either(run), (result): Ingest.BatchFailed<Item> => {
    if (Either.isRight(result)) return assert.fail("BatchFailed was expected, and it succeeded")
    const error: unknown = result.left
    if (typeof error === "object" && error !== null && "_tag" in error && error._tag === "PineconeBatchFailed") {
      return error as Ingest.BatchFailed<Item>
    }
    return assert.fail(`BatchFailed was expected, and it failed with ${String(error)}`)
  })

/** Answers each write after so many rounds of the event loop, in turn. */
export const after = (turns: ReadonlyArray<number>, answer: Answer): Answer => {
  let count = 0
  return (request, url) =>
    isWrite(url)
      ? Effect.suspend(() => Effect.zipRight(rounds(turns[count++ % turns.length]!), answer(request, url)))
      : answer(request, url)
}

/** Answers the nth write when its gate is opened. */
export const gated = (answer: Answer) => {
  const gates: Array<Deferred.Deferred<void>> = []
  const waiting: Answer = (request, url) =>
    isWrite(url)
      ? Effect.gen(function*() {
        const gate = yield* Deferred.make<void>()
        gates.push(gate)
        yield* Deferred.await(gate)
        return yield* answer(request, url)
      })
      : answer(request, url)
  const open = (n: number) =>
    Effect.zipRight(
      Effect.suspend(() => Deferred.succeed(gates[n] ?? assert.fail(`there is no write ${n}`), undefined)),
      rounds(20)
    )
  return { answer: waiting, gates, open }
}

export const refusing = (...bad: ReadonlyArray<number>) => {
  const names = new Set(bad.map((n) => `r${n}`))
  return ({ id }: Sent) => names.has(id)
}

export const anyTurns = FastCheck.array(FastCheck.nat(6), { minLength: 1, maxLength: 12 })

export const runs = (numRuns: number) => ({ fastCheck: { numRuns } })
