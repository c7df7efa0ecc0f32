/** A text that is embedded, and what is read of it. */
export interface Reading {
  /** The most pieces of words. */
  readonly pieces: number
  /** What is left out of a text that has more; with `NONE` it is refused. */
  readonly truncate: "END" | "START" | "NONE"
}

/** What the worker is told: texts to embed, or that nobody waits for them any more. */
export type Told =
  | { readonly id: number; readonly texts: ReadonlyArray<string>; readonly reading: Reading }
  | { readonly cancel: number }

/** What the worker answers. */
export type Answered =
  | { readonly id: number; readonly values: Float32Array; readonly tokens: number }
  | { readonly id: number; readonly tooLong: number }
  | { readonly id: number; readonly failed: string }

/** The files of the modules that the worker loads. */
export interface Modules {
  readonly core: string
  readonly embeddings: string
  readonly weights: string
}

/**
 * The program of the worker, as text: it runs the same from sources, from the built package and from a bundle, with no file
 * that each of them would have to bring.
 *
 * Texts that wait are run together, of several requests too, as far as the work of one run stays small: a run is as long as
 * its longest text, for each of its texts.
 */
export const program = `
"use strict"
const { parentPort, workerData } = require("node:worker_threads")
process.noDeprecation = true
const { tensor1d, tensor2d } = require(workerData.core)
const { initModel } = require(workerData.embeddings)
const { modelSource } = require(workerData.weights)

const mostTexts = 32
const mostPieces = 4096
/** The pieces of a run of letters are sought in time of its square. */
const longestWord = 100

const requests = new Map()
const waiting = []

/** The pieces that are read, or none if there are too many. */
const piecesOf = (tokenizer, text, { pieces: most, truncate }) => {
  const words = text.match(new RegExp("\\\\S{1," + longestWord + "}", "gu")) ?? []
  if (truncate === "START") words.reverse()
  const pieces = []
  for (const word of words) {
    const found = tokenizer.encode(word)
    pieces.push(...(truncate === "START" ? found.reverse() : found))
    if (pieces.length > most) {
      if (truncate === "NONE") return undefined
      pieces.length = most
      break
    }
  }
  return truncate === "START" ? pieces.reverse() : pieces
}

const finish = (id, answer, transferred = []) => {
  requests.delete(id)
  parentPort.postMessage({ id, ...answer }, transferred)
}

const receive = ({ tokenizer }, { cancel, id, reading, texts }) => {
  if (cancel !== undefined) return requests.delete(cancel)
  const all = []
  for (const [at, text] of texts.entries()) {
    const pieces = piecesOf(tokenizer, text, reading)
    if (pieces === undefined) return finish(id, { tooLong: at })
    all.push(pieces)
  }
  requests.set(id, { rows: [], missing: all.length, tokens: all.reduce((sum, { length }) => sum + length, 0) })
  for (const [at, pieces] of all.entries()) waiting.push({ id, at, pieces })
}

const nextRun = () => {
  const run = []
  let longest = 0
  while (waiting.length > 0 && run.length < mostTexts) {
    const { id, pieces } = waiting[0]
    if (requests.has(id)) {
      longest = Math.max(longest, pieces.length)
      if (run.length > 0 && (run.length + 1) * longest > mostPieces) break
      run.push(waiting[0])
    }
    waiting.shift()
  }
  return run
}

const embed = async ({ model }, run) => {
  const indices = []
  const pieces = []
  for (const [row, text] of run.entries()) {
    for (const [column, piece] of text.pieces.entries()) {
      indices.push(row, column)
      pieces.push(piece)
    }
  }
  const input = {
    indices: tensor2d(indices, [pieces.length, 2], "int32"),
    values: tensor1d(pieces, "int32")
  }
  const output = await model.executeAsync(input)
  const values = await output.data()
  input.indices.dispose()
  input.values.dispose()
  output.dispose()
  return values
}

const work = async (model) => {
  for (let run = nextRun(); run.length > 0; run = nextRun()) {
    try {
      const values = await embed(model, run)
      const dimension = values.length / run.length
      for (const [row, { at, id }] of run.entries()) {
        const request = requests.get(id)
        if (request === undefined) continue
        request.rows[at] = values.subarray(row * dimension, (row + 1) * dimension)
        if (--request.missing > 0) continue
        const all = new Float32Array(request.rows.length * dimension)
        for (const [i, numbers] of request.rows.entries()) all.set(numbers, i * dimension)
        finish(id, { values: all, tokens: request.tokens }, [all.buffer])
      }
    } catch (error) {
      for (const { id } of run) if (requests.has(id)) finish(id, { failed: String(error) })
    }
    // Lets in what was told meanwhile.
    await new Promise(setImmediate)
  }
}

const main = async () => {
  const early = []
  const hold = (told) => early.push(told)
  parentPort.on("message", hold)
  const model = await initModel(modelSource)
  parentPort.off("message", hold)
  let working = false
  const take = (told) => {
    receive(model, told)
    if (working || waiting.length === 0) return
    working = true
    void work(model).finally(() => {
      working = false
    })
  }
  parentPort.on("message", take)
  early.forEach(take)
}

void main()
`
