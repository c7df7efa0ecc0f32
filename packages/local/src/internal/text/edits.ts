/**
 * Whether a word comes from another by at most so many edits: a letter more, a letter less, another letter, or two
 * neighbours exchanged.
 */
export const within = (word: string, edits: number): (other: string) => boolean => {
  const letters = Array.from({ length: word.length }, (_, i) => word.charCodeAt(i))
  // What it takes from the beginnings of this word to a beginning of the other: for the three last letters of that.
  let row = new Int32Array(word.length + 1)
  let last = new Int32Array(word.length + 1)
  let beforeLast = new Int32Array(word.length + 1)
  return (other) => {
    if (Math.abs(other.length - word.length) > edits) return false
    for (let i = 0; i < row.length; i++) row[i] = i
    for (let j = 1; j <= other.length; j++) {
      const next = beforeLast
      beforeLast = last
      last = row
      row = next
      const letter = other.charCodeAt(j - 1)
      const letterBefore = other.charCodeAt(j - 2)
      // Further away from the diagonal there are too many edits anyway.
      const from = Math.max(1, j - edits)
      const to = Math.min(word.length, j + edits)
      let least = row[from - 1] = from === 1 ? j : edits + 1
      for (let i = from; i <= to; i++) {
        const above = i < j + edits ? last[i] : edits + 1
        let cost = Math.min(above + 1, row[i - 1] + 1, last[i - 1] + (letters[i - 1] === letter ? 0 : 1))
        if (i > 1 && j > 1 && letters[i - 1] === letterBefore && letters[i - 2] === letter) {
          cost = Math.min(cost, beforeLast[i - 2] + 1)
        }
        row[i] = cost
        if (cost < least) least = cost
      }
      // An exchange can be better than the whole row by one edit at most.
      if (least > edits + 1) return false
    }
    return row[word.length] <= edits
  }
}
