/** A sample of the ids of a namespace. */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { PCGRandom } from "effect/Utils"

export interface Sample {
  /** Some of the ids, each as likely as every other, in the order in which they were listed. */
  readonly ids: ReadonlyArray<string>
  /** How many ids there were to choose from. */
  readonly seen: number
}

/** Chooses `most` of the ids of a stream, or all where there are fewer, without keeping the others (reservoir sampling). */
export const sample = <E, R>(
  ids: Stream.Stream<string, E, R>,
  most: number,
  onSeen: (seen: number) => void = () => {}
): Effect.Effect<Sample, E, R> =>
  Effect.gen(function*() {
    const random = new PCGRandom(yield* Random.nextIntBetween(0, 2 ** 31))
    const kept: Array<{ readonly id: string; readonly at: number }> = []
    let seen = 0
    yield* Stream.runForEachChunk(ids, (chunk) =>
      Effect.sync(() => {
        for (const id of chunk) {
          if (kept.length < most) kept.push({ id, at: seen })
          else {
            const place = random.integer(seen + 1)
            if (place < most) kept[place] = { id, at: seen }
          }
          seen++
        }
        onSeen(seen)
      }))
    return { ids: kept.sort((a, b) => a.at - b.at).map(({ id }) => id), seen }
  })
