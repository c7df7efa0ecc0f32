const shift = 12
const mask = 2 ** shift - 1

/** What has a slot, by slot. In chunks, as one array of a million elements stops the event loop each time that it grows. */
export class Slots<A> {
  private readonly chunks: Array<Array<A | undefined>> = []

  get(slot: number): A | undefined {
    return this.chunks[slot >> shift]?.[slot & mask]
  }

  set(slot: number, value: A | undefined): void {
    const chunk = this.chunks[slot >> shift] ??= []
    chunk[slot & mask] = value
  }
}
