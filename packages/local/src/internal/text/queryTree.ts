/**
 * A full-text query as a tree: what the query language is parsed into, and what the index evaluates.
 *
 * The texts in it are raw. The analyser of a field is applied to them when the query is evaluated, once for each field
 * that is searched, as two fields of one index may have different languages.
 *
 * A leaf searches `field`, or where it names none the fields of the nearest `Field` around it, or else all full-text fields.
 * Over several fields it matches a document that any of them matches, and its score is the sum over the fields.
 *
 * A leaf whose text has no token in any of its fields, as all its words are stop words, asks for nothing: it is left out of
 * the query around it.
 */
export type Query = Term | Phrase | PhrasePrefix | Fuzzy | Field | Bool | All | None

/** Any of the words of a text, where no character has a meaning of its own. A word that occurs twice counts twice. */
export interface Words {
  readonly _tag: "Words"
  readonly fields?: ReadonlyArray<string> | undefined
  readonly text: string
}

/** What a search scores by. */
export type Clause = Words | Query

/** A word. One that the analyser splits into several tokens (`wi-fi`) is searched as a phrase of them. */
export interface Term {
  readonly _tag: "Term"
  readonly field?: string | undefined
  readonly text: string
  readonly boost: number
}

/**
 * Words in order. With a slop, that many moves of words may be needed to bring them into that order: one for a word between
 * two others, two for two words in reverse. It is scored as a word that is as rare as all its words together; with a slop
 * each place where it is found counts `1 / (1 + moves)`.
 */
export interface Phrase {
  readonly _tag: "Phrase"
  readonly field?: string | undefined
  readonly text: string
  readonly slop: number
  readonly boost: number
}

/**
 * Words in order, the last of which may be the beginning of a longer word: all words that begin with it are searched as if
 * they were one. What the last word is compared with are tokens, and so stems where the field has stemming.
 */
export interface PhrasePrefix {
  readonly _tag: "PhrasePrefix"
  readonly field?: string | undefined
  readonly text: string
  readonly boost: number
}

/**
 * A word, and all words that come from it by at most `distance` edits, searched as if they were one. An edit is a letter
 * more, a letter less, another letter, or two neighbours exchanged. What is compared are tokens, and so stems where the
 * field has stemming; of a text with several tokens, each must be found. Over n-grams it is a term.
 */
export interface Fuzzy {
  readonly _tag: "Fuzzy"
  readonly field?: string | undefined
  readonly text: string
  readonly distance: 0 | 1 | 2
  readonly boost: number
}

/** A query whose leaves search these fields, unless they name one. */
export interface Field {
  readonly _tag: "Field"
  readonly fields: ReadonlyArray<string>
  readonly query: Query
}

/**
 * Matches what all of `must` match and none of `mustNot`, and, where `must` is empty, at least one of `should`. The score is
 * the sum of those of `must` and `should`, times the boost. With `mustNot` alone it matches nothing.
 */
export interface Bool {
  readonly _tag: "Bool"
  readonly must: ReadonlyArray<Query>
  readonly should: ReadonlyArray<Query>
  readonly mustNot: ReadonlyArray<Query>
  readonly boost: number
}

/** Every document, with a score of 1. */
export interface All {
  readonly _tag: "All"
}

/** No document. */
export interface None {
  readonly _tag: "None"
}

export const words = (text: string, fields?: ReadonlyArray<string>): Words => ({ _tag: "Words", fields, text })

export const all: All = { _tag: "All" }

export const none: None = { _tag: "None" }

export const term = (text: string, options: { readonly field?: string; readonly boost?: number } = {}): Term => ({
  _tag: "Term",
  field: options.field,
  text,
  boost: options.boost ?? 1
})

export const phrase = (
  text: string,
  options: { readonly field?: string; readonly slop?: number; readonly boost?: number } = {}
): Phrase => ({ _tag: "Phrase", field: options.field, text, slop: options.slop ?? 0, boost: options.boost ?? 1 })

export const phrasePrefix = (
  text: string,
  options: { readonly field?: string; readonly boost?: number } = {}
): PhrasePrefix => ({ _tag: "PhrasePrefix", field: options.field, text, boost: options.boost ?? 1 })

export const fuzzy = (
  text: string,
  distance: Fuzzy["distance"],
  options: { readonly field?: string; readonly boost?: number } = {}
): Fuzzy => ({ _tag: "Fuzzy", field: options.field, text, distance, boost: options.boost ?? 1 })

export const field = (fields: ReadonlyArray<string>, query: Query): Field => ({ _tag: "Field", fields, query })

export const bool = (clauses: Partial<Omit<Bool, "_tag">>): Bool => ({
  _tag: "Bool",
  must: clauses.must ?? [],
  should: clauses.should ?? [],
  mustNot: clauses.mustNot ?? [],
  boost: clauses.boost ?? 1
})
