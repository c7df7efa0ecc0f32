/** Sets of documents with scores, and how they are joined. */
import type { Budget } from "../job.js"

/** The documents that match, in ascending order, and their scores. */
export interface Matches {
  readonly documents: Int32Array
  readonly scores: Float64Array
  readonly length: number
}

/** Steps through a document, in slices. */
export type Steps<A> = Generator<void, A, void>

export const nothing: Matches = { documents: new Int32Array(0), scores: new Float64Array(0), length: 0 }

/** So many documents are looked at before a slice may end, and are this many units of work. */
export const atOnce = 256

export const unitsAtOnce = 16

const room = (length: number) => ({ documents: new Int32Array(length), scores: new Float64Array(length) })

/** What any of them matches, with the sum of the scores from the first to the last. */
export function* unite(parts: ReadonlyArray<Matches>, end: number, budget: Budget): Steps<Matches> {
  if (parts.length === 0) return nothing
  if (parts.length === 1) return parts[0]
  const total = parts.reduce((sum, { length }) => sum + length, 0)
  // Where there are many, they are added up in one array for all documents.
  if (parts.length > 2 && total * parts.length > end) return yield* addUp(parts, end, budget)
  let united = parts[0]
  for (let i = 1; i < parts.length; i++) united = yield* merge(united, parts[i], budget)
  return united
}

function* merge(a: Matches, b: Matches, budget: Budget): Steps<Matches> {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const { documents, scores } = room(a.length + b.length)
  let length = 0
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const until = Math.min(a.length + b.length, length + atOnce)
    for (; i < a.length && j < b.length && length < until; length++) {
      const inA = a.documents[i]
      const inB = b.documents[j]
      documents[length] = inA < inB ? inA : inB
      scores[length] = inA === inB ? a.scores[i] + b.scores[j] : inA < inB ? a.scores[i] : b.scores[j]
      if (inA <= inB) i++
      if (inB <= inA) j++
    }
    if ((budget.left -= unitsAtOnce) < 0) yield
  }
  const [rest, from] = i < a.length ? [a, i] : [b, j]
  documents.set(rest.documents.subarray(from, rest.length), length)
  scores.set(rest.scores.subarray(from, rest.length), length)
  return { documents, scores, length: length + rest.length - from }
}

function* addUp(parts: ReadonlyArray<Matches>, end: number, budget: Budget): Steps<Matches> {
  const sums = new Float64Array(end)
  const touched = new Uint8Array(end)
  for (const { documents, length, scores } of parts) {
    for (let i = 0; i < length; i++) {
      if (i % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
      const document = documents[i]
      sums[document] += scores[i]
      touched[document] = 1
    }
  }
  return yield* gather(sums, budget, touched)
}

/** The documents whose sum is not 0, or those that are touched. */
export function* gather(
  sums: Float64Array,
  budget: Budget,
  touched: Float64Array | Uint8Array = sums
): Steps<Matches> {
  let found = 0
  for (let document = 0; document < sums.length; document++) if (touched[document] !== 0) found++
  const { documents, scores } = room(found)
  let length = 0
  for (let document = 0; document < sums.length; document++) {
    if (document % (4 * atOnce) === 0 && (budget.left -= unitsAtOnce) < 0) yield
    if (touched[document] === 0) continue
    documents[length] = document
    scores[length++] = sums[document]
  }
  return { documents, scores, length }
}

/** What of `a` is in `b` too, or is not in it. With `keep`, all of `a`. The scores of `b` are added where it is in both. */
function* join(a: Matches, b: Matches, outcome: "both" | "keep" | "without", budget: Budget): Steps<Matches> {
  const { documents, scores } = room(a.length)
  let length = 0
  let j = 0
  for (let i = 0; i < a.length; i++) {
    if (i % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
    const document = a.documents[i]
    while (j < b.length && b.documents[j] < document) j++
    const isInBoth = j < b.length && b.documents[j] === document
    if (outcome !== "keep" && isInBoth !== (outcome === "both")) continue
    documents[length] = document
    scores[length++] = isInBoth ? a.scores[i] + b.scores[j] : a.scores[i]
  }
  return { documents, scores, length }
}

/** What both match, with the sum of the scores. */
export const intersect = (a: Matches, b: Matches, budget: Budget): Steps<Matches> => join(a, b, "both", budget)

/** What the first matches; where the second does too, with the sum of the scores. */
export const favour = (a: Matches, b: Matches, budget: Budget): Steps<Matches> => join(a, b, "keep", budget)

/** What the first matches and the second does not. */
export const exclude = (a: Matches, b: Matches, budget: Budget): Steps<Matches> => join(a, b, "without", budget)
