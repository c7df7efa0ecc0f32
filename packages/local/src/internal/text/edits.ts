/**
 * Whether one word comes from another by at most so many edits: a letter more, a letter less, another letter, or two
 * neighbours exchanged.
 */
export const within = (a: string, b: string, edits: number): boolean => {
  if (Math.abs(a.length - b.length) > edits) return false
  let beforeLast: Array<number> = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
      const exchanged = i > 1 && j > 1 && a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      if (exchanged) cost = Math.min(cost, beforeLast[j - 2] + 1)
      row.push(cost)
      least = Math.min(least, cost)
    }
    // An exchange can be better than the whole row by one edit at most.
    if (least > edits + 1) return false
    beforeLast = last
    last = row
  }
  return last[b.length] <= edits
}
