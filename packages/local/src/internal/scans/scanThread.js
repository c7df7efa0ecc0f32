// The program of a thread that scans vectors, one scan after the other, in the memory where they are.
import { parentPort, workerData } from "node:worker_threads"
import { Arena } from "../kernel/arena.js"
import { bePatient } from "../patientThread.js"
import { scan } from "./scan.js"

/**
 * @import { Loops } from "../kernel/kernel.js"
 * @import { Answer, Share, Told } from "./protocol.js"
 */

const seat = /** @type {number} */ (workerData)

bePatient()

/** @type {Map<number, Arena>} */
const arenas = new Map()

/** @param {Share} share */
const arenaOf = ({ dimension, file, memory, module, rows }) => {
  const { exports } = new WebAssembly.Instance(module, { arena: { memory } })
  const loops = /** @type {Loops} */ (/** @type {unknown} */ (exports))
  const arena = new Arena(dimension, rows, { module, memory, loops }, seat)
  arena.file = file
  return arena
}

/** @param {number} number */
const known = (number) => {
  const arena = arenas.get(number)
  if (arena === undefined) throw new Error(`there is no arena ${number}`)
  return arena
}

/**
 * @param {Answer} answer
 * @param {Array<ArrayBuffer>} transfer
 */
const tell = (answer, transfer = []) => parentPort?.postMessage(answer, transfer)

parentPort?.on("message", (/** @type {Told} */ told) => {
  if (told.op === "share") {
    arenas.set(told.arena, arenaOf(told.share))
    return
  }
  try {
    const pieces = told.scan.pieces.map((piece) => ({ ...piece, arena: known(piece.arena) }))
    const found = scan({ ...told.scan, pieces })
    const { encoded, keys, slots } = found
    const codes = encoded === undefined ? [] : [encoded.slots.buffer, encoded.bounds.buffer]
    tell({ op: "found", found }, [keys.buffer, slots.buffer, ...codes])
  } catch {
    // The file of an index that is deleted meanwhile is closed. Whoever still asks finds out why.
    tell({ op: "found", found: undefined })
  }
})

tell({ op: "ready" })
