const quote = (name: string): string => JSON.stringify(name)

/** The columns that have a number where the pattern has its `*`, in the order of their numbers, or what is wrong with them. */
export const dimensionsOf = (
  available: ReadonlyArray<string>,
  pattern: string
): ReadonlyArray<string> | string => {
  const [before = "", after, ...others] = pattern.split("*")
  if (after === undefined || others.length > 0) {
    return `cannot be read by the pattern ${quote(pattern)} of values. Write one * in it, which stands for a number`
  }
  const found: Array<{ readonly name: string; readonly number: number }> = []
  for (const name of available) {
    const digits = name.slice(before.length, name.length - after.length)
    if (name.startsWith(before) && name.endsWith(after) && /^\d{1,9}$/.test(digits)) {
      found.push({ name, number: Number(digits) })
    }
  }
  found.sort((left, right) => left.number - right.number)
  const [first] = found
  const last = found[found.length - 1]
  if (first === undefined || last === undefined) {
    return `has no column whose name is ${quote(pattern)} with a number for the *. Correct the pattern of values`
  }
  if (first.number > 1) {
    return `has no column ${quote(pattern.replace("*", "0"))} or ${quote(pattern.replace("*", "1"))}, but ${
      quote(first.name)
    }. Write all columns of the embedding, counted from 0 or 1`
  }
  for (let i = 1; i < found.length; i++) {
    const { name, number } = found[i]!
    const previous = found[i - 1]!
    if (number === previous.number) {
      return `has two columns for dimension ${number} of ${quote(pattern)}: ${quote(previous.name)} and ${
        quote(name)
      }. Leave one of them out`
    }
    if (number > previous.number + 1) {
      return `has the columns ${quote(first.name)} to ${quote(last.name)}, but no number ${
        previous.number + 1
      } between them. Write all columns of the embedding`
    }
  }
  return found.map(({ name }) => name)
}
