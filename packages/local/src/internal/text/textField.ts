import { Numbers } from "../numbers.js"
import { Slots } from "../slots.js"
import type { Analyser } from "./analyser.js"
import { Arena } from "./arena.js"
import type { Column } from "./columns.js"
import { Columns } from "./columns.js"
import type { List } from "./postings.js"
import { noList, Postings, Reader } from "./postings.js"

/** What BM25 has to know of a field. */
export interface FieldStatistics {
  /** How many documents have tokens in it. */
  readonly documents: number
  /** How many tokens these have together. */
  readonly tokens: number
}

/** More than a text has tokens, and few enough for a word and a position to fit in one exact number. */
const positionsPerWord = 2 ** 24

/** What a word takes in the dictionary beside its letters, as a million words were measured. */
const bytesPerWord = 61

/** A text takes one byte for each letter where all are in Latin-1, else two. */
const lettersOf = (word: string): number => /[^\0-\xff]/.test(word) ? word.length * 2 : word.length

/** How many documents that are not dead have a word: to count them takes as long as to search for it. */
export class AliveCounts {
  private changes = -1
  private readonly counts = new Map<string, number>()

  get(word: string, changes: number): number | undefined {
    return changes === this.changes ? this.counts.get(word) : undefined
  }

  set(word: string, changes: number, count: number): void {
    if (changes < this.changes) return
    if (changes > this.changes || this.counts.size >= mostCounts) this.counts.clear()
    this.changes = changes
    this.counts.set(word, count)
  }
}

const mostCounts = 1000

/** The inverted index of one field: its words, and which documents have them. */
export class TextField {
  documents = 0
  tokens = 0
  private readonly arena = new Arena()
  private readonly postings = new Postings(this.arena)
  private readonly numbers = new Map<string, number>()
  private readonly words = new Slots<string>()
  private readonly freeNumbers = new Numbers()
  /** Lists that have become empty while somebody read. */
  private readonly emptied = new Numbers()
  readonly aliveCounts = new AliveCounts()
  private readonly columns = new Columns()
  private letters = 0
  /** The words of the text that is being written, with their positions. */
  private keys = new Float64Array(256)
  private positions = new Float64Array(256)
  private length = 0

  constructor(readonly analyser: Analyser) {}

  /** How many words it knows. */
  get size(): number {
    return this.numbers.size
  }

  /** How many lists there are, of words that it knows or has forgotten. */
  get lists(): number {
    return this.postings.length
  }

  get bytes(): number {
    return this.arena.bytes + this.postings.bytes + this.columns.bytes + this.letters + this.numbers.size * bytesPerWord
  }

  get statistics(): FieldStatistics {
    return { documents: this.documents, tokens: this.tokens }
  }

  /** Adds the text of a document, whose number is larger than all before it. Gives how many tokens it has, to be counted. */
  add(document: number, text: string): number {
    this.length = 0
    this.analyser.each(text, this.take)
    const { length } = this
    const keys = this.keys.subarray(0, length).sort()
    for (let i = 0; i < length;) {
      const word = Math.floor(keys[i] / positionsPerWord)
      const first = word * positionsPerWord
      const from = i
      for (; i < length && keys[i] < first + positionsPerWord; i++) this.positions[i] = keys[i] - first
      this.postings.append(word, document, this.positions, from, i)
    }
    return length
  }

  /** There is a document with so many tokens. */
  count(length: number): void {
    if (length > 0) this.documents++
    this.tokens += length
  }

  /** A document with so many tokens is dead. */
  remove(length: number): void {
    if (length > 0) this.documents--
    this.tokens -= length
  }

  /** Where the word is, as of now. */
  list(word: string): List {
    const number = this.numbers.get(word)
    return number === undefined ? noList : this.postings.list(number)
  }

  /** The column of a word, with its list as of now in an index of so many documents, if it is to have one. */
  column(word: string, list: List, documents: number): Column | undefined {
    const number = this.numbers.get(word)
    return number === undefined ? undefined : this.columns.of(number, list, documents)
  }

  /** What is there now stays readable until `letGo`. */
  hold(): void {
    this.arena.hold()
  }

  letGo(): void {
    this.arena.letGo()
  }

  read(list: List): Reader {
    return new Reader(this.arena, list)
  }

  /** The words as they are now, with their lists. Only for who holds the field. */
  dictionary(): Dictionary {
    const { length } = this.postings
    const lists = this.postings.lists()
    return { length, wordAt: (number) => this.words.get(number), listAt: lists }
  }

  /** Appends a document to the list of a word: for what was written by `encode`. */
  append(word: number, document: number, positions: ArrayLike<number>, length: number): void {
    this.postings.append(word, document, positions, 0, length)
  }

  renumber(numbers: Int32Array): void {
    this.columns.clear()
    this.postings.renumber(numbers)
  }

  /** Writes a part of the lists anew, for each document that is written. Whether all are done. */
  step(lists: number): boolean {
    const done = this.postings.step(lists, (empty) => this.emptied.push(empty))
    if (!this.arena.isHeld) this.forget()
    return done
  }

  /** The number of a word, which may be new. */
  numberOf(word: string): number {
    const before = this.numbers.get(word)
    if (before !== undefined) return before
    let number = this.arena.isHeld ? undefined : this.freeNumbers.pop()
    if (number === undefined) number = this.postings.create()
    else this.postings.reset(number)
    this.numbers.set(word, number)
    this.words.set(number, word)
    this.letters += lettersOf(word)
    return number
  }

  private readonly take = (token: string, position: number): void => {
    if (this.length === this.keys.length) {
      const keys = new Float64Array(this.length * 2)
      keys.set(this.keys)
      this.keys = keys
      this.positions = new Float64Array(this.length * 2)
    }
    this.keys[this.length++] = this.numberOf(token) * positionsPerWord + position
  }

  private forget(): void {
    for (let number = this.emptied.pop(); number !== undefined; number = this.emptied.pop()) {
      const word = this.words.get(number)
      if (word === undefined || !this.postings.isEmpty(number)) continue
      this.numbers.delete(word)
      this.words.set(number, undefined)
      this.letters -= lettersOf(word)
      this.freeNumbers.push(number)
    }
  }
}

/** The words of a field at a moment, by number. */
export interface Dictionary {
  readonly length: number
  readonly wordAt: (number: number) => string | undefined
  readonly listAt: (number: number) => List
}
