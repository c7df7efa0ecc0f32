import * as Effect from "effect/Effect"
import type { Problem } from "../problem.js"
import { sentences, tokensOf } from "./chunks.js"
import type { Embedding } from "./embedding.js"

export type Entailment = "entailed" | "contradicted" | "neutral"

export interface Evaluation {
  readonly correctness: number
  readonly completeness: number
  readonly alignment: number
  readonly facts: ReadonlyArray<{ readonly content: string; readonly entailment: Entailment }>
  readonly tokens: number
}

interface Statement {
  readonly content: string
  /** What it says beyond the question. */
  readonly terms: ReadonlySet<string>
  readonly numbers: ReadonlySet<string>
  readonly negated: boolean
  readonly vector: Float32Array
}

/** Says the same where it has this much of the other's terms, by their rarity, or points this nearly the same way. */
const enoughTerms = 0.6
const sameMeaning = 0.85

/** Is about the same thing, and may contradict it. */
const sameMatter = 0.45

const numbersOf = (text: string): ReadonlySet<string> =>
  new Set(Array.from(text.matchAll(/\d+(?:[.,]\d+)*/g), ([number]) => number.replace(/,(?=\d{3}\b)/g, "")))

const isNegated = (text: string): boolean => /\b(?:not|no|never|none|nor|cannot|without|neither)\b|n['’]t\b/i.test(text)

/** The statements of a text: its sentences, and the parts of those that a semicolon parts. */
const statementsOf = (text: string): ReadonlyArray<string> =>
  Array.from(sentences(text, "text"), ({ from, to }) => text.slice(from, to))
    .flatMap((sentence) => sentence.split(";"))
    .map((part) => part.trim())

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0)

const isSubset = (part: ReadonlySet<string>, whole: ReadonlySet<string>): boolean => {
  for (const item of part) if (!whole.has(item)) return false
  return true
}

/**
 * An estimate, by shared words and by the meaning that the embedding model sees, of how far an answer says what the right
 * one says: which facts of the right answer it entails, contradicts or leaves open. No language model has read either.
 */
export const evaluate = (
  embedding: Embedding,
  request: { readonly question: string; readonly answer: string; readonly groundTruthAnswer: string }
): Effect.Effect<Evaluation, Problem> =>
  Effect.gen(function*() {
    const { rarity, termsOf } = yield* embedding.words
    const asked = new Set(termsOf(request.question))

    const read = (text: string) =>
      Effect.gen(function*() {
        const parts = statementsOf(text).filter((part) => termsOf(part).length > 0)
        const vectors = yield* embedding.dense(parts)
        return parts.map((content, i): Statement => {
          const terms = new Set(termsOf(content))
          const telling = new Set(Array.from(terms).filter((term) => !asked.has(term)))
          return {
            content,
            terms: telling.size === 0 ? terms : telling,
            numbers: numbersOf(content),
            negated: isNegated(content),
            vector: vectors[i] ?? new Float32Array()
          }
        })
      })

    const facts = yield* read(request.groundTruthAnswer)
    const claims = yield* read(request.answer)

    const weigh = (terms: Iterable<string>) => {
      let sum = 0
      for (const term of terms) sum += rarity(term)
      return sum
    }

    /** What the statements of one side say to a statement of the other. */
    const judge = (statement: Statement, others: ReadonlyArray<Statement>): Entailment => {
      const all = new Set(others.flatMap(({ terms }) => Array.from(terms)))
      const numbers = new Set(others.flatMap(({ numbers }) => Array.from(numbers)))
      const nearest = others
        .map((other) => ({
          other,
          near: cosine(statement.vector, other.vector),
          common: weigh(Array.from(statement.terms).filter((term) => other.terms.has(term)))
        }))
        .sort((a, b) => b.common + b.near - a.common - a.near)[0]
      if (nearest === undefined) return "neutral"
      const shared = weigh(Array.from(statement.terms).filter((term) => all.has(term))) / weigh(statement.terms)
      const same = shared >= enoughTerms || nearest.near >= sameMeaning
      const about = same || nearest.near >= sameMatter || shared >= sameMatter
      const otherNumbers = !isSubset(statement.numbers, numbers)
      if (same && !otherNumbers && statement.negated === nearest.other.negated) return "entailed"
      if (same) return "contradicted"
      // A short answer to the same question that names something else.
      const short = shared === 0 && facts.length === 1 && claims.length === 1 &&
        statement.terms.size <= 3 && nearest.other.terms.size <= 3
      return (about && otherNumbers && numbers.size > 0) || short ? "contradicted" : "neutral"
    }

    const judged = facts.map((fact) => ({ content: fact.content, entailment: judge(fact, claims) }))
    const share = (part: number, whole: number) => whole === 0 ? 0 : part / whole
    const completeness = share(judged.filter(({ entailment }) => entailment === "entailed").length, facts.length)
    const correctness = share(claims.filter((claim) => judge(claim, facts) === "entailed").length, claims.length)
    return {
      correctness,
      completeness,
      alignment: share(2 * correctness * completeness, correctness + completeness),
      facts: judged,
      tokens: tokensOf(request.question) + tokensOf(request.answer) + tokensOf(request.groundTruthAnswer)
    }
  })
