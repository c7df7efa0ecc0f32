/** Where in a document the words of a phrase stand together. */

/** A word of a phrase, and its place after the first. */
export interface Place {
  readonly word: string
  readonly place: number
}

/** Sorted positions: so many of the numbers. */
export interface Positions {
  readonly values: ArrayLike<number>
  readonly length: number
}

/** The first index whose position is at least this. */
const indexFrom = ({ length, values }: Positions, position: number): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (values[middle] < position) low = middle + 1
    else high = middle
  }
  return low
}

/** Whether a position is among them. */
export const has = (positions: Positions, position: number): boolean =>
  positions.values[indexFrom(positions, position)] === position && indexFrom(positions, position) < positions.length

/** Calls `f` with each position of the first word where all others stand at their places after it. */
export const starts = (
  phrase: ReadonlyArray<Place>,
  positions: ReadonlyArray<Positions>,
  f: (start: number) => void
): void => {
  const first = positions[0]
  for (let i = 0; i < first.length; i++) {
    const start = first.values[i]
    if (i > 0 && first.values[i - 1] === start) continue
    let all = true
    for (let word = 1; word < phrase.length && all; word++) {
      all = has(positions[word], start + phrase[word].place)
    }
    if (all) f(start)
  }
}

/**
 * How often words stand together with at most `slop` moves: for each position of the first word `1 / (1 + moves)`, with the
 * fewest moves that bring the others to their places after it. Where a word occurs twice in the phrase, it must twice in the
 * text, in this order.
 *
 * With each position made that of the phrase's beginning (less the place of its word), the moves are the difference between
 * the largest and the smallest: 0 for the phrase itself, 1 with one word between, 2 for two words in reverse.
 */
export const sloppyFrequency = (
  phrase: ReadonlyArray<Place>,
  positions: ReadonlyArray<Positions>,
  slop: number
): number => {
  let frequency = 0
  const first = positions[0]
  for (let i = 0; i < first.length; i++) {
    const start = first.values[i]
    if (i > 0 && first.values[i - 1] === start) continue
    const moves = fewestMoves(phrase, positions, start, slop)
    if (moves <= slop) frequency += 1 / (1 + moves)
  }
  return frequency
}

const fewestMoves = (
  phrase: ReadonlyArray<Place>,
  positions: ReadonlyArray<Positions>,
  start: number,
  slop: number
): number => {
  // The smallest beginning is that of one of the words: of its places before the start the nearest, unless another place of
  // the same word has to come after it.
  let fewest = movesFrom(phrase, positions, start, start, slop)
  for (let word = 1; word < phrase.length; word++) {
    const { values } = positions[word]
    const { place, word: text } = phrase[word]
    const occursOnce = phrase.every((other, i) => i === word || other.word !== text)
    for (let i = indexFrom(positions[word], start + place) - 1; i >= 0; i--) {
      const beginning = values[i] - place
      if (start - beginning > slop || start - beginning >= fewest) break
      fewest = Math.min(fewest, movesFrom(phrase, positions, start, beginning, slop))
      if (occursOnce) break
    }
  }
  return fewest
}

/** The fewest moves where no beginning is less than `least`. */
const movesFrom = (
  phrase: ReadonlyArray<Place>,
  positions: ReadonlyArray<Positions>,
  start: number,
  least: number,
  slop: number
): number => {
  let largest = start
  const taken = new Map<string, number>([[phrase[0].word, start]])
  for (let word = 1; word < phrase.length; word++) {
    const { place, word: text } = phrase[word]
    const after = taken.get(text)
    const from = Math.max(least + place, after === undefined ? 0 : after + 1)
    const at = indexFrom(positions[word], from)
    if (at === positions[word].length) return Infinity
    const position = positions[word].values[at]
    taken.set(text, position)
    largest = Math.max(largest, position - place)
    if (largest - least > slop) return Infinity
  }
  return largest - least
}
