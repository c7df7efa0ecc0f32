import * as Effect from "effect/Effect"
import type { Embedded, Words } from "../../LocalModels.js"
import type { Problem } from "../problem.js"
import type { Range } from "./chunks.js"
import { pagesWithin, sentences, tokensOf } from "./chunks.js"
import type { Kind } from "./documents.js"
import type { Embedding } from "./embedding.js"
import type { Hit } from "./search.js"

/** What answers: no language model, and the name says so. */
export const model = "pinecone-local-extractive"

/** A sentence of a file that answers a question. */
export interface Quote {
  readonly revision: string
  readonly text: string
  /** As it stands in the file. */
  readonly source: string
  readonly pages: ReadonlyArray<number>
}

/** Where in an answer its references stand, in UTF-16 units, and what they are. */
export interface Citation {
  readonly position: number
  readonly quote: Quote
}

export interface Answer {
  readonly content: string
  readonly citations: ReadonlyArray<Citation>
}

/** Sentences are sought in so many of the best chunks, of which this many are looked at closely. */
const chunksRead = 12
const sentencesRanked = 24

/** An answer quotes so many sentences at most, and none that is far behind the best one. */
const quotesAtMost = 4
const nearBest = 0.75

/** A sentence that fits a question less does not answer it. */
const leastScore = 0.5

/** How much it counts where a sentence stands, beside what it says. */
const weightAround = 0.2

/** So many characters of the sentences before one are quoted with it, where it leans on them. */
const longestBefore = 400

/** A shorter sentence tells nothing by itself. */
const leastTokens = 5

interface Candidate extends Quote {
  readonly terms: ReadonlySet<string>
  /** How much of the question's terms it has, by their rarity: 0 to 1. */
  readonly shared: number
  /** How well its chunk fits, and its headings with it: 0 to 2. */
  readonly around: number
}

const sharedOf = (asked: ReadonlySet<string>, terms: ReadonlySet<string>, rarity: Words["rarity"]): number => {
  let all = 0
  let shared = 0
  for (const term of asked) {
    const weight = rarity(term)
    all += weight
    if (terms.has(term)) shared += weight
  }
  return all === 0 ? 0 : shared / all
}

/** Sentences of the best chunks, the best first. */
const ranked = (
  embedding: Embedding,
  question: Embedded,
  hits: ReadonlyArray<Hit>,
  kindOf: (revision: string) => Kind
): Effect.Effect<ReadonlyArray<{ readonly candidate: Candidate; readonly score: number }>, Problem> =>
  Effect.gen(function*() {
    const { rarity, termsOf } = yield* embedding.words
    const asked = new Set(termsOf(question.text))
    const candidates: Array<Candidate> = []
    const seen = new Set<string>()
    for (const { chunk, score } of hits.slice(0, chunksRead)) {
      const { headings, pages, revision, text } = chunk
      const kind = kindOf(revision)
      const above = termsOf(headings.join(" "))
      let before: Range | undefined
      for (const range of sentences(text, kind)) {
        const from = before !== undefined && leansOn(text, before, range) ? before.from : range.from
        const { to } = range
        before = { from, to }
        const source = text.slice(from, to)
        const sentence = clean(source, kind)
        // A question is no answer.
        if (tokensOf(sentence) < leastTokens || sentence.endsWith("?") || seen.has(sentence)) continue
        seen.add(sentence)
        const terms = new Set(termsOf(sentence))
        const shared = sharedOf(asked, terms, rarity)
        candidates.push({
          revision,
          text: sentence,
          source,
          pages: pagesWithin(pages, from, to),
          terms,
          shared,
          around: score + sharedOf(asked, new Set([...terms, ...above]), rarity)
        })
      }
    }
    const close = candidates
      .sort((a, b) => b.shared + b.around - a.shared - a.around)
      .slice(0, sentencesRanked)
    const vectors = yield* embedding.dense(close.map(({ text }) => text))
    const scores = yield* embedding.rank(
      question,
      close.map(({ text }, i) => ({ text, vector: vectors[i] ?? new Float32Array(embedding.dimension) }))
    )
    return close
      .map((candidate, i) => ({ candidate, score: (scores[i] ?? 0) + weightAround * candidate.around }))
      .sort((a, b) => b.score - a.score)
  })

/** The sentences that answer a question, the best first: none where nothing of what was found does. */
export const quotes = (
  embedding: Embedding,
  question: Embedded,
  hits: ReadonlyArray<Hit>,
  kindOf: (revision: string) => Kind
): Effect.Effect<ReadonlyArray<Quote>, Problem> =>
  Effect.map(ranked(embedding, question, hits, kindOf), (found) => {
    const best = found[0]?.score ?? 0
    const chosen: Array<Candidate> = []
    for (const { candidate, score } of found) {
      if (chosen.length === quotesAtMost || score < Math.max(leastScore, nearBest * best)) break
      if (!chosen.some((other) => saysTheSame(other, candidate))) chosen.push(candidate)
    }
    return chosen.map(({ pages, revision, source, text }) => ({ pages, revision, source, text }))
  })

/** Whether a sentence is about what the one before it has named. */
const leansOn = (text: string, before: Range, { from, to }: Range): boolean =>
  /^(?:it|its|he|his|she|her|they|their|this|these|that|those)\b/i.test(text.slice(from, to)) &&
  !/\n\s*\n/.test(text.slice(before.to, from)) && from - before.from <= longestBefore

const saysTheSame = (a: Candidate, b: Candidate): boolean => {
  if (a.text.includes(b.text) || b.text.includes(a.text)) return true
  let same = 0
  for (const term of a.terms) if (b.terms.has(term)) same++
  return same >= 0.8 * Math.max(a.terms.size, b.terms.size)
}

/** A sentence on one line, without the mark of an item before it, nor the marks that make Markdown of it. */
const clean = (sentence: string, kind: Kind): string => {
  const line = sentence.replace(/\s+/g, " ").trim().replace(/^(?:[-*+•‣◦▪–]|\d{1,3}[.)])\s+/, "")
  return kind !== "markdown" ? line : line
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/\*\*/g, "")
    .replace(/^\|\s*|\s*\|$/g, "")
    .replace(/^>\s*/, "")
    .trim()
}

const said =
  "This answer is extractive: it quotes sentences of the assistant's files, and no language model has written it."

const nothing = `Nothing was found in the assistant's files that answers this. ${said}`

/** The answer that quotes. */
export const compose = (found: ReadonlyArray<Quote>): Answer => {
  if (found.length === 0) return { content: nothing, citations: [] }
  let content = `${said}\n`
  const citations = found.map((quote) => {
    content += `\n“${quote.text}”`
    const position = content.length
    content += "\n"
    return { position, quote }
  })
  return { content: content.trimEnd(), citations }
}

/** The same answer as a JSON text, its citations where they stand in that. */
export const asJson = ({ citations, content }: Answer): Answer => {
  const before = "{\"answer\":"
  const upTo = (position: number) => before.length + JSON.stringify(content.slice(0, position)).length - 1
  return {
    content: `${before}${JSON.stringify(content)},"extractive":true}`,
    citations: citations.map(({ position, quote }) => ({ position: upTo(position), quote }))
  }
}

/** The same answer with its references in the text, as `[1, p. 2]`, and the files at its end. */
export const withReferences = (
  { citations, content }: Answer,
  nameOf: (revision: string) => string
): string => {
  const names: Array<string> = []
  let text = ""
  let at = 0
  for (const { position, quote } of citations) {
    const name = nameOf(quote.revision)
    if (!names.includes(name)) names.push(name)
    const pages = quote.pages.length === 0 ? "" : `, p. ${quote.pages.join(", ")}`
    text += `${content.slice(at, position)} [${names.indexOf(name) + 1}${pages}]`
    at = position
  }
  text += content.slice(at)
  return names.length === 0
    ? text
    : `${text}\n\nReferences:\n${names.map((name, i) => `${i + 1}. ${name}`).join("\n")}`
}

/** The pieces of an answer, in which a citation comes as soon as the text has reached it. */
export type Piece = { readonly text: string } | { readonly citation: Citation }

/** So many words are a piece. */
const wordsPerPiece = 8

const piecesOf = (text: string): ReadonlyArray<string> =>
  text.match(new RegExp(`(?:\\s*\\S+){1,${wordsPerPiece}}\\s*$|(?:\\s*\\S+){1,${wordsPerPiece}}|\\s+`, "g")) ?? []

export const pieces = ({ citations, content }: Answer): ReadonlyArray<Piece> => {
  const all: Array<Piece> = []
  let at = 0
  const write = (to: number) => {
    for (const text of piecesOf(content.slice(at, to))) all.push({ text })
    at = to
  }
  for (const citation of citations) {
    write(citation.position)
    all.push({ citation })
  }
  write(content.length)
  return all
}

/** What an answer would have cost: the tokens of what was read for it, and its own. */
export const usageOf = (read: ReadonlyArray<string>, written: string) => {
  const promptTokens = read.reduce((sum, text) => sum + tokensOf(text), 0)
  const completionTokens = tokensOf(written)
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens }
}
