/**
 * How a query is answered over an index as it is at a moment: a plan is made at once, from the lists of its words, and
 * carried out in slices.
 */
import type { Budget } from "../job.js"
import { Numbers } from "../numbers.js"
import type { Token } from "./analyser.js"
import * as bm25 from "./bm25.js"
import type { Column } from "./columns.js"
import { windowSize } from "./columns.js"
import * as edits from "./edits.js"
import type { Matches, Steps } from "./matches.js"
import { atOnce, exclude, favour, gather, intersect, nothing, unite, unitsAtOnce } from "./matches.js"
import type { Place } from "./phrases.js"
import { has, sloppyFrequency, starts } from "./phrases.js"
import type { List, Reader } from "./postings.js"
import { isOld } from "./postings.js"
import type { Bool, Clause, Query } from "./queryTree.js"
import type { DocumentsSeen } from "./textDocuments.js"
import type { HeldField, HeldIndex } from "./textIndex.js"

/** What finds the documents that match. */
export type Plan = (budget: Budget) => Steps<Matches>

/** A field with the documents of its index. */
interface Scope extends HeldField {
  readonly documents: DocumentsSeen
}

/** What it takes to begin reading a list. */
const unitsOfList = 2

/** What it takes to look at the documents of a window. */
const unitsOfWindow = 2

const matchNothing: Plan = function*() {
  return nothing
}

// -----------------------------------------------------------------------------
// Words
// -----------------------------------------------------------------------------

/** The documents of a list, with how often each has the word. */
function* frequencies(scope: Scope, list: List, budget: Budget): Steps<Matches> {
  const { documents: { isAlive, someDead } } = scope
  const documents = new Int32Array(list.count)
  const scores = new Float64Array(list.count)
  let length = 0
  for (const postings = new Postings(scope.read(list)); postings.next();) {
    if ((budget.left -= unitsAtOnce) < 0) yield
    for (let i = 0; i < postings.length; i++) {
      const document = postings.documents[i]
      if (someDead && !isAlive(document)) continue
      documents[length] = document
      scores[length++] = postings.frequencies[i]
    }
  }
  return { documents, scores, length }
}

/** The same documents, scored by how often each has a word that so many have. */
const withScores = ({ lengths, statistics }: Scope, found: Matches, rarity: number, boost: number): Matches => {
  const { byLength, fixed, weight } = bm25.factors(statistics, rarity, boost)
  const { documents, length, scores } = found
  for (let i = 0; i < length; i++) {
    const tf = scores[i]
    scores[i] = weight * tf / (tf + fixed + byLength * lengths[documents[i]])
  }
  return found
}

/** The postings of a list, some at a time. */
class Postings {
  readonly documents = new Int32Array(atOnce)
  readonly frequencies = new Int32Array(atOnce)
  length = 0

  constructor(private readonly reader: Reader) {}

  /** Whether there are more: `length` of them are in `documents` and `frequencies` then. */
  next(): boolean {
    this.length = this.reader.read(this.documents, this.frequencies)
    return this.length > 0
  }

  /** How many of those at hand are of documents that are not dead. */
  alive({ isAlive, someDead }: DocumentsSeen): number {
    const { documents, length } = this
    if (!someDead) return length
    let alive = 0
    for (let i = 0; i < length; i++) if (isAlive(documents[i])) alive++
    return alive
  }
}

const planWord = (scope: Scope, word: string, boost: number): Plan => {
  const list = scope.list(word)
  if (list.count === 0) return matchNothing
  return function*(budget) {
    const found = yield* frequencies(scope, list, budget)
    return withScores(scope, found, bm25.rarity(scope.statistics, found.length), boost)
  }
}

const planUnion = (plans: ReadonlyArray<Plan>, end: number): Plan => {
  if (plans.length === 1) return plans[0]
  return function*(budget) {
    const parts: Array<Matches> = []
    for (const plan of plans) parts.push(yield* plan(budget))
    return yield* unite(parts, end, budget)
  }
}

const planIntersection = (plans: ReadonlyArray<Plan>): Plan => {
  if (plans.length === 1) return plans[0]
  return function*(budget) {
    let found: Matches | undefined
    for (const plan of plans) {
      const next = yield* plan(budget)
      found = found === undefined ? next : yield* intersect(found, next, budget)
    }
    return found ?? nothing
  }
}

/** How often each word is in a text. */
const timesOf = (scope: Scope, text: string): ReadonlyMap<string, number> => {
  const times = new Map<string, number>()
  scope.analyser.each(text, (token) => times.set(token, (times.get(token) ?? 0) + 1))
  return times
}

const planWords = (scope: Scope, text: string): ReadonlyArray<Plan> =>
  Array.from(timesOf(scope, text), ([token, count]) => planWord(scope, token, count))

/** How many documents have the word of a list. */
function* countAlive(scope: Scope, word: string, list: List, budget: Budget): Steps<number> {
  const { aliveCounts, documents: { changes, someDead } } = scope
  if (!someDead && !isOld(list)) return list.count
  const before = aliveCounts.get(word, changes)
  if (before !== undefined) return before
  let alive = 0
  for (const postings = new Postings(scope.read(list)); postings.next();) {
    if ((budget.left -= unitsAtOnce) < 0) yield
    alive += postings.alive(scope.documents)
  }
  aliveCounts.set(word, changes, alive)
  return alive
}

// -----------------------------------------------------------------------------
// Phrases
// -----------------------------------------------------------------------------

interface Part extends Place {
  readonly list: List
}

const phraseOf = (tokens: ReadonlyArray<Token>): ReadonlyArray<Place> => {
  const first = tokens[0]?.position ?? 0
  const places: Array<Place> = []
  for (const { position, text } of tokens) {
    const place = position - first
    if (!places.some((other) => other.place === place && other.word === text)) places.push({ word: text, place })
  }
  return places
}

const partsOf = (scope: Scope, phrase: ReadonlyArray<Place>): ReadonlyArray<Part> =>
  phrase.map((place) => ({ ...place, list: scope.list(place.word) }))

/** The rarity of a phrase is that of all its words together. */
function* rarityOf(scope: Scope, parts: ReadonlyArray<Part>, budget: Budget): Steps<number> {
  let rarity = 0
  for (const { list, word } of parts) {
    rarity += bm25.rarity(scope.statistics, yield* countAlive(scope, word, list, budget))
  }
  return rarity
}

/** Goes to the first posting of this document or a later one. */
const advance = (reader: Reader, document: number): boolean => {
  while (reader.document < document) if (!reader.next()) return false
  return true
}

/** Calls `f` with each document that has all words, and with their positions in the order of the phrase. */
function* together(
  scope: Scope,
  parts: ReadonlyArray<Part>,
  budget: Budget,
  f: (document: number, positions: ReadonlyArray<Numbers>) => void
): Steps<void> {
  const { documents: { isAlive } } = scope
  const positions = parts.map(() => new Numbers())
  const readers = parts.map(({ list }) => scope.read(list))
  // The rarest word leads, and the others follow.
  const order = parts.map((_, i) => i).sort((a, b) => parts[a].list.count - parts[b].list.count)
  const leader = readers[order[0]]
  const share = Math.max(1, Math.floor(atOnce / 16))
  for (let i = 1; leader.next(); i++) {
    if (i % share === 0 && (budget.left -= unitsAtOnce) < 0) yield
    const { document } = leader
    let all = true
    for (let follower = 1; follower < order.length && all; follower++) {
      const reader = readers[order[follower]]
      if (!advance(reader, document)) return
      all = reader.document === document
    }
    if (!all || !isAlive(document)) continue
    readers.forEach((reader, part) => reader.positions(positions[part]))
    f(document, positions)
  }
}

/** Documents as they are found, in ascending order. */
class Found {
  private readonly documents = new Numbers()
  private scores = new Float64Array(16)

  push(document: number, score: number): void {
    const { length } = this.documents
    if (length === this.scores.length) {
      const scores = new Float64Array(length * 2)
      scores.set(this.scores)
      this.scores = scores
    }
    this.documents.push(document)
    this.scores[length] = score
  }

  get matches(): Matches {
    return { documents: this.documents.values, scores: this.scores, length: this.documents.length }
  }
}

const planPhrase = (scope: Scope, tokens: ReadonlyArray<Token>, slop: number, boost: number): Plan => {
  const parts = partsOf(scope, phraseOf(tokens))
  if (parts.length === 1) return planWord(scope, parts[0].word, boost)
  if (parts.some(({ list }) => list.count === 0)) return matchNothing
  return function*(budget) {
    const found = new Found()
    yield* together(scope, parts, budget, (document, positions) => {
      let frequency = 0
      if (slop > 0) frequency = sloppyFrequency(parts, positions, slop)
      else starts(parts, positions, () => frequency++)
      if (frequency > 0) found.push(document, frequency)
    })
    return withScores(scope, found.matches, yield* rarityOf(scope, parts, budget), boost)
  }
}

// -----------------------------------------------------------------------------
// Words that are only known in part
// -----------------------------------------------------------------------------

/** The lists of all words that are wanted. */
function* variantsOf(
  scope: Scope,
  isWanted: (word: string) => boolean,
  dictionary: ReturnType<HeldField["dictionary"]>,
  budget: Budget
): Steps<ReadonlyArray<List>> {
  const lists: Array<List> = []
  for (let number = 0; number < dictionary.length; number++) {
    if (number % atOnce === 0 && (budget.left -= 2 * unitsAtOnce) < 0) yield
    const word = dictionary.wordAt(number)
    if (word !== undefined && isWanted(word)) lists.push(dictionary.listAt(number))
  }
  return lists
}

/** All words that are wanted, as if they were one. */
const planVariants = (scope: Scope, isWanted: (word: string) => boolean, boost: number): Plan => {
  const dictionary = scope.dictionary()
  return function*(budget) {
    const { count, isAlive } = scope.documents
    const sums = new Float64Array(count)
    for (const list of yield* variantsOf(scope, isWanted, dictionary, budget)) {
      const reader = scope.read(list)
      if ((budget.left -= unitsOfList) < 0) yield
      for (let i = 1; reader.next(); i++) {
        if (i % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
        if (isAlive(reader.document)) sums[reader.document] += reader.frequency
      }
    }
    const found = yield* gather(sums, budget)
    return withScores(scope, found, bm25.rarity(scope.statistics, found.length), boost)
  }
}

/** A phrase whose last word may go on. */
const planPhrasePrefix = (scope: Scope, tokens: ReadonlyArray<Token>, boost: number): Plan => {
  const phrase = phraseOf(tokens)
  const last = phrase[phrase.length - 1]
  const isWanted = (word: string) => word.startsWith(last.word)
  if (phrase.length === 1) return planVariants(scope, isWanted, boost)
  const parts = partsOf(scope, phrase.slice(0, -1))
  if (parts.some(({ list }) => list.count === 0)) return matchNothing
  const dictionary = scope.dictionary()
  return function*(budget) {
    // Where the words before it stand together, document after document.
    const documents = new Numbers()
    const ends = new Numbers()
    const begins = new Numbers()
    yield* together(scope, parts, budget, (document, positions) => {
      const before = begins.length
      starts(parts, positions, (start) => begins.push(start))
      if (begins.length === before) return
      documents.push(document)
      ends.push(begins.length)
    })
    // Which of these places a last word follows.
    const goesOn = new Uint8Array(begins.length)
    const ranks = new Int32Array(scope.documents.count).fill(-1)
    for (let at = 0; at < documents.length; at++) ranks[documents.values[at]] = at
    const withAny = new Uint8Array(scope.documents.count)
    let any = 0
    const positions = new Numbers()
    const { isAlive } = scope.documents
    for (const list of yield* variantsOf(scope, isWanted, dictionary, budget)) {
      const reader = scope.read(list)
      if ((budget.left -= unitsOfList) < 0) yield
      for (let i = 1; reader.next(); i++) {
        if (i % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
        const { document } = reader
        if (!isAlive(document)) continue
        any += 1 - withAny[document]
        withAny[document] = 1
        const at = ranks[document]
        if (at < 0) continue
        reader.positions(positions)
        for (let place = at === 0 ? 0 : ends.values[at - 1]; place < ends.values[at]; place++) {
          if (has(positions, begins.values[place] + last.place)) goesOn[place] = 1
        }
      }
    }
    const found = new Found()
    for (let at = 0, place = 0; at < documents.length; at++) {
      let frequency = 0
      for (; place < ends.values[at]; place++) frequency += goesOn[place]
      if (frequency > 0) found.push(documents.values[at], frequency)
    }
    const rarity = (yield* rarityOf(scope, parts, budget)) + bm25.rarity(scope.statistics, any)
    return withScores(scope, found.matches, rarity, boost)
  }
}

// -----------------------------------------------------------------------------
// Queries
// -----------------------------------------------------------------------------

const planAll = ({ count, isAlive }: DocumentsSeen): Plan =>
  function*(budget) {
    const documents = new Int32Array(count)
    let length = 0
    for (let document = 0; document < count; document++) {
      if (document % atOnce === 0 && (budget.left -= unitsAtOnce) < 0) yield
      if (isAlive(document)) documents[length++] = document
    }
    return { documents, scores: new Float64Array(length).fill(1), length }
  }

const planBool = ({ boost, must, mustNot, should }: Bool, plan: (query: Query) => Plan | undefined, end: number) => {
  const plansOf = (queries: ReadonlyArray<Query>) => queries.map(plan).filter((one) => one !== undefined)
  const musts = plansOf(must)
  const shoulds = plansOf(should)
  const mustNots = plansOf(mustNot)
  if (musts.length === 0 && shoulds.length === 0) return must.length + should.length > 0 ? undefined : matchNothing
  const required = planIntersection(musts)
  const wanted = planUnion(shoulds, end)
  const joined: Plan = function*(budget) {
    if (musts.length === 0) return yield* wanted(budget)
    const found = yield* required(budget)
    return shoulds.length === 0 ? found : yield* favour(found, yield* wanted(budget), budget)
  }
  const whole: Plan = function*(budget) {
    let found = yield* joined(budget)
    for (const excluded of mustNots) found = yield* exclude(found, yield* excluded(budget), budget)
    if (boost !== 1) { for (let i = 0; i < found.length; i++) found.scores[i] *= boost }
    return found
  }
  return whole
}

/** The plan of what a search scores by, or `undefined` where that asks for nothing, as it has only stop words. */
export const make = (index: HeldIndex, clause: Clause): Plan | undefined => {
  const { documents } = index
  const scopes = index.fields.map((field): Scope => ({ ...field, documents }))

  const planOver = (
    named: ReadonlyArray<string>,
    f: (scope: Scope) => Plan | undefined
  ): Plan | undefined => {
    const plans = scopes.filter(({ name }) => named.includes(name)).map(f).filter((plan) => plan !== undefined)
    return plans.length === 0 ? undefined : planUnion(plans, documents.count)
  }

  const planLeaf = (
    named: ReadonlyArray<string>,
    tokensOf: (scope: Scope) => ReadonlyArray<Token>,
    f: (scope: Scope, tokens: ReadonlyArray<Token>) => Plan
  ) =>
    planOver(named, (scope) => {
      const tokens = tokensOf(scope)
      return tokens.length === 0 ? undefined : f(scope, tokens)
    })

  const planQuery = (query: Query, around: ReadonlyArray<string>): Plan | undefined => {
    switch (query._tag) {
      case "All":
        return planAll(documents)
      case "None":
        return matchNothing
      case "Field":
        return planQuery(query.query, query.fields)
      case "Bool":
        return planBool(query, (part) => planQuery(part, around), documents.count)
      case "Term":
      case "Phrase": {
        const slop = query._tag === "Phrase" ? query.slop : 0
        return planLeaf(
          query.field === undefined ? around : [query.field],
          ({ analyser }) => analyser.tokens(query.text),
          (scope, tokens) => planPhrase(scope, tokens, slop, query.boost)
        )
      }
      case "PhrasePrefix":
        return planLeaf(
          query.field === undefined ? around : [query.field],
          ({ analyser }) => analyser.tokensOfBeginning(query.text),
          (scope, tokens) =>
            // The beginnings of a word are among its n-grams.
            scope.analyser.settings.ngram === undefined
              ? planPhrasePrefix(scope, tokens, query.boost)
              : planPhrase(scope, tokens, 0, query.boost)
        )
      case "Fuzzy":
        return planLeaf(
          query.field === undefined ? around : [query.field],
          ({ analyser }) => analyser.tokens(query.text),
          (scope, tokens) => {
            if (scope.analyser.settings.ngram !== undefined) return planPhrase(scope, tokens, 0, query.boost)
            const plans = tokens.map(({ text }) => planVariants(scope, edits.within(text, query.distance), query.boost))
            return planIntersection(plans)
          }
        )
    }
  }

  const all = scopes.map(({ name }) => name)
  if (clause._tag !== "Words") return planQuery(clause, all)
  const plans = scopes
    .filter(({ name }) => (clause.fields ?? all).includes(name))
    .flatMap((scope) => planWords(scope, clause.text))
  return plans.length === 0 ? undefined : planUnion(plans, documents.count)
}

// -----------------------------------------------------------------------------
// Words alone
// -----------------------------------------------------------------------------

/** A word of a field, with what its score is multiplied by. */
interface Wanted {
  readonly scope: Scope
  readonly word: string
  readonly list: List
  readonly column: Column | undefined
  readonly boost: number
}

const wantedOf = (scope: Scope, word: string, boost: number): Wanted => {
  const list = scope.list(word)
  return { scope, word, list, column: scope.column(word, list), boost }
}

/** The words that a query asks for, where it asks for any of some words and nothing else. */
const wordsOf = (scopes: ReadonlyArray<Scope>, clause: Clause): ReadonlyArray<Wanted> | undefined => {
  const all = scopes.map(({ name }) => name)
  const scopesOf = (names: ReadonlyArray<string>) => scopes.filter(({ name }) => names.includes(name))
  const of = (query: Query, around: ReadonlyArray<string>, factor: number): ReadonlyArray<Wanted> | undefined => {
    switch (query._tag) {
      case "Field":
        return of(query.query, query.fields, factor)
      case "Term": {
        const wanted: Array<Wanted> = []
        for (const scope of scopesOf(query.field === undefined ? around : [query.field])) {
          const phrase = phraseOf(scope.analyser.tokens(query.text))
          if (phrase.length > 1) return undefined
          for (const { word } of phrase) wanted.push(wantedOf(scope, word, factor * query.boost))
        }
        return wanted
      }
      case "Bool": {
        if (query.must.length > 0 || query.mustNot.length > 0) return undefined
        const parts = query.should.map((part) => of(part, around, factor * query.boost))
        return parts.every((part) => part !== undefined) ? parts.flat() : undefined
      }
      default:
        return undefined
    }
  }
  if (clause._tag !== "Words") return of(clause, all, 1)
  return scopesOf(clause.fields ?? all).flatMap((scope) =>
    Array.from(timesOf(scope, clause.text), ([word, boost]) => wantedOf(scope, word, boost))
  )
}

/** What takes the documents that match, in any order, and maybe with dead ones. */
export interface Sink {
  /** What has a lower score is not wanted. */
  readonly threshold: number
  readonly offer: (document: number, score: number) => void
}

/** Gives each document that matches, with its score. Those below the threshold may be left out. */
export type Scan = (budget: Budget, sink: Sink) => Steps<void>

/** A bound may be rounded otherwise than a score. */
const slack = 1 + 1e-12

/** The scores of some documents in a row. */
class Window {
  begin = 0
  readonly sums = new Float64Array(windowSize)
  readonly touched = new Uint8Array(windowSize)
  /** The places of those that a list has. */
  readonly found = new Int32Array(windowSize)
  length = 0

  /** Gives each document that a list has, and forgets it. */
  takeFound(sink: Sink): void {
    const { begin, found, length, sums, touched } = this
    let { threshold } = sink
    for (let i = 0; i < length; i++) {
      const place = found[i]
      const score = sums[place]
      sums[place] = 0
      touched[place] = 0
      if (score < threshold) continue
      sink.offer(begin + place, score)
      threshold = sink.threshold
    }
    this.length = 0
  }

  /** Gives each document that a list or a column has, and forgets it. */
  takeAll(sink: Sink): void {
    const { begin, sums, touched } = this
    let { threshold } = sink
    for (let place = 0; place < windowSize; place++) {
      const score = sums[place]
      if (score < threshold || (score === 0 && touched[place] === 0)) continue
      sink.offer(begin + place, score)
      threshold = sink.threshold
    }
    sums.fill(0)
    touched.fill(0)
    this.length = 0
  }
}

/** The postings of one word, with what their scores are made of. */
class AddingList {
  private readonly postings: Postings
  private at = 0
  private ended = false

  constructor(reader: Reader, private readonly lengths: Int32Array, private readonly factors: bm25.Factors) {
    this.postings = new Postings(reader)
    this.fill()
  }

  /** The document of the next posting. */
  get document(): number {
    return this.ended ? Infinity : this.postings.documents[this.at]
  }

  /**
   * Adds the scores of documents before the end of a window, of as many as are at hand. Whether there may be more of them.
   * It is a function of its own, as a loop in a generator is much slower.
   */
  add(window: Window, budget: Budget): boolean {
    const { factors: { byLength, fixed, weight }, lengths, postings: { documents, frequencies, length } } = this
    const { begin, found, sums, touched } = window
    const end = begin + windowSize
    let { at } = this
    let marked = window.length
    for (; at < length; at++) {
      const document = documents[at]
      if (document >= end) break
      const place = document - begin
      if (touched[place] === 0) {
        touched[place] = 1
        found[marked++] = place
      }
      const tf = frequencies[at]
      sums[place] += weight * tf / (tf + fixed + byLength * lengths[document])
    }
    window.length = marked
    this.at = at
    if (at < length) return false
    budget.left -= unitsAtOnce
    this.fill()
    return !this.ended
  }

  private fill(): void {
    this.ended = !this.postings.next()
    this.at = 0
  }
}

/** The column of one word, with what its scores are made of. */
class AddingColumn {
  private readonly times: Uint8Array
  private readonly bounds: Float64Array

  constructor(
    column: Column,
    private readonly count: number,
    private readonly lengths: Int32Array,
    private readonly factors: bm25.Factors
  ) {
    this.times = column.times
    this.bounds = column.bounds(Math.ceil(count / windowSize), factors)
  }

  /** No document of the window has a higher score. */
  bound({ begin }: Window): number {
    return this.bounds[begin / windowSize]
  }

  /** Adds the scores of all documents of a window. */
  add({ begin, sums }: Window): void {
    const { count, factors: { byLength, fixed, weight }, lengths, times } = this
    const end = Math.min(count, begin + windowSize)
    for (let document = begin; document < end; document++) {
      const tf = times[document]
      sums[document - begin] += weight * tf / (tf + fixed + byLength * lengths[document])
    }
  }

  /** Adds the scores of those that a list has, where with the bound they are not too low. */
  addToFound({ begin, found, length, sums }: Window, bound: number, threshold: number): void {
    const { factors: { byLength, fixed, weight }, lengths, times } = this
    for (let i = 0; i < length; i++) {
      const place = found[i]
      if ((sums[place] + bound) * slack < threshold) continue
      const tf = times[begin + place]
      sums[place] += weight * tf / (tf + fixed + byLength * lengths[begin + place])
    }
  }
}

const scanLists = function*(
  documents: DocumentsSeen,
  lists: ReadonlyArray<AddingList>,
  budget: Budget,
  sink: Sink
): Steps<void> {
  for (const window = new Window();;) {
    window.begin = lists.reduce((least, { document }) => Math.min(least, document), Infinity)
    if (window.begin >= documents.count) return
    for (const list of lists) while (list.add(window, budget)) if (budget.left < 0) yield
    window.takeFound(sink)
    if ((budget.left -= unitsOfWindow) < 0) yield
  }
}

const scanColumns = function*(
  documents: DocumentsSeen,
  lists: ReadonlyArray<AddingList>,
  columns: ReadonlyArray<AddingColumn>,
  budget: Budget,
  sink: Sink
): Steps<void> {
  const window = new Window()
  for (; window.begin < documents.count; window.begin += windowSize) {
    for (const list of lists) while (list.add(window, budget)) if (budget.left < 0) yield
    let bound = 0
    for (const column of columns) bound += column.bound(window)
    const { threshold } = sink
    if (bound * slack < threshold) {
      // Only what a list has can be wanted.
      for (const column of columns) {
        column.addToFound(window, bound, threshold)
        bound -= column.bound(window)
      }
      window.takeFound(sink)
    } else {
      for (const column of columns) column.add(window)
      budget.left -= columns.length * unitsOfWindow
      window.takeAll(sink)
    }
    if ((budget.left -= unitsOfWindow) < 0) yield
  }
}

const scanWords = (documents: DocumentsSeen, wanted: ReadonlyArray<Wanted>): Scan =>
  function*(budget, sink) {
    const lists: Array<AddingList> = []
    const columns: Array<AddingColumn> = []
    for (const { boost, column, list, scope, word } of wanted) {
      if (list.count === 0) continue
      if ((budget.left -= unitsOfList) < 0) yield
      const { lengths } = scope
      const rarity = bm25.rarity(scope.statistics, yield* countAlive(scope, word, list, budget))
      const factors = bm25.factors(scope.statistics, rarity, boost)
      // By a score of 0 a column cannot tell which documents have the word.
      if (column !== undefined && factors.weight > 0) {
        yield* column.complete(list, () => scope.read(list), lengths, documents.count, budget)
      }
      if (column?.fits === true && factors.weight > 0) {
        columns.push(new AddingColumn(column, documents.count, lengths, factors))
      } else lists.push(new AddingList(scope.read(list), lengths, factors))
    }
    yield* (columns.length === 0
      ? scanLists(documents, lists, budget, sink)
      : scanColumns(documents, lists, columns, budget, sink))
  }

/** What any of the clauses matches, with the sum of their scores. */
export const scanAny = (index: HeldIndex, clauses: ReadonlyArray<Clause>): Scan => {
  const { documents } = index
  const scopes = index.fields.map((field): Scope => ({ ...field, documents }))
  const words = clauses.map((clause) => wordsOf(scopes, clause))
  if (words.every((wanted) => wanted !== undefined)) return scanWords(documents, words.flat())
  const plan = makeAny(index, clauses)
  return function*(budget, sink) {
    const { documents: found, length, scores } = yield* plan(budget)
    for (let i = 0; i < length; i++) {
      if (i % windowSize === 0) {
        if ((budget.left -= unitsAtOnce) < 0) yield
      }
      if (scores[i] >= sink.threshold) sink.offer(found[i], scores[i])
    }
  }
}

/** What any of the clauses matches, with the sum of their scores. */
const makeAny = (index: HeldIndex, clauses: ReadonlyArray<Clause>): Plan => {
  const plans = clauses.map((clause) => make(index, clause)).filter((plan) => plan !== undefined)
  return plans.length === 0 ? matchNothing : planUnion(plans, index.documents.count)
}

/** What `$match_phrase`, `$match_all` and `$match_any` ask of a field. */
export type Operator = "$match_phrase" | "$match_all" | "$match_any"

/** The documents whose field has all words of a text next to each other, all of them, or any of them. */
export const makeMatching = (index: HeldIndex, operator: Operator, field: string, text: string): Plan => {
  const { documents } = index
  const found = index.fields.find(({ name }) => name === field)
  if (found === undefined) return matchNothing
  const scope: Scope = { ...found, documents }
  if (operator === "$match_phrase") {
    const tokens = scope.analyser.tokens(text)
    return tokens.length === 0 ? matchNothing : planPhrase(scope, tokens, 0, 1)
  }
  const plans = planWords(scope, text)
  return operator === "$match_all" ? planIntersection(plans) : planUnion(plans, documents.count)
}
