// @ts-check
// A thread that answers each text with its length, and dies of some. It counts a piece for the first text of each request.
import { parentPort } from "node:worker_threads"

/** @import { Answered, Told } from "../../src/internal/denseProtocol.js" */

let cancelled = 0

/** @param {Answered} answered */
const answer = (answered) => parentPort?.postMessage(answered)

parentPort?.on("message", (/** @type {Told} */ told) => {
  if ("cancel" in told) {
    cancelled++
    return
  }
  const { id, texts } = told
  if (texts[0]?.startsWith("cancelled")) return answer({ id, values: Float32Array.of(cancelled), tokens: [1] })
  if (texts.includes("exit")) process.exit(3)
  if (texts.includes("throw")) throw new Error("a bad text")
  if (texts.includes("fail")) return answer({ id, failed: "no memory" })
  if (texts.includes("wait")) return
  if (texts.includes("long")) return answer({ id, tooLong: texts.indexOf("long") })
  answer({ id, values: Float32Array.from(texts, ({ length }) => length), tokens: texts.map((_, i) => i === 0 ? 1 : 0) })
})
