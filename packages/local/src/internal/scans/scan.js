import { rowsPerPass } from "../kernel/layout.js"
import { TopK } from "../topK.js"

/**
 * @import { Arena } from "../kernel/arena.js"
 * @import { Found, Scan } from "./protocol.js"
 */

/** A scan writes the codes of one pass of as many: several scans share the work, and the first is not much slower. */
const passesPerEncoding = 8
const passShift = Math.log2(rowsPerPass)

/**
 * Whether a scan is the one to write the codes of the pass that begins at a slot.
 *
 * @param {number} slot
 * @param {number} scan
 */
export const encodesPass = (slot, scan) => ((slot >> passShift) + scan) % passesPerEncoding === 0

/** Codes that were written, of a number of slots that nobody knows before. */
class Encoded {
  slots = new Int32Array(rowsPerPass)
  bounds = new Float64Array(2 * rowsPerPass)
  length = 0

  /**
   * Takes the first rows of a pass.
   *
   * @param {Arena} arena
   * @param {number} count
   * @param {number} firstSlot
   */
  take({ boundsAside, selected }, count, firstSlot) {
    while (this.length + count > this.slots.length) {
      const { bounds, slots } = this
      this.slots = new Int32Array(2 * slots.length)
      this.bounds = new Float64Array(2 * bounds.length)
      this.slots.set(slots)
      this.bounds.set(bounds)
    }
    for (let i = 0; i < count; i++) this.slots[this.length + i] = firstSlot + selected[i]
    this.bounds.set(boundsAside.subarray(0, 2 * count), 2 * this.length)
    this.length += count
  }

  result() {
    const { bounds, length, slots } = this
    return { slots: slots.slice(0, length), bounds: bounds.slice(0, 2 * length) }
  }
}

/**
 * Finds the best slots of some pieces: the keys are those of a scan of `VectorBlock`, to the last bit.
 *
 * @param {Scan<Arena>} scan
 * @returns {Found}
 */
export const scan = ({ capacity, encodes, lowest, norm, pieces, sought, threshold }) => {
  /** @type {TopK<{ readonly sequence: number; readonly slot: number }>} */
  const top = new TopK(capacity)
  top.threshold = Math.max(top.threshold, threshold)
  const encoded = new Encoded()
  for (const { arena, firstRow, firstSlot, rows } of pieces) {
    const { inverseNorms, keys, selected, sequences } = arena
    for (let from = 0; from < rows; from += rowsPerPass) {
      const first = firstRow + from
      const base = firstSlot + from
      let count = arena.select(first, Math.min(rowsPerPass, rows - from), lowest)
      if (top.threshold > -Infinity) count = arena.narrow(sought, first, count, top.threshold)
      arena.score(sought, first, count)
      if (sought.metric === "cosine") {
        for (let i = 0; i < count; i++) keys[i] *= inverseNorms[first + selected[i]] * norm
      }
      for (let i = 0; i < count; i++) {
        const row = selected[i]
        if (keys[i] >= top.threshold) top.offer(keys[i], { sequence: sequences[first + row], slot: base + row })
      }
      if (encodes !== undefined && encodesPass(base, encodes)) {
        encoded.take(arena, arena.encodeAside(first, count), base)
      }
    }
  }
  const keys = new Float64Array(top.size)
  const slots = new Int32Array(top.size)
  let at = keys.length
  top.drain((key, { slot }) => {
    keys[--at] = key
    slots[at] = slot
  })
  return { slots, keys, encoded: encodes === undefined ? undefined : encoded.result() }
}
