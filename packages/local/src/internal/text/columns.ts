import type { Budget } from "../job.js"
import type { Factors } from "./bm25.js"
import { grown } from "./chains.js"
import type { Steps } from "./matches.js"
import { atOnce, unitsAtOnce } from "./matches.js"
import type { List, Place, Reader } from "./postings.js"
import { isOld } from "./postings.js"

/** So many documents in a row are looked at together. */
export const windowSize = 256

const mostTimes = 2 ** 8 - 1

const none = 2 ** 31 - 1

/**
 * How often each document has a word that many have, document by document: a search reads that several times as fast as the
 * list, and knows of each window of documents how high a score can be in it, so that it passes over most of them.
 *
 * It is made by the first search for the word, and goes on growing with the list: what a search has read of it stays as it
 * is, until the documents get new numbers. A document that is dead meanwhile makes a bound too high, which costs time alone.
 */
export class Column {
  /** By document: how often it has the word. */
  times = new Uint8Array(4 * windowSize)
  /** Whether no document has the word more often than there is room for. */
  fits = true
  /**
   * By window, two corners: a frequency and the shortest length of those documents that have the word so often. No document
   * has the word more often and is shorter than one of the two has it.
   */
  private corners = new Int32Array(4 * 4)
  /** How many postings have been read, and where the next one is. */
  private postings = 0
  private place: Place | undefined

  /** Of the list that begins here. */
  constructor(readonly head: number) {}

  get bytes(): number {
    return this.times.byteLength + this.corners.byteLength
  }

  /** By window: no score in it is higher. */
  bounds(windows: number, { byLength, fixed, weight }: Factors): Float64Array {
    const { corners } = this
    const bounds = new Float64Array(windows)
    for (let window = 0, at = 0; window < windows; window++, at += 4) {
      const first = corners[at]
      const second = corners[at + 2]
      const ofFirst = weight * first / (first + fixed + byLength * corners[at + 1])
      const ofSecond = weight * second / (second + fixed + byLength * corners[at + 3])
      bounds[window] = ofFirst > ofSecond ? ofFirst : ofSecond
    }
    return bounds
  }

  /** Reads what it has not yet of a list, in an index of so many documents. */
  *complete(list: List, read: () => Reader, lengths: Int32Array, count: number, budget: Budget): Steps<void> {
    this.reserve(count)
    const documents = new Int32Array(atOnce)
    const frequencies = new Int32Array(atOnce)
    while (this.postings < list.count && this.fits) {
      // Another search may have gone on meanwhile.
      const reader = read()
      if (this.place !== undefined) reader.goTo(this.place, this.postings)
      do {
        const length = reader.read(documents, frequencies)
        for (let i = 0; i < length; i++) this.add(documents[i], frequencies[i], lengths[documents[i]])
        this.postings += length
        budget.left -= unitsAtOnce
      } while (this.postings < list.count && budget.left >= 0)
      this.place = reader.place()
      if (budget.left < 0) yield
    }
  }

  private add(document: number, times: number, length: number): void {
    if (times > mostTimes) {
      this.fits = false
      return
    }
    this.times[document] = times
    const { corners } = this
    const at = Math.floor(document / windowSize) * 4
    const first = corners[at]
    if (first === 0) {
      corners[at] = times
      corners[at + 1] = length
      corners[at + 3] = none
    } else if (times < first) {
      if (length < corners[at + 1]) this.addSecond(at, times, length)
    } else {
      // What the first corner stood for, and the new one does not, the second stands for.
      if (corners[at + 1] < length) this.addSecond(at, first, corners[at + 1])
      if (times > first || length < corners[at + 1]) {
        corners[at] = times
        corners[at + 1] = length
      }
    }
  }

  private addSecond(at: number, times: number, length: number): void {
    const { corners } = this
    if (times > corners[at + 2]) corners[at + 2] = times
    if (length < corners[at + 3]) corners[at + 3] = length
  }

  private reserve(count: number): void {
    if (count <= this.times.length) return
    let length = this.times.length
    while (length < count) length *= 2
    this.times = grown(this.times, new Uint8Array(length))
    this.corners = grown(this.corners, new Int32Array(length / windowSize * 4))
  }
}

/** With more documents for each posting, the list is read as fast. */
const mostDocumentsPerPosting = 8

/** Fewer documents are searched in no time. */
const leastDocuments = 4 * windowSize

/** So many words that an eighth of all texts has are not in any language. */
const mostColumns = 64

/** The columns of the words that searches have asked for, by the number of the word. */
export class Columns {
  private readonly columns = new Map<number, Column>()

  get bytes(): number {
    let bytes = 0
    for (const column of this.columns.values()) bytes += column.bytes
    return bytes
  }

  /** The column of a word, with its list in an index of so many documents, where it pays to have one. */
  of(word: number, list: List, documents: number): Column | undefined {
    if (documents < leastDocuments || list.count * mostDocumentsPerPosting < documents) return undefined
    if (list.runs.length !== 1 || isOld(list)) return undefined
    const { head } = list.runs[0].documents
    const known = this.columns.get(word)
    if (known !== undefined && known.head === head) return known.fits ? known : undefined
    if (this.columns.size === mostColumns) {
      const [oldest] = this.columns.keys()
      if (oldest !== undefined) this.columns.delete(oldest)
    }
    const column = new Column(head)
    this.columns.set(word, column)
    return column
  }

  clear(): void {
    this.columns.clear()
  }
}
