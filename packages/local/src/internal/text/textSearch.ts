/** Searches of a text index, and the filters that match text. */
import type { Job } from "../job.js"
import * as job from "../job.js"
import { TopK } from "../topK.js"
import { atOnce, unitsAtOnce } from "./matches.js"
import type { Clause } from "./queryTree.js"
import type { TextIndex } from "./textIndex.js"
import type { Sink } from "./textPlan.js"
import * as textPlan from "./textPlan.js"

export interface SearchOptions {
  /** A document matches where any of them does, and has the sum of their scores. */
  readonly clauses: ReadonlyArray<Clause>
  readonly topK: number
  /** Whether the record in a slot may be found. Asked only of those that would be among the best. */
  readonly accepts?: ((slot: number) => boolean) | undefined
}

export interface Hit {
  readonly slot: number
  readonly score: number
}

interface Candidate {
  readonly slot: number
  readonly sequence: number
}

const unitsOfFilter = 4

/**
 * The best documents, the best first, and those of equal scores in the order of their sequences. The search sees the index
 * as it is now. It must be run to its end or closed.
 */
export const search = (index: TextIndex, { accepts, clauses, topK }: SearchOptions): Job<ReadonlyArray<Hit>> => {
  const capacity = Math.min(topK, index.size)
  if (capacity <= 0) return job.done([])
  const held = index.hold()
  const scan = textPlan.scanAny(held, clauses)
  return job.make(function*(budget) {
    const { isAlive, sequenceOf, slotOf, someDead } = held.documents
    const top = new TopK<Candidate>(capacity)
    const best: Sink & { threshold: number } = {
      threshold: top.threshold,
      offer: (document, score) => {
        // Few documents come so far: it is here that it pays to look whether they are dead.
        if (someDead && !isAlive(document)) return
        const candidate = { slot: slotOf(document), sequence: sequenceOf(document) }
        if (!top.wants(score, candidate)) return
        if (accepts !== undefined) {
          budget.left -= unitsOfFilter
          if (!accepts(candidate.slot)) return
        }
        top.offer(score, candidate)
        best.threshold = top.threshold
      }
    }
    yield* scan(budget, best)
    return top.drain((score, { slot }) => ({ slot, score }))
  }, held.letGo)
}

/**
 * Which slots have a text in the field that has all the words of another next to each other, all of them, or any of them. A
 * text without tokens matches nothing. It sees the index as it is now, and must be run to its end or closed.
 */
export const matching = (
  index: TextIndex,
  operator: textPlan.Operator,
  field: string,
  text: string
): Job<(slot: number) => boolean> => {
  const held = index.hold()
  const plan = textPlan.makeMatching(held, operator, field, text)
  return job.make(function*(budget) {
    const { slotOf } = held.documents
    const { documents, length } = yield* plan(budget)
    let slots = new Uint8Array(1024)
    for (let i = 0; i < length; i++) {
      if (i % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
      const slot = slotOf(documents[i])
      if (slot >= slots.length) {
        const longer = new Uint8Array(Math.max(slot + 1, slots.length * 2))
        longer.set(slots)
        slots = longer
      }
      slots[slot] = 1
    }
    return (slot) => slots[slot] === 1
  }, held.letGo)
}
