import * as Effect from "effect/Effect"
import type { SparseVector, StoredRecord } from "./namespaceView.js"
import type { PackedRecords } from "./sqlite/protocol.js"
import type { StoreError } from "./storeError.js"
import * as storeError from "./storeError.js"

// -----------------------------------------------------------------------------
// Names and JSON
// -----------------------------------------------------------------------------

export const toJson = (value: unknown): Effect.Effect<string | null, StoreError> =>
  Effect.try({
    try: () => JSON.stringify(value) ?? null,
    catch: storeError.from("The data could not be written as JSON")
  })

export const fromJson = (text: unknown): unknown => typeof text === "string" ? JSON.parse(text) : undefined

/** The driver cuts a text off at a zero, and half a surrogate pair has no UTF-8: such names are kept as JSON. */
export const toText = (name: string): string => /^"|[\0\p{Cs}]/u.test(name) ? JSON.stringify(name) : name

export const fromText = (text: unknown): string => {
  const stored = String(text)
  return stored.startsWith("\"") ? String(JSON.parse(stored)) : stored
}

export const decoding = <A>(decode: () => A): Effect.Effect<A, StoreError> =>
  Effect.try({
    try: decode,
    catch: (cause) => storeError.damage(`The data that was read is damaged: ${String(cause)}`)
  })

// -----------------------------------------------------------------------------
// Packing
// -----------------------------------------------------------------------------

/** How many numbers the packed form of records has, each of four bytes. */
const numbersOf = (records: ReadonlyArray<StoredRecord>): number =>
  records.reduce(
    (sum, { sparseValues, values }) => sum + (values?.length ?? 0) + 2 * (sparseValues?.indices.length ?? 0) + 2,
    0
  )

/** Memory that goes to the thread as one, however many writes are in it: what costs is the pieces. */
export class Slab {
  readonly buffer: ArrayBuffer
  private at = 0

  constructor(groups: ReadonlyArray<ReadonlyArray<StoredRecord>>) {
    this.buffer = new ArrayBuffer(4 * groups.reduce((sum, records) => sum + numbersOf(records), 0))
  }

  /** The place of the next numbers. */
  take(count: number): number {
    const at = this.at
    this.at += 4 * count
    return at
  }
}

export const pack = (records: ReadonlyArray<StoredRecord>, slab: Slab): PackedRecords => {
  let dense = 0
  let sparse = 0
  for (const { sparseValues, values } of records) {
    dense += values?.length ?? 0
    sparse += sparseValues?.indices.length ?? 0
  }
  const { buffer } = slab
  const packed = {
    ids: new Array<string>(records.length),
    metadata: new Array<string | null>(records.length),
    dense: new Float32Array(buffer, slab.take(dense), dense),
    denseLengths: new Int32Array(buffer, slab.take(records.length), records.length),
    sparseIndices: new Uint32Array(buffer, slab.take(sparse), sparse),
    sparseValues: new Float32Array(buffer, slab.take(sparse), sparse),
    sparseLengths: new Int32Array(buffer, slab.take(records.length), records.length)
  }
  let denseAt = 0
  let sparseAt = 0
  records.forEach(({ id, metadata, sparseValues, values }, i) => {
    packed.ids[i] = toText(id)
    packed.metadata[i] = metadata === undefined ? null : JSON.stringify(metadata)
    packed.denseLengths[i] = values?.length ?? -1
    packed.sparseLengths[i] = sparseValues?.indices.length ?? -1
    if (values !== undefined) {
      packed.dense.set(values, denseAt)
      denseAt += values.length
    }
    if (sparseValues !== undefined) {
      packed.sparseIndices.set(sparseValues.indices, sparseAt)
      packed.sparseValues.set(sparseValues.values, sparseAt)
      sparseAt += sparseValues.indices.length
    }
  })
  return packed
}

export const unpack = (packed: PackedRecords): ReadonlyArray<StoredRecord> => {
  let denseAt = 0
  let sparseAt = 0
  return packed.ids.map((id, i): StoredRecord => {
    const denseLength = packed.denseLengths[i] ?? -1
    const sparseLength = packed.sparseLengths[i] ?? -1
    let values: Float32Array | undefined
    let sparseValues: SparseVector | undefined
    if (denseLength >= 0) {
      values = packed.dense.subarray(denseAt, denseAt + denseLength)
      denseAt += denseLength
    }
    if (sparseLength >= 0) {
      const end = sparseAt + sparseLength
      sparseValues = {
        indices: packed.sparseIndices.subarray(sparseAt, end),
        values: packed.sparseValues.subarray(sparseAt, end)
      }
      sparseAt = end
    }
    const text = packed.metadata[i]
    return {
      id: fromText(id),
      values,
      sparseValues,
      metadata: text === null || text === undefined ? undefined : JSON.parse(text)
    }
  })
}
