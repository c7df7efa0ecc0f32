/** So much is kept for bodies to come. */
const mostBytes = 32 * 1024 * 1024

/** Less is cheaper to have anew. */
const leastBytes = 64 * 1024

/** The memory of bodies that were sent, for those to come. */
export class Memory {
  private readonly free: Array<Uint8Array> = []
  private size = 0

  take(): Uint8Array | undefined {
    const taken = this.free.pop()
    if (taken !== undefined) this.size -= taken.length
    return taken
  }

  /** Takes back what a body is in: nobody may read the body any more. */
  give({ buffer }: Uint8Array): void {
    const { byteLength } = buffer
    if (!(buffer instanceof ArrayBuffer) || byteLength < leastBytes || this.size + byteLength > mostBytes) return
    this.size += byteLength
    this.free.push(new Uint8Array(buffer))
  }
}
