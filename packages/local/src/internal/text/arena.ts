import { Numbers } from "../numbers.js"

const pageBits = 16

/** Addresses count units of so many bytes, so that 32 bits are enough for 16 GB. */
const unitBits = 3

const addressBits = pageBits - unitBits

const addressMask = 2 ** addressBits - 1

/** The bytes of a slice, by its level: the first of a list is small, as most lists are, and each next one is larger. */
export const sliceSizes = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096] as const

export const lastLevel = sliceSizes.length - 1

/** At the end of a slice stands the address of the next. */
export const linkSize = 4

/**
 * Memory for lists of bytes that grow, in slices of a few sizes out of large pages: a typed array for each list would take
 * more than what most of them hold.
 *
 * What is freed while somebody reads is given again only when nobody does.
 */
export class Arena {
  readonly pages: Array<Uint8Array> = []
  private readonly views: Array<DataView> = []
  private used = 2 ** pageBits
  private readonly free = sliceSizes.map(() => new Numbers())
  private readonly waiting = sliceSizes.map(() => new Numbers())
  private held = 0

  /** How many bytes it has taken. */
  get bytes(): number {
    return this.pages.length * 2 ** pageBits
  }

  get isHeld(): boolean {
    return this.held > 0
  }

  /** What is there now stays as it is until as many calls of `letGo`. */
  hold(): void {
    this.held++
  }

  letGo(): void {
    if (--this.held > 0) return
    for (let level = 0; level <= lastLevel; level++) {
      const waiting = this.waiting[level]
      for (let address = waiting.pop(); address !== undefined; address = waiting.pop()) this.free[level].push(address)
    }
  }

  allocate(level: number): number {
    const before = this.free[level].pop()
    if (before !== undefined) return before
    const size = sliceSizes[level]
    if (this.used + size > 2 ** pageBits) {
      const page = new Uint8Array(2 ** pageBits)
      this.pages.push(page)
      this.views.push(new DataView(page.buffer))
      this.used = 0
    }
    const address = (this.pages.length - 1) << addressBits | this.used >> unitBits
    this.used += size
    return address
  }

  release(level: number, address: number): void {
    ;(this.isHeld ? this.waiting : this.free)[level].push(address)
  }

  pageOf(address: number): Uint8Array {
    return this.pages[address >>> addressBits]
  }

  /** Where in its page a slice begins. */
  offsetOf(address: number): number {
    return (address & addressMask) << unitBits
  }

  link(address: number, level: number, next: number): void {
    this.views[address >>> addressBits].setInt32(this.offsetOf(address) + sliceSizes[level] - linkSize, next, true)
  }

  linked(address: number, level: number): number {
    return this.views[address >>> addressBits].getInt32(this.offsetOf(address) + sliceSizes[level] - linkSize, true)
  }
}
