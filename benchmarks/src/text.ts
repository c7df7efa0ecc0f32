/**
 * Full-text search of 100,000 documents of about 500 characters in the engine of the embedded server, and in a full-text
 * library for JavaScript, which keeps no positions of words and so finds no phrases; then through the whole server.
 */
import words from "an-array-of-english-words" with { type: "json" }
import MiniSearch from "minisearch"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { atOnce } from "../../packages/local/src/internal/job.js"
import type { Analyser } from "../../packages/local/src/internal/text/analyser.js"
import * as analyser from "../../packages/local/src/internal/text/analyser.js"
import * as query from "../../packages/local/src/internal/text/queryTree.js"
import { TextIndex } from "../../packages/local/src/internal/text/textIndex.js"
import { search } from "../../packages/local/src/internal/text/textSearch.js"
import { versions } from "./machine.js"
import type { Benchmark, Found, Options, Row } from "./report.js"
import * as textServer from "./textServer.js"
import { median, random } from "./vectors.js"

const characters = 500

const topK = 10

/** A word by its rank: each is as often as its rank is low, as in any language. */
const wordAt = (rank: number): string =>
  // The list is in alphabetical order: the ranks go through it with large steps.
  words[rank * 104_729 % words.length]!

const drawWord = (next: () => number): string => wordAt(Math.floor(words.length ** next()) - 1)

const drawText = (next: () => number): string => {
  let text = drawWord(next)
  while (text.length < characters) text += ` ${drawWord(next)}`
  return text
}

const makeTexts = (count: number): ReadonlyArray<string> => {
  const next = random(1)
  return Array.from({ length: count }, () => drawText(next))
}

// -----------------------------------------------------------------------------
// The measurement
// -----------------------------------------------------------------------------

const collect = (): () => void => {
  setFlagsFromString("--expose-gc")
  return runInNewContext("gc") as () => void
}

const memory = (gc: () => void): number => {
  gc()
  const { arrayBuffers, heapUsed } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const time = <A>(f: () => A): readonly [milliseconds: number, result: A] => {
  const start = performance.now()
  const result = f()
  return [performance.now() - start, result]
}

interface Built<A> {
  readonly side: A
  readonly microseconds: number
  readonly bytes: number
}

/** Both sides are given the whole array of texts, which neither has made. */
const build = <A>(gc: () => void, texts: ReadonlyArray<string>, f: () => A): Built<A> => {
  const before = memory(gc)
  const [milliseconds, side] = time(f)
  return { side, microseconds: milliseconds * 1000 / texts.length, bytes: memory(gc) - before }
}

const fill = (texts: ReadonlyArray<string>, fieldAnalyser: Analyser): TextIndex => {
  const index = new TextIndex({ text: fieldAnalyser })
  texts.forEach((text, slot) => index.write(slot, { text }, slot))
  return index
}

const fillLibrary = (texts: ReadonlyArray<string>): MiniSearch => {
  const library = new MiniSearch({ fields: ["text"] })
  texts.forEach((text, id) => library.add({ id, text }))
  return library
}

/** Whether a document is the one in a hundred that a filter keeps. */
const isKept = (slot: number): boolean => slot % 100 === 7

interface Case {
  readonly name: string
  readonly ranks: readonly [from: number, to: number]
  readonly filtered: boolean
}

const cases: ReadonlyArray<Case> = [
  { name: "two words of the ranks 50 to 1,000", ranks: [50, 1000] as const },
  { name: "two words of the ranks 1 to 10", ranks: [0, 10] as const }
].flatMap(({ name, ranks }) => [
  { name, ranks, filtered: false },
  { name: `${name}, 1 document in 100 matches`, ranks, filtered: true }
])

const compare = (
  { filtered, name, ranks: [from, to] }: Case,
  index: TextIndex,
  library: MiniSearch,
  rounds: number
) => {
  const next = random(3)
  const draw = () => wordAt(from + Math.floor(next() * (to - from)))
  const ours: Array<number> = []
  const theirs: Array<number> = []
  // The first rounds compile the code.
  for (let round = -3; round < rounds; round++) {
    const text = `${draw()} ${draw()}`
    const own = () =>
      time(() => atOnce(search(index, { clauses: [query.words(text)], topK, accepts: filtered ? isKept : undefined })))
    const other = () =>
      time(() => library.search(text, filtered ? { filter: ({ id }) => isKept(id as number) } : {}).slice(0, topK))
    // The two sides take turns at going first.
    const early = round % 2 === 0 ? undefined : other()
    const [ownTime, found] = own()
    const [otherTime, foundByOther] = early ?? other()
    if (found.length !== foundByOther.length) throw new Error(`${text}: ${found.length} are not ${foundByOther.length}`)
    if (round < 0) continue
    ours.push(ownTime)
    theirs.push(otherTime)
  }
  return { name, values: [median(ours), median(theirs), median(theirs) / median(ours)] } satisfies Row
}

/** The same cases through the server, in the process: the median of each. */
const throughServer = async (texts: ReadonlyArray<string>, rounds: number) => {
  const next = random(3)
  const searches = cases.flatMap(({ filtered, ranks: [from, to] }) => {
    const draw = () => wordAt(from + Math.floor(next() * (to - from)))
    // The first searches of each case compile the code.
    return Array.from({ length: 2 * rounds }, () => ({ words: `${draw()} ${draw()}`, filtered }))
  })
  const { searched, times, unsearched } = await textServer.measure(texts, searches)
  return {
    searched,
    unsearched,
    rows: cases.map(({ name }, i): Row & { readonly values: readonly [number] } => ({
      name,
      values: [median(times.slice((2 * i + 1) * rounds, (2 * i + 2) * rounds))]
    }))
  }
}

const mebibytes = (bytes: number): number => bytes / 2 ** 20

const run = async ({ quick }: Options): Promise<Found> => {
  const count = quick ? 10_000 : 100_000
  const rounds = quick ? 5 : 25
  const gc = collect()
  const texts = makeTexts(count)
  const plain = analyser.make(analyser.defaults, undefined)
  let tokens = 0
  const [tokenising] = time(() => texts.forEach((text) => plain.each(text, () => tokens++)))
  const own = build(gc, texts, () => fill(texts, plain))
  const other = build(gc, texts, () => fillLibrary(texts))
  const searches = cases.map((one) => compare(one, own.side, other.side, rounds))
  const { rows, searched, unsearched } = await throughServer(texts, rounds)
  const perDocument = tokenising * 1000 / count
  return {
    title: `full-text search of ${count.toLocaleString("en-US")} documents of ${characters} characters, ` +
      `${(tokens / count).toFixed(0)} words each`,
    versions: versions("minisearch", "an-array-of-english-words"),
    notes: [`medians of ${rounds} searches for the best ${topK}, in turns, in one process`],
    tables: [
      {
        title: "Writing, in µs a document, and memory in MiB",
        columns: [{ name: "time" }, { name: "memory" }],
        rows: [
          { name: "splitting into words alone", values: [perDocument, null] },
          { name: "the embedded server's index", values: [own.microseconds, mebibytes(own.bytes)] },
          { name: "of which it says that it has", values: [null, mebibytes(own.side.bytes)] },
          { name: "minisearch", values: [other.microseconds, mebibytes(other.bytes)] }
        ]
      },
      {
        title: "A search, in ms",
        columns: [{ name: "embedded server" }, { name: "minisearch" }, { name: "ratio" }],
        rows: searches
      },
      {
        title: "Through the server, in the process and by the SDK: writing 1,000 at a time, in s",
        columns: [{ name: "time" }],
        rows: [
          { name: "with full-text search", values: [searched.seconds] },
          { name: "without", values: [unsearched.seconds] }
        ]
      },
      { title: "A search through the server, in ms", columns: [{ name: "time" }], rows }
    ],
    ratios: [
      { name: "writing, to splitting into words", value: own.microseconds / perDocument },
      { name: "minisearch's time of writing", value: other.microseconds / own.microseconds },
      { name: "minisearch's memory", value: other.bytes / own.bytes },
      {
        name: "writing through the server, to the same without full-text search",
        value: searched.seconds / unsearched.seconds,
        target: { atMost: 3 }
      },
      ...rows.map(({ name, values: [value] }) => ({
        name: `${name}, through the server`,
        value,
        unit: "ms",
        target: { atMost: 10 }
      })),
      ...searches.map(({ name, values }) => ({ name, value: values[0]!, unit: "ms", target: { atMost: 10 } })),
      ...searches.map(({ name, values }) => ({ name: `minisearch's time for ${name}`, value: values[2]! }))
    ]
  }
}

export const benchmark: Benchmark = {
  name: "text",
  about: "full-text search in the embedded server's engine, beside a JavaScript library",
  minutes: 10,
  run
}
