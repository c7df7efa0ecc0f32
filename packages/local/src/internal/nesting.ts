/** So deep may JSON be: no request of Pinecone's is nearly as deep, and what reads it calls itself for each level. */
export const deepest = 100

/** So many arrays and objects may be in it: each takes some fifty times the two bytes that it is written in. */
export const most = 500_000

const quote = 34
const backslash = 92
const openBracket = 91
const closeBracket = 93
const openBrace = 123
const closeBrace = 125

/** Whether there are no more than this many of a byte. */
const hasAtMost = (bytes: Uint8Array, byte: number, most: number): boolean => {
  let at = -1
  for (let count = 0; count <= most; count++) {
    at = bytes.indexOf(byte, at + 1)
    if (at === -1) return true
  }
  return false
}

/** Arrays and objects in the JSON of a usual request: what has fewer is neither deep nor much, and found out the fastest. */
const few = deepest / 2

/**
 * Looks at the bytes of JSON before it is parsed, and says why it is not to be: it is nested too deep, or has too many
 * parts. Whether it is JSON at all is not looked at.
 */
export const tooMuch = (json: Uint8Array): string | undefined => {
  if (hasAtMost(json, openBracket, few) && hasAtMost(json, openBrace, few)) return undefined
  let depth = 0
  let count = 0
  let isText = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i]!
    if (isText) {
      if (byte === backslash) i++
      else if (byte === quote) isText = false
    } else if (byte === quote) isText = true
    else if (byte === openBracket || byte === openBrace) {
      if (++depth > deepest) return `the JSON is nested deeper than ${deepest} levels`
      if (++count > most) return `the JSON has more than ${most.toLocaleString("en-US")} arrays and objects`
    } else if (byte === closeBracket || byte === closeBrace) depth--
  }
  return undefined
}
