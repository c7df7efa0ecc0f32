const varint = (value: bigint): ReadonlyArray<number> =>
  value < 128n ? [Number(value)] : [Number(value & 127n) | 128, ...varint(value >> 7n)]

const zigzag = (value: bigint): ReadonlyArray<number> => varint(value < 0n ? -value * 2n - 1n : value * 2n)

/** Integers of 64 bits as differences, in blocks of 128 in one part, whose differences take so many bits each. */
export const deltaBytes = (values: ReadonlyArray<bigint>, width: number): Uint8Array => {
  const block = 128
  const out = [...varint(BigInt(block)), 1, ...varint(BigInt(values.length)), ...zigzag(values[0] ?? 0n)]
  for (let from = 1; from < values.length; from += block) {
    const deltas = values.slice(from, from + block)
      .map((value, i) => BigInt.asIntN(64, value - (values[from + i - 1] ?? 0n)))
    const least = deltas.reduce((least, delta) => delta < least ? delta : least)
    for (const byte of zigzag(least)) out.push(byte)
    out.push(width)
    let packed = 0n
    deltas.forEach((delta, i) => {
      packed |= BigInt.asUintN(64, delta - least) << BigInt(i * width)
    })
    for (let i = 0; i < (block * width) / 8; i++) {
      out.push(Number(packed & 255n))
      packed >>= 8n
    }
  }
  return Uint8Array.from(out)
}
