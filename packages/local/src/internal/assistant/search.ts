import * as Effect from "effect/Effect"
import type { Embedded } from "../../LocalModels.js"
import type { Dataset } from "../dataset.js"
import type { Predicate } from "../filter.js"
import * as lane from "../lane.js"
import type { StoredRecord } from "../namespaceView.js"
import type { Problem } from "../problem.js"
import type { Chunk } from "./chunks.js"
import { tokensOf } from "./chunks.js"
import type { Embedding } from "./embedding.js"

/** What fits a question less does not fit it. */
const leastScore = 0.15

/** A chunk as it is kept: with the upload that it is of. */
export interface StoredChunk extends Chunk {
  readonly revision: string
}

/** Where the chunks of an assistant are. */
export const namespace = "chunks"

/** The meaning and the words weigh the same. */
const half = 0.5

/** So many chunks are found by their vectors, of which the reranker takes the best. */
const candidates = 64

/** The records of chunks: what the embedding models make of them, under their headings. */
export const records = (
  embedding: Embedding,
  revision: string,
  chunks: ReadonlyArray<Chunk>
): Effect.Effect<ReadonlyArray<StoredRecord>, Problem> =>
  Effect.gen(function*() {
    const texts = chunks.map(shown)
    const dense = yield* embedding.dense(texts)
    const sparse = yield* embedding.sparse(texts, "passage")
    return chunks.map((chunk, i): StoredRecord => {
      const stored: StoredChunk = { ...chunk, revision }
      return {
        id: `${revision}:${chunk.number}`,
        values: dense[i],
        sparseValues: sparse[i],
        metadata: { ...stored }
      }
    })
  })

/** The text of a chunk, with the headings that it does not show itself. */
const shown = ({ headings, text }: Chunk): string =>
  [...headings.filter((heading) => !text.includes(heading)), text].join("\n")

const isMetadataOf = (revisions: ReadonlySet<string>): Predicate => (metadata) =>
  metadata !== undefined && revisions.has(String(metadata["revision"]))

/** The chunks of an upload. */
export const ofRevision = (revision: string): Predicate => isMetadataOf(new Set([revision]))

/** The chunks of no upload that is known. */
export const notOf = (revisions: ReadonlySet<string>): Predicate => {
  const known = isMetadataOf(revisions)
  return (metadata) => !known(metadata)
}

/** A chunk that was found. */
export interface Hit {
  readonly chunk: StoredChunk
  /** 0 to 1. */
  readonly score: number
}

/** A question, with its dense vector. */
export const question = (embedding: Embedding, text: string): Effect.Effect<Embedded, Problem> =>
  Effect.map(embedding.dense([text]), ([vector]) => ({ text, vector: vector ?? new Float32Array(embedding.dimension) }))

/** The chunks of these uploads that fit a question, the best first. */
export const search = (
  data: Dataset,
  embedding: Embedding,
  options: { readonly question: Embedded; readonly revisions: ReadonlySet<string> }
): Effect.Effect<ReadonlyArray<Hit>, Problem> =>
  Effect.gen(function*() {
    const { question, revisions } = options
    const { view } = yield* data.read(namespace)
    if (view === undefined || revisions.size === 0) return []
    const [words] = yield* embedding.sparse([question.text], "query")
    const near = yield* lane.run(() =>
      view.search({
        vector: question.vector.map((value) => half * value),
        sparseVector: words && { indices: words.indices, values: words.values.map((value) => half * value) },
        topK: candidates,
        predicate: isMetadataOf(revisions),
        includeValues: true
      })
    )
    const found = near.flatMap(({ metadata, values }) => {
      if (metadata === undefined || values === undefined) return []
      // eslint-disable-next-line no-restricted-syntax -- nobody but this server writes here.
      const chunk = metadata as unknown as StoredChunk
      return [{ chunk, text: shown(chunk), vector: values }]
    })
    const scores = yield* embedding.rank(question, found)
    return found
      .map(({ chunk }, i) => ({ chunk, score: scores[i] ?? 0 }))
      .filter(({ score }) => score >= leastScore)
      .sort((a, b) => b.score - a.score)
  })

/** Neighbouring chunks of one file, as one text. */
export interface Snippet {
  readonly revision: string
  readonly text: string
  readonly pages: ReadonlyArray<number>
  /** That of its best chunk. */
  readonly score: number
}

interface Group {
  readonly score: number
  readonly chunks: Array<StoredChunk>
}

/** The text of chunks that follow each other, without what they say twice. */
const joined = (chunks: ReadonlyArray<Chunk>): string => {
  let text = ""
  let end = 0
  for (const chunk of chunks) {
    text += text === ""
      ? chunk.text
      : chunk.from < end
      ? chunk.text.slice(end - chunk.from)
      : `\n\n${chunk.text}`
    end = Math.max(end, chunk.to)
  }
  return text
}

const inOrder = (chunks: ReadonlyArray<StoredChunk>): ReadonlyArray<StoredChunk> =>
  [...chunks].sort((a, b) => a.number - b.number)

/**
 * The best snippets: a chunk that was found next to a better one of the same file goes into its snippet, as long as that
 * stays within its size.
 */
export const snippets = (
  hits: ReadonlyArray<Hit>,
  options: { readonly topK: number; readonly snippetSize: number }
): ReadonlyArray<Snippet> => {
  const groups: Array<Group> = []
  for (const { chunk, score } of hits) {
    const next = groups.find(({ chunks }) =>
      chunks.some(({ number, revision }) => revision === chunk.revision && Math.abs(number - chunk.number) === 1) &&
      tokensOf(joined(inOrder([...chunks, chunk]))) <= options.snippetSize
    )
    if (next !== undefined) next.chunks.push(chunk)
    else if (groups.length < options.topK) groups.push({ score, chunks: [chunk] })
  }
  return groups.map(({ chunks, score }) => {
    const ordered = inOrder(chunks)
    const pages = new Set(ordered.flatMap(({ pages }) => pages.map(({ page }) => page)))
    return {
      revision: ordered[0]?.revision ?? "",
      text: joined(ordered),
      pages: Array.from(pages).sort((a, b) => a - b),
      score
    }
  })
}
