import type { Budget } from "./job.js"
import { Numbers } from "./numbers.js"
import type { SparseBlock, SparseVector } from "./sparseBlock.js"
import { product } from "./sparseBlock.js"

/** A record as far as a search by a sparse vector knows it. */
export interface Summand {
  /** The number of its sparse vector, or -1. */
  readonly document: number
  readonly sparseValues: SparseVector | undefined
}

/** The products of a sparse query with all vectors that share an index with it, added up by document. */
export class Addition {
  private readonly scores: Float64Array
  /** The documents that are added to, or none where there are so many that all are gone through in the end. */
  private readonly found: Numbers | undefined
  private readonly end: number
  private taken = 0
  private state: "adding" | "complete" | "over" = "adding"

  constructor(private readonly sparse: SparseBlock, private readonly query: SparseVector) {
    this.scores = sparse.takeSums()
    this.end = Math.min(sparse.end, this.scores.length)
    let postings = 0
    for (const index of query.indices) postings += sparse.list(index).length
    this.found = postings * documentsPerPosting < this.end ? new Numbers() : undefined
  }

  /** The product with the vector of an entry, or 0 where `take` has given it. */
  of({ document, sparseValues }: Summand): number {
    if (sparseValues === undefined || this.state === "over") return 0
    return this.state === "complete" ? this.scores[document] : product(this.query, sparseValues)
  }

  *addUp(budget: Budget): Generator<void, void, void> {
    const { end, found, query, scores, sparse } = this
    for (let i = 0; i < query.indices.length; i++) {
      if (found === undefined) budget.left -= sparse.spreadOut(query.indices[i]) / postingsPerUnit
      if (budget.left <= 0) yield
      // The list as it is now. What comes later is newer than the search, and what goes is looked at before it goes.
      const { documents, length, spread, values } = sparse.list(query.indices[i])
      const isSpread = spread !== undefined && found === undefined
      const last = isSpread ? Math.min(end, spread.length) : length
      const perUnit = isSpread ? 2 * postingsPerUnit : postingsPerUnit
      for (let j = 0; j < last;) {
        if (budget.left <= 0) yield
        const to = Math.min(last, j + Math.max(1, Math.floor(budget.left * perUnit)))
        budget.left -= (to - j) / perUnit
        if (isSpread) addSpread(scores, spread, j, to, query.values[i])
        else if (found === undefined) addProducts(scores, end, documents, values, j, to, query.values[i])
        else addProductsOf(found, scores, end, documents, values, j, to, query.values[i])
        j = to
      }
    }
    this.state = "complete"
  }

  /**
   * Calls `f` with each product that reaches the threshold and is not 0, and forgets all of them. A document whose slot has the
   * mark 0 is passed over.
   */
  *take(
    budget: Budget,
    top: { readonly threshold: number },
    f: (score: number, document: number) => void,
    marks?: Uint8Array
  ): Generator<void, void, void> {
    const { end, found, scores, sparse } = this
    const last = found === undefined ? end : found.length
    while (this.taken < last) {
      if (budget.left <= 0) yield
      const units = found === undefined ? documentsPerUnit : 1
      const to = Math.min(last, this.taken + Math.max(1, Math.floor(budget.left * units)))
      budget.left -= (to - this.taken) / units
      // What is called here may look at the sums, but no other job comes between.
      for (let i = this.taken; i < to; i++) {
        const document = found === undefined ? i : found.values[i]
        const score = scores[document]
        if (score === 0) continue
        scores[document] = 0
        if (score >= top.threshold && (marks === undefined || marks[sparse.slotOf(document)] !== 0)) f(score, document)
      }
      this.taken = to
    }
    this.state = "over"
    sparse.giveBack(scores)
  }
}

/** Adds what a list has of one index: a plain loop, as most of the time of a search goes by here. */
const addProducts = (
  scores: Float64Array,
  end: number,
  documents: Int32Array,
  values: Float32Array,
  from: number,
  to: number,
  weight: number
): void => {
  for (let i = from; i < to; i++) {
    const document = documents[i]
    if (document < end) scores[document] += weight * values[i]
  }
}

/** The same for a list that is spread out, whose documents come one after the other. */
const addSpread = (scores: Float64Array, spread: Float32Array, from: number, to: number, weight: number): void => {
  for (let document = from; document < to; document++) scores[document] += weight * spread[document]
}

/** The same, where few documents are added to: they are noted. One whose sum was 0 in between is there twice. */
const addProductsOf = (
  found: Numbers,
  scores: Float64Array,
  end: number,
  documents: Int32Array,
  values: Float32Array,
  from: number,
  to: number,
  weight: number
): void => {
  for (let i = from; i < to; i++) {
    const document = documents[i]
    if (document >= end) continue
    if (scores[document] === 0) found.push(document)
    scores[document] += weight * values[i]
  }
}

const postingsPerUnit = 16

/** To go through all documents costs a fraction of what noting each of them does. */
const documentsPerPosting = 8
const documentsPerUnit = 64
