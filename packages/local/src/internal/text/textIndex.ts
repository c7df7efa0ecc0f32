import type { Job } from "../job.js"
import * as job from "../job.js"
import type { Numbers } from "../numbers.js"
import type { Analyser } from "./analyser.js"
import type { Column } from "./columns.js"
import type { List, Reader } from "./postings.js"
import type { DocumentsSeen } from "./textDocuments.js"
import { seen, TextDocuments } from "./textDocuments.js"
import type { AliveCounts, Dictionary, FieldStatistics } from "./textField.js"
import { TextField } from "./textField.js"

/** The texts of a document by field. A field without a text is missing or undefined. */
export type Texts = Readonly<Record<string, string | undefined>>

export interface Options {
  /** So many dead documents are kept at least before the others get new numbers. 1024 by default. */
  readonly minDead?: number | undefined
}

/**
 * The full-text fields of a namespace, as inverted indexes: for each word of a field, the documents that have it and where.
 *
 * A text that is replaced or removed only counts as dead: its postings are passed over, and no longer count in any
 * statistic. Once more documents are dead than alive, those alive get new numbers, and the lists of postings are written
 * anew without the dead ones, a few with each write.
 */
export class TextIndex {
  private documents: TextDocuments
  private readonly fields: ReadonlyMap<string, TextField>
  private readonly fieldList: ReadonlyArray<TextField>
  /** The number of each text that is prepared. */
  private readonly prepared = new Map<Texts, number>()
  private renumbering = false
  private readonly minDead: number

  constructor(analysers: Readonly<Record<string, Analyser>>, { minDead = 1024 }: Options = {}) {
    this.minDead = minDead
    this.fields = new Map(Object.entries(analysers).map(([name, analyser]) => [name, new TextField(analyser)]))
    this.fieldList = [...this.fields.values()]
    this.documents = new TextDocuments(this.fields.size)
  }

  /** How many documents it has. */
  get size(): number {
    return this.documents.count - this.documents.dead
  }

  /** Whether it has had nothing yet. */
  get isUnused(): boolean {
    return this.documents.count === 0
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.fieldList.reduce((sum, { bytes }) => sum + bytes, this.documents.bytes)
  }

  /**
   * Inserts the texts of the record in a slot, or replaces them: also of a record that has none, as it counts for what
   * matches every document. Documents of equal scores come in the order of their sequences.
   */
  write(slot: number, texts: Texts, sequence: number): void {
    this.end(slot)
    const number = this.prepared.get(texts) ?? this.add(texts)
    this.prepared.delete(texts)
    this.show(number, slot, sequence)
    this.tidy()
  }

  /**
   * Takes in texts in slices, before they are written: no search finds them, but `write` of the same object then has little
   * left to do. What is not written in the end must be discarded.
   */
  prepare(all: ReadonlyArray<Texts>): Job<void> {
    return job.each(all, (texts) => {
      if (!this.prepared.has(texts)) this.prepared.set(texts, this.add(texts))
    }, unitsOfText)
  }

  /** Lets go of what is prepared, where it has not been written. */
  discard(all: ReadonlyArray<Texts>): void {
    for (const texts of all) {
      const number = this.prepared.get(texts)
      if (number === undefined) continue
      this.prepared.delete(texts)
      this.documents.discard(number)
    }
    this.tidy()
  }

  /** Whether there was such a document. */
  remove(slot: number): boolean {
    const removed = this.end(slot)
    if (removed) this.tidy()
    return removed
  }

  /** The index as it is now, to be read until it is let go. Writes go on meanwhile, and are not seen. */
  hold(): HeldIndex {
    const documents = this.documents
    for (const field of this.fieldList) field.hold()
    let held = true
    return {
      documents: seen(documents),
      fields: [...this.fields].map(([name, field], place) => ({
        name,
        analyser: field.analyser,
        statistics: field.statistics,
        aliveCounts: field.aliveCounts,
        lengths: documents.lengths[place].values,
        list: (word) => field.list(word),
        column: (word, list) => field.column(word, list, documents.count),
        dictionary: () => field.dictionary(),
        read: (list) => field.read(list)
      })),
      letGo: () => {
        if (held) { for (const field of this.fieldList) field.letGo() }
        held = false
      }
    }
  }

  /** Puts back what was there before: documents first, each with how many tokens it has in each field, then their words. */
  restoring(): Restoring {
    const { documents, fieldList } = this
    return {
      addDocument: (slot, sequence, lengths) => {
        if (documents.numberOf(slot) >= 0) return false
        const number = documents.prepare()
        lengths.forEach((length, place) => {
          documents.lengths[place].values[number] = length
        })
        this.show(number, slot, sequence)
        return true
      },
      addPosting: (place, word, document, positions) => {
        const field = fieldList[place]
        field.append(field.numberOf(word), document, positions.values, positions.length)
      }
    }
  }

  /** Takes in texts, and gives the number of their document, which is not shown yet. */
  private add(texts: Texts): number {
    const number = this.documents.prepare()
    let place = 0
    for (const [name, field] of this.fields) {
      const text = textOf(texts, name)
      if (text !== undefined) this.documents.lengths[place].values[number] = field.add(number, text)
      place++
    }
    return number
  }

  private show(number: number, slot: number, sequence: number): void {
    this.documents.show(number, slot, sequence)
    this.fieldList.forEach((field, place) => field.count(this.documents.lengths[place].values[number]))
  }

  private end(slot: number): boolean {
    const number = this.documents.numberOf(slot)
    if (number < 0) return false
    this.fieldList.forEach((field, place) => field.remove(this.documents.lengths[place].values[number]))
    this.documents.remove(number)
    return true
  }

  private tidy(): void {
    const { minDead, size } = this
    if (!this.renumbering) {
      const dead = this.documents.dead - this.documents.prepared
      if (dead < minDead || dead < size) return
      const [documents, numbers] = this.documents.renumbered()
      this.documents = documents
      for (const [texts, number] of this.prepared) this.prepared.set(texts, numbers[number])
      for (const field of this.fieldList) field.renumber(numbers)
      this.renumbering = true
    }
    // All is done long before as many documents are dead again.
    let done = true
    for (const field of this.fieldList) {
      if (!field.step(Math.ceil(field.lists / Math.max(minDead, size) * 4))) done = false
    }
    this.renumbering = !done
  }
}

const textOf = (texts: Texts, name: string): string | undefined => Object.hasOwn(texts, name) ? texts[name] : undefined

/** What it takes to take in a text. */
const unitsOfText = 512

/** How an index is put back. */
export interface Restoring {
  /** Whether the slot was free. */
  readonly addDocument: (slot: number, sequence: number, lengths: ReadonlyArray<number>) => boolean
  /** The documents of a word come in ascending order. */
  readonly addPosting: (field: number, word: string, document: number, positions: Numbers) => void
}

/** A field as it is at a moment. */
export interface HeldField {
  readonly name: string
  readonly analyser: Analyser
  readonly statistics: FieldStatistics
  readonly aliveCounts: AliveCounts
  /** By number of document: how many tokens it has. */
  readonly lengths: Int32Array
  /** Where a word is. Only before the next write. */
  readonly list: (word: string) => List
  /** The column of a word with its list, if many documents have it. Only before the next write. */
  readonly column: (word: string, list: List) => Column | undefined
  /** All words. Only before the next write. */
  readonly dictionary: () => Dictionary
  readonly read: (list: List) => Reader
}

/** An index as it is at a moment. */
export interface HeldIndex {
  readonly documents: DocumentsSeen
  readonly fields: ReadonlyArray<HeldField>
  readonly letGo: () => void
}
