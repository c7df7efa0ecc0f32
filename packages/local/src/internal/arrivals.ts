import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as job from "./job.js"
import * as lane from "./lane.js"
import type { Found, Seeking } from "./namespaceView.js"

/** Vectors that come in pieces, in any order, and the searches that look at each piece when it comes. */
export interface Arrivals {
  /** Some slots have come. */
  readonly came: (from: number, to: number) => void
  /** Nothing comes any more: whether all slots up to this one are there. */
  readonly end: (end: number | undefined) => Effect.Effect<void>
  /** What a search finds once all are there; nothing where they do not all come. */
  readonly search: (seeking: Seeking) => Effect.Effect<ReadonlyArray<Found> | undefined>
}

/** So many searches look at each piece in the turn in which it comes. Others wait until all are there. */
const mostAtOnce = 4

/** A search costs about so many units for each slot. */
const scanning = ({ scan, units }: Seeking, ranges: ReadonlyArray<readonly [number, number]>): job.Job<void> =>
  job.make(function*(budget) {
    for (const [from, end] of ranges) {
      for (let slot = from; slot < end;) {
        const to = Math.min(end, slot + Math.max(1, Math.floor(budget.left / units)))
        scan(slot, to)
        budget.left -= (to - slot) * units
        slot = to
        if (budget.left < units) yield
      }
    }
  })

export const make = (): Arrivals => {
  const all = Deferred.unsafeMake<number | undefined>(FiberId.none)
  const ranges: Array<readonly [number, number]> = []
  const looking = new Set<Seeking>()
  let open = true

  /** Looks at what is there, and at the rest when it comes. */
  const early = (seeking: Seeking) =>
    Effect.suspend(() => {
      const before = ranges.slice()
      looking.add(seeking)
      return Effect.andThen(lane.run(() => scanning(seeking, before)), Deferred.await(all))
    }).pipe(Effect.ensuring(Effect.sync(() => looking.delete(seeking))))

  const late = (seeking: Seeking) =>
    Effect.tap(
      Deferred.await(all),
      (end) => end === undefined ? Effect.void : lane.run(() => scanning(seeking, [[0, end]]))
    )

  return {
    came: (from, to) => {
      ranges.push([from, to])
      for (const { scan } of looking) scan(from, to)
    },
    end: (end) =>
      Effect.suspend(() => {
        open = false
        return Effect.asVoid(Deferred.succeed(all, end))
      }),
    search: (seeking) =>
      Effect.suspend(() =>
        Effect.map(
          (open && looking.size < mostAtOnce ? early : late)(seeking),
          (end) => end === undefined ? undefined : seeking.result()
        )
      )
  }
}
