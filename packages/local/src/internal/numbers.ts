/**
 * A stack of whole numbers of 32 bits. It grows by a copy of bytes: an array of a million elements stops the event loop for
 * much longer each time that it grows.
 */
export class Numbers {
  values = new Int32Array(16)
  length = 0

  push(value: number): void {
    if (this.length === this.values.length) {
      const values = new Int32Array(this.length * 2)
      values.set(this.values)
      this.values = values
    }
    this.values[this.length++] = value
  }

  pop(): number | undefined {
    return this.length === 0 ? undefined : this.values[--this.length]
  }
}
