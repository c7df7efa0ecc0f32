import * as Effect from "effect/Effect"

/** 32 bits, in hexadecimal digits. */
const digits = (word: number): string => (word >>> 0).toString(16).padStart(8, "0")

/** The generator sfc32: each call gives 32 bits. */
const generator = ([a, b, c, count]: [number, number, number, number]) => (): number => {
  const given = a + b + count | 0
  count = count + 1 | 0
  a = b ^ b >>> 9
  b = c + (c << 3) | 0
  c = (c << 21 | c >>> 11) + given | 0
  return given
}

const word = Effect.randomWith((random) => random.nextIntBetween(0, 2 ** 32))

/**
 * Gives another id in the form of a UUID with each run. Every request has one: only the first asks `Random`, for what the
 * others follow from.
 */
export const make = (): Effect.Effect<string> => {
  let next: (() => number) | undefined
  const id = (next: () => number): string => {
    const text = digits(next()) + digits(next()) + digits(next()) + digits(next())
    return `${text.slice(0, 8)}-${text.slice(8, 12)}-4${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`
  }
  const begun = Effect.map(Effect.all([word, word, word, word]), (seed) => id(next = generator(seed)))
  return Effect.suspend(() => next === undefined ? begun : Effect.succeed(id(next)))
}
