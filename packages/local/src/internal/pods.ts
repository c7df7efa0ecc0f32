import * as Effect from "effect/Effect"
import * as problem from "./problem.js"

interface PodType {
  readonly kind: string
  readonly size: number
}

/** A type of pods: `p1.x2` is of the kind `p1` and of the size 2. */
export const typeOf = (text: string): Effect.Effect<PodType, problem.Problem> => {
  const [, kind, size] = /^(s1|p1|p2)\.x([1248])$/.exec(text) ?? []
  return kind === undefined
    ? problem.badRequest(
      `Invalid pod type ${
        JSON.stringify(text.slice(0, 100))
      }: it is one of s1, p1 or p2 followed by .x1, .x2, .x4 or .x8, such as p1.x1`
    )
    : Effect.succeed({ kind, size: Number(size) })
}

/** A pod can become larger, and nothing else. */
export const checkChange = (from: string, to: string): Effect.Effect<void, problem.Problem> =>
  Effect.gen(function*() {
    const asked = yield* typeOf(to)
    const present = yield* typeOf(from)
    if (asked.kind !== present.kind) {
      return yield* problem.badRequest(
        `The pod type of an index cannot be changed from ${from} to ${to}: its size can be made larger`
      )
    }
    if (asked.size < present.size) return yield* problem.badRequest("Cannot scale down")
  })
