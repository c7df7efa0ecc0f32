// The program of a thread: answers the requests that it is sent, one after the other.
import { parentPort, workerData } from "node:worker_threads"
import { bePatient } from "../patientThread.js"
import { failureOf, makeEngine } from "./engine.js"

/** @import { Asked, Chunk, Placed, Told, Vectors, Work } from "./protocol.js" */

if (/** @type {Work} */ (workerData) === "long") bePatient()

const engine = makeEngine()

/**
 * The memory of an answer is handed over, not copied.
 *
 * @param {unknown} answer
 */
const transferOf = (answer) => {
  if (typeof answer !== "object" || answer === null) return []
  if ("vectors" in answer) {
    const { places, states, vectors } = /** @type {Vectors} */ (answer)
    return [places.buffer, states.buffer, vectors.buffer]
  }
  if ("columns" in answer) {
    const { columns, places } = /** @type {Extract<Placed, { readonly columns: unknown }>} */ (answer)
    const { idEnds, ids, textEnds, texts } = columns
    return [places.buffer, ids.buffer, idEnds.buffer, texts.buffer, textEnds.buffer]
  }
  if (!("records" in answer) || typeof answer.records !== "object") return []
  const { records } = /** @type {Chunk} */ (answer)
  return [records.dense.buffer, records.sparseIndices.buffer, records.sparseValues.buffer]
}

parentPort?.on("message", (/** @type {Asked} */ { id, request }) => {
  /** @type {Told} */
  let told
  try {
    told = { id, answer: engine.execute(request) }
  } catch (error) {
    told = { id, failure: failureOf(error) }
  }
  parentPort?.postMessage(told, "answer" in told ? /** @type {Array<ArrayBuffer>} */ (transferOf(told.answer)) : [])
})
