import type { WriteRecord } from "./writeParquet.js"

export const record = (index: number, dimension = 4): WriteRecord => ({
  id: `id-${index}`,
  values: Float32Array.from({ length: dimension }, (_, i) => Math.sin(index * dimension + i)),
  metadata: { index, tags: ["a", "b"] }
})

export const many = (count: number, dimension = 4) =>
  Array.from({ length: count }, (_, index) => record(index, dimension))

/** The footer of a file, and where it starts. */
export function footerOf(bytes: Uint8Array): { readonly start: number; readonly footer: Uint8Array } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 8, true)
  const start = bytes.length - 8 - length
  return { start, footer: bytes.subarray(start, start + length) }
}
