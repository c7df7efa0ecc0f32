/** What is kept of a match until all is known: the key that is best when lowest, and the place of its list among the lists. */
export interface Ranked<A> {
  readonly key: number
  readonly list: number
  readonly match: A
}

const isBefore = <A>(a: Ranked<A>, b: Ranked<A>): boolean => a.key < b.key || (a.key === b.key && a.list < b.list)

/** The best of two lists that are in order, in order, and no more than `limit`. Of equals those of the earlier list come first. */
export const merge = <A>(
  a: ReadonlyArray<Ranked<A>>,
  b: ReadonlyArray<Ranked<A>>,
  limit: number
): ReadonlyArray<Ranked<A>> => {
  const merged: Array<Ranked<A>> = []
  let i = 0
  let j = 0
  while (merged.length < limit) {
    const left = a[i]
    const right = b[j]
    if (left === undefined && right === undefined) break
    if (right === undefined || (left !== undefined && !isBefore(right, left))) {
      merged.push(left!)
      i++
    } else {
      merged.push(right)
      j++
    }
  }
  return merged
}

/** The matches of one list, in order; those with equal keys as they came. */
export const ranked = <A extends { readonly score: number | null }>(
  matches: ReadonlyArray<A>,
  list: number,
  ascending: boolean
): ReadonlyArray<Ranked<A>> =>
  matches
    .map((match) => ({ key: keyOf(match.score, ascending), list, match }))
    .sort((a, b) => a.key < b.key ? -1 : a.key > b.key ? 1 : 0)

/** What has no score comes last. */
const keyOf = (score: number | null, ascending: boolean): number =>
  score === null ? Infinity : ascending ? score : -score

/** What was kept by its place, in the order of the places. */
export const inOrder = <X>(byPlace: ReadonlyMap<number, X>): ReadonlyArray<X> =>
  Array.from(byPlace).sort(([a], [b]) => a - b).map(([, value]) => value)
