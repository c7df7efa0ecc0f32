/**
 * @typedef {object} Ranked What `TopK` keeps
 * @property {number} sequence When it was first inserted
 */

/**
 * The best `capacity` items seen so far, the worst of them on top of a heap.
 *
 * A larger key is better. Equal keys are ordered by the sequence, the smaller first: the answer does not depend on which
 * slots the records happen to have.
 *
 * @template {Ranked} A
 */
export class TopK {
  /** Nothing with a smaller key gets in. A scan compares with it before the dearer `offer`. */
  threshold = -Infinity
  size = 0

  /** @type {Array<A>} */
  #items = []

  /** @param {number} capacity */
  constructor(capacity) {
    this.capacity = capacity
    /** @private */
    this.keys = new Float64Array(capacity)
    if (capacity === 0) this.threshold = Infinity
  }

  /**
   * Whether `offer` would keep the item.
   *
   * @param {number} key
   * @param {A} item
   * @returns {boolean}
   */
  wants(key, item) {
    if (this.size < this.capacity) return key >= this.threshold
    return this.capacity > 0 && isWorse(this.keys[0], this.#items[0], key, item)
  }

  /**
   * @param {number} key
   * @param {A} item
   */
  offer(key, item) {
    if (!this.wants(key, item)) return
    if (this.size < this.capacity) this.#siftUp(this.size++, key, item)
    else this.#siftDown(key, item)
    if (this.size === this.capacity) this.threshold = this.keys[0]
  }

  /**
   * Empties the heap, the best first.
   *
   * @template B
   * @param {(key: number, item: A) => B} f
   * @returns {Array<B>}
   */
  drain(f) {
    /** @type {Array<B>} */
    const out = new Array(this.size)
    while (this.size > 0) {
      const key = this.keys[0]
      const item = this.#items[0]
      this.size--
      if (this.size > 0) this.#siftDown(this.keys[this.size], this.#items[this.size])
      out[this.size] = f(key, item)
    }
    this.#items.length = 0
    this.threshold = this.capacity === 0 ? Infinity : -Infinity
    return out
  }

  /**
   * @param {number} from
   * @param {number} key
   * @param {A} item
   */
  #siftUp(from, key, item) {
    const { keys } = this
    const items = this.#items
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isWorse(key, item, keys[parent], items[parent])) break
      keys[at] = keys[parent]
      items[at] = items[parent]
      at = parent
    }
    keys[at] = key
    items[at] = item
  }

  /**
   * @param {number} key
   * @param {A} item
   */
  #siftDown(key, item) {
    const { keys, size } = this
    const items = this.#items
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && isWorse(keys[child + 1], items[child + 1], keys[child], items[child])) child++
      if (!isWorse(keys[child], items[child], key, item)) break
      keys[at] = keys[child]
      items[at] = items[child]
      at = child
    }
    keys[at] = key
    items[at] = item
  }
}

/**
 * @param {number} key
 * @param {Ranked} item
 * @param {number} thanKey
 * @param {Ranked} thanItem
 */
const isWorse = (key, item, thanKey, thanItem) =>
  key < thanKey || (key === thanKey && item.sequence > thanItem.sequence)
