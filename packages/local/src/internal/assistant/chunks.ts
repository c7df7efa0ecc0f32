import type { Document, Kind } from "./documents.js"
import { pagesOf } from "./documents.js"

/** A part of a file that is found as a whole. */
export interface Chunk {
  /** Its place among the chunks of the file. */
  readonly number: number
  /** Where it is in the text of the file. */
  readonly from: number
  readonly to: number
  readonly text: string
  /** The headings that it stands under. */
  readonly headings: ReadonlyArray<string>
  /** The pages that it is on, and where in it each begins. */
  readonly pages: ReadonlyArray<PageStart>
}

export interface PageStart {
  readonly page: number
  readonly at: number
}

/** The pages that a part of a chunk is on. */
export const pagesWithin = (pages: ReadonlyArray<PageStart>, from: number, to: number): ReadonlyArray<number> =>
  pages.filter(({ at }, i) => at < to && (pages[i + 1]?.at ?? Infinity) > from).map(({ page }) => page)

/** A part of the text. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What a chunk holds at most, in tokens, and what of it is said again at the start of the next one. */
const chunkTokens = 300
const overlapTokens = 50

/** A heading ends a chunk of this many tokens; a smaller one takes the next section in. */
const sectionTokens = 80

const tokenPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu

/** About as many tokens as a language model would see. */
export const tokensOf = (text: string): number => {
  let tokens = 0
  for (const [token] of text.matchAll(tokenPattern)) tokens += Math.ceil(token.length / 8)
  return tokens
}

interface Block extends Range {
  readonly kind: "heading" | "prose" | "code"
  readonly level: number
}

const fence = /^ {0,3}(```|~~~)/
const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/
/** What begins a block of its own without an empty line before it. */
const item = /^\s*([-*+•‣◦▪–]|\d{1,3}[.)])\s|^\s*\|/

/** The blocks of a text: paragraphs, items and rows, headings, code. */
function* blocks(text: string, markdown: boolean): Generator<Block> {
  let open: { from: number; to: number; code: boolean } | undefined
  const closed = function*(): Generator<Block> {
    if (open !== undefined) yield { from: open.from, to: open.to, kind: open.code ? "code" : "prose", level: 0 }
    open = undefined
  }
  for (let from = 0; from < text.length;) {
    const newline = text.indexOf("\n", from)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(from, end).trimEnd()
    const to = from + line.length
    const fenced = markdown && fence.test(line)
    if (open?.code === true) {
      open.to = to
      if (fenced) yield* closed()
    } else if (fenced) {
      yield* closed()
      open = { from, to, code: true }
    } else if (line.trim() === "") yield* closed()
    else {
      const title = markdown ? heading.exec(line) : null
      if (title !== null) {
        yield* closed()
        yield { from, to, kind: "heading", level: title[1]!.length }
      } else if (open === undefined || item.test(line)) {
        yield* closed()
        open = { from, to, code: false }
      } else open.to = to
    }
    from = end + 1
  }
  yield* closed()
}

const segmenter = new Intl.Segmenter("en", { granularity: "sentence" })

/** Ends no sentence, though the segmenter takes it for an end. */
const abbreviation = /(?:^|[\s(])(?:e\.g|i\.e|cf|vs|etc|approx|no|fig|sec|dr|mr|mrs|ms|st|prof|[A-Z])\.\s*$/iu

/** The segmenter takes time of the square of what it is given. */
const longestSegmented = 4000

/** The end of a part that the segmenter takes, between sentences where there are any. */
const partEnd = (text: string, from: number, to: number): number => {
  if (to - from <= longestSegmented) return to
  const part = text.slice(from, from + longestSegmented)
  const at = Math.max(part.lastIndexOf(". "), part.lastIndexOf("? "), part.lastIndexOf("! "), part.lastIndexOf(".\n"))
  const between = at > 0 ? at + 1 : part.lastIndexOf(" ")
  return from + (between > 0 ? between : longestSegmented)
}

/** The sentences of a paragraph, without the white space around them. */
function* sentencesOf(text: string, { from, to }: Range): Generator<Range> {
  while (from < to) {
    const end = partEnd(text, from, to)
    // A line break within a paragraph would end a sentence.
    const part = text.slice(from, end).replace(/[\r\n\u0085\u2028\u2029]/g, " ")
    let start: number | undefined
    for (const { index, segment } of segmenter.segment(part)) {
      const first = start ?? index + (segment.length - segment.trimStart().length)
      const last = index + segment.trimEnd().length
      if (last <= first) continue
      start = abbreviation.test(segment.slice(-20)) ? first : undefined
      if (start === undefined) yield { from: from + first, to: from + last }
    }
    if (start !== undefined) yield { from: from + start, to: from + part.trimEnd().length }
    from = end
  }
}

/** The sentences of a text that can be quoted: not its headings, nor its code. */
export function* sentences(text: string, kind: Kind): Generator<Range> {
  for (const block of blocks(text, kind === "markdown")) {
    if (block.kind !== "prose") continue
    // A row of a table says one thing.
    if (kind === "json" || text[block.from] === "|") yield { from: block.from, to: block.to }
    else yield* sentencesOf(text, block)
  }
}

/** Parts of a block that fit into a chunk: the block, or its sentences, or so many words of a sentence. */
function* units(text: string, block: Block): Generator<Range> {
  if (tokensOf(text.slice(block.from, block.to)) <= chunkTokens) return yield block
  const parts = block.kind === "code" ? lines(text, block) : sentencesOf(text, block)
  for (const part of parts) {
    if (tokensOf(text.slice(part.from, part.to)) <= chunkTokens) yield part
    else yield* cut(text, part)
  }
}

function* lines(text: string, { from, to }: Range): Generator<Range> {
  while (from < to) {
    const newline = text.indexOf("\n", from)
    const end = newline === -1 ? to : Math.min(newline, to)
    if (end > from) yield { from, to: end }
    from = end + 1
  }
}

/** Cuts what has no better place to be cut at, between words where there are any. */
function* cut(text: string, { from, to }: Range): Generator<Range> {
  let start = from
  let tokens = 0
  for (const match of text.slice(from, to).matchAll(tokenPattern)) {
    // A word of any length is cut too.
    for (let at = 0; at < match[0].length; at += 8) {
      if (++tokens <= chunkTokens) continue
      const here = from + match.index + at
      yield { from: start, to: here }
      start = here
      tokens = 1
    }
  }
  if (start < to) yield { from: start, to }
}

/** The last sentences of a part that the next chunk says again: where they begin, and how long they are. */
const overlap = (text: string, range: Range): { readonly from: number; readonly tokens: number } | undefined => {
  let found: { readonly from: number; readonly tokens: number } | undefined
  let tokens = 0
  for (const { from, to } of Array.from(sentencesOf(text, range)).reverse()) {
    tokens += tokensOf(text.slice(from, to))
    if (tokens > overlapTokens) break
    found = { from, tokens }
  }
  return found
}

interface Open {
  readonly from: number
  readonly headings: ReadonlyArray<string>
  to: number
  tokens: number
  /** What it ends with. */
  last: Range
}

/** The chunks of a file, one after the other, so that a large one is not held twice. */
export function* chunks(document: Document, kind: Kind): Generator<Chunk> {
  const { text } = document
  const titles: Array<string | undefined> = []
  let number = 0
  let open: Open | undefined

  const begin = (unit: Range, again: ReturnType<typeof overlap>): Open => ({
    from: again?.from ?? unit.from,
    to: unit.to,
    tokens: tokensOf(text.slice(unit.from, unit.to)) + (again?.tokens ?? 0),
    last: unit,
    headings: titles.filter((title) => title !== undefined)
  })
  const close = ({ from, headings, to }: Open): Chunk => ({
    number: number++,
    from,
    to,
    text: text.slice(from, to),
    headings,
    pages: pagesOf(document, from, to).map((page) => ({ page, at: Math.max(0, document.pages[page - 1]! - from) }))
  })

  for (const block of blocks(text, kind === "markdown")) {
    if (block.kind === "heading") {
      if (open !== undefined && open.tokens >= sectionTokens) {
        yield close(open)
        open = undefined
      }
      titles.length = block.level
      titles[block.level - 1] = heading.exec(text.slice(block.from, block.to))?.[2]
    }
    for (const unit of units(text, block)) {
      const tokens = tokensOf(text.slice(unit.from, unit.to))
      if (open === undefined) open = begin(unit, undefined)
      else if (open.tokens + tokens <= chunkTokens) {
        open.to = unit.to
        open.tokens += tokens
        open.last = unit
      } else {
        yield close(open)
        open = begin(unit, tokens + overlapTokens <= chunkTokens ? overlap(text, open.last) : undefined)
      }
    }
  }
  if (open !== undefined) yield close(open)
}
