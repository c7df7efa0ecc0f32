/** A map that grows to twice its size copies all of it: this many take less than a millisecond, a million half a second. */
const maxLeafSize = 8192
const bits = 4
const branches = 2 ** bits

const spread = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

export const hashOf = (id: string): number => {
  let hash = 0
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) | 0
  return spread(hash)
}

/** The same of an id whose characters are these bytes. */
export const hashOfBytes = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = 0
  for (let i = from; i < to; i++) hash = (Math.imul(hash, 31) + bytes[i]) | 0
  return spread(hash)
}

type Node = Map<string, number> | Array<Node>

/** Numbers by id: a tree of maps by the bits of a hash, none of which ever grows large. */
export class IdMap {
  size = 0
  private root: Node = new Map()

  get(id: string): number | undefined {
    let node = this.root
    if (node instanceof Map) return node.get(id)
    for (let hash = hashOf(id); !(node instanceof Map); hash >>>= bits) node = node[hash & (branches - 1)]
    return node.get(id)
  }

  has(id: string): boolean {
    return this.get(id) !== undefined
  }

  /** Gives the number that the id had before. */
  set(id: string, value: number): number | undefined {
    const hash = hashOf(id)
    let parent: Array<Node> | undefined
    let node = this.root
    let depth = 0
    while (!(node instanceof Map)) {
      parent = node
      node = node[(hash >>> depth) & (branches - 1)]
      depth += bits
    }
    const before = node.get(id)
    node.set(id, value)
    if (before === undefined) this.size++
    if (node.size <= maxLeafSize || depth >= 32) return before
    const split = Array.from({ length: branches }, () => new Map<string, number>())
    for (const [id, value] of node) split[(hashOf(id) >>> depth) & (branches - 1)].set(id, value)
    if (parent === undefined) this.root = split
    else parent[(hash >>> (depth - bits)) & (branches - 1)] = split
    return before
  }

  delete(id: string): void {
    let node = this.root
    for (let hash = hashOf(id); !(node instanceof Map); hash >>>= bits) node = node[hash & (branches - 1)]
    if (node.delete(id)) this.size--
  }
}
