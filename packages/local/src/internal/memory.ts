import * as Effect from "effect/Effect"
import type { StoredRecord } from "./namespaceView.js"
import * as problem from "./problem.js"

/** Something that is in memory and can be read from the disk again. */
export interface Tenant {
  /** What it takes, in bytes. */
  readonly bytes: () => number
  /** Gives its memory back, unless it is needed. */
  readonly evict: () => boolean
}

/**
 * What the namespaces of a server may take of its memory: the one that was not used for the longest time makes room for
 * another.
 */
export interface Memory {
  /** Whether anything has to be weighed. */
  readonly limited: boolean
  /** Says that it was used just now. */
  readonly touch: (tenant: Tenant) => void
  readonly leave: (tenant: Tenant) => void
  /** Whether so much is free. */
  readonly fits: (bytes: number) => boolean
  /** Whether so much would be free if all else went. */
  readonly couldFit: (bytes: number) => boolean
  /** Makes room for so much, without the tenant that is to have it. */
  readonly reserve: (tenant: Tenant, bytes: number, what: string) => Effect.Effect<void, problem.Problem>
  /** Makes room after something has grown: it may be this tenant itself that has to go. */
  readonly shrink: (tenant: Tenant) => void
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20).toLocaleString("en-US")} MiB`

export const make = (limit: number | undefined): Memory => {
  // In the order of their last use.
  const tenants = new Set<Tenant>()
  const used = () => {
    let total = 0
    for (const tenant of tenants) total += tenant.bytes()
    return total
  }
  const makeRoom = (bytes: number, keep: Tenant): boolean => {
    if (limit === undefined) return true
    let total = used()
    for (const tenant of tenants) {
      if (total + bytes <= limit) return true
      if (tenant === keep) continue
      const freed = tenant.bytes()
      if (tenant.evict()) {
        tenants.delete(tenant)
        total -= freed
      }
    }
    return total + bytes <= limit
  }
  return {
    limited: limit !== undefined,
    touch: (tenant) => {
      tenants.delete(tenant)
      tenants.add(tenant)
    },
    leave: (tenant) => {
      tenants.delete(tenant)
    },
    fits: (bytes) => limit === undefined || used() + bytes <= limit,
    couldFit: (bytes) => limit === undefined || bytes <= limit,
    reserve: (tenant, bytes, what) =>
      Effect.suspend(() =>
        makeRoom(bytes, tenant)
          ? Effect.void
          : problem.outOfMemory(
            `${what} needs about ${megabytes(bytes)} of memory, and the server may use ${megabytes(limit ?? 0)}. ` +
              "Start it with a larger --memory-limit."
          )
      ),
    shrink: (tenant) => {
      if (!makeRoom(0, tenant) && tenant.evict()) tenants.delete(tenant)
    }
  }
}

/** What a record takes beside its numbers and its metadata: its id twice, its entry, its places. */
const overhead = 240

/** What a dense vector takes: 32-bit floats, and in large namespaces a code of a byte for each beside them. */
export const sizeOfVector = (dimension: number): number => 5 * dimension

/** What a dense vector takes that stays in its file: its code, and what is known of it. */
export const sizeOfCode = (dimension: number): number => dimension + 48

const valueSize = (value: unknown): number => {
  if (typeof value === "string") return 24 + value.length
  if (!Array.isArray(value)) return 16
  let size = 32
  for (const item of value) size += valueSize(item)
  return size
}

/** About what a record takes in memory. */
export const sizeOf = ({ id, metadata, sparseValues, values }: StoredRecord): number => {
  let size = overhead + 2 * id.length + sizeOfVector(values?.length ?? 0) + 24 * (sparseValues?.indices.length ?? 0)
  if (metadata !== undefined) { for (const value of Object.values(metadata)) size += 16 + valueSize(value) }
  return size
}

/** About what records take whose ids and metadata are so many bytes, once all of it was looked at, without their vectors. */
export const sizeOfPacked = (records: number, ids: number, metadata: number): number =>
  records * overhead + 2 * ids + 4 * metadata

/** The same before they are read: by what they take on the disk. */
export const sizeOnDisk = (records: number, bytesPerRecord: number): number =>
  records * (overhead + 1.3 * bytesPerRecord)
