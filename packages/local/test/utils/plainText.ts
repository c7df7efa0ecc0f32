/** Full-text search once more, written straight from its definition: no index, each document is looked at by itself. */
import type { Analyser, Token } from "../../src/internal/text/analyser.js"
import type { Clause, Query } from "../../src/internal/text/queryTree.js"
import type { Texts } from "../../src/internal/text/textIndex.js"
import type { Operator } from "../../src/internal/text/textPlan.js"

export interface PlainDocument {
  readonly slot: number
  readonly sequence: number
  readonly texts: Texts
}

export interface PlainHit {
  readonly slot: number
  readonly sequence: number
  readonly score: number
}

type Analysers = Readonly<Record<string, Analyser>>

/** How often a document has what a leaf asks for, by field. */
type Frequency = (tokens: ReadonlyArray<Token>) => number

const distinct = (tokens: ReadonlyArray<Token>): ReadonlyArray<Token> =>
  tokens.filter(({ position, text }, i) =>
    tokens.findIndex((other) => other.position === position && other.text === text) === i
  )

const hasAt = (tokens: ReadonlyArray<Token>, text: string, position: number): boolean =>
  tokens.some((token) => token.text === text && token.position === position)

const positionsOf = (tokens: ReadonlyArray<Token>, text: string): ReadonlyArray<number> => [
  ...new Set(tokens.filter((token) => token.text === text).map(({ position }) => position))
]

const countOf = (tokens: ReadonlyArray<Token>, text: string): number =>
  tokens.filter((token) => token.text === text).length

/** All ways to choose a position for each token, such that a repeated token gets later and later ones. */
const choices = (
  phrase: ReadonlyArray<Token>,
  tokens: ReadonlyArray<Token>,
  taken: ReadonlyArray<number>
): ReadonlyArray<ReadonlyArray<number>> => {
  if (taken.length === phrase.length) return [taken]
  const { text } = phrase[taken.length]
  const before = taken.filter((_, i) => phrase[i].text === text)
  return positionsOf(tokens, text)
    .filter((position) => before.every((other) => other < position))
    .flatMap((position) => choices(phrase, tokens, [...taken, position]))
}

const phraseFrequency = (query: ReadonlyArray<Token>, slop: number): Frequency => (tokens) => {
  const phrase = distinct(query)
  const origin = phrase[0].position
  if (slop === 0) {
    return positionsOf(tokens, phrase[0].text)
      .filter((start) => phrase.every(({ position, text }) => hasAt(tokens, text, start + position - origin)))
      .length
  }
  const all = choices(phrase, tokens, [])
  return positionsOf(tokens, phrase[0].text).reduce((sum, start) => {
    const moves = all.filter(([first]) => first === start).map((positions) => {
      const begins = positions.map((position, i) => position - (phrase[i].position - origin))
      return Math.max(...begins) - Math.min(...begins)
    })
    const fewest = Math.min(Infinity, ...moves)
    return fewest <= slop ? sum + 1 / (1 + fewest) : sum
  }, 0)
}

/** The fewest edits, one word after the other written out in full. */
export const editsBetween = (a: string, b: string): number => {
  const table = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i + j))
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const options = [
        table[i - 1][j] + 1,
        table[i][j - 1] + 1,
        table[i - 1][j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      ]
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) options.push(table[i - 2][j - 2] + 1)
      table[i][j] = Math.min(...options)
    }
  }
  return table[a.length][b.length]
}

/** The documents of a namespace, and what a query finds among them. */
export class PlainIndex {
  readonly documents = new Map<number, PlainDocument>()
  private readonly analysed = new Map<string, ReadonlyArray<Token>>()

  constructor(readonly analysers: Analysers) {}

  write(slot: number, texts: Texts, sequence: number): void {
    this.documents.set(slot, { slot, texts, sequence })
  }

  remove(slot: number): void {
    this.documents.delete(slot)
  }

  search(
    clauses: ReadonlyArray<Clause>,
    topK: number,
    accepts: (slot: number) => boolean = () => true
  ): ReadonlyArray<PlainHit> {
    const scores = clauses.map((clause) => this.evaluate(clause, Object.keys(this.analysers)))
    const hits: Array<PlainHit> = []
    for (const { sequence, slot } of this.documents.values()) {
      const found = scores.flatMap((of) => {
        const score = of === undefined ? undefined : of.get(slot)
        return score === undefined ? [] : [score]
      })
      if (found.length > 0 && accepts(slot)) hits.push({ slot, sequence, score: found.reduce((a, b) => a + b) })
    }
    return hits.sort((a, b) => b.score - a.score || a.sequence - b.sequence).slice(0, topK)
  }

  matches(operator: Operator, field: string, text: string): ReadonlySet<number> {
    const query = this.tokens(field, text)
    const slots = [...this.documents.values()].filter(({ texts }) => {
      const tokens = this.tokens(field, texts[field] ?? "")
      if (query.length === 0) return false
      if (operator === "$match_phrase") return phraseFrequency(query, 0)(tokens) > 0
      const has = (token: Token) => countOf(tokens, token.text) > 0
      return operator === "$match_all" ? query.every(has) : query.some(has)
    })
    return new Set(slots.map(({ slot }) => slot))
  }

  private tokens(field: string, text: string): ReadonlyArray<Token> {
    const key = `${field} ${text}`
    let tokens = this.analysed.get(key)
    if (tokens === undefined) this.analysed.set(key, tokens = this.analysers[field].tokens(text))
    return tokens
  }

  private tokensOf(field: string): ReadonlyArray<readonly [slot: number, tokens: ReadonlyArray<Token>]> {
    return [...this.documents.values()].map(({ slot, texts }) => [slot, this.tokens(field, texts[field] ?? "")])
  }

  /** The BM25 of documents that have something so often, given how rare it is. */
  private score(field: string, frequency: Frequency, rarity: number, boost: number): ReadonlyMap<number, number> {
    const all = this.tokensOf(field).filter(([, tokens]) => tokens.length > 0)
    const average = all.reduce((sum, [, tokens]) => sum + tokens.length, 0) / all.length
    return new Map(all.flatMap(([slot, tokens]) => {
      const tf = frequency(tokens)
      if (tf === 0) return []
      const saturated = tf * (1.2 + 1) / (tf + 1.2 * (1 - 0.75 + 0.75 * tokens.length / average))
      return [[slot, boost * rarity * saturated] as const]
    }))
  }

  private rarity(field: string, has: (tokens: ReadonlyArray<Token>) => boolean): number {
    const all = this.tokensOf(field).filter(([, tokens]) => tokens.length > 0)
    const n = all.filter(([, tokens]) => has(tokens)).length
    return Math.log(1 + (all.length - n + 0.5) / (n + 0.5))
  }

  private word(field: string, text: string, boost: number) {
    const frequency: Frequency = (tokens) => countOf(tokens, text)
    return this.score(field, frequency, this.rarity(field, (tokens) => frequency(tokens) > 0), boost)
  }

  private phrase(field: string, query: ReadonlyArray<Token>, slop: number, boost: number) {
    const phrase = distinct(query)
    if (phrase.length === 1) return this.word(field, phrase[0].text, boost)
    const rarity = phrase.reduce(
      (sum, { text }) => sum + this.rarity(field, (tokens) => countOf(tokens, text) > 0),
      0
    )
    return this.score(field, phraseFrequency(query, slop), rarity, boost)
  }

  private variants(field: string, isWanted: (word: string) => boolean, boost: number) {
    const frequency: Frequency = (tokens) => tokens.filter(({ text }) => isWanted(text)).length
    return this.score(field, frequency, this.rarity(field, (tokens) => frequency(tokens) > 0), boost)
  }

  private phrasePrefix(field: string, query: ReadonlyArray<Token>, boost: number) {
    const phrase = distinct(query)
    const last = phrase[phrase.length - 1]
    const isWanted = (word: string) => word.startsWith(last.text)
    if (phrase.length === 1) return this.variants(field, isWanted, boost)
    const fixed = phrase.slice(0, -1)
    const [first] = fixed
    const frequency: Frequency = (tokens) =>
      positionsOf(tokens, first.text).filter((start) =>
        fixed.every(({ position, text }) => hasAt(tokens, text, start + position - first.position)) &&
        tokens.some(({ position, text }) => position === start + last.position - first.position && isWanted(text))
      ).length
    const rarity = fixed.reduce(
      (sum, { text }) => sum + this.rarity(field, (tokens) => countOf(tokens, text) > 0),
      this.rarity(field, (tokens) => tokens.some(({ text }) => isWanted(text)))
    )
    return this.score(field, frequency, rarity, boost)
  }

  /** The score of each document that matches; `undefined` for a query that asks for nothing. */
  private evaluate(query: Clause, around: ReadonlyArray<string>): ReadonlyMap<number, number> | undefined {
    switch (query._tag) {
      case "All":
        return new Map([...this.documents.keys()].map((slot) => [slot, 1]))
      case "None":
        return new Map()
      case "Field":
        return this.evaluate(query.query, query.fields)
      case "Words":
        return this.overFields(
          query.fields ?? around,
          query.text,
          (field, tokens) => tokens.map(({ text }) => this.word(field, text, 1)).reduce(sumOf)
        )
      case "Term":
        return this.overFields(
          this.fieldsOf(query, around),
          query.text,
          (field, tokens) => this.phrase(field, tokens, 0, query.boost)
        )
      case "Phrase":
        return this.overFields(
          this.fieldsOf(query, around),
          query.text,
          (field, tokens) => this.phrase(field, tokens, query.slop, query.boost)
        )
      case "PhrasePrefix":
        return this.overFields(
          this.fieldsOf(query, around),
          query.text,
          (field, tokens) =>
            this.analysers[field].settings.ngram === undefined
              ? this.phrasePrefix(field, tokens, query.boost)
              : this.phrase(field, tokens, 0, query.boost),
          true
        )
      case "Fuzzy":
        return this.overFields(
          this.fieldsOf(query, around),
          query.text,
          (field, tokens) =>
            this.analysers[field].settings.ngram === undefined
              ? tokens
                .map(({ text }) =>
                  this.variants(field, (word) => editsBetween(text, word) <= query.distance, query.boost)
                )
                .reduce(bothOf)
              : this.phrase(field, tokens, 0, query.boost)
        )
      case "Bool":
        return this.bool(query, around)
    }
  }

  private bool(query: Extract<Query, { readonly _tag: "Bool" }>, around: ReadonlyArray<string>) {
    const all = (queries: ReadonlyArray<Query>) =>
      queries.map((one) => this.evaluate(one, around)).filter((one) => one !== undefined)
    const must = all(query.must)
    const should = all(query.should)
    const mustNot = all(query.mustNot)
    if (must.length + should.length === 0) return query.must.length + query.should.length > 0 ? undefined : new Map()
    const scores = new Map<number, number>()
    for (const slot of this.documents.keys()) {
      const required = must.map((one) => one.get(slot))
      const wanted = should.flatMap((one) => one.get(slot) ?? [])
      const matches = must.length > 0 ? required.every((one) => one !== undefined) : wanted.length > 0
      if (!matches || mustNot.some((one) => one.has(slot))) continue
      const sum = [...required, ...wanted].reduce<number>((total, score) => total + (score ?? 0), 0)
      scores.set(slot, sum * query.boost)
    }
    return scores
  }

  private fieldsOf({ field }: { readonly field?: string | undefined }, around: ReadonlyArray<string>) {
    return field === undefined ? around : [field]
  }

  private overFields(
    fields: ReadonlyArray<string>,
    text: string,
    f: (field: string, tokens: ReadonlyArray<Token>) => ReadonlyMap<number, number>,
    mayGoOn = false
  ): ReadonlyMap<number, number> | undefined {
    const found = Object.keys(this.analysers).filter((field) => fields.includes(field)).flatMap((field) => {
      const tokens = mayGoOn ? this.analysers[field].tokensOfBeginning(text) : this.tokens(field, text)
      return tokens.length === 0 ? [] : [f(field, tokens)]
    })
    return found.length === 0 ? undefined : found.reduce(sumOf)
  }
}

type Scores = ReadonlyMap<number, number>

const sumOf = (a: Scores, b: Scores): Scores =>
  new Map([...a, ...b].map(([slot]) => [slot, (a.get(slot) ?? 0) + (b.get(slot) ?? 0)]))

const bothOf = (a: Scores, b: Scores): Scores =>
  new Map([...a].flatMap(([slot, score]) => b.has(slot) ? [[slot, score + (b.get(slot) ?? 0)] as const] : []))
